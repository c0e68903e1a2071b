"""Each doubt about a sign: what raises it, and what comes near and does not."""

import pytest

from builders.printed_rows import doubted, doubts, printed_means, row, rules

LOW = "Severity"  # lower is better


def only(findings, rule):
    return [(f.row, f.column) for f in findings if f.rule == rule]


def test_an_estimate_against_its_own_means_is_doubted(tmp_path):
    against = printed_means(48, 11.6, 95, 52.6, 13.4, 70, measure="SMD", est="0.37", se="0.158")
    with_them = printed_means(48, 11.6, 95, 52.6, 13.4, 70, measure="SMD", est="-0.37", se="0.158")
    assert doubted(tmp_path / "against", against) == ["estimate_sign"]
    assert doubted(tmp_path / "with", with_them) == []


def test_an_estimate_against_its_own_counts_is_doubted(tmp_path):
    against = row("Admitted", e1=20, n1=100, e2=40, n2=100, measure="RR", est="2.0", lo="1.3", hi="3.2")
    assert doubted(tmp_path, against) == ["estimate_sign"]


def test_a_faint_sign_that_adjustment_may_turn_is_left_alone(tmp_path):
    faint = printed_means(50.1, 10, 60, 50.0, 10, 60, measure="MD", est="-0.4", lo="-3.9", hi="3.1", adjusted="yes")
    assert doubted(tmp_path, faint) == []


@pytest.mark.parametrize(
    ("says", "m1", "instrument", "rule"),
    [
        ("favours_intervention", 1.2, LOW, []),
        ("favours_intervention", 1.9, LOW, ["direction_against_figures"]),
        ("favours_comparator", 1.9, LOW, []),
        ("favours_comparator", 1.2, LOW, ["direction_against_figures"]),
        ("favours_comparator", 1.9, "Total", ["direction_against_figures"]),
        ("no_difference", 1.6, LOW, []),
        ("no_difference", 2.6, LOW, ["direction_against_figures"]),
    ],
)
def test_the_reported_direction_is_held_against_the_scale(tmp_path, says, m1, instrument, rule):
    assert doubted(tmp_path, printed_means(m1, 0.7, 60, 1.55, 0.7, 60, instrument, says=says)) == rule


def test_a_direction_is_held_against_means_without_sds_and_against_estimates(tmp_path):
    bare = row(LOW, m1="-1.2", m2="-0.4", change="yes", says="favours_comparator")
    assert doubted(tmp_path / "means", bare) == ["direction_against_figures"]
    ratio = row("Admitted", measure="RR", est="0.6", lo="0.4", hi="0.9", says="favours_comparator")
    assert doubted(tmp_path / "ratio", ratio) == ["direction_against_figures"]


def test_words_that_name_the_other_side_are_doubted(tmp_path):
    notes = "The g printed beside them counts as favouring peers."
    assert doubted(tmp_path / "against", printed_means(11.3, 8.4, 95, 9.1, 6.9, 70, notes=notes)) == []
    against = printed_means(1.9, 0.7, 60, 1.5, 0.7, 60, LOW, notes=notes)
    assert doubted(tmp_path / "low", against) == ["direction_in_notes"]
    explained = "Negative favours the peer arm, positive favours control."
    assert doubted(tmp_path / "both", printed_means(1.9, 0.7, 60, 1.5, 0.7, 60, LOW, notes=explained)) == []


def test_arms_whose_numbers_fit_the_other_way_round_are_doubted(tmp_path):
    swapped = doubts(
        tmp_path / "swap", [printed_means(50, 9, 58, 49, 9, 40)], arms=(42, 60), trial={"n_randomised": "102"}
    )
    assert only(swapped, "arms_swapped") == [(2, "n_intervention")]
    right = doubts(
        tmp_path / "right", [printed_means(50, 9, 40, 49, 9, 58)], arms=(42, 60), trial={"n_randomised": "102"}
    )
    assert right == []


def test_numbers_exchanged_against_the_other_rows_are_doubted(tmp_path):
    rows = [
        printed_means(50, 9, 65, 49, 9, 73),
        printed_means(3, 0.7, 65, 3.1, 0.7, 73, "Seven"),
        printed_means(1.5, 0.6, 73, 1.6, 0.6, 65, LOW),
    ]
    assert rules(tmp_path, rows) == [("arms_swapped", "alder2020sample", 4)]


def test_one_row_against_a_trial_that_favours_peers_is_doubted(tmp_path):
    fives = [
        printed_means(55, 9, 65, 50, 9, 73),
        printed_means(3.4, 0.7, 65, 3.0, 0.7, 73, "Seven"),
        printed_means(1.2, 0.6, 65, 1.5, 0.6, 73, LOW),
    ]
    fives += [row("Admitted", says="favours_intervention"), row("Hope", says="favours_intervention")]
    odd = row("Visit", e1=20, n1=65, e2=40, n2=73)
    assert rules(tmp_path / "odd", [*fives, odd]) == [("sign_against_own_rows", "alder2020sample", 7)]
    faint = row("Visit", e1=36, n1=65, e2=41, n2=73)
    assert rules(tmp_path / "faint", [*fives, faint]) == []
    assert rules(tmp_path / "few", [*fives[:3], odd]) == []


def test_a_scale_that_turns_between_waves_is_doubted(tmp_path):
    first = printed_means(1.4, 0.6, 61, 1.7, 0.6, 42, LOW, months=6)
    turned = row(LOW, measure="MD", est="0.40", lo="0.15", hi="0.65", months=12)
    assert rules(tmp_path / "turned", [first, turned]) == [("sign_flips_between_waves", "alder2020sample", 3)]
    small = row(LOW, measure="MD", est="0.10", lo="-0.15", hi="0.35", months=12)
    assert rules(tmp_path / "small", [first, small]) == []
    same = row(LOW, measure="MD", est="-0.40", lo="-0.65", hi="-0.15", months=12)
    assert rules(tmp_path / "same", [first, same]) == []
