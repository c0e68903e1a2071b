"""Rows of hypotheses.csv, and what comes of running them on invented trials."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from synthesis.answers.hypotheses import HypothesesTested, run_hypotheses
from synthesis.evidence import Evidence
from synthesis.tables import declared_table, verdicts_table

# What no sentence may say.
OVERREACH = re.compile(
    r"excludes|throughout|no effect|none to all|\bR2\b|\bnan\b|proves|causes\b|significant", re.IGNORECASE
)
PERMUTATIONS = 99


def row(name: str = "H1", **cells: str) -> dict[str, str]:
    """Return a row of hypotheses.csv: a slope on recovery, primary, unless told otherwise."""
    plain = {"family": "dose", "role": "primary", "label": f"Dose {name}", "statement": "More goes with more."}
    plain |= {"predictor": "fidelity", "score": "described", "outcomes": "recovery", "expected_direction": "positive"}
    return {"hypothesis": name} | plain | {"test": "slope", "rule": "As written.", "declared": "2020-01-01"} | cells


def run(evidence: Evidence, **options: Any) -> HypothesesTested:
    """Run what a root declares, with few arrangements."""
    return run_hypotheses(evidence, **{"permutations": PERMUTATIONS} | options)


def words_of(found: HypothesesTested) -> str:
    """Return everything that is said of the hypotheses, in sentences and tables."""
    tables = [table(found).astype(str).to_numpy().ravel() for table in (declared_table, verdicts_table)]
    return " ".join([*found.sentences(), *found.answer(), *found.all_outcomes(), *np.concatenate(tables)])
