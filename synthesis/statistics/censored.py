r"""Effects of which only an interval is known, in one likelihood with effects that have numbers.

A report that says "no significant difference" says that its effect lay within some standard errors of nought. Such a
result is no nought and no blank: it enters as the probability of its interval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

from synthesis.choices import LEVEL
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.distributions import chi2_quantile, chi2_tail
from synthesis.statistics.profile import profile_interval

LOG_2PI = float(np.log(2 * np.pi))
# Newton's steps in the coefficients, whose likelihood is concave at any tau2, end when none is larger than this.
SETTLED = 1e-13
MOST_STEPS = 100
# While one only looks where the top is.
NEARLY = 1e-7
# At its top the likelihood is flat: tau2 to this share of itself gives the height to twice as many digits.
PROFILED = 1e-6
# Two tops found by different ways are the same one when their heights, doubled, differ by no more.
SAME_HEIGHT = 1e-8
# Where tau2 is 0 and more of it is better, the climb starts from this share of the smallest variance.
FIRST_STEP = 0.1
# An end so many first guesses away is looked for step by step.
FARTHEST = 10.0
# The search over tau2 starts from 0 and this many values, evenly spaced on the log scale, as shares of the largest.
GRID = np.concatenate([[0.0], np.geomspace(1e-7, 1.0, 44)])


@dataclass(frozen=True, eq=False)
class CensoredFit:
    """A random-effects meta-regression by maximum likelihood, in which some effects are known by an interval only.

    Attributes
    ----------
    beta, se, ci_lb, ci_ub, pval : numpy.ndarray, shape (p,)
        Coefficients; standard errors from the observed information; profile-likelihood intervals, and p values of
        likelihood-ratio tests against nought.
    cov : numpy.ndarray, shape (p, p)
        Inverse of the observed information, tau2 among its parameters unless it is 0.
    tau2, tau2_ci_lb, tau2_ci_ub : float
        Heterogeneity variance by maximum likelihood, with its profile interval.
    log_likelihood : float
    k, k_interval : int
        Results in the model, and those known by an interval only.
    level : float

    Examples
    --------
    >>> unknown = float("nan")
    >>> fit = fit_censored([0.4, 0.2, unknown], [0.02, 0.03, 0.04], [0, 0, -0.39], [0, 0, 0.39])
    >>> print(f"{fit.beta[0]:.2f}; {fit.k} effects, {fit.k_interval} of them known by an interval only")
    0.29; 3 effects, 1 of them known by an interval only
    """

    beta: np.ndarray
    se: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    pval: np.ndarray
    cov: np.ndarray
    tau2: float
    tau2_ci_lb: float
    tau2_ci_ub: float
    log_likelihood: float
    k: int
    k_interval: int
    level: float


def fit_censored(
    yi: ArrayLike,
    vi: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    X: ArrayLike | None = None,
    *,
    level: float = LEVEL,
) -> CensoredFit:
    r"""Fit a meta-regression in which some effects are known only to lie between two bounds.

    Parameters
    ----------
    yi : array_like, shape (k,)
        Effects; nan where only the bounds are known.
    vi : array_like, shape (k,)
        Sampling variances, of every effect.
    lower, upper : array_like, shape (k,)
        Bounds of the effects that are nan, infinite where there is none; of the others they are not read.
    X : array_like, shape (k,) or (k, m), optional
        Moderators without the intercept, which comes first among the coefficients.
    level : float
        Confidence level.

    Returns
    -------
    CensoredFit

    Raises
    ------
    InputError
        For arrays of unequal length, numbers that are none, variances not above 0, or bounds that hold nothing.
    NotEstimableError
        Where no effect has a number, the effects with numbers do not tell the coefficients apart, or no more results
        than coefficients are left.

    Notes
    -----
    Effect i is normal about :math:`x_i'\beta` with variance :math:`r_i^2 = \tau^2 + v_i`. One with a number enters as
    its density, one between bounds as :math:`\Phi((U_i - x_i'\beta) / r_i) - \Phi((L_i - x_i'\beta) / r_i)`
    [hedges1985statistical, albajes2019nonsignificant]. Maximum likelihood, not restricted: as `method="ML"` where every
    effect has a number. Intervals are by profile likelihood [hardy1996likelihood], which need not be symmetric.

    Examples
    --------
    >>> unknown = float("nan")
    >>> fit = fit_censored([0.4, 0.2, unknown], [0.02, 0.03, 0.04], [0, 0, -0.39], [0, 0, 0.39])
    >>> print(*fit.beta.round(3), fit.k, fit.k_interval)
    0.29 3 1
    """
    likelihood = _taken(yi, vi, lower, upper, X, level)
    tau2, beta, top = likelihood.maximum()
    p, spread = len(beta), likelihood.spread
    cov = likelihood.covariance(beta, tau2)
    se = np.sqrt(np.diag(cov))
    ends, pval = np.empty((p, 2)), np.empty(p)
    for j in range(p):
        profile = Profile(likelihood, j, tau2, beta, top)
        ends[j] = profile.interval(float(2 * se[j]), level)
        pval[j] = chi2_tail(max(profile.drop(0.0), 0.0), 1)

    def fall(value: float) -> float:
        return 2 * (top - float(likelihood.over_coefficients(np.array([value]))[1][0]))

    low, high = profile_interval(fall, tau2, tau2 + 0.1 * spread, level=level, floor=0.0)
    return CensoredFit(
        beta=beta,
        se=se,
        ci_lb=ends[:, 0],
        ci_ub=ends[:, 1],
        pval=pval,
        cov=cov,
        tau2=tau2,
        tau2_ci_lb=low,
        tau2_ci_ub=high,
        log_likelihood=top,
        k=len(likelihood.v),
        k_interval=len(likelihood.lower),
        level=level,
    )


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The log-likelihood of effects and intervals, at many values of tau2 at once.

    Attributes
    ----------
    y : numpy.ndarray, shape (n,)
        Effects of the results that have a number, which come first.
    lower, upper : numpy.ndarray, shape (k - n,)
        Bounds of the others.
    v : numpy.ndarray, shape (k,)
    X : numpy.ndarray, shape (k, p)
    offset : numpy.ndarray, shape (k,)
        What is added to X beta.
    """

    y: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    v: np.ndarray
    X: np.ndarray
    offset: np.ndarray

    @cached_property
    def spread(self) -> float:
        """The largest square that tau2 is first expected to explain."""
        n = len(self.y)
        beyond = self.offset[n:]
        left = np.concatenate([self.y - self.offset[:n], self.lower - beyond, self.upper - beyond])
        left = left[np.isfinite(left)]
        return float(self.v.max() + (left**2).max() + np.square(left.max() - left.min()))

    def without(self, column: int) -> Likelihood:
        """Return the likelihood without one column of X."""
        return replace(self, X=np.delete(self.X, column, 1))

    def at(self, offset: np.ndarray) -> Likelihood:
        """Return the likelihood with something added to X beta."""
        return replace(self, offset=offset)

    def terms(self, beta: np.ndarray, tau2: np.ndarray, *, of_mean: bool = False) -> Terms:
        """Return every result's contribution at coefficients (d, p) and variances (d,)."""
        mu = self.offset + beta @ self.X.T
        variance = tau2[:, None] + self.v
        return contributions(mu, variance, self.y, self.lower, self.upper, of_mean=of_mean)

    def over_coefficients(
        self, tau2: np.ndarray, start: np.ndarray | None = None, *, settled: float = SETTLED
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the best coefficients at each tau2, shape (d, p), and the log-likelihood there, shape (d,).

        The likelihood is concave in them, so that a start nearby, or a step that is taken for the last, changes neither
        where they end nor, to twice the digits, its height.
        """
        p = self.X.shape[1]
        beta = np.tile(self._start(), (len(tau2), 1)) if start is None else start
        now = self.terms(beta, tau2, of_mean=True)
        total = now.log.sum(axis=1)
        if p == 0:
            return beta, total
        for _ in range(MOST_STEPS):
            gradient = now.by_mean @ self.X
            curve = -np.einsum("dk,kp,kq->dpq", now.by_mean_twice, self.X, self.X)
            step = np.linalg.solve(curve, gradient[:, :, None])[:, :, 0]
            size = np.ones(len(tau2))
            for _ in range(MOST_STEPS):  # concave, so that some part of the step leads upwards
                there = self.terms(beta + size[:, None] * step, tau2, of_mean=True)
                worse = there.log.sum(axis=1) < total - 1e-9 * (1 + np.abs(total))
                if not worse.any():
                    break
                size = np.where(worse, size / 2, size)
            beta, now = beta + size[:, None] * step, there
            total = now.log.sum(axis=1)
            if (np.abs(step).max(axis=1) <= settled * (1 + np.abs(beta).max(axis=1))).all():
                break
        return beta, total

    def _start(self) -> np.ndarray:
        """Return least squares through the effects that have numbers."""
        n = len(self.y)
        w = np.sqrt(1 / self.v[:n])
        return np.linalg.lstsq(self.X[:n] * w[:, None], (self.y - self.offset[:n]) * w, rcond=None)[0]

    def maximum(self, *, settled: float = 1e-13) -> tuple[float, np.ndarray, float]:
        """Return the best tau2 of all, to a share of itself, the coefficients there and the log-likelihood.

        The likelihood of tau2 may have two tops, so the whole range is looked at first.
        """
        from scipy.optimize import brentq

        last = max(SETTLED, min(settled, NEARLY))
        grid = GRID * self.spread
        beta, total = self.over_coefficients(grid, settled=NEARLY)
        while (best := int(np.argmax(total))) == len(grid) - 1:
            grid = 16 * grid
            beta, total = self.over_coefficients(grid, settled=NEARLY)
        rises = self.terms(beta, grid).by_variance.sum(axis=1)

        if rises[best] == 0 or (best == 0 and rises[0] < 0):
            beta, total = self.over_coefficients(grid[[best]], beta[[best]], settled=last)
            return float(grid[best]), beta[0], float(total[0])
        found = self._climbed(beta[best], float(grid[best]), float(grid[max(best - 1, 0)]), float(grid[best + 1]), last)
        if found is not None:
            return found
        near = [beta[[best]]]

        def rise(tau2: float) -> float:
            at = np.array([tau2])
            near[0] = self.over_coefficients(at, near[0], settled=last)[0]
            return float(self.terms(near[0], at).by_variance.sum())

        low, high = (best, best + 1) if rises[best] > 0 else (best - 1, best)
        if low < 0 or not rises[low] > 0 > rises[high]:
            tau2 = float(grid[best])
        else:
            tau2 = float(brentq(rise, grid[low], grid[high], xtol=1e-16, rtol=settled))
        beta, total = self.over_coefficients(np.array([tau2]), near[0], settled=last)
        return tau2, beta[0], float(total[0])

    def _climbed(
        self, beta: np.ndarray, tau2: float, low: float, high: float, settled: float
    ) -> tuple[float, np.ndarray, float] | None:
        """Take Newton's steps in coefficients and tau2 at once; None where one leaves the bracket or leads down."""
        before = -np.inf
        for _ in range(MOST_STEPS):
            now = self.terms(beta[None, :], np.array([tau2]))
            total = float(now.log.sum())
            if total < before - 1e-12 * (1 + abs(total)):
                return None
            before = total
            gradient = np.append(now.by_mean[0] @ self.X, now.by_variance.sum())
            curve = np.empty((len(gradient), len(gradient)))
            curve[:-1, :-1] = -(self.X * now.by_mean_twice[0][:, None]).T @ self.X
            curve[:-1, -1] = curve[-1, :-1] = -(now.by_both[0] @ self.X)
            curve[-1, -1] = -now.by_variance_twice.sum()
            try:
                np.linalg.cholesky(curve)
            except np.linalg.LinAlgError:
                return None
            step = np.linalg.solve(curve, gradient)
            beta, tau2 = beta + step[:-1], tau2 + float(step[-1])
            if not low <= tau2 <= high:
                return None
            if np.abs(step).max() <= settled * (1 + np.abs(beta).max(initial=0.0)) and abs(step[-1]) <= settled * tau2:
                total = float(self.terms(beta[None, :], np.array([tau2])).log.sum())
                return tau2, beta, total
        return None

    def nearby(self, tau2: float, beta: np.ndarray) -> tuple[float, np.ndarray, float] | None:
        """Return the top that Newton's steps reach from a start, as `maximum` does; None where they reach none."""
        for start in (tau2, 0.0, FIRST_STEP * float(self.v.min())):
            at = np.array([start])
            there, total = self.over_coefficients(at, beta[None, :], settled=PROFILED)
            if start > 0:
                found = self._climbed(there[0], start, 0.0, np.inf, PROFILED)
            else:
                falls = self.terms(there, at).by_variance.sum() < 0
                found = (0.0, there[0], float(total[0])) if falls else None
            if found is not None:
                return found
        return None

    def covariance(self, beta: np.ndarray, tau2: float) -> np.ndarray:
        """Return the coefficients' block of the inverse observed information."""
        now = self.terms(beta[None, :], np.array([tau2]))
        curve = -(self.X * now.by_mean_twice[0][:, None]).T @ self.X
        if tau2 > 0:
            both, twice = -now.by_both[0] @ self.X, -float(now.by_variance_twice.sum())
            if twice > 0:
                curve = curve - np.outer(both, both) / twice
        return np.linalg.inv(curve)


class Profile:
    """Twice how far the log-likelihood falls where one coefficient is held at a value.

    Parameters
    ----------
    likelihood : Likelihood
    column : int
        The coefficient that is held.
    tau2, beta, top
        Where the likelihood is highest, as `Likelihood.maximum` gives it.
    """

    def __init__(self, likelihood: Likelihood, column: int, tau2: float, beta: np.ndarray, top: float):
        self._column, self._top = likelihood.X[:, column], top
        self._others = likelihood.without(column)
        self._best = float(beta[column])
        self._start = tau2, np.delete(beta, column)

    def interval(self, step: float, level: float) -> tuple[float, float]:
        """Return where it reaches the quantile of `profile_interval`; step is a first guess of how far that is."""
        target = float(np.sqrt(chi2_quantile(level, 1)))
        ends = self._end(-step, target), self._end(step, target)
        if None in ends:
            return profile_interval(self.drop, self._best, step, level=level)
        return ends

    def drop(self, value: float) -> float:
        """Return it at a value, from the highest of all tops of the others."""
        return 2 * (self._top - self._held(value).maximum(settled=PROFILED)[2])

    def _held(self, value: float) -> Likelihood:
        return self._others.at(value * self._column)

    def _end(self, step: float, target: float) -> float | None:
        """Take Newton's steps to one end, from top to top nearby; None where they reach none that is the highest.

        The root of the fall is nearly linear, and its change is that of the likelihood with what is held alone.
        """
        value, start = self._best + step, self._start
        for _ in range(MOST_STEPS):
            held = self._held(value)
            found = held.nearby(*start)
            if found is None or found[2] >= self._top:
                return None
            start, root = found[:2], float(np.sqrt(2 * (self._top - found[2])))
            change = -float(held.terms(found[1][None, :], np.array(found[:1]), of_mean=True).by_mean[0] @ self._column)
            move = (root - target) * root / change
            value -= move
            if not abs(value - self._best) < FARTHEST * abs(step) or (value - self._best) * step <= 0:
                return None
            if abs(move) <= 1e-9 * abs(step):
                # A hill nearby may not be the highest.
                return value if abs(self.drop(value) - target**2) <= SAME_HEIGHT else None
        return None


@dataclass(frozen=True, eq=False)
class Terms:
    """Log-likelihood of each result with its first and second derivatives by mean and variance; all of one shape."""

    log: np.ndarray
    by_mean: np.ndarray
    by_variance: np.ndarray
    by_mean_twice: np.ndarray
    by_both: np.ndarray
    by_variance_twice: np.ndarray


def contributions(
    mu: np.ndarray,
    variance: np.ndarray,
    y: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    *,
    of_mean: bool = False,
) -> Terms:
    r"""Return what each result adds to a log-likelihood, and how that changes with its mean and variance.

    Parameters
    ----------
    mu, variance : numpy.ndarray, shape (..., k)
        Of the results that have a number first, then of those known by an interval.
    y : numpy.ndarray, shape (n,)
    lower, upper : numpy.ndarray, shape (k - n,)
    of_mean : bool
        Only what changes with the mean: the derivatives by the variance are left empty.

    Notes
    -----
    Of an interval's probability P the derivative by the variance is half the second one by the mean, as of every
    normal; all follow from :math:`\phi(a)/P` and :math:`\phi(b)/P` at the standardised bounds a and b.
    """
    n = len(y)
    log, first, second = np.empty(mu.shape), np.empty(mu.shape), np.empty(mu.shape)
    half, both, twice = (np.empty(0 if of_mean else mu.shape) for _ in range(3))
    v = variance[..., :n]
    off = y - mu[..., :n]
    z = off / v
    log[..., :n] = -0.5 * (LOG_2PI + np.log(v) + off * z)
    first[..., :n], second[..., :n] = z, -1 / v
    if not of_mean:
        half[..., :n] = 0.5 * (off * z - 1) / v
        both[..., :n], twice[..., :n] = -z / v, (0.5 - off * z) / v**2
    if mu.shape[-1] == n:
        return Terms(log, first, half, second, both, twice)

    v = variance[..., n:]
    r = np.sqrt(v)
    a, b = (lower - mu[..., n:]) / r, (upper - mu[..., n:]) / r
    inside = log_between(a, b)
    at_a, at_b = np.exp(-0.5 * (a * a + LOG_2PI) - inside), np.exp(-0.5 * (b * b + LOG_2PI) - inside)
    # no density at an infinite bound
    a, b = np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0)
    d1 = (at_a - at_b) / r
    a1, b1 = a * at_a, b * at_b
    d2 = (a1 - b1) / v
    log[..., n:], first[..., n:], second[..., n:] = inside, d1, d2 - d1 * d1
    if of_mean:
        return Terms(log, first, half, second, both, twice)
    d3 = (a * a1 - at_a - b * b1 + at_b) / (r * v)
    d4 = ((a * a - 3) * a1 - (b * b - 3) * b1) / (v * v)
    half[..., n:] = d2 / 2
    both[..., n:] = d3 / 2 - d1 * d2 / 2
    twice[..., n:] = d4 / 4 - d2 * d2 / 4
    return Terms(log, first, half, second, both, twice)


