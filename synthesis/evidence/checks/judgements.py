"""Judgements: of bias against their tool, RoB 2 [sterne2019] or the Cochrane tool of 2011; of components; of scales."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.cells import like
from synthesis.evidence.findings import report
from synthesis.evidence.reading import typed
from synthesis.evidence.vocabulary import DOMAINS

_MIDDLE = {"rob2": "some_concerns", "rob1": "unclear"}  # what each tool calls a judgement between low and high


def check_judgements(tidy: pd.DataFrame) -> list[Finding]:
    """Check judgements and domains of risk_of_bias against the tool of their row."""
    foreign = tidy["judgement"].eq(tidy["tool"].map({"rob2": _MIDDLE["rob1"], "rob1": _MIDDLE["rob2"]}))
    findings = report(
        "judgement_of_other_tool",
        tidy[foreign].assign(middle=tidy["tool"].map(_MIDDLE)),
        table="risk_of_bias",
        column="judgement",
        message="{judgement} is not a judgement of {tool}.",
        hint="{tool} has low, {middle} and high.",
    )
    named = tidy["domain"].notna() & tidy["domain"].ne("")
    for tool, domains in DOMAINS.items():
        rows = tidy[named & tidy["tool"].eq(tool) & ~tidy["domain"].isin(domains)]
        findings += report(
            "unknown_domain",
            rows,
            table="risk_of_bias",
            column="domain",
            message="{domain:short} is not a domain of {tool}.",
            hint=rows["domain"].map(partial(_nearest_domain, known=domains)),
        )
    return findings


def _nearest_domain(name: str, known: Sequence[str]) -> str:
    return like(name, known) or f"Its domains are {', '.join(known)}."


_FILLED_BY_CODERS = ("rating", "basis", "rationale", "source")
_RATE_THEM = (
    "Rate them; where the report is silent, leave the rating empty and write not reported as its rationale. "
    "Or delete the rows."
)


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
        table="components",
        column="rating",
        message="Nothing is rated in the {size} rows of {coder} for the arm {arm}.",
        hint=_RATE_THEM,
    )


def check_scales(tidy: pd.DataFrame) -> list[Finding]:
    """Check that a scale's minimum is below its maximum."""
    numbers = typed(tidy, "codebook_instruments")
    return report(
        "scale_bounds",
        tidy[numbers["minimum"] >= numbers["maximum"]],
        table="codebook_instruments",
        column="minimum",
        message="The minimum {minimum} is not below the maximum {maximum}.",
        hint="Enter the lowest and the highest possible score; which direction is good stands in better.",
    )
