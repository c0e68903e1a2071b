"""Every rule has a folder that breaks it and nothing else; what spreadsheets do to a file by themselves is harmless."""

import csv
import io
import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthesis.evidence.checks import check
from synthesis.evidence.checks.cells import cell_faults
from synthesis.evidence.contract import Field, load_contract
from synthesis.evidence.reading import read_root, typed
from synthesis.evidence.rules import CONTRACT

TRIALS = Path(__file__).parents[2] / "trials"
VALID = TRIALS / "valid"
BROKEN = sorted(path for path in (TRIALS / "broken").iterdir() if path.is_dir())
OUTCOMES = "data/trials/alder2011sample/outcomes.csv"
FEW_EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def copy_of_valid(folder):
    shutil.copytree(VALID, folder, dirs_exist_ok=True)
    return folder


def build(defect, folder):
    """Lay a defect's files over a copy of the valid data root and return what should be found."""
    copy_of_valid(folder)
    expected = json.loads((defect / "expected.json").read_text(encoding="utf-8"))
    for name in expected.get("remove", []):
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
    shutil.copytree(defect, folder, dirs_exist_ok=True)
    (folder / "expected.json").unlink()
    for name, target in expected.get("link", {}).items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)
    for name, size in expected.get("enlarge", {}).items():
        os.truncate(folder / name, size)
    return expected["findings"]


def found_in(folder):
    return check(folder / "data", references=folder / "references.bib")


def places(findings, folder):
    prefix = f"{folder.as_posix()}/"
    return [(f.rule, f.file.removeprefix(prefix), f.row, f.column) for f in findings]


def test_valid_root_has_nothing_to_mend():
    assert found_in(VALID) == []


def test_shipped_data_break_no_rule():
    root = Path(__file__).parents[3]
    findings = check(root / "data", references=root / "references.bib")
    assert [str(finding) for finding in findings if finding.severity == "error"] == []


@pytest.mark.parametrize("defect", BROKEN, ids=lambda path: path.name)
def test_defect_is_found_at_its_place_and_nothing_else_is(defect, tmp_path):
    expected = build(defect, tmp_path)
    findings = found_in(tmp_path)
    wanted = sorted((f["rule"], f["file"], f["row"], f["column"]) for f in expected)
    assert sorted(places(findings, tmp_path), key=str) == sorted(wanted, key=str)
    for finding in findings:
        assert finding.severity == CONTRACT[finding.rule].severity
        assert finding.message.endswith(".")
        assert finding.hint


def test_every_rule_has_a_folder_that_breaks_it():
    shown = {f["rule"] for path in BROKEN for f in json.loads((path / "expected.json").read_text())["findings"]}
    assert shown == set(CONTRACT)


def test_value_is_the_cell_as_it_stands(tmp_path):
    build(TRIALS / "broken" / "blanks", tmp_path)
    assert [f.value for f in found_in(tmp_path)] == ["recovery "]


def test_several_faults_are_found_in_one_pass_sorted_by_place(tmp_path):
    for name in ("negative_sd", "events_exceed_n", "p_above_one"):
        expected = build(TRIALS / "broken" / name, tmp_path / name)
        assert len(expected) == 1
    folder = copy_of_valid(tmp_path / "all")
    rows = rows_of(folder / OUTCOMES)
    for row, column, value in ((4, "sd_intervention", "-4.2"), (7, "events_comparator", "61"), (6, "p_value", "1.42")):
        rows[row - 1][rows[0].index(column)] = value
    write(folder / OUTCOMES, rows)
    assert [place[2] for place in places(found_in(folder), folder)] == [4, 6, 7]


def test_a_damaged_file_does_not_cast_doubt_on_what_refers_to_it(tmp_path):
    folder = copy_of_valid(tmp_path)
    (folder / "data/codebook/outcomes.csv").write_bytes(b"outcome,label\n\xff,x\n")
    (folder / "data/codebook/components.csv").write_bytes(b"")
    (folder / "references.bib").write_bytes(b"\xff\xfe")
    rules = {finding.rule for finding in found_in(folder)}
    assert rules == {"not_utf8", "empty_file"}


def test_rows_after_blank_lines_and_quoted_newlines_keep_their_spreadsheet_number(tmp_path):
    folder = copy_of_valid(tmp_path)
    rows = rows_of(folder / OUTCOMES)
    notes, sd = rows[0].index("notes"), rows[0].index("sd_intervention")
    rows[1][notes] = "two\nlines, one cell"
    rows[3][sd] = "-1"
    rows.insert(2, [])
    write(folder / OUTCOMES, rows)
    assert [(f.rule, f.row) for f in found_in(folder)] == [("not_positive", 5)]


