"""Assumptions, routes, decisions and reasons are codes in frames; rewording a sentence changes no number."""

import re

import pytest

from builders.roots import events, means, sizes
from synthesis.answers.coverage import all_effects
from synthesis.answers.pooling import pool
from synthesis.answers.sensitivity import compare_choices
from synthesis.answers.statements import reservations
from synthesis.effects import assumptions, compute_effects
from synthesis.effects.assumptions import ASSUMPTIONS
from synthesis.effects.decisions import DECISIONS
from synthesis.effects.left_out import KINDS, REASONS
from synthesis.effects.routes import ROUTES


@pytest.fixture(scope="module")
def found(evidence):
    return [
        effects
        for reading in ({}, {"as_printed": True}, {"timepoint": "all"}, {"adjusted_r": 0.6, "small_trial_t": True})
        for effects in all_effects(evidence, **reading).values()
    ]


def test_every_code_in_the_frames_is_in_its_registry(found):
    for effects in found:
        for frame in (effects.frame, effects.left_out):
            for column, registry in (("assumptions", ASSUMPTIONS), ("routes", ROUTES), ("decisions", DECISIONS)):
                codes = {code for own in frame[column] for code in own}
                assert codes <= set(registry), (effects.outcome, column)
        assert set(effects.left_out["cause"]) <= set(REASONS)
        assert all(REASONS[row.cause].kind == row.kind for row in effects.left_out.itertuples())
        assert set(effects.left_out["kind"]) <= set(KINDS)


def test_every_effect_has_a_route_and_every_other_row_a_cause(found):
    assert all(len(codes) > 0 for effects in found for codes in effects.frame["routes"])
    assert all(cause for effects in found for cause in effects.left_out["cause"])


def test_no_gap_of_a_sentence_is_left_open(found):
    said = [text for effects in found for text in (*effects.frame["note"], *effects.left_out["reason"])]
    assert any(said)
    assert not [text for text in said if re.search(r"[{}]|\bnan\b", text)]


ROWS = [
    means(10, 3, 30, 9, 3, 30),
    sizes(30, 30, effect_measure="MD", estimate=1.0, standard_error=0.8, trial="birch2002sample"),
    sizes(30, 30, effect_measure="MD", estimate=1.2, standard_error=0.8, adjusted="yes", trial="cedar2003sample"),
    sizes(30, 30, test_statistic="t", statistic_value=1.1, trial="damson2004sample"),
    events(12, 40, 16, 40, trial="elm2005sample"),
]


def numbers(evidence):
    effects = compute_effects(evidence, "recovery")
    choices = compare_choices(effects).table
    counted = [re.findall(r"\d+", said) for said in reservations(pool(effects))]
    return choices[["code", "k", "estimate", "ci_lb"]].to_csv(), counted, effects.frame["vi"].tolist()


@pytest.mark.parametrize("review", [{}, {"adjusted_r": 0.6, "small_trial_t": "yes", "printed_df": "yes"}])
def test_rewording_every_assumption_changes_no_number(small, monkeypatch, review):
    evidence = small(ROWS, review=review)
    before = numbers(evidence)
    reworded = {code: assumption._replace(says="reworded") for code, assumption in ASSUMPTIONS.items()}
    monkeypatch.setattr(assumptions, "ASSUMPTIONS", reworded)
    notes = compute_effects(evidence, "recovery").frame["note"]
    assert {said for note in notes for said in note.split("; ")} == {"", "reworded"}
    assert numbers(evidence) == before
    assert ["3"] in before[1]  # an implied SD, a residual SD and a test
