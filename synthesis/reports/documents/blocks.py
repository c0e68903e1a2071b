"""What a document is made of, whichever program will open it: nothing here knows Word or PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from synthesis.errors import InputError

# Letters of a text that count for its column whole, and how much further ones do; a word needs a little more than its
# letters.
LONGEST, FURTHER, WORD = 46, 0.2, 1.3
# An address of many letters is broken after its signs: none is as wide as a page.
ADDRESS = re.compile(r"(?=\S{21,})\S*[/;,_?&=.:-]\S*")
PIECE = re.compile(r"[^/;,_?&=.:-]{1,20}[/;,_?&=.:-]*|[/;,_?&=.:-]+")
NO_ALT = "A picture in a document needs a description; {name} has none."


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a part of the document."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a quiet one is a note below something."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first column heads its rows.

    Attributes
    ----------
    caption : str
    columns : tuple of str
    rows : tuple of tuple of str
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, caption: str) -> Table:
        """Take a table that is ready to show."""
        cells = tuple(tuple(_cell(value) for value in row) for row in frame.itertuples(index=False))
        return cls(caption, tuple(map(str, frame.columns)), cells)


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, with what it shows in words.

    Attributes
    ----------
    name : str
        Unlike that of every other picture of the document; a file's name without its ending.
    svg : str
    alt, caption : str
    kinds : frozenset of str
        Classes that say what it is a picture of.
    """

    name: str
    svg: str
    alt: str
    caption: str
    kinds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise InputError(NO_ALT.format(name=self.name or "one"))


@dataclass(frozen=True)
class Turn:
    """A new page, upright or lying."""

    landscape: bool


Block = Heading | Paragraph | Bullets | Table | Picture | Turn


@dataclass(frozen=True)
class Document:
    """A document in its reading order.

    Attributes
    ----------
    title, subject, author : str
    made : str
        ISO moment at which its numbers were computed: it dates the file, so that the same numbers give the same bytes.
    blocks : sequence of Block
    language : str
    """

    title: str
    subject: str
    author: str
    made: str
    blocks: Sequence[Block]
    language: str = "en-GB"


def shares(table: Table, room: float = 0.0) -> list[float]:
    """Share a page's width among columns: the longest word must fit, and long texts get more, up to a point.

    Parameters
    ----------
    table : Table
    room : float
        Letters that a line has room for; what the longest words leave of it goes to the long texts.
    """
    columns = list(zip(table.columns, *table.rows, strict=True))
    least = [WORD * max(len(word) for text in column for word in _unbroken(text)) + 2 for column in columns]
    texts = [sum(map(_counted, column)) / len(column) + 2 for column in columns]
    more = [max(text - own, 0.0) for text, own in zip(texts, least, strict=True)]
    left = max(room - sum(least), 0.0) if room else sum(more)
    # A little of it to every column, so that a table of short texts does not put all the room into one.
    parts = [text + own / 3 for own, text in zip(least, more, strict=True)]
    return [own + left * part / sum(parts) for own, part in zip(least, parts, strict=True)]


def _unbroken(text: str) -> list[str]:
    """Return what of a text stays on one line: its words, and the pieces of an address."""
    words = text.split() or [""]
    return [piece for word in words for piece in (PIECE.findall(word) if ADDRESS.fullmatch(word) else [word])]


def _counted(text: str) -> float:
    return min(len(text), LONGEST) + FURTHER * max(len(text) - LONGEST, 0)


def _cell(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and value != value) else str(value)
