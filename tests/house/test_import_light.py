"""`import synthesis` and `synthesis --help` answer at once: what computes and draws is imported where it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

import synthesis
from synthesis.reports.record.inputs import Inputs, recorded_files
from synthesis.reports.record.jobs import places_from
from synthesis.reports.record.manifest import write_json
from synthesis.reports.run.folder import report_manifest

HEAVY = {
    "IPython",
    "forestplot",
    "jupyter_client",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "pymare",
    "scipy",
}


def modules_loaded(*arguments):
    """Run Python with these arguments and return the top-level modules it imported, as Python itself logs them."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    logged = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {name.partition(".")[0] for name in logged}


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "import synthesis, synthesis.errors, synthesis.evidence.contract, synthesis.cli"],
        ["-c", "import synthesis.evidence.codebook, synthesis.evidence.checks.cells, synthesis.exchange.cells"],
        ["-m", "synthesis", "--help"],
        ["-m", "synthesis", "pool", "--help"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_loaded(arguments):
    loaded = modules_loaded(*arguments)
    assert "synthesis" in loaded
    assert loaded & HEAVY == set()


def test_a_report_in_which_nothing_changed_loads_nothing_heavy(valid, tmp_path):
    data, references = valid, valid.parent / "references.bib"
    (tmp_path / "index.html").write_text("a report", encoding="utf-8")
    notebooks = Path("notebooks")
    request = {"outcomes": [], "settings": [], **places_from(notebooks, data, references)}
    state = Inputs(data, references, notebooks, request).taken
    record = {
        "inputs": state,
        "files": recorded_files({}, tmp_path / "index.html"),
        **report_manifest({"page": "key"}, {}, "today"),
    }
    write_json(tmp_path / "manifest.json", record)
    place = ["--data", str(data), "--references", str(references), "--output", str(tmp_path)]
    loaded = modules_loaded("-m", "synthesis", "report", *place)
    assert loaded & (HEAVY | {"bs4", "jinja2", "lxml", "nbformat", "zmq"}) == set()


def test_plausibility_asks_the_special_functions_and_not_all_of_scipy_stats():
    code = "import sys, synthesis.evidence.plausibility; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_log_shows_what_is_heavy():
    assert "numpy" in modules_loaded("-c", "import numpy")


@pytest.mark.parametrize("name", synthesis.__all__)
def test_every_public_name_loads_on_first_use(name):
    assert getattr(synthesis, name) is not None
