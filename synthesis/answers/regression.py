"""Regress the benefit of trials on what the trials are like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.choices import LEVEL, METHOD, CiMethod, Method, model_choices
from synthesis.effects import Effects, require_effects
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.results import Result
from synthesis.statistics.distributions import chi2_tail, f_tail
from synthesis.statistics.models import ModelFit, estimate_tau2, fit_model, variance_inflation
from synthesis.wording import bracketed, number

JSON_NAMES = """
    outcome measure method ci level k tau2 tau2_null R2 I2 QE QE_df QE_pval QM QM_df QM_df2 QM_pval
""".split()

UNSETTLED = (
    "Which direction of {outcome} is better is not settled, so there is no benefit to regress: set better to higher or "
    "lower in codebook/outcomes.csv and codebook/instruments.csv."
)
CONSTANT = "{moderator} has the same value in every trial, so nothing can be regressed on it."


@dataclass(frozen=True, eq=False)
class MetaRegression(Result):
    """A meta-regression of the benefit on moderators.

    Attributes
    ----------
    coefficients : pandas.DataFrame
        One row a term (`intercept` first): term, estimate, se, ci_lb, ci_ub, statistic, df, pval, vif.
    tau2, tau2_null, R2 : float
        Residual heterogeneity, that of the model without moderators on the same rows, and
        R2 = 100 * max(0, (tau2_null - tau2) / tau2_null) [lopezlopez2014estimation]; nan where tau2_null = 0.
    QE, QE_df, QE_pval : float
        Test of residual heterogeneity.
    QM, QM_df, QM_df2, QM_pval : float
        Omnibus test of the moderators: F(QM_df, QM_df2) under Knapp-Hartung, chi-square (QM_df2 = inf) under Wald.
    design : numpy.ndarray, shape (k, p)
    fit : ModelFit
    effects : Effects

    Examples
    --------
    >>> years = effects.with_moderators(evidence.trials[["trial", "year"]])
    >>> fit = meta_regression(years, moderators=["year"])
    >>> fit.coefficients[["term", "estimate", "pval"]].round(3)
            term  estimate   pval
    0  intercept    -39.63  0.008
    1       year      0.02  0.008
    """

    outcome: str
    measure: str
    method: str
    ci: str
    level: float
    k: int
    coefficients: pd.DataFrame
    tau2: float
    tau2_null: float
    R2: float
    I2: float
    QE: float
    QE_df: int
    QE_pval: float
    QM: float
    QM_df: int
    QM_df2: float
    QM_pval: float
    design: np.ndarray
    fit: ModelFit
    effects: Effects

    def to_frame(self) -> pd.DataFrame:
        """Return the coefficients."""
        return self.coefficients.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the model's numbers, its coefficients and its trials as plain values."""
        columns = ["trial", "label", "benefit", "vi", *self.coefficients["term"][1:]]
        own = {name: getattr(self, name) for name in JSON_NAMES} | self.effects.readings._asdict()
        return own | {
            "coefficients": self.coefficients.to_dict("records"),
            "trials": self.effects.frame.assign(weight=self.fit.weights)[[*columns, "weight"]].to_dict("records"),
        }

    def __str__(self) -> str:
        terms = "; ".join(
            f"{row.term} {number(row.estimate)} {bracketed(row.ci_lb, row.ci_ub)}"
            for row in self.coefficients.itertuples()
        )
        return f"{self.measure} on moderators, k = {self.k}: {terms}"


