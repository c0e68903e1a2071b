"""A pool of several effects a trial: every result kept, and words that keep back what few trials give."""

from __future__ import annotations

import numpy as np
import pytest

from builders.given_effects import effects_of
from builders.roots import means
from synthesis.answers.dependent import pool_dependent
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.statistics.multilevel import che

TRIALS = [f"ash{2001 + i}sample" for i in range(6)]


def several(k=14, trials=7, seed=3, **columns):
    rng = np.random.default_rng(seed)
    trial = [f"trial{i % trials}" for i in range(k)]
    shared = dict(zip(sorted(set(trial)), rng.normal(0.3, 0.2, trials), strict=True))
    yi = np.array([shared[name] for name in trial]) + rng.normal(0, 0.1, k)
    return effects_of(yi, rng.uniform(0.02, 0.08, k), trial=trial, **columns)


def test_the_numbers_are_those_of_the_array_function_which_equals_clubsandwich():
    effects = several()
    found = pool_dependent(effects)
    fit = che(effects.frame["yi"], effects.frame["vi"], effects.frame["trial"], rho=found.rho)
    assert (found.estimate, found.se, found.df) == (fit.beta[0], fit.se[0], fit.df[0])
    assert (found.k, found.trials_n, found.tau2, found.omega2) == (14, 7, fit.tau2, fit.omega2)
    assert found.weights.sum() == pytest.approx(100)
    half = (found.pi_ub - found.pi_lb) / (found.ci_ub - found.ci_lb)
    assert half == pytest.approx(np.sqrt(found.se**2 + found.tau2 + found.omega2) / found.se)


def test_every_time_and_scale_of_a_comparison_is_an_effect_of_its_own(small):
    rows = [
        means(10 + 0.2 * i, 3, 40, 9.5, 3, 40, trial=trial, timepoint_months=months)
        for i, trial in enumerate(TRIALS)
        for months in (6, 12)
    ]
    evidence = small(rows)
    kept = compute_effects(evidence, "recovery", timepoint="all", dependence="che")
    averaged = compute_effects(evidence, "recovery", timepoint="all")
    assert (len(kept.frame), len(averaged.frame)) == (12, 6)
    found = pool_dependent(kept)
    assert (found.k, found.trials_n) == (12, 6)
    assert "12 effects of 6 trials" in str(found)
    assert "With correlations of 0.4 to 0.8" in str(found)
    assert compute_effects(evidence, "recovery", **kept.settings).frame.equals(kept.frame)


def test_words_use_the_larger_standard_error():
    for seed in range(6):
        found = pool_dependent(several(seed=seed))
        ratio = (found.ci_ub_wider - found.ci_lb_wider) / (found.ci_ub - found.ci_lb)
        assert ratio == pytest.approx(max(found.se, found.se_model) / found.se)


def test_few_degrees_of_freedom_keep_p_back_and_json_holds_it():
    found = pool_dependent(several(k=6, trials=3))
    assert {"df_below_four", "prediction_below_five_trials"} == set(found.withheld)
    assert "no p can be trusted" in str(found)
    assert found.shown().iloc[1, 1] == found.shown().iloc[2, 1] == ""
    assert np.isfinite([found.to_dict()[name] for name in ("pval", "pi_lb")]).all()


def test_two_trials_are_too_few_for_words_and_one_for_a_model():
    found = pool_dependent(several(k=4, trials=2))
    assert str(found) == "Sample outcome: 2 trials, too few for a pooled statement."
    assert found.shown().iloc[0, 1] == ""
    with pytest.raises(NotEstimableError, match="1 trial with usable numbers"):
        pool_dependent(several(k=3, trials=1))


def test_a_correlation_that_gives_a_negative_weight_is_lowered_and_named():
    effects = effects_of(
        [0.1, 0.9, 0.2, 0.3, 0.25, 0.15], [0.002, 0.6, 0.05, 0.04, 0.05, 0.06], trial=["a", "a", "b", "c", "d", "e"]
    )
    asked = che(effects.frame["yi"], effects.frame["vi"], effects.frame["trial"], rho=0.8)
    assert asked.average_weights.min() < 0
    found = pool_dependent(effects, rho=0.8)
    assert found.rho < 0.8
    assert (found.weights >= 0).all()
    assert f"{found.rho:.1f} is the largest that gives none" in str(found)


@pytest.mark.parametrize(("better", "side"), [("higher", "peer support"), ("lower", "the comparison")])
def test_the_side_that_is_favoured_follows_the_outcome(better, side):
    effects = several(k=20, trials=10, better=better)
    assert f"favours {side}" in str(pool_dependent(effects))
