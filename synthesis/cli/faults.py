"""Findings as a terminal shows them: by file, then row; what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from synthesis.errors import Finding

LONGEST_VALUE = 40


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
    return f"{n or 'no'} {noun}" + ("" if n == 1 else "s")
