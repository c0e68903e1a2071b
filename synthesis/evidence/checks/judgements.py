"""Judgements: of bias against their tool, RoB 2 [sterne2019] or the Cochrane tool of 2011; of components; of scales."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.cells import like
from synthesis.evidence.findings import report, short
from synthesis.evidence.reading import typed

DOMAINS = {
    "rob2": ("randomisation", "deviations", "missing_data", "measurement", "selective_reporting", "overall"),
    "rob1": (
        "random_sequence_generation",
        "allocation_concealment",
        "blinding_participants_personnel",
        "blinding_outcome_assessment",
        "incomplete_outcome_data",
        "selective_reporting",
        "other_bias",
        "overall",
    ),
}
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


_FILLED_BY_CODERS = ("rating", "basis", "rationale", "source")


def check_ratings(tidy: pd.DataFrame) -> list[Finding]:
    """Warn, once a block, of a coder's rows of an arm that hold nothing the coder would have filled in."""
    named = tidy[tidy[["arm", "coder"]].notna().all(axis=1) & tidy["coder"].ne("")]
    if named.empty:
        return []
    untouched = named[list(_FILLED_BY_CODERS)].eq("").all(axis=1)
    block = [named[name] for name in ("file", "arm", "coder")]
    whole = untouched.groupby(block, sort=False).transform("all")
    size = untouched.groupby(block, sort=False).transform("size")
    first = ~named.duplicated(["file", "arm", "coder"])
    return report(
        "unrated_block",
        named.assign(size=size)[whole & first],
        "components",
        "rating",
        lambda row: f"Nothing is rated in the {row.size} rows of {row.coder} for the arm {row.arm}.",
        "Rate them; where the report is silent, leave the rating empty and write not reported as its rationale. "
        "Or delete the rows.",
    )


def check_scales(tidy: pd.DataFrame) -> list[Finding]:
    """Check that a scale's minimum is below its maximum."""
    numbers = typed(tidy, "codebook_instruments")
    return report(
        "scale_bounds",
        tidy[numbers["minimum"] >= numbers["maximum"]],
        "codebook_instruments",
        "minimum",
        lambda row: f"The minimum {row.minimum} is not below the maximum {row.maximum}.",
        "Enter the lowest and the highest possible score; which direction is good stands in better.",
    )
