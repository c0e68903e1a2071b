"""Random-effects models on arrays: coefficients and what a reader compares with metafor.

The heterogeneity variance is that of `kernels`; PyMARE is a second engine for the same model, which shares nothing with
it, for whoever asks for it by name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.choices import CI, ENGINE, LEVEL, METHOD, CiMethod, Engine, Method, chosen_engine, model_choices
from synthesis.errors import NotEstimableError
from synthesis.statistics.distributions import chi2_quantile, chi2_tail, t_quantile, t_tail
from synthesis.statistics.kernels import heterogeneity, solve_q


@dataclass(frozen=True, eq=False)
class ModelFit:
    """A fitted meta-regression on arrays (the pooled effect is the model with an intercept only).

    Attributes
    ----------
    beta, se, ci_lb, ci_ub, statistic, pval : numpy.ndarray, shape (p,)
        Coefficients and their inference; `statistic` is t under Knapp-Hartung, z under Wald.
    cov : numpy.ndarray, shape (p, p)
        Covariance of the coefficients as used for the intervals.
    cov_wald : numpy.ndarray, shape (p, p)
        Model-based covariance (X'WX)^-1, without the Knapp-Hartung factor.
    df : float
        Degrees of freedom of the reference t distribution; inf for the normal.
    tau2 : float
        Heterogeneity variance; nan where k = p leaves nothing to estimate it from.
    weights : numpy.ndarray, shape (k,)
        Weights 1 / (vi + tau2), in percent of their sum.
    QE, QE_df, QE_pval : float
        Test of (residual) heterogeneity.
    I2, H2 : float
        From tau2 and the typical sampling variance, as metafor reports them; for the equal-effects model from Q.
    s2 : float
        The typical sampling variance (k - p) / trace(P), P the fixed-effect projection [higgins2002quantifying].
    """

    beta: np.ndarray
    se: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    statistic: np.ndarray
    pval: np.ndarray
    cov: np.ndarray
    cov_wald: np.ndarray
    df: float
    tau2: float
    weights: np.ndarray
    QE: float
    QE_df: int
    QE_pval: float
    I2: float
    H2: float
    s2: float


def fit_model(
    yi: np.ndarray,
    vi: np.ndarray,
    X: np.ndarray,
    *,
    method: Method = METHOD,
    ci: CiMethod = CI,
    level: float = LEVEL,
    engine: Engine = ENGINE,
) -> ModelFit:
    """Fit a random-effects (or, with `method="EE"`, equal-effects) meta-regression.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,)
        Effects and their sampling variances, finite, variances positive.
    X : numpy.ndarray, shape (k, p)
        Design matrix with its intercept column, of full rank, k > p.
    method : {"REML", "PM", "DL", "ML", "HE", "EE"}
        Estimator of tau2. REML is the default [viechtbauer2005bias, veroniki2016].
    ci : {"knapp-hartung-floor", "knapp-hartung", "wald"}
        Knapp-Hartung with k - p degrees of freedom [knapp2003improved]; the floor keeps its standard error at or above
        the Wald one [rover2015].
    level : float
        Confidence level.
    engine : {"kernel", "pymare"}
        Who estimates tau2, coefficients and their covariance: this package, or PyMARE 0.0.13 (Paule-Mandel, which it
        lacks, has its tau2 from here all the same).

    Returns
    -------
    ModelFit

    Raises
    ------
    NotEstimableError
        Where k <= p, a variance is not positive, a number is not finite, or columns of X are collinear.
    """
    method, ci, level = model_choices(method, ci, level)
    yi, vi, X = np.asarray(yi, float), np.asarray(vi, float), np.asarray(X, float)
    _check_fit(yi, vi, X)
    k, p = X.shape
    tau2 = estimate_tau2(yi, vi, X, method=method, engine=chosen_engine(engine))
    if engine == "pymare":
        from synthesis.statistics.engine import pymare_coefficients

        beta, cov = pymare_coefficients(yi, vi, X, tau2, ci)
    else:
        beta, cov = _coefficients(yi, vi, X, tau2, ci)
    df = np.inf if ci == "wald" else float(k - p)
    se = np.sqrt(np.diag(cov))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / se  # identical effects leave Knapp-Hartung with se = 0: the test does not exist
    statistic = np.where(se > 0, statistic, np.nan)
    half = t_quantile(0.5 + level / 2, df) * se
    w = 1 / (vi + tau2)
    QE = _q(yi, vi, X)
    s2 = typical_variance(vi, X)
    if method == "EE":  # tau2 is zero by assumption there, so both come from Q, as metafor gives them
        I2, H2 = (100 * max(0.0, (QE - (k - p)) / QE) if QE > 0 else 0.0), QE / (k - p)
    else:
        I2, H2 = 100 * tau2 / (tau2 + s2), tau2 / s2 + 1
    return ModelFit(
        beta=beta,
        se=se,
        ci_lb=beta - half,
        ci_ub=beta + half,
        statistic=statistic,
        pval=2 * t_tail(np.abs(statistic), df),
        cov=cov,
        cov_wald=np.linalg.inv((X * w[:, None]).T @ X),
        df=df,
        tau2=tau2,
        weights=100 * w / w.sum(),
        QE=QE,
        QE_df=k - p,
        QE_pval=float(chi2_tail(QE, k - p)),
        I2=I2,
        H2=H2,
        s2=s2,
    )


def _coefficients(
    yi: np.ndarray, vi: np.ndarray, X: np.ndarray, tau2: float, ci: CiMethod
) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted least squares coefficients and their covariance, with the factor of Knapp and Hartung.

    The factor is the weighted mean square of the residuals [knapp2003improved], the floor keeps it at 1 or above.
    """
    w = 1 / (vi + tau2)
    root = np.sqrt(w)
    # By the orthonormal columns of the weighted design: no sum of squares is formed whose inverse loses digits.
    q, r = np.linalg.qr(X * root[:, None])
    beta = np.linalg.solve(r, q.T @ (root * yi))
    inverse = np.linalg.inv(r)
    cov = inverse @ inverse.T
    if ci == "wald":
        return beta, cov
    factor = float(np.sum(w * (yi - X @ beta) ** 2) / (len(yi) - X.shape[1]))
    return beta, cov * (max(factor, 1.0) if ci == "knapp-hartung-floor" else factor)


