"""One model for all outcomes: whether a characteristic of trials goes with benefit, whatever was measured.

Every outcome has its own average; the trials' outcomes share what the trial shares, and their sampling errors. About
three times as many trials stand behind the slope as behind that of one outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.coverage import all_effects
from synthesis.answers.fidelity import SCORES, FidelityScores, chosen_score, score_column, score_fidelity
from synthesis.answers.rivals import RIVALS, SETTING_IN_WORDS, rival_moderators
from synthesis.answers.verdicts import FEWEST_TRIALS, TRIALS_PER_COVARIATE, Association, association
from synthesis.answers.withheld import LEAST_DF
from synthesis.choices import LEVEL, PERMUTATIONS, RHO, SCORE, SEED, Score, chosen, option
from synthesis.effects import Effects
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.evidence import Evidence
from synthesis.kept import kept
from synthesis.results import Result
from synthesis.statistics.distributions import t_quantile
from synthesis.statistics.multilevel import CheFit, che
from synthesis.statistics.permutation import PermutationTest
from synthesis.statistics.sandwich import HTZ
from synthesis.statistics.studentised import cluster_permutation_test, wild_bootstrap_test
from synthesis.wording import bracketed, count, number, p_value, share, with_interval

# Correlations of the sampling errors of one trial's outcomes that are tried beside the main one.
RHO_GRID = (0.4, 0.6, 0.8)
MEASURE = "SMD"
FIDELITY = "fidelity"
# How small a trial is: Egger's test with a precision that does not contain the effect [pustejovsky2019testing].
SMALLNESS = "small_trials"
SMALL = "how small a trial is (root of 1/n + 1/n of its arms)"
# Whose average an effect of a rare outcome is about; no outcome can be called so.
OTHER = ""
JSON_NAMES = """
    moderator score beside measure rho level k trials slope se se_model df pval ci_lb ci_ub ci_lb_wider ci_ub_wider
    pval_permutation pval_permutation_se permutations exact pval_bootstrap seed tau2 omega2 least most iqr
    alone alone_lb alone_ub association
