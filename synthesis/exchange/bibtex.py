"""Stub entries for the bibliography: what a database says of a study, for the reviewers to complete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from synthesis.exchange.cells import clean

# Everything BibTeX gives a meaning of its own: a stub is plain text.
_MARKUP = re.compile(r"[{}\\\"~^$#%&_@]")
_TITLE = re.compile(r"\((?:19|20)[0-9]{2}[a-z]?\)\.?\s*(?P<title>[^.?!]{8,300}[.?!]?)")


@dataclass(frozen=True)
class Stub:
    """What is known of a study: its author's name, year, title and reference as the database prints it."""

    author: str
    year: str
    title: str
    reference: str


def title_of(reference: str) -> str:
    """Return the title in a reference of APA style, empty when it cannot be made out."""
    found = _TITLE.search(reference)
    return found["title"].strip(" .") if found else ""


def make_stub(author: str, year: str, label: str, reference: str) -> Stub:
    """Return the stub of a study; a title that is not known is said to be so."""
    title = title_of(reference) or f"Title not in the imported file: {label}"
    return Stub(author or label, year, title, reference)


def bibtex(stubs: Mapping[str, Stub]) -> str:
    """Return the bibliography as BibTeX."""
    return "\n".join(_entry(key, stub) for key, stub in stubs.items())


def _entry(key: str, stub: Stub) -> str:
    several = " and others" if re.search(r"et al|,\s*&|, \. \. \.|\.,\s", stub.reference) else ""
    fields = {"author": f"{{{_plain(stub.author)}}}{several}", "title": _plain(stub.title), "year": _plain(stub.year)}
    if stub.reference:
        fields["note"] = _plain(stub.reference)
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{body}}}\n"


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub(" ", clean(text)).split())
