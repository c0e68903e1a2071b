"""Which rows stand for a comparison: time point, instrument, and arms that two comparisons share."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from synthesis.choices import timepoint_months
from synthesis.effects.assumptions import ASSUMPTIONS
from synthesis.evidence.codebook import Codebook

COMPARISON = ["trial", "intervention_arm", "comparator_arm"]

# Correlation assumed between results of one comparison on other instruments or at other times, for `timepoint="all"`.
WITHIN_COMPARISON_CORRELATION = 0.6


def select_rows(rows: pd.DataFrame, codebook: Codebook, timepoint: str) -> pd.DataFrame:
    """Choose the row that stands for each comparison.

    Parameters
    ----------
    rows : pandas.DataFrame
        Usable rows of one outcome.
    codebook : Codebook
        Its instruments are in the order of preference.
    timepoint : str
        `longest`, `closest:MONTHS` or `all`.

    Returns
    -------
    pandas.DataFrame
        For `longest` and `closest`, one row a comparison: first the time point (of two equally close ones the later),
        then the instrument listed first in the codebook, then results that are not changes from baseline. All rows for
        `all`.
    """
    target = timepoint_months(timepoint)
    if target is None:
        return rows
    instruments = codebook.instruments[codebook.instruments["outcome"].isin(rows["outcome"].unique())]
    listed = zip(instruments["instrument"], instruments["outcome"], strict=True)
    order = {pair: i for i, pair in enumerate(listed)}
    months = rows["timepoint_months"].to_numpy(float)
    distance = -months if target == np.inf else np.abs(months - target)
    preference = [order[pair] for pair in zip(rows["instrument"], rows["outcome"], strict=True)]
    ranks = list(zip(distance, -months, preference, rows["change"].eq("yes"), rows["row"], strict=True))
    best: dict[tuple[str, ...], int] = {}
    for place, comparison in enumerate(_comparisons(rows)):
        if comparison not in best or ranks[place] < ranks[best[comparison]]:
            best[comparison] = place
    return rows.iloc[sorted(best.values())]


def _comparisons(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(zip(*(rows[name] for name in COMPARISON), strict=True))


def times_used(rows: pd.DataFrame, side: str) -> pd.Series:
    """Count, for each row, the comparisons of its trial among these rows that use its arm of this side."""
    mine = COMPARISON.index(f"{side}_arm")
    arms = [(comparison[0], comparison[mine]) for comparison in dict.fromkeys(_comparisons(rows))]
    counts = Counter(arms)
    return pd.Series(
        [float(counts[pair]) for pair in zip(rows["trial"], rows[f"{side}_arm"], strict=True)], rows.index, dtype=float
    )


def average_within_comparisons(rows: pd.DataFrame, *, rho: float = WITHIN_COMPARISON_CORRELATION) -> pd.DataFrame:
    """Average every result of a comparison into one effect, so that no trial counts more than once for reporting more.

    Equal weights within the comparison, whose variance with a constant correlation rho is sum(sqrt(vi vj) rho_ij) / m^2
    [borenstein2009introduction, chapter 24]; weights that minimise the variance can turn negative when rho is high.
    """
    averaged = []
    for _, group in rows.groupby(COMPARISON, sort=False):
        first = group.iloc[0].copy()
        m = len(group)
        if m > 1:
            sei = np.sqrt(group["vi"].to_numpy(float))
            correlation = np.where(np.eye(m, dtype=bool), 1.0, rho)
            first["yi"], first["benefit"] = group["yi"].mean(), group["benefit"].mean()
            first["vi"] = float(sei @ correlation @ sei) / m**2
            first["sei"] = np.sqrt(first["vi"])
            first["timepoint_months"] = group["timepoint_months"].mean()
            first["instrument"] = "; ".join(dict.fromkeys(group["instrument"]))
            for name in ("routes", "decisions", "assumptions"):
                first[name] = tuple(dict.fromkeys(code for own in group[name] for code in own))
            first["assumptions"] += ("averaged",)
            first["decided"] = "; ".join(filter(None, dict.fromkeys(group["decided"])))
            averaged_over = ASSUMPTIONS["averaged"].says.format(results=m, rho=rho)
            first["note"] = "; ".join(filter(None, [*dict.fromkeys(group["note"]), averaged_over]))
            figures = [f"{name}_{side}" for name in ("mean", "sd", "events") for side in ("intervention", "comparator")]
            first[[*figures, *(name for name in group if name.startswith("counted_"))]] = np.nan
            for side in ("intervention", "comparator"):
                first[f"n_{side}"] = group[f"n_{side}"].max()
        averaged.append(first)
    return pd.DataFrame(averaged, columns=rows.columns).infer_objects() if averaged else rows
