"""Hypotheses that are no single slope: gate, negative control, pairs, specificity; and what no sentence says."""

from __future__ import annotations

import re

import numpy as np
import pytest

from builders.declared_rows import OVERREACH, row, run, words_of
from builders.planted_slopes import planted
from builders.roots import COMPONENTS, INSTRUMENTS, OUTCOMES, events, means
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.verdicts import Verdict
from synthesis.effects import compute_effects
from synthesis.results import to_json
from synthesis.statistics.information import ml_aicc
from synthesis.tables import specificity_table

BOTH = ("recovery", "symptoms")


def ran(small, parts, *rows, **options):
    return run(small(**parts, hypotheses=list(rows or [row()])), **options)


# --- Gate, negative control, sequence, specificity -------------------------------------------------------------------


def gated(k=24, *, seed=5):
    """Benefit only where all three mechanisms are there."""
    return planted(k, seed=seed, noise=0.03, benefit=lambda done, i: 0.8 * _least(done))


def _least(done):
    pairs = (("sharing", "listening"), ("example", "role"), ("linkage", "network"))
    return min((done[a] + done[b]) / 4 for a, b in pairs)


GATE = {"test": "gate", "predictor": "fidelity_minimum;fidelity_product", "family": "gate", "role": "secondary"}


def test_a_gate_is_supported_where_the_lowest_mechanism_decides(small):
    found = ran(small, gated(), row("G", **GATE))
    (own,) = found.tested
    assert own.verdict is Verdict.SUPPORTED
    assert own.details["gate"] == "fidelity_minimum"
    assert own.details["aicc_difference"] >= 2
    assert "association between trials" in own.sentence
    # The better of two scores is taken, so both count.
    assert own.pval_holm == pytest.approx(2 * own.pval)
    assert "by Holm, each gate score counted" in own.sentence
    (alone,) = ran(small, gated(), row("G", **GATE | {"predictor": "fidelity_minimum"})).tested
    assert alone.pval_holm == alone.pval == own.pval
    (turned,) = ran(small, gated(), row("G", **GATE | {"expected_direction": "negative"})).tested
    assert turned.verdict is Verdict.CONTRADICTED


def test_designs_are_compared_on_the_same_trials(small):
    parts = gated()
    for rated in list(parts["ratings"].values())[:6]:
        rated["peer"] |= {"linkage": None, "network": None}  # a mechanism of which the report says nothing
    evidence = small(**parts, hypotheses=[row("G", **GATE)])
    (own,) = run(evidence).tested
    assert (own.k, own.trials) == (18, 18)
    frame = (
        compute_effects(evidence, "recovery")
        .with_moderators(score_fidelity(evidence).contrasts(compute_effects(evidence, "recovery").frame))
        .frame
    )
    frame = frame[frame["fidelity_minimum"].notna()]
    yi, vi = frame["benefit"].to_numpy(), frame["vi"].to_numpy()
    aicc = {
        name: ml_aicc(yi, vi, np.column_stack([np.ones(18), frame[name]]))
        for name in ("fidelity", "fidelity_minimum", "fidelity_product")
    }
    best = min(("fidelity_minimum", "fidelity_product"), key=aicc.get)
    assert own.details["gate"] == best
    assert own.details["aicc_difference"] == pytest.approx(aicc["fidelity"] - aicc[best])


def test_a_gate_that_is_no_better_than_the_sum_is_not_detected_however_small_its_p(small):
    (own,) = ran(small, planted(24, slope=1.5, seed=3), row("G", **GATE)).tested
    assert own.pval <= 0.05
    assert own.conditions["better"] is False
    assert own.verdict is Verdict.NOT_DETECTED
    assert "not evidence that there is no gate" in own.sentence


