"""The contract's codes in words: one home for how a direction, a mechanism, a judgement or a design is said.

Every enumeration that a reader meets has its mapping here, from the code as a cell holds it to its words; a test holds
the keys against the schemas. A new code is one row. Readable without pandas.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Names(NamedTuple):
    """What a review calls what is tried and what that is compared with, as they stand in a sentence."""

    intervention: str
    comparator: str

    @property
    def heads(self) -> tuple[str, str]:
        """Both as headings: with a capital, without an article."""
        return self._head(self.intervention), self._head(self.comparator)

    @property
    def short(self) -> tuple[str, str]:
        """Both without an article, for a narrow place."""
        return tuple(name.removeprefix("the ") for name in self)

    @staticmethod
    def _head(name: str) -> str:
        bare = name.removeprefix("the ")
        return bare[:1].upper() + bare[1:]


NEUTRAL = Names("the intervention", "the comparison")


class Direction(NamedTuple):
    """A reported direction in words; {intervention} and {comparator} are filled by `directions_in_words`.

    Attributes
    ----------
    noun : str
        After a result: "measured, reported without numbers: in favour of the intervention".
    verb, verb_of_one : str
        After a number of trials: "3 favour the intervention", "1 favours the intervention".
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
        noun="in favour of {intervention}",
        verb="favour {intervention}",
        verb_of_one="favours {intervention}",
        sign="▲",
        turned="favours_comparator",
    ),
    "no_difference": Direction(
        noun="reported no significant difference",
        verb="reported no significant difference",
        verb_of_one="reported no significant difference",
        sign="=",
        turned="no_difference",
    ),
    "favours_comparator": Direction(
        noun="in favour of {comparator}",
        verb="favour {comparator}",
        verb_of_one="favours {comparator}",
        sign="▼",
        turned="favours_intervention",
    ),
}


