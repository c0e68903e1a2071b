"""Effects from arm figures against metafor 3.8, printed tables, and what must hold whatever the numbers."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.references import load_reference
from synthesis.statistics.measures import (
    MEASURES,
    MeasureCode,
    hedges_correction,
    md,
    odds_ratio,
    pooled_sd,
    rd,
    rom,
    rr,
    silent,
    smd,
    where_halved,
)

CLOSED_FORM = 1e-10
ROUNDING = 1e-9  # sums of hypothesis' extreme values lose digits that no trial has
PRINTED_4DP = 5.001e-5

REFERENCE = load_reference("measures")
MEANS = ("m1", "sd1", "n1", "m2", "sd2", "n2")
EVENTS = ("events1", "n1", "events2", "n2")
GOLDEN = [
    pytest.param(REFERENCE[kind][data], code, columns, id=f"{data}-{code}")
    for kind, columns in (("means", MEANS), ("events", EVENTS))
    for data in REFERENCE[kind]
    for code in REFERENCE[kind][data]["measures"]
]

finite_mean = st.floats(-1e3, 1e3)
positive_mean = st.floats(0.01, 1e3)
sd = st.floats(0.01, 1e3)
size = st.integers(2, 5000)
arm = st.tuples(finite_mean, sd, size)
positive_arm = st.tuples(positive_mean, sd, size)
counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
inner_counts = st.integers(2, 5000).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))


def close(actual, expected, *, rel=ROUNDING):
    return actual == pytest.approx(expected, rel=rel, abs=1e-9)


@pytest.mark.parametrize(("table", "code", "columns"), GOLDEN)
def test_estimates_and_variances_equal_metafor(table, code, columns):
    found = MEASURES[code].compute(*(table["arms"][column] for column in columns))
    expected = table["measures"][code]
    np.testing.assert_allclose(found.yi, np.array(expected["yi"], float), rtol=CLOSED_FORM, atol=1e-14)
    np.testing.assert_allclose(found.vi, np.array(expected["vi"], float), rtol=CLOSED_FORM)


def test_the_references_cover_every_measure_that_is_computed():
    computed = {code for code, measure in MEASURES.items() if measure.compute}
    assert {code for _, code, _ in (case.values for case in GOLDEN)} == computed


def test_g_of_normand_1999_is_as_printed():
    # Edinburgh, the first row, as escalc prints it in the metafor manual.
    found = smd(55, 47, 155, 75, 64, 156)
    assert found.yi == pytest.approx(-0.3552, abs=PRINTED_4DP)
    assert found.vi == pytest.approx(0.0131, abs=PRINTED_4DP)


def test_log_risk_ratios_of_the_bcg_trials_are_as_printed():
    # Viechtbauer (2010), J Stat Softw 36(3), p. 11.
    arms = REFERENCE["events"]["bcg"]["arms"]
    found = rr(*(arms[column] for column in EVENTS))
    printed_yi = "-0.8893 -1.5854 -1.3481 -1.4416 -0.2175 -0.7861 -1.6209 0.0120 -0.4694 -1.3713 -0.3394 0.4459 -0.0173"
    printed_vi = "0.3256 0.1946 0.4154 0.0200 0.0512 0.0069 0.2230 0.0040 0.0564 0.0730 0.0124 0.5325 0.0714"
    np.testing.assert_allclose(found.yi, np.array(printed_yi.split(), float), atol=PRINTED_4DP)
    np.testing.assert_allclose(found.vi, np.array(printed_vi.split(), float), atol=PRINTED_4DP)


def test_the_pooled_sd_is_as_printed_by_borenstein_2009():
    assert pooled_sd(5.5, 50, 4.5, 50) == pytest.approx(5.0249, abs=PRINTED_4DP)  # chapter 4, p. 27


def test_examples_of_borenstein_2009_are_as_printed():
    # Introduction to Meta-Analysis, chapter 4 (103 and 100 points, 50 people an arm), chapter 5 (5 and 10 of 100 died).
    means, deaths = (103, 5.5, 50, 100, 4.5, 50), (5, 100, 10, 100)
    assert md(*means).yi == 3
    assert md(*means).vi == pytest.approx(1.0100, abs=PRINTED_4DP)
    assert smd(*means).yi == pytest.approx(0.5924, abs=PRINTED_4DP)
    for measure, yi, vi in ((rr, -0.6931, 0.2800), (odds_ratio, -0.7472, 0.3216), (rd, -0.0500, 0.0014)):
        assert measure(*deaths).yi == pytest.approx(yi, abs=PRINTED_4DP)
        assert measure(*deaths).vi == pytest.approx(vi, abs=PRINTED_4DP)


def test_the_exact_correction_is_that_of_hedges_1981():
    # By hand: the gamma function is sqrt(pi) at 1/2, 1 at 1, sqrt(pi) / 2 at 3/2.
    np.testing.assert_allclose(hedges_correction([2, 3]), [1 / np.sqrt(np.pi), np.sqrt(np.pi / 6)], rtol=1e-14)
    assert np.isnan(hedges_correction([1, 0, -3, np.nan])).all()


@pytest.mark.parametrize("measure", [md, smd])
@given(one=arm, other=arm)
def test_swapping_arms_flips_the_sign_and_keeps_the_variance_of_means(measure, one, other):
    there, back = measure(*one, *other), measure(*other, *one)
    assert close(back.yi, -there.yi)
    assert close(back.vi, there.vi)


@given(one=positive_arm, other=positive_arm)
def test_swapping_arms_flips_the_sign_and_keeps_the_variance_of_a_ratio_of_means(one, other):
    there, back = rom(*one, *other), rom(*other, *one)
    assert close(back.yi, -there.yi)
    assert close(back.vi, there.vi)


@pytest.mark.parametrize("code", ["RR", "OR", "PETO", "RD"])
@given(one=counts, other=counts)
def test_swapping_arms_flips_the_sign_and_keeps_the_variance_of_events(code, one, other):
    measure = MEASURES[code].compute
    there, back = measure(*one, *other), measure(*other, *one)
    if np.isnan(there.yi):
        assert silent(code, *one, *other) == silent(code, *other, *one) != ""
        assert np.isnan([there.vi, back.yi, back.vi]).all()
        return
    assert close(back.yi, -there.yi)
    assert close(back.vi, there.vi)
    assert there.vi > 0


@pytest.mark.parametrize("code", ["OR", "PETO", "RD"])
@given(one=counts, other=counts)
def test_counting_those_without_the_event_only_flips_the_sign(code, one, other):
    (a, n1), (c, n2) = one, other
    measure = MEASURES[code].compute
    with_event, without = measure(a, n1, c, n2), measure(n1 - a, n1, n2 - c, n2)
    assert np.isnan(without.yi) == np.isnan(with_event.yi)
    if np.isfinite(with_event.yi):
        assert close(without.yi, -with_event.yi)
        assert close(without.vi, with_event.vi)


def test_two_arms_without_events_tell_nothing_of_a_ratio_and_two_full_ones_nothing_of_an_odds_ratio():
    tables = ([0, 20, 3], [20, 20, 20], [0, 25, 0], [25, 25, 25])
    assert silent("RR", *tables).tolist() == ["no_events", "", ""]
    assert silent("OR", *tables).tolist() == silent("PETO", *tables).tolist() == ["no_events", "only_events", ""]
    assert silent("RD", *tables).tolist() == ["", "", ""]


def test_the_printed_risk_ratio_of_arms_in_which_all_had_the_event_is_one_with_its_interval():
    # As Cochrane reviews print it, to six decimals: 59 of 59 against 30 of 30, 1.00 (0.950573 to 1.051997).
    found = rr(59, 59, 30, 30)
    assert found.yi == 0
    assert np.exp(np.array([-1, 1]) * 1.959963985 * np.sqrt(found.vi)) == pytest.approx([0.950573, 1.051997], abs=1e-6)


def test_no_half_enters_a_risk_difference_and_its_variance_only_where_it_would_be_zero():
    found = rd([4, 0], [30, 17], [0, 0], [10, 18])
    assert found.yi.tolist() == [4 / 30, 0]
    assert found.vi[0] == pytest.approx(4 * 26 / 30**3, rel=1e-14)
    # A Cochrane review prints 0/17 against 0/18 as 0.00 (-0.104614 to 0.104614).
    assert 1.959963985 * np.sqrt(found.vi[1]) == pytest.approx(0.104614, abs=1e-6)
    assert where_halved("RD", [4, 0], [30, 17], [0, 0], [10, 18]).variance.tolist() == [False, True]


@given(one=arm, other=arm, unit=st.floats(0.1, 100), origin=st.floats(-100, 100))
def test_changing_units_leaves_smd_alone_and_scales_md(one, other, unit, origin):
    def converted(m, s, n):
        return origin + unit * m, unit * s, n

    arms, again = (*one, *other), (*converted(*one), *converted(*other))
    spread = min(one[1], other[1])
    assert smd(*again).yi == pytest.approx(smd(*arms).yi, rel=1e-9, abs=1e-9 * (1 + 1e3 / spread))
    assert md(*again).yi == pytest.approx(unit * md(*arms).yi, rel=1e-9, abs=1e-8)
    assert close(md(*again).vi, unit**2 * md(*arms).vi)


@given(one=positive_arm, other=positive_arm, unit=st.floats(0.1, 100))
def test_a_ratio_of_means_has_no_unit(one, other, unit):
    again = rom(unit * one[0], unit * one[1], one[2], unit * other[0], unit * other[1], other[2])
    assert close(again.yi, rom(*one, *other).yi)
    assert close(again.vi, rom(*one, *other).vi)


@pytest.mark.parametrize("measure", [rr, odds_ratio, rd])
@given(one=inner_counts, other=inner_counts, times=st.integers(2, 50))
def test_times_as_many_people_give_the_same_effect_and_as_many_times_less_variance(measure, one, other, times):
    few, many = measure(*one, *other), measure(*(times * x for x in (*one, *other)))
    assert close(many.yi, few.yi)
    assert close(many.vi, few.vi / times)


@given(rows=st.lists(st.tuples(inner_counts, counts), min_size=1, max_size=8))
def test_a_row_does_not_depend_on_the_other_rows(rows):
    columns = np.array([[*one, *other] for one, other in rows]).T
    together = odds_ratio(*columns)
    alone = [odds_ratio(*one, *other) for one, other in rows]
    assert together.yi.tolist() == [estimate.yi for estimate in alone]
    assert together.vi.tolist() == [estimate.vi for estimate in alone]


def test_one_half_is_added_only_to_the_tables_with_a_zero_cell():
    mixed = rr([0, 5], [20, 20], [4, 4], [25, 25])
    assert mixed.yi[1] == pytest.approx(np.log((5 / 20) / (4 / 25)), rel=1e-14)
    # (0.5 / 21) / (4.5 / 26): each arm has grown by one person.
    assert mixed.yi[0] == pytest.approx(np.log((0.5 / 21) / (4.5 / 26)), rel=1e-14)


GOOD_MEANS = {"m1": 5.0, "sd1": 2.0, "n1": 20.0, "m2": 4.0, "sd2": 2.5, "n2": 25.0}
GOOD_EVENTS = {"events1": 3.0, "n1": 20.0, "events2": 4.0, "n2": 25.0}
MISSING = [(name, value) for name in GOOD_MEANS for value in (np.nan, np.inf, -np.inf)]
IMPOSSIBLE_MEANS = [("sd1", 0), ("sd1", -2), ("sd2", 0), ("n1", 1), ("n1", 0), ("n2", -5), ("n2", 1.9), *MISSING]
IMPOSSIBLE_EVENTS = [
    *[("events1", -1), ("events1", 21), ("events2", 26), ("n1", 0), ("n1", -20), ("n2", 3)],
    *[(name, value) for name in GOOD_EVENTS for value in (np.nan, np.inf, -np.inf)],
]


@pytest.mark.parametrize("measure", [md, smd, rom])
@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE_MEANS)
def test_an_arm_that_cannot_exist_gives_nan_for_means(measure, name, value):
    found = measure(*(GOOD_MEANS | {name: value}).values())
    assert np.isnan(found.yi)
    assert np.isnan(found.vi)


@pytest.mark.parametrize("measure", [rr, odds_ratio, rd])
@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE_EVENTS)
def test_an_arm_that_cannot_exist_gives_nan_for_events(measure, name, value):
    found = measure(*(GOOD_EVENTS | {name: value}).values())
    assert np.isnan(found.yi)
    assert np.isnan(found.vi)


@pytest.mark.parametrize(("m1", "m2"), [(0, 4), (4, 0), (-3, 4), (3, -4), (0, 0)])
def test_a_ratio_of_means_needs_means_on_one_side_of_zero(m1, m2):
    found = rom(m1, 2, 20, m2, 2, 25)
    assert np.isnan(found.yi)
    assert np.isnan(found.vi)


def test_no_trial_gives_no_effect():
    assert smd(*[[]] * 6).yi.shape == (0,)
    assert rr(*[[]] * 4).vi.shape == (0,)


def test_every_measure_code_has_its_line():
    assert tuple(MEASURES) == get_args(MeasureCode)
    assert all(code == measure.code for code, measure in MEASURES.items())


@pytest.mark.parametrize("code", MEASURES)
def test_no_difference_is_zero_on_the_analysis_scale_and_the_null_on_the_natural_one(code):
    measure = MEASURES[code]
    assert measure.natural(0.0) == measure.null
    assert measure.ratio == (measure.natural(-1.0) > 0)


def test_ratios_are_read_as_ratios_and_differences_as_they_are():
    np.testing.assert_allclose(MEASURES["RR"].natural(np.log([0.5, 2])), [0.5, 2], rtol=1e-14)
    np.testing.assert_array_equal(MEASURES["RD"].natural([-0.1, 0.2]), [-0.1, 0.2])
