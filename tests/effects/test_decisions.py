"""Decisions of the review team: each kind, on which rows, in which order, and what `as_printed` ignores."""

from __future__ import annotations

import numpy as np
import pytest

from builders.roots import DEFAULT_TRIAL, events, means, sizes
from synthesis.effects import compute_effects

TRUE = means(10, 3, 36, 9, 3, 36)


def decide(decision, **cells):
    return {"outcome": "recovery", "decision": decision} | cells


def one(evidence, **options):
    """The only effect, as a row."""
    frame = compute_effects(evidence, "recovery", **options).frame
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.fixture
def truth(small):
    return one(small([TRUE]))


def test_standard_errors_typed_as_sds_give_the_effect_of_the_sds(small, truth):
    evidence = small([TRUE | {"sd_intervention": 0.5, "sd_comparator": 0.5}], decisions=[decide("read_sd_as_se")])
    found = one(evidence)
    assert (found["yi"], found["vi"]) == pytest.approx((truth["yi"], truth["vi"]))
    assert found["decided"] == "SDs read as standard errors"
    assert one(evidence, as_printed=True)["yi"] == pytest.approx(6 * truth["yi"])


def test_only_the_named_sd_is_read_as_a_standard_error(small, truth):
    row = TRUE | {"sd_comparator": 0.5}
    found = one(small([row], decisions=[decide("read_sd_as_se", column="sd_comparator")]))
    assert found["yi"] == pytest.approx(truth["yi"])
    assert found["decided"] == "sd comparator read as standard error"


def test_standard_errors_are_turned_with_the_numbers_randomised_where_none_analysed_are_printed(small, truth):
    row = {name: cell for name, cell in TRUE.items() if not name.startswith("n_")}
    arms = {DEFAULT_TRIAL: {"peer": {"n_randomised": 36}, "control": {"n_randomised": 36}}}
    row |= {"sd_intervention": 0.5, "sd_comparator": 0.5}
    found = one(small([row], arms=arms, decisions=[decide("read_sd_as_se")]))
    assert found["yi"] == pytest.approx(truth["yi"])
    assert "numbers randomised stand in" in found["note"]


def test_swapped_arms_turn_the_effect(small, truth):
    swapped = means(9, 3, 36, 10, 3, 36)
    found = one(small([swapped], decisions=[decide("swap_arms")]))
    assert (found["yi"], found["vi"]) == pytest.approx((truth["yi"], truth["vi"]))
    assert (found["mean_intervention"], found["mean_comparator"]) == (10, 9)


def test_swapping_arms_takes_their_sizes_and_events_along(small):
    row = events(2, 20, 15, 50)
    evidence = small([row], decisions=[decide("swap_arms", outcome="readmission")])
    found = compute_effects(evidence, "readmission").frame.iloc[0]
    assert found["yi"] == pytest.approx(np.log((15 / 50) / (2 / 20)))
    assert (found["n_intervention"], found["events_intervention"]) == (50, 15)


def test_swapping_arms_turns_a_printed_estimate(small):
    row = sizes(30, 30, effect_measure="SMD", estimate=0.4, standard_error=0.2)
    assert one(small([row], decisions=[decide("swap_arms")]))["yi"] == pytest.approx(-0.4)


@pytest.mark.parametrize("decision", ["swap_arms", "flip_sign"])
def test_turning_a_result_without_numbers_turns_what_is_said_of_it(small, decision):
    evidence = small([{"reported_direction": "favours_intervention"}], decisions=[decide(decision)])
    left = compute_effects(evidence, "recovery").left_out
    assert left["reported_direction"].tolist() == ["favours_comparator"]
    assert "in favour of the comparison" in left.at[0, "reason"]
    printed = compute_effects(evidence, "recovery", as_printed=True).left_out
    assert printed["reported_direction"].tolist() == ["favours_intervention"]


def test_a_flipped_sign_turns_the_effect_and_keeps_the_figures(small, truth):
    found = one(small([TRUE], decisions=[decide("flip_sign")]))
    assert (found["yi"], found["vi"]) == pytest.approx((-truth["yi"], truth["vi"]))
    assert found["benefit"] == -truth["benefit"]
    assert not found["aligned"]
    assert found["mean_intervention"] == 10


def test_two_flips_cancel(small, truth):
    found = one(small([TRUE], decisions=[decide("flip_sign"), decide("flip_sign", timepoint_months=12)]))
    assert found["yi"] == pytest.approx(truth["yi"])


