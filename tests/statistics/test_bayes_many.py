"""Thousands of posteriors at once are those of `bayes_pool`, which is held to the package bayesmeta."""

import numpy as np
import pytest

from synthesis.statistics.bayes import bayes_pool
from synthesis.statistics.bayes_many import bayes_columns

CLOSE = 1e-8


def sets(k, rng, d=24):
    """Draw data sets with variances over four decades and any heterogeneity."""
    v = rng.uniform(0.002, 0.3, (k, d)) ** rng.uniform(0.5, 2)
    y = rng.normal(rng.normal(0, 0.5, d), np.sqrt(v + rng.exponential(0.05, d)))
    return y, v, rng.random((k, d))


@pytest.mark.parametrize("k", [3, 5, 17, 40])
@pytest.mark.parametrize("scale", [0.25, 0.5, 1.0])
@pytest.mark.parametrize("moderated", [False, True])
def test_each_column_is_the_posterior_of_one(k, scale, moderated, rng):
    y, v, x = sets(k, rng)
    found = bayes_columns(y, v, x if moderated else None, scale=scale)
    for j in range(y.shape[1]):
        one = bayes_pool(y[:, j], v[:, j], x[:, j] if moderated else None, tau_prior=("half-normal", scale))
        assert found.estimate[j] == pytest.approx(one.estimate, abs=CLOSE * one.sd)
        assert found.sd[j] == pytest.approx(one.sd, rel=CLOSE)
        assert found.prob_positive[j] == pytest.approx(one.prob_positive, abs=CLOSE)
