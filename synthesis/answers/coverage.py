"""What the trials measured and what can be used of it: trial by outcome, nothing dropped silently [page2023robme]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthesis.answers.verdicts import is_enough
from synthesis.effects import Effects, compute_effects
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.wording import count

POOLED, NOT_POOLED, WITHOUT_NUMBERS, ABSENT = "pooled", "not_pooled", "without_numbers", "absent"
NO_RESULT, NOT_ENTERED = "no_result", "not_entered"
# What was entered as measured; what was met and not entered is told apart, for nobody has read it for a pool.
MEASURED = (POOLED, NOT_POOLED, WITHOUT_NUMBERS, NO_RESULT)
COLUMNS = ["trial", "label", "outcome", "outcome_label", "role", "status", "directions"]
SENTENCE = (
    "Of {trials} {pooled} enter at least one pool as their numbers are read here; "
    "{without} measured outcomes and enter none. "
    "{cells} of {measured} measured results have no usable numbers."
)


@dataclass(frozen=True, eq=False)
class Coverage(Result):
    """Which trial measured which outcome, and what of it could be pooled.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a trial and outcome, trials in order of their names: trial, label, outcome, outcome_label, `role` (of
        the outcome), `status` (pooled; not_pooled: numbers that cannot be used; without_numbers; no_result: said to be
        measured, no result given; not_entered: met and listed in left_out.csv only; absent), `directions` (of results
        without usable numbers, codes joined by ";").
    effects : dict of Effects
        What the table was made from, by outcome in the codebook's order.

    Examples
    --------
    >>> coverage = map_coverage(evidence)
    >>> print(coverage)
    Of 97 trials 56 enter at least one pool as their numbers are read here; 38 measured outcomes
    and enter none. 180 of 320 measured results have no usable numbers.
    >>> coverage.table.columns.tolist()
    ['trial', 'label', 'outcome', 'outcome_label', 'role', 'status', 'directions']
    """

    table: pd.DataFrame
    effects: Mapping[str, Effects]

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the table's rows."""
        return {"rows": self.table.to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each outcome with its trials by what could be used of them."""
        counts = self.table.groupby(["outcome_label", "status"], sort=False).size().unstack(fill_value=0)
        counts = counts.reindex(columns=[*MEASURED, NOT_ENTERED], fill_value=0)
        headings = ["Trials pooled", "Numbers not usable", "Without numbers", "No result given", "Not entered"]
        return counts.set_axis(headings, axis=1).rename_axis("Outcome").reset_index()

    def __str__(self) -> str:
        measured = self.table[self.table["status"].isin(MEASURED)]
        pooled = set(measured.loc[measured["status"].eq(POOLED), "trial"])
        return SENTENCE.format(
            trials=count(self.table["trial"].nunique(), "trial"),
            pooled=len(pooled),
            without=len(set(measured["trial"]) - pooled),
            cells=int(measured["status"].ne(POOLED).sum()),
            measured=len(measured),
        )


def all_effects(evidence: Evidence, **reading: Any) -> dict[str, Effects]:
    """Compute the effects of every outcome that a trial measured, by outcome in the codebook's order.

    Parameters
    ----------
    evidence : Evidence
    **reading
        As `compute_effects` takes them: as_printed, icc, timepoint.
    """
    measured = set(evidence.outcomes["outcome"])
    names = [name for name in evidence.codebook.outcomes["outcome"] if name in measured]
    return {name: compute_effects(evidence, name, **reading) for name in names}


def map_coverage(evidence: Evidence, effects: Mapping[str, Effects] | None = None) -> Coverage:
    """Say for every trial and outcome whether it was pooled, measured, or not measured.

    Parameters
    ----------
    evidence : Evidence
    effects : mapping of str to Effects, optional
        As `all_effects` gives them, where they are at hand.

    Returns
    -------
    Coverage

    Examples
    --------
    >>> coverage = map_coverage(evidence)
    >>> coverage.table["status"].value_counts().to_dict()
    {'absent': 3063, 'without_numbers': 158, 'pooled': 140, 'not_pooled': 17, 'not_entered': 12,
    'no_result': 5}
    """
    effects = all_effects(evidence) if effects is None else effects
    book = evidence.codebook.outcomes.set_index("outcome")
    met = evidence.left_out.groupby("outcome")["trial"].agg(set).to_dict()
    known = [name for name in book.index if name in effects or name in met]
    parts = [_of_outcome(evidence, name, effects.get(name), met.get(name, set()), book.loc[name]) for name in known]
    combined = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS, dtype="str")
    return Coverage(combined[COLUMNS], dict(effects))


def _of_outcome(evidence: Evidence, name: str, found: Effects | None, met: set[str], book: pd.Series) -> pd.DataFrame:
    """Return the rows of one outcome, a trial each."""
    status, directions = ({}, {}) if found is None else _of_effects(found)
    status = dict.fromkeys(met, NOT_ENTERED) | status
    table = pd.DataFrame({"trial": evidence.trials["trial"], "outcome": name})
    return table.assign(
        outcome_label=book["label"],
        role=book["role"],
        status=[status.get(trial, ABSENT) for trial in table["trial"]],
        directions=[directions.get(trial, "") for trial in table["trial"]],
        label=table["trial"].map(evidence.labels),
    )


def _of_effects(found: Effects) -> tuple[dict[str, str], dict[str, str]]:
    """Return the status and the directions of each trial with a row on an outcome."""
    left = found.left_out.assign(
        bare=found.left_out["kind"].eq("without_numbers"), nothing=found.left_out["cause"].eq("nothing_given")
    )
    of_trial = left.groupby("trial")[["bare", "nothing"]].all()
    status = {
        trial: NO_RESULT if row.nothing else WITHOUT_NUMBERS if row.bare else NOT_POOLED
        for trial, row in of_trial.iterrows()
    }
    unusable = left[left["kind"].isin(["without_numbers", "not_convertible"])].groupby("trial")
    directions = unusable["reported_direction"].agg(lambda d: ";".join(dict.fromkeys(filter(None, d)))).to_dict()
    return status | dict.fromkeys(found.frame["trial"].unique(), POOLED), directions


def unpooled(coverage: Coverage) -> list[Effects]:
    """Return the effects of the outcomes that too few trials can be pooled on, in the codebook's order.

    Parameters
    ----------
    coverage : Coverage
        From `map_coverage`.

    Examples
    --------
    >>> len(unpooled(map_coverage(evidence)))
    19
    """
    return [effects for effects in coverage.effects.values() if not is_enough(effects)]


def coverage_sentence(coverage: Coverage) -> str:
    """Say how many trials enter a pool, and how many measured something and enter none.

    Parameters
    ----------
    coverage : Coverage
        From `map_coverage`.

    Examples
    --------
    >>> print(coverage_sentence(map_coverage(evidence)))
    Of 97 trials 56 enter at least one pool as their numbers are read here; 38 measured outcomes
    and enter none. 180 of 320 measured results have no usable numbers.
    """
    return str(coverage)
