"""Pool and fidelity slope with the results that only say a direction, beside the main analysis and never instead.

Leaving such results out is not neutral: a p value below .05 is printed and enters, "no difference" is not and stays
out. The sentences stand first, whole, with named gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, chosen_score, score_column
from synthesis.answers.verdicts import FEWEST_SCORED, FEWEST_TRIALS, TRIALS_PER_COVARIATE
from synthesis.choices import LEVEL, SCORE, Score, option
from synthesis.effects import Effects, require_effects
from synthesis.effects.direction_only import ASIDE, SENSITIVITY, THRESHOLD, DirectionOnly, direction_only
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import Direction, directions_in_words
from synthesis.results import Result
from synthesis.statistics.censored import CensoredFit, fit_censored
from synthesis.wording import count, listed, number, share, with_interval

POOL, SLOPE = "pool", "slope"
MODELS = {POOL: "average benefit", SLOPE: "change from the least to the most faithful trial with a number"}
# What a row rests on: its threshold, in standard errors, and its words; without a threshold on numbers alone.
RESULTS = {
    "numbers": (np.nan, "results with numbers"),
    "with_directions": (THRESHOLD, "and those that only say a direction"),
    "with_directions_sensitivity": (SENSITIVITY, f"the same, threshold {SENSITIVITY} instead of {THRESHOLD}"),
}
# What words keep back of a row; its numbers stay.
FEW_TRIALS, FEW_FOR_A_SLOPE = "pool_below_three_trials", "slope_below_ten_trials"
COLUMNS = """
    model results threshold k k_direction_only trials estimate se ci_lb ci_ub pval tau2 tau2_ci_lb tau2_ci_ub
    withheld note
