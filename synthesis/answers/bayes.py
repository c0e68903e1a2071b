"""What the data say to someone with a prior: pool and slope by Bayes, and how far a Bayes factor is the prior's doing.

The sentences stand first, whole, with named gaps. A Bayes factor is about a prior, so that its curve over the prior's
scale goes with it; between a third and three the data are said to move nobody.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, chosen_score, score_column
from synthesis.answers.regression import UNSETTLED
from synthesis.answers.verdicts import FEWEST_SCORED, FEWEST_TRIALS, TRIALS_PER_COVARIATE
from synthesis.choices import LEVEL, SCORE, Score, option
from synthesis.effects import Effects, require_effects
from synthesis.errors import NotEstimableError
from synthesis.results import Result
from synthesis.statistics.bayes import MU_SD, SLOPE_SD, TAU_PRIOR, BayesFit, bayes_factors, bayes_pool
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, interval, number, share

POOL, SLOPE = "pool", "slope"
# The scales of the curve, as standard deviations of the prior.
CURVE = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
# A Bayes factor below this, or above one over it, moves nobody.
SUBSTANTIAL = 3.0
MOST = 1000.0
# Below so many trials no prediction interval is put into words.
FEWEST_FOR_PREDICTION = 5
FEW_TRIALS, FEW_FOR_A_SLOPE, FEW_FOR_PREDICTION = (
    "pool_below_three_trials",
    "slope_below_ten_trials",
    "prediction_below_five_trials",
)

AVERAGE = (
    "Average {of}: {estimate} ({level} credible interval {ci}; k = {k}); standard deviation{logs} between "
    "trials {tau} ({tau_ci})."
)
PREDICTION = "In a new trial the true {of} lies between {low} and {high} with a probability of {level}."
SLOPE_IS = (
    "From the least to the most faithful trial the benefit changes by {estimate} {unit} ({level} credible interval "
    "{ci}; k = {k})."
)
BENEFIT, OF_LOGS = "benefit ({measure})", " of its logarithm"
TOO_FEW = "{outcome}: {trials} with a usable effect; below three no average is stated."
NO_SLOPE = "{trials} with a usable effect and a fidelity score; below ten no slope is stated."
FOR = "The data speak {times} times more for {something} of the prior's size than for {nothing}."
AGAINST = "The data speak {times} times more for {nothing} than for {something} of the prior's size."
BARELY = (
    "The data barely move anyone: they speak {times} times more for {side}, and below {substantial} times that is too "
    "little to conclude either."
)
OF_PRIORS_SIZE = "{something} of the prior's size than for {nothing}"
OF_NOTHING = "{nothing} than for {something} of the prior's size"
CURVE_RUNS = "As the prior's standard deviation goes from {first} to {last}, here {own}, the Bayes factor goes {path}."
PRIORS = (
    "Priors: {parameters}, normal about nought; standard deviation between trials {tau_prior} with scale {tau_scale}."
)
THINGS = {POOL: ("an average effect", "no average effect"), SLOPE: ("a slope", "no slope")}
NO_SCORE = "Usable effects with a score on {score}: {scored} of {k}; a slope and its uncertainty need three."
NO_EFFECT = "No trial reports {outcome} in a form that can be pooled as {measure}. {left_out}"
UNITS = (
    "A mean difference stands in the units of its scale, for which there is no prior in general: say tau_prior, mu_sd "
    "and slope_sd, or ask for the measure SMD."
)


class Weight(StrEnum):
    """What a Bayes factor amounts to."""

    FOR = "for_the_prior"
    AGAINST = "for_nought"
    BARELY = "barely_moves"


def weight(bf10: float) -> Weight:
    """Judge a Bayes factor: nothing is concluded between a third and three [gronau2021primer]."""
    if bf10 >= SUBSTANTIAL:
        return Weight.FOR
    return Weight.AGAINST if bf10 <= 1 / SUBSTANTIAL else Weight.BARELY


@dataclass(frozen=True, eq=False)
class BayesAnswer(Result):
    """Pool and fidelity slope of one outcome by Bayes, on the scale of benefit.

    Attributes
    ----------
    pool : BayesFit
    slope : BayesFit or None
        None where there is none; `note` says why.
    note : str
    trials : dict of str to int
        Trials behind the pool, and behind the slope.
    curve : pandas.DataFrame
        The Bayes factor against the scale of its prior: `model` (pool, slope), `scale`, `bf10`.
    withheld : tuple of str
        Codes of what words keep back.
    effects : Effects
    score : str
    span : float
        From the least to the most faithful trial: what words read a slope by.

    Examples
    --------
    >>> answer = bayes_answer(effects, scores)
    >>> print(f"{answer.pool.estimate:.2f} ({answer.pool.ci_lb:.2f} to {answer.pool.ci_ub:.2f})")
    0.21 (0.12 to 0.29)
    >>> print(f"{answer.slope.estimate:.2f}, Bayes factor {answer.slope.bf10:.2f}")
    0.14, Bayes factor 0.62
    """

    pool: BayesFit
    slope: BayesFit | None
    note: str
    trials: dict[str, int]
    curve: pd.DataFrame
    withheld: tuple[str, ...]
    effects: Effects
    score: str
    span: float = 1.0

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers of pool and slope, a row each."""
        return pd.DataFrame([{"model": model} | _numbers(fit) for model, fit in self._fits()])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, the curve, the priors and what words keep back."""
        about = {name: getattr(self.effects, name) for name in ("outcome", "measure", "timepoint")}
        prior = {"tau_prior": list(self.pool.tau_prior), "mu_sd": self.pool.mu_sd, "slope_sd": self.pool.slope_sd}
        return (
            about
            | {"score": self.score, "span": self.span, "level": self.pool.level}
            | prior
            | self.effects.readings._asdict()
            | {POOL: None, SLOPE: None}
            | {model: _numbers(fit) | {"trials": self.trials[model]} for model, fit in self._fits()}
            | {"curve": self.curve.to_dict("records"), "withheld": self.withheld, "note": self.note}
        )

    def _fits(self) -> list[tuple[str, BayesFit]]:
        return [(POOL, self.pool), *([(SLOPE, self.slope)] if self.slope else [])]

    def is_stated(self, model: str) -> bool:
        """Say whether words hold a model's numbers."""
        return (FEW_TRIALS if model == POOL else FEW_FOR_A_SLOPE) not in self.withheld and (
            model == POOL or self.slope is not None
        )

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: the Bayes factor against the prior's scale, for pool and slope."""
        wide = self.curve.pivot(index="scale", columns="model", values="bf10").reindex(columns=[POOL, SLOPE])
        shown = {"Prior SD": [f"{scale:g}" for scale in wide.index]}
        for model, heading in ((POOL, "Average, against none"), (SLOPE, "Slope, against none")):
            stated = self.is_stated(model)
            shown[heading] = [_factor(value) if stated else "" for value in wide[model]]
        return pd.DataFrame(shown)

    def __str__(self) -> str:
        return describe_bayes(self)


