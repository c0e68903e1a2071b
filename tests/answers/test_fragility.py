"""Influence, the growing pool and small studies on effects: the right side, what is kept back, and what is said."""

import numpy as np
import pytest

from builders.drawn_effects import drawable
from builders.given_effects import effects_of
from builders.references import TESTS, load_reference
from synthesis.answers.cumulative import accumulate
from synthesis.answers.fragility_statement import (
    describe_growth,
    describe_influence,
    describe_small_studies,
    fragility_limits,
)
from synthesis.answers.influence import NUMBERS, examine_influence
from synthesis.answers.pooling import pool
from synthesis.answers.small_study import ROWS, examine_small_studies
from synthesis.answers.withheld import WITHHELD
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.results import to_json
from synthesis.statistics import egger, influence, selection_model, trim_and_fill

ITERATIVE = 1e-6  # through a tau2 that each program searches for
REFERENCE = load_reference("small_study")
DATA = REFERENCE["datasets"]


def reference_effects(name, better="higher", **columns):
    return effects_of(DATA[name]["yi"], DATA[name]["vi"], better=better, **columns)


def sized(k=14, **options):
    return drawable(k, **options)


@pytest.mark.parametrize(
    "case", REFERENCE["cumulative"], ids=lambda case: f"{case['dataset']}-{case['method']}-{case['test']}"
)
def test_the_pool_up_to_each_year_equals_metafors_at_the_years_last_trial(case):
    effects = reference_effects(case["dataset"], year=np.array(DATA[case["dataset"]]["mods"]["year"], float))
    table = accumulate(effects, method=case["method"], ci=TESTS[case["test"]]).to_frame()
    # metafor adds one effect at a time: of each year, the last of them is the whole year. Its first row holds one.
    years = np.array(case["year"], float)
    last = [i - 1 for i in range(1, len(years)) if i + 1 == len(years) or years[i + 1] != years[i]]
    ours = table[table["k"] > 1]
    assert ours["year"].tolist() == years[[i + 1 for i in last]].tolist()
    for name in ("estimate", "ci_lb", "ci_ub", "tau2"):
        np.testing.assert_allclose(ours[name], np.array(case[name])[last], rtol=1e-5, atol=1e-7, err_msg=name)


def test_trials_of_one_year_come_in_together_and_those_without_a_year_not_at_all():
    effects = effects_of(
        [0.6, 0.4, 0.3, 0.2, 0.9], [0.09, 0.06, 0.04, 0.02, 0.1], year=[2009, 2004, 2009, 2015, np.nan]
    )
    table = accumulate(effects).to_frame()
    assert table[["year", "added", "k"]].to_numpy().tolist() == [
        [2004, "Trial 1", 1],
        [2009, "2 trials", 3],
        [2015, "Trial 3", 4],
    ]
    assert table["estimate"].iloc[-1] == pool(effects.subset(effects.frame["year"].notna())).estimate


@pytest.mark.parametrize("columns", [{}, {"year": ["2001", "2002"]}])
def test_growing_by_what_is_no_year_says_how_to_join_it(columns):
    with pytest.raises(InputError, match=r"with_moderators\(evidence.trials"):
        accumulate(effects_of([0.1, 0.2], [0.1, 0.1], **columns))


def test_influence_joins_the_diagnostics_and_the_pool_without_each_trial(evidence):
    effects = compute_effects(evidence, "recovery")
    found = examine_influence(effects, method="DL", ci="wald")
    frame, fit = found.to_frame(), influence(effects.frame["yi"], effects.frame["vi"], method="DL")
    for name in NUMBERS:
        expected = fit.dfbetas[:, 0] if name == "dfbetas" else getattr(fit, name)
        np.testing.assert_allclose(frame[name], expected, err_msg=name)
    # One trial has two comparisons: without it both are gone.
    trials = effects.frame["trial"]
    for trial in trials.unique():
        rest = pool(effects.subset(trials.ne(trial)), method="DL", ci="wald")
        assert (frame.loc[trials.eq(trial), "estimate_del"] == rest.estimate).all()
    assert found.to_dict()["rows"][0]["trial"] == trials[0]
    assert (found.method, found.ci, found.level) == ("DL", "wald", 0.95)