def directions_in_words(names: Names) -> dict[str, Direction]:
    """Return the directions with a review's own names in their words."""
    fields = ("noun", "verb", "verb_of_one")
    return {
        code: words._replace(**{field: getattr(words, field).format(**names._asdict()) for field in fields})
        for code, words in DIRECTIONS.items()
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

TOOLS = {"rob2": "RoB 2", "rob1": "Cochrane's tool of 2011"}
OVERALL = "overall"
DOMAIN_WORDS = {
    "randomisation": "randomisation process",
    "deviations": "deviations from the intended interventions",
    "missing_data": "missing outcome data",
    "measurement": "measurement of the outcome",
    "selective_reporting": "selection of the reported result",
    "random_sequence_generation": "random sequence generation",
    "allocation_concealment": "allocation concealment",
    "blinding_participants_personnel": "blinding of participants and personnel",
    "blinding_outcome_assessment": "blinding of outcome assessment",
    "incomplete_outcome_data": "incomplete outcome data",
    "other_bias": "other bias",
    OVERALL: "overall",
}

# The counts of the PRISMA 2020 flow diagram by their names in its tool [haddaway2022prisma2020], and one of our own,
# each as a line of its box says it where a row describes it no further.
FLOW_COUNTS = {
    "previous_studies": "studies",
    "previous_reports": "reports",
    "database_results": "databases",
    "database_specific_results": "of these, from one database",
    "register_results": "registers",
    "register_specific_results": "of these, from one register",
    "website_results": "websites",
    "organisation_results": "organisations",
    "citations_results": "citation searching",
    "duplicates": "duplicates",
    "excluded_automatic": "marked ineligible by automation tools",
    "excluded_other": "other reasons",
    "records_screened": "records",
    "records_excluded": "records",
    "dbr_sought_reports": "reports",
    "dbr_notretrieved_reports": "reports",
    "dbr_assessed": "reports",
    "dbr_excluded": "reports",
    "other_sought_reports": "reports",
    "other_notretrieved_reports": "reports",
    "other_assessed": "reports",
    "other_excluded": "reports",
    "new_studies": "studies",
    "new_reports": "reports",
    "total_studies": "studies",
    "total_reports": "reports",
    "total_poolable": "studies with a result that can be pooled",
}

# What an outcome is to the change model, as the heading of those of its kind.
ROLES = {"process": "Process outcomes", "clinical": "Clinical outcomes", "service_use": "Use of services"}

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
# What turns an effect, an outcome's way, into a benefit: positive always favours what is tried; nan where unsettled.
BENEFIT_SIGN = {"higher": 1.0, "lower": -1.0, UNSETTLED: math.nan}


class Definition(NamedTuple):
    """A code in words, and what it means to someone who has to give it."""

    words: str
    meaning: str


POPULATION_GROUPS = {
    "severe_mental_illness": Definition(
        "severe mental illness",
        "the report speaks of severe, serious or long-standing mental illness or psychiatric disability, or people "
        "were chosen for psychosis or bipolar disorder, for assertive care, or for repeated or compulsory admission",
    ),
    "early_psychosis": Definition(
        "early psychosis", "a first episode or recent onset of psychosis is an entry criterion; new to a clinic is not"
    ),
    "common_mental_disorder": Definition(
        "depression or anxiety", "depression, anxiety or raised distress, not chosen for severity and not around birth"
    ),
    "perinatal": Definition(
        "around birth", "pregnancy or the first year after birth: depression, risk of it, distress"
    ),
    "trauma": Definition("trauma", "post-traumatic stress, or a programme built for it, is an entry criterion"),
    "substance_use_comorbid": Definition(
        "mental illness and substance use", "entry needs a mental illness and harmful substance use together"
    ),
    "eating_disorder": Definition("eating disorder", "an eating disorder, or symptoms of one"),
    "suicidality": Definition("suicidality", "chosen for suicide risk or an attempt, whatever the diagnosis"),
    "mixed_mental_health": Definition(
        "any diagnosis", "any diagnosis in mental health care or the community, not chosen for severity"
    ),
    "other": Definition("other", "mental illness was common but no entry criterion"),
}

PEER_STATUS = {
    "core": Definition(
        "peer workers",
        "own lived experience of mental ill-health, known to the recipients, in a worker's or facilitator's role",
    ),
    "co_delivered": Definition("peers beside other staff", "peers and other staff deliver it together"),
    "mutual_support": Definition("mutual support", "people support one another, without a worker"),
    "lay_peer": Definition("lay peers", "the same situation in life, not own mental ill-health"),
    "uncertain": Definition("uncertain", "the text read does not show all that a peer worker needs"),
}

# What an importer enters where its file names no country, for no trial is without one.
NO_COUNTRY = "not stated"

MODALITIES = {"one_to_one": "to one person at a time", "group": "to a group", "mixed": "both ways"}
PEER_ROLES = {
    "added_to_usual_care": "added to usual care",
    "substitute_for_staff": "in place of other staff",
    "led_programme": "a programme they lead",
}
VETERANS = {"yes": "veterans", "no": "not veterans"}

READ_FROM = {
    "paper": Definition("the trial's own paper", "a table or text of the trial's own paper"),
    "abstract": Definition("an abstract", "an abstract, of the paper or of a congress"),
    "registry": Definition("a trial registry", "a registry record"),
    "review_table": Definition("another review's table", "a table printed by another review"),
    "review_data": Definition("another review's data file", "another review's open data or extraction"),
    "news": Definition("a news page", "a press report or a summary by somebody else"),
    "other": Definition("another text", "anything else; `source` names it"),
}

SCORINGS = {
    "sum": "sum of the items",
    "item_mean": "mean of the items",
    "percent": "percent of the possible score",
    "t_score": "T score",
    "other": "scored in another way",
}

PERIODS = {"first": "the first period alone", "paired": "a paired estimate of both periods"}

INTEGRITY = {
    "none_known": "no retraction or expression of concern was found",
    "concern": "an expression of concern stands against the report",
    "retracted": "the report was retracted",
}

HARMS = {
    "death": "Deaths",
    "suicide_attempt": "Suicide attempts",
    "adverse_event": "Adverse events",
    "worse_outcome": "Worse outcomes",
    "attrition": "People lost",
    "take_up": "Take-up",
    "peer_wellbeing": "The peers' own wellbeing",
    "cost": "Costs",
    "safety_monitoring": "How safety was watched",
}
