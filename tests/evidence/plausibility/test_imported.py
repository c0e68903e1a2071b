"""A review as it is imported: what a stand-in says raises nothing, and what is wrong in one analysis is still found."""

import json

import pytest

from builders.printed_rows import printed_means, row, rules, write_root
from synthesis.evidence.plausibility import find_doubts
from synthesis.evidence.plausibility.imported import outcomes_are_analyses

FIGURES = (57.31, 16.22, 60, 55.17, 15.94, 60)
COUNTS = {"e1": 64, "n1": 218, "e2": 83, "n2": 216}


def of_review(folder, trials, **options):
    """Return rule, trial and row of the doubts about a root whose manifest says that it was a review."""
    root = write_root(folder, trials, **options).root
    (root / "import").mkdir()
    (root / "import" / "manifest.json").write_text(json.dumps({"format": "revman"}), encoding="utf-8")
    raw = write_root_again(root)
    return sorted((f.rule, f.file.split("/")[-2], f.row) for f in find_doubts(raw))


def write_root_again(root):
    from synthesis.evidence.reading import read_root

    return read_root(root)


def test_one_result_in_several_analyses_is_no_copy(tmp_path):
    analyses = {"alder2020sample": [printed_means(*FIGURES), printed_means(*FIGURES, "Hope")]}
    assert of_review(tmp_path / "means", analyses) == []
    counts = {"alder2020sample": [row("Admitted", **COUNTS), row("Visit", **COUNTS)]}
    assert of_review(tmp_path / "counts", counts) == []
    assert rules(tmp_path / "typed", analyses) == [("same_numbers", "alder2020sample", 3)]


def test_the_same_people_twice_in_one_analysis_are_doubted(tmp_path):
    twice = {"alder2020sample": [printed_means(*FIGURES), printed_means(*FIGURES, intervention_arm="other")]}
    found = of_review(tmp_path / "trial", twice)
    assert ("same_numbers", "alder2020sample", 3) in found
    two = {"alder2020sample": [printed_means(*FIGURES)], "birch2019sample": [printed_means(*FIGURES)]}
    assert of_review(tmp_path / "trials", two) == [("same_numbers", "birch2019sample", 2)]


def test_one_result_of_a_scale_entered_under_two_outcomes_is_no_copy(tmp_path):
    remission = row("Admitted", **COUNTS)
    other = remission | {"outcome": "service_engagement"}
    assert rules(tmp_path / "scale", [remission, other]) == []
    assert rules(tmp_path / "times", [remission, other | {"timepoint_months": "12"}]) == [
        ("same_numbers", "alder2020sample", 3)
    ]


@pytest.mark.parametrize("events", [(0, 0), (30, 30)])
def test_arms_in_which_nobody_or_everybody_had_the_event_are_alike_in_many_trials(tmp_path, events):
    alike = row("Admitted", e1=events[0], n1=30, e2=events[1], n2=30)
    for folder, said in (("review", of_review), ("typed", rules)):
        assert said(tmp_path / folder, {"alder2020sample": [alike], "birch2019sample": [alike]}) == []


def test_results_without_a_time_are_no_wave(tmp_path):
    few = [printed_means(50, 9, 56, 49, 9, 58, months=0), printed_means(3.2, 0.7, 20, 3.3, 0.7, 31, "Seven", months=0)]
    assert rules(tmp_path / "few", few) == []
    grown = [printed_means(50, 9, 60, 49, 9, 60, months=0), printed_means(50, 9, 90, 49, 9, 60, months=3)]
    assert rules(tmp_path / "grown", grown) == []
    other = [row("Admitted", months=12, **COUNTS), printed_means(57, 16, 218, 55, 16, 216, months=0)]
    other += [printed_means(3.2, 0.7, 173, 3.3, 0.7, 171, "Seven", months=0)]
    assert rules(tmp_path / "other", other) == []


def test_analyses_of_standardised_differences_pool_several_scales(tmp_path):
    others = {f"birch200{i}sample": [printed_means(88, 12, 40, 86, 13, 40)] for i in range(3)}
    odd = {"alder2020sample": [printed_means(88, 43, 40, 86, 41, 40)]}
    assert of_review(tmp_path / "review", odd | others) == []
    assert rules(tmp_path / "typed", odd | others) == [("sd_unlike_elsewhere", "alder2020sample", 2)]


def test_a_difference_of_shares_is_not_judged_by_an_arm_in_which_all_or_nobody_had_it(tmp_path):
    printed = {"measure": "RD", "est": "0.00", "lo": "-0.06", "hi": "0.06", "adjusted": "no"}
    for events in (30, 0):
        alike = row("Admitted", e1=events, n1=30, e2=events, n2=30, **printed)
        assert rules(tmp_path / str(events), [alike]) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": ["revman"]}', '{"format": "metapsy"}', "\ufffe"])
def test_a_manifest_that_says_nothing_of_analyses_makes_no_review(tmp_path, text):
    (tmp_path / "import").mkdir()
    (tmp_path / "import" / "manifest.json").write_text(text, encoding="utf-16")
    assert not outcomes_are_analyses(tmp_path)
    (tmp_path / "import" / "manifest.json").write_text(text, encoding="utf-8")
    assert not outcomes_are_analyses(tmp_path)
    assert not outcomes_are_analyses(tmp_path / "nothing")
