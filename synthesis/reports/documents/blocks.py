"""What a document is made of, whichever program will open it: nothing here knows Word or PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from synthesis.errors import InputError

# Letters of a text that count for its column; a word needs a little more than its letters.
LONGEST, WORD = 46, 1.35
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


def shares(table: Table) -> list[float]:
    """Share a page's width among columns: the longest word must fit, and long texts get more, up to a point."""
    columns = list(zip(table.columns, *table.rows, strict=True))
    words = [max(len(word) for text in column for word in (text.split() or [""])) for column in columns]
    mean = [sum(min(len(text), LONGEST) for text in column) / len(column) for column in columns]
    return [max(WORD * word, text) + 2 for word, text in zip(words, mean, strict=True)]


def _cell(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and value != value) else str(value)
