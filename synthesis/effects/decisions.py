"""Apply the review team's decisions to the rows they address, openly: what was printed stays in the tables.

A decision names an outcome and, where it means fewer rows, an instrument and a time point. `read_sd_as_se` turns
standard errors typed as SDs back (sd = se * sqrt(n)); `swap_arms` exchanges what is printed for the two arms;
`flip_sign` turns the computed effect; `set` replaces one value; `exclude` keeps a row out of the pool; `keep` answers a
doubt and changes nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

ARM_FIGURES = ("n", "mean", "sd", "events")


def apply_decisions(outcomes: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the outcome rows as the review team decided to read them.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        Typed outcome rows as printed, with `randomised_intervention` and `randomised_comparator`, which stand in for
        arm sizes that a row does not print.
    decisions : pandas.DataFrame
        Typed decision rows of the same trials, in file order; each is applied in that order.

    Returns
    -------
    pandas.DataFrame
        A copy with the columns `decided` (what was decided, in words), `excluded` (why, or empty) and `flipped` (bool).
    """
    rows = outcomes.assign(decided="", excluded="", flipped=False)
    for decision in decisions.itertuples():
        hit = addressed(rows, decision)
        if not hit.any():
            continue
        rows.loc[hit, "decided"] += f"{in_words(decision)}; "
        if decision.decision == "exclude":
            rows.loc[hit, "excluded"] = decision.reason
        elif decision.decision == "flip_sign":
            rows.loc[hit, "flipped"] = ~rows.loc[hit, "flipped"]
        elif decision.decision == "read_sd_as_se":
            _read_sd_as_se(rows, hit, decision.column)
        elif decision.decision == "swap_arms":
            _swap_arms(rows, hit)
        elif decision.decision == "set":
            numeric = pd.api.types.is_numeric_dtype(rows[decision.column])
            rows.loc[hit, decision.column] = (
                (float(decision.value) if decision.value else np.nan) if numeric else decision.value
            )
    return rows.assign(decided=rows["decided"].str.removesuffix("; "))


def addressed(rows: pd.DataFrame, decision: object) -> pd.Series:
    """Say which rows a decision means: an empty instrument or time point means every such row."""
    hit = rows["trial"].eq(decision.trial) & rows["outcome"].eq(decision.outcome)
    if decision.instrument:
        hit &= rows["instrument"].eq(decision.instrument)
    if not np.isnan(decision.timepoint_months):
        hit &= np.isclose(rows["timepoint_months"], decision.timepoint_months)
    return hit


def in_words(decision: object) -> str:
    """Say a decision in a few words, without its reason."""
    column = decision.column.replace("_", " ")
    return {
        "keep": "kept as printed in spite of a doubt",
        "exclude": "excluded",
        "read_sd_as_se": f"{column or 'SDs'} read as standard error" + ("" if column else "s"),
        "swap_arms": "figures of the two arms exchanged",
        "flip_sign": "sign of the effect turned",
        "set": f"{column} set to {decision.value}" if decision.value else f"{column} emptied",
    }[decision.decision]


def _read_sd_as_se(rows: pd.DataFrame, hit: pd.Series, column: str) -> None:
    for name in [column] if column else ["sd_intervention", "sd_comparator"]:
        arm = name.removeprefix("sd_")
        size = rows[f"n_{arm}"].fillna(rows[f"randomised_{arm}"])
        rows.loc[hit, name] = rows.loc[hit, name] * np.sqrt(size[hit])


def _swap_arms(rows: pd.DataFrame, hit: pd.Series) -> None:
    """Exchange the arms' figures; where a row has none, its estimate, statistic and direction change sides instead."""
    has_figures = rows[[f"{name}_intervention" for name in ("mean", "events")]].notna().any(axis=1)
    for name in ARM_FIGURES:
        pair = [f"{name}_intervention", f"{name}_comparator"]
        rows.loc[hit, pair] = rows.loc[hit, pair[::-1]].to_numpy()
    rows.loc[hit & ~has_figures, "flipped"] = ~rows.loc[hit & ~has_figures, "flipped"]
