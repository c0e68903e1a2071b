"""The letters a picture prints, cut from the font it is measured in, as a small font of its own.

fontTools cuts the letters that figures print from the whole font, once. A picture's own are put together from the
pieces of that: to cut them too would take as long as many a picture takes to draw.
"""

from __future__ import annotations

import base64
import struct
from functools import lru_cache
from importlib.metadata import version
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties, findfont

from synthesis.cache import made_before
from synthesis.figures.parts.letters import FONT, LETTERS, MOST_KEPT, made_with

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

# Tables that only shape other scripts or mathematics, or that fontTools cannot cut.
_UNUSED_TABLES = ("FFTM", "GSUB", "GPOS", "GDEF", "MATH")
_SAME = ("OS/2", "gasp", "name", "post")
# Of the parts of a compound glyph (OpenType, glyf): arguments are words, a scale follows, two, four; another part.
_WORDS, _SCALE, _MORE, _TWO, _FOUR = 0x0001, 0x0008, 0x0020, 0x0040, 0x0080


@lru_cache(maxsize=1024)
def font_of(weight: str, letters: frozenset[str]) -> str:
    """Return the font's outlines of these letters as base64 WOFF."""
    found = pieces(weight).woff(letters) if letters <= LETTERS else _cut(_file(weight), letters, "woff")
    return base64.b64encode(found).decode("ascii")


@lru_cache(maxsize=4)
def pieces(weight: str) -> Pieces:
    """Return the letters that figures print in one weight, in pieces."""
    made_from = f"{made_with(_file(weight))} fontTools {version('fonttools')}"
    return made_before("fonts", made_from, lambda: _taken_apart(_file(weight)), most=MOST_KEPT)


def _taken_apart(file: str) -> Pieces:
    from fontTools.ttLib import TTFont

    return Pieces(TTFont(BytesIO(_cut(file, LETTERS, None)), recalcTimestamp=False))


class Pieces:
    """A font taken apart: what each glyph is made of, what letters it is for, and the tables that all fonts share."""

    def __init__(self, font: TTFont):
        self._order = {name: place for place, name in enumerate(font.getGlyphOrder())}
        self._glyph_of = {chr(code): self._order[name] for code, name in font.getBestCmap().items()}
        places = [int(place) for place in font["loca"].locations]
        outlines = font.getTableData("glyf")
        self._outlines = [outlines[start:end] for start, end in pairwise(places)]
        self._widths = [font["hmtx"].metrics[name] for name in self._order]
        self._pairs = [
            (self._order[left], self._order[right], value)
            for table in font["kern"].kernTables
            for (left, right), value in table.kernTable.items()
        ]
        self._tables = {tag: font.getTableData(tag) for tag in (*_SAME, "head", "hhea", "maxp")}

    def woff(self, letters: frozenset[str]) -> bytes:
        """Return a font of these letters, each of which is one of `LETTERS`."""
        from fontTools.ttLib.sfnt import SFNTWriter

        glyphs = {letter: self._glyph_of[letter] for letter in letters if letter in self._glyph_of}
        kept = sorted(self._with_parts({0, *glyphs.values()}))
        place = {old: new for new, old in enumerate(kept)}
        outlines = [self._with_places(self._outlines[old], place) for old in kept]
        ends = [0]
        for outline in outlines:
            ends.append(ends[-1] + len(outline))
        tables = self._tables | {
            "glyf": b"".join(outlines),
            "loca": struct.pack(f">{len(ends)}L", *ends),
            "hmtx": b"".join(struct.pack(">Hh", *self._widths[old]) for old in kept),
            "cmap": _cmap({ord(letter): place[old] for letter, old in glyphs.items()}),
            "kern": _kern(sorted((place[a], place[b], v) for a, b, v in self._pairs if a in place and b in place)),
        }
        number = struct.pack(">H", len(kept))
        tables["maxp"] = tables["maxp"][:4] + number + tables["maxp"][6:]
        tables["hhea"] = tables["hhea"][:34] + number
        tables["head"] = tables["head"][:50] + struct.pack(">h", 1) + tables["head"][52:]  # places in long words
        stream = BytesIO()
        writer = SFNTWriter(stream, len(tables), flavor="woff")
        for tag in sorted(tables):
            writer[tag] = tables[tag]
        writer.close()
        return stream.getvalue()

    def _with_parts(self, glyphs: set[int]) -> set[int]:
        """Add the glyphs that compound ones are made of."""
        found, new = set(glyphs), set(glyphs)
        while new:
            new = {part for glyph in new for _, part in _parts(self._outlines[glyph])} - found
            found |= new
        return found

    @staticmethod
    def _with_places(outline: bytes, place: dict[int, int]) -> bytes:
        """Name the parts of a compound glyph by their places in the new font."""
        written = bytearray(outline)
        for at, part in _parts(outline):
            struct.pack_into(">H", written, at, place[part])
        return bytes(written)


