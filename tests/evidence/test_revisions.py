"""Every data root that `synthesis check` accepts can be compared, as a folder and as it stood at a git revision."""

import shutil
import subprocess

import pytest
from click.testing import CliRunner

from builders.foreign_files import metapsy
from synthesis.cli import commands
from synthesis.evidence.revisions import RevisionError, evidence_at
from synthesis.exchange.importers import import_metapsy


@pytest.fixture
def imported(tmp_path):
    """A data root made by an import: its bibliography lies inside."""
    return import_metapsy(metapsy(tmp_path / "data.csv"), tmp_path / "imported").path


def git(place, *arguments):
    command = ["git", "-C", str(place), "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def committed(place):
    git(place, "init", "-q")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "sample")
    return place


def run(*arguments):
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def test_an_imported_root_is_compared_as_it_is_checked(imported, valid):
    assert run("check", "--data", imported).exit_code == 0
    for base, data in ((imported, valid), (valid, imported)):
        done = run("diff", base, "--data", data)
        assert done.exit_code == 0, done.output
        assert "trials" in done.output


def test_an_imported_root_is_read_at_a_revision(imported):
    committed(imported)
    first = sorted((imported / "trials").iterdir())[0]
    shutil.rmtree(first)
    with evidence_at("HEAD", data=imported) as old, evidence_at(str(imported), data=imported) as new:
        assert set(old.trials["trial"]) - set(new.trials["trial"]) == {first.name}


@pytest.mark.parametrize("moved", ["into the root", "out of the root"])
def test_a_bibliography_that_has_moved_since_is_found_where_it_lay(valid, tmp_path, moved):
    place = tmp_path / "repo"
    shutil.copytree(valid, place / "data")
    here, there = place / "references.bib", place / "data" / "references.bib"
    before, after = (here, there) if moved == "into the root" else (there, here)
    shutil.copy(valid.parent / "references.bib", before)
    committed(place)
    before.rename(after)
    with evidence_at("HEAD", data=place / "data") as old, evidence_at(str(place / "data"), data=place / "data") as new:
        assert old.files == new.files


def test_a_bibliography_that_is_given_is_read_at_the_same_place_of_the_revision(valid, tmp_path):
    shutil.copytree(valid, tmp_path / "data")
    (tmp_path / "books").mkdir()
    shutil.copy(valid.parent / "references.bib", tmp_path / "books" / "all.bib")
    committed(tmp_path)
    with evidence_at("HEAD", data=tmp_path / "data", references=tmp_path / "books" / "all.bib") as old:
        assert len(old.trials) == 5


def test_a_revision_without_the_bibliography_that_is_given_is_refused(valid, tmp_path):
    committed(shutil.copytree(valid.parent, tmp_path / "repo"))
    missing = tmp_path / "repo" / "other.bib"
    with (
        pytest.raises(RevisionError, match="HEAD"),
        evidence_at("HEAD", data=tmp_path / "repo" / "data", references=missing),
    ):
        pass
