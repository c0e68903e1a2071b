"""Baujat's plot: how badly each effect fits the pool, against how far it moves it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from synthesis.answers.influence import Influence
from synthesis.figures.influence.data import InfluenceData, influence_data
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.labels import place_labels
from synthesis.figures.parts.panel import Margins, open_panel, set_ticks
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import NAVY, SKY, SMALL, house_style
from synthesis.wording import count, lower_first, number

SIZE = (4.6, 3.5)
MARGINS = Margins(left=0.62, foot=0.52)
HEADING = "Baujat"
NOTE = "Right: fits the pool badly. Up: moves it. The trials furthest out are named."
NAMED = 4
LEAST = 1e-6
MARK = 2.7  # points, half a mark's width
ALT = "Baujat plot of {effects} on {outcome}: squared residual against influence on the pool. Furthest out: {named}."
CAPTION = "{outcome}: which effects differ most from the pool, and which move it most"
POINT = "{label} ({x}, {y})"


def baujat_plot(found: Influence, *, ax: Axes | None = None) -> Axes:
    """Draw Baujat's plot: how badly each effect fits the pool against how far it moves it.

    Parameters
    ----------
    found : Influence
        From `examine_influence`.
    ax : matplotlib.axes.Axes, optional
        Where to draw, texts included; by default a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
        x is the squared Pearson residual, y the squared change of the pool over its variance [baujat2002graphical].

    Examples
    --------
    >>> from synthesis.figures import baujat_plot
    >>> axes = baujat_plot(examine_influence(effects))
    >>> axes.get_xlabel()
    'Squared residual'
    """
    return draw_baujat(influence_data(found), ax=ax)


@house_style
def draw_baujat(data: InfluenceData, *, ax: Axes | None = None) -> Axes:
    """Draw Baujat's plot from its data; as `baujat_plot`."""
    ax, _ = open_panel(ax, SIZE, MARGINS, HEADING, NOTE)
    rows = data.rows.dropna(subset=["baujat_y"])
    x, y = rows["baujat_x"].to_numpy(float), rows["baujat_y"].to_numpy(float)
    ax.scatter(x, y, s=22, facecolor=SKY, edgecolor=NAVY, linewidth=0.9, zorder=3, clip_on=False).set_gid("effects")
    right, top = 1.08 * _furthest(x), 1.12 * _furthest(y)
    ax.set_xlim(0, right)
    ax.set_ylim(0, top)
    set_ticks(ax.xaxis, (0.0, right))
    set_ticks(ax.yaxis, (0.0, top))
    ax.set_xlabel("Squared residual", fontsize=SMALL, labelpad=1)
    ax.set_ylabel("Influence on the pool", fontsize=SMALL)
    far = furthest(data)
    names = [label.replace(" et al. ", " ") if i in far.index else "" for i, label in rows["label"].items()]
    place_labels(ax, x, y, np.full(len(x), MARK), names, np.empty((0, 3)))
    return ax


def _furthest(values: np.ndarray) -> float:
    """Return where an axis must reach; 1 where rounding alone is left to show."""
    most = float(values.max())
    return most if most > LEAST else 1.0


def furthest(data: InfluenceData) -> pd.DataFrame:
    """Return the rows that lie furthest out, both ways taken as shares of the largest."""
    rows = data.rows.dropna(subset=["baujat_y"])
    shares = sum(rows[name] / max(rows[name].max(), 1e-300) for name in ("baujat_x", "baujat_y"))
    return rows.loc[shares.nlargest(NAMED).index]


def baujat_alt_text(found: Influence) -> str:
    """Say what Baujat's plot shows: which effects lie furthest out.

    Parameters
    ----------
    found : Influence

    Examples
    --------
    >>> from synthesis.figures import baujat_alt_text
    >>> print(baujat_alt_text(examine_influence(effects)))
    Baujat plot of 17 effects on personal recovery: squared residual against influence on the pool.
    Furthest out: Davidson et al. (2004) (5.92, 0.37); Tinland et al. (2022) (3.46, 0.23); Poulsen
    et al. (2025) (2.72, 0.12); Barbic et al. (2009) (3.54, 0.03).
    """
    return alt_of_baujat(influence_data(found))


def alt_of_baujat(data: InfluenceData) -> str:
    """Say what Baujat's plot shows, from its data."""
    far = furthest(data)
    named = [POINT.format(label=row.label, x=number(row.baujat_x), y=number(row.baujat_y)) for row in far.itertuples()]
    return ALT.format(
        effects=count(len(data.rows), "effect"),
        outcome=lower_first(data.found.effects.outcome_label),
        named="; ".join(named),
    )


def show_baujat(found: Influence) -> ShownFigure:
    """Show Baujat's plot with its alternative text, its caption and its table.

    Examples
    --------
    >>> from synthesis.figures import show_baujat
    >>> show_baujat(examine_influence(effects)).caption
    'Personal recovery: which effects differ most from the pool, and which move it most'
    """
    data = influence_data(found)
    table = pd.DataFrame(
        {
            "Trial": data.rows["label"],
            "Squared residual": data.rows["baujat_x"].map(number),
            "Influence on the pool": data.rows["baujat_y"].map(number),
        }
    )
    caption = CAPTION.format(outcome=found.effects.outcome_label)
    return show(Drawn(draw_baujat, data), alt=alt_of_baujat(data), caption=caption, table=table)
