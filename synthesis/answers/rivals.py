"""What else could explain the differences between trials: other scores of the model, and its rivals.

Hypotheses H1' and H5. One at a time: with few trials, several at once would fit anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import SCORES, FidelityScores, chosen_score, score_column
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.regression import meta_regression
from synthesis.answers.verdicts import is_descriptive
from synthesis.answers.withheld import WITHHELD
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
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.statistics.measures import MEASURES
from synthesis.statistics.multiplicity import holm
from synthesis.statistics.permutation import permutation_test
from synthesis.wording import bare_p, count, interval, listed, number, p_value, share, whole, with_interval

RIVALS = {
    "year": "year of the main report (per ten years)",
    "severe_mental_illness": "people with severe mental illness",
    "weeks": "planned length (per half year)",
    "contacts": "planned contacts (per ten)",
    "group": "delivered to groups",
    "active_comparator": "comparator is another active intervention",
    "setting": "setting",
    "high_risk_of_bias": "judged at high risk of bias",
    "reporting_completeness": "share of the model's components that reports describe (per tenth)",
}
# The trials in which a rival is larger, as the subject of a sentence.
MORE_OF = {
    "year": "later trials (per ten years)",
    "severe_mental_illness": "trials of people with severe mental illness",
    "weeks": "trials of longer programmes (per half year)",
    "contacts": "trials of more contacts (per ten)",
    "group": "trials of groups",
    "active_comparator": "trials against another active intervention",
    "high_risk_of_bias": "trials judged at high risk of bias",
    "reporting_completeness": "trials whose reports describe more (per tenth of the components)",
}
SETTING_IN_WORDS = "Settings are written in the trials' own words; nobody has sorted them into kinds yet."
RIVAL = "{who} found {size} {unit} {more} benefit ({level} CI {interval}; k = {k}; permutation {p}, {holm} by Holm)"
FOUND = (
    "Of {tested} rivals with the trials for a test, {n} {goes} with benefit on this outcome once all of them are "
    "allowed for: {rivals}."
)
FOUND_NONE = (
    "Of {tested} rivals with the trials for a test, none goes with benefit on this outcome once all of them are "
    "allowed for; nearest comes this: {rivals}."
)
FOUND_BY_TEST_ALONE = "Its interval holds zero, so it is not called detected."
NONE_TESTED = "No rival has the ten trials on this outcome that a test needs."
UNKNOWN = "No report says: 0 effects are left."
ALL_ALIKE = "It has the same value in every trial that reports it, so nothing can be regressed on it."
COLUMNS = "moderator label k slope ci_lb ci_ub span pval_permutation R2 descriptive note".split()
BESIDE = "pval_holm alone alone_lb alone_ub beside beside_lb beside_ub".split()


@dataclass(frozen=True, eq=False)
class Slopes(Result):
    """The benefit regressed on several characteristics of trials, one at a time.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a characteristic: moderator, label, k, slope with interval, span (from the smallest to the largest
        value seen), pval_permutation, R2, descriptive (fewer than ten trials), note (why a row has no numbers); of
        rivals also `pval_holm` over those tested, and the slope of fidelity on the trials in which the rival is known,
        `alone` and `beside` it, each with its interval.
    effects : Effects
    method, ci, level, permutations, seed
        Of every model and test.
    fidelity_span : float
        Of rivals: from the least to the most faithful trial, what `alone` and `beside` are read by.

    Examples
    --------
    >>> parts = compare_scores(effects, scores, names=["trust", "bridging"], permutations=99)
    >>> parts.table[["label", "slope", "k"]].round(2)
          label  slope   k
    0     trust   0.43  17
    1  bridging  -0.04  16
    """

    table: pd.DataFrame
    effects: Effects
    method: str
    ci: str
    level: float
    permutations: int
    seed: int
    fidelity_span: float = np.nan

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the settings and the table's rows."""
        settings = {name: getattr(self, name) for name in ("method", "ci", "level", "permutations", "seed")}
        about = {"outcome": self.effects.outcome, "measure": self.effects.measure}
        return about | settings | {"rows": self.table.to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each characteristic and its slope."""
        few = self.table["descriptive"].eq(True)
        numbers = self.table[["slope", "ci_lb", "ci_ub"]].astype(float).where(~few)
        slopes = [with_interval(*values, signed=True) for values in numbers.to_numpy(float)]
        known = self.table["slope"].notna() & ~few
        note = self.table["note"].where(~few, WITHHELD["slope_below_ten_trials"])
        return pd.DataFrame(
            {
                "Explained by": self.table["label"],
                "k": self.table["k"].map(whole),
                f"Slope ({share(self.level)} CI)": slopes,
                "Permutation test": self.table["pval_permutation"].map(p_value).where(known, note),
            }
        )

    def __str__(self) -> str:
        what = count(len(self.table), "characteristic")
        return f"{self.effects.outcome_label}: benefit regressed on {what}, one at a time"


def describe_rivals(rivals: Slopes) -> str:
    """Name the rivals that go with benefit on one outcome when all that were tested are allowed for, or the nearest.

    Parameters
    ----------
    rivals : Slopes
        From `compare_rivals`.

    Examples
    --------
    >>> print(describe_rivals(compare_rivals(effects, scores, evidence, permutations=999)))
    Of 6 rivals with the trials for a test, 1 goes with benefit on this outcome once all of them ...
    """
    tested = rivals.table[rivals.table["pval_holm"].notna()].sort_values(["pval_holm", "pval_permutation"])
    if tested.empty:
        return NONE_TESTED
    held = tested["pval_holm"] <= 1 - rivals.level
    clear = tested["ci_lb"].gt(0) | tested["ci_ub"].lt(0)
    found = tested[held & clear]
    shown = found if len(found) else tested.head(1)
    counts = {"tested": len(tested), "n": len(found), "goes": "goes" if len(found) == 1 else "go"}
    named = listed([_in_words(rivals, row) for _, row in shown.iterrows()])
    if len(found):
        return FOUND.format(**counts, rivals=named)
    said = FOUND_NONE.format(**counts, rivals=named)
    return f"{said} {FOUND_BY_TEST_ALONE}" if held.iloc[0] else said


def _in_words(rivals: Slopes, row: pd.Series) -> str:
    low, high = sorted(np.sign(row["slope"]) * row[["ci_lb", "ci_ub"]].to_numpy(float))
    measure = rivals.effects.measure
    return RIVAL.format(
        who=MORE_OF[row["moderator"]],
        size=number(abs(row["slope"])),
        unit=f"log {measure}" if MEASURES[measure].ratio else measure,
        more="more" if row["slope"] > 0 else "less",
        level=share(rivals.level),
        interval=interval(low, high),
        k=whole(row["k"]),
        p=p_value(row["pval_permutation"]),
        holm=bare_p(row["pval_holm"]),
    )


def compare_scores(
    effects: Effects,
    scores: FidelityScores,
    *,
    names: Sequence[str] = tuple(SCORES),
    method: Method = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Slopes:
    """Regress benefit on each score of the change model alone.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    names : sequence of str
        Which scores, of `fidelity.SCORES`.
    method, ci, level, permutations, seed
        As in `fidelity_slope`.

    Returns
    -------
    Slopes

    Examples
    --------
    >>> parts = compare_scores(effects, scores, permutations=99)
    >>> parts.table[["label", "slope", "k"]].round(2).head(3)
                                                   label  slope     k
    0                 all three mechanisms, as described   0.21  17.0
    1  all three mechanisms, calibrated for what repo...   0.21  17.0
    2                                              trust   0.43  17.0
    """
    method, ci, level = model_choices(method, ci, level)
    options = {"method": method, "ci": ci, "level": level, "permutations": permutations, "seed": seed}
    rows = []
    for name in names:
        row = {"moderator": name, "label": SCORES[name].label if name in SCORES else name, "note": ""}
        try:
            found = fidelity_slope(effects, scores, score=name, **options)
        except NotEstimableError as error:
            rows.append(row | {"note": str(error)})
            continue
        rows.append(row | {number: getattr(found, number) for number in COLUMNS[2:-1]})
    return Slopes(pd.DataFrame(rows, columns=COLUMNS), effects, **options)


def compare_rivals(
    effects: Effects,
    scores: FidelityScores,
    evidence: Evidence,
    *,
    score: Score = SCORE,
    method: Method = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Slopes:
    """Regress benefit on each rival of fidelity alone, and on fidelity beside it.

    Two characteristics of fewer than twenty trials are descriptive and enter no verdict: that is read in `joint`.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    evidence : Evidence
        Years, arms and what else the rivals are made from.
    score, method, ci, level, permutations, seed
        As in `fidelity_slope`.

    Returns
    -------
    Slopes
        With `pval_holm`, `alone` and `beside`.

    Examples
    --------
    >>> rivals = compare_rivals(effects, scores, evidence, permutations=99)
    >>> rivals.table[["label", "slope", "k"]].round(2).head(3)
                                         label  slope     k
    0  year of the main report (per ten years)   0.20  17.0
    1        people with severe mental illness  -0.07  17.0
    2           planned length (per half year)  -0.05  14.0
    """
    score = chosen_score(score)
    column = score_column(score)
    method, ci, level = model_choices(method, ci, level)
    model, test = {"method": method, "ci": ci, "level": level}, {"permutations": permutations, "seed": seed}
    joined = effects.with_moderators(scores.contrasts(effects.frame))
    joined = joined.with_moderators(rival_moderators(effects, scores, evidence))
    table = pd.DataFrame(
        [_rival(joined, name, column, model, test) for name in RIVALS], columns=[*COLUMNS[:-1], *BESIDE, "note"]
    )
    tested = table["pval_permutation"].where(table["descriptive"].eq(False))
    table["pval_holm"] = holm(tested.to_numpy(float))
    known = joined.frame[column].dropna()
    return Slopes(table, effects, **model, **test, fidelity_span=float(np.ptp(known)) if len(known) else np.nan)


def _rival(joined: Effects, name: str, score: str, model: dict[str, Any], test: dict[str, int]) -> dict[str, Any]:
    row = {"moderator": name, "label": RIVALS[name], "note": ""}
    if name == "setting":
        return row | {"note": SETTING_IN_WORDS}
    known = joined.frame[name].dropna()
    if known.nunique() < 2 and len(known) != 1:
        return row | {"note": ALL_ALIKE if len(known) else UNKNOWN}
    try:
        found = meta_regression(joined, moderators=[name], **model)
    except NotEstimableError as error:
        return row | {"note": str(error)}
    frame, term = found.effects.frame, found.coefficients.iloc[1]
    shuffled = permutation_test(
        frame["benefit"],
        frame["vi"],
        frame[name],
        cluster=frame["trial"],
        method=model["method"],
        ci=model["ci"],
        **test,
    )
    row |= {"k": found.k, "slope": term["estimate"], "ci_lb": term["ci_lb"], "ci_ub": term["ci_ub"], "R2": found.R2}
    row |= {"span": float(np.ptp(frame[name]))}
    row |= {"pval_permutation": shuffled.pval, "descriptive": is_descriptive(found.effects.n_trials)}
    return row | _same_trials(joined, name, score, model)


def rival_moderators(effects: Effects, scores: FidelityScores, evidence: Evidence) -> pd.DataFrame:
    """Return the rivals as numbers, one row a comparison; nan where a report does not say."""
    keys = ["trial", "intervention_arm", "comparator_arm"]
    table = effects.frame[[*keys, "comparator_type", "rob"]].drop_duplicates(keys)
    arms = evidence.arms.rename(columns={"arm": "intervention_arm"})[
        ["trial", "intervention_arm", "modality", "duration_weeks", "contacts"]
    ]
    table = table.merge(arms, on=["trial", "intervention_arm"], how="left")
    table = table.merge(scores.contrasts(table)[[*keys, "reported", "components"]], on=keys, how="left")
    trials = evidence.trials.set_index("trial")
    year = table["trial"].map(trials["year"]).astype(float)
    return table[keys].assign(
        year=(year - 2010) / 10,
        severe_mental_illness=_is(table["trial"].map(trials["population_group"]), "severe_mental_illness"),
        weeks=table["duration_weeks"] / 26,
        contacts=table["contacts"] / 10,
        group=_is(table["modality"], "group"),
        active_comparator=_is(table["comparator_type"], "active"),
        high_risk_of_bias=_is(table["rob"], "high"),
        reporting_completeness=10 * table["reported"] / table["components"],
    )


def _is(column: pd.Series, value: str) -> np.ndarray:
    """1 where a text equals a value, 0 where it is something else, nan where nothing is reported."""
    return np.where(column.fillna("").eq(""), np.nan, column.eq(value).astype(float))


def _same_trials(joined: Effects, rival: str, score: str, options: dict[str, Any]) -> dict[str, float]:
    """Return the slope of fidelity where the rival is known too, without the rival and beside it."""
    known = joined.subset(joined.frame[[score, rival]].notna().all(axis=1))
    found: dict[str, float] = {}
    for name, moderators in (("alone", [score]), ("beside", [score, rival])):
        try:
            term = meta_regression(known, moderators=moderators, **options).coefficients.iloc[1]
        except NotEstimableError:
            continue
        found |= {name: term["estimate"], f"{name}_lb": term["ci_lb"], f"{name}_ub": term["ci_ub"]}
    return found
