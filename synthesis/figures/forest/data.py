"""What a forest plot says, made once: the same rows, limits and texts go to the picture, its words and its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.verdicts import is_enough
from synthesis.effects.decisions import is_changed
from synthesis.figures.parts.scale import EffectScale
from synthesis.tables.arms import RESULTS, ArmFigures, arm_figures, results_shown
from synthesis.tables.effects import pooled_counts
from synthesis.wording import MISSING, number, whole

ARMS = "{intervention} v {comparator}"
CHANGE = "Δ"
SILENT = "{label} {intervention} v {comparator}"


class Mark(NamedTuple):
    """A sign behind a trial's name, and what the footer says of it."""

    sign: str
    says: str


MARKS = {
    "shared": Mark("†", "an arm of this trial serves several comparisons and is divided among them"),
    "changed": Mark("‡", "not read as printed: the review team's decision is on record"),
    "turned": Mark("§", "this instrument runs against the outcome's direction, so its effect is turned"),
}


@dataclass(frozen=True, eq=False)
class ForestData:
    """The content of a forest plot.

    Attributes
    ----------
    pooled : PooledEffect
    scale : EffectScale
        How its effects are shown.
    digits : int
        Decimals of a difference.
    rows : pandas.DataFrame
        One row an effect, from the top: label, instrument, months, arms (where a trial has several comparisons),
        intervention, comparator (texts), intervention_n, comparator_n (texts), yi, lower, upper (analysis scale, normal
        interval at the pool's level), weight (percent), effect (text), rob (code), marks (tuple of codes of `MARKS`).
    results : str
        What the figures of the arms are: "mean (SD), n", "events / n", both, or "n".
    changes : bool
        Whether any of them is a change from baseline.
    counts : str
        How many effects, trials and people were pooled.
    enough : bool
        Whether there are enough trials to show a pooled effect.
    effect, prediction : str
        Texts of the pooled effect and of the prediction interval; a dash where the model has none.
    summaries : numpy.ndarray, shape (n, 2)
        The confidence and the prediction interval on the analysis scale, as far as they are to be drawn.
    limits : tuple of float
        Of the axis, on the analysis scale.
    clipped : bool
        Whether any interval runs on beyond them.
    silent : tuple of str
        Trials left out because their counts tell nothing of the measure, with these.
    """

    pooled: PooledEffect
    scale: EffectScale
    digits: int
    rows: pd.DataFrame
    results: str
    changes: bool
    counts: str
    enough: bool
    effect: str
    prediction: str
    summaries: np.ndarray
    limits: tuple[float, float]
    clipped: bool
    silent: tuple[str, ...]


def forest_data(pooled: PooledEffect, *, sort_by: str | None = None) -> ForestData:
    """Collect what a forest plot says.

    Parameters
    ----------
    pooled : PooledEffect
    sort_by : str, optional
        A column of `pooled.trials()`, smallest at the top; as the effects stand by default.

    Raises
    ------
    ChoiceError
        For a column that does not exist.
    """
    trials = pooled.trials(sort_by=sort_by)
    scale = EffectScale(pooled.measure, pooled.effects.better, pooled.effects.names)
    digits = scale.digits(scale.natural(trials["yi"].to_numpy(float)))
    arms = {
        side: [arm_figures(row, side, pooled.measure) for row in trials.to_dict("records")]
        for side in ("intervention", "comparator")
    }
    both = [*arms["intervention"], *arms["comparator"]]
    enough = is_enough(pooled.effects)
    summaries = _summaries(pooled) if enough else np.empty((0, 2))
    ends = np.vstack([trials[["ci_lb", "ci_ub"]].to_numpy(float), summaries])
    low, high = scale.limits(trials["yi"].to_numpy(float), ends[:, 0], ends[:, 1])
    has_prediction = not np.isnan(pooled.prediction[0])
    return ForestData(
        pooled=pooled,
        scale=scale,
        digits=digits,
        rows=_rows(trials, scale, digits, arms),
        results=_results(both),
        changes=any(arm.change for arm in both),
        counts=pooled_counts(pooled),
        enough=enough,
        effect=_effect(scale, digits, pooled.estimate, pooled.ci_lb, pooled.ci_ub),
        prediction=scale.interval(*pooled.prediction, digits) if has_prediction else MISSING,
        summaries=summaries,
        limits=(low, high),
        clipped=bool((ends[:, 0] < low).any() or (ends[:, 1] > high).any()),
        silent=_silent(pooled),
    )