def bayes_answer(
    effects: Effects,
    scores: FidelityScores,
    *,
    score: Score = SCORE,
    tau_prior: tuple[str, float] | None = None,
    mu_sd: float | None = None,
    slope_sd: float | None = None,
    level: float = LEVEL,
) -> BayesAnswer:
    r"""Pool an outcome and regress it on fidelity by Bayes, with the Bayes factors as curves over their priors' scale.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    score : str
        What the slope is on; its mean is taken off. One of "described", "calibrated", "trust", "role_modelling",
        "bridging", "enabling", "fidelity_minimum", "fidelity_product" and "difference".
    tau_prior : tuple of str and float, optional
        Of the standard deviation between trials: ("half-normal", 0.5) by default, or ("half-cauchy", scale).
    mu_sd, slope_sd : float, optional
        Standard deviations of the normal priors about 0: 1 of the average and 0.5 of the slope by default, for SMDs and
        logs of ratios; of a mean difference they must be said.
    level : float
        Of the intervals.

    Returns
    -------
    BayesAnswer

    Raises
    ------
    NotEstimableError
        Without a usable effect, where the outcome's direction is not settled, or for a mean difference without priors.

    Examples
    --------
    >>> answer = bayes_answer(effects, scores)
    >>> print(f"{answer.pool.estimate:.2f}, Bayes factor against no difference {answer.pool.bf10:.0f}")
    0.21, Bayes factor against no difference 83
    """
    require_effects(effects, "bayes_answer")
    score = chosen_score(score)
    column = score_column(score)
    level = option("level", level)
    if not effects.is_settled:
        raise NotEstimableError(UNSETTLED.format(outcome=effects.outcome_label))
    if effects.measure == "MD" and None in (tau_prior, mu_sd, slope_sd):
        raise NotEstimableError(UNITS)
    frame = effects.frame
    if frame.empty:
        left_out = effects.why_left_out()
        raise NotEstimableError(
            NO_EFFECT.format(outcome=repr(effects.outcome), measure=effects.measure, left_out=left_out)
        )
    priors = {
        "tau_prior": TAU_PRIOR if tau_prior is None else tau_prior,
        "mu_sd": MU_SD if mu_sd is None else mu_sd,
        "slope_sd": SLOPE_SD if slope_sd is None else slope_sd,
    }
    pooled = bayes_pool(frame["benefit"], frame["vi"], **priors, level=level)
    keys = ["trial", "intervention_arm", "comparator_arm"]
    scored = frame.merge(scores.contrasts(frame)[[*keys, column]], on=keys, how="left")
    scored = scored[scored[column].notna()]
    slope, note = _slope(scored, column, len(frame), priors, level)
    trials = {POOL: effects.n_trials, SLOPE: int(scored["trial"].nunique())}
    limits = {
        FEW_TRIALS: trials[POOL] < FEWEST_TRIALS,
        FEW_FOR_PREDICTION: trials[POOL] < FEWEST_FOR_PREDICTION,
        FEW_FOR_A_SLOPE: trials[SLOPE] < TRIALS_PER_COVARIATE,
    }
    withheld = tuple(code for code, holds in limits.items() if holds)
    curve = [_curve(POOL, frame, None, priors, own=pooled.mu_sd)]
    if slope is not None:
        curve.append(_curve(SLOPE, scored, column, priors, own=slope.slope_sd))
    span = float(np.ptp(scored[column])) if len(scored) else np.nan
    return BayesAnswer(pooled, slope, note, trials, pd.concat(curve, ignore_index=True), withheld, effects, score, span)


