"""One outcome pooled from several effects a trial: correlated and hierarchical effects, with robust intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.joint import RHO_GRID
from synthesis.answers.verdicts import FEWEST_TRIALS, Side, favours, side_in_words
from synthesis.answers.withheld import FEWEST_TO_PREDICT, LEAST_DF
from synthesis.choices import LEVEL, RHO
from synthesis.effects import Effects, require_effects
from synthesis.errors import NotEstimableError
from synthesis.results import Result
from synthesis.statistics.distributions import t_quantile
from synthesis.statistics.measures import MEASURES
from synthesis.statistics.multilevel import CheFit, che
from synthesis.wording import count, number, p_value, share

JSON_NAMES = """
    outcome measure method ci level dependence rho k trials_n estimate se se_model df ci_lb ci_ub
    ci_lb_wider ci_ub_wider pval pi_lb pi_ub tau2 omega2
""".split()
SAID = (
    "{outcome}: {effects} of {trials}, {label} {effect} ({level} CI {interval}), every effect of a trial in one model "
    "with a correlation of {rho} assumed between their errors. {verdict}"
)
FAVOURS = "The average effect favours {side}; the interval does not include 'no difference'."
OPEN = "The interval includes 'no difference': these trials neither show an average effect nor rule one out."
UNSETTLED = "Which direction is better is not settled, so no side is named."
OVER_RHO = "With correlations of {low} to {high} the average would be {least} to {most}."
FEW_DF = "With {df} degrees of freedom no p can be trusted, so none is given."
LOWERED = "The correlation asked for gave some effects a negative weight; {rho} is the largest that gives none."
TOO_FEW = "{outcome}: {trials}, too few for a pooled statement."


@dataclass(frozen=True, eq=False)
class DependentPool(Result):
    """A pooled effect of trials that give several effects each.

    Attributes
    ----------
    estimate, se, df, pval, ci_lb, ci_ub : float
        On the analysis scale; CR2 by trial with Satterthwaite's degrees of freedom.
    se_model : float
        The model's own standard error.
    pi_lb, pi_ub : float
        For the true effect in a new trial: t with the same degrees of freedom on sqrt(se^2 + tau2 + omega2).
    tau2, omega2 : float
        Between trials, and between the effects of a trial.
    rho : float
        Correlation of a trial's errors: the one asked for, or the largest below it that gives no negative weight.
    asked : float
        The correlation asked for.
    k, trials_n : int
        Effects and trials.
    weights : numpy.ndarray, shape (k,)
        Percent.
    grid : pandas.DataFrame
        rho, estimate, se, ci_lb, ci_ub, tau2, omega2, negative (effects with a negative weight).
    effects : Effects

    Examples
    --------
    >>> every = compute_effects(evidence, "recovery", timepoint="all", dependence="che")
    >>> found = pool_dependent(every)
    >>> print(f"{found.k} effects of {found.trials_n} trials")
    21 effects of 17 trials
    >>> print(f"{found.estimate:.2f} ({found.ci_lb:.2f} to {found.ci_ub:.2f})")
    0.22 (0.14 to 0.29)
    """

    outcome: str
    measure: str
    method: str
    ci: str
    dependence: str
    level: float
    rho: float
    asked: float
    k: int
    trials_n: int
    estimate: float
    se: float
    se_model: float
    df: float
    pval: float
    ci_lb: float
    ci_ub: float
    pi_lb: float
    pi_ub: float
    tau2: float
    omega2: float
    weights: np.ndarray
    grid: pd.DataFrame
    effects: Effects

    @property
    def ci_lb_wider(self) -> float:
        """Lower end of the interval of words."""
        return self.wider[0]

    @property
    def ci_ub_wider(self) -> float:
        """Upper end of the interval of words."""
        return self.wider[1]

    @property
    def wider(self) -> tuple[float, float]:
        """The interval of words: from the larger of the robust and the model's standard error."""
        half = float(t_quantile(0.5 + self.level / 2, self.df)) * max(self.se, self.se_model)
        return self.estimate - half, self.estimate + half

    @property
    def withheld(self) -> tuple[str, ...]:
        """Codes of what words and tables keep back (`answers.withheld`)."""
        held = {
            "pool_below_three_trials": self.trials_n < FEWEST_TRIALS,
            "prediction_below_five_trials": self.trials_n < FEWEST_TO_PREDICT,
            "df_below_four": self.df < LEAST_DF,
        }
        return tuple(code for code, is_held in held.items() if is_held)

    def trials(self) -> pd.DataFrame:
        """Return the effects with their weights in percent."""
        return self.effects.frame.assign(weight=self.weights)

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as one row."""
        return pd.DataFrame([{name: getattr(self, name) for name in JSON_NAMES}])

    def to_dict(self) -> dict[str, Any]:
        """Return every number, with what words keep back in `withheld`."""
        columns = "trial label instrument timepoint_months yi vi weight n_intervention n_comparator".split()
        own = {name: getattr(self, name) for name in JSON_NAMES} | self.effects.readings._asdict()
        return own | {
            "withheld": list(self.withheld),
            "grid": self.grid.to_dict("records"),
            "trials": self.trials()[columns].to_dict("records"),
        }

    def sentences(self) -> list[str]:
        """Say the pool, and what it would be with other correlations."""
        measure, trials = MEASURES[self.measure], count(self.trials_n, "trial")
        label = self.effects.outcome_label
        if "pool_below_three_trials" in self.withheld:
            return [TOO_FEW.format(outcome=label, trials=trials)]
        ends = sorted(self.effects.turn * end for end in self.wider)
        side = favours(*ends)
        verdict = {Side.OPEN: OPEN, Side.UNSETTLED: UNSETTLED}.get(side, FAVOURS)
        said = [
            SAID.format(
                outcome=label,
                effects=count(self.k, "effect"),
                trials=trials,
                label=measure.label[0].lower() + measure.label[1:],
                effect=measure.text(self.estimate),
                level=share(self.level),
                interval=measure.interval(*self.wider),
                rho=number(self.rho, 1),
                verdict=verdict.format(side=side_in_words(side, self.effects.names)),
            )
        ]
        others = self.grid[self.grid["rho"].ne(self.rho)]
        if len(others) and self.k > self.trials_n:
            said.append(
                OVER_RHO.format(
                    low=number(others["rho"].min(), 1),
                    high=number(others["rho"].max(), 1),
                    least=measure.text(others["estimate"].min()),
                    most=measure.text(others["estimate"].max()),
                )
            )
        if self.rho < self.asked:
            said.append(LOWERED.format(rho=number(self.rho, 1)))
        if "df_below_four" in self.withheld:
            said.append(FEW_DF.format(df=number(self.df, 1)))
        return said

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows."""
        measure, kept = MEASURES[self.measure], "pool_below_three_trials" not in self.withheld
        has_p, predicts = "df_below_four" not in self.withheld, "prediction_below_five_trials" not in self.withheld
        rows = {
            f"{self.measure} ({share(self.level)} CI)": measure.with_interval(self.estimate, *self.wider)
            if kept
            else "",
            "p": p_value(self.pval) if kept and has_p else "",
            f"{share(self.level)} prediction interval": measure.interval(self.pi_lb, self.pi_ub) if predicts else "",
            "tau2, omega2": f"{number(self.tau2, 4)}, {number(self.omega2, 4)}",
            "From": f"{count(self.k, 'effect')}, {count(self.trials_n, 'trial')}",
        }
        return pd.DataFrame({"": rows.keys(), self.effects.outcome_label: rows.values()})

    def __str__(self) -> str:
        return " ".join(self.sentences())


