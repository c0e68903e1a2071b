"""Directions of imported scales: told by figures, names and labels, asked where none tells, and never guessed."""

from __future__ import annotations

import math

import pytest

from builders.metapsy_rows import ARMS, events, imported, notes, score
from builders.tables import read_rows
from synthesis import compute_effects, load_evidence, pool
from synthesis.answers.statements import describe_pool
from synthesis.errors import ChoiceError
from synthesis.exchange.importers.known_scales import direction_of_event, direction_of_scale, is_event
from synthesis.exchange.importers.revman.labels import better_by_labels


def pooled(made, outcome="outcome", **options):
    evidence = load_evidence(made.path, references=made.path / "references.bib")
    return pool(compute_effects(evidence, outcome, **options))


def said(made, **options):
    return describe_pool(pooled(made, **options))


def better(made):
    return {row["instrument"]: row["better"] for row in read_rows(made.path / "codebook" / "instruments.csv")}


@pytest.mark.parametrize("turned", [True, False])
def test_turned_effects_and_plain_differences_of_a_known_scale_favour_the_same_arm(tmp_path, turned):
    made = imported(tmp_path, [score(i, arms, turned=turned) for i, arms in enumerate(ARMS, 1)])
    assert "favours the intervention" in said(made)
    assert (pooled(made).estimate > 0) is turned
    assert better(made) == {"bdi-2": "lower"}


@pytest.mark.parametrize("turned", [True, False])
def test_arm_figures_and_the_effects_printed_beside_them_agree_on_the_side(tmp_path, turned):
    made = imported(tmp_path, [score(i, arms, turned=turned) for i, arms in enumerate(ARMS, 1)])
    assert said(made).rpartition(". ")[2] == said(made, as_printed=True).rpartition(". ")[2]


@pytest.mark.parametrize("turned", [True, False])
def test_one_discordant_row_silences_nothing_and_is_named(tmp_path, turned):
    rows = [score(i, arms, turned=turned) for i, arms in enumerate(ARMS, 1)]
    rows.append(score(9, (12, 15), turned=not turned))
    made = imported(tmp_path, rows)
    assert "favours the intervention" in said(made)
    assert [note.row for note in notes(made, "effect_sign", "differs")] == [len(rows) + 1]


@pytest.mark.parametrize("instrument", ["oaks", "xyz-3", "NA"])
def test_same_signs_on_a_scale_nobody_knows_settle_nothing(tmp_path, instrument):
    made = imported(tmp_path, [score(i, arms, turned=False, instrument=instrument) for i, arms in enumerate(ARMS, 1)])
    assert "No side is named" in said(made)
    assert notes(made, "scale_direction", "undecided")
    assert "--better" in notes(made, "scale_direction", "undecided")[0].hint


def test_one_turned_row_of_a_scale_nobody_knows_is_no_convention(tmp_path):
    rows = [score(i, arms, turned=False, instrument="oaks") for i, arms in enumerate(ARMS, 1)]
    made = imported(tmp_path, [*rows, score(9, (12, 15), turned=True, instrument="elms")])
    assert "No side is named" in said(made)


def test_effects_without_figures_settle_nothing_however_well_the_scale_is_known(tmp_path):
    bare = dict.fromkeys(("mean_arm1", "sd_arm1", "n_arm1", "mean_arm2", "sd_arm2", "n_arm2"), "NA")
    rows = [score(i, arms, turned=True) | bare for i, arms in enumerate(ARMS, 1)]
    assert "No side is named" in said(imported(tmp_path, rows))
    assert "favours the intervention" in said(imported(tmp_path, rows, better="higher"))
    assert "favours the comparison" in said(imported(tmp_path, rows, better=["lower"]))


@pytest.mark.parametrize("word", ["oaks=lower", "OAKS = lower", "lower"])
def test_what_is_stated_settles_a_scale(tmp_path, word):
    made = imported(
        tmp_path, [score(i, a, turned=False, instrument="oaks") for i, a in enumerate(ARMS, 1)], better=word
    )
    assert better(made) == {"oaks": "lower"}
    assert "favours the intervention" in said(made)


@pytest.mark.parametrize("word", ["downwards", "oaks=up", "=", ""])
def test_a_direction_that_does_not_exist_is_refused(tmp_path, word):
    with pytest.raises(ChoiceError, match="better"):
        imported(tmp_path, [score(1, ARMS[0], turned=False)], better=[word])
    assert not (tmp_path / "root").exists()


def test_a_name_that_the_file_does_not_have_is_refused_with_those_it_has(tmp_path):
    with pytest.raises(ChoiceError, match="bdi-2"):
        imported(tmp_path, [score(1, ARMS[0], turned=False)], better="bdi-3=lower")
    assert not (tmp_path / "root").exists()


def test_plain_differences_on_scales_of_both_directions_are_turned_by_the_codebook(tmp_path):
    rows = [score(i, arms, turned=False) for i, arms in enumerate(ARMS[:4], 1)]
    rows += [score(7, (30, 25), turned=False, instrument="gaf"), score(8, (31, 25), turned=False, instrument="WHO-5")]
    made = imported(tmp_path, rows)
    assert better(made) == {"bdi-2": "lower", "gaf": "higher", "WHO-5": "higher"}
    found = pooled(made).effects.frame
    assert (found["benefit"] > 0).all()
    assert found["aligned"].sum() == 2