def log_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return log(Phi(b) - Phi(a)), a below b, without loss in either tail."""
    turned = a + b > 0  # the upper tail is the lower one seen from the other side
    low, high = np.where(turned, -b, a), np.where(turned, -a, b)
    top = log_ndtr(high)
    return top + np.log1p(-np.exp(log_ndtr(low) - top))


def checked(
    yi: ArrayLike, vi: ArrayLike, lower: ArrayLike, upper: ArrayLike, X: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return effects, variances and bounds as arrays that go with a design of full rank; refuse the rest.

    Raises
    ------
    InputError, NotEstimableError
        As `fit_censored`.
    """
    y, v, low, high = (np.asarray(values, float) for values in (yi, vi, lower, upper))
    if not (y.ndim == 1 and y.shape == v.shape == low.shape == high.shape and len(X) == len(y)):
        raise InputError("yi, vi, lower, upper and X must be of one length: an effect or its bounds, and its variance.")
    if np.isinf(y).any() or not (np.isfinite(v).all() and np.isfinite(X).all()):
        raise InputError("An effect is infinite, or a variance or a moderator is missing; leave that result out first.")
    if not (v > 0).all():
        raise InputError("A sampling variance is not above 0; the result it belongs to cannot be weighted.")
    hidden = np.isnan(y)
    if not (low[hidden] < high[hidden]).all():
        place = int(np.flatnonzero(hidden & ~(low < high))[0])
        raise InputError(
            f"Effect number {place + 1} has no number, and no interval either: {low[place]} is not below {high[place]}."
        )
    if (np.isinf(low) & np.isinf(high) & hidden).any():
        raise InputError("An effect has neither a number nor a finite bound, which says nothing; leave it out.")
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}; it must be between 0 and 1, such as 0.95.")
    k, p = X.shape
    if hidden.all():
        raise NotEstimableError("No result has a number, so nothing says how large effects are or how far they differ.")
    if k <= p:
        raise NotEstimableError(f"{k} results cannot carry {p} coefficients and a heterogeneity variance.")
    if np.linalg.matrix_rank(X) < p:
        raise NotEstimableError("The moderators are collinear: some are exact combinations of the others.")
    if np.linalg.matrix_rank(X[~hidden]) < p:
        raise NotEstimableError(
            "The results that have numbers do not tell the coefficients apart; intervals alone cannot hold a slope."
        )
    return y, v, low, high


def _taken(
    yi: ArrayLike, vi: ArrayLike, lower: ArrayLike, upper: ArrayLike, X: ArrayLike | None, level: float
) -> Likelihood:
    design = with_intercept(X, np.size(yi))
    y, v, low, high = checked(yi, vi, lower, upper, design, level)
    hidden = np.isnan(y)
    numbers_first = np.argsort(hidden, kind="stable")
    return Likelihood(y[~hidden], low[hidden], high[hidden], v[numbers_first], design[numbers_first], np.zeros(len(y)))


def with_intercept(X: ArrayLike | None, k: int) -> np.ndarray:
    """Return moderators as a design matrix with its intercept first, shape (k, 1 + m)."""
    moderators = np.empty((k, 0)) if X is None else np.asarray(X, float)
    if len(moderators) != k:
        raise InputError("yi, vi, lower, upper and X must be of one length: an effect or its bounds, and its variance.")
    return np.column_stack([np.ones(k), moderators[:, None] if moderators.ndim == 1 else moderators])
