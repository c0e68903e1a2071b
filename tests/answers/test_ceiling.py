"""The ceiling: the most that any characteristic of trials could explain."""

from __future__ import annotations

import numpy as np
import pytest

from builders.given_effects import effects_of
from builders.references import load_reference
from synthesis.answers.ceiling import ceiling
from synthesis.answers.pooling import pool


def test_the_ceiling_is_twice_metafors_tau_and_twice_its_upper_limit():
    reference = load_reference("pooling")
    case = next(own for own in reference["pools"] if (own["dataset"], own["method"]) == ("bcg", "REML"))
    data = reference["datasets"]["bcg"]
    found = ceiling(pool(effects_of(data["yi"], data["vi"])))
    assert found.two_tau == pytest.approx(2 * np.sqrt(case["tau2"]), rel=1e-6)
    assert found.two_tau_ub == pytest.approx(2 * np.sqrt(case["tau2_ci_ub"]), rel=2e-5)
    assert f"as estimated, by {found.two_tau:.2f}" in str(found)
    assert f"at most {found.two_tau_ub:.2f} SMD if heterogeneity is as large" in str(found)


def test_less_heterogeneity_than_chance_has_no_upper_limit():
    found = ceiling(pool(effects_of([0.2, 0.2, 0.2, 0.2], [0.1] * 4)))
    assert np.isnan(found.two_tau_ub)
    assert "differ less from one another than chance alone" in str(found)
    assert "nan" not in str(found)


def test_no_characteristic_makes_a_larger_difference_than_the_ceiling():
    """True effects on a line of any characteristic, and off it: plus and minus a standard deviation differ by less."""
    rng = np.random.default_rng(2)
    for share in (0.2, 0.7, 1.0):
        x = rng.normal(size=200_000)
        theta = np.sqrt(share) * 0.3 * x + np.sqrt(1 - share) * 0.3 * rng.normal(size=len(x))
        slope = np.polyfit(x, theta, 1)[0]
        assert 2 * slope * x.std() <= 2 * theta.std() * (1 + 1e-9)
