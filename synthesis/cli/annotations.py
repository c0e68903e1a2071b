"""Findings as GitHub shows them: beside the line of the file that each is about.

A finding counts rows as a spreadsheet does; GitHub counts lines, and a quoted cell may hold line breaks. GitHub shows
ten annotations of each kind a step, so errors come first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from synthesis.errors import Finding
from synthesis.evidence.sheets import MAX_BYTES


def annotations_text(findings: Sequence[Finding]) -> str:
    """Return one workflow command a finding, errors first, and a closing notice that counts them.

    Parameters
    ----------
    findings : sequence of Finding
        In the order of `check`.
    """
    lines_of: dict[str, dict[int, int]] = {}
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    written = [_command(finding, lines_of) for finding in ordered]
    errors = sum(finding.severity == "error" for finding in findings)
    return "\n".join([*written, f"::notice::{errors} errors, {len(findings) - errors} warnings."])


def physical_lines(content: str) -> dict[int, int]:
    """Return the line at which each row of a CSV text begins, both counted from 1.

    Parameters
    ----------
    content : str
        The text with its own line ends. Lines end at line feeds, as GitHub counts them; rows as a spreadsheet does.
    """
    seen = _LineFeeds(content)
    reader = csv.reader(seen)
    begins = {}
    row = 0
    while True:
        row += 1
        begins[row] = seen.count + 1
        try:
            next(reader)
        except (StopIteration, csv.Error):  # a row that cannot be read still begins somewhere
            return begins


class _LineFeeds:
    """The lines of a text, and how many line feeds were handed out so far."""

    def __init__(self, content: str):
        self.count = 0
        self._lines = io.StringIO(content, newline="")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += line.endswith("\n")
        return line


def _command(finding: Finding, lines_of: dict[str, dict[int, int]]) -> str:
    line = _line(finding, lines_of)
    place = f"file={_property(_relative(finding.file))}" + (f",line={line}" if line else "")
    column = f"{finding.column}: " if finding.column else ""
    row = f"Row {finding.row}, " if finding.row and column else ""
    words = f"{row}{column}{finding.message} {finding.hint}".strip()
    return f"::{finding.severity} {place},title={_property(finding.rule)}::{_data(words)}"


def _line(finding: Finding, lines_of: dict[str, dict[int, int]]) -> int | None:
    if finding.row is None or not finding.file.endswith(".csv"):
        return finding.row  # of a bibliography, rows are lines
    if finding.file not in lines_of:
        lines_of[finding.file] = physical_lines(_text(Path(finding.file)))
    return lines_of[finding.file].get(finding.row, finding.row)


def _text(path: Path) -> str:
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return ""
    return path.read_bytes().decode("utf-8-sig", "replace")


def _relative(file: str) -> str:
    """Return a path below the working directory as GitHub names it, any other as it is."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
