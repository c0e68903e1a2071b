"""One slope for all outcomes by Bayes, against Simpson's rule over whole covariance matrices in R.

What the slope is has all its digits there; averages of the standard deviations have nine, being less smooth at nought.
"""

import numpy as np
import pytest

from builders.references import load_reference
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.statistics.bayes import bayes_pool
from synthesis.statistics.bayes_clusters import bayes_joint

CASES = load_reference("bayes_joint")["cases"]
NAMES = sorted(CASES)


def fitted(case, **options):
    given = {name: tuple(case[name]) for name in ("tau_prior", "omega_prior")}
    given |= {name: case[name] for name in ("rho", "mu_sd", "slope_sd")}
    return bayes_joint(case["yi"], case["vi"], case["cluster"], case["x"], case["outcome"], **given | options)


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_equals_r(name):
    fit, case = fitted(CASES[name]), CASES[name]
    assert fit.log_evidence == pytest.approx(case["log_evidence"], abs=1e-9)
    for attribute in ("estimate", "sd", "prob_positive", "bf10"):
        assert getattr(fit, attribute) == pytest.approx(case[attribute], rel=1e-9), attribute
    assert (fit.ci_lb, fit.ci_ub) == pytest.approx(case["ci"], abs=1e-9)
    np.testing.assert_allclose(fit.intercepts, case["intercepts"], atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_both_standard_deviations_equal_r(name):
    fit, case = fitted(CASES[name]), CASES[name]
    for attribute in ("tau", "tau_sd", "omega", "omega_sd"):
        assert getattr(fit, attribute) == pytest.approx(case[attribute], rel=1e-7), attribute


def test_without_variance_within_clusters_and_with_one_effect_each_it_is_the_simple_pool():
    yi, vi, x = [0.1, 0.3, 0.5, 0.2], [0.02, 0.03, 0.05, 0.02], [0.2, 0.4, 0.9, 0.5]
    joint, single = bayes_joint(yi, vi, list("abcd"), x, omega_prior=("half-normal", 1e-5)), bayes_pool(yi, vi, x)
    for attribute in ("estimate", "sd", "bf10", "tau", "log_evidence"):
        assert getattr(joint, attribute) == pytest.approx(getattr(single, attribute), rel=1e-6), attribute
    assert joint.intercepts[0] == pytest.approx(single.intercept, rel=1e-6)


def test_the_order_of_effects_does_not_matter():
    case = CASES["three"]
    turned = {
        name: value[::-1] if isinstance(value, list) and len(value) > 2 else value for name, value in case.items()
    }
    one, other = fitted(case | {"intercepts": None}), fitted(turned)
    assert (one.estimate, one.bf10, one.tau) == pytest.approx((other.estimate, other.bf10, other.tau), rel=1e-10)


def test_errors_that_go_together_tell_less_of_an_average_and_no_less_of_nothing():
    yi, vi, x = [0.3, 0.32, 0.1, 0.12, 0.5, 0.52], [0.03] * 6, [0.1, 0.1, 0.5, 0.5, 0.9, 0.9]
    cluster, few = list("aabbcc"), {"tau_prior": ("half-normal", 0.01), "omega_prior": ("half-normal", 0.01)}
    apart, together = (bayes_joint(yi, vi, cluster, x, rho=rho, **few).sd for rho in (0.0, 0.9))
    assert together > 1.05 * apart


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"rho": 1.0}, InputError, "rho is 1.0"),
        ({"cluster": ["a"]}, InputError, "cluster and outcome"),
        ({"outcome": ["a"]}, InputError, "cluster and outcome"),
        ({"x": [0.2, 0.2, 0.2]}, NotEstimableError, "same value"),
        ({"x": [0.2, 0.2, 0.5], "outcome": ["a", "a", "b"]}, NotEstimableError, "cannot be told from them"),
        ({"omega_prior": ("flat", 1)}, ChoiceError, "omega_prior"),
        ({"omega_prior": ("half-normal", -1)}, InputError, "the scale of omega_prior is -1"),
        ({"vi": [0.1, 0.1, 0]}, InputError, "not above 0"),
        ({"mu_sd": 0}, InputError, "mu_sd is 0"),
        ({"level": 1}, InputError, "level is 1"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(given, error, says):
    plain = {"yi": [0.1, 0.2, 0.4], "vi": [0.1] * 3, "cluster": list("aab"), "x": [0.1, 0.2, 0.5]}
    with pytest.raises(error, match=says):
        bayes_joint(**plain | given)
