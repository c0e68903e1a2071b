"""Pool and slope by Bayes for an outcome: which numbers, on which scale, and words that follow the Bayes factor."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from builders.given_effects import effects_of
from builders.roots import means
from synthesis.answers.bayes import (
    FEW_FOR_A_SLOPE,
    FEW_FOR_PREDICTION,
    FEW_TRIALS,
    Weight,
    bayes_answer,
    describe_bayes,
    weight,
)
from synthesis.answers.fidelity import score_fidelity
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.results import to_json
from synthesis.statistics.bayes import bayes_factors, bayes_pool

TRIALS = [f"ash{2001 + i}sample" for i in range(12)]
RATED = [{"sharing": i % 3, "listening": (i + 1) % 3, "example": i // 4, "linkage": (i * 2) % 3} for i in range(12)]


@pytest.fixture(scope="module")
def world(small):
    rows = [means(10 + (i % 4) / 3, 3, 30 + 4 * i, 9.5, 3, 30, trial=trial) for i, trial in enumerate(TRIALS)]
    ratings = {trial: {"peer": rated} for trial, rated in zip(TRIALS, RATED, strict=True)}
    del ratings[TRIALS[0]]
    return small(rows, ratings=ratings)


@pytest.fixture(scope="module")
def effects(world):
    return compute_effects(world, "recovery")


@pytest.fixture(scope="module")
def scores(world):
    return score_fidelity(world)


@pytest.fixture(scope="module")
def answer(effects, scores):
    return bayes_answer(effects, scores, tau_prior=("half-cauchy", 0.3), slope_sd=0.4)


def test_the_pool_and_the_slope_are_those_of_the_arrays(answer, effects, scores):
    frame = effects.with_moderators(scores.contrasts(effects.frame)).frame
    options = {"tau_prior": ("half-cauchy", 0.3), "slope_sd": 0.4}
    assert asdict(answer.pool) == asdict(bayes_pool(frame["benefit"], frame["vi"], **options))
    scored = frame[frame["fidelity"].notna()]
    own = bayes_pool(scored["benefit"], scored["vi"], scored["fidelity"], **options)
    assert asdict(answer.slope) == asdict(own)


def test_only_scored_effects_are_in_the_slope(answer):
    assert (answer.pool.k, answer.slope.k, answer.trials) == (12, 11, {"pool": 12, "slope": 11})


def test_the_curves_hold_the_analysis_own_scale(answer, effects):
    pool, slope = (
        answer.curve[answer.curve["model"].eq(model)].set_index("scale")["bf10"] for model in ("pool", "slope")
    )
    assert pool[1.0] == pytest.approx(answer.pool.bf10)
    assert slope[0.4] == pytest.approx(answer.slope.bf10)
    frame = effects.frame
    assert pool[0.25] == bayes_factors(frame["benefit"], frame["vi"], scales=0.25, tau_prior=("half-cauchy", 0.3))[0]


def test_lower_is_better_is_turned_to_benefit(small):
    rows = [means(8, 3, 60, 10, 3, 60, outcome="symptoms", trial=trial) for trial in TRIALS[:3]]
    evidence = small(rows)
    found = bayes_answer(compute_effects(evidence, "symptoms"), score_fidelity(evidence))
    assert found.pool.ci_lb > 0


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_a_ratio_is_printed_as_the_outcome_has_it(scores, better):
    log_rr, vi = np.log([0.5, 0.6, 0.7, 0.55, 0.65]), np.full(5, 0.01)
    found = bayes_answer(effects_of(log_rr, vi, measure="RR", better=better), scores)
    low, high = np.exp(sorted((1 if better == "higher" else -1) * np.array([found.pool.ci_lb, found.pool.ci_ub])))
    assert low < high < 1
    said = describe_bayes(found)
    assert f"Average RR: 0.60 (95% credible interval {low:.2f} to {high:.2f}; k = 5)" in said
    assert "standard deviation of its logarithm" in said
    ends = np.exp(sorted((1 if better == "higher" else -1) * np.array([found.pool.pi_lb, found.pool.pi_ub])))
    assert f"In a new trial the true RR lies between {ends[0]:.2f} and {ends[1]:.2f}" in said


@pytest.mark.parametrize(
    ("bf10", "verdict"),
    [(5, Weight.FOR), (3, Weight.FOR), (2.9, Weight.BARELY), (0.34, Weight.BARELY), (0.33, Weight.AGAINST)],
)
def test_nothing_is_concluded_between_a_third_and_three(bf10, verdict):
    assert weight(bf10) is verdict


def far(*benefits, vi=0.01):
    return effects_of(list(benefits), [vi] * len(benefits))


@pytest.mark.parametrize(
    ("effects", "says"),
    [
        (far(0.5, 0.6, 0.55, 0.5), "times more for an average effect of the prior's size than for no average effect"),
        (
            far(0.0, 0.02, -0.02, 0.01),
            "times more for no average effect than for an average effect of the prior's size",
        ),
        (far(0.3, 0.4, -0.1, vi=0.1), "The data barely move anyone: they speak"),
        (far(3.0, 3.1, 3.05, 3.0, vi=1e-4), "speak more than 1,000 times more for an average effect"),
    ],
)
def test_the_words_follow_the_bayes_factor(effects, scores, says):
    assert says in describe_bayes(bayes_answer(effects, scores))


def test_the_words_name_prediction_curve_and_priors(answer):
    said = str(answer)
    assert "In a new trial the true benefit lies between" in said
    assert "As the prior's standard deviation goes from 0.05 to 4, here 0.4, the Bayes factor goes from" in said
    assert said.endswith("standard deviation between trials half-cauchy with scale 0.3.")
    assert "no effect of" not in said


def test_few_trials_are_withheld_in_words_and_stay_in_the_numbers(small):
    evidence = small([means(10, 3, 30, 9, 3, 30), means(10, 3, 30, 9.4, 3, 30, trial="oak2002sample")])
    found = bayes_answer(compute_effects(evidence, "recovery"), score_fidelity(evidence))
    assert found.withheld == (FEW_TRIALS, FEW_FOR_PREDICTION, FEW_FOR_A_SLOPE)
    assert "below three no average is stated" in str(found)
    assert "The data" not in str(found)
    assert np.isfinite(found.to_dict()["pool"]["bf10"])
    assert set(found.shown().iloc[:, 1]) == {""}
    assert found.slope is None
    assert found.note == "Usable effects with a score on fidelity: 0 of 2; a slope and its uncertainty need three."


def test_no_prediction_in_words_below_five_trials(scores):
    assert "In a new trial" not in str(bayes_answer(far(0.5, 0.6, 0.55, 0.5), scores))
    assert "In a new trial" in str(bayes_answer(far(0.5, 0.6, 0.55, 0.5, 0.4), scores))


def test_a_score_that_all_trials_share_has_no_slope(small):
    rows = [means(10 + i / 3, 3, 30, 9, 3, 30, trial=trial) for i, trial in enumerate(TRIALS[:3])]
    evidence = small(rows, ratings={trial: {"peer": {"sharing": 2}} for trial in TRIALS[:3]})
    found = bayes_answer(compute_effects(evidence, "recovery"), score_fidelity(evidence))
    assert "same value in every trial" in found.note
    assert found.to_dict()["slope"] is None


def test_what_cannot_be_is_refused(world, effects, scores):
    with pytest.raises(NotEstimableError, match="units of its scale"):
        bayes_answer(effects_of([1.0, 2.0], [1.0, 1.0], measure="MD"), scores, mu_sd=3)
    assert (
        bayes_answer(
            effects_of([1.0, 2.0], [1.0, 1.0], measure="MD"), scores, mu_sd=3, slope_sd=2, tau_prior=("half-normal", 1)
        ).pool.mu_sd
        == 3
    )
    with pytest.raises(NotEstimableError, match="not settled"):
        bayes_answer(effects_of([0.1], [0.1], better="unsettled"), scores)
    with pytest.raises(NotEstimableError, match="No trial reports"):
        bayes_answer(compute_effects(world, "symptoms"), scores)
    with pytest.raises(ChoiceError, match="score"):
        bayes_answer(effects, scores, score="charm")
    with pytest.raises(InputError, match="mu_sd"):
        bayes_answer(effects, scores, mu_sd=0)


def test_its_json_is_strict_and_holds_the_priors(answer):
    found = json.loads(to_json(answer.to_dict()))
    assert found["tau_prior"] == ["half-cauchy", 0.3]
    assert {"estimate", "sd", "tau", "pi_lb", "pi_ub", "bf10", "verdict", "trials"} <= set(found["pool"])
    assert {row["model"] for row in found["curve"]} == {"pool", "slope"}
    assert answer.to_frame()["model"].tolist() == ["pool", "slope"]
