"""Ctrl-C and worse in the middle of a run: the report stays as it was, and no kernel stays behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from builders.reports_cases import NOTEBOOKS, tree, write_notebook
from synthesis.reports import Job, run_plan

ROOT = Path(__file__).parents[2]
PAUSE_SECONDS = 60  # how long to wait for another process before the test is given up


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "reports of {2026} é"


@pytest.fixture
def report(tmp_path, folder):
    """Make a report of one page and return its plan."""
    plan = [Job(write_notebook(tmp_path / "n.ipynb", "1"), "page")]
    run_plan(plan, folder)
    return plan


def interrupted_run(plan_source, folder, started, number):
    """Start a run in a session of its own, signal it once its notebook runs, return its code and messages."""
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from synthesis.reports import Job, run_plan
        try:
            run_plan({plan}, {folder!r})
        except KeyboardInterrupt:
            sys.exit(130)
        """
    ).format(plan=plan_source, folder=str(folder))
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_until(started.exists)
    os.killpg(process.pid, number)  # as a terminal does
    _, messages = process.communicate(timeout=PAUSE_SECONDS)
    return process.returncode, messages


def wait_until(condition):
    end = time.monotonic() + PAUSE_SECONDS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
class TestInterruption:
    def slow_plan(self, started):
        slow = f'Job(Path({str(NOTEBOOKS / "slow.ipynb")!r}), "slow", parameters={{"started": {str(started)!r}}})'
        return f"[{slow}]"

    def test_of_a_first_run_leaves_nothing_and_no_kernel(self, tmp_path, folder):
        started = tmp_path / "started"
        code, messages = interrupted_run(self.slow_plan(started), folder, started, signal.SIGINT)
        assert (code, messages) == (130, "")
        assert not folder.exists()
        wait_until(lambda: is_gone(int(started.read_text())))

    def test_of_a_later_run_leaves_the_old_report(self, tmp_path, report, folder):
        before, started = tree(folder), tmp_path / "started"
        code, _ = interrupted_run(self.slow_plan(started), folder, started, signal.SIGINT)
        assert code == 130
        assert tree(folder) == before
        assert not list(folder.glob(".part-*"))

    def test_by_kill_ends_the_kernels_too(self, tmp_path, report, folder):
        before, started = tree(folder), tmp_path / "started"
        interrupted_run(self.slow_plan(started), folder, started, signal.SIGKILL)
        wait_until(lambda: is_gone(int(started.read_text())))
        assert {name: found for name, found in tree(folder).items() if not name.startswith(".part-")} == before
        (leftover,) = folder.glob(".part-*")
        os.utime(leftover, (0, 0))
        run_plan(report, folder)
        assert not leftover.exists(), "the next run clears away what the killed one left"
