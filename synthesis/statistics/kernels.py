r"""Heterogeneity variances of thousands of data sets at once: closed forms and Newton's method on sums over trials.

A data set is a column. All that a step asks of it is in the sums of :math:`w^j z_a z_b`, j = 1 to 3, over its trials,
w the weights at a trial value of tau2 and z the columns of its design and its effects: one pass over the trials. Sums
run over the trials in their order and a column that has settled is left alone, so that a data set has the same answer,
bit for bit, whatever stands beside it, from the same engine: `lanes`, which is this compiled, or numpy. Between the two
the last of sixteen digits may differ.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import NamedTuple

import numpy as np

from synthesis.choices import Method
from synthesis.errors import InputError

# The same, compiled, where numba is installed; loading it takes as long as this many fits without it.
LANES, WORTH_LOADING = "synthesis.statistics.lanes", 200_000
COMPILED = ("REML", "ML", "PM", "DL")
MOST_COMPILED = 3  # columns of a design
MOST_STEPS = 80
# A step of Newton's this small, in units of tau2 plus the harmonic mean of the variances, is the last: the error it
# leaves is of the order of its square.
SETTLED = 1e-7
# Copying the columns that still move costs about a fifth of a step; it pays when fewer than this share do.
WORTH_COPYING = 0.5
# Numbers (trials times data sets) worked on at once: they and their products stay in the processor's cache.
BLOCK = 120_000
# Where a likelihood is looked at again for a second mode: of one that ends at 0 in units of the harmonic mean of the
# sampling variances, of one that ends elsewhere in units of where it ends.
# The last two of the former are in units of the smallest variance: a mode may lie between it and the mean.
PROBES, NEAR = (0.25, 1.0, 4.0, 0.8, 2.0), (0.0625, 0.25, 4.0, 16.0, 64.0)
OF_MEAN = 3
# A likelihood that may have two modes is looked at in so many places, each so many times the one before, from this
# share of the smallest variance on: fifteen decades, in steps within which a sum of 1 / (v + tau2) hardly turns.
PLACES, APART, NEAREST = 64, 1.75, 1e-3
NO_INTERCEPT = "X must begin with the intercept, a column of ones."


def heterogeneity(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, *, method: Method) -> np.ndarray:
    r"""Estimate tau2 for each of d data sets, never below zero.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
        Effects and sampling variances, a data set a column.
    X : numpy.ndarray, shape (k, p) or (k, p, d)
        The design they share, or that of each, of full rank, k > p; its first column is the intercept's, ones.
    method : {"REML", "ML", "PM", "DL", "HE", "EE"}

    Returns
    -------
    numpy.ndarray, shape (d,)

    Raises
    ------
    InputError
        For a design without an intercept: effects are taken about their mean, which would change its answer.

    Notes
    -----
    With :math:`P = W - WX(X'WX)^{-1}X'W` the score of REML is half of :math:`y'PPy - \mathrm{tr} P` and its observed
    information half of :math:`2 y'PPPy - \mathrm{tr} PP`; without X in the traces for ML [viechtbauer2005bias].
    Newton's steps use it, Fisher's (the expected information, half of tr PP) where it is not positive; each stays
    inside the bracket that the signs of earlier scores leave. A likelihood that may have several modes, by its course
    on the way, at 0 and at three places more, is looked at over fifteen decades, and the highest mode is taken. PM is
    the tau2 at which the generalised Q equals k - p [paule1982consensus], DL the moment estimate from Q at zero
    [dersimonian1986meta], HE that from unweighted residuals [hedges1985statistical] [veroniki2016].
    """
    yi, vi, X = np.asarray(yi, float), np.asarray(vi, float), np.asarray(X, float)
    k, d = yi.shape
    if method == "EE":
        return np.zeros(d)
    width = max(2, BLOCK // k)
    _require_intercept(X)
    p = X.shape[1]
    loops = compiled(d) if method in COMPILED and p <= MOST_COMPILED else None
    # Of several moderators their span is enough, and columns that stand upright on each other lose no digits.
    own = _basis(X) if loops and p > 2 else X
    x = np.concatenate([own[:, j] for j in range(1, p)]) if p > 1 else None
    if loops:
        return _side_by_side(loops, yi, vi, x, method)[0]
    found = _in_blocks(yi, vi, _basis(X), method, width)
    several = np.flatnonzero(np.isnan(found))
    for at in range(0, len(several), max(1, width // PLACES)):
        own = several[at : at + max(1, width // PLACES)]
        data = yi[:, own], vi[:, own], _basis(_of(X, own))
        found[own] = _padded(*data, lambda data: _highest(data, restricted=method == "REML"))
    return found


def fitted(yi: np.ndarray, vi: np.ndarray, x: np.ndarray | None, *, method: Method) -> np.ndarray | None:
    """Return tau2, last coefficient, its variance and the factor of Knapp and Hartung by the compiled loops.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    x : numpy.ndarray, shape (k,) or (k, d), or None
        The moderator beside the mean; None for a mean alone.
    method : str

    Returns
    -------
    numpy.ndarray, shape (4, d), or None
        None where they are not loaded and d is not worth it, or do not know the method.
    """
    loops = compiled(yi.shape[1]) if method in COMPILED or method == "EE" else None
    if loops is None:
        return None
    return _side_by_side(loops, yi, vi, x, method)


def log_likelihood(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, tau2: np.ndarray, *, method: Method) -> np.ndarray:
    """Return the log likelihood at a tau2 of each data set, REML's or ML's, up to a constant, shape (d,)."""
    basis = _basis(np.asarray(X, float))
    return _log_likelihood(_data(yi, vi, basis), tau2, restricted=method == "REML")


def load_compiled() -> bool:
    """Load the compiled kernels for whatever is fitted from now on; False where numba is not installed."""
    loops = compiled(WORTH_LOADING)
    two = np.ones((3, 2))
    if loops:
        _side_by_side(loops, two, two, None, "DL")
    return loops is not None


def _basis(X: np.ndarray) -> np.ndarray:
    """Return what spans the same as each design: a mean as it is, others orthonormal; refuse one without a mean."""
    _require_intercept(X)
    return X if X.shape[1] == 1 else _orthonormal(X)


def _require_intercept(X: np.ndarray) -> None:
    if not (X[:, 0] == 1).all():
        raise InputError(NO_INTERCEPT)


def compiled(fits: int) -> ModuleType | None:
    """Return the compiled kernels where they are loaded, or where this many fits are worth the time of loading them."""
    if LANES in sys.modules:
        return sys.modules[LANES]
    if fits < WORTH_LOADING or find_spec("numba") is None:
        return None
    try:
        return import_module(LANES)
    except (
        ImportError,
        RuntimeError,
    ):  # a numba that knows this numpy not yet, or has nowhere to keep what it compiles
        return None


def _side_by_side(
    loops: ModuleType, yi: np.ndarray, vi: np.ndarray, x: np.ndarray | None, method: Method
) -> np.ndarray:
    p = 1 if x is None else 1 + len(x) // len(yi)
    x = np.ones((len(yi), 1)) if x is None else x[:, None] if x.ndim == 1 else x
    return loops.solve(*for_loops(yi, vi, x), p, loops.CODES[method], limits())


def for_loops(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return arrays as the compiled loops take them: one that may not be written would be compiled for once more."""
    return tuple(np.require(array, None, ["C", "W"]) for array in arrays)


