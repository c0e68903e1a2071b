"""The measurement model: against a model without it, against itself by simulation, and in what it must not do."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.statistics.bayes_clusters import bayes_joint
from synthesis.statistics.gibbs_ratings import Priors
from synthesis.statistics.measurement import measure
from tests.builders.measured import Design

SBC = {}
MECHANISM = ["trust", "trust", "bridging", "bridging"]
# Monte-Carlo errors: what is right strays further once in 16,000 times.
ERRORS = 4.0


@pytest.fixture(scope="module")
def review():
    """Twenty arms of seventeen trials with two outcomes, whose ratings are known."""
    rng = np.random.default_rng(7)
    z = rng.integers(0, 3, (20, 4))
    trial, outcome, arm, variance = Design().effects()
    scores = z.sum(axis=1) / 8
    y = 0.2 + 0.8 * (scores[arm] - 0.5) + rng.normal(size=13)[trial] * 0.1 + rng.normal(size=len(arm)) * 0.15
    effects = {"yi": y, "vi": np.array(variance), "cluster": np.array(trial), "outcome": np.array(outcome)}
    return z, scores, effects, np.array(arm)


def test_with_everything_known_it_is_the_joint_model_without_it(review):
    z, scores, effects, arm = review
    ratings = np.repeat(z[..., None], 2, axis=2).astype(float)
    centre = scores[arm].mean()
    found = measure(
        ratings, MECHANISM, settled=z + 1, **effects, arm=arm, centre=centre, chains=8, draws=1500, thin=1, seed=3
    )
    outside = bayes_joint(**effects, x=scores[arm])
    assert np.allclose(found.scores, scores)
    assert found.slope.rhat < 1.02
    assert abs(found.slope.mean - outside.estimate) < ERRORS * found.slope.mc_error
    assert found.slope.sd == pytest.approx(outside.sd, rel=0.05)
    assert found.slope.ci_lb == pytest.approx(outside.ci_lb, abs=0.05)
    assert abs(found.tau.mean - outside.tau) < ERRORS * found.tau.mc_error
    assert abs(found.omega.mean - outside.omega) < ERRORS * found.omega.mc_error


def test_with_coders_who_hardly_err_it_comes_near_that(review):
    z, scores, effects, arm = review
    ratings = np.repeat(z[..., None], 2, axis=2).astype(float)
    sure = Priors(right=5_000.0, wrong=0.01)
    found = measure(
        ratings, MECHANISM, **effects, arm=arm, centre=scores[arm].mean(), priors=sure, chains=8, draws=800, seed=3
    )
    outside = bayes_joint(**effects, x=scores[arm])
    assert np.abs(found.scores - scores).max() < 0.01
    assert abs(found.slope.mean - outside.estimate) < ERRORS * found.slope.mc_error + 0.01
