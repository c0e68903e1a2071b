"""What clustering and shared arms do to sampling variances.

Two comparisons of one trial that use the same arm share that arm's sampling error. Either the arm is divided between
them (`split_shared_arm`) or their covariance is carried: with the shared arm as comparator (or as intervention) of
both, the covariance is the shared arm's own contribution to the variance of each effect. Where it is the comparator of
one and the intervention of the other, the covariance is the negative of what is returned here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def design_effect(cluster_size: ArrayLike, icc: ArrayLike) -> NDArray:
    """Factor by which randomising clusters multiplies the variance computed as if people were randomised.

    Parameters
    ----------
    cluster_size : array_like, shape (k,)
        Mean number of people per cluster, at least 1.
    icc : array_like, shape (k,)
        Intracluster correlation, 0 to 1.

    Returns
    -------
    numpy.ndarray, shape (k,)
        1 + (m - 1) ICC [handbook2024, 23.1.4].
    """
    size, icc = np.asarray(cluster_size, dtype=float), np.asarray(icc, dtype=float)
    possible = np.isfinite(size) & (size >= 1) & (icc >= 0) & (icc <= 1)
    return np.where(possible, 1 + (np.where(possible, size, np.nan) - 1) * icc, np.nan)


def split_shared_arm(total: ArrayLike, comparisons: ArrayLike) -> NDArray:
    """Share of an arm's people, or of its events, that each of the comparisons using it may count.

    Parameters
    ----------
    total : array_like, shape (k,)
        People or events of the shared arm. Means and standard deviations are not divided.
    comparisons : array_like, shape (k,)
        How many pooled comparisons use the arm, at least 1.

    Returns
    -------
    numpy.ndarray, shape (k,)
        total / comparisons [handbook2024, 23.3.4]; a fraction, not rounded, so that the shares add up.
    """
    total, comparisons = np.asarray(total, dtype=float), np.asarray(comparisons, dtype=float)
    return np.where(total >= 0, total, np.nan) / np.where(comparisons >= 1, comparisons, np.nan)


def md_covariance(sd: ArrayLike, n: ArrayLike) -> NDArray:
    r"""Covariance of two mean differences that share an arm.

    Parameters
    ----------
    sd, n : array_like, shape (k,)
        Standard deviation and number analysed, shared arm.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`s^2 / n` [gleser2009stochastically].
    """
    sd, n = np.broadcast_arrays(np.asarray(sd, dtype=float), np.asarray(n, dtype=float))
    possible = (sd > 0) & np.isfinite(sd) & (n >= 2) & np.isfinite(n)
    return np.where(possible, sd, np.nan) ** 2 / np.where(possible, n, np.nan)


def smd_covariance(g1: ArrayLike, g2: ArrayLike, n: ArrayLike, n_total: ArrayLike) -> NDArray:
    r"""Covariance of two standardised mean differences that share an arm.

    Parameters
    ----------
    g1, g2 : array_like, shape (k,)
        The two effects.
    n : array_like, shape (k,)
        Number analysed in the shared arm.
    n_total : array_like, shape (k,)
        Number analysed in all arms of the trial together.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`1/n + g_1 g_2 / (2N)` [gleser2009stochastically].

    Notes
    -----
    For effects in units of one SD pooled over all arms. With an SD pooled per comparison the second term is smaller
    (by a quarter for three equal arms), which moves the covariance by less than 3% for effects up to 0.8.
    """
    g1, g2, n, total = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (g1, g2, n, n_total)))
    possible = np.isfinite(g1) & np.isfinite(g2) & (n >= 2) & np.isfinite(total) & (total > n)
    g1, g2, n, total = (np.where(possible, x, np.nan) for x in (g1, g2, n, total))
    return 1 / n + g1 * g2 / (2 * total)


def rom_covariance(m: ArrayLike, sd: ArrayLike, n: ArrayLike) -> NDArray:
    r"""Covariance of two log ratios of means that share an arm.

    Parameters
    ----------
    m, sd, n : array_like, shape (k,)
        Mean, standard deviation and number analysed, shared arm.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`s^2 / (n m^2)`, by the delta method as the variance [hedges1999response].
    """
    m = np.asarray(m, dtype=float)
    return md_covariance(sd, n) / np.where((m != 0) & np.isfinite(m), m, np.nan) ** 2


def rr_covariance(events: ArrayLike, n: ArrayLike) -> NDArray:
    r"""Covariance of two log risk ratios that share an arm.

    Parameters
    ----------
    events, n : array_like, shape (k,)
        People with the event and people analysed, shared arm; one half is added to both cells where one is zero.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`1/a - 1/n` [gleser2009stochastically].
    """
    a, b = _shared_cells(events, n)
    return b / (a * (a + b))


def or_covariance(events: ArrayLike, n: ArrayLike) -> NDArray:
    r"""Covariance of two log odds ratios that share an arm.

    Parameters
    ----------
    events, n : array_like, shape (k,)
        People with the event and people analysed, shared arm; one half is added to both cells where one is zero.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`1/a + 1/(n - a)` [gleser2009stochastically].
    """
    a, b = _shared_cells(events, n)
    return 1 / a + 1 / b


def rd_covariance(events: ArrayLike, n: ArrayLike) -> NDArray:
    r"""Covariance of two risk differences that share an arm.

    Parameters
    ----------
    events, n : array_like, shape (k,)
        People with the event and people analysed, shared arm; one half is added to both cells where one is zero.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`p(1 - p)/n` [gleser2009stochastically].
    """
    a, b = _shared_cells(events, n)
    return a * b / (a + b) ** 3


def _shared_cells(events: ArrayLike, n: ArrayLike) -> tuple[NDArray, NDArray]:
    """Give the shared arm's two cells, one half added to each where one is zero; nan where the arm cannot exist."""
    a, n = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(n, dtype=float))
    possible = (a >= 0) & (a <= n) & (n > 0) & np.isfinite(n)
    a, n = np.where(possible, a, np.nan), np.where(possible, n, np.nan)
    half = np.where((a == 0) | (a == n), 0.5, 0.0)
    return a + half, n - a + half
