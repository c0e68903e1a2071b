"""Slice sampling of many independent blocks at once: no step size to tune, and exact at every step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

FULL_TURN = 2 * np.pi
# An interval that has shrunk this often is a point.
MOST_SHRINKS = 200


def elliptical_slice(
    at: np.ndarray,
    direction: np.ndarray,
    log_likelihood: Callable[..., np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    r"""Move blocks whose prior is normal about zero, each along an ellipse through its place and a draw of its prior.

    Parameters
    ----------
    at : numpy.ndarray, shape (..., d)
        Where the blocks are; every leading index is a block of d numbers.
    direction : numpy.ndarray, shape (..., d)
        A draw of each block's prior.
    log_likelihood : callable
        Takes n blocks, shape (n, d), and where they are, one array of indices a leading index, and returns shape (n,);
        a block's depends on that block alone. -inf where it may not be.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (..., d)

    Notes
    -----
    A height below the likelihood is drawn, then an angle; the bracket of angles shrinks towards 0 until the place is
    above the height [murray2010elliptical]. All blocks shrink side by side, each until it is there.
    """
    place = np.indices(at.shape[:-1]).reshape(at.ndim - 1, -1)
    found, ways = at.reshape(-1, at.shape[-1]).copy(), direction.reshape(-1, at.shape[-1])
    n = len(found)
    height = log_likelihood(found, *place) + np.log1p(-rng.random(n))
    angle = rng.random(n) * FULL_TURN
    low, high = angle - FULL_TURN, angle.copy()
    open_ = np.arange(n)
    for _ in range(MOST_SHRINKS):
        turn = angle[open_, None]
        there = found[open_] * np.cos(turn) + ways[open_] * np.sin(turn)
        above = log_likelihood(there, *place[:, open_]) > height[open_]
        found[open_[above]] = there[above]
        open_ = open_[~above]
        if not len(open_):
            break
        left = angle[open_] < 0
        low[open_[left]], high[open_[~left]] = angle[open_[left]], angle[open_[~left]]
        angle[open_] = low[open_] + rng.random(len(open_)) * (high[open_] - low[open_])
    return found.reshape(at.shape)


def bounded_slice(
    at: np.ndarray,
    low: float,
    high: float,
    log_density: Callable[[np.ndarray], np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """Move numbers within bounds by slices that start as wide as the bounds and shrink [neal2003slice].

    Parameters
    ----------
    at : numpy.ndarray, shape (b,)
    low, high : float
    log_density : callable
        Takes all numbers and returns shape (b,); -inf where one may not be.
    rng : numpy.random.Generator
    """
    height = log_density(at) + np.log1p(-rng.random(at.shape))
    left, right = np.full(at.shape, low), np.full(at.shape, high)
    found, open_ = at.copy(), np.ones(at.shape, bool)
    for _ in range(MOST_SHRINKS):
        there = left + rng.random(at.shape) * (right - left)
        taken = open_ & (log_density(there) > height)
        found[taken] = there[taken]
        open_ &= ~taken
        if not open_.any():
            break
        left, right = np.where(there < at, there, left), np.where(there < at, right, there)
    return found
