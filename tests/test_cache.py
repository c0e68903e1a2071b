"""What commands leave in the user's own folder is found again while nothing changed, and never trusted otherwise."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from builders.tables import read_rows, write_rows
from synthesis import cache
from synthesis.cache import (
    DAYS,
    NAME,
    SWITCH,
    clear_old,
    made_before,
    own_folder,
    read_own,
    state_of_code,
    use_cache,
    write_own,
)
from synthesis.errors import DataError
from synthesis.evidence import evidence as module
from synthesis.evidence import load_evidence
from synthesis.evidence.bibliography import library
from synthesis.evidence.bibliography.library import load_bibliography
from synthesis.figures.parts.letters import Letters

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only there a folder is known to be the user's alone")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return the user's folder for what can be made again, with the cache switched on."""
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cache, "_on", [])
    use_cache()
    return tmp_path / "home"


@pytest.fixture
def root(valid, tmp_path):
    shutil.copytree(valid.parent, tmp_path / "work")
    return tmp_path / "work"


def load(root):
    return load_evidence(root / "data", references=root / "references.bib")


def never(*given):
    pytest.fail("it was loaded again")


def test_nothing_is_written_unless_a_command_switched_it_on(root, home, monkeypatch):
    monkeypatch.setattr(cache, "_on", [])
    load(root)
    assert own_folder() is None
    assert not home.exists()


@pytest.mark.parametrize("value", ["off", "OFF", "0", "no"])
def test_the_environment_keeps_it_off(home, monkeypatch, value):
    monkeypatch.setenv(SWITCH, value)
    assert own_folder() is None
    assert not home.exists()


def test_evidence_is_checked_once_and_read_as_it_was(root, home, monkeypatch):
    fresh = load(root)
    monkeypatch.setattr(module, "check_read", never)
    read = load(root)
    for name in (*module.TRIAL_TABLES, *module.ROOT_TABLES):
        pd.testing.assert_frame_equal(getattr(read, name), getattr(fresh, name), check_exact=True)
    for part, value in vars(fresh.codebook).items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(read.codebook, part), value)
    assert read.codebook.review == fresh.codebook.review
    assert (read.labels, read.files, read.root, read.references) == (
        fresh.labels,
        fresh.files,
        fresh.root,
        fresh.references,
    )
    assert dict(read.bibliography.references) == dict(fresh.bibliography.references)
    with pytest.raises(TypeError):
        read.bibliography.references["new"] = None
    assert read.raw.tables.keys() == fresh.raw.tables.keys()


def a_number(root):
    path = root / "data/trials/alder2011sample/outcomes.csv"
    rows = read_rows(path)
    next(row for row in rows if row["mean_intervention"])["mean_intervention"] = "3.5"
    write_rows(path, rows)


