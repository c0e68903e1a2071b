r"""One entry of the bibliography as a reader sees it.

Names, titles, journals and remarks are decoded; a `doi` or an address is not, for there ``%`` and ``~`` are themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from bibtexparser.model import Entry

from synthesis.evidence.bibliography.markup import entities, plain
from synthesis.evidence.bibliography.names import name_of, split_names

_URL = re.compile(r"\\url\s*\{([^}]*)\}")
_ESCAPED = re.compile(r"\{?\\([&%_#$])\}?|\\textunderscore\s*(?:\{\})?|(?:\\~\{\}|\\textasciitilde\s*(?:\{\})?)")
_CONTAINERS = (
    "journal",
    "journaltitle",
    "booktitle",
    "publisher",
    "institution",
    "school",
    "organization",
    "howpublished",
    "shortjournal",
)
# What Scopus and Zotero write into the note of every entry they export.
_OF_DATABASE = re.compile(r"(?:cited by:? ?[0-9]|export date:|publisher:)", re.IGNORECASE)
_YEAR = re.compile(r"[0-9]{4}")
_SHOWN_AUTHORS = 10


@dataclass(frozen=True)
class Reference:
    """One entry of the bibliography, decoded.

    Attributes
    ----------
    key : str
        BibTeX key.
    family_names, full_names : tuple of str
        Authors (editors where there is none) for citing and for the reference; an organisation stands in both as it is.
    more_authors : bool
        Whether the list ends in "and others".
    year : str
        Four digits, or ``"n.d."``.
    title, container, details, note : str
        Title; journal, book or publisher; volume, number and pages; what the entry remarks. Empty where not given.
    url : str
        Address, made from the DOI where there is one; empty where not given.
    """

    key: str
    family_names: tuple[str, ...]
    full_names: tuple[str, ...]
    more_authors: bool
    year: str
    title: str
    container: str
    details: str
    note: str
    url: str

    @property
    def authors(self) -> str:
        """Authors as a citation names them: "Sledge et al.", "Rüsch & Kösters"; the title where there are none."""
        names = self.family_names or (self.title or self.key,)
        if len(names) > 2 or self.more_authors:
            return f"{names[0]} et al."
        return " & ".join(names)

    @property
    def text(self) -> str:
        """The reference without its address."""
        authors = "; ".join(self.full_names[:_SHOWN_AUTHORS])
        if self.more_authors or len(self.full_names) > _SHOWN_AUTHORS:
            authors += "; et al."
        parts = [_sentence(f"{authors} ({self.year})" if authors else f"({self.year})"), _sentence(self.title)]
        parts.append(_sentence(", ".join(part for part in (self.container, self.details) if part)))
        parts.append(f"[{self.note}]" if self.note else "")
        return " ".join(part for part in parts if part)


def decode_entry(entry: Entry) -> Reference:
    """Return a parsed entry decoded."""
    names = split_names(field_text(entry, "author") or field_text(entry, "editor"))
    parts = [name_of(name) for name in names if name and name != "others"]
    year = next((found for name in ("year", "date") if (found := _YEAR.search(field_text(entry, name)))), None)
    container = next((text for name in _CONTAINERS if (text := field_text(entry, name))), "")
    return Reference(
        key=entry.key,
        family_names=tuple(family for family, _ in parts),
        full_names=tuple(full for _, full in parts),
        more_authors="others" in names,
        year=year[0] if year else "n.d.",
        title=_title(entry),
        container=plain(_without_address(container)),
        details=_details(entry),
        note=_remark(entry),
        url=_address(entry),
    )


def _title(entry: Entry) -> str:
    """Return the title, with the subtitle that biblatex keeps in a field of its own."""
    title, subtitle = plain(field_text(entry, "title")), plain(field_text(entry, "subtitle"))
    joint = " " if title.endswith((".", "?", "!", ":")) else ": "
    return joint.join(part for part in (title, subtitle) if part)


def _remark(entry: Entry) -> str:
    note = plain(_without_address(field_text(entry, "note")))
    return "" if _OF_DATABASE.match(note) else note


def _details(entry: Entry) -> str:
    volume, number = (
        plain(field_text(entry, "volume")),
        plain(field_text(entry, "number") or field_text(entry, "issue")),
    )
    issue = f"{volume}({number})" if volume and number else volume or number
    pages = plain(field_text(entry, "pages")).replace("--", "–")
    return ", ".join(part for part in (issue, pages) if part)


def _address(entry: Entry) -> str:
    doi = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", _unescape(field_text(entry, "doi")), flags=re.IGNORECASE)
    if doi:
        return f"https://doi.org/{quote(doi, safe='/:;()._-<>%')}"
    if url := _unescape(field_text(entry, "url")):
        return url
    match = _URL.search(field_text(entry, "howpublished") + field_text(entry, "note"))
    return _unescape(match[1]) if match else ""


def field_text(entry: Entry, name: str) -> str:
    """Return a field as it is written, its line breaks made blanks; empty when the entry has none."""
    field = entry.get(name)
    return " ".join(str(field.value).split()) if field else ""


def _without_address(text: str) -> str:
    return _URL.sub("", text).strip(" ,;")


def _unescape(text: str) -> str:
    """Return an address without what LaTeX and HTML add to it."""
    text = _ESCAPED.sub(lambda found: found[1] or ("_" if "under" in found[0] else "~"), text)
    return entities(text).strip()


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
