"""Rows that do not belong together: mirrored comparisons, two active arms, numbers randomised, judgements of bias."""

from __future__ import annotations

import pytest

from builders.metapsy_rows import ARMS, events, imported, notes, score
from builders.tables import read_rows
from synthesis import compute_effects, load_evidence, pool
from synthesis.answers.statements import describe_pool


def pooled(made, outcome="outcome"):
    evidence = load_evidence(made.path, references=made.path / "references.bib")
    return pool(compute_effects(evidence, outcome))


def said(made):
    return describe_pool(pooled(made))


def mirror(row, **cells):
    """Return a comparison the other way round: arms exchanged, signs of effects turned."""
    pairs = {name: name.replace("arm1", "arm2") if "arm1" in name else name.replace("arm2", "arm1") for name in row}
    turned = {pairs[name]: value for name, value in row.items()}
    for name in (".g", ".log_rr"):
        if name in turned:
            turned[name] = f"{-float(turned[name]):.6f}"
    return turned | cells


@pytest.mark.parametrize("first", ["active", "control"])
@pytest.mark.parametrize("apart", [{}, {"time_weeks": 14}])
def test_a_comparison_printed_both_ways_counts_once_with_the_control_second(tmp_path, first, apart):
    rows = []
    for i, arms in enumerate(ARMS, 1):
        pair = [score(i, arms, turned=True), mirror(score(i, arms, turned=True), **apart)]
        rows += pair if first == "active" else pair[::-1]
    made = imported(tmp_path, rows)
    assert pooled(made).k == len(ARMS)
    assert "favours the intervention" in said(made)
    assert len(notes(made, "mirrored")) == len(ARMS)
    arms = read_rows(made.path / "trials" / "oak2001" / "arms.csv")
    assert [(arm["label"], arm["role"]) for arm in arms] == [("cbt", "intervention"), ("cau", "comparator")]


def test_mirrored_events_count_once(tmp_path):
    rows = [
        row for i in range(1, 5) for row in (events(i, 25, 15, turned=False), mirror(events(i, 25, 15, turned=False)))
    ]
    made = imported(tmp_path, rows)
    assert pooled(made, "remission").k == 4
    assert pooled(made, "remission").estimate > 0


@pytest.mark.parametrize("other", [{".g": "0.9"}, {"mean_arm1": 99}, {"instrument": "hdrs"}])
def test_rows_that_differ_are_no_mirror(tmp_path, other):
    made = imported(tmp_path, [score(1, ARMS[0], turned=True), mirror(score(1, ARMS[0], turned=True)) | other])
    assert made.results == 2
    assert not notes(made, "mirrored")


def test_a_control_that_stands_first_is_turned_with_its_sign(tmp_path):
    rows = [score(i, arms, turned=True) for i, arms in enumerate(ARMS[:5], 1)]
    rows.append(mirror(score(6, ARMS[5], turned=True)))
    made = imported(tmp_path, rows)
    assert (pooled(made).effects.frame["yi"] > 0).all()
    assert [note.row for note in notes(made, "control_first")] == [7]


def test_comparisons_of_two_active_arms_stay_apart(tmp_path):
    rows = [score(i, arms, turned=True) for i, arms in enumerate(ARMS, 1)]
    rows += [score(i, arms, turned=True, condition_arm1="pst") for i, arms in enumerate(ARMS, 11)]
    rows += [score(i, (12, 12.5), turned=True, condition_arm2="pst") for i in range(21, 24)]
    made = imported(tmp_path, rows)
    assert pooled(made).k == 2 * len(ARMS)
    assert pooled(made, "outcome_head_to_head_cbt_v_pst").k == 3
    assert "cbt v pst" in notes(made, "head_to_head")[0].message


