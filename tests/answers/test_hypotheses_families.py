"""Families corrected, first pages like full ones, all outcomes at once, and what the answer says of them."""

from __future__ import annotations

import numpy as np
import pytest

from builders.declared_rows import OVERREACH, row, run, words_of
from builders.planted_slopes import planted
from builders.roots import events
from synthesis.answers.verdicts import Verdict

BOTH = ("recovery", "symptoms")


def ran(small, parts, *rows, **options):
    return run(small(**parts, hypotheses=list(rows or [row()])), **options)


# --- All outcomes at once --------------------------------------------------------------------------------------------


def test_the_joint_slope_is_of_the_outcomes_it_names(small):
    parts = planted(24, slope=1.5, outcomes=BOTH)
    asked = [row(test="joint", outcomes=names) for names in ("", "recovery")]
    every, one = (ran(small, parts, own, brief=True).tested[0] for own in asked)
    assert (every.k, one.k) == (48, 24)
    assert every.outcome_label == "all outcomes at once"
    assert "the outcomes it names, at once" in one.sentence


def test_without_standardised_effects_a_joint_hypothesis_is_not_testable(small):
    rows = [events(5 + i, 50, 9, 50, trial=f"ash20{i:02d}sample") for i in range(1, 13)]
    ratings = {own["trial"]: {"peer": {"sharing": i % 3}} for i, own in enumerate(rows)}
    hypotheses = [
        row(test="joint", outcomes=""),
        row("H2", outcomes="readmission"),
        row("H5", test="rivals"),
        row("H6", test="specificity"),
    ]
    found = run(small(rows, ratings=ratings, hypotheses=hypotheses))
    assert [own.verdict for own in found.of("H1") + found.of("H5") + found.of("H6")] == [Verdict.NOT_TESTABLE] * 3
    assert "log RR" in found.of("H2")[0].sentence
    assert "One more trial" not in " ".join(found.answer())  # it is of standardised differences
    assert not OVERREACH.search(words_of(found))


# --- Families --------------------------------------------------------------------------------------------------------


def test_holm_corrects_within_a_family_with_the_untestable_counted_and_amendments_apart(small):
    rows = [
        row("H1", family="dose"),
        row("H2", family="others", role="secondary", outcomes="recovery;symptoms;bed_days"),
        row("A2", family="others", role="secondary", outcomes="recovery;symptoms", score="calibrated", amends="H2"),
        row("E1", family="others", role="exploratory", outcomes="symptoms"),
    ]
    parts = planted(12, slope=0.25, silent=0.1, outcomes=BOTH, noise=0.1)
    found = ran(small, parts, *rows)
    alone = found.of("H1")[0]
    assert alone.pval_holm == alone.pval
    raw = [own.pval for own in found.of("H2")[:2]]
    order = np.argsort(raw)
    expected = np.minimum(np.maximum.accumulate([3 * raw[order[0]], 2 * raw[order[1]]]), 1)
    assert [found.of("H2")[i].pval_holm for i in order] == pytest.approx(expected)
    assert found.of("H2")[2].pval_holm == 1.0
    two = sorted(found.of("A2"), key=lambda own: own.pval)
    assert two[0].pval_holm == pytest.approx(min(1, 2 * two[0].pval))
    assert found.of("E1")[0].pval_holm == found.of("E1")[0].pval


def test_a_first_page_gives_the_verdicts_of_the_full_run(small):
    rows = [
        row("H1"),
        row("H1b", role="secondary", outcomes="symptoms;bed_days"),  # of the same family: it counts, and is not shown
        row("A1", score="calibrated", amends="H1"),
        row("H5", test="rivals", family="rivals", role="secondary"),
        row("H3", test="sequence", family="sequence", role="secondary", predictor="symptoms"),
    ]
    for trials, slope in ((14, 0.3), (20, 1.5)):
        parts = planted(trials, slope=slope, silent=0.1, outcomes=BOTH, noise=0.1)
        evidence = small(**parts, hypotheses=rows)
        full, brief = run(evidence), run(evidence, brief=True)
        assert [own.hypothesis for own in brief.tested] == ["H1", "A1", "H5"]
        for own in brief.tested:
            (other,) = full.of(own.hypothesis)
            assert (own.verdict, own.pval_holm, own.conditions) == (other.verdict, other.pval_holm, other.conditions)
        assert brief.answer() == full.answer()


def test_the_same_seed_gives_the_same_and_another_seed_another(small):
    evidence = small(**planted(14, noise=0.3, seed=2), hypotheses=[row()])
    one, two, three = (run(evidence, seed=seed, brief=True).tested[0].pval for seed in (1, 1, 2))
    assert one == two != three


def test_several_primary_hypotheses_stand_side_by_side(small):
    found = ran(small, planted(12, slope=0.3, outcomes=BOTH), row(), row("H2", outcomes="symptoms"), brief=True)
    assert "H1 Dose H1 (personal recovery)" in found.answer()[0]
    assert "H2 Dose H2 (symptoms)" in found.answer()[0]
    assert "amended" not in found.answer()[0]


def test_a_primary_hypothesis_that_is_no_slope_has_an_answer(small):
    parts = planted(12, outcomes=BOTH)
    for cells in (
        {"test": "gate", "predictor": "fidelity_minimum"},
        {"test": "equivalence", "expected_direction": "none"},
    ):
        found = ran(small, parts, row(**cells))
        assert found.tested[0].verdict.words in found.answer()[0]
