"""The contract's codes in words: one home for how a direction, a mechanism, a judgement or a design is said.

Every enumeration that a reader meets has its mapping here, from the code as a cell holds it to its words; a test holds
the keys against the schemas. A new code is one row. Readable without pandas.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Direction(NamedTuple):
    """A reported direction in words.

    Attributes
    ----------
    noun : str
        After a result: "measured, reported without numbers: in favour of peer support".
    verb, verb_of_one : str
        After a number of trials: "3 favour peer support", "1 favours peer support".
    sign : str
        In a grid.
    turned : str
        The code of the opposite direction.
    """

    noun: str
    verb: str
    verb_of_one: str
    sign: str
    turned: str


DIRECTIONS = {
    "favours_intervention": Direction(
        noun="in favour of peer support",
        verb="favour peer support",
        verb_of_one="favours peer support",
        sign="▲",
        turned="favours_comparator",
    ),
    "no_difference": Direction(
        noun="no difference found",
        verb="found no difference",
        verb_of_one="found no difference",
        sign="=",
        turned="no_difference",
    ),
    "favours_comparator": Direction(
        noun="in favour of the comparison",
        verb="favour the comparison",
        verb_of_one="favours the comparison",
        sign="▼",
        turned="favours_intervention",
    ),
}


class Mechanism(NamedTuple):
    """A mechanism of the change model in words: its name, its axis title and what it is."""

    label: str
    axis: str
    says: str
    core: bool


MECHANISMS = {
    "trust": Mechanism(
        "Trust",
        "Fidelity to trusting relationships",
        "building a trusting relationship on shared lived experience",
        True,
    ),
    "role_modelling": Mechanism(
        "Role-modelling", "Fidelity to role-modelling", "showing that recovery is possible", True
    ),
    "bridging": Mechanism("Bridging", "Fidelity to bridging", "connecting people with services and community", True),
    "enabling": Mechanism(
        "Enabling conditions",
        "Enabling conditions",
        "what the peers need (coded, not part of the fidelity score)",
        False,
    ),
}
CORE_MECHANISMS = tuple(name for name, mechanism in MECHANISMS.items() if mechanism.core)


class Judgement(NamedTuple):
    """A judgement of bias in words, and how grave it is beside the others (0 low to 2 high)."""

    words: str
    severity: int


JUDGEMENTS = {
    "low": Judgement("low", 0),
    "some_concerns": Judgement("some concerns", 1),
    "unclear": Judgement("unclear", 1),
    "high": Judgement("high", 2),
}
NOT_JUDGED = "not judged"

# Domains of the Cochrane tools: RoB 2 [sterne2019] and the tool of 2011.
DOMAINS = {
    "rob2": ("randomisation", "deviations", "missing_data", "measurement", "selective_reporting", "overall"),
    "rob1": (
        "random_sequence_generation",
        "allocation_concealment",
        "blinding_participants_personnel",
        "blinding_outcome_assessment",
        "incomplete_outcome_data",
        "selective_reporting",
        "other_bias",
        "overall",
    ),
}

COMPARATOR_TYPES = {
    "usual_care": "usual care",
    "active": "another active intervention",
    "waitlist": "waiting list",
    "attention": "attention",
}
INACTIVE_COMPARATORS = ("usual_care", "waitlist", "attention")

DESIGNS = {"parallel": "parallel", "cluster": "cluster", "crossover": "crossover"}
BASES = {"planned": "planned", "delivered": "delivered"}

# Of a scale or an outcome whose good direction nobody has settled: nothing is turned by it and no side is named.
UNSETTLED = "unsettled"
# What turns an effect, an outcome's way, into a benefit: positive always favours peer support; nan where unsettled.
BENEFIT_SIGN = {"higher": 1.0, "lower": -1.0, UNSETTLED: math.nan}