class Limits(NamedTuple):
    """Where the compiled loops look for a second mode, when they stop, and where they look for every mode."""

    probes: np.ndarray
    near: np.ndarray
    settled_at: float
    most_steps: int
    grid: np.ndarray


def limits() -> Limits:
    """Return the limits that are set above, for the compiled loops."""
    return Limits(np.array(PROBES), np.array(NEAR), SETTLED, MOST_STEPS, NEAREST * _grid())


def _grid() -> np.ndarray:
    """Return the places of a closer look in units of the nearest, 0 first: exact multiples.

    A root or a power may have other last digits in another place of an array.
    """
    return np.concatenate([[0.0], np.cumprod(np.full(PLACES, APART))])


def _in_blocks(yi: np.ndarray, vi: np.ndarray, basis: np.ndarray, method: Method, width: int) -> np.ndarray:
    blocks = [slice(at, at + width) for at in range(0, yi.shape[1], width)]
    solve = _solver(method, len(yi) - basis.shape[1])
    return np.concatenate([_padded(yi[:, b], vi[:, b], _of(basis, b), solve) for b in blocks] or [np.zeros(0)])


def solve_q(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, target: float) -> np.ndarray:
    """Solve Q(tau2) = target for each data set; 0 where Q(0) is smaller.

    With k - p as its target this is the Paule-Mandel estimate, with quantiles of chi-square the ends of the Q-profile
    interval. Q falls in tau2, nearly as 1 / (v + tau2): Newton's steps are taken for 1 / Q, which is nearly straight.
    Its slope is minus the sum of squared weights times squared residuals, the coefficients being at their optimum.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    X : numpy.ndarray, shape (k, p) or (k, p, d)
    target : float

    Returns
    -------
    numpy.ndarray, shape (d,)
    """
    X = np.asarray(X, float)
    basis = _basis(X)
    return _padded(np.asarray(yi, float), np.asarray(vi, float), basis, lambda data: _solve_q(data, target))