def _silent(pooled: PooledEffect) -> tuple[str, ...]:
    """Name the trials whose counts tell nothing, once each, with the first counts they print."""
    left = pooled.effects.left_out
    rows = left[left["kind"].eq("not_estimable")].drop_duplicates("trial")
    arms = ("intervention", "comparator")
    return tuple(
        SILENT.format(
            label=row["label"], **{arm: f"{whole(row[f'events_{arm}'])}/{whole(row[f'n_{arm}'])}" for arm in arms}
        )
        for row in rows.to_dict("records")
    )


def _rows(trials: pd.DataFrame, scale: EffectScale, digits: int, arms: Mapping[str, list[ArmFigures]]) -> pd.DataFrame:
    """Prepare one row an effect."""
    numbers = trials[["yi", "ci_lb", "ci_ub"]].to_numpy(float)
    several = trials["trial"].duplicated(keep=False)
    records = trials.to_dict("records")
    return pd.DataFrame(
        {
            "label": trials["label"].to_numpy(str),
            "instrument": trials["instrument"].to_numpy(str),
            "months": [_months(value) for value in trials["timepoint_months"]],
            "arms": [_arms(row) if repeated else "" for row, repeated in zip(records, several, strict=True)],
            "intervention": [_arm(arm) for arm in arms["intervention"]],
            "comparator": [_arm(arm) for arm in arms["comparator"]],
            "intervention_n": [arm.n or MISSING for arm in arms["intervention"]],
            "comparator_n": [arm.n or MISSING for arm in arms["comparator"]],
            "yi": numbers[:, 0],
            "lower": numbers[:, 1],
            "upper": numbers[:, 2],
            "weight": trials["weight"].to_numpy(float),
            "effect": [_effect(scale, digits, *own) for own in numbers],
            "rob": trials["rob"].to_numpy(str),
            "marks": pd.Series([_marks(row) for row in records], dtype=object),
        }
    )


def _summaries(pooled: PooledEffect) -> np.ndarray:
    ends = np.array([(pooled.ci_lb, pooled.ci_ub), pooled.prediction])
    return ends[np.isfinite(ends).all(axis=1)]


def _effect(scale: EffectScale, digits: int, estimate: float, lower: float, upper: float) -> str:
    return f"{scale.text(estimate, digits)} {scale.interval(lower, upper, digits)}"


def _results(arms: list[ArmFigures]) -> str:
    words = {"means": f"{RESULTS['means']}, n", "events": f"{RESULTS['events']} / n"}
    return " or ".join(words[kind] for kind in results_shown(arms)) or "n"


def _arms(row: Mapping[str, Any]) -> str:
    return ARMS.format(**{side: row[f"{side}_arm"].replace("_", " ") for side in ("intervention", "comparator")})


def _arm(arm: ArmFigures) -> str:
    n = arm.n or MISSING
    if arm.kind == "events":
        return f"{arm.result} / {n}"
    if arm.kind == "means":
        return f"{CHANGE} {arm.result}, {n}" if arm.change else f"{arm.result}, {n}"
    return f"n = {n}" if arm.kind == "n" else MISSING


def _months(value: float) -> str:
    return MISSING if np.isnan(value) else number(value, 0 if float(value).is_integer() else 1)


def _marks(row: Mapping[str, Any]) -> tuple[str, ...]:
    has = {"shared": row["shared"], "changed": is_changed(row["decisions"]), "turned": row["aligned"]}
    return tuple(code for code in MARKS if has[code])
