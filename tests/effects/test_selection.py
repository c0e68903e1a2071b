"""Which row stands for a comparison: time, instrument, shared arms, averages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from builders.roots import events, means
from synthesis.choices import timepoint_months
from synthesis.effects import compute_effects
from synthesis.effects.selection import average_within_comparisons, times_used
from synthesis.errors import ChoiceError

FIRST = means(10, 3, 30, 9, 3, 30)
SECOND = means(12, 3, 30, 9, 3, 30, instrument="Recovery Questionnaire")


def chosen(effects):
    return effects.frame[["instrument", "timepoint_months"]].to_records(index=False).tolist()


def test_the_longest_time_comes_before_the_preferred_instrument(small):
    effects = compute_effects(small([FIRST, SECOND | {"timepoint_months": 24}]), "recovery")
    assert chosen(effects) == [("Recovery Questionnaire", 24.0)]
    assert effects.left_out["kind"].tolist() == ["not_selected"]


def test_of_two_instruments_the_first_in_the_codebook_is_used_whatever_the_order_of_rows(small):
    for rows in ([FIRST, SECOND], [SECOND, FIRST]):
        assert chosen(compute_effects(small(rows), "recovery")) == [("Recovery Scale", 12.0)]


def test_an_instrument_of_two_outcomes_has_its_place_in_each(small):
    codebook = [
        {"instrument": "Recovery Scale", "outcome": "recovery", "better": "higher"},
        {"instrument": "Recovery Questionnaire", "outcome": "recovery", "better": "higher"},
        {"instrument": "Recovery Scale", "outcome": "symptoms", "better": "higher"},
    ]
    assert chosen(compute_effects(small([SECOND, FIRST], instruments=codebook), "recovery")) == [("Recovery Scale", 12)]


def test_a_longer_result_that_cannot_be_used_does_not_displace_a_shorter_one(small):
    late = {"timepoint_months": 36, "reported_direction": "no_difference"}
    effects = compute_effects(small([FIRST, late]), "recovery")
    assert chosen(effects) == [("Recovery Scale", 12.0)]
    assert effects.left_out["kind"].tolist() == ["without_numbers"]


def test_the_instrument_decides_before_the_kind_of_value(small):
    effects = compute_effects(small([means(3, 3, 30, 1, 3, 30, change="yes"), SECOND]), "recovery")
    assert effects.frame["change"].tolist() == ["yes"]


@pytest.mark.parametrize(("months", "expected"), [("closest:0", 3.0), ("closest:8", 12.0), ("closest:7.4", 3.0)])
def test_of_two_times_as_close_the_later_is_used(small, months, expected):
    rows = [FIRST | {"timepoint_months": 3}, FIRST | {"timepoint_months": 12}]
    if months == "closest:8":
        rows[0]["timepoint_months"] = 4  # four months either way
    assert chosen(compute_effects(small(rows), "recovery", timepoint=months))[0][1] == expected


@pytest.mark.parametrize("word", ["soonest", "closest", "closest:", "closest:-3", "closest:x", "LONGEST", "all:6"])
def test_a_time_rule_that_does_not_exist_is_refused_with_those_that_do(word):
    with pytest.raises(ChoiceError, match="closest:MONTHS"):
        timepoint_months(word)


def test_each_comparison_of_a_trial_keeps_its_own_row(small):
    rows = [
        events(5, 30, 9, 30),
        events(6, 30, 9, 30, intervention_arm="peer2"),
        events(6, 30, 8, 30, comparator_arm="wl"),
    ]
    effects = compute_effects(small(rows), "readmission")
    assert len(effects.frame) == 3
    assert effects.frame["shared"].tolist() == [True, True, True]


def test_an_arm_is_counted_once_a_comparison_and_not_once_a_result():
    rows = pd.DataFrame(
        {
            "trial": ["a", "a", "a", "b"],
            "intervention_arm": ["peer", "peer", "peer2", "peer"],
            "comparator_arm": ["control"] * 4,
        }
    )
    assert times_used(rows, "comparator").tolist() == [2, 2, 2, 1]
    assert times_used(rows, "intervention").tolist() == [1, 1, 1, 1]
    assert times_used(rows.iloc[:0], "comparator").empty


def test_averaging_perfectly_correlated_equal_results_changes_nothing(small):
    frame = compute_effects(small([FIRST, FIRST | {"timepoint_months": 6}]), "recovery", timepoint="all").frame
    alone = compute_effects(small([FIRST]), "recovery").frame
    assert frame["yi"].tolist() == pytest.approx(alone["yi"].tolist())
    # Correlation 0.6 is assumed, so two results tell more than one and less than two independent ones.
    assert frame.at[0, "vi"] == pytest.approx(0.8 * alone.at[0, "vi"])
    assert "mean of 2 results" in frame.at[0, "note"]


def test_a_single_result_is_not_said_to_be_an_average(small):
    frame = compute_effects(small([FIRST]), "recovery", timepoint="all").frame
    assert frame.at[0, "note"] == ""
    assert frame.at[0, "mean_intervention"] == 10


def test_averaging_names_every_instrument_and_shows_no_single_results_figures(small):
    rows = [FIRST, means(20, 7, 28, 23, 8, 29, instrument="Distress Scale")]
    frame = compute_effects(small(rows), "recovery", timepoint="all").frame
    assert frame.at[0, "instrument"] == "Recovery Scale; Distress Scale"
    assert np.isnan(frame.at[0, "mean_intervention"])
    assert frame.at[0, "n_intervention"] == 30
    assert frame.at[0, "sei"] == pytest.approx(np.sqrt(frame.at[0, "vi"]))
    assert frame.at[0, "benefit"] == frame.at[0, "yi"]


def test_averaging_no_rows_gives_no_rows(small):
    effects = compute_effects(small([FIRST]), "symptoms", timepoint="all")
    assert effects.frame.empty
    assert average_within_comparisons(effects.frame).empty
