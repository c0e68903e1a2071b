"""Results that only say a direction: which enter, once each, with which bounds and which variance."""

from __future__ import annotations

import numpy as np
import pytest

from builders.roots import means, sizes
from synthesis.effects import compute_effects
from synthesis.effects.direction_only import ASIDE, DirectionOnly, direction_only
from synthesis.errors import NotEstimableError

NUMBER = means(10, 3, 30, 9, 3, 30, trial="ash2001sample")


def says(direction, trial="elm2002sample", **cells):
    return {
        "reported_direction": f"favours_{direction}" if direction != "no_difference" else direction,
        "trial": trial,
    } | cells


def gathered(evidence, outcome="recovery", **options) -> DirectionOnly:
    return direction_only(compute_effects(evidence, outcome, **options), evidence)


def test_the_standard_error_is_that_of_the_arms_and_else_of_the_trial(small):
    rows = [
        NUMBER,
        says("no_difference", "elm2002sample", **sizes(40, 60)),
        says("intervention", "fir2003sample"),
        says("comparator", "oak2004sample", intervention_arm="peer", comparator_arm="control"),
    ]
    parts = {"fir2003sample": {"n_randomised": 200}, "oak2004sample": {"n_randomised": 90}}
    third = {"oak2004sample": {"other": {"role": "comparator"}}}
    frame = gathered(small(rows, trials=parts, arms=third)).frame.set_index("trial")
    expected = [np.sqrt(1 / 40 + 1 / 60), np.sqrt(4 / 200), np.sqrt(4 / 60)]  # of three arms, two
    np.testing.assert_allclose(frame["sei"], expected)
    np.testing.assert_allclose(frame["vi"], np.square(expected))
    assert frame["sizes"].tolist() == ["arms", "trial", "trial"]
    assert frame["n"].tolist() == [100, 200, 60]


def test_bounds_lie_on_the_side_that_is_favoured_and_the_threshold_scales_them(small):
    rows = [
        NUMBER,
        *(
            says(side, f"elm{i}sample", **sizes(50, 50))
            for i, side in enumerate(["no_difference", "intervention", "comparator"], 2001)
        ),
    ]
    found = gathered(small(rows))
    for threshold in (1.96, 1.64):
        reach = threshold * np.sqrt(2 / 50)
        lower, upper = found.bounds(threshold)
        np.testing.assert_allclose(lower, [-reach, reach, -np.inf])
        np.testing.assert_allclose(upper, [reach, np.inf, -reach])


def test_a_direction_is_that_of_the_benefit_whichever_way_the_scale_runs(small):
    rows = [
        means(10, 3, 30, 12, 3, 30, outcome="symptoms"),
        says("intervention", outcome="symptoms", **sizes(50, 50)),
        says("intervention", "fir2003sample", outcome="symptoms", instrument="Wellness Scale", **sizes(50, 50)),
    ]
    lower, upper = gathered(small(rows), "symptoms").bounds()
    assert (lower > 0).all()
    assert np.isinf(upper).all()


def test_a_decision_that_turns_a_row_turns_its_direction(small):
    rows = [NUMBER, says("intervention", **sizes(50, 50))]
    turned = [{"trial": "elm2002sample", "outcome": "recovery", "decision": "flip_sign"}]
    assert gathered(small(rows, decisions=turned)).frame["reported_direction"].tolist() == ["favours_comparator"]


def test_a_cluster_trial_has_its_design_effect_and_none_without_its_clusters_size(small):
    trials = {name: {"design": "cluster"} for name in ("elm2002sample", "fir2003sample")}
    rows = [
        NUMBER,
        says("no_difference", "elm2002sample", cluster_size=11, icc=0.1, **sizes(50, 50)),
        says("no_difference", "fir2003sample", **sizes(50, 50)),
    ]
    found = gathered(small(rows, trials=trials))
    assert found.frame["trial"].tolist() == ["elm2002sample"]
    assert found.frame["design_effect"].tolist() == pytest.approx([2.0])
    assert found.frame["vi"].tolist() == pytest.approx([2 * 2 / 50])
    assert found.left_aside() == {"cluster_size_unknown": 1}
    assumed = gathered(small([NUMBER, says("no_difference", cluster_size=11, **sizes(50, 50))], trials=trials), icc=0.2)
    assert assumed.frame["design_effect"].tolist() == pytest.approx([3.0])