def test_a_trial_that_turns_the_conclusion_is_named_and_one_that_does_not_is_not():
    effects = effects_of([0.1, 0.12, 0.08, 0.1, 0.6], [0.01, 0.01, 0.01, 0.01, 0.002])
    found = examine_influence(effects, method="EE", ci="wald")
    said = describe_influence(found)
    assert found.to_frame()["turns"].tolist() == [False, False, False, False, False]
    assert "what the interval says stays the same" in said[0]
    near = examine_influence(effects_of([0.1, 0.05, 0.02, 0.03, 0.5], [0.02] * 5), method="EE", ci="wald")
    assert near.to_frame()["turns"].tolist() == [False, False, False, False, True]
    assert "hangs on Trial 4: taken out alone, it changes" in describe_influence(near)[0]
    assert "predict: Trial 4 (2.85)." in describe_influence(near)[1]


def test_what_is_past_a_usual_line_is_named_with_its_number_and_its_side():
    far = examine_influence(effects_of([0.1, 0.12, 0.08, 0.11, 0.9], [0.02] * 5, better="lower"))
    row = far.to_frame().iloc[4]
    assert row["past"] == ("dffits", "cook_d", "dfbetas")
    assert (row["dffits"], row["influential"]) == (pytest.approx(far.fit.dffits[4]), True)
    expected = (
        f"Trial 4 (DFFITS −{row['dffits']:.2f}, Cook's distance {row['cook_d']:.2f}, DFBETAS −{row['dfbetas']:.2f})"
    )
    assert f"influence on the pool: {expected}." in describe_influence(far)[1]
    assert far.shown()["Past a usual line"].tolist() == [""] * 4 + ["DFFITS, Cook's distance, DFBETAS"]
    heavy = examine_influence(effects_of([0.1, 0.12, 0.08, 0.11, 0.1], [0.02] * 4 + [0.0005]))
    assert heavy.to_frame()["past"].tolist() == [()] * 4 + [("hat",)]
    assert f"Trial 4 (leverage {heavy.fit.hat[4]:.2f})" in describe_influence(heavy)[1]


def test_pools_of_two_trials_are_kept_out_of_words_and_stay_in_the_numbers():
    effects = effects_of([0.1, 0.5, 0.3, 0.4], [0.1] * 4, trial=["a", "a", "b", "c"], year=[2001, 2001, 2003, 2005])
    found, grown = examine_influence(effects), accumulate(effects)
    assert found.withheld == ("rest_below_three_trials",)
    assert found.to_dict()["withheld"] == ["rest_below_three_trials"]
    assert found.to_frame()["estimate_del"].notna().all()
    assert "With 3 trials, fewer than three are left" in describe_influence(found)[0]
    assert not any("without (95% CI)" in name for name in found.shown())
    # Three effects of two trials are two trials.
    assert grown.table[["trials", "k"]].to_numpy().tolist() == [[1, 2], [2, 3], [3, 4]]
    assert grown.table["withheld"].tolist() == [("pool_below_three_trials",)] * 2 + [()]
    assert grown.table["estimate"].notna().all()
    assert grown.to_dict()["withheld"] == ["pool_below_three_trials"]
    shown = grown.shown()
    assert shown.iloc[:2, 3].tolist() == ["", ""]
    assert shown["Not shown because"].tolist() == ["fewer than three trials"] * 2 + [""]
    four = effects_of([0.1, 0.5, 0.3, 0.4], [0.1] * 4, year=[2001, 2002, 2003, 2005])
    assert examine_influence(four).withheld == ()
    assert "without (95% CI)" in " ".join(examine_influence(four).shown())


def test_below_three_trials_not_even_the_pool_is_said():
    two = effects_of([0.1, 0.5, 0.3, 0.4], [0.1, 0.2, 0.3, 0.1], trial=["a", "a", "b", "b"])
    found = examine_small_studies(two)
    assert found.withheld["pool"] == ("pool_below_three_trials",)
    assert found.shown().iloc[0, 1] == ""
    assert "pool_below_three_trials" in found.to_dict()["withheld"]
    assert found.to_dict()["rows"][0]["estimate"] == pool(two).estimate


def test_influence_needs_three_effects_and_a_model_of_effects():
    with pytest.raises(NotEstimableError, match="2 effects to pool"):
        examine_influence(effects_of([0.1, 0.2], [0.1, 0.1]))
    with pytest.raises(ChoiceError, match="pools the events"):
        examine_influence(drawable(5, measure="RR"), method="MH")


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_small_studies_are_asked_on_the_benefit_scale(better):
    turn = 1 if better == "higher" else -1
    effects = sized(yi=turn * np.linspace(0.0, 0.9, 14), better=better)
    found = examine_small_studies(effects, method="DL", ci="wald")
    benefit, vi = effects.frame["benefit"].to_numpy(), effects.frame["vi"].to_numpy()
    n1, n2 = (effects.frame[f"n_{arm}"].to_numpy() for arm in ("intervention", "comparator"))
    expected = egger(benefit, vi, predictor="sqrtninv", ni=1 / (1 / n1 + 1 / n2), model="rma", method="DL")
    assert found.egger.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert found.trim_and_fill.estimate == trim_and_fill(benefit, vi, side="left", method="DL").estimate
    assert found.selection["selection_025"].estimate == selection_model(benefit, vi).estimate
    assert found.to_frame().set_index("code").at["pool", "estimate"] == pytest.approx(turn * found.pooled.estimate)
    assert np.sign(found.pooled.estimate) == turn