def test_a_gate_without_ten_trials_or_without_differences_is_not_testable(small):
    (few,) = ran(small, planted(9), row("G", **GATE)).tested
    assert "9 trials with all three mechanisms described" in few.sentence
    parts = planted(12)
    for rated in parts["ratings"].values():
        rated["peer"] |= {"sharing": 0, "listening": 0}  # the lowest is nought everywhere
    (same,) = ran(small, parts, row("G", **GATE)).tested
    assert same.verdict is Verdict.NOT_TESTABLE
    assert "the same in every trial" in same.sentence
    unsettled = [own | ({"better": "unsettled"} if own["outcome"] == "recovery" else {}) for own in OUTCOMES]
    scales = [own for own in INSTRUMENTS if own["instrument"] != "Distress Scale"]
    found = ran(small, planted(12) | {"outcomes": unsettled, "instruments": scales}, row("G", **GATE), row())
    assert [own.verdict for own in found.tested] == [Verdict.NOT_TESTABLE] * 2
    assert all("settled" in own.sentence for own in found.tested)


CONTROL = {"test": "equivalence", "expected_direction": "none", "family": "control", "role": "secondary"}


@pytest.mark.parametrize(
    ("slope", "people", "verdict", "says"),
    [
        (0.0, 4000, Verdict.SUPPORTED, "lies within 0.20 SMD of zero."),
        (1.0, 4000, Verdict.CONTRADICTED, "does not lie within 0.20 SMD of zero."),
        (0.0, 40, Verdict.NOT_DETECTED, "so neither an association nor its absence is shown"),
    ],
    ids=["inside", "outside", "wide"],
)
def test_a_negative_control_is_held_to_a_margin(small, slope, people, verdict, says):
    parts = planted(24, slope=slope, people=people, noise=0.01)
    found = ran(small, parts, row("C", **CONTROL))
    (own,) = found.tested
    assert own.verdict is verdict
    assert says in own.sentence
    low, high = own.details["lower"], own.details["upper"]
    assert (low > -0.2 and high < 0.2) == (verdict is Verdict.SUPPORTED)
    # The table's column is of the interval that it names; the 90% interval of the test is inside it.
    assert own.ci_lb < low < high < own.ci_ub
    evidence = small(**parts, hypotheses=[row("C", **CONTROL)])
    slope = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence), permutations=5)
    assert own.ci_ub == pytest.approx(slope.span * slope.ci_ub)
    ninety = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence), level=0.9, permutations=5)
    assert (low, high) == pytest.approx((ninety.span * ninety.ci_lb, ninety.span * ninety.ci_ub))


def test_a_margin_in_smd_is_for_outcomes_in_smd(small):
    rows = [events(5 + i, 50, 9, 50, trial=f"ash20{i:02d}sample") for i in range(1, 13)]
    ratings = {own["trial"]: {"peer": {"sharing": i % 3}} for i, own in enumerate(rows)}
    (own,) = run(small(rows, ratings=ratings, hypotheses=[row("C", **CONTROL | {"outcomes": "readmission"})])).tested
    assert own.verdict is Verdict.NOT_TESTABLE
    assert "pooled as RR" in own.sentence


SEQUENCE = {"test": "sequence", "predictor": "symptoms", "score": "", "family": "sequence", "role": "secondary"}


@pytest.mark.parametrize("both", [0, 3, 12])
def test_pairs_of_outcomes_are_counted(small, both):
    parts = planted(12)
    more = planted(12, outcomes=("symptoms",))["rows"][:both]
    names = [own["trial"] for own in parts["rows"]]
    more = [own | {"trial": name} for own, name in zip(more, names, strict=False)]
    found = ran(small, parts | {"rows": [*parts["rows"], *more]}, row("S", **SEQUENCE))
    (own,) = found.tested
    assert own.verdict is Verdict.NOT_TESTABLE
    assert own.trials == both
    expected = [{"process": "symptoms", "clinical": "recovery", "trials": both}] if both else []
    assert own.details["pairs"] == expected
    if both:
        assert f"symptoms and personal recovery in {both}" in own.sentence
    assert ("needs ten trials that report both" in own.sentence) == (both < 10)
    assert ("no model of pairs is built in" in own.sentence) == (both >= 10)


