"""Effects and intervals in clusters, against densities times multivariate normal probabilities in R.

Nothing is integrated there over what a cluster shares; rectangles are sums of orthants by mvtnorm.
"""

from dataclasses import replace

import numpy as np
import pytest

from builders.references import load_reference
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.censored import fit_censored
from synthesis.statistics.censored_joint import _taken, fit_censored_joint
from synthesis.statistics.models import fit_model

CASES = load_reference("censored_joint")["cases"]
NAMES = sorted(CASES)


def numbers(values, missing=np.nan):
    return np.array([missing if value is None else value for value in values], float)


def arrays(case):
    """The arguments of `fit_censored_joint`; a bound that is null is infinite."""
    bounds = numbers(case["lower"], -np.inf), numbers(case["upper"], np.inf)
    design = np.array(case["X"], float)[:, 1:]
    return numbers(case["yi"]), np.array(case["vi"]), *bounds, case["cluster"], design


def likelihood(case):
    return _taken(*arrays(case), case["rho"], 0.95)


def by_deviations(theta):
    """Coefficients and variances as R has them, with standard deviations in the place of variances."""
    return np.array([*theta[:-2], *np.sqrt(theta[-2:])])


@pytest.mark.parametrize("name", NAMES)
def test_the_likelihood_equals_densities_times_rectangles_everywhere(name):
    at = likelihood(CASES[name]).at
    for place in CASES[name]["elsewhere"]:
        assert at(by_deviations(place["theta"]))[0] == pytest.approx(place["log_likelihood"], abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_estimates_errors_and_profiles_equal_r(name):
    case = CASES[name]
    fit = fit_censored_joint(*arrays(case), rho=case["rho"], profile=case["columns"])
    assert fit.log_likelihood == pytest.approx(case["log_likelihood"], abs=1e-9)
    np.testing.assert_allclose(fit.beta, case["beta"], atol=1e-7)
    np.testing.assert_allclose([fit.tau2, fit.omega2], case["variances"], atol=1e-8)
    np.testing.assert_allclose(fit.se, case["se"], rtol=1e-6)
    columns = case["columns"]
    np.testing.assert_allclose(fit.ci_lb[columns], case["ci_lb"], atol=1e-7)
    np.testing.assert_allclose(fit.ci_ub[columns], case["ci_ub"], atol=1e-7)
    np.testing.assert_allclose(fit.pval[columns], case["pval"], atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("deviations", [(0.1, 0.05), (0.02, 0.0), (1.0, 0.0), (0.0, 0.3)])
def test_doubling_the_nodes_moves_nothing(name, deviations):
    found = likelihood(CASES[name])
    theta = np.array([*np.full(found.X.shape[1], 0.1), *deviations])
    value, gradient = found.at(theta)
    finer, its_gradient = replace(found, fineness=2).at(theta)
    assert finer == pytest.approx(value, abs=1e-10)
    np.testing.assert_allclose(its_gradient, gradient, atol=1e-8)


def test_half_the_nodes_do_move_it():
    found = likelihood(CASES["slope"])
    theta = np.array([0.1, 0.1, 0.1, 0.05])
    assert abs(replace(found, fineness=0.4).at(theta)[0] - found.at(theta)[0]) > 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_that_of_the_likelihood(name):
    found = likelihood(CASES[name])
    theta, gap = np.array([*np.full(found.X.shape[1], 0.1), 0.12, 0.07]), 1e-5
    rises = [(found.at(theta + step)[0] - found.at(theta - step)[0]) / (2 * gap) for step in gap * np.eye(len(theta))]
    np.testing.assert_allclose(found.at(theta)[1], rises, rtol=1e-6, atol=1e-6)


def test_one_result_a_cluster_is_the_model_without_clusters():
    yi, vi, lower, upper, _, design = arrays(CASES["slope"])
    alone = np.arange(len(yi))
    joint, single = fit_censored_joint(yi, vi, lower, upper, alone, design), fit_censored(yi, vi, lower, upper, design)
    np.testing.assert_allclose(joint.beta, single.beta, atol=1e-7)
    np.testing.assert_allclose([joint.tau2, joint.omega2], [single.tau2, 0], atol=1e-8)
    np.testing.assert_allclose([*joint.ci_lb, *joint.ci_ub], [*single.ci_lb, *single.ci_ub], atol=1e-7)
    np.testing.assert_allclose(joint.pval, single.pval, atol=1e-8)
    np.testing.assert_allclose(joint.se, single.se, rtol=1e-5)


def test_numbers_alone_without_correlation_or_clusters_are_maximum_likelihood():
    vi = np.array([0.02, 0.03, 0.04, 0.02, 0.05])
    yi, none = np.array([0.5, -0.1, 0.35, 0.8, 0.1]), np.full(5, np.nan)
    fit = fit_censored_joint(yi, vi, none, none, list("abcde"), rho=0, profile=[])
    known = fit_model(yi, vi, np.ones((5, 1)), method="ML", ci="wald")
    np.testing.assert_allclose([fit.beta[0], fit.tau2], [known.beta[0], known.tau2], atol=1e-7)
    assert np.isnan(fit.ci_lb[0])


def test_in_drawn_trials_the_average_is_met_and_leaving_silence_out_misleads():
    rng = np.random.default_rng(5)
    found, naive, worlds, true, m = [], [], 8, 0.15, 20
    cluster = np.repeat(np.arange(m), 2)
    for _ in range(worlds):
        s = np.sqrt(4 / rng.integers(60, 300, m))[cluster]
        shared = rng.normal(0, 0.1, m)[cluster] + s * np.sqrt(0.6) * rng.normal(size=m)[cluster]
        yi = true + shared + s * np.sqrt(0.4) * rng.normal(size=2 * m)
        silent = (np.abs(yi) < 1.96 * s) & (rng.random(2 * m) < 0.8)
        shown = np.where(silent, np.nan, yi)
        found.append(fit_censored_joint(shown, s**2, -1.96 * s, 1.96 * s, cluster, profile=[]).beta[0])
        kept = yi[~silent], s[~silent] ** 2, s[~silent], s[~silent], cluster[~silent]
        naive.append(fit_censored_joint(*kept, profile=[]).beta[0])
    error = np.std(found) / np.sqrt(worlds)
    assert abs(np.mean(found) - true) < 3 * error
    apart = np.subtract(naive, found)
    assert np.mean(apart) > 3 * np.std(apart) / np.sqrt(worlds)


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"rho": 1.0}, InputError, "rho is 1.0"),
        ({"cluster": ["a", "b"]}, InputError, "yi and cluster"),
        ({"cluster": ["a", "a", "a"]}, NotEstimableError, "1 clusters cannot carry 1"),
        ({"yi": [np.nan] * 3}, NotEstimableError, "No result has a number"),
        ({"profile": [1]}, InputError, "from 0 to 0"),
        ({"vi": [0.1, 0.1, 0.0]}, InputError, "not above 0"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(given, error, says):
    plain = {"yi": [0.1, 0.2, np.nan], "vi": [0.1] * 3, "lower": [-0.3] * 3, "upper": [0.3] * 3, "cluster": list("abb")}
    with pytest.raises(error, match=says):
        fit_censored_joint(**plain | given)