def test_the_numbers_of_an_outcome_do_not_depend_on_which_way_its_scale_runs():
    yi = np.linspace(-0.1, 0.9, 14)
    up, down = (examine_small_studies(sized(yi=s * yi, better=b)) for s, b in ((1, "higher"), (-1, "lower")))
    numbers = ["estimate", "se", "ci_lb", "ci_ub", "tau2"]
    np.testing.assert_allclose(up.to_frame()[numbers], down.to_frame()[numbers], rtol=1e-7)
    assert describe_small_studies(up)[0] == describe_small_studies(down)[0]
    assert "average benefit (positive favours peer support)" in describe_small_studies(down)[1]
    assert "average benefit" not in describe_small_studies(up)[1]


def test_precision_comes_from_sizes_where_the_standard_error_contains_the_effect():
    assert examine_small_studies(sized(12)).egger.predictor == "sqrtninv"
    assert examine_small_studies(sized(12, measure="RR", yi=np.linspace(-0.3, 0.3, 12))).egger.predictor == "ninv"
    assert examine_small_studies(sized(12, measure="MD")).egger.predictor == "sei"


def test_effects_without_sizes_are_no_part_of_the_test_and_the_words_say_so():
    n = np.array([np.nan, *np.arange(20.0, 33.0)])
    found = examine_small_studies(sized(14, n_intervention=n))
    assert (found.egger.k, found.pooled.k) == (13, 14)
    assert "13 of 14 effects whose arm sizes are known" in describe_small_studies(found)[0]
    none = examine_small_studies(sized(14, n_intervention=np.nan))
    assert none.egger is None
    assert none.to_dict()["egger"] is None
    assert "three" in describe_small_studies(none)[0]


def test_ten_trials_count_as_trials_and_only_those_with_sizes():
    two_each = sized(18, trial=[f"t{i // 2}" for i in range(18)])
    assert "With 9 trials, fewer than ten" in describe_small_studies(examine_small_studies(two_each))[0]
    n = np.array([np.nan] * 6 + [30.0] * 4 + list(np.arange(40.0, 44.0)))
    found = examine_small_studies(sized(14, n_intervention=n))
    assert (found.line_trials, found.withheld["egger"], "trim_and_fill" in found.withheld) == (
        8,
        ("small_study_below_ten_trials",),
        False,
    )
    assert describe_small_studies(found)[0].startswith("Only 8 trials of 14 have arm sizes")
    one = examine_small_studies(sized(1))
    assert "With 1 trial, fewer than ten" in describe_small_studies(one)[0]


def test_below_ten_trials_words_keep_everything_back_and_the_numbers_stay():
    found = examine_small_studies(sized(9, yi=np.linspace(-0.2, 0.9, 9)))
    codes = found.withheld
    assert all("small_study_below_ten_trials" in codes[code] for code in ("egger", *ROWS) if code != "pool")
    assert "pool" not in codes
    said = " ".join([*describe_small_studies(found), *fragility_limits(found)])
    assert "With 9 trials, fewer than ten" in said
    assert "PET-PEESE" not in said
    assert "An asymmetric funnel is not publication bias" in said
    kept = found.to_dict()
    assert np.isfinite(kept["egger"]["pval"])
    assert "small_study_below_ten_trials" in kept["withheld"]
    assert (found.shown().iloc[1:, 1] == "").all()
    assert np.isfinite(found.to_frame()["estimate"]).sum() >= 3


def test_an_interval_of_p_with_few_effects_is_kept_back_and_one_with_none_has_no_number():
    few = examine_small_studies(sized(14, yi=np.array([0.9] * 2 + [0.1] * 12), sei=0.2))
    assert few.selection["selection_025"].counts.tolist() == [2, 12]
    assert few.withheld["selection_025"] == ("interval_below_four_effects",)
    assert "selection_025_5" not in few.selection
    assert "leave out the step at 0.5" in few.notes["selection_025_5"]
    assert "selection by p with a cut at .025 (fewer than four effects" in describe_small_studies(few)[-1]
    enough = examine_small_studies(sized(14, yi=np.array([0.9] * 5 + [0.1] * 9), sei=0.2))
    assert "selection_025" not in enough.withheld
    assert "by selection by p with a cut at .025" in describe_small_studies(enough)[1]


