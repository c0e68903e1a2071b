"""Columns that carry what another format has no column for, so that an export read back loses nothing.

Their names are a table, a point and a column of the contract: `outcomes.p_value`, `arm1.label`. Other programs pass
over them; an import takes them for what they are.
"""

from __future__ import annotations

import json
from itertools import product
from types import MappingProxyType

from synthesis.evidence.checks.cells import cell_faults
from synthesis.evidence.contract import load_contract
from synthesis.exchange.cells import clean
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import DataRoot, Row
from synthesis.exchange.source import Source

TABLES = MappingProxyType(
    {
        "trial": "trial",
        "arm1": "arms",
        "arm2": "arms",
        "outcomes": "outcomes",
        "outcome": "codebook_outcomes",
        "instrument": "codebook_instruments",
    }
)
KEY = "trial.key"

# Tables whose rows are none of the comparisons: the first row of a trial carries them whole, as JSON.
WHOLE = ("risk_of_bias", "decisions")


def carried_columns() -> dict[str, tuple[str, str]]:
    """Return every column that may carry something, with the prefix and the column of the contract it stands for."""
    names = {KEY: ("trial", "key")} | {f"trial.{table}": (table, "") for table in WHOLE}
    for prefix, table in TABLES.items():
        names |= {f"{prefix}.{column}": (prefix, column) for column in load_contract()[table].columns}
    return names


class Carried:
    """The carried columns of a source; a file that was not exported by this toolkit has none."""

    def __init__(self, source: Source):
        known = carried_columns()
        self.places = {known[printed]: place for place, printed in enumerate(source.printed) if printed in known}
        self.columns = frozenset(
            source.header[place] for place, printed in enumerate(source.printed) if printed in known
        )

    def __bool__(self) -> bool:
        return ("trial", "key") in self.places

    def of(self, prefix: str, cells: list[str]) -> Row:
        """Return what a row carries for one table: only columns that are there and allowed."""
        if not self.places:
            return {}
        found = {column: clean(cells[place]) for (name, column), place in self.places.items() if name == prefix}
        return {
            column: value
            for column, value in found.items()
            if (prefix, column) == ("trial", "key") or _allowed(TABLES[prefix], column, value)
        }

    def whole(self, table: str, cells: list[str], trial: str, line: int, notes: Notes) -> list[Row]:
        """Return the rows of a table that one row carries whole; what is not legal there is noted and left out."""
        place = self.places.get((table, ""))
        text = "" if place is None else cells[place].strip()
        if not text:
            return []
        try:
            rows = json.loads(text)
        except (ValueError, RecursionError):
            rows = None
        columns = load_contract()[table].columns
        kept: dict[tuple[str, ...], Row] = {}
        for row in rows if isinstance(rows, list) else [None]:
            made = {name: clean(str(row.get(name, ""))) for name in columns} if isinstance(row, dict) else {}
            if made and all(_allowed(table, name, value) for name, value in made.items()):
                kept.setdefault(tuple(made[name] for name in load_contract()[table].key), made)
            else:
                message = f"What the column carries of {table} cannot be read; left out."
                notes.add("left_out", f"carried_{table}", message, trial=trial, row=line, value=text)
        return list(kept.values())


def _allowed(table: str, column: str, value: str) -> bool:
    """Say whether a carried value may stand in its column; what a stranger wrote there is not taken on trust."""
    field = load_contract()[table].field(column)
    if not value:
        return not field.required
    return not any(fault.rule != "mojibake" for fault in cell_faults(value, field))


def restore_tables(root: DataRoot, key: str, carried: Carried, cells: list[str], line: int, notes: Notes) -> None:
    """Put back the judgements and decisions that the first row of a trial carries."""
    trial = root.trials[key]
    if judged := carried.whole("risk_of_bias", cells, key, line, notes):
        trial.risk_of_bias = judged
    there = {address for row in trial.outcomes for address in _addresses(row)}
    for decision in carried.whole("decisions", cells, key, line, notes):
        address = decision["outcome"], decision["instrument"], decision["timepoint_months"]
        if address in there:
            trial.decisions.append(decision)
        else:
            message = f"The decision {decision['decision']} hits no row of {key}; left out."
            notes.add("left_out", "carried_decisions", message, trial=key, row=line, value=decision["reason"])


def _addresses(row: Row) -> list[tuple[str, ...]]:
    return list(product([row["outcome"]], [row["instrument"], ""], [row["timepoint_months"], ""]))
