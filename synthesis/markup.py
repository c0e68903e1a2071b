"""The one writer of HTML tables and nested lists: headers, captions, everything escaped, scrolling where it is wide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import pandas as pd

from synthesis.wording import is_number

# The class of a picture that documents look for, whatever its caption says.
RISK_OF_BIAS = "risk-of-bias"


class Item(NamedTuple):
    """An entry of a nested list: its text, and the entries beneath it."""

    text: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Link:
    """A cell that leads to a place: its words, and an address relative to the page; without one it is mere text."""

    words: str
    address: str = ""

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Sign:
    """A cell that shows a sign, such as a dash, with the words it stands for read aloud."""

    shown: str
    says: str

    def __str__(self) -> str:
        return self.shown


def anchor(text: str) -> str:
    """Return the address within a page of a heading with this text: "Other choices" is at `other-choices`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "section"


def list_html(items: Sequence[Item]) -> str:
    """Write a nested list in which every entry is text, whatever it holds."""
    entries = (f"<li>{escape(item.text)}{list_html(item.items) if item.items else ''}</li>" for item in items)
    return f"<ul>{''.join(entries)}</ul>"


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Write a table with a caption, column headers and row headers; a region that scrolls by itself where it is wide.

    Parameters
    ----------
    frame : pandas.DataFrame
        Cells are shown by `str`, a `Link` as a link, a `Sign` with its words for those who listen; the first column
        becomes the row headers. Numbers stand to the right.
    caption : str

    Returns
    -------
    str
        HTML in which every cell is text, whatever it holds.

    Examples
    --------
    >>> from synthesis.tables import table_html
    >>> table_html(trials_table(pooled), "The trials")[:40]
    '<div class="table-scroll" role="region" '
    """
    title = escape(caption)
    if frame.empty:
        return f'<p class="empty">{title}: none.</p>'
    rows = list(frame.itertuples(index=False))
    numeric = [all(is_number(_cell(row[i])) for row in rows) for i in range(len(frame.columns))]
    head = "".join(
        f'<th scope="col"{_right(n)}>{escape(str(c))}</th>' for c, n in zip(frame.columns, numeric, strict=True)
    )
    body = "".join(f"<tr>{_row(row, numeric)}</tr>" for row in rows)
    return (
        f'<div class="table-scroll" role="region" tabindex="0" aria-label="{escape(caption, quote=True)}">'
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[object], numeric: list[bool]) -> str:
    first, *others = cells
    rest = "".join(f"<td{_right(n)}>{_inside(cell)}</td>" for cell, n in zip(others, numeric[1:], strict=True))
    return f'<th scope="row">{_inside(first)}</th>{rest}'


def _inside(value: object) -> str:
    words = escape(_cell(value))
    if isinstance(value, Sign):
        return f'<span role="img" aria-label="{escape(value.says, quote=True)}">{words}</span>'
    linked = isinstance(value, Link) and value.address
    return f'<a href="{escape(value.address, quote=True)}">{words}</a>' if linked else words


def _cell(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and value != value) else str(value)


def _right(numeric: bool) -> str:
    return ' class="number"' if numeric else ""
