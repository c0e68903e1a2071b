"""Columns that carry what another format has no column for, so that an export read back loses nothing.

Their names are a table, a point and a column of the contract: `outcomes.p_value`, `arm1.label`. Other programs pass
over them; an import takes them for what they are.
"""

from __future__ import annotations

from types import MappingProxyType

from synthesis.contract import load_contract
from synthesis.importers.cells import clean
from synthesis.importers.root import Row
from synthesis.importers.source import Source

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


def carried_columns() -> dict[str, tuple[str, str]]:
    """Return every column that may carry something, with the prefix and the column of the contract it stands for."""
    names = {KEY: ("trial", "key")}
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
        found = {column: clean(cells[place]) for (name, column), place in self.places.items() if name == prefix}
        return {column: value for column, value in found.items() if _allowed(prefix, column, value)}


def _allowed(prefix: str, column: str, value: str) -> bool:
    """Say whether a carried value may stand in its column; what a stranger wrote there is not taken on trust."""
    from synthesis.checks.cells import cell_faults

    if (prefix, column) == ("trial", "key"):
        return True
    field = load_contract()[TABLES[prefix]].field(column)
    if not value:
        return not field.required
    return not any(fault.rule != "mojibake" for fault in cell_faults(value, field))