def _parts(outline: bytes) -> list[tuple[int, int]]:
    """Return where a compound glyph names its parts, and their numbers; nothing for a glyph of contours."""
    if not outline or struct.unpack_from(">h", outline)[0] >= 0:
        return []
    found, at, flags = [], 10, _MORE
    while flags & _MORE:
        flags, glyph = struct.unpack_from(">HH", outline, at)
        found.append((at + 2, glyph))
        at += 4 + (4 if flags & _WORDS else 2)
        at += 2 if flags & _SCALE else 4 if flags & _TWO else 8 if flags & _FOUR else 0
    return found


def _cmap(glyph_of: dict[int, int]) -> bytes:
    """Return the table from letters to glyphs: one of format 4, for both platforms that read it."""
    runs: list[list[int]] = []  # of letters and glyphs that both go up by one
    for code in sorted(glyph_of):
        if runs and code == runs[-1][1] + 1 and glyph_of[code] - code == runs[-1][2]:
            runs[-1][1] = code
        else:
            runs.append([code, code, glyph_of[code] - code])
    runs.append([0xFFFF, 0xFFFF, 1])
    n = len(runs)
    power = n.bit_length() - 1
    search = 2 * 2**power
    body = struct.pack(f">{n}H", *(end for _, end, _ in runs)) + b"\0\0"
    body += struct.pack(f">{n}H", *(start for start, _, _ in runs))
    body += struct.pack(f">{n}H", *(delta % 0x10000 for _, _, delta in runs)) + bytes(2 * n)
    head = struct.pack(">HHHHHHH", 4, 14 + len(body), 0, 2 * n, search, power, 2 * n - search)
    places = struct.pack(">HH", 0, 2) + struct.pack(">HHL", 0, 3, 20) + struct.pack(">HHL", 3, 1, 20)
    return places + head + body


def _kern(pairs: list[tuple[int, int, int]]) -> bytes:
    """Return the table of pairs that stand closer or further apart."""
    n = len(pairs)
    power = max(n, 1).bit_length() - 1
    search = 6 * 2**power if n else 0
    head = struct.pack(">HHHHHHHHH", 0, 1, 0, 14 + 6 * n, 1, n, search, power, 6 * n - search)
    return head + b"".join(struct.pack(">HHh", *pair) for pair in pairs)


def _file(weight: str) -> str:
    return findfont(FontProperties(family=[FONT], weight=weight))


def _cut(source: str, letters: frozenset[str], flavour: str | None) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(hinting=False, layout_features=[], legacy_kern=True, name_IDs=[], glyph_names=False)
    stream = BytesIO()
    with TTFont(source, recalcTimestamp=False, lazy=True) as font:
        for table in _UNUSED_TABLES:
            if table in font:
                del font[table]
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(sorted(letters)))
        subsetter.subset(font)
        font.flavor = flavour
        font.save(stream)
    return stream.getvalue()
