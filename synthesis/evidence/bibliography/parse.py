"""BibTeX read into entries whose fields are whole: names in small letters, texts joined, abbreviations written out.

bibtexparser finds the blocks and the fields. Its own resolving of abbreviations leaves a text that is put together
with ``#`` as it stands, and an abbreviation that nothing defines as if it were the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import bibtexparser
from bibtexparser.library import Library
from bibtexparser.middlewares.middleware import LibraryMiddleware
from bibtexparser.model import Entry, Field

MONTHS = frozenset("jan feb mar apr may jun jul aug sep oct nov dec".split())
# "@article{" and at once a field, as EndNote writes entries without a key.
_NO_KEY = re.compile(
    r"^([ \t]*@(?!(?i:string|comment|preamble))[A-Za-z]+[ \t]*[{(])(?=\s*[A-Za-z][\w-]*\s*=\s*[{\"0-9])", re.MULTILINE
)
_WHOLE = "synthesis_whole"
_LONGEST = 20_000  # of an abbreviation written out: one that doubles another twenty times over is an attack


def parse_bibtex(text: str) -> Library:
    """Return a BibTeX text's entries, and the blocks that could not be read, as bibtexparser finds them.

    Parameters
    ----------
    text : str
        Without a byte-order mark.
    """
    return bibtexparser.parse_string(_NO_KEY.sub(r"\1,", text), parse_stack=[_WholeFields()])


def repeated_fields(entry: Entry) -> list[str]:
    """Return the fields that an entry of `parse_bibtex` has twice under names that differ in case; the first counts."""
    return list(entry.parser_metadata[_WHOLE]["repeated"])


def undefined(entry: Entry) -> dict[str, str]:
    """Return the abbreviations an entry of `parse_bibtex` uses and nothing defines, by field."""
    return dict(entry.parser_metadata[_WHOLE]["undefined"])


class _WholeFields(LibraryMiddleware):
    """Give each entry the fields that it means."""

    def transform(self, library: Library) -> Library:
        """Change the entries of a library in place."""
        written: dict[str, str] = {}
        for name, string in library.strings_dict.items():
            text = _whole(str(string.value), written, missing := [])
            if not missing and len(text) <= _LONGEST:
                written[name.lower()] = text
        for entry in library.entries:
            found: dict[str, Any] = {"repeated": [], "undefined": {}}
            fields: dict[str, Field] = {}
            for field in entry.fields:
                name = field.key.lower()
                if name in fields:
                    found["repeated"].append(name)
                    continue
                value = _whole(str(field.value), written, missing := [])
                if missing:
                    found["undefined"][name] = missing[0]
                fields[name] = Field(name, value, field.start_line)
            entry.fields = list(fields.values())
            entry.parser_metadata[_WHOLE] = found
        return library


def _whole(value: str, written: Mapping[str, str], missing: list[str]) -> str:
    """Return a value without its quotes or braces, joined where it is put together with ``#``."""
    return "".join(_piece(piece, written, missing) for piece in _pieces(value.strip()))


def _piece(piece: str, written: Mapping[str, str], missing: list[str]) -> str:
    if len(piece) > 1 and (piece[0], piece[-1]) in (("{", "}"), ('"', '"')):
        return piece[1:-1]
    name = piece.lower()
    if name in written:
        return written[name]
    if name and not name.isdecimal() and name not in MONTHS:
        missing.append(piece)
    return piece


def _pieces(value: str) -> Iterator[str]:
    """Yield the parts of a value between each ``#`` that stands outside braces and quotes."""
    level, quoted, begins = 0, False, 0
    for place, sign in enumerate(value):
        if sign == "{":
            level += 1
        elif sign == "}":
            level = max(level - 1, 0)
        elif sign == '"' and not level:
            quoted = not quoted
        elif sign == "#" and not level and not quoted:
            yield value[begins:place].strip()
            begins = place + 1
    yield value[begins:].strip()
