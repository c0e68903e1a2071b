from pathlib import Path

import numpy as np
import pytest

from builders.foreign_files import METAPSY_ROWS, metapsy
from builders.tables import read_rows
from synthesis import compute_effects, load_evidence, pool
from synthesis.errors import DataError
from synthesis.evidence.checks import check
from synthesis.exchange.importers import import_metapsy

PRINTED_4DP = 5e-5
OUTSIDE = Path(__file__).parents[4] / "shared" / "metapsy-peer-support" / "data.csv"
needs_outside = pytest.mark.skipif(
    not OUTSIDE.is_file(), reason="the open peer-support database is not at hand; download it to run this test"
)

# Smit et al. (2022), Psychological Medicine, table 2: g, 95% interval, comparisons.
SMIT = {
    "clinical_recovery": (0.19, 0.11, 0.27, 22),
    "personal_recovery": (0.15, 0.04, 0.27, 19),
    "functional_recovery": (0.08, -0.02, 0.18, 25),
}


@pytest.fixture
def made(tmp_path):
    return import_metapsy(metapsy(tmp_path / "data.csv"), tmp_path / "root")


@pytest.fixture
def loaded(made):
    return load_evidence(made.path, references=made.path / "references.bib")


def rules(made, kind=None):
    return {note.rule for note in made.notes.notes if kind in (None, note.kind)}


def row_of(evidence, instrument):
    (row,) = evidence.outcomes[evidence.outcomes["instrument"].eq(instrument)].to_dict("records")
    return row


@needs_outside
def test_the_open_database_passes_check_and_pools_as_its_authors_published(tmp_path):
    made = import_metapsy(OUTSIDE, tmp_path / "root")
    references = made.path / "references.bib"
    assert [f for f in check(made.path, references=references) if f.severity == "error"] == []
    evidence = load_evidence(made.path, references=references)
    for outcome, (g, lower, upper, k) in SMIT.items():
        pooled = pool(compute_effects(evidence, outcome), ci="knapp-hartung")
        found = tuple(round(value, 2) for value in (pooled.estimate, pooled.ci_lb, pooled.ci_ub))
        assert (*found, pooled.k) == (g, lower, upper, k)


@needs_outside
def test_the_known_traps_of_the_open_database_are_all_reported(tmp_path):
    made = import_metapsy(OUTSIDE, tmp_path / "root")
    messages = {note.rule: note.message for note in made.notes.notes}
    assert "18 of 50 effects" in messages["turned_effects"]
    assert "time_weeks holds months" in messages["weeks_are_months"]
    assert sum(note.rule == "stranger_events" for note in made.notes.notes) == 3
    signs = [note for note in made.notes.notes if note.rule == "effect_sign"]
    assert [note.row for note in signs] == [17]  # Davidson 2004 on the BPRS, turned against its direction elsewhere
    rogers = read_rows(made.path / "trials" / "rogers2016randomized" / "arms.csv")
    assert {arm["label"] for arm in rogers if arm["role"] == "intervention"} == {
        "Peer support (high)",
        "Peer support (low)",
    }
    names = {row["instrument"] for row in read_rows(made.path / "codebook" / "instruments.csv")}
    assert "Lehman’s quality of life (QOL)" in names


def test_a_trial_is_named_in_the_house_style_and_found_in_the_bibliography(made, loaded):
    assert list(loaded.trials["trial"]) == ["ash2011", "birch2012a", "cedar2015"]
    assert loaded.label("ash2011") == "Ash (2011)"


def test_references_beside_the_file_give_keys_and_entries(tmp_path):
    source = metapsy(tmp_path / "data.csv")
    (tmp_path / "references.json").write_text(
        '{"Ash, 2011": "Ash, A., & Yew, B. (2011). The peers of {wards}: 5% \\\\ more. A Journal, 1, 2-3."}',
        encoding="utf-8",
    )
    made = import_metapsy(source, tmp_path / "root")
    evidence = load_evidence(made.path, references=made.path / "references.bib")
    assert evidence.label("ash2011peers") == "Ash et al. (2011)"
    assert "The peers of wards" in evidence.bibliography.reference("ash2011peers")


def test_the_databases_effect_is_pooled_and_the_arm_figures_stay_as_printed(loaded):
    pooled = compute_effects(loaded, "clinical_recovery").frame.set_index("trial")
    assert pooled.loc["ash2011", "yi"] == pytest.approx(0.5498)
    assert pooled.loc["ash2011", "sei"] == pytest.approx(0.2308)
    printed = compute_effects(loaded, "clinical_recovery", as_printed=True).frame.set_index("trial")
    assert printed.loc["ash2011", "routes"] == ("means",)
    assert printed.loc["ash2011", "yi"] == pytest.approx(0.54978, abs=PRINTED_4DP)
    assert row_of(loaded, "Clinician’s scale")["mean_intervention"] == 8.5


