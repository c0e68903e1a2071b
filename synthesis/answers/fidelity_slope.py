"""Does fidelity explain why trials differ? One slope with everything an honest answer needs.

Beside the slope and its interval stand: a permutation p value, the ten-trials rule, the smallest slope this design
could have detected, and the slope under the two extreme codings of what the reports do not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from synthesis.answers.fidelity import SCORES, FidelityScores
from synthesis.answers.regression import MetaRegression, meta_regression
from synthesis.effects import Effects
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.results import Result
from synthesis.statistics.models import CiMethod, Method
from synthesis.statistics.permutation import PermutationTest, permutation_test

TRIALS_PER_COVARIATE = 10  # Cochrane Handbook 10.11.5.1 [handbook2024]
FEWEST_EFFECTS = 3
POWER = 0.80
_QUANTILES = 20_000
DEFAULT_SEED = 20150101
DEFAULT_PERMUTATIONS = 10_000
JSON_NAMES = [
    *(
        "outcome",
        "measure",
        "method",
        "ci",
        "level",
        "score",
        "k",
        "trials_without_score",
        "slope",
        "se",
        "ci_lb",
        "ci_ub",
        "pval",
    ),
    *(
        "pval_permutation",
        "pval_permutation_se",
        "permutations",
        "exact",
        "seed",
        "intercept",
        "tau2",
        "tau2_null",
        "R2",
    ),
    *("QE", "QE_df", "QE_pval", "detectable_slope", "descriptive"),
]


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
    """

    coding: str
    k: int
    slope: float
    ci_lb: float
    ci_ub: float


@dataclass(frozen=True, eq=False)
class FidelitySlope(Result):
    """The meta-regression of benefit on fidelity.

    Attributes
    ----------
    slope, se, ci_lb, ci_ub, pval : float
        Change in benefit from fidelity 0 to fidelity 1; positive means more fidelity goes with more benefit.
    permutation : PermutationTest
    detectable_slope : float
        The smallest true slope this design would have found with 80% power at the estimated residual heterogeneity
        [hempel2013assessing, hedges2004power].
    descriptive : bool
        True below ten trials, however many effects they have: the slope describes these trials and tests nothing.
    extremes : tuple of ExtremeCoding
        The slope with unreported components all absent, and all present.
    trials_without_score : int
        Effects left out because the reports describe no component of the arm.
    regression : MetaRegression
        The model itself.
    """

    outcome: str
    measure: str
    method: str
    ci: str
    level: float
    score: str
    k: int
    trials_without_score: int
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
    descriptive: bool
    extremes: tuple[ExtremeCoding, ...]
    regression: MetaRegression

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
    def detected(self) -> bool:
        """True where the interval leaves out zero and the permutation test agrees at the same level."""
        excludes_zero = self.ci_lb > 0 or self.ci_ub < 0
        return excludes_zero and self.pval_permutation <= 1 - self.level

    @property
    def exact(self) -> bool:
        """True where the permutation test examined every distinct arrangement."""
        return self.permutation.exact

    def heterogeneity_sentence(self) -> str:
        """Say how much heterogeneity is left and how much of it the score takes up."""
        share = "" if np.isnan(self.R2) else f", R2 {self.R2:.0f}%"
        left = f"tau2 {self.tau2:.3f} against {self.tau2_null:.3f} without the score{share}"
        note = (
            " With so little heterogeneity there is little to explain."
            if self.tau2_null < self.typical_variance() / 10
            else ""
        )
        residual = f"residual Q {self.QE:.1f} on {self.QE_df} degrees of freedom"
        return f"Differences left between trials: {left}; {residual}.{note}"

    def typical_variance(self) -> float:
        """Return the typical sampling variance of the trials' effects."""
        return self.regression.fit.s2

    def trials(self) -> pd.DataFrame:
        """Return the trials of the model: benefit as `yi`, its variance, the score as `fidelity`, bounds, weights."""
        frame = self.regression.effects.frame
        table = frame[["trial", "label", "vi"]].copy()
        table.insert(2, "yi", frame["benefit"])
        for end in ("", "_lower", "_upper"):
            table[f"fidelity{end}"] = frame.get(f"{self.score}{end}", np.nan)
        return table.assign(weight=self.regression.fit.weights)

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as one row."""
        return pd.DataFrame([{name: getattr(self, name) for name in JSON_NAMES}])

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON object (section 5)."""
        extremes = {
            f"slope_unreported_{e.coding}": {"k": e.k, "slope": e.slope, "ci_lb": e.ci_lb, "ci_ub": e.ci_ub}
            for e in self.extremes
        }
        return (
            {name: getattr(self, name) for name in JSON_NAMES} | extremes | {"trials": self.trials().to_dict("records")}
        )

    def __str__(self) -> str:
        kind = (
            "descriptive, fewer than ten trials" if self.descriptive else f"permutation p = {self.pval_permutation:.3f}"
        )
        return (
            f"slope of benefit on fidelity {self.slope:.2f}, {self.level:.0%} CI [{self.ci_lb:.2f}, {self.ci_ub:.2f}], "
            f"k = {self.k} ({kind})"
        )


