"""The permutation test against metafor's permutest, exact and by Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest

from builders.references import TESTS, load_reference
from synthesis.statistics.permutation import permutation_test, slope_statistics

ITERATIVE = 1e-4  # tau2 is searched for in every arrangement
REFERENCE = load_reference("permutation")
ONE_MODERATOR = [
    pytest.param(case, id=f"{case['case']}-{case['method']}-{case['test']}")
    for case in REFERENCE["exact"]
    if len(REFERENCE["cases"][case["case"]]["mods"]) == 1
]


def _arrays(case):
    data = REFERENCE["cases"][case["case"]]
    return (np.array(a, float) for a in (data["yi"], data["vi"], *data["mods"].values()))


@pytest.mark.parametrize("case", ONE_MODERATOR)
def test_exact_p_equals_metafor(case):
    yi, vi, x = _arrays(case)
    found = permutation_test(yi, vi, x, method=case["method"], ci=TESTS[case["test"]])
    assert found.exact
    assert found.permutations == case["permutations"]
    assert found.pval == pytest.approx(case["pval_permutation"][1], abs=1e-12)
    assert found.standard_error == 0


@pytest.mark.parametrize("case", ONE_MODERATOR)
def test_the_observed_statistic_equals_metafor(case):
    yi, vi, x = _arrays(case)
    found = slope_statistics(yi[:, None], vi[:, None], x, method=case["method"], ci=TESTS[case["test"]])
    assert found[0] == pytest.approx(case["stat"][1], rel=ITERATIVE)


def test_monte_carlo_p_agrees_with_metafor_within_both_errors():
    case = REFERENCE["monte_carlo"]
    yi, vi, x = _arrays(case)
    found = permutation_test(yi, vi, x, method=case["method"], ci=TESTS[case["test"]], permutations=20_000, seed=1)
    theirs = case["pval_permutation"][1]
    error = np.hypot(found.standard_error, np.sqrt(theirs * (1 - theirs) / case["iterations"]))
    assert not found.exact
    assert abs(found.pval - theirs) < 4 * error


def test_the_seed_fixes_the_answer_and_leaves_the_global_generator_alone():
    rng = np.random.default_rng(3)
    yi, vi, x = rng.normal(size=14), rng.uniform(0.05, 0.2, 14), rng.random(14)
    state = np.random.get_state()[1].copy()
    one, same, other = (permutation_test(yi, vi, x, permutations=500, seed=s).pval for s in (5, 5, 6))
    assert one == same != other
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_monte_carlo_p_is_never_zero():
    x = np.linspace(0, 1, 12)
    found = permutation_test(5 * x, np.full(12, 0.001), x, permutations=200)
    assert found.pval == pytest.approx(1 / 201)


def test_under_no_association_p_is_uniform():
    rng = np.random.default_rng(11)
    p = [
        permutation_test(
            rng.normal(0, 0.5, 12), rng.uniform(0.02, 0.2, 12), rng.random(12), permutations=199, seed=i
        ).pval
        for i in range(300)
    ]
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) < 0.04
    assert abs(np.mean(p) - 0.5) < 0.06
