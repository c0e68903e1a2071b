"""A table as found in the wild: separator, encoding and index column recognised, hostile files refused at once."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from synthesis.errors import DataError
from synthesis.evidence.checks.numbers import has_raised_point
from synthesis.evidence.encodings import decoded, repair
from synthesis.evidence.findings import FileFaults, finding
from synthesis.evidence.sheets import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    decode,
    is_too_wide,
    is_utf16,
    rows_in,
    sep_line,
    too_many_columns,
)
from synthesis.exchange.cells import has_decimal_commas
from synthesis.exchange.notes import Notes

_SEPARATORS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True)
class Source:
    """A file's rows as text.

    Attributes
    ----------
    file : str
        Its name without folders.
    header : tuple of str
        Column names, unique, lower-case with single underscores for what is no letter, digit or leading point.
    printed : tuple of str
        Column names as they stand.
    rows : list of list of str
        As wide as the header.
    lines : list of int
        Spreadsheet row of each.
    decimal_comma : bool
    sha256 : str
    """

    file: str
    header: tuple[str, ...]
    printed: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    decimal_comma: bool
    sha256: str

    def column(self, *names: str) -> list[str] | None:
        """Return the cells of the first of these columns that the file has, None when it has none."""
        for name in names:
            if name in self.header:
                place = self.header.index(name)
                return [cells[place] for cells in self.rows]
        return None


def read_source(
    path: Path,
    notes: Notes,
    *,
    known: Collection[str],
    needed: Collection[str],
    what: str,
    content: bytes | None = None,
) -> Source:
    """Read a table of another system.

    Parameters
    ----------
    path : Path
        The file.
    notes : Notes
        Takes what was repaired and which rows were left out.
    known, needed : collection of str
        Normalised column names of the format, by which the separator is told; those without which it is another format.
    what : str
        The format's name.
    content : bytes, optional
        The file's bytes, where they are at hand: read from an archive.

    Raises
    ------
    DataError
        When the file cannot be read, is too large, or is no such table.
    """
    content = read_bytes(path) if content is None else content
    text = _without_sep_line(_decode(path, content, notes), notes)
    separator = _separator(path, text, known, needed, what)
    records, lines = _records(path, text, separator)
    header, body, lines = records[0], records[1:], lines[1:]
    if separator != ",":
        notes.add("repaired", "separator", f"The columns are separated by {_NAMES[separator]}.")
    rows, kept = _whole_rows(len(header), body, lines, notes)
    decimal_comma = has_decimal_commas([cell.strip() for cells in rows for cell in cells if "," in cell])
    if decimal_comma:
        notes.add("repaired", "decimal_comma", "Numbers have a decimal comma; they are written with a point.")
    if any(has_raised_point(cell.strip()) for cells in rows for cell in cells if not cell.isascii()):
        notes.add("repaired", "raised_point", "Numbers have a raised decimal point; they are written with a point.")
    if repair(text) != text:
        _note_repairs(header, rows, kept, notes)
    names, printed, rows = _without_index(header, rows, notes)
    digest = hashlib.sha256(content).hexdigest()
    return Source(path.name, names, printed, rows, kept, decimal_comma, digest)


def read_bytes(path: Path, *, beside: bool = False) -> bytes:
    """Return a file's bytes; one found `beside` another, which nobody named, may not be a link."""
    try:
        status = path.lstat() if beside else path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise refused(path, "unreadable", "This is not a file.")
        if status.st_size > MAX_BYTES:
            size, limit = status.st_size / 1e6, MAX_BYTES / 1e6
            raise refused(path, "oversize_file", f"The file has {size:.0f} MB; above {limit:.0f} MB none is read.")
        return path.read_bytes()
    except OSError as error:
        raise refused(path, "unreadable", f"The file cannot be read: {error.strerror}.") from error
    except ValueError as error:  # a path with a NUL character
        raise refused(path, "unreadable", f"The file cannot be read: {error}.") from error


def refused(path: Path, rule: str, message: str, row: int | None = None, hint: str = "") -> DataError:
    """Return the error that refuses a file."""
    hint = hint or "Check that this is the file you meant."
    return DataError([finding(rule, path.as_posix(), message, hint, row=row)])


def normalised(name: str) -> str:
    """Return a column name as the importers look for it; spellings of R and of spreadsheets become one."""
    point = "." if name.strip().startswith(".") else ""
    return point + re.sub(r"[^a-z0-9]+", "_", repair(name).casefold()).strip("_")


