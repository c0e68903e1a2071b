"""What a pool of events counts of each trial, and what it leaves out with the reason."""

import numpy as np
import pytest

from builders.roots import build_evidence, events, sizes
from synthesis.effects import compute_effects, effects_from
from synthesis.effects.counted import TABLE, with_tables
from synthesis.effects.left_out import REASONS
from synthesis.errors import ChoiceError


def trial(name):
    return {"trial": f"{name}sample"}


def left_out(effects):
    return dict(zip(effects.left_out["trial"], effects.left_out["cause"], strict=True))


def table(effects, name):
    return effects.frame.set_index("trial").loc[f"{name}sample", TABLE].tolist()


@pytest.mark.parametrize(
    ("measure", "causes"),
    [
        ("RR", {"none2002": "no_events"}),
        ("OR", {"none2002": "no_events", "all2003": "only_events"}),
        ("PETO", {"none2002": "no_events", "all2003": "only_events"}),
        ("RD", {}),
        ("SMD", {"none2002": "no_events", "all2003": "only_events"}),
    ],
)
def test_counts_that_tell_nothing_are_left_out_with_their_reason(tmp_path, measure, causes):
    rows = [
        events(3, 40, 5, 40, **trial("some2001")),
        events(0, 60, 0, 70, **trial("none2002")),
        events(20, 20, 25, 25, **trial("all2003")),
    ]
    found = compute_effects(build_evidence(tmp_path, rows), "readmission", measure=measure)
    assert left_out(found) == {f"{name}sample": cause for name, cause in causes.items()}
    assert found.n_trials == 3 - len(causes)
    assert all(REASONS[cause].kind == "not_estimable" for cause in causes.values())
    assert (f"{len(causes)} not estimable as {measure}" in found.why_left_out()) == bool(causes)


def test_a_printed_ratio_beside_counts_without_events_does_not_stand_in_for_them(tmp_path):
    row = events(0, 60, 0, 70, effect_measure="RR", estimate=1.0, ci_lower=0.02, ci_upper=50)
    found = compute_effects(build_evidence(tmp_path, [row]), "readmission")
    assert found.frame.empty
    assert found.left_out["cause"].tolist() == ["no_events"]


def test_means_outrank_counts_without_events_for_an_smd(tmp_path):
    row = events(0, 60, 0, 70, mean_intervention=3, sd_intervention=1, mean_comparator=2, sd_comparator=1)
    found = compute_effects(build_evidence(tmp_path, [row]), "readmission", measure="SMD")
    assert found.frame["routes"].tolist() == [("means",)]


def test_an_earlier_result_with_events_stands_for_a_later_one_without(tmp_path):
    rows = [events(3, 40, 5, 40, timepoint_months=6), events(0, 40, 0, 40, timepoint_months=12)]
    found = compute_effects(build_evidence(tmp_path, rows), "readmission")
    assert found.frame["timepoint_months"].tolist() == [6]
    assert found.left_out["cause"].tolist() == ["no_events"]


def test_a_comparison_that_tells_nothing_does_not_take_its_share_of_a_common_arm(tmp_path):
    arms = {"comparator_arm": "usual"}
    rows = [
        events(0, 30, 0, 60, intervention_arm="a", **arms),
        events(3, 30, 0, 60, intervention_arm="b", **arms),
    ]
    found = compute_effects(build_evidence(tmp_path, rows), "readmission")
    assert found.frame[TABLE].to_numpy().tolist() == [[3, 30, 0, 60]]
    assert not found.frame["shared"].any()


def test_the_counted_table_is_the_share_of_a_divided_arm_and_the_effective_numbers_of_a_cluster_trial(tmp_path):
    rows = [
        events(6, 90, 12, 88, cluster_size=21, icc=0.05, **trial("cluster2001")),
        events(3, 50, 8, 60, intervention_arm="a", comparator_arm="c", **trial("arms2002")),
        events(5, 52, 8, 60, intervention_arm="b", comparator_arm="c", **trial("arms2002")),
    ]
    evidence = build_evidence(tmp_path, rows, trials={"cluster2001sample": {"design": "cluster"}})
    found = compute_effects(evidence, "readmission")
    assert table(found, "cluster2001") == [3, 45, 6, 44]
    assert found.frame.loc[found.frame["shared"], TABLE].to_numpy().tolist() == [[3, 50, 4, 30], [5, 52, 4, 30]]


def test_the_arms_of_a_turned_effect_change_sides_in_the_counted_table(tmp_path):
    row = events(30, 40, 20, 50, instrument="community stay")
    found = compute_effects(build_evidence(tmp_path, [row]), "readmission")
    assert found.frame[TABLE].to_numpy().tolist() == [[20, 50, 30, 40]]
    assert found.frame["yi"].iloc[0] == pytest.approx(np.log((20 / 50) / (30 / 40)))


def test_what_does_not_come_from_counts_of_one_result_is_left_out_of_a_pool_of_events(tmp_path):
    printed = {"outcome": "readmission", "instrument": "admission", "effect_measure": "RR", "estimate": 0.8}
    rows = [
        events(3, 40, 5, 40, **trial("counts2001")),
        sizes(50, 50, ci_lower=0.5, ci_upper=1.28, **printed, **trial("estimate2002")),
        events(3, 40, 5, 40, timepoint_months=6, **trial("twice2003")),
        events(4, 40, 7, 40, timepoint_months=12, **trial("twice2003")),
    ]
    evidence = build_evidence(tmp_path, rows)
    found = with_tables(compute_effects(evidence, "readmission", timepoint="all"), "MH")
    assert found.frame["trial"].tolist() == ["counts2001sample"]
    assert left_out(found) == {"estimate2002sample": "estimate_not_counts", "twice2003sample": "average_not_counts"}
    assert found.why_left_out() == "Rows left out: 2 without counts to pool."
    everything = compute_effects(evidence, "readmission")
    assert left_out(with_tables(everything, "MH-DL"))["estimate2002sample"] == "estimate_not_counts"


@pytest.mark.parametrize(("method", "measure"), [("MH", "SMD"), ("MH", "HR"), ("MH-DL", "PETO"), ("PETO", "RR")])
def test_a_method_refuses_a_measure_it_does_not_pool(method, measure):
    with pytest.raises(ChoiceError, match=f"{measure!r} is not pooled by {method}"):
        with_tables(effects_from([0.1], [0.1], measure=measure), method)


def test_counts_from_elsewhere_are_pooled_as_they_are_given():
    counts = {"events_intervention": [3, 6], "n_intervention": [40, 60], "events_comparator": 5, "n_comparator": 40}
    found = effects_from([0.1, 0.2], [0.1, 0.2], measure="OR", design_effect=[1, 2], **counts)
    assert found.frame[TABLE].to_numpy().tolist() == [[3, 40, 5, 40], [3, 30, 2.5, 20]]
    assert effects_from([0.1], [0.1], measure="SMD", **dict.fromkeys(counts, 5)).frame[TABLE].isna().all(axis=None)
