"""Judgements of bias against their tool: RoB 2 [sterne2019] or the Cochrane tool of 2011."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.choices import like
from synthesis.evidence.checks.report import report, short
from synthesis.evidence.vocabulary import DOMAINS

_FOREIGN = {"rob2": "unclear", "rob1": "some_concerns"}


def check_judgements(tidy: pd.DataFrame) -> list[Finding]:
    """Check judgements and domains of risk_of_bias against the tool of their row."""
    foreign = tidy["judgement"].eq(tidy["tool"].map(_FOREIGN))
    findings = report(
        "judgement_of_other_tool",
        tidy[foreign],
        "risk_of_bias",
        "judgement",
        lambda row: f"{row.judgement} is not a judgement of {row.tool}.",
        lambda row: f"{row.tool} has low, {'some_concerns' if row.tool == 'rob2' else 'unclear'} and high.",
    )
    named = tidy["domain"].notna() & tidy["domain"].ne("")
    unknown = pd.Series(False, index=tidy.index)
    for tool, domains in DOMAINS.items():
        unknown |= named & tidy["tool"].eq(tool) & ~tidy["domain"].isin(domains)
    return findings + report(
        "unknown_domain",
        tidy[unknown],
        "risk_of_bias",
        "domain",
        lambda row: f"{short(row.domain)} is not a domain of {row.tool}.",
        lambda row: like(row.domain, DOMAINS[row.tool]) or f"Its domains are {', '.join(DOMAINS[row.tool])}.",
    )
