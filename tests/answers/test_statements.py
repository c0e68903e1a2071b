"""Findings in words: whose favour, what is open, how sure; "not detected" is never "no effect", in any direction."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from builders.given_effects import effects_of
from builders.roots import events, means, sizes
from synthesis.answers.fidelity import FidelityScores, score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.fidelity_statement import TEN_NEEDED, describe_slope
from synthesis.answers.pooling import pool
from synthesis.answers.statements import (
    PREDICTION_WITHHELD,
    U3_TAKES,
    baseline_risk,
    describe_outcome,
    describe_pool,
    reservations,
    said_once,
)
from synthesis.effects import compute_effects, effects_from
from synthesis.figures import show_forest
from synthesis.tables import trials_table
from synthesis.tables.terminal import pooled_text
from synthesis.wording import interval, number, with_interval

# What no sentence may say of a result that was not detected.
OVERREACH = re.compile(
    r"no effect(?!\.? *$)|ineffective|not effective|does not (work|matter|help)|no association (?!was detected)"
    r"|proves|causes|significant|no (?:evidence of )?(?:an? )?difference between",
    re.IGNORECASE,
)


def finding(yi, vi, *, better="higher", measure="SMD", **columns):
    effects = effects_of(yi, vi, better=better, measure=measure, **columns)
    return describe_outcome(pool(effects))


def slope_of(k, slope, *, noise=0.05, vi=0.01, seed=1, better="higher", measure="SMD"):
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, k)
    benefit = 0.2 + slope * x + rng.normal(0, noise, k)
    turn = 1 if better == "higher" else -1
    effects = effects_of(turn * benefit, np.full(k, vi), better=better, measure=measure)
    arms = effects.frame[["trial", "label"]].assign(arm="peer", role="intervention", fidelity=x)
    arms = arms.assign(fidelity_lower=x * 0.5, fidelity_upper=0.5 + x * 0.5, reported=3, components=12)
    return fidelity_slope(effects, FidelityScores(arms=arms, ratings=pd.DataFrame()), permutations=200)


CLEAR, OPEN = [0.5, 0.6, 0.55, 0.5], [0.3, -0.2, 0.1, 0.0]
SMALL_VARIANCE = [0.01] * 4


@pytest.mark.parametrize(("better", "sign"), [("higher", 1), ("lower", -1)])
def test_an_interval_on_the_good_side_favours_peer_support_whichever_side_is_good(better, sign):
    good = finding([sign * y for y in CLEAR], SMALL_VARIANCE, better=better)
    bad = finding([-sign * y for y in CLEAR], SMALL_VARIANCE, better=better)
    assert "favours peer support" in good.headline
    assert "favours the comparison" in bad.headline


@pytest.mark.parametrize(("better", "good"), [("lower", -1), ("higher", 1)])
def test_ratios_are_said_on_their_natural_scale_and_favour_the_right_side(better, good):
    log_ratios = [good * y for y in CLEAR]
    found = finding(log_ratios, SMALL_VARIANCE, better=better, measure="RR")
    pooled = pool(effects_of(log_ratios, SMALL_VARIANCE))
    assert found.effect == f"{np.exp(pooled.estimate):.2f}"
    low, high = (float(x) for x in found.interval.split(" to "))
    assert low < float(found.effect) < high
    assert (high < 1) == (good < 0)
    assert "favours peer support" in found.headline


def test_an_interval_with_both_sides_is_left_open():
    found = finding(OPEN, SMALL_VARIANCE)
    assert "includes 'no difference'" in found.headline
    assert "neither show an average effect nor rule one out" in found.headline
    assert "leans towards peer support" in found.headline
    assert "leans towards the comparison" in finding([-y for y in OPEN], SMALL_VARIANCE).headline


def test_nothing_that_is_said_of_a_pool_overreaches():
    for yi in (CLEAR, OPEN, [-y for y in CLEAR], [0.0] * 4):
        for better in ("higher", "lower"):
            for measure in ("SMD", "RR", "MD", "RD"):
                found = finding(yi, SMALL_VARIANCE, better=better, measure=measure)
                said = " ".join([found.headline, found.meaning, found.expectation, *found.reservations])
                assert not OVERREACH.search(said), said


def test_below_three_trials_there_is_no_pooled_headline_however_many_comparisons():
    two = finding([0.5, 0.6], [0.01, 0.01])
    assert "too few for a pooled statement" in two.headline
    assert (two.effect, two.interval, two.meaning, two.expectation) == ("", "", "", "")
    effects = effects_of([0.5, 0.6, 0.7], [0.01] * 3, trial=["a", "a", "b"])
    assert "2 trials with usable numbers, too few" in describe_pool(pool(effects))
    assert describe_outcome(effects_of([], [])).headline.startswith("Sample outcome: 0 trials")


def test_one_trial_is_one_trial():
    assert "1 trial with" in finding([0.5], [0.01]).headline


def test_an_smd_is_said_in_people_who_would_do_better_than_the_average_person_without_peers():
    for better, sign in (("higher", 1), ("lower", -1)):
        found = finding([sign * y for y in CLEAR], SMALL_VARIANCE, better=better)
        share = 100 * stats.norm.cdf(abs(pool(effects_of(CLEAR, SMALL_VARIANCE)).estimate))
        assert f"about {share:.0f} (" in found.meaning
        low, high = map(int, re.search(r"\((\d+) to (\d+)\)", found.meaning).groups())
        assert 50 < low < share < high


def test_a_risk_ratio_is_said_in_people_with_the_event(small):
    rows = [events(10 - i, 100, 20 + i, 100, trial=f"ash200{i}sample") for i in range(3)]
    effects = compute_effects(small(rows), "readmission")
    pooled = pool(effects)
    assert baseline_risk(effects) == 0.21
    found = describe_outcome(pooled)
    assert "where 21 of 100 without peer support have this outcome" in found.meaning
    assert f"about {21 * np.exp(pooled.estimate):.0f} (" in found.meaning


def test_a_risk_ratio_without_counts_is_not_said_in_people():
    assert finding(OPEN, SMALL_VARIANCE, measure="RR").meaning == ""
    assert finding(OPEN, SMALL_VARIANCE, measure="MD").meaning == ""


def test_the_prediction_interval_says_whether_it_holds_both_sides():
    clear = finding([*CLEAR, 0.56], [0.001] * 5)
    assert "on the side of peer support; so it is at the largest heterogeneity" in clear.expectation
    wide = finding([0.5, 0.7, 0.45, 0.5, 0.6], [0.02] * 5)
    assert "with heterogeneity as estimated; with as much as these trials allow" in wide.expectation
    assert "on the side of" not in wide.expectation
    assert "effects on either side" in finding([*OPEN, 0.1], [0.01] * 5).expectation
    turned = finding([-y for y in [*CLEAR, 0.56]], [0.001] * 5, better="lower")
    assert "on the side of peer support; so it is" in turned.expectation
    assert "throughout" not in clear.expectation + turned.expectation


def test_a_prediction_interval_at_no_heterogeneity_says_that_few_trials_cannot_establish_it():
    none, some = finding([0.5, 0.52, 0.51, 0.5, 0.5], [0.04] * 5), finding([*OPEN, 0.1], [0.01] * 5)
    assert "heterogeneity was estimated as zero; 5 trials cannot establish that" in none.expectation
    assert "estimated as zero" not in some.expectation


def test_below_five_trials_no_prediction_is_put_into_words_and_json_keeps_it():
    pooled = pool(effects_of(CLEAR, SMALL_VARIANCE))
    said = describe_outcome(pooled)
    assert "below five trials a prediction interval covers far less than it claims" in said.expectation
    assert said.prediction == ""
    assert pooled.withheld == ("prediction_below_five_trials",)
    assert np.isfinite(pooled.to_dict()["pi_lb"])
    assert pool(effects_of([*CLEAR, 0.5], [0.01] * 5)).withheld == ()
    assert pool(effects_of(CLEAR[:2], [0.01] * 2)).withheld[0] == "pool_below_three_trials"


def test_what_several_findings_say_in_the_same_words_is_taken_out_once():
    one, other = (finding(yi, SMALL_VARIANCE).to_dict() for yi in (CLEAR, OPEN))
    tested = finding([*CLEAR, 0.5], [0.01] * 5).to_dict() | {"fidelity": "Tested."}
    for few in (one, other):
        few["fidelity"] = describe_slope(slope_of(6, 0.8))
    same, own = said_once([one, other, tested])
    assert same == [U3_TAKES, PREDICTION_WITHHELD, TEN_NEEDED]
    assert [each["expectation"] for each in own] == ["", "", tested["expectation"]]
    assert [each["fidelity"] for each in own] == ["Descriptive only: 6 trials."] * 2 + ["Tested."]
    for before, after in zip((one, other, tested), own, strict=True):
        assert before["meaning"] == f"{after['meaning']} {U3_TAKES}"
        assert {name for name in before if before[name] != after[name]} <= {"meaning", "expectation", "fidelity"}
    assert said_once([one]) == ([], [one])


def test_fewer_than_ten_trials_describe_and_do_not_test():
    slope = slope_of(6, 0.8)
    text = describe_slope(slope)
    assert re.findall(r"\d", text) == ["6"]
    assert slope.withheld == ("slope_below_ten_trials", "r2_below_forty_trials")
    assert np.isfinite(slope.to_dict()["slope"])
    assert text.startswith("Descriptive only")
    assert "neither shows nor rules out" in text
    assert "permutation" not in text


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_a_detected_slope_is_an_association_between_trials_and_no_cause(better):
    more, less = (describe_slope(slope_of(14, slope, better=better)) for slope in (0.8, -0.8))
    assert "had a larger benefit" in more
    assert "had a smaller benefit" in less
    for text in (more, less):
        assert "association between trials" in text
        assert "cannot show that fidelity is the cause" in text


def test_a_slope_that_was_not_detected_is_never_no_effect():
    slope = slope_of(14, 0.0, noise=0.3)
    text = describe_slope(slope)
    assert text.startswith("No association was detected, which is not evidence that there is none")
    assert f"(95% CI {interval(slope.ci_lb, slope.ci_ub)}; k = 14)" in text
    assert "exclude" not in text
    low, high = slope.detectable_slope_lb, slope.detectable_slope_ub
    assert f"about {slope.detectable_slope:.2f} or more ({low:.2f} to {high:.2f} over the heterogeneity" in text
    assert not OVERREACH.search(text)


def test_where_trials_hardly_differ_it_is_said_that_there_is_little_to_explain():
    little = "the trials differ little here, so there is little that fidelity could explain"
    alike, unlike = slope_of(14, 0.0, noise=0.03), slope_of(14, 0.0, noise=0.3)
    assert alike.tau2_null < 0.25 * (alike.tau2_null + 0.01)
    assert describe_slope(alike).count(little) == 1
    assert "little" not in alike.heterogeneity_sentence()
    assert alike.heterogeneity_sentence().startswith("Differences between trials without the score: tau2 ")
    assert unlike.tau2_null > 0.25 * (unlike.tau2_null + 0.01)
    assert little not in describe_slope(unlike)


def test_a_slope_of_a_ratio_says_its_unit():
    assert "log RR" in describe_slope(slope_of(14, 0.0, measure="RR"))
    assert "log" not in describe_slope(slope_of(14, 0.0, measure="MD")).split("(")[0]


def test_both_extreme_codings_stand_beside_the_slope(evidence):
    slope = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence))
    tested = describe_slope(replace(slope, descriptive=False))
    for extreme in slope.extremes:
        ends = (extreme.span * end for end in (extreme.slope, extreme.ci_lb, extreme.ci_ub))
        assert with_interval(*ends, signed=True) in tested


def test_a_slope_is_said_between_trials_that_were_seen_and_per_interquartile_range(evidence):
    found = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence))
    slope = replace(found, descriptive=False)
    scores = slope.trials()["fidelity"]
    low, high = scores.quantile([0.25, 0.75])
    text = describe_slope(slope)
    assert f"({number(scores.min())} to {number(scores.max())} on the score)" in text
    change = number((scores.max() - scores.min()) * slope.slope, signed=True)
    assert f"the benefit changes by {change} SMD" in text
    assert f"by {number((high - low) * slope.slope, signed=True)} per interquartile range" in text
    assert "none to all" not in text


def test_r2_is_shown_from_forty_trials_with_heterogeneity_off_zero():
    few, many = slope_of(39, 0.8, noise=0.4), slope_of(40, 0.8, noise=0.4)
    assert (few.withheld, many.withheld) == (("r2_below_forty_trials",), ())
    assert np.isnan(few.shown_R2)
    assert many.shown_R2 == many.R2
    assert slope_of(40, 0.0, noise=0.01).withheld == ("r2_heterogeneity_may_be_zero",)
    assert "R2" not in few.heterogeneity_sentence()
    assert "R2" in many.heterogeneity_sentence()


def test_a_sign_that_depends_on_silence_is_said():
    slope = slope_of(14, 0.8)
    turned = replace(slope, extremes=(replace(slope.extremes[0], slope=-0.2), slope.extremes[1]))
    assert "even its sign depends on what the reports leave out" in describe_slope(turned)
    assert "even its sign" not in describe_slope(slope)


def test_the_reason_why_there_is_no_slope_is_said(evidence):
    effects = compute_effects(evidence, "psychosis")
    assert describe_outcome(pool(effects), slope="Too few.").fidelity == "Too few."


def test_results_without_usable_numbers_are_counted_by_what_they_say(evidence):
    hope = compute_effects(evidence, "hope")
    said = " ".join(reservations(pool(hope)))
    assert (
        "1 more trial measured this without numbers that can be pooled (1 reported no significant difference)" in said
    )


def test_risk_of_bias_counts_trials_and_those_nobody_judged(evidence, small):
    recovery = compute_effects(evidence, "recovery")
    assert "judged 1 of 5 trials to be at high risk." in reservations(pool(recovery))[0]
    some = effects_from([0.1, 0.2, 0.3], [0.1] * 3, rob=["high", "", "low"])
    assert "judged 1 of 2 trials to be at high risk. No judgement is on file for 1 more" in reservations(some)[0]
    unjudged = compute_effects(small([means(10, 3, 30, 9, 3, 30)]), "recovery")
    assert reservations(unjudged)[0] == "Risk of bias: nobody has judged any of these trials as a whole yet."


def test_a_pool_that_decisions_change_is_shown_as_printed_beside_it(evidence):
    effects, printed = (compute_effects(evidence, "hope", as_printed=flag) for flag in (False, True))
    as_printed = pool(printed)
    found = describe_outcome(pool(effects), as_printed=as_printed)
    said = [text for text in found.reservations if text.startswith("Decisions")]
    assert len(said) == 1
    assert with_interval(as_printed.estimate, as_printed.ci_lb, as_printed.ci_ub) in said[0]


def test_mixed_comparators_are_said(evidence):
    effects = compute_effects(evidence, "recovery")
    assert "Comparators are mixed: another active intervention in 1 of 6" in " ".join(reservations(pool(effects)))


def test_effects_worked_out_from_tests_are_counted_once(evidence):
    effects = compute_effects(evidence, "recovery")
    # The birch t, the damson adjusted mean difference, the elder p value.
    assert "3 effects had to be worked out" in " ".join(reservations(pool(effects)))


def test_a_change_score_with_its_sds_was_not_worked_out_from_a_test_result(small):
    rows = [means(3, 3, 30, 1, 3, 30, change="yes", trial=f"ash200{i}sample") for i in range(3)]
    effects = compute_effects(small(rows), "recovery")
    assert "worked out from a test result" not in " ".join(reservations(pool(effects)))


def test_smds_brought_to_the_sd_between_people_are_counted_with_the_correlation_assumed(small):
    rows = [
        sizes(30, 34, test_statistic="t", statistic_value=2.4, adjusted="yes"),
        means(3, 5, 30, 1, 6, 31, change="yes", trial="birch2002sample"),
        means(3, 5, 30, 1, 6, 31, trial="cedar2003sample"),
    ]
    evidence = small(rows, review={"adjusted_r": 0.45})
    said = " ".join(reservations(compute_effects(evidence, "recovery")))
    assert "2 effects came standardised by the SD of a model or of changes and were brought" in said
    assert "with a correlation of 0.45 that was assumed" in said
    assert "brought" not in " ".join(reservations(compute_effects(evidence, "recovery", adjusted_r="none")))


def test_a_trial_that_a_decision_keeps_out_of_the_pool_is_mentioned(small):
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}sample") for i in range(4)]
    decisions = [{"trial": "ash2003sample", "outcome": "recovery", "decision": "exclude", "reason": "Wrong scale."}]
    effects = compute_effects(small(rows, decisions=decisions), "recovery")
    assert re.search(r"1 (more )?trial.*(excluded|left out)", " ".join(reservations(pool(effects))))


def test_a_slope_that_the_permutation_test_does_not_find_is_not_said_to_be_found():
    slope = slope_of(14, 0.8)
    doubtful = replace(slope, permutation=replace(slope.permutation, pval=0.3))
    assert "had a larger benefit" not in describe_slope(doubtful)


def test_no_sentence_says_nan():
    effects = effects_of(OPEN, SMALL_VARIANCE)
    found = describe_outcome(pool(effects, method="EE"))
    assert "nan" not in " ".join([found.headline, found.meaning, found.expectation, *found.reservations])


def test_a_count_of_people_that_misses_some_arms_says_so(small):
    rows = [
        sizes(30, 30, effect_measure="SMD", estimate=0.3, standard_error=0.2, trial=f"ash200{i}sample")
        for i in range(3)
    ]
    rows.append({"effect_measure": "SMD", "estimate": 0.3, "standard_error": 0.2, "trial": "ash2004sample"})
    effects = compute_effects(small(rows), "recovery")
    assert re.search(r"at least 180|180 or more|180 people in 3|not reported|unknown", describe_pool(pool(effects)))


def test_ten_effects_of_nine_trials_are_fewer_than_the_ten_trials_a_test_needs():
    slope = slope_of(10, 0.0)
    trials = [f"trial{max(i, 1):03d}" for i in range(10)]
    frame = slope.regression.effects.frame.assign(trial=trials)
    shared = replace(slope.regression, effects=replace(slope.regression.effects, frame=frame))
    text = describe_slope(replace(slope, descriptive=True, regression=shared))
    assert text.startswith("Descriptive only: 9 trials. A test of one characteristic needs ten trials;")


def test_an_average_of_nothing_leans_to_nobody():
    said = finding([-0.2, 0.001, 0.2], [0.05] * 3).headline
    assert "On average there is no difference" in said
    assert "leans" not in said
    assert "leans towards the comparison" in finding([-0.3, -0.2, 0.2], [0.05] * 3).headline


@pytest.mark.parametrize(
    ("yi", "better", "leaning"),
    [
        (OPEN, "higher", "leans to peer support"),
        (OPEN, "lower", "leans to the comparison"),
        ([-0.2, -0.02, 0.2, 0.0], "higher", "close to no difference"),
        ([-0.2, 0.0, 0.0, 0.2], "higher", "close to no difference"),
        (CLEAR, "higher", ""),
        (OPEN, "unsettled", ""),
    ],
)
def test_what_is_left_open_says_where_it_leans_and_nothing_else_does(yi, better, leaning):
    assert finding(yi, SMALL_VARIANCE, better=better).leaning == leaning


def test_an_average_close_to_nothing_is_put_on_no_side():
    said = finding([-0.2, -0.02, 0.2], [0.05] * 3).headline
    assert "close to 'no difference'" in said
    assert "leans" not in said


def test_a_range_for_a_new_setting_is_the_least_where_heterogeneity_was_estimated_as_zero():
    alike = finding([0.2, 0.21, 0.2, 0.19, 0.2], [0.05] * 5)
    assert alike.prediction.startswith("at least ")
    assert not finding([0.9, -0.5, 0.2, 0.6, -0.4], [0.01] * 5).prediction.startswith("at least")


@pytest.mark.parametrize(("yi", "least"), [([0.2, 0.21, 0.2, 0.19, 0.2], True), ([0.9, -0.5, 0.2, 0.6, -0.4], False)])
def test_wherever_a_prediction_interval_is_printed_it_is_said_to_be_the_least(yi, least):
    pooled = pool(effects_of(yi, [0.02] * 5))
    assert (pooled.tau2 == 0) == least
    table = trials_table(pooled)
    printed = {
        "terminal": next(line for line in pooled_text(pooled).splitlines() if "prediction interval" in line),
        "table": " ".join(table[table["Trial"].str.contains("rediction")].iloc[0].astype(str)),
        "figure": "; ".join(show_forest(pooled).alt.split("; ")),
        "shown": " ".join(pooled.shown().astype(str).to_numpy().ravel()),
    }
    assert {place: "at least" in text for place, text in printed.items()} == dict.fromkeys(printed, least)
