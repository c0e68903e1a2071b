"""Findings as a terminal shows them: by file, then row; what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.errors import ChoiceError, Finding
from synthesis.wording import count

if TYPE_CHECKING:
    from synthesis.cli.options import Place

LONGEST_VALUE = 40


def stale_in(place: Place, findings: Sequence[Finding]) -> list[Finding]:
    """Return the ratings of certainty that are not of today's data; nothing is computed where nobody has rated.

    Parameters
    ----------
    place : Place
    findings : sequence of Finding
        What the check found: data with an error are not computed on.
    """
    if any(finding.severity == "error" for finding in findings):
        return []
    from synthesis.evidence.codebook import read_codebook_table

    if not any(row["judgement"] for row in read_codebook_table(place.data, "grade")):
        return []
    from synthesis.answers.grading.stale import stale_ratings

    return stale_ratings(place.load())


def findings_text(findings: Sequence[Finding], data: Path) -> str:
    """Lay the findings of `check` out for a terminal, with a line that counts them; answered warnings are only counted.

    Parameters
    ----------
    findings : sequence of Finding
        In the order of `check`: by file and row.
    data : pathlib.Path
        The data root that was checked.
    """
    shown = [finding for finding in findings if not finding.answered]
    answered = len(findings) - len(shown)
    errors = sum(finding.severity == "error" for finding in shown)
    summary = f"{data}: {_counted(errors, 'error')}, {_counted(len(shown) - errors, 'warning')}."
    if answered:
        summary += f" {_counted(answered, 'warning')} answered by decisions; --format json shows them."
    if not findings:
        return f"{summary} Everything obeys the contract."
    blocks = []
    for file, group in groupby(shown, key=lambda finding: finding.file):
        blocks.append("\n".join([file, *(_line(finding) for finding in group)]))
    return "\n\n".join([*blocks, summary])


def findings_of_trial(findings: Sequence[Finding], trial: str, data: Path) -> list[Finding]:
    """Return the findings about one trial's folder.

    Raises
    ------
    ChoiceError
        If the data root has no such folder.
    """
    folder = data / "trials"
    names = sorted(place.name for place in folder.iterdir()) if folder.is_dir() else []
    if trial not in names:
        near = [name for name in names if name[:3] == trial[:3]] or names[:3]
        raise ChoiceError("trial", trial, near, "The names of the folders in trials/ are the trials'.")
    place = (folder / trial).as_posix()
    return [finding for finding in findings if finding.file == place or finding.file.startswith(f"{place}/")]


def _line(finding: Finding) -> str:
    place = "" if finding.row is None else f"row {finding.row}"
    if finding.column:
        place += f"{', ' if place else ''}{finding.column}"
    if finding.value:
        value = " ".join(finding.value.split())
        shown = value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 3] + "..."
        place += f' "{shown}"'
    lead = f"  {finding.severity}: {place}" if place else f"  {finding.severity}"
    hint = f"\n      {finding.hint}" if finding.hint else ""
    return f"{lead}: {finding.message}  [{finding.rule}]{hint}"


def _counted(n: int, noun: str) -> str:
    return count(n, noun) if n else f"no {noun}s"
