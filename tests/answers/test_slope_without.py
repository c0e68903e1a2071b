"""The slope without each trial: refitted by the model itself, leverage by what leverage means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.regression import meta_regression
from synthesis.answers.slope_without import slopes_without_each
from synthesis.effects import compute_effects
from synthesis.evidence import load_evidence


@pytest.fixture(scope="module")
def shipped():
    return load_evidence("data", references="references.bib")


@pytest.fixture(scope="module")
def slope(shipped):
    return fidelity_slope(compute_effects(shipped, "recovery"), score_fidelity(shipped), permutations=20)


def test_each_row_is_the_slope_of_the_others_fitted_by_itself(slope, shipped):
    table = slopes_without_each(slope).table
    effects, scores = slope.regression.effects, score_fidelity(shipped)
    assert list(table["trial"]) == list(dict.fromkeys(effects.frame["trial"]))
    for row in table.itertuples():
        others = effects.subset(effects.frame["trial"].ne(row.trial))
        plain = others.frame.drop(columns=[name for name in others.frame if name.startswith("fidelity")])
        alone = fidelity_slope(replace(others, frame=plain), scores, permutations=20)
        assert (row.slope, row.ci_lb, row.ci_ub, row.k) == (alone.slope, alone.ci_lb, alone.ci_ub, alone.k)


def test_leverage_is_how_much_a_fitted_value_follows_its_own_effect(shipped):
    """With one true effect the fit is linear in the effects: its derivative is had by moving one of them."""
    effects, scores = compute_effects(shipped, "quality_of_life"), score_fidelity(shipped)
    slope = fidelity_slope(effects, scores, method="EE", ci="wald", permutations=20)
    table = slopes_without_each(slope).table.set_index("trial")
    scored = slope.regression.effects
    column = slope.regression.coefficients["term"].iloc[1]
    follows = {}
    for i, trial in enumerate(scored.frame["trial"]):
        moved = scored.frame.copy()
        moved.loc[i, "benefit"] += 1.0
        before, after = (
            meta_regression(replace(scored, frame=frame), moderators=[column], method="EE", ci="wald").coefficients
            for frame in (scored.frame, moved)
        )
        design = np.array([1.0, moved.loc[i, column]])
        change = float(design @ (after["estimate"] - before["estimate"]).to_numpy(float))
        follows[trial] = follows.get(trial, 0.0) + change
    assert sum(follows.values()) == pytest.approx(2)
    for trial, change in follows.items():
        assert table.at[trial, "leverage"] == pytest.approx(change / 2, rel=1e-9)


def test_words_name_the_range_and_the_trial_with_the_most_leverage(slope):
    found = slopes_without_each(slope)
    changes = found.table["slope"] * slope.span
    first = found.table.loc[found.table["leverage"].idxmax()]
    said = str(found)
    assert f"by {changes.min():+.2f} to {changes.max():+.2f} SMD.".replace("-", "−") in said
    assert f"{first['label']}, with a score of {first['score']:.2f}, has the most leverage on the slope" in said
    assert found.shown()["Left out"].iloc[0] == first["label"]


def test_below_ten_trials_nothing_is_said_and_the_rows_stay(shipped):
    few = fidelity_slope(compute_effects(shipped, "hope"), score_fidelity(shipped), permutations=20)
    found = slopes_without_each(few)
    assert str(found) == ""
    assert len(found.table) == few.regression.effects.n_trials


def test_a_trial_that_alone_makes_the_slope_is_named(slope):
    """All other trials have one score."""
    frame = slope.regression.effects.frame.copy()
    column = slope.regression.coefficients["term"].iloc[1]
    frame[column] = np.where(frame["trial"].eq(frame["trial"].iloc[0]), 1.0, 0.5)
    effects = replace(slope.regression.effects, frame=frame)
    made = replace(slope, regression=meta_regression(effects, moderators=[column]))
    found = slopes_without_each(made)
    own = found.table.set_index("trial").loc[frame["trial"].iloc[0]]
    assert np.isnan(own["slope"])
    assert own["note"]
    assert f"{own['label']}, with a score of 1.00, alone makes the slope: without it" in str(found)
