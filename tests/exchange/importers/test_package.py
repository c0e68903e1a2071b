"""A Cochrane package however it comes: beside one another, as a folder, zipped, as .rm5; archives are data only."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from builders.packages import NAME, counts, files, setting, write, zipped
from builders.tables import read_rows
from synthesis.errors import DataError
from synthesis.exchange import archive
from synthesis.exchange.importers import import_metapsy, import_revman

ROWS = [counts("Alder 2001", 10, 100, 20, 100), counts("Birch 2003", 12, 80, 21, 82, Study_year=2003)]
PACKAGE = files(
    ROWS,
    [setting()],
    study_information=[
        {"Study": "Alder 2001", "Year": 2001, "Char: Participants": "100 adults", "Char: Methods": "Parallel groups"},
        {"Study": "Unused 1999", "Year": 1999, "Char: Participants": "", "Char: Methods": ""},
    ],
    risk_of_bias=[
        {
            "Study": "Alder 2001",
            "Domain (judgement): Allocation concealment (selection bias)": "Low risk",
            "Domain (support): Allocation concealment (selection bias)": "Central",
        },
        {
            "Study": "Birch 2003",
            "Domain (judgement): Allocation concealment (selection bias)": "Unclear risk",
            "Domain (support): Allocation concealment (selection bias)": "",
        },
    ],
)
RM5 = """<?xml version="1.0" encoding="UTF-8"?>
<COCHRANE_REVIEW REVMAN_VERSION="5">
<STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES>
<STUDY ID="STD-A" NAME="Alder 2001" YEAR="2001"/><STUDY ID="STD-B" NAME="Birch 2003" YEAR="2003"/>
</INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>
<QUALITY_ITEMS><QUALITY_ITEM ID="QIT-1"><NAME>Allocation concealment (selection bias)</NAME><QUALITY_ITEM_DATA>
<QUALITY_ITEM_DATA_ENTRY STUDY_ID="STD-A" RESULT="YES"/><QUALITY_ITEM_DATA_ENTRY STUDY_ID="STD-B" RESULT="UNKNOWN"/>
</QUALITY_ITEM_DATA></QUALITY_ITEM></QUALITY_ITEMS>
<ANALYSES_AND_DATA><COMPARISON ID="CMP-001" NO="1"><NAME>Drug v placebo</NAME>
<DICH_OUTCOME NO="1" EFFECT_MEASURE="RR" METHOD="IV" RANDOM="NO" TOTALS="YES" SWAP_EVENTS="NO"
 EFFECT_SIZE="{pool}" CI_START="{low}" CI_END="{high}"><NAME>Result</NAME>
