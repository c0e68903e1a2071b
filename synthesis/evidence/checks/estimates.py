"""The estimate of one row of outcomes, its measure, standard error and confidence interval."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.results import OutcomeRows
from synthesis.evidence.contract import RATIOS

_SCALE_COLUMNS = ("estimate", "ci_lower", "ci_upper")


def check_estimates(rows: OutcomeRows) -> list[Finding]:
    """Check that an estimate and its uncertainty are complete, in order and possible for the measure."""
    return [*_check_completeness(rows), *_check_scale(rows), *_check_order(rows)]


def _check_completeness(rows: OutcomeRows) -> list[Finding]:
    findings = rows.report(
        "effect_without_measure",
        rows.given("estimate") & rows.empty("effect_measure"),
        "effect_measure",
        lambda row: f"The estimate {row.estimate} has no effect_measure.",
        "Say what the estimate is: MD, SMD, OR, RR, RD, HR or IRR.",
    )
    for bound, other in (("ci_lower", "ci_upper"), ("ci_upper", "ci_lower")):
        findings += rows.report(
            "half_interval",
            rows.given(other) & rows.empty(bound),
            bound,
            f"{other} is given and {bound} is empty.",
            "Enter both bounds, or neither.",
        )
    for column in ("standard_error", "ci_lower"):
        findings += rows.report(
            "uncertainty_without_estimate",
            rows.given(column) & rows.empty("estimate") & ~(rows.given("standard_error") & (column == "ci_lower")),
            column,
            lambda row, column=column: f"{column} {getattr(row, column)} stands without an estimate.",
            "Enter the estimate it belongs to; standard errors of means do not belong here.",
        )
    return findings


def _check_scale(rows: OutcomeRows) -> list[Finding]:
    findings = []
    ratio, difference = rows.text("effect_measure").isin(RATIOS), rows.text("effect_measure").eq("RD")
    for column in _SCALE_COLUMNS:
        findings += rows.report(
            "ratio_not_positive",
            ratio & (rows.number(column) <= 0),
            column,
            lambda row, column=column: f"{getattr(row, column)} is not > 0, as {row.effect_measure} must be.",
            "Enter the ratio itself, not its logarithm; where a bound is printed as 0.00, empty both bounds.",
        )
        findings += rows.report(
            "risk_difference_range",
            difference & (rows.number(column).abs() > 1),
            column,
            lambda row, column=column: f"{getattr(row, column)} is not between -1 and 1.",
            "Enter a difference of proportions, not of percentages.",
        )
    return findings


def _check_order(rows: OutcomeRows) -> list[Finding]:
    lower, estimate, upper = (rows.number(column) for column in ("ci_lower", "estimate", "ci_upper"))
    turned = lower > upper
    findings = rows.report(
        "interval_order",
        turned,
        "ci_lower",
        lambda row: f"The lower bound {row.ci_lower} is above the upper bound {row.ci_upper}.",
        "Exchange the bounds; where the sign was turned, turn and exchange both.",
    )
    outside = ((estimate < lower) | (estimate > upper)) & ~turned & _possible(rows)
    return findings + rows.report(
        "estimate_outside_interval",
        outside,
        "estimate",
        lambda row: f"{row.estimate} is outside its interval {row.ci_lower} to {row.ci_upper}.",
        "Check the signs of all three, and that the interval is this estimate's.",
    )


def _possible(rows: OutcomeRows) -> pd.Series:
    """Say where no figure is impossible for its measure, which is a finding of its own."""
    ratio = rows.text("effect_measure").isin(RATIOS)
    impossible = pd.concat([rows.number(column) <= 0 for column in _SCALE_COLUMNS], axis=1).any(axis=1)
    return ~(ratio & impossible)
