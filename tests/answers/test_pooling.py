"""Pools of effects: metafor's numbers with prediction and heterogeneity intervals, honest answers at k = 0, 1 and 2."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from builders.given_effects import effects_of
from builders.references import TESTS, load_reference
from synthesis.answers.pooling import pool
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.results import to_json
from synthesis.statistics.kernels import heterogeneity

ITERATIVE = 1e-8  # through metafor's own search for tau2
CLOSED_FORM = 1e-7
QPROFILE = 2e-5  # metafor's uniroot stops about there
REFERENCE = load_reference("pooling")
CONTRACT = (
    "outcome measure method ci level k n estimate se ci_lb ci_ub pval pi_lb pi_ub tau2 tau2_ci_lb tau2_ci_ub I2 Q Q_df "
    "Q_pval trials"
).split()
CASES = [
    pytest.param(case, test, id=f"{case['dataset']}-{case['method']}-{case['level']:g}-{test}")
    for case in REFERENCE["pools"]
    for test in TESTS
    if case["method"] in ("REML", "PM", "EE")
]


def given(case):
    data = REFERENCE["datasets"][case["dataset"]]
    measure = data["measure"] if data["measure"] != "ZCOR" else "SMD"
    return effects_of(data["yi"], data["vi"], measure=measure)


@pytest.mark.parametrize(("case", "test"), CASES)
def test_a_pool_equals_metafors(case, test):
    effects, expected = given(case), case["tests"][test]
    pooled = pool(effects, method=case["method"], ci=TESTS[test], level=case["level"])
    tolerance = ITERATIVE if case["method"] == "REML" else CLOSED_FORM
    close = {"rtol": tolerance, "atol": tolerance * float(np.sqrt(effects.frame["vi"].mean()))}
    names = {"estimate": "beta"} | {name: name for name in ("se", "ci_lb", "ci_ub")}
    if case["method"] != "EE":
        names |= {"pi_lb": "pi_lb", "pi_ub": "pi_ub"}
    for ours, theirs in names.items():
        np.testing.assert_allclose(getattr(pooled, ours), np.ravel(expected[theirs])[0], err_msg=ours, **close)
    for name in ("tau2_ci_lb", "tau2_ci_ub", "I2_ci_lb", "I2_ci_ub"):
        value = case.get(name)
        if value is None:
            assert case["method"] == "EE"
            assert np.isnan(getattr(pooled, name))
        else:
            np.testing.assert_allclose(getattr(pooled, name), value, rtol=QPROFILE, atol=1e-4, err_msg=name)
    assert (pooled.Q, pooled.Q_df) == (pytest.approx(case["QE"]), case["QE_df"])


@pytest.mark.parametrize(
    "case",
    [case for case in REFERENCE["pools"] if "at_most" in case],
    ids=lambda case: f"{case['dataset']}-{case['method']}-{case['level']:g}",
)
def test_prediction_at_the_largest_heterogeneity_is_metafors_at_that_tau2(case):
    pooled = pool(given(case), method=case["method"], level=case["level"])
    if pooled.k < 5:
        assert np.isnan(pooled.prediction_at_most).all()
        return
    expected = case["at_most"]["pi_lb"], case["at_most"]["pi_ub"]
    np.testing.assert_allclose(pooled.prediction_at_most, expected, rtol=QPROFILE, atol=1e-4)
    low, high = pooled.prediction_at_most
    assert high - low > 0.999 * (pooled.pi_ub - pooled.pi_lb)


def test_the_contract_names_every_number_of_the_json_object(bcg):
    found = json.loads(to_json(pool(bcg).to_dict()))
    assert set(CONTRACT) <= set(found)
    assert {"trial", "yi", "vi", "weight", "n_intervention", "n_comparator"} <= set(found["trials"][0])
    assert found["trials"][0]["n_intervention"] is None
    assert found["estimate"] == pool(bcg).estimate


@pytest.mark.parametrize("method", ["REML", "PM", "DL", "ML", "HE", "EE"])
@pytest.mark.parametrize("ci", ["knapp-hartung", "knapp-hartung-floor", "wald"])
def test_one_trial_is_its_own_effect_and_tells_nothing_of_others(method, ci):
    pooled = pool(effects_of([0.4], [0.04]), method=method, ci=ci)
    assert (pooled.estimate, pooled.se) == (0.4, 0.2)
    assert (pooled.ci_lb, pooled.ci_ub) == pytest.approx((0.4 - 1.959964 * 0.2, 0.4 + 1.959964 * 0.2))
    assert pooled.pval == pytest.approx(0.0455003)
    for name in ("tau2", "tau2_ci_lb", "tau2_ci_ub", "I2", "pi_lb", "pi_ub", "Q_pval"):
        assert np.isnan(getattr(pooled, name)), name
    assert (pooled.k, pooled.Q, pooled.Q_df, pooled.weights.tolist()) == (1, 0.0, 0, [100.0])
    assert "I2" not in str(pooled)
    assert json.loads(to_json(pooled.to_dict()))["tau2"] is None


def test_two_trials_have_intervals_as_wide_as_one_degree_of_freedom_makes_them():
    pooled = pool(effects_of([0.1, 0.6], [0.04, 0.02]))
    half = stats.t.ppf(0.975, 1)
    assert pooled.ci_ub - pooled.estimate == pytest.approx(half * pooled.se)
    assert pooled.pi_ub - pooled.estimate == pytest.approx(half * np.hypot(pooled.se, np.sqrt(pooled.tau2)))


def test_no_trial_is_refused_with_what_was_left_out(evidence):
    with pytest.raises(NotEstimableError, match="in a form that can be pooled as HR"):
        pool(compute_effects(evidence, "recovery", measure="HR"))
    nothing = effects_of([], [])
    with pytest.raises(NotEstimableError, match="No trial measured it"):
        pool(nothing)


def test_identical_effects_have_a_pool_and_no_heterogeneity():
    pooled = pool(effects_of([0.25] * 5, [0.02, 0.05, 0.03, 0.08, 0.04]))
    assert pooled.estimate == pytest.approx(0.25)
    assert (pooled.tau2, pooled.I2) == pytest.approx((0, 0), abs=1e-8)
    assert pooled.se == pytest.approx(np.sqrt(1 / np.sum(1 / np.array([0.02, 0.05, 0.03, 0.08, 0.04]))))
    assert pooled.tau2_ci_lb == 0


def test_the_equal_effects_model_predicts_no_new_trial(bcg):
    pooled = pool(bcg, method="EE")
    assert pooled.tau2 == 0
    for name in ("pi_lb", "pi_ub", "tau2_ci_lb", "tau2_ci_ub", "I2_ci_lb", "I2_ci_ub"):
        assert np.isnan(getattr(pooled, name)), name
    assert pytest.approx(REFERENCE["pools"][0]["I2"], abs=0.2) == pooled.I2  # from Q there, from tau2 elsewhere


def test_a_higher_level_widens_every_interval(bcg):
    narrow, wide = pool(bcg, level=0.9), pool(bcg, level=0.99)
    assert narrow.estimate == wide.estimate
    for name in ("ci", "pi", "tau2_ci"):
        assert getattr(wide, f"{name}_lb") < getattr(narrow, f"{name}_lb")
        assert getattr(wide, f"{name}_ub") > getattr(narrow, f"{name}_ub")


@pytest.mark.parametrize(
    "option", [{"method": "SJ"}, {"ci": "hartung"}, {"level": 95}, {"level": 1.0}, {"level": "0.9"}]
)
def test_an_option_that_does_not_exist_is_refused(bcg, option):
    with pytest.raises(ChoiceError):
        pool(bcg, **option)


def test_weights_stand_beside_their_trials_and_sum_to_a_hundred(bcg):
    pooled = pool(bcg)
    trials = pooled.trials()
    assert trials["weight"].sum() == pytest.approx(100)
    assert trials["trial"].tolist() == bcg.frame["trial"].tolist()
    expected = 1 / (bcg.frame["vi"] + pooled.tau2)
    assert trials["weight"].tolist() == pytest.approx((100 * expected / expected.sum()).tolist())


def test_a_ratio_is_said_on_its_natural_scale_and_kept_on_the_log_scale(bcg):
    pooled = pool(bcg)
    assert str(pooled) == "RR = 0.49, 95% CI [0.33, 0.73], k = 13, I2 = 92%"
    assert pooled.to_frame().at[0, "estimate"] == pytest.approx(-0.7145, abs=1e-4)


def test_a_pool_remembers_its_settings(bcg):
    pooled = pool(bcg, method="PM", ci="wald", level=0.9)
    assert (pooled.method, pooled.ci, pooled.level, pooled.measure) == ("PM", "wald", 0.9, "RR")
    assert pooled.to_frame().loc[0, ["method", "ci", "level"]].tolist() == ["PM", "wald", 0.9]


def test_knapp_hartung_with_the_floor_covers_the_average_effect_with_few_unequal_trials(rng):
    k, tau2, draws, vi = 5, 0.04, 6000, np.array([0.01, 0.02, 0.05, 0.2, 0.4])
    yi = 0.3 + rng.normal(0, np.sqrt(vi + tau2)[:, None], (k, draws))
    found = heterogeneity(yi, np.tile(vi[:, None], draws), np.ones((k, 1)), method="REML")
    w = 1 / (vi[:, None] + found)
    mean = (w * yi).sum(axis=0) / w.sum(axis=0)
    q = (w * (yi - mean) ** 2).sum(axis=0) / (k - 1)
    covered = {
        name: np.mean(np.abs(mean - 0.3) <= half * np.sqrt(factor / w.sum(axis=0)))
        for name, half, factor in (
            ("floor", stats.t.ppf(0.975, k - 1), np.maximum(q, 1)),
            ("wald", stats.norm.ppf(0.975), np.ones(draws)),
        )
    }
    assert covered["floor"] > 0.94
    assert covered["wald"] < 0.93  # why Wald is not the default
    # The intervals of the first data sets are those of `pool`.
    for i in range(5):
        pooled = pool(effects_of(yi[:, i], vi))
        half = stats.t.ppf(0.975, k - 1) * np.sqrt(max(q[i], 1) / w[:, i].sum())
        assert (pooled.ci_lb, pooled.ci_ub) == pytest.approx((mean[i] - half, mean[i] + half), rel=1e-3)


def test_the_prediction_interval_holds_the_effects_of_new_trials(rng):
    k, tau2, draws, vi = 12, 0.06, 3000, np.full(12, 0.03)
    yi = 0.2 + rng.normal(0, np.sqrt(vi + tau2)[:, None], (k, draws))
    found = heterogeneity(yi, np.tile(vi[:, None], draws), np.ones((k, 1)), method="REML")
    w = 1 / (vi[:, None] + found)
    mean = (w * yi).sum(axis=0) / w.sum(axis=0)
    q = np.maximum((w * (yi - mean) ** 2).sum(axis=0) / (k - 1), 1)
    half = stats.t.ppf(0.975, k - 1) * np.sqrt(q / w.sum(axis=0) + found)
    new = rng.normal(0.2, np.sqrt(tau2), draws)
    assert np.mean(np.abs(new - mean) <= half) == pytest.approx(0.95, abs=0.03)
    pooled = pool(effects_of(yi[:, 0], vi))
    assert (pooled.pi_lb, pooled.pi_ub) == pytest.approx((mean[0] - half[0], mean[0] + half[0]), rel=1e-3)
