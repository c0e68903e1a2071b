"""`references.bib` as keys, short citations and formatted references; a RIS file reads the same.

bibtexparser collects what it cannot parse instead of raising it; its failed blocks become findings here.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, ParsingFailedBlock

from synthesis.cache import made_before
from synthesis.errors import Finding
from synthesis.evidence.bibliography.kinds import is_ris, other_kind
from synthesis.evidence.bibliography.latex import Reference, decode_entry, field_text
from synthesis.evidence.bibliography.markup import UNSEEN, unknown_commands
from synthesis.evidence.bibliography.names import HOW_TO_WRITE_NAMES, names_fault
from synthesis.evidence.bibliography.parse import parse_bibtex, repeated_fields, undefined
from synthesis.evidence.bibliography.ris import read_ris
from synthesis.evidence.findings import FileFaults
from synthesis.evidence.sheets import MAX_BYTES, decode

# Its messages come back as findings; without a handler Python would print them a second time.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

DOI_ADDRESS = "https://doi.org/"

_KEY = re.compile(r"[^\s,;{}\"#%'()=~\\]+")
_SWALLOWED = re.compile(r"[}\"0-9]\s*\n\s*([A-Za-z]+)\s*=\s*[{\"0-9]")
_UNREAD = frozenset(
    "missing_file unreadable symlink oversize_file not_utf8 nul_byte not_bibtex bib_without_keys".split()
)
_GIVE_A_KEY = "A key holds letters, digits and the signs - _ : . + and no blanks."
_SHOWN = ("author", "editor", "title", "subtitle", "journal", "journaltitle", "booktitle", "publisher", "note")
# What reads a bibliography: with another release it is read anew.
_READERS = ("bibtexparser", "pylatexenc", "rispy")
_MOST_KEPT = 8

_FAILED_KEY = re.compile(r"@\s*\w+\s*\{\s*([^\s,}]+)")


@dataclass(frozen=True, eq=False)
class Bibliography:
    """A bibliography by key.

    Attributes
    ----------
    path : Path
        The file, as given.
    references : mapping of str to Reference
        In the order of the file.
    findings : tuple of Finding
        What is wrong with the file and its entries.
    damaged_keys : frozenset of str
        Keys of entries that are there and could not be read.
    digests : mapping of str to str
        SHA-256 of each entry's text.
    text : str
        The file as it was read, a RIS file as BibTeX; empty when it could not be.
    is_ris : bool
        Whether the file is RIS.
    """

    path: Path
    references: Mapping[str, Reference]
    findings: tuple[Finding, ...]
    damaged_keys: frozenset[str]
    digests: Mapping[str, str]
    text: str
    is_ris: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the entries that were read."""
        return frozenset(self.references)

    @property
    def is_read(self) -> bool:
        """Whether the file as a whole could be read, so that a key it lacks is really missing."""
        return not any(finding.rule in _UNREAD for finding in self.findings)

    def authors_year(self, key: str) -> tuple[str, str]:
        """Return authors and year of an entry as a citation names them.

        Raises
        ------
        KeyError
            If the bibliography has no such entry.
        """
        reference = self.references[key]
        return reference.authors, reference.year

    def cite(self, key: str) -> str:
        """Return "Sledge et al. (2011)"; KeyError if there is no such entry."""
        authors, year = self.authors_year(key)
        return f"{authors} ({year})"

    def labels(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the citation of each key, with letters after the year where two would read the same.

        The letters follow the order of the keys, so they do not depend on the order in which they are asked for.
        """
        wanted = sorted(set(keys))
        times = Counter(self.cite(key) for key in wanted)
        seen: Counter[str] = Counter()
        labels = {}
        for key in wanted:
            cited = self.cite(key)
            seen[cited] += 1
            labels[key] = f"{cited[:-1]}{_letters(seen[cited])})" if times[cited] > 1 else cited
        return labels

    def doi(self, key: str) -> str:
        """Return the DOI of an entry; empty where it has none, or there is no such entry."""
        url = self.references[key].url if key in self.references else ""
        return url.removeprefix(DOI_ADDRESS) if url.startswith(DOI_ADDRESS) else ""

    def reference(self, key: str) -> str:
        """Return the formatted reference as plain text, its address last; KeyError if there is no such entry."""
        reference = self.references[key]
        return f"{reference.text} {reference.url}".strip()


def load_bibliography(path: Path | str = "references.bib") -> Bibliography:
    """Read a BibTeX or RIS file.

    Parameters
    ----------
    path : path
        The file; that it is missing or broken is a finding, nothing is raised.

    Returns
    -------
    Bibliography
    """
    path = Path(path)
    faults = FileFaults(path.as_posix())
    text = _text(path, faults)
    made_from = repr((path.as_posix(), text, faults.found, [version(name) for name in _READERS]))
    return made_before("bibliographies", made_from, lambda: _read(path, text, faults), most=_MOST_KEPT)


def _read(path: Path, text: str, faults: FileFaults) -> Bibliography:
    if is_ris(text):
        return _of_ris(path, text, faults)
    library = parse_bibtex(text)
    failed = library.failed_blocks
    damaged = {match[1] for block in failed for match in _FAILED_KEY.finditer(block.raw or "")}
    for block in failed:
        _explain_failed(block, faults)
    for entry in library.entries:
        _check_entry(entry, faults)
        _check_written(entry, faults)
    if not library.blocks or not (library.entries or failed):
        _check_kind(text, faults)
    return Bibliography(
        path=path,
        references=MappingProxyType({entry.key: decode_entry(entry) for entry in library.entries}),
        findings=tuple(faults.found),
        damaged_keys=frozenset(damaged - {entry.key for entry in library.entries}),
        digests=MappingProxyType({entry.key: _digest(entry) for entry in library.entries}),
        text=text,
    )


def entries_of(path: Path | str) -> list[Entry]:
    """Return the entries of a file that `load_bibliography` could read, in its order."""
    text = _text(Path(path), FileFaults(""))
    return read_ris(text, FileFaults("")) if is_ris(text) else parse_bibtex(text).entries


def _of_ris(path: Path, text: str, faults: FileFaults) -> Bibliography:
    entries: dict[str, Entry] = {}
    found = read_ris(text, faults)
    for entry in found:
        if not entry.key:
            continue
        _check_entry(entry, faults)
        if entry.key in entries:
            _explain_repeated(entry.key, (entry.start_line or 0) + 1, faults)
        entries.setdefault(entry.key, entry)
    if entries and len(keyless := [entry for entry in found if not entry.key]):
        row = (keyless[0].start_line or 0) + 1
        faults.add("bib_key", f"{len(keyless)} of {len(found)} records have no key.", _GIVE_A_KEY, row=row)
    return Bibliography(
        path=path,
        references=MappingProxyType({key: decode_entry(entry) for key, entry in entries.items()}),
        findings=tuple(faults.found),
        damaged_keys=frozenset(),
        digests=MappingProxyType({key: _digest(entry) for key, entry in entries.items()}),
        text="\n".join(map(entry_text, entries.values())),
        is_ris=True,
    )


def entry_text(entry: Entry) -> str:
    """Return an entry as BibTeX, one field a line."""
    lines = "".join(f"  {field.key} = {{{field.value}}},\n" for field in entry.fields)
    return f"@{entry.entry_type.lower()}{{{entry.key},\n{lines.removesuffix(chr(10)).removesuffix(',')}\n}}"


def _text(path: Path, faults: FileFaults) -> str:
    try:
        if path.is_symlink():
            hint = "Put the file itself here, or give it with --references."
            faults.add("symlink", "This is a symbolic link; links are not followed.", hint)
            return ""
        if path.stat().st_size > MAX_BYTES:
            hint = "Check that this is the file you meant."
            faults.add("oversize_file", f"Files above {MAX_BYTES / 1e6:.0f} MB are not read.", hint)
            return ""
        return decode(path.read_bytes(), faults) or ""
    except FileNotFoundError:
        hint = "Give the bibliography with --references; it needs an entry for every trial."
        faults.add("missing_file", "The file is missing.", hint)
    except OSError as error:
        faults.add("unreadable", f"The file cannot be read: {error.strerror}.", "Check its permissions.")
    return ""


def _explain_failed(block: ParsingFailedBlock, faults: FileFaults) -> None:
    row = (block.start_line or 0) + 1
    if isinstance(block, DuplicateBlockKeyBlock):
        _explain_repeated(block.key, row, faults)
    elif isinstance(block, DuplicateFieldKeyBlock):
        names = ", ".join(sorted(block.duplicate_keys))
        faults.add("bib_syntax", f"The entry has a field twice: {names}.", "Keep one of them.", row=row, column=names)
    else:
        reason = getattr(block.error, "abort_reason", str(block.error)).strip().rstrip(".")
        hint = "Check the commas after the key and each field, and that every brace is closed."
        faults.add("bib_syntax", f"The entry cannot be read: {reason}.", hint, row=row)


def _explain_repeated(key: str, row: int, faults: FileFaults) -> None:
    hint = "Keep one entry; the first is used."
    faults.add("bib_duplicate_key", f"The key {key} occurs twice.", hint, row=row, value=key)


def _check_kind(text: str, faults: FileFaults) -> None:
    """Say what a file without an entry is, where it is not a bibliography that is still empty."""
    if kind := other_kind(text):
        faults.add("not_bibtex", f"The file holds no BibTeX entry; it looks like {kind.name}.", kind.way_out)


def _check_entry(entry: Entry, faults: FileFaults) -> None:
    row = (entry.start_line or 0) + 1
    _find_swallowed_fields(entry, faults)
    if not _KEY.fullmatch(entry.key):
        message = f"{entry.key!r} cannot be a key." if entry.key else "The entry has no key."
        faults.add("bib_key", message, _GIVE_A_KEY, row=row, value=entry.key)
    wanted = {"title": ("title",), "year": ("year", "date")}
    for name, fields in wanted.items():
        if not any(field_text(entry, field) for field in fields):
            hint = f"Add the {name}, so that the reference is complete."
            faults.add("bib_incomplete", f"The entry {entry.key} has no {name}.", hint, row=row, column=name)

    authors = "author" if field_text(entry, "author") else "editor"
    if said := names_fault(field_text(entry, authors)):
        faults.add("bib_authors", f"{said}", HOW_TO_WRITE_NAMES, row=row, column=authors)


def _check_written(entry: Entry, faults: FileFaults) -> None:
    """Check how a BibTeX entry is written: fields twice there, abbreviations, commands that no page shows."""
    row = (entry.start_line or 0) + 1
    for name in repeated_fields(entry):
        faults.add("bib_syntax", f"The entry has a field twice: {name}.", "Keep one of them.", row=row, column=name)
    for name, short in undefined(entry).items():
        message = f"The entry {entry.key} has the abbreviation {short} as its {name}, which no @string defines."
        faults.add("bib_abbreviation", message, "Write it out, in braces.", row=row, column=name, value=short)
    for name in _SHOWN:
        text = field_text(entry, name)
        if commands := unknown_commands(text):
            message = f"The entry {entry.key} holds {commands[0]}, which no page can show; it is printed as it stands."
            faults.add("bib_command", message, "Write the letter or word itself.", row=row, column=name)
        if found := UNSEEN.search(text):
            message = f"The entry {entry.key} holds the control character U+{ord(found[0]):04X}, which is not printed."
            faults.add("bib_command", message, "Delete it; it came with copying.", row=row, column=name)


def _find_swallowed_fields(entry: Entry, faults: FileFaults) -> None:
    """Find fields that a missing comma made part of the field before, which the parser takes without a word."""
    for field in entry.fields:
        if found := _SWALLOWED.search(str(field.value)):
            row = (field.start_line or 0) + 1
            message = f"A comma is missing between {field.key} and {found[1]} in the entry {entry.key}."
            faults.add("bib_syntax", message, "Add it.", row=row, column=field.key)


def _letters(number: int) -> str:
    """Return a, b ... z, aa, ab ... for 1, 2 ..."""
    letters = ""
    while number:
        number, last = divmod(number - 1, 26)
        letters = chr(ord("a") + last) + letters
    return letters


def _digest(entry: Entry) -> str:
    return hashlib.sha256((entry.raw or "").encode("utf-8", "replace")).hexdigest()
