"""A cell of a number column: what keeps it from being a number, and what was probably meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from math import isfinite

from synthesis.evidence.contract import NUMBER, WHOLE_NUMBER, Field
from synthesis.evidence.findings import Fault, short

_MISSING_WORD = re.compile(
    r"n[./]?a\.?|n\.?r\.?|n\.?d\.?|nan|none|null|nil|missing|unknown|unclear|x|[-–—−?.]+|[+-]?inf(?:inity)?"
    r"|not[ _](?:reported|available|stated|given|applicable)|(?P<test>n\.?s\.?|not[ _]significant)",
    re.IGNORECASE,
)
_MINUS = re.compile(r"^\s*[−–—‒﹣－]\s*(?=[0-9.,])")
_RAISED = re.compile(r"(-?[0-9]*)[·∙⋅•‧・･˙٫]([0-9]+(?:[eE][+-]?[0-9]+)?)")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(\.[0-9]+)?")
_SPACED = re.compile(r"-?[0-9]{1,3}(?:[ '’\u00a0\u2009\u202f][0-9]{3})+([.,][0-9]+)?")
_COMMA = re.compile(r"-?[0-9]*,[0-9]+")
_POINTS_AND_COMMA = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_INEQUALITY = re.compile(r"^(?:[<>≤≥≦≧~≈±=]|less than|more than|about|approx|p\s*[<>=])", re.IGNORECASE)
_DATE = re.compile(
    r"(?:[0-9]{1,4}[-/. ])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:[-/. ][0-9]{1,4})?"
    r"|[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[ T].*)?|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}",
    re.IGNORECASE,
)
_ERROR = re.compile(r"#(?:REF|DIV/0|VALUE|NAME|NUM|NULL|N/A|SPILL|CALC)[!?]?", re.IGNORECASE)
_WHOLE_WORD = re.compile(r"(?<![\w.,])[-+]?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)(?![\w.,])")
_ANY_NUMBER = re.compile(r"-?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)")


def number_fault(text: str, field: Field) -> Fault | None:
    """Return what is wrong with a cell of a number column, None when nothing is.

    Parameters
    ----------
    text : str
        The cell, not empty, without blanks at its ends.
    field : Field
        Its column, of type number or integer.
    """
    if NUMBER.fullmatch(text):
        return _value_fault(text, field)
    for explain in _EXPLANATIONS:
        if fault := explain(text, field):
            return fault
    normal = unicodedata.normalize("NFKC", text)
    hint = f"Write {normal}." if NUMBER.fullmatch(normal) else "Write digits with a decimal point, or empty the cell."
    return Fault("not_a_number", f"{short(text)} is not a number.", hint)


def _value_fault(text: str, field: Field) -> Fault | None:
    value = float(text)
    if not isfinite(value):
        return Fault("not_a_number", f"{short(text)} is too large.", "Check the exponent.")
    if field.type == "integer" and not WHOLE_NUMBER.fullmatch(text):
        hint = (
            f"Write {value:.0f}."
            if value == int(value)
            else "Enter the number of people or things, not a mean or share."
        )
        return Fault("not_whole", f"{short(text)} is not a whole number.", hint)
    return _bounds_fault(text, value, field)


def _bounds_fault(text: str, value: float, field: Field) -> Fault | None:
    what = f"{field.title}: {field.description}"
    if field.exclusive_minimum is not None and value <= field.exclusive_minimum:
        return Fault("not_positive", f"{short(text)} is not > {field.exclusive_minimum:g}.", what)
    if field.minimum is not None and value < field.minimum:
        return Fault("below_minimum", f"{short(text)} is below {field.minimum:g}.", what)
    if field.maximum is not None and value > field.maximum:
        return Fault("above_maximum", f"{short(text)} is above {field.maximum:g}.", what)
    if field.enum and text not in field.enum:
        return Fault("enumeration", f"{short(text)} is not one of {', '.join(field.enum)}.", what)
    return None


def is_missing_word(text: str) -> bool:
    """Say whether a cell holds a word or dash that stands for nothing reported."""
    return bool(_MISSING_WORD.fullmatch(text))


def has_raised_point(text: str) -> bool:
    """Say whether a cell is a number with a raised decimal point, as The Lancet prints them."""
    return bool(_RAISED.fullmatch(_MINUS.sub("-", text)))


def with_point(text: str) -> str:
    """Return a number with a raised decimal point as one with a point on the line; any other cell as it stands."""
    found = _RAISED.fullmatch(text)
    return f"{found[1]}.{found[2]}" if found else text


def _missing_word(text: str, field: Field) -> Fault | None:
    word = _MISSING_WORD.fullmatch(text)
    if not word:
        return None
    if field.required:
        hint = "The column may not be empty; find the number, or leave the row out."
    elif word["test"]:
        hint = "Empty the cell; say what was reported in notes and in reported_direction."
    else:
        hint = "Empty the cell; an empty cell means not reported."
    return Fault("missing_word", f"{text} is not a number.", hint)


def _spreadsheet_error(text: str, field: Field) -> Fault | None:
    if not _ERROR.fullmatch(text):
        return None
    return Fault("spreadsheet_error", f"{text} is a spreadsheet's error message.", "Enter the number as printed.")


def _minus_sign(text: str, field: Field) -> Fault | None:
    mended = _MINUS.sub("-", text)
    if mended == text or not NUMBER.fullmatch(mended):
        return None
    message = f"{text} begins with a dash, not with the minus sign of the keyboard."
    return Fault("minus_sign", message, f"Write {mended}.")


def _inequality(text: str, field: Field) -> Fault | None:
    if not _INEQUALITY.match(text):
        return None
    message = f"{short(text)} is not an exact number."
    if field.name == "p_value":
        hint = "Empty the cell, write the inequality in notes and give reported_direction."
    else:
        hint = "Empty the cell and write what is printed in notes."
    return Fault("inequality", message, hint)


def _raised_point(text: str, field: Field) -> Fault | None:
    if not has_raised_point(text):
        return None
    mended = with_point(_MINUS.sub("-", text))
    return Fault("decimal_comma", f"{text} has a raised decimal point.", f"Write {_with_zero(mended)}.")


def _with_zero(number: str) -> str:
    return re.sub(r"^(-?)\.", r"\g<1>0.", number)


def _separators(text: str, field: Field) -> Fault | None:
    text = _MINUS.sub("-", text)
    if _POINTS_AND_COMMA.fullmatch(text):
        mended = text.replace(".", "").replace(",", ".")
        return Fault("decimal_comma", f"{text} has a decimal comma.", f"Write {mended}.")
    if _SPACED.fullmatch(text):
        mended = re.sub(r"[ '’\u00a0\u2009\u202f]", "", text).replace(",", ".")
        return Fault("thousands_separator", f"{text} has its thousands separated.", f"Write {mended}.")
    grouped = _GROUPED.fullmatch(text)
    if grouped and (field.type == "integer" or grouped[1] or text.count(",") > 1):
        return Fault("thousands_separator", f"{text} has its thousands separated.", f"Write {text.replace(',', '')}.")
    if _COMMA.fullmatch(text):
        mended = _with_zero(text.replace(",", "."))
        other = f", or {text.replace(',', '')} if the comma separates thousands" if grouped and text[0] != "0" else ""
        return Fault("decimal_comma", f"{text} has a decimal comma.", f"Write {mended}{other}.")
    return None


def _spreadsheet_date(text: str, field: Field) -> Fault | None:
    if not _DATE.fullmatch(text):
        return None
    hint = "A spreadsheet may have turned a number into it; format the column as text and enter the number again."
    return Fault("spreadsheet_date", f"{text} is a date.", hint)


def _several_numbers(text: str, field: Field) -> Fault | None:
    found = _WHOLE_WORD.findall(text)
    if len(found) < 2:
        return None
    hint = "Enter one number; what stands beside it (SD, bounds, denominator) has its own column."
    return Fault("several_numbers", f"{short(text)} holds {len(found)} numbers.", hint)


def _unit(text: str, field: Field) -> Fault | None:
    found = _ANY_NUMBER.findall(text)
    if len(found) != 1:
        return None
    unit = f", in {field.unit}," if field.unit else ""
    hint = f"Enter the number{unit} without anything else."
    return Fault("unit_in_cell", f"{short(text)} holds more than a number.", hint)


_EXPLANATIONS: tuple[Callable[[str, Field], Fault | None], ...] = (
    _missing_word,
    _spreadsheet_error,
    _minus_sign,
    _inequality,
    _raised_point,
    _separators,
    _spreadsheet_date,
    _several_numbers,
    _unit,
)
