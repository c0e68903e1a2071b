"""`bayes_pool` for thousands of data sets at once: a rule of fixed size over the heterogeneity, a data set a column."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from synthesis.statistics.bayes import MU_SD, SLOPE_SD, TAU_PRIOR

# The half-normal prior holds less than 1e-15 beyond so many of its scales.
FARTHEST = 8.0
PANELS, NODES = 20, 8


class BayesColumns(NamedTuple):
    """Of each data set, shape (d,): posterior mean and standard deviation, P(above 0), posterior mean of tau2."""

    estimate: np.ndarray
    sd: np.ndarray
    prob_positive: np.ndarray
    tau2: np.ndarray


def bayes_columns(
    yi: np.ndarray,
    vi: np.ndarray,
    xi: np.ndarray | None = None,
    *,
    scale: float = TAU_PRIOR[1],
    mu_sd: float = MU_SD,
    slope_sd: float = SLOPE_SD,
) -> BayesColumns:
    """Pool each of d data sets, or regress it on one moderator, with a half-normal prior on tau.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    xi : numpy.ndarray, shape (k, d), optional
        The moderator of each; its mean is taken off.
    scale : float
        Of the prior of tau.
    mu_sd, slope_sd : float
        Standard deviations of the normal priors of average and slope.

    Returns
    -------
    BayesColumns

    Notes
    -----
    The model of `bayes_pool` [rover2020bayesmeta]. The rule is even in asinh(tau / s), s the smaller of the prior's
    scale and the smallest standard error of the data set.
    """
    fine = np.minimum(scale, np.sqrt(vi.min(axis=0)))
    at, weight = np.polynomial.legendre.leggauss(NODES)
    starts = np.arange(PANELS)[:, None]
    share, weight = ((starts + (1 + at) / 2) / PANELS).ravel(), np.tile(weight / 2 / PANELS, PANELS)
    length = np.arcsinh(FARTHEST * scale / fine)
    x = None if xi is None else xi - xi.mean(axis=0)
    logs, means, spreads, tau2 = (np.empty((len(share), yi.shape[1])) for _ in range(4))
    for node, (place, own) in enumerate(zip(share, weight, strict=True)):
        tau = fine * np.sinh(place * length)
        jacobian = own * length * fine * np.cosh(place * length)
        evidence, means[node], spreads[node] = _given(yi, vi, x, tau, mu_sd, slope_sd)
        logs[node] = evidence - 0.5 * (tau / scale) ** 2 + np.log(jacobian)
        tau2[node] = tau**2
    shares = np.exp(logs - logs.max(axis=0))
    shares /= shares.sum(axis=0)
    estimate = (shares * means).sum(axis=0)
    sd = np.sqrt((shares * (spreads**2 + (means - estimate) ** 2)).sum(axis=0))
    above = (shares * ndtr(means / spreads)).sum(axis=0)
    return BayesColumns(estimate, sd, above, (shares * tau2).sum(axis=0))


def _given(
    yi: np.ndarray, vi: np.ndarray, x: np.ndarray | None, tau: np.ndarray, mu_sd: float, slope_sd: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the log evidence, up to a constant, and the last coefficient's mean and standard deviation, given tau."""
    w = 1 / (vi + tau**2)
    wy = w * yi
    fixed = 0.5 * (np.log(w).sum(axis=0) - (wy * yi).sum(axis=0))
    a, p = w.sum(axis=0) + mu_sd**-2, wy.sum(axis=0)
    if x is None:
        return fixed + 0.5 * (p * p / a - np.log(a)), p / a, np.sqrt(1 / a)
    wx = w * x
    b, c, q = wx.sum(axis=0), (wx * x).sum(axis=0) + slope_sd**-2, (wx * yi).sum(axis=0)
    det = a * c - b * b
    slope, mean = (a * q - b * p) / det, (c * p - b * q) / det
    return fixed + 0.5 * (mean * p + slope * q - np.log(det)), slope, np.sqrt(a / det)
