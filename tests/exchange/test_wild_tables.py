"""Other people's tables come with what spreadsheets do to them; it is undone where it is plain, and always said."""

import pytest

from synthesis.exchange.bibtex import Stub, bibtex, title_of
from synthesis.exchange.cells import number
from synthesis.exchange.notes import Notes
from synthesis.exchange.source import read_source

KNOWN = ("study", "mean")


def read(path, content):
    notes = Notes()
    path.write_bytes(content)
    source = read_source(path, notes, known=KNOWN, needed=KNOWN, what="table of tests")
    return source, {note.rule for note in notes.notes}


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=;;"])
def test_excels_line_that_names_the_separator_is_left_out_and_said_and_rows_keep_their_numbers(tmp_path, line):
    source, rules = read(tmp_path / "x.csv", f"\ufeff{line}\r\nstudy;mean\r\nOak;1,5\r\n".encode())
    assert (source.header, source.rows, source.lines) == (KNOWN, [["Oak", "1,5"]], [3])
    assert {"sep_line", "separator", "decimal_comma"} == rules


@pytest.mark.parametrize(
    ("codec", "ends", "name"),
    [("cp1252", "\r\n", "Windows-1252"), ("mac_roman", "\r", "Mac Roman"), ("cp850", "\r\n", "MS-DOS")],
)
def test_a_table_in_another_encoding_is_read_in_the_likely_one_which_is_said(tmp_path, codec, ends, name):
    path, notes = tmp_path / "x.csv", Notes()
    path.write_bytes(ends.join(["study,mean", "Rüsch,1", "Kösters,2", ""]).encode(codec))
    source = read_source(path, notes, known=KNOWN, needed=KNOWN, what="table of tests")
    assert source.column("study") == ["Rüsch", "Kösters"]
    assert [name in note.message for note in notes.notes if note.rule == "encoding"] == [True]


def test_letters_that_were_once_read_as_mac_roman_are_restored_and_said(tmp_path):
    source, rules = read(tmp_path / "x.csv", "study,mean\nM√ºller 207‚Äì11,1\n".encode())
    assert "mojibake" in rules
    assert source.rows == [["M√ºller 207‚Äì11", "1"]]
    assert "Müller 207–11" in bibtex({"x": Stub("Müller", "2001", "T", source.rows[0][0])})


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [("20·5", "20.5"), ("−0·35", "-0.35"), ("·05", ".05"), ("1∙2", "1.2"), ("20·5·1", None), ("3 · 4", None)],
)
def test_a_raised_decimal_point_is_a_decimal_point(cell, read_as):
    assert number(cell) == read_as


def test_a_raised_decimal_point_is_said(tmp_path):
    assert "raised_point" in read(tmp_path / "x.csv", "study,mean\nOak,20·5\n".encode())[1]


@pytest.mark.parametrize(
    ("reference", "title", "several"),
    [
        ("Oak A, Für B, Elm C. Peers on the ward. J Samples. 2001;3(2):207-11.", "Peers on the ward", True),
        ("Oak AB. Peers on the ward: a trial. J Samples 2001;3:2.", "Peers on the ward: a trial", False),
        ("van Os J, O'Neil K, et al. Do peers help? Lancet. 2001;3:2.", "Do peers help?", True),
        ("Oak, A. (2001). Peers on the ward. Journal, 3.", "Peers on the ward", False),
        ("Unpublished data of the ward team.", "", False),
    ],
)
def test_a_title_is_found_in_either_style_of_reference(reference, title, several):
    assert title_of(reference) == title
    assert (" and others" in bibtex({"x": Stub("Oak", "2001", title, reference)})) is several
