"""Effects and intervals in one likelihood, against R's dnorm, pnorm and optim: estimates, errors, profiles, tests.

The optimum is settled to 1e-9 on both sides; numDeriv's second derivatives are good to about 1e-7 of themselves.
"""

import numpy as np
import pytest
from scipy.special import log_ndtr
from scipy.stats import norm

from builders.references import load_reference
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.censored import Likelihood, Profile, contributions, fit_censored, log_between
from synthesis.statistics.models import fit_model

CASES = load_reference("censored")["cases"]
NAMES = sorted(CASES)


def numbers(values, missing=np.nan):
    """Return numbers from JSON, which has no infinity: a bound that is null is one."""
    return np.array([missing if value is None else value for value in values], float)


def fitted(name, **options):
    case = CASES[name]
    bounds = numbers(case["lower"], -np.inf), numbers(case["upper"], np.inf)
    return fit_censored(numbers(case["yi"]), case["vi"], *bounds, np.array(case["X"], float)[:, 1:], **options)


@pytest.mark.parametrize("name", NAMES)
def test_estimates_and_their_standard_errors_equal_r(name):
    fit, case = fitted(name), CASES[name]
    np.testing.assert_allclose(fit.log_likelihood, case["log_likelihood"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(fit.beta, case["beta"], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(fit.tau2, case["variances"][0], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(fit.se, case["se"], rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_profile_intervals_and_likelihood_ratio_tests_equal_r(name):
    fit, case = fitted(name), CASES[name]
    np.testing.assert_allclose(fit.ci_lb, case["ci_lb"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(fit.ci_ub, case["ci_ub"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(fit.tau2_ci_lb, case["variances_ci_lb"][0], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(fit.tau2_ci_ub, case["variances_ci_ub"][0], rtol=1e-6)
    np.testing.assert_allclose(fit.pval, case["pval"], rtol=1e-6, atol=1e-9)


def test_the_cases_hold_a_tau2_of_nought_and_one_above():
    assert {CASES[name]["variances"][0] > 0 for name in NAMES} == {True, False}


def test_with_numbers_alone_it_is_maximum_likelihood():
    rng = np.random.default_rng(4)
    vi, x = rng.uniform(0.01, 0.08, 25), rng.uniform(size=25)
    yi = 0.2 + 0.4 * x + rng.normal(0, np.sqrt(vi + 0.03))
    none = np.full(25, np.nan)
    fit = fit_censored(yi, vi, none, none, x)
    known = fit_model(yi, vi, np.column_stack([np.ones(25), x]), method="ML", ci="wald")
    np.testing.assert_allclose([*fit.beta, fit.tau2], [*known.beta, known.tau2], rtol=1e-6)
    assert fit.k_interval == 0
    assert known.tau2 > 0.005


def test_a_narrow_interval_is_worth_its_number_and_a_wide_one_nothing():
    vi, none = np.array([0.02, 0.03, 0.04, 0.05]), np.full(4, np.nan)
    yi = np.array([0.5, 0.1, 0.35, np.nan])
    known = fit_censored([0.5, 0.1, 0.35, 0.2], vi, none, none)
    three = fit_censored(yi[:3], vi[:3], none[:3], none[:3])
    for half, wanted in ((1e-5, known), (50.0, three)):
        lower, upper = none.copy(), none.copy()
        lower[3], upper[3] = 0.2 - half, 0.2 + half
        fit = fit_censored(yi, vi, lower, upper)
        np.testing.assert_allclose(
            [fit.ci_lb[0], fit.beta[0], fit.ci_ub[0]], [wanted.ci_lb[0], *wanted.beta, *wanted.ci_ub], atol=1e-6
        )
        np.testing.assert_allclose(fit.tau2_ci_ub, wanted.tau2_ci_ub, rtol=1e-5)


def test_turning_every_sign_turns_the_answer():
    yi = np.array([0.3, np.nan, 0.6, np.nan, -0.1])
    vi, x = np.array([0.02, 0.05, 0.04, 0.03, 0.02]), np.array([0.1, 0.5, 0.9, 0.4, 0.3])
    lower, upper = np.array([np.nan, -0.4, np.nan, 0.3, np.nan]), np.array([np.nan, 0.4, np.nan, np.inf, np.nan])
    one, other = fit_censored(yi, vi, lower, upper, x), fit_censored(-yi, vi, -upper, -lower, x)
    np.testing.assert_allclose(one.beta, -other.beta, rtol=1e-9)
    np.testing.assert_allclose(one.ci_lb, -other.ci_ub, rtol=1e-8)
    np.testing.assert_allclose([one.tau2, one.tau2_ci_ub], [other.tau2, other.tau2_ci_ub], rtol=1e-8)


def test_a_wider_level_gives_a_wider_interval_and_the_test_agrees_with_it():
    fit = fitted("raudenbush")
    at = fitted("raudenbush", level=1 - fit.pval[0])
    assert at.ci_lb[0] == pytest.approx(0, abs=1e-8)
    assert at.ci_ub[0] > fitted("raudenbush", level=0.5).ci_ub[0]


@pytest.mark.parametrize("bounds", [(-0.3, 0.3), (0.2, np.inf), (-np.inf, -0.2)])
def test_derivatives_are_those_of_the_logarithm(bounds):
    y, lower, upper = np.array([0.2]), np.array(bounds[:1]), np.array(bounds[1:])
    mu, v, h = np.array([0.4, 0.15]), np.array([0.02, 0.05]), 1e-5

    def at(dm, dv):
        return contributions(mu + dm, v + dv, y, lower, upper)

    now = at(0, 0)
    np.testing.assert_allclose(now.by_mean, (at(h, 0).log - at(-h, 0).log) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(now.by_variance, (at(0, h).log - at(0, -h).log) / (2 * h), rtol=1e-4)
    np.testing.assert_allclose(now.by_mean_twice, (at(h, 0).by_mean - at(-h, 0).by_mean) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(now.by_both, (at(0, h).by_mean - at(0, -h).by_mean) / (2 * h), rtol=1e-4)
    np.testing.assert_allclose(
        now.by_variance_twice, (at(0, h).by_variance - at(0, -h).by_variance) / (2 * h), rtol=1e-4
    )


def test_probabilities_keep_their_digits_in_both_tails():
    assert log_between(np.array(-1.0), np.array(2.0)) == pytest.approx(np.log(norm.cdf(2) - norm.cdf(-1)), rel=1e-14)
    far = log_between(np.array(40.0), np.array(np.inf))
    assert far == pytest.approx(log_ndtr(-40.0), rel=1e-14)
    assert log_between(np.array(-41.0), np.array(-40.0)) == log_between(np.array(40.0), np.array(41.0))
    assert np.isfinite(log_between(np.array(1e6), np.array(1e6 + 1)))


def test_leaving_out_what_only_says_no_difference_misleads_and_its_interval_does_not():
    rng = np.random.default_rng(11)
    found, naive, covered, worlds, true = [], [], 0, 50, 0.15
    for _ in range(worlds):
        s = np.sqrt(4 / rng.integers(60, 400, 20))
        yi = rng.normal(true, np.sqrt(0.01 + s**2))
        silent = (np.abs(yi) < 1.96 * s) & (rng.random(20) < 0.7)
        shown = np.where(silent, np.nan, yi)
        fit = fit_censored(shown, s**2, -1.96 * s, 1.96 * s)
        found.append(fit.beta[0])
        covered += fit.ci_lb[0] <= true <= fit.ci_ub[0]
        naive.append(fit_censored(yi[~silent], s[~silent] ** 2, s[~silent], s[~silent]).beta[0])
    error = np.std(found) / np.sqrt(worlds)
    assert abs(np.mean(found) - true) < 3 * error
    assert np.mean(naive) - true > 5 * error
    assert covered >= 43  # of 50, of which 47.5 are expected, with a Monte-Carlo error of 1.5


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"yi": [np.nan, np.nan]}, NotEstimableError, "No result has a number"),
        ({"yi": [0.1], "vi": [0.1], "lower": [0], "upper": [0]}, NotEstimableError, "1 results cannot carry 1"),
        ({"yi": [0.1, np.nan], "X": [1.0, 2.0]}, NotEstimableError, "2 results cannot carry 2"),
        ({"yi": [0.1, 0.2], "vi": [0.1, 0.0]}, InputError, "not above 0"),
        ({"yi": [0.1, np.inf]}, InputError, "infinite"),
        ({"yi": [0.1, np.nan], "lower": [0, 0.3]}, InputError, "Effect number 2 .* 0.3 is not below 0.2"),
        ({"yi": [0.1, np.nan], "lower": [0, np.nan]}, InputError, "Effect number 2"),
        ({"yi": [0.1, np.nan], "lower": [0, -np.inf], "upper": [0, np.inf]}, InputError, "says nothing"),
        ({"yi": [0.1, 0.2], "vi": [0.1]}, InputError, "one length"),
        ({"yi": [0.1, 0.2], "X": [1.0]}, InputError, "one length"),
        ({"yi": [0.1, 0.2], "level": 1.0}, InputError, "level"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(given, error, says):
    with pytest.raises(error, match=says):
        fit_censored(**{"vi": [0.1, 0.1], "lower": [-0.2, -0.2], "upper": [0.2, 0.2]} | given)


def test_intervals_alone_cannot_hold_a_slope():
    yi, x = [0.1, 0.3, np.nan, np.nan], [1.0, 1.0, 2.0, 3.0]
    with pytest.raises(NotEstimableError, match="tell the coefficients apart"):
        fit_censored(yi, [0.1] * 4, [-0.2] * 4, [0.2] * 4, x)
    with pytest.raises(NotEstimableError, match="collinear"):
        fit_censored([0.1, 0.3, 0.2, 0.4], [0.1] * 4, [0] * 4, [0] * 4, np.column_stack([x, x]))


def test_two_tops_of_the_likelihood_are_told_apart():
    """The maximum at nought is the higher one; the search sees the other."""
    fit = fitted("bimodal")
    assert fit.tau2 == 0
    assert fit.log_likelihood == pytest.approx(CASES["bimodal"]["log_likelihood"], abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_ends_from_hill_to_hill_nearby_are_those_of_a_search_over_the_whole_range(name, monkeypatch):
    near = fitted(name)
    monkeypatch.setattr(Profile, "_end", lambda *_: None)
    whole = fitted(name)
    np.testing.assert_allclose([near.ci_lb, near.ci_ub], [whole.ci_lb, whole.ci_ub], rtol=0, atol=1e-8)


def test_an_end_on_a_hill_that_is_not_the_highest_is_looked_for_again(monkeypatch):
    """As if the steps had kept to a lower hill: where they end, the likelihood has not fallen so far."""
    whole, climb = fitted("bimodal"), Likelihood.nearby
    lower = []

    def on_a_lower_hill(self, tau2, beta):
        tau2, beta, top = climb(self, tau2, beta)
        lower.append(tau2)
        return tau2, beta, top - 0.3

    monkeypatch.setattr(Likelihood, "nearby", on_a_lower_hill)
    again = fitted("bimodal")
    assert lower
    np.testing.assert_allclose([again.ci_lb, again.ci_ub], [whole.ci_lb, whole.ci_ub], rtol=0, atol=1e-8)
