"""What an export gives back, and how its one table is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthesis.exchange.notes import COLUMNS, Notes
from synthesis.exchange.spreadsheet import Neutralised, write_csv
from synthesis.files import new_file, new_folder
from synthesis.results import Result

REPORT = "export_report.csv"


@dataclass(frozen=True, eq=False)
class Export(Result):
    """An export that was written.

    Attributes
    ----------
    path : Path
        File or folder.
    rows : int
        Rows of its main table.
    notes : Notes
        What the format cannot hold and what was written otherwise than it stands.
    """

    path: Path
    rows: int
    notes: Notes

    def to_frame(self) -> pd.DataFrame:
        """Return the export report."""
        return pd.DataFrame(self.notes.rows(), columns=list(COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """Return the counts."""
        return {"path": str(self.path), "rows": self.rows, "notes": len(self.notes.notes)}

    def __str__(self) -> str:
        head = f"{self.rows} rows written to {self.path}."
        return f"{head}\n\n{self.notes.summary()}" if self.notes.notes else head


def write_table(
    output: Path,
    name: str,
    header: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    notes: Notes,
    *,
    made_by: str,
    force: bool = False,
    beside: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, str]]]] | None = None,
) -> Export:
    """Write one table: into the file that `output` names, or with other tables and the report into a folder.

    Parameters
    ----------
    output : Path
        A name that ends in .csv is a file, any other a folder.
    name : str
        The table's file name in a folder.
    header : sequence of str
    rows : sequence of mapping
        Cells by column; a column that is missing is empty.
    notes : Notes
    made_by : str
        The command.
    force : bool
        Whether a file that exists may be replaced.
    beside : mapping, optional
        Header and rows of further tables by file name, for a folder.
    """
    is_file = output.suffix.lower() == ".csv"
    place: AbstractContextManager[Path] = (
        new_file(output, force=force) if is_file else new_folder(output, made_by=made_by)
    )
    with place as target:
        tables = {name: (header, rows)} | (dict(beside or {}) if not is_file else {})
        for title, (columns, lines) in tables.items():
            cells = ([line.get(column, "") for column in columns] for line in lines)
            note_neutralised(write_csv(target if is_file else target / title, columns, cells), notes)
        if not is_file:
            write_csv(target / REPORT, COLUMNS, notes.rows())
    return Export(output, len(rows), notes)


def note_neutralised(cells: Sequence[Neutralised], notes: Notes, file: str = "") -> None:
    """Note each cell that got an apostrophe, so that no spreadsheet runs it."""
    for row, column, value in cells:
        message = f"Begins as a formula does; written with an apostrophe in front{f' in {file}' if file else ''}."
        notes.add("repaired", "formula", message, row=row, column=column, value=value)
