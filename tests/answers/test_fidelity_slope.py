"""The fidelity slope: metafor's numbers, permutation, power, extreme codings; simulations a wrong formula fails."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from builders.given_effects import effects_of
from builders.references import load_reference
from builders.roots import COMPONENTS, means
from synthesis.answers.fidelity import FidelityScores, score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope, is_estimable
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.results import to_json
from synthesis.statistics.permutation import permutation_test, slope_statistics
from synthesis.statistics.power import detectable_slope

ITERATIVE = 1e-8  # through metafor's own search for tau2
CONTRACT = (
    "outcome measure method ci k slope se ci_lb ci_ub pval pval_permutation permutations exact intercept tau2 "
    "tau2_null R2 QE QE_df QE_pval trials"
).split()


def scores_of(effects, values, lower=None, upper=None):
    """Give each trial's peer arm a fidelity score, made of numbers that come from elsewhere."""
    arms = effects.frame[["trial", "label"]].assign(arm="peer", role="intervention", fidelity=values)
    arms = arms.assign(fidelity_lower=values if lower is None else lower)
    arms = arms.assign(fidelity_upper=values if upper is None else upper, reported=3, components=12)
    return FidelityScores(arms=arms, ratings=pd.DataFrame())


@pytest.fixture(scope="module")
def bcg_slope(bcg):
    return fidelity_slope(bcg, scores_of(bcg, bcg.frame["ablat"]), permutations=999)


def test_slope_interval_and_heterogeneity_equal_metafors(bcg_slope):
    case = load_reference("regression")["regressions"][0]
    assert (case["dataset"], case["moderators"], case["method"]) == ("bcg", ["ablat"], "REML")
    expected = case["tests"]["adhoc"]
    # In BCG lower is better, so the benefit and its slope have the opposite sign of metafor's.
    assert bcg_slope.slope == pytest.approx(-expected["beta"][1], rel=ITERATIVE)
    assert bcg_slope.intercept == pytest.approx(-expected["beta"][0], rel=ITERATIVE)
    assert bcg_slope.se == pytest.approx(expected["se"][1], rel=ITERATIVE)
    assert (bcg_slope.ci_lb, bcg_slope.ci_ub) == pytest.approx(
        (-expected["ci_ub"][1], -expected["ci_lb"][1]), rel=ITERATIVE
    )
    assert bcg_slope.pval == pytest.approx(expected["pval"][1], rel=10 * ITERATIVE)
    for name in ("tau2", "tau2_null", "R2", "QE", "QE_df", "QE_pval"):
        assert getattr(bcg_slope, name) == pytest.approx(case[name], rel=10 * ITERATIVE), name


def test_the_permutation_p_value_agrees_with_metafors_within_both_monte_carlo_errors(bcg):
    case = load_reference("permutation")["monte_carlo"]
    found = fidelity_slope(bcg, scores_of(bcg, bcg.frame["ablat"]), ci="knapp-hartung", permutations=20_000)
    theirs = case["pval_permutation"][1]
    error = np.hypot(found.pval_permutation_se, np.sqrt(theirs * (1 - theirs) / case["iterations"]))
    assert abs(found.pval_permutation - theirs) < 4 * error
    assert (found.permutations, found.exact) == (20_000, False)


def test_the_json_object_has_the_contracts_names_and_is_strict(bcg_slope):
    found = json.loads(to_json(bcg_slope.to_dict()))
    assert set(CONTRACT) <= set(found)
    assert {"trial", "yi", "vi", "fidelity", "fidelity_lower", "fidelity_upper"} <= set(found["trials"][0])
    assert len(found["trials"]) == found["k"] == 13
    assert found["ci"] == "knapp-hartung-floor"


def test_trials_show_benefit_and_the_score_that_the_slope_is_on(evidence):
    effects = compute_effects(evidence, "symptoms")
    scores = score_fidelity(evidence)
    arms = scores.arms.set_index(["trial", "arm"])
    for score in ("fidelity", "trust", "enabling"):
        trials = fidelity_slope(effects, scores, score=score).trials()
        assert trials["yi"].gt(0).all()  # benefit, where symptoms' own yi are negative
        for row in trials.itertuples():
            assert row.fidelity == arms.at[(row.trial, "peer"), score]
            assert row.fidelity_lower == arms.at[(row.trial, "peer"), f"{score}_lower"]
    assert trials["weight"].sum() == pytest.approx(100)


def test_a_score_without_bounds_has_none(evidence):
    trials = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence), score="fidelity_minimum")
    assert trials.trials()["fidelity_lower"].isna().all()
    assert trials.extremes == ()


@pytest.mark.parametrize(("k", "descriptive"), [(9, True), (10, False)])
def test_below_ten_trials_the_slope_is_descriptive(rng, k, descriptive):
    assert TRIALS_PER_COVARIATE == 10
    effects = effects_of(rng.normal(0.2, 0.3, k), np.full(k, 0.05))
    found = fidelity_slope(effects, scores_of(effects, np.linspace(0, 1, k)), permutations=50)
    assert found.descriptive is descriptive
    assert ("descriptive" in str(found)) is descriptive


