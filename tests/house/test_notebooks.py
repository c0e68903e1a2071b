"""Every notebook runs by plain papermill, on the sample trials and from the notebook's own folder."""

from __future__ import annotations

from pathlib import Path

import papermill
import pytest

from synthesis.reports.record.published import collect

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PUBLISHED = {
    "00_summary": {"overview", "review", "summary", "worklist"},
    "01_evidence": {"evidence", "coverage", "prisma"},
    "02_pooled_effect": {"pooled", "finding", "choices", "second_engine", "leave_one_out", "subgroups"},
    "03_fidelity_coding": {"scores", "agreement"},
    "04_fidelity_and_effects": {
        "fidelity",
        "calibrated",
        "finding",
        "without_each",
        "silence",
        "beside",
        "readings",
        "scores",
        "rivals",
    },
    "05_hypotheses": {"hypotheses"},
    "06_fragility": {"influence", "cumulative", "small_study", "subsets"},
    "07_summary_of_findings": {"summary_of_findings", "who_rated"},
    "08_explore": set(),
    "09_multiverse": {"average", "slope"},
}
NEEDS = {"08_explore": "anywidget"}  # of the extra that draws a widget


def test_every_notebook_is_here():
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_notebook_runs_and_publishes_its_results(name, valid, tmp_path):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    parameters = {"data": str(valid), "references": str(valid.parent / "references.bib")}
    known = papermill.inspect_notebook(str(NOTEBOOKS / f"{name}.ipynb"))
    given = parameters | {"outcome": "recovery", "permutations": 50}
    executed = papermill.execute_notebook(
        str(NOTEBOOKS / f"{name}.ipynb"),
        str(tmp_path / "executed.ipynb"),
        parameters={key: value for key, value in given.items() if key in known},
        cwd=str(NOTEBOOKS),
        progress_bar=False,
    )
    assert set(collect(executed)) == PUBLISHED[name]
    assert not any(output.get("name") == "stderr" for cell in executed.cells for output in cell.get("outputs", []))
