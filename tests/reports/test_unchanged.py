"""The short way out: where nothing changed a report is neither planned nor loaded, and no change can go unseen."""

import json
import shutil
from pathlib import Path

import pytest

from builders.reports_cases import tree, write_notebook
from synthesis.reports import Job, ReportError, run_plan, run_report
from synthesis.reports.record import inputs as module
from synthesis.reports.record.inputs import Inputs, pages_up_to_date

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TRIAL = "data/trials/birch2014sample"


@pytest.fixture(scope="module")
def made(valid, tmp_path_factory):
    """Make a report of invented trials by copies of the real notebooks, all in one folder, and return that."""
    work = tmp_path_factory.mktemp("made") / "work"
    shutil.copytree(valid.parent, work)
    shutil.copytree(NOTEBOOKS, work / "notebooks")
    assert run_report(**call_in(work)) == 0
    return work


@pytest.fixture
def work(made, tmp_path, monkeypatch):
    """Return a copy of that folder which a test may change, and of the package."""
    shutil.copytree(made, tmp_path / "work")
    shutil.copytree(module.PACKAGE, tmp_path / "work/synthesis", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "PACKAGE", tmp_path / "work/synthesis")
    return tmp_path / "work"


def call_in(work, **other):
    return {
        "data": work / "data",
        "references": work / "references.bib",
        "outcomes": ["hope"],
        "output": work / "reports",
        "settings": ["permutations=50"],
        "notebooks": work / "notebooks",
    } | other


def pages_current(work, outcomes=("hope",), settings=("permutations=50",)):
    """Return how many pages are known to be up to date before anything is loaded."""
    places = {"data": "../data", "references": "../references.bib"}
    request = {"outcomes": list(outcomes), "settings": list(settings), **places}
    inputs = Inputs(work / "data", work / "references.bib", work / "notebooks", request)
    return pages_up_to_date(work / "reports", inputs.taken)


def append(path, text="\n"):
    path.write_bytes(path.read_bytes() + text.encode())


def rewrite_manifest(work, **changes):
    path = work / "reports/manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def change_a_cell(work):
    path = work / "notebooks/02_pooled_effect.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("show_forest(pooled)", "show_forest(pooled )"), "utf-8")


CHANGES = {
    "a byte of the data": lambda work: append(work / TRIAL / "arms.csv"),
    "a byte of the codebook": lambda work: append(work / "data/codebook/outcomes.csv"),
    "a reference": lambda work: append(work / "references.bib", "@book{new, title={New}}\n"),
    "no bibliography": lambda work: (work / "references.bib").unlink(),
    "a trial more": lambda work: shutil.copytree(work / TRIAL, work / "data/trials/new2020trial"),
    "a trial less": lambda work: shutil.rmtree(work / TRIAL),
    "a table that was missing": lambda work: shutil.copy(
        work / TRIAL / "decisions.csv", work / "data/trials/alder2011sample"
    ),
    "a table less": lambda work: (work / TRIAL / "decisions.csv").unlink(),
    "a link in the data": lambda work: (work / "data/link").symlink_to(work),
    "a cell of a notebook": change_a_cell,
    "a notebook more": lambda work: shutil.copy(work / "notebooks/01_evidence.ipynb", work / "notebooks/05.ipynb"),
    "a notebook less": lambda work: (work / "notebooks/01_evidence.ipynb").unlink(),
    "a template": lambda work: append(work / "synthesis/reports/templates/page.html.j2"),
    "the style": lambda work: append(work / "synthesis/reports/templates/report.css"),
    "a module": lambda work: append(work / "synthesis/answers/pooling.py"),
    "the command line": lambda work: append(work / "synthesis/cli/__init__.py"),
    "a schema": lambda work: append(next((work / "synthesis/schemas").rglob("*.json"))),
    "a module more": lambda work: (work / "synthesis/answers/new.py").touch(),
    "a page altered": lambda work: append(work / "reports/01_evidence/01_evidence.html"),
    "a page gone": lambda work: shutil.rmtree(work / "reports/01_evidence"),
    "results altered": lambda work: append(work / "reports/01_evidence/results.json"),
    "an executed notebook altered": lambda work: append(work / "reports/01_evidence/01_evidence.ipynb"),
    "a page's manifest altered": lambda work: append(work / "reports/01_evidence/manifest.json"),
    "the index altered": lambda work: append(work / "reports/index.html"),
    "the index gone": lambda work: (work / "reports/index.html").unlink(),
    "the manifest gone": lambda work: (work / "reports/manifest.json").unlink(),
    "a manifest without the files": lambda work: rewrite_manifest(work, files={}),
    "a page that had failed": lambda work: rewrite_manifest(work, missing={"00_summary": "stopped"}),
    "a failed notebook": lambda work: (work / "reports/x.failed.ipynb").touch(),
    "what a killed run left": lambda work: (work / "reports/.part-1").mkdir(),
}


