"""What the browser is given: every outcome's effects, what each trial is like, and the prespecified results, as JSON.

The browser pools what a reader leaves of it. Nothing is decided there that is decided here: which effects there are,
which rules hold, what is said; the prespecified results come from the package itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.answers.fidelity import FidelityScores, score_column, score_fidelity
from synthesis.answers.fidelity_slope import is_estimable
from synthesis.answers.grading.threshold import threshold_of
from synthesis.answers.pooling import JSON_NAMES, pool
from synthesis.answers.regression import meta_regression
from synthesis.answers.statements import describe_pool, unsettled_in_words
from synthesis.answers.verdicts import FEWEST_SCORED, FEWEST_TRIALS, HARDLY, TRIALS_PER_COVARIATE
from synthesis.answers.withheld import FEWEST_TO_PREDICT
from synthesis.choices import CI, LEVEL, METHOD, option
from synthesis.effects import Effects, compute_effects
from synthesis.effects.kept import content_about
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.contract import references_of
from synthesis.explorer.subsets import ALL, SUBSETS, subset_columns
from synthesis.explorer.words import words
from synthesis.figures.parts.scale import EffectScale
from synthesis.kept import kept
from synthesis.results import plain
from synthesis.statistics.distributions import normal_quantile
from synthesis.statistics.measures import MEASURES
from synthesis.wording import lower_first, number

# Pages lead with the calibrated score, and print the first plan's beside it.
SCORES = ("calibrated", "described")
# Where the threshold's slider ends, on the scale people read; differences in natural units end at their largest effect.
SMD_MOST, RD_MOST, RATIO_MOST = 1.0, 0.25, 2.0
STEPS_OF_SLIDER = 100
SOURCE = "{kind}{reason} (codebook/thresholds.csv)"


def explorer_data(
    evidence: Evidence, outcome: str | None = None, *, level: float = LEVEL, places: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return what the explorer works on, as plain values that strict JSON holds.

    Parameters
    ----------
    evidence : Evidence
    outcome : str, optional
        The outcome shown first, by its key or label; that of the primary hypothesis, or the first that can be pooled,
        by default.
    level : float
        Confidence level of every interval.
    places : dict of str to str, optional
        The options ``--data`` and ``--references`` of the commands that reproduce a result, where they are needed; as
        seen from the working folder by default.

    Returns
    -------
    dict
        `outcomes` (effects, prespecified results, axes), `subsets`, `rules`, `words`, `settings`, `first` (the outcome
        to open on) and `places`.

    Raises
    ------
    ChoiceError
        For an outcome or level that does not exist.
    NotEstimableError
        Where no trial, or none on that outcome, has a usable effect.

    Examples
    --------
    >>> sorted(explorer_data(evidence.reporting("hope"), "hope"))
    ['default_level', 'first', 'names', 'outcomes', 'places', 'rules', 'settings', 'subsets', 'words']
    """
    level = option("level", level)
    wanted = evidence.codebook.outcome_key(outcome) if outcome else None
    scores = score_fidelity(evidence) if len(evidence.components) else None
    measured = set(evidence.outcomes["outcome"])
    names = [name for name in evidence.codebook.outcomes["outcome"] if name in measured]
    all_effects = [effects for name in names if len((effects := compute_effects(evidence, name)).frame)]
    found = [_outcome(evidence, effects, scores, level) for effects in all_effects]
    keys = [one["outcome"] for one in found]
    if wanted and wanted not in keys:
        raise NotEstimableError(
            f"No trial reports {wanted!r} in a form that can be pooled, so there is nothing to explore; "
            f"`synthesis effects --outcome {wanted}` says why."
        )
    if not found:
        raise NotEstimableError(
            "No trial reports any outcome in a form that can be pooled: there is nothing to explore."
        )
    review = evidence.codebook.review
    return plain(
        {
            "first": wanted or _first(evidence, found),
            "outcomes": found,
            "subsets": _subsets(found),
            "rules": {
                "fewest_trials": FEWEST_TRIALS,
                "fewest_to_predict": FEWEST_TO_PREDICT,
                "fewest_scored": FEWEST_SCORED,
                "trials_per_covariate": TRIALS_PER_COVARIATE,
                "hardly": HARDLY,
            },
            "settings": {"method": METHOD, "ci": CI, "level": level, "score": SCORES[0]},
            "default_level": LEVEL,
            "names": review.names._asdict(),
            "words": words(review.names),
            "places": _places(evidence) if places is None else places,
        }
    )


