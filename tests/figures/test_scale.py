"""The axis reads on the natural scale, keeps every estimate in view and clips only long intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.figures.parts.scale import EffectScale

RR = EffectScale("RR", "lower")
SMD = EffectScale("SMD", "higher")


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.9, 1.3, ["0.9", "1", "1.1", "1.2", "1.3"]),
        (0.45, 2.1, ["0.5", "0.67", "0.8", "1", "1.25", "1.5", "2"]),
        (0.2, 4.5, ["0.25", "0.5", "1", "2", "4"]),
        (0.02, 40, ["0.03", "0.1", "0.3", "1", "3", "10", "30"]),
        (1e-7, 1e7, ["1e-06", "0.0001", "0.01", "1", "100", "10000", "1e+06"]),
    ],
)
def test_ratio_ticks_are_round_numbers_that_suit_the_width(low, high, labels):
    places, shown = RR.ticks(np.log(low), np.log(high))
    assert shown == labels
    assert np.exp(places) == pytest.approx([float(label) for label in labels], rel=0.02)


def test_difference_ticks_have_as_many_decimals_as_they_need():
    assert SMD.ticks(-0.6, 0.9)[1] == ["−0.50", "−0.25", "0.00", "0.25", "0.50", "0.75"]
    assert SMD.ticks(-0.6, 1.1)[1] == ["−0.5", "0.0", "0.5", "1.0"]
    assert SMD.ticks(-30, 55)[1] == ["−20", "0", "20", "40"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1.00"), (0.0041, "0.004"), (0.0004, "<0.001"), (0.45, "0.45"), (12.34, "12.3"), (345.6, "346")],
)
def test_ratios_print_without_ever_becoming_nought(value, text):
    assert RR.text(np.log(value)) == text


def test_a_difference_that_rounds_to_nought_has_no_minus():
    assert SMD.text(-0.0004) == "0.00"
    assert SMD.interval(-0.21, 0.3) == "[−0.21, 0.30]"


@pytest.mark.parametrize(
    ("scale", "benefit", "shown"),
    [
        (EffectScale("RR", "lower"), np.log(2), "0.50"),
        (EffectScale("RR", "higher"), np.log(2), "2.00"),
        (EffectScale("SMD", "lower"), 0.3, "0.30"),
    ],
)
def test_a_benefit_is_printed_as_a_ratio_of_its_outcome_or_as_a_turned_difference(scale, benefit, shown):
    assert scale.of_benefit(benefit) == shown


def test_an_interval_of_a_turned_ratio_has_its_lower_end_first():
    assert EffectScale("RR", "lower").interval_of_benefit(np.log(0.8), np.log(2)) == "[0.50, 1.25]"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=20),
    st.lists(st.floats(0.01, 50), min_size=20, max_size=20),
)
def test_estimates_and_no_difference_are_always_in_view(estimates, halves):
    estimates, half = np.array(estimates), np.array(halves[: len(estimates)])
    low, high = SMD.limits(estimates, estimates - half, estimates + half)
    assert low < min(estimates.min(), 0)
    assert high > max(estimates.max(), 0)


def test_one_very_long_interval_does_not_squeeze_the_others():
    estimates = np.array([0.1, 0.2, 0.3, 0.4])
    half = np.array([0.1, 0.1, 0.1, 30.0])
    low, high = SMD.limits(estimates, estimates - half, estimates + half)
    assert high - low < 1.5


def test_intervals_of_usual_length_are_not_clipped():
    estimates = np.array([-0.1, 0.2, 0.5])
    low, high = SMD.limits(estimates, estimates - 0.3, estimates + 0.3)
    assert low < -0.4
    assert high > 0.8


def test_an_interval_a_little_longer_than_the_axis_is_shown_whole():
    estimates, usual = np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.2, 0.2])
    reach = 0.3 + 2 * 0.2  # the highest estimate and two typical half-intervals
    for end, whole in ((reach + 0.1, True), (reach + 0.4, False)):
        upper = estimates + np.array([0.2, 0.2, end - 0.3])
        low, high = SMD.limits(estimates, estimates - usual, upper)
        assert (high > end) == whole
        assert low < -0.1
