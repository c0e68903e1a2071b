"""A data root is read as it stands: text as it is, rows as a spreadsheet counts them, faults instead of exceptions."""

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.evidence.contract import load_contract
from synthesis.evidence.findings import MAX_REPEATS
from synthesis.evidence.reading import read_root, to_number, typed
from synthesis.evidence.sheets import read_sheet, row_at

VALID = Path(__file__).parents[1] / "trials" / "valid" / "data"
ARM_COLUMNS = load_contract()["arms"].columns


def rules(sheet):
    return [(finding.rule, finding.row) for finding in sheet.findings]


def read(text, columns=("a", "b")):
    return read_sheet(text if isinstance(text, bytes) else text.encode("utf-8"), "f.csv", columns)


@pytest.fixture
def root(tmp_path):
    shutil.copytree(VALID, tmp_path / "data")
    return tmp_path / "data"


def test_every_file_is_read_and_hashed():
    raw = read_root(VALID)
    paths = {path.relative_to(VALID).as_posix(): path for path in VALID.rglob("*.csv")}
    assert set(raw.files) == set(paths) == raw.whole
    for name, path in paths.items():
        assert raw.files[name] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_tables_hold_the_text_of_every_trial_with_its_place():
    raw = read_root(VALID)
    assert raw.trials == tuple(sorted(path.name for path in (VALID / "trials").iterdir()))
    outcomes = raw.tables["outcomes"]
    assert list(outcomes.columns[:3]) == ["trial", "file", "row"]
    first = outcomes.iloc[0]
    assert (first["trial"], first["row"]) == ("alder2011sample", 2)
    assert first["file"] == f"{VALID.as_posix()}/trials/alder2011sample/outcomes.csv"
    assert first["mean_intervention"] == "88.2"
    assert first["events_intervention"] == ""
    per_trial = outcomes.groupby("trial")["row"].agg(list)
    assert all(rows == list(range(2, 2 + len(rows))) for rows in per_trial)


def test_a_table_with_a_row_of_its_own_keeps_it():
    suspicions = read_root(VALID).tables["suspicions"]
    assert list(suspicions["file_row"]) == [2, 3, 4]
    assert list(suspicions["row"]) == ["4", "6", ""]


def test_paths_are_shown_as_the_root_was_typed(root, monkeypatch):
    monkeypatch.chdir(root.parent)
    (root / "trials" / "alder2011sample" / "arms.csv").unlink()
    (finding,) = read_root("data").findings
    assert finding.file == "data/trials/alder2011sample/arms.csv"


def test_text_is_never_changed(root):
    path = root / "trials" / "alder2011sample" / "trial.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Canada", '" Canada\n "'), encoding="utf-8")
    assert read_root(root).tables["trial"]["country"].iloc[0] == " Canada\n "


def test_typed_numbers_are_floats_and_empty_text_is_empty():
    raw = read_root(VALID).tables["outcomes"]
    frame = typed(raw, "outcomes")
    assert frame["n_intervention"].dtype == np.float64
    assert frame["mean_intervention"].iloc[0] == 88.2
    assert np.isnan(frame["events_intervention"].iloc[0])
    assert frame["change"].iloc[0] == ""
    assert not frame.select_dtypes("str").isna().any().any()
    assert list(frame.columns) == list(raw.columns)
    assert raw["mean_intervention"].iloc[0] == "88.2"


@pytest.mark.parametrize("text", ["", "1,5", "nan", "inf", "1e999", " 1", "1_0", None, float("nan")])
def test_what_is_no_number_of_the_contract_is_nan(text):
    assert np.isnan(to_number(text))


def test_every_table_has_its_frame_when_the_root_is_empty_of_trials(root):
    shutil.rmtree(root / "trials")
    (root / "trials").mkdir()
    for name in ("left_out.csv", "suspicions.csv"):
        (root / name).unlink()
    raw = read_root(root)
    assert raw.findings == ()
    assert raw.trials == ()
    for name, table in load_contract().items():
        assert set(table.columns) <= set(raw.tables[name].columns)
        assert isinstance(typed(raw.tables[name], name), pd.DataFrame)


@pytest.mark.parametrize("place", ["nowhere", "file.txt", ""])
def test_what_is_no_data_root_is_one_clear_finding(tmp_path, place):
    (tmp_path / "file.txt").write_text("x")
    (finding,) = read_root(tmp_path / place).findings
    assert finding.rule == "not_a_data_root"
    assert "--data" in finding.hint


def test_cells_of_a_misspelt_column_are_unknown_and_of_a_column_left_out_empty(root):
    path = root / "trials" / "birch2014sample" / "arms.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("contacts", "contact"), encoding="utf-8")
    path = root / "trials" / "cedar2016sample" / "arms.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("contacts")
    cut = [",".join(cell for i, cell in enumerate(line.split(",")) if i != place) for line in lines]
    path.write_text("\n".join(cut), encoding="utf-8")
    raw = read_root(root)
    contacts = raw.tables["arms"].set_index("trial")["contacts"]
    assert contacts["birch2014sample"].isna().all()
    assert contacts["cedar2016sample"].eq("").all()
    assert not raw.is_whole("arms", "birch2014sample")
    assert raw.is_whole("arms", "cedar2016sample")


def test_leftovers_of_systems_and_spreadsheets_are_overlooked(root):
    for name in (".DS_Store", "Thumbs.db", "~$outcomes.csv", ".~lock.outcomes.csv#"):
        (root / "trials" / "alder2011sample" / name).write_bytes(b"\0")
    assert read_root(root).findings == ()


