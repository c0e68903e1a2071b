"""Rows of the data package of a Cochrane review: one study in one analysis each, as arrays.

Cells that an analysis does not use are empty in some packages and 0 in others, so 0 alone says nothing.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np

from synthesis.exchange.cells import clean, number
from synthesis.exchange.notes import Notes
from synthesis.exchange.source import Source

TEXTS = {
    "group": ("analysis_group",),
    "analysis": ("analysis_number",),
    "name": ("analysis_name",),
    "subgroup": ("subgroup",),
    "applicability": ("applicability",),
    "study": ("study",),
    "year": ("study_year",),
    "footnotes": ("footnotes",),
    "label1": ("experimental_group_label", "experimental_label"),
    "label2": ("control_group_label", "control_label"),
}
NUMBERS = {
    "giv": ("giv_mean",),
    "giv_se": ("giv_se",),
    **{
        f"{to}{arm}": (f"{side}_{name}",)
        for arm, side in ((1, "experimental"), (2, "control"))
        for to, name in (("mean", "mean"), ("sd", "sd"), ("events", "cases"), ("n", "n"))
    },
    "o_e": ("o_e",),
    "variance": ("variance",),
    "weight": ("weight",),
    "printed": ("mean",),
    "lower": ("ci_start",),
    "upper": ("ci_end",),
}
KNOWN = frozenset(name for names in (*TEXTS.values(), *NUMBERS.values()) for name in names)
NEEDED = ("analysis_group", "analysis_number", "study")


@dataclass(frozen=True)
class DataRows:
    """The rows of a package.

    Attributes
    ----------
    texts : dict of str to list of str
        Cells by the names of `TEXTS`.
    digits : dict of str to list of str
        Numbers as printed by the names of `NUMBERS`; empty where nothing is reported.
    values : dict of str to ndarray
        The same as floats.
    lines : list of int
        Spreadsheet row of each.
    extra : dict of str to list of str
        Other columns by their printed name.
    """

    texts: dict[str, list[str]]
    digits: dict[str, list[str]]
    values: dict[str, np.ndarray]
    lines: list[int]
    extra: dict[str, list[str]]

    def __len__(self) -> int:
        return len(self.lines)


def read_rows(source: Source, aside: frozenset[int], notes: Notes) -> DataRows:
    """Read the cells of a package, leaving columns `aside` that are read elsewhere."""
    texts, digits = {}, {}
    used = set(aside)
    for name, columns in (TEXTS | NUMBERS).items():
        found = next((column for column in columns if column in source.header), None)
        place = None if found is None else source.header.index(found)
        used |= set() if place is None else {place}
        if name in TEXTS:
            texts[name] = [""] * len(source.rows) if place is None else [plain(cells[place]) for cells in source.rows]
        else:
            digits[name] = [""] * len(source.rows) if place is None else _numbers(source, place, notes)
    values = {name: np.array([float(text or "nan") for text in column]) for name, column in digits.items()}
    extra = {
        source.printed[place]: [clean(cells[place]) for cells in source.rows]
        for place in range(len(source.header))
        if place not in used
    }
    return DataRows(texts, digits, values, source.lines, extra)


def plain(raw: str) -> str:
    """Return a cell as text the contract allows, with characters that stand as HTML entities written out."""
    return clean(html.unescape(raw).replace("\N{NO-BREAK SPACE}", " ") if "&" in raw else raw)


def _numbers(source: Source, place: int, notes: Notes) -> list[str]:
    column = []
    for line, cells in zip(source.lines, source.rows, strict=True):
        value = number(cells[place], source.decimal_comma) if cells[place] else ""
        if value is None:
            raw, name = cells[place], source.printed[place]
            notes.add("undecided", "not_a_number", f"{raw[:60]!r} is not a number.", row=line, column=name, value=raw)
        column.append(value or "")
    return column