""".split()
TOO_FEW = "{trials} with a standardised effect and a known {label}: a joint model of {columns} needs more."


@dataclass(frozen=True, eq=False)
class Joint(Result):
    """The benefit on all outcomes regressed on one characteristic of trials.

    Attributes
    ----------
    moderator, label : str
        `fidelity`, or a rival of `rivals.RIVALS`; in words.
    score : str
        Which score of fidelity, where it takes part; otherwise empty.
    beside : tuple of str
        Other characteristics in the model.
    rho : float
        Correlation assumed between the sampling errors of one trial's outcomes: the one asked for, or where that gives
        some effect a negative weight the largest of `RHO_GRID` that gives none, or else 0.
    k, trials : int
        Effects and trials.
    slope, se, df, pval, ci_lb, ci_ub : float
        Change in benefit (SMD) per unit of the characteristic, by CR2 and Satterthwaite's degrees of freedom.
    se_model : float
        The model's own standard error; words use the larger of the two (`ci_lb_wider`, `ci_ub_wider`).
    permutation : PermutationTest
        Of whole trials.
    bootstrap : PermutationTest or None
        The wild cluster bootstrap, shown below four degrees of freedom; it decides nothing.
    tau2, omega2 : float
        Differences left between trials, and between the outcomes of a trial.
    least, most, iqr : float
        Of the characteristic over trials.
    alone, alone_lb, alone_ub : float
        The slope on the same trials without what stands beside; nan where nothing does.
    outcomes : pandas.DataFrame
        outcome, label, trials, own (whether it has an average of its own; outcomes of one or two trials share one).
    frame : pandas.DataFrame
        The effects: trial, label, outcome, benefit, vi, x, the characteristics beside, weight (what the effect
        contributes to the slope).

    Examples
    --------
    >>> found = joint(evidence, permutations=99)
    >>> print(f"{found.slope:.2f} ({found.ci_lb:.2f} to {found.ci_ub:.2f}); {found.k} effects of {found.trials} trials")
    -0.28 (-0.80 to 0.23); 123 effects of 51 trials
    """

    moderator: str
    label: str
    score: str
    beside: tuple[str, ...]
    measure: str
    rho: float
    level: float
    k: int
    trials: int
    slope: float
    se: float
    se_model: float
    df: float
    pval: float
    ci_lb: float
    ci_ub: float
    permutation: PermutationTest
    bootstrap: PermutationTest | None
    seed: int
    tau2: float
    omega2: float
    least: float
    most: float
    iqr: float
    alone: float
    alone_lb: float
    alone_ub: float
    outcomes: pd.DataFrame
    frame: pd.DataFrame

    @cached_property
    def grid(self) -> pd.DataFrame:
        """The slope at each correlation of `RHO_GRID` and at `rho`.

        One row a correlation: rho, slope, se, se_model, df, pval, ci_lb, ci_ub, tau2, omega2, negative (effects with a
        negative weight in an average).
        """
        rows = [_grid_row(rho, _fit(self.frame, self.beside, rho, self.level)) for rho in sorted({*RHO_GRID, self.rho})]
        return pd.DataFrame(rows)

    @cached_property
    def equal_slopes(self) -> HTZ | None:
        """Test that the slope is the same in the outcomes with ten trials or more; None with fewer than two of them."""
        return _equal_slopes(self.frame, self.beside, self.rho, self.level)

    @property
    def span(self) -> float:
        """From the smallest to the largest value of the characteristic seen in a trial."""
        return self.most - self.least

    @property
    def wider(self) -> tuple[float, float]:
        """The interval from the larger of the robust and the model's standard error."""
        half = t_quantile(0.5 + self.level / 2, self.df) * max(self.se, self.se_model)
        return self.slope - half, self.slope + half

    @property
    def ci_lb_wider(self) -> float:
        """Lower end of the interval that words give."""
        return self.wider[0]

    @property
    def ci_ub_wider(self) -> float:
        """Upper end of the interval that words give."""
        return self.wider[1]

    @property
    def pval_permutation(self) -> float:
        """Two-sided p of the permutation of whole trials."""
        return self.permutation.pval

    @property
    def pval_permutation_se(self) -> float:
        """Its Monte-Carlo standard error."""
        return self.permutation.standard_error

    @property
    def permutations(self) -> int:
        """Arrangements examined."""
        return self.permutation.permutations

    @property
    def exact(self) -> bool:
        """Whether they were all there are."""
        return self.permutation.exact

    @property
    def pval_bootstrap(self) -> float:
        """P of the wild cluster bootstrap; nan where it is not needed."""
        return np.nan if self.bootstrap is None else self.bootstrap.pval

    @property
    def withheld(self) -> tuple[str, ...]:
        """Codes of what words, tables and figures keep back (`answers.withheld`)."""
        few = self.trials < TRIALS_PER_COVARIATE * (1 + len(self.beside))
        held = {"slope_below_ten_trials": few, "df_below_four": self.df < LEAST_DF}
        return tuple(code for code, is_held in held.items() if is_held)

    @property
    def is_testable(self) -> bool:
        """Whether there are ten trials a characteristic, and four degrees of freedom."""
        return not self.withheld

    @property
    def association(self) -> Association:
        """The verdict on this model alone; none where it is not testable."""
        return association(*self.wider, self.pval_permutation, level=self.level, descriptive=not self.is_testable)

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as one row."""
        return pd.DataFrame([{name: getattr(self, name) for name in JSON_NAMES}])

    def to_dict(self) -> dict[str, Any]:
        """Return every number, with what words keep back named in `withheld`."""
        equal = None
        if self.equal_slopes is not None:
            equal = {name: getattr(self.equal_slopes, name) for name in ("F", "df_num", "df_denom", "pval")}
        return {name: getattr(self, name) for name in JSON_NAMES} | {
            "equal_slopes": equal,
            "withheld": list(self.withheld),
            "grid": self.grid.to_dict("records"),
            "outcomes": self.outcomes.to_dict("records"),
            "effects": self.frame.to_dict("records"),
        }

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows."""
        kept = self.is_testable
        rows = {
            f"Per unit ({share(self.level)} CI)": with_interval(self.slope, *self.wider, signed=True) if kept else "",
            "Permutation of trials": p_value(self.pval_permutation) if kept else "",
            "Effects, trials": f"{self.k}, {self.trials}",
            "Verdict": self.association.value.replace("_", " ") if kept else "not testable",
        }
        return pd.DataFrame({"": rows.keys(), self.label: rows.values()})

    def __str__(self) -> str:
        what = f"{count(self.k, 'effect')} of {count(self.trials, 'trial')}"
        if not self.is_testable:
            return f"all outcomes on {self.label}: not testable, {what}"
        ci = f"{share(self.level)} CI {bracketed(*self.wider)}"
        p = f"permutation {p_value(self.pval_permutation)}"
        return f"all outcomes on {self.label}: slope {number(self.slope, signed=True)}, {ci}, {what} ({p})"


