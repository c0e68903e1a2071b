"""Pool the effects of one outcome: estimate, intervals, heterogeneity, weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthesis.answers.verdicts import is_enough
from synthesis.answers.withheld import FEWEST_TO_PREDICT
from synthesis.choices import (
    ENGINE,
    LEVEL,
    METHOD,
    ONE_TRUE_EFFECT,
    CiMethod,
    Engine,
    EventsMethod,
    PoolMethod,
    chosen,
    chosen_engine,
    is_of_events,
    pool_choices,
)
from synthesis.effects import Effects, require_effects
from synthesis.effects.counted import tables_of, with_own_effects, with_tables
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.results import Result
from synthesis.statistics.counts import EventsPool, mantel_haenszel, peto
from synthesis.statistics.distributions import normal_quantile, normal_tail, t_quantile
from synthesis.statistics.measures import MEASURES
from synthesis.statistics.models import fit_model, tau2_interval
from synthesis.wording import count, number, percent, share

JSON_NAMES = """
    outcome measure method ci level k n n_unknown estimate se ci_lb ci_ub pval pi_lb pi_ub
    tau2 tau2_ci_lb tau2_ci_ub I2 I2_ci_lb I2_ci_ub H2 Q Q_df Q_pval
""".split()


# How each kind of model reads; the estimator of tau2 is named where it is one.
MODELS = {
    "EE": "Equal-effects model",
    "MH": "Mantel-Haenszel, one true effect; no half is added in the pool",
    "MH-DL": "Mantel-Haenszel, random effects, τ² from Q about the Mantel-Haenszel mean; no half is added in that mean",
    "MH-REVMAN": "Mantel-Haenszel as in RevMan, one true effect; one half is added to each cell where one is zero",
    "MH-DL-REVMAN": (
        "Mantel-Haenszel as in RevMan, random effects, τ² from Q about the Mantel-Haenszel mean; one half is added to "
        "each cell where one is zero"
    ),
    "PETO": "Peto's one-step odds ratio, one true effect; no half is added",
}
# A prediction interval where heterogeneity was estimated as zero.
AT_LEAST = "at least {interval}"
NO_EVENTS = "fits models of effects and does not go with method {method}, which pools the events"
RANDOM_EFFECTS = "Random-effects model, τ² by {method}"


def as_predicted(interval: str, tau2: float) -> str:
    """Return a printed prediction interval as the least it may be where heterogeneity was estimated as zero.

    So few trials cannot establish that there is none, and an interval at zero covers less than it says
    [partlett2017random].
    """
    return AT_LEAST.format(interval=interval) if tau2 == 0 else interval


@dataclass(frozen=True, eq=False)
class PooledEffect(Result):
    """A pooled effect with its uncertainty and heterogeneity.

    Attributes
    ----------
    estimate, se, ci_lb, ci_ub, pval : float
        Pooled effect on the analysis scale of `measure` (log for ratios), as contract section 2 signs it.
    pi_lb, pi_ub : float
        Prediction interval for the true effect in a new trial: t with k - 1 degrees of freedom and the interval's own
        standard error [inthout2016]. nan for one effect and for the models of one true effect, which have no new
        trials.
    tau2, tau2_ci_lb, tau2_ci_ub : float
        Heterogeneity variance with its Q-profile interval [viechtbauer2007confidence]; nan where k = 1. The
        equal-effects model takes it to be 0, so there is no interval; the fixed pools of events have none of it, and
        those with random effects no interval.
    I2, I2_ci_lb, I2_ci_ub, H2 : float
        From tau2 and the typical sampling variance, `I2` in percent; its interval is the tau2 interval's image. From Q
        where the model has one true effect, and of the pools of events.
    Q, Q_df, Q_pval : float
        Cochran's test of heterogeneity; of pools of events about their own estimate.
    k, n : int
        Effects pooled; participants analysed in the arms concerned, each arm once, where reported.
    n_unknown : int
        Effects whose arm sizes are not reported, and so are missing from `n`.
    weights : numpy.ndarray, shape (k,)
        Percent, in the order of `effects.frame`.
    effects : Effects
        What was pooled, with everything left out and why. Of a pool of events, only effects from counts, each as the
        method reads it.
    engine : str
        Who fitted it, of `choices.Engine`.

    Examples
    --------
    >>> print(pooled)
    SMD = 0.21, 95% CI [0.12, 0.29], k = 17, I2 = 22%
    >>> print(f"{pooled.pi_lb:.2f} to {pooled.pi_ub:.2f} in a new trial")
    0.04 to 0.37 in a new trial
    >>> pooled.method, pooled.ci, pooled.level
    ('REML', 'knapp-hartung-floor', 0.95)
    """

    outcome: str
    measure: str
    method: str
    ci: str
    level: float
    k: int
    n: int
    n_unknown: int
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    pval: float
    pi_lb: float
    pi_ub: float
    tau2: float
    tau2_ci_lb: float
    tau2_ci_ub: float
    I2: float
    I2_ci_lb: float
    I2_ci_ub: float
    H2: float
    Q: float
    Q_df: int
    Q_pval: float
    weights: np.ndarray
    effects: Effects
    engine: Engine = ENGINE

    @property
    def one_true_effect(self) -> bool:
        """True where the model takes all trials to have one true effect: no tau2 to speak of, no new trials."""
        return self.method in ONE_TRUE_EFFECT

    @property
    def withheld(self) -> tuple[str, ...]:
        """Codes of what words, tables and figures keep back (`answers.withheld`)."""
        few = not is_enough(self.effects)
        codes = ("pool_below_three_trials",) if few else ()
        short = self.effects.n_trials < FEWEST_TO_PREDICT and np.isfinite(self.pi_lb)
        return (*codes, "prediction_below_five_trials") if short else codes

    @property
    def prediction(self) -> tuple[float, float]:
        """The prediction interval as words, tables and figures give it: nan where there is none or it is withheld."""
        return (np.nan, np.nan) if "prediction_below_five_trials" in self.withheld else (self.pi_lb, self.pi_ub)

    def as_predicted(self, interval: str) -> str:
        """Return a printed prediction interval as `as_predicted` does, at this pool's heterogeneity."""
        return as_predicted(interval, self.tau2)

    @property
    def prediction_at_most(self) -> tuple[float, float]:
        """The prediction interval were the heterogeneity as large as its Q-profile interval allows; nan where none is.

        With few trials the interval at the estimate covers less than it says, above all where that is zero
        [partlett2017random].
        """
        upper = self.tau2_ci_ub
        if np.isnan(self.prediction[0]) or not np.isfinite(upper) or is_of_events(self.method):
            return np.nan, np.nan
        frame = self.effects.frame
        weights = 1 / (frame["vi"].to_numpy(float) + upper)
        middle = float(np.average(frame["yi"].to_numpy(float), weights=weights))
        half = float(t_quantile(0.5 + self.level / 2, self.k - 1) * np.sqrt(1 / weights.sum() + upper))
        return middle - half, middle + half

    @property
    def model(self) -> str:
        """The model in words."""
        return MODELS.get(self.method) or RANDOM_EFFECTS.format(method=self.method)

    def people(self) -> str:
        """Say how many people were analysed: at least so many where some arm sizes are not reported."""
        if self.n_unknown and not self.n:
            return "an unreported number of people"
        return f"{'at least ' if self.n_unknown else ''}{count(self.n, 'person', 'people')}"

    def benefit(self, name: Literal["ci", "pi"] = "ci") -> tuple[float, float, float]:
        """Return the estimate and its interval as benefit, positive in favour of what is tried.

        Where the outcome's direction is not settled there is none, and all three are nan.

        Parameters
        ----------
        name : {"ci", "pi"}
            The confidence or the prediction interval; nan where there is none, or words do not give it.
        """
        ends = self.prediction if name == "pi" else (self.ci_lb, self.ci_ub)
        low, high = np.sort(self.effects.turn * np.array(ends))
        return self.effects.turn * self.estimate, low, high

    def to_frame(self) -> pd.DataFrame:
        """Return the pooled numbers as one row."""
        return pd.DataFrame([{key: value for key, value in self.to_dict().items() if key != "trials"}])

    def trials(self, *, sort_by: str | None = None) -> pd.DataFrame:
        """Return the effects that were pooled, each with its weight in percent and its interval (`ci_lb`, `ci_ub`).

        Parameters
        ----------
        sort_by : str, optional
            A column of the frame, smallest first; as the effects stand by default.

        Raises
        ------
        ChoiceError
            For a column that does not exist.
        """
        lower, upper = self.trial_intervals().T
        trials = self.effects.frame.assign(weight=self.weights, ci_lb=lower, ci_ub=upper)
        if sort_by is None:
            return trials
        return trials.sort_values(chosen("sort_by", sort_by, list(trials)), kind="stable")

    def trial_intervals(self) -> np.ndarray:
        """Return each effect's own normal interval at the pool's level, shape (k, 2), on the analysis scale."""
        half = normal_quantile(0.5 + self.level / 2) * self.effects.frame["sei"].to_numpy(float)
        yi = self.effects.frame["yi"].to_numpy(float)
        return np.column_stack([yi - half, yi + half])

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON object (section 5)."""
        columns = ["trial", "label", "yi", "vi", "weight", "n_intervention", "n_comparator"]
        own = {name: getattr(self, name) for name in JSON_NAMES} | self.effects.readings._asdict()
        own |= {"engine": self.engine}
        return own | {"withheld": list(self.withheld), "trials": self.trials()[columns].to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: effect, intervals and heterogeneity, a row each."""
        measure, level = MEASURES[self.measure], share(self.level)
        rows = {
            f"{self.measure} ({level} CI)": measure.with_interval(self.estimate, self.ci_lb, self.ci_ub),
            f"{level} prediction interval": ""
            if np.isnan(self.prediction[0])
            else self.as_predicted(measure.interval(*self.prediction)),
            "tau2": "" if np.isnan(self.tau2) else number(self.tau2, 4),
            "I2": "" if np.isnan(self.I2) else percent(self.I2),
            "Q (df)": f"{number(self.Q)} ({self.Q_df})",
            "From": f"{count(self.k, 'effect')}, {self.people()}",
            "Model": f"{self.method}, {self.ci}",
        }
        return pd.DataFrame({"": rows.keys(), self.effects.outcome_label: rows.values()})

    def __str__(self) -> str:
        measure = MEASURES[self.measure]
        ci = f"{share(self.level)} CI {measure.bracketed(self.ci_lb, self.ci_ub)}"
        text = f"{self.measure} = {measure.text(self.estimate)}, {ci}, k = {self.k}"
        return text if np.isnan(self.I2) else f"{text}, I2 = {percent(self.I2)}"


