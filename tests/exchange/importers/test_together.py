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


def judged(made):
    rows = read_rows(made.path / "trials" / "oak2001" / "risk_of_bias.csv")
    return {(row["tool"], row["domain"]): row["judgement"] for row in rows}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"rob2_randomization": "Low", "rob2_deviations": "Some concerns", "rob2_missing": "High"},
         {("rob2", "randomisation"): "low", ("rob2", "deviations"): "some_concerns", ("rob2", "missing_data"): "high"}),
        ({"rob2_selective_reporting": "High"}, {("rob2", "selective_reporting"): "high"}),
        ({"rob2_measurement": "High", "rob2_judgement": "Low"},
         {("rob2", "measurement"): "high", ("rob2", "overall"): "low"}),
        ({"rob2": "High"}, {("rob2", "overall"): "high"}),
        ({"RoB 2": "High"}, {("rob2", "overall"): "high"}),
        ({"rob2_d2": "High", "rob2": "Low"}, {("rob2", "deviations"): "high", ("rob2", "overall"): "low"}),
        ({f"rob{n}": "High" if n == 2 else "Low" for n in range(1, 6)},
         {("rob2", domain): "high" if domain == "deviations" else "low" for domain in ROB2[:5]}),
        ({"D1_randomization": "Low", "D2_deviations": "High", "d2_weeks": "High"},
         {("rob2", "randomisation"): "low", ("rob2", "deviations"): "high"}),
        ({"D1": "Low", "D2": "High", "Overall": "High"},
         {("rob2", "randomisation"): "low", ("rob2", "deviations"): "high", ("rob2", "overall"): "high"}),
        ({"Random sequence generation": "Low", "Overall": "Unclear"},
         {("rob1", "random_sequence_generation"): "low", ("rob1", "overall"): "unclear"}),
        ({"rob1_sequence": "Low", "rob1_overall": "High"},
         {("rob1", "random_sequence_generation"): "low", ("rob1", "overall"): "high"}),
        ({"risk_of_bias_2": "Low", "risk_of_bias_3": "High"},
         {("rob2", "deviations"): "low", ("rob2", "missing_data"): "high"}),
        ({"sg": 1, "ac": 0, "ba": 1, "itt": 0},
         {("rob1", "random_sequence_generation"): "low", ("rob1", "allocation_concealment"): "high",
          ("rob1", "blinding_outcome_assessment"): "low", ("rob1", "incomplete_outcome_data"): "high"}),
        ({"sg": "low", "ac": "high"},
         {("rob1", "random_sequence_generation"): "low", ("rob1", "allocation_concealment"): "high"}),
    ],
)  # fmt: skip
def test_a_judgement_stands_under_the_domain_its_column_names(tmp_path, cells, expected):
    assert judged(imported(tmp_path, [score(1, ARMS[0], turned=True) | cells])) == expected


@pytest.mark.parametrize(
    ("cells", "unread"),
    [
        ({"d2_weeks": "high"}, []),
        ({"D2_measurement": "Low"}, ["D2_measurement"]),
        ({f"D{n}": "Low" for n in range(1, 8)}, [f"D{n}" for n in range(1, 8)]),
        ({"D1": "Low", "rob2_randomization": "High"}, ["rob2_randomization"]),
        ({"rob1": "Low", "rob2": "High"}, ["rob1", "rob2"]),
        ({"Overall": "High"}, ["Overall"]),
        ({"itt": "completers"}, ["itt"]),
        ({"ba": "sr"}, ["ba"]),
    ],
)
def test_what_speaks_of_bias_and_cannot_be_placed_is_mentioned(tmp_path, cells, unread):
    made = imported(tmp_path, [score(1, ARMS[0], turned=True) | cells])
    assert [note.column for note in notes(made, "bias_column", "undecided")] == unread


def test_the_codes_of_the_older_databases_are_said_to_be_read_so(tmp_path):
    made = imported(tmp_path, [score(1, ARMS[0], turned=True) | {"sg": 1, "ba": "low"}])
    assert [note.column for note in notes(made, "bias_column", "decided")] == ["sg"]


def _without(row, *starts):
    return {name: value for name, value in row.items() if not name.startswith(starts)}


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row | {"condition_arm1": "CAU", "condition_arm2": "CBT "},
        lambda row: row | {"study": row["study"].upper(), "instrument": "BDI-2"},
        lambda row: row | {".g": f"{float(row['.g']):.2f}"},
        lambda row: row | {"time": "Post"},
        lambda row: _without(row, "mean_", "sd_", "n_"),
        lambda row: row | {"mean_arm1": f"{float(row['mean_arm1']):.1f}", ".g": ""},
    ],
    ids=["arms", "study and scale", "two decimals", "time", "no figures", "no effect"],
)
@pytest.mark.parametrize("first", ["active", "control"])
def test_a_mirror_counts_once_however_it_is_printed(tmp_path, change, first):
    rows = []
    for i, arms in enumerate(ARMS, 1):
        row = score(i, arms, turned=True, time="post")
        pair = [row, change(mirror(row))]
        rows += pair if first == "active" else pair[::-1]
    made = imported(tmp_path, rows)
    found = pooled(made)
    assert (made.trials, found.k) == (len(ARMS), len(ARMS))
    assert len(notes(made, "mirrored")) == len(ARMS)
    assert found.effects.frame["yi"].tolist() == pytest.approx(pooled(plain(tmp_path)).effects.frame["yi"], abs=6e-3)
    (trial,) = read_rows(made.path / "trials" / "oak2001" / "trial.csv")
    assert trial["n_randomised"] == "80"
    (row,) = read_rows(made.path / "trials" / "oak2001" / "outcomes.csv")
    assert (row["mean_intervention"], row["mean_comparator"]) in {("12", "16"), ("12.0", "16"), ("12", "16.0")}


def plain(folder):
    (folder / "plain").mkdir()
    return imported(folder / "plain", [score(i, arms, turned=True) for i, arms in enumerate(ARMS, 1)])


def test_one_arm_typed_in_two_ways_is_one_arm(tmp_path):
    row = score(1, ARMS[0], turned=True)
    other = score(1, ARMS[1], turned=True, instrument="hdrs", condition_arm1="CBT", condition_arm2=" Cau")
    made = imported(tmp_path, [row, other])
    arms = read_rows(made.path / "trials" / "oak2001" / "arms.csv")
    assert [(arm["arm"], arm["label"]) for arm in arms] == [("cbt", "cbt"), ("cau", "cau")]
    (trial,) = read_rows(made.path / "trials" / "oak2001" / "trial.csv")
    assert trial["n_randomised"] == "80"


def test_arms_that_a_sign_tells_apart_stay_two(tmp_path):
    rows = [score(1, ARMS[0], turned=True), score(1, ARMS[1], turned=True, condition_arm1="CBT+")]
    arms = read_rows(imported(tmp_path, rows).path / "trials" / "oak2001" / "arms.csv")
    assert [arm["label"] for arm in arms] == ["cbt", "cau", "CBT+"]


@pytest.mark.parametrize("g", ["0.57", "1", "-0.497461"])
def test_effects_further_apart_than_they_are_printed_are_no_mirror(tmp_path, g):
    bare = _without(score(1, ARMS[0], turned=True), "mean_", "sd_", "n_")
    assert not notes(imported(tmp_path, [bare, mirror(bare) | {".g": g}]), "mirrored")
