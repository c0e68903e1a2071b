"""A record of how far a suggested link can be believed: what it may say, and when there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.planted_slopes import planted
from synthesis.answers.credibility import BETWEEN, QUESTIONS, credibility, credibility_table
from synthesis.answers.joint import joint
from synthesis.statistics.permutation import PermutationTest

DATED = {f"trial{chr(97 + i // 26)}{chr(97 + i % 26)}{2001 + i % 20}": {"year": 2001 + i % 20} for i in range(14)}


@pytest.fixture(scope="module")
def evidence(small):
    return small(**planted(14, slope=1.0, outcomes=("recovery", "symptoms")), trials=DATED)


@pytest.fixture(scope="module")
def fidelity(evidence):
    return joint(evidence, permutations=99)


@pytest.fixture(scope="module")
def year(evidence):
    return joint(evidence, moderator="year", permutations=99)


def test_what_compares_trials_with_one_another_is_never_more_than_low(fidelity, year):
    for found, declared in ((fidelity, True), (year, False)):
        record = credibility(found, pval_holm=0.0001, tests=1, declared=declared)
        assert record.at_most == "low"
        assert record.answers["within"] == BETWEEN
        assert set(record.answers) == set(QUESTIONS)
        assert record.answers["trials"] == "14 trials"


def test_a_direction_written_down_after_slopes_were_seen_is_half_an_answer_and_the_opposite_is_none(fidelity, year):
    assert fidelity.slope > 0
    assert credibility(fidelity, pval_holm=0.01, tests=3, declared=True).answers["direction"].startswith("partly")
    turned = credibility(replace(fidelity, slope=-fidelity.slope), pval_holm=0.01, tests=3, declared=True)
    assert turned.answers["direction"].startswith("no: the direction written down is the opposite")
    assert credibility(year, pval_holm=0.01, tests=9, declared=False).answers["direction"].startswith("no: declared")


def test_chance_is_the_permutations_p_and_the_number_of_looks_is_said(fidelity, year):
    known = replace(year, permutation=PermutationTest(0.031, 9999, False, 0.001))
    answers = credibility(known, pval_holm=0.27, tests=9, declared=False).answers
    assert answers["chance"] == "permutation of whole trials p = 0.031"
    assert answers["few"] == "p = 0.270 by Holm over 9 characteristics"
    assert credibility(fidelity, pval_holm=0.27, tests=12, declared=True).answers["few"] == (
        "no: one of 12 tests of this review, not corrected"
    )


def test_two_groups_are_told_from_a_number_taken_as_it_is(year):
    assert credibility(year, pval_holm=1, tests=9, declared=False).answers["cut"] == "yes: taken as it is"
    two = replace(year, frame=year.frame.assign(x=[float(i % 2) for i in range(len(year.frame))]))
    assert credibility(two, pval_holm=1, tests=9, declared=False).answers["cut"].startswith("no: two groups")


def test_the_table_has_a_column_a_link_and_ends_with_the_most_it_can_be(fidelity, year):
    records = [
        credibility(fidelity, pval_holm=0.04, tests=3, declared=True),
        credibility(year, pval_holm=0.04, tests=9, declared=False),
    ]
    table = credibility_table(records)
    assert list(table.columns) == ["Question", fidelity.label, year.label]
    assert table["Question"].tolist() == [*QUESTIONS.values(), "Credibility at most"]
    assert table.iloc[-1, 1:].tolist() == ["low", "low"]
    assert table.notna().all(axis=None)
    assert credibility_table([]).empty
