"""Run a plan: find what changed, execute it in parallel, render it, and put the whole report in place at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synthesis.errors import ReportError
from synthesis.machine import processors
from synthesis.reports.page.index import Summary, index_page, published_summary
from synthesis.reports.record.documents import documents_beside
from synthesis.reports.record.fingerprint import job_key, render_key
from synthesis.reports.record.inputs import Inputs, State, recorded_files
from synthesis.reports.record.jobs import Job, JobDone
from synthesis.reports.record.manifest import outputs_of, read_manifest
from synthesis.reports.record.parameters import check_parameters
from synthesis.reports.run.folder import EXPLORER, ReportFolder, report_manifest
from synthesis.reports.run.making import Counter, Maker, Progress

if TYPE_CHECKING:
    from synthesis.reports.run.beside import PageBeside
    from synthesis.reports.run.kernels import Kernels, KernelStart

KERNELS_A_PROCESSOR = 2  # of forked ones

Summarise = Callable[[Mapping[str, Mapping[str, Any]]], Summary]


@dataclass(frozen=True)
class ReportRun:
    """What a run did.

    Attributes
    ----------
    index : pathlib.Path
        The page to open.
    done : tuple of JobDone
        In the plan's order.
    removed : tuple of str
        Pages of an earlier plan that are gone.
    older : tuple of str
        Documents beside the index that were made from other pages.

    Examples
    --------
    >>> from pathlib import Path
    >>> from synthesis.reports import JobDone, ReportRun, report_plan
    >>> first, second, *_ = report_plan(evidence, {})
    >>> done = (JobDone(first, "unchanged"), JobDone(second, "failed", message="stopped in cell 4"))
    >>> run = ReportRun(Path("reports/index.html"), done, removed=())
    >>> [one.job.slug for one in run.failed]
    ['01_evidence']
    """

    index: Path
    done: tuple[JobDone, ...]
    removed: tuple[str, ...]
    older: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[JobDone, ...]:
        """Return the jobs without a page."""
        return tuple(done for done in self.done if done.status == "failed")


def run_plan(
    plan: Sequence[Job],
    output: Path | str,
    *,
    workers: int | None = None,
    force: bool = False,
    progress: Progress = lambda line: None,
    summarise: Summarise | None = None,
    start: KernelStart = "auto",
    kernels: Kernels | None = None,
    inputs: Inputs | None = None,
    explorer: PageBeside | None = None,
) -> ReportRun:
    """Bring a folder of pages up to date with a plan.

    Parameters
    ----------
    plan : sequence of Job
        One page each.
    output : path
        Folder for the report: new, empty, or made by an earlier run.
    workers : int, optional
        Notebooks executed side by side; by default two a processor where kernels are forked, because a kernel often
        waits for messages, and one where each starts with its own libraries, two at least.
    force : bool
        Execute everything, whether it changed or not.
    progress : callable
        Receives a line of text for each page that is finished.
    summarise : callable, optional
        Makes the index's summary from the published results by page; `index.published_summary` by default.
    start : {"auto", "forked", "started"}
        How kernels come to be; see `kernels.open_kernels`.
    kernels : Kernels, optional
        Where they come from, if that was opened before.
    inputs : Inputs, optional
        What the plan was made from; recorded, so that a later call knows without a plan whether anything changed.
    explorer : PageBeside, optional
        The page on which readers explore, which the index then links; empty where there is nothing to explore.

    Returns
    -------
    ReportRun

    Raises
    ------
    ParameterError, ReportError
        Before anything is started; ReportError also at the end, when the data changed meanwhile. The folder is as it
        was before.
    KeyboardInterrupt
        After every kernel has ended; the folder is as it was before.

    Examples
    --------
    >>> from synthesis.reports import report_plan, run_plan, verify_manifest, verify_report
    >>> plan = [job for job in report_plan(evidence, {}) if job.slug == "03_fidelity_coding"]
    >>> run = run_plan(plan, "reports")
    >>> [one.job.title for one in run.done], run.failed
    (['The change model and the coding'], ())
    >>> verify_manifest(run.index.parent / plan[0].slug)
    []
    >>> print(verify_report(run.index.parent))
    reports: 1 page, unaltered and made from today's data, code and libraries.
    """
    _check_plan(plan)
    check_parameters(plan)
    folder = ReportFolder(Path(output))
    needs = {job.slug: "execute" if force else _need(job, folder.path / job.slug) for job in plan}
    with folder.staging() as staging:
        done = {job.slug: JobDone(job, "unchanged") for job in plan if needs[job.slug] == "nothing"}
        maker = Maker(folder.path, staging, Counter(progress, len(plan), len(done)))
        stale = [job for job in plan if needs[job.slug] == "render"]
        done |= {job.slug: maker.render_again(job) for job in stale}
        todo = [job for job in plan if needs[job.slug] == "execute"]
        if explorer and kernels and todo:
            explorer.start(kernels)
        done |= {result.job.slug: result for result in _execute(todo, maker, workers, start, kernels)}
        ordered = [done[job.slug] for job in plan]
        return _install(folder, staging, ordered, summarise, inputs, explorer)


def _check_plan(plan: Sequence[Job]) -> None:
    if not plan:
        raise ReportError("There is nothing to report: the plan has no notebook.")
    slugs = [job.slug for job in plan]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    if twice:
        raise ReportError(f"Two pages of the plan have the same name: {', '.join(twice)}.")


def _need(job: Job, folder: Path) -> Literal["execute", "render", "nothing"]:
    """Say what a page needs, from its manifest and whether its files are still those the manifest names."""
    manifest = read_manifest(folder)
    if manifest is None or manifest.get("key") != job_key(job):
        return "execute"
    recorded, found = manifest.get("outputs", {}), outputs_of(job, folder)
    page = f"{job.slug}.html"
    if {**recorded, page: None} != {**found, page: None}:
        return "execute"
    if manifest.get("render_key") != render_key(job) or recorded.get(page) != found.get(page):
        return "render"
    return "nothing"


def _execute(
    jobs: Sequence[Job], maker: Maker, workers: int | None, start: KernelStart, kernels: Kernels | None
) -> list[JobDone]:
    if not jobs:
        return []
    from synthesis.reports.run.execute import execute_all
    from synthesis.reports.run.kernels import open_kernels

    done: list[JobDone] = []
    tasks = [(job, maker.folder(job)) for job in longest_first(jobs)]
    opened = nullcontext(kernels) if kernels else open_kernels({job.notebook for job in jobs}, start)
    with opened as source:
        execute_all(
            tasks,
            lambda job, outcome: done.append(maker.finish(job, outcome)),
            kernels=source,
            workers=workers or _side_by_side(source),
        )
    return done


def longest_first(jobs: Sequence[Job]) -> list[Job]:
    """Return the pages that take long before the others, those of more files first; the others in their order."""
    return sorted(jobs, key=lambda job: (not job.takes_long, -len(job.files) if job.takes_long else 0))


def _side_by_side(kernels: Kernels) -> int:
    return KERNELS_A_PROCESSOR * processors() if kernels.warm else max(2, processors())


def _install(
    folder: ReportFolder,
    staging: Path,
    done: Sequence[JobDone],
    summarise: Summarise | None,
    inputs: Inputs | None,
    explorer: PageBeside | None,
) -> ReportRun:
    """Write the index of old and new pages and move everything into place, beyond the reach of Ctrl-C."""
    made = [result.job for result in done if result.status != "failed"]
    places = {job.slug: _newest(job, folder.path, staging) for job in made}
    manifests = {slug: read_manifest(place) or {} for slug, place in places.items()}
    results = {slug: json.loads((place / "results.json").read_text("utf-8")) for slug, place in places.items()}
    missing = {result.job.slug: result.message for result in done if result.status == "failed"}
    covers = {job.slug: places[job.slug] / f"{job.slug}.ipynb" for job in made if job.cover}
    summary = (summarise or published_summary)(results)
    explored = explorer.text() if explorer else ""
    if explored:
        (staging / EXPLORER).write_text(explored, encoding="utf-8", newline="\n")
    jobs = [result.job for result in done]
    beside = documents_beside(folder.path, places.values())
    index = index_page(
        jobs,
        summary,
        manifests,
        missing=missing,
        covers=covers,
        explorer=EXPLORER if explored else "",
        documents=beside,
    )
    (staging / "index.html").write_text(index, encoding="utf-8", newline="\n")
    keys = {slug: manifest["key"] for slug, manifest in manifests.items()}
    manifest = report_manifest(keys, missing, datetime.now(UTC).isoformat(timespec="seconds"))
    state = _unchanged(inputs) if inputs else None
    if state and not missing:
        manifest |= {"inputs": state, "files": recorded_files(places, staging / "index.html")}
    with ThreadPoolExecutor(1) as mover:  # an interruption reaches the main thread only, which then waits for this one
        removed = mover.submit(folder.install, staging, keys, manifest).result()
    older = tuple(own.name for own in beside if not own.is_current)
    return ReportRun(folder.path / "index.html", tuple(done), removed, older)


def _unchanged(inputs: Inputs) -> State | None:
    """Return the state the plan was made from; None if part of it is another by now. Data may not be another."""
    now = inputs.now()
    if inputs.taken is None:
        return None
    if now is None or now["evidence"] != inputs.taken["evidence"]:
        raise ReportError(
            f"{inputs.data} or {inputs.references} changed while the report was made, so that its pages would not "
            "belong together. The report is as it was before; run it again."
        )
    return inputs.taken if now == inputs.taken else None


def _newest(job: Job, output: Path, staging: Path) -> Path:
    made_now = staging / job.slug
    return made_now if made_now.is_dir() else output / job.slug
