"""What changes when one effect is deleted: outliers, influence, and Baujat's two contributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from synthesis.choices import LEVEL, METHOD, CiMethod, Method
from synthesis.errors import NotEstimableError
from synthesis.statistics.distributions import chi2_tail
from synthesis.statistics.given import design_of, effects_of
from synthesis.statistics.models import ModelFit, fit_model

COLUMNS = "rstudent dffits cook_d cov_r tau2_del QE_del hat weight".split()
# The diagnostics that have a usual line, in the order of `InfluenceFit.past`.
LINES = ("dffits", "cook_d", "hat", "dfbetas")


@dataclass(frozen=True, eq=False)
class InfluenceFit:
    """What each effect does to a model, as metafor's `influence` and `baujat` have it.

    Attributes
    ----------
    rstudent : numpy.ndarray, shape (k,)
        Residual from the model without the effect, in standard errors of that difference.
    dffits : numpy.ndarray, shape (k,)
        Change of the effect's own fitted value, in standard errors.
    cook_d : numpy.ndarray, shape (k,)
        Change of all coefficients at once, a squared distance.
    cov_r : numpy.ndarray, shape (k,)
        Determinant of the coefficients' covariance without the effect, over that with it.
    tau2_del, QE_del : numpy.ndarray, shape (k,)
        Heterogeneity variance and test statistic without the effect.
    hat, weight : numpy.ndarray, shape (k,)
        Leverage; weight in percent.
    dfbetas : numpy.ndarray, shape (k, p)
        Change of each coefficient, the intercept first, in standard errors.
    baujat_x, baujat_y : numpy.ndarray, shape (k,)
        Squared Pearson residual, and the squared change of the effect's fitted value over its variance.
    past : numpy.ndarray of bool, shape (k, 4)
        Past metafor's lines, in the order of `LINES`: abs(dffits) > 3 sqrt(p / (k - p)), Cook's distance above the
        median of chi-square on p degrees, hat > 3 p / k, any abs(dfbetas) > 1. Lines by which to look, not tests.
    fit : ModelFit
        Of all effects.

    Examples
    --------
    >>> fit = influence([0.1, 0.3, 0.35, 0.2, 1.5], [0.03, 0.03, 0.05, 0.02, 0.04])
    >>> print(*fit.cook_d.round(2))
    0.15 0.04 0.02 0.09 1.07
    >>> fit.influential.tolist()
    [False, False, False, False, True]
    """

    rstudent: np.ndarray
    dffits: np.ndarray
    cook_d: np.ndarray
    cov_r: np.ndarray
    tau2_del: np.ndarray
    QE_del: np.ndarray
    hat: np.ndarray
    weight: np.ndarray
    dfbetas: np.ndarray
    baujat_x: np.ndarray
    baujat_y: np.ndarray
    past: np.ndarray
    fit: ModelFit

    @property
    def influential(self) -> np.ndarray:
        """Which effects are past one of the lines or more, of shape (k,)."""
        return self.past.any(axis=1)

    @property
    def frame(self) -> pd.DataFrame:
        """The first eight as columns, one row an effect."""
        return pd.DataFrame({name: getattr(self, name) for name in COLUMNS})


def influence(
    yi: ArrayLike,
    vi: ArrayLike,
    X: ArrayLike | None = None,
    *,
    method: Method = METHOD,
    ci: CiMethod = "wald",
    level: float = LEVEL,
) -> InfluenceFit:
    r"""Delete each effect in turn and say what changes.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    X : array_like, shape (k,) or (k, m), optional
        Moderators without the intercept, which comes first among the coefficients.
    method : {"REML", "PM", "DL", "ML", "HE", "EE"}
        Estimator of tau2, estimated anew without each effect.
    ci : {"wald", "knapp-hartung", "knapp-hartung-floor"}
        Whose standard errors the changes are measured in.
    level : float
        Confidence level of the intervals in `fit`.

    Returns
    -------
    InfluenceFit
        nan where the other effects cannot carry the model.

    Raises
    ------
    InputError
        For arrays of unequal length, numbers that are none, or variances not above 0.
    NotEstimableError
        Where the effects cannot carry the model at all.

    Notes
    -----
    With (-i) for the model without effect i, s its Knapp-Hartung factor (1 for Wald) and H the hat matrix,

    .. math::
        t_i = \frac{y_i - \hat\mu_{i(-i)}}{\sqrt{s_{(-i)} (v_i + \hat\tau^2_{(-i)}) + \mathrm{Var}(\hat\mu_{i(-i)})}},
        \qquad D_i = (\hat\beta - \hat\beta_{(-i)})' \Sigma^{-1} (\hat\beta - \hat\beta_{(-i)})

    and dffits and dfbetas are changes over :math:`\sqrt{s_{(-i)} h_{ii} (v_i + \hat\tau^2_{(-i)})}` and over
    :math:`\sqrt{s_{(-i)} (X'W_{(-i)}X)^{-1}_{jj}}` with the weights of all effects at the tau2 without effect i
    [viechtbauer2010outlier]. The two of [baujat2002graphical] as metafor generalises them to random effects.

    Examples
    --------
    >>> found = influence([0.1, 0.3, 0.35, 0.2, 1.5], [0.03, 0.03, 0.05, 0.02, 0.04], method="DL")
    >>> print(*found.rstudent.round(2))
    -0.74 -0.34 -0.25 -0.52 5.88
    """
    y, v = effects_of(yi, vi)
    design = design_of(X, len(y))
    whole = fit_model(y, v, design, method=method, ci=ci, level=level)
    k, p = design.shape
    fitted, w = design @ whole.beta, 1 / (v + whole.tau2)
    hat = np.einsum("ij,jk,ik->i", design, whole.cov_wald, design) * w
    precision = np.linalg.inv(whole.cov)
    changes = np.full((k, 7 + p), np.nan)
    for i in range(k):
        others = np.arange(k) != i
        try:
            rest = fit_model(y[others], v[others], design[others], method=method, ci=ci)
        except NotEstimableError:
            continue
        changes[i] = _changes(i, y, v, design, hat, whole, rest, precision)
    rstudent, dffits, cook_d, cov_r, tau2_del, QE_del, baujat_y = changes[:, :7].T
    dfbetas = changes[:, 7:]
    with np.errstate(invalid="ignore"):
        past = np.column_stack(
            [
                np.abs(dffits) > 3 * np.sqrt(p / (k - p)),
                chi2_tail(cook_d, p) < 0.5,
                hat > 3 * p / k,
                (np.abs(dfbetas) > 1).any(axis=1),
            ]
        )
    return InfluenceFit(
        rstudent=rstudent,
        dffits=dffits,
        cook_d=cook_d,
        cov_r=cov_r,
        tau2_del=tau2_del,
        QE_del=QE_del,
        hat=hat,
        weight=whole.weights,
        dfbetas=dfbetas,
        baujat_x=(y - fitted) ** 2 * w,
        baujat_y=baujat_y,
        past=past,
        fit=whole,
    )


def _changes(
    i: int,
    y: np.ndarray,
    v: np.ndarray,
    design: np.ndarray,
    hat: np.ndarray,
    whole: ModelFit,
    rest: ModelFit,
    precision: np.ndarray,
) -> np.ndarray:
    """Return what changes without effect i: the numbers in the order of `influence`, then dfbetas."""
    row = design[i]
    factor = rest.cov[0, 0] / rest.cov_wald[0, 0]
    predicted, predicted_variance = row @ rest.beta, row @ rest.cov @ row
    shift = row @ whole.beta - predicted
    residual = y[i] - predicted
    # What only rounding leaves of a residual is none; metafor's own line.
    residual = residual if abs(residual) >= 100 * np.finfo(float).eps else 0.0
    moved = whole.beta - rest.beta
    bread = np.linalg.inv((design / (v + rest.tau2)[:, None]).T @ design)
    with np.errstate(divide="ignore", invalid="ignore"):  # identical effects leave Knapp-Hartung without spread
        numbers = [
            residual / np.sqrt(factor * (v[i] + rest.tau2) + predicted_variance),
            shift / np.sqrt(factor * hat[i] * (v[i] + rest.tau2)),
            moved @ precision @ moved,
            np.linalg.det(rest.cov) / np.linalg.det(whole.cov),
            rest.tau2,
            rest.QE,
            shift**2 / predicted_variance,
        ]
        return np.array([*numbers, *(moved / np.sqrt(factor * np.diag(bread)))])
