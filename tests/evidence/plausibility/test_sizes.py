"""What arm sizes allow: standard errors, intervals, implied SDs and degrees of freedom beyond them, and near them."""

import pytest

from builders.printed_rows import doubted, doubts, printed_means, row, rules

PEOPLE = {"n1": 60, "n2": 58}
OTHERS = {
    "birch2019sample": [printed_means(52.9, 6.2, 122, 50.0, 5.7, 131)],
    "cedar2018sample": [printed_means(47.4, 5.9, 55, 45.5, 6.5, 55)],
}


def test_a_variance_typed_as_standard_error_is_named(tmp_path):
    found = doubts(tmp_path, [row(measure="SMD", est="0.52", se="0.035", **PEOPLE)])
    assert [(f.rule, f.column) for f in found] == [("precision_against_sizes", "standard_error")]
    # 1/60 + 1/58 + 0.52^2 / (2 * 118) = 0.0351, its root 0.187.
    assert "0.187" in found[0].message
    assert "0.0351" in found[0].message
    assert "variance" in found[0].hint


@pytest.mark.parametrize(
    "cells",
    [
        {"measure": "SMD", "est": "0.52", "se": "0.187"},
        {"measure": "SMD", "est": "0.52", "se": "0.11", "adjusted": "yes"},
        {"measure": "SMD", "est": "0.52", "lo": "0.15", "hi": "0.89"},
        {"measure": "OR", "est": "1.5", "lo": "0.72", "hi": "3.12"},
        {"measure": "RR", "est": "1.02", "lo": "0.99", "hi": "1.05"},
        {"measure": "RD", "est": "0.02", "se": "0.03"},
        {"measure": "HR", "est": "0.8", "lo": "0.55", "hi": "1.16"},
        {"measure": "MD", "est": "0.1", "se": "0.05"},
    ],
)
def test_an_estimate_as_precise_as_its_people_allow_is_left_alone(tmp_path, cells):
    assert doubted(tmp_path, row(**PEOPLE, **cells)) == []


@pytest.mark.parametrize(
    "cells",
    [
        {"measure": "SMD", "est": "0.52", "se": "0.05", "adjusted": "yes"},
        {"measure": "SMD", "est": "0.52", "lo": "0.45", "hi": "0.59"},
        {"measure": "SMD", "est": "0.52", "se": "0.9"},
        {"measure": "OR", "est": "1.5", "lo": "1.2", "hi": "1.9"},
        # At most everyone of the arm with more events has one: (2 - 1) / 58, its root 0.131.
        {"measure": "RR", "est": "2.0", "se": "0.06"},
        {"measure": "RD", "est": "0.5", "se": "0.03"},
        {"measure": "RD", "est": "0.1", "se": "0.3"},
        {"measure": "HR", "est": "0.8", "lo": "0.7", "hi": "0.91"},
    ],
)
def test_a_standard_error_or_interval_no_arm_sizes_allow_is_doubted(tmp_path, cells):
    assert doubted(tmp_path, row(**PEOPLE, **cells)) == ["precision_against_sizes"]


def test_clusters_may_be_wider_and_crossed_periods_narrower(tmp_path):
    wide = row(measure="SMD", est="0.52", se="0.9", **PEOPLE)
    assert "precision_against_sizes" not in doubted(tmp_path / "cluster", wide, trial={"design": "cluster"})
    narrow = row(measure="SMD", est="0.52", se="0.05", **PEOPLE)
    assert "precision_against_sizes" not in doubted(tmp_path / "crossover", narrow, trial={"design": "crossover"})


def test_a_mean_difference_is_held_against_the_sds_of_its_scale(tmp_path):
    def with_others(**cells):
        return {"alder2020sample": [row(measure="MD", n1=50, n2=50, **cells)], **OTHERS}

    found = doubts(tmp_path / "ten", with_others(est="3", lo="2.9", hi="3.1"))
    assert sorted((f.rule, f.column) for f in found) == [("extreme_effect", "estimate"), ("sd_implied", "ci_lower")]
    assert any("0.255" in f.message and "about 6" in f.message for f in found if f.rule == "sd_implied")
    adjusted = rules(tmp_path / "adjusted", with_others(est="2", se="0.36", adjusted="yes"))
    assert ("sd_implied", "alder2020sample", 2) in adjusted
    assert rules(tmp_path / "fair", with_others(est="2", se="1.2")) == []
    assert rules(tmp_path / "shrunk", with_others(est="2", se="0.6", adjusted="yes")) == []
    assert rules(tmp_path / "wide", with_others(est="2", se="6")) == [("sd_implied", "alder2020sample", 2)]


def test_a_mean_difference_is_held_against_the_range_of_its_scale(tmp_path):
    people = {"n1": 50, "n2": 50, "measure": "MD", "est": "0.5"}
    assert "sd_implied" in doubted(tmp_path / "narrow", row("Sum", se="0.1", **people))
    assert doubted(tmp_path / "wide", row("Sum", se="4", **people)) == ["sd_implied"]
    assert doubted(tmp_path / "fair", row("Sum", se="1.2", **people)) == []


