"""Tests of the funnel, what they extrapolate to, trim and fill and selection models equal metafor's."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import t

from builders.references import TESTS, load_reference
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.statistics import egger, pet_peese, selection_model, trim_and_fill

CLOSED_FORM = 1e-8
ITERATIVE = 1e-6  # through a tau2 that each program searches for
OPTIMISED = 1e-4  # optim's last steps, and numDeriv's second derivatives
REFERENCE = load_reference("small_study")
PAIRS = {"lm": ("sei", "vi"), "sizes": ("sqrtninv", "ninv")}

effect = st.floats(-2, 2).map(lambda x: round(x, 3))
variance = st.floats(0.01, 1).map(lambda x: round(x, 4))
tables = st.lists(st.tuples(effect, variance), min_size=4, max_size=14).map(lambda rows: np.array(rows).T)


def effects_of(case):
    data = REFERENCE["datasets"][case["dataset"]]
    return np.array(data["yi"], float), np.array(data["vi"], float)


def name_of(case):
    parts = ("dataset", "model", "predictor", "side", "estimator", "alternative", "steps", "method", "test")
    return "-".join(str(case[part]) for part in parts if part in case)


def assert_equal(found, expected, names, rtol, atol=1e-9):
    for name in names:
        value = np.nan if expected[name] is None else np.array(expected[name], float)
        np.testing.assert_allclose(getattr(found, name), value, rtol=rtol, atol=atol, err_msg=name)


@pytest.mark.parametrize("case", REFERENCE["funnel"], ids=name_of)
def test_a_test_of_the_funnel_equals_regtest(case):
    yi, vi = effects_of(case)
    keep = np.array(case["keep"]) - 1
    options = {"model": case["model"], "method": case["method"], "ci": TESTS[case["test"]]}
    found = egger(yi[keep], vi[keep], predictor=case["predictor"], ni=case.get("ni"), **options)
    names = ("statistic", "pval", "slope", "slope_se", "limit", "limit_se", "limit_lb", "limit_ub")
    assert_equal(found, case, names, CLOSED_FORM if case["model"] == "lm" else ITERATIVE)
    assert found.df == (np.inf if case.get("df") is None else case["df"])


@pytest.mark.parametrize("kind", PAIRS)
def test_pet_and_peese_are_the_limits_of_two_tests_and_one_is_chosen_by_the_first(kind):
    chosen = set()
    cases = {(case["dataset"], case["predictor"]): case for case in REFERENCE["funnel"] if case["model"] == "lm"}
    first, second = PAIRS[kind]
    for (dataset, predictor), case in cases.items():
        if predictor != first:
            continue
        yi, vi = effects_of(case)
        keep = np.array(case["keep"]) - 1
        found = pet_peese(yi[keep], vi[keep], ni=case["ni"] if kind == "sizes" else None)
        expected = {"pet": case, "peese": cases[dataset, second]}
        for name in expected:
            assert_equal(getattr(found, name), expected[name], ("limit", "limit_se", "limit_lb"), CLOSED_FORM)
        distance = abs(case["limit"]) / case["limit_se"]
        assert found.pval == pytest.approx(2 * t.sf(distance, case["df"]), rel=CLOSED_FORM)
        assert found.chosen == ("peese" if distance > t.ppf(0.95, case["df"]) else "pet")
        line = expected[found.chosen]
        assert (found.estimate, found.se) == pytest.approx((line["limit"], line["limit_se"]), rel=CLOSED_FORM)
        chosen.add(found.chosen)
    assert chosen == {"pet", "peese"}


@pytest.mark.parametrize("case", REFERENCE["trim_and_fill"], ids=name_of)
def test_trim_and_fill_equals_trimfill(case):
    options = {"side": case["side"], "estimator": case["estimator"], "method": case["method"]}
    found = trim_and_fill(*effects_of(case), **options, ci=TESTS[case["test"]])
    assert found.k0 == case["k0"]
    assert_equal(found, case, ("estimate", "se", "ci_lb", "ci_ub", "tau2", "yi", "vi"), ITERATIVE)
    assert_equal(found, case, ("p_k0",), CLOSED_FORM)
    if case["se_k0"]:  # metafor has 0 where the variance's formula falls below it
        assert_equal(found, case, ("se_k0",), ITERATIVE)


@pytest.mark.parametrize("case", REFERENCE["selection"], ids=name_of)
def test_a_selection_model_equals_selmodel(case):
    found = selection_model(*effects_of(case), steps=np.atleast_1d(case["steps"]), alternative=case["alternative"])
    assert found.counts.tolist() == case["counts"]
    assert_equal(found, case, ("estimate", "tau2", "LRT", "LRT_pval"), OPTIMISED, 1e-5)
    assert_equal(found, case, ("se", "ci_lb", "ci_ub", "tau2_se"), OPTIMISED, 1e-5)
    np.testing.assert_allclose(found.delta, case["delta"], rtol=OPTIMISED, atol=1e-5)
    given_se = np.array([np.nan if se is None else se for se in case["delta_se"]], float)
    np.testing.assert_allclose(found.delta_se, given_se, rtol=OPTIMISED, atol=1e-5)


def test_the_references_fill_in_and_fill_nothing_and_have_heterogeneity_at_zero_and_beyond():
    filled = {case["k0"] > 0 for case in REFERENCE["trim_and_fill"]}
    at_zero = {case["tau2"] == 0 for case in REFERENCE["selection"]}
    assert filled == at_zero == {True, False}


def filled(yi, vi, side):
    """Trim and fill; None where the rounds come to no end, as metafor's do not either."""
    try:
        return trim_and_fill(yi, vi, side=side, method="DL")
    except NotEstimableError:
        return None


