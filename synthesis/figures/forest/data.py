"""What stands in the rows of a forest plot, as texts: the same rows make the picture and its table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.verdicts import is_enough
from synthesis.effects.decisions import is_changed
from synthesis.figures.parts.scale import EffectScale
from synthesis.tables.arms import RESULTS, ArmFigures, arm_figures, results_shown
from synthesis.wording import MISSING, number

SHARED, CHANGED, TURNED = "†", "‡", "§"
MARKS = {
    SHARED: "an arm of this trial serves several comparisons and is divided among them",
    CHANGED: "not read as printed: see the review team's decision in the table",
    TURNED: "this instrument runs against the outcome's direction, so its effect is turned",
}


def forest_scale(pooled: PooledEffect) -> EffectScale:
    """Return the scale on which a pooled effect is shown."""
    return EffectScale(pooled.measure, pooled.effects.better)


def has_headline(pooled: PooledEffect) -> bool:
    """Say whether there are enough trials to show a pooled effect."""
    return is_enough(pooled.effects)


def forest_rows(pooled: PooledEffect, *, sort_by: str | None = None) -> pd.DataFrame:
    """Prepare one row an effect.

    Parameters
    ----------
    pooled : PooledEffect
    sort_by : str, optional
        A column of `pooled.trials()`, smallest first; as given by default.

    Returns
    -------
    pandas.DataFrame
        trial, label, instrument, months, arms, intervention, comparator, yi, lower, upper (analysis scale, normal
        interval at the pool's level), weight (percent), effect (text), rob, marks, note.

    Raises
    ------
    ChoiceError
        For a column that does not exist.
    """
    trials = pooled.trials(sort_by=sort_by)
    scale, half = forest_scale(pooled), stats.norm.ppf(0.5 + pooled.level / 2) * np.sqrt(trials["vi"].to_numpy(float))
    yi = trials["yi"].to_numpy(float)
    digits = scale.digits(scale.natural(yi))
    records = trials.to_dict("records")
    several = trials["trial"].duplicated(keep=False)
    arms = [
        f"{_readable(row.intervention_arm)} v {_readable(row.comparator_arm)}" if repeated else ""
        for row, repeated in zip(trials.itertuples(), several, strict=True)
    ]
    rows = pd.DataFrame(
        {
            "trial": trials["trial"].to_numpy(str),
            "label": trials["label"].to_numpy(str),
            "instrument": trials["instrument"].to_numpy(str),
            "months": [_months(value) for value in trials["timepoint_months"]],
            "arms": arms,
            "intervention": [_arm(arm_figures(row, "intervention", pooled.measure)) for row in records],
            "comparator": [_arm(arm_figures(row, "comparator", pooled.measure)) for row in records],
            "yi": yi,
            "lower": yi - half,
            "upper": yi + half,
            "weight": trials["weight"].to_numpy(float),
            "rob": trials["rob"].to_numpy(str),
            "marks": [_marks(row) for row in trials.itertuples()],
            "note": ["; ".join(filter(None, [row.decided, row.note])) for row in trials.itertuples()],
        }
    )
    rows["effect"] = [effect_text(scale, row.yi, row.lower, row.upper, digits) for row in rows.itertuples()]
    return rows


def summary_intervals(pooled: PooledEffect) -> np.ndarray:
    """Return the confidence and the prediction interval, shape (n, 2), as far as they are to be drawn."""
    ends = np.array([(pooled.ci_lb, pooled.ci_ub), (pooled.pi_lb, pooled.pi_ub)])
    return ends[np.isfinite(ends).all(axis=1)] if has_headline(pooled) else np.empty((0, 2))


def axis_limits(pooled: PooledEffect, rows: pd.DataFrame) -> tuple[float, float]:
    """Return the limits of the forest plot's axis on the analysis scale."""
    ends = np.vstack([rows[["lower", "upper"]].to_numpy(float), summary_intervals(pooled)])
    return forest_scale(pooled).limits(rows["yi"].to_numpy(float), ends[:, 0], ends[:, 1])


def is_clipped(pooled: PooledEffect, rows: pd.DataFrame) -> bool:
    """Say whether any interval of a forest plot runs beyond its axis."""
    low, high = axis_limits(pooled, rows)
    ends = np.vstack([rows[["lower", "upper"]].to_numpy(float), summary_intervals(pooled)])
    return bool((ends[:, 0] < low).any() or (ends[:, 1] > high).any())


def effect_text(scale: EffectScale, estimate: float, lower: float, upper: float, digits: int) -> str:
    """Print an effect with its interval."""
    return f"{scale.text(estimate, digits)} {scale.interval(lower, upper, digits)}"


def figures_shown(pooled: PooledEffect) -> str:
    """Say what the figures of the arms are: "mean (SD), n", "events / n" or both."""
    rows = pooled.effects.frame.to_dict("records")
    arms = [arm_figures(row, side, pooled.measure) for row in rows for side in ("intervention", "comparator")]
    words = {"means": f"{RESULTS['means']}, n", "events": f"{RESULTS['events']} / n"}
    return " or ".join(words[kind] for kind in results_shown(arms)) or "n"


def headline_texts(pooled: PooledEffect) -> tuple[str, str]:
    """Return the texts of the pooled effect and of the prediction interval; a dash where the model has none."""
    scale = forest_scale(pooled)
    digits = scale.digits(scale.natural(pooled.effects.frame["yi"].to_numpy(float)))
    effect = effect_text(scale, pooled.estimate, pooled.ci_lb, pooled.ci_ub, digits)
    return effect, MISSING if np.isnan(pooled.pi_lb) else scale.interval(pooled.pi_lb, pooled.pi_ub, digits)


def _readable(arm: str) -> str:
    return arm.replace("_", " ")


def _months(value: float) -> str:
    return MISSING if np.isnan(value) else number(value, 0 if float(value).is_integer() else 1)


def _arm(arm: ArmFigures) -> str:
    n = arm.n or MISSING
    if arm.kind == "events":
        return f"{arm.result} / {n}"
    if arm.kind == "means":
        return f"{'Δ ' if arm.change else ''}{arm.result}, {n}"
    return f"n = {n}" if arm.kind == "n" else MISSING


def _marks(row: object) -> str:
    changed = is_changed(row.decisions)
    return (SHARED if row.shared else "") + (CHANGED if changed else "") + (TURNED if row.aligned else "")
