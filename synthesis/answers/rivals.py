"""What else could explain the differences between trials: other scores of the model, and its rivals.

Hypotheses H1' and H5. One at a time: with few trials, several at once would fit anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import SCORES, FidelityScores
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.regression import meta_regression
from synthesis.answers.verdicts import is_descriptive
from synthesis.choices import LEVEL, METHOD, PERMUTATIONS, SEED, CiMethod, Method, model_choices
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.statistics.permutation import permutation_test
from synthesis.wording import count, p_value, share, whole, with_interval

RIVALS = {
    "reporting_completeness": "share of the model's components that reports describe",
    "year": "year of the main report (per ten years)",
    "active_comparator": "comparator is another active intervention",
    "group": "delivered to groups",
    "high_risk_of_bias": "judged at high risk of bias",
    "weeks": "planned length (per half year)",
}
COLUMNS = "moderator label k slope ci_lb ci_ub pval_permutation R2 descriptive note".split()
BESIDE = "beside beside_lb beside_ub".split()


@dataclass(frozen=True, eq=False)
class Slopes(Result):
    """The benefit regressed on several characteristics of trials, one at a time.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a characteristic: moderator, label, k, slope with interval, pval_permutation, R2, descriptive (fewer
        than ten trials), note (why a row has no numbers); of rivals also `beside`, the slope of fidelity in a model
        with that rival, with its interval.
    effects : Effects
    method, ci, level, permutations, seed
        Of every model and test.
    """

    table: pd.DataFrame
    effects: Effects
    method: str
    ci: str
    level: float
    permutations: int
    seed: int

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
        numbers = self.table[["slope", "ci_lb", "ci_ub"]].to_numpy(float)
        slopes = [with_interval(*values, signed=True) for values in numbers]
        known = self.table["slope"].notna()
        return pd.DataFrame(
            {
                "Explained by": self.table["label"],
                "k": self.table["k"].map(whole),
                f"Slope ({share(self.level)} CI)": slopes,
                "Permutation test": self.table["pval_permutation"].map(p_value).where(known, self.table["note"]),
            }
        )

    def __str__(self) -> str:
        what = count(len(self.table), "characteristic")
        return f"{self.effects.outcome_label}: benefit regressed on {what}, one at a time"


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
        numbers = ("k", "slope", "ci_lb", "ci_ub", "pval_permutation", "R2", "descriptive")
        rows.append(row | {number: getattr(found, number) for number in numbers})
    return Slopes(pd.DataFrame(rows, columns=COLUMNS), effects, **options)


def compare_rivals(
    effects: Effects,
    scores: FidelityScores,
    evidence: Evidence,
    *,
    method: Method = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Slopes:
    """Regress benefit on each rival of fidelity alone, and on fidelity beside it.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    evidence : Evidence
        Years, arms and what else the rivals are made from.
    method, ci, level, permutations, seed
        As in `fidelity_slope`.

    Returns
    -------
    Slopes
        With `beside` and its interval.
    """
    method, ci, level = model_choices(method, ci, level)
    model, test = {"method": method, "ci": ci, "level": level}, {"permutations": permutations, "seed": seed}
    joined = effects.with_moderators(scores.contrasts(effects.frame))
    joined = joined.with_moderators(rival_moderators(effects, scores, evidence))
    rows = [_rival(joined, name, model, test) for name in RIVALS]
    return Slopes(pd.DataFrame(rows, columns=[*COLUMNS[:-1], *BESIDE, "note"]), effects, **model, **test)


def _rival(joined: Effects, name: str, model: dict[str, Any], test: dict[str, int]) -> dict[str, Any]:
    row = {"moderator": name, "label": RIVALS[name], "note": ""}
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
    row |= {"pval_permutation": shuffled.pval, "descriptive": is_descriptive(found.effects.n_trials)}
    return row | _beside(joined, name, model)


def rival_moderators(effects: Effects, scores: FidelityScores, evidence: Evidence) -> pd.DataFrame:
    """Return the rivals as numbers, one row a comparison; nan where a report does not say."""
    keys = ["trial", "intervention_arm", "comparator_arm"]
    table = effects.frame[[*keys, "comparator_type", "rob"]].drop_duplicates(keys)
    arms = evidence.arms.rename(columns={"arm": "intervention_arm"})[
        ["trial", "intervention_arm", "modality", "duration_weeks"]
    ]
    table = table.merge(arms, on=["trial", "intervention_arm"], how="left")
    table = table.merge(scores.contrasts(table)[[*keys, "reported", "components"]], on=keys, how="left")
    year = table["trial"].map(evidence.trials.set_index("trial")["year"]).astype(float)
    return table[keys].assign(
        reporting_completeness=table["reported"] / table["components"],
        year=(year - 2010) / 10,
        active_comparator=_is(table["comparator_type"], "active"),
        group=_is(table["modality"], "group"),
        high_risk_of_bias=_is(table["rob"], "high"),
        weeks=table["duration_weeks"] / 26,
    )


def _is(column: pd.Series, value: str) -> np.ndarray:
    """1 where a text equals a value, 0 where it is something else, nan where nothing is reported."""
    return np.where(column.fillna("").eq(""), np.nan, column.eq(value).astype(float))


def _beside(joined: Effects, rival: str, options: dict[str, Any]) -> dict[str, float]:
    try:
        term = meta_regression(joined, moderators=["fidelity", rival], **options).coefficients.iloc[1]
    except NotEstimableError:
        return {}
    return {"beside": term["estimate"], "beside_lb": term["ci_lb"], "beside_ub": term["ci_ub"]}
