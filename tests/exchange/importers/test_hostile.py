import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.foreign_files import COCHRANE, COCHRANE_ROWS, METAPSY, METAPSY_ROWS, data_rows, metapsy
from builders.tables import read_rows
from synthesis.errors import DataError
from synthesis.evidence.checks import check
from synthesis.evidence.reading import read_root
from synthesis.evidence.sheets import MAX_BYTES
from synthesis.exchange.carried import carried_columns
from synthesis.exchange.importers import import_metapsy, import_revman
from synthesis.files import DestinationError

IMPORTERS = {
    "metapsy": (import_metapsy, METAPSY, METAPSY_ROWS, ";"),
    "revman": (import_revman, COCHRANE, COCHRANE_ROWS, ","),
}
BOTH = pytest.mark.parametrize("name", list(IMPORTERS))
CELLS = st.one_of(
    st.sampled_from(
        ["", "NA", "NR", "0", "1", "-3", "0,5", "2.5", "1e308", "1e-400", "nan", "inf", "9" * 400, "1,234"]
    ),
    st.sampled_from(
        ["=cmd()", "@x", "+1", "-1+2", "\t=1", "'=1", "../../etc", "<b>x</b>", "â€™", "{\\tex}", "x" * 40_000]
    ),
    st.sampled_from(
        ["Ash 2011", "Ash, 2011", "a/b", "CON", "é", "陈 2011", "2011", "Scale (high)", "Scale (low)", "low", "msd"]
    ),
    st.sampled_from(['[{"domain": "overall"}]', "[1]", "{", "higher", "lower", "RR", "SMD", "ash2011", "a;b"]),
    st.text(max_size=20),
    st.integers(-5, 500).map(str),
    st.floats(allow_nan=False).map(str),
)


def stands(folder: Path) -> set[str]:
    return {item.name for item in folder.iterdir()}


def tables(root: Path) -> dict[str, list]:
    raw = read_root(root).tables
    return {name: frame.drop(columns="file").to_numpy().tolist() for name, frame in raw.items()}


def write(path: Path, header: list[str], rows: list[list[str]], separator: str) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8", "replace"))
    return path


@BOTH
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_cells_hold_the_import_is_refused_whole_or_passes_check(tmp_path_factory, name, data):
    run, header, rows, separator = IMPORTERS[name]
    names = [part.strip('"') for part in header.split(separator)]
    names += data.draw(st.lists(st.sampled_from(sorted(carried_columns())), max_size=4, unique=True))
    plain = [next(csv.reader([row], delimiter=separator)) for row in rows]
    body = []
    for row in data.draw(st.lists(st.sampled_from(plain), min_size=1, max_size=4)):
        cells = row + [""] * (len(names) - len(row))
        changes = data.draw(st.dictionaries(st.integers(0, len(names) - 1), CELLS, max_size=8))
        body.append([changes.get(place, cell) for place, cell in enumerate(cells)])
    folder = tmp_path_factory.mktemp("fuzz")
    source = write(folder / "source.csv", names, body, separator)
    try:
        made = run(source, folder / "root")
    except DataError:
        assert stands(folder) == {"source.csv"}
        return
    found = check(made.path, references=made.path / "references.bib")
    errors = [f"{f} {f.rule}" for f in found if f.severity == "error"]
    if len(names) == len(plain[0]):  # carried columns may contradict one another as any hand-made table may
        assert errors == []
    assert stands(folder) == {"source.csv", "root"}
    copy = folder / "copy"
    for path in made.path.rglob("*.csv"):
        place = copy / path.relative_to(made.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with path.open(encoding="utf-8", newline="") as stream:
            write(place, *(lambda lines: (lines[0], lines[1:]))(list(csv.reader(stream))), ",")
    assert tables(copy) == tables(made.path)


@BOTH
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
)
def test_whatever_bytes_a_file_holds_nothing_is_left_half_made(tmp_path_factory, name, content):
    run, header, _, _ = IMPORTERS[name]
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "source.csv").write_bytes(header.encode() + b"\n" + content)
    try:
        made = run(folder / "source.csv", folder / "root")
    except DataError:
        assert stands(folder) == {"source.csv"}
    else:
        assert made.results >= 0


