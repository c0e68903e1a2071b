"""Newton's search of thousands of data sets at once: it stands at the maximum of the likelihood, or gives up.

The likelihood is written out here from its definition; metafor's numbers are met in test_models and test_permutation.
"""

import numpy as np
import pytest

from builders.references import load_reference
from synthesis.statistics.kernels import likelihood_tau2

A_HAIR = 0.01  # log units: a second mode this little higher may be missed
GRID = np.concatenate([[0.0], np.geomspace(1e-4, 1e3, 400)])


def log_likelihood(y, v, X, tau2, *, restricted):
    w = 1 / (v + tau2)
    cross = (X * w[:, None]).T @ X
    residual = y - X @ np.linalg.solve(cross, X.T @ (w * y))
    value = -0.5 * (np.sum(np.log(v + tau2)) + np.sum(w * residual**2))
    return value - 0.5 * np.linalg.slogdet(cross)[1] if restricted else value


def wild(k, p, draws, seed):
    """Return data sets whose variances span decades and whose heterogeneity may be nothing or huge."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(k), rng.random((k, p - 1))])
    v = np.exp(rng.normal(-3, 1.5, (k, draws)))
    return rng.normal(0, np.sqrt(v + rng.choice([0, 0.05, 0.5], draws))), v, X


@pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])
@pytest.mark.parametrize(("k", "p"), [(4, 1), (5, 2), (8, 1), (8, 2), (9, 3), (25, 2)])
def test_no_other_heterogeneity_is_more_likely_than_the_one_found(k, p, restricted):
    y, v, X = wild(k, p, 400, seed=10 * k + p)
    found = likelihood_tau2(y, v, X, restricted=restricted)
    given_up = np.isnan(found)
    assert given_up.mean() < 0.15
    for column in np.flatnonzero(~given_up):
        likelihood = lambda tau2, c=column: log_likelihood(y[:, c], v[:, c], X, tau2, restricted=restricted)  # noqa: E731
        reached, scale = likelihood(found[column]), found[column] + v[:, column].mean()
        assert max(map(likelihood, GRID)) <= reached + A_HAIR
        if found[column] > 0:  # the slope there is nothing, to the seventh digit of the estimate and better
            step = 1e-5 * scale
            up, down = likelihood(found[column] + step), likelihood(max(found[column] - step, 0.0))
            assert abs(up - down) <= 1e-2 * abs(up - 2 * reached + down) + 1e-12


def test_two_modes_are_not_chosen_between():
    data = load_reference("pooling")["datasets"]["bimodal_likelihood"]
    y, v, X = np.array(data["yi"], float), np.array(data["vi"], float), np.ones((len(data["yi"]), 1))
    values = np.array([log_likelihood(y, v, X, tau2, restricted=False) for tau2 in GRID])
    padded = np.concatenate([[-np.inf], values, [-np.inf]])
    modes = (padded[1:-1] > padded[:-2]) & (padded[1:-1] > padded[2:])
    assert modes.sum() == 2, "the data are what their name says"
    assert np.isnan(likelihood_tau2(y[:, None], v[:, None], X, restricted=False)).all()


def test_each_data_set_is_searched_by_itself():
    y, v, X = wild(9, 2, 300, seed=4)
    together = likelihood_tau2(y, v, X, restricted=True)
    alone = np.concatenate([likelihood_tau2(y[:, [c]], v[:, [c]], X, restricted=True) for c in range(300)])
    np.testing.assert_allclose(together, alone, rtol=1e-10, atol=1e-14)
