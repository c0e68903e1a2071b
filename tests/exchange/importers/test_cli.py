import pytest

from builders.foreign_files import data_rows, metapsy
from synthesis import cli


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["synthesis", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    out = capsys.readouterr()
    return stopped.value.code, out.out, out.err


def test_an_imported_root_is_checked_and_pooled_without_naming_its_bibliography(tmp_path, monkeypatch, capsys):
    metapsy(tmp_path / "data.csv")
    root = tmp_path / "elsewhere" / "root"
    code, said, _ = run(monkeypatch, capsys, "import", "metapsy", tmp_path / "data.csv", "--output", root)
    assert code == 0
    assert "3 trials with 5 results" in said
    assert "import_report.csv" in said
    assert run(monkeypatch, capsys, "check", "--data", root)[0] == 0
    code, said, _ = run(monkeypatch, capsys, "pool", "clinical_recovery", "--data", root)
    assert code == 0
    assert "Decisions in force" in said


def test_every_format_is_exported_from_the_command_line(tmp_path, monkeypatch, capsys, valid):
    for form in ("metapsy", "revman", "metafor", "datapackage"):
        code, said, _ = run(monkeypatch, capsys, "export", form, tmp_path / form, "--data", valid)
        assert (code, f"rows written to {tmp_path / form}" in said) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["import", "metapsy", "rows.csv", "--output", "root"], 1, "no table in the Metapsy standard"),
        (["import", "revman", "rows.csv", "--output", "full"], 1, "not empty and was not made by"),
        (["import", "revman", "rows.csv", "--output", "root", "--outcome", "x"], 2, "--outcome is for metapsy"),
        (["import", "word", "rows.csv", "--output", "root"], 2, "'word' is not one of"),
        (["import", "revman", "absent.csv", "--output", "root"], 2, "does not exist"),
        (["export", "datapackage", "x.csv"], 2, "A data package is a folder"),
        (["export", "metapsy", "x.csv", "--outcome", "hope"], 2, "--outcome is for metafor"),
    ],
)
def test_mistakes_have_one_message_and_leave_nothing(tmp_path, monkeypatch, capsys, valid, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    data_rows(tmp_path / "rows.csv")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    given = [*arguments, "--data", str(valid)] if arguments[0] == "export" else arguments
    stopped, out, err = run(monkeypatch, capsys, *given)
    assert (stopped, out) == (code, "")
    assert words in err
    assert "Traceback" not in err
    assert {item.name for item in tmp_path.iterdir()} == {"rows.csv", "full"}
