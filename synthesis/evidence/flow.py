"""The counts of a search: whether each follows from the step before in a PRISMA 2020 flow diagram [page2021].

The check and the figure ask here, so that no diagram is drawn of counts that the check doubts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import pandas as pd


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

    @property
    def counts(self) -> tuple[str, ...]:
        """Every count that the step rests on."""
        return (self.count, *self.of, *self.less)


_FOUND = ("database_results", "register_results")
_REMOVED = ("duplicates", "excluded_automatic", "excluded_other")
_ELSEWHERE = ("website_results", "organisation_results", "citations_results")
STEPS = (
    Step("database_specific_results", ("database_results",)),
    Step("register_specific_results", ("register_results",)),
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
    Step("total_poolable", ("total_studies",)),
)


class Break(NamedTuple):
    """A count that does not follow from the step before: what it is, and the rest that the others leave."""

    step: Step
    n: float
    expected: float
    rest: str


class Search(StrEnum):
    """What the counts say of how studies were found."""

    UNKNOWN = "unknown"
    DATABASES = "databases"
    ELSEWHERE = "elsewhere"


def breaks_of_flow(rows: pd.DataFrame, unknown: Collection[str] = ()) -> list[Break]:
    """Return the steps of a flow that do not add up.

    Parameters
    ----------
    rows : pandas.DataFrame
        data (name of the count) and n (float; nan = not entered); a count may have several rows.
    unknown : collection of str
        Counts that cannot be relied on; steps with one of them are not asked of, nor are those with an empty row.

    Returns
    -------
    list of Break
        In the order of `STEPS`.
    """
    unknown = {*unknown, *rows.loc[rows["n"].isna(), "data"]}
    counts = rows.groupby("data")["n"].sum().to_dict()
    found = []
    for step in STEPS:
        added, taken = ([name for name in names if name in counts] for names in (step.of, step.less))
        if step.count not in counts or not added or not all(name in counts for name in step.needs):
            continue
        if unknown.intersection(step.counts):
            continue
        expected = sum(counts[name] for name in added) - sum(counts[name] for name in taken)
        n = counts[step.count]
        # A rest below nothing was said of the step before.
        if n == expected or expected < 0 or (n < expected and not step.exact):
            continue
        rest = " less ".join(
            " and ".join(f"{name} {counts[name]:g}" for name in names) for names in (added, taken) if names
        )
        found.append(Break(step, n, expected, rest))
    return found


def how_searched(rows: pd.DataFrame) -> Search:
    """Say whether the counts of a flow hold a search of databases; unknown where nothing was counted.

    Parameters
    ----------
    rows : pandas.DataFrame
        data and n, as `breaks_of_flow` takes them.
    """
    if rows.empty:
        return Search.UNKNOWN
    return Search.DATABASES if rows.loc[rows["data"].eq("database_results"), "n"].sum() > 0 else Search.ELSEWHERE
