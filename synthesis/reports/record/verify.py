"""Check finished pages against the data, code and libraries of today."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthesis.errors import ReportError
from synthesis.reports.record.fingerprint import NUMERIC_LIBRARIES, code_hash, hash_file, versions
from synthesis.reports.record.manifest import NAME, read_manifest

REFERENCES = "references.bib#"
ALTERED = "Altered since they were written:"
OUT_OF_DATE = "Made from other data, code or libraries than today's:"
REMEDY = "`synthesis report` makes again what is altered or out of date."


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

    Examples
    --------
    >>> from synthesis.reports import Discrepancy
    >>> print(Discrepancy("data", "data/trials/ash2011peer/outcomes.csv", recorded="0c5f", found="91aa"))
    data data/trials/ash2011peer/outcomes.csv was 0c5f and is now 91aa
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

    Examples
    --------
    >>> from synthesis.reports import verify_manifest
    >>> verify_manifest("nowhere/02_pooled_effect-hope")
    Traceback (most recent call last):
        ...
    synthesis.errors.ReportError: nowhere/02_pooled_effect-hope has no manifest written by ...
    """
    manifest = read_manifest(Path(folder))
    if manifest is None or "outputs" not in manifest:
        raise ReportError(f"{folder} has no manifest written by `synthesis report`.")
    found = _outputs(manifest, Path(folder)) | _data(manifest, Path(data), Path(references)) | _code(manifest)
    return [Discrepancy(*where, *values) for where, values in found.items() if values[0] != values[1]]


@dataclass(frozen=True)
class Verification:
    """What a whole report is worth today.

    Attributes
    ----------
    folder : pathlib.Path
    pages : mapping of str to tuple of Discrepancy
        What is not as recorded, by page; empty for a page that is unaltered and up to date.
    report : tuple of Discrepancy
        What concerns no page by itself: the index, and data that no page knows.

    Examples
    --------
    >>> from synthesis.reports import Discrepancy, Verification
    >>> moved = Discrepancy("data", "data/trials/ash2011peer/outcomes.csv", recorded="0c5f", found="91aa")
    >>> found = Verification("reports", {"00_summary": (moved,), "01_evidence": ()}, report=())
    >>> found.holds
    False
    >>> print(found)
    reports: 2 pages.
    Made from other data, code or libraries than today's:
      data data/trials/ash2011peer/outcomes.csv was 0c5f and is now 91aa (00_summary)
    `synthesis report` makes again what is altered or out of date.
    """

    folder: Path
    pages: Mapping[str, tuple[Discrepancy, ...]]
    report: tuple[Discrepancy, ...]

    @property
    def holds(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.report and not any(self.pages.values())

    def __str__(self) -> str:
        pages = f"{len(self.pages)} page{'' if len(self.pages) == 1 else 's'}"
        if self.holds:
            return f"{self.folder}: {pages}, unaltered and made from today's data, code and libraries."
        where: dict[Discrepancy, list[str]] = {one: ["the report"] for one in self.report}
        for page, found in self.pages.items():
            for one in found:
                where.setdefault(one, []).append(page)
        parts = (
            (ALTERED, [one for one in where if one.kind == "output"]),
            (OUT_OF_DATE, [one for one in where if one.kind != "output"]),
        )
        lines = [f"{self.folder}: {pages}."]
        for heading, found in parts:
            lines += [heading] * bool(found) + [f"  {one} ({_listed(where[one])})" for one in found]
        return "\n".join([*lines, REMEDY])


def verify_report(
    folder: Path | str = "reports", data: Path | str = "data", *, references: Path | str = "references.bib"
) -> Verification:
    """Compare every page of a report with its manifest, and the manifests with today's data and code.

    Parameters
    ----------
    folder : path
        The report, or one page of it.
    data, references : path
        The data root and bibliography to compare with.

    Raises
    ------
    ReportError
        When there is no report that `synthesis report` or `render_report` made.

    Examples
    --------
    >>> from synthesis.reports import verify_report
    >>> verify_report("nowhere")
    Traceback (most recent call last):
        ...
    synthesis.errors.ReportError: nowhere has no manifest written by `synthesis report`.
    """
    folder = Path(folder)
    manifest = read_manifest(folder) or {}
    if "pages" not in manifest:
        found = verify_manifest(folder, data, references=references)
        return Verification(folder, {str(manifest["page"]): tuple(found)}, ())
    pages = {page: tuple(_of_page(folder / page, key, data, references)) for page, key in manifest["pages"].items()}
    manifests = [read_manifest(folder / page) for page in pages]
    known = {name for one in manifests if one for name in one["data"]["files"]}
    index = {name: digest for name, digest in manifest.get("files", {}).items() if name == "index.html"}
    altered = [Discrepancy("output", name, then, _hash(folder / name)) for name, then in index.items()]
    added = [path for path in sorted(Path(data).rglob("*.csv")) if path.relative_to(data).as_posix() not in known]
    if None in manifests:  # nobody knows which data that page knew
        added = []
    unknown = [Discrepancy("data", path.relative_to(data).as_posix(), None, hash_file(path)) for path in added]
    return Verification(folder, pages, tuple(one for one in (*altered, *unknown) if one.recorded != one.found))


def _of_page(folder: Path, key: str, data: Path | str, references: Path | str) -> list[Discrepancy]:
    if read_manifest(folder) is None:
        return [Discrepancy("output", f"{folder.name}/{NAME}", key, None)]
    return verify_manifest(folder, data, references=references)


def _listed(pages: list[str]) -> str:
    return f"{len(pages)} pages" if len(pages) > 3 else ", ".join(pages)


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
