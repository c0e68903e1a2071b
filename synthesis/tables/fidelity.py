"""Tables of fidelity: scores of arms, what the model shares with others, slopes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, crosswalk
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.rivals import Slopes
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import MECHANISMS
from synthesis.wording import interval, number, p_value, percent, whole, with_interval

# What a report does not say, coded one way throughout.
CODINGS = {"absent": "all that is not reported is absent", "present": "all that is not reported is present"}
LABELS = {name: mechanism.label for name, mechanism in MECHANISMS.items()}


def scores_table(scores: FidelityScores) -> pd.DataFrame:
    """Show every coded arm's score over what was reported with its bounds."""
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
    """Show the change model: its components, what counts as present and absent, and what each should move."""
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
    """Show which of Peers for Progress' four key functions each component serves, and what has no counterpart."""
    rows = crosswalk(evidence)
    return pd.DataFrame(
        {
            "Component": rows["label"].where(rows["label"].ne(""), "(no core component)"),
            "Mechanism": rows["mechanism"].map(LABELS).fillna(""),
            "Key function": rows["key_function_label"].where(rows["key_function_label"].ne(""), "(no counterpart)"),
        }
    )


def extremes_table(found: FidelitySlope) -> pd.DataFrame:
    """Show the slope as coded and under the two extreme codings of what was not reported."""
    rows = [
        {
            "Coding": "as coded: unreported components left out",
            "k": found.k,
            "Slope (CI)": with_interval(found.slope, found.ci_lb, found.ci_ub, signed=True),
        }
    ]
    rows += [
        {
            "Coding": CODINGS[e.coding],
            "k": e.k,
            "Slope (CI)": with_interval(e.slope, e.ci_lb, e.ci_ub, signed=True) or "every trial scores the same",
        }
        for e in found.extremes
    ]
    return pd.DataFrame(rows)


def slopes_table(found: Slopes, *, heading: str = "Explained by") -> pd.DataFrame:
    """Show `compare_scores`, `compare_rivals` or, under a heading of its own, `compare_readings`."""
    rows = found.table
    known = rows["slope"].notna()
    table = pd.DataFrame(
        {
            heading: rows["label"],
            "k": rows["k"].map(whole),
            "Slope (CI)": _with_intervals(rows, "slope", "ci_lb", "ci_ub"),
            "Permutation p": [
                p_value(p).removeprefix("p ").removeprefix("= ") if ok else ""
                for p, ok in zip(rows["pval_permutation"], known, strict=True)
            ],
            "R2": [percent(r) if ok else "" for r, ok in zip(rows["R2"], known, strict=True)],
        }
    )
    if "beside" in rows:
        table["Fidelity beside it (CI)"] = _with_intervals(rows, "beside", "beside_lb", "beside_ub")
    few = rows["descriptive"].eq(True) & known
    return table.assign(Note=rows["note"].where(~few, "fewer than ten trials: descriptive"))


def _bounded(arms: pd.DataFrame, name: str) -> list[str]:
    return [_bounds(*values) for values in arms[[name, f"{name}_lower", f"{name}_upper"]].to_numpy(float)]


def _bounds(value: float, lower: float, upper: float) -> str:
    """Print a score with its bounds; where nothing was reported only the bounds."""
    shown = "not reported" if np.isnan(value) else number(value)
    return f"{shown} [{interval(lower, upper)}]"


def _with_intervals(rows: pd.DataFrame, *names: str) -> list[str]:
    return [with_interval(*values, signed=True) for values in rows[list(names)].to_numpy(float)]
