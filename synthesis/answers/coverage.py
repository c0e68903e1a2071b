"""What the trials measured and what can be used of it: trial by outcome, nothing dropped silently [page2023robme]."""

from __future__ import annotations

import pandas as pd

from synthesis.effects import Effects, compute_effects
from synthesis.evidence import Evidence

POOLED, NOT_POOLED, WITHOUT_NUMBERS, ABSENT = "pooled", "not_pooled", "without_numbers", "absent"


def all_effects(evidence: Evidence) -> dict[str, Effects]:
    """Compute the effects of every outcome that a trial measured, by outcome in the codebook's order."""
    measured = set(evidence.outcomes["outcome"])
    return {name: compute_effects(evidence, name) for name in evidence.codebook.outcomes["outcome"] if name in measured}


def map_coverage(evidence: Evidence, effects: dict[str, Effects] | None = None) -> pd.DataFrame:
    """Say for every trial and outcome whether it was pooled, measured, or not measured.

    Parameters
    ----------
    evidence : Evidence
    effects : dict of Effects, optional
        As `all_effects` gives them, where they are at hand.

    Returns
    -------
    pandas.DataFrame
        One row a trial and outcome, trials in order of their names: trial, label, outcome, outcome_label, `status`
        (pooled, not_pooled: numbers that cannot be used; without_numbers; absent), `directions` (of results without
        usable numbers).
    """
    effects = all_effects(evidence) if effects is None else effects
    parts = []
    for name, found in effects.items():
        left = found.left_out.assign(bare=found.left_out["kind"].eq("without_numbers"))
        status = left.groupby("trial")["bare"].all().map({True: WITHOUT_NUMBERS, False: NOT_POOLED})
        pooled = pd.Series(POOLED, index=found.frame["trial"].unique())
        merged = pooled.combine_first(status)
        unusable = left[left["kind"].isin(["without_numbers", "not_convertible"])].groupby("trial")
        directions = unusable["reported_direction"].agg(lambda d: ";".join(dict.fromkeys(filter(None, d))))
        table = pd.DataFrame({"trial": evidence.trials["trial"], "outcome": name, "outcome_label": found.outcome_label})
        table["status"] = [merged.get(trial, ABSENT) for trial in table["trial"]]
        table["directions"] = [directions.get(trial, "") for trial in table["trial"]]
        parts.append(table)
    nothing = pd.DataFrame(columns=["trial", "outcome", "outcome_label", "status", "directions"], dtype="str")
    combined = pd.concat(parts, ignore_index=True) if parts else nothing
    combined.insert(1, "label", combined["trial"].map(evidence.labels))
    return combined


def coverage_sentence(table: pd.DataFrame) -> str:
    """Say how many trials enter a pool, and how many measured something and enter none.

    Parameters
    ----------
    table : pandas.DataFrame
        From `map_coverage`.
    """
    measured = table[table["status"].ne(ABSENT)]
    pooled = set(measured.loc[measured["status"].eq(POOLED), "trial"])
    without = set(measured["trial"]) - pooled
    cells = measured["status"].ne(POOLED).sum()
    return (
        f"Of {table['trial'].nunique()} trials {len(pooled)} enter at least one pool as their numbers are read here; "
        f"{len(without)} measured outcomes and enter none. {cells} of {len(measured)} measured results have no usable "
        "numbers."
    )


def poolable_outcomes(evidence: Evidence, *, at_least: int = 3, effects: dict[str, Effects] | None = None) -> list[str]:
    """List the outcomes with at least so many trials to pool, in the codebook's order."""
    effects = all_effects(evidence) if effects is None else effects
    return [name for name, found in effects.items() if found.frame["trial"].nunique() >= at_least]
