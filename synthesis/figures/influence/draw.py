"""The influence panel: diagnostics in columns, and the pool without each trial."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from synthesis.answers.influence import Influence
from synthesis.figures.influence.data import COLUMN, Column, InfluenceData, influence_data
from synthesis.figures.parts.inches import above, across, write
from synthesis.figures.parts.panel import TURNED, Margins, benefit_ticks, open_panel, sparse
from synthesis.figures.parts.style import (
    FAINT,
    INK,
    LINE,
    MUTED,
    NAVY,
    PAPER,
    RUST,
    SKY,
    SMALL,
    house_style,
    shorten_label,
    text_width,
)
from synthesis.wording import number, upper_first

ROW = 0.17
WIDTH, FRAME = 5.6, 1.05
LONGEST_NAME = 1.75
LONGEST_NAME_NARROW = 0.95
HEADING, HEADING_POOLS = "Each trial", "The pool without each trial"
NOTE = "Dashed: the usual lines; diamonds: past one. Bold: an outlier, or past any usual line, that of DFFITS included."
NOTE_POOL = "the pool without the trial ({measure}), a diamond where the conclusion changes; dotted: with all."
NOTE_RIGHT = "{note} Right: {pool}"
FAVOURS = "{measure}, to the right favours {side}"


def influence_plot(found: Influence, *, ax: Axes | None = None) -> Axes:
    """Draw what each effect does to the pool.

    Parameters
    ----------
    found : Influence
        From `examine_influence`.
    ax : matplotlib.axes.Axes, optional
        Where to draw, names included; by default a figure as tall as it needs to be.

    Returns
    -------
    matplotlib.axes.Axes
        Effects from the top; each column is one unit wide, the pool without the trial two.

    Examples
    --------
    >>> from synthesis.figures import influence_plot
    >>> axes = influence_plot(examine_influence(effects))
    >>> axes.figure.savefig("influence.png")
    """
    return draw_influence(influence_data(found), ax=ax)


@house_style
def draw_influence(data: InfluenceData, *, ax: Axes | None = None) -> Axes:
    """Draw the influence panel from its data; as `influence_plot`."""
    size = (WIDTH, influence_height(data))
    ax = _open(data, ax, size, (HEADING, _note(data)), len(data.columns) + 2, LONGEST_NAME)
    _draw_diagnostics(ax, data)
    if not data.found.withheld:
        _draw_pools(ax, data, len(data.columns))
    return ax


@house_style
def draw_narrow_influence(data: InfluenceData, upper: Axes, lower: Axes) -> None:
    """Draw the influence panel for a phone, in two spaces: the diagnostics, and the pool without each trial."""
    _draw_diagnostics(_open(data, upper, (0, 0), (HEADING, NOTE), len(data.columns), LONGEST_NAME_NARROW), data)
    says = upper_first(_note_on_pools(data))
    pools = _open(data, lower, (0, 0), (HEADING_POOLS, says), 2, LONGEST_NAME_NARROW)
    if not data.found.withheld:
        _draw_pools(pools, data, 0)


def _open(
    data: InfluenceData,
    ax: Axes | None,
    size: tuple[float, float],
    texts: tuple[str, str],
    units: int,
    longest_name: float,
) -> Axes:
    """Open a panel of so many units' width with a row an effect, and name the rows."""
    rows, k = data.rows, len(data.rows)
    names = [label.replace(" et al. ", " ") for label in rows["label"]]
    left = min(longest_name, max(text_width(name, size=SMALL) for name in names)) + 0.12
    ax, edge = open_panel(ax, size, Margins(left=left, foot=0.30), *texts)
    ax.set_xlim(0, units)
    ax.set_ylim(k - 0.5, -1.4)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    past, outlying = rows["influential"].to_numpy(bool), data.found.outlying
    for y, name in enumerate(names):
        look = {"weight": "bold", "color": RUST} if past[y] or outlying[y] else {"color": INK}
        text = shorten_label(name, longest_name, size=SMALL)
        write(ax, edge, y, text, across(ax), va="center", size=SMALL, **look)
    return ax


