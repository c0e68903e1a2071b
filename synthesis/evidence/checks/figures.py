"""Figures of the arms in one row of outcomes: events, means, standard deviations and the people they rest on."""

from __future__ import annotations

from synthesis.errors import Finding
from synthesis.evidence.checks.results import ARMS, OutcomeRows


def check_figures(rows: OutcomeRows) -> list[Finding]:
    """Check that the figures of each arm are possible together."""
    findings = []
    for arm in ARMS:
        findings += rows.report(
            "events_exceed_n",
            rows.number(f"events_{arm}") > rows.number(f"n_{arm}"),
            f"events_{arm}",
            lambda row, arm=arm: f"{getattr(row, f'events_{arm}')} events in {getattr(row, f'n_{arm}')} people.",
            "Events count people; check whether admissions, visits or a percentage were entered.",
        )
        findings += rows.report(
            "n_below_two",
            rows.given(f"sd_{arm}") & rows.number(f"n_{arm}").eq(1),
            f"n_{arm}",
            "One person has no standard deviation.",
            f"Check n_{arm} and sd_{arm}.",
        )
    return findings
