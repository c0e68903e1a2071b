"""Rules of certainty: each against examples worked by hand from its text, and against what must hold of any pool."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.rated import facts_at, facts_of, four_counts, four_trials, review, threshold
from builders.roots import build_evidence, means
from synthesis.answers.grading.absolute import absolute, baselines_of, for_people, risk_with
from synthesis.answers.grading.grade import grade_outcome
from synthesis.answers.grading.imprecision import (
    information_size_risk,
    information_size_smd,
    suggest_imprecision,
)
from synthesis.answers.grading.inconsistency import suggest_inconsistency, weight_by_side
from synthesis.answers.grading.natural import in_points
from synthesis.answers.grading.publication_bias import missing_results, suggest_publication_bias
from synthesis.answers.grading.risk_of_bias import WeightShares, dominance, fold_of, judgement_of, suggest_risk_of_bias
from synthesis.answers.grading.rows import summary_row
from synthesis.answers.grading.rules import NUMBERS
from synthesis.answers.grading.sentences import effect_sentence
from synthesis.answers.grading.target import flips_of, hangs, suggest_target, target_of
from synthesis.answers.pooling import pool
from synthesis.evidence.certainty import CERTAINTIES, CONCERNS, TARGETS

CLOSED_FORM = 1e-10
SEVERITY = {"not_serious": 0, "look": 1, "serious": 2}
sizes = st.floats(-2, 2, allow_nan=False)
shares = st.integers(0, 100)


@pytest.fixture(scope="module")
def smd(tmp_path_factory):
    return facts_of(review(tmp_path_factory.mktemp("smd"), four_trials()))


@pytest.fixture(scope="module")
def risks(tmp_path_factory):
    evidence = review(
        tmp_path_factory.mktemp("risks"), four_counts(), thresholds=[threshold(50, "readmission", "per_1000")]
    )
    return facts_of(evidence, "readmission")


# Estimate and interval of eight pools as an independent reading of the rules put them, at four thresholds: I important,
# L little to no effect; levels; two levels mean that people consider them.
WORKED = {
    "recovery": ((0.21, 0.12, 0.297), "I1 I1 L1 L0"),
    "quality of life": ((0.12, 0.05, 0.19), "L1 L0 L0 L0"),
    "symptoms": ((0.06, -0.09, 0.21), "L1 L1 L0 L0"),
    "depression": ((0.28, 0.05, 0.50), "I1 I1 I1 L1"),
    "self-efficacy": ((0.19, 0.04, 0.34), "I1 L1 L1 L1"),
    "hope": ((0.41, -0.04, 0.86), "I1 I1 I1 I1"),
    "empowerment": ((0.13, -0.28, 0.55), "L2 L2 L2 L1"),
    "loneliness": ((0.08, -0.11, 0.27), "L1 L1 L1 L0"),
}


@pytest.mark.parametrize("name", WORKED)
def test_target_and_levels_of_eight_pools_are_those_worked_out_elsewhere(smd, name):
    values, said = WORKED[name]
    for size, words in zip((0.15, 0.20, 0.24, 0.30), said.split(), strict=True):
        facts = facts_at(smd, *values, size=size)
        target, found = suggest_target(facts), suggest_imprecision(facts)
        assert target.judgement == {"I": "important_effect", "L": "little_to_no_effect"}[words[0]]
        held = found.code in ("holds_threshold", "holds_both_thresholds")
        assert (held, found.consider_more) == (words[1] != "0", words[1] == "2"), size


def test_two_levels_are_never_suggested_but_left_to_people(smd):
    found = suggest_imprecision(facts_at(smd, 0.1, -0.5, 0.7))
    assert (found.judgement, found.levels, found.consider_more) == ("serious", -1, True)
    assert "people consider two levels" in found.reason


def test_an_estimate_at_its_threshold_is_little_and_a_threshold_of_nought_asks_for_any_effect():
    assert target_of(0.2, 0.2) == "little_to_no_effect"
    assert target_of(-0.2000001, 0.2) == "important_effect"
    assert target_of(0.0, 0.0) == "non_null_effect"


@given(sizes, sizes, sizes, st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_a_wider_interval_is_never_less_serious(smd, a, b, c, left, right):
    lower, estimate, upper = sorted((a, b, c))
    narrow = suggest_imprecision(facts_at(smd, estimate, lower, upper))
    wide = suggest_imprecision(facts_at(smd, estimate, lower - left, upper + right))
    assert SEVERITY[wide.judgement] >= SEVERITY[narrow.judgement]
    assert wide.consider_more >= narrow.consider_more


@given(st.floats(-1.5, 1.5), st.floats(0.01, 1), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_a_wider_interval_of_a_ratio_is_never_less_serious(risks, estimate, half, left, right):
    def at(lower, upper):
        pooled = replace(risks.pooled, estimate=estimate, ci_lb=lower, ci_ub=upper)
        values = (1000 * (risk_with("RR", 0.2, value) - 0.2) for value in (estimate, lower, upper))
        return suggest_imprecision(replace(facts_at(risks, *values, size=50), pooled=pooled))

    narrow, wide = at(estimate - half, estimate + half), at(estimate - half - left, estimate + half + right)
    assert SEVERITY[wide.judgement] >= SEVERITY[narrow.judgement]


@given(sizes, sizes, sizes, st.sampled_from([0.0, 0.1, 0.2, 0.5]))
@settings(max_examples=100, deadline=None)
def test_an_effect_and_its_opposite_are_rated_alike(smd, a, b, c, size):
    lower, estimate, upper = sorted((a, b, c))
    here, there = facts_at(smd, estimate, lower, upper, size), facts_at(smd, -estimate, -upper, -lower, size)
    for suggest in (suggest_target, suggest_imprecision):
        mine, other = suggest(here), suggest(there)
        assert (mine.judgement, mine.code, mine.consider_more) == (other.judgement, other.code, other.consider_more)


def test_the_information_size_of_an_smd_is_785_for_a_fifth():
    # 4 (1.959964 + 0.841621)^2 / 0.04 = 784.9; Core GRADE rounds to 800.
    assert information_size_smd(0.2) == 785
    assert information_size_smd(0.0) == math.inf


def test_the_information_size_of_a_risk_is_that_of_the_textbook():
    # Risks 0.20 and 0.15: (2.801585)^2 (0.16 + 0.1275) / 0.0025 = 902.6, so 903 an arm.
    assert information_size_risk(0.2, 0.25) == 2 * 903
    assert math.isnan(information_size_risk(0.0, 0.25))


def test_few_people_count_only_where_the_interval_holds_no_threshold(smd):
    few = replace(smd, effects=smd.effects, pooled=replace(smd.pooled, effects=smd.pooled.effects))
    beyond = suggest_imprecision(facts_at(few, 0.9, 0.7, 1.1))
    assert (beyond.judgement, beyond.code) == ("not_serious", "enough_people")  # 800 people, 785 needed
    small = suggest_imprecision(facts_at(few, 0.9, 0.7, 1.1, size=0.1))  # 3,140 needed
    assert (small.judgement, small.code) == ("look", "few_if_large")
    assert small.facts["information_size"] == 3140


def test_a_cluster_trial_counts_with_its_effective_people(smd):
    frame = smd.pooled.effects.frame.assign(design_effect=2.0)
    effects = replace(smd.pooled.effects, frame=frame)
    halved = replace(smd, pooled=replace(smd.pooled, effects=effects))
    assert suggest_imprecision(facts_at(halved, 0.9, 0.7, 1.1)).facts["n"] == pytest.approx(400)
    assert suggest_imprecision(facts_at(halved, 0.9, 0.7, 1.1)).code == "few_if_large"


def test_a_large_effect_on_a_risk_is_asked_for_its_people_and_its_width(risks):
    def at(ratio, lower, upper):
        ends = [math.log(value) for value in (ratio, lower, upper)]
        pooled = replace(risks.pooled, estimate=ends[0], ci_lb=ends[1], ci_ub=ends[2])
        values = (1000 * (risk_with("RR", 0.2, value) - 0.2) for value in ends)
        return suggest_imprecision(replace(facts_at(risks, *values, size=20), pooled=pooled))

    assert at(0.80, 0.75, 0.85).code == "not_large"  # 20% less
    wide = at(0.50, 0.25, 0.85)  # 3.4 times
    assert (wide.code, wide.judgement, wide.consider_more) == ("wide", "serious", True)
    few = at(0.50, 0.40, 0.60)  # 1,600 people, 1,806 needed at a risk of 0.2
    assert (few.code, few.judgement, few.consider_more) == ("few_people", "serious", False)


@pytest.mark.parametrize(
    ("high", "some", "unjudged", "dominated"),
    [
        (45, 13, 42, True), (43, 11, 45, None), (49, 13, 34, True), (9, 20, 64, None),
        (30, 12, 58, None), (74, 26, 0, True), (100, 0, 0, True), (48, 49, 0, True), (10, 20, 20, False),
    ],
)  # fmt: skip
def test_dominance_by_weight_is_as_worked_out_elsewhere(high, some, unjudged, dominated):
    found = fold_of(WeightShares(high, some, 100 - high - some - unjudged, unjudged), some_as_high=True)
    said = {"not_dominating": False, "cannot_say": None}.get(found, True)
    assert said is dominated


def test_dominance_begins_at_55_and_is_sure_above_65():
    assert [dominance(share) for share in (54.9, 55, 65, 65.1)] == [
        "not_dominating", "possibly_dominating", "possibly_dominating", "dominating",
    ]  # fmt: skip


@given(shares, shares, shares, st.lists(st.sampled_from(["high", "some", "low"]), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_no_judgement_of_what_is_unjudged_changes_a_suggestion_on_bias(smd, high, some, low, later):
    total = high + some + low + 20 * len(later)
    own = [("high", high), ("some_concerns", some), ("low", low), *[("", 20)] * len(later)]
    own = [(code, 100 * weight / total) for code, weight in own if weight]
    frame = smd.pooled.effects.frame.iloc[[0] * len(own)].assign(rob=[code for code, _ in own])
    effects = replace(smd.pooled.effects, frame=frame.reset_index(drop=True))
    weights = np.array([weight for _, weight in own])
    found = suggest_risk_of_bias(replace(smd, pooled=replace(smd.pooled, effects=effects, weights=weights)))
    if found.judgement != "cannot_suggest":
        judged = {name: 100 * weight / total for name, weight in (("high", high), ("some", some), ("low", low))}
        for name in later:
            judged[name] += 100 * 20 / total
        assert judgement_of(WeightShares(**judged, unjudged=0.0)) == found.judgement


def test_unclear_of_the_older_tool_counts_with_some_concerns(tmp_path):
    bias = {"ash2001sample": "high", "birch2002sample": "some_concerns"}
    facts = facts_of(review(tmp_path, four_trials(), bias=bias))
    found = suggest_risk_of_bias(facts)
    assert found.judgement == "cannot_suggest"
    assert found.facts["weight_high"] == pytest.approx(25, abs=1)
    assert found.facts["weight_unjudged"] == pytest.approx(50, abs=1)
    assert sum(found.facts[f"weight_{name}"] for name in ("high", "some", "low", "unjudged")) == pytest.approx(100)


def test_inconsistency_is_suggested_only_where_I2_is_small_and_else_looked_at(smd):
    assert suggest_inconsistency(smd).judgement == "not_serious"
    apart = suggest_inconsistency(replace(smd, pooled=replace(smd.pooled, I2=30.0)))
    assert (apart.judgement, apart.levels) == ("look", None)
    assert suggest_inconsistency(replace(smd, pooled=replace(smd.pooled, I2=29.99))).judgement == "not_serious"


def test_weight_is_shared_out_by_the_side_of_the_threshold(tmp_path):
    rows = [means(50 + gap, 10, 100, 50, 10, 100, trial=f"t{i}") for i, gap in enumerate((5, 5, 1, -5))]
    beyond, within, against = weight_by_side(facts_of(review(tmp_path, rows)))
    assert (beyond, within, against) == (pytest.approx(50, abs=3), pytest.approx(25, abs=3), pytest.approx(25, abs=3))
    assert beyond + within + against == pytest.approx(100)


def test_people_alone_judge_indirectness_and_missing_results(smd, risks):
    for facts in (smd, risks):
        graded = grade_outcome(facts.evidence, facts.outcome)
        assert {graded.suggestions[name].judgement for name in ("indirectness", "publication_bias")} == {"look"}


def test_every_trial_counts_once_among_missing_results(tmp_path):
    said = {"trial": "elm2005sample", "reported_direction": "no_difference", "timepoint_months": 6}
    again = {"trial": "ash2001sample", "reported_direction": "favours_intervention", "timepoint_months": 6}
    other = means(1, 1, 50, 0, 1, 50, trial="fir2006sample", outcome="symptoms")
    met = {"trial": "fir2006sample", "outcome": "recovery", "reason": "Sample"}
    registered = {"gum2007sample": {"registration": "NCT00000000"}}
    rows = [*four_trials(), again, said, other, {**other, "trial": "gum2007sample"}]
    facts = facts_of(review(tmp_path, rows, trials=registered, lists={"left_out": [met]}))
    found = missing_results(facts)
    assert (found.trials, found.pooled, found.unusable, found.not_entered, found.unknown) == (7, 4, 1, 1, 1)
    assert (found.registered, found.directions) == (1, {"no_difference": 1})
    assert found.pooled + found.unusable + found.excluded + found.not_entered + found.unknown == found.trials
    assert "Nobody has judged missing results" in suggest_publication_bias(facts).reason


def test_what_was_judged_of_missing_results_stands_beside_them(tmp_path):
    row = {"outcome": "recovery", "question": "overall", "judgement": "high", "reason": "Sample"}
    lists = {"rob_me": [row | {"who": "A. Reader", "date": "2026-01-02"}]}
    said = suggest_publication_bias(facts_of(review(tmp_path, four_trials(), lists=lists))).reason
    assert "ROB-ME, by A. Reader on 2026-01-02: high." in said


# --- Absolute effects ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("measure", "risk", "effect", "with_it"),
    [
        ("RR", 0.4, math.log(0.75), 0.30), ("RR", 0.8, math.log(2.0), 1.0),
        ("OR", 0.2, math.log(0.5), 1 / 9),  # odds 0.25 become 0.125
        ("PETO", 0.5, math.log(3.0), 0.75), ("HR", 0.36, math.log(0.5), 0.2),  # 1 - sqrt(0.64)
        ("RD", 0.1, -0.04, 0.06), ("RD", 0.02, -0.04, 0.0),
    ],
)  # fmt: skip
def test_a_relative_effect_on_a_risk_is_as_worked_by_hand(measure, risk, effect, with_it):
    assert risk_with(measure, risk, effect) == pytest.approx(with_it, abs=CLOSED_FORM)


def test_a_chosen_risk_goes_before_the_median_of_the_trials(tmp_path):
    rows = four_counts()
    facts = facts_of(review(tmp_path / "none", rows), "readmission")
    assert facts.baselines[0].label == "median of the comparison arms"
    assert facts.baselines[0].risk == pytest.approx(0.2)
    chosen = {"outcome": "readmission", "label": "people leaving hospital", "risk": 0.5, "months": 12}
    evidence = review(tmp_path / "one", rows, lists={"baseline_risks": [chosen]})
    (own,) = baselines_of(evidence, facts_of(evidence, "readmission").effects)
    assert (own.risk, own.label, own.from_file) == (0.5, "people leaving hospital", True)
    cells = summary_row(grade_outcome(evidence, "readmission"))
    assert cells.without == "500 in 1,000 (people leaving hospital)"
    assert "fewer in 1,000" in cells.difference
    # A reader who subtracts the cells finds the difference that is printed.
    with_it = int(cells.with_it.partition(" ")[0])
    assert cells.difference.startswith(f"{500 - with_it} fewer in 1,000")


def test_rare_events_take_their_difference_from_pooled_risk_differences(tmp_path):
    evidence = review(tmp_path, four_counts(a=3, c=6, n=1000))
    facts = facts_of(evidence, "readmission")
    assert facts.differences is not None
    found = absolute(facts.of_risks, facts.baselines[0])
    assert found.difference[0] == pytest.approx(1000 * facts.differences.estimate)
    assert facts.differences.measure == "RD"
    assert facts_of(review(tmp_path / "common", four_counts()), "readmission").differences is None


def test_an_smd_in_people_is_what_its_definitions_say(smd):
    # Phi(0.2092) = 0.5828 and Phi(0.2092 / sqrt 2) = 0.5588.
    pooled = replace(smd.pooled, estimate=0.2092, ci_lb=0.1237, ci_ub=0.2946)
    found = for_people(pooled)
    assert found.u3 == pytest.approx((58.28, 54.92, 61.59), abs=0.01)
    assert found.superiority == pytest.approx((55.88, 53.48, 58.25), abs=0.01)


def test_where_lower_is_better_an_smd_in_people_still_counts_those_who_do_better(tmp_path):
    rows = four_trials(gap=-5, outcome="symptoms")
    cells = summary_row(grade_outcome(review(tmp_path, rows), "symptoms"))
    assert cells.without == "50 of 100 by definition"
    assert "more of 100 do better" in cells.difference
    assert "(less of it is better)" in cells.name


# --- Thresholds ------------------------------------------------------------------------------------------------------
def test_three_decimals_stand_where_two_would_hide_the_side(smd):
    said = suggest_target(facts_at(smd, 0.208, 0.12, 0.30)).reason
    assert "0.208" in said
    assert "0.200" in said
    assert "0.40 standard deviations" in suggest_target(facts_at(smd, 0.4, 0.3, 0.5)).reason
    assert hangs(facts_at(smd, 0.262, 0.1, 0.4))
    assert not hangs(facts_at(smd, 0.4, 0.3, 0.5))


def test_where_a_target_flips_is_said(smd):
    facts = facts_at(smd, 0.22, 0.1, 0.3)
    assert [(round(flip.size, 3), flip.target) for flip in flips_of(facts)] == [
        (0.15, "important_effect"), (0.25, "little_to_no_effect"),
    ]  # fmt: skip
    assert "With a threshold of 0.15" in suggest_target(facts).reason
    assert "It would be the same" in suggest_target(facts_at(smd, 0.9, 0.5, 1.2)).reason


def test_without_a_threshold_nothing_is_suggested_on_target_and_imprecision(tmp_path):
    graded = grade_outcome(review(tmp_path, four_trials(), thresholds=[]), "recovery")
    assert {graded.suggestions[name].judgement for name in ("target", "imprecision")} == {"cannot_suggest"}
    assert "Nobody has set" in graded.suggestions["target"].reason


def test_a_threshold_in_points_is_one_of_standard_deviations_where_the_scale_is_scored_in_one_way(tmp_path):
    points = [threshold(3, scale="points", instrument="Recovery Scale")]
    facts = facts_of(review(tmp_path / "one", four_trials(sd=10), thresholds=points))
    assert facts.threshold.size == pytest.approx(0.3)
    mixed = [*four_trials(sd=10)[:3], means(5.3, 0.7, 100, 5, 0.7, 100, trial="elm2005sample")]
    facts = facts_of(review(tmp_path / "two", mixed, thresholds=points))
    assert facts.threshold is None
    assert "score in several ways" in facts.missing


def test_points_are_refused_where_a_scale_is_scored_in_several_ways(tmp_path):
    found = in_points(facts_of(review(tmp_path / "one", four_trials(gap=5, sd=10))))
    assert found.points[0] == pytest.approx(5, abs=0.3)
    mixed = [*four_trials(sd=10)[:3], means(5.3, 0.7, 100, 5, 0.7, 100, trial="elm2005sample")]
    assert in_points(facts_of(review(tmp_path / "two", mixed))).is_refused


def test_a_mean_difference_is_held_against_a_threshold_in_its_own_units(tmp_path):
    rows = four_trials(gap=-3, outcome="bed_days")
    facts = facts_of(review(tmp_path, rows, thresholds=[threshold(2, "bed_days", "points")]), "bed_days")
    assert suggest_target(facts).judgement == "important_effect"
    assert facts.scaled.estimate == pytest.approx(facts.pooled.estimate)


# --- Words -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("certainty", "target", "sentence"),
    [
        ("high", "non_null_effect", "Peer support increases hope (more of it is better)."),
        ("moderate", "non_null_effect", "Peer support probably increases hope (more of it is better)."),
        ("low", "non_null_effect", "Peer support may increase hope (more of it is better)."),
        ("high", "important_effect", "Peer support results in an important increase in hope (more of it is better)."),
        ("moderate", "important_effect",
         "Peer support probably results in an important increase in hope (more of it is better)."),
        ("low", "important_effect", "Peer support may result in an important increase in hope (more of it is better)."),
        ("high", "little_to_no_effect", "Peer support has little to no important effect on hope."),
        ("moderate", "little_to_no_effect", "Peer support probably has little to no important effect on hope."),
        ("low", "little_to_no_effect", "Peer support may have little to no important effect on hope."),
        *[("very_low", any_target, "We are very uncertain about the effect of peer support on hope.")
          for any_target in TARGETS],
    ],
)  # fmt: skip
def test_an_effect_is_said_as_box_1_of_core_grade_6_has_it(certainty, target, sentence):
    words = {"intervention": "peer support", "label": "Hope", "better": "higher"}
    assert effect_sentence(certainty, target, 0.3, **words) == sentence
    assert effect_sentence("", target, 0.3, **words) == ""


def test_the_direction_is_the_outcomes_and_the_better_one_stands_beside_it():
    words = {"intervention": "peer support", "label": "Readmission", "better": "lower"}
    assert effect_sentence("low", "important_effect", -0.3, **words) == (
        "Peer support may result in an important reduction in readmission (less of it is better)."
    )
    assert effect_sentence("low", "important_effect", -0.3, **words | {"better": "unsettled"}) == ""
    assert effect_sentence("low", "", -0.3, **words) == ""


def test_each_number_of_the_rules_names_its_source_or_is_a_convention(evidence):
    import synthesis.evidence.bibliography.library as library

    known = library.load_bibliography("references.bib").keys
    assert all(number.source in known for number in NUMBERS.values() if number.source)
    assert any(not number.source for number in NUMBERS.values())


def test_signed_levels_stand_beside_the_words():
    assert [concern.levels for concern in CONCERNS.values()] == [0, -1, -2, -3]
    assert [certainty.level for certainty in CERTAINTIES.values()] == [4, 3, 2, 1]


def test_a_root_without_any_of_the_new_files_is_graded(tmp_path):
    evidence = build_evidence(tmp_path, four_trials())
    graded = grade_outcome(evidence, "recovery")
    assert graded.certainty_in_words == "not rated"
    assert pool(graded.facts.effects).estimate == graded.facts.pooled.estimate