def test_negative_is_good_where_events_are_turned_and_symptoms_are_not(tmp_path):
    rows = [score(i, arms, turned=False) for i, arms in enumerate(ARMS, 1)]
    rows += [events(i, 25, 15, turned=True) for i in range(1, 5)]
    made = imported(tmp_path, rows)
    found = pooled(made)
    assert found.k == 10
    assert "favours the intervention" in describe_pool(found)
    assert (found.effects.frame["yi"] < 0).all()
    assert "negative favours" in notes(made, "convention")[0].message
    counts = pooled(made, "remission")
    assert counts.measure == "RR"
    assert "favours the intervention" in describe_pool(counts)
    assert counts.estimate == pytest.approx(math.log(25 / 15), abs=1e-4)


def test_scores_stand_before_events_in_the_preference_of_a_trial_that_has_both(tmp_path):
    rows = [events(i, 25, 15, turned=False) | {"study": f"Oak, 20{i:02}"} for i in range(1, 7)]
    rows += [score(i, arms, turned=True, instrument="hdrs") for i, arms in enumerate(ARMS, 1)]
    assert pooled(imported(tmp_path, rows)).effects.frame["instrument"].unique().tolist() == ["hdrs"]


@pytest.mark.parametrize("kind", ["other stat", "other statistic", "precalc_g_from_va", "t-test", "es"])
def test_how_an_effect_was_calculated_is_no_outcome(tmp_path, kind):
    rows = [score(i, arms, turned=True) for i, arms in enumerate(ARMS, 1)]
    rows.append(score(9, ARMS[0], turned=True, outcome_type=kind))
    made = imported(tmp_path, rows)
    assert pooled(made).k == 7
    assert [row["outcome"] for row in read_rows(made.path / "codebook" / "outcomes.csv")] == ["outcome"]


@pytest.mark.parametrize("kind", ["deterioration", "dropout", "relapse"])
def test_harms_never_join_the_scores(tmp_path, kind):
    rows = [score(i, arms, turned=True) for i, arms in enumerate(ARMS, 1)]
    made = imported(tmp_path, [*rows, *(events(i, 5, 10, turned=True, kind=kind) for i in range(1, 5))])
    assert pooled(made).k == 6
    assert pooled(made, kind).effects.better in ("lower", "higher")


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("BDI-II", "lower"), ("bdi-1", "lower"), ("PHQ-9", "lower"), ("HAM-D 17", "lower"), ("CES-D", "lower"),
        ("Beck Depression Inventory", "lower"), ("GAF", "higher"), ("WHOQOL-BREF", "higher"), ("SF-36", "higher"),
        ("Beck Hopelessness Scale", "lower"), ("Hope Scale", "higher"), ("Quality of life in depression", ""),
        ("TK2", ""), ("bdinventory", ""), ("", ""), ("Functioning", "higher"), ("spinal pain", ""),
    ],
)  # fmt: skip
def test_names_say_what_nobody_disputes_and_nothing_else(name, direction):
    assert direction_of_scale(name) == direction


def test_events_are_known_by_their_names():
    assert [direction_of_event(name) for name in ("response", "Relapse", "dich", "recovered or died")] == [
        "higher",
        "lower",
        "",
        "higher",
    ]
    assert [is_event(name) for name in ("remission (dysthymia)", "msd", "other statistic")] == [True, False, False]


@pytest.mark.parametrize(
    ("left", "right", "experimental", "control", "direction"),
    [
        ("Favours drug", "Favours placebo", "Drug", "Placebo", "lower"),
        ("Favors placebo", "Favors drug", "Drug", "Placebo", "higher"),
        ("Placebo", "Drug", "Drug", "Placebo", "higher"),
        ("Favours [experimental]", "Favours [control]", "", "", "lower"),
        ("in favour of exercise", "in favour of usual care", "Exercise", "Usual care", "lower"),
        ("Favouring control", "Favouring treatment", "CBT", "TAU", "higher"),
        ("Drug better", "Placebo better", "Drug", "Placebo", "lower"),
        ("Drug worse", "Placebo worse", "Drug", "Placebo", "higher"),
        ("Favours no treatment", "Favours treatment", "Treatment", "No treatment", "higher"),
        ("Favours aspirin 75", "Favours aspirin 300", "Aspirin 75", "Aspirin 300", "lower"),
        ("", "FAVOURS CBT", "Cognitive behavioural therapy (CBT)", "Control", "higher"),
        ("Less pain with drug", "More pain with drug", "Drug", "Placebo", ""),
        ("Lower", "Higher", "Drug", "Placebo", ""),
        ("Favours both", "Favours either", "Drug", "Placebo", ""),
        ("Favours drug", "Favours drug", "Drug", "Placebo", ""),
        ("", "", "Drug", "Placebo", ""),
        ("Favours A", "Favours A", "A", "A", ""),
    ],
)
def test_labels_tell_the_side_in_any_spelling_and_nothing_where_they_contradict(
    left, right, experimental, control, direction
):
    assert better_by_labels(left, right, experimental, control) == direction
    turned = {"lower": "higher", "higher": "lower", "": ""}[direction]
    assert better_by_labels(right, left, experimental, control) == turned
