"""Several effects of one trial in one model: correlated and hierarchical effects with cluster-robust inference.

Nothing of the kind is known to us in Python; `che` gives the numbers of metafor's `rma.mv` and clubSandwich's CR2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from synthesis.choices import LEVEL
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.distributions import f_tail, t_quantile, t_tail

RHO = 0.6
MOST_STEPS = 200
# A step of the search this small, in units of a variance plus the mean sampling variance, is the last.
SETTLED = 1e-11
# Where the search starts, as shares of the variance of the effects: between clusters, within them.
STARTS = ((0.25, 0.25), (0.5, 0.0), (0.0, 0.5), (0.0, 0.0))


@dataclass(frozen=True)
class HTZ:
    """A test of several coefficients at once by an approximate Hotelling T2 [pustejovsky2018small].

    Attributes
    ----------
    F, df_num, df_denom, pval : float
    """

    F: float
    df_num: int
    df_denom: float
    pval: float


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
    htz : HTZ or None
        Of the columns in `test`; None where there is nothing to test.
    k, clusters : int
    rho, level : float
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
    Effect i of cluster j is :math:`x_{ij}'\\beta + u_j + w_{ij} + e_{ij}` with variances :math:`\\tau^2`,
    :math:`\\omega^2` and a covariance :math:`\\rho\\sqrt{v_{ij} v_{i'j}}` of the errors [pustejovsky2022]. Weights
    are the inverse of that model, which is also the working model of CR2 [tipton2015small, pustejovsky2018small].

    Examples
    --------
    >>> fit = che([0.1, 0.3, 0.35, 0.2, 0.5], [0.03, 0.03, 0.05, 0.02, 0.04], ["a", "a", "b", "c", "d"])
    >>> print(*fit.beta.round(3), *fit.se.round(3), *fit.df.round(1))
    0.278 0.065 2.6
    """
    y, v, groups, design, columns = _taken(yi, vi, cluster, X, rho, level, test)
    blocks = [_Block(y[rows], v[rows], design[rows], rho) for rows in groups]
    tau2, omega2 = _variances(blocks)
    fit = _Weighted(blocks, tau2, omega2)
    robust = _Robust(fit)
    se, df = np.sqrt(np.diag(robust.cov)), robust.degrees_of_freedom(np.eye(design.shape[1]))
    half = np.array([t_quantile(0.5 + level / 2, one) for one in df]) * se
    weights = np.empty((design.shape[1], len(y)))
    for rows, own in zip(groups, fit.contributions(), strict=True):
        weights[:, rows] = own
    return CheFit(
        beta=fit.beta,
        se=se,
        df=df,
        pval=np.array([2 * float(t_tail(abs(b / s), one)) for b, s, one in zip(fit.beta, se, df, strict=True)]),
        ci_lb=fit.beta - half,
        ci_ub=fit.beta + half,
        se_model=np.sqrt(np.diag(fit.bread)),
        cov=robust.cov,
        tau2=tau2,
        omega2=omega2,
        weights=weights,
        htz=robust.htz(columns) if columns else None,
        k=len(y),
        clusters=len(groups),
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
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray, list[int]]:
    """Return effects, variances, the rows of each cluster, the design and the coefficients to test; refuse the rest."""
    y, v, names = np.asarray(yi, float), np.asarray(vi, float), np.asarray(cluster)
    moderators = np.empty((len(y), 0)) if X is None else np.asarray(X, float).reshape(len(y), -1)
    if not (y.ndim == v.ndim == names.ndim == 1 and len(y) == len(v) == len(names)):
        raise InputError("yi, vi and cluster must be of one length: an effect, its variance and whose it is.")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and np.isfinite(moderators).all()):
        raise InputError("An effect, a variance or a moderator is missing; leave that effect out first.")
    if not (v > 0).all():
        raise InputError("A sampling variance is not above 0; the effect it belongs to cannot be weighted.")
    if not 0 <= rho < 1:
        raise InputError(f"rho is {rho!r}; the correlation of effects of one cluster is from 0 to below 1.")
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}; it must be between 0 and 1, such as 0.95.")
    design = np.column_stack([np.ones(len(y)), moderators])
    distinct = list(dict.fromkeys(names.tolist()))
    if len(distinct) <= design.shape[1]:
        raise NotEstimableError(
            f"{len(distinct)} clusters cannot carry {design.shape[1]} coefficients and their uncertainty."
        )
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotEstimableError("The moderators are collinear: some are exact combinations of the others.")
    asked = range(moderators.shape[1]) if test is None else test
    if any(not 0 <= column < moderators.shape[1] for column in asked):
        raise InputError(f"test names columns of X from 0 to {moderators.shape[1] - 1}, not {list(asked)}.")
    groups = [np.flatnonzero(names == name) for name in distinct]
    return y, v, groups, design, [1 + column for column in asked]


