"""Heterogeneity variances of thousands of data sets at once, by Newton's method on arrays.

A permutation test fits the same trials in ten thousand arrangements, and a search for each by itself would take longer
than everything else in a report. Here each step is one pass over all data sets, a data set a column. Columns that one
search cannot be trusted with, because their likelihood may have two modes, are given back as nan for a slower one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_STEPS = 60
# A step of Newton's this small, in units of tau2 plus the mean sampling variance, is the last: the error it leaves is
# of the order of its square.
SETTLED = 1e-7
# Copying the columns that still move costs about a fifth of a step; it pays when fewer than this share do.
WORTH_COPYING = 0.5
# Where a likelihood is looked at again for a second mode, in units of the harmonic mean of the sampling variances.
PROBES = (0.25, 1.0, 4.0)


def likelihood_tau2(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, *, restricted: bool) -> np.ndarray:
    """Maximise the (restricted) likelihood in tau2 for each data set.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
        Effects and variances, a data set a column.
    X : numpy.ndarray, shape (k, p) or (k, p, d)
        The design they share, or that of each, of full rank, k > p.
    restricted : bool
        REML; otherwise ML.

    Returns
    -------
    numpy.ndarray, shape (d,)
        The estimates, to about twelve digits; nan where the likelihood may have a second mode, or the search did not
        settle.

    Notes
    -----
    With P = W - W X (X'WX)^-1 X'W the score is half of y'PPy - tr P and the observed information half of 2 y'PPPy - tr
    PP; without X in the traces for ML [viechtbauer2005bias]. Newton's steps use it, Fisher's (the expected information,
    half of tr PP) where it is not positive; each stays inside the bracket that the signs of earlier scores leave.
    """
    basis = _orthonormal(X)
    at_zero = _slopes(yi, vi, basis, np.zeros(yi.shape[1]), restricted=restricted)
    mean = vi.mean(axis=0)
    result = np.full(yi.shape[1], np.nan)
    columns, y, v, own, scale = np.arange(yi.shape[1]), yi, vi, basis, mean
    tau2 = _moment_tau2(yi, vi, basis)
    low, high = np.zeros_like(tau2), np.full_like(tau2, np.inf)
    bent = np.zeros(yi.shape[1], bool)  # a step met a likelihood that curves upwards, as between two modes
    for _ in range(MOST_STEPS):
        here = _slopes(y, v, own, tau2, restricted=restricted)
        low, high = np.where(here.score > 0, tau2, low), np.where(here.score < 0, tau2, high)
        newton = here.observed > 0
        bent[columns[~newton & (tau2 > 0)]] = True
        new = np.maximum(tau2 + here.score / np.where(newton, here.observed, here.expected), 0.0)
        moving = np.abs(new - tau2) > np.where(newton, SETTLED, SETTLED**2) * (new + scale)
        # Asked of steps that still move only: at the root, rounding would throw a settled one out of its bracket.
        outside = moving & ((new < low) | (new > high))
        tau2 = np.where(outside, (low + high) / 2, new)
        if moving.mean() < WORTH_COPYING or not moving.any():
            result[columns[~moving]] = tau2[~moving]
            columns, y, v, own = columns[moving], y[:, moving], v[:, moving], _of(own, moving)
            tau2, scale, low, high = tau2[moving], scale[moving], low[moving], high[moving]
            if not len(columns):
                break
    result[(result > 0) & (bent | (at_zero.score < 0))] = np.nan
    zero = np.flatnonzero(result == 0)
    result[zero[_rises(yi[:, zero], vi[:, zero], _of(basis, zero), restricted=restricted)]] = np.nan
    return result


def _rises(yi: np.ndarray, vi: np.ndarray, basis: np.ndarray, *, restricted: bool) -> np.ndarray:
    """Say in which columns the likelihood rises again somewhere beyond zero, so that zero may not be its maximum."""
    rises = np.zeros(yi.shape[1], bool)
    typical = 1 / (1 / vi).mean(axis=0)
    for probe in PROBES if len(rises) else ():
        rises |= _slopes(yi, vi, basis, probe * typical, restricted=restricted).score > 0
    return rises


def solve_q(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, target: float) -> np.ndarray:
    """Solve Q(tau2) = target for each data set by Newton's method; 0 where Q(0) is smaller.

    With k - p as its target this is the Paule-Mandel estimate, with quantiles of chi-square the ends of the Q-profile
    interval. Q falls and is convex in tau2, so Newton's steps from zero approach the root from below and never pass it;
    its slope is minus the sum of squared weights times squared residuals, the coefficients being at their optimum.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    X : numpy.ndarray, shape (k, p) or (k, p, d)
    target : float

    Returns
    -------
    numpy.ndarray, shape (d,)
    """
    basis = _orthonormal(X)
    tau2 = np.zeros(yi.shape[1])
    for _ in range(200):
        w = 1 / (vi + tau2)
        weighted, _ = _weighted_residuals(yi, basis, w)
        squares = weighted * weighted
        excess = (squares / w).sum(axis=0) - target
        step = np.where(excess > 0, excess / squares.sum(axis=0).clip(1e-300), 0.0)
        tau2 = tau2 + step
        if (step <= 1e-15 + 1e-13 * tau2).all():
            break
    return tau2


@dataclass(frozen=True, eq=False)
class _Slopes:
    """Twice the first and second derivatives of the log likelihood in tau2, one of each a column."""

    score: np.ndarray
    observed: np.ndarray
    expected: np.ndarray


def _slopes(y: np.ndarray, v: np.ndarray, basis: np.ndarray, tau2: np.ndarray, *, restricted: bool) -> _Slopes:
    w = 1 / (v + tau2)
    weighted, bread = _weighted_residuals(y, basis, w)  # Py
    squares = weighted * weighted
    yppy = squares.sum(axis=0)
    np.multiply(squares, w, out=squares)
    weighted *= w
    twice_weighted = _right(basis, weighted)  # X'W Py
    ypppy = squares.sum(axis=0) - _form(bread, twice_weighted)
    w2 = w * w
    trace, trace2 = w.sum(axis=0), w2.sum(axis=0)
    if restricted:
        second = _crossproducts(basis, w2)
        w2 *= w
        third = _crossproducts(basis, w2)
        ratio = _product(bread, second)
        trace = trace - sum(ratio[j, j] for j in range(len(ratio)))
        trace2 = trace2 - 2 * _trace(bread, third) + _trace(ratio, ratio)
    return _Slopes(yppy - trace, 2 * ypppy - trace2, trace2)


def _moment_tau2(yi: np.ndarray, vi: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Return the DerSimonian-Laird estimates, from which the search starts."""
    w = 1 / vi
    weighted, bread = _weighted_residuals(yi, basis, w)
    q = (weighted * weighted / w).sum(axis=0)
    trace = w.sum(axis=0) - _trace(bread, _crossproducts(basis, w * w))
    return np.maximum((q - (len(basis) - basis.shape[1])) / trace, 0.0)


def _weighted_residuals(yi: np.ndarray, X: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return W(y - X beta) at each column's weighted least squares, and its (X'WX)^-1 of shape (p, p, d)."""
    bread = _inverses(_crossproducts(X, w))
    right = _right(X, w * yi)
    beta = np.stack([sum(row[j] * right[j] for j in range(len(right))) for row in bread])
    residuals = yi - (X @ beta if X.ndim == 2 else np.einsum("kpd,pd->kd", X, beta))
    residuals *= w
    return residuals, bread


def _orthonormal(X: np.ndarray) -> np.ndarray:
    """Return designs of the same columns' span that cannot be badly conditioned, shape as given."""
    return np.linalg.qr(X).Q if X.ndim == 2 else np.moveaxis(np.linalg.qr(np.moveaxis(X, 2, 0)).Q, 0, 2)


def _of(X: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the design of some data sets: the shared one, or their own."""
    return X if X.ndim == 2 else X[:, :, columns]


def _right(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return X'y for each column, shape (p, d)."""
    return X.T @ y if X.ndim == 2 else np.einsum("kpd,kd->pd", X, y)


def _crossproducts(X: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return X'WX for each column of weights, shape (p, p, d)."""
    if X.ndim == 3:
        return np.stack(
            [np.stack([np.sum(a * b * w, axis=0) for b in np.moveaxis(X, 1, 0)]) for a in np.moveaxis(X, 1, 0)]
        )
    k, p = X.shape
    squares = (X[:, :, None] * X[:, None, :]).reshape(k, p * p)
    return (squares.T @ w).reshape(p, p, -1)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply d pairs of matrices (p, p, d)."""
    p = range(len(a))
    return np.stack([np.stack([sum(a[i, m] * b[m, j] for m in p) for j in p]) for i in p])


def _trace(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the traces of d products of matrices (p, p, d)."""
    p = range(len(a))
    return sum(a[i, j] * b[j, i] for i in p for j in p)


def _form(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return x'ax of d symmetric matrices (p, p, d) and vectors (p, d)."""
    p = range(len(a))
    return sum(a[i, j] * (x[i] * x[j]) for i in p for j in p)


def _inverses(matrices: np.ndarray) -> np.ndarray:
    """Invert d positive definite matrices (p, p, d) by sweeping out each of their p rows in all of them at once."""
    swept = matrices.copy()
    for j in range(len(swept)):
        pivot, row, column = swept[j, j].copy(), swept[j] / swept[j, j], swept[:, j].copy()
        swept -= column[:, None] * row
        swept[j], swept[:, j], swept[j, j] = row, -column / pivot, 1 / pivot
    return swept
