"""One comma-separated file as a spreadsheet shows it: its rows with their numbers, or the reason it cannot be read.

Nothing is repaired. What spreadsheets themselves overlook is harmless here too: a byte-order mark, any line ending,
needless quotes, blank rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from synthesis.errors import Finding
from synthesis.evidence.contract import NUMBER
from synthesis.evidence.encodings import likely_encoding
from synthesis.evidence.findings import MAX_REPEATS, FileFaults

MAX_BYTES = 50_000_000
MAX_COLUMNS = 1_000
MAX_CELLS = 1_000_000
MAX_ROWS = 1_048_576  # as many as spreadsheets show

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "＠")
_LOSSES = frozenset({"ragged_row", "quoting", "oversize_file"})
_WIDE_ROW = 100 * MAX_COLUMNS  # a row with more commas than this is refused before it can exhaust memory
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SAVE_AS_UTF8 = "Save the file as 'CSV UTF-8 (comma delimited)'."
_SAVE_TEXT = "Save the file in UTF-8."
_SEP_LINE = re.compile(r"\"?(sep=(?:.|\\t)?)\"?[,;\t|]*(?=[\r\n]|\Z)", re.IGNORECASE)
_COMMAS = "save the file with commas as separators (and decimal points, not decimal commas)."


@dataclass
class Sheet:
    """Rows of one file.

    Attributes
    ----------
    faults : FileFaults
        The file as a user would type it, and what is wrong with it.
    header : list of str
        Column names as they stand in row 1; empty when the file cannot be read.
    rows : list of int
        Spreadsheet row of each of `cells` (the header is row 1, blank rows count).
    cells : list of list of str
        Rows as wide as the header, blank ones left out.
    """

    faults: FileFaults
    header: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The file as a user would type it."""
        return self.faults.file

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the file, in the order in which it was found."""
        return self.faults.found

    @property
    def has_header(self) -> bool:
        """Whether row 1 names at least one column."""
        return any(name.strip() for name in self.header)

    @property
    def lost_rows(self) -> bool:
        """Whether rows of the file are not among `cells`."""
        return any(finding.rule in _LOSSES for finding in self.findings)


def read_sheet(content: bytes, file: str, known_columns: Collection[str]) -> Sheet:
    """Read the bytes of one comma-separated file.

    Parameters
    ----------
    content : bytes
        The file, whatever it holds.
    file : str
        Its path, for the findings.
    known_columns : collection of str
        Columns expected, by which a wrong separator is told from a wrong table.

    Returns
    -------
    Sheet
        Its `findings` say what could not be read; rows before a fault are kept.
    """
    sheet = Sheet(FileFaults(file))
    text = decode(content, sheet.faults)
    if text is None or is_too_wide(text, ",", sheet.faults) or _has_wrong_separator(text, known_columns, sheet):
        return sheet
    for row, cells in rows_in(text, ",", sheet.faults):
        _take(row, cells, sheet)
        if _gives_up(row, sheet):
            return sheet
    if not sheet.has_header and not sheet.findings:
        sheet.faults.add("empty_file", "The file is empty.", "Row 1 must hold the column names.")
    return sheet


def neutral(text: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe before what may start a formula and is no number."""
    bare = text.lstrip()
    starts = text.startswith(("\t", "\r")) or bare.startswith(_FORMULA_STARTS)
    return f"'{text}" if starts and bare not in ("-", "--") and not NUMBER.fullmatch(bare.rstrip()) else text


def decode(content: bytes, faults: FileFaults) -> str | None:
    """Return the text of a UTF-8 file, or None after adding the finding that says why it is not."""
    if is_utf16(content):
        faults.add("not_utf8", "The file is not UTF-8; it is UTF-16.", _how_to_save(faults))
        return None
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        _explain_encoding(content, error, faults)
        return None
    if "\0" in text:
        place = text.index("\0")
        hint = f"The file is damaged or is not text. {_how_to_save(faults)}"
        faults.add("nul_byte", f"Character {place + 1} of the file is a NUL byte.", hint, row=row_at(text, place))
        return None
    return text


def is_utf16(content: bytes) -> bool:
    """Say whether a file is marked as UTF-16."""
    return content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def is_too_wide(text: str, separator: str, faults: FileFaults) -> bool:
    """Say whether a row has more separators than memory should hold, after adding the finding that says so."""
    if text.count(separator) <= _WIDE_ROW:
        return False
    for row, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if (columns := line.count(separator) + 1) > _WIDE_ROW:
            faults.add(*too_many_columns(columns), row=row)
            return True
    return False


def too_many_columns(columns: int) -> tuple[str, str, str]:
    """Return rule, message and hint of a row with more columns than are read."""
    message = f"The row has {columns} columns; at most {MAX_COLUMNS} are read."
    return "too_many_columns", message, "Check that this is the file you meant."


def rows_in(text: str, separator: str, faults: FileFaults) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of cells with its number as a spreadsheet shows it; quotes that cannot be made out end them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            yield row, cells
    except csv.Error as error:
        _explain_quoting(row + 1, str(error), faults)


