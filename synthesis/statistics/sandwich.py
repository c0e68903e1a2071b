"""Cluster-robust inference in small samples: CR2 covariance, Satterthwaite's degrees of freedom, the HTZ test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.statistics.clusters import Weighted
from synthesis.statistics.distributions import f_tail


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


class Robust:
    """CR2 covariance with the model itself as its working model, and what its tests need.

    The adjustment of a cluster is C' (C (I - H) S C')^(-1/2) C, S its model variance, C the Cholesky root of S and H
    its block of the hat matrix [pustejovsky2018small].
    """

    def __init__(self, fit: Weighted):
        self.fit = fit
        X = fit.data.X
        root = np.swapaxes(np.linalg.cholesky(fit.sigma), 1, 2)
        left = fit.sigma - X @ fit.bread @ np.swapaxes(X, 1, 2)  # (I - H) S
        A = np.swapaxes(root, 1, 2) @ _power(root @ left @ np.swapaxes(root, 1, 2), -0.5) @ root
        self.scores = np.swapaxes(A, 1, 2) @ fit.WX @ fit.bread  # A'W X M, shape (m, n, p)
        pull = np.einsum("mnp,mn->mp", self.scores, fit.residuals)
        self.cov = pull.T @ pull

    def _covariances(self, contrasts: np.ndarray) -> np.ndarray:
        """Return the model covariance of the clusters' parts of q contrasts, shape (m, q, m, q)."""
        m = len(self.scores)
        own = self.scores @ contrasts.T  # (m, n, q)
        through = np.swapaxes(self.fit.data.X, 1, 2) @ own  # (m, p, q)
        P = -np.einsum("ipq,pr,jrs->iqjs", through, self.fit.bread, through, optimize=True)
        P[range(m), :, range(m), :] += np.swapaxes(own, 1, 2) @ self.fit.sigma @ own
        return P

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Return Satterthwaite's degrees of freedom of each contrast [tipton2015small]."""
        found = []
        for contrast in contrasts:
            P = self._covariances(contrast[None, :])[:, 0, :, 0]
            found.append(np.trace(P) ** 2 / np.sum(P * P))
        return np.array(found)

    def htz(self, columns: Sequence[int]) -> HTZ:
        """Test coefficients at once: T2 against a Wishart whose total variance matches."""
        return self.htz_of(np.eye(len(self.fit.beta))[list(columns)])

    def htz_of(self, contrasts: np.ndarray) -> HTZ:
        """Test linear combinations of the coefficients at once, a row each."""
        q = len(contrasts)
        P = self._covariances(contrasts)
        root = _power(np.einsum("jqjs->qs", P), -0.5)
        R = np.einsum("ab,ibjc,cd->iajd", root, P, root, optimize=True)
        # The variances of the whitened covariance's elements, summed over its rows and columns.
        total = np.einsum("iaja,idjd->", R, R) + np.einsum("iajd,idja->", R, R)
        nu = q * (q + 1) / total
        found = contrasts @ self.fit.beta
        Q = float(found @ np.linalg.solve(contrasts @ self.cov @ contrasts.T, found))
        denominator = nu - q + 1
        F = denominator / nu * Q / q
        return HTZ(F=float(F), df_num=q, df_denom=float(denominator), pval=float(f_tail(F, q, denominator)))


def _power(matrix: np.ndarray, power: float) -> np.ndarray:
    """Return a power of positive semidefinite matrices (..., n, n); what has no extent stays without."""
    values, vectors = np.linalg.eigh((matrix + np.swapaxes(matrix, -1, -2)) / 2)
    kept = values > 1e-12 * np.maximum(values.max(axis=-1, keepdims=True), 0.0)
    raised = np.where(kept, np.where(kept, values, 1.0) ** power, 0.0)
    return (vectors * raised[..., None, :]) @ np.swapaxes(vectors, -1, -2)
