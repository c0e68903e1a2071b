"""What else could explain the differences between trials: other scores of the model, and its rivals.

Hypotheses H1' and H5. One at a time: with few trials, several at once would fit anything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores
from synthesis.answers.fidelity_slope import DEFAULT_PERMUTATIONS, DEFAULT_SEED, fidelity_slope, is_descriptive
from synthesis.answers.regression import meta_regression
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.statistics.models import CiMethod, Method
from synthesis.statistics.permutation import permutation_test

SCORES = {
    "fidelity": "all three mechanisms",
    "trust": "trust",
    "role_modelling": "role-modelling",
    "bridging": "bridging",
    "enabling": "enabling conditions (not part of the score)",
    "fidelity_minimum": "gate: lowest of the three mechanisms",
    "fidelity_product": "gate: product of the three mechanisms",
    "difference": "difference to the comparison arm",
}
RIVALS = {
    "reporting_completeness": "share of the model's components that reports describe",
    "year": "year of the main report (per ten years)",
    "active_comparator": "comparator is another active intervention",
    "group": "delivered to groups",
    "high_risk_of_bias": "judged at high risk of bias",
    "weeks": "planned length (per half year)",
}
COLUMNS = [
    *(
        "moderator",
        "label",
        "k",
        "slope",
        "ci_lb",
        "ci_ub",
        "pval_permutation",
        "R2",
        "descriptive",
        "beside",
        "beside_lb",
        "beside_ub",
    ),
    "note",
]


def compare_scores(
    effects: Effects,
    scores: FidelityScores,
    *,
    names: Sequence[str] = tuple(SCORES),
    method: Method = "REML",
    ci: CiMethod = "knapp-hartung-floor",
    level: float = 0.95,
    permutations: int = DEFAULT_PERMUTATIONS,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """Regress benefit on each score of the change model alone.

    Returns
    -------
    pandas.DataFrame
        One row a score: moderator, label, k, slope with interval, pval_permutation, R2, descriptive (fewer than ten
        trials), note (why a row has no numbers).
    """
    rows = []
    for name in names:
        row = {"moderator": name, "label": SCORES.get(name, name), "note": ""}
        try:
            found = fidelity_slope(
                effects, scores, score=name, method=method, ci=ci, level=level, permutations=permutations, seed=seed
            )
        except NotEstimableError as error:
            rows.append(row | {"note": str(error)})
            continue
        numbers = ("k", "slope", "ci_lb", "ci_ub", "pval_permutation", "R2", "descriptive")
        rows.append(row | {number: getattr(found, number) for number in numbers})
    return pd.DataFrame(rows, columns=[name for name in COLUMNS if not name.startswith("beside")])


def compare_rivals(
    effects: Effects,
    evidence: Evidence,
    scores: FidelityScores,
    *,
    method: Method = "REML",
    ci: CiMethod = "knapp-hartung-floor",
    level: float = 0.95,
    permutations: int = DEFAULT_PERMUTATIONS,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """Regress benefit on each rival of fidelity alone, and on fidelity beside it.

    Returns
    -------
    pandas.DataFrame
        As `compare_scores`, and `beside` with its interval: the slope of fidelity in a model with that rival.
    """
    joined = effects.with_moderators(scores.contrasts(effects.frame)).with_moderators(
        rival_moderators(effects, evidence, scores)
    )
    options = {"method": method, "ci": ci, "level": level}
    rows = []
    for name, label in RIVALS.items():
        row = {"moderator": name, "label": label, "note": ""}
        try:
            model = meta_regression(joined, moderators=[name], **options)
        except NotEstimableError as error:
            rows.append(row | {"note": str(error)})
            continue
        frame, term = model.effects.frame, model.coefficients.iloc[1]
        test = permutation_test(
            frame["benefit"], frame["vi"], frame[name], method=method, ci=ci, permutations=permutations, seed=seed
        )
        row |= {"k": model.k, "slope": term["estimate"], "ci_lb": term["ci_lb"], "ci_ub": term["ci_ub"], "R2": model.R2}
        row |= {"pval_permutation": test.pval, "descriptive": is_descriptive(frame)}
        rows.append(row | _beside(joined, name, options))
    return pd.DataFrame(rows, columns=COLUMNS)


def rival_moderators(effects: Effects, evidence: Evidence, scores: FidelityScores) -> pd.DataFrame:
    """Return the rivals as numbers, one row a comparison; nan where a report does not say."""
    keys = ["trial", "intervention_arm", "comparator_arm"]
    table = effects.frame[[*keys, "comparator_type", "rob"]].drop_duplicates(keys)
    arms = evidence.arms.rename(columns={"arm": "intervention_arm"})[
        ["trial", "intervention_arm", "modality", "duration_weeks"]
    ]
    table = table.merge(arms, on=["trial", "intervention_arm"], how="left")
    table = table.merge(scores.contrasts(table)[[*keys, "reported", "components"]], on=keys, how="left")
    year = table["trial"].map(evidence.trials.set_index("trial")["year"])
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


def _beside(joined: Effects, rival: str, options: dict) -> dict[str, float]:
    try:
        term = meta_regression(joined, moderators=["fidelity", rival], **options).coefficients.iloc[1]
    except NotEstimableError:
        return {}
    return {"beside": term["estimate"], "beside_lb": term["ci_lb"], "beside_ub": term["ci_ub"]}
