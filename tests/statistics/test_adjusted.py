"""SMDs of adjusted models and of changes against the raw scores that R made them from; small trials' intervals by t."""

from __future__ import annotations

import numpy as np
import pytest

from builders.references import load_reference
from synthesis.statistics.measures import (
    by_sd_between,
    change_sd_ratio,
    residual_sd_ratio,
    se_from_ci,
    smd,
    smd_from_f,
    smd_from_md,
    smd_from_p,
    smd_from_t,
)

CLOSED_FORM = 1e-10
FAR_TAIL = 1e-6  # a p value of 1e-12 is known to fewer digits than its t
PRINTED_3DP = 5e-4
MONTE_CARLO = 4  # standard errors; of a variance from 4,000 draws they are 2.2%
REFERENCE = load_reference("adjusted")
MODELS, CHANGES = ({key: np.array(v) for key, v in REFERENCE[name].items()} for name in ("models", "changes"))


def of_models():
    """One g a data set by each of the things that a report may print of the same model."""
    n, df, sign = (MODELS["n1"], MODELS["n2"]), MODELS["df"], MODELS["md"]
    return {
        "t": smd_from_t(MODELS["t"], *n, df),
        "F": smd_from_f(MODELS["F"], *n, sign, df),
        "p": smd_from_p(MODELS["p"], *n, sign, df),
        "MD and SE": smd_from_md(MODELS["md"], MODELS["se"], *n, df),
        "MD and interval": smd_from_md(MODELS["md"], se_from_ci(MODELS["ci_lb"], MODELS["ci_ub"], df=df), *n, df),
    }


@pytest.mark.parametrize("printed", of_models())
def test_an_adjusted_model_gives_the_g_of_the_raw_scores(printed):
    found = by_sd_between(of_models()[printed], residual_sd_ratio(MODELS["r"]))
    # The covariate costs the residual SD one degree of freedom: half a share of 1/df in g, and nothing else.
    one_df = np.sqrt(1 - 1 / (MODELS["df"] + 1))
    assert (np.abs(found.yi / MODELS["yi"] - 1) < 0.55 / MODELS["df"]).all()
    np.testing.assert_allclose(found.yi / one_df, MODELS["yi"], rtol=1e-3)


def test_every_figure_of_one_model_gives_one_g():
    first, *others = of_models().values()
    for other in others:
        np.testing.assert_allclose(other.yi, first.yi, rtol=FAR_TAIL)
        np.testing.assert_allclose(other.vi, first.vi, rtol=FAR_TAIL)


def test_without_the_printed_degrees_of_freedom_a_p_value_gives_another_g():
    n, sign = (MODELS["n1"], MODELS["n2"]), MODELS["md"]
    by_sizes, by_printed = smd_from_p(MODELS["p"], *n, sign), smd_from_p(MODELS["p"], *n, sign, MODELS["df"])
    assert (np.abs(by_sizes.yi) < np.abs(by_printed.yi)).all()
    assert np.abs(by_sizes.yi / by_printed.yi - 1)[0] > 1e-4


def test_changes_give_the_g_of_the_raw_final_scores():
    ratio = change_sd_ratio(CHANGES["r"])
    n, arms = (CHANGES["n1"], CHANGES["n2"]), [CHANGES[name] for name in ("m1", "sd1", "n1", "m2", "sd2", "n2")]
    ways = {
        "means": smd(*arms),
        "t": smd_from_t(CHANGES["t"], *n),
        "p": smd_from_p(CHANGES["p"], *n, CHANGES["md"]),
        "MD": smd_from_md(CHANGES["md"], CHANGES["se"], *n),
    }
    for found in ways.values():
        np.testing.assert_allclose(by_sd_between(found, ratio).yi, CHANGES["yi"], rtol=1e-8)
    np.testing.assert_allclose(by_sd_between(ways["means"], ratio).yi, CHANGES["yi"], rtol=CLOSED_FORM)


DRAWN = [
    pytest.param(ratio, case, id=f"{name}-{case['r']}")
    for name, ratio in (("models", residual_sd_ratio), ("changes", change_sd_ratio))
    for case in REFERENCE["drawn"][name]
]


@pytest.mark.parametrize(("ratio", "case"), DRAWN)
def test_over_many_trials_it_is_unbiased_and_its_variance_is_the_one_it_has(ratio, case):
    came = smd_from_t(case["t"], case["n1"], case["n2"], case["df"])
    found, draws = by_sd_between(came, ratio(case["r"])), len(case["t"])
    spread = np.var(found.yi, ddof=1)
    # Arms that differ at baseline by chance widen the model's SE, on average by half a share of one in all people.
    by_chance = abs(case["true"]) / (2 * (case["n1"] + case["n2"] - 3))
    assert abs(found.yi.mean() - case["true"]) < by_chance + MONTE_CARLO * np.sqrt(spread / draws)
    # The large-sample variance is a little below the variance in samples of forty people.
    assert found.vi.mean() / spread == pytest.approx(1, abs=0.09 + 40 / (case["n1"] + case["n2"]) ** 1.5)
    assert abs(came.yi.mean() - case["true"]) > MONTE_CARLO * np.sqrt(np.var(came.yi, ddof=1) / draws)
    assert abs(came.vi.mean() / spread - 1) > 0.3


def test_at_a_correlation_of_half_changes_are_left_alone_and_at_none_models_are():
    assert change_sd_ratio(0.5) == 1
    assert residual_sd_ratio(0) == 1
    assert change_sd_ratio(0) == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize("r", [-0.1, 1.0, 1.2, np.nan])
def test_a_correlation_that_cannot_be_gives_nan(r):
    assert np.isnan(residual_sd_ratio(r))
    assert np.isnan(change_sd_ratio(r))


@pytest.mark.parametrize("case", REFERENCE["small"], ids=lambda case: f"{case['n1']} and {case['n2']}")
def test_intervals_of_small_trials_give_back_rs_standard_errors_by_t(case):
    ends = case["lower"], case["upper"]
    assert se_from_ci(*ends, df=case["df"]) == pytest.approx(case["se"], rel=CLOSED_FORM)
    assert se_from_ci(*ends) > 1.015 * case["se"]


def test_at_fifteen_an_arm_z_makes_the_variance_nine_percent_too_large():
    ends = REFERENCE["small"][0]["lower"], REFERENCE["small"][0]["upper"]
    assert (se_from_ci(*ends) / se_from_ci(*ends, df=28)) ** 2 == pytest.approx(1.09, abs=0.005)


def test_the_handbooks_divisor_for_25_people_replaces_that_of_large_samples():
    # Cochrane Handbook 6.5.2.2: 2 x 2.0639 = 4.128 in the place of 3.92, on 24 degrees of freedom.
    assert 1 / se_from_ci(0, 1, df=24) == pytest.approx(4.128, abs=PRINTED_3DP)
    assert 1 / se_from_ci(0, 1) == pytest.approx(3.92, abs=5e-3)


def test_each_interval_has_degrees_of_freedom_of_its_own():
    lower, upper = np.array([-1.0, -1.0, -1.0]), np.array([1.0, 1.0, 1.0])
    found = se_from_ci(lower, upper, df=[24, np.inf, np.nan])
    assert found[0] == se_from_ci(-1, 1, df=24)
    assert found[1] == se_from_ci(-1, 1)
    assert np.isnan(found[2])
