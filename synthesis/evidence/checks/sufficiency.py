"""Rows of outcomes that are legal and cannot be pooled as they stand: what they lack, said once a row.

A row is enough with any one of the contract's sufficient sets: arm means, SDs and sizes; events and sizes; an
estimate with a standard error, an interval, a t or z, or an exact p value; a test statistic or exact p value with arm
sizes and a direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from synthesis.choices import RATIOS
from synthesis.errors import Finding
from synthesis.evidence.checks.results import ARMS, OutcomeRows

_SIZES = ("n_intervention", "n_comparator")
_SIGNED = ("t", "z")


class _Lack(NamedTuple):
    rule: str
    rows: pd.Series
    column: str
    message: str
    hint: str


def check_sufficiency(rows: OutcomeRows) -> list[Finding]:
    """Warn of rows that cannot be pooled as they stand; the first thing lacking in the contract's order is named."""
    findings = []
    rest = ~is_sufficient(rows)
    for lack in _lacks(rows) if rest.any() else ():
        findings += rows.report(lack.rule, rest & lack.rows, column=lack.column, message=lack.message, hint=lack.hint)
        rest &= ~lack.rows
    findings += rows.report(
        "kind_without_statistic",
        rows.given("test_statistic") & rows.empty("statistic_value"),
        column="statistic_value",
        message="test_statistic is {test_statistic}, its value is empty.",
        hint="Enter the value, or empty test_statistic.",
    )
    return findings


def is_sufficient(rows: OutcomeRows) -> pd.Series:
    """Say which rows carry at least one sufficient set."""
    sizes = rows.given(*_SIZES)
    means = rows.given("mean_intervention", "sd_intervention", "mean_comparator", "sd_comparator") & sizes
    events = rows.given("events_intervention", "events_comparator") & sizes
    signed = rows.text("test_statistic").isin(_SIGNED) & rows.given("statistic_value")
    estimate = rows.given("estimate") & (
        rows.given("standard_error") | rows.given("ci_lower", "ci_upper") | signed | rows.given("p_value")
    )
    test = sizes & (signed | (_has_test(rows) & has_direction(rows)))
    return means | events | estimate | test


def has_direction(rows: OutcomeRows) -> pd.Series:
    """Say which rows tell on which side the result lies, by a word, an estimate or the arms' means."""
    word = rows.text("reported_direction").isin(["favours_intervention", "favours_comparator"])
    null = rows.text("effect_measure").isin(RATIOS).astype(float)
    estimate = rows.number("estimate").notna() & rows.number("estimate").ne(null)
    difference = rows.number("mean_intervention") - rows.number("mean_comparator")
    return word | estimate | (difference.notna() & difference.ne(0))


def _has_test(rows: OutcomeRows) -> pd.Series:
    return rows.given("p_value") | rows.given("test_statistic", "statistic_value")


def _lacks(rows: OutcomeRows) -> Iterator[_Lack]:
    yield from _lacks_of_arms(rows)
    yield _Lack(
        "estimate_without_uncertainty",
        rows.given("estimate") & rows.empty("ci_lower", "ci_upper"),
        "estimate",
        "The estimate has no standard error, interval, t, z or exact p value, so it cannot be pooled.",
        "Enter what the report gives of them.",
    )
    yield _Lack(
        "test_without_direction",
        _has_test(rows) & ~has_direction(rows) & ~rows.text("test_statistic").isin(_SIGNED),
        "reported_direction",
        "The test has no direction, so it cannot be pooled.",
        "Enter favours_intervention or favours_comparator where the report says which.",
    )
    yield _Lack(
        "test_without_n",
        _has_test(rows),
        "n_intervention",
        "The test stands without both arm sizes, so it cannot be pooled.",
        "Enter n_intervention and n_comparator where the report gives them.",
    )
    yield _Lack(
        "measure_without_effect",
        rows.given("effect_measure") & rows.empty("estimate"),
        "estimate",
        "effect_measure is {effect_measure}, the estimate is empty.",
        "Enter the estimate, or empty effect_measure.",
    )
    yield _Lack(
        "no_result",
        rows.empty(*_RESULT_COLUMNS),
        "reported_direction",
        "The row says nothing of its result.",
        "Enter what the report says, if only its direction.",
    )


def _lacks_of_arms(rows: OutcomeRows) -> Iterator[_Lack]:
    for given, missing in (ARMS, ARMS[::-1]):
        for figure in ("mean", "sd", "events", "n"):
            yield _Lack(
                "one_arm_only",
                rows.given(f"{figure}_{given}") & rows.empty(f"{figure}_{missing}"),
                f"{figure}_{missing}",
                f"{figure}_{given} is given and {figure}_{missing} is empty, so the row cannot be pooled.",
                "Enter the other arm's figure where the report gives it.",
            )
    for given, missing, rule in (
        ("mean", "sd", "mean_without_sd"),
        ("sd", "mean", "sd_without_mean"),
        ("mean", "n", "mean_without_n"),
        ("events", "n", "events_without_n"),
    ):
        column = f"{missing}_intervention"
        yield _Lack(
            rule,
            rows.given(f"{given}_intervention") & rows.empty(column),
            column,
            f"{given}_intervention and {given}_comparator are given without {missing}, so the row cannot be pooled.",
            "Enter it where the report gives it.",
        )


_RESULT_COLUMNS = (
    *(f"{figure}_{arm}" for arm in ARMS for figure in ("mean", "sd", "events")),
    "estimate",
    "standard_error",
    "ci_lower",
    "ci_upper",
    "statistic_value",
    "p_value",
    "reported_direction",
)
