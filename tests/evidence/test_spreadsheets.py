"""A trial's folder opened and saved by Excel or LibreOffice says what it said, or is refused with what to do."""

import csv
import io
import re
import shutil
import subprocess

import pandas as pd
import pytest

from synthesis.evidence.checks import check
from synthesis.evidence.contract import load_contract
from synthesis.evidence.reading import read_root, typed

TRIAL = "alder2011sample"
OFFICE = shutil.which("soffice")
# Comma, double quote, UTF-8, from row 1; detect no special numbers, quote only where needed.
FILTER = "Text - txt - csv (StarCalc):44,34,76,1"


@pytest.fixture
def root(tmp_path, valid):
    shutil.copytree(valid.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path


def folder(root):
    return root / "data" / "trials" / TRIAL


def contents(root):
    """Every cell as the toolkit takes it: numbers as numbers, text as text."""
    raw = read_root(root / "data")
    assert raw.findings == ()
    return {name: typed(raw.tables[name], name)[list(table.columns)] for name, table in load_contract().items()}


def assert_same(before, after):
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name])


def saved(path, *, separator=",", ends="\r\n", quoting=csv.QUOTE_MINIMAL, mark=True, change=lambda cell: cell):
    """Write a file again with the bytes that a spreadsheet saves."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=ends, quoting=quoting)
    writer.writerows([list(map(change, row)) for row in rows])
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + text.getvalue().encode("utf-8"))


def without_idle_zeros(cell):
    """Write a number as spreadsheets do: 84.0 is 84."""
    return re.sub(r"\.0+$", "", re.sub(r"(\.[0-9]*[1-9])0+$", r"\1", cell))


@pytest.mark.parametrize(
    "bytes_of",
    [
        {"change": without_idle_zeros},  # Excel, "CSV UTF-8 (comma delimited)"
        {"change": without_idle_zeros, "ends": "\n", "mark": False},  # LibreOffice on Linux
        {"change": without_idle_zeros, "ends": "\r\n", "mark": False, "quoting": csv.QUOTE_ALL},  # quote all text cells
        {"ends": "\r"},  # Excel 2011 on a Mac
    ],
    ids=["excel", "libreoffice", "quoted", "mac"],
)
def test_what_a_spreadsheet_saves_with_commas_in_utf8_says_the_same(root, bytes_of):
    before = contents(root)
    for path in folder(root).glob("*.csv"):
        saved(path, **bytes_of)
    assert_same(before, contents(root))
    assert check(root / "data", references=root / "references.bib") == []


def test_a_german_excels_file_is_one_finding_a_table_that_says_how_to_save_it(root):
    paths = sorted(folder(root).glob("*.csv"))
    for path in paths:
        saved(path, separator=";", change=lambda cell: re.sub(r"^(-?[0-9]*)\.([0-9]+)$", r"\1,\2", cell))
    findings = check(root / "data", references=root / "references.bib")
    assert [(found.rule, found.row) for found in findings] == [("wrong_separator", 1)] * len(paths)
    assert all("semicolons" in found.message and "decimal points" in found.hint for found in findings)


def test_decimal_commas_between_commas_are_named_cell_by_cell(root):
    path = folder(root) / "outcomes.csv"
    saved(path, change=lambda cell: re.sub(r"^(-?[0-9]*)\.([0-9]+)$", r"\1,\2", cell))
    findings = check(root / "data", references=root / "references.bib")
    assert {found.rule for found in findings} == {"decimal_comma"}
    assert "Write 88.2." in {found.hint for found in findings}


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (Debian: apt-get install libreoffice-calc)")
def test_libreoffice_opens_a_folder_as_a_workbook_and_saves_the_same_tables(root, tmp_path_factory):
    before = contents(root)
    place = tmp_path_factory.mktemp("office")
    home = f"-env:UserInstallation={(place / 'profile').as_uri()}"
    paths = sorted(folder(root).glob("*.csv"))

    def convert(target, output, files, *options):
        command = [OFFICE, home, "--headless", "--convert-to", target, *options, "--outdir", output, *files]
        subprocess.run(command, check=True, capture_output=True, timeout=300)

    convert("xlsx", place / "books", paths, f"--infilter={FILTER}")
    convert(f"csv:{FILTER},,0,false,true,false", place / "tables", sorted((place / "books").iterdir()))
    for path in paths:
        shutil.copy(place / "tables" / path.name, path)
    assert_same(before, contents(root))
