"""Apply the review team's decisions to the rows they address, openly: what was printed stays in the tables.

A decision names an outcome and, where it means fewer rows, an instrument and a time point. `DECISIONS` says what each
kind does and how it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.statistics.measures import sd_from_se

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
        A copy with the columns `decisions` (tuple of codes of `DECISIONS`, in order), `decided` (the same in words, for
        people), `excluded` (the reason, or empty) and `flipped` (bool).
    """
    rows = outcomes.assign(excluded="", flipped=False)
    codes: list[list[str]] = [[] for _ in range(len(rows))]
    words: list[list[str]] = [[] for _ in range(len(rows))]
    for decision in decisions.to_dict("records") if len(decisions) else ():
        hit = addressed(rows, decision)
        if not hit.any():
            continue
        kind = DECISIONS[decision["decision"]]
        for place in np.flatnonzero(hit):
            codes[place].append(decision["decision"])
            words[place].append(kind.says(decision))
        kind.apply(rows, hit, decision)
    rows["decisions"] = pd.Series([tuple(own) for own in codes], rows.index, dtype=object)
    rows["decided"] = pd.Series(["; ".join(own) for own in words], rows.index, dtype="str")
    return rows


def addressed(rows: pd.DataFrame, decision: dict[str, Any]) -> pd.Series:
    """Say which rows a decision means: an empty instrument or time point means every such row."""
    named = {"trial": decision["trial"], "outcome": decision["outcome"]}
    if decision["instrument"]:
        named["instrument"] = decision["instrument"]
    hit = np.ones(len(rows), dtype=bool)
    for column, value in named.items():
        hit &= np.array([cell == value for cell in rows[column]], dtype=bool)
    if not np.isnan(decision["timepoint_months"]):
        hit &= np.isclose(rows["timepoint_months"].to_numpy(float), decision["timepoint_months"])
    return pd.Series(hit, rows.index)


def _keep(rows: pd.DataFrame, hit: pd.Series, decision: dict[str, Any]) -> None:
    """Answer a doubt; nothing changes."""


def _exclude(rows: pd.DataFrame, hit: pd.Series, decision: dict[str, Any]) -> None:
    rows.loc[hit, "excluded"] = decision["reason"]


def _read_sd_as_se(rows: pd.DataFrame, hit: pd.Series, decision: dict[str, Any]) -> None:
    for name in [decision["column"]] if decision["column"] else ["sd_intervention", "sd_comparator"]:
        arm = name.removeprefix("sd_")
        size = rows[f"n_{arm}"].fillna(rows[f"randomised_{arm}"])
        rows.loc[hit, name] = sd_from_se(rows.loc[hit, name], size[hit])


def _swap_arms(rows: pd.DataFrame, hit: pd.Series, decision: dict[str, Any]) -> None:
    """Exchange the arms' figures; where a row has none, its estimate, statistic and direction change sides instead."""
    has_figures = rows[[f"{name}_intervention" for name in ("mean", "events")]].notna().any(axis=1)
    for name in ARM_FIGURES:
        pair = [f"{name}_intervention", f"{name}_comparator"]
        rows.loc[hit, pair] = rows.loc[hit, pair[::-1]].to_numpy()
    _flip_sign(rows, hit & ~has_figures, decision)


def _flip_sign(rows: pd.DataFrame, hit: pd.Series, decision: dict[str, Any]) -> None:
    rows.loc[hit, "flipped"] = ~rows.loc[hit, "flipped"]


def _set(rows: pd.DataFrame, hit: pd.Series, decision: dict[str, Any]) -> None:
    column, value = decision["column"], decision["value"]
    numeric = pd.api.types.is_numeric_dtype(rows[column])
    rows.loc[hit, column] = (float(value) if value else np.nan) if numeric else value


def _say_read_sd_as_se(decision: dict[str, Any]) -> str:
    column = decision["column"].replace("_", " ")
    return f"{column} read as standard error" if column else "SDs read as standard errors"


def _say_set(decision: dict[str, Any]) -> str:
    column = decision["column"].replace("_", " ")
    return f"{column} set to {decision['value']}" if decision["value"] else f"{column} emptied"


class Decision(NamedTuple):
    """A kind of decision.

    Attributes
    ----------
    apply : callable
        Changes the rows it means, in place: the rows, which of them, and the decision's row.
    says : callable
        The decision in a few words, without its reason.
    changes : bool
        Whether the numbers are read otherwise than printed.
    """

    apply: Callable[[pd.DataFrame, pd.Series, dict[str, Any]], None]
    says: Callable[[dict[str, Any]], str]
    changes: bool = True


DECISIONS = {
    "keep": Decision(_keep, lambda decision: "kept as printed in spite of a doubt", changes=False),
    "exclude": Decision(_exclude, lambda decision: "excluded"),
    "read_sd_as_se": Decision(_read_sd_as_se, _say_read_sd_as_se),
    "swap_arms": Decision(_swap_arms, lambda decision: "figures of the two arms exchanged"),
    "flip_sign": Decision(_flip_sign, lambda decision: "sign of the effect turned"),
    "set": Decision(_set, _say_set),
}


def is_changed(codes: tuple[str, ...]) -> bool:
    """Say whether any of a row's decisions changes its numbers."""
    return any(DECISIONS[code].changes for code in codes)