""".split()

NONE = "No result on {outcome} stands without a number and says a direction beside those in the pool."
HOW_MANY = (
    "{results} on {outcome} {have} no usable number and only {say} a direction: {directions}. {numbers} {has} a number."
)
MOVES = (
    "With them the {model} goes from {before} to {after} ({measure}, {level} profile intervals, maximum likelihood); "
    "with {sensitivity} in the place of {threshold} to {otherwise}."
)
TOO_FEW = "Fewer than three trials have a number on it, so no average is stated."
NO_SLOPE = "Fewer than ten trials have a number and a fidelity score, so no slope is stated."
BESIDE = (
    "This stands beside the main analysis, never in its place: each such result is taken to lie within {threshold} of "
    "its standard errors, or beyond them on the side it favours, and these follow from the numbers of people alone."
)
LEFT_ASIDE = "Left aside: {parts}."
NO_SCORE = "Results with numbers and a score on {score}: {scored} of {k}; a slope and its uncertainty need three."


@dataclass(frozen=True, eq=False)
class WithDirections(Result):
    """Pool and slope of one outcome by maximum likelihood, without and with the results that only say a direction.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a model and a set of results: `model` (pool, slope), `results` (numbers; with_directions, whose
        `threshold` is 1.96 standard errors; with_directions_sensitivity, 1.64), `k` results and `k_direction_only` of
        them without a number, `trials`; estimate, se, profile interval and likelihood-ratio p on the scale of benefit,
        positive in favour of what is tried; tau2 with its profile interval; `withheld`, codes of what words keep back;
        `note`, why a row has no numbers.
    directions : DirectionOnly
        The results that were added, and those left aside.
    effects : Effects
        Of the main analysis.
    score : str
        What the slope is on.
    level : float
    span : float
        From the least to the most faithful trial with a number: what words read a slope by.

    Examples
    --------
    >>> found = with_directions(effects, scores, evidence)
    >>> found.table[["model", "results", "estimate"]].round(2).head(2)
      model          results  estimate
    0  pool          numbers      0.21
    1  pool  with_directions      0.21
    """

    table: pd.DataFrame
    directions: DirectionOnly
    effects: Effects
    score: str
    level: float
    span: float = 1.0

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the rows, what was added and what was left aside, with the settings."""
        about = {name: getattr(self.effects, name) for name in ("outcome", "measure", "timepoint")}
        return (
            about
            | {"score": self.score, "span": self.span, "level": self.level, "method": "ML", "ci": "profile"}
            | self.effects.readings._asdict()
            | {
                "rows": self.table.to_dict("records"),
                "direction_only": self.directions.frame.to_dict("records"),
                "aside": self.directions.aside.to_dict("records"),
            }
        )

    def row(self, model: str, results: str) -> pd.Series:
        """Return one row of the table."""
        return self.table[self.table["model"].eq(model) & self.table["results"].eq(results)].iloc[0]

    def in_words(self, row: pd.Series) -> str:
        """Print a row's estimate with its interval, a slope between trials seen; empty where words keep it back."""
        if not _is_stated(row):
            return ""
        per = self.span if row["model"] == SLOPE else 1.0
        return with_interval(*(per * row[name] for name in ("estimate", "ci_lb", "ci_ub")))

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each model without and with these results; what words keep back is left out."""
        rows = self.table
        return pd.DataFrame(
            {
                "": rows["model"].map(lambda model: MODELS[model][:1].upper() + MODELS[model][1:]),
                "From": rows["results"].map(lambda code: RESULTS[code][1]),
                "k": rows["k"],
                "Only a direction": rows["k_direction_only"],
                f"{self.effects.measure} ({share(self.level)} CI)": [self.in_words(row) for _, row in rows.iterrows()],
                "tau2": [number(row["tau2"], 4) if _is_stated(row) else "" for _, row in rows.iterrows()],
            }
        )

    def __str__(self) -> str:
        return describe_directions(self)


def with_directions(
    effects: Effects,
    scores: FidelityScores,
    evidence: Evidence,
    *,
    score: Score = SCORE,
    level: float = LEVEL,
) -> WithDirections:
    r"""Pool an outcome, and regress it on fidelity, with the results that only say a direction.

    Parameters
    ----------
    effects : Effects
        Of the main analysis; SMDs.
    scores : FidelityScores
    evidence : Evidence
        What the effects were computed from.
    score : str
        What the slope is on. One of "described", "calibrated", "trust", "role_modelling", "bridging",
        "enabling", "fidelity_minimum", "fidelity_product" and "difference".
    level : float
        Confidence level of the profile intervals.

    Returns
    -------
    WithDirections

    Raises
    ------
    NotEstimableError
        For another measure than SMD, and for an outcome whose direction is not settled.

    Notes
    -----
    A result that says "no difference" lies within 1.96 s of nought, one that favours a side beyond 1.96 s on it, s its
    standard error, sqrt(1/n1 + 1/n2) times the root of a cluster trial's design effect. It enters as the probability of
    that interval under N(mu, tau2 + s2) [hedges1985statistical, albajes2019nonsignificant], as in
    `statistics.fit_censored`. The rows on numbers alone are maximum likelihood too: nothing but the results differs.

    Examples
    --------
    >>> found = with_directions(effects, scores, evidence)
    >>> print(found)
    9 results on personal recovery have no usable number and only say a direction: 2 favour peer
    support and 7 reported no significant difference. 17 results have a number. With them the
    average benefit goes from 0.21 (0.13 to 0.28), k = 17, to 0.21 (0.13 to 0.27), k = 26 (SMD, 95%
    profile intervals, maximum likelihood); with 1.64 in the place of 1.96 to 0.20 (0.12 to ...
    """
    require_effects(effects, "with_directions")
    score = chosen_score(score)
    column = score_column(score)
    level = option("level", level)
    found = direction_only(effects, evidence)
    numbers = effects.frame.merge(
        scores.contrasts(effects.frame), on=["trial", "intervention_arm", "comparator_arm"], how="left"
    )
    added = found.frame.merge(
        scores.contrasts(found.frame), on=["trial", "intervention_arm", "comparator_arm"], how="left"
    )
    rows = []
    for model in MODELS:
        for code, (threshold, _) in RESULTS.items():
            directions = found.frame.index if np.isfinite(threshold) else found.frame.index[:0]
            lower, upper = found.bounds(threshold if np.isfinite(threshold) else THRESHOLD)
            if model == POOL:
                with_number, with_direction, x = numbers.index, directions, None
            else:
                with_number = numbers.index[numbers[column].notna()]
                with_direction = directions[added.loc[directions, column].notna()]
                x = np.concatenate([numbers.loc[with_number, column], added.loc[with_direction, column]])
            one, other = numbers.loc[with_number], added.loc[with_direction]
            row = {
                "model": model,
                "results": code,
                "threshold": threshold,
                "k": len(one) + len(other),
                "k_direction_only": len(other),
                "trials": len({*one["trial"], *other["trial"]}),
                "withheld": _withheld(model, one),
                "note": "",
            }
            nowhere = np.full(len(one), np.nan)
            try:
                if model == SLOPE and len(one) < FEWEST_SCORED:
                    raise NotEstimableError(
                        NO_SCORE.format(scored=len(one), k=len(numbers), score=column.replace("_", " "))
                    )
                fit = fit_censored(
                    np.concatenate([one["benefit"], np.full(len(other), np.nan)]),
                    np.concatenate([one["vi"], other["vi"]]),
                    np.concatenate([nowhere, lower[with_direction]]),
                    np.concatenate([nowhere, upper[with_direction]]),
                    x,
                    level=level,
                )
                row |= _numbers(fit)
            except NotEstimableError as error:
                row["note"] = str(error)
            rows.append(row)
    known = numbers[column].dropna()
    span = float(np.ptp(known)) if len(known) else np.nan
    return WithDirections(pd.DataFrame(rows, columns=COLUMNS), found, effects, score, level, span)


def describe_directions(found: WithDirections) -> str:
    """Say what the results that only say a direction change, and that they stand beside the main analysis.

    Examples
    --------
    >>> print(describe_directions(with_directions(effects, scores, evidence)))
    9 results on personal recovery have no usable number and only say a direction: 2 favour peer
    support and 7 reported no significant difference. 17 results have a number. With them the
    average benefit goes from 0.21 (0.13 to 0.28), k = 17, to 0.21 (0.13 to 0.27), k = 26 (SMD, 95%
    profile intervals, maximum likelihood); with 1.64 in the place of 1.96 to 0.20 (0.12 to ...
    """
    added, effects = found.directions.frame, found.effects
    if added.empty:
        return " ".join(filter(None, [NONE.format(outcome=effects.outcome_label.lower()), _aside(found.directions)]))
    said = [_how_many(found), *(_moves(found, model) for model in MODELS), BESIDE.format(threshold=THRESHOLD)]
    return " ".join(filter(None, [*said, _aside(found.directions)]))


def _numbers(fit: CensoredFit) -> dict[str, float]:
    """Return the numbers of a fit's last coefficient: the average, or the slope."""
    own = {name: float(getattr(fit, name)[-1]) for name in ("se", "ci_lb", "ci_ub", "pval")}
    variances = {name: getattr(fit, name) for name in ("tau2", "tau2_ci_lb", "tau2_ci_ub")}
    return {"estimate": float(fit.beta[-1])} | own | variances


def _withheld(model: str, numbers: pd.DataFrame) -> tuple[str, ...]:
    """Name what words keep back, judged by the trials that have numbers."""
    trials = numbers["trial"].nunique()
    if model == POOL:
        return (FEW_TRIALS,) if trials < FEWEST_TRIALS else ()
    return (FEW_FOR_A_SLOPE,) if trials < TRIALS_PER_COVARIATE else ()


def _is_stated(row: pd.Series) -> bool:
    return not row["withheld"] and bool(np.isfinite(row["estimate"]))


def _how_many(found: WithDirections) -> str:
    added, effects = found.directions.frame, found.effects
    words, counts = directions_in_words(effects.names), added["reported_direction"].value_counts()
    return HOW_MANY.format(
        results=count(len(added), "result"),
        outcome=effects.outcome_label.lower(),
        have="has" if len(added) == 1 else "have",
        say="says" if len(added) == 1 else "say",
        directions=listed([_says(counts[code], words[code]) for code in words if counts.get(code, 0)]),
        numbers=count(len(effects.frame), "result"),
        has="has" if len(effects.frame) == 1 else "have",
    )


def _says(n: int, direction: Direction) -> str:
    return f"{n} {direction.verb_of_one if n == 1 else direction.verb}"


def _moves(found: WithDirections, model: str) -> str:
    before, after, otherwise = (found.row(model, code) for code in RESULTS)
    if before["withheld"]:
        return TOO_FEW if model == POOL else NO_SLOPE
    if not all(_is_stated(row) for row in (before, after, otherwise)):
        return str(after["note"] or before["note"])
    return MOVES.format(
        model=MODELS[model],
        before=f"{found.in_words(before)}, k = {before['k']},",
        after=f"{found.in_words(after)}, k = {after['k']}",
        measure=found.effects.measure,
        level=share(found.level),
        sensitivity=SENSITIVITY,
        threshold=THRESHOLD,
        otherwise=found.in_words(otherwise),
    )


def _aside(found: DirectionOnly) -> str:
    parts = [f"{n} {ASIDE[code].counted}" for code, n in found.left_aside().items()]
    return LEFT_ASIDE.format(parts=listed(parts)) if parts else ""
