"""Counts of a search that cannot follow one another in a PRISMA flow diagram [page2021].

Boxes that are not there are not guessed at: a step is asked of only where its counts are entered.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.findings import filled, report
from synthesis.evidence.flow import breaks_of_flow
from synthesis.evidence.reading import RawEvidence, to_number

_EXACT = "{data} is {n:g}; {rest} leaves {expected:g}."
_AT_MOST = "{data} is {n:g}, of {expected:g} ({rest})."
_HINT = "Check the counts of both steps; what is missing may stand in a box that has no row."


def doubt_flow(raw: RawEvidence, faulty: Collection[tuple[str, int | None]]) -> list[Finding]:
    """Doubt counts of the search that are no rest of the step before, or more than it.

    Parameters
    ----------
    raw : RawEvidence
        A data root as read.
    faulty : collection of (str, int)
        File and row of what breaks the contract; steps with such a count are not asked of, for a sum would lack it.
    """
    rows = raw.tables["search_flow"].fillna("")
    broken = [place in faulty for place in zip(rows["file"], rows["row"], strict=True)]
    unknown = set(rows.loc[pd.Series(broken, rows.index, dtype=bool), "data"])
    rows = rows.assign(n=pd.Series([to_number(text) for text in rows["n"]], rows.index, dtype=float))
    first = rows.drop_duplicates("data").set_index("data")
    findings = []
    for found in breaks_of_flow(rows, unknown):
        row = first.loc[[found.step.count]].reset_index()
        said = filled(
            [_EXACT if found.step.exact else _AT_MOST],
            row.assign(n=found.n, expected=found.expected, rest=found.rest),
        )
        findings += report(
            "flow_of_search",
            row.assign(n=row["n"].map("{:g}".format)),
            table="search_flow",
            column="n",
            message=pd.Series(said, row.index),
            hint=_HINT,
        )
    return findings
