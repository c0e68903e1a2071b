"""Annotations of a pull request: on the physical line of the row, and never more than one command a finding."""

import shutil
import subprocess
import sys

import pytest

from synthesis.cli.annotations import annotations_text, physical_lines
from synthesis.cli.faults import findings_of_trial
from synthesis.errors import ChoiceError, Finding


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        ("a,b\n1,2\n3,4\n", {1: 1, 2: 2, 3: 3, 4: 4}),
        ("a,b\r\n1,2\r\n", {1: 1, 2: 2, 3: 3}),
        ('a,b\n"x\ny\nz",2\n3,4\n', {1: 1, 2: 2, 3: 5, 4: 6}),
        ('a,b\r\n"x\r\ny",2\r\n3,4', {1: 1, 2: 2, 3: 4, 4: 4}),
        ("a,b\n\n3,4\n", {1: 1, 2: 2, 3: 3, 4: 4}),
        ("a,b\r1,2\r3,4\r", {1: 1, 2: 1, 3: 1, 4: 1}),
        ("", {1: 1}),
        ('a,b\n1,2\n"x', {1: 1, 2: 2, 3: 3, 4: 3}),
    ],
    ids=["plain", "Windows", "line breaks in a cell", "both", "blank row", "no line feed", "empty", "open quote"],
)
def test_a_row_begins_at_its_physical_line(content, begins):
    assert physical_lines(content) == begins


def test_the_annotation_names_the_line_and_the_finding_the_row(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outcomes.csv").write_text('outcome,notes\nhope,"two\nlines"\nhoep,\n', encoding="utf-8")
    finding = Finding(
        "error", "outcomes.csv", 3, "outcome", "hoep", "hoep is not an outcome.", "Did you mean hope?", "r"
    )
    assert annotations_text([finding]).splitlines() == [
        "::error file=outcomes.csv,line=4,title=r::Row 3, outcome: hoep is not an outcome. Did you mean hope?",
        "::notice::1 errors, 0 warnings.",
    ]


def test_a_bibliographys_row_is_its_line_already_and_a_whole_file_has_none():
    found = [Finding("warning", "references.bib", 7, None, None, "A.", "B.", "r"), file_finding("missing.csv", "C.")]
    lines = annotations_text(found).splitlines()
    assert lines[0] == "::error file=missing.csv,title=r::C."
    assert lines[1] == "::warning file=references.bib,line=7,title=r::A. B."


def file_finding(file, message):
    return Finding("error", file, None, None, None, message, "", "r")


@pytest.mark.parametrize("text", ["x\n::error::y", "x\r::set-output name=a::y", "100% %0A", "a,b:c"])
def test_nothing_a_contributor_writes_makes_a_command_of_its_own(text):
    written = annotations_text([file_finding(f"data/{text}.csv", text)])
    lines = written.replace("\r", "\n").splitlines()
    assert len(lines) == 2
    place, _, said = lines[0].removeprefix("::error ").partition("::")
    assert unescape(said) == text
    assert [unescape(part) for part in place.split(",")] == [f"file=data/{text}.csv", "title=r"]


def unescape(text):
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_errors_come_before_warnings_because_ten_are_shown():
    found = [Finding("warning", "a.bib", n, None, None, "W.", "", "r") for n in range(12)] + [
        file_finding("z.csv", "E.")
    ]
    assert annotations_text(found).startswith("::error file=z.csv")


def test_a_path_below_the_working_directory_is_named_as_the_repository_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "file=data/a.csv," in annotations_text([file_finding(str(tmp_path / "data/a.csv"), "M.")])


def test_one_trials_findings_are_those_of_its_folder(tmp_path):
    data = tmp_path / "data"
    (data / "trials" / "ash2001").mkdir(parents=True)
    (data / "trials" / "ash2001peer").mkdir()
    places = ["ash2001/outcomes.csv", "ash2001", "ash2001peer/arms.csv"]
    found = [file_finding((data / "trials" / place).as_posix(), "M.") for place in places]
    assert findings_of_trial([*found, file_finding("references.bib", "M.")], "ash2001", data) == found[:2]
    with pytest.raises(ChoiceError, match="ash2001peer"):
        findings_of_trial(found, "ash2001pear", data)


def annotate(*arguments):
    command = [sys.executable, "-m", "synthesis", "check", "--format", "github", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_command_annotates_the_lines_at_fault_and_still_fails(tmp_path, valid, monkeypatch):
    shutil.copytree(valid.parent, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    assert annotate().returncode == 0
    arms = tmp_path / "data/trials/alder2011sample/arms.csv"
    arms.write_text(arms.read_text(encoding="utf-8").replace(",comparator,", ",comparison,", 1), encoding="utf-8")
    row = next(n for n, line in enumerate(arms.read_text(encoding="utf-8").splitlines(), 1) if ",comparison," in line)
    done = annotate("--trial", "alder2011sample")
    assert done.returncode == 1
    place = f"::error file=data/trials/alder2011sample/arms.csv,line={row},title=enumeration::Row {row}, role: "
    assert place in done.stdout
