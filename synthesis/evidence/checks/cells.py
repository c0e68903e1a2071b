"""Every cell against its column: its text, its number, its fixed values; each distinct value judged once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from synthesis.errors import Finding
from synthesis.evidence.checks.numbers import is_missing_word, number_fault
from synthesis.evidence.contract import NUMBER, Field, Table
from synthesis.evidence.encodings import misread
from synthesis.evidence.findings import Fault, report, short

if TYPE_CHECKING:
    import pandas as pd

# Blanks no one sees: a no-break space counts as one for str.strip, these do not.
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"

_FORMULA_START = tuple("=+@＝＋＠")
_MINUS_FORMULA = re.compile(r"-[\s-]*[^\s0-9.,-]|-.*(?:[A-Za-z]\(|[|!=])", re.DOTALL)
# Control characters, and marks that turn the direction of what follows: a number after one reads backwards.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def strip(text: str) -> str:
    """Return a cell without blanks at its ends, those no one sees included."""
    return text.strip().strip(INVISIBLE).strip()


def text_fault(text: str, field: Field) -> Fault | None:
    """Return what is wrong with a cell as text, None when nothing is.

    Parameters
    ----------
    text : str
        The cell as it stands in the file, not empty.
    field : Field
        Its column.
    """
    if is_formula(text):
        return _formula(text if text[0] in "\t\r" else strip(text), field)
    if found := UNSEEN.search(text):
        message = f"The cell holds the control character U+{ord(found[0]):04X}."
        return Fault("control_character", message, "Delete it; it came with copying from another program.")
    if not field.free_text and strip(text) != text:
        stripped = strip(text)
        hint = f"Write {short(stripped)} alone." if stripped else "Empty the cell."
        return Fault("blanks", "The cell has blanks at its ends.", hint)
    return _mojibake(text)


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet might run a cell; a negative number and a dash alone are harmless."""
    bare = strip(text)
    if text.startswith(("\t", "\r")) or bare.startswith(_FORMULA_START):
        return True
    return bool(_MINUS_FORMULA.match(bare)) and not NUMBER.fullmatch(bare) and not is_missing_word(bare)


def _formula(text: str, field: Field) -> Fault:
    message = f"The cell begins with {text[0]!r}, so a spreadsheet may run it as a formula."
    rest = strip(text[1:])
    if field.is_number and text[0] == "+" and NUMBER.fullmatch(rest):
        return Fault("formula", message, f"Write {rest}.")
    return Fault("formula", message, "Begin with a word or a digit.")


def _mojibake(text: str) -> Fault | None:
    for found, meant in misread(text):
        message = f"{found!r} looks like {meant!r} read in the wrong encoding."
        return Fault("mojibake", message, f"Write {meant} and save the file as UTF-8.")
    if "\ufffd" in text:
        return Fault(
            "mojibake", "The cell holds U+FFFD, which stands for a lost letter.", "Write the letter as printed."
        )
    return None


_DAY_FIRST = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})")


def choice_fault(text: str, field: Field) -> Fault | None:
    """Return what is wrong with a cell of a text column, None when nothing is.

    Parameters
    ----------
    text : str
        The cell, not empty, without blanks at its ends.
    field : Field
        Its column, of type string or date.
    """
    if field.enum and text not in field.enum:
        return _enumeration(text, field)
    if field.type == "date":
        return _date(text)
    if field.delimiter and not all(item.strip() for item in text.split(field.delimiter)):
        message = f"A value is missing beside a {field.delimiter!r}."
        return Fault("list_item", message, "Separate values with one semicolon, with none at either end.")
    if field.pattern and not re.fullmatch(field.pattern, text):
        return Fault("pattern", f"{short(text)} is not what {field.name} may hold.", field.description)
    return None


def like(text: str, known: Iterable[str]) -> str:
    """Return the sentence that proposes the known value most like a given one, empty when none is like it."""
    return _like(text, tuple(known))


@lru_cache(maxsize=4096)
def _like(text: str, known: tuple[str, ...]) -> str:
    by_form = {_form(value): value for value in known}
    near = difflib.get_close_matches(_form(text), list(by_form), 1, 0.6)
    return f"Did you mean {short(by_form[near[0]])}?" if near else ""


