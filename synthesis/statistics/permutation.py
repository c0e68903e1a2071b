"""Permutation test of one slope: how often shuffled fidelity would explain the trials as well.

All shuffled data sets are fitted at once, on arrays, with heterogeneity estimated anew for each
[higgins2004controlling].
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations as orders
from math import factorial, prod

import numpy as np

from synthesis.choices import CI, METHOD, PERMUTATIONS, SEED, CiMethod, Method
from synthesis.errors import InputError
from synthesis.statistics.models import many_tau2

# Above nine trials every order is too many to list (10! = 3.6 million).
LARGEST_EXACT = 9
# A shuffled statistic this close below the observed one, relatively, counts as equal: the same arrangement up to
# rounding.
TIE = 1e-6
# Numbers (trials times data sets) worked on at once: they stay in the processor's cache, and their matrix products
# stay below the size at which BLAS starts threads, which would cost more than they save.
BLOCK = 60_000


@dataclass(frozen=True)
class PermutationTest:
    """The outcome of a permutation test.

    Attributes
    ----------
    pval : float
        Two-sided. Exact: the share of all distinct arrangements at least as extreme; otherwise (b + 1) / (m + 1), which
        is never zero [phipson2010permutation].
    permutations : int
        Arrangements examined.
    exact : bool
    standard_error : float
        Monte-Carlo standard error of `pval`; 0 where exact.
    """

    pval: float
    permutations: int
    exact: bool
    standard_error: float


def permutation_test(
    yi: np.ndarray,
    vi: np.ndarray,
    x: np.ndarray,
    *,
    method: Method = METHOD,
    ci: CiMethod = CI,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> PermutationTest:
    """Test a slope by permuting the moderator over the trials.

    Parameters
    ----------
    yi, vi, x : numpy.ndarray, shape (k,)
        Effects, variances and the moderator; an effect keeps its variance.
    method, ci
        The model whose t (or z) statistic is compared, as fitted to the data.
    permutations : int
        Random arrangements; all distinct ones are listed instead when there are no more than this many.
    seed : int
        Seeds a generator of this test alone.

    Returns
    -------
    PermutationTest
    """
    for name, value, least in (("permutations", permutations, 1), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or value < least:
            raise InputError(f"{name} is {value!r}; it must be a whole number from {least} on.")
    yi, vi, x = (np.asarray(a, float) for a in (yi, vi, x))
    observed = slope_statistics(yi[:, None], vi[:, None], x, method=method, ci=ci)[0]
    arrangements = _all_orders(x, permutations)
    exact = arrangements is not None
    if arrangements is None:
        rng = np.random.default_rng(seed)
        arrangements = rng.permuted(np.tile(np.arange(len(x)), (permutations, 1)), axis=1)
    # Permuting the moderator over trials is permuting the trials under a fixed moderator, which keeps the design
    # shared.
    shuffled = slope_statistics(yi[arrangements].T, vi[arrangements].T, x, method=method, ci=ci)
    m = len(arrangements)
    # Identical effects have a slope of zero in every arrangement; their statistics are 0 / 0, which rounding decides.
    alike = np.ptp(yi) <= 1e-12 * np.abs(yi).max()
    extreme = m if alike else int(np.sum(np.abs(shuffled) >= np.abs(observed) * (1 - TIE)))
    if exact:
        return PermutationTest(pval=extreme / m, permutations=m, exact=True, standard_error=0.0)
    pval = (extreme + 1) / (m + 1)
    return PermutationTest(pval=pval, permutations=m, exact=False, standard_error=float(np.sqrt(pval * (1 - pval) / m)))


def slope_statistics(yi: np.ndarray, vi: np.ndarray, x: np.ndarray, *, method: Method, ci: CiMethod) -> np.ndarray:
    """Return the slope's t (or z) statistic in each of d data sets that share one moderator.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    x : numpy.ndarray, shape (k,)

    Returns
    -------
    numpy.ndarray, shape (d,)
    """
    width = max(1, BLOCK // len(x))
    blocks = (np.s_[:, start : start + width] for start in range(0, yi.shape[1], width))
    return np.concatenate(
        [
            _block_statistics(np.ascontiguousarray(yi[b]), np.ascontiguousarray(vi[b]), x, method=method, ci=ci)
            for b in blocks
        ]
    )


def _block_statistics(yi: np.ndarray, vi: np.ndarray, x: np.ndarray, *, method: Method, ci: CiMethod) -> np.ndarray:
    tau2 = many_tau2(yi, vi, np.column_stack([np.ones_like(x), x]), method=method, precise=False)
    w = 1 / (vi + tau2)
    total = w.sum(axis=0)
    centred = x[:, None] - (w * x[:, None]).sum(axis=0) / total
    spread = (w * centred**2).sum(axis=0)
    slope = (w * centred * yi).sum(axis=0) / spread
    residual = yi - (w * yi).sum(axis=0) / total - slope * centred
    factor = (w * residual**2).sum(axis=0) / (len(x) - 2)  # Knapp-Hartung's q
    if ci == "wald":
        factor = np.ones_like(factor)
    elif ci == "knapp-hartung-floor":
        factor = np.maximum(factor, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return slope / np.sqrt(factor / spread)


def _all_orders(x: np.ndarray, most: int) -> np.ndarray | None:
    """List the distinct arrangements of the moderator as trial orders (m, k); None where there are more than `most`."""
    values, counts = np.unique(x, return_counts=True)
    k = len(x)
    if k > LARGEST_EXACT or factorial(k) // prod(factorial(int(c)) for c in counts) > most:
        return None
    listed = np.array(list(orders(range(k))))
    codes = np.searchsorted(values, x)
    # Orders that give every moderator value the same set of trials are one arrangement; keep the first of each.
    position = np.argsort(listed, axis=1)
    _, first = np.unique(codes[position], axis=0, return_index=True)
    return listed[np.sort(first)]