def describe_bayes(answer: BayesAnswer) -> str:
    """Say what the data say under these priors, and how far it is the priors' doing.

    Examples
    --------
    >>> print(describe_bayes(bayes_answer(effects, scores)))
    Average benefit (SMD): 0.21 (95% credible interval 0.12 to 0.29; k = 17); standard deviation
    between trials 0.08 (0.00 to 0.21). In a new trial the true benefit lies between −0.03 and 0.43
    with a probability of 95%. The data speak 83 times more for an average effect of the prior's
    size than for no average effect. As the prior's standard deviation goes from 0.05 to 4, here ...
    """
    pooled, trials = answer.pool, count(answer.trials[POOL], "trial")
    if answer.is_stated(POOL):
        said = [_average(answer), _weighed(pooled.bf10, POOL), _path(answer, POOL, pooled.mu_sd)]
    else:
        said = [TOO_FEW.format(outcome=answer.effects.outcome_label, trials=trials)]
    if answer.slope is not None and answer.is_stated(SLOPE):
        said += [
            SLOPE_IS.format(
                estimate=number(answer.span * answer.slope.estimate, signed=True),
                level=share(pooled.level),
                ci=interval(answer.span * answer.slope.ci_lb, answer.span * answer.slope.ci_ub),
                unit=f"log {answer.effects.measure}"
                if MEASURES[answer.effects.measure].ratio
                else answer.effects.measure,
                k=answer.slope.k,
            ),
            _weighed(answer.slope.bf10, SLOPE),
            _path(answer, SLOPE, answer.slope.slope_sd),
        ]
    else:
        said.append(answer.note or NO_SLOPE.format(trials=count(answer.trials[SLOPE], "trial")))
    return " ".join([*said, _priors(answer)])


def _slope(
    scored: pd.DataFrame, score: str, k: int, priors: dict[str, Any], level: float
) -> tuple[BayesFit | None, str]:
    if len(scored) < FEWEST_SCORED:
        return None, NO_SCORE.format(scored=len(scored), k=k, score=score.replace("_", " "))
    try:
        return bayes_pool(scored["benefit"], scored["vi"], scored[score], **priors, level=level), ""
    except NotEstimableError as error:
        return None, str(error)


