"""The measurement model: against a model without it, against itself by simulation, and in what it must not do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from builders.measured import Design, calibrate_sampler, draw_review, uniform
from synthesis.errors import InputError
from synthesis.statistics.bayes_clusters import bayes_joint
from synthesis.statistics.chains import describe, effective_size, split_rhat
from synthesis.statistics.gibbs_effects import EffectsGiven
from synthesis.statistics.gibbs_ratings import Priors
from synthesis.statistics.measurement import measure
from synthesis.statistics.slices import bounded_slice, elliptical_slice

REFERENCE = Path(__file__).parents[1] / "reference"
SBC = json.loads((REFERENCE / "measurement_sbc.json").read_text(encoding="utf-8"))
# Posterior means, standard deviations and Monte-Carlo errors by JAGS.
JAGS = json.loads((REFERENCE / "measurement.json").read_text(encoding="utf-8"))["sets"]
MECHANISM = ["trust", "trust", "bridging", "bridging"]
# Monte-Carlo errors: what is right strays further once in 16,000 times.
ERRORS = 4.0


@pytest.fixture(scope="module")
def review():
    """Twenty arms of seventeen trials with two outcomes, whose ratings are known."""
    rng = np.random.default_rng(7)
    z = rng.integers(0, 3, (20, 4))
    trial, outcome, arm, variance = Design().effects()
    scores = z.sum(axis=1) / 8
    y = 0.2 + 0.8 * (scores[arm] - 0.5) + rng.normal(size=13)[trial] * 0.1 + rng.normal(size=len(arm)) * 0.15
    effects = {"yi": y, "vi": np.array(variance), "cluster": np.array(trial), "outcome": np.array(outcome)}
    return z, scores, effects, np.array(arm)


def test_with_everything_known_it_is_the_joint_model_without_it(review):
    z, scores, effects, arm = review
    ratings = np.repeat(z[..., None], 2, axis=2).astype(float)
    centre = scores[arm].mean()
    found = measure(
        ratings, MECHANISM, settled=z + 1, **effects, arm=arm, centre=centre, chains=40, draws=100, thin=1, seed=3
    )
    outside = bayes_joint(**effects, x=scores[arm])
    assert np.allclose(found.scores, scores)
    assert found.slope.rhat < 1.02
    assert abs(found.slope.mean - outside.estimate) < ERRORS * found.slope.mc_error
    assert found.slope.sd == pytest.approx(outside.sd, rel=0.05)
    assert found.slope.ci_lb == pytest.approx(outside.ci_lb, abs=0.05)
    assert abs(found.tau.mean - outside.tau) < ERRORS * found.tau.mc_error
    assert abs(found.omega.mean - outside.omega) < ERRORS * found.omega.mc_error


def test_with_coders_who_hardly_err_it_comes_near_that(review):
    z, scores, effects, arm = review
    ratings = np.repeat(z[..., None], 2, axis=2).astype(float)
    sure = Priors(right=5_000.0, wrong=0.01)
    found = measure(
        ratings, MECHANISM, **effects, arm=arm, centre=scores[arm].mean(), priors=sure, chains=32, draws=30, seed=3
    )
    outside = bayes_joint(**effects, x=scores[arm])
    assert np.abs(found.scores - scores).max() < 0.01
    assert abs(found.slope.mean - outside.estimate) < ERRORS * found.slope.mc_error + 0.01


@pytest.mark.parametrize("name", SBC["batches"][0])
def test_every_rank_was_as_likely_as_any_other(name):
    settings = SBC["settings"]
    counts = np.sum([batch[name] for batch in SBC["batches"]], axis=0)
    assert counts.sum() == len(SBC["batches"]) * settings["sets"] >= 1_000
    ranks = np.repeat(np.arange(settings["draws"] + 1), counts)
    tested = uniform(ranks, settings["draws"])
    # Of twenty numbers the worst is allowed a probability of 1 in 1,000 each.
    assert min(tested["pval"], tested["ecdf_pval"]) > 0.001, tested


def test_a_few_reviews_drawn_and_sampled_now_have_uniform_ranks():
    ranks = calibrate_sampler(64, seed=5, draws=31, thin=3, warmup=40)
    for name in ("slope", "tau", "discrimination 1", "threshold 6, upper", "confusion 1, 11", "mean score"):
        tested = uniform(ranks[name], 31, bins=8)
        assert min(tested["pval"], tested["ecdf_pval"]) > 0.001, (name, tested)


def test_ranks_of_a_wrong_sampler_are_seen():
    rng = np.random.default_rng(1)
    narrow = np.clip(rng.normal(32, 12, 1_000), 0, 63).astype(int)
    shifted = (64 * rng.beta(1.3, 1.0, 1_000)).astype(int)
    assert uniform(narrow, 63)["pval"] < 0.001
    assert uniform(shifted, 63)["ecdf_pval"] < 0.001


def test_what_the_effects_say_of_scores_is_the_change_of_their_likelihood():
    trial, outcome, arm, variance = Design().effects()
    rng = np.random.default_rng(2)
    scales = np.array([1.0, 1.0, 0.5])
    own = EffectsGiven(
        rng.normal(size=(2, len(arm))),
        np.array(variance),
        *map(np.array, (trial, outcome, arm)),
        0.5,
        0.6,
        scales,
        0.5,
        0.5,
    )
    sd, coefficients = np.array([[0.2, 0.1], [-0.4, 0.3]]), rng.normal(size=(2, 3))
    before, after = rng.random((2, 2, 20))

    def whole(scores, chain, sd=sd):
        """The log-likelihood by the whole covariance matrix."""
        v = np.array(variance)
        same = np.equal.outer(trial, trial)
        cov = same * (sd[chain, 0] ** 2 + 0.6 * np.sqrt(np.outer(v, v))) + np.diag(0.4 * v + sd[chain, 1] ** 2)
        x = scores[chain, arm] - 0.5
        mean = coefficients[chain, outcome] + coefficients[chain, -1] * x
        left = own.y[chain] - mean
        design = np.column_stack([np.equal.outer(outcome, [0, 1]), x])
        marginal = cov + design @ np.diag(scales**2) @ design.T
        log = -0.5 * (np.linalg.slogdet(marginal)[1] + own.y[chain] @ np.linalg.solve(marginal, own.y[chain]))
        return -0.5 * left @ np.linalg.solve(cov, left), log

    pull = own.pull(sd, coefficients, before)
    gain = pull.gain_of_all(pull.laid(after - before))
    expected = [whole(after, chain)[0] - whole(before, chain)[0] for chain in range(2)]
    assert gain == pytest.approx(expected, rel=1e-9)
    for slot, (_, arms) in enumerate(pull.slots):
        one = before.copy()
        one[:, arms] = after[:, arms]
        step = pull.gain(slot, (after - before)[:, arms]).sum(axis=1)
        assert step == pytest.approx([whole(one, c)[0] - whole(before, c)[0] for c in range(2)], rel=1e-9)
        pull.move(slot, (after - before)[:, arms])
        before = one
    assert pull.g == pytest.approx(own.pull(sd, coefficients, before).g)
    change = own.log_likelihood(sd, before) - own.log_likelihood(sd[::-1], before)
    expected = [whole(before, chain)[1] - whole(before, chain, sd[::-1])[1] for chain in range(2)]
    assert change == pytest.approx(expected, rel=1e-9)


def test_silence_that_means_absence_lowers_what_silent_arms_are_taken_to_have_done():
    drawn = draw_review(Design(settled=0.0, not_looked=0.0), 0.0, np.random.default_rng(4))
    codes = drawn["codes"]
    ratings = np.where(codes == 0, np.nan, codes - 1.0)
    mechanism = np.array(Design().mechanism)
    known, meant = (measure(ratings, mechanism, delta=delta, chains=16, draws=40, seed=2) for delta in (0.0, -4.0))
    silent = np.isnan(ratings).all(axis=2)
    assert known.slope is known.tau is None
    assert meant.ratings[silent, 0].mean() > known.ratings[silent, 0].mean() + 0.1
    said = ~np.isnan(ratings).any(axis=2)
    assert np.abs(meant.ratings[said] - known.ratings[said]).mean() < 0.05


def test_the_same_seed_draws_the_same_and_a_caller_hears_how_far():
    ratings = np.random.default_rng(3).integers(0, 3, (6, 4, 2)).astype(float)
    heard = []
    first, second = (
        measure(ratings, MECHANISM, draws=20, chains=2, seed=9, told=lambda *done: heard.append(done)) for _ in range(2)
    )
    assert np.array_equal(first.scores, second.scores)
    assert heard == [(50, 50), (50, 50)]
    assert first.ratings.sum(axis=2) == pytest.approx(np.ones((6, 4)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ratings": np.zeros((3, 4))}, "arms, components and coders"),
        ({"ratings": np.full((3, 4, 2), 3.0)}, "0, 1 or 2"),
        ({"mechanism": ["trust"]}, "mechanism has the shape"),
        ({"settled": np.full((3, 4), 5)}, "settled is -1"),
        ({"weights": [1.0, 1.0, 1.0, np.nan]}, "finite"),
        ({"yi": [0.1]}, "Effects need"),
        ({"yi": [0.1], "vi": [0.1], "arm": [3]}, "rows of ratings"),
        ({"yi": [0.1, 0.2], "vi": [0.1, 0.1], "arm": [1]}, "one length"),
        ({"yi": [0.1, 0.2], "vi": [0.1, 0.1], "arm": [1, 1], "cluster": ["a", "b"]}, "belongs to one trial"),
        ({"yi": [0.1], "vi": [0.1], "arm": [1], "rho": 1.0}, "rho is 1.0"),
        ({"draws": 0}, "draws is 0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_name(change, says):
    given = {"ratings": np.zeros((3, 4, 2)), "mechanism": MECHANISM} | change
    with pytest.raises(InputError, match=says):
        measure(**given)


def test_slices_draw_from_what_they_are_given():
    rng = np.random.default_rng(6)
    at, flat = np.zeros((400, 1)), np.full(400, 0.5)
    draws, others = [], []
    for _ in range(300):
        at = elliptical_slice(
            at, rng.standard_normal(at.shape), lambda new, block: -0.5 * ((new[:, 0] - 3) / 0.5) ** 2, rng
        )
        flat = bounded_slice(flat, 0.0, 1.0, lambda new: np.log(new) * 2, rng)
        draws.append(at[:, 0])
        others.append(flat)
    kept, beta = np.array(draws[50:]).T, np.array(others[50:]).T
    # A normal prior of sd 1 and a normal likelihood about 3 of sd 0.5; a density of 3 x^2.
    for chains, mean, variance in ((kept, 2.4, 0.2), (beta, 0.75, 3 / 80)):
        told = describe(chains, level=0.95)
        assert abs(told.mean - mean) < ERRORS * told.mc_error
        assert told.sd**2 == pytest.approx(variance, rel=0.03)


def test_independent_chains_have_r_hat_one_and_all_their_draws():
    rng = np.random.default_rng(8)
    draws = rng.normal(size=(4, 2_000))
    assert split_rhat(draws) == pytest.approx(1, abs=0.005)
    assert effective_size(draws) == pytest.approx(8_000, rel=0.1)
    assert split_rhat(draws + np.arange(4)[:, None]) > 1.5


def test_correlated_draws_are_worth_as_many_as_theory_says():
    rng = np.random.default_rng(9)
    chains, noise = np.zeros((8, 8_000)), rng.normal(size=(8, 8_000))
    for step in range(1, 8_000):
        chains[:, step] = 0.8 * chains[:, step - 1] + noise[:, step]
    assert effective_size(chains) == pytest.approx(64_000 * (1 - 0.8) / (1 + 0.8), rel=0.15)
    assert np.isnan(effective_size(np.ones((2, 50))))


@pytest.mark.parametrize("name", [name for name in JAGS if name.startswith("drawn")])
def test_it_draws_the_posterior_that_jags_draws(name):
    theirs, given = JAGS[name], JAGS[name]["given"]
    codes = np.array(given["codes"])
    effects = {one: np.array(given[one]) for one in ("yi", "vi", "cluster", "outcome", "arm")}
    found = measure(
        np.where(codes > 0, codes - 1.0, np.nan),
        np.array(given["mechanism"]),
        **effects,
        asked=codes >= 0,
        settled=np.array(given["settled"]),
        weights=np.array(given["weights"]),
        delta=given["delta"],
        centre=given["centre"],
        rho=given["rho"],
        chains=24,
        draws=250,
        warmup=200,
        seed=5,
    )
    for one in ("slope", "tau", "omega"):
        ours = getattr(found, one)
        apart = abs(ours.mean - theirs["mean"][one]) / np.hypot(ours.mc_error, theirs["mc_error"][one])
        assert apart < ERRORS, (one, ours, theirs["mean"][one])
        assert ours.sd == pytest.approx(theirs["sd"][one], rel=0.1)
    assert found.rhat < 1.05
    # Of all others: the Monte-Carlo error there would be with as few effective draws as the worst of them has.
    arrays = {
        "score": found.scores,
        "discrimination": found.discrimination,
        "threshold": found.thresholds,
        "reporting": found.reporting,
        "confusion": found.confusion,
        "spread": np.array(found.spread),
    }
    for one, ours in arrays.items():
        for place in np.ndindex(ours.shape):
            own = f"{one}[{','.join(str(at + 1) for at in place)}]" if place else one
            error = np.hypot(theirs["sd"][own] / np.sqrt(found.ess), theirs["mc_error"][own] or 0)
            assert abs(ours[place] - theirs["mean"][own]) < ERRORS * error + 1e-9, own


def test_what_is_committed_of_the_shipped_trials_is_what_jags_draws_of_them():
    kept = json.loads((Path(__file__).parents[2] / "data" / "measurement.json").read_text(encoding="utf-8"))
    at = {own["delta"]: own for own in kept["deltas"]}
    for name, theirs in JAGS.items():
        if not name.startswith("shipped"):
            continue
        assert theirs["evidence"] == kept["evidence"], "the measurement was drawn again: run measurement.R again too"
        ours = at[theirs["delta"]]
        apart = abs(ours["slope"] - theirs["mean"]["slope"]) / np.hypot(ours["mc_error"], theirs["mc_error"]["slope"])
        assert apart < ERRORS
        assert ours["sd"] == pytest.approx(theirs["sd"]["slope"], rel=0.1)
        for one in ("tau", "omega"):
            assert ours[one] == pytest.approx(theirs["mean"][one], abs=0.01)
        assert np.mean(ours["scores"]) == pytest.approx(theirs["mean"]["mean_score"], abs=0.01)
        arrays = {name: np.array(ours[own]) for name, own in (("score", "scores"), ("confusion", "confusion"))}
        for one, own in arrays.items():
            for place in np.ndindex(own.shape):
                there = f"{one}[{','.join(str(at + 1) for at in place)}]"
                error = np.hypot(theirs["sd"][there] / np.sqrt(ours["ess_others"]), theirs["mc_error"][there] or 0)
                assert abs(own[place] - theirs["mean"][there]) < ERRORS * error + 1e-9, there