@pytest.mark.parametrize(
    ("cells", "broken"),
    [
        ({"test": "t", "stat": "2.0", "df": 116}, False),
        ({"test": "t", "stat": "2.0", "df": "99.3"}, False),  # Welch
        ({"test": "F", "stat": "4.0", "df": 114}, False),
        ({"test": "t", "stat": "2.0", "df": 300, "adjusted": "yes"}, False),
        ({"test": "t", "stat": "2.0", "df": 300}, True),
        ({"test": "F", "stat": "4.0", "df": 117}, True),
        ({"test": "t", "stat": "2.0", "df": 10}, True),
    ],
)
def test_degrees_of_freedom_are_those_of_the_arms(tmp_path, cells, broken):
    found = doubts(tmp_path, [row(says="favours_intervention", **PEOPLE, **cells)])
    assert [(f.rule, f.column) for f in found] == [("df_against_arms", "degrees_of_freedom")] * broken


def test_degrees_of_freedom_of_one_model_are_said_once_a_trial(tmp_path):
    twice = [row(test="t", stat="2.0", df=300, says="favours_intervention", months=m, **PEOPLE) for m in (3, 6)]
    found = doubts(tmp_path, twice)
    assert [(f.rule, f.row) for f in found] == [("df_against_arms", 2)]
    assert "1 more row" in found[0].message


def test_figures_of_one_arm_in_both_are_doubted_where_chance_does_not_make_them(tmp_path):
    assert doubted(tmp_path / "fine", printed_means(57.31, 16.22, 60, 57.31, 16.22, 58)) == ["arms_repeated"]
    assert doubted(tmp_path / "coarse", printed_means(57, 16, 60, 57, 16, 58)) == []
    assert doubted(tmp_path / "mean", printed_means(57.31, 16.22, 60, 57.31, 15.94, 58)) == []
    assert doubted(tmp_path / "sd", printed_means(57.31, 16.22, 60, 55.17, 16.22, 58)) == []


@pytest.mark.parametrize(
    ("cells", "broken"),
    [
        ({"test": "t", "stat": "2.5", "says": "favours_comparator"}, True),
        ({"test": "z", "stat": "-2.5", "says": "favours_intervention"}, True),
        ({"test": "t", "stat": "2.5", "says": "no_difference"}, False),
        ({"test": "t", "stat": "2.5", "says": "favours_intervention"}, False),
        ({"test": "z", "stat": "-2.5", "says": "favours_comparator"}, False),
        ({"test": "F", "stat": "6.25", "says": "favours_comparator"}, False),
    ],
)
def test_a_signed_statistic_is_held_against_the_direction(tmp_path, cells, broken):
    found = doubted(tmp_path, row(**PEOPLE, **cells))
    assert found == ["direction_against_figures"] * broken


def test_a_signed_statistic_is_held_against_the_estimate(tmp_path):
    fair = {"measure": "MD", "est": "3.0", "lo": "0.6", "hi": "5.4", "p": "0.014", **PEOPLE}
    assert doubted(tmp_path / "against", row(**fair, test="t", stat="-2.5")) == ["statistic_sign"]
    assert doubted(tmp_path / "with", row(**fair, test="t", stat="2.5")) == []
    assert doubted(tmp_path / "unsigned", row(**fair, test="F", stat="6.25")) == []
    ratio = {"measure": "OR", "est": "0.4", "lo": "0.19", "hi": "0.84", **PEOPLE}
    assert doubted(tmp_path / "ratio", row("Admitted", **ratio, test="z", stat="2.4")) == ["statistic_sign"]


def test_a_third_arm_with_the_figures_of_another_is_doubted_and_a_shared_comparator_is_not(tmp_path):
    def second(*figures, **cells):
        return printed_means(*figures, intervention_arm="group", **cells)

    first = printed_means(57.31, 16.22, 60, 55.17, 15.94, 58)
    found = doubts(tmp_path / "copied", [first, second(57.31, 16.22, 60, 54.2, 15.1, 58)])
    assert [(f.rule, f.row, f.column) for f in found] == [("arms_repeated", 3, "mean_intervention")]
    assert "group and peer" in found[0].message
    assert doubted(tmp_path / "shared", first, second(53.14, 15.37, 61, 55.17, 15.94, 58)) == []
    bare = {"n_intervention": "", "n_comparator": ""}
    assert doubted(tmp_path / "no sizes", first | bare, second(53.14, 15.37, 61, 55.17, 15.94, 58) | bare) == []
    later = second(57.31, 16.22, 60, 54.2, 15.1, 58, months=12)
    assert "arms_repeated" not in doubted(tmp_path / "later", first, later)