def _draw_diagnostics(ax: Axes, data: InfluenceData) -> None:
    k = len(data.rows)
    places = np.arange(k)
    for at, column in enumerate(data.columns):
        _frame(ax, column, at, 1.0, k)
        zero = column.place(0.0, at)
        ax.hlines(places, zero, column.place(column.values, at), color=LINE, linewidth=0.7, zorder=1)
        _marks(ax, column.place(column.values, at), places, column.past, f"{column.heading} marks")


def _note(data: InfluenceData) -> str:
    """Say how to read the marks, and what the pools without are of."""
    pool = _note_on_pools(data)
    return NOTE_RIGHT.format(note=NOTE, pool=pool) if pool else NOTE


def _note_on_pools(data: InfluenceData) -> str:
    if data.found.withheld:
        return ""
    scale = data.scale
    measure = TURNED.format(measure=scale.measure) if data.turn < 0 and not scale.ratio else scale.measure
    if scale.intervention_side:
        measure = FAVOURS.format(measure=measure, side=scale.names.short[0])
    return NOTE_POOL.format(measure=measure)


def influence_height(data: InfluenceData) -> float:
    """Return the inches that the influence panel needs."""
    return FRAME + ROW * (len(data.rows) + 1.4)


def _draw_pools(ax: Axes, data: InfluenceData, at: float) -> None:
    """Draw the pool without each trial, in the space of two columns."""
    k, pool, units = len(data.rows), data.pool, ax.get_xlim()[1]
    places = np.arange(k)

    def stand(values: np.ndarray | float) -> np.ndarray | float:
        return at + 2 * (pool.place(values, 0.0))

    ticks, labels = benefit_ticks(data.scale, pool.low, pool.high, data.turn)
    _frame(ax, pool, at, 2.0, k)
    inches = ax.get_position().width * ax.get_figure(root=True).get_figwidth() / units * 2 * COLUMN
    for i in sparse(ticks, labels, inches):
        write(ax, float(stand(ticks[i])), -0.06, labels[i], above(ax, 0), ha="center", va="top", size=SMALL)
    ax.add_line(_upright(float(stand(0.0)), k, INK, "-", "null line"))
    ax.add_line(_upright(float(stand(data.whole)), k, MUTED, (0, (1, 2)), "pooled line"))
    ax.hlines(places, stand(data.rows["lower"]), stand(data.rows["upper"]), color=NAVY, linewidth=1.0, zorder=2)
    _marks(ax, np.asarray(stand(pool.values)), places, pool.past, "pools without")


def _upright(x: float, k: int, color: str, style: object, gid: str) -> Line2D:
    line = Line2D([x, x], [-0.5, k - 0.5], color=color, linewidth=0.8, linestyle=style, zorder=0.7)  # type: ignore[arg-type]
    line.set_gid(gid)
    return line


def _frame(ax: Axes, column: Column, at: float, width: float, k: int) -> None:
    """Draw a column's heading, its foot and its usual lines; of a pair, the upper one has its value."""
    ax.add_line(Line2D([at, at + COLUMN * width], [k - 0.5, k - 0.5], color=LINE, linewidth=0.8))
    write(ax, at, -0.95, column.heading, ax.transData, va="center", size=SMALL, weight="bold")
    if not column.lines:
        return
    ax.add_line(_upright(float(column.place(0.0, at)), k, FAINT, "-", "zero"))
    for value in column.lines:
        ax.add_line(_upright(float(column.place(value, at)), k, MUTED, (0, (3, 2)), f"{column.heading} line"))
    upper = max(column.lines)
    label, x = number(upper, 0 if upper == 1 else 2), float(column.place(upper, at))
    write(ax, x, -0.06, label, above(ax, 0), ha="center", va="top", size=SMALL, color=MUTED)


def _marks(ax: Axes, x: np.ndarray, y: np.ndarray, past: np.ndarray, gid: str) -> None:
    """Draw a mark an effect, a larger one of another shape where it is past a line."""
    x = np.asarray(x, float)
    look = {"linewidth": 0.8, "edgecolor": NAVY, "zorder": 3}
    ax.scatter(x[~past], y[~past], s=13, facecolor=SKY, **look).set_gid(gid)
    ax.scatter(x[past], y[past], s=24, marker="D", facecolor=RUST, **look | {"edgecolor": PAPER}).set_gid(f"{gid} past")