def joint(
    evidence: Evidence,
    *,
    moderator: str = FIDELITY,
    beside: Sequence[str] = (),
    score: Score = SCORE,
    outcomes: Sequence[str] | None = None,
    effects: Mapping[str, Effects] | None = None,
    scores: FidelityScores | None = None,
    rho: float = RHO,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Joint:
    """Regress the benefit on all outcomes at once on one characteristic of trials.

    Parameters
    ----------
    evidence : Evidence
    moderator : str
        `fidelity`, or a rival: year, severe_mental_illness, weeks, contacts, group, active_comparator,
        high_risk_of_bias, reporting_completeness; or small_trials, which makes it Egger's test over all outcomes.
    beside : sequence of str
        Characteristics that stand beside it, of the same names.
    score : str
        Which score of fidelity, as in `fidelity_slope`.
    outcomes : sequence of str, optional
        Only these; by default every outcome pooled as SMD whose direction is settled.
    effects : mapping of str to Effects, optional
        As `all_effects` gives them, where they are at hand.
    scores : FidelityScores, optional
        Where they are at hand.
    rho : float
        Correlation assumed between the sampling errors of one trial's outcomes.
    level : float
    permutations, seed : int
        Of the permutation of trials.

    Returns
    -------
    Joint

    Raises
    ------
    ChoiceError
        For a characteristic, score or outcome that does not exist.
    NotEstimableError
        Where no outcome qualifies, the characteristic does not differ between trials, or trials are too few.

    Notes
    -----
    y_to = a_o + b (x_t - mean) + g'z_t + u_t + w_to + e_to with Var(u) = tau2, Var(w) = omega2 and
    Cov(e_to, e_to') = rho sqrt(v v'), by REML with CR2 standard errors [pustejovsky2022, tipton2015small]; p by
    exchanging whole trials [winkler2015multi].

    Examples
    --------
    >>> print(joint(evidence, outcomes=["recovery", "hope", "depression"], permutations=99))
    all outcomes on fidelity (all three mechanisms, as described): slope −0.06, 95% CI [−0.75,
    0.63], 39 effects of 30 trials (permutation p = 0.850)
    """
    score = chosen_score(score)
    rho, level = option("rho", rho), option("level", level)
    named = [_characteristic(name) for name in (moderator, *beside)]
    moderator, beside = named[0], tuple(dict.fromkeys(named[1:]))
    if moderator in beside:
        others = [name for name in (FIDELITY, *RIVALS) if name != moderator]
        raise ChoiceError("beside", moderator, others, why="is the moderator itself")
    gathered = gather_effects(evidence, outcomes=outcomes, effects=effects, scores=scores)
    return fit_joint(
        known_in(gathered, (moderator, *beside), score),
        moderator,
        beside,
        score=score if FIDELITY in (moderator, *beside) else "",
        rho=rho,
        level=level,
        permutations=permutations,
        seed=seed,
    )


def gather_effects(
    evidence: Evidence,
    *,
    outcomes: Sequence[str] | None = None,
    effects: Mapping[str, Effects] | None = None,
    scores: FidelityScores | None = None,
) -> pd.DataFrame:
    """Gather the effects of all outcomes, with every score and rival of their comparisons.

    Parameters
    ----------
    evidence, outcomes, effects, scores
        As in `joint`.

    Returns
    -------
    pandas.DataFrame
        outcome, outcome_label, trial, intervention_arm, comparator_arm, label, benefit, vi, small_trials; a column each
        score and each rival, nan where it is not known.
    """
    own = effects if effects is not None else all_effects(evidence)
    scores = scores if scores is not None else score_fidelity(evidence)
    labels = dict(zip(evidence.codebook.outcomes["outcome"], evidence.codebook.outcomes["label"], strict=True))
    asked = own if outcomes is None else dict.fromkeys(chosen("outcome", name, labels) for name in outcomes)
    used = [own[name] for name in asked if name in own and own[name].measure == MEASURE and own[name].is_settled]
    frames = [_with_characteristics(one, evidence, scores) for one in used if len(one.frame)]
    if not frames:
        raise NotEstimableError("No outcome of these has a standardised effect whose direction is settled.")
    return pd.concat(frames, ignore_index=True)


def known_in(gathered: pd.DataFrame, characteristics: Sequence[str], score: Score = SCORE) -> pd.DataFrame:
    """Return the gathered effects in which all the characteristics are known; `fidelity` is the score asked for."""
    frame = gathered.assign(**{FIDELITY: gathered[score_column(score)]})
    return frame[frame[list(characteristics)].notna().all(axis=1)].reset_index(drop=True)


@kept()
def fit_joint(
    frame: pd.DataFrame,
    moderator: str,
    beside: Sequence[str] = (),
    *,
    score: str = "",
    rho: float = RHO,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Joint:
    """Fit the joint model to effects in which its characteristics are known (`known_in`); as `joint`."""
    label = characteristic_label(moderator, score)
    beside = tuple(beside)
    parts = design_of(frame, beside)
    n_trials = frame["trial"].nunique()
    columns = 2 + parts.shape[1]
    if n_trials <= columns:
        raise NotEstimableError(
            TOO_FEW.format(trials=count(n_trials, "trial"), label=label, columns=count(columns, "coefficient"))
        )
    if frame[moderator].nunique() < 2:
        raise NotEstimableError(f"{label} has the same value in every trial, so nothing can be regressed on it.")
    own = frame[["trial", "label", "outcome", "outcome_label", "benefit", "vi", *beside]].assign(x=frame[moderator])
    rho, fit = fit_slope(own, beside, rho, level)
    tests = {"x": own["x"].to_numpy(float), "Z": parts, "rho": rho, "seed": seed}
    few = fit.df[-1] < LEAST_DF
    per_trial = own.groupby("trial", sort=False)["x"].mean()
    low, high = per_trial.quantile([0.25, 0.75])
    return Joint(
        moderator=moderator,
        label=label,
        score=score,
        beside=beside,
        measure=MEASURE,
        rho=rho,
        level=level,
        k=len(own),
        trials=n_trials,
        **{name: float(getattr(fit, name)[-1]) for name in ("se", "se_model", "df", "pval", "ci_lb", "ci_ub")},
        slope=float(fit.beta[-1]),
        permutation=cluster_permutation_test(**_arrays(own), **tests, permutations=permutations),
        bootstrap=wild_bootstrap_test(**_arrays(own), **tests, draws=permutations) if few else None,
        seed=seed,
        tau2=fit.tau2,
        omega2=fit.omega2,
        least=float(own["x"].min()),
        most=float(own["x"].max()),
        iqr=float(high - low),
        **_alone(own, beside, rho, level),
        outcomes=_outcomes(own),
        frame=own.assign(weight=fit.weights[-1]),
    )


def characteristic_label(name: str, score: str = "") -> str:
    """Name a characteristic in words."""
    if name == FIDELITY:
        return f"fidelity ({SCORES[score or SCORE].label})"
    return SMALL if name == SMALLNESS else RIVALS[name]


def design_of(frame: pd.DataFrame, beside: Sequence[str] = ()) -> np.ndarray:
    """Return what stands beside the characteristic: indicators of all outcomes but one, and the others of `beside`."""
    own = _own_average(frame)
    names = list(dict.fromkeys(own))
    indicators = [own.eq(name).to_numpy(float) for name in names[1:]]
    others = [frame[name].to_numpy(float) for name in beside]
    return np.column_stack([*indicators, *others]) if indicators or others else np.empty((len(frame), 0))


def _characteristic(name: str) -> str:
    found = chosen("moderator", name, {FIDELITY: FIDELITY, **RIVALS, SMALLNESS: SMALL})
    if found == "setting":
        raise NotEstimableError(SETTING_IN_WORDS)
    return found


def _content(effects: Effects, evidence: Evidence, scores: FidelityScores) -> list[Any]:
    return [effects, evidence.trials, evidence.arms, scores]


@kept(_content)
def _with_characteristics(effects: Effects, evidence: Evidence, scores: FidelityScores) -> pd.DataFrame:
    keys = ["trial", "intervention_arm", "comparator_arm"]
    frame = effects.frame[[*keys, "label", "benefit", "vi"]].copy()
    sizes = effects.frame[["n_intervention", "n_comparator"]].astype(float)
    frame[SMALLNESS] = np.sqrt((1 / sizes).sum(axis=1, skipna=False)).to_numpy()
    frame.insert(0, "outcome", effects.outcome)
    frame.insert(1, "outcome_label", effects.outcome_label)
    columns = [score_column(name) for name in SCORES]
    frame = frame.merge(scores.contrasts(frame)[[*keys, *columns]], on=keys, how="left")
    return frame.merge(rival_moderators(effects, scores, evidence), on=keys, how="left")


def _own_average(frame: pd.DataFrame) -> pd.Series:
    """Return whose average an effect is about: its outcome's, or that of all outcomes too small for one."""
    trials = frame.groupby("outcome")["trial"].transform("nunique")
    return frame["outcome"].where(trials >= FEWEST_TRIALS, OTHER)


def _outcomes(frame: pd.DataFrame) -> pd.DataFrame:
    own = frame.assign(own=_own_average(frame).ne(OTHER))
    table = own.groupby("outcome", sort=False).agg(
        label=("outcome_label", "first"), trials=("trial", "nunique"), own=("own", "first")
    )
    return table.reset_index()


def _grid_row(rho: float, fit: CheFit) -> dict[str, float]:
    names = ("se", "se_model", "df", "pval", "ci_lb", "ci_ub")
    return (
        {"rho": rho, "slope": float(fit.beta[-1])}
        | {name: float(getattr(fit, name)[-1]) for name in names}
        | {"tau2": fit.tau2, "omega2": fit.omega2, "negative": int(np.sum(fit.average_weights < 0))}
    )


def _arrays(frame: pd.DataFrame) -> dict[str, Any]:
    return {"yi": frame["benefit"].to_numpy(float), "vi": frame["vi"].to_numpy(float), "cluster": frame["trial"]}


def _fit(frame: pd.DataFrame, beside: Sequence[str], rho: float, level: float) -> CheFit:
    """Fit the model; its last coefficient is the slope."""
    X = np.column_stack([design_of(frame, beside), frame["x"]])
    return che(**_arrays(frame), X=X, rho=rho, level=level, test=[])


def fit_slope(frame: pd.DataFrame, beside: Sequence[str], rho: float, level: float) -> tuple[float, CheFit]:
    """Fit at the correlation asked for, or at the largest of the grid below it that makes no weight negative.

    Without correlation no weight is negative. The frame has outcome, trial, benefit, vi, x and what stands beside.
    """
    below = [own for own in sorted({0.0, *RHO_GRID}, reverse=True) if own < rho]
    for own in (rho, *below):
        fit = _fit(frame, beside, own, level)
        if (fit.average_weights >= 0).all():
            break
    return own, fit


def _alone(frame: pd.DataFrame, beside: Sequence[str], rho: float, level: float) -> dict[str, float]:
    if not beside:
        return dict.fromkeys(("alone", "alone_lb", "alone_ub"), np.nan)
    fit = _fit(frame, (), rho, level)
    half = t_quantile(0.5 + level / 2, fit.df[-1]) * max(fit.se[-1], fit.se_model[-1])
    slope = float(fit.beta[-1])
    return {"alone": slope, "alone_lb": slope - float(half), "alone_ub": slope + float(half)}


def _equal_slopes(frame: pd.DataFrame, beside: Sequence[str], rho: float, level: float) -> HTZ | None:
    """Test the differences of slopes between outcomes with the ten trials that a slope needs."""
    trials = frame.groupby("outcome")["trial"].nunique()
    large = [name for name in dict.fromkeys(frame["outcome"]) if trials[name] >= TRIALS_PER_COVARIATE]
    if len(large) < 2:
        return None
    x, parts = frame["x"].to_numpy(float), design_of(frame, beside)
    apart = [np.where(frame["outcome"].eq(name), x, 0.0) for name in large[1:]]
    rest = np.where(frame["outcome"].isin(large), 0.0, x)
    columns = [parts, x, *apart, *([rest] if np.ptp(rest) > 0 else [])]
    first = parts.shape[1] + 1
    try:
        return che(
            **_arrays(frame), X=np.column_stack(columns), rho=rho, level=level, test=range(first, first + len(apart))
        ).htz
    except NotEstimableError:
        return None