class _Block:
    """The effects of one cluster: shapes (n,), (n,), (n, p); `V` their sampling covariance."""

    def __init__(self, y: np.ndarray, v: np.ndarray, X: np.ndarray, rho: float):
        self.y, self.X, self.n = y, X, len(y)
        spread = np.sqrt(v)
        self.V = rho * np.outer(spread, spread)
        self.V[np.diag_indices(self.n)] = v


class _Weighted:
    """Generalised least squares at given variances."""

    def __init__(self, blocks: list[_Block], tau2: float, omega2: float):
        self.blocks = blocks
        self.sigma = [block.V + tau2 + omega2 * np.eye(block.n) for block in blocks]
        self.W = [np.linalg.inv(sigma) for sigma in self.sigma]
        self.WX = [W @ block.X for W, block in zip(self.W, blocks, strict=True)]
        cross = sum(block.X.T @ WX for block, WX in zip(blocks, self.WX, strict=True))
        self.bread = np.linalg.inv(cross)
        self.beta = self.bread @ sum(WX.T @ block.y for block, WX in zip(blocks, self.WX, strict=True))
        self.residuals = [block.y - block.X @ self.beta for block in blocks]
        logs = sum(np.linalg.slogdet(sigma)[1] for sigma in self.sigma) + np.linalg.slogdet(cross)[1]
        squares = sum(r @ W @ r for r, W in zip(self.residuals, self.W, strict=True))
        self.log_likelihood = -0.5 * (logs + squares)

    def contributions(self) -> list[np.ndarray]:
        """Return what each effect contributes to each coefficient, cluster by cluster, shapes (p, n)."""
        return [self.bread @ WX.T for WX in self.WX]

    def score_and_information(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the REML score and expected information in tau2 and omega2, shapes (2,) and (2, 2).

        With P = W - W X (X'WX)^-1 X'W and D the derivative of the variance, -1/2 [tr(P D) - y'P D P y] and 1/2 tr(P D P
        D'), in sums over clusters.
        """
        score, first, middle = np.zeros(2), np.zeros((2, 2)), np.zeros((2, 2))
        bent = [np.zeros_like(self.bread), np.zeros_like(self.bread)]
        for block, W, WX, r in zip(self.blocks, self.W, self.WX, self.residuals, strict=True):
            Wr = W @ r
            D = (np.ones((block.n, block.n)), np.eye(block.n))
            WD = [W @ d for d in D]
            for a in range(2):
                bent[a] += WX.T @ D[a] @ WX
                score[a] += 0.5 * (Wr @ D[a] @ Wr - np.trace(WD[a]))
                for b in range(2):
                    first[a, b] += 0.5 * np.sum(WD[a] * WD[b].T)
                    middle[a, b] += np.trace(self.bread @ (WX.T @ D[a] @ WD[b] @ WX))
        for a in range(2):
            score[a] += 0.5 * np.trace(self.bread @ bent[a])
            for b in range(2):
                both = np.trace(self.bread @ bent[a] @ self.bread @ bent[b])
                first[a, b] += 0.5 * (both - middle[a, b] - middle[b, a])
        return score, first


def _variances(blocks: list[_Block]) -> tuple[float, float]:
    """Maximise the restricted likelihood in tau2 and omega2, neither below 0; the best of several starts."""
    spread = float(np.var(np.concatenate([block.y for block in blocks])))
    nested = any(block.n > 1 for block in blocks)
    starts = STARTS if nested else ((0.5, 0.0), (0.0, 0.0))
    found = [_climb(blocks, spread * np.array(start), nested=nested) for start in starts]
    tau2, omega2 = max(found, key=lambda pair: _Weighted(blocks, *pair).log_likelihood)
    return float(tau2), float(omega2)


def _climb(blocks: list[_Block], start: np.ndarray, *, nested: bool) -> np.ndarray:
    """Fisher's scoring with halved steps from a start; a variance that would fall below 0 stays there."""
    scale = float(np.mean(np.concatenate([np.diag(block.V) for block in blocks])))
    theta, here = start.copy(), _Weighted(blocks, *start)
    for _ in range(MOST_STEPS):
        score, information = here.score_and_information()
        free = (theta > 0) | (score > 0)
        free[1] &= nested
        if not free.any():
            break
        step = np.zeros(2)
        step[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
        share = 1.0
        while True:
            new = np.maximum(theta + share * step, 0.0)
            there = _Weighted(blocks, *new)
            if there.log_likelihood >= here.log_likelihood - 1e-12 or share < 1e-8:
                break
            share /= 2
        moved = np.abs(new - theta).max()
        theta, here = new, there
        if moved <= SETTLED * (theta.sum() + scale):
            break
    return theta


class _Robust:
    """CR2 covariance with the model itself as its working model, and what its tests need.

    The adjustment of a cluster is C' (C (I - H) S C')^(-1/2) C, S its model variance, C the Cholesky root of S and H
    its block of the hat matrix [pustejovsky2018small].
    """

    def __init__(self, fit: _Weighted):
        self.fit = fit
        self.scores = []  # A'W X M of each cluster, shapes (n, p)
        p = len(fit.beta)
        meat = np.zeros((p, p))
        for block, sigma, WX, r in zip(fit.blocks, fit.sigma, fit.WX, fit.residuals, strict=True):
            root = np.linalg.cholesky(sigma).T
            left = sigma - block.X @ fit.bread @ block.X.T  # (I - H) S
            A = root.T @ _power(root @ left @ root.T, -0.5) @ root
            own = A.T @ WX @ fit.bread
            self.scores.append(own)
            pull = own.T @ r
            meat += np.outer(pull, pull)
        self.cov = meat

    def _covariances(self, contrasts: np.ndarray) -> np.ndarray:
        """Return the model covariance of the clusters' parts of the contrasts, shape (m, q, m, q)."""
        fit, m, q = self.fit, len(self.scores), len(contrasts)
        own = [score @ contrasts.T for score in self.scores]  # (n, q)
        through = np.array([block.X.T @ a for block, a in zip(fit.blocks, own, strict=True)])  # (m, p, q)
        P = -np.einsum("ipq,pr,jrs->iqjs", through, fit.bread, through)
        for j, (a, sigma) in enumerate(zip(own, fit.sigma, strict=True)):
            P[j, :, j, :] += a.T @ sigma @ a
        return P.reshape(m, q, m, q)

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Return Satterthwaite's degrees of freedom of each contrast [tipton2015small]."""
        found = []
        for contrast in contrasts:
            P = self._covariances(contrast[None, :])[:, 0, :, 0]
            found.append(np.trace(P) ** 2 / np.sum(P * P))
        return np.array(found)

    def htz(self, columns: list[int]) -> HTZ:
        """Test coefficients at once: T2 against a Wishart whose total variance matches."""
        q = len(columns)
        contrasts = np.eye(len(self.fit.beta))[columns]
        P = self._covariances(contrasts)
        root = _power(np.einsum("jqjs->qs", P), -0.5)
        R = np.einsum("ab,ibjc,cd->iajd", root, P, root)
        # The variances of the whitened covariance's elements, summed over its rows and columns.
        total = np.einsum("iaja,idjd->", R, R) + np.einsum("iajd,idja->", R, R)
        nu = q * (q + 1) / total
        beta = contrasts @ self.fit.beta
        Q = float(beta @ np.linalg.solve(contrasts @ self.cov @ contrasts.T, beta))
        denominator = nu - q + 1
        F = denominator / nu * Q / q
        return HTZ(F=F, df_num=q, df_denom=float(denominator), pval=float(f_tail(F, q, denominator)))


def _power(matrix: np.ndarray, power: float) -> np.ndarray:
    """Return a power of a positive semidefinite matrix; what has no extent stays without."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    kept = values > 1e-12 * max(values.max(), 0.0)
    raised = np.where(kept, np.where(kept, values, 1.0) ** power, 0.0)
    return (vectors * raised) @ vectors.T
