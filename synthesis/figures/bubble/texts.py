"""The notes beneath a bubble plot: what was found, what could have been, and how to read it."""

from __future__ import annotations

import numpy as np

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.figures.bubble.data import BubbleData, bounds_of, slope_row
from synthesis.wording import bracketed, count, number, p_value, share


def slope_text(data: BubbleData) -> str:
    """Say the slope with its interval; per whole range of a score, else per unit."""
    row, level = slope_row(data), share(data.regression.level)
    unit = "from 0 to 1" if data.is_score else "per unit"
    log = " on the log scale" if data.scale.ratio else ""
    return f"Slope of the benefit {unit}{log}: {number(row.estimate)}, {level} CI {bracketed(row.ci_lb, row.ci_ub)}"


def bubble_notes(data: BubbleData) -> list[str]:
    """Say what stands beneath a bubble plot: slope, tests, what it could have found, and how to read it."""
    slope, k = data.slope, data.regression.k
    notes = [f"{slope_text(data)}, k = {k}; {_test(data)}."]
    if slope is not None:
        if slope.descriptive:
            notes.append("Descriptive: with fewer than ten trials the slope describes them and tests nothing.")
        notes.append(
            f"A true slope would have had to be {number(slope.detectable_slope)} or steeper to be found with 80% power."
        )
        notes += _extremes(slope)
        if slope.effects_without_score:
            notes.append(f"Not shown: {count(slope.effects_without_score, 'effect')} without a score.")
    reading = f"Bubbles: area in proportion to weight. Band: {share(data.regression.level)} CI of the line."
    low, high = data.benefit_limits
    if data.line()[2].min() < low or data.line()[3].max() > high:
        reading = reading.removesuffix(".") + ", which runs on beyond the axis."
    if len(bounds_of(data)):
        reading += " Thin lines: a trial's score if all unreported components were absent, or present."
    return [*notes, reading]


def _test(data: BubbleData) -> str:
    if data.slope is None:
        return p_value(slope_row(data).pval)
    slope = data.slope
    how = "all" if slope.exact else f"{number(slope.permutations, 0)} random"
    return f"permutation {p_value(slope.pval_permutation)} ({how} arrangements)"


def _extremes(slope: FidelitySlope) -> list[str]:
    """Say the slope under both extreme codings of what reports do not say."""
    parts = [
        f"all {extreme.coding} {number(extreme.slope)} {bracketed(extreme.ci_lb, extreme.ci_ub)}"
        if np.isfinite(extreme.slope)
        else f"all {extreme.coding} not defined (every trial then has one score)"
        for extreme in slope.extremes
    ]
    return [f"Slope with unreported components taken as {'; '.join(parts)}."] if parts else []