@BOTH
@pytest.mark.parametrize("study", ["../../outside", "/etc/passwd", "..", "a\\..\\b", "~root", "."])
def test_a_study_whose_name_is_a_path_stays_in_the_tree(tmp_path, name, study):
    run, header, rows, _ = IMPORTERS[name]
    row = rows[0].replace('"Ash, 2011"', f'"{study}"').replace("Carter 1970", study)
    source = tmp_path / "inside" / "source.csv"
    source.parent.mkdir()
    source.write_text(f"{header}\n{row}\n", encoding="utf-8")
    made = run(source, tmp_path / "inside" / "root")
    assert stands(tmp_path) == {"inside"}
    assert made.trials == 1


@BOTH
def test_a_cell_that_is_a_formula_reaches_no_table_as_one(tmp_path, name):
    run, header, rows, _ = IMPORTERS[name]
    source = tmp_path / "source.csv"
    text = rows[0].replace("Peer support", '=HYPERLINK(""x"")').replace("Death at 12 months", '"=HYPERLINK(""x"")"')
    source.write_text(f"{header}\n{text}\n", encoding="utf-8")
    made = run(source, tmp_path / "root")
    cells = {cell for path in made.path.rglob("*.csv") for row in read_rows(path) for cell in row.values()}
    assert any("HYPERLINK" in cell for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)


@BOTH
def test_a_file_too_large_is_refused_before_it_is_read(tmp_path, name):
    source = tmp_path / "source.csv"
    with source.open("wb") as stream:
        stream.truncate(4 * MAX_BYTES)
    with pytest.raises(DataError, match="200 MB"):
        IMPORTERS[name][0](source, tmp_path / "root")


@BOTH
def test_a_million_columns_are_refused(tmp_path, name):
    run, header, _, separator = IMPORTERS[name]
    for first in (header + separator * 1_000_000, separator * 1_000_000, f"{header}\n{separator * 1_000_000}"):
        (tmp_path / "source.csv").write_text(first, encoding="utf-8")
        with pytest.raises(DataError):
            run(tmp_path / "source.csv", tmp_path / "root")


@BOTH
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfea\x00", b'study;"', b"\0"], ids=repr)
def test_files_that_are_no_table_are_refused(tmp_path, name, content):
    (tmp_path / "source.csv").write_bytes(content)
    with pytest.raises(DataError):
        IMPORTERS[name][0](tmp_path / "source.csv", tmp_path / "root")
    assert stands(tmp_path) == {"source.csv"}


@BOTH
def test_what_is_no_file_is_refused_without_waiting(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(DataError):
            IMPORTERS[name][0](place, tmp_path / "root")


@pytest.mark.parametrize("wrong", ["file", "stranger", "link"])
def test_nothing_of_someone_elses_is_written_over(tmp_path, wrong):
    root = tmp_path / "root"
    if wrong == "file":
        root.write_text("mine")
    elif wrong == "stranger":
        root.mkdir()
        (root / "mine.txt").write_text("mine")
    else:
        (tmp_path / "elsewhere").mkdir()
        root.symlink_to(tmp_path / "elsewhere")
    before = stands(tmp_path)
    with pytest.raises(DestinationError):
        import_metapsy(metapsy(tmp_path.parent / "source.csv"), root)
    assert stands(tmp_path) == before


@pytest.mark.parametrize("when", ["reading", "writing"])
def test_an_interrupted_import_leaves_the_old_state(tmp_path, monkeypatch, when):
    import_metapsy(metapsy(tmp_path / "source.csv"), tmp_path / "root")
    before = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def interrupt(*_args, **_options):
        raise KeyboardInterrupt

    place = "read_source" if when == "reading" else "references_beside"
    monkeypatch.setattr(f"synthesis.exchange.importers.metapsy.database.{place}", interrupt)
    with pytest.raises(KeyboardInterrupt):
        import_metapsy(tmp_path / "source.csv", tmp_path / "root")
    assert {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_import_is_repeated_in_place_with_the_same_bytes(tmp_path):
    def content():
        import_revman(data_rows(tmp_path / "source.csv"), tmp_path / "root")
        return {path: path.read_bytes() for path in (tmp_path / "root").rglob("*") if path.is_file()}

    assert content() == content()


def test_rows_that_are_ragged_are_left_out_and_said_to_be(tmp_path):
    made = import_metapsy(metapsy(tmp_path / "source.csv", [*METAPSY_ROWS, '"6";"Short, 2001"']), tmp_path / "root")
    (note,) = [note for note in made.notes.notes if note.rule == "ragged_row"]
    assert (note.row, note.kind) == (len(METAPSY_ROWS) + 2, "left_out")
