"""Every subset of the effects pooled by itself: which trials split what the others say [olkin2012gosh]."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from synthesis.choices import CI, LEVEL, METHOD, MOST_SUBSETS, SEED, Method, model_choices
from synthesis.errors import InputError, NotEstimableError
from synthesis.machine import processors
from synthesis.statistics import kernels
from synthesis.statistics.given import effects_of
from synthesis.statistics.kernels import heterogeneity

FEWEST = 2
# Effects that the compiled kernels number in the 64 bits of a mask.
NUMBERED = 62
# Bins of the estimates, fine enough for two decimals, and of I2; those of the estimates that a picture shows.
BINS, I2_BINS, SHOWN = 4_000, 200, 200
NUMBERED_METHODS = ("REML", "ML", "DL")
# Subsets worked on at once.
CHUNK = 1 << 16
TOO_FEW = "Subsets tell trials apart from three effects on; here {k}."


@dataclass(frozen=True, eq=False)
class GoshFit:
    """Pools of subsets of k effects, counted in bins.

    Attributes
    ----------
    k : int
    method : str
    subsets : int
        Fitted, of at least two effects each.
    whole : bool
        Whether these are all there are.
    estimate_edges, I2_edges : numpy.ndarray, shapes (bins + 1,) and (201,)
    counts : numpy.ndarray, shape (bins, 200)
        Subsets by estimate and I2.
    with_effect : numpy.ndarray, shape (k, bins)
        Of those that hold an effect, by estimate.
    above : int
        Subsets with an estimate above 0.
    several_modes : int
        Subsets whose likelihood was searched for a second mode.
    seed : int
        Of a sample.

    Examples
    --------
    >>> from synthesis.statistics import gosh
    >>> fit = gosh([0.1, 0.3, 0.35, 0.2, 1.5], [0.03, 0.03, 0.05, 0.02, 0.04])
    >>> fit.k, fit.subsets
    (5, 26)
    """

    k: int
    method: str
    subsets: int
    whole: bool
    estimate_edges: np.ndarray
    I2_edges: np.ndarray
    counts: np.ndarray
    with_effect: np.ndarray
    above: int
    several_modes: int
    seed: int

    @property
    def by_estimate(self) -> np.ndarray:
        """Subsets by estimate, shape (bins,)."""
        return self.counts.sum(axis=1)

    def quantile(self, share: float | np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
        """Return quantiles of the estimates, to a bin's width; of those counted, all by default."""
        counts = self.by_estimate if counts is None else counts
        reached = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
        return np.interp(share, reached, self.estimate_edges)

    def coarser(self, bins: int = SHOWN) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return edges, `counts` and `with_effect` in fewer bins of the estimates, for pictures."""
        times = -(-len(self.counts) // bins)
        starts = np.arange(0, len(self.counts), times)
        edges = np.append(self.estimate_edges[starts], self.estimate_edges[-1])
        return edges, np.add.reduceat(self.counts, starts, axis=0), np.add.reduceat(self.with_effect, starts, axis=1)

    def in_common(self, effect: int) -> float:
        """Return how much the estimates with and without an effect have in common: 1 all, 0 nothing.

        One less the largest distance of their distribution functions. Where their densities cross once that is the
        area under both, and it does not depend on the bins.
        """
        held = self.with_effect[effect]
        other = self.by_estimate - held
        apart = np.abs(np.cumsum(held) / held.sum() - np.cumsum(other) / other.sum())
        return float(1 - apart.max())


def gosh(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    method: Method = METHOD,
    most: int = MOST_SUBSETS,
    bins: int = BINS,
    seed: int = SEED,
) -> GoshFit:
    """Pool every subset of at least two effects, or a random sample of the subsets.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    method : {"REML", "ML", "PM", "DL", "HE", "EE"}
    most : int
        All subsets where there are no more; otherwise this many, each as likely as any other, drawn with replacement.
    bins : int
        Of the estimates.
    seed : int

    Returns
    -------
    GoshFit

    Raises
    ------
    InputError
        For arrays or settings that are none.
    NotEstimableError
        With fewer than three effects.

    Notes
    -----
    The graphic display of study heterogeneity [olkin2012gosh]. Estimates lie between the smallest and the largest
    effect, so that the bins are known beforehand and memory does not grow with the subsets.

    Examples
    --------
    >>> found = gosh([0.1, 0.2, 0.15, 1.2], [0.02, 0.03, 0.02, 0.02])
    >>> found.subsets, found.whole, round(found.in_common(3), 2)
    (11, True, 0.0)
    """
    y, v = effects_of(yi, vi)
    method, _, _ = model_choices(method, CI, LEVEL)
    k = len(y)
    for name, value, least in (("most", most, 4), ("bins", bins, 2), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise InputError(f"{name} is {value!r}; it must be a whole number from {least} on.")
    if k < FEWEST + 1:
        raise NotEstimableError(TOO_FEW.format(k=k))
    whole = 2**k <= most
    span = np.array([y.min(), y.max()])
    if span[0] == span[1]:
        span += [-0.5, 0.5]
    edges, i2_edges = np.linspace(*span, bins + 1), np.linspace(0, 100, I2_BINS + 1)
    total, rng = 2**k if whole else most, np.random.default_rng(seed)
    spans = [(start, min(start + CHUNK, total)) for start in range(0, total, CHUNK)]
    loops = kernels.compiled(total) if method in NUMBERED_METHODS and k <= NUMBERED else None
    count = partial(_counted, y, v, method, span, bins, loops)
    counts, with_effect = np.zeros((bins, I2_BINS), np.int64), np.zeros((k, bins), np.int64)
    above = several = 0
    # The loops let go of Python's lock. Draws are made in their order; counts are whole numbers and have none.
    with ThreadPoolExecutor(processors()) as pool:
        if not whole:
            work: Iterable = map(count, (_drawn(rng, stop - start, k) for start, stop in spans))
        elif loops is None:
            work = map(count, (_numbered(*own, k) for own in spans))
        else:
            work = pool.map(count, (np.arange(*own, dtype=np.uint64) for own in spans))
        for own_counts, own_with, own_above, own_several in work:
            counts += own_counts
            with_effect += own_with
            above, several = above + own_above, several + own_several
    return GoshFit(k, method, int(counts.sum()), whole, edges, i2_edges, counts, with_effect, above, several, seed)


def _counted(
    y: np.ndarray,
    v: np.ndarray,
    method: Method,
    span: np.ndarray,
    bins: int,
    loops: ModuleType | None,
    subsets: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Pool some subsets, given as masks or as rows of who is in, and count them.

    Masks may hold subsets that are too small; these are left out. Returns counts by estimate and I2, by estimate for
    every effect, of those above 0, and of those searched for a second mode.
    """
    k = len(y)
    counts, with_effect = np.zeros((bins, I2_BINS), np.int64), np.zeros((k, bins), np.int64)
    if loops is None:
        if not len(subsets):
            return counts, with_effect, 0, 0
        estimate, i2 = _by_size(y, v, subsets, method)
        row = np.clip(((estimate - span[0]) / (span[1] - span[0]) * bins).astype(int), 0, bins - 1)
        column = np.clip((i2 / 100 * I2_BINS).astype(int), 0, I2_BINS - 1)
        counts += np.bincount(row * I2_BINS + column, minlength=bins * I2_BINS).reshape(bins, I2_BINS)
        for effect in range(k):
            with_effect[effect] += np.bincount(row[subsets[:, effect]], minlength=bins)
        return counts, with_effect, int((estimate > 0).sum()), 0
    masks = subsets if subsets.ndim == 1 else _masks(subsets)
    masks = masks[np.bitwise_count(masks) >= FEWEST]
    estimate, i2, doubtful = _by_mask(y, v, masks, method, loops)
    loops.count_subsets(masks, estimate, i2, float(span[0]), float(span[1]), counts, with_effect)
    return counts, with_effect, int((estimate > 0).sum()), doubtful


