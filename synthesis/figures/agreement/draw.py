"""The agreement figure: how far coders agree on each component, on the ratings and on whether there is any to give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from synthesis.answers.agreement import AgreementTable
from synthesis.errors import SynthesisError
from synthesis.figures.agreement.data import (
    ON_RATINGS,
    ON_REPORTING,
    AgreementData,
    Coefficient,
    Panel,
    Row,
    agreement_data,
)
from synthesis.figures.parts.inches import MARGIN, across, axes_of_inches, from_edge, place, space_of, write
from synthesis.figures.parts.marks import draw_arrows
from synthesis.figures.parts.style import (
    FAINT,
    FONT,
    INK,
    LINE,
    MUTED,
    PAPER,
    PHONE,
    SMALL,
    TEXT,
    house_style,
    shorten,
    text_width,
    wrap,
)
from synthesis.wording import UNDEFINED, listed, number, percent, share, upper_first

LABEL_LIMIT = 3.4
PLOT_WIDTH, SMALLEST_PLOT = 2.6, 1.2
COUNT_WIDTH, GAP = 0.46, 0.3
ROW, HEADER, AXIS, NOTE_LINE = 0.33, 0.62, 0.42, 0.15
BAND = "#F1F5F8"
# On a phone the panels stand one beneath the other; names and counts are set in small print.
NARROW_LABEL, NARROW_COUNT, BETWEEN = 1.3, 0.34, 0.1
LOWEST = -1.0
NOTE = (
    "Lines: {level} intervals (arrow: runs on beyond the axis). "
    "1 is perfect agreement, 0 what chance alone would give. "
    "n: cells that two or more coders rated ({first}), or looked at ({second}). agree: how many of them they agree on. "
    "Coders: {coders}."
)
BESIDE, BENEATH = ("left", "right"), ("above", "below")
TOO_NARROW = (
    "Axes {width:.1f} inches wide are too narrow for the agreement figure, which needs {needed:.1f}. "
    "Give wider axes, or none."
)


def agreement_plot(agreement: AgreementTable, *, ax: Axes | None = None) -> Axes:
    """Draw coefficients of agreement with their intervals, component by component.

    Parameters
    ----------
    agreement : AgreementTable
        From `coder_agreement`.
    ax : matplotlib.axes.Axes, optional
        Where to draw, both panels and all texts; by default a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
        The panel on the ratings; that on whether the report says anything is the last axes of the same figure. Rows are
        those of `agreement_data`, the first at the top (y = rows - 1).

    Raises
    ------
    SynthesisError
        For axes too narrow for the texts.

    Examples
    --------
    >>> from synthesis.figures import agreement_plot
    >>> axes = agreement_plot(coder_agreement(evidence))
    >>> axes.figure.savefig("agreement.png")
    """
    return draw_agreement(agreement_data(agreement), ax=ax)


@house_style
def draw_agreement(data: AgreementData, *, ax: Axes | None = None) -> Axes:
    """Draw the agreement figure from its data; as `agreement_plot`."""
    agreement, rows = data.agreement, data.rows
    labels = max(text_width(shorten(row.label, LABEL_LIMIT), bold=row.entry is None) for row in rows)
    if ax is None:
        width = labels + 2 * (2 * COUNT_WIDTH + PLOT_WIDTH) + 2 * GAP
        foot = AXIS + NOTE_LINE * len(_notes(agreement, width))
        ax = axes_of_inches(width, HEADER + ROW * len(rows) + foot)
    space = space_of(ax)
    notes = _notes(agreement, space.width)
    plot = (space.width - labels - 2 * GAP) / 2 - 2 * COUNT_WIDTH
    if plot < SMALLEST_PLOT:
        raise SynthesisError(
            TOO_NARROW.format(width=space.width, needed=labels + 2 * GAP + 4 * COUNT_WIDTH + 2 * SMALLEST_PLOT)
        )
    bottom, top = space.y0 + AXIS + NOTE_LINE * len(notes), space.y1 - HEADER
    second = ax.figure.add_axes((0, 0, 1, 1))
    for i, (axes, panel) in enumerate(((ax, ON_RATINGS), (second, ON_REPORTING))):
        right = space.x0 + labels + (i + 1) * (GAP + 2 * COUNT_WIDTH + plot)
        place(axes, right - plot, bottom, right, top)
        _draw_panel(axes, rows, panel)
        _write_counts(axes, rows, panel, right - plot)
    _write_labels(ax, rows, space)
    for i, note in enumerate(notes):
        write(ax, space.x0, -AXIS - NOTE_LINE * i, note, from_edge(ax, 0), va="top", size=SMALL, color=MUTED)
    return ax


@house_style
def draw_narrow_agreement(data: AgreementData) -> Axes:
    """Draw the agreement figure for a phone: one panel beneath the other, names in up to two lines."""
    rows, whole = data.rows, PHONE - 2 * MARGIN
    notes = _notes(data.agreement, whole, BENEATH)
    tall = HEADER + ROW * len(rows) + AXIS
    ax = axes_of_inches(whole, 2 * tall + BETWEEN + NOTE_LINE * len(notes))
    space = space_of(ax)
    second = ax.figure.add_axes((0, 0, 1, 1))
    left = space.x0 + NARROW_LABEL + 2 * NARROW_COUNT + 0.12
    for axes, panel, top in ((ax, ON_RATINGS, space.y1), (second, ON_REPORTING, space.y1 - tall - BETWEEN)):
        place(axes, left, top - tall + AXIS, space.x1 - 0.05, top - HEADER)
        _draw_panel(axes, rows, panel, start=space.x0)
        _write_counts(axes, rows, panel, left, count_width=NARROW_COUNT, size=SMALL)
        _write_labels(axes, rows, space, limit=NARROW_LABEL, size=SMALL)
    for i, note in enumerate(notes):
        write(second, space.x0, -AXIS - NOTE_LINE * i, note, from_edge(second, 0), va="top", size=SMALL, color=MUTED)
    return ax


def _notes(agreement: AgreementTable, width: float, where: tuple[str, str] = BESIDE) -> list[str]:
    coders, (first, second) = listed([str(coder) for coder in agreement.coders]), where
    note = NOTE.format(level=share(agreement.level), coders=coders, first=first, second=second)
    return wrap(note, width, size=SMALL).split("\n")


def _draw_panel(ax: Axes, rows: Sequence[Row], panel: Panel, start: float | None = None) -> None:
    """Draw every coefficient of a panel that is defined, and say which are not; on a phone its heading has a start."""
    low = _lowest(rows, panel)
    limits = (low - 0.02, 1.03)
    ax.set(xlim=limits, ylim=(-0.5, len(rows) - 0.5), yticks=[])
    step = 0.4 if low < (-0.5 if start is None else 0.0) else 0.2
    ax.set_xticks(np.round(np.arange(np.ceil(low * 2.5) / 2.5, 1.01, step), 1))
    ax.set_xticks(ax.get_xticks(), labels=[number(tick, 1) for tick in ax.get_xticks()])
    ax.tick_params(axis="x", labelsize=SMALL, labelfontfamily=FONT)
    ax.spines[["left", "right", "top"]].set_visible(False)
    ax.patch.set_visible(False)  # it would cover the tinted rows of the whole figure
    ax.grid(axis="x", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.axvline(0, color=INK, linewidth=0.9, zorder=0.6, gid="chance")
    for y, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        if row.entry is not None:
            _draw_row(ax, row.entry, panel, y, limits)
    _draw_legend(ax, panel, start)


def _lowest(rows: Sequence[Row], panel: Panel) -> float:
    """Return the lower end of a panel's axis: 0, or what negative estimates and not too long intervals need."""
    columns = [coefficient.column for coefficient in panel.coefficients]
    entries = pd.DataFrame([row.entry for row in rows if row.entry is not None])
    estimates, bounds = entries[columns].min().min(), entries[[f"{name}_ci_lb" for name in columns]].min().min()
    needed = np.nanmax([np.nanmin([bounds, 0.0]), np.nanmin([estimates, 0.0]) - 0.4])
    return float(max(LOWEST, np.floor(5 * needed) / 5))