def _curve(model: str, frame: pd.DataFrame, score: str | None, priors: dict[str, Any], *, own: float) -> pd.DataFrame:
    """Return the Bayes factor over the scales of the prior; the analysis' own scale is one of them."""
    scales = np.array(sorted({*CURVE, own}))
    x = None if score is None else frame[score]
    others = {name: priors[name] for name in ("tau_prior", "mu_sd")}
    factors = bayes_factors(frame["benefit"], frame["vi"], x, scales=scales, **others)
    return pd.DataFrame({"model": model, "scale": scales, "bf10": factors})


def _numbers(fit: BayesFit) -> dict[str, Any]:
    settings = ("tau_prior", "mu_sd", "slope_sd", "level")
    own = {name: value for name, value in asdict(fit).items() if name not in settings}
    return own | {"verdict": weight(fit.bf10).value}


def _average(answer: BayesAnswer) -> str:
    fit, level = answer.pool, share(answer.pool.level)
    measure = MEASURES[answer.effects.measure]
    # A ratio is printed as the outcome has it, as everywhere; its logarithm is turned back for that.
    turn = answer.effects.turn if measure.ratio else 1.0
    of = measure.code if measure.ratio else BENEFIT.format(measure=measure.code)
    said = AVERAGE.format(
        of=of,
        estimate=measure.text(turn * fit.estimate),
        level=level,
        ci=measure.interval(*sorted((turn * fit.ci_lb, turn * fit.ci_ub))),
        k=fit.k,
        logs=OF_LOGS if measure.ratio else "",
        tau=number(fit.tau),
        tau_ci=interval(fit.tau_lb, fit.tau_ub),
    )
    if FEW_FOR_PREDICTION in answer.withheld:
        return said
    low, high = (measure.text(end) for end in sorted((turn * fit.pi_lb, turn * fit.pi_ub)))
    return f"{said} {PREDICTION.format(of=of if measure.ratio else 'benefit', low=low, high=high, level=level)}"


def _weighed(bf10: float, model: str) -> str:
    something, nothing = THINGS[model]
    things, verdict = {"something": something, "nothing": nothing}, weight(bf10)
    times = _times(bf10)
    if verdict is Weight.BARELY:
        side = (OF_PRIORS_SIZE if bf10 > 1 else OF_NOTHING).format(**things)
        return BARELY.format(times=times, side=side, substantial=f"{SUBSTANTIAL:g}")
    return (FOR if verdict is Weight.FOR else AGAINST).format(times=times, **things)


def _times(bf10: float) -> str:
    """Print how many times more, whichever side it is for."""
    times = max(bf10, 1 / bf10) if bf10 > 0 else np.inf
    return f"more than {number(MOST, 0)}" if times > MOST else number(times, 0 if times >= 10 else 1)


def _factor(bf10: float) -> str:
    if np.isnan(bf10):
        return ""
    return f"> {number(MOST, 0)}" if bf10 > MOST else number(bf10, 0 if bf10 >= 10 else 2)


def _path(answer: BayesAnswer, model: str, own: float) -> str:
    rows = answer.curve[answer.curve["model"].eq(model)]
    first, last, top = rows.iloc[0], rows.iloc[-1], rows.loc[rows["bf10"].idxmax()]
    over = f" over {_factor(top['bf10'])}" if first["scale"] < top["scale"] < last["scale"] else ""
    return CURVE_RUNS.format(
        first=f"{first['scale']:g}",
        last=f"{last['scale']:g}",
        own=f"{own:g}",
        path=f"from {_factor(first['bf10'])}{over} to {_factor(last['bf10'])}",
    )


def _priors(answer: BayesAnswer) -> str:
    fit = answer.pool
    parameters = f"average with standard deviation {fit.mu_sd:g}"
    if answer.slope is not None and answer.is_stated(SLOPE):
        parameters += f", slope per whole score with {fit.slope_sd:g}"
    return PRIORS.format(parameters=parameters, tau_prior=fit.tau_prior[0], tau_scale=f"{fit.tau_prior[1]:g}")