@given(tables)
def test_turning_the_effects_turns_every_answer(drawn):
    yi, vi = drawn
    left, right = filled(yi, vi, "left"), filled(-yi, vi, "right")
    assert (left is None) == (right is None)
    if left is not None:
        assert (left.k0, left.estimate) == (right.k0, pytest.approx(-right.estimate, abs=1e-9))
    if np.ptp(vi) > 0:
        one, other = egger(yi, vi), egger(-yi, vi)
        assert (one.limit, one.slope) == pytest.approx((-other.limit, -other.slope), rel=1e-6, abs=1e-9)


@given(tables)
def test_filling_makes_the_funnel_no_less_symmetric_and_adds_what_it_says(drawn):
    yi, vi = drawn
    found = filled(yi, vi, "left")
    assume(found is not None)
    assert len(found.yi) == len(found.vi) == found.k0
    assert set(found.vi) <= set(vi)
    if found.k0:
        assert found.yi.max() <= np.median(yi) + np.ptp(yi)
        assert len(found.yi) < len(yi)


def test_a_selection_model_does_not_depend_on_units_and_turns_with_its_alternative():
    data = REFERENCE["datasets"]["hackshaw"]
    yi, vi = np.array(data["yi"]), np.array(data["vi"])
    plain = selection_model(yi, vi, steps=(0.025, 0.5))
    scaled = selection_model(100 * yi, 1e4 * vi, steps=(0.025, 0.5))
    turned = selection_model(-yi, vi, steps=(0.025, 0.5), alternative="less")
    assert (scaled.estimate, scaled.se) == pytest.approx((100 * plain.estimate, 100 * plain.se), rel=1e-7)
    assert (turned.estimate, turned.tau2) == pytest.approx((-plain.estimate, plain.tau2), rel=1e-7)
    assert pytest.approx(plain.LRT, rel=1e-6) == scaled.LRT
    np.testing.assert_allclose(turned.delta, plain.delta, rtol=1e-7)


