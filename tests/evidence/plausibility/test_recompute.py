"""What a row prints of one result, recomputed: agreement within rounding is quiet, disagreement is doubted."""

import pytest

from builders.printed_rows import doubted, doubts, printed_means, row


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        # statcheck's own tests: github.com/MicheleNuijten/statcheck, tests/testthat/test-error.R
        ({"test": "t", "stat": "2.20", "df": 28, "p": "0.03"}, ["p_against_statistic"]),
        ({"test": "chi2", "stat": "22.20", "df": 28, "p": "0.79"}, ["p_against_statistic"]),
        ({"test": "z", "stat": "2.20", "p": "0.04"}, ["p_against_statistic"]),
        ({"test": "z", "stat": "-2.42", "p": "0.016"}, []),
        ({"test": "t", "stat": "2.20", "df": 28, "p": "0.036"}, []),
        ({"test": "t", "stat": "-2.20", "df": 28, "p": "0.04"}, []),
        # Printed pairs of the shipped evidence.
        ({"test": "z", "stat": "0.28", "p": "0.52"}, ["p_against_statistic"]),
        ({"test": "chi2", "stat": "6.37", "df": 1, "p": "0.01"}, []),
        ({"test": "t", "stat": "-2.45", "df": 603, "p": "0.015"}, []),
        # F on 1 and 40: its p is that of t = 2.
        ({"test": "F", "stat": "4.00", "df": 40, "p": "0.052"}, []),
        ({"test": "F", "stat": "4.00", "df": 40, "p": "0.026"}, ["one_tailed_p"]),
        ({"test": "t", "stat": "1.75", "df": 72, "p": "0.042"}, ["one_tailed_p"]),
    ],
)
def test_p_is_held_against_the_statistic(tmp_path, cells, rule):
    assert doubted(tmp_path, row(**cells)) == rule


def test_a_bound_in_the_notes_is_held_against_the_statistic(tmp_path):
    rest = {"instrument": "Visit", "e1": 10, "n1": 12, "e2": 4, "n2": 9, "test": "chi2", "df": 1}
    one_tailed = row(**rest, stat="3.50", notes="Printed: chi-square 3.50, p < 0.05.")
    assert doubted(tmp_path / "half", one_tailed) == ["one_tailed_p"]
    fair = row(**rest, stat="3.50", notes="Printed: chi-square 3.50, p < 0.10.")
    assert doubted(tmp_path / "fair", fair) == []
    far = row("Visit", test="chi2", stat="1.20", df=1, notes="p < 0.05")
    assert doubted(tmp_path / "far", far) == ["p_against_statistic"]


def test_a_p_that_the_notes_call_one_tailed_is_doubted(tmp_path):
    assert doubted(tmp_path, row(p="0.042", says="favours_intervention", notes="One-tailed.")) == ["one_tailed_p"]


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        # news summary, abstract: two suspicions of the shipped evidence; then three pairs that agree.
        ({"measure": "OR", "est": "0.58", "lo": "0.37", "hi": "0.92", "p": "0.007"}, ["p_against_interval"]),
        ({"measure": "SMD", "est": "-0.13", "lo": "-0.31", "hi": "0.06", "p": "0.07"}, ["p_against_interval"]),
        ({"measure": "OR", "est": "0.66", "lo": "0.43", "hi": "0.99", "p": "0.0438"}, []),
        ({"measure": "MD", "est": "3.6", "lo": "0.9", "hi": "6.2", "p": "0.01"}, []),
        ({"measure": "SMD", "est": "-0.2", "lo": "-0.4", "hi": "0.0", "p": "0.03"}, []),
    ],
)
def test_p_is_held_against_the_interval(tmp_path, cells, rule):
    assert doubted(tmp_path, row(**cells)) == rule


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"measure": "SMD", "est": "-0.37", "lo": "-0.88", "hi": "-0.24"}, ["interval_lopsided"]),
        ({"measure": "RR", "est": "1.77", "lo": "1.09", "hi": "2.85"}, []),
        ({"measure": "MD", "est": "1.77", "lo": "1.09", "hi": "2.85"}, ["interval_lopsided"]),
        ({"measure": "RR", "est": "1.12", "lo": "0.95", "hi": "1.29"}, []),
        ({"measure": "MD", "est": "0.1", "lo": "0.0", "hi": "0.3"}, []),
    ],
)
def test_an_interval_lies_evenly_on_the_scale_of_its_measure(tmp_path, cells, rule):
    assert doubted(tmp_path, row(**cells)) == rule


def test_a_standard_error_is_held_against_the_interval(tmp_path):
    fair = {"measure": "MD", "est": "2.0", "lo": "0.0", "hi": "4.0"}
    assert doubted(tmp_path / "fair", row(**fair, se="1.02")) == []
    assert doubted(tmp_path / "half", row(**fair, se="0.51")) == ["se_against_interval"]