def _content(evidence: Evidence, effects: Effects, scores: FidelityScores | None, level: float) -> list[Any]:
    return [content_about(evidence, effects.outcome), effects, scores, level]


@kept(_content)
def _outcome(evidence: Evidence, effects: Effects, scores: FidelityScores | None, level: float) -> dict[str, Any]:
    measure, label = MEASURES[effects.measure], effects.outcome_label
    scored = effects if scores is None else effects.with_moderators(scores.contrasts(effects.frame))
    return {
        "outcome": effects.outcome,
        "label": label,
        "measure": {"code": measure.code, "label": lower_first(measure.label), "ratio": measure.ratio},
        "turn": effects.turn,
        "left_out": effects.why_left_out(),
        "unsettled": unsettled_in_words(effects),
        "trials": effects.n_trials,
        "effects": _effects(evidence, scored),
        "axis": _axis(effects, level),
        "threshold": _threshold(evidence, effects),
        "prespecified": _pool(effects, level),
        "slopes": {score: _slope(scored, scores, score, level) for score in SCORES},
    }


def _effects(evidence: Evidence, effects: Effects) -> list[dict[str, Any]]:
    """Return the effects with what is chosen by, and their scores of fidelity with the bounds."""
    frame, columns = effects.frame, subset_columns(evidence, effects)
    plainly = "trial label yi vi n_intervention n_comparator intervention_arm comparator_arm".split()
    rows = frame[plainly].to_dict("records")
    fidelity = [
        frame[[f"{score_column(score)}{end}" for end in ("", "_lower", "_upper")]].to_numpy(float)
        if score_column(score) in frame
        else np.full((len(frame), 3), np.nan)
        for score in SCORES
    ]
    repeated = frame["trial"].duplicated(keep=False)
    return [
        row
        | {"subsets": chosen_by, "scores": dict(zip(SCORES, (values[i] for values in fidelity), strict=True))}
        | {"arms": f"{row['intervention_arm']} / {row['comparator_arm']}" if repeated.iloc[i] else ""}
        for i, (row, chosen_by) in enumerate(zip(rows, columns.to_dict("records"), strict=True))
    ]


def _axis(effects: Effects, level: float) -> dict[str, Any]:
    """Return the limits and ticks of the outcome's axis, which stays where it is whatever is left out."""
    scale = EffectScale(effects.measure, effects.better, effects.names)
    yi, sei = effects.frame["yi"].to_numpy(float), effects.frame["sei"].to_numpy(float)
    half = normal_quantile(0.5 + level / 2) * sei
    low, high = scale.limits(yi, yi - half, yi + half)
    places, labels = scale.ticks(low, high)
    turned = labels if scale.ratio else [number(scale.turn * place, _digits(labels)) for place in places]
    ticks = [
        {"at": at, "label": label, "benefit": benefit}
        for at, label, benefit in zip(places, labels, turned, strict=True)
    ]
    return {"low": low, "high": high, "ticks": ticks, "side": scale.intervention_side}


def _digits(labels: Sequence[str]) -> int:
    return max((len(label.partition(".")[2]) for label in labels), default=0)