def test_ten_effects_of_nine_trials_are_nine_trials(rng):
    effects = effects_of(rng.normal(0.2, 0.3, 10), np.full(10, 0.05))
    scores = scores_of(effects, np.linspace(0, 1, 10))
    frame = effects.frame.assign(trial=[*effects.frame["trial"][:9], effects.frame["trial"][8]])
    arms = scores.arms.assign(trial=frame["trial"], arm=[f"peer{i}" for i in range(10)])
    effects = replace(effects, frame=frame.assign(intervention_arm=arms["arm"]))
    found = fidelity_slope(effects, replace(scores, arms=arms), permutations=50)
    assert (found.k, found.descriptive) == (10, True)


def test_the_same_seed_gives_the_same_p_value_and_another_seed_another(bcg):
    scores = scores_of(bcg, bcg.frame["ablat"])
    first, second, third = (fidelity_slope(bcg, scores, permutations=500, seed=seed) for seed in (1, 1, 2))
    assert first.pval_permutation == second.pval_permutation
    assert first.pval_permutation != third.pval_permutation
    assert first.seed == 1


def test_the_global_random_state_is_left_alone(bcg):
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    fidelity_slope(bcg, scores_of(bcg, bcg.frame["ablat"]), permutations=100)
    assert np.random.random() == expected


def test_effects_without_a_score_are_counted_and_enter_the_extreme_codings(rng):
    k = 12
    effects = effects_of(rng.normal(0.2, 0.3, k), np.full(k, 0.05))
    score = np.linspace(0.1, 0.9, k)
    score[:2] = np.nan
    lower, upper = np.where(np.isnan(score), 0.0, score - 0.1), np.where(np.isnan(score), 1.0, score + 0.1)
    found = fidelity_slope(effects, scores_of(effects, score, lower, upper), permutations=50)
    assert (found.k, found.effects_without_score) == (10, 2)
    assert {e.coding: e.k for e in found.extremes} == {"absent": 12, "present": 12}
    for extreme, values in zip(found.extremes, (lower, upper), strict=True):
        again = fidelity_slope(effects, scores_of(effects, values), permutations=50)
        assert (extreme.slope, extreme.ci_lb, extreme.ci_ub) == pytest.approx((again.slope, again.ci_lb, again.ci_ub))


def test_an_extreme_coding_of_a_difference_codes_both_arms_alike(small):
    rated = {"sharing": 2, "example": 1, "linkage": 1}
    own = [
        rated,
        rated | {"network": 2},
        rated | {"listening": 0, "role": 2},
        {"sharing": 1, "example": 0, "linkage": 2},
    ]
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}sample") for i in range(4)]
    other = {"sharing": 0, "example": 1, "network": 1}
    codes = {row["trial"]: {"peer": mine, "control": other} for row, mine in zip(rows, own, strict=True)}
    evidence = small(rows, ratings=codes)
    found = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence), score="difference")

    def coded(value):
        filled = {
            trial: {
                arm: {name: value if arms[arm].get(name) is None else arms[arm][name] for name, _ in COMPONENTS}
                for arm in arms
            }
            for trial, arms in codes.items()
        }
        whole = small(rows, ratings=filled)
        return fidelity_slope(compute_effects(whole, "recovery"), score_fidelity(whole), score="difference").slope

    assert [extreme.coding for extreme in found.extremes] == ["absent", "present"]
    assert [extreme.slope for extreme in found.extremes] == pytest.approx([coded(0), coded(2)])


def test_an_extreme_coding_that_gives_every_trial_one_score_has_no_slope(rng):
    effects = effects_of(rng.normal(0.2, 0.3, 5), np.full(5, 0.05))
    scores = scores_of(effects, np.linspace(0.2, 0.8, 5), lower=0.0, upper=np.linspace(0.3, 1, 5))
    absent, present = fidelity_slope(effects, scores).extremes
    assert np.isnan(absent.slope)
    assert absent.k == 5
    assert np.isfinite(present.slope)


def test_what_cannot_be_estimated_is_refused_with_the_reason(rng):
    effects = effects_of(rng.normal(0.2, 0.3, 4), np.full(4, 0.05))
    with pytest.raises(NotEstimableError, match="2 of 4 effects with a score on fidelity"):
        fidelity_slope(effects, scores_of(effects, [0.1, 0.2, np.nan, np.nan]))
    with pytest.raises(NotEstimableError, match="same value in every trial"):
        fidelity_slope(effects, scores_of(effects, [0.5] * 4))
    few = effects.subset(effects.frame.index.to_series() < 2)
    with pytest.raises(NotEstimableError, match="2 usable effects"):
        fidelity_slope(few, scores_of(few, [0.5, 0.6]))
    with pytest.raises(ChoiceError, match="role_modelling"):
        fidelity_slope(effects, scores_of(effects, [0.1, 0.2, 0.3, 0.4]), score="fidelty")


