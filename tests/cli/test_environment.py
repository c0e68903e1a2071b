"""Whatever the place, the console or the moment: one clear message, nothing half-written, no sign that acts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builders.foreign_files import metapsy
from synthesis.cli.output import visible
from synthesis.files import DestinationError, new_file, new_folder

ROOT = Path(__file__).parents[2]
LIMIT = 512  # bytes that a file may have in these tests: less than any of the commands writes


@pytest.fixture
def here(tmp_path, valid):
    """A folder with the sample data, a changed copy of them, a foreign database, an entry, and a place to write in."""
    shutil.copytree(valid, tmp_path / "data")
    shutil.copytree(valid, tmp_path / "changed")
    path = tmp_path / "changed" / "trials" / "alder2011sample" / "outcomes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("90.1", "97.1"), encoding="utf-8")
    shutil.copy(valid.parent / "references.bib", tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    metapsy(tmp_path / "metapsy.csv")
    (tmp_path / "entry.bib").write_text("@misc{a, title={T}, author={Oak, A.}, year={2026}}", encoding="utf-8")
    (tmp_path / "out").mkdir()
    return tmp_path


WRITING = {
    "export metafor": ("export", "metafor", "out/x.csv"),
    "export metapsy": ("export", "metapsy", "out/x"),
    "export revman": ("export", "revman", "out/x"),
    "export datapackage": ("export", "datapackage", "out/x"),
    "import metapsy": ("import", "metapsy", "metapsy.csv", "--output", "out/x"),
    "codebook": ("codebook", "--output", "out/x.md"),
    "diff --picture": ("diff", "changed", "data", "--picture", "out/x.svg"),
    "report": ("report", "--outcome", "recovery", "--jobs", "1", "--output", "out/x"),
    "new-trial": ("new-trial", "oak2026x", "--doi-entry", "entry.bib"),
}


def synthesis(folder, *command, limit=None, **options):
    """Run the program in a folder; with a limit, no file may grow beyond so many bytes, as on a full disk."""
    said = "from synthesis.cli import main; main()"
    if limit:
        said = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); {said}"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"} | options.pop("env", {})
    command = [sys.executable, "-c", said, *command]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, **options)


def snapshot(folder):
    return {path.relative_to(folder): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX's")
@pytest.mark.parametrize("name", WRITING)
def test_a_disk_that_is_full_is_told_in_one_sentence_and_nothing_has_changed(here, name):
    before = snapshot(here)
    done = synthesis(here, *WRITING[name], limit=LIMIT)
    told = done.stderr.decode().strip().splitlines()[-1]
    assert (done.returncode, done.stdout if name != "diff --picture" else b"") == (1, b"")
    assert told.startswith("Error: ")
    assert told.endswith("cannot be written: File too large. Nothing has changed.")
    assert snapshot(here) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    "command", [("effects",), ("pool", "recovery"), ("check",), ("codebook",), ("--help",), ("agreement",)]
)
def test_output_that_cannot_be_written_is_told(here, command):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "synthesis", *command],
            cwd=here,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        )
    assert (done.returncode, done.stderr) == (1, b"Error: The output cannot be written: No space left on device.\n")


@pytest.mark.parametrize("maker", [new_folder, new_file])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError(30, "Read-only file system")])
def test_a_place_that_takes_nothing_is_named_and_what_stood_there_stays(tmp_path, maker, error):
    options = {"made_by": "tests"} if maker is new_folder else {"force": True}
    place = tmp_path / "x"
    with maker(place, **options) as old:
        (old / "mine" if old.is_dir() else old).write_text("mine")
    before = snapshot(tmp_path)
    said = r"x cannot be written: .*\. Nothing has changed\."
    with pytest.raises(DestinationError, match=said), maker(place, **options):
        raise error
    assert snapshot(tmp_path) == before


def test_an_error_that_is_not_about_writing_there_passes_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), new_folder(tmp_path / "x", made_by="tests"):
        Path("/nowhere/at/all").read_text()


CONSOLES = {
    "Windows": {"PYTHONIOENCODING": "cp1252"},
    "DOS": {"PYTHONIOENCODING": "cp437"},
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.fixture(scope="module")
def usual_of():
    """Run a command once on a console like any other: nothing that it prints depends on where the folder lies."""
    done = {}

    def run(folder, *command):
        if command not in done:
            done[command] = synthesis(folder, *command)
        return done[command]

    return run


@pytest.mark.parametrize("console", CONSOLES)
@pytest.mark.parametrize(
    "command",
    [("pool", "recovery"), ("effects",), ("effects", "--format", "json"), ("codebook",), ("check", "--trial", "zorn")],
)
def test_output_is_the_same_utf8_whatever_the_console(here, usual_of, console, command):
    done, usual = synthesis(here, *command, env=CONSOLES[console]), usual_of(here, *command)
    assert (done.returncode, done.stdout, done.stderr) == (usual.returncode, usual.stdout, usual.stderr)
    assert "Traceback" not in done.stderr.decode("utf-8")


def test_what_is_written_is_the_same_whatever_the_console(here):
    for name in ("export datapackage", "codebook", "export metafor"):
        synthesis(here, *WRITING[name], env=CONSOLES["ascii"])
    odd = snapshot(here / "out")
    shutil.rmtree(here / "out")
    (here / "out").mkdir()
    for name in ("export datapackage", "codebook", "export metafor"):
        synthesis(here, *WRITING[name])
    assert odd == snapshot(here / "out")


def test_signs_that_act_are_shown_by_their_code():
    assert visible("a\x1b[31m\u202e\x9b\r\0b\n\té – −") == "a\\u001b[31m\\u202e\\u009b\\u000d\\u0000b\n\té – −"


def test_no_sign_that_acts_reaches_a_terminal_from_data(here, program, monkeypatch):
    monkeypatch.chdir(here)
    outcomes = here / "data" / "codebook" / "outcomes.csv"
    outcomes.write_text(outcomes.read_text(encoding="utf-8").replace("Sample", "\x1b]0;x\x07Sam\u202eple\x9b2J", 1))
    (here / "data" / "trials" / "a\x1b[2Jb").mkdir()
    for form in ("table", "json", "github"):
        _, said, _ = program("check", "--format", form)
        assert "U+001B" in said
        assert not set(said) & set("\x1b\x07\u202e\x9b")


def test_a_formula_in_the_bibliography_is_text_in_the_effects(here, program, monkeypatch):
    monkeypatch.chdir(here)
    path = here / "references.bib"
    path.write_text(path.read_text(encoding="utf-8").replace("{Alder, Anna and Birk", '{{=HYPERLINK("x")} and Birk'))
    _, said, _ = program("effects")
    assert "\"'=HYPERLINK(" in said
    assert '"=HYPERLINK(' not in said


def test_a_bibliography_that_is_a_link_is_not_followed(here, program, monkeypatch):
    monkeypatch.chdir(here)
    (here / "references.bib").rename(here / "elsewhere.bib")
    (here / "references.bib").symlink_to(here / "elsewhere.bib")
    code, _, told = program("pool", "recovery")
    assert code == 1
    assert "symbolic link" in told


@pytest.mark.parametrize(
    "setting", ["method=zz", "ci=t", "level=95", "permutations=0", "seed=-1", "timepoint=12", "measure=zz", "zz=1"]
)
def test_a_setting_that_a_report_cannot_have_is_refused_before_anything_runs(here, setting, program, monkeypatch):
    monkeypatch.chdir(here)
    before = snapshot(here)
    code, _, told = program("report", "--output", "out/x", "--set", setting)
    assert code == 2
    assert setting.partition("=")[0] in told.splitlines()[0]
    assert snapshot(here) == before
