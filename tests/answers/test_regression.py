"""Meta-regression of effects on moderators, against metafor; what cannot be regressed is refused with the reason."""

from __future__ import annotations

import numpy as np
import pytest

from builders.given_effects import effects_of
from builders.references import TESTS, load_reference
from synthesis.answers.regression import meta_regression
from synthesis.errors import ChoiceError, InputError, NotEstimableError

ITERATIVE = 1e-8  # through metafor's own search for tau2
CLOSED_FORM = 1e-7
REFERENCE = load_reference("regression")
CASES = [
    pytest.param(case, test, id="-".join([case["dataset"], *case["moderators"], case["method"], test]))
    for case in REFERENCE["regressions"]
    for test in TESTS
    if case["method"] in ("REML", "DL", "EE")
]


def given(case, better="higher"):
    data = REFERENCE["datasets"][case["dataset"]]
    return effects_of(
        data["yi"], data["vi"], better=better, **{name: data["mods"][name] for name in case["moderators"]}
    )


@pytest.mark.parametrize(("case", "test"), CASES)
def test_coefficients_omnibus_test_and_r2_equal_metafors(case, test):
    expected = case["tests"][test]
    found = meta_regression(
        given(case), moderators=case["moderators"], method=case["method"], ci=TESTS[test], level=case["level"]
    )
    tolerance = ITERATIVE if case["method"] == "REML" else CLOSED_FORM
    close = {"rtol": tolerance, "atol": tolerance * float(np.sqrt(found.effects.frame["vi"].mean()))}
    table = found.coefficients
    assert table["term"].tolist() == ["intercept", *case["moderators"]]
    for ours, theirs in (("estimate", "beta"), ("se", "se"), ("ci_lb", "ci_lb"), ("ci_ub", "ci_ub")):
        np.testing.assert_allclose(table[ours], expected[theirs], err_msg=ours, **close)
    np.testing.assert_allclose(found.QM, np.ravel(expected["QM"])[0], rtol=10 * tolerance, atol=1e-7)
    np.testing.assert_allclose(found.QM_pval, expected["QM_pval"], rtol=20 * tolerance, atol=1e-7)
    assert found.QM_df == len(case["moderators"])
    if case["method"] != "EE":
        np.testing.assert_allclose(found.tau2_null, case["tau2_null"], **close)
    if case["tau2_null"] < 1e-8 or case["method"] == "EE":
        assert np.isnan(found.R2)
    else:
        assert pytest.approx(case["R2"], rel=10 * tolerance, abs=0.02) == found.R2


def test_the_benefit_is_regressed_so_lower_is_better_turns_every_coefficient():
    case = REFERENCE["regressions"][0]
    one, other = (
        meta_regression(given(case, better), moderators=case["moderators"]).coefficients
        for better in ("higher", "lower")
    )
    np.testing.assert_allclose(one["estimate"], -other["estimate"], rtol=1e-6)
    np.testing.assert_allclose(one["se"], other["se"], rtol=1e-6)


def test_trials_without_a_moderator_are_left_out_of_the_model(bcg):
    latitude = bcg.frame["ablat"].where(bcg.frame.index != 3)
    with_gap = bcg.subset(bcg.frame["yi"].notna()).with_moderators(bcg.frame[["trial"]].assign(ablat=latitude))
    found = meta_regression(with_gap, moderators=["ablat"])
    without = meta_regression(bcg.subset(bcg.frame.index.to_series() != 3), moderators=["ablat"])
    assert found.k == len(found.effects.frame) == 12
    np.testing.assert_allclose(found.coefficients["estimate"], without.coefficients["estimate"], rtol=1e-9)
    assert found.tau2_null == pytest.approx(without.tau2_null)


def test_no_heterogeneity_to_explain_leaves_r2_undefined():
    effects = effects_of([0.3, 0.31, 0.29, 0.3], [0.1] * 4, dose=[1, 2, 3, 4])
    found = meta_regression(effects, moderators=["dose"])
    assert found.tau2_null == 0
    assert np.isnan(found.R2)


def test_r2_is_never_negative():
    found = meta_regression(
        effects_of([0.1, 0.9, 0.2, 0.8, 0.1], [0.01] * 5, dose=[1, 2, 4, 3, 5]), moderators=["dose"]
    )
    assert found.R2 >= 0


@pytest.mark.parametrize("moderators", [["laitude"], ["label"], []])
def test_a_moderator_that_is_no_number_is_refused_with_those_that_are(bcg, moderators):
    with pytest.raises((ChoiceError, InputError), match="ablat"):
        meta_regression(bcg, moderators=moderators)


@pytest.mark.parametrize(
    ("columns", "rows", "words"),
    [
        ({"dose": [1.0] * 5}, 5, "same value in every trial"),
        ({"dose": [1, 2, 3, 4, 5], "double": [2, 4, 6, 8, 10]}, 5, "collinear"),
        ({"dose": [1, 2, 3, 4, 5]}, 2, "cannot carry"),
        ({"dose": [np.nan] * 5}, 5, "0 effects"),
    ],
)
def test_what_cannot_be_regressed_is_refused_with_the_reason(columns, rows, words):
    effects = effects_of([0.1, 0.4, 0.2, 0.5, 0.3], [0.1] * 5, **columns)
    with pytest.raises(NotEstimableError, match=words):
        meta_regression(effects.subset(effects.frame.index.to_series() < rows), moderators=list(columns))


def test_an_effect_fitted_exactly_has_a_slope_and_no_residual():
    found = meta_regression(effects_of([1, 2, 3, 4], [0.1] * 4, dose=[1, 2, 3, 4]), moderators=["dose"])
    assert found.coefficients["estimate"].tolist() == pytest.approx([0, 1], abs=1e-9)
    assert found.tau2 == 0
    assert pytest.approx(0, abs=1e-12) == found.QE
    assert found.coefficients["se"].gt(0).all()  # the floor


def test_collinear_but_not_aliased_moderators_show_their_inflation():
    x = np.array([1.0, 2, 3, 4, 5, 6])
    effects = effects_of([0.1, 0.4, 0.2, 0.5, 0.3, 0.6], [0.1] * 6, x=x, z=x + np.array([0, 0.1, 0, 0.1, 0, 0]))
    vif = meta_regression(effects, moderators=["x", "z"]).coefficients["vif"]
    r = np.corrcoef(effects.frame["x"], effects.frame["z"])[0, 1]
    assert np.isnan(vif[0])
    assert vif[1:].tolist() == pytest.approx([1 / (1 - r**2)] * 2, rel=1e-6)


def test_a_regression_says_what_it_is(bcg):
    found = meta_regression(bcg, moderators=["ablat"], method="DL", ci="wald", level=0.9)
    assert (found.method, found.ci, found.level, found.measure, found.k) == ("DL", "wald", 0.9, "RR", 13)
    assert "ablat" in str(found)
    frame = found.to_frame()
    frame["estimate"] = 0.0
    assert found.coefficients["estimate"].ne(0).all()