def _draw_row(ax: Axes, entry: pd.Series, panel: Panel, y: int, limits: tuple[float, float]) -> None:
    undefined = []
    for coefficient in panel.coefficients:
        value, lower, upper = (float(entry[f"{coefficient.column}{end}"]) for end in ("", "_ci_lb", "_ci_ub"))
        at = y + coefficient.raised
        if np.isnan(value):
            undefined.append(coefficient.words)
            continue
        if np.isfinite([lower, upper]).all():
            ax.add_line(Line2D([lower, upper], [at, at], color=coefficient.edge, linewidth=1.1, zorder=2))
            draw_arrows(ax, [(lower, upper, at)], limits, color=coefficient.edge)
        ax.add_line(_mark(coefficient, value, at))
    if undefined:
        text = upper_first(f"{listed(undefined)} {UNDEFINED}")
        ax.text(
            limits[0] + 0.03,
            y,
            text,
            fontsize=SMALL,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.5},
            color=MUTED,
            va="center_baseline",
            zorder=5,
        )


def _mark(coefficient: Coefficient, x: float, y: float, **look: Any) -> Line2D:
    return Line2D(
        [x],
        [y],
        marker=coefficient.marker,
        markersize=5.5 if coefficient.marker == "o" else 4.8,
        markerfacecolor=coefficient.fill,
        markeredgecolor=coefficient.edge,
        markeredgewidth=1.1,
        linestyle="none",
        zorder=3,
        gid=coefficient.column,
        **look,
    )


