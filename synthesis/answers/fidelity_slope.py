"""Does fidelity explain why trials differ? One slope with everything an honest answer needs.

Beside the slope and its interval stand: a permutation p value, the ten-trials rule, the smallest slope this design
could have detected, and the slope under the two extreme codings of what the reports do not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, chosen_score, score_column
from synthesis.answers.regression import MetaRegression, meta_regression
from synthesis.answers.verdicts import FEWEST_SCORED, Association, association, is_descriptive
from synthesis.answers.withheld import FEWEST_FOR_R2
from synthesis.choices import (
    LEVEL,
    METHOD,
    PERMUTATIONS,
    SCORE,
    SEED,
    CiMethod,
    Method,
    Score,
    model_choices,
)
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.kept import kept
from synthesis.results import Result
from synthesis.statistics.models import tau2_interval
from synthesis.statistics.permutation import PermutationTest, permutation_test
from synthesis.statistics.power import detectable_slope
from synthesis.wording import bracketed, count, number, p_value, percent, share, with_interval

JSON_NAMES = """
    outcome measure method ci level score k effects_without_score slope se ci_lb ci_ub pval
    pval_permutation pval_permutation_se permutations exact seed intercept tau2 tau2_null R2
    QE QE_df QE_pval detectable_slope detectable_slope_lb detectable_slope_ub score_least score_most score_iqr
    descriptive association
