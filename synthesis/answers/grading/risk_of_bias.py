"""Risk of bias: how much of the pool's weight comes from trials at high risk, in both ways of folding some concerns.

At 55% of the weight trials at high risk possibly dominate, above 65% they dominate [guyatt2025core4]. Whether some
concerns fold to low or to high is the reviewers' choice; so is the direction of the bias. Weight that nobody has judged
counts as what it is: where it could change the suggestion there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthesis.answers.grading.facts import PoolFacts
from synthesis.answers.grading.rules import number_of
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.answers.sensitivity import numbers_or_note
from synthesis.answers.verdicts import is_enough
from synthesis.evidence.vocabulary import JUDGEMENTS
from synthesis.statistics.measures import MEASURES
from synthesis.wording import percent

NOT_POOLED = "Nothing is pooled, so no weight can be shared out."
SHARES = (
    "Of the weight {high} is at high risk, {some} has some concerns, {low} is at low risk, and {unjudged} nobody has "
    "judged."
)
FOLDS = "With some concerns counted as low: {as_low}; counted as high: {as_high}."
COULD_CHANGE = "What nobody has judged could change that."
DOMINATES = {
    "not_dominating": "trials at high risk do not dominate",
    "possibly_dominating": "they possibly dominate",
    "dominating": "they dominate",
    "at_least_possibly": "they at least possibly dominate",
    "cannot_say": "it cannot be said",
}
DIRECTION = "In which direction the bias goes is for people."
WITHOUT_HIGH = "Without trials judged to be at high risk, those that nobody judged staying in, the pool is {effect}."
ROUNDING = 1e-9  # weights are sums of shares


@dataclass(frozen=True)
class WeightShares:
    """Weight in percent by judgement; the four add up to 100."""

    high: float
    some: float
    low: float
    unjudged: float


def weight_shares(facts: PoolFacts) -> WeightShares:
    """Return the pool's weight by judgement of risk of bias; unclear of the older tool counts with some concerns."""
    frame = facts.frame
    severity = frame["rob"].map({code: judgement.severity for code, judgement in JUDGEMENTS.items()})
    low, some, high = (float(frame.loc[severity.eq(grade), "weight"].sum()) for grade in range(3))
    return WeightShares(high, some, low, float(frame.loc[severity.isna(), "weight"].sum()))


def dominance(share: float) -> str:
    """Say whether trials with this share of the weight, in percent, dominate."""
    if share > number_of("dominating") + ROUNDING:
        return "dominating"
    return "possibly_dominating" if share >= number_of("possibly_dominating") - ROUNDING else "not_dominating"


def fold_of(shares: WeightShares, *, some_as_high: bool) -> str:
    """Say whether high risk dominates under one fold.

    Where the unjudged weight could change it: that trials at high risk at least possibly dominate, or that it cannot be
    said.
    """
    least = shares.high + (shares.some if some_as_high else 0.0)
    known, most = dominance(least), dominance(least + shares.unjudged)
    if known == most:
        return known
    return "cannot_say" if known == "not_dominating" else "at_least_possibly"


def judgement_of(shares: WeightShares) -> str:
    """Return the suggestion for shares without unjudged weight: both folds agree, or people look."""
    folds = {dominance(shares.high), dominance(shares.high + shares.some)}
    if folds == {"not_dominating"}:
        return "not_serious"
    return "serious" if folds == {"dominating"} else "look"


def suggest_risk_of_bias(facts: PoolFacts) -> Suggestion:
    """Suggest a judgement of risk of bias, or that none can be suggested."""
    if facts.pooled is None:
        return Suggestion("risk_of_bias", "cannot_suggest", "not_pooled", NOT_POOLED)
    shares = weight_shares(facts)
    best, worst = (judgement_of(completed) for completed in _completed(shares))
    folds = {fold: fold_of(shares, some_as_high=fold == "as_high") for fold in ("as_low", "as_high")}
    known = best == worst
    judgement = best if known else "cannot_suggest"
    said = [
        SHARES.format(**{name: percent(value) for name, value in vars(shares).items()}),
        FOLDS.format(**{fold: DOMINATES[code] for fold, code in folds.items()}),
        *([] if known else [COULD_CHANGE]),
        *([DIRECTION] if judgement in ("serious", "look") else []),
        *_without_high(facts),
    ]
    numbers = {f"weight_{name}": value for name, value in vars(shares).items()} | folds
    code = "unjudged_weight" if not known else f"folds_{judgement}"
    return Suggestion("risk_of_bias", judgement, code, " ".join(said), numbers)


def _completed(shares: WeightShares) -> tuple[WeightShares, WeightShares]:
    """Return the shares if what nobody has judged were all at low risk, and all at high."""
    best = WeightShares(shares.high, shares.some, shares.low + shares.unjudged, 0.0)
    return best, WeightShares(shares.high + shares.unjudged, shares.some, shares.low, 0.0)


def _without_high(facts: PoolFacts) -> list[str]:
    """Say the pool without trials at high risk, where that is another pool and not an empty one."""
    pooled = facts.pooled
    if pooled is None or not facts.is_enough:
        return []
    keep = pooled.effects.frame["rob"].ne("high")
    others = pooled.effects.subset(keep)
    if keep.all() or not is_enough(others):
        return []
    found = numbers_or_note(others, {"method": pooled.method, "ci": pooled.ci, "level": pooled.level})
    effect = MEASURES[pooled.measure].with_interval(found["estimate"], found["ci_lb"], found["ci_ub"])
    return [WITHOUT_HIGH.format(effect=effect)] if effect else []
