"""Hypotheses as declared: what binds them, and every verdict on a slope made on purpose."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from builders.declared_rows import OVERREACH, PERMUTATIONS, row, run, words_of
from builders.planted_slopes import planted
from builders.roots import COMPONENTS, INSTRUMENTS, OUTCOMES
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.hypotheses import declared_fingerprint, declared_hypotheses, is_exploratory
from synthesis.answers.hypotheses.run import NO_SMALLNESS
from synthesis.answers.joint_statement import describe_joint
from synthesis.answers.verdicts import Verdict
from synthesis.effects import compute_effects
from synthesis.statistics.permutation import PermutationTest

BOTH = ("recovery", "symptoms")


def ran(small, parts, *rows, **options):
    return run(small(**parts, hypotheses=list(rows or [row()])), **options)


@pytest.fixture(scope="module")
def steep(small):
    """Thirty trials whose benefit rises with the model, reports that say nearly all: everything a verdict asks for."""
    rows = [row(), row("A1", score="calibrated", amends="H1")]
    return ran(small, planted(24, slope=1.5, silent=0.05, outcomes=BOTH), *rows, brief=True)


# --- What was declared -----------------------------------------------------------------------------------------------


def test_a_file_from_before_the_new_columns_loads_and_its_tests_are_not_run(evidence):
    found = run(evidence)
    assert [own.role for own in found.hypotheses] == ["primary", "secondary"]
    assert [own.verdict for own in found.tested] == [Verdict.NOT_TESTABLE] * 2
    assert all("not run: its test is 'S" in s or "not run: its test is 'T" in s for s in found.sentences())
    assert not any("No hypotheses were declared" in said for said in found.answer())
    assert not OVERREACH.search(words_of(found))


def codebook_of(small, *rows, **parts):
    return small(**planted(3), hypotheses=list(rows or [row()]), **parts).codebook


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "Less goes with more."},
        {"score": "calibrated"},
        {"rule": "Otherwise."},
        {"predictor": "year"},
        {"outcomes": "symptoms"},
        {"expected_direction": "negative"},
        {"test": "joint"},
        {"family": "another"},
        {"role": "exploratory"},
        {"amends": "H0"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_fingerprint_changes_with_what_it_binds(small, change):
    before, after = (declared_hypotheses(codebook_of(small, row(**cells)))[0] for cells in ({}, change))
    assert before.fingerprint != after.fingerprint
    books = [codebook_of(small, row(**cells)) for cells in ({}, change)]
    assert declared_fingerprint(books[0]) != declared_fingerprint(books[1])


@pytest.mark.parametrize(
    "change", [{"label": "Other"}, {"note": "Seen."}, {"declared": "2021-01-01"}], ids=lambda change: next(iter(change))
)
def test_the_fingerprint_stays_where_words_around_it_change(small, change):
    before, after = (declared_hypotheses(codebook_of(small, row(**cells)))[0] for cells in ({}, change))
    assert before.fingerprint == after.fingerprint


def test_the_fingerprint_binds_the_codebooks_predictions_and_nothing_else_of_it(small):
    plain, predicted = (
        declared_hypotheses(codebook_of(small, predicts=predicts))[0] for predicts in ({}, {"sharing": "symptoms"})
    )
    assert plain.fingerprint != predicted.fingerprint
    others = [own | {"better": "higher"} for own in INSTRUMENTS]
    outcomes = [own | {"definition": "Other"} for own in OUTCOMES]
    same = declared_hypotheses(codebook_of(small, instruments=others, outcomes=outcomes))[0]
    assert same.fingerprint == plain.fingerprint
    book = codebook_of(small)
    relabelled = replace(book, components=book.components.assign(label="Other", definition="Other"))
    assert declared_hypotheses(relabelled)[0].fingerprint == plain.fingerprint
    moved = replace(book, components=book.components.assign(mechanism="trust"))
    assert declared_hypotheses(moved)[0].fingerprint != plain.fingerprint
    assert declared_fingerprint(replace(book, hypotheses=book.hypotheses.iloc[:0])) == ""


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"test": "anova"}, "its test is 'anova'"),
        ({"score": "zeal"}, "its score is 'zeal'"),
        ({"predictor": "year"}, "its predictor is 'year', and this test takes fidelity"),
        ({"predictor": ""}, "its predictor is ''"),
        ({"test": "gate"}, "its predictor is 'fidelity', and this test takes fidelity_minimum and fidelity_product"),
        ({"expected_direction": "none"}, "expects no direction"),
    ],
    ids=["test", "score", "predictor", "none", "gate", "direction"],
)
def test_what_cannot_be_run_as_it_is_written_says_so_and_counts_in_its_family(small, cells, says):
    rows = [row(), row("H2", role="secondary", **cells)]
    found = ran(small, planted(12, slope=0.2), *rows)
    (second,) = found.of("H2")
    assert second.verdict is Verdict.NOT_TESTABLE
    assert says in second.sentence
    (first,) = found.of("H1")
    assert first.pval_holm == pytest.approx(min(1, 2 * first.pval))


def test_a_score_may_be_left_empty_or_called_as_it_was(small):
    parts = planted(12, slope=1.0)
    one, two, three = (
        ran(small, parts, row(score=name), brief=True).tested[0] for name in ("described", "", "fidelity")
    )
    assert one.pval == two.pval == three.pval
    parts = planted(24, slope=1.0, outcomes=BOTH)
    asked = [row(score=name, test="joint", outcomes="") for name in ("", "fidelity")]
    joint = [ran(small, parts, own, brief=True).tested[0] for own in asked]
    assert joint[0].pval == joint[1].pval


def test_a_hypothesis_without_outcomes_speaks_of_all_that_were_measured(small):
    found = ran(small, planted(12, outcomes=BOTH), row(outcomes=""), brief=True)
    assert [own.outcome for own in found.tested] == ["recovery", "symptoms"]


# --- Verdicts of slopes ----------------------------------------------------------------------------------------------


def test_supported_needs_everything_and_says_what(steep):
    for name in ("H1", "A1"):
        (own,) = steep.of(name)
        assert own.verdict is Verdict.SUPPORTED
        assert own.conditions == dict.fromkeys(("sign", "test", "interval", "silence", "rivals"), True)
        assert "under every reading tried" in own.sentence
        assert "beside each of the" in own.sentence
        assert "cannot show that fidelity is the cause" in own.sentence
    assert "association between trials" in steep.answer()[0]


def test_the_numbers_are_those_of_the_slope_between_the_trials_seen(small):
    evidence = small(**planted(12, slope=1.0), hypotheses=[row()])
    (own,) = run(evidence, brief=True).tested
    slope = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence), permutations=PERMUTATIONS)
    assert own.change == pytest.approx(slope.span * slope.slope)
    assert (own.ci_lb, own.ci_ub) == pytest.approx((slope.span * slope.ci_lb, slope.span * slope.ci_ub))
    assert (own.pval, own.k, own.trials) == (slope.pval_permutation, 12, 12)


def test_the_other_sign_is_contradicted(small):
    parts = planted(24, slope=-1.5, silent=0.05, outcomes=BOTH)
    (own,) = ran(small, parts, brief=True).tested
    assert own.verdict is Verdict.CONTRADICTED
    assert own.conditions["sign"] is False
    assert ": contradicted: " in own.sentence
    (turned,) = ran(small, parts, row(expected_direction="negative"), brief=True).tested
    assert turned.verdict is Verdict.SUPPORTED


def test_not_detected_is_never_no_effect(small):
    found = ran(small, planted(14, noise=0.3, seed=2))
    (own,) = found.tested
    assert own.verdict is Verdict.NOT_DETECTED
    assert "not evidence that there is nothing" in own.sentence
    assert "Over the readings of silence that were tried" in own.sentence
    assert "To be found four times out of five" in own.sentence
    assert "differ by at most" in own.sentence
    assert "Not met" not in own.sentence
    assert "not evidence that there is nothing" in found.answer()[0]
    assert own.details.keys() >= {"detectable_slope", "silence_range", "two_tau_ub"}


@pytest.mark.parametrize("trials", [2, 9])
def test_below_ten_trials_nothing_is_testable_and_no_number_is_said(small, trials):
    found = ran(small, planted(trials, slope=1.5), brief=True)
    (own,) = found.tested
    assert own.verdict is Verdict.NOT_TESTABLE
    assert not re.search(r"p [=<]|SMD|CI", own.sentence)
    assert found.shown()[["Least to most faithful trial (95% CI)", "p (Holm)"]].iloc[0].tolist() == ["", ""]
    assert own.pval_holm == 1.0
    if trials == 9:
        assert own.withheld[0] == "slope_below_ten_trials"
        assert np.isfinite(own.change)


def test_an_outcome_that_nobody_measured_is_not_testable(small):
    found = ran(small, planted(12), row(outcomes="recovery;bed_days"), brief=True)
    assert [own.verdict for own in found.tested][1] is Verdict.NOT_TESTABLE
    assert "no trial measured it" in found.sentences()[1]


def rivalled(k=40):
    """Trials whose benefit comes from their year, in which the model was followed more from year to year."""
    years = {}

    def benefit(done, i):
        return 0.05 * (i % 20)

    parts = planted(k, benefit=benefit, outcomes=BOTH, noise=0.02, seed=3)
    rng = np.random.default_rng(8)
    for i, (name, rated) in enumerate(parts["ratings"].items()):
        late = (i % 20) / 19
        rated["peer"] = {c: int(np.clip(np.round(2 * late + rng.normal(0, 0.5)), 0, 2)) for c, _ in COMPONENTS}
        years[name] = {"year": 2001 + i % 20}
    return parts | {"trials": years}


def test_a_rival_takes_a_verdict_away_and_the_sentence_names_it(small):
    (own,) = ran(small, rivalled(), brief=True).tested
    assert (own.conditions["test"], own.conditions["interval"], own.conditions["silence"]) == (True, True, True)
    assert own.conditions["rivals"] is False
    assert own.verdict is Verdict.NOT_DETECTED
    assert "Not met: sign and half the size kept beside each rival in the model of all outcomes." in own.sentence


def test_a_reading_of_silence_takes_a_verdict_away_and_the_sentence_names_it(small):
    parts = planted(24, slope=1.0, silent=0.45, outcomes=BOTH, seed=2, noise=0.1)
    (own,) = ran(small, parts, brief=True).tested
    assert (own.conditions["test"], own.conditions["interval"]) == (True, True)
    assert own.conditions["silence"] is False
    assert own.verdict is Verdict.NOT_DETECTED
    assert re.search(r"Not met: the same verdict under every reading tried", own.sentence)


def test_what_cannot_be_read_beside_rivals_is_not_taken_for_met(small):
    """Fewer than twenty trials hold no model of fidelity beside a rival: no rival was survived."""
    found = ran(small, planted(14, slope=1.5, outcomes=BOTH), brief=True)
    (own,) = found.tested
    assert (own.conditions["test"], own.conditions["interval"], own.conditions["silence"]) == (True, True, True)
    assert own.conditions["rivals"] is None
    assert own.verdict is Verdict.NOT_DETECTED
    assert "do not let be read, and a verdict needs: sign and half the size" in own.sentence
    assert "what is missing stands with the verdict" in found.answer()[0]


def test_readings_of_silence_are_not_asked_of_a_part_of_the_score(small):
    (own,) = ran(small, planted(24, slope=1.5, outcomes=BOTH), row(score="trust"), brief=True).tested
    assert own.conditions["silence"] is None
    assert own.verdict is not Verdict.SUPPORTED
    assert "Over the readings of silence" not in own.sentence


def test_the_two_scores_may_differ_and_the_answer_says_so(small):
    """Nine reports describe something; on the calibrated score the trials of the others count too."""
    parts = planted(24, slope=1.0, outcomes=BOTH)
    for rated in list(parts["ratings"].values())[9:]:
        rated["peer"] = dict.fromkeys(rated["peer"])
    found = ran(small, parts, row(), row("A1", score="calibrated", amends="H1"), brief=True)
    one, two = (found.of(name)[0].verdict for name in ("H1", "A1"))
    assert one is Verdict.NOT_TESTABLE
    assert two is not Verdict.NOT_TESTABLE
    said = f"{one.words} on that of the first plan, {two.words} on the amended one"
    assert f"depends on the score: {said}" in found.answer()[0]


def test_exploratory_ones_are_never_an_answer(small):
    parts = planted(24, slope=1.5, silent=0.05, outcomes=BOTH)
    found = ran(small, parts, row("E1", role="exploratory", family="exploratory"))
    (own,) = found.tested
    assert own.verdict is Verdict.SUPPORTED
    assert "a question for the next trials" in own.sentence
    assert found.answer() == [
        "No primary hypothesis that can be run was declared for this review (codebook/hypotheses.csv)."
    ]


@pytest.mark.parametrize(
    ("rows", "looked_for"),
    [
        ([row(outcomes="recovery")], {"recovery"}),
        ([row(outcomes="recovery"), row("H2", role="secondary", outcomes="symptoms")], {"recovery", "symptoms"}),
        ([row(outcomes="recovery"), row("E1", role="exploratory", outcomes="symptoms")], {"recovery"}),
        ([row(outcomes="recovery"), row("H5", test="joint", outcomes="symptoms")], {"recovery"}),
        ([row(outcomes="")], {"recovery", "symptoms"}),
        ([row(test="joint")], {"recovery", "symptoms"}),
    ],
)
def test_an_outcome_that_no_declared_test_of_dose_names_is_exploratory(small, rows, looked_for):
    codebook = codebook_of(small, *rows)
    assert {name for name in BOTH if not is_exploratory(codebook, name)} == looked_for


# --- All outcomes at once --------------------------------------------------------------------------------------------


def test_the_answer_says_what_fidelity_does_over_all_outcomes_and_that_nobody_had_declared_to_ask(steep):
    (said,) = [sentence for sentence in steep.answer() if sentence.startswith("Over all outcomes at once")]
    assert "(24 trials; exploratory, nobody had declared to ask)" in said
    for score in ("described", "calibrated"):
        own = steep.rivals[score].fidelity
        assert f"{own.span * own.slope:+.2f} (".replace("-", "−") in said
        assert f"SMD on the {score} score (permutation p = {own.permutation.pval:.3f})" in said


def test_where_the_joint_model_is_withheld_the_answer_says_nothing_of_it(steep):
    few = {name: replace(own, fidelity=replace(own.fidelity, trials=9)) for name, own in steep.rivals.items()}
    held = replace(steep, rivals=few)
    assert not any(said.startswith("Over all outcomes at once") for said in held.answer())
    assert held.credibility() == [own for own in steep.credibility() if own.name != "fidelity"]


def test_silence_and_small_trials_over_all_outcomes_are_said_or_their_absence(small):
    parts = planted(24, slope=1.5, silent=0.2, outcomes=BOTH)
    assert ran(small, parts, row()).small_trials() == [NO_SMALLNESS], "all trials are of one size"
    for i, cells in enumerate(parts["rows"]):
        cells |= {"n_intervention": 40 + 5 * i, "n_comparator": 40 + 5 * i}
    found = ran(small, parts, row())
    assert found.on_silence() == found.ladders[""].sentences()
    assert found.small_trials() == describe_joint(found.smallness)
    nothing = replace(found, ladders={}, smallness=None)
    assert nothing.on_silence() == [
        "There are too few trials with standardised effects for a model of all outcomes at once."
    ]
    assert nothing.small_trials() == [NO_SMALLNESS]


def test_only_what_is_suggested_has_a_record_of_credibility(steep):
    suggested = {score for score, own in steep.rivals.items() if own.fidelity.permutation.pval < 0.1}
    assert suggested == {"described", "calibrated"}
    assert [own.name for own in steep.credibility()][:2] == ["fidelity", "fidelity"]
    chance = PermutationTest(0.1, PERMUTATIONS, False, 0.03)
    quiet = {
        name: replace(own, fidelity=replace(own.fidelity, permutation=chance)) for name, own in steep.rivals.items()
    }
    assert "fidelity" not in [own.name for own in replace(steep, rivals=quiet).credibility()]
