"""From computed rows to what is pooled: the row that stands for each comparison, shared arms divided, averages."""

from __future__ import annotations

import pandas as pd

from synthesis.effects.assumptions import has, in_words
from synthesis.effects.rows import divide_shared_arms
from synthesis.effects.selection import average_within_comparisons, select_rows
from synthesis.evidence.codebook import Codebook
from synthesis.evidence.readings import Readings


def usable(computed: pd.DataFrame) -> pd.Series:
    """Say which computed rows have an effect that no decision leaves out."""
    return computed["yi"].notna() & ~has(computed["decisions"], "exclude")


def pooled_rows(
    selected: pd.DataFrame,
    measure: str,
    better: str,
    *,
    icc: float,
    readings: Readings,
    timepoint: str,
    dependence: str,
) -> pd.DataFrame:
    """Return the effects of selected rows (`select_rows`): one a comparison, or all of them for dependent effects."""
    pooled = readable(divide_shared_arms(selected, measure, better, icc, readings))
    return average_within_comparisons(pooled) if timepoint == "all" and dependence == "one" else pooled


def readable(rows: pd.DataFrame) -> pd.DataFrame:
    """Give rows their routes as a tuple and their assumptions in words."""
    routes = pd.Series([(code,) if code else () for code in rows["route"]], rows.index, dtype=object)
    return rows.assign(routes=routes, note=in_words(rows))


def chosen_rows(computed: pd.DataFrame, codebook: Codebook, timepoint: str) -> pd.DataFrame:
    """Return the usable row that stands for each comparison, or all of them where every time counts."""
    return select_rows(computed[usable(computed)], codebook, timepoint)