def rows_of(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def write(path, rows, **options):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", **options).writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8"))


def every_file(folder, change):
    for path in folder.glob("data/**/*.csv"):
        path.write_bytes(change(path.read_bytes()))


HARMLESS = {
    "byte-order mark": lambda content: b"\xef\xbb\xbf" + content,
    "CRLF": lambda content: content.replace(b"\n", b"\r\n"),
    "CR": lambda content: content.replace(b"\n", b"\r"),
    "blank last lines": lambda content: content + b"\n\n  \n",
    "no last line end": lambda content: content.removesuffix(b"\n"),
    "empty rows": lambda content: content + b"," * content.partition(b"\n")[0].count(b",") + b"\n",
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_spreadsheets_do_to_a_file_is_harmless(change, tmp_path):
    folder = copy_of_valid(tmp_path)
    every_file(folder, change)
    assert found_in(folder) == []
    assert_same_tables(folder / "data", VALID / "data")


def test_quoting_every_cell_and_moving_columns_is_harmless(tmp_path):
    folder = copy_of_valid(tmp_path)
    for path in folder.glob("data/**/*.csv"):
        rows = rows_of(path)
        write(path, [row[::-1] for row in rows], quoting=csv.QUOTE_ALL)
    assert found_in(folder) == []
    assert_same_tables(folder / "data", VALID / "data")


def test_columns_that_are_not_required_may_be_left_out(tmp_path):
    folder = copy_of_valid(tmp_path)
    for table in load_contract().values():
        for path in folder.glob(f"data/{table.path.replace('{trial}', '*')}"):
            rows = rows_of(path)
            used = [
                i for i, name in enumerate(rows[0]) if table.field(name).required or any(row[i] for row in rows[1:])
            ]
            write(path, [[row[i] for i in used] for row in rows])
    assert found_in(folder) == []
    assert_same_tables(folder / "data", VALID / "data")


def assert_same_tables(one, other):
    one, other = read_root(one), read_root(other)
    for name in load_contract():
        columns = ["trial"] if load_contract()[name].scope == "trial" else []
        columns += load_contract()[name].columns
        pd.testing.assert_frame_equal(typed(one.tables[name], name)[columns], typed(other.tables[name], name)[columns])


@pytest.mark.parametrize(
    ("text", "rule", "mended"),
    [
        ("12,5", "decimal_comma", "12.5"),
        (",05", "decimal_comma", "0.05"),
        ("1,234", "decimal_comma", "1234"),
        ("0,034", "decimal_comma", "0.034"),
        ("1.234,5", "decimal_comma", "1234.5"),
        ("20·5", "decimal_comma", "Write 20.5."),
        ("−0·35", "decimal_comma", "Write -0.35."),
        ("·05", "decimal_comma", "Write 0.05."),
        ("1∙2", "decimal_comma", "Write 1.2."),
        ("−0,35", "decimal_comma", "Write -0.35."),
        ("20·5 (3·1)", "several_numbers", ""),
        ("1,234.5", "thousands_separator", "1234.5"),
        ("1 234", "thousands_separator", "1234"),
        ("−0.3", "minus_sign", "-0.3"),
        ("–3", "minus_sign", "-3"),
        ("１２", "not_a_number", "12"),
        ("< .001", "inequality", ""),
        ("p<0.05", "inequality", ""),
        ("n.s.", "missing_word", "reported_direction"),
        ("Not reported", "missing_word", ""),
        ("12.1 ± 3", "several_numbers", ""),
        ("0.1 to 0.4", "several_numbers", ""),
        ("26/38", "several_numbers", ""),
        ("12%", "unit_in_cell", ""),
        ("0.03*", "unit_in_cell", ""),
        ("12-Jan", "spreadsheet_date", ""),
        ("2024-01-05", "spreadsheet_date", ""),
        ("#N/A", "spreadsheet_error", ""),
        ("1e999", "not_a_number", ""),
        ("0x10", "not_a_number", ""),
        ("1_000", "not_a_number", ""),
        ("-", "missing_word", ""),
        ("-Infinity", "missing_word", ""),
    ],
)
def test_what_is_no_number_is_named_and_the_number_meant_is_proposed(text, rule, mended):
    (fault,) = cell_faults(text, number_field())
    assert fault.rule == rule
    assert mended in fault.hint


def number_field():
    return Field(name="estimate", title="Estimate", description="An estimate.", type="number")


@pytest.mark.parametrize("text", ["0", "-0.5", ".05", "5.", "1e-4", "-1E+2", "007"])
def test_plain_numbers_pass(text):
    assert cell_faults(text, number_field()) == ()


@pytest.mark.parametrize("text", ["- see Table 2", "-0.5 to 0.5 (SD units)", "– 3 of 4", "mean = 3", "a+b", "- 3"])
def test_only_what_a_spreadsheet_may_run_is_a_formula(text):
    field = Field(name="notes", title="Notes", description="Prose.", type="string", free_text=True)
    rules = [fault.rule for fault in cell_faults(text, field)]
    assert rules == (["formula"] if text == "- see Table 2" else [])


@pytest.mark.parametrize(
    ("text", "rule", "meant"),
    [
        ("RÃ¼sch", "mojibake", "ü"),
        ("207â€“11", "mojibake", "–"),
        ("207‚Äì11", "mojibake", "–"),
        ("M√ºller", "mojibake", "ü"),
        ("≈Åukasz", "mojibake", "Ł"),
        ("peers\u202e", "control_character", "U+202E"),
        ("peers\x9b31m", "control_character", "U+009B"),
        ("\x1b[31mpeers", "control_character", "U+001B"),
    ],
)
def test_damaged_text_and_signs_no_one_sees_are_named(text, rule, meant):
    field = Field(name="notes", title="Notes", description="Prose.", type="string", free_text=True)
    (fault,) = cell_faults(text, field)
    assert fault.rule == rule
    assert meant in fault.message + fault.hint


@pytest.mark.parametrize("text", ["≈ 3 of √2 €", "cœur, Œuvre", "‚Ältere‘", "±, · and –", "Ãcora", "עברית", "Å. Ås"])
def test_sound_text_is_left_alone(text):
    field = Field(name="notes", title="Notes", description="Prose.", type="string", free_text=True)
    assert cell_faults(text, field) == ()


def test_a_fault_in_many_rows_is_listed_a_thousand_times_and_then_counted(tmp_path):
    folder = copy_of_valid(tmp_path)
    path = folder / "data/search_flow.csv"
    path.write_bytes(path.read_bytes() + b"other_excluded,,,sample,-1\n" * 1_500)
    findings = found_in(folder)
    assert len(findings) == 1_001
    assert findings[0].row is None
    assert "500 more rows" in findings[0].message


NASTY_TEXT = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "=1", "-", "NR", "1,5", "1e999", "\x00", '"', ";", "\ufeff", "nan", "9" * 100_000 + "x", "6"]
    ),
)


