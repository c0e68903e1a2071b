"""One page by itself, and whether a page is still what its manifest says."""

import json

import pytest

from builders.reports_cases import NOTEBOOKS, data_root, digest, sample_plan, write_notebook
from synthesis.reports import NotebookError, ReportError, render_report, run_plan, verify_manifest


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "reports of {2026} é"


class TestRenderReport:
    def test_makes_one_page_that_stands_alone(self, tmp_path, folder):
        data = data_root(tmp_path / "data")
        page = render_report(NOTEBOOKS / "outcome.ipynb", folder, data=data.as_posix(), outcome="recovery")
        assert page == folder / "outcome.html"
        assert sorted(path.name for path in folder.iterdir()) == [
            "manifest.json",
            "outcome.html",
            "outcome.ipynb",
            "results.json",
        ]
        text = page.read_text(encoding="utf-8")
        assert "The mean effect on <strong>recovery</strong> is 0.23" in text
        assert "index.html" not in text
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["data"]["files"] == {path.name: digest(path) for path in data.glob("*.csv")}

    def test_replaces_its_earlier_page(self, tmp_path, folder):
        path = write_notebook(tmp_path / "n.ipynb", "print(n)", parameters="n: int = 1  # n")
        render_report(path, folder)
        assert ">2\n" in render_report(str(path), str(folder), n=2).read_text(encoding="utf-8")

    def test_refuses_a_parameter_the_notebook_does_not_know(self, folder):
        with pytest.raises(ReportError, match="did you mean outcome"):
            render_report(NOTEBOOKS / "outcome.ipynb", folder, outcomes="hope")
        assert not folder.exists()

    def test_keeps_a_notebook_that_fails_and_can_be_tried_again(self, folder):
        for _ in range(2):
            with pytest.raises(NotebookError, match="stopped in cell 5"):
                render_report(NOTEBOOKS / "failing.ipynb", folder)
        assert [path.name for path in folder.iterdir()] == ["failing.failed.ipynb"]


class TestVerification:
    @pytest.fixture
    def page(self, tmp_path, folder):
        data = data_root(tmp_path / "data")
        run_plan(sample_plan(data)[1:2], folder)
        return folder / "outcome-hope", data

    def test_finds_nothing_on_an_unaltered_page(self, page):
        assert verify_manifest(*page) == []

    def test_names_what_was_altered_since(self, page):
        folder, data = page
        (data / "hope.csv").write_text("trial,effect\nA,9\n", encoding="utf-8")
        (folder / "outcome-hope.html").write_text("a better effect", encoding="utf-8")
        (folder / "results.json").unlink()
        found = {(one.kind, one.name): one.found for one in verify_manifest(folder, data)}
        assert found == {
            ("data", "hope.csv"): digest(data / "hope.csv"),
            ("output", "outcome-hope.html"): digest(folder / "outcome-hope.html"),
            ("output", "results.json"): None,
        }

    def test_names_other_code_and_libraries(self, page, monkeypatch):
        monkeypatch.setattr("synthesis.reports.record.verify.code_hash", lambda: "other")
        monkeypatch.setattr("synthesis.reports.record.verify.versions", lambda names: {"numpy": "0.1"})
        kinds = [(one.kind, one.name) for one in verify_manifest(*page)]
        assert ("code", "synthesis") in kinds
        assert ("library", "numpy") in kinds

    def test_refuses_a_folder_without_a_manifest(self, tmp_path):
        with pytest.raises(ReportError, match="no manifest"):
            verify_manifest(tmp_path)
