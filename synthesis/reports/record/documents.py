"""Which documents lie beside a report, and whether they were made from the pages that it has now: by content alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from synthesis.reports.record.parameters import read_notebook

RECORD = ".documents.json"
MADE_FROM = "made_from"


class Beside(NamedTuple):
    """A document beside a report, and whether its pages are those that it was made from."""

    name: str
    is_current: bool


def page_folders(report: Path) -> list[Path]:
    """Return the folders of a report's pages."""
    return sorted(path.parent for path in report.glob("*/results.json"))


def pages_fingerprint(folders: Iterable[Path]) -> str:
    """Return a fingerprint of what pages say: results, sentences, tables, pictures; not of when they were made."""
    said = sha256()
    for folder in sorted(folders, key=lambda path: path.name):
        said.update(f"{folder.name}\n".encode())
        said.update((folder / "results.json").read_bytes())
        notebook = folder / f"{folder.name}.ipynb"
        for html in _shown(notebook) if notebook.is_file() else ():
            said.update(html.encode())
    return said.hexdigest()


def _shown(notebook: Path) -> Iterable[str]:
    for cell in read_notebook(notebook)["cells"]:
        for output in cell.get("outputs", []):
            yield "".join(output.get("data", {}).get("text/html", ""))


def read_record(report: Path) -> dict[str, Any]:
    """Return what is recorded of the documents in a folder: their SHA-256 by name, and what they were made from."""
    place = report / RECORD
    return json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}


def documents_beside(report: Path, folders: Iterable[Path]) -> list[Beside]:
    """Return the documents that were written beside a report and still lie there.

    Parameters
    ----------
    report : pathlib.Path
    folders : iterable of pathlib.Path
        Of the report's pages, which may yet have to be moved there.
    """
    known: Mapping[str, str] = read_record(report).get(MADE_FROM, {})
    there = sorted(name for name in known if (report / name).is_file())
    now = pages_fingerprint(folders) if there else ""
    return [Beside(name, known[name] == now) for name in there]
