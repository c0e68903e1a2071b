"""The two ways in: the whole report, and one notebook by itself."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis.cache import clear_old, own_folder, state_of_code
from synthesis.errors import NotebookError, ReportError
from synthesis.files import told_as
from synthesis.reports.record.fingerprint import (
    NUMERIC_LIBRARIES,
    PACKAGE,
    command_line,
    hash_files,
    hash_plain,
    surroundings,
    versions,
)
from synthesis.reports.record.inputs import Inputs, pages_up_to_date
from synthesis.reports.record.jobs import Job, places_from
from synthesis.reports.record.manifest import NAME, outputs_of, page_manifest, write_json
from synthesis.reports.record.parameters import check_parameters, known_parameters, read_settings
from synthesis.reports.record.published import published_files
from synthesis.reports.run.folder import FAILED, ReportFolder
from synthesis.reports.run.making import Progress

if TYPE_CHECKING:
    from synthesis.evidence import Evidence
    from synthesis.reports.run.run import ReportRun


# New objects after which Python looks for rings of dead ones; by itself it looks every 700.
SELDOM = 100_000
OLDER = "Made from other pages than these: {names}. To make them anew: synthesis document {folder}"
# Where an installed package has its notebooks: in a wheel, or in the repository it is installed from.
INSTALLED = (PACKAGE / "notebooks", PACKAGE.parent / "notebooks")


def to_stderr(line: str) -> None:
    """Print a line of progress where it does not mix with results."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def run_report(
    data: Path | str = "data",
    *,
    references: Path | str = "references.bib",
    outcomes: Iterable[str] = (),
    output: Path | str = "reports",
    settings: Iterable[str] = (),
    notebooks: Path | str | None = None,
    jobs: int | None = None,
    force: bool = False,
    progress: Progress = to_stderr,
    explorer: Callable[[Evidence], str] | None = None,
) -> int:
    """Execute the notebooks on a data root and render them, re-executing only what changed.

    Parameters
    ----------
    data, references : path
        The data root and the bibliography.
    outcomes : iterable of str
        Outcomes to report; by default every one with at least three poolable trials.
    output : path
        Folder of the report: new, empty, or made by an earlier run.
    settings : iterable of str
        Parameters of the notebooks as `name=value`.
    notebooks : path, optional
        Folder of the notebooks; by default `notebooks` here, else those that were installed, which then run here.
    jobs : int, optional
        Notebooks executed side by side.
    force : bool
        Execute everything again.
    progress : callable
        Receives each line of progress.
    explorer : callable, optional
        Makes of the evidence the page on which readers explore, which stands beside the index and is linked there.

    Returns
    -------
    int
        The exit code: 0, or 1 when a notebook failed (its message was given to `progress`).

    Raises
    ------
    DataError, ChoiceError, ReportError
        Before anything is started.

    Examples
    --------
    >>> from synthesis.reports import run_report
    >>> run_report(outcomes=["hope"], output="report")  # doctest: +SKIP
    >>> run_report(notebooks="nowhere")
    Traceback (most recent call last):
        ...
    synthesis.errors.ReportError: There is no folder nowhere with the notebooks; name the one that ...
    """
    folder, runs_in = _notebooks(notebooks)
    places = places_from(runs_in, Path(data), Path(references))
    request = {"outcomes": list(outcomes), "settings": list(settings), **places}
    inputs = Inputs(Path(data), Path(references), folder, request)
    pages = 0 if force else pages_up_to_date(Path(output), inputs.taken)
    if pages:
        progress(f"{pages} of {pages} pages are up to date.")
        progress(opening_line(Path(output)))
        return 0
    with told_as(Path(output)):  # also of what kernels need beside it
        run = _make(inputs, Path(output), places, explorer, runs_in=runs_in, jobs=jobs, force=force, progress=progress)
    for line in closing_lines(run):
        progress(line)
    return 1 if run.failed else 0


def _notebooks(given: Path | str | None) -> tuple[Path, Path]:
    """Return the folder of the notebooks, and the one they run in: their own, or this one where they were installed."""
    own = Path("notebooks" if given is None else given)
    if given is None and not own.is_dir():
        found = next((place for place in INSTALLED if place.is_dir()), None)
        if found is not None:
            return found, Path()
    if not own.is_dir():
        raise ReportError(f"There is no folder {own} with the notebooks; name the one that holds them.")
    return own, own