def pool(
    effects: Effects,
    *,
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    engine: Engine = ENGINE,
) -> PooledEffect:
    """Pool the effects of one outcome by inverse variances, or its events.

    Parameters
    ----------
    effects : Effects
        From `compute_effects`, or from `effects_from` for numbers of your own.
    method : {"REML", "PM", "DL", "ML", "HE", "EE", "MH", "MH-DL", "MH-REVMAN", "MH-DL-REVMAN", "PETO"}
        Estimator of the heterogeneity variance tau2: restricted maximum likelihood (default), Paule-Mandel,
        DerSimonian-Laird, maximum likelihood, Hedges; EE is the equal-effects model, which takes tau2 to be zero and
        is usually given `ci="wald"` [viechtbauer2005bias, veroniki2016].
        The others pool the events of both arms, for rare events: Mantel-Haenszel (RR, OR, RD), fixed or with random
        effects whose tau2 comes from Q about the Mantel-Haenszel mean, and Peto's one-step odds ratio (OR)
        [mantel1959statistical, yusuf1985beta]. MH is metafor's `rma.mh`, without a half anywhere in the pool; the
        REVMAN ones add it to every cell of a trial with a zero cell, as RevMan does (`statistics.mantel_haenszel`).
    ci : {"knapp-hartung-floor", "knapp-hartung", "wald"}, optional
        Confidence interval: Knapp-Hartung, t with k - 1 degrees of freedom [knapp2003improved], by default with a
        standard error never below the Wald one [rover2015]; or the normal interval, the only one of the
        methods that pool events.
    level : float
        Confidence level of every interval, 0.95 by default.
    engine : {"kernel", "pymare"}
        Who fits the model: this package, or PyMARE 0.0.13 as an independent check. It fits no pools of events and lacks
        Paule-Mandel, whose tau2 is then this package's.

    Returns
    -------
    PooledEffect
        For one effect: that effect with its own normal interval, tau2 and everything that needs a second trial nan.

    Raises
    ------
    NotEstimableError
        Where no trial reports the outcome in a form that can be pooled.
    ChoiceError
        For a method, interval or level that does not exist, or does not go with the measure or with one another.

    Notes
    -----
    The estimate is sum(w y) / sum(w) with w = 1 / (v + tau2). The prediction interval is the estimate plus or minus
    t(k - 1) * sqrt(se^2 + tau2) [inthout2016], tau2's interval the Q-profile one [viechtbauer2007confidence], and
    I2 = 100 tau2 / (tau2 + s2) with the typical sampling variance s2 [higgins2002quantifying]. All as metafor's `rma`.

    Examples
    --------
    >>> evidence = load_evidence()
    >>> print(pool(compute_effects(evidence, "recovery")))
    SMD = 0.21, 95% CI [0.12, 0.29], k = 17, I2 = 22%
    >>> print(pool(compute_effects(evidence, "hope"), method="PM"))
    SMD = 0.22, 95% CI [0.02, 0.42], k = 7, I2 = 49%
    """
    require_effects(effects, "pool")
    method, ci, level = pool_choices(method, ci, level)
    engine, of_events = chosen_engine(engine), is_of_events(method)
    if of_events and engine != ENGINE:
        raise ChoiceError("engine", engine, [ENGINE], why=NO_EVENTS.format(method=method))
    effects = with_tables(effects, method) if of_events else effects
    frame = effects.frame
    if frame.empty:
        raise NotEstimableError(
            f"No trial reports {effects.outcome!r} in a form that can be pooled as {effects.measure}. "
            f"{effects.why_left_out()}"
        )
    if of_events:
        return _pool_events(effects, method, level)
    settings = {"outcome": effects.outcome, "measure": effects.measure, "method": method, "ci": ci, "level": level}
    settings |= {"engine": engine}
    n, n_unknown = effects.participants()
    counts = {"k": len(frame), "n": n, "n_unknown": n_unknown, "effects": effects}
    yi, vi = frame["yi"].to_numpy(float), frame["vi"].to_numpy(float)
    if len(frame) == 1:
        return PooledEffect(**settings, **counts, **_single(yi[0], vi[0], level))
    X = np.ones((len(frame), 1))
    fit = fit_model(yi, vi, X, method=method, ci=ci, level=level, engine=engine)
    estimate, se = float(fit.beta[0]), float(fit.se[0])
    half = float(t_quantile(0.5 + level / 2, len(frame) - 1) * np.hypot(se, np.sqrt(fit.tau2)))
    half = np.nan if method == "EE" else half
    lower, upper = (np.nan, np.nan) if method == "EE" else tau2_interval(yi, vi, X, level=level)
    return PooledEffect(
        **settings,
        **counts,
        estimate=estimate,
        se=se,
        ci_lb=float(fit.ci_lb[0]),
        ci_ub=float(fit.ci_ub[0]),
        pval=float(fit.pval[0]),
        pi_lb=estimate - half,
        pi_ub=estimate + half,
        tau2=fit.tau2,
        tau2_ci_lb=lower,
        tau2_ci_ub=upper,
        I2=fit.I2,
        I2_ci_lb=100 * lower / (lower + fit.s2),
        I2_ci_ub=100 * upper / (upper + fit.s2),
        H2=fit.H2,
        Q=fit.QE,
        Q_df=fit.QE_df,
        Q_pval=fit.QE_pval,
        weights=fit.weights,
    )


