"""Make the folder of each page, away from the report until all are done."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis.errors import NotebookError
from synthesis.reports.record.fingerprint import command_line, render_key, surroundings
from synthesis.reports.record.jobs import Job, JobDone
from synthesis.reports.record.manifest import NAME, outputs_of, page_manifest, read_manifest, title_of, write_json
from synthesis.reports.record.published import published_files
from synthesis.reports.run.folder import FAILED

if TYPE_CHECKING:
    from synthesis.reports.page.page import PageMaker
    from synthesis.reports.run.execute import Execution

Progress = Callable[[str], None]


class Counter:
    """Prints a numbered line for each page."""

    def __init__(self, progress: Progress, total: int, unchanged: int):
        self._progress, self._total, self._number = progress, total, unchanged
        if unchanged:
            progress(f"{unchanged} of {total} pages are up to date.")

    def __call__(self, text: str) -> None:
        """Print the next line."""
        self._number += 1
        self._progress(f"[{self._number:>{len(str(self._total))}}/{self._total}] {text}")


class Maker:
    """Turns executed notebooks into folders with page and manifest, within the staging folder."""

    def __init__(self, output: Path, staging: Path, tell: Progress):
        self.output, self.staging, self.tell = output, staging, tell
        self._surroundings: dict[Path, dict[str, Any]] = {}

    @cached_property
    def pages(self) -> PageMaker:
        """Return the page maker, imported when there is a page to make."""
        from synthesis.reports.page.page import PageMaker

        return PageMaker()

    def folder(self, job: Job) -> Path:
        """Return the new, empty folder of a job's page."""
        folder = self.staging / job.slug
        folder.mkdir()
        return folder

    def finish(self, job: Job, outcome: Execution | NotebookError) -> JobDone:
        """Render a notebook that was just executed, or keep it as far as it ran."""
        return self._fail(job, outcome) if isinstance(outcome, NotebookError) else self._render(job, outcome)

    def _render(self, job: Job, execution: Execution) -> JobDone:
        where = job.runs_in
        if where not in self._surroundings:
            self._surroundings[where] = surroundings(where)
        manifest = page_manifest(
            job,
            started=execution.started,
            seconds=execution.seconds,
            surroundings=self._surroundings[where],
            command=command_line(),
        )
        self._write(job, manifest)
        self.tell(f"{job.slug}  {execution.seconds:.1f} s")
        return JobDone(job, "executed", execution.seconds)

    def render_again(self, job: Job) -> JobDone:
        """Render the notebook of an earlier run with today's template."""
        folder, old = self.folder(job), self.output / job.slug
        for name in (f"{job.slug}.ipynb", "results.json", *published_files(old)):
            (folder / name).write_bytes((old / name).read_bytes())
        today = {"render_key": render_key(job), "title": job.title or title_of(job.notebook), "site": job.site}
        self._write(job, {**(read_manifest(old) or {}), **today})
        self.tell(f"{job.slug}  rendered again")
        return JobDone(job, "rendered")

    def _fail(self, job: Job, failure: NotebookError) -> JobDone:
        folder = self.staging / job.slug
        for kept in folder.glob(f"*{FAILED}"):
            kept.replace(self.staging / kept.name)
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()
        self.tell(f"{job.slug}  FAILED: {failure}")
        return JobDone(job, "failed", message=str(failure))

    def _write(self, job: Job, manifest: dict[str, Any]) -> None:
        folder = self.staging / job.slug
        html = self.pages.page(folder / f"{job.slug}.ipynb", manifest)
        (folder / f"{job.slug}.html").write_text(html, encoding="utf-8", newline="\n")
        write_json(folder / NAME, {**manifest, "outputs": outputs_of(job, folder)})
