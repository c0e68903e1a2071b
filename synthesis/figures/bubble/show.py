"""The bubble plot with its alternative text, its caption and its table."""

from __future__ import annotations

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.regression import MetaRegression
from synthesis.figures.bubble.data import BubbleData, bounds_of, bubble_data, bubble_table, slope_row
from synthesis.figures.bubble.draw import bubble_plot
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.wording import count, lower_first, number, p_value, share


def show_bubble(result: FidelitySlope | MetaRegression, moderator: str | None = None) -> ShownFigure:
    """Show the bubble plot of a fidelity slope or of one moderator of a meta-regression."""
    data = bubble_data(result, moderator)
    what = data.axis_text.split("\n")[0]
    return show(
        bubble_plot(result, moderator),
        alt=bubble_alt_text(result, moderator),
        caption=f"{data.regression.effects.outcome_label}: benefit of each trial against {lower_first(what)}",
        table=bubble_table(result, moderator),
    )


def bubble_alt_text(result: FidelitySlope | MetaRegression, moderator: str | None = None) -> str:
    """Say what a bubble plot shows: slope with interval and test, range of the moderator, width of its bounds.

    Parameters
    ----------
    result, moderator
        As in `bubble_plot`.
    """
    data = bubble_data(result, moderator)
    trials = data.trials
    outcome = lower_first(data.regression.effects.outcome_label)
    what = lower_first(data.axis_text.split("\n")[0])
    ends = f"{number(trials['x'].min())} to {number(trials['x'].max())}"
    text = (
        f"Bubble plot of the benefit of {count(len(trials), 'effect')} on {outcome} against {what}, "
        f"which runs from {ends}; up favours peer support. {_slope_sentence(data)}"
    )
    bounds = bounds_of(data)
    if len(bounds):
        width = number((bounds["upper"] - bounds["lower"]).median())
        text += (
            f" Thin lines span the bounds of each score, {width} wide in the median trial: reports leave much unsaid."
        )
    return text


def _slope_sentence(data: BubbleData) -> str:
    row, slope = slope_row(data), data.slope
    course = "rises" if row.estimate > 0 else "falls" if row.estimate < 0 else "is level"
    log = " on the log scale" if data.scale.ratio else ""
    text = (
        f"The line {course}: slope{log} {number(row.estimate)}, {share(data.regression.level)} confidence interval "
        f"{number(row.ci_lb)} to {number(row.ci_ub)}"
    )
    if row.ci_lb <= 0 <= row.ci_ub:
        text += ", which excludes neither a rise nor a fall"
    if slope is None:
        return f"{text}; {p_value(row.pval)}."
    if slope.descriptive:
        return f"{text}; descriptive only, with fewer than ten trials."
    return f"{text}; permutation {p_value(slope.pval_permutation)}."
