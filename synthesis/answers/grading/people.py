"""How many people, as cells print it: risks in 1,000, or of 100 who do better than the average person without it."""

from __future__ import annotations

from synthesis.answers.grading.absolute import Absolute, absolute, for_people
from synthesis.answers.grading.facts import PoolFacts
from synthesis.wording import listed, number

BY_DEFINITION = "50 of 100 by definition"
OF_100 = "{middle} of 100 ({low} to {high})"
MORE_OF_100 = "{middle} of 100 do better ({low} to {high})"
PER_1000 = "{middle} in 1,000"
PER_1000_CI = "{middle} in 1,000 ({low} to {high})"
RISK_OF = "{risk} ({label})"
FEWER_PER_1000 = "{middle} in 1,000 ({low} to {high})"
NO_RISK = "no risk without the intervention is known"
RANGE = "At other risks: {others}."
AT_RISK = "{difference} at {risk} ({label})"
FEWER, MORE, SAME = "{n} fewer", "{n} more", "no fewer and no more"


def people_cells(facts: PoolFacts) -> tuple[str, str, str]:
    """Return how many people: without what is tried, with it, and the difference; empty where a measure has none."""
    if facts.pooled is None:
        return "", "", ""
    people = for_people(facts.pooled)
    if people is not None:
        middle, low, high = people.u3
        gap = [_fewer(value - 50) for value in people.u3]
        return (
            BY_DEFINITION,
            OF_100.format(middle=number(middle, 0), low=number(low, 0), high=number(high, 0)),
            MORE_OF_100.format(middle=gap[0], low=gap[1], high=gap[2]),
        )
    if not facts.baselines:
        return ("", "", "") if facts.pooled.measure in ("SMD", "MD") else (NO_RISK, "", "")
    found = None if facts.of_risks is None else absolute(facts.of_risks, facts.baselines[0])
    return ("", "", "") if found is None else _risk_cells(found)


def _risk_cells(found: Absolute) -> tuple[str, str, str]:
    risk = PER_1000.format(middle=number(found.without, 0))
    low, high = sorted(found.with_it[1:])
    return (
        RISK_OF.format(risk=risk, label=found.baseline.label),
        PER_1000_CI.format(middle=number(found.with_it[0], 0), low=number(low, 0), high=number(high, 0)),
        _difference(found),
    )


def _difference(found: Absolute) -> str:
    # Of the whole numbers that the cells beside it print, so that a reader who subtracts them finds the same.
    low, high = sorted(round(end) - round(found.without) for end in found.with_it[1:])
    middle = round(found.with_it[0]) - round(found.without)
    return FEWER_PER_1000.format(middle=_fewer(middle), low=_fewer(low), high=_fewer(high))


def _fewer(value: float) -> str:
    if round(value) == 0:
        return SAME
    return (FEWER if value < 0 else MORE).format(n=number(abs(value), 0))


def other_risks(facts: PoolFacts) -> str:
    """Say the difference at the other risks without the intervention; empty where there is none."""
    source = facts.of_risks
    if source is None or len(facts.baselines) < 2:
        return ""
    found = [absolute(source, baseline) for baseline in facts.baselines[1:]]
    others = [_at(one) for one in found if one is not None]
    return RANGE.format(others=listed(others)) if others else ""


def _at(found: Absolute) -> str:
    risk = PER_1000.format(middle=number(found.without, 0))
    return AT_RISK.format(difference=_difference(found), risk=risk, label=found.baseline.label)
