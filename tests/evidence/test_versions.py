"""Which versions a repository holds, and which rows of the data differ between two states."""

import shutil
import subprocess

import pytest

from builders.released import ADDED, DATES, git, released
from synthesis.evidence.changed_rows import changed_rows
from synthesis.evidence.revisions import RevisionError, evidence_at
from synthesis.evidence.versions import history_of, is_tracked, order


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return released(tmp_path_factory.mktemp("released"))


@pytest.fixture
def copy(made, tmp_path):
    shutil.copytree(made, tmp_path / "review", symlinks=True)
    return tmp_path / "review"


def versions(place, **options):
    return history_of(place / "data", beside=[place / "references.bib"], **options)


def test_the_tags_that_name_versions_are_its_versions_oldest_first_with_their_dates(made):
    found = versions(made)
    assert [(version.name, version.date) for version in found.versions] == list(DATES.items())[:-1]
    assert found.now.date == DATES[""]
    assert found.notes == ()
    assert found.root == found.versions[0].commit == git(made, "rev-parse", "v0.1.0^{commit}")


def test_versions_are_ordered_by_their_numbers_and_a_release_comes_after_its_candidates():
    assert sorted(["v1.0.1", "v1.0.0", "v1.0.0rc2", "v0.10", "v1.0.0rc1", "v0.9"], key=order) == [
        "v0.9", "v0.10", "v1.0.0rc1", "v1.0.0rc2", "v1.0.0", "v1.0.1",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="is not the name of a version"):
        order("latest")


def test_a_tag_on_another_branch_is_no_version_of_this_one(copy):
    git(copy, "checkout", "-q", "-b", "other", "v0.1.0")
    git(copy, "commit", "-q", "--allow-empty", "-m", "Elsewhere")
    git(copy, "tag", "v9.0.0")
    git(copy, "checkout", "-q", "main")
    assert "v9.0.0" not in [version.name for version in versions(copy).versions]


def test_since_begins_at_a_revision_and_keeps_the_versions_after_it(made):
    assert [version.name for version in versions(made, since="v0.2.0").versions] == ["v0.2.0", "v0.3.0", "v0.4.0"]
    commit = git(made, "rev-parse", "v0.4.0")
    assert [version.name for version in versions(made, since=commit).versions] == [commit]


@pytest.mark.parametrize("since", ["nowhere", "--all", "HEAD:data"])
def test_since_what_is_no_revision_is_refused(made, since):
    with pytest.raises(RevisionError, match="is no git revision of"):
        versions(made, since=since)


def test_changes_that_are_not_committed_are_noted_and_those_beside_the_data_are_not(copy):
    (copy / "README.md").write_text("Other words.\n", encoding="utf-8")
    assert versions(copy).notes == ()
    with (copy / "references.bib").open("a", encoding="utf-8") as file:
        file.write("\n% a remark\n")
    assert versions(copy).notes == ("uncommitted",)


def test_the_date_of_the_data_as_they_stand_is_that_of_their_last_change(copy):
    git(copy, "commit", "-q", "--allow-empty", "-m", "Something else", date="2026-09-09T10:00:00+00:00")
    assert versions(copy).now.date == DATES[""]


def test_without_a_repository_without_tags_and_in_a_shallow_clone(copy, tmp_path):
    subprocess.run(["git", "clone", "-q", "--depth", "1", copy.as_uri(), str(tmp_path / "shallow")], check=True)
    with pytest.raises(RevisionError, match=r"is a shallow clone.* git fetch --unshallow --tags"):
        versions(tmp_path / "shallow")
    git(copy, "tag", "-d", *[name for name in DATES if name])
    assert (versions(copy).versions, versions(copy).notes) == ((), ("no_versions",))
    shutil.rmtree(copy / ".git")
    found = versions(copy)
    assert (found.versions, found.now.date, found.root, found.notes) == ((), "", "", ("no_history",))
    with pytest.raises(RevisionError, match="--since needs the git repository"):
        versions(copy, since="v0.1.0")


def test_data_that_merely_lie_within_a_repository_have_no_history_there(copy):
    shutil.copytree(copy / "data", copy / "elsewhere" / "data")
    assert is_tracked(copy / "data")
    assert not is_tracked(copy / "elsewhere" / "data")


def rows_between(made, before, after):
    place = {"data": made / "data", "references": None}
    with evidence_at(before, **place) as old, evidence_at(after, **place) as new:
        return changed_rows(old, new), changed_rows(new, old)


def test_a_corrected_number_is_one_cell_of_one_row_at_its_place(made):
    (row,), (back,) = rows_between(made, "v0.2.0", "v0.3.0")
    assert (row.table, row.trial, row.what) == ("outcomes", ADDED, "changed")
    assert (row.file, row.row) == (f"data/trials/{ADDED}/outcomes.csv", 2)
    assert row.names[:2] == ("recovery", "Recovery Scale")
    assert [tuple(cell) for cell in row.cells] == [("mean_intervention", "40.0", "50.0")]
    assert [tuple(cell) for cell in back.cells] == [("mean_intervention", "50.0", "40.0")]


def test_a_row_of_a_trial_in_both_states_is_added_or_removed_and_a_whole_trial_is_not_repeated(made, tmp_path):
    added, removed = rows_between(made, "v0.1.0", "v0.2.0")
    assert added == removed == ()
    shutil.copytree(made, tmp_path / "now")
    file = tmp_path / "now" / "data" / "trials" / ADDED / "components.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join([lines[0], *reversed(lines[2:])]), encoding="utf-8")  # the first is gone, the rest moved
    place = {"data": made / "data", "references": None}
    with evidence_at("HEAD", **place) as old, evidence_at(str(tmp_path / "now" / "data"), **place) as new:
        found = changed_rows(old, new)
    assert [(row.what, row.row, row.names) for row in found] == [("removed", 2, ("peer", "listening", "coder-1"))]
