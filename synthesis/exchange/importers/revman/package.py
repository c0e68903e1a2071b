"""The files of a Cochrane data package: beside one another, in a folder, or in the archive as it is downloaded."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synthesis.errors import DataError
from synthesis.exchange.archive import is_archive, read_archive
from synthesis.exchange.carried import KEY
from synthesis.exchange.importers.revman.rm5 import is_rm5, read_rm5
from synthesis.exchange.importers.revman.rows import KNOWN, NEEDED
from synthesis.exchange.notes import Notes
from synthesis.exchange.source import Source, normalised, read_bytes, read_source, refused
from synthesis.exchange.wrong_kind import refuse_wrong_kinds

DATA_ROWS = "data-rows"
SETTINGS = "overall-estimates-and-settings"
STUDIES = "study-information"
BIAS = "risk-of-bias"
WANTED = (
    "revman takes the ...-data-rows.csv of a Cochrane data package, its folder, its .zip, or a RevMan 5 file (.rm5)."
)
MAX_FILES = 2000

_NEEDED = {
    SETTINGS: ("analysis_group", "analysis_number", "effect_measure"),
    STUDIES: ("study",),
    BIAS: ("study",),
}
_KNOWN = {
    SETTINGS: (*_NEEDED[SETTINGS], "experimental_group_label", "control_group_label", "statistical_method"),
    STUDIES: ("study", "year", "data_source", "char_methods", "char_participants"),
    BIAS: ("study",),
}


@dataclass(frozen=True)
class Package:
    """A review's files as tables.

    Attributes
    ----------
    rows : Source
        The data rows.
    settings, studies, bias : Source or None
        Settings and printed pools of the analyses, information on the studies, judgements; None where they are not.
    """

    rows: Source
    settings: Source | None = None
    studies: Source | None = None
    bias: Source | None = None


def read_package(path: Path, notes: Notes) -> Package:
    """Read a package from its data rows, its folder, its archive, or a file of RevMan 5.

    Raises
    ------
    DataError
        For a file of another kind, an archive that is not safe to read, a package without data rows or with several.
    """
    if path.is_dir():
        return _from_folder(path, notes)
    content = read_bytes(path)
    if is_archive(content):
        return _from_archive(path, content, notes)
    if is_rm5(path, content):
        rows, settings, bias = read_rm5(path, content, notes)
        return Package(rows=rows, settings=settings, bias=bias)
    refuse_wrong_kinds(path, content, wanted=WANTED)
    if b"Comparison Number,Outcome Number" in content[:2000]:
        message = "This is an export of RevMan 5's data and analyses, which leaves out what an import needs."
        raise refused(path, "unreadable", message, hint="Give the review's .rm5 file itself.")

    def beside(kind: str) -> tuple[Path, bytes] | None:
        other = path.with_name(path.name.replace(DATA_ROWS, kind))
        if other == path or not os.path.lexists(other):
            return None
        return other, read_bytes(other, beside=True)

    return _package(path, content, beside, notes)


def _from_folder(folder: Path, notes: Notes) -> Package:
    """Read a folder as it was unpacked; nothing in it that is a link is followed."""
    found: dict[str, Path] = {}
    for place, _, names in os.walk(folder, followlinks=False):
        found |= {str(Path(place) / name): Path(place) / name for name in names if name.casefold().endswith(".csv")}
        if len(found) > MAX_FILES:
            raise refused(folder, "oversize_file", f"The folder holds more than {MAX_FILES} tables.", hint=WANTED)
    return _of_files(folder, {name: (path, None) for name, path in found.items()}, notes)


def _from_archive(path: Path, content: bytes, notes: Notes) -> Package:
    inside = read_archive(path, content, (".csv", ".rm5"))
    old = [name for name in inside if name.casefold().endswith(".rm5")]
    if old and not any(DATA_ROWS in name.casefold() for name in inside):
        rows, settings, bias = read_rm5(path, inside[old[0]], notes)
        return Package(rows=rows, settings=settings, bias=bias)
    return _of_files(path, {name: (Path(name), text) for name, text in inside.items()}, notes)


def _of_files(where: Path, files: dict[str, tuple[Path, bytes | None]], notes: Notes) -> Package:
    """Read the package among files by name; their bytes are at hand, or read when they are wanted."""
    by_kind = {
        kind: sorted(name for name in files if kind in name.casefold()) for kind in (DATA_ROWS, SETTINGS, STUDIES, BIAS)
    }
    rows = by_kind[DATA_ROWS]
    if len(rows) != 1:
        what = "no ...-data-rows.csv" if not rows else f"{len(rows)} files of data rows, one review each"
        raise refused(where, "missing_file", f"There are {what} here.", hint=f"Name the one that is meant. {WANTED}")

    def content(name: str) -> tuple[Path, bytes]:
        path, text = files[name]
        return (path, read_bytes(path, beside=True)) if text is None else (where / path.name, text)

    notes.add(
        "decided", "package", f"Read from the package: {', '.join(Path(n).name for k in by_kind.values() for n in k)}."
    )
    path, text = content(rows[0])
    return _package(path, text, lambda kind: content(by_kind[kind][0]) if by_kind[kind] else None, notes)


def _package(path: Path, content: bytes, find: Callable[[str], tuple[Path, bytes] | None], notes: Notes) -> Package:
    known = KNOWN | {normalised(KEY)}
    what = "file of data rows of a Cochrane review"
    rows = read_source(path, notes, known=known, needed=NEEDED, what=what, content=content)
    return Package(rows, *(_beside(kind, find, notes) for kind in (SETTINGS, STUDIES, BIAS)))


def _beside(kind: str, find: Callable[[str], tuple[Path, bytes] | None], notes: Notes) -> Source | None:
    """Read one of the other files; one that cannot be read is noted, and the import goes on without it."""
    name = kind
    try:
        found = find(kind)
        if found is None:
            return None
        name = found[0].name
        needed, known = _NEEDED[kind], frozenset(_KNOWN[kind])
        return read_source(found[0], Notes(), known=known, needed=needed, what=f"file of {kind}", content=found[1])
    except DataError as error:
        reason = error.findings[0].message if error.findings else ""
        rule = "settings" if kind == SETTINGS else "file_beside"
        notes.add("undecided", rule, f"{name} cannot be read and is left out: {reason}")
        return None