def test_a_slope_is_announced_where_it_can_be_estimated_and_nowhere_else(rng):
    effects = effects_of(rng.normal(0.2, 0.3, 4), np.full(4, 0.05))
    for values in ([0.1, 0.2, 0.3, np.nan], [0.1, 0.2, np.nan, np.nan], [0.5] * 4):
        scores = scores_of(effects, values)
        try:
            fidelity_slope(effects, scores)
        except NotEstimableError:
            assert not is_estimable(effects, scores)
        else:
            assert is_estimable(effects, scores)


# R: uniroot(function(d) pt(qt(.975, df), df, d, lower.tail = FALSE) + pt(-qt(.975, df), df, d) - .8, c(.1, 20))$root
NONCENTRALITY = {2: 5.653489266, 4: 3.761059554, 8: 3.200919649, 18: 2.962672436, 28: 2.902380693, np.inf: 2.801585218}


@pytest.mark.parametrize(("df", "expected"), NONCENTRALITY.items())
def test_the_detectable_slope_is_the_noncentrality_with_80_percent_power(df, expected):
    assert detectable_slope(0.5, df) == pytest.approx(0.5 * expected, rel=2e-4)  # twenty thousand quantiles


def simulate(rng, slope, *, x, vi, tau2, draws):
    return 0.1 + slope * x[:, None] + rng.normal(0, np.sqrt(vi + tau2)[:, None], (len(x), draws))


@pytest.mark.parametrize("ci", ["knapp-hartung", "knapp-hartung-floor", "wald"])
def test_at_known_heterogeneity_the_detectable_slope_is_found_four_times_out_of_five(rng, ci):
    x, vi, tau2, draws = rng.uniform(0, 1, 12), rng.uniform(0.02, 0.2, 12), 0.05, 40_000
    w = 1 / (vi + tau2)
    X = np.column_stack([np.ones(12), x])
    bread = np.linalg.inv(X.T @ (w[:, None] * X))
    se, df = np.sqrt(bread[1, 1]), np.inf if ci == "wald" else 10
    slope = detectable_slope(se, df, floor=ci == "knapp-hartung-floor")
    y = simulate(rng, slope, x=x, vi=vi, tau2=tau2, draws=draws)
    beta = bread @ (X.T @ (w[:, None] * y))
    q = (w[:, None] * (y - X @ beta) ** 2).sum(axis=0) / 10
    factor = {"wald": np.ones(draws), "knapp-hartung": q, "knapp-hartung-floor": np.maximum(q, 1)}[ci]
    found = np.abs(beta[1]) / (se * np.sqrt(factor)) > stats.t.ppf(0.975, df)
    assert found.mean() == pytest.approx(0.80, abs=4 * np.sqrt(0.16 / draws))


def test_the_slope_said_to_be_detectable_uses_the_interval_that_is_reported(bcg):
    scores = scores_of(bcg, bcg.frame["ablat"])
    floor, plain = (
        fidelity_slope(bcg, scores, ci=ci, permutations=50).detectable_slope
        for ci in ("knapp-hartung-floor", "knapp-hartung")
    )
    assert floor > plain


def test_with_heterogeneity_estimated_the_test_keeps_its_level(rng):
    x, vi = np.linspace(0, 1, 12), rng.uniform(0.02, 0.2, 12)
    y = simulate(rng, 0.0, x=x, vi=vi, tau2=0.05, draws=4000)
    t = slope_statistics(y, np.tile(vi[:, None], 4000), x, method="REML", ci="knapp-hartung-floor")
    assert np.mean(np.abs(t) > stats.t.ppf(0.975, 10)) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


def test_permutation_p_values_are_uniform_without_an_association(rng):
    x, vi = rng.permutation(np.linspace(0, 1, 12)), np.full(12, 0.08)
    y = simulate(rng, 0.0, x=x, vi=vi, tau2=0.05, draws=400)
    p = [permutation_test(y[:, i], vi, x, method="DL", permutations=99, seed=i).pval for i in range(400)]
    # With 99 arrangements p is uniform on 0.01, 0.02, ..., 1.
    assert stats.kstest(np.asarray(p) - 0.005, "uniform").pvalue > 0.001
    assert min(p) >= 0.01


def test_identical_effects_show_no_slope_and_no_heterogeneity_to_explain():
    effects = effects_of([0.25] * 5, [0.1, 0.2, 0.3, 0.1, 0.2])
    found = fidelity_slope(effects, scores_of(effects, np.linspace(0, 1, 5)))
    assert found.slope == pytest.approx(0, abs=1e-12)
    assert found.se > 0
    assert np.isnan(found.R2)
    assert found.heterogeneity_sentence() == ""  # five trials
    said = replace(found, descriptive=False).heterogeneity_sentence()
    # That there is little to explain is the answer's to say, once (`describe_slope`).
    assert "little" not in said
    assert f"without the score: tau2 {found.tau2_null:.3f}" in said
    assert f"{found.tau2:.4f}" not in said or found.tau2 == found.tau2_null


@pytest.mark.parametrize("ci", ["knapp-hartung", "knapp-hartung-floor", "wald"])
def test_identical_effects_are_as_extreme_in_every_arrangement(ci):
    test = permutation_test(np.full(5, 0.25), np.array([0.1, 0.2, 0.3, 0.1, 0.2]), np.arange(5.0), ci=ci)
    assert test.pval == 1.0
