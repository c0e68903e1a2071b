"""Pictures of a trial's tables as a spreadsheet shows them, drawn from the tables themselves.

SVG by hand: a few kilobytes each, sharp at any size, and a change of a cell is a change of a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from string import ascii_uppercase

ROW_HEIGHT = 26
GUTTER = 34
LETTER_WIDTH = 7.1
FONT = "font-family='Helvetica, Arial, sans-serif' font-size='13'"
INK, FAINT, LINE, HEAD, WANTED = "#1f2328", "#57606a", "#d0d7de", "#f6f8fa", "#fff3bf"


@dataclass(frozen=True)
class Sheet:
    """A part of a table to be drawn.

    Attributes
    ----------
    title : str
        What the picture shows, for those who cannot see it.
    columns : sequence of str
        Every column of the table, in its order.
    rows : sequence of dict
        Every row of the table.
    shown : sequence of str
        The columns drawn; a double line stands where some are left out.
    numbers : sequence of int
        The rows drawn, as a spreadsheet counts them; all by default.
    widths : dict of str to int
        Width of columns in letters; as wide as their name by default.
    wanted : set of str
        Columns whose empty cells are tinted: still to fill in.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[dict[str, str]]
    shown: Sequence[str]
    numbers: Sequence[int] = ()
    widths: dict[str, int] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()


def draw(sheet: Sheet) -> str:
    """Return the picture as SVG."""
    numbers = list(sheet.numbers) or list(range(2, len(sheet.rows) + 2))
    widths = [_width(sheet, name) for name in sheet.shown]
    lefts = [GUTTER + sum(widths[:position]) for position in range(len(widths))]
    width, height = GUTTER + sum(widths) + 1, ROW_HEIGHT * (len(numbers) + 2) + 1
    size = f"width='{width}' height='{height}' viewBox='0 0 {width} {height}'"
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' {FONT}>",
        f"<title>{escape(sheet.title)}</title>",
        f"<rect width='{width}' height='{height}' fill='#ffffff'/>",
        _box(0, 0, width - 1, ROW_HEIGHT, HEAD),
        _box(0, 0, GUTTER, height - 1, HEAD),
    ]
    for name, left, wide in zip(sheet.shown, lefts, widths, strict=True):
        letter = column_letter(sheet.columns.index(name))
        parts.append(_box(left, 0, wide, ROW_HEIGHT, HEAD) + _words(letter, left + wide / 2, 0, FAINT, "middle"))
        parts.append(_box(left, ROW_HEIGHT, wide, ROW_HEIGHT) + _cell(name, left, wide, 1, bold=True))
        for line, number in enumerate(numbers, start=2):
            text = sheet.rows[number - 2].get(name, "")
            fill = WANTED if not text and name in sheet.wanted else "#ffffff"
            parts.append(_box(left, line * ROW_HEIGHT, wide, ROW_HEIGHT, fill) + _cell(text, left, wide, line))
    for line, number in enumerate([1, *numbers], start=1):
        parts.append(_box(0, line * ROW_HEIGHT, GUTTER, ROW_HEIGHT, HEAD))
        parts.append(_words(str(number), GUTTER / 2, line, FAINT, "middle"))
    parts += [_gap(left, 0, left, height) for left in _hidden_columns(sheet, lefts)]
    parts += [
        _gap(0, line * ROW_HEIGHT, width, line * ROW_HEIGHT)
        for line, (above, number) in enumerate(zip([1, *numbers], numbers, strict=False), start=2)
        if number > above + 1
    ]
    return "\n".join([*parts, "</svg>", ""])


def column_letter(position: int) -> str:
    """Return A, B ... Z, AA, AB ... for 0, 1 ..."""
    letters = ""
    position += 1
    while position:
        position, last = divmod(position - 1, 26)
        letters = ascii_uppercase[last] + letters
    return letters


def _width(sheet: Sheet, name: str) -> int:
    return round(sheet.widths.get(name, len(name)) * LETTER_WIDTH + 14)


def _hidden_columns(sheet: Sheet, lefts: Sequence[int]) -> list[int]:
    places = [sheet.columns.index(name) for name in sheet.shown]
    return [left for left, place, before in zip(lefts, places, [-1, *places], strict=False) if place > before + 1]


def _cell(text: str, left: float, wide: float, line: int, *, bold: bool = False) -> str:
    room = int((wide - 10) / (LETTER_WIDTH if bold else LETTER_WIDTH - 0.8))
    shown = text if len(text) <= room else f"{text[: room - 1].rstrip()}…"
    if _is_number(text):
        return _words(shown, left + wide - 6, line, INK, "end")
    return _words(shown, left + 6, line, INK, "start", bold=bold)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _words(text: str, x: float, line: int, colour: str, anchor: str, *, bold: bool = False) -> str:
    if not text:
        return ""
    weight = " font-weight='600'" if bold else ""
    y = line * ROW_HEIGHT + 17.5
    return f"<text x='{x:g}' y='{y:g}' fill='{colour}' text-anchor='{anchor}'{weight}>{escape(text)}</text>"


def _box(x: float, y: float, width: float, height: float, fill: str = "#ffffff") -> str:
    return f"<rect x='{x + 0.5:g}' y='{y + 0.5:g}' width='{width:g}' height='{height}' fill='{fill}' stroke='{LINE}'/>"


def _gap(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f"x1='{x1 + 0.5:g}' y1='{y1 + 0.5:g}' x2='{x2 + 0.5:g}' y2='{y2 + 0.5:g}'"
    return f"<line {ends} stroke='{FAINT}' stroke-width='3'/>"