def fidelity_slope(
    effects: Effects,
    scores: FidelityScores,
    *,
    score: str = "fidelity",
    method: Method = "REML",
    ci: CiMethod = "knapp-hartung-floor",
    level: float = 0.95,
    permutations: int = DEFAULT_PERMUTATIONS,
    seed: int = DEFAULT_SEED,
) -> FidelitySlope:
    """Regress benefit on a fidelity score.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    score : str
        One of `fidelity.SCORES`: `fidelity`, a mechanism, `difference` between the arms, ...
    method, ci, level
        As in `pool`.
    permutations, seed
        As in `permutation_test`.

    Returns
    -------
    FidelitySlope

    Raises
    ------
    ChoiceError
        For a score that does not exist.
    NotEstimableError
        With fewer than three scored effects, or one fidelity in all of them.
    """
    scored = _scored(effects, scores, score)
    known = scored.frame[score].notna()
    if known.sum() < FEWEST_EFFECTS:
        lead = (
            f"{len(known)} usable effect{'' if len(known) == 1 else 's'}"
            if known.all()
            else f"{known.sum()} of {len(known)} effects with a score on {score.replace('_', ' ')}"
        )
        raise NotEstimableError(f"{effects.outcome_label} has {lead}; a slope and its uncertainty need at least three.")
    regression = meta_regression(scored, moderators=[score], method=method, ci=ci, level=level)
    slope, intercept = regression.coefficients.iloc[1], regression.coefficients.iloc[0]
    frame = regression.effects.frame
    test = permutation_test(
        frame["benefit"], frame["vi"], frame[score], method=method, ci=ci, permutations=permutations, seed=seed
    )
    return FidelitySlope(
        outcome=effects.outcome,
        measure=effects.measure,
        method=method,
        ci=ci,
        level=level,
        score=score,
        k=regression.k,
        trials_without_score=int((~known).sum()),
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
        detectable_slope=detectable_slope(
            float(np.sqrt(regression.fit.cov_wald[1, 1])),
            regression.fit.df,
            level=level,
            floor=ci == "knapp-hartung-floor",
        ),
        descriptive=is_descriptive(frame),
        extremes=_extreme_codings(scored, score, method, ci, level),
        regression=regression,
    )


def is_estimable(effects: Effects, scores: FidelityScores, *, score: str = "fidelity") -> bool:
    """Say whether a slope exists: at least three scored effects whose scores are not all the same."""
    known = _scored(effects, scores, score).frame[score].dropna()
    return len(known) >= FEWEST_EFFECTS and known.nunique() > 1


def is_descriptive(frame: pd.DataFrame) -> bool:
    """Say whether too few trials stand behind the effects to test one characteristic; a trial counts once."""
    return frame["trial"].nunique() < TRIALS_PER_COVARIATE


def detectable_slope(se: float, df: float, *, level: float = 0.95, power: float = POWER, floor: bool = False) -> float:
    """Return the smallest slope a two-sided test at this standard error would find with the given power.

    Parameters
    ----------
    se : float
        Model-based standard error of the slope: it depends on the trials' variances, their spread of fidelity and the
        residual heterogeneity, not on the slope found.
    df : float
        Degrees of freedom of the t test; inf for the normal.
    floor : bool
        The test's standard error is never below `se` (`knapp-hartung-floor`), which costs power.

    Returns
    -------
    float
        The noncentrality at which the noncentral t test has the power, times `se` [hedges2004power].
    """
    critical = stats.t.ppf(0.5 + level / 2, df)
    # The noncentral t is a normal over an independent chi: average over the chi's quantiles. scipy's own noncentral t
    # gives nan for few degrees of freedom and large slopes.
    middle = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    scale = np.sqrt(stats.chi2.ppf(middle, df) / df) if np.isfinite(df) else np.ones(1)
    threshold = critical * (np.maximum(scale, 1.0) if floor else scale)

    def excess(noncentrality: float) -> float:
        found = stats.norm.sf(threshold - noncentrality) + stats.norm.cdf(-threshold - noncentrality)
        return float(found.mean()) - power

    upper = critical
    while excess(upper) < 0:
        upper *= 2
    return float(se * brentq(excess, 0, upper))


def _scored(effects: Effects, scores: FidelityScores, score: str) -> Effects:
    """Join the scores of the effects' comparisons; a score that does not exist is refused."""
    if score not in SCORES:
        raise ChoiceError("score", score, SCORES)
    return effects.with_moderators(scores.contrasts(effects.frame))


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
            found.append(ExtremeCoding(coding, int(scored.frame[column].notna().sum()), np.nan, np.nan, np.nan))
            continue
        term = model.coefficients.iloc[1]
        found.append(
            ExtremeCoding(coding, model.k, float(term["estimate"]), float(term["ci_lb"]), float(term["ci_ub"]))
        )
    return tuple(found)
