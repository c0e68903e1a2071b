"""The pool as it grew: a row a year in which a trial was reported, benefit to the right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from synthesis.answers.benefit import turn_of
from synthesis.answers.cumulative import Cumulative
from synthesis.answers.fragility_statement import describe_growth
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.inches import across, write
from synthesis.figures.parts.marks import draw_arrows
from synthesis.figures.parts.panel import Margins, draw_benefit_axis, open_panel
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import INK, MUTED, NAVY, SKY, SMALL, house_style, shorten, text_width
from synthesis.tables.fragility import growth_table
from synthesis.wording import count, lower_first

ROW = 0.17
WIDTH, FRAME = 4.6, 1.16
LONGEST_NAME = 1.5
HEADING = "Year by year"
NOTE = "The pool of all trials up to each year, from three on, with its interval; arrow: it runs on beyond the axis."
LOOK = "{year:.0f} (k = {k:.0f})"
ALT = "Cumulative forest plot of {outcome}: the pool of the trials up to each of {years}. {said}"
CAPTION = "{outcome}: the pool as it grew, year by year"


@dataclass(frozen=True, eq=False)
class CumulativeData:
    """The content of a cumulative forest plot.

    Attributes
    ----------
    found : Cumulative
    scale : EffectScale
    turn : float
        What turns an effect to benefit; 1 where the direction is not settled.
    rows : pandas.DataFrame
        One row a year, the first at the top: name, added, benefit, lower, upper; nan where too few trials are there to
        pool in pictures.
    limits : tuple of float
        Of the axis of benefit.
    """

    found: Cumulative
    scale: EffectScale
    turn: float
    rows: pd.DataFrame
    limits: tuple[float, float]


def cumulative_data(found: Cumulative) -> CumulativeData:
    """Collect what a cumulative forest plot shows."""
    effects, table, turn = found.effects, found.table.copy(), turn_of(found.effects)
    table.loc[~table.index.isin(found.looks.index), ["estimate", "ci_lb", "ci_ub"]] = np.nan
    ends = np.sort(turn * table[["ci_lb", "ci_ub"]].to_numpy(float), axis=1)
    rows = pd.DataFrame(
        {
            "name": [LOOK.format(year=year, k=k) for year, k in zip(table["year"], table["k"], strict=True)],
            "added": table["added"],
            "benefit": turn * table["estimate"],
            "lower": ends[:, 0],
            "upper": ends[:, 1],
        }
    )
    scale = EffectScale(effects.measure, effects.better, effects.names)
    seen = rows.dropna(subset=["benefit"])
    shown = [seen[name].to_numpy(float) for name in ("benefit", "lower", "upper")]
    limits = (-1.0, 1.0) if seen.empty else scale.limits(*shown)
    return CumulativeData(found, scale, turn, rows, limits)


def cumulative_plot(found: Cumulative, *, ax: Axes | None = None) -> Axes:
    """Draw the pool as it grew.

    Parameters
    ----------
    found : Cumulative
        From `accumulate`.
    ax : matplotlib.axes.Axes, optional
        Where to draw, texts included; by default a figure as tall as it needs to be.

    Returns
    -------
    matplotlib.axes.Axes
        x is the benefit on the analysis scale, labelled on the natural one; the first year stands at the top, y = 0.

    Examples
    --------
    >>> from synthesis.figures import cumulative_plot
    >>> axes = cumulative_plot(accumulate(effects.with_moderators(evidence.trials[["trial", "year"]])))
    >>> axes.figure.savefig("cumulative.png")
    """
    return draw_cumulative(cumulative_data(found), ax=ax)


@house_style
def draw_cumulative(data: CumulativeData, *, ax: Axes | None = None, longest_name: float = LONGEST_NAME) -> Axes:
    """Draw the pool as it grew from its data; as `cumulative_plot`, with names of trials of so many inches at most."""
    rows, k = data.rows, len(data.rows)
    widths = [text_width(text, size=SMALL) for text in rows["name"]]
    left = max(widths) + longest_name + 0.2
    ax, edge = open_panel(ax, (WIDTH, growth_height(data)), Margins(left=left, foot=0.52), HEADING, NOTE)
    ax.set_ylim(k - 0.4, -0.6)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    draw_benefit_axis(ax, data.scale, data.limits, data.turn)
    low, high = data.limits
    for y, row in enumerate(rows.itertuples()):
        write(ax, edge, y, row.name, across(ax), va="center", size=SMALL, color=INK)
        added = shorten(f"+ {row.added.replace(' et al. ', ' ')}", longest_name, size=SMALL)
        write(ax, edge + max(widths) + 0.1, y, added, across(ax), va="center", size=SMALL, color=MUTED)
    seen = rows.dropna(subset=["benefit"])
    if seen.empty:
        return ax
    ends = np.clip(seen[["lower", "upper"]].to_numpy(float), low, high)
    ax.hlines(seen.index, *ends.T, color=NAVY, linewidth=1.1, zorder=2).set_gid("intervals")
    marks = ax.scatter(seen["benefit"], seen.index, s=20, facecolor=SKY, edgecolor=NAVY, linewidth=0.9, zorder=3)
    marks.set_gid("pools")
    draw_arrows(ax, zip(seen["lower"], seen["upper"], seen.index, strict=True), data.limits, color=NAVY)
    last = float(seen["benefit"].iloc[-1])
    ax.axvline(last, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0.7, gid="pooled line")
    return ax


def growth_height(data: CumulativeData) -> float:
    """Return the inches that the panel needs."""
    return FRAME + ROW * (len(data.rows) + 0.4)


def cumulative_alt_text(found: Cumulative) -> str:
    """Say what a cumulative forest plot shows: the first and the last pool, and since when one side is favoured.

    Parameters
    ----------
    found : Cumulative

    Examples
    --------
    >>> from synthesis.figures import cumulative_alt_text
    >>> grown = accumulate(effects.with_moderators(evidence.trials[["trial", "year"]]))
    >>> print(cumulative_alt_text(grown))
    Cumulative forest plot of personal recovery: the pool of the trials up to each of 13 years. The
    trials of 2004 to 2011 gave an average of 0.20 (−1.13 to 1.52); with those up to 2025 it is
    0.21 (0.12 to 0.29). At every look since 2016 the interval has favoured peer support. Looking
    after every year is looking often, which these intervals do not allow for.
    """
    return alt_of_growth(cumulative_data(found))


def alt_of_growth(data: CumulativeData) -> str:
    """Say what a cumulative forest plot shows, from its data."""
    return ALT.format(
        outcome=lower_first(data.found.effects.outcome_label),
        years=count(len(data.rows), "year"),
        said=describe_growth(data.found),
    ).strip()


def show_cumulative(found: Cumulative) -> ShownFigure:
    """Show the pool as it grew with its alternative text, its caption and its table.

    Examples
    --------
    >>> from synthesis.figures import show_cumulative
    >>> grown = accumulate(effects.with_moderators(evidence.trials[["trial", "year"]]))
    >>> show_cumulative(grown).caption
    'Personal recovery: the pool as it grew, year by year'
    """
    data = cumulative_data(found)
    caption = CAPTION.format(outcome=found.effects.outcome_label)
    return show(Drawn(draw_cumulative, data), alt=alt_of_growth(data), caption=caption, table=growth_table(found))
