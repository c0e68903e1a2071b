"""Permutation test of one slope: how often shuffled fidelity would explain the trials as well.

All shuffled data sets are fitted at once, on arrays, with heterogeneity estimated anew for each
[higgins2004].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from synthesis.choices import CI, METHOD, PERMUTATIONS, SEED, CiMethod, Method
from synthesis.errors import InputError
from synthesis.statistics.arrangements import Arrangements, Rows, arrange
from synthesis.statistics.lines import fit_lines

# A shuffled statistic this close below the observed one, relatively, counts as equal: the same arrangement up to
# rounding.
TIE = 1e-6


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

    Examples
    --------
    >>> found = permutation_test([0.1, 0.5, 0.3, 0.7], [0.02] * 4, [0, 1, 0, 1])
    >>> found.exact, found.permutations
    (True, 6)
    """

    pval: float
    permutations: int
    exact: bool
    standard_error: float


def permutation_test(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike,
    *,
    cluster: Sequence | None = None,
    method: Method = METHOD,
    ci: CiMethod = CI,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> PermutationTest:
    """Test a slope by permuting the moderator over the trials.

    Parameters
    ----------
    yi, vi, x : array_like, shape (k,)
        Effects, variances and the moderator; an effect keeps its variance.
    cluster : array_like, shape (k,), optional
        The trial of each effect: effects of one trial share more than their errors, so a trial's values of the
        moderator stay together and whole trials are exchanged; trials in which the moderator differs only with trials
        of as many effects [winkler2015multi]. Without it every effect is a trial of its own.
    method, ci
        The model whose t (or z) statistic is compared, as fitted to the data.
    permutations : int
        Random arrangements; all distinct ones are listed instead when there are no more than this many.
    seed : int
        Seeds a generator of this test alone.

    Returns
    -------
    PermutationTest

    Raises
    ------
    InputError
        For arrays of unequal length, or a number of permutations or a seed that is none.

    Examples
    --------
    >>> found = permutation_test([0.1, 0.5, 0.3, 0.7], [0.02] * 4, [0, 1, 0, 1])
    >>> found.exact, found.permutations, round(found.pval, 3)
    (True, 6, 0.333)
    """
    check_draws(seed, permutations=permutations)
    yi, vi, x = (np.asarray(a, float) for a in (yi, vi, x))
    if cluster is not None and len(cluster) != len(x):
        raise InputError(f"cluster names {len(cluster)} trials for {len(x)} effects; every effect needs its own.")
    rows = Rows(_members(x, cluster), x)
    observed = slope_statistics(yi[:, None], vi[:, None], x, method=method, ci=ci)[0]
    found = arrange(rows, most=permutations, seed=seed)
    shuffled = _shuffled(yi, vi, rows, found, method=method, ci=ci)
    # Identical effects have a slope of zero in every arrangement; their statistics are 0 / 0, which rounding decides.
    alike = np.ptp(yi) <= 1e-12 * np.abs(yi).max()
    return compared(observed, shuffled, exact=found.exact, alike=alike)


def check_draws(seed: int, **draws: int) -> None:
    """Refuse a seed or a number of draws, given by its name, that is no whole number."""
    for name, value, least in (*((name, value, 1) for name, value in draws.items()), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or value < least:
            raise InputError(f"{name} is {value!r}; it must be a whole number from {least} on.")


def compared(observed: float, shuffled: np.ndarray, *, exact: bool, alike: bool = False) -> PermutationTest:
    """Return how often an arrangement is at least as extreme as the one observed; all of them where all are alike."""
    m = len(shuffled)
    extreme = m if alike else int(np.sum(np.abs(shuffled) >= np.abs(observed) * (1 - TIE)))
    if exact:
        return PermutationTest(pval=extreme / m, permutations=m, exact=True, standard_error=0.0)
    pval = (extreme + 1) / (m + 1)
    return PermutationTest(pval=pval, permutations=m, exact=False, standard_error=float(np.sqrt(pval * (1 - pval) / m)))


def _members(x: np.ndarray, cluster: Sequence | None) -> list[np.ndarray]:
    """Return the effects of each trial, trials in the order of their first effects."""
    if cluster is None:
        return [np.array([number]) for number in range(len(x))]
    names = np.asarray(cluster)
    return [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]


def _shuffled(
    yi: np.ndarray, vi: np.ndarray, rows: Rows, found: Arrangements, *, method: Method, ci: CiMethod
) -> np.ndarray:
    """Return the slope's statistic in each arrangement, shape (d,)."""
    k, sources = len(yi), found.sources
    if len(rows.members) == k:
        # Permuting the moderator over trials is permuting the trials under a fixed moderator, which keeps the design
        # shared.
        x = rows.x
        if found.exact:
            given = rows.x[sources]
            sources, x = np.argsort(given, axis=1, kind="stable"), np.sort(rows.x)
        return slope_statistics(yi[sources].T, vi[sources].T, x, method=method, ci=ci)
    same = np.ones(len(sources))
    y, v = yi[:, None] * same, vi[:, None] * same
    return slope_statistics(y, v, rows.arranged(sources), method=method, ci=ci)


def slope_statistics(yi: np.ndarray, vi: np.ndarray, x: np.ndarray, *, method: Method, ci: CiMethod) -> np.ndarray:
    """Return the slope's t (or z) statistic in each of d data sets.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    x : numpy.ndarray, shape (k,) or (k, d)
        The moderator they share, or that of each.

    Returns
    -------
    numpy.ndarray, shape (d,)
    """
    return fit_lines(yi, vi, x, method=method).statistic(ci)