<GROUP_LABEL_1>Drug</GROUP_LABEL_1><GROUP_LABEL_2>Placebo</GROUP_LABEL_2>
<GRAPH_LABEL_1>Favours drug</GRAPH_LABEL_1><GRAPH_LABEL_2>Favours placebo</GRAPH_LABEL_2>{rows}</DICH_OUTCOME>
</COMPARISON></ANALYSES_AND_DATA></COCHRANE_REVIEW>"""
RM5_ROW = (
    '<DICH_DATA STUDY_ID="{key}" EVENTS_1="{a}" TOTAL_1="{n1}" EVENTS_2="{c}" TOTAL_2="{n2}" EFFECT_SIZE="{y}" '
    'CI_START="{low}" CI_END="{high}" ESTIMABLE="YES" WEIGHT="50"/>'
)


def rm5():
    rows = ""
    for key, row in zip(("STD-A", "STD-B"), ROWS, strict=True):
        cells = [row[f"{side} {name}"] for side in ("Experimental", "Control") for name in ("cases", "N")]
        shown = [row[name] for name in ("Mean", "CI start", "CI end")]
        names = ("a", "n1", "c", "n2", "y", "low", "high")
        rows += RM5_ROW.format(key=key, **dict(zip(names, [*cells, *shown], strict=True)))
    return RM5.format(pool="0.541", low="0.333", high="0.879", rows=rows)


def as_they_are(folder):
    return write(folder / "package", PACKAGE)


def as_a_folder(folder):
    package = {f"study-data/{name}" if "bias" in name else f"analysis-data/{name}": t for name, t in PACKAGE.items()}
    for name, text in package.items():
        (folder / "package" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "package" / name).write_text(text, encoding="utf-8")
    return folder / "package"


def as_an_archive(folder):
    return zipped(folder / "package.zip", {f"{NAME}/{name}": text for name, text in PACKAGE.items()})


def as_an_archive_within(folder):
    inner = zipped(folder / "inner.zip", PACKAGE).read_bytes()
    return zipped(folder / "package.zip", {"article.pdf": "%PDF-", "files/data.zip": inner})


def as_revman_5(folder):
    (folder / "review.rm5").write_text(rm5(), encoding="utf-8")
    return folder / "review.rm5"


WAYS = [as_they_are, as_a_folder, as_an_archive, as_an_archive_within, as_revman_5]


@pytest.mark.parametrize("way", WAYS)
def test_a_package_is_read_however_it_comes(tmp_path, way):
    made = import_revman(way(tmp_path), tmp_path / "root")
    assert (made.trials, made.results, made.outcomes) == (2, 2, 1)
    (row,) = read_rows(made.path / "trials" / "alder2001" / "outcomes.csv")
    assert [row[f"events_{side}"] for side in ("intervention", "comparator")] == ["10", "20"]
    bias = {trial: read_rows(made.path / "trials" / trial / "risk_of_bias.csv") for trial in ("alder2001", "birch2003")}
    assert [(rows[0]["domain"], rows[0]["judgement"]) for rows in bias.values()] == [
        ("allocation_concealment", "low"),
        ("allocation_concealment", "unclear"),
    ]
    assert {note.message for note in made.notes.notes if note.rule == "measure"} == {
        "1.1 Result: RR from events, as its settings say; 2 of 2 printed effects and intervals agree."
    }


def test_what_the_package_says_of_its_studies_is_entered(tmp_path):
    made = import_revman(as_they_are(tmp_path), tmp_path / "root")
    (trial,) = read_rows(made.path / "trials" / "alder2001" / "trial.csv")
    assert trial["population"] == "100 adults"
    assert "methods: Parallel groups" in trial["notes"]
    (note,) = [note for note in made.notes.notes if note.rule == "study_without_result"]
    assert "Unused 1999" in note.message


def test_revman_5_labels_and_model_are_read(tmp_path):
    made = import_revman(as_revman_5(tmp_path), tmp_path / "root")
    (outcome,) = read_rows(made.path / "codebook" / "outcomes.csv")
    assert outcome["better"] == "lower"
    assert [note.rule for note in made.notes.notes if note.rule == "printed_pool"] == ["printed_pool"]


def refused(tmp_path, source, words):
    with pytest.raises(DataError, match=words):
        import_revman(source, tmp_path / "root")
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    "name", ["../evil-data-rows.csv", "/etc/evil-data-rows.csv", "a\\..\\..\\x-data-rows.csv", "C:/x"]
)
def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path, name):
    source = zipped(tmp_path / "package.zip", {**PACKAGE, name: "x"})
    refused(tmp_path, source, "leads out of its own folder")
    assert {item.name for item in tmp_path.iterdir()} == {"package.zip"}


def test_an_archive_of_too_many_entries_is_refused(tmp_path):
    source = zipped(tmp_path / "package.zip", {f"{i}.csv": "" for i in range(archive.MAX_ENTRIES + 1)})
    refused(tmp_path, source, "entries; above")


@pytest.mark.parametrize("nested", [False, True])
def test_an_archive_that_swells_is_refused_however_it_states_its_size(tmp_path, monkeypatch, nested):
    monkeypatch.setattr(archive, "MAX_BYTES", 10_000)
    content = {f"{NAME}-data-rows.csv": "0" * 20_000}
    source = zipped(tmp_path / "package.zip", content)
    if nested:
        inner = source.read_bytes()
        source = zipped(tmp_path / "package.zip", {"a.zip": inner})
    raw = bytearray(source.read_bytes())
    place = raw.rfind(b"PK\x01\x02")
    if not nested:
        raw[place + 24 : place + 28] = struct.pack("<I", 10)  # the central directory states ten bytes
        source.write_bytes(raw)
    refused(tmp_path, source, "come to more than|cannot be read")


def test_a_damaged_and_an_encrypted_archive_are_refused(tmp_path):
    source = zipped(tmp_path / "package.zip", PACKAGE)
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    refused(tmp_path, source, "The archive cannot be read")
    packed = tmp_path / "deflated.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.csv", "abcdefgh" * 400)
    raw = bytearray(packed.read_bytes())
    raw[44] ^= 0xFF  # within the compressed bytes: decompression stops before any sum is compared
    packed.write_bytes(raw)
    refused(tmp_path, packed, "The archive cannot be read")
    raw = bytearray(whole)
    raw[raw.rfind(b"PK\x01\x02") + 8] |= 1
    source.write_bytes(raw)
    refused(tmp_path, source, "encrypted")


@pytest.mark.parametrize("n", [0, 2])
def test_a_package_of_no_review_or_of_two_is_refused(tmp_path, n):
    content = {f"CD{i}-data-rows.csv": PACKAGE[f"{NAME}-data-rows.csv"] for i in range(n)} or {"other.csv": "a,b\n"}
    refused(tmp_path, zipped(tmp_path / "package.zip", content), "data-rows.csv|2 files of data rows")


def test_a_link_in_a_folder_is_not_followed(tmp_path):
    secret = tmp_path / "secret-data-rows.csv"
    secret.write_text(PACKAGE[f"{NAME}-data-rows.csv"], encoding="utf-8")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "x-data-rows.csv").symlink_to(secret)
    refused(tmp_path, tmp_path / "package", "not a file")


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE r [<!ENTITY x "y">]>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://example.org/x.dtd">',
    ],
)
def test_xml_that_reaches_outside_itself_is_refused(tmp_path, head):
    text = rm5().partition("\n")
    (tmp_path / "review.rm5").write_text(f"{text[0]}\n{head}\n{text[2]}", encoding="utf-8")
    refused(tmp_path, tmp_path / "review.rm5", "declares what a review does not need")


@pytest.mark.parametrize("text", ["", "<a>", "<b></b>", rm5()[:300], "<COCHRANE_REVIEW></COCHRANE_REVIEW>", "\x00"])
def test_a_file_of_revman_5_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "review.rm5").write_text(text, encoding="utf-8")
    refused(tmp_path, tmp_path / "review.rm5", "no XML|no review|no analysis")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("included.ris", b"\xef\xbb\xbfTY  - JOUR\nER  - \n", "references in RIS"),
        ("export.txt", b"TY  - JOUR\nER  - \n", "references in RIS"),
        ("pubmed.nbib", b"PMID- 1\n", "references of PubMed"),
        ("library.bib", b"@article{a,\n}\n", "BibTeX"),
        ("paper.pdf", b"%PDF-1.7\n", "a PDF"),
        ("data.xls", b"\xd0\xcf\x11\xe0\x00", "a workbook"),
        ("data.xlsx", b"PK\x03\x04", "a workbook|cannot be read"),
        ("data.rda", b"RDX3\n", "a file of R"),
        ("page.html", b"<!DOCTYPE html><html>", "a web page"),
        ("data.json", b"[]", "JSON"),
        ("old.csv", b"Comparison Number,Outcome Number,Subgroup Number,Name\n1,0,0,x\n", "RevMan 5|lacks"),
    ],
)
@pytest.mark.parametrize("form", ["metapsy", "revman"])
def test_files_of_other_kinds_are_named_with_the_way_out(tmp_path, form, name, content, words):
    (tmp_path / name).write_bytes(content)
    make = {"metapsy": import_metapsy, "revman": import_revman}[form]
    with pytest.raises(DataError, match=words) as caught:
        make(tmp_path / name, tmp_path / "root")
    assert len(caught.value.findings) == 1
    assert caught.value.findings[0].hint
    assert not (tmp_path / "root").exists()


def test_a_zip_given_as_a_metapsy_database_is_called_what_it_is(tmp_path):
    with pytest.raises(DataError, match="a ZIP archive"):
        import_metapsy(zipped(tmp_path / "data.zip", PACKAGE), tmp_path / "root")


def test_nothing_is_unpacked(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("a/b.csv", "x")
        made.writestr("c.txt", "y")
    found = archive.read_archive(tmp_path / "x.zip", content.getvalue(), (".csv",))
    assert found == {"a/b.csv": b"x"}
    assert list(tmp_path.iterdir()) == []
