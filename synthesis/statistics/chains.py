"""Chains of draws: whether they have come together, how many independent draws they are worth, how exact a mean is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Chained:
    """One quantity from several chains.

    Attributes
    ----------
    mean, sd, ci_lb, ci_ub : float
        Posterior mean, standard deviation and equal-tailed interval.
    mc_error : float
        Standard error of the mean that comes from drawing.
    rhat, ess : float
        Split R-hat and effective sample size; nan for what never moved.
    """

    mean: float
    sd: float
    ci_lb: float
    ci_ub: float
    mc_error: float
    rhat: float
    ess: float


def describe(draws: np.ndarray, *, level: float) -> Chained:
    """Describe draws, shape (chains, draws).

    Notes
    -----
    The error of the mean is the standard deviation over the root of the effective sample size [vehtari2021rank].
    """
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    sd, ess = float(draws.std(ddof=1)), effective_size(draws)
    return Chained(float(draws.mean()), sd, float(low), float(high), sd / np.sqrt(ess), split_rhat(draws), ess)


def split_rhat(draws: np.ndarray) -> float:
    """Return R-hat of the halves of every chain: near 1 where all of them tell the same [vehtari2021rank].

    Parameters
    ----------
    draws : numpy.ndarray, shape (chains, draws)
    """
    halves = _halves(draws)
    within = halves.var(axis=1, ddof=1).mean()
    between = halves.mean(axis=1).var(ddof=1)
    n = halves.shape[1]
    return float(np.sqrt((n - 1) / n + between / within)) if within > 0 else np.nan


def effective_size(draws: np.ndarray) -> float:
    """Return how many independent draws tell as much about the mean.

    Parameters
    ----------
    draws : numpy.ndarray, shape (chains, draws)

    Notes
    -----
    Autocorrelations of the halves of the chains, in pairs of lags, as long as the pairs are positive and made to fall:
    Geyer's initial monotone sequence with the variance between chains in it [vehtari2021rank].
    """
    halves = _halves(draws)
    m, n = halves.shape
    covariances = _autocovariances(halves)
    within = covariances[:, 0].mean() * n / (n - 1)
    total = within * (n - 1) / n + halves.mean(axis=1).var(ddof=1)
    if total <= 0:
        return np.nan
    rho = 1 - (within - covariances.mean(axis=0) * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    stop = np.flatnonzero(pairs <= 0)
    falling = np.minimum.accumulate(pairs[: stop[0]] if len(stop) else pairs)
    return float(m * n / max(2 * falling.sum() - 1, 1 / np.log10(m * n)))


def _halves(draws: np.ndarray) -> np.ndarray:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]]).astype(float)


def _autocovariances(chains: np.ndarray) -> np.ndarray:
    n = chains.shape[1]
    centred = chains - chains.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(centred, n=2 * n)) ** 2
    return np.fft.irfft(power)[:, :n] / n