def test_a_pair_of_active_arms_stands_in_one_order_and_apart_from_other_pairs(tmp_path):
    """The same advantage of CBT printed as CBT v PST and as PST v CBT is one advantage, not two that cancel."""
    rows = [score(i, arms, turned=True) for i, arms in enumerate(ARMS, 1)]
    rows += [score(i, arms, turned=True, condition_arm1="pst") for i, arms in enumerate(ARMS, 11)]
    rows += [score(20 + i, ARMS[i], turned=True, condition_arm2="pst") for i in range(3)]
    rows += [mirror(score(30 + i, ARMS[i], turned=True, condition_arm2="pst")) for i in range(3)]
    made = imported(tmp_path, rows)
    found = pooled(made, "outcome_head_to_head_cbt_v_pst")
    assert found.k == 6
    assert (found.effects.frame["benefit"] > 0).all()
    assert len(notes(made, "one_order")) == 3


@pytest.mark.parametrize(
    ("cells", "size"),
    [
        ({"n_randomized_arm1": 53, "n_randomized_arm2": 49}, 102),
        ({"n_randomised_arm1": 53, "n_randomised_arm2": 49}, 102),
        ({"rand_arm1": 53, "rand_arm2": 49}, 102),
        ({"total_n_randomized": 102}, 102),
        ({"n_randomized": 102}, 102),
        ({"N randomized _total": 102}, 102),
        ({"n_randomized_arm1": 53, "n_randomized_arm2": 49, "total_n_randomized": 160}, 160),
    ],
)
def test_the_number_randomised_is_read_in_every_spelling(tmp_path, cells, size):
    made = imported(tmp_path, [score(1, ARMS[0], turned=True) | cells])
    (trial,) = read_rows(made.path / "trials" / "oak2001" / "trial.csv")
    assert trial["n_randomised"] == str(size)
    assert not notes(made, "n_randomised", "undecided")


def test_a_column_of_people_randomised_that_is_not_read_is_said_to_be(tmp_path):
    made = imported(tmp_path, [score(1, ARMS[0], turned=True) | {"patients randomised (all)": 102}])
    assert notes(made, "column_not_read")
    assert notes(made, "n_randomised", "undecided")


ROB2 = ["randomisation", "deviations", "missing_data", "measurement", "selective_reporting", "overall"]
SPELLINGS = (
    [*(f"rob_domain{n}" for n in range(1, 6)), "rob"],
    [*(f"RoB_D{n}" for n in range(1, 6)), "overall_RoB"],
    [*(f"rob2_{n}" for n in range(1, 6)), "rob2_overall"],
    [*(f"Domain {n}" for n in range(1, 6)), "risk_of_bias_overall"],
    ["Randomization process", "Deviations from intended interventions", "Missing outcome data",
     "Measurement of the outcome", "Selection of the reported result", "Overall bias"],
)  # fmt: skip
WORDS = (("Low", "High", "Some concerns"), ("low risk", "HIGH RISK", "some"), ("+", "h", "!"), ("L", "H", "SC"))


@pytest.mark.parametrize("names", SPELLINGS, ids=lambda names: names[0])
@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
def test_judgements_are_read_in_every_spelling_and_word(tmp_path, names, words):
    low, high, some = words
    judged = dict(zip(names, (low, high, some, low, low, high), strict=True))
    made = imported(tmp_path, [score(1, ARMS[0], turned=True) | judged])
    found = {
        row["domain"]: row["judgement"] for row in read_rows(made.path / "trials" / "oak2001" / "risk_of_bias.csv")
    }
    assert found == dict(zip(ROB2, ("low", "high", "some_concerns", "low", "low", "high"), strict=True))


@pytest.mark.parametrize("name", ["rob", "rob_score", "bias_total"])
def test_codes_that_differ_between_databases_are_not_read_and_said_not_to_be(tmp_path, name):
    made = imported(tmp_path, [score(i, arms, turned=True) | {name: i % 5} for i, arms in enumerate(ARMS, 1)])
    assert [note.column for note in notes(made, "bias_column", "undecided")] == [name]
    assert read_rows(made.path / "trials" / "oak2001" / "risk_of_bias.csv") == []
