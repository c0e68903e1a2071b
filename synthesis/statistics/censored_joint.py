r"""Effects and intervals in clusters: trials with several outcomes, of which some only say "no difference".

Given two standard normal variables a trial, one for what its true effects share and one for what their sampling errors
share, everything in it is independent; they are integrated on a grid fine enough to be exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from synthesis.choices import LEVEL
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.censored import LOG_2PI, checked, log_between, with_intercept
from synthesis.statistics.clusters import Clusters, in_clusters
from synthesis.statistics.distributions import chi2_tail
from synthesis.statistics.multilevel import RHO
from synthesis.statistics.profile import profile_interval

# The integrand falls at least like a standard normal density about its top: beyond this it is below 1e-12 of it.
REACH = 7.5
# The step of the grid, in units of the scale on which the integrand can change: the trapezoidal rule converges
# exponentially, and at this step its error is below 1e-12 of the integral [trefethen2014exponentially].
STEP = 0.8
# Standard deviations from which the search starts, as shares of the effects' spread.
STARTS = (0.3, 1.0)
# Below this share of the spread a standard deviation is tried as nought as well.
NEARLY_NOUGHT = 0.1
FLAT = 1e-8
# Second derivatives are differences of first ones over this share of the scale.
APART = 1e-4


@dataclass(frozen=True, eq=False)
class JointCensoredFit:
    """Correlated and hierarchical effects by maximum likelihood, some of them known by an interval only.

    Attributes
    ----------
    beta, se, ci_lb, ci_ub, pval : numpy.ndarray, shape (p,)
        Coefficients, the intercept first; standard errors from the observed information; profile-likelihood intervals
        and p values of likelihood-ratio tests against nought, nan for coefficients not in `profile`.
    cov : numpy.ndarray, shape (p, p)
    tau2, omega2 : float
        Variance between clusters and within them; `omega2` is 0 where no cluster has two results.
    log_likelihood : float
    k, k_interval, clusters : int
    rho, level : float

    Examples
    --------
    >>> yi, vi = [0.4, 0.2, 0.3, float("nan")], [0.02, 0.03, 0.03, 0.04]
    >>> fit = fit_censored_joint(yi, vi, [0, 0, 0, -0.39], [0, 0, 0, 0.39], ["a", "a", "b", "c"])
    >>> print(f"{fit.beta[0]:.2f}; {fit.k} effects of {fit.clusters} trials, {fit.k_interval} by an interval only")
    0.29; 4 effects of 3 trials, 1 by an interval only
    """

    beta: np.ndarray
    se: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    pval: np.ndarray
    cov: np.ndarray
    tau2: float
    omega2: float
    log_likelihood: float
    k: int
    k_interval: int
    clusters: int
    rho: float
    level: float


def fit_censored_joint(
    yi: ArrayLike,
    vi: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    cluster: ArrayLike,
    X: ArrayLike | None = None,
    *,
    rho: float = RHO,
    level: float = LEVEL,
    profile: Sequence[int] | None = None,
) -> JointCensoredFit:
    r"""Fit correlated and hierarchical effects of which some are known only to lie between two bounds.

    Parameters
    ----------
    yi, vi, lower, upper : array_like, shape (k,)
        As in `fit_censored`: effects, nan where only the bounds are known; sampling variances; bounds.
    cluster : array_like, shape (k,)
        What results belong together: the trial.
    X : array_like, shape (k,) or (k, m), optional
        Moderators without the intercept, which comes first among the coefficients.
    rho : float
        Correlation assumed between the sampling errors of results of one cluster.
    level : float
        Confidence level.
    profile : sequence of int, optional
        Coefficients, 0 the intercept, whose interval is wanted; all by default. Each takes as long as a few fits.

    Returns
    -------
    JointCensoredFit

    Raises
    ------
    InputError, NotEstimableError
        As `fit_censored`; also for a correlation outside 0 to 1, and no more clusters than coefficients.

    Notes
    -----
    Result i of cluster j is :math:`x_{ij}'\beta + u_j + w_{ij} + e_{ij}` with variances :math:`\tau^2`,
    :math:`\omega^2` and a covariance :math:`\rho\sqrt{v_{ij} v_{i'j}}` of the errors [pustejovsky2022], which are
    :math:`\sqrt{v_{ij}}(\sqrt{\rho} f_j + \sqrt{1 - \rho} h_{ij})`. Given u and f the results of a cluster are
    independent normal ones, of which those between bounds enter as probabilities [hedges1985statistical,
    albajes2019nonsignificant]; u and f are integrated cluster by cluster with the trapezoidal rule about the top of the
    integrand [trefethen2014exponentially]. Clusters without intervals, and
    intervals alone in theirs, have closed forms.

    Examples
    --------
    >>> yi, vi = [0.4, 0.2, 0.3, float("nan")], [0.02, 0.03, 0.03, 0.04]
    >>> fit = fit_censored_joint(yi, vi, [0, 0, 0, -0.39], [0, 0, 0, 0.39], ["a", "a", "b", "c"])
    >>> print(f"{fit.beta[0]:.2f} ({fit.ci_lb[0]:.2f} to {fit.ci_ub[0]:.2f})")
    0.29 (0.02 to 0.50)
    """
    likelihood = _taken(yi, vi, lower, upper, cluster, X, rho, level)
    p = likelihood.X.shape[1]
    wanted = range(p) if profile is None else profile
    if any(not 0 <= column < p for column in wanted):
        raise InputError(f"profile names coefficients from 0 to {p - 1}, not {list(wanted)}.")
    best = likelihood.maximum()
    cov = likelihood.covariance(best)
    se = np.sqrt(np.diag(cov))
    ends, pval = np.full((p, 2), np.nan), np.full(p, np.nan)
    for j in wanted:
        path = _Path(likelihood, j, best)
        ends[j] = profile_interval(path.drop, float(best.theta[j]), float(2 * se[j]), level=level)
        pval[j] = chi2_tail(max(path.drop(0.0), 0.0), 1)
    return JointCensoredFit(
        beta=best.theta[:p],
        se=se,
        ci_lb=ends[:, 0],
        ci_ub=ends[:, 1],
        pval=pval,
        cov=cov,
        tau2=float(best.theta[p] ** 2),
        omega2=float(best.theta[p + 1] ** 2),
        log_likelihood=best.log_likelihood,
        k=len(likelihood.y),
        k_interval=int((~likelihood.seen).sum()),
        clusters=int(likelihood.cluster.max()) + 1,
        rho=rho,
        level=level,
    )


@dataclass(frozen=True, eq=False)
class _Best:
    """Coefficients and the two standard deviations at a maximum, which of them were free, and the log-likelihood."""

    theta: np.ndarray
    free: np.ndarray
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class JointLikelihood:
    """The log-likelihood of effects and intervals in clusters, with its first derivatives.

    Attributes
    ----------
    y, v, lower, upper : numpy.ndarray, shape (k,)
    X : numpy.ndarray, shape (k, p)
    cluster : numpy.ndarray, shape (k,)
        Whole numbers from 0.
    rho : float
    fineness : float
        The grid has so many times as many nodes on each axis.
    """

    y: np.ndarray
    v: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    X: np.ndarray
    cluster: np.ndarray
    rho: float
    fineness: float = 1.0

    @cached_property
    def seen(self) -> np.ndarray:
        """Which results have a number; shape (k,), bool."""
        return np.isfinite(self.y)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Results of each one's cluster, shape (k,)."""
        return np.bincount(self.cluster)[self.cluster]

    @cached_property
    def spread(self) -> float:
        """The standard deviation that the search starts from."""
        left = self.y[self.seen]
        return float(np.sqrt(self.v.mean() + left.var()))

    @cached_property
    def possible(self) -> np.ndarray:
        """Which of (beta, tau, omega) there are: one effect a cluster has no variance within; shape (p + 2,), bool."""
        there = np.ones(self.X.shape[1] + 2, bool)
        there[-1] = (self.sizes > 1).any()
        return there

    @cached_property
    def _all_seen(self) -> np.ndarray:
        hidden = np.bincount(self.cluster, weights=~self.seen)
        return hidden[self.cluster] == 0

    @cached_property
    def _gaussian(self) -> tuple[np.ndarray, Clusters | None]:
        """Return the rows of clusters without intervals, and their effects laid out by clusters."""
        rows = np.flatnonzero(self._all_seen)
        if not len(rows):
            return rows, None
        numbers = np.unique(self.cluster[rows], return_inverse=True)[1]
        return rows, in_clusters(self.y[rows], self.v[rows], numbers, self.X[rows], self.rho)

    @cached_property
    def _alone(self) -> np.ndarray:
        return np.flatnonzero(~self._all_seen & (self.sizes == 1))

    @cached_property
    def _mixed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the rows of the other clusters in order of these, whose each is, and where each cluster starts."""
        rows = np.flatnonzero(~self._all_seen & (self.sizes > 1))
        rows = rows[np.argsort(self.cluster[rows], kind="stable")]
        numbers = np.unique(self.cluster[rows], return_inverse=True)[1]
        starts = np.searchsorted(numbers, np.arange(numbers.max() + 1)) if len(rows) else np.array([], int)
        return rows, numbers, starts

    def at(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log-likelihood at (beta, tau, omega) and its gradient, both standard deviations of any sign."""
        p = self.X.shape[1]
        beta, tau, omega = theta[:p], theta[p], theta[p + 1]
        mu = self.X @ beta
        parts = [self._of_gaussian(mu, tau, omega), self._of_alone(mu, tau, omega), self._of_mixed(mu, tau, omega)]
        by_mean = np.zeros(len(mu))
        for rows, _, slopes, _, _ in parts:
            by_mean[rows] = slopes
        gradient = np.concatenate(
            [self.X.T @ by_mean, [sum(part[3] for part in parts), sum(part[4] for part in parts)]]
        )
        return float(sum(part[1] for part in parts)), gradient

    def _of_gaussian(self, mu: np.ndarray, tau: float, omega: float) -> _Part:
        """Clusters in which every result has a number: a multivariate normal density each."""
        rows, data = self._gaussian
        if data is None:
            return rows, 0.0, np.zeros(0), 0.0, 0.0
        real, places = data.real, range(data.real.shape[1])
        sigma = data.V + tau**2 * real[:, :, None] * real[:, None, :]
        sigma[:, places, places] += omega**2 * real
        W = np.linalg.inv(sigma)
        left = data.y - data.spread(mu[rows])
        pulled = np.einsum("mij,mj->mi", W, left)
        padding = int((real == 0).sum())
        log = -0.5 * (
            np.linalg.slogdet(sigma)[1].sum()
            - padding * np.log(data.typical)
            + (left * pulled).sum()
            + len(rows) * LOG_2PI
        )
        shared = (pulled * real).sum(axis=1)
        by_tau = tau * float((shared**2).sum() - np.einsum("mi,mij,mj->", real, W, real))
        by_omega = omega * float((pulled**2 * real).sum() - (np.einsum("mii->mi", W) * real).sum())
        return rows, float(log), data.gathered(pulled), by_tau, by_omega

    def _of_alone(self, mu: np.ndarray, tau: float, omega: float) -> _Part:
        """Intervals that are alone in their cluster: a probability each."""
        rows = self._alone
        variance = tau**2 + omega**2 + self.v[rows]
        log, by_mean, by_variance = _interval(mu[rows], variance, self.lower[rows], self.upper[rows])
        total = 2 * float(by_variance.sum())
        return rows, float(log.sum()), by_mean, tau * total, omega * total

    def _of_mixed(self, mu: np.ndarray, tau: float, omega: float) -> _Part:
        """Clusters with an interval and something else: what they share is integrated."""
        rows, numbers, starts = self._mixed
        if not len(rows):
            return rows, 0.0, np.zeros(0), 0.0, 0.0
        loads = np.column_stack([np.full(len(rows), tau), np.sqrt(self.rho * self.v[rows])])
        variance = omega**2 + (1 - self.rho) * self.v[rows]
        z, log_area = self._grid(mu[rows], loads, variance)
        mean = mu[rows, None] + np.einsum("rj,rnj->rn", loads, z[numbers])
        log, by_mean, by_variance = self._rows(rows, mean, variance[:, None])
        within = np.add.reduceat(log, starts, axis=0) - 0.5 * (z**2).sum(axis=2) - LOG_2PI + log_area[:, None]
        total = logsumexp(within, axis=1)
        weights = np.exp(within - total[:, None])[numbers]
        slopes = weights * by_mean
        by_tau = float((slopes * z[numbers, :, 0]).sum())
        return rows, float(total.sum()), slopes.sum(axis=1), by_tau, 2 * omega * float((weights * by_variance).sum())

    def _rows(
        self, rows: np.ndarray, mean: np.ndarray, variance: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return each row's log-likelihood given what it shares, and its derivatives by mean and variance."""
        seen, shape = self.seen[rows], mean.shape
        found = tuple(np.empty(shape) for _ in range(3))
        variance = np.broadcast_to(variance, shape)
        off, v = self.y[rows][seen][:, None] - mean[seen], variance[seen]
        numbers = -0.5 * (LOG_2PI + np.log(v) + off**2 / v), off / v, 0.5 * (off**2 / v - 1) / v
        hidden = rows[~seen]
        bounds = self.lower[hidden][:, None], self.upper[hidden][:, None]
        intervals = _interval(mean[~seen], variance[~seen], *bounds)
        for values, of_numbers, of_intervals in zip(found, numbers, intervals, strict=True):
            values[seen], values[~seen] = of_numbers, of_intervals
        return found

    def _grid(self, mu: np.ndarray, loads: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lay a grid over what each cluster shares: nodes (m, n, 2), and the log of the area that each stands for.

        The axes are those along which the results pull; an axis' step follows from how sharply they can, its length
        from how far those with numbers let the integrand reach.
        """
        rows, _, starts = self._mixed
        pull = loads[:, :, None] * loads[:, None, :] / variance[:, None, None]
        one = np.eye(2)
        sharpest = one + np.add.reduceat(pull, starts, axis=0)
        held = one + np.add.reduceat(pull * self.seen[rows][:, None, None], starts, axis=0)
        strength, axes = np.linalg.eigh(sharpest)
        reach = REACH * np.sqrt(np.einsum("mij,mik,mkj->mj", axes, np.linalg.inv(held), axes))
        step = STEP / np.sqrt(strength) / self.fineness
        half = np.ceil(reach / step).max(axis=0).astype(int)
        along = [np.arange(-n, n + 1) for n in half]
        places = np.stack(np.meshgrid(*along, indexing="ij"), axis=-1).reshape(-1, 2)
        step = reach / half  # every cluster as far as it needs, with as many nodes as the one that needs most
        z = self._tops(mu, loads, variance)[:, None, :] + np.einsum("mij,mj,nj->mni", axes, step, places)
        return z, np.log(step).sum(axis=1)

    def _tops(self, mu: np.ndarray, loads: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Return roughly where each cluster's integrand is largest; its logarithm is concave."""
        rows, numbers, starts = self._mixed
        z = np.zeros((len(starts), 2))

        def height(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            mean = mu + (loads * z[numbers]).sum(axis=1)
            log, slope, _ = self._rows(rows, mean[:, None], variance[:, None])
            total = np.add.reduceat(log[:, 0], starts) - 0.5 * (z**2).sum(axis=1)
            return total, np.add.reduceat(loads * slope, starts, axis=0) - z

        pull = loads[:, :, None] * loads[:, None, :] / variance[:, None, None]
        curve = np.eye(2) + np.add.reduceat(
            pull, starts, axis=0
        )  # never less curved than it is: every step leads upwards
        for _ in range(60):
            move = np.linalg.solve(curve, height(z)[1][:, :, None])[:, :, 0]
            z = z + move
            if np.abs(move).max() < 1e-2:
                break
        return z

    def maximum(
        self,
        start: np.ndarray | None = None,
        held: tuple[int, float] | None = None,
        scaling: np.ndarray | None = None,
    ) -> _Best:
        """Return the best coefficients and standard deviations, one coefficient held where so asked.

        Parameters
        ----------
        start : numpy.ndarray, shape (p + 2,), optional
            Where the search starts; from several places by default.
        held : tuple of int and float, optional
            A coefficient's number and its value.
        scaling : numpy.ndarray, shape (p + 2, p + 2), optional
            About the covariance of what is searched, which makes the search short.
        """
        p = self.X.shape[1]
        free = self.possible.copy()
        base = np.zeros(p + 2)
        if held is not None:
            free[held[0]], base[held[0]] = False, held[1]
        if start is None:
            w = np.sqrt(1 / self.v[self.seen])
            base[:p] = np.linalg.lstsq(self.X[self.seen] * w[:, None], self.y[self.seen] * w, rcond=None)[0]
            starts = [np.concatenate([base[:p], np.full(2, share * self.spread)]) for share in STARTS]
        else:
            # A standard deviation at nought is a level place, from which no search would leave.
            starts = [np.concatenate([start[:p], np.maximum(np.abs(start[p:]), NEARLY_NOUGHT * self.spread)])]
        climbed = (self._climbed(base, at, free, scaling) for at in starts)
        best = max(climbed, key=lambda found: found.log_likelihood)
        for place in (p, p + 1):
            if best.free[place] and abs(best.theta[place]) < NEARLY_NOUGHT * self.spread:
                without = best.free.copy()
                without[place] = False
                other = self._climbed(
                    np.where(without, 0.0, np.where(best.free, 0.0, best.theta)), best.theta, without, scaling
                )
                if other.log_likelihood > best.log_likelihood - FLAT:
                    best = other
        return best

    def _climbed(self, base: np.ndarray, start: np.ndarray, free: np.ndarray, scaling: np.ndarray | None) -> _Best:
        """Climb from a place, what is not free staying as it is in `base`."""
        from scipy.optimize import minimize

        own = np.eye(int(free.sum())) if scaling is None else np.linalg.cholesky(scaling[np.ix_(free, free)])

        def placed(values: np.ndarray) -> np.ndarray:
            theta = base.copy()
            theta[free] = start[free] + own @ values
            return theta

        def below(values: np.ndarray) -> tuple[float, np.ndarray]:
            log, gradient = self.at(placed(values))
            return -log, -gradient[free] @ own

        begin = np.zeros(len(own))
        found = minimize(below, begin, jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 500})
        return _Best(placed(found.x), free, -float(found.fun))

    def curvature(self, theta: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives by what is free, as differences of the gradient."""
        places = np.flatnonzero(free)
        columns = []
        for place in places:
            gap = np.zeros(len(theta))
            gap[place] = APART * self.spread
            columns.append((self.at(theta - gap)[1] - self.at(theta + gap)[1])[places] / (2 * gap[place]))
        both = np.array(columns)
        return (both + both.T) / 2

    def covariance(self, best: _Best) -> np.ndarray:
        """Return the coefficients' block of the inverse observed information; variances at nought are no parameters."""
        p = self.X.shape[1]
        return np.linalg.inv(self.curvature(best.theta, best.free))[:p, :p]

    def scaling(self, best: _Best) -> np.ndarray | None:
        """Return about the covariance of (beta, tau, omega) for a search near the top; None where there is none."""
        there = np.flatnonzero(self.possible)
        found = np.eye(len(self.possible))
        values, vectors = np.linalg.eigh(self.curvature(best.theta, self.possible))
        if values.min() <= 0:
            return None
        found[np.ix_(there, there)] = (vectors / values) @ vectors.T
        return found


# Rows, log-likelihood, each row's derivative by its mean, and those by tau and omega.
_Part = tuple[np.ndarray, float, np.ndarray, float, float]


class _Path:
    """The profile of one coefficient, each place climbed from the last one before it."""

    def __init__(self, likelihood: JointLikelihood, column: int, best: _Best):
        self.likelihood, self.column, self.best = likelihood, column, best
        self.known: dict[float, np.ndarray] = {float(best.theta[column]): best.theta}
        self.scaling = likelihood.scaling(best)

    def drop(self, value: float) -> float:
        """Return twice the fall of the log-likelihood at a value of the coefficient."""
        near = min(self.known, key=lambda place: abs(place - value))
        found = self.likelihood.maximum(self.known[near], (self.column, value), self.scaling)
        self.known[value] = found.theta
        return 2 * (self.best.log_likelihood - found.log_likelihood)


def _interval(
    mean: np.ndarray, variance: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the log of intervals' probabilities and its derivatives by mean and variance."""
    r = np.sqrt(variance)
    a, b = (lower - mean) / r, (upper - mean) / r
    log = log_between(a, b)
    at_a, at_b = (np.exp(-0.5 * (z**2 + LOG_2PI) - log) for z in (a, b))
    a, b = np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0)
    return log, (at_a - at_b) / r, (a * at_a - b * at_b) / (2 * variance)


def _taken(
    yi: ArrayLike,
    vi: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    cluster: ArrayLike,
    X: ArrayLike | None,
    rho: float,
    level: float,
) -> JointLikelihood:
    design = with_intercept(X, np.size(yi))
    y, v, low, high = checked(yi, vi, lower, upper, design, level)
    names = np.asarray(cluster)
    if names.shape != y.shape:
        raise InputError("yi and cluster must be of one length: a result and whose it is.")
    if not 0 <= rho < 1:
        raise InputError(f"rho is {rho!r}; the correlation of results of one cluster is from 0 to below 1.")
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names.tolist()))}
    if len(numbers) <= design.shape[1]:
        raise NotEstimableError(
            f"{len(numbers)} clusters cannot carry {design.shape[1]} coefficients and their uncertainty."
        )
    clusters = np.array([numbers[name] for name in names.tolist()])
    return JointLikelihood(y, v, low, high, design, clusters, rho)
