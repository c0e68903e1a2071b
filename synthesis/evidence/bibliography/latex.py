r"""One entry of the bibliography as a reader sees it.

bibtexparser's LaTeX decoding cuts addresses at ``%``, so only names, titles, journals and remarks are decoded, never a
`doi` or an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from bibtexparser.library import Library
from bibtexparser.middlewares import LatexDecodingMiddleware
from bibtexparser.middlewares.names import NameParts, parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import Entry, Field

_URL = re.compile(r"\\url\s*\{([^}]*)\}")
_ORGANISATION = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}")
_ESCAPED = re.compile(r"\\([&%_#$])")
_CONTAINERS = ("journal", "booktitle", "publisher", "howpublished")
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
    names = split_multiple_persons_names(field_text(entry, "author") or field_text(entry, "editor"))
    parts = [_name(name) for name in names if name.strip() and name != "others"]
    year = re.search(r"[0-9]{4}", field_text(entry, "year") or field_text(entry, "date"))
    container = next((text for name in _CONTAINERS if (text := field_text(entry, name))), "")
    return Reference(
        key=entry.key,
        family_names=tuple(family for family, _ in parts),
        full_names=tuple(full for _, full in parts),
        more_authors="others" in names,
        year=year[0] if year else "n.d.",
        title=_plain(field_text(entry, "title")),
        container=_plain(_without_address(container)),
        details=_details(entry),
        note=_plain(_without_address(field_text(entry, "note"))),
        url=_address(entry),
    )


def _name(name: str) -> tuple[str, str]:
    """Return the family name and the name in full; an organisation, in braces, is both."""
    name = name.strip()
    if _ORGANISATION.fullmatch(name):
        whole = _plain(name)
        return whole, whole
    parts: NameParts = parse_single_name_into_parts(name, strict=False)
    family = _plain(" ".join([*parts.von, *parts.last]))
    given = _plain(" ".join(parts.first))
    full = ", ".join(part for part in (family, given, _plain(" ".join(parts.jr))) if part)
    return family or full, full


def _details(entry: Entry) -> str:
    volume, number = _plain(field_text(entry, "volume")), _plain(field_text(entry, "number"))
    issue = f"{volume}({number})" if volume and number else volume or number
    pages = _plain(field_text(entry, "pages")).replace("--", "–")
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
    return _ESCAPED.sub(r"\1", text).strip()


def _plain(text: str) -> str:
    """Return the text a reader sees: LaTeX decoded, braces gone."""
    if "\\" in text or "$" in text:
        entry = Entry("misc", "text", [Field("text", text)])
        decoded = LatexDecodingMiddleware().transform_entry(entry, Library())
        text = decoded.get("text").value if isinstance(decoded, Entry) else text
    return " ".join(text.replace("{", "").replace("}", "").replace("~", " ").split())


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
