"""Rows of outcomes: what is given and left empty, and whether figures, estimates and tests are possible."""

from __future__ import annotations

from functools import reduce
from operator import and_

import pandas as pd

from synthesis.choices import RATIOS
from synthesis.errors import Finding
from synthesis.evidence.contract import load_contract
from synthesis.evidence.findings import report
from synthesis.evidence.reading import typed

ARMS = ("intervention", "comparator")


class OutcomeRows:
    """The outcomes of a data root; a cell of a missing or misspelt column is neither given nor empty.

    Parameters
    ----------
    tidy : DataFrame
        The table as read, blanks at the ends of cells gone.
    """

    def __init__(self, tidy: pd.DataFrame):
        self.frame = tidy
        self._typed = typed(tidy, "outcomes")
        names = list(load_contract()["outcomes"].columns)
        self._empty = tidy[names].eq("")
        self._given = tidy[names].notna() & ~self._empty

    def given(self, *columns: str) -> pd.Series:
        """Say which rows have something in each of the columns."""
        return reduce(and_, (self._given[name] for name in columns))

    def empty(self, *columns: str) -> pd.Series:
        """Say which rows have nothing in any of the columns."""
        return reduce(and_, (self._empty[name] for name in columns))

    def number(self, column: str) -> pd.Series:
        """Return a column's numbers; NaN where there is none."""
        return self._typed[column]

    def text(self, column: str) -> pd.Series:
        """Return a column's text; empty where there is none."""
        return self._typed[column]

    def report(self, rule: str, broken: pd.Series, *, column: str, message: str, hint: str) -> list[Finding]:
        """Return a finding for each row that breaks a rule; the row's cells fill the gaps of what is said."""
        rows = self.frame[broken] if broken.any() else self.frame.iloc[:0]
        return report(rule, rows, table="outcomes", column=column, message=message, hint=hint)


def check_figures(rows: OutcomeRows) -> list[Finding]:
    """Check that the figures of each arm are possible together."""
    findings = []
    for arm in ARMS:
        findings += rows.report(
            "events_exceed_n",
            rows.number(f"events_{arm}") > rows.number(f"n_{arm}"),
            column=f"events_{arm}",
            message=f"{{events_{arm}}} events in {{n_{arm}}} people.",
            hint="Events count people; check whether admissions, visits or a percentage were entered.",
        )
        findings += rows.report(
            "n_below_two",
            rows.given(f"sd_{arm}") & rows.number(f"n_{arm}").eq(1),
            column=f"n_{arm}",
            message="One person has no standard deviation.",
            hint=f"Check n_{arm} and sd_{arm}.",
        )
    return findings


_SCALE_COLUMNS = ("estimate", "ci_lower", "ci_upper")


def check_estimates(rows: OutcomeRows) -> list[Finding]:
    """Check that an estimate and its uncertainty are complete, in order and possible for the measure."""
    return [*_check_completeness(rows), *_check_scale(rows), *_check_order(rows)]


def _check_completeness(rows: OutcomeRows) -> list[Finding]:
    findings = rows.report(
        "effect_without_measure",
        rows.given("estimate") & rows.empty("effect_measure"),
        column="effect_measure",
        message="The estimate {estimate} has no effect_measure.",
        hint="Say what the estimate is: MD, SMD, OR, PETO, RR, RD, HR or IRR.",
    )
    for bound, other in (("ci_lower", "ci_upper"), ("ci_upper", "ci_lower")):
        findings += rows.report(
            "half_interval",
            rows.given(other) & rows.empty(bound),
            column=bound,
            message=f"{other} is given and {bound} is empty.",
            hint="Enter both bounds, or neither.",
        )
    for column in ("standard_error", "ci_lower"):
        findings += rows.report(
            "uncertainty_without_estimate",
            rows.given(column) & rows.empty("estimate") & ~(rows.given("standard_error") & (column == "ci_lower")),
            column=column,
            message=f"{column} {{{column}}} stands without an estimate.",
            hint="Enter the estimate it belongs to; standard errors of means do not belong here.",
        )
    return findings


def _check_scale(rows: OutcomeRows) -> list[Finding]:
    findings = []
    ratio, difference = rows.text("effect_measure").isin(RATIOS), rows.text("effect_measure").eq("RD")
    for column in _SCALE_COLUMNS:
        findings += rows.report(
            "ratio_not_positive",
            ratio & (rows.number(column) <= 0),
            column=column,
            message=f"{{{column}}} is not > 0, as {{effect_measure}} must be.",
            hint="Enter the ratio itself, not its logarithm; where a bound is printed as 0.00, empty both bounds.",
        )
        findings += rows.report(
            "risk_difference_range",
            difference & (rows.number(column).abs() > 1),
            column=column,
            message=f"{{{column}}} is not between -1 and 1.",
            hint="Enter a difference of proportions, not of percentages.",
        )
    return findings


def _check_order(rows: OutcomeRows) -> list[Finding]:
    lower, estimate, upper = (rows.number(column) for column in ("ci_lower", "estimate", "ci_upper"))
    turned = lower > upper
    findings = rows.report(
        "interval_order",
        turned,
        column="ci_lower",
        message="The lower bound {ci_lower} is above the upper bound {ci_upper}.",
        hint="Exchange the bounds; where the sign was turned, turn and exchange both.",
    )
    outside = ((estimate < lower) | (estimate > upper)) & ~turned & _possible(rows)
    return findings + rows.report(
        "estimate_outside_interval",
        outside,
        column="estimate",
        message="{estimate} is outside its interval {ci_lower} to {ci_upper}.",
        hint="Check the signs of all three, and that the interval is this estimate's.",
    )


def _possible(rows: OutcomeRows) -> pd.Series:
    """Say where no figure is impossible for its measure, which is a finding of its own."""
    ratio = rows.text("effect_measure").isin(RATIOS)
    impossible = pd.concat([rows.number(column) <= 0 for column in _SCALE_COLUMNS], axis=1).any(axis=1)
    return ~(ratio & impossible)


# Degrees of freedom further than this share from n1 + n2 - 2 are those of another test than that of two arms.
_DF_APART = 0.1


def check_statistics(rows: OutcomeRows) -> list[Finding]:
    """Check that a test statistic says what it is and has a possible value, and the degrees of freedom of its arms."""
    findings = rows.report(
        "statistic_without_kind",
        rows.given("statistic_value") & rows.empty("test_statistic"),
        column="test_statistic",
        message="The statistic {statistic_value} has no kind.",
        hint="Say which it is in test_statistic: t, F, z or chi2.",
    )
    of_sizes = rows.number("n_intervention") + rows.number("n_comparator") - 2
    apart = (rows.number("degrees_of_freedom") - of_sizes).abs() > _DF_APART * of_sizes
    findings += rows.report(
        "df_unlike_sizes",
        apart & rows.text("test_statistic").isin(["t", "F", ""]),
        column="degrees_of_freedom",
        message="{degrees_of_freedom} degrees of freedom are not those of {n_intervention} and {n_comparator} people.",
        hint="Check that the test is of these arms at this time; of a model's, say adjusted, and change if of changes.",
    )
    squared = rows.text("test_statistic").isin(["F", "chi2"])
    return findings + rows.report(
        "negative_statistic",
        squared & (rows.number("statistic_value") < 0),
        column="statistic_value",
        message="{statistic_value} is negative; {test_statistic} cannot be.",
        hint="Check the kind of statistic; the direction of F and chi2 stands in reported_direction.",
    )
