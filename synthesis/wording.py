"""How numbers, intervals, counts and lists are printed: once, for tables, figures, sentences and the terminal.

Nothing is mended afterwards: a minus is a true minus from the start, and what is not there says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"
UNDEFINED = "not defined"


def number(value: float | None, digits: int = 2, *, signed: bool = False) -> str:
    """Print a number with a true minus sign; a dash where there is none, and never minus nought.

    Parameters
    ----------
    value : float or None
    digits : int
        Decimals.
    signed : bool
        Whether a positive number has its plus sign.
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def interval(lower: float, upper: float, digits: int = 2) -> str:
    """Print an interval for a sentence or a table, where brackets are read aloud badly: "0.12 to 0.30"."""
    return f"{number(lower, digits)} to {number(upper, digits)}"


def bracketed(lower: float, upper: float, digits: int = 2) -> str:
    """Print an interval where room is scarce: "[0.12, 0.30]"."""
    return f"[{number(lower, digits)}, {number(upper, digits)}]"


def with_interval(value: float, lower: float, upper: float, digits: int = 2, *, signed: bool = False) -> str:
    """Print an estimate with its interval, "0.21 (0.12 to 0.30)"; nothing where it could not be estimated."""
    if math.isnan(value):
        return ""
    return f"{number(value, digits, signed=signed)} ({interval(lower, upper, digits)})"


def percent(value: float, digits: int = 0) -> str:
    """Print a percentage; says where it is not defined."""
    return UNDEFINED if math.isnan(value) else f"{number(value, digits)}%"


def share(value: float) -> str:
    """Print a share such as a confidence level: 0.95 is "95%", 0.999 is "99.9%"."""
    return f"{100 * value:g}%"


def p_value(p: float) -> str:
    """Print a p value the way journals do: "p = 0.032", "p < 0.001"."""
    return f"p {UNDEFINED}" if math.isnan(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def bare_p(p: float) -> str:
    """Return a p value as a table's column of p values gives it: "0.032", "< 0.001"."""
    return p_value(p).removeprefix("p ").removeprefix("= ")


def whole(value: float) -> str:
    """Print a count; nothing where it is not reported."""
    return "" if math.isnan(value) else number(value, 0)


def months(value: float) -> str:
    """Print a time in months, without needless decimals; nothing where it is not reported."""
    return "" if math.isnan(value) else f"{value:g}"


def years(first: float, last: float) -> str:
    """Write a span of years: 2001 to 2020, or one year alone."""
    return f"{first:.0f} to {last:.0f}" if first < last else f"{first:.0f}"


def count(n: float, noun: str, plural: str | None = None) -> str:
    """Print a number of things: "1 trial", "1,010 people"."""
    return f"{number(n, 0)} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does: "a, b and c"."""
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last


def lower_first(text: str) -> str:
    """Begin small within a sentence, unless the word is an acronym."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """Begin with a capital."""
    return text[:1].upper() + text[1:]


def is_number(cell: str) -> bool:
    """Say whether a printed cell is a number, so that its column stands to the right; an empty cell may be one."""
    return cell == "" or cell.lstrip(f"+-{MINUS}").replace(",", "").replace("%", "").replace(".", "", 1).isdigit()


def cited(doi: str, source: str) -> str:
    """Lead a place, as it was read, by the DOI of the report it belongs to, unless it holds it."""
    if not doi or doi.lower() in source.lower():
        return source
    return f"https://doi.org/{doi}; read: {source}" if source else f"https://doi.org/{doi}"
