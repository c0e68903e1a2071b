"""Tables as a notebook shows them: real headers, a caption, everything escaped."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd


@dataclass(frozen=True, eq=False)
class TableView:
    """A table to look at; in a notebook it shows itself.

    Attributes
    ----------
    frame : pandas.DataFrame
        Display-ready cells; the first column heads its rows.
    caption : str
        What the table shows.
    folded : bool
        Shown as a summary line that opens.
    """

    frame: pd.DataFrame
    caption: str
    folded: bool = False

    def _repr_html_(self) -> str:
        table = table_html(self.frame, self.caption)
        if not self.folded:
            return table
        count = f"{len(self.frame)} row" + ("" if len(self.frame) == 1 else "s")
        return f"<details><summary>{escape(self.caption)} ({count})</summary>{table}</details>"

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.frame.to_string(index=False)}"


def show_table(frame: pd.DataFrame, caption: str, *, folded: bool = False) -> TableView:
    """Show a display-ready table under a caption; `folded` keeps a long one behind a line that opens."""
    return TableView(frame, caption, folded)


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Write a table with a caption, column headers and row headers; a region that scrolls by itself where it is wide.

    Parameters
    ----------
    frame : pandas.DataFrame
        Cells are shown by `str`; the first column becomes the row headers. Numbers stand to the right.
    caption : str

    Returns
    -------
    str
        HTML in which every cell is text, whatever it holds.
    """
    title = escape(caption)
    if frame.empty:
        return f'<p class="empty">{title}: none.</p>'
    cells = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    numeric = [all(_is_number(row[i]) for row in cells) for i in range(len(frame.columns))]
    head = "".join(
        f'<th scope="col"{_right(n)}>{escape(str(c))}</th>' for c, n in zip(frame.columns, numeric, strict=True)
    )
    body = "".join(f"<tr>{_row(row, numeric)}</tr>" for row in cells)
    return (
        f'<div class="table-scroll" role="region" tabindex="0" aria-label="{escape(caption, quote=True)}">'
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(cells: list[str], numeric: list[bool]) -> str:
    first, *others = cells
    rest = "".join(f"<td{_right(n)}>{escape(cell)}</td>" for cell, n in zip(others, numeric[1:], strict=True))
    return f'<th scope="row">{escape(first)}</th>{rest}'


def _cell(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and value != value) else str(value)


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-−").replace(",", "").replace("%", "").replace(".", "", 1).isdigit() or cell == ""


def _right(numeric: bool) -> str:
    return ' class="number"' if numeric else ""
