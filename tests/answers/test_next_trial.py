"""What one more trial would let be found: the design refitted by hand, and advice that follows the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from builders.figures import slope_of
from builders.given_effects import effects_of
from synthesis.answers.next_trial import SCORES, next_trial
from synthesis.statistics.power import detectable_slope


def sloped(scores, *, seed=2, noise=0.2):
    rng = np.random.default_rng(seed)
    x = np.asarray(scores, float)
    columns = {"fidelity": x, "fidelity_lower": x, "fidelity_upper": x}
    return slope_of(effects_of(rng.normal(0.2, noise, len(x)), np.full(len(x), 0.03), **columns))


@pytest.fixture(scope="module")
def faithful():
    """Twelve trials, as they are: most of what reports describe is there."""
    return sloped(np.linspace(0.6, 1.0, 12))


def test_what_could_be_found_equals_the_design_with_the_trial_added(faithful):
    frame, fit = faithful.regression.effects.frame, faithful.regression.fit
    for people in (100, 300):
        found = next_trial(faithful, people=people)
        for row in found.table.itertuples():
            x = np.append(frame["fidelity"], row.score)
            w = 1 / (np.append(frame["vi"], 4 / people) + fit.tau2)
            spread = np.sum(w * (x - np.average(x, weights=w)) ** 2)
            by_hand = detectable_slope(1 / np.sqrt(spread), len(x) - 2, floor=True)
            assert row.detectable == pytest.approx(0.4 * by_hand), row.score
        assert found.now == pytest.approx(0.4 * faithful.detectable_slope)
        assert found.table["score"].tolist() == list(SCORES)


def test_among_faithful_trials_an_unfaithful_one_helps_most(faithful):
    found = next_trial(faithful)
    at = found.table.set_index("score")["detectable"]
    assert found.best["score"] == 0
    assert at[0.2] < at[0.5] < at[0.8]
    assert at[0.2] < at[1.0]
    said = str(found)
    assert "where little of the model is followed (a score near 0.2)" in said
    assert f"is {found.now:.2f} SMD today; with one such trial of 300 people it would be {at[0.2]:.2f}" in said
    assert f"with one more faithful trial (a score of 1) {at[1.0]:.2f}." in said


def test_among_unfaithful_trials_the_advice_turns():
    found = next_trial(sloped(np.linspace(0.0, 0.4, 12)))
    at = found.table.set_index("score")["detectable"]
    assert at[1.0] < at[0.2]
    said = str(found)
    assert "where all of the model is followed (a score of 1)" in said
    assert f"is {found.now:.2f} SMD today; with one such trial of 300 people it would be {at[1.0]:.2f}" in said
    assert f"with one where little is followed (near 0.2) {at[0.2]:.2f}." in said


def test_the_advice_says_on_what_it_rests(faithful):
    said = str(next_trial(faithful))
    assert "as estimated now" in said
    assert "nan" not in said
    assert "sample outcome, described score" in said
    assert f"from score {faithful.score_least:.2f} to {faithful.score_most:.2f}, those seen" in said


def test_more_people_find_smaller_changes(faithful):
    few, many = (next_trial(faithful, people=people).table["detectable"] for people in (60, 600))
    assert (many <= few + 1e-9).all()  # at the mean of the scores a trial tells nothing of the slope, whatever its size
    assert next_trial(faithful).to_dict()["scores"][0]["score"] == 0
