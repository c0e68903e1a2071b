"""Pool and slope with the results that only say a direction: what enters the model, and what is said beside it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from builders.roots import means, sizes
from synthesis.answers.direction_only import FEW_FOR_A_SLOPE, FEW_TRIALS, describe_directions, with_directions
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.pooling import pool
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, InputError
from synthesis.results import to_json
from synthesis.statistics.censored import fit_censored

TRIALS = [f"ash{2001 + i}sample" for i in range(12)]
SILENT = {"elm2001sample": "no_difference", "elm2002sample": "no_difference", "elm2003sample": "favours_intervention"}
RATED = [{"sharing": i % 3, "listening": (i + 1) % 3, "example": i // 4 % 3, "linkage": (i * 2) % 3} for i in range(15)]


@pytest.fixture(scope="module")
def world(small):
    rows = [means(10 + (i % 4) / 3, 3, 30 + 4 * i, 9.5, 3, 30, trial=trial) for i, trial in enumerate(TRIALS)]
    rows += [{"trial": trial, "reported_direction": said} | sizes(60, 60) for trial, said in SILENT.items()]
    ratings = {trial: {"peer": rated} for trial, rated in zip([*TRIALS, *SILENT], RATED, strict=True)}
    del ratings["elm2002sample"]  # no score: it enters the pool and not the slope
    return small(rows, ratings=ratings)


def answered(evidence, **options):
    effects = compute_effects(evidence, "recovery")
    return with_directions(effects, score_fidelity(evidence), evidence, **options)


def test_the_pool_is_the_likelihood_of_numbers_and_intervals(world):
    found = answered(world)
    effects = compute_effects(world, "recovery").frame
    reach, none = 1.96 * np.sqrt(2 / 60), np.full(12, np.nan)
    fit = fit_censored(
        [*effects["benefit"], *none[:3]],
        [*effects["vi"], *[2 / 60] * 3],
        [*none, -reach, -reach, reach],
        [*none, reach, reach, np.inf],
    )
    row = found.row("pool", "with_directions")
    for name, own in (("estimate", "beta"), ("ci_lb", "ci_lb"), ("ci_ub", "ci_ub"), ("se", "se"), ("pval", "pval")):
        assert row[name] == getattr(fit, own)[0]
    assert (row["tau2"], row["k"], row["k_direction_only"], row["trials"]) == (fit.tau2, 15, 3, 15)


def test_without_them_it_is_maximum_likelihood_on_the_numbers(world):
    row, known = answered(world).row("pool", "numbers"), pool(compute_effects(world, "recovery"), method="ML")
    assert row["estimate"] == pytest.approx(known.estimate, abs=1e-7)
    assert (row["k"], row["k_direction_only"]) == (12, 0)


def test_the_slope_has_only_scored_results_and_a_narrower_interval(world):
    found = answered(world)
    before, after = found.row("slope", "numbers"), found.row("slope", "with_directions")
    assert (before["k"], after["k"], after["k_direction_only"]) == (12, 14, 2)
    assert after["ci_ub"] - after["ci_lb"] < before["ci_ub"] - before["ci_lb"]


def test_a_lower_threshold_moves_the_sensitivity_row_only(world):
    found = answered(world)
    assert found.row("pool", "with_directions_sensitivity")["threshold"] == 1.64
    assert (
        found.row("pool", "with_directions_sensitivity")["estimate"] != found.row("pool", "with_directions")["estimate"]
    )


def test_lower_is_better_is_turned_to_benefit(small):
    rows = [means(9.5, 3, 30, 10 + i / 3, 3, 30, outcome="symptoms", trial=trial) for i, trial in enumerate(TRIALS[:3])]
    rows.append(
        {"trial": "elm2001sample", "outcome": "symptoms", "reported_direction": "favours_intervention"} | sizes(60, 60)
    )
    evidence = small(rows)
    found = with_directions(compute_effects(evidence, "symptoms"), score_fidelity(evidence), evidence)
    assert found.row("pool", "with_directions")["estimate"] > found.row("pool", "numbers")["estimate"] > 0


def test_the_words_say_what_moves_and_that_it_stands_beside(world):
    said = describe_directions(answered(world))
    assert said.startswith("3 results on personal recovery have no usable number and only say a direction: ")
    assert "1 favours peer support and 2 reported no significant difference. 12 results have a number." in said
    assert "k = 12, to " in said
    assert "k = 15 " in said
    assert "beside the main analysis, never in its place" in said


def test_few_trials_are_withheld_in_words_and_stay_in_the_numbers(small):
    rows = [means(10, 3, 30, 9, 3, 30), means(10, 3, 30, 9.4, 3, 30, trial="oak2002sample")]
    rows.append({"trial": "elm2001sample", "reported_direction": "no_difference"} | sizes(60, 60))
    found = answered(small(rows))
    row = found.row("pool", "with_directions")
    assert row["withheld"] == (FEW_TRIALS,)
    assert np.isfinite(row["estimate"])
    assert found.row("slope", "numbers")["withheld"] == (FEW_FOR_A_SLOPE,)
    assert "no average is stated" in str(found)
    assert "goes from" not in str(found)
    assert set(found.shown().iloc[:, -1]) == {""}


def test_without_any_such_result_it_says_so(small):
    found = answered(small([means(10, 3, 30, 9, 3, 30)]))
    assert str(found).startswith("No result on personal recovery stands without a number")
    assert found.row("pool", "numbers")["note"] == "1 results cannot carry 1 coefficients and a heterogeneity variance."


def test_with_directions_alone_nothing_is_estimable(small):
    found = answered(small([{"reported_direction": "no_difference"} | sizes(60, 60)]))
    assert "No result has a number" in found.row("pool", "with_directions")["note"]
    assert found.table["estimate"].isna().all()
    assert found.to_dict()["direction_only"][0]["n"] == 120


def test_what_is_asked_wrongly_is_refused(world):
    with pytest.raises(ChoiceError, match="score"):
        answered(world, score="charm")
    with pytest.raises(ChoiceError, match="level"):
        answered(world, level=95)
    with pytest.raises(InputError, match="takes effects"):
        with_directions(world, score_fidelity(world), world)


def test_its_json_holds_settings_rows_and_what_was_added(world):
    found = json.loads(to_json(answered(world).to_dict()))
    assert {"outcome", "measure", "method", "ci", "level", "score", "rows", "direction_only", "aside"} <= set(found)
    assert [row["k"] for row in found["rows"]] == [12, 15, 15, 12, 14, 14]
    assert found["rows"][0]["threshold"] is None
