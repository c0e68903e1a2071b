"""Random-effects models on arrays, on PyMARE's estimators.

PyMARE gives the heterogeneity variance, the coefficients and their covariance; everything a reader compares with
metafor (tau2-based I2, prediction interval, R2, omnibus test, the behaviour at k = 0, 1 and 2) is worked out here
from those pieces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.choices import CI, LEVEL, METHOD, CiMethod, Method, model_choices
from synthesis.errors import NotEstimableError
from synthesis.statistics.distributions import chi2_quantile, chi2_tail, t_quantile, t_tail
from synthesis.statistics.engine import pymare_estimators, q_gen
from synthesis.statistics.kernels import likelihood_tau2, solve_q

# PyMARE's own names for the corrections; passed by name in every call, because its default changed in 0.0.11.
_CORRECTIONS = {
    "knapp-hartung-floor": "knapp-hartung-conservative",
    "knapp-hartung": "knapp-hartung",
    "wald": "wald",
}
# Tighter than PyMARE's default (1e-6 of its bracket), so that tau2 agrees with metafor's Fisher scoring to 1e-6 and
# better.
_SEARCH = {"xtol": 1e-10, "ftol": 1e-15, "maxiter": 200}


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
) -> ModelFit:
    """Fit a random-effects (or, with `method="EE"`, equal-effects) meta-regression.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,)
        Effects and their sampling variances, finite, variances positive.
    X : numpy.ndarray, shape (k, p)
        Design matrix with its intercept column, of full rank, k > p.
    method : {"REML", "PM", "DL", "ML", "HE", "EE"}
        Estimator of tau2. REML is the default [viechtbauer2005bias, veroniki2016methods].
    ci : {"knapp-hartung-floor", "knapp-hartung", "wald"}
        Knapp-Hartung with k - p degrees of freedom [knapp2003improved]; the floor keeps its standard error at or above
        the Wald one [rover2015hartung].
    level : float
        Confidence level.

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
    tau2 = estimate_tau2(yi, vi, X, method=method)
    engine = pymare_estimators.WeightedLeastSquares(tau2=tau2, small_sample_correction=_CORRECTIONS[ci])
    params = engine.fit(yi[:, None], X, vi[:, None]).params_
    beta, cov = np.asarray(params["fe_params"])[:, 0], np.asarray(params["inv_cov"])[:, :, 0]
    df = np.inf if ci == "wald" else float(k - p)
    se = np.sqrt(np.diag(cov))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / se  # identical effects leave Knapp-Hartung with se = 0: the test does not exist
    statistic = np.where(se > 0, statistic, np.nan)
    half = t_quantile(0.5 + level / 2, df) * se
    w = 1 / (vi + tau2)
    QE = float(np.ravel(q_gen(yi[:, None], vi[:, None], X, 0.0))[0])
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


def estimate_tau2(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, *, method: Method) -> float:
    """Estimate the heterogeneity variance, never below zero.

    PyMARE's estimators, except Paule-Mandel, which it lacks: the tau2 at which the generalised Q equals k - p
    [paule1982consensus, veroniki2016methods].
    """
    return float(many_tau2(yi[:, None], vi[:, None], X, method=method)[0])


def many_tau2(yi: np.ndarray, vi: np.ndarray, X: np.ndarray, *, method: Method, precise: bool = True) -> np.ndarray:
    """Estimate tau2 for many data sets, one a column.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
        Effects and variances, a data set a column.
    X : numpy.ndarray, shape (k, p) or (k, p, d)
        The design they share, or that of each.
    precise : bool
        PyMARE's search; otherwise our Newton steps, some hundred times faster, for thousands of permutations. Data sets
        whose likelihood may have two modes go to PyMARE all the same.

    Returns
    -------
    numpy.ndarray, shape (d,)
    """
    if method == "EE":
        return np.zeros(yi.shape[1])
    if method == "PM":
        return solve_q(yi, vi, X, len(X) - X.shape[1])
    if method in ("REML", "ML") and not precise:
        tau2 = likelihood_tau2(yi, vi, X, restricted=method == "REML")
        doubtful = np.isnan(tau2)
        if doubtful.any():
            own = X if X.ndim == 2 else X[:, :, doubtful]
            tau2[doubtful] = many_tau2(yi[:, doubtful], vi[:, doubtful], own, method=method)
        return tau2
    if X.ndim == 3:  # PyMARE's estimators share one design
        each = zip(yi.T, vi.T, np.moveaxis(X, 2, 0), strict=True)
        return np.array([estimate_tau2(*one, method=method) for one in each])
    if X.shape[1] > 1:
        # The estimate depends on what the columns span alone; years beside an intercept cost it half of its digits.
        X = np.linalg.qr(X).Q
    if method in ("REML", "ML"):
        engine = pymare_estimators.VarianceBasedLikelihoodEstimator(
            method=method.lower(), small_sample_correction="wald", **_SEARCH
        )
    elif method == "DL":
        engine = pymare_estimators.DerSimonianLaird(small_sample_correction="wald")
    else:
        engine = pymare_estimators.Hedges(small_sample_correction="wald")
    return np.ravel(engine.fit(yi, vi, X).params_["tau2"]).astype(float)


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