def _threshold(evidence: Evidence, effects: Effects) -> dict[str, Any]:
    """Return where the slider ends and starts, its step, and the source of its start, on the scale people read.

    A ratio's slider runs upwards from 1. It starts at the size that the target of GRADE is set against, where the
    codebook has one on the outcome's own scale; people in 1,000 are on a ratio's scale only by way of a risk.
    """
    own, _ = threshold_of(evidence, effects)
    units = {"smd": 1.0, "points": 1.0, "per_1000": 1000.0 if effects.measure == "RD" else np.nan}
    preset = own.size / units[own.scale] if own is not None and effects.is_settled else np.nan
    most = _most(effects)
    if own is None or not np.isfinite(preset) or preset <= 0:
        return {"most": most, "step": _step(effects, most), "preset": None, "source": ""}
    most = max(most, _rounded_up(2 * preset))
    source = SOURCE.format(kind=own.kind_in_words, reason=f": {own.reason}" if own.reason else "")
    return {"most": most, "step": _step(effects, most), "preset": preset, "source": source}


def _most(effects: Effects) -> float:
    if MEASURES[effects.measure].ratio:
        return RATIO_MOST
    known = {"SMD": SMD_MOST, "RD": RD_MOST}.get(effects.measure)
    return _rounded_up(float(effects.frame["yi"].abs().max())) if known is None else known


def _step(effects: Effects, most: float) -> float:
    least = 1.0 if MEASURES[effects.measure].ratio else 0.0
    return (most - least) / STEPS_OF_SLIDER


def _rounded_up(value: float) -> float:
    """Return the next number of one digit; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(np.ceil(value / power) * power)


def _pool(effects: Effects, level: float) -> dict[str, Any]:
    pooled = pool(effects, level=level)
    numbers = {name: getattr(pooled, name) for name in JSON_NAMES}
    return numbers | {"weights": pooled.weights, "withheld": list(pooled.withheld), "says": describe_pool(pooled)}


def _slope(scored: Effects, scores: FidelityScores | None, score: str, level: float) -> dict[str, Any] | None:
    """Return the prespecified slope on a score; None where there is none."""
    column = score_column(score)
    if scores is None or not is_estimable(scored, scores, score=score):  # type: ignore[arg-type]
        return None
    found = meta_regression(scored, moderators=[column], level=level)
    term = found.coefficients.iloc[1]
    return {
        "k": found.k,
        "slope": term["estimate"],
        **{name: term[name] for name in ("se", "ci_lb", "ci_ub", "pval")},
        "intercept": found.coefficients.iloc[0]["estimate"],
        **{name: getattr(found, name) for name in ("tau2", "tau2_null", "I2", "QE", "QE_df", "QE_pval")},
    }


def _subsets(outcomes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the choices among trials that tell any two of them apart, each with the codes it keeps."""
    found = []
    for name, subset in SUBSETS.items():
        present = {effect["subsets"][name] for one in outcomes for effect in one["effects"]}
        if len(present) < 2:
            continue
        options = [
            {"code": code, "label": label, "keep": sorted(kept & present)}
            for code, (label, kept) in subset.options().items()
            if code == ALL or (kept & present and present - kept)
        ]
        found.append({"name": name, "label": subset.label, "options": options})
    return found


def _first(evidence: Evidence, outcomes: Sequence[dict[str, Any]]) -> str:
    """Return the primary hypothesis's outcome, or the first with trials enough."""
    enough = [one["outcome"] for one in outcomes if one["trials"] >= FEWEST_TRIALS]
    declared = evidence.codebook.hypotheses
    primary = declared.loc[declared["role"].eq("primary"), "outcomes"] if len(declared) else ()
    wanted = [name.strip() for cell in primary for name in str(cell).split(";")]
    return next((name for name in wanted if name in enough), (enough or [outcomes[0]["outcome"]])[0])


def _places(evidence: Evidence) -> dict[str, str]:
    """Return the options that lead a command to this data root, without any absolute path: pages are published."""
    data, references = Path(evidence.root), Path(evidence.references)
    shown = {"data": _from_here(data)} if _from_here(data) != "data" else {}
    if references.resolve() != references_of(data).resolve():
        shown["references"] = _from_here(references)
    return shown


def _from_here(path: Path) -> str:
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive of Windows
        return path.name