def row_at(text: str, place: int) -> int:
    """Return the spreadsheet row in which the character at `place` stands."""
    before = text[:place] + "x"
    try:
        return sum(1 for _ in csv.reader(io.StringIO(before, newline="")))
    except csv.Error:  # a cell beyond the csv module's limit; line breaks are the next best count
        return before.count("\n") + 1


def _take(row: int, cells: list[str], sheet: Sheet) -> None:
    if row == 1:
        sheet.header = cells
    elif not any(cell.strip() for cell in cells):
        return
    elif not sheet.has_header:
        sheet.faults.add("no_header", "Row 1 is blank.", "Column names belong in row 1.", row=1)
    elif len(cells) == len(sheet.header):
        sheet.rows.append(row)
        sheet.cells.append(cells)
    else:
        _explain_ragged(row, cells, sheet)


def _gives_up(row: int, sheet: Sheet) -> bool:
    if len(sheet.header) > MAX_COLUMNS:
        sheet.faults.add(*too_many_columns(len(sheet.header)), row=1)
        sheet.header = []
    elif row > MAX_ROWS or len(sheet.rows) * len(sheet.header) > MAX_CELLS:
        message = f"The file is too long: rows after row {row} were not read."
        sheet.faults.add("oversize_file", message, "Check that this is the file you meant.")
    elif len(sheet.findings) > MAX_REPEATS:
        message = f"Rows after row {sheet.findings[-1].row} were not read."
        sheet.faults.add("ragged_row", message, "Mend the rows above first.")
    else:
        return bool(sheet.findings) and sheet.findings[-1].rule == "no_header"
    return True


def sep_line(text: str) -> str | None:
    """Return the line ``sep=,`` with which Excel is told the separator, None where a text does not begin with one."""
    found = _SEP_LINE.match(text)
    return found[0] if found else None


def _has_wrong_separator(text: str, known_columns: Collection[str], sheet: Sheet) -> bool:
    line = sep_line(text)
    header = text if line is None else text.removeprefix(line)
    first = header[:100_000].replace("\r", "\n").lstrip("\n").partition("\n")[0]
    separated = _separated(first, known_columns)
    if line is not None:
        message = f"Row 1 is Excel's line {line}; the column names belong there."
        hint = f"Delete row 1, and {_COMMAS}" if separated else "Delete row 1."
    elif separated:
        message, hint = f"The columns are separated by {separated}, not commas.", _COMMAS.capitalize()
    else:
        return False
    sheet.faults.add("wrong_separator", message, hint, row=1)
    return True


def _separated(first: str, known_columns: Collection[str]) -> str:
    """Return what separates known columns in a line, empty where commas may."""
    if "," in first:
        return ""
    for separator, name in _SEPARATORS.items():
        names = [part.strip().strip('"') for part in first.split(separator)]
        if len(names) > 1 and len(set(names) & set(known_columns)) > 1:
            return name
    return ""


def _explain_ragged(row: int, cells: list[str], sheet: Sheet) -> None:
    wanted, got = len(sheet.header), len(cells)
    message = f"The row has {got} {'cell' if got == 1 else 'cells'}; the header has {wanted}."
    if got > wanted:
        hint = "A cell that holds a comma must stand in double quotes."
    else:
        hint = "Give every column a cell, empty where nothing is reported."
    sheet.faults.add("ragged_row", message, hint, row=row, value=",".join(cells)[:200])


def _explain_quoting(row: int, error: str, faults: FileFaults) -> None:
    if "field larger" in error:
        message = "A cell that begins here is longer than 131,072 characters."
        hint = "Most often a double quote was opened and never closed."
    elif "end of data" in error:
        message = "A double quote is opened in this row and never closed."
        hint = 'Close it; a quote inside a quoted cell is written twice ("").'
    else:
        message = "Something other than a separator follows the closing double quote of a cell."
        hint = 'Put the whole cell in quotes; a quote inside a quoted cell is written twice ("").'
    faults.add("quoting", message, hint + " Rows from here on were not read.", row=row)


def _how_to_save(faults: FileFaults) -> str:
    return _SAVE_AS_UTF8 if faults.file.lower().endswith(".csv") else _SAVE_TEXT


def _explain_encoding(content: bytes, error: UnicodeDecodeError, faults: FileFaults) -> None:
    text = content[: error.start].decode("utf-8")
    bad = content[error.start]
    message = f"The file is not UTF-8: byte {error.start + 1} is 0x{bad:02x}."
    encoding = likely_encoding(content)
    around = content[max(error.start - 12, 0) : error.start + 12].decode(encoding.codec, "replace").splitlines()
    words = next((line for line in around if not line.isascii()), "")
    hint = f"In {encoding.name}, the likely encoding, the place reads {words!r}. {_how_to_save(faults)}"
    faults.add("not_utf8", message, hint, row=row_at(text, len(text)))