def pool_dependent(effects: Effects, *, rho: float = RHO, level: float = LEVEL) -> DependentPool:
    """Pool effects of which a trial may give several.

    Parameters
    ----------
    effects : Effects
        Of `compute_effects(..., dependence="che")`, which keeps every time and instrument if the time point is `all`.
    rho : float
        Correlation assumed between the sampling errors of one trial's effects.
    level : float

    Returns
    -------
    DependentPool

    Raises
    ------
    NotEstimableError
        With fewer than two trials.

    Notes
    -----
    Correlated and hierarchical effects by REML, CR2 and Satterthwaite [pustejovsky2022]; as `statistics.che`.

    Examples
    --------
    >>> every = compute_effects(evidence, "recovery", timepoint="all", dependence="che")
    >>> print(pool_dependent(every))
    Personal recovery: 21 effects of 17 trials, standardised mean difference (Hedges' g) 0.22 (95%
    CI 0.14 to 0.29), every effect of a trial in one model with a correlation of 0.6 assumed
    between their errors. The average effect favours peer support; the interval does not include
    'no difference'. With correlations of 0.4 to 0.8 the average would be 0.21 to 0.22.
    """
    require_effects(effects, "pool_dependent")
    frame = effects.frame
    if frame.empty or effects.n_trials < 2:
        raise NotEstimableError(
            f"{effects.outcome_label} has {count(effects.n_trials, 'trial')} with usable numbers; a model of dependent "
            "effects needs two."
        )
    arrays = frame["yi"].to_numpy(float), frame["vi"].to_numpy(float), frame["trial"]
    fits = {own: che(*arrays, rho=own, level=level) for own in sorted({0.0, *RHO_GRID, rho})}
    fine = [own for own, fit in fits.items() if own <= rho and (fit.average_weights >= 0).all()]
    used = max(fine, default=0.0)
    fit = fits[used]
    half = float(t_quantile(0.5 + level / 2, fit.df[0]) * np.sqrt(fit.se[0] ** 2 + fit.tau2 + fit.omega2))
    estimate = float(fit.beta[0])
    return DependentPool(
        outcome=effects.outcome,
        measure=effects.measure,
        method="REML",
        ci="cr2",
        dependence="che",
        level=level,
        rho=used,
        asked=rho,
        k=len(frame),
        trials_n=effects.n_trials,
        estimate=estimate,
        **{name: float(getattr(fit, name)[0]) for name in ("se", "se_model", "df", "pval", "ci_lb", "ci_ub")},
        pi_lb=estimate - half,
        pi_ub=estimate + half,
        tau2=fit.tau2,
        omega2=fit.omega2,
        weights=100 * fit.average_weights,
        grid=pd.DataFrame([_row(own, fit) for own, fit in fits.items() if own > 0 or used == 0]),
        effects=effects,
    )


def _row(rho: float, fit: CheFit) -> dict[str, float]:
    own = {name: float(getattr(fit, name)[0]) for name in ("se", "ci_lb", "ci_ub")}
    estimate = {"rho": rho, "estimate": float(fit.beta[0])}
    return estimate | own | {"tau2": fit.tau2, "omega2": fit.omega2, "negative": int((fit.average_weights < 0).sum())}
