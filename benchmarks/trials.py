"""Simulated trials for the models: of usual sizes, heterogeneous, with a slope on fidelity that is hard to see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.effects import Effects, effects_from

TAU = 0.2
SLOPE = 0.2
# Its slope has a p value near 0.1, where independent Monte-Carlo tests that disagree would show it.
SEED = 3


@dataclass(frozen=True)
class Trials:
    """Effects `yi` (SMD), their variances `vi`, the `fidelity` and the people `n` in each arm, all of shape (k,)."""

    yi: np.ndarray
    vi: np.ndarray
    fidelity: np.ndarray
    n: np.ndarray

    @property
    def design(self) -> np.ndarray:
        """Return intercept and fidelity, shape (k, 2)."""
        return np.column_stack([np.ones_like(self.fidelity), self.fidelity])

    def effects(self) -> Effects:
        """Return the trials as `synthesis.pool` takes them."""
        return effects_from(self.yi, self.vi, outcome="Simulated", n_intervention=self.n, n_comparator=self.n)


def simulate_trials(k: int = 30, *, seed: int = SEED) -> Trials:
    """Draw k trials; the same seed gives the same trials."""
    rng = np.random.default_rng(seed)
    n = np.round(np.exp(rng.normal(np.log(60), 0.6, k))).clip(10, 1000)
    fidelity = rng.integers(4, 25, k) / 24
    yi = 0.1 + SLOPE * (fidelity - fidelity.mean()) + rng.normal(0, np.sqrt(TAU**2 + 2 / n))
    return Trials(yi=yi, vi=2 / n + yi**2 / (4 * n), fidelity=fidelity, n=n)
