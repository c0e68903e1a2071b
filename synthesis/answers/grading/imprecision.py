"""Imprecision: where the interval lies against the threshold, and only then how many people there are.

The interval first [zeng2022, guyatt2025core2]: it holds the threshold, one level. Where it holds none, the information
size is asked only of an effect that is large; what is large for a standardised difference nobody has said, so that is
left to people. Two levels and more are always left to people.
"""

from __future__ import annotations

import numpy as np

from synthesis.answers.grading.absolute import FROM_RISK
from synthesis.answers.grading.facts import PoolFacts
from synthesis.answers.grading.rules import number_of
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.answers.grading.threshold import is_near, size_text
from synthesis.evidence.certainty import SCALES
from synthesis.statistics.distributions import normal_quantile
from synthesis.wording import count, number, share

HOLDS = "The {level} interval, {interval} {scale}, holds the threshold {threshold}."
HOLDS_BOTH = (
    "The {level} interval, {interval} {scale}, holds the thresholds of benefit and of harm, {harm} and {threshold}: "
    "people consider two levels."
)
HOLDS_NONE = "The {level} interval, {interval} {scale}, does not hold the threshold {threshold}."
ENOUGH = "The optimal information size of {ois} is reached: {n}."
NOT_LARGE = "The effect is not large, so the optimal information size is not asked."
FEW_IF_LARGE = (
    "There are {n}, fewer than the optimal information size of {ois}; whether the effect is so large that this counts "
    "is for people."
)
FEW = "The effect is large, and there are {n}, fewer than the optimal information size of {ois}."
FEWER = "That is less than {far} of it: people consider two levels."
WIDE = (
    "The effect is large, and the upper limit of the interval is {ratio} times the lower: people consider two levels."
)
SIZE_UNKNOWN = "The optimal information size cannot be worked out, so whether there are enough people is for people."


def holds(lower: float, upper: float, value: float) -> bool:
    """Say whether an interval holds a value within its ends."""
    return bool(lower < value < upper)


def effective_n(facts: PoolFacts) -> float:
    """Return the people behind a pool, each arm once; those of a cluster trial divided by its design effect."""
    frame = facts.frame
    largest: dict[tuple[str, str], float] = {}
    for side in ("intervention", "comparator"):
        sizes = frame[f"n_{side}"].to_numpy(float) / frame["design_effect"].fillna(1.0).to_numpy(float)
        for arm, size in zip(zip(frame["trial"], frame[f"{side}_arm"], strict=True), sizes, strict=True):
            if size > largest.get(arm, 0.0):
                largest[arm] = size
    return float(sum(largest.values()))


def information_size_smd(size: float) -> float:
    """Return the people a single trial would need to find a standardised difference of this size.

    Notes
    -----
    4 (z(1 - alpha / 2) + z(power))^2 / size^2: 785 for 0.2, which Core GRADE rounds to 800.
    """
    return np.inf if size == 0 else float(np.ceil(4 * _z() ** 2 / size**2))


def information_size_risk(risk: float, reduction: float) -> float:
    """Return the people a single trial would need to find a relative risk reduction from a risk without it."""
    other = risk * (1 - reduction)
    if not 0 < risk < 1:
        return np.nan
    arm = _z() ** 2 * (risk * (1 - risk) + other * (1 - other)) / (risk - other) ** 2
    return float(2 * np.ceil(arm))


def suggest_imprecision(facts: PoolFacts) -> Suggestion:
    """Suggest a judgement of imprecision: not serious, serious, or for people."""
    if facts.scaled is None or facts.threshold is None or facts.pooled is None:
        return Suggestion("imprecision", "cannot_suggest", "no_threshold", facts.missing)
    scaled, size, scale = facts.scaled, facts.threshold.size, facts.threshold.scale
    near = is_near(scaled.lower, facts.threshold) or is_near(scaled.upper, facts.threshold)
    text = {
        "level": share(facts.pooled.level),
        "interval": f"{size_text(scaled.lower, scale, near=near)} to {size_text(scaled.upper, scale, near=near)}",
        "scale": SCALES[scale],
    }
    held = [value for value in dict.fromkeys((-size, size)) if holds(scaled.lower, scaled.upper, value)]
    numbers = {"lower": scaled.lower, "upper": scaled.upper, "threshold": size, "n": effective_n(facts)}
    if held:
        both = len(held) > 1
        shown = [size_text(value, scale, near=near) for value in (-size, held[-1])]
        sentence = HOLDS_BOTH if both else HOLDS
        said = sentence.format(harm=shown[0], threshold=shown[1], **text)
        code = "holds_both_thresholds" if both else "holds_threshold"
        return Suggestion("imprecision", "serious", code, said, numbers, consider_more=both)
    said = HOLDS_NONE.format(threshold=size_text(size, scale, near=near), **text)
    return _by_size(facts, said, numbers)


