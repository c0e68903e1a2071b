"""Kept evidence is what loading again would give, or it is not handed out."""

from __future__ import annotations

import shutil
from dataclasses import fields

import pandas as pd
import pytest

from synthesis.errors import DataError
from synthesis.evidence import evidence as module
from synthesis.evidence import load_evidence
from synthesis.evidence.evidence import keep_evidence
from synthesis.evidence.kept import _kept, kept_evidence, state_of

TRIAL, OTHER = "trials/birch2014sample", "trials/alder2011sample"


@pytest.fixture(autouse=True)
def nothing_kept():
    yield
    _kept.clear()


@pytest.fixture
def root(valid, tmp_path):
    """Return a copy of the valid data root that a test may change; its references.bib lies beside it."""
    shutil.copytree(valid.parent, tmp_path / "sample")
    return tmp_path / "sample" / "data"


@pytest.fixture
def place(root):
    return {"data": root, "references": root.parent / "references.bib"}


def append(path, text="\n"):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


CHANGES = {
    "a byte of a table": lambda root: append(root / TRIAL / "arms.csv"),
    "a byte of the codebook": lambda root: append(root / "codebook/outcomes.csv"),
    "an entry of the bibliography": lambda root: append(root.parent / "references.bib", "@book{new, title={New}}\n"),
    "a file more": lambda root: (root / TRIAL / "notes.txt").touch(),
    "a table that was missing": lambda root: shutil.copy(root / TRIAL / "decisions.csv", root / OTHER),
    "a file less": lambda root: (root / TRIAL / "risk_of_bias.csv").unlink(),
    "a trial more": lambda root: shutil.copytree(root / TRIAL, root / "trials/new2020trial"),
    "an empty folder more": lambda root: (root / "trials/new2020trial").mkdir(),
    "a trial less": lambda root: shutil.rmtree(root / TRIAL),
    "another name": lambda root: (root / TRIAL).rename(root / "trials/other2014name"),
    "a link in place of a file": lambda root: (
        (root / TRIAL / "arms.csv").rename(root.parent / "arms.csv"),
        (root / TRIAL / "arms.csv").symlink_to(root.parent / "arms.csv"),
    ),
    "no bibliography": lambda root: (root.parent / "references.bib").unlink(),
    "two files exchanged": lambda root: (
        (root / TRIAL / "arms.csv").rename(root / "aside"),
        (root / OTHER / "arms.csv").rename(root / TRIAL / "arms.csv"),
        (root / "aside").rename(root / OTHER / "arms.csv"),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_any_change_to_the_files_nothing_kept_is_handed_out(root, place, change):
    keep_evidence(**place)
    assert kept_evidence(**place) is not None
    change(root)
    assert kept_evidence(**place) is None


def test_a_changed_number_is_loaded_and_the_old_one_comes_back_with_its_file(root, place):
    keep_evidence(**place)
    path = root / TRIAL / "arms.csv"
    before, old = load_evidence(**place), path.read_text(encoding="utf-8")
    path.write_text(old.replace("peer,", "peers,"), encoding="utf-8")
    with pytest.raises(DataError, match="peers"):
        load_evidence(**place)
    path.write_text(old, encoding="utf-8")
    pd.testing.assert_frame_equal(load_evidence(**place).arms, before.arms)


def test_what_is_kept_is_what_loading_gives(place):
    fresh = load_evidence(**place)
    keep_evidence(**place)
    found = load_evidence(**place)
    assert found is not fresh
    for one, other in ((found, fresh), (found.codebook, fresh.codebook)):
        for field in fields(one):
            value, expected = getattr(one, field.name), getattr(other, field.name)
            if isinstance(value, pd.DataFrame):
                pd.testing.assert_frame_equal(value, expected, check_exact=True)
            elif field.name not in ("codebook", "bibliography", "raw"):
                assert value == expected, field.name
    assert found.bibliography.digests == fresh.bibliography.digests
    assert found.raw.files == fresh.raw.files
    for name, table in fresh.raw.tables.items():
        pd.testing.assert_frame_equal(found.raw.tables[name], table)


def test_nothing_is_kept_unless_asked_for(place, monkeypatch):
    first = load_evidence(**place)
    monkeypatch.setattr("synthesis.evidence.kept.state_of", lambda *place: pytest.fail("files were read twice"))
    assert load_evidence(**place) is not first


def test_who_changes_a_table_changes_it_for_nobody_else(place):
    keep_evidence(**place)
    mine = load_evidence(**place)
    mine.outcomes.loc[:, "mean_intervention"] = 0.0
    mine.codebook.outcomes["label"] = "mine"
    mine.files.clear()
    mine.labels.clear()
    theirs = load_evidence(**place)
    assert theirs.outcomes["mean_intervention"].ne(0).any()
    assert "mine" not in set(theirs.codebook.outcomes["label"])
    assert theirs.files
    assert theirs.labels


def test_a_file_that_changes_while_it_is_loaded_is_not_kept(root, place, monkeypatch):
    load = module._load

    def slowly(*given):
        append(root / TRIAL / "arms.csv")
        return load(*given)

    monkeypatch.setattr(module, "_load", slowly)
    keep_evidence(**place)
    assert kept_evidence(**place) is None


def test_the_same_words_from_another_folder_are_another_place(root, monkeypatch):
    monkeypatch.chdir(root.parent)
    keep_evidence("data", references="references.bib")
    assert kept_evidence("data", "references.bib") is not None
    (root.parent / "elsewhere").mkdir()
    monkeypatch.chdir(root.parent / "elsewhere")
    assert kept_evidence("data", "references.bib") is None
    assert kept_evidence("../data", "../references.bib") is None


def test_of_a_place_that_cannot_be_read_nothing_is_known(root, tmp_path):
    assert state_of(root, tmp_path / "nowhere.bib") is None
    assert state_of(tmp_path / "nowhere", root.parent / "references.bib") is None