def _solver(method: Method, df: int) -> Callable[[_Data], np.ndarray]:
    return {
        "REML": lambda data: _most_likely(data, restricted=True),
        "ML": lambda data: _most_likely(data, restricted=False),
        "PM": lambda data: _solve_q(data, df),
        "DL": _from_q_at_zero,
        "HE": _unweighted,
    }[method]


def _of(basis: np.ndarray, columns: slice | np.ndarray) -> np.ndarray:
    """Return the design of some data sets: the shared one, or their own."""
    return basis if basis.ndim == 2 else basis[:, :, columns]


def _padded(yi: np.ndarray, vi: np.ndarray, basis: np.ndarray, solve: Callable[[_Data], np.ndarray]) -> np.ndarray:
    """Solve two columns where there is one: numpy sums a single column in another order than many."""
    if yi.shape[1] != 1:
        return solve(_data(yi, vi, basis))
    twice = basis if basis.ndim == 2 else np.repeat(basis, 2, axis=2)
    return solve(_data(np.repeat(yi, 2, axis=1), np.repeat(vi, 2, axis=1), twice))[:1]


@dataclass(frozen=True, eq=False)
class _Data:
    """Data sets and the products of their columns.

    Attributes
    ----------
    products : numpy.ndarray, shape (pairs, k, d)
        Of columns a <= b of the design and, last, the effects.
    v : numpy.ndarray, shape (k, d)
    p : int
        Columns of the design.
    """

    products: np.ndarray
    v: np.ndarray
    p: int

    @property
    def df(self) -> int:
        """Effects less coefficients."""
        return len(self.v) - self.p

    def of(self, columns: np.ndarray) -> _Data:
        """Return some of the data sets, laid out as all are: numpy's plain indexing may lay them out otherwise."""
        columns = np.flatnonzero(columns) if columns.dtype == bool else columns
        return _Data(np.take(self.products, columns, axis=2), np.take(self.v, columns, axis=1), self.p)

    def sums(self, w: np.ndarray) -> np.ndarray:
        """Sum the products by these weights, shape (pairs, d)."""
        return np.einsum("fkd,kd->fd", self.products, w)

    def pair(self, a: int, b: int) -> int:
        """Return where the product of two columns is, p being the effects."""
        return _pairs(self.p)[a][b]


@cache
def _pairs(p: int) -> list[list[int]]:
    """Number the pairs a <= b of p columns and the effects, and find them in either order."""
    places: dict[tuple[int, int], int] = {}
    for a in range(p + 1):
        for b in range(a, p + 1):
            places[a, b] = places[b, a] = len(set(places.values()))
    return [[places[a, b] for b in range(p + 1)] for a in range(p + 1)]


