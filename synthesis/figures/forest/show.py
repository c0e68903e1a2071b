"""The forest plot with its alternative text, its caption and its table."""

from __future__ import annotations

import numpy as np

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.verdicts import SIDES, Side, favours
from synthesis.figures.forest.data import forest_scale, has_headline
from synthesis.figures.forest.draw import forest_plot
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.tables.effects import pooled_counts, trials_table
from synthesis.wording import lower_first, number, share


def show_forest(pooled: PooledEffect, *, sort_by: str | None = None) -> ShownFigure:
    """Show the forest plot of a pooled effect; `sort_by` as in `forest_plot`."""
    printed = ", as printed" if pooled.effects.as_printed else ""
    return show(
        forest_plot(pooled, sort_by=sort_by),
        alt=forest_alt_text(pooled),
        caption=f"{pooled.effects.outcome_label}: {pooled_counts(pooled)}{printed}",
        table=trials_table(pooled, sort_by=sort_by),
    )


def forest_alt_text(pooled: PooledEffect) -> str:
    """Say what a forest plot shows: trials and people, range, pooled effect, where a new trial is expected.

    Parameters
    ----------
    pooled : PooledEffect
    """
    scale, effects = forest_scale(pooled), pooled.effects
    digits = scale.digits(scale.natural(effects.frame["yi"].to_numpy(float)))
    ordered = effects.frame.sort_values("yi", kind="stable")
    ends = [f"{scale.text(row.yi, digits)} in {row.label}" for row in (ordered.iloc[0], ordered.iloc[-1])]
    side = "below" if scale.peer_support_side == "left" else "above"
    what = f"{lower_first(effects.outcome_label)}, {lower_first(scale.label)}"
    favours = f"values {side} {scale.null:g}, on the {scale.peer_support_side}, favour peer support"
    text = f"Forest plot of {pooled_counts(pooled)}, on {what}; {favours}."
    text += f" The effects run from {ends[0]} to {ends[1]}." if pooled.k > 1 else f" The trial's effect is {ends[0]}."
    if not has_headline(pooled):
        return f"{text} With fewer than three trials none is pooled."
    return f"{text} {_pooled_sentences(pooled, digits)}"


def _pooled_sentences(pooled: PooledEffect, digits: int) -> str:
    scale, level = forest_scale(pooled), share(pooled.level)
    interval = scale.words(pooled.ci_lb, pooled.ci_ub, digits)
    text = f"Pooled effect {scale.text(pooled.estimate, digits)}, {level} confidence interval {interval}"
    if not np.isnan(pooled.pi_lb):
        prediction = scale.words(pooled.pi_lb, pooled.pi_ub, digits)
        text += f"; {level} prediction interval for a new trial {prediction}"
    text += f"; I squared {number(pooled.I2, 0)}%."
    side = favours(*pooled.benefit()[1:])
    if side is Side.OPEN:
        return f"{text} The confidence interval includes no difference."
    return f"{text} The confidence interval lies wholly on the side of {SIDES[side]}."
