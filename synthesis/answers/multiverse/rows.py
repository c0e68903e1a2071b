"""A fit as it is kept, what may become of one, and which of its intervals lie beside zero."""

from __future__ import annotations

import numpy as np

from synthesis.answers.multiverse.grid import OWN
from synthesis.answers.verdicts import FEWEST_SCORED, FEWEST_TRIALS, TRIALS_PER_COVARIATE
from synthesis.statistics.distributions import normal_quantile, t_quantile

# What became of a fit.
FITTED, TOO_FEW, SAME_SCORES, FAILED, FEW_TRIALS = range(5)
STATUSES = {
    FITTED: "fitted",
    TOO_FEW: "fewer than three trials",
    SAME_SCORES: "one score in every trial",
    FAILED: "could not be fitted",
    FEW_TRIALS: "a slope of fewer than ten trials",
}
ROW = np.dtype(
    [
        ("estimate", "<f4"),
        ("se", "<f4"),
        ("factor", "<f4"),
        ("tau2", "<f4"),
        ("k", "<u2"),
        ("trials", "<u2"),
        ("status", "u1"),
        ("below", "u1"),
        ("above", "u1"),
    ]
)
INTERVALS = ("knapp-hartung-floor", "knapp-hartung", "wald", OWN)
# Trials that can be fitted, and trials of which an answer is made.
FEWEST = {"pool": FEWEST_TRIALS, "slope": FEWEST_SCORED}
ENOUGH = {"pool": FEWEST_TRIALS, "slope": TRIALS_PER_COVARIATE}


def beside_zero(
    estimate: np.ndarray, se: np.ndarray, factor: np.ndarray, df: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Say which intervals lie above and below 0: a bit each of `INTERVALS`.

    Parameters
    ----------
    estimate, se, factor : numpy.ndarray, shape (d,) or (m, d)
        With the model's standard error and the factor of Knapp and Hartung.
    df : numpy.ndarray of int, shape (d,)
    level : float
    """
    share = 0.5 + level / 2
    sizes, which = np.unique(df, return_inverse=True)
    t = np.array([t_quantile(share, one) if one > 0 else np.inf for one in sizes])[which]
    halves = (t * se * np.sqrt(np.maximum(factor, 1.0)), t * se * np.sqrt(factor), normal_quantile(share) * se)
    above, below = np.zeros(estimate.shape, np.uint8), np.zeros(estimate.shape, np.uint8)
    for number, half in enumerate(halves):
        above |= (estimate > half).astype(np.uint8) << number
        below |= (estimate < -half).astype(np.uint8) << number
    return above, below


def reaches(estimate: np.ndarray, se: np.ndarray, factor: np.ndarray, df: np.ndarray, level: float) -> np.ndarray:
    """Say how many halves of its interval an estimate is away from 0; parameters as of `beside_zero`.

    By the main analysis's interval (Knapp and Hartung, never narrower than the normal one): fits of few trials and of
    many are then of one kind.
    """
    sizes, which = np.unique(df, return_inverse=True)
    t = np.array([t_quantile(0.5 + level / 2, one) if one > 0 else np.inf for one in sizes])[which]
    return np.abs(estimate) / (t * se * np.sqrt(np.maximum(factor, 1.0)))
