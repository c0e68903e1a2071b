"""Several effects of one trial in one model: correlated and hierarchical effects with cluster-robust inference.

Nothing of the kind is known to us in Python; `che` gives the numbers of metafor's `rma.mv` and clubSandwich's CR2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from synthesis.choices import LEVEL, RHO
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.clusters import Clusters, Weighted, in_clusters, variances
from synthesis.statistics.distributions import t_quantile, t_tail
from synthesis.statistics.sandwich import HTZ, Robust


@dataclass(frozen=True, eq=False)
class CheFit:
    """A model of correlated and hierarchical effects.

    Attributes
    ----------
    beta, se, df, pval, ci_lb, ci_ub : numpy.ndarray, shape (p,)
        Coefficients, the intercept first; CR2 standard errors, Satterthwaite degrees of freedom, and t tests and
        intervals from both.
    se_model : numpy.ndarray, shape (p,)
        The model's own standard errors.
    cov : numpy.ndarray, shape (p, p)
        CR2 covariance of the coefficients.
    tau2, omega2 : float
        Variance between clusters and within them; `omega2` is 0 where no cluster has two effects.
    weights : numpy.ndarray, shape (p, k)
        What each effect contributes to each coefficient; of a model without moderators they add up to 1, and a strong
        correlation may make some negative.
    average_weights : numpy.ndarray, shape (k,)
        What each effect would weigh in an average of all effects at these variances; they add up to 1. A strong
        correlation makes those of a cluster's least precise effects negative, which is no sensible average: choose a
        smaller `rho`.
    htz : HTZ or None
        Of the columns in `test`; None where there is nothing to test.
    k, clusters : int
    rho, level : float

    Examples
    --------
    >>> fit = che([0.1, 0.3, 0.35, 0.2, 0.5], [0.03, 0.03, 0.05, 0.02, 0.04], ["a", "a", "b", "c", "d"])
    >>> print(f"{fit.beta[0]:.2f} ({fit.ci_lb[0]:.2f} to {fit.ci_ub[0]:.2f}), df {fit.df[0]:.1f}")
    0.28 (0.05 to 0.50), df 2.6
    """

    beta: np.ndarray
    se: np.ndarray
    df: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    se_model: np.ndarray
    cov: np.ndarray
    tau2: float
    omega2: float
    weights: np.ndarray
    average_weights: np.ndarray
    htz: HTZ | None
    k: int
    clusters: int
    rho: float
    level: float


def che(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: ArrayLike,
    X: ArrayLike | None = None,
    *,
    rho: float = RHO,
    level: float = LEVEL,
    test: Sequence[int] | None = None,
) -> CheFit:
    r"""Fit correlated and hierarchical effects by REML, with CR2 standard errors and Satterthwaite degrees of freedom.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    cluster : array_like, shape (k,)
        What effects belong together: the trial.
    X : array_like, shape (k,) or (k, m), optional
        Moderators without the intercept, which comes first among the coefficients.
    rho : float
        Correlation assumed between the sampling errors of effects of one cluster.
    level : float
        Confidence level.
    test : sequence of int, optional
        Columns of `X` to test at once, from 0; all by default.

    Returns
    -------
    CheFit

    Raises
    ------
    InputError
        For arrays of unequal length, numbers that are none, variances not above 0, or a correlation outside 0 to 1.
    NotEstimableError
        For collinear columns, or no more clusters than coefficients.

    Notes
    -----
    Effect i of cluster j is :math:`x_{ij}'\beta + u_j + w_{ij} + e_{ij}` with variances :math:`\tau^2`,
    :math:`\omega^2` and a covariance :math:`\rho\sqrt{v_{ij} v_{i'j}}` of the errors [pustejovsky2022]. Weights
    are the inverse of that model, which is also the working model of CR2 [tipton2015small, pustejovsky2018small].

    Examples
    --------
    >>> fit = che([0.1, 0.3, 0.35, 0.2, 0.5], [0.03, 0.03, 0.05, 0.02, 0.04], ["a", "a", "b", "c", "d"])
    >>> print(*fit.beta.round(3), *fit.se.round(3), *fit.df.round(1))
    0.278 0.065 2.6
    """
    data, columns = _taken(yi, vi, cluster, X, rho, level, test)
    tau2, omega2 = variances(data)
    fit = Weighted(data, tau2, omega2)
    robust = Robust(fit)
    se, df = np.sqrt(np.diag(robust.cov)), robust.degrees_of_freedom(np.eye(len(fit.beta)))
    half = t_quantile(0.5 + level / 2, df) * se
    return CheFit(
        beta=fit.beta,
        se=se,
        df=df,
        pval=2 * t_tail(np.abs(fit.beta / se), df),
        ci_lb=fit.beta - half,
        ci_ub=fit.beta + half,
        se_model=np.sqrt(np.diag(fit.bread)),
        cov=robust.cov,
        tau2=tau2,
        omega2=omega2,
        weights=fit.contributions(),
        average_weights=fit.average_weights(),
        htz=robust.htz(columns) if columns else None,
        k=len(data.rows),
        clusters=len(data.y),
        rho=rho,
        level=level,
    )


def _taken(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: ArrayLike,
    X: ArrayLike | None,
    rho: float,
    level: float,
    test: Sequence[int] | None,
) -> tuple[Clusters, list[int]]:
    """Return the effects in their clusters and the coefficients to test; refuse the rest."""
    y, v, numbers, design = checked(yi, vi, cluster, X, rho)
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}; it must be between 0 and 1, such as 0.95.")
    m = design.shape[1] - 1
    asked = range(m) if test is None else test
    if any(not 0 <= column < m for column in asked):
        raise InputError(f"test names columns of X from 0 to {m - 1}, not {list(asked)}.")
    return in_clusters(y, v, numbers, design, rho), [1 + column for column in asked]


def checked(
    yi: ArrayLike, vi: ArrayLike, cluster: ArrayLike, X: ArrayLike | None, rho: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return effects, variances, numbers of clusters from 0 and the design with its intercept; refuse what is none."""
    y, v, names = np.asarray(yi, float), np.asarray(vi, float), np.asarray(cluster)
    moderators = np.empty((y.size, 0)) if X is None else np.atleast_1d(np.asarray(X, float))
    if not (y.ndim == v.ndim == names.ndim == 1 and len({len(y), len(v), len(names), len(moderators)}) == 1):
        raise InputError(
            "yi, vi, cluster and moderators must be of one length: an effect, its variance, whose it is and its values."
        )
    moderators = moderators if moderators.ndim == 2 else moderators[:, None]
    if not (np.isfinite(y).all() and np.isfinite(v).all() and np.isfinite(moderators).all()):
        raise InputError("An effect, a variance or a moderator is missing; leave that effect out first.")
    if not (v > 0).all():
        raise InputError("A sampling variance is not above 0; the effect it belongs to cannot be weighted.")
    if not 0 <= rho < 1:
        raise InputError(f"rho is {rho!r}; the correlation of effects of one cluster is from 0 to below 1.")
    design = np.column_stack([np.ones(len(y)), moderators])
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names.tolist()))}
    if len(numbers) <= design.shape[1]:
        raise NotEstimableError(
            f"{len(numbers)} clusters cannot carry {design.shape[1]} coefficients and their uncertainty."
        )
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotEstimableError("The moderators are collinear: some are exact combinations of the others.")
    return y, v, np.array([numbers[name] for name in names.tolist()]), design
