"""What no cell may be, whatever its column: a formula, damaged text, something with blanks at its ends."""

from __future__ import annotations

import re

from synthesis.evidence.checks.numbers import is_missing_word
from synthesis.evidence.checks.report import Fault, short
from synthesis.evidence.contract import NUMBER, Field

# Blanks no one sees: a no-break space counts as one for str.strip, these do not.
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"

_FORMULA_START = tuple("=+@＝＋＠")
_MINUS_FORMULA = re.compile(r"-[\s-]*[^\s0-9.,-]|-.*(?:[A-Za-z]\(|[|!=])", re.DOTALL)
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ufffe\uffff]")
_MOJIBAKE = re.compile(r"[ÃÂâÅÄ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¡-¿]+")


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
    if found := _CONTROL.search(text):
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
    for found in _MOJIBAKE.finditer(text):
        try:
            meant = found[0].encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        message = f"{found[0]!r} looks like {meant!r} read in the wrong encoding."
        return Fault("mojibake", message, f"Write {meant} and save the file as UTF-8.")
    if "\ufffd" in text:
        return Fault(
            "mojibake", "The cell holds U+FFFD, which stands for a lost letter.", "Write the letter as printed."
        )
    return None
