"""RIS records as entries of BibTeX, so that all that reads a bibliography reads them too.

rispy reads the records. It leaves out in silence a record without its end and what stands twice, so the lines are
looked at first, and every tag is kept with all its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from string import ascii_uppercase, digits
from typing import NamedTuple

import rispy
from bibtexparser.model import Entry, Field

from synthesis.evidence.findings import FileFaults

Record = Mapping[str, list[str]]

_TAGS = {tag: tag for tag in map("".join, product(ascii_uppercase, ascii_uppercase + digits))}
_LINE = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*))?$")
_KEY = re.compile(r"[^\s,;{}\"#%'()=~\\]+")
_DOI = re.compile(r"10\.[0-9]{4,9}/\S+")
_INITIALS_LAST = re.compile(r"\S+(?: \S+)* [A-Z]{1,3}")
_TYPES = {
    "article": "JOUR EJOUR JFULL MGZN NEWS INPR ABST",
    "book": "BOOK EBOOK EDBOOK",
    "incollection": "CHAP ECHAP",
    "inproceedings": "CONF CPAPER",
    "phdthesis": "THES",
    "techreport": "RPRT GOVDOC",
}
_TYPE_OF = {code: kind for kind, codes in _TYPES.items() for code in codes.split()}
_CONTAINER = {"incollection": "booktitle", "inproceedings": "booktitle", "techreport": "institution"}
_TITLES = ("TI", "T1", "CT", "BT")
_SOURCES = ("JF", "T2", "JO", "JA", "J2")
_SIGNS = {
    "\\": "\\textbackslash{}",
    "{": "\\lbrace{}",
    "}": "\\rbrace{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
} | {sign: f"\\{sign}" for sign in "%&#_$"}

_KEYLESS = "The file holds no BibTeX entry; it is RIS, and none of its records has a key."
_GIVE_KEYS = "Export it as BibTeX, or give each record a line with its key, such as ID  - smith2026peer."


class _Lines(NamedTuple):
    """One record as it stands in its file, continued lines joined."""

    row: int
    lines: list[str]


def read_ris(text: str, faults: FileFaults) -> list[Entry]:
    """Return the records of a RIS text as entries.

    Parameters
    ----------
    text : str
        The file.
    faults : FileFaults
        Takes what is wrong with it: a record that does not end, a line that is none, records without a key.

    Returns
    -------
    list of bibtexparser.model.Entry
        Their keys are the records' own (``ID`` or ``LB``), empty where a record has none, as are counts of a database.
    """
    found = list(_records(text, faults))
    whole = "\n".join(line for record in found for line in (*record.lines, "ER  - "))
    parsed = rispy.loads(
        whole, mapping=_TAGS, list_tags=[tag for tag in _TAGS if tag != "TY"], delimiter_tags_mapping={}
    )
    entries = [_entry(record, lines) for record, lines in zip(parsed, found, strict=True)]
    if entries and not any(entry.key for entry in entries):
        faults.add("bib_without_keys", _KEYLESS, _GIVE_KEYS)
    return entries


def _records(text: str, faults: FileFaults) -> Iterator[_Lines]:
    """Yield each record that has an end; what a database writes above and between them is none."""
    record: _Lines | None = None
    for row, line in enumerate(text.splitlines(), start=1):
        found = _LINE.match(line.rstrip() if record else line.strip())
        tag, value = (found[1], found[2] or "") if found else ("", line)
        if tag == "TY":
            if record:
                _unended(record.row, faults)
            record = _Lines(row, [f"TY  - {value.strip()}"])
        elif record and tag == "ER":
            yield record
            record = None
        elif record and tag:
            record.lines.append(f"{tag}  - {value.strip()}")
        elif record and value.strip():
            record.lines[-1] += f" {value.strip()}"
    if record:
        _unended(record.row, faults)


def _unended(row: int, faults: FileFaults) -> None:
    message = "The record that begins here does not end."
    faults.add("bib_syntax", message, "Close it with a line ER  - and export again if lines are lost.", row=row)


def _entry(record: Record, origin: _Lines) -> Entry:
    kind = _TYPE_OF.get(str(record["TY"]).strip().upper(), "misc")
    names = [_name(name) for tag in ("AU", "A1") for name in record.get(tag, ()) if name]
    editors = [_name(name) for tag in ("A2", "ED") for name in record.get(tag, ()) if name]
    texts = {
        "title": _first(record, _TITLES) or (_first(record, ("T2",)) if kind == "book" else ""),
        _CONTAINER.get(kind, "journal"): _first(record, _SOURCES) if kind != "book" else "",
        "year": next((found[0] for tag in ("PY", "Y1", "DA") if (found := _year(record, tag))), ""),
        "volume": _first(record, ("VL",)),
        "number": _first(record, ("IS",)),
        "pages": _pages(record),
        "publisher": _first(record, ("PB",)),
    }
    fields = {"author": " and ".join(names), "editor": " and ".join(editors) if not names else ""}
    fields |= {name: _escaped(text) for name, text in texts.items()}
    fields |= {"doi": _doi(record), "url": _first(record, ("UR", "L2"))}
    given = [Field(name, text) for name, text in fields.items() if text]
    return Entry(kind, _key(record), given, origin.row - 1, "\n".join(origin.lines))


def _first(record: Record, tags: Iterable[str]) -> str:
    return next((value for tag in tags for value in record.get(tag, ()) if value), "")


def _key(record: Record) -> str:
    given = (value for tag in ("ID", "LB") for value in record.get(tag, ()))
    return next((value for value in given if _KEY.fullmatch(value) and not value.isdecimal()), "")


def _year(record: Record, tag: str) -> re.Match[str] | None:
    return re.search(r"[0-9]{4}", _first(record, (tag,)))


def _pages(record: Record) -> str:
    first, last = _first(record, ("SP",)), _first(record, ("EP",))
    return f"{first}--{last}" if first and last and first != last else first or last


def _doi(record: Record) -> str:
    """Return the DOI, which EndNote keeps among the types of work and others in the address."""
    values = (value for tag in ("DO", "M3", "L3", "UR") for value in record.get(tag, ()))
    return next((found[0] for value in values if (found := _DOI.search(value))), "")


def _name(name: str) -> str:
    """Return a name as BibTeX writes it; one without a comma is an organisation, as Zotero has it."""
    parts = [_escaped(part.strip()) for part in name.rstrip(", ").split(",")]
    if len(parts) == 3:
        return f"{parts[0]}, {parts[2]}, {parts[1]}"  # RIS has the suffix last
    if len(parts) > 1 or ";" in name or _INITIALS_LAST.fullmatch(name):
        return ", ".join(parts)
    return f"{{{parts[0]}}}"


def _escaped(text: str) -> str:
    """Return plain text as LaTeX writes it."""
    return "".join(_SIGNS.get(sign, sign) for sign in text)
