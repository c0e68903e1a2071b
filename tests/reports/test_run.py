"""What `run_plan` and `render_report` do to a folder: what they make, make again, keep, remove and refuse."""

import asyncio
import json
import os
import signal
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest

from builders.reports_cases import NOTEBOOKS, data_root, digest, sample_plan, tree, write_notebook
from synthesis.reports import Job, ReportError, run_plan
from synthesis.reports.record import fingerprint
from synthesis.reports.run.kernels import can_fork, open_kernels
from synthesis.reports.run.warm import WarmProcess

ROOT = Path(__file__).parents[2]
PAUSE_SECONDS = 60  # how long to wait for another process before the test is given up


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "reports of {2026} é"


def quick(path, slug="quick", **options):
    """Return a job that imports nothing and so runs in a moment."""
    return Job(path, slug, **options)


@pytest.fixture
def two_jobs(tmp_path):
    """Return two jobs on one notebook, each with a data file of its own."""
    path = write_notebook(tmp_path / "n.ipynb", "print(number)", parameters="number: int = 0  # a number")
    return [
        quick(path, f"page-{number}", parameters={"number": number}, files={f"{number}.csv": "old"})
        for number in (1, 2)
    ]


def statuses(run):
    return {done.job.slug: done.status for done in run.done}


def test_each_page_has_its_notebook_results_and_manifest_beside_it(tmp_path, folder):
    plan = sample_plan(data_root(tmp_path / "data"))
    lines = []
    run = run_plan(plan, folder, progress=lines.append)
    assert statuses(run) == dict.fromkeys(("overview", "outcome-hope", "outcome-recovery", "hostile"), "executed")
    assert len(lines) == 4
    assert run.index == folder / "index.html"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*statuses(run), "index.html", "manifest.json"])
    page = folder / "outcome-hope"
    assert sorted(path.name for path in page.iterdir()) == [
        "manifest.json", "outcome-hope.html", "outcome-hope.ipynb", "results.json",
    ]  # fmt: skip
    results = json.loads((page / "results.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert results["pool"]["estimate"] == pytest.approx(0.7 / 3)
    assert results["pool"]["se"] is None
    assert [row["trial"] for row in results["rows"]] == ["A", "B", "C"]
    executed = nbformat.read(page / "outcome-hope.ipynb", as_version=4)
    nbformat.validate(executed)
    injected = [cell for cell in executed.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert 'outcome = "hope"' in injected[0].source
    assert executed.metadata.papermill.input_path == "outcome.ipynb"
    assert executed.metadata.papermill.output_path == "outcome-hope.ipynb"


def test_the_manifest_says_what_the_page_was_made_from(two_jobs, folder):
    run_plan(two_jobs, folder)
    manifest = json.loads((folder / "page-1" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["data"]["files"] == {"1.csv": "old"}
    assert manifest["parameters"] == {"number": 1}
    assert manifest["notebook"]["name"] == "n.ipynb"
    assert manifest["python"] == sys.version.split()[0]
    assert set(fingerprint.NUMERIC_LIBRARIES) <= set(manifest["packages"])
    assert manifest["started"].endswith("+00:00")
    assert manifest["code"]["sha256"] == fingerprint.code_hash()
    for name, recorded in manifest["outputs"].items():
        assert digest(folder / "page-1" / name) == recorded


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["/usr/local/bin/synthesis", "report", "--set", "a=b c"], "synthesis report --set 'a=b c'"),
        (["/opt/x/synthesis/__main__.py", "report"], "python -m synthesis report"),
        ([""], "python"),
    ],
)
def test_the_command_is_recorded_without_the_programs_place(monkeypatch, argv, shown):
    monkeypatch.setattr(sys, "argv", argv)
    assert fingerprint.command_line() == shown


def test_the_command_is_recorded_with_paths_from_the_working_folder(monkeypatch, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    paths = ["--data", f"{here}/root", f"--output={tmp_path}/out", "--set", f"file={here}/a b.csv", str(here), "x/y"]
    monkeypatch.setattr(sys, "argv", ["/usr/bin/synthesis", "report", *paths])
    shown = "synthesis report --data root --output=../out --set 'file=a b.csv' . x/y"
    assert fingerprint.command_line() == shown


def test_nothing_runs_again_when_nothing_changed(two_jobs, folder):
    run_plan(two_jobs, folder)
    before = tree(folder / "page-1")
    run = run_plan(two_jobs, folder)
    assert statuses(run) == {"page-1": "unchanged", "page-2": "unchanged"}
    assert tree(folder / "page-1") == before


def test_a_changed_data_file_runs_only_the_notebooks_that_use_it(two_jobs, folder):
    run_plan(two_jobs, folder)
    changed = quick(two_jobs[1].notebook, "page-2", parameters={"number": 2}, files={"2.csv": "new"})
    assert statuses(run_plan([two_jobs[0], changed], folder)) == {"page-1": "unchanged", "page-2": "executed"}


def test_a_changed_parameter_notebook_or_package_runs_what_depends_on_it(two_jobs, folder, monkeypatch):
    run_plan(two_jobs, folder)
    first, second = two_jobs
    other = quick(first.notebook, "page-1", parameters={"number": 7}, files=first.files)
    assert statuses(run_plan([other, second], folder)) == {"page-1": "executed", "page-2": "unchanged"}
    write_notebook(first.notebook, "print(number + 1)", parameters="number: int = 0  # a number")
    assert statuses(run_plan([other, second], folder)) == {"page-1": "executed", "page-2": "executed"}
    monkeypatch.setattr(fingerprint, "code_hash", lambda: "another release")
    assert statuses(run_plan([other, second], folder)) == {"page-1": "executed", "page-2": "executed"}
    assert statuses(run_plan([other, second], folder, force=True)) == {"page-1": "executed", "page-2": "executed"}


def test_saving_a_notebook_with_its_outputs_changes_nothing(two_jobs, folder):
    run_plan(two_jobs, folder)
    content = json.loads(two_jobs[0].notebook.read_text(encoding="utf-8"))
    content["cells"][1] |= {
        "execution_count": 4,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "1\n"}],
        "source": ["print(number)"],
    }
    two_jobs[0].notebook.write_text(json.dumps(content, indent=1), encoding="utf-8")
    assert set(statuses(run_plan(two_jobs, folder)).values()) == {"unchanged"}


def test_a_changed_template_renders_without_executing(two_jobs, folder, monkeypatch):
    run_plan(two_jobs, folder)
    started = json.loads((folder / "page-1" / "manifest.json").read_text(encoding="utf-8"))["started"]
    monkeypatch.setattr(fingerprint, "template_hash", lambda: "another template")
    assert set(statuses(run_plan(two_jobs, folder)).values()) == {"rendered"}
    assert json.loads((folder / "page-1" / "manifest.json").read_text(encoding="utf-8"))["started"] == started
    assert set(statuses(run_plan(two_jobs, folder)).values()) == {"unchanged"}


def test_files_altered_by_hand_are_made_again(two_jobs, folder):
    run_plan(two_jobs, folder)
    (folder / "page-1" / "page-1.html").write_text("a better effect", encoding="utf-8")
    (folder / "page-2" / "results.json").write_text("{}", encoding="utf-8")
    assert statuses(run_plan(two_jobs, folder)) == {"page-1": "rendered", "page-2": "executed"}
    assert "a better effect" not in (folder / "page-1" / "page-1.html").read_text(encoding="utf-8")


def test_pages_of_an_earlier_plan_are_removed_and_other_files_stay(two_jobs, folder):
    run_plan(two_jobs, folder)
    (folder / ".gitkeep").touch()
    (folder / "CNAME").write_text("evidence.example.org", encoding="utf-8")
    run = run_plan(two_jobs[:1], folder)
    assert run.removed == ("page-2",)
    assert sorted(path.name for path in folder.iterdir()) == [
        ".gitkeep",
        "CNAME",
        "index.html",
        "manifest.json",
        "page-1",
    ]


class TestAFailingNotebook:
    @pytest.fixture
    def plan(self, two_jobs):
        return [two_jobs[0], quick(NOTEBOOKS / "failing.ipynb", "failing", title="The one that stops")]

    def test_is_named_with_its_cell_and_error_and_kept(self, plan, folder):
        lines = []
        run = run_plan(plan, folder, progress=lines.append)
        (failed,) = run.failed
        assert failed.message == (
            'failing.ipynb stopped in cell 5 (raise NotEstimableError(f"{outcome}: no trial measured it.")): '
            "NotEstimableError: hope: no trial measured it."
        )
        assert any(failed.message in line for line in lines)
        kept = nbformat.read(folder / "failing.failed.ipynb", as_version=4)
        assert "so far, so good" in str([cell.get("outputs") for cell in kept.cells])

    def test_leaves_the_others_made_and_the_index_says_what_is_missing(self, plan, folder):
        assert statuses(run_plan(plan, folder)) == {"page-1": "executed", "failing": "failed"}
        index = (folder / "index.html").read_text(encoding="utf-8")
        assert "Not all pages could be made" in index
        assert "NotEstimableError: hope: no trial measured it." in index
        assert "failing/failing.html" not in index
        assert "page-1/page-1.html" in index

    def test_takes_its_stale_page_away_and_a_repaired_one_brings_it_back(self, tmp_path, folder):
        path = write_notebook(tmp_path / "n.ipynb", "1")
        job = quick(path)
        run_plan([job], folder)
        write_notebook(path, "undefined")
        run_plan([job], folder)
        assert sorted(item.name for item in folder.iterdir()) == ["index.html", "manifest.json", "quick.failed.ipynb"]
        write_notebook(path, "2")
        run_plan([job], folder)
        assert sorted(item.name for item in folder.iterdir()) == ["index.html", "manifest.json", "quick"]
        assert "Not all pages" not in (folder / "index.html").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("cell", "reason"),
        [
            ("import os\nos._exit(1)", "died"),
            ("from synthesis.reports import publish\npublish('a', 1)\npublish('a', 2)", "'a' is published twice"),
            ("print(", "SyntaxError"),
            ("raise ValueError", "ValueError: (no message)"),
        ],
    )
    def test_is_reported_whatever_ends_it(self, tmp_path, folder, cell, reason):
        run = run_plan([quick(write_notebook(tmp_path / "n.ipynb", "'fine'", cell))], folder)
        assert reason in run.failed[0].message
        assert (folder / "quick.failed.ipynb").exists()


