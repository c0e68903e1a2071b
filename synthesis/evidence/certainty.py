"""GRADE's codes in words: what is judged, how far a judgement rates down, targets, certainty, who has decided.

Signed levels stand beside every word, so that no word can be off by one against its level. FHIR's codes for the same
things are those of its value sets for certainty. Readable without pandas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class GradeDomain(NamedTuple):
    """Something that is judged.

    Attributes
    ----------
    words : str
        As a heading gives it.
    reason : str
        As it stands after "due to"; empty where it is no reason to rate down.
    fhir : str
        FHIR's code of the type of certainty; empty where it has none.
    """

    words: str
    reason: str
    fhir: str


GRADE_DOMAINS: Mapping[str, GradeDomain] = {
    "target": GradeDomain("What is rated", "", ""),
    "risk_of_bias": GradeDomain("Risk of bias", "risk of bias", "RiskOfBias"),
    "inconsistency": GradeDomain("Inconsistency", "inconsistency", "Inconsistency"),
    "indirectness": GradeDomain("Indirectness", "indirectness", "Indirectness"),
    "imprecision": GradeDomain("Imprecision", "imprecision", "Imprecision"),
    "publication_bias": GradeDomain("Publication bias", "publication bias", "PublicationBias"),
    "overall": GradeDomain("Overall", "", "Overall"),
}
# The five that rate down.
CONCERN_DOMAINS = tuple(code for code, domain in GRADE_DOMAINS.items() if domain.reason)


class Concern(NamedTuple):
    """A judgement of one of the five domains: its words, the levels it rates down, FHIR's code."""

    words: str
    levels: int
    fhir: str


CONCERNS: Mapping[str, Concern] = {
    "not_serious": Concern("not serious", 0, "no-concern"),
    "serious": Concern("serious", -1, "serious-concern"),
    "very_serious": Concern("very serious", -2, "very-serious-concern"),
    "extremely_serious": Concern("extremely serious", -3, "extremely-serious-concern"),
}
TARGETS: Mapping[str, str] = {
    "important_effect": "an important effect",
    "little_to_no_effect": "little to no important effect",
    "non_null_effect": "an effect other than none",
}


class Certainty(NamedTuple):
    """How certain the evidence is: in words, as a number of levels (4 high to 1 very low), FHIR's code."""

    words: str
    level: int
    fhir: str


CERTAINTIES: Mapping[str, Certainty] = {
    "high": Certainty("high", 4, "high"),
    "moderate": Certainty("moderate", 3, "moderate"),
    "low": Certainty("low", 2, "low"),
    "very_low": Certainty("very low", 1, "very-low"),
}
# What a rule says where it suggests nothing.
UNSUGGESTED: Mapping[str, str] = {"look": "for people to judge", "cannot_suggest": "cannot be suggested"}

STATUSES: Mapping[str, str] = {
    "draft": "a draft",
    "agreed": "agreed by those who rate",
    "panel": "decided by the panel",
}
# Only these count.
DECIDING = ("agreed", "panel")
# A reason for a departure from the rule, or from the sum, is longer than so many characters.
SHORTEST_DEPARTURE = 15

SCALES: Mapping[str, str] = {
    "smd": "standard deviations",
    "per_1000": "in 1,000 people",
    "points": "points",
}
THRESHOLD_KINDS: Mapping[str, str] = {
    "mid_anchor": "a minimal important difference found with an anchor",
    "mid_distribution": "a minimal important difference found from a distribution",
    "convention": "a convention, not a minimal important difference",
    "panel": "set by those who decide",
}
GRADE_POOLS: Mapping[str, str] = {
    "usual_care": "usual care as the comparison",
    "inactive_comparators": "inactive comparators",
    "active_comparators": "active comparators",
    "core_peers": "core peer workers",
    "severe_mental_illness": "people with severe mental illness",
    "without_perinatal": "without trials around birth",
    "without_high_risk": "without trials at high risk of bias",
}
MISSING_EVIDENCE: Mapping[str, str] = {"low": "low", "some_concerns": "some concerns", "high": "high"}
SIGNALLING: Mapping[str, str] = {
    "yes": "yes",
    "probably_yes": "probably yes",
    "probably_no": "probably no",
    "no": "no",
    "no_information": "no information",
}
# Criteria of the framework from evidence to decision [moberg2018grade], and the panel's own words at the end.
CRITERIA: Mapping[str, str] = {
    "priority": "Is the problem a priority?",
    "desirable": "How substantial are the desirable effects?",
    "undesirable": "How substantial are the undesirable effects?",
    "certainty": "How certain is the evidence of the effects?",
    "values": "Is there important uncertainty about, or variability in, how much people value the outcomes?",
    "balance": "Does the balance of effects favour one side?",
    "resources": "How large are the resource requirements?",
    "equity": "What would be the impact on health equity?",
    "acceptability": "Is the option acceptable to those concerned?",
    "feasibility": "Is the option feasible to implement?",
}
RECOMMENDATION = "recommendation"


def judgements_of(domain: str) -> tuple[str, ...]:
    """Return the judgements that a domain, the target or the whole can be given."""
    return tuple({"target": TARGETS, "overall": CERTAINTIES}.get(domain, CONCERNS))


def judgement_in_words(judgement: str) -> str:
    """Return any judgement, or what a rule says in its place, in words; empty for none."""
    if judgement in CONCERNS:
        return CONCERNS[judgement].words
    if judgement in CERTAINTIES:
        return CERTAINTIES[judgement].words
    return TARGETS.get(judgement) or UNSUGGESTED.get(judgement, "")