CHANGES = {
    "a number": a_number,
    "a trial less": lambda root: shutil.rmtree(root / "data/trials/birch2014sample"),
    "a reference": lambda root: (root / "references.bib").write_bytes(
        (root / "references.bib").read_bytes() + b"@book{new, title={New}}\n"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_is_loaded_anew(root, home, change):
    before = load(root)
    change(root)
    after = load(root)
    assert after.files != before.files or len(after.bibliography.references) > len(before.bibliography.references)


def test_data_with_a_breach_are_refused_each_time(root, home):
    (root / "data/trials/birch2014sample/arms.csv").write_text("nonsense\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(DataError):
            load(root)


def test_another_code_finds_nothing(root, home, monkeypatch):
    load(root)
    monkeypatch.setattr("synthesis.evidence.kept.state_of_code", lambda: "another")
    monkeypatch.setattr(module, "check_read", lambda *given: pytest.fail("loaded again"))
    with pytest.raises(pytest.fail.Exception, match="loaded again"):
        load(root)


def test_a_changed_source_is_another_code(tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    (package / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(cache, "PACKAGE", package)
    before = state_of_code.__wrapped__()
    (package / "a.py").write_text("x = 2\n")
    assert state_of_code.__wrapped__() != before


@pytest.mark.parametrize(
    "damage", [lambda path: path.write_bytes(path.read_bytes()[:-5]), lambda path: path.write_bytes(b"")]
)
def test_a_damaged_file_is_loaded_anew_and_mended(root, home, damage):
    load(root)
    (path,) = (home / NAME / "evidence").iterdir()
    whole = path.read_bytes()
    damage(path)
    load(root)
    assert read_own(path) is not None
    assert len(path.read_bytes()) == len(whole)


class Evil:
    """What would do harm when it is unpickled."""

    def __reduce__(self):
        return (os.system, ("echo harm",))


def test_nothing_of_what_others_may_write_is_read(home):
    folder = own_folder("evidence")
    path = folder / "planted"
    write_own(path, pickle.dumps(Evil()))
    assert read_own(path) is not None
    path.chmod(0o622)
    assert read_own(path) is None
    path.chmod(0o600)
    link = folder / "link"
    link.symlink_to(path)
    assert read_own(link) is None
    folder.chmod(0o777)
    assert own_folder("evidence") is None


def test_a_folder_that_others_may_write_to_or_that_is_a_link_is_not_used(home, tmp_path):
    home.mkdir()
    home.chmod(0o777)
    assert own_folder() is None
    home.chmod(0o1777)  # as /tmp: others may write there, and not replace what is ours
    assert own_folder() is not None
    home.chmod(0o700)
    shutil.rmtree(home / NAME)
    (tmp_path / "elsewhere").mkdir()
    (home / NAME).symlink_to(tmp_path / "elsewhere")
    assert own_folder() is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_or_folder_of_another_is_not_used(home):
    folder = own_folder("evidence")
    path = folder / "planted"
    write_own(path, b"x")
    os.chown(path, 12345, -1)
    assert read_own(path) is None
    os.chown(folder, 12345, -1)
    assert own_folder("evidence") is None


def test_where_nothing_can_be_written_everything_works_without(root, home):
    home.write_text("a file")
    assert own_folder() is None
    assert len(load(root).trials)


def test_what_nobody_read_for_long_is_removed_and_few_are_kept(home):
    folder = own_folder("results", "code")
    for name in "abc":
        write_own(folder / name, b"x")
    long_ago = time.time() - (DAYS + 1) * 86400
    os.utime(folder / "a", (long_ago, long_ago))
    clear_old(folder.parent)
    assert sorted(path.name for path in folder.iterdir()) == ["b", "c"]
    clear_old(folder, most=1)
    assert len(list(folder.iterdir())) == 1


def test_a_command_prints_the_same_with_and_without(root, home):
    command = [sys.executable, "-m", "synthesis", "pool", "hope", "--data", "data", "--references", "references.bib"]
    places = {"PYTHONPATH": str(Path(cache.PACKAGE).parent), "XDG_CACHE_HOME": str(home)}
    environment = {name: value for name, value in os.environ.items() if name != SWITCH} | places
    printed = [
        subprocess.run(command, cwd=root, env=environment | more, capture_output=True, text=True, check=True).stdout
        for more in ({SWITCH: "off"}, {}, {})
    ]
    assert len(set(printed)) == 1
    assert len(list((home / NAME / "evidence").iterdir())) == 1


def test_what_was_made_of_the_same_is_made_once(home):
    made = []

    def make():
        made.append(1)
        return {"letters": (1, 2)}

    assert made_before("kind", "one", make, most=4) == made_before("kind", "one", make, most=4) == {"letters": (1, 2)}
    assert len(made) == 1
    made_before("kind", "other", make, most=4)
    assert len(made) == 2


def test_what_was_made_by_other_code_or_is_damaged_is_made_again(home, monkeypatch):
    made_before("kind", "one", lambda: "first", most=4)
    (path,) = (home / NAME / "kind").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert made_before("kind", "one", lambda: "second", most=4) == "second"
    assert made_before("kind", "one", lambda: "third", most=4) == "second"
    monkeypatch.setattr(cache, "state_of_code", lambda: "of tomorrow")
    assert made_before("kind", "one", lambda: "third", most=4) == "third"


def test_only_the_newest_of_a_kind_stay(home):
    for number in range(4):
        made_before("kind", str(number), lambda number=number: number, most=2)
    assert len(list((home / NAME / "kind").iterdir())) == 2


def test_nothing_is_kept_where_the_cache_is_off(monkeypatch, home):
    monkeypatch.setenv(SWITCH, "off")
    assert made_before("kind", "one", lambda: "first", most=4) == "first"
    assert made_before("kind", "one", lambda: "second", most=4) == "second"


def test_a_bibliography_is_read_once_until_it_changes(root, home, monkeypatch):
    path = root / "references.bib"
    first = load_bibliography(path)
    monkeypatch.setattr(library, "parse_bibtex", never)
    again = load_bibliography(path)
    assert (again.references, again.findings, again.digests, again.text, again.path) == (
        first.references,
        first.findings,
        first.digests,
        first.text,
        first.path,
    )
    with pytest.raises(TypeError):
        again.references["new"] = None
    monkeypatch.undo()
    use_cache()
    path.write_text(path.read_text(encoding="utf-8").replace("2011", "2012", 1), encoding="utf-8")
    assert load_bibliography(path).digests != first.digests


def test_letters_are_measured_once_and_alike(home, monkeypatch):
    first = Letters("normal")
    first.learn("abT.")
    monkeypatch.setattr(Letters, "_learned", never)
    again = Letters("normal")
    again.learn("abT.")
    assert again._pairs == first._pairs
    assert again.extent("Tab.") == Letters("normal").extent("Tab.")