def test_without_a_settled_direction_nothing_is_turned_and_no_side_is_filled():
    found = examine_small_studies(sized(14, better="unsettled", yi=np.linspace(-0.2, 0.9, 14)))
    assert found.trim_and_fill is None
    assert found.selection == {}
    assert found.withheld["trim_and_fill"] == ("direction_unsettled",)
    assert found.to_dict()["scale"] == "effect"
    assert found.to_frame()["estimate"].iloc[0] == found.pooled.estimate
    assert "favours" not in " ".join(describe_small_studies(found))
    assert "which direction is better is not settled" in " ".join(describe_small_studies(found))


@pytest.mark.parametrize(("slope", "word"), [(2.5, "more"), (-2.5, "less")])
def test_a_detected_difference_says_its_side_and_an_undetected_one_is_not_none(slope, word):
    n = np.linspace(10, 400, 16)
    yi = 0.2 + slope * np.sqrt(2 / n)
    found = examine_small_studies(sized(16, yi=yi, sei=np.sqrt(2 / n), n_intervention=n, n_comparator=n))
    assert found.egger.pval < 0.05
    assert f"Smaller trials found {word} benefit than larger ones" in describe_small_studies(found)[0]
    flat = examine_small_studies(sized(16, yi=np.tile([0.1, 0.3], 8), sei=np.sqrt(2 / n), n_intervention=n))
    assert "not evidence that there is none" in describe_small_studies(flat)[0]


def test_where_the_two_forms_of_eggers_test_disagree_both_are_said():
    n = np.linspace(10, 400, 16)
    close = 0.2 + 0.6 * np.sqrt(2 / n) + np.tile([0.01, -0.01], 8)  # closer together than chance puts them
    found = examine_small_studies(sized(16, yi=close, sei=np.sqrt(2 / n), n_intervention=n, n_comparator=n))
    assert found.egger.pval > 0.05 > found.egger_lm.pval
    said = describe_small_studies(found)[0]
    assert "No difference between small and large trials was detected" in said
    assert "By least squares, as the test was first proposed, p < 0.001" in said
    apart = examine_small_studies(sized(16, yi=np.tile([0.1, 0.3], 8), sei=np.sqrt(2 / n), n_intervention=n))
    assert "least squares" not in describe_small_studies(apart)[0]


def test_growth_names_the_year_since_which_one_side_is_favoured():
    years = [2001, 2003, 2005, 2010, 2015]
    open_first = effects_of([0.0, 0.5, 0.1, 0.5, 0.5], [0.1, 0.1, 0.1, 0.01, 0.01], year=years)
    said = describe_growth(accumulate(open_first, method="EE", ci="wald"))
    assert said.startswith("The trials of 2001 to 2005 gave an average of 0.20 (")
    assert "At every look since 2010 the interval has favoured peer support." in said
    late = effects_of([0.0, 0.5, 0.1, 0.1, 0.5], [0.1, 0.1, 0.1, 0.1, 0.01], year=years)
    assert "with the trials of 2015, and did not before" in describe_growth(accumulate(late, method="EE", ci="wald"))
    never = effects_of([0.0, 0.1, -0.1, 0.1, 0.0], [0.1] * 5, year=years)
    assert "the interval includes 'no difference'" in describe_growth(accumulate(never))
    unsettled = effects_of([0.0, 0.5, 0.1, 0.5, 0.5], [0.01] * 5, year=years, better="unsettled")
    assert "favour" not in describe_growth(accumulate(unsettled))
    two = effects_of([0.1, 0.2], [0.1, 0.1], year=[2001, 2002])
    assert "no growth to read" in describe_growth(accumulate(two))


def test_a_ratio_is_said_the_way_the_outcome_has_it():
    effects = sized(12, measure="RR", better="lower", yi=np.linspace(-0.9, 0.2, 12))
    said = describe_small_studies(examine_small_studies(effects))[1]
    natural = np.exp(pool(effects).estimate)
    assert f"the average of {natural:.2f} (" in said
    assert "average benefit" not in said


def test_results_are_strict_json_and_keep_every_code(evidence):
    effects = compute_effects(evidence, "recovery").with_moderators(evidence.trials[["trial", "year"]])
    for result in (examine_influence(effects), examine_small_studies(effects), accumulate(effects)):
        assert to_json(result.to_dict())
    rows = examine_small_studies(effects).to_dict()["rows"]
    assert [row["code"] for row in rows] == list(ROWS)
    assert {code for row in rows for code in row["withheld"]} <= set(WITHHELD)
