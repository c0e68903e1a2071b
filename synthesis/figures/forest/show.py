"""The forest plot with its alternative text, its caption and its table, all from the same data."""

from __future__ import annotations

import numpy as np

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.verdicts import Side, favours, side_in_words
from synthesis.figures.forest.data import ForestData, forest_data
from synthesis.figures.forest.draw import draw_forest
from synthesis.figures.forest.narrow import draw_narrow_forest
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import JOURNAL
from synthesis.tables.effects import trials_table
from synthesis.wording import lower_first, percent, share

ALT = "Forest plot of {counts}, on {outcome}, {measure}; {sides}. {effects} {pooled}"
ALT_SIDES = {
    "left": "values below {null:g}, on the left, favour {intervention}",
    "right": "values above {null:g}, on the right, favour {intervention}",
    "": "which direction is better is not settled, so no side is named",
}
EFFECTS = "The effects run from {lowest} in {lowest_trial} to {highest} in {highest_trial}."
ONE_EFFECT = "The trial's effect is {lowest} in {lowest_trial}."
TOO_FEW = "With fewer than three trials none is pooled."
POOLED = "Pooled effect {effect}, {level} confidence interval {interval}; I squared {I2}. {verdict}"
POOLED_PREDICTING = (
    "Pooled effect {effect}, {level} confidence interval {interval}; "
    "{level} prediction interval for a new trial {prediction}; I squared {I2}. {verdict}"
)
OPEN = "The confidence interval includes no difference."
NO_SIDE = "The confidence interval leaves out no difference."
ON_A_SIDE = "The confidence interval lies wholly on the side of {favoured}."
SILENT = " Trials without an estimate, and counted nowhere: {n}."
CAPTION, CAPTION_AS_PRINTED = "{outcome}: {counts}", "{outcome}: {counts}, as printed"


def show_forest(pooled: PooledEffect, *, sort_by: str | None = None) -> ShownFigure:
    """Show the forest plot of a pooled effect, for a journal's width and for a phone; `sort_by` as in `forest_plot`.

    Examples
    --------
    >>> from synthesis.figures import show_forest
    >>> show_forest(pooled, sort_by="yi").save("forest.svg")
    PosixPath('forest.svg')
    """
    data = forest_data(pooled, sort_by=sort_by)
    caption = CAPTION_AS_PRINTED if pooled.effects.as_printed else CAPTION
    return show(
        Drawn(draw_forest, data, width=JOURNAL),
        alt=_alt_text(data),
        caption=caption.format(outcome=pooled.effects.outcome_label, counts=data.counts),
        table=trials_table(pooled, sort_by=sort_by),
        narrow=Drawn(draw_narrow_forest, data),
    )


def forest_alt_text(pooled: PooledEffect) -> str:
    """Say what a forest plot shows: trials and people, range, pooled effect, where a new trial is expected.

    Parameters
    ----------
    pooled : PooledEffect

    Examples
    --------
    >>> from synthesis.figures import forest_alt_text
    >>> print(forest_alt_text(pooled))
    Forest plot of 17 trials, 3,974 people, on personal recovery, standardised mean difference
    (Hedges' g); values above 0, on the right, favour peer support. The effects run from −0.21 in
    Davidson et al. (2004) to 0.91 in Barbic et al. (2009). Pooled effect 0.21, 95% confidence
    interval 0.12 to 0.29; 95% prediction interval for a new trial 0.04 to 0.37; I squared 22%. ...
    """
    return _alt_text(forest_data(pooled))


def _alt_text(data: ForestData) -> str:
    scale, effects = data.scale, data.pooled.effects
    ordered = effects.frame.sort_values("yi", kind="stable")
    lowest, highest = ordered.iloc[0], ordered.iloc[-1]
    run = (EFFECTS if data.pooled.k > 1 else ONE_EFFECT).format(
        lowest=scale.text(lowest["yi"], data.digits),
        lowest_trial=lowest["label"],
        highest=scale.text(highest["yi"], data.digits),
        highest_trial=highest["label"],
    )
    return ALT.format(
        counts=data.counts,
        outcome=lower_first(effects.outcome_label),
        measure=lower_first(scale.label),
        sides=ALT_SIDES[scale.intervention_side].format(null=scale.null, intervention=scale.names.intervention),
        effects=run,
        pooled=(_pooled(data) if data.enough else TOO_FEW) + (SILENT.format(n=len(data.silent)) if data.silent else ""),
    )


def _pooled(data: ForestData) -> str:
    scale, pooled, digits = data.scale, data.pooled, data.digits
    side = favours(pooled.ci_lb, pooled.ci_ub)
    verdict = OPEN if side is Side.OPEN else NO_SIDE
    if pooled.effects.is_settled and side is not Side.OPEN:
        favoured = side_in_words(favours(*pooled.benefit()[1:]), data.scale.names)
        verdict = ON_A_SIDE.format(favoured=favoured)
    return (POOLED if np.isnan(pooled.prediction[0]) else POOLED_PREDICTING).format(
        effect=scale.text(pooled.estimate, digits),
        level=share(pooled.level),
        interval=scale.words(pooled.ci_lb, pooled.ci_ub, digits),
        prediction=pooled.as_predicted(scale.words(*pooled.prediction, digits)),
        I2=percent(pooled.I2),
        verdict=verdict,
    )
