"""Each doubt about a standard deviation: what raises it, and what comes near and does not."""

import pytest

from builders.printed_rows import doubted, doubts, printed_means, rules
from synthesis.statistics.measures import sd_from_se, smd

OTHERS = {
    "birch2019sample": [printed_means(92.9, 14.2, 222, 90.0, 13.7, 231)],
    "cedar2018sample": [printed_means(87.4, 9.9, 55, 85.5, 10.5, 55)],
}


def test_a_standard_error_typed_as_sd_is_known_by_the_scale_in_other_trials(tmp_path):
    found = doubts(tmp_path, {"alder2020sample": [printed_means(80.23, 1.49, 50, 78.79, 1.54, 49)], **OTHERS})
    assert [(f.rule, f.row, f.column, f.value) for f in found] == [("sd_is_se", 2, "sd_intervention", "1.49")]
    assert "10.5" in found[0].message
    as_pooled = [smd(80.23, s1, 50, 78.79, s2, 49).yi for s1, s2 in ((1.49, 1.54), sd_from_se([1.49, 1.54], [50, 49]))]
    assert found[0].message.endswith("As SDs they give g {:.2f}, as standard errors {:.2f}.".format(*as_pooled))


@pytest.mark.parametrize(
    "sds",
    [(9.1, 9.9), (4.9, 5.0), (1.49, 13.0)],
    ids=["as elsewhere", "half of elsewhere", "one arm only"],
)
def test_sds_that_are_only_smaller_are_no_standard_errors(tmp_path, sds):
    found = rules(tmp_path, {"alder2020sample": [printed_means(80.23, sds[0], 50, 78.79, sds[1], 49)], **OTHERS})
    assert not [rule for rule, *_ in found if rule == "sd_is_se"]


def test_a_version_of_the_scale_on_another_metric_is_not_compared(tmp_path):
    item_means = [printed_means(3.78, 0.5, 99, 3.69, 0.6, 100)]
    assert rules(tmp_path, {"alder2020sample": item_means, **OTHERS}) == []


def test_a_standard_error_typed_as_sd_is_known_by_the_range_alone(tmp_path):
    assert doubted(tmp_path / "se", printed_means(4.65, 0.14, 50, 4.53, 0.15, 49, "Seven")) == ["sd_is_se"]
    assert doubted(tmp_path / "sd", printed_means(4.65, 0.99, 50, 4.53, 1.05, 49, "Seven")) == []


def test_a_standard_error_typed_as_sd_is_known_by_the_mean_where_nothing_else_is_known(tmp_path):
    assert doubted(tmp_path / "se", printed_means(80.2, 1.49, 50, 78.8, 1.54, 49)) == ["sd_is_se"]
    assert doubted(tmp_path / "sd", printed_means(33.2, 2.6, 31, 32.3, 2.6, 20)) == []


def test_few_people_or_changes_from_baseline_say_nothing_of_standard_errors(tmp_path):
    assert doubted(tmp_path / "few", printed_means(80.2, 1.49, 6, 78.8, 1.54, 7)) == []
    assert doubted(tmp_path / "change", printed_means(80.2, 1.49, 50, 78.8, 1.54, 49, change="yes")) == []


def test_an_sd_unlike_two_other_trials_is_doubted_and_one_unlike_a_single_trial_is_not(tmp_path):
    odd = {"alder2020sample": [printed_means(88, 43, 40, 86, 41, 40)]}
    assert ("sd_unlike_elsewhere", "alder2020sample", 2) in rules(tmp_path / "two", odd | OTHERS)
    single = {name: OTHERS[name] for name in ("birch2019sample",)}
    assert rules(tmp_path / "one", odd | single) == []


def test_mean_equal_to_sd_in_both_arms_or_to_three_digits_in_one_is_doubted(tmp_path):
    assert doubted(tmp_path / "both", printed_means(3.9, 3.9, 125, 3.7, 3.7, 102)) == ["mean_is_sd"]
    assert doubted(tmp_path / "one", printed_means(3.87, 3.87, 125, 3.68, 3.41, 102)) == ["mean_is_sd"]
    assert doubted(tmp_path / "chance", printed_means(3.9, 3.9, 125, 3.7, 3.4, 102)) == []


def test_an_sd_above_the_largest_its_mean_allows_is_doubted(tmp_path):
    # Half of the people at each end of 0 to 4 have an SD of 2.02 when they are fifty [bhatia2000better].
    assert doubted(tmp_path / "beyond", printed_means(2.0, 2.5, 50, 2.0, 2.5, 50, "Severity")) == ["sd_beyond_range"]
    assert doubted(tmp_path / "largest", printed_means(2.0, 2.02, 50, 2.0, 2.0, 50, "Severity")) == []
    assert "sd_beyond_range" in doubted(tmp_path / "edge", printed_means(0.1, 1.2, 50, 2.0, 1.2, 50, "Severity"))


def test_an_sd_that_doubles_between_waves_is_doubted_at_the_later_one(tmp_path):
    waves = [printed_means(50, 9, 40, 48, 10, 40, months=3), printed_means(52, 21, 40, 49, 22, 40, months=6)]
    assert rules(tmp_path / "jump", waves) == [("sd_jumps", "alder2020sample", 3)]
    assert rules(tmp_path / "calm", [waves[0], printed_means(52, 14, 40, 49, 15, 40, months=6)]) == []


def test_a_baseline_sd_in_the_notes_counts_as_a_wave(tmp_path):
    after = printed_means(1.88, 0.6, 99, 2.02, 0.6, 100, "Severity", notes="Baseline 1.96 (0.04) v 2.05 (0.60).")
    assert "sd_jumps" in doubted(tmp_path, after)


def test_arms_whose_sds_differ_beyond_chance_are_doubted_allowing_for_rounding(tmp_path):
    assert doubted(tmp_path / "far", printed_means(50, 5.0, 100, 49, 8.0, 100)) == ["sd_arms_differ"]
    assert doubted(tmp_path / "near", printed_means(50, 8.0, 100, 49, 9.5, 100)) == []
    assert doubted(tmp_path / "rounded", printed_means(22, 3, 173, 22, 4, 171)) == []


def test_sds_that_differ_by_the_same_ratio_on_three_scales_are_doubted_together(tmp_path):
    three = [
        printed_means(3.78, 0.5, 99, 3.69, 0.7, 100),
        printed_means(4.41, 0.7, 99, 4.23, 1.0, 100, "Seven"),
        printed_means(1.88, 0.4, 99, 2.02, 0.6, 100, "Severity"),
    ]
    found = rules(tmp_path / "three", three)
    assert [(rule, line) for rule, _, line in found] == [("sd_arms_differ", line) for line in (2, 3, 4)]
    assert rules(tmp_path / "two", three[:2]) == []


def test_an_sd_with_more_digits_than_a_table_prints_is_traced_to_its_standard_error(tmp_path):
    rows = [
        printed_means(3.78, 0.49749371855331, 99, 3.69, 0.6, 100),
        printed_means(4.4, 0.7, 99, 4.2, 0.8, 100, "Seven"),
    ]
    found = [f for f in doubts(tmp_path, rows) if f.rule == "sd_rebuilt"]
    assert [f.row for f in found] == [2]
    assert "0.05 times the root of 99" in found[0].message
