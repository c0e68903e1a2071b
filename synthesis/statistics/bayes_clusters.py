r"""One slope for all outcomes of all trials by Bayes: correlated and hierarchical effects, both variances integrated.

Given the two standard deviations everything is normal, and a trial's covariance matrix is a diagonal one plus two of
rank one: a grid of thousands of pairs takes a fraction of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from synthesis.choices import LEVEL
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.bayes import (
    LOG_2PI,
    MU_SD,
    SLOPE_SD,
    TAU_PRIOR,
    checked_level,
    mixture_quantile,
    moments,
    normalised,
    ratio,
    taken,
)
from synthesis.statistics.multilevel import RHO
from synthesis.statistics.priors import known_prior, log_prior, positive
from synthesis.statistics.quadrature import NEGLIGIBLE, rule

# Where both standard deviations are looked for, on the scale of asinh(sd / scale), and in how many steps.
FARTHEST, STEPS = 20.0, 161
PANELS, NODES = 9, 8


@dataclass(frozen=True, eq=False)
class BayesJointFit:
    """The slope of all outcomes on one centred moderator, by Bayes.

    Attributes
    ----------
    estimate, sd, ci_lb, ci_ub, prob_positive, bf10 : float
        Of the slope, as in `BayesFit`.
    tau, tau_sd, omega, omega_sd : float
        Posterior mean and standard deviation of the standard deviations between clusters and within them.
    intercepts : numpy.ndarray, shape (outcomes,)
        Posterior means of the outcomes' averages at the moderator's mean, in the order in which they first appear.
    log_evidence : float
    k, clusters : int
    rho : float
    tau_prior, omega_prior : tuple of str and float
    mu_sd, slope_sd, level : float

    Examples
    --------
    >>> fit = bayes_joint([0.1, 0.3, 0.5, 0.2], [0.02, 0.03, 0.05, 0.04], ["a", "a", "b", "c"], [0, 0, 1, 0.5])
    >>> print(f"slope {fit.estimate:.2f} ({fit.ci_lb:.2f} to {fit.ci_ub:.2f}), Bayes factor {fit.bf10:.2f}")
    slope 0.15 (-0.59 to 0.83), Bayes factor 0.79
    """

    estimate: float
    sd: float
    ci_lb: float
    ci_ub: float
    prob_positive: float
    bf10: float
    tau: float
    tau_sd: float
    omega: float
    omega_sd: float
    intercepts: np.ndarray
    log_evidence: float
    k: int
    clusters: int
    rho: float
    tau_prior: tuple[str, float]
    omega_prior: tuple[str, float]
    mu_sd: float
    slope_sd: float
    level: float


def bayes_joint(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: ArrayLike,
    x: ArrayLike,
    outcome: ArrayLike | None = None,
    *,
    rho: float = RHO,
    tau_prior: tuple[str, float] = TAU_PRIOR,
    omega_prior: tuple[str, float] = TAU_PRIOR,
    mu_sd: float = MU_SD,
    slope_sd: float = SLOPE_SD,
    level: float = LEVEL,
) -> BayesJointFit:
    r"""Regress the effects of all outcomes on one moderator, with priors on averages, slope and both variances.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    cluster : array_like, shape (k,)
        What effects belong together: the trial.
    x : array_like, shape (k,)
        The moderator; its mean over the effects is taken off.
    outcome : array_like, shape (k,), optional
        What each effect is on; every outcome has its own average. One for all by default.
    rho : float
        Correlation assumed between the sampling errors of effects of one cluster.
    tau_prior, omega_prior : tuple of str and float
        Of the standard deviations between clusters and within them, as in `bayes_pool`.
    mu_sd, slope_sd : float
        Standard deviations of the normal priors about 0 of each average and of the slope.
    level : float
        Of the interval.

    Returns
    -------
    BayesJointFit

    Raises
    ------
    InputError, NotEstimableError
        As `bayes_pool`; also for a correlation outside 0 to 1.

    Notes
    -----
    Effect i of cluster j on outcome o is :math:`a_o + \beta (x_{ij} - \bar x) + u_j + w_{ij} + e_{ij}` with variances
    :math:`\tau^2`, :math:`\omega^2` and :math:`Cov(e_{ij}, e_{i'j}) = \rho\sqrt{v_{ij} v_{i'j}}` [pustejovsky2022]. The
    marginal likelihood of the data at (tau, omega) is normal; both are integrated by Gauss-Legendre panels
    [rover2021weakly]. The Bayes factor is the ratio of the data's marginal likelihoods with the slope free and at 0
    [gronau2021primer].

    Examples
    --------
    >>> yi, vi = [0.1, 0.3, 0.5, 0.2], [0.02, 0.03, 0.05, 0.04]
    >>> fit = bayes_joint(yi, vi, ["a", "a", "b", "c"], [0, 0, 1, 0.5], rho=0.4)
    >>> print(f"{fit.estimate:.2f} ({fit.ci_lb:.2f} to {fit.ci_ub:.2f})")
    0.15 (-0.59 to 0.83)
    """
    y, v, design = taken(yi, vi, x)
    model = _taken(y, v, cluster, outcome, design[:, 1], rho, mu_sd, slope_sd)
    priors, level = (known_prior(tau_prior), known_prior(omega_prior, "omega_prior")), checked_level(level)
    fine = float(min(priors[0][1], priors[1][1], np.sqrt(v.min())))
    tau, omega, logs, means, spreads = _posterior(model, priors, fine)
    weights, evidence = normalised(logs)
    estimate, sd = moments(weights, means[:, -1], spreads)
    ci_lb, ci_ub = (mixture_quantile(p, weights, means[:, -1], spreads) for p in (0.5 - level / 2, 0.5 + level / 2))
    null = normalised(_posterior(model.without_slope(), priors, fine)[2])[1]
    return BayesJointFit(
        estimate=estimate,
        sd=sd,
        ci_lb=ci_lb,
        ci_ub=ci_ub,
        prob_positive=float(weights @ ndtr(means[:, -1] / spreads)),
        bf10=float(ratio(evidence - null)),
        tau=float(weights @ tau),
        tau_sd=moments(weights, tau, np.zeros(len(tau)))[1],
        omega=float(weights @ omega),
        omega_sd=moments(weights, omega, np.zeros(len(omega)))[1],
        intercepts=weights @ means[:, :-1],
        log_evidence=evidence,
        k=len(y),
        clusters=len(np.unique(model.cluster)),
        rho=rho,
        tau_prior=priors[0],
        omega_prior=priors[1],
        mu_sd=float(mu_sd),
        slope_sd=float(slope_sd),
        level=level,
    )


@dataclass(frozen=True, eq=False)
class Clustered:
    """Effects in clusters about X beta, beta normal about 0 with standard deviations `scales`.

    Attributes
    ----------
    y, v, cluster : numpy.ndarray, shape (k,)
    X : numpy.ndarray, shape (k, p)
    rho : float
    scales : numpy.ndarray, shape (p,)
    """

    y: np.ndarray
    v: np.ndarray
    cluster: np.ndarray
    X: np.ndarray
    rho: float
    scales: np.ndarray

    def without_slope(self) -> Clustered:
        """Return the model without its last column."""
        return Clustered(self.y, self.v, self.cluster, self.X[:, :-1], self.rho, self.scales[:-1])

    @cached_property
    def _belongs(self) -> np.ndarray:
        """Return 1 where an effect is a cluster's, shape (m, k)."""
        return (np.arange(self.cluster.max() + 1)[:, None] == self.cluster).astype(float)

    def at(self, tau: np.ndarray, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        r"""Return, at every pair of the two, the data's log marginal likelihood and the coefficients' posterior.

        A cluster's covariance is :math:`D + \tau^2 1 1' + \rho s s'` with :math:`D = (1 - \rho) v + \omega^2` on the
        diagonal and s the roots of v, whose inverse takes one of two by two.

        Parameters
        ----------
        tau, omega : numpy.ndarray, shapes (a,) and (b,)

        Returns
        -------
        tuple of numpy.ndarray
            Log-likelihoods (a, b), posterior means (a, b, p) and the last coefficient's standard deviations (a, b).
        """
        p = self.X.shape[1]
        columns = np.column_stack([self.X, self.y])
        s = np.sqrt(self.rho * self.v)
        d = (1 - self.rho) * self.v + omega[:, None] ** 2
        w = 1 / d
        shared = [np.einsum("bk,mk->bm", w * load, self._belongs) for load in (np.ones(len(s)), s, s**2)]
        pulled = [np.einsum("bk,kc,mk->bmc", w * load, columns, self._belongs) for load in (np.ones(len(s)), s)]
        whole = np.einsum("bk,kc,ke->bce", w, columns, columns)
        logs, means, spreads = (np.empty((len(tau), len(omega), *more)) for more in ((), (p,), ()))
        for place, one in enumerate(tau):
            first, both, second = 1 + one**2 * shared[0], one * shared[1], 1 + shared[2]
            determinant = first * second - both**2
            t, f = one * pulled[0], pulled[1]
            within = (second / determinant)[:, :, None] * t - (both / determinant)[:, :, None] * f
            beside = (first / determinant)[:, :, None] * f - (both / determinant)[:, :, None] * t
            cross = whole - np.einsum("bmc,bme->bce", t, within) - np.einsum("bmc,bme->bce", f, beside)
            precision = cross[:, :p, :p] + np.diag(self.scales**-2)
            cov = np.linalg.inv(precision)
            moment = cross[:, :p, p]
            beta = np.einsum("bpq,bq->bp", cov, moment)
            square = cross[:, p, p] - (moment * beta).sum(axis=1)
            spread = np.log(d).sum(axis=1) + np.log(determinant).sum(axis=1)
            spread += np.linalg.slogdet(precision)[1] + 2 * np.log(self.scales).sum()
            logs[place] = -0.5 * (len(self.y) * LOG_2PI + spread + square)
            means[place], spreads[place] = beta, np.sqrt(cov[:, -1, -1])
        return logs, means, spreads


def _posterior(
    model: Clustered, priors: tuple[tuple[str, float], tuple[str, float]], fine: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes (n,) of both standard deviations, logs of their weights, and what the coefficients are at each."""

    def heights(tau: np.ndarray, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        logs, means, spreads = model.at(tau, omega)
        return logs + log_prior(priors[0], tau)[:, None] + log_prior(priors[1], omega), means, spreads

    at = np.linspace(0.0, FARTHEST, STEPS)
    sd, length = fine * np.sinh(at), np.log(np.cosh(at))
    rough = heights(sd, sd)[0] + length[:, None] + length
    kept = rough > rough.max() - NEGLIGIBLE
    rules = []
    for axis in (1, 0):
        places = np.flatnonzero(kept.any(axis=axis))
        low, high = max(places[0] - 1, 0), min(places[-1] + 1, STEPS - 1)
        rules.append(rule(sd[low], sd[high], fine, panels=PANELS, nodes=NODES))
    (tau, of_tau), (omega, of_omega) = rules
    logs, means, spreads = heights(tau, omega)
    logs = logs + of_tau[:, None] + of_omega
    pairs = np.meshgrid(tau, omega, indexing="ij")
    return pairs[0].ravel(), pairs[1].ravel(), logs.ravel(), means.reshape(logs.size, -1), spreads.ravel()


def _taken(
    y: np.ndarray,
    v: np.ndarray,
    cluster: ArrayLike,
    outcome: ArrayLike | None,
    x: np.ndarray,
    rho: float,
    mu_sd: float,
    slope_sd: float,
) -> Clustered:
    names = np.asarray(cluster)
    kinds = np.zeros(len(y), int) if outcome is None else np.asarray(outcome)
    if not names.shape == kinds.shape == y.shape:
        raise InputError("yi, cluster and outcome must be of one length: an effect, whose it is and what it is on.")
    if not 0 <= rho < 1:
        raise InputError(f"rho is {rho!r}; the correlation of effects of one cluster is from 0 to below 1.")
    mine, of = (_numbered(values) for values in (names, kinds))
    X = np.column_stack([(of[:, None] == np.arange(of.max() + 1)).astype(float), x])
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise NotEstimableError(
            "The moderator is the same in all effects on each outcome, so it cannot be told from them."
        )
    scales = np.append(np.full(X.shape[1] - 1, positive(mu_sd, "mu_sd")), positive(slope_sd, "slope_sd"))
    return Clustered(y, v, mine, X, float(rho), scales)


def _numbered(values: np.ndarray) -> np.ndarray:
    """Return whole numbers from 0 in the place of names, in the order in which these first appear."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(values.tolist()))}
    return np.array([numbers[name] for name in values.tolist()])
