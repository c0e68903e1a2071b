"""Integrals over a standard deviation, from 0 to infinity, where the integrand may be narrow, or have a heavy tail."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

# The search for where the integrand lives runs this far on the scale of asinh(sd / scale), in this many steps.
FARTHEST, STEPS = 40.0, 1200
# What is smaller than the largest value by this many units of the log adds nothing.
NEGLIGIBLE = 45.0
PANELS, NODES = 40, 12

LogDensity = Callable[[np.ndarray], np.ndarray]


def support(log_density: LogDensity, scale: float, *, steps: int = STEPS) -> tuple[float, float]:
    """Find where a density of a standard deviation lives.

    Parameters
    ----------
    log_density : callable
        Of standard deviations, shape (n,) to (n,); up to a constant.
    scale : float
        Below it the search is even, above it even on the log scale.

    Returns
    -------
    tuple of float
        Ends of the range outside of which the density, times the length of a step, is negligible.
    """
    x = np.linspace(0.0, FARTHEST, steps)
    heights = log_density(scale * np.sinh(x)) + np.log(np.cosh(x))
    kept = np.flatnonzero(heights > heights.max() - NEGLIGIBLE)
    low, high = max(kept[0] - 1, 0), min(kept[-1] + 1, steps - 1)
    return float(scale * np.sinh(x[low])), float(scale * np.sinh(x[high]))


def rule(
    low: float, high: float, scale: float, *, panels: int = PANELS, nodes: int = NODES
) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss-Legendre nodes between two standard deviations, and the logarithms of their weights.

    The panels are even in asinh(sd / scale), so that the rule is as fine near 0 as in a tail over many powers of ten.
    """
    at, weights = _gauss(nodes)
    edges = np.linspace(np.arcsinh(low / scale), np.arcsinh(high / scale), panels + 1)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + at)).ravel()
    return scale * np.sinh(x), np.log((half * weights).ravel() * scale * np.cosh(x))


@cache
def _gauss(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes of Gauss and Legendre between -1 and 1, and their weights."""
    return np.polynomial.legendre.leggauss(nodes)