def test_links_are_not_followed(root, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("arm,role,label\nsecret,intervention,secret\n")
    path = root / "trials" / "alder2011sample" / "arms.csv"
    path.unlink()
    path.symlink_to(secret)
    (root / "trials" / "loop").symlink_to(root / "trials")
    raw = read_root(root)
    assert [finding.rule for finding in raw.findings] == ["symlink", "symlink"]
    assert "secret" not in set(raw.tables["arms"]["arm"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_place_of_a_file_does_not_block(root):
    path = root / "trials" / "alder2011sample" / "arms.csv"
    path.unlink()
    os.mkfifo(path)
    assert [finding.rule for finding in read_root(root).findings] == ["unreadable"]


@pytest.mark.skipif(os.name == "nt", reason="needs names that are bytes")
def test_a_folder_name_that_is_no_utf8_can_still_be_shown(root):
    name = os.fsdecode(b"tr\xffal")
    try:
        (root / "trials" / name).mkdir()
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    raw = read_root(root)
    assert {finding.rule for finding in raw.findings} == {"folder_name", "missing_file"}
    for finding in raw.findings:
        finding.file.encode("utf-8")


def test_a_file_beyond_the_limit_is_refused_without_reading_it(root):
    path = root / "trials" / "alder2011sample" / "components.csv"
    os.truncate(path, 200_000_000)
    raw = read_root(root)
    assert [finding.rule for finding in raw.findings] == ["oversize_file"]
    assert "trials/alder2011sample/components.csv" not in raw.files


def test_a_row_wide_enough_to_exhaust_memory_is_refused():
    assert rules(read(b"a,b\n" + b"," * 2_000_000 + b"\n")) == [("too_many_columns", 2)]


def test_blank_rows_count_and_quoted_newlines_do_not():
    sheet = read('a,b\n\n"x\ny",1\n,\n2,3\n')
    assert sheet.rows == [3, 5]
    assert sheet.cells == [["x\ny", "1"], ["2", "3"]]


def test_rows_before_an_unclosed_quote_are_kept():
    sheet = read('a,b\n1,2\n3,"4\n5,6\n')
    assert rules(sheet) == [("quoting", 3)]
    assert sheet.cells == [["1", "2"]]


def test_byte_that_is_no_utf8_is_named_with_its_row_and_the_word_it_stands_in():
    sheet = read('a,b\n"x\ny",1\nz,Rüsch 2014\n'.encode("latin-1"))
    assert rules(sheet) == [("not_utf8", 3)]
    assert "0xfc" in sheet.findings[0].message
    assert "Rüsch" in sheet.findings[0].hint


def test_position_of_a_byte_counts_from_the_files_start_with_or_without_a_mark():
    for mark in (b"", b"\xef\xbb\xbf"):
        assert rules(read(mark + b"a,b\n\xff,1\n")) == [("not_utf8", 2)]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_separator_is_named_only_when_it_makes_known_columns(separator):
    assert rules(read(f"a{separator}b\n1{separator}2\n")) == [("wrong_separator", 1)]
    assert rules(read(f"x{separator}y\n1\n")) == []


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("sep=,\na,b\n1,2\n", "Delete row 1."),
        ('\ufeff"sep=,"\r\na,b\r\n', "Delete row 1."),
        ("SEP=,,,\na,b,c\n", "Delete row 1."),
        ("sep=;\ra;b\r1;2\r", "with commas as separators"),
    ],
)
def test_excels_line_that_names_the_separator_is_one_finding(content, hint):
    (finding,) = read(content).findings
    assert (finding.rule, finding.row) == ("wrong_separator", 1)
    assert "Excel's line" in finding.message
    assert hint in finding.hint


def test_a_column_that_begins_like_that_line_is_a_column():
    assert read("sepal,b\n1,2\n").header == ["sepal", "b"]


@pytest.mark.parametrize(
    ("word", "codec", "name"),
    [
        ("Rüsch", "cp1252", "Windows-1252"),
        ("Rüsch", "mac_roman", "Mac Roman"),
        ("Rüsch", "cp850", "MS-DOS"),
        ("García – Núñez", "mac_roman", "Mac Roman"),
        ("20 ± 3, “so”", "cp1252", "Windows-1252"),
        ("value’s", "cp1252", "Windows-1252"),
    ],
)
def test_the_likely_encoding_of_a_file_is_named_and_the_word_read_in_it(word, codec, name):
    (finding,) = read(f"a,b\n{word},1\n".encode(codec)).findings
    assert name in finding.hint
    assert word.split(" ")[0] in finding.hint


def test_ragged_rows_are_listed_up_to_a_limit():
    sheet = read("a,b\n" + "1\n" * 5_000)
    assert len(sheet.findings) == MAX_REPEATS + 2
    assert "not read" in sheet.findings[-1].message


@settings(max_examples=300, deadline=None)
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
)
def test_any_bytes_give_rows_as_wide_as_the_header_or_a_finding(content):
    sheet = read(content)
    assert all(len(cells) == len(sheet.header) for cells in sheet.cells)
    assert sheet.rows == sorted(set(sheet.rows))
    assert sheet.has_header or sheet.findings


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
            min_size=2,
            max_size=2,
        ),
        max_size=6,
    )
)
def test_what_is_written_as_csv_is_read_back_as_it_was(rows):
    import csv
    import io

    text = io.StringIO(newline="")
    csv.writer(text).writerows([["a", "b"], *rows])
    sheet = read(text.getvalue())
    assert sheet.findings == []
    assert sheet.cells == [row for row in rows if any(cell.strip() for cell in row)]


@given(text=st.text(alphabet='ab,\n\r"', max_size=60), place=st.integers(0, 60))
def test_row_of_a_character_is_never_before_that_of_an_earlier_one(text, place):
    place = min(place, len(text))
    assert 1 <= row_at(text, place) <= text.count("\n") + text.count("\r") + 1