def _data(yi: np.ndarray, vi: np.ndarray, basis: np.ndarray) -> _Data:
    """Take the effects about their mean at tau2 = 0, so that no sum is the small difference of large ones."""
    yi, vi = np.ascontiguousarray(yi), np.ascontiguousarray(vi)
    w = 1 / vi
    centred = yi - (w * yi).sum(axis=0) / w.sum(axis=0)
    p = basis.shape[1]
    shape = yi.shape
    columns = [np.broadcast_to(basis[:, j] if basis.ndim == 3 else basis[:, j, None], shape) for j in range(p)]
    columns.append(centred)
    products = [columns[a] * columns[b] for a in range(p + 1) for b in range(a, p + 1)]
    return _Data(np.stack(products), vi, p)


def _orthonormal(X: np.ndarray) -> np.ndarray:
    """Return designs of the same columns' span that cannot be badly conditioned, shape as given."""
    return np.linalg.qr(X).Q if X.ndim == 2 else np.moveaxis(np.linalg.qr(np.moveaxis(X, 2, 0)).Q, 0, 2)


@dataclass(frozen=True, eq=False)
class _Fit:
    """Weighted least squares in each column: what the first sums give.

    Attributes
    ----------
    bread : list of list of numpy.ndarray
        (X'WX)^-1, shape (p, p, d).
    contrast : list of numpy.ndarray
        What takes the columns to the residuals: minus the coefficients, and 1.
    log_det : numpy.ndarray, shape (d,)
        Of X'WX.
    Q : numpy.ndarray, shape (d,)
    """

    bread: list[list[np.ndarray]]
    contrast: list[np.ndarray]
    det: np.ndarray
    Q: np.ndarray


def _fit(data: _Data, first: np.ndarray) -> _Fit:
    p = data.p
    bread, det = _inverses([[first[data.pair(i, j)] for j in range(p)] for i in range(p)])
    right = [first[data.pair(j, p)] for j in range(p)]
    contrast = [-sum(row[j] * right[j] for j in range(p)) for row in bread]
    Q = first[data.pair(p, p)] + sum(contrast[j] * right[j] for j in range(p))
    return _Fit(bread, [*contrast, np.ones_like(Q)], det, Q)


def _residual_sums(data: _Data, fit: _Fit, sums: np.ndarray) -> list[np.ndarray]:
    """Return the sums of weights times residual times each column, the effects last."""
    every = range(data.p + 1)
    return [sum(sums[data.pair(a, b)] * fit.contrast[b] for b in every) for a in every]


@dataclass(frozen=True, eq=False)
class _Slopes:
    """Twice the first and second derivatives of the log likelihood in tau2, one of each a column."""

    score: np.ndarray
    observed: np.ndarray
    expected: np.ndarray


def _slopes(data: _Data, tau2: np.ndarray, *, restricted: bool) -> _Slopes:
    p = range(data.p)
    w = 1 / (data.v + tau2)
    fit = _fit(data, data.sums(w))
    trace = w.sum(axis=0)
    w2 = w * w
    second = data.sums(w2)
    trace2 = w2.sum(axis=0)
    w2 *= w
    third = data.sums(w2)
    by_column = _residual_sums(data, fit, second)
    yppy = sum(fit.contrast[a] * by_column[a] for a in range(data.p + 1))
    thrice = _residual_sums(data, fit, third)
    ypppy = sum(fit.contrast[a] * thrice[a] for a in range(data.p + 1))
    ypppy = ypppy - sum(fit.bread[i][j] * (by_column[i] * by_column[j]) for i in p for j in p)
    if restricted:
        ratio = [[sum(fit.bread[i][m] * second[data.pair(m, j)] for m in p) for j in p] for i in p]
        trace = trace - sum(ratio[j][j] for j in p)
        trace2 = trace2 - 2 * sum(fit.bread[i][j] * third[data.pair(i, j)] for i in p for j in p)
        trace2 = trace2 + sum(ratio[i][j] * ratio[j][i] for i in p for j in p)
    return _Slopes(yppy - trace, 2 * ypppy - trace2, trace2)


