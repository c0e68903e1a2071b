"""Ratings of components: blocks of a coder that nobody has touched, which would pass for a report that is silent."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.report import report

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
