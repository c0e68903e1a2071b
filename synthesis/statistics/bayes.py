r"""Bayesian meta-analysis and meta-regression with one moderator, by quadrature over the heterogeneity: no sampling.

Given tau everything is normal, so that only tau needs to be integrated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from synthesis.choices import LEVEL
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.priors import HALF_NORMAL, known_prior, log_prior, positive
from synthesis.statistics.quadrature import rule, support

LOG_2PI = float(np.log(2 * np.pi))
TAU_PRIOR = (HALF_NORMAL, 0.5)
MU_SD, SLOPE_SD = 1.0, 0.5


@dataclass(frozen=True, eq=False)
class BayesFit:
    """A Bayesian random-effects meta-analysis, or meta-regression on one centred moderator.

    Attributes
    ----------
    estimate, sd, ci_lb, ci_ub : float
        Posterior mean, standard deviation and equal-tailed interval: of the average effect mu, with a moderator of its
        slope.
    prob_positive : float
        Posterior probability that it is above 0.
    bf10 : float
        Bayes factor of that parameter free, with its prior, against its being 0: above 1 the data speak for it.
    tau, tau_median, tau_lb, tau_ub : float
        Posterior mean, median and equal-tailed interval of the standard deviation between trials.
    pi_lb, pi_ub : float
        Equal-tailed predictive interval of the true effect in a new trial, with a moderator at its mean.
    intercept, intercept_sd : float
        Posterior of mu; with a moderator the effect at its mean.
    log_evidence : float
        Log marginal likelihood of the data, the parameter free.
    k : int
    tau_prior : tuple of str and float
    mu_sd, slope_sd, level : float

    Examples
    --------
    >>> fit = bayes_pool([0.1, 0.3, 0.5], [0.02, 0.03, 0.05])
    >>> print(f"{fit.ci_lb:.2f} to {fit.ci_ub:.2f}; a new trial {fit.pi_lb:.2f} to {fit.pi_ub:.2f}")
    -0.13 to 0.66; a new trial -0.50 to 1.03
    """

    estimate: float
    sd: float
    ci_lb: float
    ci_ub: float
    prob_positive: float
    bf10: float
    tau: float
    tau_median: float
    tau_lb: float
    tau_ub: float
    pi_lb: float
    pi_ub: float
    intercept: float
    intercept_sd: float
    log_evidence: float
    k: int
    tau_prior: tuple[str, float]
    mu_sd: float
    slope_sd: float
    level: float


def bayes_pool(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike | None = None,
    *,
    tau_prior: tuple[str, float] = TAU_PRIOR,
    mu_sd: float = MU_SD,
    slope_sd: float = SLOPE_SD,
    level: float = LEVEL,
) -> BayesFit:
    r"""Pool effects, or regress them on one moderator, with priors on average, slope and heterogeneity.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    x : array_like, shape (k,), optional
        A moderator; its mean is taken off.
    tau_prior : tuple of str and float
        Of the standard deviation between trials: ("half-normal", scale) or ("half-cauchy", scale).
    mu_sd, slope_sd : float
        Standard deviations of the normal priors about 0 of average and slope.
    level : float
        Of the intervals.

    Returns
    -------
    BayesFit

    Raises
    ------
    InputError
        For arrays of unequal length, numbers that are none, variances not above 0, or a prior without a scale.
    NotEstimableError
        Without any effect, or where the moderator is the same in all.

    Notes
    -----
    :math:`y_i \sim N(\mu + \beta (x_i - \bar x), \tau^2 + v_i)`, :math:`\mu \sim N(0, s_\mu^2)`,
    :math:`\beta \sim N(0, s_\beta^2)`. Given tau the marginal likelihood of the data is normal; the posterior is a
    mixture of normals over tau, integrated by Gauss-Legendre panels [rover2020bayesmeta, rover2021weakly]. The Bayes
    factor is the ratio of the data's marginal likelihoods with the parameter free and at 0, tau having the same prior
    in both [gronau2021primer].

    Examples
    --------
    >>> fit = bayes_pool([0.1, 0.3, 0.5], [0.02, 0.03, 0.05])
    >>> print(f"{fit.estimate:.3f} {fit.sd:.3f} {fit.tau:.3f} {fit.bf10:.3f}")
    0.259 0.194 0.234 0.739
    """
    y, v, X = taken(yi, vi, x)
    prior, scales = known_prior(tau_prior), _scales(mu_sd, slope_sd, X)
    level = checked_level(level)
    fine = float(min(prior[1], np.sqrt(v.min())))
    model = Normal(y, v, X, scales)

    def density(tau: np.ndarray) -> np.ndarray:
        return model.log_evidence(tau) + log_prior(prior, tau)

    low, high = support(density, fine)
    tau, log_weights = rule(low, high, fine)
    heights = density(tau) + log_weights
    weights, evidence = normalised(heights)
    means, spreads = model.posterior(tau)
    j = X.shape[1] - 1
    estimate, sd = moments(weights, means[:, j], spreads[:, j])
    intercept, intercept_sd = moments(weights, means[:, 0], spreads[:, 0])
    ends = (0.5 - level / 2, 0.5 + level / 2)
    ci_lb, ci_ub = (mixture_quantile(p, weights, means[:, j], spreads[:, j]) for p in ends)
    pi_lb, pi_ub = (mixture_quantile(p, weights, means[:, 0], np.hypot(spreads[:, 0], tau)) for p in ends)
    quantiles = _quantiles_of_sd((ends[0], 0.5, ends[1]), density, low, high, fine, evidence)
    return BayesFit(
        estimate=estimate,
        sd=sd,
        ci_lb=ci_lb,
        ci_ub=ci_ub,
        prob_positive=float(weights @ ndtr(means[:, j] / spreads[:, j])),
        bf10=float(ratio(evidence - _evidence(Normal(y, v, X[:, :-1], scales[:-1]), prior, fine))),
        tau=float(weights @ tau),
        tau_median=quantiles[1],
        tau_lb=quantiles[0],
        tau_ub=quantiles[2],
        pi_lb=pi_lb,
        pi_ub=pi_ub,
        intercept=intercept,
        intercept_sd=intercept_sd,
        log_evidence=evidence,
        k=len(y),
        tau_prior=prior,
        mu_sd=float(mu_sd),
        slope_sd=float(slope_sd),
        level=level,
    )


def bayes_factors(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike | None = None,
    *,
    scales: ArrayLike,
    tau_prior: tuple[str, float] = TAU_PRIOR,
    mu_sd: float = MU_SD,
) -> np.ndarray:
    """Return the Bayes factor against the scale of the prior of the parameter that it is about.

    Parameters
    ----------
    yi, vi, x, tau_prior, mu_sd
        As in `bayes_pool`.
    scales : array_like, shape (n,)
        Standard deviations of the prior of mu, with a moderator of its slope (`mu_sd` is then that of the intercept).

    Returns
    -------
    numpy.ndarray, shape (n,)
        Free against 0. It goes to 1 as the prior narrows, and to 0 as it widens, whatever the data say
        [gronau2021primer]: a Bayes factor is about a prior, so that it is shown as a curve.

    Examples
    --------
    >>> bayes_factors([0.1, 0.3, 0.5], [0.02, 0.03, 0.05], scales=[0.2, 0.5, 1.0]).round(2)
    array([1.72, 1.28, 0.74])
    """
    y, v, X = taken(yi, vi, x)
    prior, mu_sd = known_prior(tau_prior), positive(mu_sd, "mu_sd")
    widths = [positive(scale, "a scale of the prior") for scale in np.atleast_1d(np.asarray(scales, float)).tolist()]
    fine = float(min(prior[1], np.sqrt(v.min())))
    others = np.full(X.shape[1] - 1, mu_sd)
    null = _evidence(Normal(y, v, X[:, :-1], others), prior, fine)
    free = [_evidence(Normal(y, v, X, np.append(others, width)), prior, fine) for width in widths]
    return ratio(np.array(free) - null)


@dataclass(frozen=True, eq=False)
class Normal:
    """Effects y about X beta with variances tau2 + v, beta normal about 0 with standard deviations `scales`."""

    y: np.ndarray
    v: np.ndarray
    X: np.ndarray
    scales: np.ndarray

    def _at(self, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the weights (d, k), the posterior precision of beta (d, p, p), and what it is solved for (d, p)."""
        w = 1 / (tau[:, None] ** 2 + self.v)
        precision = np.einsum("dk,kp,kq->dpq", w, self.X, self.X) + np.diag(self.scales**-2)
        return w, precision, (w * self.y) @ self.X

    def log_evidence(self, tau: np.ndarray) -> np.ndarray:
        """Return the log marginal likelihood of the data at each tau, shape (d,)."""
        w, precision, moment = self._at(tau)
        beta = np.linalg.solve(precision, moment[:, :, None])[:, :, 0]
        off = self.y - beta @ self.X.T
        square = (w * off**2).sum(axis=1) + (beta**2 / self.scales**2).sum(axis=1)
        logs = np.log(w).sum(axis=1) - np.linalg.slogdet(precision)[1] - 2 * np.log(self.scales).sum()
        return 0.5 * (logs - square - len(self.y) * LOG_2PI)

    def posterior(self, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the coefficients' posterior means and standard deviations at each tau, both (d, p)."""
        _, precision, moment = self._at(tau)
        cov = np.linalg.inv(precision)
        return np.einsum("dpq,dq->dp", cov, moment), np.sqrt(np.einsum("dpp->dp", cov))


def normalised(heights: np.ndarray) -> tuple[np.ndarray, float]:
    """Return weights that add up to 1, and the log of what their exponentials added up to."""
    top = heights.max()
    total = np.exp(heights - top)
    return total / total.sum(), float(top + np.log(total.sum()))


def ratio(logs: ArrayLike) -> np.ndarray:
    """Return a ratio from its logarithm; infinite where it is beyond all numbers."""
    with np.errstate(over="ignore"):
        return np.exp(np.asarray(logs, float))


def moments(weights: np.ndarray, means: np.ndarray, spreads: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation of a mixture of normals."""
    mean = float(weights @ means)
    return mean, float(np.sqrt(weights @ (spreads**2 + (means - mean) ** 2)))


def mixture_quantile(p: float, weights: np.ndarray, means: np.ndarray, spreads: np.ndarray) -> float:
    """Return a quantile of a mixture of normals."""
    kept = weights > 0
    weights, means, spreads = weights[kept], means[kept], spreads[kept]
    return _root(lambda z: float(weights @ ndtr((z - means) / spreads)) - p, *_around(means + spreads * ndtri(p)))


def checked_level(level: float) -> float:
    """Return a level between 0 and 1; refuse another."""
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        raise InputError(f"level is {level!r}; it must be between 0 and 1, such as 0.95.")
    return float(level)


def taken(yi: ArrayLike, vi: ArrayLike, x: ArrayLike | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return effects, variances and the design, its moderator centred; refuse what is none.

    Raises
    ------
    InputError, NotEstimableError
        As `bayes_pool`.
    """
    y, v = np.asarray(yi, float), np.asarray(vi, float)
    one = np.ones(y.shape)
    moderator = one if x is None else np.asarray(x, float)
    if not (y.ndim == 1 and y.shape == v.shape == moderator.shape):
        raise InputError("yi, vi and x must be of one length: an effect, its variance and its moderator.")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and np.isfinite(moderator).all()):
        raise InputError("An effect, a variance or a moderator is missing; leave that effect out first.")
    if not (v > 0).all():
        raise InputError("A sampling variance is not above 0; the effect it belongs to cannot be weighted.")
    if not len(y):
        raise NotEstimableError("There is no effect, so there is nothing but the prior.")
    if x is None:
        return y, v, one[:, None]
    if np.ptp(moderator) == 0:
        raise NotEstimableError("The moderator has the same value in every trial, so nothing can be regressed on it.")
    return y, v, np.column_stack([one, moderator - moderator.mean()])


def _scales(mu_sd: float, slope_sd: float, X: np.ndarray) -> np.ndarray:
    both = np.array([positive(mu_sd, "mu_sd"), positive(slope_sd, "slope_sd")])
    return both[: X.shape[1]]


def _evidence(model: Normal, prior: tuple[str, float], fine: float) -> float:
    """Return the log marginal likelihood, tau integrated."""

    def density(tau: np.ndarray) -> np.ndarray:
        return model.log_evidence(tau) + log_prior(prior, tau)

    tau, log_weights = rule(*support(density, fine), fine)
    return normalised(density(tau) + log_weights)[1]


def _quantiles_of_sd(
    ps: tuple[float, ...],
    density: Callable[[np.ndarray], np.ndarray],
    low: float,
    high: float,
    fine: float,
    evidence: float,
) -> list[float]:
    """Return posterior quantiles of a standard deviation that is integrated by quadrature."""

    def below(value: float) -> float:
        if value <= low:
            return 0.0
        at, log_weights = rule(low, value, fine)
        return float(np.exp(density(at) + log_weights - evidence).sum())

    return [_root(lambda z, p=p: below(z) - p, low, high) for p in ps]


def _around(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    slack = 1e-9 * (1 + abs(low) + abs(high))
    return low - slack, high + slack


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(f, low, high, xtol=1e-13, rtol=1e-12))