def _form(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.strip().casefold())


def _enumeration(text: str, field: Field) -> Fault:
    listed = ", ".join(field.enum)
    message = f"{short(text)} is not one of {listed}."
    if is_missing_word(text) and not field.required:
        return Fault("missing_word", message, "Empty the cell; an empty cell means not reported.")
    return Fault("enumeration", message, like(text, field.enum) or field.description)


def _date(text: str) -> Fault | None:
    hint = "Write the year, the month and the day, as in 2025-03-31."
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            date.fromisoformat(text)
        except ValueError:
            return Fault("not_a_date", f"There is no day {text}.", hint)
        return None
    if (parts := _DAY_FIRST.fullmatch(text)) and int(parts[1]) > 12 >= int(parts[2]):
        hint = f"Write {parts[3]}-{int(parts[2]):02}-{int(parts[1]):02}."
    return Fault("not_a_date", f"{short(text)} is not a date as YYYY-MM-DD.", hint)


Faults = Mapping[str, tuple[Fault, ...]]


def check_cells(raw: pd.DataFrame, table: Table) -> list[Finding]:
    """Check every cell of a table.

    Parameters
    ----------
    raw : DataFrame
        The table as read.
    table : Table
        What its cells must be.

    Returns
    -------
    list of Finding
    """
    findings = []
    for field in table.fields if len(raw) else ():
        column = raw[field.name]
        distinct = _distinct(column)
        if field.required and (blank := [text for text in distinct if not strip(text)]):
            findings += report(
                "required",
                raw[column.isin(blank)],
                table=table.name,
                column=field.name,
                message="The cell is empty.",
                hint=field.description,
            )
        faults = {text: found for text in distinct if (found := cell_faults(text, field))}
        if faults:
            findings += _report(raw[column.isin(list(faults))], table, field, faults)
    return findings


def tidy(raw: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a table with the blanks at the ends of its cells gone, so that a blank is one finding and not many."""
    stripped = {}
    for field in table.fields if len(raw) else ():
        if field.free_text:
            continue
        column = raw[field.name]
        blank = {text: strip(text) for text in _distinct(column) if strip(text) != text}
        if blank:
            stripped[field.name] = column.replace(blank)
    return raw.assign(**stripped)


def _distinct(column: pd.Series) -> list[str]:
    """Return each text of a column once, in the order of the rows; the cells of a missing column are no text."""
    # A small root has hundreds of columns of a few cells, where a dict takes a tenth of the time of pandas.
    return [text for text in dict.fromkeys(column.tolist()) if isinstance(text, str)]


def cell_faults(text: str, field: Field) -> tuple[Fault, ...]:
    """Return everything wrong with one cell: as text, and as a value of its column."""
    stripped = strip(text)
    if not text or (not stripped and field.required):
        return ()
    as_text = text_fault(text, field)
    if not stripped or is_formula(text):
        as_value = None
    elif field.is_number:
        as_value = number_fault(stripped, field) or _year_fault(stripped, field)
    else:
        as_value = choice_fault(stripped, field)
    return tuple(fault for fault in (as_text, as_value) if fault)


def _report(rows: pd.DataFrame, table: Table, field: Field, faults: Faults) -> list[Finding]:
    findings = []
    for rule in sorted({fault.rule for found in faults.values() for fault in found}):
        words = {text: fault for text, found in faults.items() for fault in found if fault.rule == rule}
        hit = rows[rows[field.name].isin(list(words))]
        findings += report(
            rule,
            hit,
            table=table.name,
            column=field.name,
            message=hit[field.name].map({text: fault.message for text, fault in words.items()}),
            hint=hit[field.name].map({text: fault.hint for text, fault in words.items()}),
        )
    return findings


def _year_fault(text: str, field: Field) -> Fault | None:
    latest = date.today().year + 1
    if field.name != "year" or float(text) <= latest:
        return None
    return Fault("year_in_future", f"{text} is after {latest}.", field.description)