def test_a_turned_effect_shows_that_lower_is_better(loaded):
    better = loaded.codebook.instruments.set_index("instrument")["better"].to_dict()
    assert better == {"Clinician’s scale": "lower", "Hope scale": "higher", "Symptom list": "lower"}
    assert row_of(loaded, "Clinician’s scale")["estimate"] == -0.5498


def test_decimal_commas_missing_words_encoding_and_the_index_column_are_repaired_and_said(made, loaded):
    assert {"separator", "decimal_comma", "mojibake", "index_column"} <= rules(made, "repaired")
    assert np.isnan(row_of(loaded, "Hope scale")["events_intervention"])


def test_events_on_a_strangers_line_are_kept_out_and_told(made, loaded):
    (note,) = [note for note in made.notes.notes if note.rule == "stranger_events"]
    assert (note.row, note.value) == (3, "3/20 and 11/22")
    assert "3/20 and 11/22" in row_of(loaded, "Hope scale")["notes"]


def test_an_effect_on_a_strangers_line_names_its_owner(made):
    (note,) = [note for note in made.notes.notes if note.rule == "stranger_effect"]
    assert (note.row, note.column) == (4, "precalc_g")


def test_arms_of_one_trial_stay_apart_and_share_their_comparator(loaded):
    arms = loaded.arms[loaded.arms["trial"].eq("birch2012a")].set_index("arm")
    assert list(arms["label"]) == ["Peer support (group)", "WL", "Peer support (single)"]
    assert arms.loc["wl", "comparator_type"] == "waitlist"


def test_changes_and_events_are_entered_as_what_they_are(loaded):
    rows = loaded.outcomes[loaded.outcomes["trial"].eq("birch2012a")].set_index("intervention_arm")
    assert rows.loc["peer_support_group", ["change", "mean_intervention", "n_comparator"]].tolist() == ["yes", -6, 27]
    assert rows.loc["peer_support_single", ["events_intervention", "n_intervention"]].tolist() == [6, 30]


def test_judgements_become_rob_2_and_unknown_words_are_left_open(made, loaded):
    bias = loaded.risk_of_bias.set_index(["trial", "domain"])["judgement"].to_dict()
    assert (bias["ash2011", "randomisation"], bias["ash2011", "overall"]) == ("low", "high")
    assert ("cedar2015", "overall") not in bias
    assert "judgement" in rules(made, "undecided")


def test_every_stand_in_is_named(made, loaded):
    assert {"time", "country", "n_randomised", "comparator_type"} <= rules(made, "undecided")
    cedar = loaded.trials.set_index("trial").loc["cedar2015"]
    assert cedar["country"] == "not stated"
    assert cedar["n_randomised"] == round(4 / 0.19**2)
    assert "stands in" in cedar["notes"]


def test_what_has_no_column_stands_in_notes(loaded):
    assert "percent_women: 47,4" in loaded.trials.set_index("trial").loc["ash2011", "notes"]


def test_a_category_that_is_missing_falls_into_the_domain_asked_for(tmp_path):
    source = metapsy(tmp_path / "data.csv", [row.replace('"Clinical recovery"', "NA") for row in METAPSY_ROWS])
    made = import_metapsy(source, tmp_path / "root", outcome="Depression")
    assert [row["outcome"] for row in read_rows(made.path / "codebook" / "outcomes.csv")] == [
        "depression",
        "personal_recovery",
    ]


def test_two_results_on_one_scale_are_told_apart_by_what_the_file_says(tmp_path):
    twin = METAPSY_ROWS[4].replace('"5"', '"6"').replace('"self-report"', '"clinician"')
    made = import_metapsy(metapsy(tmp_path / "data.csv", (METAPSY_ROWS[4], twin)), tmp_path / "root")
    rows = read_rows(made.path / "trials" / "cedar2015" / "outcomes.csv")
    assert [row["instrument"] for row in rows] == ["Symptom list (self-report)", "Symptom list (clinician)"]


def test_commas_and_points_are_read_as_well(tmp_path):
    text = metapsy(tmp_path / "first.csv").read_text(encoding="utf-8")
    (tmp_path / "data.csv").write_text(
        text.replace(",", ".").replace(";", ",").replace("Ash. 2", "Ash 2"), encoding="utf-8"
    )
    made = import_metapsy(tmp_path / "data.csv", tmp_path / "root")
    assert "separator" not in rules(made)
    assert (
        row_of(load_evidence(made.path, references=made.path / "references.bib"), "Hope scale")["estimate"] == 0.43459
    )


def test_another_table_is_refused_with_what_it_lacks(tmp_path):
    (tmp_path / "data.csv").write_text("study,effect\na,1\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks condition_arm1, condition_arm2"):
        import_metapsy(tmp_path / "data.csv", tmp_path / "root")
    assert not (tmp_path / "root").exists()


def test_the_sample_passes_check(made):
    found = check(made.path, references=made.path / "references.bib")
    assert [str(f) for f in found if f.severity == "error"] == []
