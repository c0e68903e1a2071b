"""The funnel: each effect against its standard error, with contours of significance around no difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from synthesis.answers.fragility_statement import describe_small_studies
from synthesis.answers.small_study import SmallStudy
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.panel import Margins, draw_benefit_axis, open_panel, set_ticks
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import FAINT, LINE, MUTED, NAVY, PALE, PAPER, SKY, SMALL, house_style
from synthesis.statistics.distributions import normal_quantile, normal_tail
from synthesis.tables.effects import told_apart
from synthesis.wording import count, lower_first, number

SIZE = (4.6, 3.5)
MARGINS = Margins(left=0.62, foot=0.52)
HEADING = "Funnel"
# Two-sided p values of the contours, and the shade between each and the one before [peters2008contour].
CONTOURS = ((0.10, PAPER), (0.05, FAINT), (0.01, PALE))
BEYOND = "#F5F8FA"
NOTE = "Against no difference: white p > .10, grey .05 to .10, pale .01 to .05."
NOTE_POOL = "Dotted: the pool."
NOTE_FILLED = "Hollow: filled in by trim and fill."
ALT = (
    "Funnel plot of {effects} on {outcome}: benefit against standard error, large trials at the top. Effects run from "
    "{lowest} to {highest}, standard errors from {finest} to {coarsest}; {significant} of them lie beyond the contour "
    "of p .05 in favour of {intervention}, {against} against. {said}"
)
ALT_UNSETTLED = (
    "Funnel plot of {effects} on {outcome}: effects against standard error, large trials at the top. Effects run from "
    "{lowest} to {highest}, standard errors from {finest} to {coarsest}. {said}"
)
CAPTION = "{outcome}: each trial's benefit against its standard error"


@dataclass(frozen=True, eq=False)
class FunnelData:
    """The content of a funnel plot.

    Attributes
    ----------
    found : SmallStudy
    scale : EffectScale
    points : pandas.DataFrame
        label, benefit, sei, and pval, two-sided against no difference.
    filled : numpy.ndarray, shape (k0, 2)
        Benefit and standard error of what trim and fill adds, as far as words may say it.
    pool : float
        Benefit of the pool; nan where too few trials are there to pool in pictures.
    """

    found: SmallStudy
    scale: EffectScale
    points: pd.DataFrame
    filled: np.ndarray
    pool: float

    @property
    def deepest(self) -> float:
        """The end of the axis of standard errors."""
        return 1.06 * float(max(self.points["sei"].max(), *self.filled[:, 1], 0.0))

    @property
    def limits(self) -> tuple[float, float]:
        """Limits of the axis of benefit: all effects, no difference, and the contour of p .05 halfway down."""
        seen = np.concatenate([self.points["benefit"], self.filled[:, 0], [0.0]])
        reach = float(normal_quantile(0.975)) * self.deepest / 2
        low, high = min(seen.min(), -reach), max(seen.max(), reach)
        margin = 0.05 * (high - low)
        return float(low - margin), float(high + margin)


def funnel_data(found: SmallStudy) -> FunnelData:
    """Collect what a funnel plot shows."""
    frame, effects = found.effects.frame, found.effects
    sei = frame["sei"].to_numpy(float)
    benefit = found.turn * frame["yi"].to_numpy(float)
    pval = 2 * np.asarray(normal_tail(np.abs(benefit / sei)))
    points = pd.DataFrame({"label": told_apart(frame).to_numpy(), "benefit": benefit, "sei": sei, "pval": pval})
    shown = found.trim_and_fill is not None and "trim_and_fill" not in found.withheld
    filled = np.empty((0, 2))
    if shown and found.trim_and_fill is not None:
        filled = np.column_stack([found.trim_and_fill.yi, np.sqrt(found.trim_and_fill.vi)])
    pool = np.nan if "pool" in found.withheld else found.turn * found.pooled.estimate
    return FunnelData(found, EffectScale(effects.measure, effects.better, effects.names), points, filled, pool)


def funnel_plot(found: SmallStudy, *, ax: Axes | None = None) -> Axes:
    """Draw a funnel plot.

    Parameters
    ----------
    found : SmallStudy
        From `examine_small_studies`.
    ax : matplotlib.axes.Axes, optional
        Where to draw, texts included; by default a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
        x is the benefit on the analysis scale, labelled on the natural one; y the standard error, 0 at the top.

    Examples
    --------
    >>> from synthesis.figures import funnel_plot
    >>> axes = funnel_plot(examine_small_studies(effects))
    >>> axes.get_xlabel()
    ''
    """
    return draw_funnel(funnel_data(found), ax=ax)


@house_style
def draw_funnel(data: FunnelData, *, ax: Axes | None = None) -> Axes:
    """Draw a funnel plot from its data; as `funnel_plot`."""
    says = [NOTE, *([] if np.isnan(data.pool) else [NOTE_POOL]), *([NOTE_FILLED] if len(data.filled) else [])]
    ax, _ = open_panel(ax, SIZE, MARGINS, HEADING, " ".join(says))
    deep = data.deepest
    ax.set_facecolor(BEYOND)
    for p, shade in reversed(CONTOURS):
        reach = float(normal_quantile(1 - p / 2)) * deep
        ax.fill(
            [0, -reach, reach], [0, deep, deep], facecolor=shade, edgecolor=LINE, linewidth=0.5, zorder=0, gid=f"p {p}"
        )
    draw_benefit_axis(ax, data.scale, data.limits, data.found.turn)
    if not np.isnan(data.pool):
        ax.axvline(data.pool, color=MUTED, linewidth=1.0, linestyle=(0, (1, 2)), zorder=0.7, gid="pooled line")
    look = {"s": 22, "linewidth": 0.9, "edgecolor": NAVY, "clip_on": False}
    ax.scatter(data.points["benefit"], data.points["sei"], facecolor=SKY, zorder=3, **look).set_gid("effects")
    if len(data.filled):
        ax.scatter(*data.filled.T, facecolor="none", zorder=2.9, **look).set_gid("filled")
    ax.set_ylim(deep, 0)
    set_ticks(ax.yaxis, (0.0, deep))
    ax.set_ylabel("Standard error", fontsize=SMALL)
    return ax


def funnel_alt_text(found: SmallStudy) -> str:
    """Say what a funnel plot shows: ranges, how many are significant on which side, whether small trials differ.

    Parameters
    ----------
    found : SmallStudy

    Examples
    --------
    >>> from synthesis.figures import funnel_alt_text
    >>> print(funnel_alt_text(examine_small_studies(effects)))
    Funnel plot of 17 effects on personal recovery: benefit against standard error, large trials at
    the top. Effects run from −0.21 to 0.91, standard errors from 0.08 to 0.37; 8 of them lie
    beyond the contour of p .05 in favour of peer support, 0 against. No difference between small
    and large trials was detected (Egger's test, p = 0.755), which is not evidence that there ...
    """
    return alt_of_funnel(funnel_data(found))


def alt_of_funnel(data: FunnelData) -> str:
    """Say what a funnel plot shows, from its data."""
    points, effects = data.points, data.found.effects
    low, high = points["benefit"].min(), points["benefit"].max()
    turn = data.found.turn if data.scale.ratio else 1.0
    significant = points["pval"].le(0.05)
    sentence = ALT if effects.is_settled else ALT_UNSETTLED
    return sentence.format(
        effects=count(len(points), "effect"),
        outcome=lower_first(effects.outcome_label),
        lowest=data.scale.text(turn * low),
        highest=data.scale.text(turn * high),
        finest=number(points["sei"].min()),
        coarsest=number(points["sei"].max()),
        significant=int((significant & points["benefit"].gt(0)).sum()),
        against=int((significant & points["benefit"].lt(0)).sum()),
        intervention=effects.names.intervention,
        said=describe_small_studies(data.found)[0],
    )


def funnel_table(found: SmallStudy) -> pd.DataFrame:
    """Return the numbers of a funnel plot, ready to show: one row an effect, the most precise first.

    Examples
    --------
    >>> from synthesis.figures import funnel_table
    >>> print(text_table(funnel_table(examine_small_studies(effects)).head(2)))
    Trial                   Benefit  Standard error      p
    ------------------------------------------------------
    Cook et al. (2012a)        0.19           0.078  0.013
    Pfeiffer et al. (2020)     0.24           0.089  0.007
    """
    return _table(funnel_data(found))


def heading_of(data: FunnelData) -> str:
    """Name what is printed of each effect: a ratio as the outcome has it, else benefit."""
    return data.scale.measure if data.scale.ratio else "Benefit"


def _table(data: FunnelData) -> pd.DataFrame:
    rows = data.points.sort_values("sei", kind="stable")
    turn = data.found.turn if data.scale.ratio else 1.0
    return pd.DataFrame(
        {
            "Trial": rows["label"],
            heading_of(data): [data.scale.text(turn * benefit) for benefit in rows["benefit"]],
            "Standard error": rows["sei"].map(lambda value: number(value, 3)),
            "p": rows["pval"].map(lambda value: number(value, 3)),
        }
    ).reset_index(drop=True)


def show_funnel(found: SmallStudy) -> ShownFigure:
    """Show the funnel plot with its alternative text, its caption and its table.

    Examples
    --------
    >>> from synthesis.figures import show_funnel
    >>> show_funnel(examine_small_studies(effects)).caption
    "Personal recovery: each trial's benefit against its standard error"
    """
    data = funnel_data(found)
    caption = CAPTION.format(outcome=found.effects.outcome_label)
    return show(Drawn(draw_funnel, data), alt=alt_of_funnel(data), caption=caption, table=_table(data))
