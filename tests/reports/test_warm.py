"""What the process that forks kernels gets ready for them, and that none of it can be stale."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from builders.reports_cases import write_notebook
from builders.tables import read_rows, write_rows
from synthesis.answers.coverage import all_effects
from synthesis.effects import compute_effects
from synthesis.evidence import load_evidence
from synthesis.kept import results_kept
from synthesis.machine import processors
from synthesis.reports import Job, run_plan, run_report
from synthesis.reports.run.kernels import open_kernels
from synthesis.reports.run.run import KERNELS_A_PROCESSOR
from synthesis.reports.run.warm import WarmProcess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
IMPORTS = "from synthesis import compute_effects, load_evidence\nfrom synthesis.figures import show_forest"
PARAMETERS = 'data: str = "data"  # data\nreferences: str = "references.bib"  # references'
LOAD = "evidence = load_evidence(data, references=references)\nprint(sorted(evidence.trials['trial']))"
KEPT = "from synthesis.evidence.kept import kept_evidence\nprint(kept_evidence(data, references) is not None)"
EFFECTS = "effects = compute_effects(evidence, 'hope')\nprint(effects.frame['yi'].tolist())"
ELSEWHERE = """
import synthesis.effects.effects as module
def fail(*given, **choices):
    raise AssertionError("computed again")
module.prepare_rows = fail"""


@pytest.fixture
def root(valid, tmp_path):
    """Return a folder with a copy of the valid data root and its references.bib, for a notebook beside them."""
    shutil.copytree(valid.parent, tmp_path / "work")
    return tmp_path / "work"


def printed(folder):
    executed = nbformat.read(folder / "page" / "page.ipynb", as_version=4)
    return [output.text.strip() for cell in executed.cells for output in cell.get("outputs", [])]


def anew(root):
    """Return what LOAD and EFFECTS print where nothing is kept."""
    evidence = load_evidence(root / "data", references=root / "references.bib")
    return [str(sorted(evidence.trials["trial"])), str(compute_effects(evidence, "hope").frame["yi"].tolist())]


def run_after(change, root, *cells, before=lambda: None):
    """Run a notebook in a kernel from a warm process that got ready before a change; return what it printed.

    `before` runs here first, where results are kept as the kernel keeps them.
    """
    path = write_notebook(root / "n.ipynb", IMPORTS, *cells, parameters=PARAMETERS)
    with open_kernels([path], "forked", evidence=[(str(root), "data", "references.bib")]) as kernels:
        with results_kept(kernels.kept):
            before()
        os.kill(kernels.warm.fork(["-f", str(root / "no.json")], str(root), kernels.environment()), 9)  # it is ready
        change(root)
        run = run_plan([Job(path, "page")], root / "reports", kernels=kernels)
    assert not run.failed, run.failed
    return printed(root / "reports")


def test_a_kernel_finds_the_evidence_ready_and_effects_that_another_process_computed(root, monkeypatch):
    monkeypatch.chdir(root)  # effects name their files as they were reached
    computed = lambda: all_effects(load_evidence("data", references="references.bib"))  # noqa: E731
    trials, kept, effects = run_after(lambda root: None, root, ELSEWHERE, LOAD, KEPT, EFFECTS, before=computed)
    assert kept == "True"
    assert [trials, effects] == anew(root)


def change_a_number(root):
    path = root / "data/trials/alder2011sample/outcomes.csv"
    rows = read_rows(path)
    row = next(row for row in rows if row["outcome"] == "hope" and row["mean_intervention"])
    row["mean_intervention"] = f"{float(row['mean_intervention']) + 0.5}"
    write_rows(path, rows)


CHANGES = {
    "a number": change_a_number,
    "a trial less": lambda root: shutil.rmtree(root / "data/trials/birch2014sample"),
    "a reference": lambda root: (root / "references.bib").write_bytes(
        (root / "references.bib").read_bytes() + b"@book{new, title={New}}\n"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_kernel_loads_and_computes_anew_what_changed_since(root, change):
    trials, kept, effects = run_after(change, root, LOAD, KEPT, EFFECTS)
    assert kept == "False"
    assert [trials, effects] == anew(root)


def test_data_that_cannot_be_loaded_fail_in_the_notebook_only(root):
    (root / "data/trials/birch2014sample/arms.csv").write_text("nonsense\n", encoding="utf-8")
    path = write_notebook(root / "n.ipynb", IMPORTS, "print('fine')", LOAD, parameters=PARAMETERS)
    with open_kernels([path], "forked", evidence=[(str(root), "data", "references.bib")]) as kernels:
        run = run_plan([Job(path, "page")], root / "reports", kernels=kernels)
    assert "DataError" in run.failed[0].message


def test_no_debugger_is_loaded_and_fonts_are_cut_before_the_fork(root):
    cell = """
import sys
from synthesis.figures.parts import fonts, letters
print(sys.modules["debugpy"], fonts.pieces.cache_info().currsize, letters.letters_of("bold")._pairs["To"] < 0)"""
    assert run_after(lambda root: None, root, cell) == ["None 2 True"]


def test_a_kernel_that_waits_for_the_warm_process_does_not_start_after_the_run_was_ended(root):
    path = write_notebook(root / "n.ipynb", "1")
    with open_kernels([path], "forked") as kernels:
        manager = kernels.manager()
        kernels.kill()
        kernels.warm.close()
        with pytest.raises(RuntimeError, match="has ended"):
            asyncio.run(manager.start_kernel(env=kernels.environment()))


@pytest.mark.parametrize(
    ("start", "expected"), [("forked", KERNELS_A_PROCESSOR * processors()), ("started", max(2, processors()))]
)
def test_two_forked_kernels_a_processor_run_side_by_side_by_default(root, monkeypatch, start, expected):
    asked = []
    monkeypatch.setattr("synthesis.reports.run.execute.ThreadPoolExecutor", lambda n, **k: asked.append(n) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_plan([Job(write_notebook(root / "n.ipynb", "1"), "page")], root / "reports", start=start)
    assert asked == [expected]


def test_an_interruption_while_the_plan_is_made_ends_the_warm_process_and_leaves_nothing(root, monkeypatch):
    opened = []

    class Watched(WarmProcess):
        def __init__(self, *given):
            super().__init__(*given)
            opened.append(self)

    def interrupt(*place, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("synthesis.reports.run.kernels.WarmProcess", Watched)
    monkeypatch.setattr("synthesis.evidence.load_evidence", interrupt)
    place = {"references": root / "references.bib", "output": root / "reports", "notebooks": NOTEBOOKS}
    with pytest.raises(KeyboardInterrupt):
        run_report(root / "data", **place)
    assert not (root / "reports").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(opened[0].pid, 0)
