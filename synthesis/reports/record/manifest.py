"""The manifest beside each page: what it was made from, with what, when and how, so that a later reader can check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthesis.reports.record.fingerprint import data_hash, hash_file, job_key, notebook_hash, render_key
from synthesis.reports.record.jobs import Job
from synthesis.reports.record.parameters import read_notebook, source_of
from synthesis.reports.record.published import published_files

MADE_BY = "synthesis report"
NAME = "manifest.json"


def page_manifest(
    job: Job, *, started: str, seconds: float, surroundings: Mapping[str, Any], command: str
) -> dict[str, Any]:
    """Return the manifest of a page, yet without the fingerprints of its files.

    Parameters
    ----------
    job : Job
    started : str
        When the notebook's execution began, ISO 8601, UTC.
    seconds : float
        How long it took.
    surroundings : Mapping
        From `fingerprint.surroundings`.
    command : str
        The command line that made it.
    """
    return {
        "made_by": MADE_BY,
        "page": job.slug,
        "title": job.title or title_of(job.notebook),
        "site": job.site,
        "hypotheses": job.hypotheses,
        "notebook": {"name": job.notebook.name, "sha256": notebook_hash(job.notebook)},
        "parameters": dict(job.parameters),
        "seed": job.parameters.get("seed"),
        "data": {"sha256": data_hash(job.files), "files": dict(job.files)},
        **surroundings,
        "started": started,
        "seconds": seconds,
        "command": command,
        "key": job_key(job),
        "render_key": render_key(job),
    }


def title_of(notebook: Path) -> str:
    """Return a notebook's first heading of the first level; its name when it has none."""
    prose = (source_of(cell) for cell in read_notebook(notebook)["cells"] if cell["cell_type"] == "markdown")
    lines = (line for source in prose for line in source.splitlines())
    return next((line.removeprefix("# ").strip() for line in lines if line.startswith("# ")), notebook.stem)


def outputs_of(job: Job, folder: Path) -> dict[str, str]:
    """Return the fingerprints of a page's files."""
    others = published_files(folder) if folder.is_dir() else []
    names = (f"{job.slug}.ipynb", "results.json", f"{job.slug}.html", *others)
    return {name: hash_file(folder / name) for name in names if (folder / name).is_file()}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest in a folder; None when there is none of ours, or it cannot be read."""
    try:
        manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("made_by") == MADE_BY else None


def write_json(path: Path, content: Any) -> None:
    """Write strict JSON, readable by people and by every parser."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
