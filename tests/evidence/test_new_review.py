"""A data root of one's own: it obeys the contract at once, speaks the review's own words, and overwrites nothing."""

import os
from pathlib import Path

import pytest

from synthesis.effects import compute_effects
from synthesis.evidence import load_evidence
from synthesis.evidence.checks import check
from synthesis.evidence.new_review import TRIAL, WordsError, new_review
from synthesis.evidence.vocabulary import NEUTRAL, Names
from synthesis.files import DestinationError

WORDS = {"title": "Does exercise help?", "intervention": "the exercise programme", "comparator": "usual care"}


def test_it_obeys_the_contract_and_has_an_effect_to_show(tmp_path):
    made = new_review(tmp_path / "root", **WORDS)
    assert check(made.folder, references=made.folder / "references.bib") == []
    evidence = load_evidence(made.folder)
    assert evidence.codebook.review.title == "Does exercise help?"
    effects = compute_effects(evidence, "wellbeing")
    assert effects.names == Names("the exercise programme", "usual care")
    assert effects.frame["trial"].tolist() == [TRIAL]
    assert "nvented" in " ".join(effects.frame["source"])


def test_without_words_of_its_own_a_review_has_neutral_ones(tmp_path):
    folder = new_review(tmp_path / "root").folder
    assert load_evidence(folder).codebook.review.names == NEUTRAL
    (folder / "codebook/review.csv").unlink()
    assert load_evidence(folder).codebook.review.names == NEUTRAL


def test_what_it_prints_can_be_typed_where_a_path_has_a_blank(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "--data 'my review'`" in str(new_review("my review"))


@pytest.mark.parametrize("what", ["a file in it", "the same command before"])
def test_a_folder_with_anything_in_it_is_left_alone(tmp_path, what):
    folder = tmp_path / "root"
    if what == "a file in it":
        folder.mkdir()
        (folder / "mine.txt").write_text("work", encoding="utf-8")
    else:
        new_review(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(DestinationError, match="not empty"):
        new_review(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_takes_nothing_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DestinationError, match="cannot be written"):
        new_review(tmp_path / "root")


def test_names_are_headings_without_their_article():
    assert Names("the exercise programme", "usual care").heads == ("Exercise programme", "Usual care")
    assert Names("CBT", "the comparison").short == ("CBT", "comparison")


def test_two_rows_of_review_csv_are_one_too_many(tmp_path):
    folder = new_review(tmp_path / "root").folder
    path = Path(folder, "codebook/review.csv")
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    assert [finding.rule for finding in check(folder)] == ["row_count"]


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ({"title": "=cmd()"}, "--title"),
        ({"comparator": ""}, "--comparator"),
        ({"intervention": "@peer"}, "--intervention"),
        ({"comparator": "usual\ncare"}, "--comparator"),
        ({"question": "Does it\x07 help?"}, "--question"),
        ({"model": "+model"}, "--model"),
    ],
)
def test_words_that_its_own_check_would_refuse_are_refused_at_once(tmp_path, words, option):
    with pytest.raises(WordsError, match=f"^{option}: "):
        new_review(tmp_path / "root", **words)
    assert not (tmp_path / "root").exists()
