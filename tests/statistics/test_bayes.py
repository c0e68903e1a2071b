"""Bayesian pools against R's integrate() on whole covariance matrices, and against package bayesmeta.

bayesmeta integrates tau as exactly; its averages rest on a discretised mixture.
"""

import numpy as np
import pytest
from scipy.stats import norm

from builders.references import load_reference
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.statistics.bayes import bayes_factors, bayes_pool

CASES, BAYESMETA = load_reference("bayes")["cases"], load_reference("bayesmeta")["cases"]
NAMES = sorted(CASES)


def asked(case):
    options = {"tau_prior": (case["tau_prior"], case["scale"]), "mu_sd": case["mu_sd"], "slope_sd": case["slope_sd"]}
    return np.atleast_1d(case["yi"]), np.atleast_1d(case["vi"]), case["x"], options | {"level": case["level"]}


def fitted(name, **options):
    yi, vi, x, given = asked(CASES[name])
    return bayes_pool(yi, vi, x, **given | options)


@pytest.mark.parametrize("name", NAMES)
def test_the_posterior_equals_integrals_by_r(name):
    fit, case = fitted(name), CASES[name]
    assert fit.log_evidence == pytest.approx(case["log_evidence"], abs=1e-10)
    for found, wanted in ((fit.estimate, "estimate"), (fit.sd, "sd"), (fit.prob_positive, "prob_positive")):
        assert found == pytest.approx(case[wanted], rel=1e-9)
    assert (fit.intercept, fit.intercept_sd) == pytest.approx((case["intercept"], case["intercept_sd"]), rel=1e-9)
    assert (fit.ci_lb, fit.ci_ub) == pytest.approx(case["ci"], rel=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_heterogeneity_prediction_and_bayes_factor_equal_integrals_by_r(name):
    fit, case = fitted(name), CASES[name]
    assert fit.tau == pytest.approx(case["tau"], rel=1e-9)
    assert (fit.tau_lb, fit.tau_median, fit.tau_ub) == pytest.approx(case["tau_quantiles"], rel=1e-8)
    assert (fit.pi_lb, fit.pi_ub) == pytest.approx(case["pi"], rel=1e-8)
    assert fit.bf10 == pytest.approx(case["bf10"], rel=1e-9)


@pytest.mark.parametrize("name", sorted(BAYESMETA))
def test_it_agrees_with_bayesmeta(name):
    fit, other = fitted(name), BAYESMETA[name]
    assert (fit.tau, fit.tau_median) == pytest.approx((other["tau"], other["tau_median"]), rel=1e-9)
    assert fit.bf10 == pytest.approx(other["bf10"], rel=1e-9)
    assert (fit.estimate, fit.sd) == pytest.approx((other["estimate"], other["sd"]), rel=2e-4)
    assert (fit.pi_lb, fit.pi_ub) == pytest.approx(other["pi"], abs=1e-4)


def test_the_bayes_factor_is_the_ratio_of_prior_and_posterior_density_at_nought():
    """By Savage and Dickey, from nothing but the densities."""
    yi, vi = np.array([0.1, 0.3, 0.5]), np.array([0.02, 0.03, 0.05])

    mu = np.linspace(-6, 7, 2601)
    tau = 0.4 * np.tan(np.pi / 2 * (np.arange(2000) + 0.5) / 2000)  # even in the prior's probability
    data = sum(norm.logpdf(y, mu[:, None], np.sqrt(tau**2 + v)) for y, v in zip(yi, vi, strict=True))
    posterior = np.exp(data).mean(axis=1) * norm.pdf(mu)
    at_nought = posterior[np.argmin(np.abs(mu))] / (posterior.sum() * (mu[1] - mu[0]))
    fit = bayes_pool(yi, vi, tau_prior=("half-cauchy", 0.4))
    assert fit.bf10 == pytest.approx(norm.pdf(0) / at_nought, rel=1e-5)


def test_the_curve_goes_through_the_bayes_factor_and_to_one_as_the_prior_narrows():
    yi, vi, x, _ = asked(CASES["raudenbush_weeks"])
    curve = bayes_factors(yi, vi, x, scales=[1e-6, 0.25, 0.5, 1, 1e3])
    assert curve[0] == pytest.approx(1, abs=1e-4)
    assert curve[2] == pytest.approx(bayes_pool(yi, vi, x).bf10, rel=1e-12)
    assert curve[4] < curve[3]
    assert bayes_factors(yi, vi, scales=0.7)[0] == pytest.approx(bayes_pool(yi, vi, mu_sd=0.7).bf10, rel=1e-12)


def test_where_the_moderator_starts_does_not_matter():
    yi, vi, x, _ = asked(CASES["homogeneous_fidelity"])
    one, other = bayes_pool(yi, vi, x), bayes_pool(yi, vi, np.array(x) + 100)
    assert (one.estimate, one.bf10, one.pi_ub) == pytest.approx((other.estimate, other.bf10, other.pi_ub), rel=1e-9)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_one_to_three_effects_have_a_posterior_that_the_prior_holds(k):
    fit = bayes_pool([0.4, -0.1, 0.2][:k], [0.03, 0.02, 0.05][:k])
    assert fit.pi_lb < fit.ci_lb < fit.estimate < fit.ci_ub < fit.pi_ub
    assert 0 < fit.tau_lb < fit.tau_median < fit.tau < fit.tau_ub < 2


def test_many_precise_effects_leave_the_prior_behind():
    rng = np.random.default_rng(3)
    vi = np.full(1000, 0.01)
    yi = rng.normal(0.2, np.sqrt(vi + 0.09))
    fit = bayes_pool(yi, vi)
    assert fit.estimate == pytest.approx(yi.mean(), abs=1e-3)
    assert fit.tau == pytest.approx(np.sqrt(yi.var() - 0.01), abs=3e-3)
    assert fit.sd == pytest.approx(yi.std() / np.sqrt(1000), rel=1e-2)


def test_parameters_drawn_from_the_prior_lie_evenly_in_their_posteriors():
    rng, held, worlds = np.random.default_rng(8), {"slope": [], "tau": [], "new": []}, 150
    for _ in range(worlds):
        x, vi = rng.uniform(size=8), rng.uniform(0.01, 0.1, 8)
        mu, slope, tau = rng.normal(0, 1), rng.normal(0, 0.5), abs(rng.normal(0, 0.5))
        yi = rng.normal(mu + slope * (x - x.mean()), np.sqrt(tau**2 + vi))
        fit = bayes_pool(yi, vi, x, level=0.5)
        held["slope"].append(fit.ci_lb < slope < fit.ci_ub)
        held["tau"].append(fit.tau_lb < tau < fit.tau_ub)
        held["new"].append(fit.pi_lb < rng.normal(mu, tau) < fit.pi_ub)
    for name, inside in held.items():
        assert abs(np.mean(inside) - 0.5) < 3 * 0.5 / np.sqrt(worlds), name


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"yi": [], "vi": []}, NotEstimableError, "no effect"),
        ({"x": [0.3, 0.3]}, NotEstimableError, "same value"),
        ({"vi": [0.1, 0.0]}, InputError, "not above 0"),
        ({"yi": [0.1, np.nan]}, InputError, "missing"),
        ({"x": [0.1]}, InputError, "one length"),
        ({"tau_prior": 0.5}, InputError, "a name and a scale"),
        ({"tau_prior": ("half-normal", 0)}, InputError, "the scale of tau_prior is 0; it must be"),
        ({"tau_prior": ("uniform", 1)}, ChoiceError, "half-cauchy"),
        ({"mu_sd": -1.0}, InputError, "mu_sd is -1.0"),
        ({"slope_sd": np.inf}, InputError, "slope_sd is inf"),
        ({"level": 95}, InputError, "level is 95"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(given, error, says):
    with pytest.raises(error, match=says):
        bayes_pool(**{"yi": [0.1, 0.2], "vi": [0.1, 0.1]} | given)


def test_a_prior_is_understood_however_it_is_spelt():
    assert bayes_pool([0.1], [0.1], tau_prior=("Half Cauchy", 1)).tau_prior == ("half-cauchy", 1.0)


def test_a_scale_of_the_curve_that_is_none_is_refused():
    with pytest.raises(InputError, match="a scale of the prior is 0"):
        bayes_factors([0.1, 0.2], [0.1, 0.1], scales=[0.5, 0])


def test_evidence_beyond_all_numbers_is_infinite_and_no_fault():
    fit = bayes_pool([30.0, 31.0, 30.5], [1e-4] * 3, tau_prior=("half-normal", 1e-3), mu_sd=10)
    assert np.isinf(fit.bf10)
