"""Numbers of people, times and neighbouring rows: what raises a doubt, and what comes near and does not."""

import pytest

from builders.printed_rows import doubted, doubts, printed_means, row, rules


def test_more_people_than_were_randomised_are_doubted(tmp_path):
    rows = [row(n1=34, n2=34, measure="SMD", est="-0.079", se="0.243")]
    assert rules(tmp_path / "all", rows, trial={"n_randomised": "67"}) == [
        ("n_beyond_randomised", "alder2020sample", 2)
    ]
    assert rules(tmp_path / "fits", rows, trial={"n_randomised": "68"}) == []
    of_arm = doubts(tmp_path / "arm", rows, trial={"n_randomised": "80"}, arms=(33, 47))
    assert [f.rule for f in of_arm] == ["n_beyond_randomised"]
    assert "33 and 47" in of_arm[0].message


def test_a_number_analysed_that_grows_is_doubted(tmp_path):
    first = printed_means(50, 9, 60, 49, 9, 60, months=3)
    assert rules(tmp_path / "grows", [first, printed_means(50, 9, 75, 49, 9, 60, months=6)]) == [
        ("n_grows", "alder2020sample", 3)
    ]
    assert rules(tmp_path / "returns", [first, printed_means(50, 9, 62, 49, 9, 58, months=6)]) == []


def test_a_row_on_fewer_than_half_the_people_of_its_wave_is_doubted(tmp_path):
    rows = [printed_means(50, 9, 56, 49, 9, 58), printed_means(3.2, 0.7, 20, 3.3, 0.7, 31, "Seven")]
    assert rules(tmp_path / "few", rows) == [("n_unlike_same_wave", "alder2020sample", 3)]
    later = printed_means(3.2, 0.7, 20, 3.3, 0.7, 31, "Seven", months=12)
    assert rules(tmp_path / "later", [rows[0], later]) == []


def test_numbers_of_another_wave_are_doubted_where_a_row_of_their_own_wave_has_fewer(tmp_path):
    records = row("Admitted", e1=64, n1=218, e2=83, n2=216, months=12)
    interview = printed_means(57, 16, 218, 55, 16, 216, months=4)
    other = printed_means(3.2, 0.7, 173, 3.3, 0.7, 171, "Seven", months=4)
    assert rules(tmp_path / "borrowed", [records, interview, other]) == [("n_of_other_wave", "alder2020sample", 3)]
    assert rules(tmp_path / "alone", [records, interview]) == []
    assert rules(tmp_path / "everyone", [records, interview, other], arms=(218, 216)) == [
        ("arms_not_adding_up", "alder2020sample", 2)
    ]


def test_arms_that_do_not_add_up_are_doubted_when_all_are_known(tmp_path):
    assert rules(tmp_path / "off", [row(says="no_difference")], trial={"n_randomised": "100"}, arms=(49, 48)) == [
        ("arms_not_adding_up", "alder2020sample", 2)
    ]
    assert rules(tmp_path / "sum", [row(says="no_difference")], trial={"n_randomised": "97"}, arms=(49, 48)) == []
    assert rules(tmp_path / "half", [row(says="no_difference")], trial={"n_randomised": "100"}, arms=(49, "")) == []


@pytest.mark.parametrize(
    ("notes", "found"),
    [
        ("The abstract counts 163 people, the table of the review 178.", ["people_counted_twice"]),
        ("163 people were randomised from 2004 on; 86% followed up.", []),
        ("163 randomised. 150 were analysed.", []),
        ("80 v 83 randomised.", []),
        ("1,827 people at eight sites.", []),
    ],
)
def test_another_count_of_the_people_randomised_in_the_notes_is_doubted(tmp_path, notes, found):
    facts = {"n_randomised": "163", "notes": notes}
    assert doubted(tmp_path, row(says="no_difference"), trial=facts) == found


def test_arm_figures_of_a_cluster_trial_ask_for_icc_and_cluster_size(tmp_path):
    bare = printed_means(50, 9, 60, 49, 9, 60)
    cluster = {"design": "cluster"}
    assert rules(tmp_path / "bare", [bare], trial=cluster) == [("cluster_without_icc", "alder2020sample", 2)]
    told = printed_means(50, 9, 60, 49, 9, 60, icc="0.02", cluster_size="12")
    assert rules(tmp_path / "told", [told], trial=cluster) == []
    adjusted = row(measure="MD", est="1.0", lo="-2.0", hi="4.0", adjusted="yes")
    assert rules(tmp_path / "adjusted", [adjusted], trial=cluster) == []


