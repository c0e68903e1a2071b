"""Write comma-separated files that no spreadsheet will run.

A cell that a spreadsheet might take for a formula gets an apostrophe in front, which spreadsheets read as "this is
text"; numbers, negative ones too, stay as they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from synthesis.evidence.sheets import neutral

_PLAIN_FIRST = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")  # nearly all cells


class Neutralised(NamedTuple):
    """A cell that was written with an apostrophe in front: its spreadsheet row, its column and its text."""

    row: int
    column: str
    value: str


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[Neutralised]:
    """Write a UTF-8 file with commas.

    Returns
    -------
    list of Neutralised
        The cells that were written otherwise than given.
    """
    changed = []
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([neutral(name) for name in header])
    for number, cells in enumerate(rows, start=2):
        written = list(cells)
        for place, cell in enumerate(cells):
            if cell and cell[0] not in _PLAIN_FIRST and (safe := neutral(cell)) != cell:
                written[place] = safe
                changed.append(Neutralised(number, header[place], cell))
        writer.writerow(written)
    path.write_bytes(text.getvalue().encode("utf-8"))
    return changed
