"""One entry of a file, taken over under a trial's key and placed in a bibliography whose other bytes stay.

A publisher's or doi.org's entry comes on one line, under a key of its own and with capital field names; it is laid out
as the bibliography's others are. What was placed is read back: nothing but the new entry may have changed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import bibtexparser
from bibtexparser.model import Entry, Field

from synthesis.errors import DataError, SynthesisError
from synthesis.evidence.bibliography.latex import Reference, decode_entry
from synthesis.evidence.bibliography.library import Bibliography, entries_of, entry_text, load_bibliography
from synthesis.evidence.bibliography.parse import parse_bibtex

_OF_KEYS = frozenset({"bib_key", "bib_without_keys", "bib_duplicate_key"})  # the entry gets the trial's key
_INNER_BREAK = re.compile(r"\s*\n\s*")


@dataclass(frozen=True)
class NewEntry:
    """An entry ready to be placed.

    Attributes
    ----------
    key : str
        The trial's key, whatever the file called it.
    text : str
        The entry as it will stand, one field a line, without a line break at its end.
    reference : Reference
        The entry as a reader sees it.
    """

    key: str
    text: str
    reference: Reference


def take_entry(path: Path | str, key: str, *, rekey: bool = False) -> NewEntry:
    """Take one entry out of a BibTeX or RIS file.

    Parameters
    ----------
    path : path
        The file.
    key : str
        The key the entry will have.
    rekey : bool
        Whether the file holds one entry under any key, as saved from doi.org; otherwise the entry is found by `key`.

    Raises
    ------
    DataError
        With every fault of the file, the one thing it may lack included: a title or a year.
    SynthesisError
        If the entry cannot be told, or not be written down again without loss.
    """
    given = load_bibliography(path)
    if faults := [found for found in given.findings if not (rekey and found.rule in _OF_KEYS)]:
        raise DataError(faults)
    entries = entries_of(path)
    wanted = entries if rekey else [entry for entry in entries if entry.key == key]
    if len(wanted) != 1:
        raise SynthesisError(_not_one(given, entries, key, rekey=rekey))
    text = _layout(wanted[0], key, path)
    return NewEntry(key, text, decode_entry(_entries(text)[0]))


def place_entry(content: bytes, entry: NewEntry, neighbours: Collection[str]) -> bytes:
    """Return a bibliography with an entry placed among its neighbours.

    Parameters
    ----------
    content : bytes
        The bibliography, UTF-8.
    entry : NewEntry
    neighbours : collection of str
        Keys it belongs with: it is placed before the first of them that follows it in the alphabet, after the last one
        where none does, and at the end of the file where there are none.

    Raises
    ------
    SynthesisError
        If placing it would change another entry; nothing is written here.
    """
    text = content.decode("utf-8")
    newline = "\r\n" if "\r\n" in text else "\n"
    placed = entry.text.replace("\n", newline)
    for place in (_place(text, entry.key, neighbours), len(text)):
        head, tail = text[:place], text[place:]
        gap = "" if not head else newline * (2 - min(2, _line_breaks_at_end(head)))
        behind = newline * 2 if tail else newline
        result = f"{head}{gap}{placed}{behind}{tail}".encode()
        if _only_adds(content, result, entry):
            return result
    message = "The bibliography has faults that keep a new entry from being placed; `synthesis check` names them."
    raise SynthesisError(message)


def _entries(text: str) -> list[Entry]:
    return parse_bibtex(text).entries


def _not_one(given: Bibliography, entries: list[Entry], key: str, *, rekey: bool) -> str:
    names = [entry.key or "one without a key" for entry in entries]
    held = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    if not entries:
        return f"{given.path} holds no BibTeX entry. Save the entry again, as BibTeX."
    if rekey:
        return f"{given.path} holds more than one entry ({held}). Keep the one of the trial's main report."
    return (
        f"{given.path} has no entry with the key {key}; it holds {held}. "
        "Give the trial the entry's key, or take over one entry under any key with --doi-entry."
    )


def _layout(entry: Entry, key: str, path: Path | str) -> str:
    fields = {field.key: _INNER_BREAK.sub(" ", str(field.value).strip()) for field in entry.fields}
    laid_out = Entry(entry.entry_type, key, [Field(name, value) for name, value in fields.items()])
    text = entry_text(laid_out)
    read_back = [{field.key: field.value for field in again.fields} for again in _entries(text)]
    if read_back != [fields] or not all(map(_is_balanced, fields.values())):
        raise SynthesisError(f"{path}: the entry {entry.key} has a brace or quote without its partner. Mend it there.")
    return text


def _is_balanced(value: str) -> bool:
    level = 0
    for sign in value:
        level += (sign == "{") - (sign == "}")
        if level < 0:
            return False
    return level == 0


def _place(text: str, key: str, neighbours: Collection[str]) -> int:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    known = [entry for entry in bibtexparser.parse_string(text).entries if entry.key in neighbours]
    for entry in known:
        if entry.key > key:
            return starts[entry.start_line or 0]
    if not known:
        return len(text)
    return _end_of(text, starts[known[-1].start_line or 0] + len(known[-1].raw or ""))


def _end_of(text: str, place: int) -> int:
    """Return where the line after the one at `place` begins, past the blank lines that follow it."""
    rest = text[place:]
    blank = re.match(r"[^\n]*\n(?:[ \t\r]*\n)*", rest)
    return place + blank.end() if blank else len(text)


def _line_breaks_at_end(text: str) -> int:
    return len(text) - len(text.rstrip("\r\n")) - text[len(text.rstrip("\r\n")) :].count("\r")


def _only_adds(before: bytes, after: bytes, entry: NewEntry) -> bool:
    """Say whether a bibliography has gained the entry, as it was laid out, and is otherwise what it was."""
    old, new = (bibtexparser.parse_string(content.decode("utf-8")) for content in (before, after))
    wanted = bibtexparser.parse_string(entry.text)
    if len(wanted.entries) != 1 or wanted.failed_blocks:
        return False
    others = [block for block in new.blocks if getattr(block, "key", None) != entry.key]
    mine = [block.raw for block in new.blocks if getattr(block, "key", None) == entry.key]
    kept = [block.raw for block in others] == [block.raw for block in old.blocks]
    return kept and [_squeeze(raw) for raw in mine] == [_squeeze(wanted.entries[0].raw)]


def _squeeze(raw: str | None) -> str:
    return (raw or "").replace("\r\n", "\n").strip()