@pytest.mark.parametrize("slugs", [[], ["same", "same"]])
def test_a_plan_that_makes_no_sense_is_refused(tmp_path, folder, slugs):
    path = write_notebook(tmp_path / "n.ipynb", "1")
    with pytest.raises(ReportError):
        run_plan([quick(path, slug) for slug in slugs], folder)


@pytest.mark.parametrize("slug", ["../up", "a/b", "", "Ü", "-x", ".hidden", "CON X"])
def test_a_page_cannot_be_named_out_of_the_folder(slug):
    with pytest.raises(ValueError, match="slug"):
        Job(NOTEBOOKS / "failing.ipynb", slug)


def test_a_folder_made_by_someone_else_is_refused_and_left_alone(two_jobs, folder):
    folder.mkdir()
    (folder / "thesis.docx").write_text("five years of work", encoding="utf-8")
    with pytest.raises(ReportError, match=r"was not made by `synthesis report` \(it holds thesis.docx\)"):
        run_plan(two_jobs, folder)
    assert [path.name for path in folder.iterdir()] == ["thesis.docx"]


def test_a_file_in_the_place_of_the_folder_is_refused(two_jobs, folder):
    folder.write_text("", encoding="utf-8")
    with pytest.raises(ReportError, match="is a file"):
        run_plan(two_jobs, folder)


