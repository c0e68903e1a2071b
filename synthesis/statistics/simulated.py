"""Trials that were never run: standardised mean differences drawn at given arm sizes, a data set a column."""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from synthesis.statistics.measures.estimates import Estimates
from synthesis.statistics.measures.means import hedges_correction, with_large_sample_variance

# Fewer people an arm leave no standard deviation worth dividing by.
SMALLEST_ARM = 3.0


def generator_of(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one named part of a simulation, whatever else is run, and in which order."""
    return np.random.default_rng([seed, int.from_bytes(sha256(name.encode("utf-8")).digest()[:8])])


def sizes_behind(yi: np.ndarray, vi: np.ndarray, n1: np.ndarray, n2: np.ndarray) -> np.ndarray:
    """Return the arm sizes at which an SMD has the variance it was given.

    Those reported, both times one factor: below 1 where clusters inflated the variance, above where an adjusted model
    made it smaller. Equal arms where a size is not known.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,)
    n1, n2 : numpy.ndarray, shape (k,)
        nan where not reported.

    Returns
    -------
    numpy.ndarray, shape (2, k)
        Not rounded, and no arm below three people.
    """
    known = np.isfinite(n1) & np.isfinite(n2) & (n1 > 0) & (n2 > 0)
    sizes = np.where(known, [n1, n2], 1.0)
    # The large-sample variance is inverse in the sizes, so one factor brings it anywhere.
    factor = with_large_sample_variance(yi, *sizes).vi / vi
    return np.maximum(sizes * factor, SMALLEST_ARM)


def draw_smd(
    theta: np.ndarray,
    sizes: np.ndarray,
    rng: np.random.Generator,
    *,
    cluster: np.ndarray | None = None,
    rho: float = 0.0,
) -> Estimates:
    """Draw Hedges' g with its large-sample variance from the noncentral t that it has in normal data.

    Parameters
    ----------
    theta : numpy.ndarray, shape (k, d)
        True effects, a data set a column.
    sizes : numpy.ndarray, shape (2, k)
        People in both arms.
    rng : numpy.random.Generator
    cluster : numpy.ndarray, shape (k,), optional
        Whole numbers from 0: whose effects have errors that go together.
    rho : float
        Correlation of the mean differences' errors within a cluster.

    Returns
    -------
    Estimates
        `yi`, `vi`, shape (k, d): the variance rests on the g drawn, as it does in a review.
    """
    n1, n2 = sizes[:, :, None]
    df, precision = n1 + n2 - 2, n1 * n2 / (n1 + n2)
    error = rng.standard_normal(theta.shape)
    if cluster is not None:
        shared = rng.standard_normal((int(cluster.max()) + 1, theta.shape[1]))
        error = np.sqrt(rho) * shared[cluster] + np.sqrt(1 - rho) * error
    d = (theta + error / np.sqrt(precision)) / np.sqrt(rng.chisquare(np.broadcast_to(df, theta.shape)) / df)
    return with_large_sample_variance(hedges_correction(df) * d, n1, n2)


def mean_with_error(values: np.ndarray) -> tuple[float, float]:
    """Return the mean over data sets and its Monte-Carlo standard error; nan without two of them."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return (float(values.mean()) if len(values) else np.nan), np.nan
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def share_with_error(hits: np.ndarray) -> tuple[float, float]:
    """Return the share of data sets in which something held and its Monte-Carlo standard error; nan without any.

    The error of a share of 0 or 1 is not 0: it is that of one data set more on the other side.
    """
    n = len(hits)
    if n == 0:
        return np.nan, np.nan
    share = float(np.mean(hits))
    inner = min(max(share, 1 / (n + 1)), n / (n + 1))
    return share, float(np.sqrt(inner * (1 - inner) / n))
