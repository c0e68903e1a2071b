"""Tables of fidelity: scores of arms, what the model shares with others, slopes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, crosswalk
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.rivals import Slopes
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import MECHANISMS
from synthesis.wording import bare_p, interval, number, whole, with_interval

# What a report does not say, coded one way throughout.
CODINGS = {"absent": "all that is not reported is absent", "present": "all that is not reported is present"}
TWO = "two characteristics need twenty trials: fidelity beside it is not shown"
LEAST_TO_MOST = "Least to most faithful trial (CI)"
LABELS = {name: mechanism.label for name, mechanism in MECHANISMS.items()}


def scores_table(scores: FidelityScores) -> pd.DataFrame:
    """Show every coded arm's score over what was reported with its bounds.

    Examples
    --------
    >>> from synthesis.tables import scores_table
    >>> print(text_table(scores_table(scores).head(2)))
    Trial                          Arm   Role          Described  Fidelity [bounds]    Trust ...
    --------------------------------------------------------------------------------------------...
    Alvarez-Jimenez et al. (2021)  peer  intervention  6 of 12    0.72 [0.35 to 0.85]  0.75 ...
    Amani et al. (2021)            peer  intervention  8 of 12    0.62 [0.44 to 0.77]  0.75 ...
    """
    arms = scores.arms
    table = pd.DataFrame(
        {
            "Trial": arms["label"],
            "Arm": arms["arm"],
            "Role": arms["role"],
            "Described": [f"{r} of {n}" for r, n in zip(arms["reported"], arms["components"], strict=True)],
            "Fidelity [bounds]": _bounded(arms, "fidelity"),
        }
    )
    for name, mechanism in MECHANISMS.items():
        if name in arms:
            table[f"{mechanism.label} [bounds]"] = _bounded(arms, name)
    return table.assign(Basis=arms["basis"].fillna(""))


def change_model_table(evidence: Evidence) -> pd.DataFrame:
    """Show the change model: its components, what counts as present and absent, and what each should move.

    Examples
    --------
    >>> from synthesis.tables import change_model_table
    >>> table = change_model_table(evidence)
    >>> table.columns.tolist(), len(table)
    (['Component', 'Mechanism', 'Definition', 'Present when', 'Absent when', 'Should move'], 17)
    """
    rows = evidence.codebook.components
    outcomes = evidence.codebook.outcomes.set_index("outcome")["label"]
    predicts = rows["predicts"].map(lambda cell: ", ".join(outcomes.get(name, name) for name in cell.split(";")))
    return pd.DataFrame(
        {
            "Component": rows["label"],
            "Mechanism": rows["mechanism"].map(LABELS),
            "Definition": rows["definition"],
            "Present when": rows["present_when"],
            "Absent when": rows["absent_when"],
            "Should move": predicts,
        }
    )


def crosswalk_table(evidence: Evidence) -> pd.DataFrame:
    """Show which of Peers for Progress' four key functions each component serves, and what has no counterpart.

    Examples
    --------
    >>> from synthesis.tables import crosswalk_table
    >>> crosswalk_table(evidence).columns.tolist()
    ['Component', 'Mechanism', 'Key function']
    """
    rows = crosswalk(evidence)
    return pd.DataFrame(
        {
            "Component": rows["label"].where(rows["label"].ne(""), "(no core component)"),
            "Mechanism": rows["mechanism"].map(LABELS).fillna(""),
            "Key function": rows["key_function_label"].where(rows["key_function_label"].ne(""), "(no counterpart)"),
        }
    )


def extremes_table(found: FidelitySlope) -> pd.DataFrame:
    """Show the change in benefit as coded and under two named readings of what was not reported.

    Examples
    --------
    >>> from synthesis.tables import extremes_table
    >>> print(text_table(extremes_table(slope)))
    Coding                                     k  Least to most faithful trial (CI)
    -------------------------------------------------------------------------------
    as coded: unreported components left out  17  +0.12 (−0.26 to 0.49)
    all that is not reported is absent        17  +0.07 (−0.26 to 0.40)
    all that is not reported is present       17  0.00 (−0.35 to 0.35)
    """
    rows = [
        {
            "Coding": "as coded: unreported components left out",
            "k": found.k,
            LEAST_TO_MOST: _between(found.span, found.slope, found.ci_lb, found.ci_ub),
        }
    ]
    rows += [
        {
            "Coding": CODINGS[e.coding],
            "k": e.k,
            LEAST_TO_MOST: _between(e.span, e.slope, e.ci_lb, e.ci_ub) or "every trial scores the same",
        }
        for e in found.extremes
    ]
    return pd.DataFrame(rows)


def slopes_table(found: Slopes, *, heading: str = "Explained by") -> pd.DataFrame:
    """Show `compare_scores`, `compare_rivals` or, under a heading of its own, `compare_readings`.

    Rivals by their slope per the unit they name; scores from the least to the most faithful trial.

    Examples
    --------
    >>> from synthesis.tables import slopes_table
    >>> parts = compare_scores(effects, scores, names=["trust", "bridging"], permutations=99)
    >>> print(text_table(slopes_table(parts)))
    Explained by   k  Least to most faithful trial (CI)  Permutation p  Note
    ------------------------------------------------------------------------
    trust         17  +0.18 (−0.07 to 0.43)                      0.130
    bridging      16  −0.02 (−0.31 to 0.27)                      0.840
    """
    rows = found.table
    tested = rows["slope"].notna() & ~rows["descriptive"].eq(True)
    shown = rows.where(tested)
    heads, per = ("Slope (CI)", 1.0) if "beside" in rows else (LEAST_TO_MOST, rows["span"])
    table = pd.DataFrame(
        {
            heading: rows["label"],
            "k": rows["k"].map(whole),
            heads: _with_intervals(shown, "slope", "ci_lb", "ci_ub", per=per),
            "Permutation p": [bare_p(p) if ok else "" for p, ok in zip(rows["pval_permutation"], tested, strict=True)],
        }
    )
    if "beside" in rows:
        table["Holm"] = [bare_p(p) if ok else "" for p, ok in zip(rows["pval_holm"], tested, strict=True)]
        span, shown = found.fidelity_span, shown.where(rows["k"].ge(2 * TRIALS_PER_COVARIATE))
        table["Fidelity alone, same trials (CI)"] = _with_intervals(shown, "alone", "alone_lb", "alone_ub", per=span)
        table["Fidelity beside it (CI)"] = _with_intervals(shown, "beside", "beside_lb", "beside_ub", per=span)
    few = rows["descriptive"].eq(True) & rows["slope"].notna()
    note = rows["note"].where(~few, "fewer than ten trials: not shown")
    if "beside" in rows:
        note = note.where(~tested | rows["k"].ge(2 * TRIALS_PER_COVARIATE), TWO)
    return table.assign(Note=note)


def _between(span: float, *ends: float) -> str:
    return with_interval(*(span * end for end in ends), signed=True)


def _bounded(arms: pd.DataFrame, name: str) -> list[str]:
    return [_bounds(*values) for values in arms[[name, f"{name}_lower", f"{name}_upper"]].to_numpy(float)]


def _bounds(value: float, lower: float, upper: float) -> str:
    """Print a score with its bounds; where nothing was reported only the bounds."""
    shown = "not reported" if np.isnan(value) else number(value)
    return f"{shown} [{interval(lower, upper)}]"


def _with_intervals(rows: pd.DataFrame, *names: str, per: pd.Series | float) -> list[str]:
    numbers = rows[list(names)].astype(float).mul(per, axis=0)
    return [with_interval(*values, signed=True) for values in numbers.to_numpy(float)]
