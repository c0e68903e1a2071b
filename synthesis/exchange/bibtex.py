"""Stub entries for the bibliography: what a database says of a study, for the reviewers to complete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from synthesis.exchange.cells import clean

# Everything BibTeX gives a meaning of its own: a stub is plain text.
_MARKUP = re.compile(r"[{}\\\"~^$#%&_@]")
# "Oak A, Fir B. Peers on the ward. J Samples. 2001": names with their initials last, then the title.
_INITIALS = r"[^\W\d_][^,.?!;()]{0,60} [A-Z]{1,4}"
_VANCOUVER = re.compile(
    rf"(?P<authors>{_INITIALS}(?:, {_INITIALS})*(?:, et al)?)\. (?P<title>[^.?!]{{8,300}}[.?!])"
    r" ?[^.?!]{2,120}?[. ] ?(?:19|20)[0-9]{2}"
)
_TITLE = re.compile(r"\((?:19|20)[0-9]{2}[a-z]?\)\.?\s*(?P<title>[^.?!]{8,300}[.?!]?)")


@dataclass(frozen=True)
class Stub:
    """What is known of a study: its author's name, year, title and reference as the database prints it."""

    author: str
    year: str
    title: str
    reference: str


def title_of(reference: str) -> str:
    """Return the title in a reference of APA or Vancouver style, empty when it cannot be made out."""
    found = _TITLE.search(reference) or _VANCOUVER.match(clean(reference))
    return found["title"].strip(" .") if found else ""


def make_stub(author: str, year: str, label: str, reference: str) -> Stub:
    """Return the stub of a study; a title that is not known is said to be so."""
    title = title_of(reference) or f"Title not in the imported file: {label}"
    return Stub(author or label, year, title, reference)


def bibtex(stubs: Mapping[str, Stub]) -> str:
    """Return the bibliography as BibTeX."""
    return "\n".join(_entry(key, stub) for key, stub in stubs.items())


def _entry(key: str, stub: Stub) -> str:
    vancouver = _VANCOUVER.match(clean(stub.reference))
    listed = "," in vancouver["authors"] if vancouver else re.search(r"et al|,\s*&|, \. \. \.|\.,\s", stub.reference)
    several = " and others" if listed else ""
    fields = {"author": f"{{{_plain(stub.author)}}}{several}", "title": _plain(stub.title), "year": _plain(stub.year)}
    if stub.reference:
        fields["note"] = _plain(stub.reference)
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{body}}}\n"


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub(" ", clean(text)).split())
