"""The test statistic of one row of outcomes."""

from __future__ import annotations

from synthesis.errors import Finding
from synthesis.evidence.checks.results import OutcomeRows


def check_statistics(rows: OutcomeRows) -> list[Finding]:
    """Check that a test statistic says what it is and has a possible value."""
    findings = rows.report(
        "statistic_without_kind",
        rows.given("statistic_value") & rows.empty("test_statistic"),
        "test_statistic",
        lambda row: f"The statistic {row.statistic_value} has no kind.",
        "Say which it is in test_statistic: t, F, z or chi2.",
    )
    squared = rows.text("test_statistic").isin(["F", "chi2"])
    return findings + rows.report(
        "negative_statistic",
        squared & (rows.number("statistic_value") < 0),
        "statistic_value",
        lambda row: f"{row.statistic_value} is negative; {row.test_statistic} cannot be.",
        "Check the kind of statistic; the direction of F and chi2 stands in reported_direction.",
    )