def test_time_counted_from_elsewhere_is_said_once_a_trial(tmp_path):
    born = [row("Hope", says="no_difference", notes="Three months counted from birth.", months=m) for m in (3, 6)]
    found = doubts(tmp_path / "birth", born)
    assert [(f.rule, f.row) for f in found] == [("time_origin", 2)]
    assert "1 more row" in found[0].message
    assert doubted(tmp_path / "none", row(says="no_difference", notes="Six months after the start.")) == []


def test_a_result_after_the_end_of_follow_up_is_doubted(tmp_path):
    late = row(says="no_difference", months=24)
    assert doubted(tmp_path / "late", late, trial={"followup_months": "6"}) == ["time_beyond_followup"]
    rounded = row(says="no_difference", months="5.5")
    assert doubted(tmp_path / "rounded", rounded, trial={"followup_months": "5"}) == []


def test_arms_that_differed_at_baseline_are_doubted(tmp_path):
    arms = (85.66, 15.9, 122, 80.52, 16.54, 116)
    unlike = printed_means(*arms, notes="Raw means; baseline 85.00 (17.88) vs 78.30 (18.79).")
    assert doubted(tmp_path / "unlike", unlike) == ["baseline_imbalance"]
    alike = printed_means(*arms, notes="Raw means; baseline 80.00 (17.88) vs 78.30 (18.79).")
    assert doubted(tmp_path / "alike", alike) == []
    assert doubted(tmp_path / "month 0", printed_means(*arms[:3], 75.3, 18.8, 116, months=0)) == []


def test_all_figures_shared_with_another_row_are_doubted_at_the_second(tmp_path):
    figures = (57.31, 16.22, 60, 55.17, 15.94, 60)
    trials = {"alder2020sample": [printed_means(*figures)], "birch2019sample": [printed_means(*figures, "Hope")]}
    found = doubts(tmp_path / "two", trials)
    assert [(f.rule, f.file.split("/")[-2]) for f in found] == [("same_numbers", "birch2019sample")]
    assert "alder2020sample row 2" in found[0].message
    short = (57, 16, 60, 55, 16, 60)
    trials = {"alder2020sample": [printed_means(*short)], "birch2019sample": [printed_means(*short, "Hope")]}
    assert rules(tmp_path / "chance", trials) == []


def test_counts_that_give_another_trials_effect_are_doubted(tmp_path):
    # Rows 5 and 19 of the open peer-support database.
    trials = {
        "alder2020sample": [row("Visit", e1=3, n1=20, e2=11, n2=22)],
        "birch2019sample": [row("Hope", measure="SMD", est="0.938", se="0.410")],
    }
    assert rules(tmp_path / "slipped", trials) == [("counts_of_other_trial", "alder2020sample", 2)]
    trials["birch2019sample"] = [row("Hope", measure="SMD", est="0.935", se="0.410")]
    assert rules(tmp_path / "near", trials) == []


def test_an_effect_beyond_two_or_far_from_the_other_trials_is_doubted(tmp_path):
    assert doubted(tmp_path / "large", printed_means(14.9, 10.4, 16, 62.0, 7.3, 17)) == ["extreme_effect"]
    others = {f"birch200{i}sample": [printed_means(50 + i / 2, 10, 100, 49, 10, 100)] for i in range(6)}
    far = rules(tmp_path / "far", {"alder2020sample": [printed_means(62, 10, 100, 49, 10, 100)], **others})
    assert far == [("extreme_effect", "alder2020sample", 2)]
    near = rules(tmp_path / "near", {"alder2020sample": [printed_means(54, 10, 100, 49, 10, 100)], **others})
    assert near == []


def test_figures_of_a_result_left_out_are_read_and_doubted_where_they_stand(tmp_path):
    left_out = [
        {"trial": "alder2020sample", "figures": "means 3.87 (SD 3.87, n 125) v 3.68 (SD 3.68, n 102)", "reason": "SDs"},
        {"trial": "alder2020sample", "figures": "SMD -0.37 (-0.88 to -0.24); p 0.01", "reason": "lopsided"},
        {"trial": "alder2020sample", "figures": "p 0.046", "reason": "no figures"},
    ]
    found = doubts(tmp_path, [row(says="no_difference")], left_out=left_out)
    assert sorted((f.rule, f.row, f.column) for f in found) == [
        ("interval_lopsided", 3, "figures"),
        ("mean_is_sd", 2, "figures"),
    ]
    assert all(f.file.endswith("left_out.csv") for f in found)
