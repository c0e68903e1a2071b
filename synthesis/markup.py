"""The one writer of HTML tables: caption, row and column headers, everything escaped, scrolling where it is wide."""

from __future__ import annotations

from html import escape

import pandas as pd

from synthesis.wording import is_number


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
    numeric = [all(is_number(row[i]) for row in cells) for i in range(len(frame.columns))]
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


def _right(numeric: bool) -> str:
    return ' class="number"' if numeric else ""
