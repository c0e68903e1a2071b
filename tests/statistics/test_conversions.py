"""Effects from test statistics, p values, odds ratios and intervals: raw data analysed by R, and printed examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from builders.references import load_reference
from synthesis.statistics.measures import (
    sd_from_se,
    se_from_ci,
    smd,
    smd_from_f,
    smd_from_md,
    smd_from_md_and_sd,
    smd_from_or,
    smd_from_p,
    smd_from_t,
    t_from_p,
)

CLOSED_FORM = 1e-10
QUANTILE = 1e-9  # R's and scipy's t quantiles, far in the tail
PRINTED_4DP = 5.001e-5

REFERENCE = load_reference("measures")
PRINTED = {name: np.array(values, float) for name, values in REFERENCE["printed"].items()}
SIZES = PRINTED["n1"], PRINTED["n2"]

arm = st.tuples(st.floats(-100, 100), st.floats(0.5, 100), st.integers(2, 2000))
size = st.integers(2, 2000)


def assert_equals_metafor(found, rtol=CLOSED_FORM):
    np.testing.assert_allclose(found.yi, PRINTED["yi"], rtol=rtol)
    np.testing.assert_allclose(found.vi, PRINTED["vi"], rtol=rtol)


def assert_nan(found):
    assert np.isnan(found.yi).all()
    assert np.isnan(found.vi).all()


def test_t_of_raw_data_gives_the_g_of_their_means():
    assert_equals_metafor(smd_from_t(PRINTED["t"], *SIZES))


def test_f_of_raw_data_gives_the_g_of_their_means():
    # The fifth set's F of 0.001 is a difference of large sums of squares in R.
    assert_equals_metafor(smd_from_f(PRINTED["F"], *SIZES, PRINTED["t"]), rtol=1e-9)


def test_p_of_raw_data_gives_the_g_of_their_means():
    assert_equals_metafor(smd_from_p(PRINTED["pval"], *SIZES, PRINTED["md"]), rtol=1e-8)


def test_mean_difference_and_its_standard_error_give_the_g_of_the_means():
    assert_equals_metafor(smd_from_md(PRINTED["md"], PRINTED["se_md"], *SIZES))


def test_mean_difference_and_the_pooled_sd_give_the_g_of_the_means():
    assert_equals_metafor(smd_from_md_and_sd(PRINTED["md"], PRINTED["se_md"], PRINTED["sd_pooled"], PRINTED["df"]))


def test_a_more_precise_mean_difference_lowers_the_variance_and_leaves_g():
    adjusted = smd_from_md_and_sd(PRINTED["md"], PRINTED["se_md"] / 2, PRINTED["sd_pooled"], PRINTED["df"])
    np.testing.assert_allclose(adjusted.yi, PRINTED["yi"], rtol=CLOSED_FORM)
    assert (adjusted.vi < PRINTED["vi"]).all()


def test_standard_error_of_a_mean_gives_the_sd():
    np.testing.assert_allclose(sd_from_se(PRINTED["se1"], PRINTED["n1"]), PRINTED["sd1"], rtol=1e-13)
    assert np.isnan(sd_from_se([0, -1, 1, np.nan], [10, 10, 0, 10])).all()


def test_odds_ratios_become_smds_as_in_metafor():
    expected = REFERENCE["odds_ratio_to_smd"]
    found = smd_from_or(expected["log_or"], expected["v"])
    np.testing.assert_allclose(found.yi, expected["yi"], rtol=CLOSED_FORM)
    np.testing.assert_allclose(found.vi, expected["vi"], rtol=CLOSED_FORM)


def test_the_odds_ratio_of_borenstein_2009_chapter_7_becomes_the_printed_d():
    found = smd_from_or(0.9069, 0.0676)
    assert found.yi == pytest.approx(0.5000, abs=PRINTED_4DP)
    assert found.vi == pytest.approx(0.0205, abs=PRINTED_4DP)


@given(log_or=st.floats(-20, 20), v=st.floats(1e-6, 100))
def test_an_smd_keeps_the_direction_and_the_z_of_its_odds_ratio(log_or, v):
    found = smd_from_or(log_or, v)
    assert np.sign(found.yi) == np.sign(log_or)
    assert found.yi / np.sqrt(found.vi) == pytest.approx(log_or / np.sqrt(v), rel=1e-12)


def test_t_quantiles_equal_those_of_r():
    tails = REFERENCE["tails"]
    np.testing.assert_allclose(t_from_p(tails["p"], tails["df"], 1), tails["t"], rtol=QUANTILE, atol=1e-12)


def test_the_handbook_example_of_a_p_value_gives_its_t_and_sd():
    # Cochrane Handbook 6.5.2.3: p = 0.008 with 25 and 22 people is t = 2.78; MD 3.8 then has SE 1.37 and SD 4.69.
    t = t_from_p(0.008, 25 + 22 - 2, 1)
    assert t == pytest.approx(2.78, abs=0.005)
    assert 3.8 / t == pytest.approx(1.37, abs=0.005)
    g = smd_from_p(0.008, 25, 22, 1)
    assert g.yi == pytest.approx(smd_from_md(3.8, 3.8 / t, 25, 22).yi, rel=1e-12)


@given(one=arm, other=arm)
def test_smd_from_the_t_of_the_same_data_equals_smd_from_means(one, other):
    t, _ = stats.ttest_ind_from_stats(*one, *other)
    through_t, direct = smd_from_t(t, one[2], other[2]), smd(*one, *other)
    assert through_t.yi == pytest.approx(direct.yi, rel=1e-10, abs=1e-12)
    assert through_t.vi == pytest.approx(direct.vi, rel=1e-10)


@given(t=st.floats(0.01, 12), n1=size, n2=size, sign=st.sampled_from([-1, 1]))
def test_t_f_and_p_of_one_test_are_one_effect(t, n1, n2, sign):
    expected = smd_from_t(sign * t, n1, n2)
    assert smd_from_f(t**2, n1, n2, sign).yi == pytest.approx(expected.yi, rel=1e-12)
    p = 2 * stats.t.sf(t, n1 + n2 - 2)
    assert smd_from_p(p, n1, n2, sign).yi == pytest.approx(expected.yi, rel=1e-6)


@pytest.mark.parametrize("sign", [0, np.nan])
def test_a_statistic_without_a_direction_gives_nan(sign):
    assert_nan(smd_from_f(4.0, 20, 20, sign))
    assert_nan(smd_from_p(0.05, 20, 20, sign))


@pytest.mark.parametrize("p", [0, -0.1, 1.01, np.nan, np.inf])
def test_a_p_value_that_cannot_be_or_was_rounded_away_gives_nan(p):
    assert_nan(smd_from_p(p, 20, 20, 1))


def test_no_evidence_at_all_is_a_g_of_zero():
    assert smd_from_p(1, 20, 20, -1).yi == 0
    assert smd_from_f(0, 20, 20, 1).yi == 0


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(smd_from_t([2, 2, 2, np.nan, np.inf], [1, 20, np.nan, 20, 20], [20, 0, 20, 20, 20]), id="t"),
        pytest.param(smd_from_f(-1, 20, 20, 1), id="negative F"),
        pytest.param(smd_from_md([1, 1, 1, np.inf], [0, -1, np.nan, 1], 20, 20), id="md"),
        pytest.param(
            smd_from_md_and_sd([1, 1, 1, 1, np.inf], [0, 1, 1, 1, 1], [2, 0, 2, -2, 2], [30, 30, 1, 30, 30]),
            id="md and sd",
        ),
        pytest.param(smd_from_or([0.5, 0.5, np.nan, np.inf], [0, -1, 1, 1]), id="odds ratio"),
    ],
)
def test_impossible_numbers_give_nan(found):
    assert_nan(found)


@pytest.mark.parametrize("interval", REFERENCE["intervals"], ids=lambda interval: f"{interval['level']:.0%}")
def test_intervals_give_back_the_standard_errors_metafor_made_them_from(interval):
    level, sei = interval["level"], interval["sei"]
    np.testing.assert_allclose(se_from_ci(interval["lower"], interval["upper"], level), sei, rtol=CLOSED_FORM)
    ratio = se_from_ci(interval["lower_ratio"], interval["upper_ratio"], level, ratio=True)
    np.testing.assert_allclose(ratio, sei, rtol=CLOSED_FORM)


def test_an_interval_that_cannot_be_gives_nan():
    assert np.isnan(se_from_ci([1, 2, np.nan, -np.inf], [1, 1, 2, 2])).all()
    assert np.isnan(se_from_ci([0, -1, 2], [2, 1, 1], ratio=True)).all()
    assert se_from_ci(-1, 1) > 0
