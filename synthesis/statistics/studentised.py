"""One coefficient tested in a model of dependent effects by exchanging whole clusters, or by flipping their signs.

The working variances are those of the model without the coefficient, so they are the same in every arrangement, and
thousands are a few matrix products. The statistic is studentised by the clusters' own scores, which keeps the level
where clusters differ in size and spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from synthesis.choices import PERMUTATIONS, RHO, SEED
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.arrangements import Rows, arrange
from synthesis.statistics.clusters import Weighted, in_clusters, variances
from synthesis.statistics.multilevel import checked
from synthesis.statistics.permutation import PermutationTest, check_draws, compared

# Every pattern of signs is listed where there are no more clusters than this.
MOST_SIGNED = 13
# What the design leaves of a column counts as nothing below this share of it.
NEGLIGIBLE = 1e-12


@dataclass(frozen=True, eq=False)
class NullModel:
    """The model without the coefficient: its weights, and what it leaves of the effects.

    Attributes
    ----------
    y : numpy.ndarray, shape (k,)
    members : list of numpy.ndarray
        The effects of each cluster.
    annihilator : numpy.ndarray, shape (k, k)
        I - Z (Z'WZ)^-1 Z'W, what is left of a column beside the model's design Z.
    projected : numpy.ndarray, shape (k, k)
        W times it: P0.
    tau2, omega2 : float
    """

    y: np.ndarray
    members: list[np.ndarray]
    annihilator: np.ndarray
    projected: np.ndarray
    tau2: float
    omega2: float

    def standardised(self, x: np.ndarray) -> np.ndarray:
        """Return x'P0 y over its standard deviation at the model's variances, for d columns x, shape (d,).

        nan where the design leaves nothing of a column.
        """
        weighted = self.projected @ x
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.y @ weighted / np.sqrt(self._spread(x, weighted))

    def _spread(self, x: np.ndarray, weighted: np.ndarray) -> np.ndarray:
        """Return x'P0 x; nan where the design leaves nothing of x but rounding, as it has no slope then."""
        spread = np.sum(weighted * x, axis=0)
        left = NEGLIGIBLE * self.projected.diagonal().max() * np.sum(x * x, axis=0)
        return np.where(spread > left, spread, np.nan)

    def statistics(self, x: np.ndarray, y: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return slope and t of each of d columns x, shape (k, d), or of one x and d columns of effects.

        The slope is x'P0 y / x'P0 x; t divides x'P0 y by the root of the sum over clusters of ((P0 x)'e)^2, e the
        residuals of the model with x (a cluster-robust variance, CR0).
        """
        effects = (self.y if y is None else y).reshape(len(self.y), -1)
        weighted, left = self.projected @ x, self.annihilator @ x
        crossed = np.sum(weighted * effects, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = crossed / self._spread(x, weighted)
            scores = weighted * (self.annihilator @ effects - left * slope)
            variance = sum(scores[rows].sum(axis=0) ** 2 for rows in self.members)
            return slope, crossed / np.sqrt(variance)


def null_model(yi: np.ndarray, vi: np.ndarray, cluster: np.ndarray, Z: np.ndarray, *, rho: float = RHO) -> NullModel:
    """Fit correlated and hierarchical effects without the coefficient.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,)
    cluster : numpy.ndarray, shape (k,)
        Whole numbers from 0.
    Z : numpy.ndarray, shape (k, p)
        The design with its intercept, or the intercepts of several outcomes.
    rho : float
        Correlation of the sampling errors within a cluster.
    """
    data = in_clusters(yi, vi, cluster, Z, rho)
    tau2, omega2 = variances(data)
    fit = Weighted(data, tau2, omega2)
    k, members = len(yi), [np.flatnonzero(cluster == own) for own in range(int(cluster.max()) + 1)]
    W = np.zeros((k, k))
    for number, rows in enumerate(members):
        places = data.rows[rows, 1]
        W[np.ix_(rows, rows)] = fit.W[number][np.ix_(places, places)]
    annihilator = np.eye(k) - Z @ fit.bread @ (Z.T @ W)
    return NullModel(yi, members, annihilator, W @ annihilator, tau2, omega2)


def cluster_permutation_test(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: Sequence,
    x: ArrayLike,
    Z: ArrayLike | None = None,
    *,
    rho: float = RHO,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> PermutationTest:
    """Test a moderator of dependent effects by exchanging its values between whole clusters.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
    cluster : array_like, shape (k,)
        The trial of each effect.
    x : array_like, shape (k,)
        The moderator; a trial in which it differs exchanges its values only with trials of as many effects.
    Z : array_like, shape (k, p), optional
        What stands beside it, without an intercept: indicators of outcomes, and covariates of trials. What x shares
        with the covariates is taken out of x, trial by trial, and the rest is exchanged.
    rho : float
    permutations, seed : int
        As in `permutation_test`.

    Returns
    -------
    PermutationTest

    Raises
    ------
    InputError, NotEstimableError
        As `che`.

    Notes
    -----
    The effects and their variances stay, whole trials exchange what is left of the moderator [winkler2015multi], and
    the statistic is studentised [diciccio2017robust].

    Examples
    --------
    >>> from synthesis.statistics import cluster_permutation_test
    >>> yi, vi = [0.1, 0.2, 0.5, 0.3, 0.7, 0.6], [0.02] * 6
    >>> trials, fidelity = ["a", "a", "b", "c", "d", "e"], [0.2, 0.2, 0.9, 0.4, 1.0, 0.8]
    >>> found = cluster_permutation_test(yi, vi, trials, fidelity)
    >>> found.exact, found.permutations, round(found.pval, 3)
    (True, 120, 0.017)
    """
    check_draws(seed, permutations=permutations)
    model, x, design = _taken(yi, vi, cluster, x, Z, rho)
    rows = Rows(model.members, left_beside(x, design, model.members))
    if np.ptp(rows.x) <= 1e-12 * max(1.0, np.abs(x).max()):
        raise NotEstimableError("The moderator is the same in every trial beside its covariates.")
    observed = model.statistics(rows.x[:, None])[1][0]
    found = arrange(rows, most=permutations, seed=seed)
    return compared(observed, model.statistics(rows.arranged(found.sources))[1], exact=found.exact)


def wild_bootstrap_test(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: Sequence,
    x: ArrayLike,
    Z: ArrayLike | None = None,
    *,
    rho: float = RHO,
    draws: int = PERMUTATIONS,
    seed: int = SEED,
) -> PermutationTest:
    """Test a moderator of dependent effects by flipping the signs of whole clusters' residuals.

    Parameters
    ----------
    yi, vi, cluster, x, Z, rho
        As in `cluster_permutation_test`.
    draws : int
        Patterns of signs drawn; all 2^m of them where that is no more.
    seed : int

    Returns
    -------
    PermutationTest

    Notes
    -----
    The null hypothesis is imposed: residuals of the model without x, times one random sign a cluster
    [joshi2022cluster]; the same statistic as of the permutation.

    Examples
    --------
    >>> from synthesis.statistics import wild_bootstrap_test
    >>> yi, vi = [0.1, 0.2, 0.5, 0.3, 0.7, 0.6], [0.02] * 6
    >>> trials, fidelity = ["a", "a", "b", "c", "d", "e"], [0.2, 0.2, 0.9, 0.4, 1.0, 0.8]
    >>> found = wild_bootstrap_test(yi, vi, trials, fidelity)
    >>> found.exact, found.permutations, round(found.pval, 3)
    (True, 32, 0.062)
    """
    check_draws(seed, draws=draws)
    model, x, _ = _taken(yi, vi, cluster, x, Z, rho)
    m = len(model.members)
    exact = m <= MOST_SIGNED and 2**m <= draws
    if exact:
        signs = 1.0 - 2.0 * ((np.arange(2**m) >> np.arange(m)[:, None]) & 1)
    else:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(m, draws))
    residuals = model.annihilator @ model.y
    flipped = np.empty((len(residuals), signs.shape[1]))
    for own, rows in zip(signs, model.members, strict=True):
        flipped[rows] = residuals[rows, None] * own
    observed = model.statistics(x[:, None])[1][0]
    return compared(observed, model.statistics(x[:, None], flipped)[1], exact=exact)


def _taken(
    yi: ArrayLike, vi: ArrayLike, cluster: Sequence, x: ArrayLike, Z: ArrayLike | None, rho: float
) -> tuple[NullModel, np.ndarray, np.ndarray]:
    columns = np.asarray(x, float)
    if Z is not None:
        beside = np.asarray(Z, float)
        if len(beside) != len(columns):
            raise InputError(f"Z has {len(beside)} rows and x has {len(columns)}; every effect needs both.")
        columns = np.column_stack([beside, columns])
    y, v, numbers, design = checked(yi, vi, cluster, columns, rho)
    return null_model(y, v, numbers, design[:, :-1], rho=rho), design[:, -1], design[:, :-1]


def left_beside(x: np.ndarray, design: np.ndarray, members: list[np.ndarray]) -> np.ndarray:
    """Return what is left of x beside the columns that are one value a trial, fitted over trials, one weight each."""
    first = [rows[0] for rows in members]
    of_trials = [column for column in design.T if all(np.ptp(column[rows]) == 0 for rows in members)]
    shared = np.column_stack(of_trials)
    means = np.array([x[rows].mean() for rows in members])
    # A trial's shift is one number, so that what is one value in a trial stays one to the last digit.
    shifts = shared[first] @ np.linalg.lstsq(shared[first], means, rcond=None)[0]
    left = x.copy()
    for rows, shift in zip(members, shifts, strict=True):
        left[rows] -= shift
    return left
