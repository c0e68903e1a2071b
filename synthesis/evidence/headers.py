"""A file's column names set against those of its table: missing, misspelt, unknown, twice there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from synthesis.evidence.contract import Table
from synthesis.evidence.sheets import Sheet

_SAME_WORD = 0.7  # difflib's ratio above which an unknown name is taken for a misspelt one


def match_columns(table: Table, sheet: Sheet) -> dict[str, int | None]:
    """Find each column of a table in a file's header, and add what is wrong with the header to the sheet's findings.

    Returns
    -------
    dict
        Position of each column in the file; None for one that is missing or misspelt. A column that was left out, as
        columns that are not required may be, is absent.
    """
    positions: dict[str, int | None] = {}
    unknown = []
    for index, name in enumerate(sheet.header):
        if name in positions:
            sheet.faults.add(
                "duplicated_column", "The column occurs twice.", "Keep one of them.", row=1, value=name, column=name
            )
        elif name in table.columns:
            positions[name] = index
        elif name.strip():
            unknown.append(name)
        else:
            sheet.faults.add(
                "unnamed_column", f"Column {index + 1} has no name.", "Name it or delete it.", row=1, value=name
            )

    for name in unknown:
        _explain_unknown(table, name, positions, sheet)
    for name in table.required_columns:
        if name not in positions:
            hint = f"Add the column {name}: {table.field(name).description}"
            sheet.faults.add("missing_column", "The column is missing.", hint, row=1, column=name)
            positions[name] = None
    return positions


def check_row_count(table: Table, sheet: Sheet) -> None:
    """Add a finding when a file that was read to its end holds too few or too many rows."""
    count = len(sheet.rows)
    wanted = "exactly one row" if table.max_rows == 1 else f"at least {table.min_rows} rows"
    if count < table.min_rows and not sheet.lost_rows:
        held = "no rows" if count == 0 else "one row" if count == 1 else f"{count} rows"
        message = f"The file holds {held} below the header; {table.filename} needs {wanted}."
        sheet.faults.add("row_count", message, table.description)
    elif table.max_rows is not None and count > table.max_rows:
        message = f"The file holds {count} rows below the header; {table.filename} needs {wanted}."
        sheet.faults.add("row_count", message, table.description, row=sheet.rows[table.max_rows])


def nearest(name: str, known: Iterable[str], cutoff: float = _SAME_WORD) -> str | None:
    """Return the known name most like a given one, or None when none is like it."""
    normal = name.strip().lower().replace(" ", "_").replace("-", "_")
    return next(iter(difflib.get_close_matches(normal, list(known), 1, cutoff)), None)


def _explain_unknown(table: Table, name: str, positions: dict[str, int | None], sheet: Sheet) -> None:
    meant = nearest(name, (column for column in table.columns if column not in positions))
    if meant:
        positions[meant] = None
        sheet.faults.add(
            "misspelt_column", "No column has this name.", f"Rename it to {meant}.", row=1, value=name, column=name
        )
        return
    closest = nearest(name, table.columns, 0.0)
    hint = f"Delete it, or move what it holds to another column; the nearest is {closest}."
    sheet.faults.add("extra_column", "The table has no such column.", hint, row=1, value=name, column=name)
