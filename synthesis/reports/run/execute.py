"""Execute one job with papermill and take apart what went wrong when it fails."""

from __future__ import annotations

# Before papermill, which imports nbformat too.
from synthesis.reports.record.notebook_format import nbformat

# isort: split

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import Any

import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from synthesis.errors import NotebookError
from synthesis.reports.record.jobs import Job
from synthesis.reports.record.manifest import write_json
from synthesis.reports.record.published import collect, collect_files
from synthesis.reports.run.kernels import Kernels

ENGINE = "synthesis"

# A cell that runs longer than this is taken to hang.
CELL_TIMEOUT_SECONDS = 900
START_TIMEOUT_SECONDS = 120

# Windows cannot interrupt a wait without an end.
WAIT_SECONDS = 0.5


@dataclass(frozen=True)
class Execution:
    """An executed notebook: where it is, what it published, when it ran and for how long."""

    notebook: Path
    results: dict[str, Any]
    started: str
    seconds: float


class ReportEngine(NBClientEngine):
    """papermill's own engine, with a kernel from `Kernels`."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the notebook's cells in the notebook's own folder."""
        kernels: Kernels = options["kernels"]
        client = PapermillNotebookClient(
            nb_man,
            km=kernels.manager(),
            timeout=CELL_TIMEOUT_SECONDS,
            startup_timeout=START_TIMEOUT_SECONDS,
            shutdown_kernel="immediate",
        )
        try:
            client.execute(cwd=options["kernel_cwd"], env=kernels.environment(), cleanup_kc=True)
        except (CellTimeoutError, RuntimeError):
            nbformat.write(nb_man.nb, options["target"])
            raise
        _name_files(nb_man.nb, options["job"], options["target"])  # papermill writes the notebook after this


papermill_engines.register(ENGINE, ReportEngine)


def execute_all(
    tasks: Sequence[tuple[Job, Path]],
    finish: Callable[[Job, Execution | NotebookError], None],
    *,
    kernels: Kernels,
    workers: int,
) -> None:
    """Execute jobs side by side, each in a thread with a kernel of its own; however this ends, every kernel has ended.

    Parameters
    ----------
    tasks : sequence of (Job, pathlib.Path)
        Jobs and the existing folders they write to; see `execute`.
    finish : callable
        Called in this thread with each job and what became of it, in the order they end.
    kernels : Kernels
        From `kernels.open_kernels`; it gives no kernel afterwards.
    workers : int
        How many run at once.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="report")
    try:
        running = {pool.submit(execute, job, folder, kernels): job for job, folder in tasks}
        while running:
            ended, _ = wait(running, timeout=WAIT_SECONDS, return_when=FIRST_COMPLETED)
            for future in ended:
                finish(running.pop(future), _outcome(future))
    finally:
        kernels.kill()
        pool.shutdown(cancel_futures=True)


def _outcome(future: Future[Execution]) -> Execution | NotebookError:
    try:
        return future.result()
    except NotebookError as failure:
        return failure


@contextmanager
def _event_loop() -> Iterator[None]:
    """Give this thread an event loop and close it: jupyter_core makes one for each thread and leaves it open."""
    loop = ensure_event_loop()
    try:
        yield
    finally:
        loop.close()


def execute(job: Job, folder: Path, kernels: Kernels) -> Execution:
    """Execute a job's notebook into a folder, in a thread without a running event loop.

    Parameters
    ----------
    job : Job
    folder : pathlib.Path
        Existing folder; receives `<slug>.ipynb`, `results.json` and the files it publishes, or `<slug>.failed.ipynb`.
    kernels : Kernels

    Returns
    -------
    Execution

    Raises
    ------
    NotebookError
        Naming the notebook, the cell and the error; the notebook as far as it ran is kept.
    """
    target = folder / f"{job.slug}.ipynb"
    started, clock = datetime.now(UTC), time.perf_counter()
    try:
        with _event_loop():
            executed = _run_papermill(job, target, kernels)
    except PapermillExecutionError as error:
        cell = _position(_keep_failed(job, target), error.cell_index)
        reason = f"{error.ename}: {_first_line(error.evalue)}"
        raise NotebookError(job.notebook.name, cell, _shown(error.source), reason) from error
    except (CellTimeoutError, RuntimeError) as error:  # RuntimeError: the kernel died, or never answered
        kept = _keep_failed(job, target)
        begun = [index for index, cell in enumerate(kept.cells) if cell.metadata.papermill.get("start_time")]
        cell = _position(kept, begun[-1]) if begun else None
        source = _shown(kept.cells[begun[-1]].source) if begun else ""
        reason = f"{type(error).__name__}: {_first_line(error)}"
        raise NotebookError(job.notebook.name, cell, source, reason) from error
    seconds = time.perf_counter() - clock
    try:
        results, files = collect(executed), collect_files(executed)
    except ValueError as error:
        _keep_failed(job, target)
        raise NotebookError(job.notebook.name, None, "", str(error)) from error
    write_json(folder / "results.json", results)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
    return Execution(target, results, started.isoformat(timespec="seconds"), round(seconds, 3))


def _run_papermill(job: Job, target: Path, kernels: Kernels) -> nbformat.NotebookNode:
    return papermill.execute_notebook(
        str(job.notebook).replace("{", "{{").replace("}", "}}"),  # papermill formats its paths
        str(target).replace("{", "{{").replace("}", "}}"),
        parameters=dict(job.parameters),
        engine_name=ENGINE,
        kernel_name="python3",
        progress_bar=False,
        request_save_on_cell_execute=False,
        autosave_cell_every=0,
        kernels=kernels,
        job=job,
        target=target,
        kernel_cwd=str(job.runs_in.resolve()),
    )


def _name_files(notebook: nbformat.NotebookNode, job: Job, target: Path) -> None:
    """Take the paths of this machine, which papermill records, from the notebook."""
    notebook.metadata.papermill["input_path"] = job.notebook.name
    notebook.metadata.papermill["output_path"] = target.name


def _position(kept: nbformat.NotebookNode, index: int) -> int:
    """Turn an index among executed cells into the position, from 1, among those of the notebook as it was written."""
    executed = [cell for cell in kept.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    return index + 1 - sum("injected-parameters" in cell.metadata.get("tags", []) for cell in executed[:index])


def _shown(source: str) -> str:
    """Return the first line of code of a cell, shortened."""
    lines = (line.strip() for line in source.splitlines())
    return shorten(next((line for line in lines if line and not line.startswith("#")), ""), 72, placeholder=" ...")


def _keep_failed(job: Job, target: Path) -> nbformat.NotebookNode:
    """Rename the notebook that papermill left, as far as it ran, and return it."""
    notebook = nbformat.read(target, as_version=4)
    kept = target.with_name(f"{job.slug}.failed.ipynb")
    _name_files(notebook, job, kept)
    nbformat.write(notebook, kept)
    target.unlink()
    return notebook


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "(no message)"
