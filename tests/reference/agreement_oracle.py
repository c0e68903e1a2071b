"""Write agreement_oracle.json: coefficients of agreement by other people's programs.

Run in an environment of its own (irrCAC holds numba back, krippendorff is GPL; neither is a dependency):

    python -m venv oracle && oracle/bin/pip install irrCAC==0.4.4 krippendorff==0.9.0 scikit-learn==1.9.1
    oracle/bin/python tests/reference/agreement_oracle.py

Every program is given the units with at least two ratings, as the package itself uses them; `all_units` holds what
irrCAC says when a unit with one rating informs the chance term too, the figures printed in Gwet's handbook.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.datasets import raw_4raters
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score


def simulated(units, coders, agreement, missing, prevalence, seed):
    """Ratings of coders who each see the truth with some probability and guess otherwise."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, size=(units, 1), p=prevalence)
    guess = rng.choice(3, size=(units, coders), p=prevalence)
    ratings = np.where(rng.random((units, coders)) < agreement, truth, guess).astype(float)
    ratings[rng.random((units, coders)) < missing] = np.nan
    return ratings


def from_table(counts):
    """One row per unit from a cross-table of two coders."""
    return np.array([(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)], dtype=float)


def irrcac(ratings, categories, weights, method):
    """Coefficient and standard error."""
    rater = CAC(pd.DataFrame(ratings), weights=weights, categories=categories, digits=14)
    found = getattr(rater, method)()["est"]
    return {"estimate": float(found["coefficient_value"]), "se": float(found["se"])}


def by_irrcac(ratings, categories):
    """The contract's coefficients that irrCAC has."""
    return {
        "percent": float(CAC(pd.DataFrame(ratings), categories=categories, digits=14).gwet()["est"]["pa"]),
        "kappa": irrcac(ratings, categories, "identity", "conger"),
        "weighted_kappa": irrcac(ratings, categories, "quadratic", "conger"),
        "gwet_ac1": irrcac(ratings, categories, "identity", "gwet"),
        "gwet_ac2": irrcac(ratings, categories, "ordinal", "gwet"),
    }


def oracle(ratings, categories):
    """Everything the programs say about one table of ratings."""
    paired = ratings[(~np.isnan(ratings)).sum(axis=1) >= 2]
    alpha = {
        metric: float(krippendorff.alpha(paired.T, value_domain=categories, level_of_measurement=metric))
        for metric in ("nominal", "ordinal")
    }
    entry = {
        "categories": categories,
        "ratings": [[None if np.isnan(x) else x for x in row] for row in ratings.tolist()],
        "irrCAC": by_irrcac(paired, categories),
        "krippendorff": alpha,
    }
    if ratings.shape[1] == 2:
        first, second = paired.astype(int).T
        entry["sklearn"] = {
            "kappa": float(cohen_kappa_score(first, second, labels=categories)),
            "weighted_kappa": float(cohen_kappa_score(first, second, labels=categories, weights="quadratic")),
        }
    return entry


handbook = raw_4raters().to_numpy(dtype=float)
tables = {
    "two_coders": oracle(simulated(60, 2, 0.8, 0.3, [0.15, 0.5, 0.35], 1), [0, 1, 2]),
    "two_coders_skewed": oracle(simulated(40, 2, 0.6, 0.2, [0.02, 0.03, 0.95], 2), [0, 1, 2]),
    "two_coders_unused_category": oracle(simulated(25, 2, 0.7, 0.1, [0.0, 0.6, 0.4], 3), [0, 1, 2]),
    "three_coders_complete": oracle(simulated(30, 3, 0.7, 0.0, [0.3, 0.4, 0.3], 4), [0, 1, 2]),
    "four_coders_incomplete": oracle(simulated(50, 4, 0.7, 0.35, [0.3, 0.4, 0.3], 5), [0, 1, 2]),
    "handbook": oracle(handbook, [1, 2, 3, 4, 5]) | {"all_units": by_irrcac(handbook, [1, 2, 3, 4, 5])},
    "abstractors": oracle(from_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]]), [0, 1, 2]),
    "paradox": oracle(from_table([[118, 5], [2, 0]]), [0, 1]),
}
versions = {name: version(name) for name in ("irrCAC", "krippendorff", "scikit-learn", "numpy")}
output = {"versions": versions | {"python": platform.python_version()}, "tables": tables}
Path(__file__).with_suffix(".json").write_text(json.dumps(output, indent=1) + "\n", encoding="utf-8")
