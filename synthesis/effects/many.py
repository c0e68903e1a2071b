"""The effects of one outcome under many settings at once: what several of them share is computed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from synthesis.choices import DEPENDENCE
from synthesis.effects.pooled import pooled_rows, usable
from synthesis.effects.rows import computed_rows, prepare_rows
from synthesis.effects.selection import select_rows
from synthesis.evidence import Evidence

# Options of `compute_effects` that decide which rows are selected, and none of their numbers.
SELECTING = ("timepoint", "instruments")
READING = ("adjusted_r", "small_trial_t", "printed_df", "prefer_adjusted")


def least_preferred_first(evidence: Evidence) -> Evidence:
    """Return the evidence with its instruments in the opposite order of preference."""
    instruments = evidence.codebook.instruments.iloc[::-1].reset_index(drop=True)
    return replace(evidence, codebook=replace(evidence.codebook, instruments=instruments))


def frames_under(
    evidence: Evidence, outcome: str, measure: str, settings: Sequence[Mapping[str, Any]]
) -> Iterator[pd.DataFrame]:
    """Compute the effects of an outcome under each of many settings.

    Parameters
    ----------
    evidence : Evidence
    outcome : str
        By its key.
    measure : str
    settings : sequence of mapping
        Each with timepoint, as_printed, icc and the four readings as `compute_effects` has them, and `instruments`:
        "first" for the codebook's order of preference, "last" for the opposite one.

    Yields
    ------
    pandas.DataFrame
        What `compute_effects` would have in its frame, with more columns and in the order of the rows; the same object
        again where settings select the same rows of the same numbers.
    """
    better = evidence.codebook.outcome(outcome)["better"]
    codebooks = {"first": evidence.codebook, "last": least_preferred_first(evidence).codebook}
    prepared: dict[Any, pd.DataFrame] = {}
    computed: dict[Any, pd.DataFrame] = {}
    known: list[pd.DataFrame] = []
    usable_rows: dict[int, pd.DataFrame] = {}
    chosen: dict[Any, tuple[pd.DataFrame, tuple[Any, ...], bool]] = {}
    pooled: dict[Any, pd.DataFrame] = {}
    for own in settings:
        readings = evidence.codebook.review.readings.but(**{name: own[name] for name in READING})
        numbers = (own["as_printed"], own["icc"], readings)
        if own["as_printed"] not in prepared:
            prepared[own["as_printed"]] = prepare_rows(evidence, outcome, as_printed=own["as_printed"])
        if numbers not in computed:
            rows = computed_rows(prepared[own["as_printed"]], measure, better, own["icc"], readings)
            # Shared arms are computed anew, so rows that are alike may be pooled differently where their settings
            # differ; only what does not depend on them is looked for among those known.
            computed[numbers] = next((old for old in known if _alike(old, rows)), rows)
            if computed[numbers] is rows:
                known.append(rows)
        rows = computed[numbers]
        how = (id(rows), own["instruments"], own["timepoint"])
        if how not in chosen:
            if id(rows) not in usable_rows:
                usable_rows[id(rows)] = rows[usable(rows)]
            selected = select_rows(usable_rows[id(rows)], codebooks[own["instruments"]], own["timepoint"])
            chosen[how] = (selected, tuple(selected.index), _shares_arms(selected))
        selected, index, shares = chosen[how]
        key = (id(rows), index, own["timepoint"] == "all", numbers if shares else ())
        if key not in pooled:
            read = {"icc": own["icc"], "readings": readings, "timepoint": own["timepoint"], "dependence": DEPENDENCE}
            pooled[key] = pooled_rows(selected, measure, better, **read)
        yield pooled[key]


def _alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Say whether the numbers and codes of two computed frames are the same in every row."""
    same = ["yi", "vi", "benefit", "route", "assumptions", "decisions", "change", "n_intervention", "n_comparator"]
    return one.index.equals(other.index) and all(one[name].equals(other[name]) for name in same)


def _shares_arms(selected: pd.DataFrame) -> bool:
    """Say whether any arm of the selected rows stands in several comparisons."""
    pairs = selected[["trial", "intervention_arm", "comparator_arm"]].drop_duplicates()
    return any(pairs.duplicated(["trial", f"{side}_arm"]).any() for side in ("intervention", "comparator"))
