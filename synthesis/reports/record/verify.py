"""Check a finished page against the data, code and libraries of today."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthesis.errors import ReportError
from synthesis.reports.record.fingerprint import NUMERIC_LIBRARIES, code_hash, hash_file, versions
from synthesis.reports.record.manifest import read_manifest

REFERENCES = "references.bib#"


@dataclass(frozen=True)
class Discrepancy:
    """One thing that is not as the manifest recorded it.

    Attributes
    ----------
    kind : {"output", "data", "code", "library"}
        Only `output` means that the page itself was altered; the others, that it may be out of date.
    name : str
        The file or library.
    recorded, found : str or None
        Fingerprint or version then and now; None when it does not exist now.
    """

    kind: str
    name: str
    recorded: str | None
    found: str | None

    def __str__(self) -> str:
        now = "is gone" if self.found is None else f"is now {self.found[:12]}"
        return f"{self.kind} {self.name} was {(self.recorded or 'absent')[:12]} and {now}"


def verify_manifest(
    folder: Path | str, data: Path | str = "data", *, references: Path | str = "references.bib"
) -> list[Discrepancy]:
    """Compare a page with its manifest, and its manifest with today's data and code.

    Parameters
    ----------
    folder : path
        A page's folder, with its `manifest.json`.
    data, references : path
        The data root and bibliography to compare with.

    Returns
    -------
    list of Discrepancy
        Empty when the page is unaltered and today's data, code and libraries are those it was made with.

    Raises
    ------
    ReportError
        When the folder has no manifest of ours.
    """
    manifest = read_manifest(Path(folder))
    if manifest is None or "outputs" not in manifest:
        raise ReportError(f"{folder} has no manifest written by `synthesis report`.")
    found = _outputs(manifest, Path(folder)) | _data(manifest, Path(data), Path(references)) | _code(manifest)
    return [Discrepancy(*where, *values) for where, values in found.items() if values[0] != values[1]]


Compared = dict[tuple[str, str], tuple[str | None, str | None]]


def _outputs(manifest: Mapping[str, Any], folder: Path) -> Compared:
    return {("output", name): (then, _hash(folder / name)) for name, then in manifest["outputs"].items()}


def _data(manifest: Mapping[str, Any], data: Path, references: Path) -> Compared:
    entries = dict(_entries(manifest, references))
    return {
        ("data", name): (then, entries[name] if name in entries else _hash(data / name))
        for name, then in manifest["data"]["files"].items()
    }


def _entries(manifest: Mapping[str, Any], references: Path) -> Iterator[tuple[str, str | None]]:
    names = [name for name in manifest["data"]["files"] if name.startswith(REFERENCES)]
    if names:
        from synthesis.evidence.bibliography.library import load_bibliography

        digests = load_bibliography(references).digests
        for name in names:
            yield name, digests.get(name.removeprefix(REFERENCES))


def _code(manifest: Mapping[str, Any]) -> Compared:
    now = versions(NUMERIC_LIBRARIES)
    libraries = {
        ("library", name): (then, now.get(name))
        for name, then in manifest["packages"].items()
        if name in NUMERIC_LIBRARIES
    }
    return libraries | {
        ("library", "python"): (manifest["python"], platform.python_version()),
        ("code", "synthesis"): (manifest["code"]["sha256"], code_hash()),
    }


def _hash(path: Path) -> str | None:
    return hash_file(path) if path.is_file() else None
