"""A job: one notebook to execute with its parameters, and the data it depends on."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["executed", "rendered", "unchanged", "failed"]

# A slug names a folder, a file and part of a link on every system.
SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class Job:
    """One notebook to execute and render.

    Attributes
    ----------
    notebook : pathlib.Path
        The parameterised notebook; it is never written to.
    slug : str
        Name of the page's folder and files: lower case letters, digits, `-`, `_` and `.`.
    title : str
        The page's heading; the notebook's own first heading when empty.
    section, blurb : str
        Where the index lists the page and what it says of it in a line.
    outcome : str
        The outcome domain the page is about; empty for pages about everything.
    parameters : Mapping[str, Any]
        Values for the notebook's parameters.
    files : Mapping[str, str]
        SHA-256 of each data file the notebook uses, by path: what decides whether it must run again.
    cover : bool
        Whether the index shows the page's first figure.
    site : str
        What the report as a whole is called.
    hypotheses : str
        Fingerprint of the declared hypotheses.
    folder : pathlib.Path, optional
        Where the notebook runs, and its relative paths start; its own folder by default.
    takes_long : bool
        Whether it starts before those that do not, so that nobody waits for it alone at the end.

    Examples
    --------
    >>> from synthesis.reports import report_plan
    >>> job = report_plan(evidence, {"hope": 7})[2]
    >>> job.slug, job.title, job.outcome
    ('03_fidelity_coding', 'The change model and the coding', '')
    """

    notebook: Path
    slug: str
    title: str = ""
    section: str = ""
    blurb: str = ""
    outcome: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    cover: bool = False
    site: str = ""
    hypotheses: str = ""
    folder: Path | None = None
    takes_long: bool = False

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise ValueError(f"slug {self.slug!r} must be lower case letters, digits, '-', '_' or '.'")

    @property
    def runs_in(self) -> Path:
        """Return the folder in which the notebook runs."""
        return self.folder or self.notebook.parent

    @property
    def page(self) -> str:
        """Return the page's path within the report, with forward slashes."""
        return f"{self.slug}/{self.slug}.html"


@dataclass(frozen=True)
class JobDone:
    """What became of a job: its status, how long its notebook ran in this run, and the message if it failed.

    Examples
    --------
    >>> from synthesis.reports import JobDone, report_plan
    >>> done = JobDone(report_plan(evidence, {})[0], "failed", seconds=2.5, message="stopped in cell 4")
    >>> done.job.slug, done.status
    ('00_summary', 'failed')
    """

    job: Job
    status: Status
    seconds: float = 0.0
    message: str = ""


def places_from(folder: Path, data: Path, references: Path) -> dict[str, str]:
    """Return where the notebooks of a folder find the evidence, by the names of their parameters."""
    return {"data": path_from(folder, data), "references": path_from(folder, references)}


def path_from(folder: Path, target: Path) -> str:
    """Return a path as seen from a folder, with forward slashes: what a notebook that runs there is given."""
    try:
        return Path(os.path.relpath(target.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive, on Windows
        return target.resolve().as_posix()
