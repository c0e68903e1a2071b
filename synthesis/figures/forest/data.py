"""What stands in the rows of a forest plot, as texts: the same rows make the picture and its table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.verdicts import is_enough
from synthesis.effects.decisions import is_changed
from synthesis.errors import ChoiceError
from synthesis.figures.parts.risk_of_bias import judgement_words
from synthesis.figures.parts.scale import EffectScale
from synthesis.statistics.measures import MEASURES
from synthesis.wording import MISSING, count, number, share

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
    trials = pooled.trials()
    if sort_by is not None:
        if sort_by not in trials:
            raise ChoiceError("sort_by", sort_by, list(trials))
        trials = trials.sort_values(sort_by, kind="stable")
    scale, half = forest_scale(pooled), stats.norm.ppf(0.5 + pooled.level / 2) * np.sqrt(trials["vi"].to_numpy(float))
    yi = trials["yi"].to_numpy(float)
    digits = scale.digits(scale.natural(yi))
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
            "intervention": [_arm(row, "intervention", pooled.measure) for row in trials.itertuples()],
            "comparator": [_arm(row, "comparator", pooled.measure) for row in trials.itertuples()],
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
    frame = pooled.effects.frame
    kinds = {_kind(row, side, pooled.measure) for row in frame.itertuples() for side in ("intervention", "comparator")}
    words = {"means": "mean (SD), n", "events": "events / n", "n": "n"}
    named = [words[kind] for kind in ("means", "events") if kind in kinds]
    return " or ".join(named or [words["n"]])


def headline_texts(pooled: PooledEffect) -> tuple[str, str]:
    """Return the texts of the pooled effect and of the prediction interval; a dash where the model has none."""
    scale = forest_scale(pooled)
    digits = scale.digits(scale.natural(pooled.effects.frame["yi"].to_numpy(float)))
    effect = effect_text(scale, pooled.estimate, pooled.ci_lb, pooled.ci_ub, digits)
    return effect, MISSING if np.isnan(pooled.pi_lb) else scale.interval(pooled.pi_lb, pooled.pi_ub, digits)


def counted(pooled: PooledEffect) -> str:
    """Say how many effects, trials and people were pooled."""
    trials = pooled.effects.n_trials
    text = count(trials, "trial") if trials == pooled.k else f"{count(pooled.k, 'effect')} of {count(trials, 'trial')}"
    if pooled.n > 0:
        text += f", {count(pooled.n, 'person', 'people')}"
    return text + (f" (arm sizes of {pooled.n_unknown} unknown)" if pooled.n_unknown else "")


def forest_table(pooled: PooledEffect, *, sort_by: str | None = None) -> pd.DataFrame:
    """Return the numbers of a forest plot, ready to show.

    Parameters
    ----------
    pooled : PooledEffect
    sort_by : str, optional
        As in `forest_plot`.

    Returns
    -------
    pandas.DataFrame
        One row an effect, all columns text; then, from three trials on, the pooled effect and its prediction interval.
    """
    rows, level = forest_rows(pooled, sort_by=sort_by), share(pooled.level)
    figures = figures_shown(pooled)
    effect = f"{pooled.measure} [{level} CI]"
    table = pd.DataFrame(
        {
            "Trial": rows["label"] + rows["arms"].map(lambda text: f" ({text})" if text else ""),
            "Instrument": rows["instrument"],
            "Months": rows["months"],
            f"Peer support, {figures}": rows["intervention"],
            f"Comparison, {figures}": rows["comparator"],
            effect: rows["effect"],
            "Weight": [f"{number(weight, 1)}%" for weight in rows["weight"]],
            "Risk of bias": rows["rob"].map(judgement_words),
            "Notes": rows["note"],
        }
    )
    if not has_headline(pooled):
        return table
    pooled_text, prediction = headline_texts(pooled)
    summary = [
        {"Trial": f"Pooled: {counted(pooled)}", effect: pooled_text, "Weight": "100%"},
        {"Trial": f"Prediction interval ({level}) for a new trial", effect: prediction},
    ]
    return pd.concat([table, pd.DataFrame(summary, columns=table.columns)], ignore_index=True).fillna("")


def _readable(arm: str) -> str:
    return arm.replace("_", " ")


def _months(value: float) -> str:
    return MISSING if np.isnan(value) else number(value, 0 if float(value).is_integer() else 1)


def _kind(row: object, side: str, measure: str) -> str:
    """Say which figures of an arm are shown: those its effect was computed from, else whichever are printed."""
    has = {
        "events": np.isfinite(getattr(row, f"events_{side}")),
        "means": np.isfinite(getattr(row, f"mean_{side}")),
        "n": np.isfinite(getattr(row, f"n_{side}")),
    }
    first = "events" if "events" in row.routes or MEASURES[measure].inputs == "events" else "means"
    return next((kind for kind in (first, "means", "events", "n") if has[kind]), "")


def _arm(row: object, side: str, measure: str) -> str:
    kind = _kind(row, side, measure)
    n = number(getattr(row, f"n_{side}"), 0)
    if kind == "events":
        return f"{number(getattr(row, f'events_{side}'), 0)} / {n}"
    if kind == "means":
        mean, sd = getattr(row, f"mean_{side}"), getattr(row, f"sd_{side}")
        digits = 2 if abs(mean) < 10 else 1
        return f"{'Δ ' if row.change == 'yes' else ''}{number(mean, digits)} ({number(sd, digits)}), {n}"
    return f"n = {n}" if kind == "n" else MISSING


def _marks(row: object) -> str:
    changed = is_changed(row.decisions)
    return (SHARED if row.shared else "") + (CHANGED if changed else "") + (TURNED if row.aligned else "")