def _decode(path: Path, content: bytes, notes: Notes) -> str:
    """Return the text of a file, by the likely encoding where it is not UTF-8, which the notes say."""
    faults = FileFaults(path.as_posix())
    text = decode(content, faults)
    if text is not None:
        return text
    if is_utf16(content) or b"\0" in content:
        raise DataError(faults.found)
    text, encoding = decoded(content)
    notes.add("repaired", "encoding", f"The file is not UTF-8; it was read as {encoding.name}.")
    return text


def _without_sep_line(text: str, notes: Notes) -> str:
    """Return a text with Excel's line ``sep=;`` emptied, so that its rows keep their numbers."""
    line = sep_line(text)
    if line is None:
        return text
    notes.add("repaired", "sep_line", "Excel's line that names the separator was left out.", row=1, value=line)
    return text.removeprefix(line)


def _separator(path: Path, text: str, known: Collection[str], needed: Collection[str], what: str) -> str:
    first = text.lstrip("\r\n")[:200_000].replace("\r", "\n").partition("\n")[0]
    scores = {}
    for separator in _SEPARATORS:
        names = {normalised(part.strip().strip('"')) for part in first.split(separator)}
        scores[separator] = len(names & set(known)), names
    best = max(_SEPARATORS, key=lambda separator: scores[separator][0])
    missing = [name for name in needed if name not in scores[best][1]]
    if missing:
        columns = first.count(best) + 1
        if columns > MAX_COLUMNS:
            raise refused(path, *too_many_columns(columns)[:2], row=1)
        message = f"This is no {what}: row 1 lacks {', '.join(missing)}."
        raise refused(path, "missing_column", message, row=1)
    return best


def _records(path: Path, text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """Return the rows that are not blank, header first, each with its number in a spreadsheet."""
    faults = FileFaults(path.as_posix())
    records, lines = [], []
    if not is_too_wide(text, separator, faults):
        for number, cells in rows_in(text, separator, faults):
            if number > MAX_ROWS:
                raise refused(path, "oversize_file", f"The file has more than {MAX_ROWS} rows.")
            if any(cell.strip() for cell in cells):
                records.append(cells)
                lines.append(number)
    if not faults.found and len(records[0]) > MAX_COLUMNS:
        faults.add(*too_many_columns(len(records[0])), row=lines[0])
    if faults.found:
        raise DataError(faults.found)
    return records, lines


def _note_repairs(header: list[str], rows: list[list[str]], lines: list[int], notes: Notes) -> None:
    for line, cells in zip(lines, rows, strict=True):
        for name, cell in zip(header, cells, strict=True):
            if not cell.isascii() and (mended := repair(cell)) != cell:
                notes.add("repaired", "mojibake", f"Read as {mended[:200]!r}.", row=line, column=name, value=cell)


def _whole_rows(width: int, body: list[list[str]], lines: list[int], notes: Notes) -> tuple[list[list[str]], list[int]]:
    rows, kept = [], []
    for line, cells in zip(lines, body, strict=True):
        if len(cells) == width:
            rows.append(cells)
            kept.append(line)
        else:
            message = f"The row has {len(cells)} cells, the header {width}: its cells cannot be told apart."
            notes.add("left_out", "ragged_row", message, row=line, value=";".join(cells))
    return rows, kept


def _without_index(
    header: list[str], rows: list[list[str]], notes: Notes
) -> tuple[tuple[str, ...], tuple[str, ...], list[list[str]]]:
    """Drop an unnamed column that only counts the rows; name other unnamed or repeated ones by their place."""
    drop, names, printed = set(), [], []
    for place, title in enumerate(header):
        name = normalised(title)
        if name in ("", ".", "unnamed_0") and all(cells[place].strip().isdecimal() for cells in rows):
            drop.add(place)
            notes.add("repaired", "index_column", f"Column {place + 1} has no name and only counts rows; left out.")
            continue
        if not name or name == ".":
            name = f"column_{place + 1}"
        if name in names:
            message = f"The name {title!r} stands twice; column {place + 1} is kept under {name}_{place + 1}."
            notes.add("undecided", "repeated_column", message, column=title)
            name = f"{name}_{place + 1}"
        names.append(name)
        printed.append(title.strip() or name)
    if drop:
        rows = [[cell for place, cell in enumerate(cells) if place not in drop] for cells in rows]
    return tuple(names), tuple(printed), rows
