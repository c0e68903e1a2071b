"""Inconsistency: looked at, not computed; a suggestion only where differences are no larger than chance makes them.

Below an I2 of 30 serious inconsistency is seldom seen [guyatt2025core3]; for everything else there are facts: how much
weight lies beyond the threshold, how the intervals overlap, where the next trial is expected [guyatt2023]. Whether a
subgroup explains a difference is for people: a slope between trials is never suggested as an explanation.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from synthesis.answers.grading.facts import PoolFacts
from synthesis.answers.grading.rules import number_of
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, number, percent

ONE_EFFECT = "One effect cannot be inconsistent with itself."
UNKNOWN = "How far the trials differ is not identified."
FEW_DIFFERENCES = "I2 is {I2}, below {limit}."
DIFFERENCES = "I2 is {I2}; with {limit} or more it is for people to look."
TAU = "The standard deviation of true effects is {tau}."
APART = "Of {pairs} of intervals {apart} do not overlap."
SPREAD = "By weight {beyond} lies beyond the threshold, {within} within, {against} beyond it on the other side."
PREDICTED = "In one more setting the true effect is expected within {interval}."


def suggest_inconsistency(facts: PoolFacts) -> Suggestion:
    """Suggest that inconsistency is not serious, or that people look."""
    if not facts.is_enough or facts.pooled is None:
        return Suggestion("inconsistency", "cannot_suggest", "too_few", facts.missing or UNKNOWN)
    pooled = facts.pooled
    if pooled.k < 2 or np.isnan(pooled.I2):
        said = ONE_EFFECT if pooled.k < 2 else UNKNOWN
        return Suggestion("inconsistency", "cannot_suggest", "not_identified", said)
    limit = number_of("few_I2")
    numbers, said = _facts(facts)
    numbers = {"I2": pooled.I2, "tau": float(np.sqrt(pooled.tau2)), **numbers}
    few = limit > pooled.I2
    first = (FEW_DIFFERENCES if few else DIFFERENCES).format(I2=percent(pooled.I2, 1), limit=percent(limit))
    judgement, code = ("not_serious", "few_differences") if few else ("look", "differences")
    return Suggestion("inconsistency", judgement, code, " ".join([first, *said]), numbers)


def weight_by_side(facts: PoolFacts) -> tuple[float, float, float]:
    """Return the weight in percent of trials beyond the threshold on the estimate's side, within, and on the other."""
    trials = facts.scaled_trials()
    if not trials or facts.scaled is None or facts.threshold is None:
        return (np.nan,) * 3
    size, side = facts.threshold.size, np.sign(facts.scaled.estimate) or 1.0
    toward = side * np.array([trial.estimate for trial in trials])
    weight = facts.frame["weight"].to_numpy(float)
    beyond, against = weight[toward > size].sum(), weight[toward < -size].sum()
    return float(beyond), float(weight.sum() - beyond - against), float(against)


def _facts(facts: PoolFacts) -> tuple[dict[str, float], list[str]]:
    pooled = facts.pooled
    if pooled is None:
        return {}, []
    ends = pooled.trial_intervals()
    pairs = list(combinations(range(len(ends)), 2))
    overlaps = [min(ends[i, 1], ends[j, 1]) - max(ends[i, 0], ends[j, 0]) for i, j in pairs]
    apart = sum(overlap < 0 for overlap in overlaps)
    numbers = {"pairs": len(pairs), "pairs_apart": apart, "smallest_overlap": float(min(overlaps))}
    said = [
        TAU.format(tau=number(float(np.sqrt(pooled.tau2)))),
        APART.format(pairs=count(len(pairs), "pair"), apart=apart),
    ]
    beyond, within, against = weight_by_side(facts)
    if not np.isnan(beyond):
        numbers |= {"weight_beyond": beyond, "weight_within": within, "weight_against": against}
        said.append(SPREAD.format(beyond=percent(beyond), within=percent(within), against=percent(against)))
    low, high = pooled.prediction
    numbers |= {"pi_lb": pooled.pi_lb, "pi_ub": pooled.pi_ub}
    if not np.isnan(low):
        interval = pooled.as_predicted(MEASURES[pooled.measure].interval(low, high))
        said.append(PREDICTED.format(interval=interval))
    return numbers, said
