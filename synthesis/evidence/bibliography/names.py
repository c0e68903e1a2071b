"""A list of authors as BibTeX means it: the names, and what is no such list.

bibtexparser's own splitting drops an accent that begins a name after *and*; names are split here, braces respected,
and handed to it one by one with their letters decoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bibtexparser.middlewares.names import NameParts, parse_single_name_into_parts

from synthesis.evidence.bibliography.markup import braced, plain

Name = tuple[str, str]

_AND = re.compile(r"(?i:and)(?=\s)|and$")
_ORGANISATION = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}")
_BIBLATEX = re.compile(r"(?:family|given|prefix|suffix)(?:-i)?\s*=", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:jr|sr|junior|senior|filho|neto|[ivx]{1,5}|[0-9](?:st|nd|rd|th)|ph\.?d|m\.?d|esq)\.?", re.I)
# "Smith AB", as PubMed prints names, which BibTeX takes for a first name Smith and a family AB.
_INITIALS_LAST = re.compile(r"[^\s,{}]+(?: [^\s,{}]+)* [A-Z]{1,3}")
_ET_AL = re.compile(r"(?:^|[\s,])et\.? al(?:\.|\s|$)", re.IGNORECASE)
_SEVERAL_IN_BRACES = re.compile(r"[^,]+,[^,]+\sand\s[^,]+,.+", re.IGNORECASE)

HOW_TO_WRITE_NAMES = "Write authors as Family, Given and Family, Given: author = {Smith, A. B. and Jones, C.}."
_SEMICOLONS = "The authors are separated by semicolons: {name}."
_COMMAS = "{name} is not one name; the authors seem to be separated by commas."
_NO_SUFFIX = "{name} has two commas and no Jr or III between them; the authors seem to be separated by commas."
_LAST = "The author {name} would be cited as {cited}."
_AMPERSAND = "{name} joins authors with &."
_OTHERS = "{name} ends in et al.; BibTeX writes it as and others."
_BRACES = "{name} stands in braces, which make one organisation of it."
_MISSING = "A name is missing beside an *and*: {name}."


def split_names(authors: str) -> list[str]:
    """Return the names of a list, split at each *and* outside braces; what stands beside an idle one is empty."""
    names, begins = [], 0
    for place in _ands(authors):
        names.append(authors[begins:place].strip())
        begins = place + 3
    return [*names, authors[begins:].strip()] if authors.strip() else []


def name_of(name: str) -> Name:
    """Return the family name and the name in full; an organisation, in braces, is both.

    Parameters
    ----------
    name : str
        One name as it is written, in one of BibTeX's three forms or in biblatex's ``family=..., given=...``.
    """
    if _ORGANISATION.fullmatch(name):
        whole = plain(name)
        return whole, whole
    family, given, suffix = _labelled(name) if _BIBLATEX.match(name) else _parts(braced(name))
    full = ", ".join(part for part in (family, given, suffix) if part)
    return family or full, full


def names_fault(authors: str) -> str:
    """Return the sentence that says why a field is no list of authors, empty where it is one.

    Parameters
    ----------
    authors : str
        The field as it is written, on one line.
    """
    names = split_names(authors)
    if not all(names):
        return _MISSING.format(name=_short(authors))
    return next((said for name in names if (said := _fault(name))), "")


def _ands(authors: str) -> Iterator[int]:
    """Yield where each *and* between blanks begins that stands outside braces."""
    level, blank_before, place = 0, True, 0
    while place < len(authors):
        sign = authors[place]
        if sign == "\\":
            place += 2
            blank_before = False
            continue
        level = level + 1 if sign == "{" else max(level - 1, 0) if sign == "}" else level
        if not level and blank_before and _AND.match(authors, place):
            yield place
            place += 2
        blank_before = sign.isspace()
        place += 1


def _parts(name: str) -> tuple[str, str, str]:
    parts: NameParts = parse_single_name_into_parts(name, strict=False)
    family, given = (_unbraced([*parts.von, *parts.last]), _unbraced(parts.first))
    return family, given, _unbraced(parts.jr)


def _labelled(name: str) -> tuple[str, str, str]:
    """Return the parts of a name in biblatex's extended form; a prefix is cited with the family name."""
    pairs = (part.partition("=") for part in _at_commas(name))
    found = {label.strip().lower(): plain(value.strip().strip('"')) for label, _, value in pairs}
    family = " ".join(part for part in (found.get("prefix", ""), found.get("family", "")) if part)
    return family, found.get("given", found.get("given-i", "")), found.get("suffix", "")


def _unbraced(words: list[str]) -> str:
    return " ".join(" ".join(words).replace("{", "").replace("}", "").split())


def _at_commas(text: str) -> list[str]:
    """Return the parts of a name between commas outside braces."""
    parts, level = [""], 0
    for sign in text:
        level = level + 1 if sign == "{" else max(level - 1, 0) if sign == "}" else level
        if sign == "," and not level:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _fault(name: str) -> str:
    if _ORGANISATION.fullmatch(name):
        return _BRACES.format(name=_short(name)) if _SEVERAL_IN_BRACES.fullmatch(plain(name)) else ""
    if _BIBLATEX.match(name) or name == "others":
        return ""
    text = braced(name)
    parts = [part.strip() for part in _at_commas(text.rstrip(", "))]
    return next((said for look in _LOOKS if (said := look(text, parts))), "")


def _semicolons(text: str, parts: list[str]) -> str:
    return _SEMICOLONS.format(name=_short(text)) if ";" in _outside(text) else ""


def _too_many_commas(text: str, parts: list[str]) -> str:
    if len(parts) > 3 or _two_people(parts):
        return _COMMAS.format(name=_short(text))
    if len(parts) == 3 and not _SUFFIX.fullmatch(parts[1]):
        return _NO_SUFFIX.format(name=_short(text))
    return ""


def _two_people(parts: list[str]) -> bool:
    """Say whether each side of a comma is a name with its initials last."""
    return len(parts) == 2 and all(_INITIALS_LAST.fullmatch(part) for part in parts)


def _initials_last(text: str, parts: list[str]) -> str:
    if len(parts) > 1 or not _INITIALS_LAST.fullmatch(text):
        return ""
    return _LAST.format(name=text, cited=text.split()[-1])


def _ampersand(text: str, parts: list[str]) -> str:
    return _AMPERSAND.format(name=_short(text)) if re.search(r"\s&\s", _outside(text)) else ""


def _et_al(text: str, parts: list[str]) -> str:
    return _OTHERS.format(name=_short(text)) if _ET_AL.search(_outside(text)) else ""


def _outside(text: str) -> str:
    """Return a name without what stands in braces."""
    return re.sub(r"\{[^{}]*\}", "", text)


def _short(name: str) -> str:
    return f'"{name}"' if len(name) <= 60 else f'"{name[:57]}..."'


_LOOKS: tuple[Callable[[str, list[str]], str], ...] = (
    _semicolons,
    _et_al,
    _ampersand,
    _too_many_commas,
    _initials_last,
)