@FEW_EXAMPLES
@given(content=st.binary(max_size=300), name=st.sampled_from(sorted(load_contract())))
def test_no_bytes_make_it_fall_over(tmp_path_factory, content, name):
    folder = copy_of_valid(tmp_path_factory.mktemp("bytes"))
    path = folder / "data" / load_contract()[name].path.format(trial="alder2011sample")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    for finding in found_in(folder):
        assert finding.rule in CONTRACT
        json.dumps(finding.to_dict()).encode("utf-8")


@FEW_EXAMPLES
@given(data=st.data())
def test_no_change_of_cells_makes_it_fall_over(tmp_path_factory, data):
    folder = copy_of_valid(tmp_path_factory.mktemp("cells"))
    paths = sorted(folder.glob("data/**/*.csv"))
    for _ in range(4):
        path = data.draw(st.sampled_from(paths))
        rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8", "replace"), newline="")))
        row = data.draw(st.integers(0, len(rows) - 1))
        column = data.draw(st.integers(0, max(len(rows[row]) - 1, 0)))
        rows[row][column : column + 1] = [data.draw(NASTY_TEXT)]
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n", escapechar="\\").writerows(rows)
        path.write_bytes(text.getvalue().encode("utf-8", "replace"))
    for finding in found_in(folder):
        assert finding.rule in CONTRACT
        assert finding.severity == CONTRACT[finding.rule].severity


@FEW_EXAMPLES
@given(cut=st.integers(0, 2_000), junk=st.binary(max_size=20))
def test_no_damage_to_the_bibliography_makes_it_fall_over(tmp_path_factory, cut, junk):
    folder = copy_of_valid(tmp_path_factory.mktemp("bib"))
    content = (folder / "references.bib").read_bytes()
    (folder / "references.bib").write_bytes(content[:cut] + junk + content[cut:])
    for finding in found_in(folder):
        assert finding.rule in CONTRACT