def _by_size(facts: PoolFacts, said: str, numbers: dict[str, float]) -> Suggestion:
    """Ask for the number of people, where the interval holds no threshold."""
    measure, n = facts.effects.measure, numbers["n"]
    if measure in FROM_RISK or measure == "RD":
        return _by_events(facts, said, numbers)
    ois = _information_size(facts)
    numbers = numbers | {"information_size": ois}
    people = {"n": count(n, "person", "people"), "ois": number(ois, 0)}
    if not np.isfinite(ois):
        return Suggestion("imprecision", "look", "size_unknown", f"{said} {SIZE_UNKNOWN}", numbers)
    if n >= ois:
        return Suggestion("imprecision", "not_serious", "enough_people", f"{said} {ENOUGH.format(**people)}", numbers)
    return Suggestion("imprecision", "look", "few_if_large", f"{said} {FEW_IF_LARGE.format(**people)}", numbers)


def _by_events(facts: PoolFacts, said: str, numbers: dict[str, float]) -> Suggestion:
    pooled, n = facts.pooled, numbers["n"]
    risk = facts.baselines[0].risk if facts.baselines else np.nan
    if pooled is None or pooled.measure == "RD" or np.isnan(risk):
        return Suggestion("imprecision", "look", "size_unknown", f"{said} {SIZE_UNKNOWN}", numbers)
    relative = 1 - float(np.exp(-abs(pooled.estimate)))  # the same for an effect and its opposite
    ratio = float(np.exp(pooled.ci_ub - pooled.ci_lb))
    ois = information_size_risk(risk, number_of("ois_rrr"))
    numbers = numbers | {"information_size": ois, "relative_effect": relative, "limits_ratio": ratio}
    if relative <= number_of("large_rrr"):
        return Suggestion("imprecision", "not_serious", "not_large", f"{said} {NOT_LARGE}", numbers)
    if ratio >= number_of("wide_or" if pooled.measure in ("OR", "PETO") else "wide_rr"):
        words = WIDE.format(ratio=number(ratio, 1))
        return Suggestion("imprecision", "serious", "wide", f"{said} {words}", numbers, consider_more=True)
    people = {"n": count(n, "person", "people"), "ois": number(ois, 0)}
    if not np.isfinite(ois):
        return Suggestion("imprecision", "look", "size_unknown", f"{said} {SIZE_UNKNOWN}", numbers)
    if n >= ois:
        return Suggestion("imprecision", "not_serious", "enough_people", f"{said} {ENOUGH.format(**people)}", numbers)
    far = n < number_of("ois_far") * ois
    words = [said, FEW.format(**people), *([FEWER.format(far=share(number_of("ois_far")))] if far else [])]
    return Suggestion("imprecision", "serious", "few_people", " ".join(words), numbers, consider_more=far)


def _information_size(facts: PoolFacts) -> float:
    """Return the information size of a difference in means; nan where it needs an SD that nobody printed."""
    if facts.threshold is None:
        return np.nan
    if facts.threshold.scale == "smd":
        return information_size_smd(facts.threshold.size)
    spread = float(facts.effects.frame["sd_comparator"].median())
    return information_size_smd(facts.threshold.size / spread) if spread > 0 else np.nan


def _z() -> float:
    alpha, power = number_of("ois_alpha"), number_of("ois_power")
    return float(normal_quantile(1 - alpha / 2) + normal_quantile(power))