def test_a_flip_turns_the_cross_check_too(small):
    row = TRUE | {"effect_measure": "SMD", "estimate": 0.33, "standard_error": 0.24}
    effects = compute_effects(small([row], decisions=[decide("flip_sign")]), "recovery")
    assert effects.cross_checks["agrees"].tolist() == [True]
    assert effects.cross_checks.at[0, "check_yi"] == pytest.approx(-0.33)


def test_a_value_is_set_and_the_printed_one_stays_in_the_table(small, truth):
    evidence = small(
        [TRUE | {"mean_intervention": 100}], decisions=[decide("set", column="mean_intervention", value=10)]
    )
    assert one(evidence)["yi"] == pytest.approx(truth["yi"])
    assert evidence.outcomes["mean_intervention"].tolist() == [100]
    assert one(evidence)["decided"] == "mean intervention set to 10"


def test_a_value_is_emptied(small):
    row = TRUE | {"test_statistic": "t", "statistic_value": 0.4}
    found = one(small([row], decisions=[decide("set", column="mean_intervention", value="")]))
    assert found["routes"] == ("statistic",)
    assert found["decided"] == "mean intervention emptied"


def test_text_is_set(small):
    row = TRUE | {"change": ""}
    found = one(small([row], decisions=[decide("set", column="change", value="yes")]))
    assert "SD of changes" in found["note"]


def test_an_excluded_row_is_left_out_with_its_reason_and_shown_as_printed(small):
    evidence = small([TRUE], decisions=[decide("exclude", reason="The mean is that of the other arm.")])
    effects = compute_effects(evidence, "recovery")
    assert effects.frame.empty
    assert effects.left_out[["kind", "reason"]].to_numpy().tolist() == [
        ["excluded", "The mean is that of the other arm."]
    ]
    assert len(compute_effects(evidence, "recovery", as_printed=True).frame) == 1


def test_excluding_the_longest_result_brings_back_the_one_before(small, truth):
    rows = [TRUE, TRUE | {"timepoint_months": 24, "mean_intervention": 90}]
    found = one(small(rows, decisions=[decide("exclude", timepoint_months=24)]))
    assert found["yi"] == pytest.approx(truth["yi"])


def test_keeping_a_doubted_row_changes_nothing_but_is_said(small, truth):
    found = one(small([TRUE], decisions=[decide("keep")]))
    assert found["yi"] == truth["yi"]
    assert found["decided"] == "kept as printed in spite of a doubt"


def test_a_decision_reaches_only_the_rows_it_names(small):
    rows = [
        TRUE | {"timepoint_months": 6},
        TRUE,
        TRUE | {"instrument": "Recovery Questionnaire"},
        TRUE | {"trial": "birch2002sample"},
        TRUE | {"outcome": "symptoms", "instrument": "Symptom Scale"},
    ]
    evidence = small(rows, decisions=[decide("flip_sign", instrument="Recovery Scale", timepoint_months=12)])
    listed = compute_effects(evidence, "recovery", timepoint="all")
    assert listed.frame["yi"].gt(0).tolist() == [True, True]  # two of three results of the first trial outweigh one
    turned = compute_effects(evidence, "recovery")
    assert turned.frame["yi"].gt(0).tolist() == [False, True]
    assert compute_effects(evidence, "symptoms").frame["yi"].gt(0).all()


def test_a_decision_without_instrument_and_time_reaches_every_row_of_the_outcome(small):
    rows = [TRUE, TRUE | {"timepoint_months": 6, "instrument": "Recovery Questionnaire"}]
    effects = compute_effects(small(rows, decisions=[decide("exclude")]), "recovery")
    assert effects.left_out["kind"].tolist() == ["excluded", "excluded"]


def test_decisions_apply_in_the_order_of_the_file(small, truth):
    swapped = means(9, 0.5, 36, 10, 0.5, 36)
    decisions = [
        decide("set", column="mean_intervention", value=9),
        decide("read_sd_as_se"),
        decide("swap_arms"),
        decide("set", column="mean_comparator", value=9, timepoint_months=12),
    ]
    found = one(small([swapped], decisions=decisions))
    assert found["yi"] == pytest.approx(truth["yi"])
    assert found["decided"].count(";") == 3


def test_the_valid_trials_decisions_are_those_of_their_files(evidence):
    hope = compute_effects(evidence, "hope")
    assert hope.frame.set_index("trial").at["damson2018sample", "yi"] == 0.12
    assert set(hope.left_out["kind"]) == {"excluded", "without_numbers"}
    printed = compute_effects(evidence, "hope", as_printed=True)
    assert printed.frame.set_index("trial").at["damson2018sample", "yi"] == 0.21
    assert printed.as_printed