def _make(
    inputs: Inputs,
    output: Path,
    places: Mapping[str, str],
    explorer: Callable[[Evidence], str] | None,
    *,
    runs_in: Path,
    jobs: int | None,
    force: bool,
    progress: Progress,
) -> ReportRun:
    """Plan the report and run the plan, while what kernels are forked from gets ready."""
    from synthesis.evidence import load_evidence
    from synthesis.kept import results_kept
    from synthesis.reports.run.beside import PageBeside
    from synthesis.reports.run.kernels import open_kernels
    from synthesis.reports.run.plan import RESERVED, STEPS, report_plan
    from synthesis.reports.run.run import run_plan

    folder, outcomes = inputs.notebooks, inputs.request["outcomes"]
    paths = [folder / f"{step.notebook}.ipynb" for step in STEPS]
    values = read_settings(inputs.request["settings"], paths, RESERVED)
    ready = (str(runs_in.resolve()), places["data"], places["references"])
    stored = None if force else _results_of_earlier_runs()
    # Here results are kept for the plan and the page to explore on.
    with open_kernels(paths, evidence=[ready], results=stored) as kernels, results_kept(stored), _seldom_collected():
        evidence = load_evidence(inputs.data, references=inputs.references)
        plan = report_plan(evidence, _chosen(evidence, outcomes), notebooks=folder, runs_in=runs_in, settings=values)
        return run_plan(
            plan,
            output,
            workers=jobs,
            force=force,
            progress=progress,
            kernels=kernels,
            inputs=inputs,
            explorer=PageBeside(explorer, evidence) if explorer else None,
        )


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for rings of dead objects more seldom: parsed pages are hundreds of thousands of living ones."""
    before = gc.get_threshold()
    gc.set_threshold(SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _results_of_earlier_runs() -> Path | None:
    """Return where results of this code lie that were computed before; None where there is no such place."""
    libraries = hash_plain({**versions((*NUMERIC_LIBRARIES, "numba")), "code": state_of_code()})
    folder = own_folder("results")
    if folder is not None:
        clear_old(folder)
    return own_folder("results", libraries)


def _chosen(evidence: Evidence, outcomes: list[str]) -> dict[str, int]:
    """Return the outcomes to report with their poolable trials; one that was asked for and has none is refused."""
    from synthesis.answers.verdicts import FEWEST_TRIALS
    from synthesis.reports.run.plan import poolable_trials

    if not outcomes:
        reported = evidence.outcomes.groupby("outcome")["trial"].nunique()
        possible = [name for name in evidence.codebook.outcomes["outcome"] if reported.get(name, 0) >= FEWEST_TRIALS]
        counts = poolable_trials(evidence, possible) if possible else {}
        return {outcome: trials for outcome, trials in counts.items() if trials >= FEWEST_TRIALS}
    counts = poolable_trials(evidence, outcomes)
    empty = [outcome for outcome, trials in counts.items() if not trials]
    if empty:
        raise ReportError(
            f"No trial can be pooled on {', '.join(empty)}, so there is no page to make; "
            f"`synthesis effects --outcome {empty[0]}` says why."
        )
    return counts


def closing_lines(run: ReportRun) -> list[str]:
    """Say what a run did: pages removed, pages missing, where to look."""
    lines = []
    if run.removed:
        lines.append(f"Removed {len(run.removed)} pages that are no longer part of the report.")
    if run.failed:
        kept = run.index.parent / f"*{FAILED}"
        lines.append(f"{len(run.failed)} of {len(run.done)} pages are missing; as far as they ran: {kept}")
    if run.older:
        lines.append(OLDER.format(names=", ".join(run.older), folder=run.index.parent))
    return [*lines, opening_line(run.index.parent)]


def opening_line(folder: Path) -> str:
    """Say where to look."""
    return f"Open {folder / 'index.html'}"


def render_report(notebook: Path | str, output: Path | str, **parameters: Any) -> Path:
    """Execute one notebook with parameters and render it.

    Parameters
    ----------
    notebook : path
        A parameterised notebook. It runs in its own folder, so relative paths among the parameters start there.
    output : path
        Folder for the page, the executed notebook, `results.json` and `manifest.json`: new, empty, or made by an
        earlier call.
    **parameters
        Values of the notebook's parameters.

    Returns
    -------
    pathlib.Path
        The rendered page.

    Raises
    ------
    ParameterError, ReportError
        Before the notebook is started.
    NotebookError
        When it stops; the notebook as far as it ran is kept in `output`.

    Examples
    --------
    >>> page = render_report("notebooks/02_pooled_effect.ipynb", "pages", outcome="hope")
    >>> page.name
    '02_pooled_effect.html'
    """
    from synthesis.reports.page.page import PageMaker
    from synthesis.reports.run.execute import Execution, execute_all
    from synthesis.reports.run.kernels import open_kernels

    path, folder = Path(notebook), ReportFolder(Path(output))
    job = Job(path, _slug(path), parameters=parameters)
    check_parameters([job])
    job = replace(job, files=_files_read(job))
    with folder.staging() as staging:
        outcomes: list[Execution | NotebookError] = []
        with open_kernels([path], "started") as kernels:
            execute_all([(job, staging)], lambda _, outcome: outcomes.append(outcome), kernels=kernels, workers=1)
        (outcome,) = outcomes
        if isinstance(outcome, NotebookError):
            folder.take(staging, f"{job.slug}{FAILED}")
            raise outcome
        manifest = page_manifest(
            job,
            started=outcome.started,
            seconds=outcome.seconds,
            surroundings=surroundings(path.parent),
            command=command_line(),
        )
        html = PageMaker().page(outcome.notebook, manifest, in_report=False)
        (staging / f"{job.slug}.html").write_text(html, encoding="utf-8", newline="\n")
        write_json(staging / NAME, {**manifest, "outputs": outputs_of(job, staging)})
        others = published_files(staging)
        folder.take(staging, f"{job.slug}.ipynb", "results.json", *others, f"{job.slug}.html", NAME)
    return folder.path / f"{job.slug}.html"


def _slug(notebook: Path) -> str:
    return re.sub(r"[^a-z0-9_.-]+", "-", notebook.stem.lower()).strip("-._") or "notebook"


def _files_read(job: Job) -> dict[str, str]:
    """Return the fingerprints of the data root and bibliography that the notebook's parameters point to."""
    known = known_parameters(job.notebook)
    files: dict[str, str] = {}
    for name in ("data", "references"):
        if name in known:
            place = job.notebook.parent / job.parameters.get(name, known[name].default)
            found = place.rglob("*.csv") if place.is_dir() else filter(Path.is_file, [place])
            files |= hash_files(found, place if place.is_dir() else place.parent)
    return files