def test_no_result_enters_twice(small):
    rows = [
        NUMBER | {"timepoint_months": 6},
        says("no_difference", "ash2001sample", timepoint_months=12, **sizes(30, 30)),
        says("intervention", "ash2001sample", instrument="Recovery Questionnaire", **sizes(30, 30)),
    ]
    found = gathered(small(rows))
    assert found.frame.empty
    assert found.left_aside() == {"in_pool": 2}


def test_a_comparison_that_shares_an_arm_with_the_pool_stays_out(small):
    rows = [
        NUMBER,
        says("no_difference", "ash2001sample", intervention_arm="peer2", **sizes(30, 30)),
        says("no_difference", "elm2002sample", **sizes(30, 30)),
    ]
    found = gathered(small(rows))
    assert found.frame["trial"].tolist() == ["elm2002sample"]
    assert found.left_aside() == {"in_pool": 1}


def test_comparisons_that_share_an_arm_count_its_people_once_and_keep_their_tests_error(small):
    rows = [
        NUMBER,
        says("no_difference", intervention_arm="peer", **sizes(40, 60)),
        says("intervention", intervention_arm="peer2", **sizes(50, 60)),
    ]
    frame = gathered(small(rows)).frame
    np.testing.assert_allclose(frame["sei"] ** 2, [1 / 40 + 1 / 60, 1 / 50 + 1 / 60])
    np.testing.assert_allclose(frame["vi"], [1 / 40 + 2 / 60, 1 / 50 + 2 / 60])
    assert frame["shared"].all()


@pytest.mark.parametrize(
    ("timepoint", "instrument", "months"),
    [("longest", "Recovery Scale", 12), ("closest:6", "Recovery Scale", 6), ("all", "Recovery Scale", 12)],
)
def test_one_result_a_comparison_by_the_rules_of_the_pool(small, timepoint, instrument, months):
    rows = [
        NUMBER,
        says("intervention", instrument="Recovery Questionnaire", timepoint_months=12, **sizes(30, 30)),
        says("no_difference", instrument="Recovery Scale", timepoint_months=12, **sizes(30, 30)),
        says("intervention", instrument="Recovery Scale", timepoint_months=6, **sizes(30, 30)),
    ]
    found = gathered(small(rows), timepoint=timepoint)
    assert found.frame[["instrument", "timepoint_months"]].to_numpy().tolist() == [[instrument, months]]
    assert found.left_aside() == {"not_selected": 2}


def test_a_test_that_cannot_be_turned_into_an_effect_still_says_its_direction(small):
    rows = [
        NUMBER,
        says("no_difference", p_value=0.4, **sizes(50, 50)),
        says("intervention", "fir2003sample", mean_intervention=5, mean_comparator=4, **sizes(50, 50)),
        {"trial": "oak2004sample"},
    ]
    assert gathered(small(rows)).frame["trial"].tolist() == ["elm2002sample", "fir2003sample"]


def test_a_crossover_trial_and_an_excluded_row_stay_out(small):
    rows = [NUMBER, says("no_difference", **sizes(50, 50)), says("no_difference", "fir2003sample", **sizes(50, 50))]
    excluded = [{"trial": "fir2003sample", "outcome": "recovery", "decision": "exclude"}]
    found = gathered(small(rows, trials={"elm2002sample": {"design": "crossover"}}, decisions=excluded))
    assert found.frame.empty
    assert found.left_aside() == {"crossover": 1}
    assert set(found.left_aside()) <= set(ASIDE)


def test_other_measures_and_unsettled_directions_are_refused(small):
    rows = [NUMBER, says("no_difference", outcome="readmission")]
    with pytest.raises(NotEstimableError, match="that of RR does not"):
        gathered(small(rows), "readmission")
    unsettled = {
        "outcome": "recovery",
        "label": "Recovery",
        "role": "clinical",
        "measure": "SMD",
        "better": "unsettled",
    }
    evidence = small(
        [NUMBER],
        outcomes=[unsettled],
        instruments=[{"instrument": "Recovery Scale", "outcome": "recovery", "better": "higher"}],
    )
    with pytest.raises(NotEstimableError, match="not settled"):
        gathered(evidence)
