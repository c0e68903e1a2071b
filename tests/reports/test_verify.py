"""Whether a whole report is still what was written, and still what today's data and code would give."""

import json
import shutil

import pytest
from click.testing import CliRunner

from builders.reports_cases import data_root, sample_plan
from synthesis.cli import commands
from synthesis.reports import ReportError, render_report, run_plan, verify_report


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make a report of two pages, and the data it was made from."""
    work = tmp_path_factory.mktemp("made") / "work"
    run_plan(sample_plan(data_root(work / "data"))[1:3], work / "reports")
    return work


@pytest.fixture
def work(made, tmp_path):
    shutil.copytree(made, tmp_path / "work")
    return tmp_path / "work"


def verified(work):
    return verify_report(work / "reports", work / "data", references=work / "references.bib")


def test_an_unaltered_report_from_todays_data_holds(work):
    found = verified(work)
    assert found.holds
    assert str(found) == f"{work / 'reports'}: 2 pages, unaltered and made from today's data, code and libraries."


def test_each_altered_or_missing_file_is_named_with_its_page(work):
    (work / "reports/outcome-hope/results.json").write_text("{}", encoding="utf-8")
    shutil.rmtree(work / "reports/outcome-recovery")
    found = verified(work)
    assert not found.holds
    assert [one.name for one in found.pages["outcome-hope"]] == ["results.json"]
    text = str(found)
    assert "Altered since they were written:" in text
    assert "(outcome-hope)" in text
    assert "outcome-recovery/manifest.json" in text
    assert "Made from other data" not in text


def test_changed_added_and_removed_data_are_named(work):
    (work / "data/hope.csv").write_text("trial,effect\nA,9\n", encoding="utf-8")
    (work / "data/recovery.csv").unlink()
    (work / "data/new.csv").write_text("trial,effect\nD,1\n", encoding="utf-8")
    text = str(verified(work))
    assert "Made from other data, code or libraries than today's:" in text
    assert "Altered since" not in text
    for words in ("data hope.csv was", "data recovery.csv was", "is gone", "data new.csv was absent and is now"):
        assert words in text
    assert text.endswith("`synthesis report` makes again what is altered or out of date.")


def test_what_concerns_every_page_is_said_once(work, monkeypatch):
    monkeypatch.setattr("synthesis.reports.record.verify.code_hash", lambda: "other")
    assert str(verified(work)).count("code synthesis was") == 1


def test_an_altered_index_is_seen_where_it_was_recorded(work):
    manifest = work / "reports/manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8")) | {"files": {"index.html": "0" * 64}}
    manifest.write_text(json.dumps(content), encoding="utf-8")
    assert [one.name for one in verified(work).report] == ["index.html"]


def test_a_page_by_itself_can_be_verified(tmp_path, made):
    page = render_report(
        sample_plan(made / "data")[1].notebook, tmp_path / "page", data=(made / "data").as_posix(), outcome="hope"
    )
    assert verify_report(page.parent, made / "data").holds


def test_a_folder_that_is_no_report_is_refused(tmp_path):
    with pytest.raises(ReportError, match="no manifest"):
        verify_report(tmp_path)


@pytest.mark.parametrize("altered", [False, True])
def test_the_command_prints_it_and_exits_1_if_anything_is_altered(work, altered):
    if altered:
        (work / "reports/outcome-hope/outcome-hope.html").write_text("a better effect", encoding="utf-8")
    place = ["--data", str(work / "data"), "--references", str(work / "references.bib")]
    done = CliRunner().invoke(commands, ["verify", str(work / "reports"), *place], standalone_mode=False)
    assert done.return_value == int(altered)
    assert ("outcome-hope.html was" in done.output) == altered