def _log_likelihood(data: _Data, tau2: np.ndarray, *, restricted: bool) -> np.ndarray:
    """Return the log (restricted) likelihood up to a constant, shape (d,)."""
    w = 1 / (data.v + tau2)
    fit = _fit(data, data.sums(w))
    twice = np.log(w).sum(axis=0) - fit.Q
    return 0.5 * (twice - np.log(fit.det) if restricted else twice)


def _most_likely(data: _Data, *, restricted: bool) -> np.ndarray:
    """Maximise the (restricted) likelihood by one search; nan where it may have several modes."""
    d = data.v.shape[1]
    at_zero = _slopes(data, np.zeros(d), restricted=restricted)
    found = _climb(data, _from_q_at_zero(data), np.zeros(d), np.full(d, np.inf), restricted=restricted)
    several = np.isnan(found) | ((found > 0) & (at_zero.score < 0))
    return np.where(several | _turns_elsewhere(data, found, restricted=restricted), np.nan, found)


def _climb(
    data: _Data, tau2: np.ndarray, low: np.ndarray, high: np.ndarray, *, restricted: bool, within: bool = False
) -> np.ndarray:
    """Search from tau2 within a bracket; nan where that does not settle.

    And where a step meets a likelihood that curves upwards, as between modes, unless the bracket is known to hold one
    mode only: there such steps halve it.
    """
    d = data.v.shape[1]
    scale = len(data.v) / (1 / data.v).sum(axis=0)
    result, columns = np.full(d, np.nan), np.arange(d)
    settled = np.zeros(d, bool)
    for _ in range(MOST_STEPS):
        here = _slopes(data, tau2, restricted=restricted)
        low, high = np.where(here.score > 0, tau2, low), np.where(here.score < 0, tau2, high)
        bent = here.observed <= 0
        new = np.maximum(tau2 + here.score / np.where(bent, here.expected, here.observed), 0.0)
        between_modes = bent & (within | (tau2 > 0))
        new = np.where(between_modes, (low + high) / 2 if within else np.nan, new)
        # The error that a step of Newton's leaves is of the order of its square; that of another, of itself.
        moving = np.abs(new - tau2) > np.where(bent, SETTLED**2, SETTLED) * (new + scale)
        # Asked of steps that still move only: at the root, rounding would throw a settled one out of its bracket.
        outside = moving & ((new < low) | (new > high))
        new = np.where(outside, np.where(np.isinf(high), 2 * tau2 + scale, (low + high) / 2), new)
        tau2 = np.where(settled, tau2, new)
        settled |= ~moving
        if settled.all() or (~settled).mean() < WORTH_COPYING:
            result[columns[settled]] = tau2[settled]
            left = ~settled
            if left.sum() == 1:  # never alone: see _padded
                left[np.flatnonzero(settled)[0]] = True
            if not (left & ~settled).any():
                return result
            columns, tau2, scale, low, high = columns[left], tau2[left], scale[left], low[left], high[left]
            settled, data = settled[left], data.of(left)
    result[columns[settled]] = tau2[settled]
    return result


def _turns_elsewhere(data: _Data, found: np.ndarray, *, restricted: bool) -> np.ndarray:
    """Say in which columns the likelihood rises somewhere beyond the mode that was found, or falls before it."""
    typical = len(data.v) / (1 / data.v).sum(axis=0)
    turns = np.zeros(len(found), bool)
    least = data.v.min(axis=0)
    for number, (near, probe) in enumerate(zip(NEAR, PROBES, strict=True)):
        place = np.where(found > 0, near * found, probe * (typical if number < OF_MEAN else least))
        score = _slopes(data, place, restricted=restricted).score
        turns |= np.where((found > 0) & (near < 1), score < 0, score > 0)
    return turns


