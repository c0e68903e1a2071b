"""The data contract as objects: the Table Schemas of `synthesis/schemas`, readable without pandas.

The schemas are Frictionless Table Schemas (version 2), so R, Python and the Frictionless command line read them too.
They carry a few properties of our own, which other readers ignore: `path`, `optional` and `rows` of a table;
`freeText`, `delimiter` (a cell holds several values), `listOf` (what they refer to), `citation` (they are BibTeX keys)
and `unit` of a field; `where` of a foreign key (a condition on the row referred to).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"

NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
WHOLE_NUMBER = re.compile(r"-?[0-9]+")
TRIAL_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

Scope = Literal["trial", "codebook", "judgements", "root"]
_SCOPES: dict[str, Scope] = {"trials": "trial", "codebook": "codebook", "judgements": "judgements"}


@dataclass(frozen=True)
class Field:
    """A column of a table.

    Attributes
    ----------
    name, title, description : str
        Machine name, name for people, and what a cell holds.
    type : {"string", "integer", "number", "date"}
        What a cell must be when it is not empty.
    required : bool
        Whether a cell may not be empty; a required column may not be left out either.
    enum : tuple of str
        The values allowed, as written in a cell; empty when any value is.
    minimum, maximum, exclusive_minimum : float or None
        Bounds of a number; the last is itself not allowed.
    pattern : str or None
        Regular expression the whole cell must match.
    unit : str
        Unit of a number, empty when it has none.
    delimiter : str
        What separates the values of a cell that may hold several, else empty.
    list_of : tuple of (str, str) or None
        Table and column every value of a delimited cell refers to.
    citation : bool
        Whether the values are BibTeX keys.
    free_text : bool
        Whether a cell is prose, in which blanks at the ends do no harm.
    """

    name: str
    title: str
    description: str
    type: Literal["string", "integer", "number", "date"]
    required: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    pattern: str | None = None
    unit: str = ""
    delimiter: str = ""
    list_of: tuple[str, str] | None = None
    citation: bool = False
    free_text: bool = False

    @property
    def is_number(self) -> bool:
        """Whether `typed` gives the column as floats."""
        return self.type in ("integer", "number")


@dataclass(frozen=True, eq=False)
class ForeignKey:
    """Columns whose values must occur together in a row of another table (of the same trial, where it is a trial's)."""

    fields: tuple[str, ...]
    table: str
    to_fields: tuple[str, ...]
    where: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Table:
    """A table of the contract.

    Attributes
    ----------
    name, title, description : str
        Machine name, name for people, and what a row is.
    path : str
        Place below the data root, such as ``trials/{trial}/arms.csv``.
    fields : tuple of Field
        The columns, in the order of the contract.
    key : tuple of str
        Columns no two rows may share (within a trial, where it is a trial's table).
    foreign_keys : tuple of ForeignKey
    optional : bool
        Whether the file may be absent.
    min_rows : int
    max_rows : int or None
        How many rows the file may hold.
    schema : dict
        The Table Schema as published; do not change it.
    """

    name: str
    title: str
    description: str
    path: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    optional: bool
    min_rows: int
    max_rows: int | None
    schema: Mapping[str, Any]

    @property
    def scope(self) -> Scope:
        """Where the file lies: in each trial's folder, in the codebook, among the judgements, or in the data root."""
        folder = self.path.partition("/")[0]
        return _SCOPES.get(folder, "root")

    @property
    def filename(self) -> str:
        """The file's name without its folder."""
        return self.path.rpartition("/")[2]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the contract."""
        return tuple(field.name for field in self.fields)

    @cached_property
    def required_columns(self) -> tuple[str, ...]:
        """Names of the columns that may not be left out."""
        return tuple(field.name for field in self.fields if field.required)

    @property
    def row_column(self) -> str:
        """Column of frames that holds the spreadsheet row: ``row``, or ``file_row`` where the table has a `row`."""
        return "file_row" if "row" in self.columns else "row"

    def field(self, name: str) -> Field:
        """Return one column by name.

        Raises
        ------
        KeyError
            If the table has no such column.
        """
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}


@cache
def load_contract() -> Mapping[str, Table]:
    """Return every table of the contract by name: a trial's, the codebook's, the data root's, the judgements."""
    tables = [_table(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(SCHEMAS.glob("*.schema.json"))]
    order = {"trial": 0, "codebook": 1, "root": 2, "judgements": 3}
    tables.sort(key=lambda table: (order[table.scope], table.optional))
    return MappingProxyType({table.name: table for table in tables})


def tables_of(scope: Scope) -> tuple[Table, ...]:
    """Return the tables that lie in each trial's folder, in the codebook, among the judgements or in the data root."""
    return tuple(table for table in load_contract().values() if table.scope == scope)


def references_of(data: Path | str, given: Path | str | None = None) -> Path:
    """Say where the bibliography of a data root lies.

    Parameters
    ----------
    data : path
        The data root.
    given : path, optional
        The bibliography, where it was named.

    Returns
    -------
    Path
        What was given; else `references.bib` inside the root, where an import puts it; else beside the root. It need
        not be there.
    """
    if given is not None:
        return Path(given)
    data = Path(data)
    inside = data / "references.bib"
    if inside.is_file():
        return inside
    return Path("references.bib") if data == Path("data") else data.resolve().parent / "references.bib"


def _table(schema: dict[str, Any]) -> Table:
    rows = schema.get("rows", {})
    unique = schema.get("uniqueKeys", [[]])[0]
    return Table(
        name=schema["name"],
        title=schema["title"],
        description=schema["description"],
        path=schema["path"],
        fields=tuple(_field(descriptor) for descriptor in schema["fields"]),
        key=tuple(schema.get("primaryKey", unique)),
        foreign_keys=tuple(_foreign_key(descriptor) for descriptor in schema.get("foreignKeys", ())),
        optional=schema.get("optional", False),
        min_rows=rows.get("minimum", 0),
        max_rows=rows.get("maximum"),
        schema=MappingProxyType(schema),
    )


def _field(descriptor: dict[str, Any]) -> Field:
    limits = descriptor.get("constraints", {})
    target = descriptor.get("listOf")
    return Field(
        name=descriptor["name"],
        title=descriptor["title"],
        description=descriptor["description"],
        type=descriptor["type"],
        required=limits.get("required", False),
        enum=tuple(str(value) for value in limits.get("enum", ())),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        exclusive_minimum=limits.get("exclusiveMinimum"),
        pattern=limits.get("pattern"),
        unit=descriptor.get("unit", ""),
        delimiter=descriptor.get("delimiter", ""),
        list_of=(target["resource"], target["field"]) if target else None,
        citation=descriptor.get("citation", False),
        free_text=descriptor.get("freeText", False),
    )


def _foreign_key(descriptor: dict[str, Any]) -> ForeignKey:
    reference = descriptor["reference"]
    return ForeignKey(
        fields=tuple(descriptor["fields"]),
        table=reference["resource"],
        to_fields=tuple(reference["fields"]),
        where=MappingProxyType(descriptor.get("where", {})),
    )
