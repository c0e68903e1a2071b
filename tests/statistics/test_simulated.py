"""Trials drawn as they would be run: sizes behind a variance, g with its mean and spread, errors that go together."""

import numpy as np
import pytest

from synthesis.statistics.lines import fit_lines, fit_means
from synthesis.statistics.models import fit_model
from synthesis.statistics.simulated import (
    SMALLEST_ARM,
    draw_smd,
    generator_of,
    mean_with_error,
    share_with_error,
    sizes_behind,
)

SIZES = np.array([[40.0, 12.0, 200.0], [60.0, 9.0, 180.0]])


def variance(yi, sizes):
    return 1 / sizes[0] + 1 / sizes[1] + yi**2 / (2 * sizes.sum(axis=0))


def test_sizes_give_back_the_variance_whatever_made_it_larger_or_smaller():
    yi = np.array([0.3, -0.8, 0.1])
    plain = variance(yi, SIZES)
    assert sizes_behind(yi, plain, *SIZES) == pytest.approx(SIZES)
    vi = plain * [2.0, 1.0, 0.64]
    found = sizes_behind(yi, vi, *SIZES)
    assert variance(yi, found) == pytest.approx(vi)
    assert found[0] / found[1] == pytest.approx(SIZES[0] / SIZES[1])


def test_arms_of_unknown_size_are_equal_and_none_is_below_three():
    found = sizes_behind(np.array([0.2, 0.2]), np.array([0.05, 5.0]), np.array([np.nan, 4.0]), np.array([50.0, 4.0]))
    assert found[0, 0] == found[1, 0]
    assert variance(0.2, found)[0] == pytest.approx(0.05)
    assert found[:, 1].tolist() == [SMALLEST_ARM] * 2


def test_g_is_unbiased_and_its_variance_is_about_the_one_it_is_given():
    theta = np.repeat([[0.4], [0.4], [0.4]], 60_000, axis=1)
    drawn = draw_smd(theta, SIZES, generator_of(1, "g"))
    mean, error = drawn.yi.mean(axis=1), drawn.yi.std(axis=1) / np.sqrt(60_000)
    assert np.all(np.abs(mean - 0.4) < 4 * error)
    assert drawn.vi.mean(axis=1) == pytest.approx(drawn.yi.var(axis=1), rel=0.06)
    assert drawn.vi == pytest.approx(variance(drawn.yi, SIZES[:, :, None]))


def test_errors_of_a_cluster_go_together_and_others_do_not():
    cluster, sizes = np.array([0, 0, 1]), np.full((2, 3), 400.0)
    drawn = draw_smd(np.zeros((3, 40_000)), sizes, generator_of(1, "rho"), cluster=cluster, rho=0.6)
    together = np.corrcoef(drawn.yi)
    assert together[0, 1] == pytest.approx(0.6, abs=0.02)
    assert together[0, 2] == pytest.approx(0.0, abs=0.02)


def test_a_generator_is_its_names_alone():
    first, again, other, seed = (generator_of(*own).random(3) for own in ((1, "a"), (1, "a"), (1, "b"), (2, "a")))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()
    assert first.tolist() != seed.tolist()


def test_monte_carlo_errors_are_those_of_means_and_shares_and_a_share_of_none_has_one_too():
    values = np.array([1.0, 2.0, 4.0])
    assert mean_with_error(values) == pytest.approx((7 / 3, values.std(ddof=1) / np.sqrt(3)))
    assert share_with_error(np.array([True] * 5 + [False] * 95)) == pytest.approx((0.05, np.sqrt(0.05 * 0.95 / 100)))
    assert share_with_error(np.zeros(99, bool))[0] == 0
    assert share_with_error(np.zeros(99, bool))[1] > 0
    assert np.isnan(share_with_error(np.zeros(0, bool))).all()
    assert np.isnan(mean_with_error(np.zeros(1))[1])


@pytest.mark.parametrize("ci", ["wald", "knapp-hartung", "knapp-hartung-floor"])
def test_lines_and_means_of_many_data_sets_are_those_of_one_by_one(ci, rng):
    yi, vi, x = rng.normal(0.2, 0.4, (9, 30)), rng.uniform(0.01, 0.1, (9, 30)), rng.uniform(0, 1, 9)
    lines, means = fit_lines(yi, vi, x), fit_means(yi, vi)
    for i in range(30):
        for many, X in ((lines, np.column_stack([np.ones(9), x])), (means, np.ones((9, 1)))):
            one = fit_model(yi[:, i], vi[:, i], X, ci=ci)
            assert many.tau2[i] == pytest.approx(one.tau2, abs=1e-7)
            assert many.estimate[i] == pytest.approx(one.beta[-1], abs=1e-6)
            assert many.standard_error(ci)[i] == pytest.approx(one.se[-1], abs=1e-6)
            assert many.statistic(ci)[i] == pytest.approx(one.statistic[-1], abs=1e-4)
            assert many.reference(ci) == one.df
