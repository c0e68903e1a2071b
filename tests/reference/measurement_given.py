"""Print, as JSON, what the measurement model is given: two reviews drawn from its priors, and the shipped trials.

`measurement.R` calls it and has JAGS draw the same posteriors. No number here is the sampler's.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.measured import Design, draw_review
from synthesis.answers.measurement.given import given_of
from synthesis.evidence import load_evidence

# name: delta, seed of the draw
DRAWN = {"drawn, delta 0": (0.0, 11), "drawn, delta -2": (-2.0, 12)}
SHIPPED = (0.0, -4.0)


def drawn(delta: float, seed: int) -> dict:
    """Draw a review and lay it out as `measure` takes it: ratings, nan where silent, and what was looked at."""
    design = Design()
    own = draw_review(design, delta, np.random.default_rng(seed))
    trial, outcome, arm, variance = design.effects()
    return {
        "delta": delta,
        "codes": own["codes"].tolist(),
        "settled": own["settled"].tolist(),
        "mechanism": list(design.mechanism),
        "weights": [0.5 / len(design.mechanism)] * len(design.mechanism),
        "yi": own["y"].tolist(),
        "vi": variance,
        "cluster": trial,
        "outcome": outcome,
        "arm": arm,
        "centre": design.centre,
        "rho": design.rho,
    }


def shipped(delta: float) -> dict:
    """Take the shipped trials as `synthesis measurement` does."""
    given = given_of(load_evidence("data"))
    own = given.arrays()
    codes = np.where(own["asked"], np.where(np.isnan(own["ratings"]), 0, own["ratings"] + 1), -1).astype(int)
    kinds = {
        name: np.unique(own[name], return_inverse=True)[1].tolist() for name in ("mechanism", "cluster", "outcome")
    }
    plain = {name: own[name].tolist() for name in ("settled", "weights", "yi", "vi", "arm")}
    return {
        "delta": delta,
        "evidence": given.fingerprint,
        "codes": codes.tolist(),
        **plain,
        **kinds,
        "centre": given.centre,
        "rho": 0.6,
    }


if __name__ == "__main__":
    sets = {name: drawn(*how) for name, how in DRAWN.items()}
    sets |= {f"shipped, delta {delta:g}": shipped(delta) for delta in SHIPPED}
    json.dump(sets, sys.stdout)