def _q(yi: np.ndarray, vi: np.ndarray, X: np.ndarray) -> float:
    """Return Cochran's Q of the residuals at tau2 = 0; with an intercept in the design, a shift changes nothing."""
    root = 1 / np.sqrt(vi)
    q, _ = np.linalg.qr(X * root[:, None])
    scaled = (yi - yi[0]) * root  # nothing, exactly, where all effects are the same
    return float(np.sum((scaled - q @ (q.T @ scaled)) ** 2))


def estimate_tau2(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, *, method: Method, engine: Engine = ENGINE) -> float:
    """Estimate the heterogeneity variance of one data set, never below zero: `kernels.heterogeneity`, or PyMARE."""
    if engine == "pymare" and method != "PM":
        from synthesis.statistics.engine import pymare_tau2

        return pymare_tau2(yi, vi, X, method)
    return float(heterogeneity(yi[:, None], vi[:, None], X, method=method)[0])


def typical_variance(vi: np.ndarray, X: np.ndarray) -> float:
    """Typical sampling variance (k - p) / trace(P), the denominator of I2 and H2 [higgins2002quantifying]."""
    w = 1 / vi
    k, p = X.shape
    bread = np.linalg.inv((X * w[:, None]).T @ X)
    trace = w.sum() - np.trace(bread @ ((X * (w**2)[:, None]).T @ X))
    return float((k - p) / trace)


def _check_fit(yi: np.ndarray, vi: np.ndarray, X: np.ndarray) -> None:
    k, p = X.shape
    if not (np.isfinite(yi).all() and np.isfinite(vi).all() and np.isfinite(X).all()):
        raise NotEstimableError("An effect, a variance or a moderator is missing; leave that trial out first.")
    if (vi <= 0).any():
        raise NotEstimableError("A sampling variance is zero or negative; the trial it belongs to cannot be weighted.")
    if k <= p:
        raise NotEstimableError(f"{k} effects cannot carry {p} coefficients and a heterogeneity variance.")
    if np.linalg.matrix_rank(X) < p:
        raise NotEstimableError("The moderators are collinear: some are exact combinations of the others.")


def tau2_interval(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, *, level: float = LEVEL) -> tuple[float, float]:
    """Q-profile interval of tau2: where the generalised Q meets the quantiles of chi-square on k - p degrees.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,)
    X : numpy.ndarray, shape (k, p)
    level : float

    Returns
    -------
    tuple of float
        Lower and upper end, 0 where even no heterogeneity gives a smaller Q [viechtbauer2007confidence].
    """
    df = len(yi) - X.shape[1]
    ends = [chi2_quantile(0.5 + side * level / 2, df) for side in (1, -1)]
    lower, upper = (float(solve_q(yi[:, None], vi[:, None], X, target)[0]) for target in ends)
    return lower, upper


def variance_inflation(cov: np.ndarray) -> np.ndarray:
    """Variance inflation factor of each slope, from the coefficients' covariance (p, p) with the intercept first."""
    block = cov[1:, 1:]
    scale = np.sqrt(np.diag(block))
    return np.diag(np.linalg.inv(block / np.outer(scale, scale)))
