"""Every code a reader meets has its words in one place, for exactly the codes that the schemas allow."""

import pytest

from synthesis.choices import RATIOS, MeasureCode
from synthesis.effects.decisions import DECISIONS
from synthesis.evidence.certainty import (
    CERTAINTIES,
    CONCERNS,
    CRITERIA,
    GRADE_DOMAINS,
    GRADE_POOLS,
    MISSING_EVIDENCE,
    RECOMMENDATION,
    SCALES,
    SIGNALLING,
    STATUSES,
    TARGETS,
    THRESHOLD_KINDS,
    UNSUGGESTED,
)
from synthesis.evidence.contract import load_contract
from synthesis.evidence.vocabulary import (
    BASES,
    BENEFIT_SIGN,
    COMPARATOR_TYPES,
    DESIGNS,
    DIRECTIONS,
    DOMAINS,
    HARMS,
    INACTIVE_COMPARATORS,
    INTEGRITY,
    JUDGEMENTS,
    MECHANISMS,
    MODALITIES,
    PEER_ROLES,
    PEER_STATUS,
    PERIODS,
    POPULATION_GROUPS,
    READ_FROM,
    SCORINGS,
    VETERANS,
)
from synthesis.statistics.measures import MEASURES


@pytest.mark.parametrize(
    ("words", "table", "column"),
    [
        (DIRECTIONS, "outcomes", "reported_direction"),
        (MECHANISMS, "codebook_components", "mechanism"),
        (JUDGEMENTS, "risk_of_bias", "judgement"),
        (DOMAINS, "risk_of_bias", "tool"),
        (COMPARATOR_TYPES, "arms", "comparator_type"),
        (DESIGNS, "trial", "design"),
        (POPULATION_GROUPS, "trial", "population_group"),
        (INTEGRITY, "trial", "integrity"),
        (VETERANS, "trial", "veterans"),
        (MODALITIES, "arms", "modality"),
        (PEER_ROLES, "arms", "peer_role"),
        (PEER_STATUS, "arms", "peer_status"),
        (SCORINGS, "outcomes", "scoring"),
        (PERIODS, "outcomes", "period"),
        (READ_FROM, "outcomes", "read_from"),
        (HARMS, "harms", "what"),
        (BASES, "components", "basis"),
        (BENEFIT_SIGN, "codebook_outcomes", "better"),
        (DECISIONS, "decisions", "decision"),
        (MEASURES, "codebook_outcomes", "measure"),
        (GRADE_DOMAINS, "grade", "domain"),
        (GRADE_POOLS, "grade", "pool"),
        (STATUSES, "grade", "status"),
        ({**CONCERNS, **TARGETS, **CERTAINTIES}, "grade", "judgement"),
        ({**CONCERNS, **TARGETS, **CERTAINTIES, **UNSUGGESTED}, "grade", "rule_judgement"),
        (SCALES, "codebook_thresholds", "scale"),
        (THRESHOLD_KINDS, "codebook_thresholds", "kind"),
        (SIGNALLING, "rob_me", "answer"),
        (MISSING_EVIDENCE, "rob_me", "judgement"),
        ({*CRITERIA, RECOMMENDATION}, "evidence_to_decision", "criterion"),
    ],
)
def test_the_words_are_those_of_the_schemas_codes(words, table, column):
    assert set(words) == set(load_contract()[table].field(column).enum)


def test_every_measure_can_be_typed():
    assert set(MEASURES) == set(MeasureCode.__args__)


def test_the_ratios_are_the_measures_on_a_log_scale():
    assert set(RATIOS) == {code for code, measure in MEASURES.items() if measure.ratio}


def test_what_a_direction_turns_to_turns_back():
    assert all(DIRECTIONS[words.turned].turned == code for code, words in DIRECTIONS.items())


def test_inactive_comparators_are_comparator_types():
    assert set(INACTIVE_COMPARATORS) < set(COMPARATOR_TYPES)
