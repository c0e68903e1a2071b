"""A cell of a text column: fixed values, patterns, dates, lists."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from synthesis.evidence.checks.numbers import is_missing_word
from synthesis.evidence.checks.report import Fault, short
from synthesis.evidence.contract import Field

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
