"""Which rows of the tables differ between two states of the data, cell by cell, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from synthesis.evidence.contract import Table, load_contract
from synthesis.evidence.evidence import Evidence

What = Literal["added", "removed", "changed"]


class CellChange(NamedTuple):
    """A cell of a row that is in both states: its column, and the text before and after."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """A row that is not what it was.

    Attributes
    ----------
    table, trial : str
        Of the contract; `trial` is empty for tables of no trial.
    what : {"added", "removed", "changed"}
    file : str
        As a user would type it.
    row : int
        As a spreadsheet shows it: in the new state; of a removed row in the old one.
    names : tuple of str
        What the row is about: the cells by which the contract knows it, as far as they are filled.
    cells : tuple of CellChange
        What differs; of an added or removed row every cell that is filled.
    """

    table: str
    trial: str
    what: What
    file: str
    row: int
    names: tuple[str, ...]
    cells: tuple[CellChange, ...]


def changed_rows(base: Evidence, head: Evidence) -> tuple[RowChange, ...]:
    """Return the rows that differ; those of trials that are only in one state are not repeated one by one.

    Parameters
    ----------
    base, head : Evidence
        The old and the new state.

    Returns
    -------
    tuple of RowChange
        In the order of the contract's tables, of trials and of rows. A row that only stands elsewhere is the same.
    """
    both = set(base.raw.trials) & set(head.raw.trials)
    found: list[RowChange] = []
    for table in load_contract().values():
        names = sorted(both) if table.scope == "trial" else [""]
        old, new = (_by_trial(state.raw.tables.get(table.name), table) for state in (base, head))
        for trial in names:
            path = table.path.format(trial=trial)
            if base.raw.files.get(path) == head.raw.files.get(path):
                continue
            place = (Path(head.root.resolve().name) / path).as_posix()
            found += _compared(table, trial, place, old.get(trial, []), new.get(trial, []))
    return tuple(found)


class _Row(NamedTuple):
    number: int
    cells: dict[str, str]


def _by_trial(frame: pd.DataFrame | None, table: Table) -> dict[str, list[_Row]]:
    rows: dict[str, list[_Row]] = {}
    if frame is None or frame.empty:
        return rows
    columns = [name for name in table.columns if name in frame.columns]
    texts = frame[columns].fillna("").astype(str).to_dict("records")
    trials = frame["trial"] if table.scope == "trial" else [""] * len(frame)
    for trial, number, cells in zip(trials, frame[table.row_column], texts, strict=True):
        rows.setdefault(str(trial), []).append(_Row(int(number), cells))
    return rows


def _compared(table: Table, trial: str, place: str, old: list[_Row], new: list[_Row]) -> Iterator[RowChange]:
    before, after = ({_key(table, row): row for row in rows} for rows in (old, new))
    for key, row in after.items():
        was = before.get(key)
        cells = _cells(was.cells if was else {}, row.cells, table)
        if cells:
            what: What = "changed" if was else "added"
            yield RowChange(table.name, trial, what, place, row.number, _names(table, row), cells)
    for key, row in before.items():
        if key not in after:
            cells = _cells(row.cells, {}, table)
            yield RowChange(table.name, trial, "removed", place, row.number, _names(table, row), cells)


def _key(table: Table, row: _Row) -> tuple[str, ...]:
    if table.key:
        return tuple(row.cells.get(name, "") for name in table.key)
    # A table of one row has that row; of rows that nothing tells apart, other content is another row.
    return () if table.max_rows == 1 else tuple(row.cells.values())


def _names(table: Table, row: _Row) -> tuple[str, ...]:
    return tuple(cell for name in table.key if (cell := row.cells.get(name, "")))


def _cells(before: dict[str, str], after: dict[str, str], table: Table) -> tuple[CellChange, ...]:
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in table.columns)
    return tuple(CellChange(name, was, now) for name, was, now in pairs if was != now)
