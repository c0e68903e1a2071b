"""The bubble plot with its alternative text, its caption and its table, all from the same data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.regression import MetaRegression
from synthesis.answers.verdicts import Side, favours, leans
from synthesis.figures.bubble.data import BubbleData, bubble_data
from synthesis.figures.bubble.draw import draw_bubble
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.statistics.distributions import normal_quantile
from synthesis.wording import count, interval, lower_first, number, p_value, percent, share

ALT = (
    "Bubble plot of the benefit of {effects} on {outcome} against {moderator}, which runs from {range}; "
    "up favours {intervention}. {line}"
)
ALT_BOUNDS = "Thin lines span the bounds of each score, {width} wide in the median trial: reports leave much unsaid."
LINE = "The line {course}: {slope}, {level} confidence interval {interval}; {test}."
LINE_OPEN = "The line {course}: {slope}, {level} confidence interval {interval}, which holds a rise and a fall; {test}."
COURSES = {Side.PEER: "rises", Side.OTHER: "falls", Side.OPEN: "is level"}
# By whether the moderator is a score and the measure a ratio.
SLOPES = {
    (True, False): "from the least to the most faithful trial by {slope}",
    (True, True): "from the least to the most faithful trial by {slope} on the log scale",
    (False, False): "slope {slope}",
    (False, True): "slope on the log scale {slope}",
}
NO_LINE = "No line: with fewer than ten trials it would be descriptive only."
PERMUTATION = "permutation {p}"
CAPTION = "{outcome}: benefit of each trial against {moderator}"
EFFECT, EFFECT_TURNED = "{measure} [{level} CI]", "{measure} [{level} CI], positive favours {intervention}"


def show_bubble(result: FidelitySlope | MetaRegression, moderator: str | None = None) -> ShownFigure:
    """Show the bubble plot of a fidelity slope or of one moderator of a meta-regression.

    Examples
    --------
    >>> from synthesis.figures import show_bubble
    >>> show_bubble(slope).caption
    'Personal recovery: benefit of each trial against model fidelity of the described intervention'
    """
    data = bubble_data(result, moderator)
    outcome = data.regression.effects.outcome_label
    return show(
        Drawn(draw_bubble, data),
        alt=_alt_text(data),
        caption=CAPTION.format(outcome=outcome, moderator=lower_first(data.moderator_text)),
        table=_table(data),
        narrow=Drawn(draw_bubble, data, narrow=True),
    )


def bubble_alt_text(result: FidelitySlope | MetaRegression, moderator: str | None = None) -> str:
    """Say what a bubble plot shows: slope with interval and test, range of the moderator, width of its bounds.

    Parameters
    ----------
    result, moderator
        As in `bubble_plot`.

    Examples
    --------
    >>> from synthesis.figures import bubble_alt_text
    >>> print(bubble_alt_text(slope))
    Bubble plot of the benefit of 17 effects on personal recovery against model fidelity of the
    described intervention, which runs from 0.44 to 1.00; up favours peer support. The line rises:
    from the least to the most faithful trial by 0.12, 95% confidence interval −0.26 to 0.49, which
    holds a rise and a fall; permutation p = 0.485. Thin lines span the bounds of each score, ...
    """
    return _alt_text(bubble_data(result, moderator))


def bubble_table(result: FidelitySlope | MetaRegression, moderator: str | None = None) -> pd.DataFrame:
    """Return the numbers of a bubble plot, ready to show: one row a trial, in the order of the score.

    Parameters
    ----------
    result, moderator
        As in `bubble_plot`.

    Examples
    --------
    >>> from synthesis.figures import bubble_table
    >>> print(text_table(bubble_table(slope).head(2)))
    Trial                   SMD [95% CI]         Model fidelity of the described intervention ...
    --------------------------------------------------------------------------------------------...
    Pfeiffer et al. (2020)  0.24 [0.06, 0.41]                                            1.00 ...
    Corrigan et al. (2017)  −0.08 [−0.56, 0.40]                                          0.96 ...
    """
    return _table(bubble_data(result, moderator))


def _alt_text(data: BubbleData) -> str:
    trials, bounds = data.trials, data.bounds
    text = ALT.format(
        effects=count(len(trials), "effect"),
        outcome=lower_first(data.regression.effects.outcome_label),
        moderator=lower_first(data.moderator_text),
        range=interval(trials["x"].min(), trials["x"].max()),
        line=_line(data),
        intervention=data.scale.names.intervention,
    )
    if bounds.empty:
        return text
    return f"{text} {ALT_BOUNDS.format(width=number((bounds['upper'] - bounds['lower']).median()))}"


def _line(data: BubbleData) -> str:
    if data.is_descriptive:
        return NO_LINE
    change, lower, upper = data.change
    is_open = favours(lower, upper) is Side.OPEN
    return (LINE_OPEN if is_open else LINE).format(
        course=COURSES[leans(change)],
        slope=SLOPES[data.is_score, data.scale.ratio].format(slope=number(change)),
        level=share(data.regression.level),
        interval=interval(lower, upper),
        test=_test(data),
    )


def _test(data: BubbleData) -> str:
    if data.slope is None:
        return p_value(data.coefficient["pval"])
    return PERMUTATION.format(p=p_value(data.slope.pval_permutation))


def _table(data: BubbleData) -> pd.DataFrame:
    """Return one row a trial, the highest score first."""
    scale, rows = data.scale, data.trials.sort_values(["x", "benefit"], ascending=False, kind="stable")
    half = normal_quantile(0.5 + data.regression.level / 2) * np.sqrt(rows["vi"])
    digits = scale.digits(rows["benefit"])
    effect = [
        f"{scale.of_benefit(b, digits)} {scale.interval_of_benefit(b - h, b + h, digits)}"
        for b, h in zip(rows["benefit"], half, strict=True)
    ]
    heading = EFFECT if scale.ratio or scale.turn > 0 else EFFECT_TURNED
    heading = heading.format(
        measure=data.regression.measure, level=share(data.regression.level), intervention=scale.names.intervention
    )
    table = pd.DataFrame(
        {
            "Trial": rows["label"],
            heading: effect,
            data.moderator_text: rows["x"].map(number),
        }
    )
    if len(data.bounds):
        table["Lowest possible"], table["Highest possible"] = rows["lower"].map(number), rows["upper"].map(number)
    return table.assign(Weight=[percent(weight, 1) for weight in rows["weight"]]).reset_index(drop=True)
