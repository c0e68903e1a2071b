"""Counts of a search that cannot follow one another in a PRISMA flow diagram [page2021].

Boxes that are not there are not guessed at: a step is asked of only where its counts are entered.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.findings import filled, report
from synthesis.evidence.reading import RawEvidence, to_number

_EXACT = "{data} is {n:g}; {rest} leaves {expected:g}."
_AT_MOST = "{data} is {n:g}, of {expected:g} ({rest})."
_HINT = "Check the counts of both steps; what is missing may stand in a box that has no row."


@dataclass(frozen=True)
class Step:
    """A count, and those it comes from.

    Attributes
    ----------
    count : str
        The box whose count is asked of.
    of : tuple of str
        Boxes that are added; at least one is entered.
    less : tuple of str
        Boxes that are taken away; one without a row takes nothing.
    exact : bool
        Whether the count is the rest itself, or only no more.
    needs : tuple of str
        Boxes without which nothing can be said.
    """

    count: str
    of: tuple[str, ...]
    less: tuple[str, ...] = ()
    exact: bool = False
    needs: tuple[str, ...] = ()


_FOUND = ("database_results", "register_results")
_REMOVED = ("duplicates", "excluded_automatic", "excluded_other")
_ELSEWHERE = ("website_results", "organisation_results", "citations_results")
STEPS = (
    Step("records_screened", _FOUND, _REMOVED, exact=True),
    Step("records_excluded", ("records_screened",)),
    Step("dbr_sought_reports", ("records_screened",), ("records_excluded",), exact=True, needs=("records_excluded",)),
    Step("dbr_notretrieved_reports", ("dbr_sought_reports",)),
    Step("dbr_assessed", ("dbr_sought_reports",), ("dbr_notretrieved_reports",), exact=True),
    Step("dbr_excluded", ("dbr_assessed",)),
    Step("other_sought_reports", _ELSEWHERE),
    Step("other_notretrieved_reports", ("other_sought_reports",)),
    Step("other_assessed", ("other_sought_reports",), ("other_notretrieved_reports",), exact=True),
    Step("other_excluded", ("other_assessed",)),
    Step(
        "new_studies",
        ("dbr_assessed", "other_assessed"),
        ("dbr_excluded", "other_excluded"),
        needs=("dbr_assessed", "other_assessed"),
    ),
    Step("new_studies", ("new_reports",)),
    Step("total_studies", ("previous_studies", "new_studies"), exact=True, needs=("new_studies",)),
    Step("total_reports", ("previous_reports", "new_reports"), exact=True, needs=("new_reports",)),
)


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
    rows = rows.assign(n=[to_number(text) for text in rows["n"]]).dropna(subset="n")
    counts = rows.groupby("data")["n"].sum().to_dict()
    first = rows.drop_duplicates("data").set_index("data")
    findings = []
    for step in STEPS:
        added, taken = ([name for name in names if name in counts] for names in (step.of, step.less))
        if step.count not in counts or not added or not all(name in counts for name in step.needs):
            continue
        if unknown.intersection((step.count, *step.of, *step.less)):
            continue
        expected = sum(counts[name] for name in added) - sum(counts[name] for name in taken)
        n = counts[step.count]
        # A rest below nothing was said of the step before.
        if n == expected or expected < 0 or (n < expected and not step.exact):
            continue
        row = first.loc[[step.count]].reset_index()
        rest = " less ".join(
            " and ".join(f"{name} {counts[name]:g}" for name in names) for names in (added, taken) if names
        )
        said = filled([_EXACT if step.exact else _AT_MOST], row.assign(n=n, expected=expected, rest=rest))
        findings += report(
            "flow_of_search",
            row.assign(n=row["n"].map("{:g}".format)),
            table="search_flow",
            column="n",
            message=pd.Series(said, row.index),
            hint=_HINT,
        )
    return findings
