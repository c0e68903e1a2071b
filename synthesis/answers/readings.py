"""How far an answer depends on how figures that come from models are read (method rules 12 and 19)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.rivals import COLUMNS, Slopes
from synthesis.choices import (
    LEVEL,
    METHOD,
    NO_CORRELATION,
    PERMUTATIONS,
    SCORE,
    SEED,
    CiMethod,
    Method,
    Score,
    model_choices,
)
from synthesis.effects import Effects, compute_effects
from synthesis.effects.assumptions import ASSUMPTIONS, has
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence

WITH_R = "SMDs of adjusted models and of changes brought to the SD between people with r = {r:g}"
MAIN = "as in the main analysis"


class Reading(NamedTuple):
    """A reading that differs from another in one option of `compute_effects`: its name, its value, in words."""

    option: str
    value: Any
    says: str


# The method's grid of r, and each switch both ways: what the main analysis has is not among the others.
READINGS = {
    **{f"r_{r:g}": Reading("adjusted_r", r, WITH_R.format(r=r)) for r in (0.0, 0.5, 0.6, 0.7)},
    "r_none": Reading("adjusted_r", NO_CORRELATION, "SMDs of adjusted models and of changes left as they are"),
    "small_trial_t": Reading("small_trial_t", True, "intervals of small trials' mean differences read by t"),
    "small_trial_z": Reading("small_trial_t", False, "intervals of small trials' mean differences read by z"),
    "printed_df": Reading("printed_df", True, "degrees of freedom as printed"),
    "df_of_sizes": Reading("printed_df", False, "degrees of freedom from the arm sizes"),
    "adjusted_first": Reading("prefer_adjusted", True, "adjusted estimates preferred to the arms' final means"),
    "means_first": Reading("prefer_adjusted", False, "the arms' final means preferred to adjusted estimates"),
}


def other_readings(evidence: Evidence, effects: Effects) -> dict[str, Effects]:
    """Compute effects again under each other reading of figures that come from models.

    Parameters
    ----------
    evidence : Evidence
        What they were computed from.
    effects : Effects
        Of the main analysis.

    Returns
    -------
    dict of str to Effects
        By code of `READINGS`. A reading that moves no effect is not among them, nor one that gives what an earlier one
        gives.

    Examples
    --------
    >>> list(other_readings(evidence, effects))
    ['r_0', 'r_0.5', 'r_0.7']
    """
    found: dict[str, Effects] = {}
    for code, (option, value, _) in READINGS.items():
        if effects.settings[option] == value or (option == "adjusted_r" and not _rests_on_other_sds(effects)):
            continue
        other = compute_effects(evidence, effects.outcome, **effects.settings | {option: value})
        if not any(is_same(other, known) for known in (effects, *found.values())):
            found[code] = other
    return found


def compare_readings(
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
    """Regress benefit on fidelity under each reading of figures that come from models.

    Parameters
    ----------
    effects : Effects
        Of the main analysis.
    scores : FidelityScores
    evidence : Evidence
        What the effects were computed from.
    score, method, ci, level, permutations, seed
        As in `fidelity_slope`.

    Returns
    -------
    Slopes
        The main analysis first; then a row for each of `other_readings`, `moderator` being its code.

    Examples
    --------
    >>> read = compare_readings(effects, scores, evidence, permutations=99)
    >>> read.table[["label", "slope", "k"]].round(2).head(2)
                                                   label  slope   k
    0                            as in the main analysis   0.21  17
    1  SMDs of adjusted models and of changes brought...   0.27  17
    """
    method, ci, level = model_choices(method, ci, level)
    options = {"method": method, "ci": ci, "level": level, "permutations": permutations, "seed": seed}
    rows = []
    for code, read in {"main": effects, **other_readings(evidence, effects)}.items():
        row = {"moderator": code, "label": MAIN if code == "main" else READINGS[code].says, "note": ""}
        try:
            found = fidelity_slope(read, scores, score=score, **options)
        except NotEstimableError as error:
            rows.append(row | {"note": str(error)})
            continue
        rows.append(row | {number: getattr(found, number) for number in COLUMNS[2:-1]})
    return Slopes(pd.DataFrame(rows, columns=COLUMNS), effects, **options)


def _rests_on_other_sds(effects: Effects) -> bool:
    """Say whether any SMD rests on another SD than the one between people: r moves no other."""
    codes = [code for code, assumption in ASSUMPTIONS.items() if assumption.sd_ratio]
    return bool(has(effects.frame["assumptions"], *codes).any())


def is_same(one: Effects, other: Effects) -> bool:
    """Say whether two computations gave the same effects and variances."""
    a, b = (effects.frame[["yi", "vi"]].to_numpy(float) for effects in (one, other))
    return a.shape == b.shape and np.array_equal(a, b)
