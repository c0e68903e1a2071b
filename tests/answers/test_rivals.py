"""Other scores and rivals of fidelity: each alone, fidelity beside it, and what a report does not say is missing."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from builders.given_effects import effects_of
from builders.roots import means
from synthesis.answers.fidelity import SCORES, score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.regression import meta_regression
from synthesis.answers.rivals import RIVALS, Slopes, compare_rivals, compare_scores, describe_rivals, rival_moderators
from synthesis.choices import Score
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError
from synthesis.statistics.permutation import permutation_test

TRIALS = [f"ash{2001 + i}sample" for i in range(6)]
ARMS = [
    {"peer": {"modality": "group", "duration_weeks": 26}, "control": {"comparator_type": "active"}},
    {"peer": {"modality": "one_to_one", "duration_weeks": 52}, "control": {"comparator_type": "usual_care"}},
    {"peer": {"modality": "mixed", "duration_weeks": 13}, "control": {"comparator_type": ""}},
    {"peer": {"modality": "", "duration_weeks": None}, "control": {"comparator_type": "waitlist"}},
    {"peer": {"modality": "group", "duration_weeks": 8}, "control": {"comparator_type": "active"}},
    {"peer": {"modality": "group", "duration_weeks": 10}, "control": {"comparator_type": "attention"}},
]
RATED = [
    {"sharing": 2, "listening": 2, "example": 1, "linkage": 1},
    {"sharing": 1, "example": 2, "linkage": None},
    {"sharing": 0, "listening": 1, "example": 0, "role": 1, "linkage": 2, "network": 2},
    {"sharing": 2, "example": 1},
    {"sharing": 1, "listening": 0, "example": 0, "linkage": 0},
    {"sharing": 2, "listening": 1, "example": 2, "linkage": 2},
]


@pytest.fixture(scope="module")
def six(small):
    rows = [means(10 + 0.4 * i, 3, 30 + 4 * i, 9.5, 3, 30, trial=trial) for i, trial in enumerate(TRIALS)]
    return small(
        rows,
        arms=dict(zip(TRIALS, ARMS, strict=True)),
        ratings={trial: {"peer": rated} for trial, rated in zip(TRIALS, RATED, strict=True)},
        bias={TRIALS[0]: "high", TRIALS[1]: "low", TRIALS[2]: "some_concerns"},
    )


@pytest.fixture(scope="module")
def effects(six):
    return compute_effects(six, "recovery")


@pytest.fixture(scope="module")
def scores(six):
    return score_fidelity(six)


def rivals_of(*rows):
    """Slopes as `compare_rivals` gives them: moderator, slope, interval, permutation p and p by Holm."""
    columns = "moderator slope ci_lb ci_ub pval_permutation pval_holm".split()
    table = pd.DataFrame(rows, columns=columns).assign(k=17)
    effects = effects_of([0.1, 0.2, 0.3], [0.01] * 3)
    return Slopes(table, effects, "REML", "wald", 0.95, 99, 1)


def test_rivals_that_are_found_are_named_and_otherwise_the_nearest():
    year, group = ("year", 0.2, 0.06, 0.33, 0.002, 0.01), ("group", -0.1, -0.3, 0.1, 0.3, 0.6)
    unknown = ("contacts", 0.1, 0.05, 0.2, 0.001, np.nan)
    said = describe_rivals(rivals_of(year, group, unknown))
    assert said.startswith("Of 2 rivals with the trials for a test, 1 goes with benefit on this outcome")
    assert "later trials (per ten years) found 0.20 SMD more benefit (95% CI 0.06 to 0.33; k = 17; permutation" in said
    assert "trials of groups" not in said
    nearest = describe_rivals(rivals_of(group, unknown))
    assert "none goes with benefit on this outcome once all of them are allowed for" in nearest
    assert "trials of groups found 0.10 SMD less benefit (95% CI −0.10 to 0.30; k = 17" in nearest
    assert describe_rivals(rivals_of(unknown)) == "No rival has the ten trials on this outcome that a test needs."


def test_a_rival_of_small_p_whose_interval_holds_zero_is_not_found():
    said = describe_rivals(rivals_of(("year", 0.2, -0.01, 0.4, 0.002, 0.01)))
    assert "none goes with benefit" in said
    assert said.endswith("Its interval holds zero, so it is not called detected.")


def test_every_score_that_is_offered_is_compared(effects, scores):
    assert tuple(compare_scores(effects, scores).table["moderator"]) == get_args(Score)
    assert tuple(SCORES) == get_args(Score)


def test_each_score_has_the_slope_it_has_alone(effects, scores):
    table = compare_scores(effects, scores).table.set_index("moderator")
    for name in ("described", "calibrated", "trust", "role_modelling"):
        alone = fidelity_slope(effects, scores, score=name)
        for number in ("k", "slope", "ci_lb", "ci_ub", "span", "pval_permutation"):
            assert table.at[name, number] == pytest.approx(getattr(alone, number)), (name, number)
        assert table.at[name, "descriptive"]
    assert "0 of 6 effects" in table.at["difference", "note"]
    assert np.isnan(table.at["difference", "slope"])


def test_a_score_that_does_not_exist_is_refused(effects, scores):
    with pytest.raises(ChoiceError, match="role_modelling"):
        compare_scores(effects, scores, names=["trusting"])


def test_what_a_report_does_not_say_is_missing_in_a_rival(effects, six, scores):
    table = rival_moderators(effects, scores, six).set_index("trial").loc[TRIALS]
    np.testing.assert_array_equal(table["active_comparator"], [1, 0, np.nan, 0, 1, 0])
    np.testing.assert_array_equal(table["group"], [1, 0, 0, np.nan, 1, 1])
    np.testing.assert_array_equal(table["high_risk_of_bias"], [1, 0, 0, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(table["weeks"], [1, 2, 0.5, np.nan, 8 / 26, 10 / 26])
    np.testing.assert_allclose(table["year"], (np.arange(2001, 2007) - 2010) / 10)
    np.testing.assert_allclose(table["reporting_completeness"], np.array([4, 2, 6, 2, 4, 4]) / 0.6)


def test_each_rival_has_the_slope_it_has_alone_and_fidelity_beside_it(effects, six, scores):
    table = compare_rivals(effects, scores, six).table.set_index("moderator")
    joined = effects.with_moderators(scores.contrasts(effects.frame)).with_moderators(
        rival_moderators(effects, scores, six)
    )
    for name in ("year", "weeks", "reporting_completeness"):
        alone = meta_regression(joined, moderators=[name])
        term = alone.coefficients.iloc[1]
        assert table.at[name, "slope"] == pytest.approx(term["estimate"])
        assert table.at[name, "R2"] == pytest.approx(alone.R2, nan_ok=True)
        frame = alone.effects.frame
        test = permutation_test(frame["benefit"], frame["vi"], frame[name])
        assert table.at[name, "pval_permutation"] == test.pval
        same = joined.subset(joined.frame[name].notna())
        for column, moderators in (("alone", ["fidelity"]), ("beside", ["fidelity", name])):
            term = meta_regression(same, moderators=moderators).coefficients.iloc[1]
            assert table.at[name, column] == pytest.approx(term["estimate"])
            assert table.at[name, f"{column}_lb"] == pytest.approx(term["ci_lb"])
    assert table.at["weeks", "alone"] != table.at["year", "alone"]  # one report gives no length
    assert table.at["setting", "note"].startswith("Settings are written in the trials' own words")
    assert table.at["weeks", "k"] == 5
    assert table["descriptive"].eq(True).sum() == table["slope"].notna().sum()


def test_a_rival_that_tells_no_trials_apart_says_so(effects, six, scores):
    few = effects.subset(effects.frame["trial"].isin(TRIALS[3:5]))
    table = compare_rivals(few, scores, six).table.set_index("moderator")
    assert "cannot carry" in table.at["year", "note"]
    assert "0 effects" in table.at["high_risk_of_bias", "note"]
    assert "same value in every trial" in table.at["group", "note"]
    assert not table["note"].str.contains("_").any(), "a note for readers holds a name of the code"
    assert list(table.index) == list(RIVALS)


def test_two_comparisons_of_a_trial_have_their_own_rivals(evidence):
    effects = compute_effects(evidence, "recovery")
    table = rival_moderators(effects, score_fidelity(evidence), evidence)
    cedar = table[table["trial"].eq("cedar2016sample")].set_index("intervention_arm")
    assert cedar["group"].to_dict() == {"peer": 0.0, "peer2": 1.0}


def test_no_effects_have_no_rivals(six, scores):
    table = compare_rivals(effects_of([], []), scores, six).table
    assert table["slope"].isna().all()
    assert table["note"].ne("").all()