def _draw_legend(ax: Axes, panel: Panel, start: float | None) -> None:
    """Set the panel's heading and its legend above it."""
    head = from_edge(ax, 1)
    plot = ax.get_position().x0 * ax.get_figure(root=True).get_figwidth()
    # Over the counts too, where they leave a panel no room for its legend.
    left, heading, y = (plot, 0.36, 0.16) if start is None else (start, 0.44, 0.28)
    write(ax, left, heading, panel.heading, head, va="bottom", weight="bold")
    x = left + 0.05
    for coefficient in panel.coefficients:
        ax.add_artist(_mark(coefficient, x, y, transform=head, clip_on=False))
        write(ax, x + 0.09, y, coefficient.words, head, va="center_baseline", size=SMALL)
        x += 0.09 + text_width(coefficient.words, size=SMALL) + 0.2


def _write_counts(
    ax: Axes, rows: Sequence[Row], panel: Panel, left: float, *, count_width: float = COUNT_WIDTH, size: float = TEXT
) -> None:
    """Set, left of a panel, how many cells it rests on and the percentage of agreement."""
    across_rows, head = across(ax), from_edge(ax, 1)
    columns = ((left - count_width - 0.12, "n", panel.n), (left - 0.12, "agree", panel.percent))
    for x, heading, column in columns:
        write(ax, x, 0.06, heading, head, ha="right", va="bottom", color=MUTED, size=size)
        for y, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
            if row.entry is not None:
                value = float(row.entry[column])
                text = percent(value) if column == panel.percent and np.isfinite(value) else number(value, 0)
                write(ax, x, y, text, across_rows, ha="right", va="center_baseline", size=size)


def _write_labels(
    ax: Axes, rows: Sequence[Row], space: Bbox, *, limit: float = LABEL_LIMIT, size: float = TEXT
) -> None:
    """Name the rows; in small print over up to two lines."""
    across_rows = across(ax)
    for y, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        heading = row.entry is None
        text = shorten(row.label, LABEL_LIMIT)
        indent = 0.0 if heading or row.whole else 0.12 if size == TEXT else 0.05
        if size < TEXT and not heading:
            text = _in_two_lines(row.label, limit - indent, size)
        write(
            ax,
            space.x0 + indent,
            y,
            text,
            across_rows,
            va="center" if "\n" in text else "center_baseline",
            weight="bold" if heading or row.whole else "normal",
            size=size,
            linespacing=1.05,
        )
        if heading:
            look = {"transform": across_rows, "clip_on": False, "zorder": -2}
            ax.add_artist(
                Rectangle((space.x0 - 0.04, y - 0.5), space.width + 0.08, 1, facecolor=BAND, linewidth=0, **look)
            )
        if row.whole:
            line = Line2D(
                [space.x0, space.x1], [y + 0.5] * 2, color=LINE, linewidth=0.8, transform=across_rows, clip_on=False
            )
            ax.add_artist(line)


def _in_two_lines(label: str, width: float, size: float) -> str:
    first, *others = wrap(label, width, size=size).split("\n")
    return "\n".join([first, shorten(" ".join(others), width, size=size)]) if others else first
