"""The notes beneath a bubble plot: what was found, what could have been, and how to read it."""

from __future__ import annotations

import numpy as np

from synthesis.answers.fidelity_slope import ExtremeCoding, FidelitySlope
from synthesis.figures.bubble.data import BubbleData
from synthesis.wording import bracketed, count, number, p_value, share

SLOPE = "Slope of the benefit {unit}: {slope}, {level} CI {interval}, k = {k}; {test}."
UNITS = {
    (True, False): "from 0 to 1",
    (True, True): "from 0 to 1 on the log scale",
    (False, False): "per unit",
    (False, True): "per unit on the log scale",
}  # by whether the moderator is a score and the measure a ratio
EXACT, DRAWN = "permutation {p} (all arrangements)", "permutation {p} ({drawn} random arrangements)"
DESCRIPTIVE = "Descriptive: with fewer than ten trials the slope describes them and tests nothing."
DETECTABLE = "A true slope would have had to be {slope} or steeper to be found with 80% power."
EXTREMES = "Slope with unreported components taken as {slopes}."
EXTREME = "all {coding} {slope} {interval}"
NO_EXTREME = "all {coding} not defined (every trial then has one score)"
NOT_SHOWN = "Not shown: {effects} without a score."
READING = "Bubbles: area in proportion to weight. Band: {level} CI of the line."
READING_CLIPPED = "Bubbles: area in proportion to weight. Band: {level} CI of the line, which runs on beyond the axis."
BOUNDS = "Thin lines: a trial's score if all unreported components were absent, or present."


def bubble_notes(data: BubbleData) -> list[str]:
    """Say what stands beneath a bubble plot: slope, tests, what it could have found, and how to read it."""
    reading = (READING_CLIPPED if data.is_clipped else READING).format(level=share(data.regression.level))
    found = [] if data.slope is None else _about_slope(data.slope)
    return [_slope(data), *found, f"{reading} {BOUNDS}" if len(data.bounds) else reading]


def _slope(data: BubbleData) -> str:
    """Say the slope with its interval; per whole range of a score, else per unit."""
    row = data.coefficient
    return SLOPE.format(
        unit=UNITS[data.is_score, data.scale.ratio],
        slope=number(row["estimate"]),
        level=share(data.regression.level),
        interval=bracketed(row["ci_lb"], row["ci_ub"]),
        k=data.regression.k,
        test=p_value(row["pval"]) if data.slope is None else _permutation_test(data.slope),
    )


def _permutation_test(slope: FidelitySlope) -> str:
    p = p_value(slope.pval_permutation)
    return EXACT.format(p=p) if slope.exact else DRAWN.format(p=p, drawn=number(slope.permutations, 0))


def _about_slope(slope: FidelitySlope) -> list[str]:
    """Say what the slope amounts to, what it could have found, and what stands behind it."""
    without = slope.effects_without_score
    extremes = "; ".join(map(_extreme, slope.extremes))
    return [
        *([DESCRIPTIVE] if slope.descriptive else []),
        DETECTABLE.format(slope=number(slope.detectable_slope)),
        *([EXTREMES.format(slopes=extremes)] if slope.extremes else []),
        *([NOT_SHOWN.format(effects=count(without, "effect"))] if without else []),
    ]


def _extreme(extreme: ExtremeCoding) -> str:
    """Say the slope under one extreme coding of what reports do not say."""
    if not np.isfinite(extreme.slope):
        return NO_EXTREME.format(coding=extreme.coding)
    interval = bracketed(extreme.ci_lb, extreme.ci_ub)
    return EXTREME.format(coding=extreme.coding, slope=number(extreme.slope), interval=interval)