def _masks(held: np.ndarray) -> np.ndarray:
    return held @ (np.uint64(1) << np.arange(held.shape[1], dtype=np.uint64))


def _numbered(start: int, stop: int, k: int) -> np.ndarray:
    """Return the subsets of at least two effects with these numbers, a row each, shape (n, k)."""
    masks = np.arange(start, stop, dtype=np.uint64)
    held = (masks[:, None] >> np.arange(k, dtype=np.uint64)) & np.uint64(1) > 0
    return held[held.sum(axis=1) >= FEWEST]


def _drawn(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    """Draw subsets of at least two effects, each as likely as any other, shape (n, k)."""
    held = rng.random((n, k)) < 0.5
    while len(few := np.flatnonzero(held.sum(axis=1) < FEWEST)):
        held[few] = rng.random((len(few), k)) < 0.5
    return held


def _pooled(y: np.ndarray, v: np.ndarray, held: np.ndarray, method: Method) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the estimates and I2 of subsets, and how many were searched for a second mode."""
    loops = kernels.compiled(len(held)) if method in NUMBERED_METHODS and len(y) <= NUMBERED else None
    return (*_by_size(y, v, held, method), 0) if loops is None else _by_mask(y, v, _masks(held), method, loops)


def _by_mask(
    y: np.ndarray, v: np.ndarray, masks: np.ndarray, method: Method, loops: ModuleType
) -> tuple[np.ndarray, np.ndarray, int]:
    """Pool subsets by the compiled kernels."""
    centre = float(np.average(y, weights=1 / v))
    arrays = kernels.for_loops(y - centre, v, masks)
    _, estimate, i2, doubtful = loops.solve_subsets(*arrays, loops.CODES[method], kernels.limits())
    return estimate + centre, i2, int(doubtful.sum())


def _by_size(y: np.ndarray, v: np.ndarray, held: np.ndarray, method: Method) -> tuple[np.ndarray, np.ndarray]:
    """Pool subsets by `kernels.heterogeneity`, those of one size at once."""
    estimate, i2 = np.empty(len(held)), np.empty(len(held))
    sizes = held.sum(axis=1)
    for size in np.unique(sizes):
        own = np.flatnonzero(sizes == size)
        members = np.nonzero(held[own])[1].reshape(len(own), size).T
        yi, vi = y[members], v[members]
        tau2 = heterogeneity(yi, vi, np.ones((size, 1)), method=method)
        w, w0 = 1 / (vi + tau2), 1 / vi
        estimate[own] = (w * yi).sum(axis=0) / w.sum(axis=0)
        if method == "EE":
            Q = (w0 * (yi - estimate[own]) ** 2).sum(axis=0)
            i2[own] = 100 * np.maximum(0.0, (Q - (size - 1)) / np.maximum(Q, np.finfo(float).tiny))
        else:
            total = w0.sum(axis=0)
            typical = (size - 1) / (total - (w0 * w0).sum(axis=0) / total)
            i2[own] = 100 * tau2 / (tau2 + typical)
    return estimate, i2
