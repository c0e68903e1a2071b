"""What several figures' tests draw: a slope, a codebook, ratings of arms, a coverage map."""

from __future__ import annotations

import numpy as np
import pandas as pd

from builders.drawn_effects import drawable
from synthesis.answers.coverage import COLUMNS, Coverage
from synthesis.answers.fidelity_slope import ExtremeCoding, FidelitySlope
from synthesis.answers.regression import meta_regression
from synthesis.evidence.codebook import Codebook
from synthesis.statistics.permutation import permutation_test

CODEBOOK = Codebook(
    components=pd.DataFrame(
        {
            "component": ["disclosed", "sharing", "modelling", "linkage", "training"],
            "mechanism": ["trust", "trust", "role_modelling", "bridging", "enabling"],
            "label": [
                "Disclosed experience",
                "Sharing of personal story in contacts",
                "Modelling",
                "Linkage",
                "Training",
            ],
        }
    ),
    outcomes=pd.DataFrame(),
    instruments=pd.DataFrame(),
    hypotheses=pd.DataFrame(),
    key_functions=pd.DataFrame(),
)
RATINGS = {
    ("one", "peer"): [2, 1, 0, np.nan, 1.5],
    ("two", "peer"): [2, np.nan, 0.5, 0, np.nan],
    ("two", "control"): [0, np.nan, np.nan, np.nan, np.nan],
}
DISAGREE = {("one", "training"), ("two", "modelling")}


def ratings(table=None):
    rows = [
        {
            "trial": trial,
            "arm": arm,
            "label": f"Author {trial} (2020)",
            "component": component,
            "rating": rating,
            "disagree": (trial, component) in DISAGREE and arm == "peer",
            "role": "comparator" if arm == "control" else "intervention",
        }
        for (trial, arm), values in (table or RATINGS).items()
        for component, rating in zip(CODEBOOK.components["component"], values, strict=True)
    ]
    return pd.DataFrame(rows)


CELLS = pd.DataFrame(
    [
        ("one", "hope", "pooled", "favours_intervention"),
        ("one", "symptoms", "without_numbers", "favours_intervention"),
        ("one", "readmission", "not_pooled", "no_difference;favours_comparator"),
        ("two", "hope", "absent", ""),
        ("two", "symptoms", "without_numbers", "favours_comparator"),
        ("two", "readmission", "without_numbers", ""),
    ],
    columns=["trial", "outcome", "status", "directions"],
).assign(label=lambda t: "Author " + t["trial"], outcome_label=lambda t: t["outcome"].str.capitalize(), role="clinical")
COVERAGE = Coverage(CELLS[COLUMNS], {})


def slope_of(effects, *, descriptive=False, permutations=99):
    """A fidelity slope around a regression on the column `fidelity`, its test real, its extremes given."""
    regression = meta_regression(effects, moderators=["fidelity"])
    row = regression.coefficients.iloc[1]
    frame = effects.frame
    test = permutation_test(frame["benefit"], frame["vi"], frame["fidelity"], permutations=permutations, seed=1)
    extremes = (ExtremeCoding("absent", 5, 0.4, -0.1, 0.9, 0.5), ExtremeCoding("present", 5, *(np.nan,) * 4))
    same = {name: getattr(regression, name) for name in "measure tau2 tau2_null R2 QE QE_df QE_pval k".split()}
    return FidelitySlope(
        outcome="sample",
        method="REML",
        ci="knapp-hartung-floor",
        level=0.95,
        score="described",
        effects_without_score=2,
        slope=row.estimate,
        **{name: row[name] for name in ("se", "ci_lb", "ci_ub", "pval")},
        permutation=test,
        seed=1,
        intercept=regression.coefficients.iloc[0].estimate,
        detectable_slope=0.77,
        detectable_slope_lb=0.7,
        detectable_slope_ub=1.4,
        score_least=frame["fidelity"].min(),
        score_most=frame["fidelity"].max(),
        score_iqr=0.1,
        descriptive=descriptive,
        extremes=extremes,
        regression=regression,
        **same,
    )


def scored(k, **options):
    fidelity = np.linspace(0, 1, k)
    return drawable(
        k,
        fidelity=fidelity,
        fidelity_lower=np.maximum(fidelity - 0.2, 0),
        fidelity_upper=np.minimum(fidelity + 0.1, 1),
        **options,
    )
