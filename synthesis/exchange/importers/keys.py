"""Names: trial keys in the house's style, short names of outcomes and arms, all made of plain letters and digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from synthesis.exchange.notes import Notes

_SPECIAL = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "Ø": "O", "Æ": "AE"}
)
_LABEL = re.compile(
    r"(?P<name>.*?)[\s,.;:_(\[-]*(?P<year>(?:19|20)[0-9]{2})(?P<letter>[a-z]{0,2}(?![a-z0-9]))?(?P<rest>.*)", re.DOTALL
)
_AUTHORS = re.compile(r",|&|;|/|\bet\.? al\b\.?|\band\b", re.IGNORECASE)
_STOP_WORDS = frozenset(
    "a an and are as at by can do does for from how in into is it its of on or s the to use using via was what when "
    "whether which will with".split()
)
_LONGEST = 40
NO_YEAR = "1950"


@dataclass(frozen=True)
class Label:
    """A study's label taken apart: name of the first author, year (empty where none), letter, and what follows."""

    name: str
    year: str
    letter: str
    rest: str


def fold(text: str) -> str:
    """Return text as lower-case ASCII letters and digits, everything else a blank."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPECIAL)).encode("ascii", "ignore").decode("ascii")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain.replace("'", "").lower()).split())


def same_name(text: str) -> str:
    """Return a name as it is compared: case, blanks, hyphens and dots aside, signs that tell arms apart (CBT+) kept."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[\s_.,;:\u00ad\u2010-\u2015-]+", " ", plain).split())


def slug(text: str, longest: int = _LONGEST) -> str:
    """Return a short name with underscores, as outcomes and arms have; empty when no letter or digit is left."""
    return fold(text)[:longest].strip().replace(" ", "_")


def read_label(study: str) -> Label:
    """Take a study's label apart: "Cook, 2012a", "So-Osman 2013", "Andrade et al. (2016)"."""
    match = _LABEL.fullmatch(study)
    if not match:
        return Label(_AUTHORS.split(study)[0].strip(), "", "", "")
    name = _AUTHORS.split(match["name"])[0].strip()
    return Label(name, match["year"], match["letter"] or "", match["rest"].strip(" ().,;]"))


def first_word(title: str) -> str:
    """Return the first word of a title that says something, as keys have it; hyphens join: userdeveloped."""
    for word in re.sub(r"[^\w\s-]", " ", title).split():
        if fold(word) and not set(fold(word).split()) <= _STOP_WORDS:
            return fold(word).replace(" ", "")[:25]
    return ""


@dataclass
class TrialKeys:
    """Gives each study its key, the same label the same key however it is typed, no two labels one."""

    known: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    uses: dict[str, int] = field(default_factory=dict)

    def key(self, study: str, *, year: str = "", title: str = "", wanted: str = "") -> str:
        """Return the key of a study's label: author, year and the first word of the title, as far as they are known."""
        name = same_name(study)
        if name in self.names:
            return self.known.setdefault(study, self.names[name])
        label = read_label(study)
        base = fold(label.name).replace(" ", "")[:_LONGEST] or "study"
        base += label.year or year
        word = first_word(title)
        stem = f"{base}{word}" if word else f"{base}{label.letter}"
        candidates = [wanted, stem, f"{base}{label.letter}{word}", f"{stem}_{slug(label.rest, 20)}".strip("_")]
        found = next((free for free in candidates if free and free not in self.taken), "")
        while not found:
            self.uses[stem] = self.uses.get(stem, 1) + 1
            number = f"{stem}_{self.uses[stem]}"
            found = "" if number in self.taken else number
        self.known[study] = self.names[name] = found
        self.taken.add(found)
        return found


def study_year(key: str, given: Sequence[str], study: str, notes: Notes) -> str:
    """Return a study's year: as given, else of its label, else a stand-in that is noted."""
    for text in (*given, read_label(study).year):
        if text.isdecimal() and 1950 <= int(text) <= date.today().year + 1:
            return str(int(text))
    notes.add("undecided", "year", f"No year is given; {NO_YEAR} stands in.", trial=key, value=study)
    return NO_YEAR
