"""How well models with different designs describe the same effects."""

from __future__ import annotations

import numpy as np

from synthesis.statistics.models import estimate_tau2


def ml_aicc(yi: np.ndarray, vi: np.ndarray, X: np.ndarray) -> float:
    """Return the small-sample Akaike criterion of a random-effects meta-regression by maximum likelihood.

    Restricted likelihoods of different designs cannot be compared; these can, on the same effects.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,)
    X : numpy.ndarray, shape (k, p)
        With its intercept.

    Returns
    -------
    float
        -2 ll + 2 m n / (n - m - 1) with m = p + 1 parameters and n = max(k, m + 2) [burnham2002model]; as metafor's.
    """
    tau2 = estimate_tau2(yi, vi, X, method="ML")
    w = 1 / (vi + tau2)
    beta = np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w * yi))
    likelihood = -0.5 * float(np.sum(np.log(2 * np.pi / w)) + np.sum(w * (yi - X @ beta) ** 2))
    m = X.shape[1] + 1
    n = max(len(yi), m + 2)
    return -2 * likelihood + 2 * m * n / (n - m - 1)