SPECIFIC = {
    "test": "specificity",
    "predictor": "component",
    "score": "calibrated",
    "family": "specificity",
    "role": "secondary",
}


def test_specificity_is_corrected_within_its_family_and_says_association(small):
    predicts = {name: BOTH[i % 2] for i, (name, _) in enumerate(COMPONENTS)}
    parts = planted(24, outcomes=BOTH, seed=6)
    parts["rows"] = [_specific(own, parts["ratings"], predicts) for own in parts["rows"]]
    alone = ran(small, parts | {"predicts": predicts}, row("H2", **SPECIFIC), permutations=99)
    (own,) = alone.tested
    assert own.verdict is Verdict.SUPPORTED
    assert "association between trials" in own.sentence
    assert len(specificity_table(alone)) == 7
    family = [
        row("H2", **SPECIFIC),
        *(row(f"X{i}", **SPECIFIC | {"test": "sequence", "predictor": "symptoms"}) for i in range(9)),
    ]
    (corrected,) = ran(small, parts | {"predicts": predicts}, *family, permutations=99).of("H2")
    assert corrected.pval_holm == pytest.approx(min(1, 10 * own.pval))
    assert corrected.verdict is Verdict.NOT_DETECTED
    assert "Corrected by Holm" in corrected.sentence


def _specific(own, ratings, predicts):
    """The benefit of what the model predicts for this outcome, and no other."""
    done = ratings[own["trial"]]["peer"]
    d = 0.15 * sum(done[name] for name, meant in predicts.items() if meant == own["outcome"])
    return own | {"mean_intervention": 50 + (-10 if own["outcome"] == "symptoms" else 10) * d}


def test_below_ten_trials_specificity_says_no_number(small):
    found = ran(small, planted(9, outcomes=BOTH), row("H2", **SPECIFIC), row())
    (own,) = found.of("H2")
    assert own.verdict is Verdict.NOT_TESTABLE
    assert not re.search(r"p [=<]", own.sentence)
    assert found.shown()["p (Holm)"].eq("").all()
    assert len(specificity_table(found)) == 0


# --- What all of them say --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trials", "slope", "silent"), [(3, 0.0, 0.5), (12, 0.0, 0.3), (24, -1.0, 0.4), (24, 1.5, 0.0)]
)
def test_no_sentence_says_more_than_was_found(small, trials, slope, silent):
    rows = [
        row(), row("A1", score="calibrated", amends="H1"), row("G", **GATE), row("C", **CONTROL), row("S", **SEQUENCE),
        row("H2", **SPECIFIC), row("R", test="rivals", family="rivals", role="secondary"),
        row("E", test="joint", outcomes="", role="exploratory"), row("X", test="words", role="secondary"),
    ]  # fmt: skip
    parts = planted(trials, slope=slope, silent=silent, outcomes=BOTH)
    found = ran(small, parts, *rows, permutations=49)
    said = words_of(found)
    assert not OVERREACH.search(said), OVERREACH.search(said)
    assert "\N{EN DASH}" not in said
    assert [own.hypothesis for own in found.hypotheses] == [own["hypothesis"] for own in rows]
    assert {own.hypothesis for own in found.tested} == {own["hypothesis"] for own in rows}
    assert "NaN" not in to_json(found.to_dict())
    assert len(found.to_frame()) == len(found.tested) == len(found.shown())


def test_coding_is_not_needed_to_say_that_nothing_can_be_tested(small):
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}") for i in range(4)]
    found = run(small(rows, hypotheses=[row(), row("G", **GATE), row("H2", **SPECIFIC), row("R", test="rivals")]))
    assert {own.verdict for own in found.tested} == {Verdict.NOT_TESTABLE}
    assert run(small(rows)).answer() == [
        "No primary hypothesis that can be run was declared for this review (codebook/hypotheses.csv)."
    ]
