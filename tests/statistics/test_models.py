"""Models against metafor 3.8 on seventeen data sets, every estimator and interval: estimates and their uncertainty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.references import TESTS, load_reference
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.statistics.kernels import heterogeneity
from synthesis.statistics.models import fit_model, tau2_interval, variance_inflation

CLOSED_FORM = 1e-8  # DL, HE and EE: nothing is searched for
ITERATIVE = 1e-8  # REML, ML and PM, through metafor's own search
NEWTON = 1e-9  # tau2 by our own steps
QPROFILE = 2e-5  # metafor's uniroot stops about there

POOLS = load_reference("pooling")
REGRESSIONS = load_reference("regression")


def _cases(reference, listed):
    for case in reference[listed]:
        data = reference["datasets"][case["dataset"]]
        moderators = case.get("moderators", [])
        X = np.column_stack([np.ones(len(data["yi"])), *[data["mods"][name] for name in moderators]]).astype(float)
        name = "-".join([case["dataset"], *moderators, case["method"], f"{case['level']:g}"])
        yield pytest.param(case, np.array(data["yi"], float), np.array(data["vi"], float), X, id=name)


ALL = [*_cases(POOLS, "pools"), *_cases(REGRESSIONS, "regressions")]


def tolerance(method):
    return ITERATIVE if method in ("REML", "ML") else CLOSED_FORM


@pytest.mark.parametrize(("case", "yi", "vi", "X"), ALL)
def test_heterogeneity_equals_metafor(case, yi, vi, X):
    fit = fit_model(yi, vi, X, method=case["method"], level=case["level"])
    close = {"rtol": tolerance(case["method"]), "atol": tolerance(case["method"]) * float(vi.mean())}
    np.testing.assert_allclose(fit.tau2, case["tau2"], **close)
    np.testing.assert_allclose(fit.QE, case["QE"], rtol=CLOSED_FORM, atol=1e-12)
    assert fit.QE_df == case["QE_df"]
    np.testing.assert_allclose(fit.QE_pval, case["QE_pval"], rtol=1e-7)
    np.testing.assert_allclose(fit.I2, case["I2"], rtol=tolerance(case["method"]), atol=1e-3)
    np.testing.assert_allclose(fit.H2, case["H2"], rtol=tolerance(case["method"]))
    if "vt" in case:
        np.testing.assert_allclose(fit.s2, case["vt"], rtol=CLOSED_FORM)
    if case.get("weights"):
        np.testing.assert_allclose(fit.weights, case["weights"], rtol=tolerance(case["method"]))


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize(("case", "yi", "vi", "X"), ALL)
def test_coefficients_and_their_uncertainty_equal_metafor(case, yi, vi, X, test):
    expected = case["tests"][test]
    fit = fit_model(yi, vi, X, method=case["method"], ci=TESTS[test], level=case["level"])
    close = {"rtol": tolerance(case["method"]), "atol": tolerance(case["method"]) * float(np.sqrt(vi.mean()))}
    for ours, theirs in (("beta", "beta"), ("se", "se"), ("ci_lb", "ci_lb"), ("ci_ub", "ci_ub")):
        np.testing.assert_allclose(getattr(fit, ours), np.atleast_1d(expected[theirs]), **close)
    if np.atleast_1d(expected["se"]).min() > 1e-12:  # identical effects leave plain Knapp-Hartung without a test
        np.testing.assert_allclose(fit.statistic, np.atleast_1d(expected["stat"]), **close)
        np.testing.assert_allclose(
            fit.pval, np.atleast_1d(expected["pval"]), rtol=10 * tolerance(case["method"]), atol=1e-8
        )
    if expected.get("vcov"):
        shape = (X.shape[1], X.shape[1])
        np.testing.assert_allclose(
            fit.cov, np.reshape(expected["vcov"], shape), rtol=10 * close["rtol"], atol=close["atol"]
        )


@pytest.mark.parametrize(("case", "yi", "vi", "X"), [p for p in ALL if p.values[0].get("tau2_ci_ub")])
def test_the_q_profile_interval_equals_metafor(case, yi, vi, X):
    lower, upper = tau2_interval(yi, vi, X, level=case["level"])
    np.testing.assert_allclose([lower, upper], [case["tau2_ci_lb"], case["tau2_ci_ub"]], rtol=QPROFILE, atol=1e-6)


@pytest.mark.parametrize(("case", "yi", "vi", "X"), [p for p in ALL if p.values[0]["method"] in ("REML", "ML")])
def test_many_data_sets_at_once_have_the_tau2_of_metafor(case, yi, vi, X):
    twice = np.column_stack([yi, yi]), np.column_stack([vi, vi])
    found = heterogeneity(*twice, X, method=case["method"])
    np.testing.assert_allclose(found, case["tau2"], rtol=NEWTON, atol=NEWTON * float(vi.mean()))


effects = st.integers(3, 9).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(-3, 3), min_size=k, max_size=k), st.lists(st.floats(0.01, 2), min_size=k, max_size=k)
    )
)


@given(effects, st.sampled_from(["REML", "PM", "DL", "ML", "HE", "EE"]))
def test_the_pooled_estimate_lies_within_the_effects(pair, method):
    yi, vi = map(np.array, pair)
    fit = fit_model(yi, vi, np.ones((len(yi), 1)), method=method)
    assert yi.min() - 1e-9 <= fit.beta[0] <= yi.max() + 1e-9


@given(effects, st.randoms(use_true_random=False))
def test_the_order_of_trials_does_not_matter(pair, random):
    yi, vi = map(np.array, pair)
    order = list(range(len(yi)))
    random.shuffle(order)
    X = np.ones((len(yi), 1))
    one, other = (fit_model(y, v, X, method="DL") for y, v in ((yi, vi), (yi[order], vi[order])))
    np.testing.assert_allclose(
        [one.beta[0], one.tau2, one.se[0]], [other.beta[0], other.tau2, other.se[0]], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("method", ["REML", "PM", "DL", "ML", "HE"])
def test_identical_effects_have_no_heterogeneity(method):
    vi = np.array([0.1, 0.2, 0.3, 0.05])
    fit = fit_model(np.full(4, 0.4), vi, np.ones((4, 1)), method=method)
    assert fit.tau2 == pytest.approx(0, abs=1e-9)
    assert fit.se[0] == pytest.approx(np.sqrt(1 / np.sum(1 / vi)), rel=1e-6)  # the floor: Wald's standard error


def test_plain_knapp_hartung_on_identical_effects_has_no_test():
    fit = fit_model(np.full(4, 0.4), np.full(4, 0.1), np.ones((4, 1)), ci="knapp-hartung")
    assert fit.se[0] == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize(
    ("yi", "vi", "X", "words"),
    [
        ([0.1], [0.1], np.ones((1, 1)), "cannot carry"),
        ([0.1, np.nan], [0.1, 0.1], np.ones((2, 1)), "missing"),
        ([0.1, 0.2], [0.1, 0.0], np.ones((2, 1)), "zero or negative"),
        ([0.1, 0.2, 0.3, 0.1], [0.1] * 4, np.column_stack([np.ones(4), np.ones(4) * 2]), "collinear"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(yi, vi, X, words):
    with pytest.raises(NotEstimableError, match=words):
        fit_model(np.array(yi), np.array(vi), X)


@pytest.mark.parametrize("option", [{"method": "SJ"}, {"ci": "z"}, {"level": 95}])
def test_an_option_that_does_not_exist_is_named(option):
    with pytest.raises(ChoiceError):
        fit_model(np.zeros(3), np.ones(3), np.ones((3, 1)), **option)


def test_variance_inflation_is_one_for_orthogonal_moderators():
    X = np.column_stack([np.ones(4), [1, -1, 1, -1], [1, 1, -1, -1]])
    np.testing.assert_allclose(variance_inflation(np.linalg.inv(X.T @ X)), [1, 1])