def test_effects_that_were_selected_are_pooled_to_where_they_came_from(rng):
    vi = rng.uniform(0.01, 0.1, 4000)
    yi = rng.normal(0.1, np.sqrt(vi + 0.02))
    seen = (yi / np.sqrt(vi) > 1.959964) | (rng.uniform(size=4000) < 0.3)
    found = selection_model(yi[seen], vi[seen])
    assert found.estimate == pytest.approx(0.1, abs=3 * found.se)
    assert found.delta[1] == pytest.approx(0.3, abs=3 * found.delta_se[1])
    assert found.LRT_pval < 1e-6


def test_an_interval_of_p_without_effects_is_refused_with_the_step_to_leave_out():
    yi, vi = [0.5, 0.6, 0.1, 0.2, 0.15], [0.01, 0.02, 0.03, 0.02, 0.02]
    with pytest.raises(NotEstimableError, match=r"from 0.5 to 1.*leave out the step at 0.5"):
        selection_model(yi, vi, steps=(0.025, 0.5))
    assert np.isfinite(selection_model(yi, vi).estimate)
    with pytest.raises(NotEstimableError, match=r"3 effects cannot carry a mean, .* and 2 weights"):
        selection_model([0.5, 0.1, -0.1], [0.01, 0.03, 0.02], steps=(0.025, 0.5))


@pytest.mark.parametrize("steps", [(), (0.5, 0.025), (0.0, 0.5), (-0.1,), (1.2,), ("a",), (np.nan,), (1.0,)])
def test_steps_that_cannot_be_are_refused(steps):
    with pytest.raises(InputError, match="rise between 0 and 1"):
        selection_model([0.1, 0.2, 0.3, 0.4], [0.1, 0.1, 0.1, 0.1], steps=steps)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda y, v: egger(y, v, predictor="sqrtninv"), "give them as ni"),
        (lambda y, v: egger(y, v[:-1]), "vi has 3"),
        (lambda y, v: egger(y, [0.1, -1, 0.1, 0.1]), "vi number 2 is -1; it must be a finite number above 0"),
        (lambda y, v: egger(["a", 1, 2, 3], v), "yi must be numbers"),
        (lambda y, v: egger(y, v, predictor="ninv", ni=[1, 2, 3, np.nan]), "ni number 4 is nan"),
        (lambda y, v: trim_and_fill([[0.1]], v, side="left"), "an array of 2 dimensions"),
    ],
)
def test_numbers_that_cannot_be_are_refused_by_place(call, says):
    with pytest.raises(InputError, match=says):
        call([0.1, 0.2, 0.3, 0.5], [0.1, 0.2, 0.15, 0.3])


def test_what_cannot_be_estimated_says_why():
    with pytest.raises(NotEstimableError, match="2 effects cannot carry a line"):
        egger([0.1, 0.2], [0.1, 0.2])
    with pytest.raises(NotEstimableError, match="same sei"):
        egger([0.1, 0.2, 0.4], [0.1, 0.1, 0.1])
    with pytest.raises(NotEstimableError, match="One effect has no funnel"):
        trim_and_fill([0.1], [0.1], side="left")
    on_a_line = egger([0.1, 0.2, 0.3], np.square([0.1, 0.2, 0.3]))
    assert np.isnan(on_a_line.statistic)
    assert on_a_line.limit == pytest.approx(0, abs=1e-12)


def test_a_choice_that_does_not_exist_is_refused():
    yi, vi = [0.1, 0.2, 0.3, 0.5], [0.1, 0.2, 0.15, 0.3]
    for call in (
        lambda: egger(yi, vi, predictor="n"),
        lambda: egger(yi, vi, model="glm"),
        lambda: trim_and_fill(yi, vi, side="up"),
        lambda: trim_and_fill(yi, vi, side="left", estimator="L1"),
        lambda: selection_model(yi, vi, alternative="two.sided"),
    ):
        with pytest.raises(ChoiceError, match="Choose one of"):
            call()
