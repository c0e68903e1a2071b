"""What a file is that was given as a bibliography: BibTeX, RIS, or another kind that has a way to become one."""

from __future__ import annotations

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of file: what it is called, how its text begins, and where BibTeX of it comes from."""

    name: str
    looks: re.Pattern[str]
    way_out: str


_EXPORT = "Export the references as BibTeX or RIS."
_IN_ENDNOTE = "In EndNote, export with the style BibTeX."
_RIS = re.compile(r"^\s*TY  ?-(?: |\r?$)", re.MULTILINE)
_KINDS = (
    Kind("PubMed's format", re.compile(r"^PMID- ?[0-9]", re.MULTILINE), f"{_EXPORT} Zotero and EndNote read it."),
    Kind(
        "EndNote's tagged format", re.compile(r"^%0 [A-Z]", re.MULTILINE), "In EndNote, export with the style BibTeX."
    ),
    Kind("a Web of Science file", re.compile(r"\A\s*(?:FN |PT [A-Z])"), "Export it there as BibTeX."),
    Kind("a web page", re.compile(r"\A\s*<(?:!doctype html|html|head|body)", re.I), "Save the entry, as BibTeX."),
    Kind("XML", re.compile(r"\A\s*<[?!a-z]", re.I), _IN_ENDNOTE),
    Kind("CSL JSON", re.compile(r"\A\s*[\[{]\s*[{\"]"), "In Zotero, export as Better BibTeX or BibTeX."),
    Kind("a Word document", re.compile(r"\A\s*\{\\rtf"), _EXPORT),
    Kind("a PDF", re.compile(r"\A%PDF"), _EXPORT),
    Kind("a table", re.compile(r"\A[^\n]*(?:,\"?(?:Title|DOI|Year)\"?|\t(?:Title|DOI|Year))[,\t\r\n]"), _EXPORT),
)


def is_ris(text: str) -> bool:
    """Say whether a text holds RIS records; an entry of BibTeX before the first of them outweighs it."""
    found = _RIS.search(text)
    return bool(found) and not re.search(r"^\s*@[A-Za-z]+\s*[{(]", text[: found.start()], re.MULTILINE)


def other_kind(text: str) -> Kind | None:
    """Return what a text without BibTeX entries is, None when it is a bibliography that holds none yet."""
    for kind in _KINDS:
        if kind.looks.search(text):
            return kind
    return None
