"""Tables of fidelity: scores of arms, what the model shares with others, slopes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.answers.fidelity import FidelityScores, crosswalk
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.statements import p_value
from synthesis.evidence import Evidence
from synthesis.wording import bounds, coefficient, percent, slope, whole

MECHANISMS = {
    "trust": "Trust",
    "role_modelling": "Role-modelling",
    "bridging": "Bridging",
    "enabling": "Enabling conditions",
}


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
    for name, label in MECHANISMS.items():
        if name in arms:
            table[f"{label} [bounds]"] = _bounded(arms, name)
    return table.assign(Basis=arms["basis"].fillna(""))


def components_table(evidence: Evidence) -> pd.DataFrame:
    """Show the change model: its components, what counts as present and absent, and what each should move."""
    rows = evidence.codebook.components
    outcomes = evidence.codebook.outcomes.set_index("outcome")["label"]
    predicts = rows["predicts"].map(lambda cell: ", ".join(outcomes.get(name, name) for name in cell.split(";")))
    return pd.DataFrame(
        {
            "Component": rows["label"],
            "Mechanism": rows["mechanism"].map(MECHANISMS),
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
            "Mechanism": rows["mechanism"].map(MECHANISMS).fillna(""),
            "Key function": rows["key_function_label"].where(rows["key_function_label"].ne(""), "(no counterpart)"),
        }
    )


def extremes_table(found: FidelitySlope) -> pd.DataFrame:
    """Show the slope as coded and under the two extreme codings of what was not reported."""
    words = {"absent": "all that is not reported is absent", "present": "all that is not reported is present"}
    rows = [
        {
            "Coding": "as coded: unreported components left out",
            "k": found.k,
            "Slope (CI)": slope(found.slope, found.ci_lb, found.ci_ub),
        }
    ]
    rows += [
        {
            "Coding": words[e.coding],
            "k": e.k,
            "Slope (CI)": slope(e.slope, e.ci_lb, e.ci_ub) or "every trial scores the same",
        }
        for e in found.extremes
    ]
    return pd.DataFrame(rows)


def slopes_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Show `compare_scores` or `compare_rivals`."""
    known = rows["slope"].notna()
    table = pd.DataFrame(
        {
            "Explained by": rows["label"],
            "k": rows["k"].map(lambda k: "" if np.isnan(k) else f"{k:.0f}"),
            "Slope (CI)": [slope(*values) for values in rows[["slope", "ci_lb", "ci_ub"]].to_numpy(float)],
            "Permutation p": [
                p_value(p).removeprefix("= ") if ok else ""
                for p, ok in zip(rows["pval_permutation"], known, strict=True)
            ],
            "R2": [percent(r) if ok else "" for r, ok in zip(rows["R2"], known, strict=True)],
        }
    )
    if "beside" in rows:
        table["Fidelity beside it (CI)"] = [
            slope(*values) for values in rows[["beside", "beside_lb", "beside_ub"]].to_numpy(float)
        ]
    few = rows["descriptive"].eq(True) & known
    return table.assign(Note=rows["note"].where(~few, "fewer than ten trials: descriptive"))


COEFFICIENTS = {
    "kappa": "Kappa",
    "weighted_kappa": "Weighted kappa",
    "gwet_ac1": "AC1",
    "gwet_ac2": "AC2",
    "krippendorff_alpha": "Alpha",
}


def agreement_table(agreement: AgreementTable) -> pd.DataFrame:
    """Show agreement per component and overall, each coefficient with its interval."""
    frame = agreement.to_frame()
    table = pd.DataFrame({"Component": frame["component"], "n": frame["n"].map(whole)})
    table["Percent"] = frame["percent"].map(percent)
    for name, label in COEFFICIENTS.items():
        table[label] = [
            coefficient(*values) for values in frame[[name, f"{name}_ci_lb", f"{name}_ci_ub"]].to_numpy(float)
        ]
    table["Reporting: percent"] = frame["reporting_percent"].map(percent)
    name = "reporting_gwet_ac1"
    columns = frame[[name, f"{name}_ci_lb", f"{name}_ci_ub"]]
    return table.assign(**{"Reporting: AC1": [coefficient(*values) for values in columns.to_numpy(float)]})


def _bounded(arms: pd.DataFrame, name: str) -> list[str]:
    return [bounds(*values) for values in arms[[name, f"{name}_lower", f"{name}_upper"]].to_numpy(float)]