def test_an_unadjusted_estimate_has_the_size_of_the_arms_and_an_adjusted_one_may_move(tmp_path):
    arms = {"m1": "54.0", "s1": "10.0", "n1": 60, "m2": "50.0", "s2": "10.0", "n2": 60, "measure": "MD"}
    assert doubted(tmp_path / "same", row(**arms, est="4.0", adjusted="no")) == []
    assert doubted(tmp_path / "moved", row(**arms, est="2.6", adjusted="no")) == ["estimate_against_arms"]
    assert doubted(tmp_path / "adjusted", row(**arms, est="2.6", adjusted="yes")) == []
    assert doubted(tmp_path / "far", row(**arms, est="9.5", adjusted="yes")) == ["estimate_against_arms"]


def test_counts_and_their_ratio_agree(tmp_path):
    counts = {"instrument": "Admitted", "e1": 64, "n1": 218, "e2": 83, "n2": 216, "adjusted": "no"}
    assert doubted(tmp_path / "same", row(**counts, measure="OR", est="0.67", lo="0.45", hi="0.99")) == []
    assert doubted(tmp_path / "other", row(**counts, measure="RR", est="0.51", lo="0.40", hi="0.65")) != []


def test_an_estimate_less_precise_than_the_arms_allow_is_doubted_but_in_cluster_trials(tmp_path):
    loose = row(change="yes", m1=-3.2, s1=6.2, n1=128, m2=-1.6, s2=4.9, n2=128, measure="MD", est=-1.62, p=0.07)
    found = doubts(tmp_path / "loose", [loose])
    assert [f.rule for f in found] == ["precision_against_arms"]
    assert "0.894" in found[0].message
    cluster = doubts(tmp_path / "cluster", [loose], trial={"design": "cluster"})
    assert "precision_against_arms" not in {f.rule for f in cluster}


def test_a_test_two_standard_errors_from_its_own_means_is_doubted(tmp_path):
    arms = (85.66, 15.9, 122, 80.52, 16.54, 116)
    found = doubts(tmp_path / "change", [printed_means(*arms, test="z", stat="-0.58", p="0.56", adjusted="no")])
    assert [(f.rule, f.column) for f in found] == [("test_against_arms", "statistic_value")]
    assert "t 2.44" in found[0].message
    assert doubted(tmp_path / "near", printed_means(*arms, test="t", stat="1.40", df=236, p="0.163")) == []


def test_a_p_far_from_its_counts_is_doubted_also_without_denominators(tmp_path):
    bare = row("Admitted", e1=11, e2=9, p="0.18")
    assert doubted(tmp_path / "far", bare) == ["test_against_arms"]
    assert doubted(tmp_path / "near", row("Admitted", e1=24, n1=161, e2=28, n2=163, p="0.58")) == []


def test_percentages_in_the_notes_are_held_against_ratio_and_counts(tmp_path):
    notes = "The abstract prints 68.4% v 51.9% at follow-up."
    ratio = row("Visit", measure="RR", est="1.77", lo="1.09", hi="2.85", notes=notes)
    assert doubted(tmp_path / "ratio", ratio) == ["percent_against_counts"]
    fair = row("Visit", measure="RR", est="1.32", lo="0.87", hi="2.01", notes=notes)
    assert doubted(tmp_path / "fair", fair) == []
    assert doubted(tmp_path / "counts", row("Visit", e1=26, n1=38, e2=14, n2=27, notes=notes)) == []
    assert doubted(tmp_path / "others", row("Visit", e1=26, n1=41, e2=14, n2=39, notes=notes)) == [
        "percent_against_counts"
    ]


def test_an_effect_in_the_notes_is_held_against_the_figures_or_asked_for(tmp_path):
    arms = (10.2, 4.32, 92, 13.96, 4.9, 91)
    assert doubted(tmp_path / "larger", printed_means(*arms, notes="The abstract prints d 1.32.")) == [
        "effect_against_notes"
    ]
    assert doubted(tmp_path / "same", printed_means(*arms, notes="The abstract prints d 0.81.")) == []
    assert doubted(tmp_path / "only", row(says="no_difference", notes="Printed as d 0.92.")) == ["effect_only_in_notes"]
    assert doubted(tmp_path / "range", row(says="no_difference", notes="Only the range d=-0.48 to -0.64.")) == []


def test_what_the_notes_call_significant_is_held_against_the_figures(tmp_path):
    notes = "The abstract reports significantly higher self-efficacy by intention to treat."
    assert doubted(tmp_path / "faint", printed_means(25.2, 6.46, 81, 24.3, 7.9, 56, notes=notes)) == [
        "significance_in_notes"
    ]
    assert doubted(tmp_path / "clear", printed_means(28.2, 6.46, 81, 24.3, 7.9, 56, notes=notes)) == []
    denied = "Not significantly higher."
    assert doubted(tmp_path / "denied", printed_means(25.2, 6.46, 81, 24.3, 7.9, 56, notes=denied)) == []


def test_counts_that_do_not_go_with_the_means_of_their_row_are_doubted(tmp_path):
    apart = printed_means(50, 10, 100, 50.2, 10, 100, e1=10, e2=40)
    assert doubted(tmp_path / "apart", apart) == ["counts_against_means"]
    assert doubted(tmp_path / "alike", printed_means(50, 10, 100, 57, 10, 100, e1=15, e2=40)) == []
