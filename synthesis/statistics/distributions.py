"""Quantiles and tails of the reference distributions, from the special functions that scipy.stats asks too.

The same numbers; but scipy.stats takes longer to import than a pool takes to compute.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, fdtrc, gammaincinv, ndtr, ndtri, stdtr, stdtrit


def normal_quantile(p: ArrayLike) -> NDArray | float:
    """Return the standard normal quantile of probabilities."""
    return ndtri(p)


def normal_tail(z: ArrayLike) -> NDArray | float:
    """Return P(Z > z) of a standard normal Z."""
    return ndtr(-np.asarray(z, dtype=float))


def t_quantile(p: ArrayLike, df: ArrayLike) -> NDArray | float:
    """Return the quantile of Student's t; of the normal where `df` is infinite."""
    df = np.asarray(df, dtype=float)
    return np.where(np.isinf(df), ndtri(p), stdtrit(np.where(np.isinf(df), 1.0, df), p))[()]


def t_tail(t: ArrayLike, df: ArrayLike) -> NDArray | float:
    """Return P(T > t) of Student's t; of the normal where `df` is infinite."""
    t, df = np.asarray(t, dtype=float), np.asarray(df, dtype=float)
    return np.where(np.isinf(df), ndtr(-t), stdtr(np.where(np.isinf(df), 1.0, df), -t))[()]


def chi2_quantile(p: ArrayLike, df: ArrayLike) -> NDArray | float:
    """Return the quantile of a chi-square distribution."""
    return 2 * gammaincinv(np.asarray(df, dtype=float) / 2, p)


def chi2_tail(q: ArrayLike, df: ArrayLike) -> NDArray | float:
    """Return P(X > q) of a chi-square distribution."""
    return chdtrc(df, q)


def f_tail(f: ArrayLike, df_num: ArrayLike, df_denom: ArrayLike) -> NDArray | float:
    """Return P(F > f) of an F distribution."""
    return fdtrc(df_num, df_denom, f)