def meta_regression(
    effects: Effects,
    *,
    moderators: Sequence[str] | str,
    method: Method = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
) -> MetaRegression:
    """Regress the benefit on moderators given as numeric columns of the effects.

    Parameters
    ----------
    effects : Effects
        With the moderators added by `effects.with_moderators`; positive benefit favours what is tried.
    moderators : str or sequence of str
        Names of numeric columns of `effects.frame`, or the one name. Rows without a value are left out of the model.

    Returns
    -------
    MetaRegression

    Raises
    ------
    ChoiceError
        For a moderator, or another choice, that does not exist.
    InputError
        Where no moderator is named, one is not numeric, or what is given is no effects.
    NotEstimableError
        Where a moderator is constant, moderators are collinear, trials are too few, or the outcome's direction is not
        settled.

    Examples
    --------
    >>> years = effects.with_moderators(evidence.trials[["trial", "year"]])
    >>> print(meta_regression(years, moderators=["year"]))
    SMD on moderators, k = 17: intercept −39.63 [−67.27, −11.99]; year 0.02 [0.01, 0.03]
    """
    require_effects(effects, "meta_regression")
    if not effects.is_settled:
        raise NotEstimableError(UNSETTLED.format(outcome=effects.outcome_label))
    method, ci, level = model_choices(method, ci, level)
    frame = effects.frame
    moderators = _chosen_moderators(frame, moderators)
    used = effects.subset(frame[moderators].notna().all(axis=1))
    values = used.frame[moderators].to_numpy(float)
    constant = [name for name, column in zip(moderators, values.T, strict=True) if len(column) and np.ptp(column) == 0]
    if constant:
        raise NotEstimableError(CONSTANT.format(moderator=constant[0]))
    X = np.column_stack([np.ones(len(values)), values])
    yi, vi = used.frame["benefit"].to_numpy(float), used.frame["vi"].to_numpy(float)
    fit = fit_model(yi, vi, X, method=method, ci=ci, level=level)
    tau2_null = estimate_tau2(yi, vi, X[:, :1], method=method)
    slopes, block = fit.beta[1:], fit.cov[1:, 1:]
    m = len(slopes)
    QM = float(slopes @ np.linalg.solve(block, slopes)) if np.linalg.det(block) > 0 else np.nan
    QM, pval = (QM, chi2_tail(QM, m)) if np.isinf(fit.df) else (QM / m, f_tail(QM / m, m, fit.df))
    coefficients = pd.DataFrame(
        {
            "term": ["intercept", *moderators],
            "estimate": fit.beta,
            "se": fit.se,
            "ci_lb": fit.ci_lb,
            "ci_ub": fit.ci_ub,
            "statistic": fit.statistic,
            "df": fit.df,
            "pval": fit.pval,
            "vif": [np.nan, *variance_inflation(fit.cov_wald)],
        }
    )
    return MetaRegression(
        outcome=effects.outcome,
        measure=effects.measure,
        method=method,
        ci=ci,
        level=level,
        k=len(yi),
        coefficients=coefficients,
        tau2=fit.tau2,
        tau2_null=tau2_null,
        R2=100 * max(0.0, (tau2_null - fit.tau2) / tau2_null) if tau2_null > 0 else np.nan,
        I2=fit.I2,
        QE=fit.QE,
        QE_df=fit.QE_df,
        QE_pval=fit.QE_pval,
        QM=QM,
        QM_df=m,
        QM_df2=fit.df,
        QM_pval=float(pval),
        design=X,
        fit=fit,
        effects=used,
    )


def _chosen_moderators(frame: pd.DataFrame, moderators: Sequence[str] | str) -> list[str]:
    """Return the moderators as a list of numeric columns of the frame, or refuse the first that is none."""
    names = [moderators] if isinstance(moderators, str) else list(moderators or ())
    wrong = next((name for name in names if name not in frame or not pd.api.types.is_numeric_dtype(frame[name])), None)
    if names and wrong is None:
        return names
    numeric = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    possible = f"The numeric columns of these effects are: {', '.join(numeric)}."
    if wrong is None:
        raise InputError(f"Name at least one moderator. {possible}")
    if wrong not in frame:
        raise ChoiceError("moderator", wrong, numeric)
    raise InputError(f"moderator {wrong!r} is not numeric; make numbers of it first. {possible}")