def _highest(data: _Data, *, restricted: bool) -> np.ndarray:
    """Find every mode of likelihoods that may have several, and return the highest."""
    d = data.v.shape[1]
    places = NEAREST * data.v.min(axis=0) * _grid()[:, None]
    everywhere = data.of(np.tile(np.arange(d), len(places)))
    rising = _slopes(everywhere, places.ravel(), restricted=restricted).score.reshape(places.shape) > 0
    best, height = np.zeros(d), _log_likelihood(data, np.zeros(d), restricted=restricted)
    height = np.where(rising[0], -np.inf, height)
    turns = rising[:-1] & ~rising[1:]
    for one in range(int(turns.sum(axis=0).max(initial=0))):
        # The place before each column's mode number `one`.
        here = (turns & (np.cumsum(turns, axis=0) == one + 1)).argmax(axis=0)
        there = turns.sum(axis=0) > one
        low, high = places[here, np.arange(d)], places[here + 1, np.arange(d)]
        mode = _climb(data, (low + high) / 2, low, high, restricted=restricted, within=True)
        reached = _log_likelihood(data, mode, restricted=restricted)
        better = there & (reached > height)
        best, height = np.where(better, mode, best), np.where(better, reached, height)
    return best


def _solve_q(data: _Data, target: float) -> np.ndarray:
    d = data.v.shape[1]
    tau2, low, high = np.zeros(d), np.zeros(d), np.full(d, np.inf)
    settled = np.zeros(d, bool)
    for _ in range(MOST_STEPS):
        w = 1 / (data.v + tau2)
        fit = _fit(data, data.sums(w))
        squares = _residual_sums(data, fit, data.sums(w * w))
        falls = sum(fit.contrast[a] * squares[a] for a in range(data.p + 1))
        excess = fit.Q - target
        low, high = np.where(excess > 0, tau2, low), np.where(excess < 0, tau2, high)
        step = excess * (fit.Q / target) / np.maximum(falls, np.finfo(float).tiny)
        new = np.maximum(tau2 + step, 0.0)
        moving = np.abs(new - tau2) > 1e-15 + 1e-13 * tau2
        new = np.where(moving & ((new < low) | (new > high)), (low + np.minimum(high, new)) / 2, new)
        tau2 = np.where(settled, tau2, new)
        settled |= ~moving
        if settled.all():
            break
    return tau2


def _from_q_at_zero(data: _Data) -> np.ndarray:
    """Return the DerSimonian-Laird estimates."""
    p = range(data.p)
    w = 1 / data.v
    fit, second = _fit(data, data.sums(w)), data.sums(w * w)
    trace = w.sum(axis=0) - sum(fit.bread[i][j] * second[data.pair(i, j)] for i in p for j in p)
    return np.maximum((fit.Q - data.df) / trace, 0.0)


def _unweighted(data: _Data) -> np.ndarray:
    """Return the Hedges estimates: the residual variance less what sampling makes of it."""
    p = range(data.p)
    fit, sampled = _fit(data, data.sums(np.ones_like(data.v))), data.sums(data.v)
    expected = data.v.sum(axis=0) - sum(fit.bread[i][j] * sampled[data.pair(i, j)] for i in p for j in p)
    return np.maximum((fit.Q - expected) / data.df, 0.0)


def _inverses(matrices: list[list[np.ndarray]]) -> tuple[list[list[np.ndarray]], np.ndarray]:
    """Invert d positive definite matrices (p, p, d), by sweeping out their rows; return their determinants too."""
    swept = [list(row) for row in matrices]
    det = np.ones_like(matrices[0][0])
    every = range(len(swept))
    for j in every:
        pivot = swept[j][j]
        det = det * pivot
        row = [swept[j][m] / pivot for m in every]
        column = [swept[i][j] for i in every]
        for i in every:
            for m in every:
                if i != j and m != j:
                    swept[i][m] = swept[i][m] - column[i] * row[m]
        for m in every:
            swept[j][m], swept[m][j] = row[m], -column[m] / pivot
        swept[j][j] = 1 / pivot
    return swept, det