""".split()
HETEROGENEITY = (
    "Differences left between trials: tau2 {tau2} against {tau2_null} without the score{R2}; residual {test}."
)
WITHOUT_SCORE = "Differences between trials without the score: tau2 {tau2}."
# Up to 40% may not be important [handbook2024, 10.10.2]; a quarter is stricter.
LOW_I2 = 0.25
TOO_FEW = "{outcome} has {lead}; a slope and its uncertainty need at least three."
SOME_SCORED = "{scored} of {effects} effects with a score on {score}"


@dataclass(frozen=True)
class ExtremeCoding:
    """The slope when every unreported component is coded one way.

    Attributes
    ----------
    coding : {"absent", "present"}
        All unreported components taken as 0, or as 2.
    k : int
        Effects in the model; trials whose reports describe no component enter too.
    slope, ci_lb, ci_ub : float
        nan where that coding gives every trial the same score.
    span : float
        From the least to the most faithful trial under that coding.
    """

    coding: str
    k: int
    slope: float
    ci_lb: float
    ci_ub: float
    span: float


@dataclass(frozen=True, eq=False)
class FidelitySlope(Result):
    """The meta-regression of benefit on fidelity.

    Attributes
    ----------
    slope, se, ci_lb, ci_ub, pval : float
        Change in benefit from fidelity 0 to fidelity 1; positive means more fidelity goes with more benefit.
    permutation : PermutationTest
    detectable_slope, detectable_slope_lb, detectable_slope_ub : float
        The smallest true slope on the score as coded that this design's interval would have left without zero with 80%
        power, at the estimated residual heterogeneity, and at both ends of its Q-profile interval
        [hempel2013, hedges2004power].
    score_least, score_most, score_iqr : float
        The lowest and the highest score of the trials, and the score's interquartile range: what a slope, which is per
        whole unit, is to be read by.
    descriptive : bool
        True below ten trials, however many effects they have: the slope describes these trials and tests nothing.
    extremes : tuple of ExtremeCoding
        The slope with unreported components all absent, and all present.
    effects_without_score : int
        Effects left out because the reports describe no component of the arm.
    regression : MetaRegression
        The model itself.

    Examples
    --------
    >>> print(f"{slope.slope:.2f} ({slope.ci_lb:.2f} to {slope.ci_ub:.2f}) from 0 to 1, k = {slope.k}")
    0.21 (-0.46 to 0.88) from 0 to 1, k = 17
    >>> slope.detected, slope.permutations, round(slope.pval_permutation, 3)
    (False, 10000, 0.485)
    """

    outcome: str
    measure: str
    method: str
    ci: str
    level: float
    score: str
    k: int
    effects_without_score: int
    slope: float
    se: float
    ci_lb: float
    ci_ub: float
    pval: float
    permutation: PermutationTest
    seed: int
    intercept: float
    tau2: float
    tau2_null: float
    R2: float
    QE: float
    QE_df: int
    QE_pval: float
    detectable_slope: float
    detectable_slope_lb: float
    detectable_slope_ub: float
    score_least: float
    score_most: float
    score_iqr: float
    descriptive: bool
    extremes: tuple[ExtremeCoding, ...]
    regression: MetaRegression

    @property
    def span(self) -> float:
        """From the least to the most faithful trial seen."""
        return self.score_most - self.score_least

    @property
    def withheld(self) -> tuple[str, ...]:
        """Codes of what words, tables and figures keep back (`answers.withheld`)."""
        trials = self.regression.effects.n_trials
        held = {
            "slope_below_ten_trials": self.descriptive,
            "r2_below_forty_trials": trials < FEWEST_FOR_R2,
            "r2_heterogeneity_may_be_zero": self.tau2_null_lb == 0,
        }
        return tuple(code for code, is_held in held.items() if is_held)

    @property
    def shown_R2(self) -> float:
        """R2 as words and tables give it: nan where it is withheld."""
        return np.nan if any(code.startswith("r2") for code in self.withheld) else self.R2

    @cached_property
    def tau2_null_lb(self) -> float:
        """Lower end of the Q-profile interval of the heterogeneity without the score."""
        frame = self.regression.effects.frame
        yi, vi = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float)
        return tau2_interval(yi, vi, np.ones((len(yi), 1)), level=self.level)[0]

    @property
    def pval_permutation(self) -> float:
        """Two-sided permutation p value of the slope."""
        return self.permutation.pval

    @property
    def pval_permutation_se(self) -> float:
        """Monte-Carlo standard error of the permutation p value; 0 where exact."""
        return self.permutation.standard_error

    @property
    def permutations(self) -> int:
        """Arrangements the permutation test examined."""
        return self.permutation.permutations

    @property
    def association(self) -> Association:
        """The verdict: descriptive, detected, not established or not detected (`verdicts.association`)."""
        return association(
            self.ci_lb, self.ci_ub, self.pval_permutation, level=self.level, descriptive=self.descriptive
        )

    @property
    def detected(self) -> bool:
        """True where the interval leaves out zero, the permutation test agrees, and the trials are enough to test."""
        return self.association is Association.DETECTED

    @property
    def exact(self) -> bool:
        """True where the permutation test examined every distinct arrangement."""
        return self.permutation.exact

    def heterogeneity_sentence(self) -> str:
        """Say how much heterogeneity there is, and what the score takes up of it where that can be said.

        Below ten trials nothing; where R2 is withheld only the heterogeneity without the score, from which it cannot be
        reckoned.
        """
        if self.descriptive:
            return ""
        if np.isnan(self.shown_R2):
            return WITHOUT_SCORE.format(tau2=number(self.tau2_null, 3))
        return HETEROGENEITY.format(
            tau2=number(self.tau2, 3),
            tau2_null=number(self.tau2_null, 3),
            R2="" if np.isnan(self.shown_R2) else f", R2 {percent(self.shown_R2)}",
            test=f"Q {number(self.QE, 1)} on {self.QE_df} degrees of freedom",
        )

    @property
    def hardly_differ(self) -> bool:
        """Whether heterogeneity without the score is low, as estimated, so that there is little to explain."""
        return self.tau2_null < LOW_I2 * (self.tau2_null + self.typical_variance())

    def typical_variance(self) -> float:
        """Return the typical sampling variance of the trials' effects."""
        return self.regression.fit.s2

    def trials(self) -> pd.DataFrame:
        """Return the trials of the model: benefit as `yi`, its variance, the score as `fidelity`, bounds, weights."""
        frame = self.regression.effects.frame
        table = frame[["trial", "label", "vi"]].copy()
        table.insert(2, "yi", frame["benefit"])
        for end in ("", "_lower", "_upper"):
            table[f"fidelity{end}"] = frame.get(f"{score_column(self.score)}{end}", np.nan)
        return table.assign(weight=self.regression.fit.weights)

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as one row."""
        return pd.DataFrame([{name: getattr(self, name) for name in JSON_NAMES}])

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON object (section 5)."""
        extremes = {
            f"slope_unreported_{e.coding}": {
                "k": e.k,
                "slope": e.slope,
                "ci_lb": e.ci_lb,
                "ci_ub": e.ci_ub,
                "span": e.span,
            }
            for e in self.extremes
        }
        own = {name: getattr(self, name) for name in JSON_NAMES} | self.regression.effects.readings._asdict()
        return own | extremes | {"withheld": list(self.withheld), "trials": self.trials().to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: slope, tests and what could have been found, a row each."""
        between, iqr, power = (self.span, self.score_iqr, self.span) if not self.descriptive else (np.nan,) * 3
        ends = (self.slope, self.ci_lb, self.ci_ub)
        rows = {
            f"Least to most faithful trial ({share(self.level)} CI)": with_interval(
                *(between * end for end in ends), signed=True
            ),
            "Per interquartile range of the score": with_interval(*(iqr * end for end in ends), signed=True),
            "Permutation test": "" if self.descriptive else p_value(self.pval_permutation),
            "Least to most, found with 80% power": "" if self.descriptive else number(power * self.detectable_slope),
            "tau2 without the score": number(self.tau2_null, 4),
            "Effects": str(self.k),
            "Verdict": self.association.value.replace("_", " "),
        }
        return pd.DataFrame({"": rows.keys(), self.regression.effects.outcome_label: rows.values()})

    def __str__(self) -> str:
        if self.descriptive:
            return f"benefit on fidelity: descriptive, fewer than ten trials, k = {self.k}"
        low, high = (self.span * end for end in (self.ci_lb, self.ci_ub))
        found = f"{number(self.span * self.slope, signed=True)}, {share(self.level)} CI {bracketed(low, high)}"
        p = f"permutation p = {number(self.pval_permutation, 3)}"
        return f"benefit on fidelity, least to most faithful trial: {found}, k = {self.k} ({p})"


def _content(
    effects: Effects, scores: FidelityScores, score: str, method: str, ci: str | None, level: float, **test: int
) -> list[Any]:
    return [effects, scores, chosen_score(score), model_choices(method, ci, level), test]


@kept(_content)
def fidelity_slope(
    effects: Effects,
    scores: FidelityScores,
    *,
    score: Score = SCORE,
    method: Method = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> FidelitySlope:
    """Regress benefit on a fidelity score.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    score : {"described", "calibrated", "trust", "role_modelling", "bridging", "enabling", "fidelity_minimum", \
"fidelity_product", "difference"}
        What is regressed on: the whole model as described, or calibrated for what reports leave out; one mechanism,
        the gate scores of hypothesis H1', or the difference to the comparison arm. `fidelity` means `described`.
    method, ci, level
        As in `pool`.
    permutations : int
        Random arrangements of the permutation test; all distinct ones where there are no more than this.
    seed : int
        Of those arrangements.

    Returns
    -------
    FidelitySlope

    Raises
    ------
    ChoiceError
        For a score that does not exist.
    NotEstimableError
        With fewer than three scored effects, or one fidelity in all of them.

    Examples
    --------
    >>> print(fidelity_slope(effects, scores, score="calibrated", permutations=999))
    benefit on fidelity, least to most faithful trial: +0.05, 95% CI [−0.31, 0.41], k = 17
    (permutation p = 0.748)
    """
    method, ci, level = model_choices(method, ci, level)
    score = chosen_score(score)
    column = score_column(score)
    scored = effects.with_moderators(scores.contrasts(effects.frame))
    known = scored.frame[column].notna()
    if known.sum() < FEWEST_SCORED:
        some = SOME_SCORED.format(scored=known.sum(), effects=len(known), score=column.replace("_", " "))
        lead = count(len(known), "usable effect") if known.all() else some
        raise NotEstimableError(TOO_FEW.format(outcome=effects.outcome_label, lead=lead))
    regression = meta_regression(scored, moderators=[column], method=method, ci=ci, level=level)
    slope, intercept = regression.coefficients.iloc[1], regression.coefficients.iloc[0]
    frame = regression.effects.frame
    test = permutation_test(
        frame["benefit"],
        frame["vi"],
        frame[column],
        cluster=frame["trial"],
        method=method,
        ci=ci,
        permutations=permutations,
        seed=seed,
    )
    return FidelitySlope(
        outcome=effects.outcome,
        measure=effects.measure,
        method=method,
        ci=ci,
        level=level,
        score=score,
        k=regression.k,
        effects_without_score=int((~known).sum()),
        slope=float(slope["estimate"]),
        se=float(slope["se"]),
        ci_lb=float(slope["ci_lb"]),
        ci_ub=float(slope["ci_ub"]),
        pval=float(slope["pval"]),
        permutation=test,
        seed=seed,
        intercept=float(intercept["estimate"]),
        tau2=regression.tau2,
        tau2_null=regression.tau2_null,
        R2=regression.R2,
        QE=regression.QE,
        QE_df=regression.QE_df,
        QE_pval=regression.QE_pval,
        **_detectable(regression),
        **_spread(frame[column].to_numpy(float)),
        descriptive=is_descriptive(regression.effects.n_trials),
        extremes=_extreme_codings(scored, column, method, ci, level),
        regression=regression,
    )


def is_estimable(effects: Effects, scores: FidelityScores, *, score: Score = SCORE) -> bool:
    """Say whether a slope exists: a settled direction, and three scored effects whose scores are not all the same."""
    if not effects.is_settled:
        return False
    known = effects.with_moderators(scores.contrasts(effects.frame)).frame[score_column(score)].dropna()
    return len(known) >= FEWEST_SCORED and known.nunique() > 1


def _detectable(regression: MetaRegression) -> dict[str, float]:
    """Return the detectable slope at the estimate of tau2 and at both ends of its interval."""
    frame, fit = regression.effects.frame, regression.fit
    yi, vi = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float)
    ends = tau2_interval(yi, vi, regression.design, level=regression.level)
    in_se = detectable_slope(1.0, fit.df, level=regression.level, floor=regression.ci == "knapp-hartung-floor")
    found = {}
    for name, tau2 in zip(("", "_lb", "_ub"), (fit.tau2, *ends), strict=True):
        cov = np.linalg.inv(regression.design.T @ (regression.design / (vi + tau2)[:, None]))
        found[f"detectable_slope{name}"] = in_se * float(np.sqrt(cov[1, 1]))
    return found


def _spread(score: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(score, [0.25, 0.75])
    return {"score_least": float(score.min()), "score_most": float(score.max()), "score_iqr": float(high - low)}


def _extreme_codings(
    scored: Effects, score: str, method: Method, ci: CiMethod, level: float
) -> tuple[ExtremeCoding, ...]:
    found = []
    for coding, bound in (("absent", "lower"), ("present", "upper")):
        # The bounds of a difference code its two arms opposite ways; an extreme coding is one for both.
        column = f"{score}_{coding if score == 'difference' else bound}"
        if column not in scored.frame:
            continue
        try:
            model = meta_regression(scored, moderators=[column], method=method, ci=ci, level=level)
        except NotEstimableError:
            found.append(ExtremeCoding(coding, int(scored.frame[column].notna().sum()), *(np.nan,) * 4))
            continue
        term, span = model.coefficients.iloc[1], float(np.ptp(model.effects.frame[column]))
        ends = (float(term[name]) for name in ("estimate", "ci_lb", "ci_ub"))
        found.append(ExtremeCoding(coding, model.k, *ends, span))
    return tuple(found)
