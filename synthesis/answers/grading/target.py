"""What is rated: that an effect is important, that it is little to none, or that there is one at all.

The place of the point estimate against the threshold sets it [guyatt2025core2]: beyond the threshold an important
effect, at or within it little to no effect; with a threshold of nought a non-null effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from synthesis.answers.grading.facts import PoolFacts
from synthesis.answers.grading.rules import number_of
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.answers.grading.threshold import is_near, size_text
from synthesis.evidence.certainty import SCALES, TARGETS

PLACED = "The estimate is {estimate} {scale}, {side} the threshold {threshold} ({kind})."
NOUGHT = "The estimate is {estimate} {scale}; any difference counts."
SIDES = {"important_effect": "beyond", "little_to_no_effect": "within"}
AT_OTHERS = "With a threshold of {low} it would be {at_low}; with {high}, {at_high}."
SAME_AT_OTHERS = "It would be the same with a threshold of {low} or {high}."


@dataclass(frozen=True)
class Flip:
    """The target at another threshold: its size on the threshold's scale, and the code of the target."""

    size: float
    target: str


def target_of(estimate: float, size: float) -> str:
    """Return the code of the target.

    Parameters
    ----------
    estimate, size : float
        The pooled effect and the threshold on one scale; the sign of the effect does not matter.
    """
    if size == 0:
        return "non_null_effect"
    return "important_effect" if abs(estimate) > size else "little_to_no_effect"


def flips_of(facts: PoolFacts) -> tuple[Flip, ...]:
    """Return the target at a threshold a quarter smaller and a quarter larger; empty where none can be set."""
    if facts.scaled is None or facts.threshold is None or facts.threshold.size == 0:
        return ()
    sizes = (number_of(name) * facts.threshold.size for name in ("flip_low", "flip_high"))
    return tuple(Flip(size, target_of(facts.scaled.estimate, size)) for size in sizes)


def suggest_target(facts: PoolFacts) -> Suggestion:
    """Suggest what is rated."""
    if facts.scaled is None or facts.threshold is None:
        return Suggestion("target", "cannot_suggest", "no_threshold", facts.missing)
    estimate, threshold = facts.scaled.estimate, facts.threshold
    target, near = target_of(estimate, threshold.size), hangs(facts)
    gaps = {"estimate": size_text(estimate, threshold.scale, near=near), "scale": SCALES[threshold.scale]}
    if threshold.size == 0:
        said = NOUGHT.format(**gaps)
    else:
        size = size_text(threshold.size, threshold.scale, near=near)
        placed = PLACED.format(side=SIDES[target], threshold=size, kind=threshold.kind_in_words, **gaps)
        said = f"{placed} {flip_line(facts)}"
    numbers = {"estimate": estimate, "threshold": threshold.size, "scale": threshold.scale, "near": near}
    return Suggestion("target", target, target, said, numbers)


def flip_line(facts: PoolFacts) -> str:
    """Say what the target would be at other thresholds; empty where there is none."""
    flips = flips_of(facts)
    if not flips or facts.threshold is None or facts.scaled is None:
        return ""
    scale, now = facts.threshold.scale, target_of(facts.scaled.estimate, facts.threshold.size)
    low, high = (size_text(flip.size, scale, near=hangs(facts)) for flip in flips)
    if {flip.target for flip in flips} == {now}:
        return SAME_AT_OTHERS.format(low=low, high=high)
    at_low, at_high = (TARGETS[flip.target] for flip in flips)
    return AT_OTHERS.format(low=low, at_low=at_low, high=high, at_high=at_high)


def hangs(facts: PoolFacts) -> bool:
    """Say whether the estimate lies so near to a threshold it is held against that two decimals hide on which side."""
    if facts.threshold is None or facts.scaled is None:
        return False
    sizes = [facts.threshold.size, *(flip.size for flip in flips_of(facts))]
    return any(is_near(facts.scaled.estimate, replace(facts.threshold, size=size)) for size in sizes)
