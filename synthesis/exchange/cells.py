"""Cells of other people's files: text without damage, numbers with the decimal sign of the contract."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from synthesis.evidence.checks.cells import UNSEEN, is_formula, strip
from synthesis.evidence.checks.numbers import is_missing_word, with_point
from synthesis.evidence.contract import NUMBER, WHOLE_NUMBER
from synthesis.evidence.encodings import repair
from synthesis.exchange.spreadsheet import neutral

WEEKS_A_MONTH = 365.25 / 84  # other programs count weeks, the contract months
MAX_CELL = 30_000  # a cell of prose that is longer is cut; spreadsheets hold 32,767 characters

_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "nr", "n.r.", "not reported", "not available"})
_DECIMAL_COMMA = re.compile(r"-?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_POINTS_AND_COMMA = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DASHES = str.maketrans(dict.fromkeys("−–—‒﹣－", "-"))


@lru_cache(maxsize=100_000)
def clean(raw: str) -> str:
    """Return a cell as text the contract allows: encoding repaired, blanks single, nothing that runs as a formula."""
    text = UNSEEN.sub(" ", repair(raw))
    text = strip(" ".join(text.split()))
    if text.casefold() in _MISSING:
        return ""
    if text.startswith("'") and neutral(text[1:]) == text:
        text = text[1:]
    text = f"'{text}" if is_formula(text) else text
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def is_missing(raw: str) -> bool:
    """Say whether a cell says that nothing is reported."""
    text = strip(raw)
    return text.casefold() in _MISSING or is_missing_word(text)


def has_decimal_commas(cells: list[str]) -> bool:
    """Say whether a file's numbers have decimal commas: any comma that cannot separate thousands proves it."""
    return any(_DECIMAL_COMMA.fullmatch(cell) and not _GROUPED.fullmatch(cell) for cell in cells if "," in cell)


@lru_cache(maxsize=200_000)
def number(raw: str, decimal_comma: bool = False) -> str | None:
    """Return the number a cell holds as the contract writes it.

    Parameters
    ----------
    raw : str
        The cell as it stands.
    decimal_comma : bool
        Whether the file's commas are decimal signs.

    Returns
    -------
    str or None
        Digits as printed with a decimal point; empty for nothing reported; None for what is no number.
    """
    if NUMBER.fullmatch(raw):
        return _finite(raw)
    text = unicodedata.normalize("NFKC", strip(raw)).translate(_DASHES)
    if is_missing(text):
        return ""
    text = with_point(text.removeprefix("+"))
    if _POINTS_AND_COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    elif not decimal_comma and _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    return _finite(text) if NUMBER.fullmatch(text) else None


def whole(text: str | None) -> str | None:
    """Return a whole number without a decimal part, None when it is not whole; empty and None stay as they are."""
    if not text or WHOLE_NUMBER.fullmatch(text):
        return text
    value = float(text)
    return str(int(value)) if value == int(value) else None


def negated(text: str) -> str:
    """Return a number as text with its sign turned; zero keeps none."""
    if not text or float(text) == 0:
        return text.removeprefix("-")
    return text[1:] if text.startswith("-") else f"-{text}"


def shown(value: float, digits: int = 10) -> str:
    """Return a computed number as text, short and in plain digits the contract reads."""
    return f"{value:.{digits}g}"


def _finite(text: str) -> str | None:
    return text if abs(float(text)) < 1e300 else None
