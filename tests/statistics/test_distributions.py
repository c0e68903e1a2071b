"""The special functions give what scipy.stats gives: in the middle, in the tails, for infinite degrees of freedom."""

import numpy as np
import pytest
from scipy import stats

from synthesis.statistics.distributions import (
    chi2_quantile,
    chi2_tail,
    f_tail,
    normal_quantile,
    normal_tail,
    t_quantile,
    t_tail,
)

P = np.array([1e-8, 0.005, 0.025, 0.5, 0.9, 0.975, 0.9995, 1 - 1e-8])
X = np.array([0.0, 0.3, 1.0, 2.5, 8.0, 40.0])
EXACT = {"rtol": 1e-12, "atol": 1e-300}


def test_the_normal():
    np.testing.assert_allclose(normal_quantile(P), stats.norm.ppf(P), **EXACT)
    np.testing.assert_allclose(normal_tail(X), stats.norm.sf(X), **EXACT)


@pytest.mark.parametrize("df", [1, 2, 3.7, 15, 400, np.inf])
def test_students_t(df):
    np.testing.assert_allclose(t_quantile(P, df), stats.t.ppf(P, df), rtol=1e-10)
    np.testing.assert_allclose(t_tail(X, df), stats.t.sf(X, df), rtol=1e-12)


def test_students_t_takes_each_its_own_degrees_of_freedom():
    df = np.array([2.0, np.inf, 30.0])
    np.testing.assert_allclose(t_quantile(0.975, df), stats.t.ppf(0.975, df), rtol=1e-12)


@pytest.mark.parametrize("df", [1, 2, 13, 300])
def test_chi_square_and_f(df):
    np.testing.assert_allclose(chi2_quantile(P, df), stats.chi2.ppf(P, df), rtol=1e-12)
    np.testing.assert_allclose(chi2_tail(X, df), stats.chi2.sf(X, df), **EXACT)
    np.testing.assert_allclose(f_tail(X, 2, df), stats.f.sf(X, 2, df), **EXACT)
