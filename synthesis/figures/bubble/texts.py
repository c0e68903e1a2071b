"""The notes beneath a bubble plot: what was found, what could have been, and how to read it."""

from __future__ import annotations

import numpy as np

from synthesis.answers.fidelity_slope import ExtremeCoding, FidelitySlope
from synthesis.figures.bubble.data import BubbleData
from synthesis.wording import bracketed, count, number, p_value, share

SLOPE = "Change in benefit {unit}: {slope}, {level} CI {interval}, k = {k}; {test}."
UNITS = {
    (True, False): "from the least to the most faithful trial",
    (True, True): "from the least to the most faithful trial, on the log scale",
    (False, False): "per unit",
    (False, True): "per unit on the log scale",
}  # by whether the moderator is a score and the measure a ratio
EXACT, DRAWN = "permutation {p} (all arrangements)", "permutation {p} ({drawn} random arrangements)"
DESCRIPTIVE = "With fewer than ten trials no line is drawn: it would describe them and test nothing."
DETECTABLE = "The true change would have had to be {slope} or more to be found with 80% power."
EXTREMES = "The same with unreported components taken as {slopes}."
EXTREME = "all {coding} {slope} {interval}"
NO_EXTREME = "all {coding} not defined (every trial then has one score)"
NOT_SHOWN = "Not shown: {effects} without a score."
READING = "Bubbles: area in proportion to weight. Band: {level} CI of the line."
READING_ALONE = "Bubbles: area in proportion to weight."
READING_CLIPPED = "Bubbles: area in proportion to weight. Band: {level} CI of the line, which runs on beyond the axis."
BOUNDS = "Thin lines: a trial's score if all unreported components were absent, or present."


def bubble_notes(data: BubbleData) -> list[str]:
    """Say what stands beneath a bubble plot: slope, tests, what it could have found, and how to read it."""
    reading = (READING_CLIPPED if data.is_clipped else READING).format(level=share(data.regression.level))
    found = [] if data.slope is None else _about_slope(data.slope)
    first = DESCRIPTIVE if data.is_descriptive else _slope(data)
    if data.is_descriptive:
        reading = READING_ALONE
    return [first, *found, f"{reading} {BOUNDS}" if len(data.bounds) else reading]


def _slope(data: BubbleData) -> str:
    """Say the slope with its interval; between the trials seen for a score, else per unit."""
    change, lower, upper = data.change
    return SLOPE.format(
        unit=UNITS[data.is_score, data.scale.ratio],
        slope=number(change),
        level=share(data.regression.level),
        interval=bracketed(lower, upper),
        k=data.regression.k,
        test=p_value(data.coefficient["pval"]) if data.slope is None else _permutation_test(data.slope),
    )


def _permutation_test(slope: FidelitySlope) -> str:
    p = p_value(slope.pval_permutation)
    return EXACT.format(p=p) if slope.exact else DRAWN.format(p=p, drawn=number(slope.permutations, 0))


def _about_slope(slope: FidelitySlope) -> list[str]:
    """Say what the slope amounts to, what it could have found, and what stands behind it."""
    without = slope.effects_without_score
    extremes = "; ".join(map(_extreme, slope.extremes))
    told = [DETECTABLE.format(slope=number(slope.span * slope.detectable_slope))]
    told += [EXTREMES.format(slopes=extremes)] if slope.extremes else []
    return [
        *([] if slope.descriptive else told),
        *([NOT_SHOWN.format(effects=count(without, "effect"))] if without else []),
    ]


def _extreme(extreme: ExtremeCoding) -> str:
    """Say the slope under one extreme coding of what reports do not say."""
    if not np.isfinite(extreme.slope):
        return NO_EXTREME.format(coding=extreme.coding)
    interval = bracketed(extreme.span * extreme.ci_lb, extreme.span * extreme.ci_ub)
    return EXTREME.format(coding=extreme.coding, slope=number(extreme.span * extreme.slope), interval=interval)
