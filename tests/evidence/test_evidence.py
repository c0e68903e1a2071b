"""Loading a data root: tidy tables with their places, nothing repaired, and parts of it that name what they used."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from builders.roots import means
from synthesis.errors import ChoiceError, DataError
from synthesis.evidence import TRIAL_TABLES, load_evidence
from synthesis.evidence.checks import check
from synthesis.evidence.contract import load_contract, references_of
from synthesis.evidence.plausibility import examine
from synthesis.evidence.reading import typed
from synthesis.reports.run.plan import poolable_trials
from synthesis.tables import decisions_table

TRIALS = ["alder2011sample", "birch2014sample", "cedar2016sample", "damson2018sample", "elder2020sample"]


def test_every_trial_is_read_with_its_rows_and_their_places(evidence):
    assert evidence.trials["trial"].tolist() == TRIALS
    assert len(evidence.outcomes) == 28
    row = evidence.outcomes.iloc[0]
    assert (row["trial"], row["row"], row["mean_intervention"]) == ("alder2011sample", 2, 88.2)
    assert row["file"].endswith("trials/alder2011sample/outcomes.csv")


def test_numbers_are_floats_and_text_is_text_with_nothing_for_an_empty_cell(evidence):
    outcomes = evidence.outcomes
    for name in ("n_intervention", "estimate", "p_value", "timepoint_months", "icc"):
        assert outcomes[name].dtype == float
    for name in ("instrument", "change", "effect_measure", "reported_direction"):
        assert pd.api.types.is_string_dtype(outcomes[name])
        assert outcomes[name].notna().all()
    assert evidence.components["rating"].dtype == float
    assert evidence.components["rating"].isna().any()


def test_reading_does_not_apply_decisions_or_repair(evidence):
    damson = evidence.outcomes[evidence.outcomes["trial"].eq("damson2018sample")]
    assert damson.loc[damson["outcome"].eq("quality_of_life"), "sd_intervention"].tolist() == [0.12]
    assert len(evidence.decisions) == 8


def test_labels_are_author_and_year(evidence):
    assert evidence.label("alder2011sample") == "Alder et al. (2011)"
    assert evidence.labels["birch2014sample"] == "van der Birch & Müller (2014)"
    assert evidence.labels["damson2018sample"] == "The DAMSON Group (2018)"


def test_the_worst_overall_judgement_counts_and_silence_is_none(evidence):
    bias = evidence.overall_risk_of_bias()
    assert bias["alder2011sample"] == "high"
    assert bias["birch2014sample"] == "unclear"
    told = {"tool": "rob2", "domain": "overall", "assessor": "A", "outcome": ""}
    low, high = (told | {"trial": "a", "judgement": judgement} for judgement in ("low", "high"))
    both = pd.DataFrame([high, low, told | {"trial": "b", "domain": "randomisation", "judgement": "high"}])
    assert replace(evidence, risk_of_bias=both).overall_risk_of_bias() == {"a": "high"}


def test_every_file_that_was_read_has_a_digest(evidence, valid):
    files = {path for path in evidence.files if not path.startswith("references.bib#")}
    assert files == {path.relative_to(valid).as_posix() for path in valid.rglob("*.csv")}
    assert "references.bib#alder2012second" in evidence.files
    assert all(len(digest) == 64 for digest in evidence.files.values())


def test_a_part_of_the_evidence_holds_and_names_only_what_it_uses(evidence):
    part = evidence.only(["alder2011sample", "elder2020sample"])
    for name in TRIAL_TABLES:
        assert set(getattr(part, name)["trial"]) <= {"alder2011sample", "elder2020sample"}
    assert len(part.trials) == 2
    assert "trials/alder2011sample/outcomes.csv" in part.files
    assert not any("birch2014sample" in path for path in part.files)
    assert "references.bib#alder2012second" in part.files  # the other report of that trial
    assert {path for path in part.files if path.startswith("codebook/")} == {
        path for path in evidence.files if path.startswith("codebook/")
    }
    assert len(evidence.trials) == 5


def test_the_cells_of_a_part_are_those_of_its_trials(evidence):
    part, trials = evidence.only(["elder2020sample", "alder2011sample"]), {"alder2011sample", "elder2020sample"}
    assert part.raw.trials == ("alder2011sample", "elder2020sample")
    for name, table in load_contract().items():
        cells = part.raw.tables[name]
        assert cells.index.tolist() == list(range(len(cells)))
        if table.scope == "trial":
            assert set(cells["trial"]) <= trials
        elif table.scope == "codebook":
            assert len(cells) == len(evidence.raw.tables[name])
        else:
            assert cells.empty  # lists speak of trials that are no part of it
    assert set(part.raw.files) == {path for path in part.files if "#" not in path}
    assert part.raw.whole == frozenset(part.raw.files)
    assert part.raw.is_whole("outcomes", "elder2020sample")
    assert not part.raw.is_whole("outcomes", "birch2014sample")
    assert typed(part.raw.tables["outcomes"], "outcomes").equals(part.outcomes)
    assert len(evidence.raw.trials) == 5


@pytest.mark.parametrize("place", ["beside", "inside"])
def test_the_bibliography_lies_inside_the_root_or_beside_it(valid, tmp_path, monkeypatch, place):
    root = tmp_path / "data"
    shutil.copytree(valid, root)
    home = root if place == "inside" else tmp_path
    shutil.copy(valid.parent / "references.bib", home / "references.bib")
    assert load_evidence(root).references == home / "references.bib"
    assert check(root) == []
    assert all(finding.answered for finding in examine(root))
    monkeypatch.chdir(tmp_path)
    shown = {"beside": "references.bib", "inside": "data/references.bib"}[place]
    assert load_evidence().references.as_posix() == shown


def test_a_bibliography_that_is_given_goes_before_the_one_inside(valid, tmp_path):
    shutil.copytree(valid, tmp_path / "data")
    (tmp_path / "data" / "references.bib").write_text("")
    given = valid.parent / "references.bib"
    assert references_of(tmp_path / "data", given) == given
    assert len(load_evidence(tmp_path / "data", references=given).trials) == 5
    with pytest.raises(DataError, match="no entry"):
        load_evidence(tmp_path / "data")


def test_the_evidence_on_an_outcome_is_that_of_the_trials_that_report_it(evidence):
    assert evidence.reporting("psychosis").trials["trial"].tolist() == ["cedar2016sample"]
    assert evidence.reporting("hope").trials["trial"].nunique() == 4
    with pytest.raises(ChoiceError, match="psychosis"):
        evidence.reporting("psychoses")


def test_what_it_holds_is_said_in_numbers(evidence):
    counts = evidence.to_dict()
    assert counts["trials"] == 5
    assert counts["randomised"] == 650
    assert (counts["first_year"], counts["last_year"]) == (2011, 2020)
    assert counts["results"] == len(evidence.outcomes)
    assert "650 people, 2011 to 2020" in str(evidence)


def test_the_codebook_names_what_exists(evidence):
    codebook = evidence.codebook
    assert codebook.outcome_label("hope") == "Hope"
    assert codebook.outcome("quality of life")["outcome"] == "quality_of_life"
    with pytest.raises(ChoiceError, match="quality_of_life"):
        codebook.outcome("quality of lives")


def test_every_breach_is_reported_at_once_with_its_place(valid, tmp_path):
    shutil.copytree(valid.parent, tmp_path / "root")
    trials = tmp_path / "root" / "data" / "trials"
    for trial, old, new in (
        ("alder2011sample", "12.1", "minus"),
        ("cedar2016sample", ",peer,control", ",pear,control"),
    ):
        path = trials / trial / "outcomes.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataError) as error:
        load_evidence(tmp_path / "root" / "data", references=tmp_path / "root" / "references.bib")
    files = {finding.file.split("trials/")[1] for finding in error.value.findings}
    assert files == {"alder2011sample/outcomes.csv", "cedar2016sample/outcomes.csv"}
    assert len(error.value.findings) == 5  # one number, and an unknown arm in each of four rows
    assert "alder2011sample/outcomes.csv row 2, sd_intervention" in str(error.value)


def test_a_data_root_without_optional_tables_loads(small):
    evidence = small([means(10, 3, 30, 9, 3, 30)])
    assert evidence.decisions.empty
    assert evidence.suspicions.empty
    assert evidence.codebook.hypotheses.empty
    assert "1,000 people" in str(evidence)


def test_a_trial_without_results_is_still_a_trial(small):
    evidence = small([], trials={"ash2001sample": {"n_randomised": 12}})
    assert len(evidence.trials) == 1
    assert evidence.outcomes.empty
    assert evidence.to_dict()["randomised"] == 12


def test_a_place_that_is_no_data_root_is_refused(tmp_path):
    with pytest.raises(DataError, match="codebook"):
        load_evidence(tmp_path, references=tmp_path / "references.bib")


def test_a_trial_keeps_its_label_in_a_part_of_the_evidence(small):
    rows = [means(10, 3, 30, 9, 3, 30, trial=trial) for trial in ("ash2001one", "ash2001two")]
    evidence = small(rows, trials={row["trial"]: {"year": 2001} for row in rows})
    assert evidence.only(["ash2001two"]).label("ash2001two") == evidence.label("ash2001two") == "Ash & Other (2001b)"


def test_two_trials_of_the_same_people_and_year_are_told_apart(small):
    rows = [means(10, 3, 30, 9, 3, 30, trial=trial) for trial in ("ash2001one", "ash2001two")]
    evidence = small(rows, trials={row["trial"]: {"year": 2001} for row in rows})
    assert list(evidence.labels.values()) == ["Ash & Other (2001a)", "Ash & Other (2001b)"]


def test_one_trial_is_said_in_the_singular(small):
    assert str(small([means(10, 3, 30, 9, 3, 30)])).startswith("1 randomised trial with")


def test_an_outcome_named_by_its_label_means_the_same_trials_decisions_and_pages(evidence):
    by_key, by_label = (evidence.reporting(name) for name in ("hope", "Hope"))
    assert by_label.trials["trial"].tolist() == by_key.trials["trial"].tolist()
    assert len(by_label.trials) > 0
    assert decisions_table(evidence, "HOPE").equals(decisions_table(evidence, "hope"))
    assert poolable_trials(evidence, ["Personal recovery", "recovery"]) == {"recovery": 5}
