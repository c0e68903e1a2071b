"""Simulated trials, and effects of several outcomes of them: of usual sizes, heterogeneous, a slope hard to see."""

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


@dataclass(frozen=True)
class Outcomes:
    """Effects of up to four outcomes of each trial, all of shape (k,): `yi`, `vi`, `trial`, `outcome`, `fidelity`."""

    yi: np.ndarray
    vi: np.ndarray
    trial: np.ndarray
    outcome: np.ndarray
    fidelity: np.ndarray

    @property
    def beside(self) -> np.ndarray:
        """Return indicators of the second outcome and those after it, shape (k, 3)."""
        return (self.outcome[:, None] == [1, 2, 3]).astype(float)

    @property
    def moderators(self) -> np.ndarray:
        """Return the outcomes' indicators and the fidelity, shape (k, 4)."""
        return np.column_stack([self.beside, self.fidelity])


def simulate_outcomes(k: int, *, rho: float, seed: int = SEED) -> Outcomes:
    """Draw k effects of trials of one, two, three and four outcomes whose errors correlate by rho."""
    rng = np.random.default_rng(seed)
    sizes = np.resize([1, 2, 3, 4], k)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), k) + 1]
    trial = np.repeat(np.arange(len(sizes)), sizes)[:k]
    outcome = np.concatenate([np.arange(size) for size in sizes])[:k]
    drawn = simulate_trials(len(sizes), seed=seed)
    vi = drawn.vi[trial] * rng.uniform(0.8, 1.2, k)
    shared, own = rng.normal(size=len(sizes))[trial], rng.normal(size=k)
    errors = np.sqrt(vi) * (np.sqrt(rho) * shared + np.sqrt(1 - rho) * own)
    between, within = rng.normal(0, TAU, len(sizes))[trial], rng.normal(0, TAU / 2, k)
    yi = 0.1 * outcome + SLOPE * drawn.fidelity[trial] + between + within + errors
    return Outcomes(yi=yi, vi=vi, trial=trial, outcome=outcome, fidelity=drawn.fidelity[trial])


def simulate_trials(k: int = 30, *, seed: int = SEED) -> Trials:
    """Draw k trials; the same seed gives the same trials."""
    rng = np.random.default_rng(seed)
    n = np.round(np.exp(rng.normal(np.log(60), 0.6, k))).clip(10, 1000)
    fidelity = rng.integers(4, 25, k) / 24
    yi = 0.1 + SLOPE * (fidelity - fidelity.mean()) + rng.normal(0, np.sqrt(TAU**2 + 2 / n))
    return Trials(yi=yi, vi=2 / n + yi**2 / (4 * n), fidelity=fidelity, n=n)