def test_an_empty_or_hidden_content_folder_is_taken(two_jobs, folder):
    folder.mkdir()
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    assert not run_plan(two_jobs, folder).failed


class TestKernels:
    def test_forked_and_started_kernels_give_the_same_outputs(self, tmp_path):
        job = sample_plan(data_root(tmp_path / "data"))[1]
        outputs = []
        for start in ("forked", "started"):
            if start == "forked" and not hasattr(os, "fork"):
                pytest.skip("this system cannot fork")
            run_plan([job], tmp_path / start, start=start)
            notebook = nbformat.read(tmp_path / start / job.slug / f"{job.slug}.ipynb", as_version=4)
            outputs.append([cell.get("outputs") for cell in notebook.cells])
        assert outputs[0] == outputs[1]

    def test_a_forked_kernel_is_launched_through_jupyters_registry_of_provisioners(self, tmp_path, monkeypatch):
        assert can_fork(), "the installation is older than pyproject.toml; type: make setup"
        launched = []
        fork = WarmProcess.fork
        monkeypatch.setattr(WarmProcess, "fork", lambda *given: launched.append(fork(*given)) or launched[-1])
        path = write_notebook(tmp_path / "n.ipynb", "import os\nprint(os.getpid())")
        run_plan([quick(path)], tmp_path / "reports", start="forked")
        executed = nbformat.read(tmp_path / "reports" / "quick" / "quick.ipynb", as_version=4)
        assert [out.text for out in executed.cells[0].outputs] == [f"{launched[0]}\n"]

    def test_without_our_provisioner_kernels_are_started_and_forking_is_refused(self, two_jobs, folder, monkeypatch):
        monkeypatch.setattr("synthesis.reports.run.kernels.entry_points", lambda **asked: ())
        monkeypatch.setattr(WarmProcess, "fork", lambda *given: pytest.fail("it was forked"))
        assert statuses(run_plan(two_jobs[:1], folder)) == {"page-1": "executed"}
        with pytest.raises(ReportError, match="install the package again"):
            run_plan(two_jobs, folder, start="forked", force=True)

    def test_no_state_passes_from_one_notebook_to_the_next(self, tmp_path, folder):
        imports = "import builtins, os, sys\nimport numpy as np\nimport pandas as pd"
        leave = """
            builtins.left = left = os.environ["LEFT"] = "1"
            sys.modules["left"] = sys
            np.seterr(over="raise")
            pd.set_option("display.max_rows", 3)
        """
        look = """
            print("left" in dir(builtins), "left" in dir(), "LEFT" in os.environ, "left" in sys.modules)
            print(np.geterr()["over"], pd.get_option("display.max_rows"))
        """
        draw = "print(np.random.random(3))"
        jobs = [
            quick(write_notebook(tmp_path / f"{name}.ipynb", imports, *map(textwrap.dedent, cells)), name)
            for name, cells in {"a": [leave, draw], "b": [look, draw]}.items()
        ]
        assert not run_plan(jobs, folder, workers=1).failed
        first, second = (
            [out.text for cell in nbformat.read(folder / n / f"{n}.ipynb", as_version=4).cells for out in cell.outputs]
            for n in "ab"
        )
        assert second[0].split() == ["False", "False", "False", "False", "warn", "60"]
        assert first[-1] != second[-1], "both kernels drew the same random numbers"

    def test_the_process_that_forks_has_one_thread(self, tmp_path):
        if sys.platform != "linux":
            pytest.skip("kernels are forked on Linux only")
        with open_kernels([NOTEBOOKS / "outcome.ipynb"], "forked") as kernels:
            argv = ["-f", str(tmp_path / "unused.json")]
            pid = kernels.warm.fork(argv, str(tmp_path), kernels.environment())
            os.kill(pid, signal.SIGKILL)
            status = Path(f"/proc/{kernels.warm.pid}/status").read_text(encoding="utf-8")
        assert "Threads:\t1\n" in status

    def test_a_run_survives_the_death_of_the_process_that_forks(self, tmp_path, two_jobs, folder, monkeypatch):
        if sys.platform != "linux":
            pytest.skip("kernels are forked on Linux only")
        broken = write_notebook(tmp_path / "broken.ipynb", "import synthesis_breaks_the_fork")
        (tmp_path / "synthesis_breaks_the_fork.py").write_text("import os\nos._exit(3)", encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        run = run_plan([*two_jobs, quick(broken, "broken")], folder)
        assert statuses(run) == {"page-1": "executed", "page-2": "executed", "broken": "failed"}

    def test_a_run_works_inside_a_running_event_loop(self, two_jobs, folder):
        async def within():
            return run_plan(two_jobs[:1], folder)

        assert not asyncio.run(within()).failed


PUBLISHES = 'from synthesis.reports import publish_file\npublish_file("rows.csv", "a,b\\n1,é\\n")'


def test_a_file_that_a_notebook_publishes_lies_beside_its_page_and_is_on_record(tmp_path, folder, monkeypatch):
    job = Job(write_notebook(tmp_path / "n.ipynb", PUBLISHES), "page")
    run_plan([job], folder)
    page = folder / "page"
    assert (page / "rows.csv").read_bytes() == "a,b\n1,é\n".encode()
    assert "rows.csv" in json.loads((page / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert "Published" not in (page / "page.html").read_text(encoding="utf-8").partition("How this page was made")[0]
    monkeypatch.setattr(fingerprint, "template_hash", lambda: "another template")
    assert statuses(run_plan([job], folder)) == {"page": "rendered"}
    assert (page / "rows.csv").is_file()
    (page / "rows.csv").write_text("a better row", encoding="utf-8")
    assert statuses(run_plan([job], folder)) == {"page": "executed"}
    assert (page / "rows.csv").read_bytes() == "a,b\n1,é\n".encode()