def _pool_events(effects: Effects, method: EventsMethod, level: float) -> PooledEffect:
    found = _counts_pool(effects, method, level)
    effects = with_own_effects(effects, method, found.yi, found.vi)
    n, n_unknown = effects.participants()
    half = np.nan
    if np.isfinite(found.tau2):
        half = float(t_quantile(0.5 + level / 2, found.k - 1) * np.hypot(found.se, np.sqrt(found.tau2)))
    return PooledEffect(
        outcome=effects.outcome,
        measure=effects.measure,
        method=method,
        ci="wald",
        level=level,
        k=found.k,
        n=n,
        n_unknown=n_unknown,
        estimate=found.estimate,
        se=found.se,
        ci_lb=found.ci_lb,
        ci_ub=found.ci_ub,
        pval=found.pval,
        pi_lb=found.estimate - half,
        pi_ub=found.estimate + half,
        tau2=found.tau2,
        # A Q-profile interval is about the inverse-variance mean, and need not hold a tau2 about another one.
        tau2_ci_lb=np.nan,
        tau2_ci_ub=np.nan,
        I2=found.I2,
        I2_ci_lb=np.nan,
        I2_ci_ub=np.nan,
        H2=found.H2,
        Q=found.Q,
        Q_df=found.Q_df,
        Q_pval=found.Q_pval,
        weights=found.weights,
        effects=effects,
    )


def _counts_pool(effects: Effects, method: EventsMethod, level: float) -> EventsPool:
    tables = tables_of(effects)
    if method == "PETO":
        return peto(*tables, level=level)
    return mantel_haenszel(
        *tables,
        measure=effects.measure,  # type: ignore[arg-type]
        level=level,
        random=method not in ONE_TRUE_EFFECT,
        convention="revman" if method.endswith("REVMAN") else "exact",
    )


def _single(yi: float, vi: float, level: float) -> dict[str, Any]:
    """One trial is its own effect; nothing about other trials is identified."""
    se = float(np.sqrt(vi))
    half = float(normal_quantile(0.5 + level / 2)) * se
    unknown = "pi_lb pi_ub tau2 tau2_ci_lb tau2_ci_ub I2 I2_ci_lb I2_ci_ub H2 Q_pval".split()
    return {
        "estimate": float(yi),
        "se": se,
        "ci_lb": yi - half,
        "ci_ub": yi + half,
        "pval": float(2 * normal_tail(abs(yi / se))),
        "Q": 0.0,
        "Q_df": 0,
        "weights": np.array([100.0]),
    } | dict.fromkeys(unknown, np.nan)
