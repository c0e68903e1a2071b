"""A small data root that can be simulated: twelve trials on recovery, seven of them also on symptoms, and ratings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from builders.roots import Row, means
from synthesis.answers.calibration import Sizes

TINY = Sizes(sets=30, permuted=10, joint=2, permutations=19)
CORE = ("sharing", "listening", "example", "role", "linkage", "network")
TRIALS = [f"{chr(97 + i) * 3}20{10 + i}sample" for i in range(12)]


def rows_of(trials: Sequence[str] = TRIALS, *, shift: float = 0.0) -> list[Row]:
    """Return rows of outcomes; `shift` moves the first trial's mean on recovery."""
    rng = np.random.default_rng(3)
    rows: list[Row] = []
    for i, trial in enumerate(trials):
        n = 30 + 11 * i
        rows.append(means(50 + rng.normal(2, 2) + shift * (i == 0), 10, n, 50, 10, n + 3, trial=trial))
        if i < 7:
            rows.append(means(20 - rng.normal(1, 1), 8, n, 20, 8, n, trial=trial, outcome="symptoms"))
    return rows


def ratings_of(trials: Sequence[str] = TRIALS) -> dict[str, Any]:
    """Return ratings of every trial, one in four of them silent."""
    return {
        trial: {"peer": {name: None if (i + j) % 4 == 0 else (i * (j + 1)) % 3 for j, name in enumerate(CORE)}}
        for i, trial in enumerate(trials)
    }
