"""Whether small trials differ from large ones: regression tests, what they extrapolate to, trim and fill.

An asymmetric funnel has many causes, missing results among them. None of these numbers is a better pool.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from synthesis.choices import LEVEL, METHOD, CiMethod, Method, chosen, model_choices
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.distributions import t_quantile, t_tail
from synthesis.statistics.given import column, effects_of
from synthesis.statistics.models import fit_model
from synthesis.wording import count

Predictor = Literal["sei", "vi", "ninv", "sqrtninv"]
FunnelModel = Literal["lm", "rma"]
Side = Literal["left", "right"]
Estimator = Literal["L0", "R0", "Q0"]

MOST_ROUNDS = 100
NEEDS_SIZES = "predictor {predictor!r} is made from sample sizes; give them as ni, one an effect."
ALL_ALIKE = "Every effect has the same {predictor}, so nothing tells small trials from large ones."
TOO_FEW = "{effects} cannot carry a line and its uncertainty; it takes three."
NO_ROUND = "Trim and fill by {estimator} comes to no end here: from round to round it fills in another number."


@dataclass(frozen=True)
class FunnelTest:
    """A regression of effects on their imprecision.

    Attributes
    ----------
    statistic, df, pval : float
        Test of the slope; `df` is inf where the reference is the normal.
    slope, slope_se : float
    limit, limit_se, limit_lb, limit_ub : float
        Where the line meets a trial without sampling error, with its interval.
    predictor : {"sei", "vi", "ninv", "sqrtninv"}
    model : {"lm", "rma"}
    k : int

    Examples
    --------
    >>> found = egger([0.6, 0.4, 0.3, 0.2], [0.09, 0.06, 0.04, 0.02])
    >>> print(f"t = {found.statistic:.2f}, df = {found.df:.0f}, p = {found.pval:.3f}")
    t = 7.57, df = 2, p = 0.017
    """

    statistic: float
    df: float
    pval: float
    slope: float
    slope_se: float
    limit: float
    limit_se: float
    limit_lb: float
    limit_ub: float
    predictor: str
    model: str
    k: int


@dataclass(frozen=True)
class PetPeese:
    """The precision-effect test and its estimate with the standard error.

    Attributes
    ----------
    pet, peese : FunnelTest
        The lines on the standard error and on its square; their limits are the estimates.
    pval : float
        Two-sided, of the limit of PET against no effect.
    chosen : {"pet", "peese"}
        PEESE where that test finds an effect at ten percent.
    estimate, se, ci_lb, ci_ub : float
        The limit of the one that is chosen.

    Examples
    --------
    >>> fit = pet_peese([0.6, 0.4, 0.3, 0.2], [0.09, 0.06, 0.04, 0.02])
    >>> print(f"{fit.chosen}: {fit.estimate:.2f} ({fit.ci_lb:.2f} to {fit.ci_ub:.2f})")
    pet: -0.14 (-0.39 to 0.12)
    """

    pet: FunnelTest
    peese: FunnelTest
    pval: float
    chosen: str
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float


@dataclass(frozen=True, eq=False)
class TrimAndFill:
    """A pool after the funnel was made symmetric.

    Attributes
    ----------
    k0 : int
        Effects filled in.
    se_k0 : float
    p_k0 : float
        Of the hypothesis that none is missing; nan unless the estimator is R0, which alone has it.
    estimate, se, ci_lb, ci_ub, tau2 : float
        Pool of all effects, filled ones included.
    yi, vi : numpy.ndarray, shape (k0,)
        What was filled in.
    side : {"left", "right"}
    estimator : {"L0", "R0", "Q0"}

    Examples
    --------
    >>> fit = trim_and_fill([0.6, 0.4, 0.3, 0.2, 0.5], [0.09, 0.06, 0.04, 0.02, 0.08], side="left")
    >>> print(f"{fit.k0} filled in: {fit.estimate:.2f}")
    2 filled in: 0.26
    """

    k0: int
    se_k0: float
    p_k0: float
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    tau2: float
    yi: np.ndarray
    vi: np.ndarray
    side: str
    estimator: str


def egger(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    predictor: Predictor = "sei",
    ni: ArrayLike | None = None,
    model: FunnelModel = "lm",
    method: Method = METHOD,
    ci: CiMethod = "wald",
    level: float = LEVEL,
) -> FunnelTest:
    r"""Test a funnel for asymmetry by regressing effects on their imprecision.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    predictor : {"sei", "vi", "ninv", "sqrtninv"}
        Standard error, variance, 1 / n or its root. The standard error of a standardised mean difference contains the
        effect itself, so that it finds asymmetry where there is none: give sizes instead [pustejovsky2019testing].
    ni : array_like, shape (k,), optional
        Sample sizes; for two arms n1 n2 / (n1 + n2) makes `sqrtninv` the root of 1 / n1 + 1 / n2.
    model : {"lm", "rma"}
        Least squares with weights 1 / vi and a factor for the spread, as Egger has it, or the meta-regression. Where
        effects lie closer together than chance puts them, that factor is below 1 and finds too much.
    method, ci
        Of the meta-regression.
    level : float
        Confidence level of the limit's interval.

    Returns
    -------
    FunnelTest

    Raises
    ------
    InputError
        For arrays that cannot be, or sizes that are asked for and not given.
    NotEstimableError
        Below three effects, or where all are equally precise.
    ChoiceError
        For a predictor or model that does not exist.

    Notes
    -----
    .. math:: y_i = \beta_0 + \beta_1 x_i + \epsilon_i

    :math:`\beta_1` is tested and :math:`\beta_0` is the limit; with x the standard error this is the test of
    [egger1997bias]. As metafor's `regtest` [sterne2005regression].

    Examples
    --------
    >>> found = egger([0.8, 0.5, 0.45, 0.3, 0.25], [0.16, 0.09, 0.05, 0.03, 0.01])
    >>> print(round(found.statistic, 2), found.df, round(found.limit, 2))
    6.13 3.0 0.08
    """
    predictor, model = chosen("predictor", predictor, list(_PREDICTORS)), chosen("model", model, ("lm", "rma"))
    method, ci, level = model_choices(method, ci, level)
    y, v = effects_of(yi, vi)
    n = None if ni is None else column("ni", ni, len(y), positive=True)
    if n is None and predictor in ("ninv", "sqrtninv"):
        raise InputError(NEEDS_SIZES.format(predictor=predictor))
    x = _PREDICTORS[predictor](v, n)
    if len(y) < 3:
        raise NotEstimableError(TOO_FEW.format(effects=count(len(y), "effect")))
    if np.ptp(x) <= 1e-12 * np.abs(x).max():
        raise NotEstimableError(ALL_ALIKE.format(predictor=predictor))
    design = np.column_stack([np.ones(len(y)), x])
    if model == "rma":
        fit = fit_model(y, v, design, method=method, ci=ci, level=level)
        beta, se, df = fit.beta, fit.se, fit.df
    else:
        beta, se, df = _least_squares(y, v, design)
    with np.errstate(divide="ignore", invalid="ignore"):  # effects on one line leave no spread to test it by
        statistic = float(beta[1] / se[1]) if se[1] > 0 else np.nan
    half = float(t_quantile(0.5 + level / 2, df)) * se[0]
    return FunnelTest(
        statistic=statistic,
        df=df,
        pval=float(2 * t_tail(abs(statistic), df)),
        slope=float(beta[1]),
        slope_se=float(se[1]),
        limit=float(beta[0]),
        limit_se=float(se[0]),
        limit_lb=float(beta[0] - half),
        limit_ub=float(beta[0] + half),
        predictor=predictor,
        model=model,
        k=len(y),
    )


_PREDICTORS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "sei": lambda v, n: np.sqrt(v),
    "vi": lambda v, n: v,
    "ninv": lambda v, n: 1 / n,
    "sqrtninv": lambda v, n: 1 / np.sqrt(n),
}


def _least_squares(y: np.ndarray, v: np.ndarray, design: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    root = 1 / np.sqrt(v)
    bread = np.linalg.inv((design / v[:, None]).T @ design)
    beta = bread @ (design.T @ (y / v))
    residual = root * (y - design @ beta)
    df = len(y) - design.shape[1]
    squares = float(residual @ residual)
    # What rounding leaves of effects on one line is no spread.
    squares = squares if squares > 1e-24 * float((root * y) @ (root * y)) else 0.0
    return beta, np.sqrt(squares / df * np.diag(bread)), float(df)


def pet_peese(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    ni: ArrayLike | None = None,
    model: FunnelModel = "lm",
    method: Method = METHOD,
    ci: CiMethod = "wald",
    level: float = LEVEL,
) -> PetPeese:
    """Extrapolate to a trial without sampling error, by the standard error and by its square.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    ni : array_like, shape (k,), optional
        Sample sizes; the lines are then on 1 / sqrt(n) and 1 / n, for effects whose standard error contains them.
    model, method, ci
        As in `egger`.
    level : float
        Confidence level.

    Returns
    -------
    PetPeese

    Raises
    ------
    InputError, NotEstimableError, ChoiceError
        As `egger`.

    Notes
    -----
    The rule that chooses is that of [stanley2014meta]; the two together as metafor's `regtest` with `predictor="sei"`
    and `"vi"`, whose limit estimates are these. Both miss far with few trials, much heterogeneity or trials of about
    one size [stanley2017limitations].

    Examples
    --------
    >>> fit = pet_peese([0.6, 0.4, 0.3, 0.2], [0.09, 0.06, 0.04, 0.02])
    >>> print(f"{fit.chosen}: {fit.estimate:.2f}, p of the test {fit.pval:.2f}")
    pet: -0.14, p of the test 0.15
    """
    first, second = ("sei", "vi") if ni is None else ("sqrtninv", "ninv")
    options: dict[str, Any] = {"ni": ni, "model": model, "method": method, "ci": ci, "level": level}
    pet, peese = (egger(yi, vi, predictor=predictor, **options) for predictor in (first, second))
    pval = float(2 * t_tail(abs(pet.limit / pet.limit_se), pet.df)) if pet.limit_se > 0 else np.nan
    name, line = ("peese", peese) if pval < 0.10 else ("pet", pet)
    return PetPeese(
        pet=pet,
        peese=peese,
        pval=pval,
        chosen=name,
        estimate=line.limit,
        se=line.limit_se,
        ci_lb=line.limit_lb,
        ci_ub=line.limit_ub,
    )


def trim_and_fill(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    side: Side,
    estimator: Estimator = "L0",
    method: Method = METHOD,
    ci: CiMethod = "wald",
    level: float = LEVEL,
) -> TrimAndFill:
    r"""Fill in the effects that would make a funnel symmetric, and pool again.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    side : {"left", "right"}
        Where effects are thought to be missing: left for the smallest.
    estimator : {"L0", "R0", "Q0"}
        Of how many there are.
    method : {"REML", "PM", "DL", "ML", "HE", "EE"}
        Estimator of tau2, of every pool on the way.
    ci, level
        Interval of the pool and its level.

    Returns
    -------
    TrimAndFill

    Raises
    ------
    InputError
        For arrays that cannot be.
    NotEstimableError
        Below two effects, or where the rounds of trimming come to no end.
    ChoiceError
        For a side, an estimator or a model that does not exist.

    Notes
    -----
    With S the sum of the ranks of the positive deviations from the pool of the k - k0 smallest effects, rounded
    [duval2000nonparametric, duval2000trim]:

    .. math::
        L_0 = \frac{4 S - k (k + 1)}{2 k - 1}, \qquad Q_0 = k - \tfrac12 - \sqrt{2 k^2 - 4 S + \tfrac14}

    and R0 the run of ranks at the end that no negative deviation breaks, less one. As metafor's `trimfill`; ranks of
    equal deviations in the order of the effects.

    Examples
    --------
    >>> found = trim_and_fill([0.8, 0.5, 0.45, 0.3, 0.25, 0.2], [0.16, 0.09, 0.05, 0.03, 0.01, 0.02], side="left")
    >>> print(found.k0, round(found.estimate, 2))
    2 0.27
    """
    side, estimator = chosen("side", side, ("left", "right")), chosen("estimator", estimator, ("L0", "R0", "Q0"))
    method, ci, level = model_choices(method, ci, level)
    y, v = effects_of(yi, vi)
    k = len(y)
    if k < 2:
        raise NotEstimableError("One effect has no funnel; trim and fill takes two or more.")
    turn = -1.0 if side == "right" else 1.0
    order = np.argsort(turn * y, kind="stable")
    low, low_v = turn * y[order], v[order]
    k0, se_k0, centre = 0, np.nan, np.nan
    for _ in range(MOST_ROUNDS):
        centre = _pool(low[: k - k0], low_v[: k - k0], method)
        found, se_k0 = _missing(low - centre, estimator)
        if found == k0:
            break
        k0 = found
        if k0 >= k:
            raise NotEstimableError(NO_ROUND.format(estimator=estimator))
    else:
        raise NotEstimableError(NO_ROUND.format(estimator=estimator))
    filled = turn * (2 * centre - low[k - k0 :])
    filled_v = low_v[k - k0 :]
    fit = fit_model(
        np.concatenate([y, filled]),
        np.concatenate([v, filled_v]),
        np.ones((k + k0, 1)),
        method=method,
        ci=ci,
        level=level,
    )
    return TrimAndFill(
        k0=k0,
        se_k0=se_k0,
        p_k0=0.5 ** (k0 + 1) if estimator == "R0" else np.nan,
        estimate=float(fit.beta[0]),
        se=float(fit.se[0]),
        ci_lb=float(fit.ci_lb[0]),
        ci_ub=float(fit.ci_ub[0]),
        tau2=fit.tau2,
        yi=filled,
        vi=filled_v,
        side=side,
        estimator=estimator,
    )


def _pool(y: np.ndarray, v: np.ndarray, method: Method) -> float:
    return float(y[0]) if len(y) == 1 else float(fit_model(y, v, np.ones((len(y), 1)), method=method).beta[0])


def _missing(deviation: np.ndarray, estimator: str) -> tuple[int, float]:
    """Return how many effects one round takes to be missing below, and the standard error of that number."""
    k = len(deviation)
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(deviation), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        below = ranks[deviation < 0]
        run = k - (below.max() if len(below) else k) - 1
        return max(0, int(run)), float(np.sqrt(2 * max(0.0, run) + 2))
    S = ranks[deviation > 0].sum()
    inside = 2 * k**2 - 4 * S + 0.25
    if estimator == "Q0" and inside < 0:
        raise NotEstimableError(NO_ROUND.format(estimator=estimator))
    number = (4 * S - k * (k + 1)) / (2 * k - 1) if estimator == "L0" else k - 0.5 - np.sqrt(inside)
    variance = (
        k * (k + 1) * (2 * k + 1)
        + 10 * number**3
        + 27 * number**2
        + 17 * number
        - 18 * k * number**2
        - 18 * k * number
        + 6 * k**2 * number
    ) / 24
    with np.errstate(invalid="ignore", divide="ignore"):
        if estimator == "L0":
            se = 4 * np.sqrt(variance) / (2 * k - 1)
        else:
            se = 2 * np.sqrt(variance) / np.sqrt((k - 0.5) ** 2 - number * (2 * k - number - 1))
    return max(0, int(np.round(number))), float(se)