def test_where_nothing_changed_it_is_known_before_anything_is_loaded(work):
    assert pages_current(work) == 8


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_seen(work, change):
    change(work)
    assert pages_current(work) == 0


@pytest.mark.parametrize(
    "request_", [{"outcomes": ()}, {"outcomes": ("hope", "recovery")}, {"settings": ()}, {"settings": ("level=0.9",)}]
)
def test_another_request_is_another_report(work, request_):
    assert pages_current(work, **request_) == 0


@pytest.mark.parametrize("library", ["numpy", "pymare", "numba", "nbconvert", "nh3", "papermill"])
def test_another_release_of_a_library_is_seen(work, monkeypatch, library):
    installed = module.versions
    monkeypatch.setattr(module, "versions", lambda names: installed(names) | {library: "0.0.1"})
    assert pages_current(work) == 0


def test_another_python_is_seen(work, monkeypatch):
    monkeypatch.setattr(module.platform, "python_version", lambda: "3.99.0")
    assert pages_current(work) == 0


def test_the_short_way_says_and_leaves_what_the_long_one_does(work, monkeypatch):
    said = {}
    before = tree(work / "reports")
    with monkeypatch.context() as patch:
        patch.setattr("synthesis.evidence.load_evidence", lambda *place, **options: pytest.fail("data were loaded"))
        assert run_report(**call_in(work, progress=said.setdefault("short", []).append)) == 0
    assert tree(work / "reports") == before
    rewrite_manifest(work, inputs=None)
    assert run_report(**call_in(work, progress=said.setdefault("long", []).append)) == 0
    assert said["short"] == said["long"] == ["8 of 8 pages are up to date.", f"Open {work / 'reports' / 'index.html'}"]
    after = tree(work / "reports")
    assert {name for name in after if after[name] != before[name]} <= {"manifest.json"}


def test_force_makes_everything_again(work, monkeypatch):
    class MadeError(Exception):
        pass

    def make(*given, **options):
        raise MadeError

    monkeypatch.setattr("synthesis.reports.report._make", make)
    with pytest.raises(MadeError):
        run_report(**call_in(work, force=True))


@pytest.fixture
def one_page(valid, tmp_path):
    """Return a plan of one page whose notebook changes a file, the inputs of a run, and that file."""
    shutil.copytree(valid.parent, tmp_path / "work")
    file = tmp_path / "work" / TRIAL / "arms.csv"
    cell = "from pathlib import Path\nif change:\n    Path(change).write_bytes(Path(change).read_bytes() + b'\\n')"
    path = write_notebook(tmp_path / "n.ipynb", cell, parameters='change: str = ""  # a file')

    def plan(change):
        return [Job(path, "page", parameters={"change": str(change) if change else ""})]

    return plan, lambda: Inputs(tmp_path / "work/data", tmp_path / "work/references.bib", tmp_path, {}), file


def test_data_that_change_while_the_report_is_made_leave_it_as_it_was(one_page, tmp_path):
    plan, inputs, file = one_page
    run_plan(plan(None), tmp_path / "reports", inputs=inputs())
    before = tree(tmp_path / "reports")
    with pytest.raises(ReportError, match="changed while the report was made"):
        run_plan(plan(file), tmp_path / "reports", inputs=inputs())
    assert tree(tmp_path / "reports") == before
    assert not list((tmp_path / "reports").glob(".part-*"))


def test_a_page_that_is_altered_while_others_are_made_is_not_taken_for_what_was_made(one_page, tmp_path):
    plan, inputs, _ = one_page
    run_plan(plan(None), tmp_path / "reports", inputs=inputs())
    altered = tmp_path / "reports/page/page.html"
    cell = f"from pathlib import Path\nPath({str(altered)!r}).write_text('a better effect')"
    other = Job(write_notebook(tmp_path / "other.ipynb", cell), "other")
    run_plan([*plan(None), other], tmp_path / "reports", inputs=inputs())
    assert altered.read_text(encoding="utf-8") == "a better effect"
    assert pages_up_to_date(tmp_path / "reports", inputs().taken) == 0


def test_code_that_changes_meanwhile_is_looked_at_again_next_time(one_page, tmp_path, monkeypatch):
    plan, inputs, _ = one_page
    states = iter([{"evidence": "same", "code": "old"}, {"evidence": "same", "code": "new"}])
    monkeypatch.setattr(Inputs, "now", lambda self: next(states))
    run_plan(plan(None), tmp_path / "reports", inputs=inputs())
    assert "inputs" not in json.loads((tmp_path / "reports/manifest.json").read_text(encoding="utf-8"))


def test_a_report_with_a_failed_page_is_never_up_to_date(one_page, tmp_path):
    _, inputs, _ = one_page
    run_plan([Job(write_notebook(tmp_path / "bad.ipynb", "1 / 0"), "bad")], tmp_path / "reports", inputs=inputs())
    assert pages_up_to_date(tmp_path / "reports", inputs().taken) == 0
