"""The shipped evidence, and small multiverses of it."""

from pathlib import Path

import pytest

from synthesis.answers.multiverse.space import multiverse
from synthesis.evidence import load_evidence

ROOT = Path(__file__).parents[3]
# Every kind of choice once, few enough to fit each combination by itself.
SMALL = {
    "timepoint": ["closest:12"],
    "instrument": [],
    "figures": ["as_printed"],
    "icc": ["0.2"],
    "adjusted_r": [],
    "estimates": [],
    "comparators": ["inactive"],
    "peers": [],
    "people": ["severe_mental_illness"],
    "risk_of_bias": [],
    "design": [],
    "routes": [],
    "integrity": [],
    "interval": ["knapp-hartung", "wald"],
}
POOL = SMALL | {"estimator": ["DL", "EE", "bayes"]}
SLOPE = SMALL | {"people": [], "score": ["calibrated", "absent", "drawn:3"], "estimator": ["PM", "EE"]}


@pytest.fixture(scope="session")
def shipped():
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


@pytest.fixture(scope="session")
def pools(shipped):
    return multiverse(shipped, "depression", levels=POOL, permutations=40)


@pytest.fixture(scope="session")
def slopes(shipped):
    return multiverse(shipped, "recovery", target="slope", levels=SLOPE, permutations=40)


@pytest.fixture(scope="session")
def events(shipped):
    levels = SMALL | {"people": [], "estimator": ["MH", "MH-DL", "DL", "PETO"]}
    return multiverse(shipped, "readmission", levels=levels, permutations=12)
