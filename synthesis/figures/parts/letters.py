"""How wide and high a text is in the font of figures, from its letters.

To measure a text, matplotlib shapes the whole of it, at each place where it is measured: a tenth of the time of a
report. A text is as wide as its letters, each beside the next, and as high as its highest; so letters and pairs are
measured once, and the sum is that of the whole but for a rounding. Letters that the font joins to one sign, as f and i,
count as one. Texts with letters that may be shaped otherwise together are measured whole.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags, __freetype_version__
from matplotlib.textpath import text_to_path

from synthesis.cache import made_before

FONT = "DejaVu Sans"  # ships with matplotlib, so a figure is laid out alike everywhere; its digits share one width
FONT_SCALE = text_to_path.FONT_SCALE  # the size at which matplotlib measures for pictures of lines
# ASCII, Latin-1, and the signs that figures print.
LETTERS = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) | frozenset("–—‘’“”†‡…−←→↔≈≤≥∞√τχΔ■●▲▼◆")
# Beside letters of another script the same signs may stand otherwise.
ALONE = LETTERS - frozenset("τχΔµ")
COMMON = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;()[]%=/'–−…-"
# The font joins these to one sign.
JOINED = ("ffi", "ffl", "ff", "fi", "fl")
SIGNS = re.compile("|".join([*JOINED, "."]))
# A soft hyphen is no sign at all.
INVISIBLE = "\xad"

# Weights of the font, of some releases of what measures and cuts them, that stay in the user's own folder.
MOST_KEPT = 8

Extent = tuple[int, int, int]


class Letters:
    """The letters of one weight, in sixty-fourths of a point at `FONT_SCALE`."""

    def __init__(self, weight: str):
        self._file = findfont(FontProperties(family=[FONT], weight=weight))
        self._own: dict[str, Extent] = {}
        self._pairs: dict[str, int] = {}  # in a text with letters, and in one of signs alone
        self._pairs_of_signs: dict[str, int] = {}
        self._known: dict[str, Extent] = {}

    def extent(self, text: str) -> Extent:
        """Return width, height and depth below the baseline of a line of text."""
        if text not in self._known:
            apart = text and ALONE.issuperset(text) and INVISIBLE not in text
            self._known[text] = self._of_letters(text) if apart else self._measured(text)
        return self._known[text]

    def learn(self, letters: str = COMMON) -> None:
        """Measure these letters and their pairs now, or take what was measured before: once for all forks."""
        made_from = f"{letters} {made_with(self._file)}"
        self._own, self._pairs = made_before("letters", made_from, lambda: self._learned(letters), most=MOST_KEPT)

    def _learned(self, letters: str) -> tuple[dict[str, Extent], dict[str, int]]:
        signs = [*letters, *JOINED]
        for one in signs:
            for other in signs:
                if len(SIGNS.findall(one + other)) == 2:
                    self._pairs[one + other] = self._pair(one, other, among_letters=True)
        return self._own, self._pairs

    def _of_letters(self, text: str) -> Extent:
        signs = SIGNS.findall(text)
        own = [self._letter(sign) for sign in signs]
        pairs = self._pairs if any(map(str.isalpha, text)) else self._pairs_of_signs
        apart = [pairs.get(one + other) for one, other in pairwise(signs)]
        if None in apart:
            for one, other in pairwise(signs):
                if one + other not in pairs:
                    pairs[one + other] = self._pair(one, other, among_letters=pairs is self._pairs)
            return self._of_letters(text)
        width = sum([extent[0] for extent in own]) + sum(apart)  # type: ignore[arg-type]
        depth = max([extent[2] for extent in own])
        return width, max([extent[1] - extent[2] for extent in own]) + depth, depth

    def heights(self) -> dict[str, int]:
        """Return the font's own table of what lines need above and below them, and the units it is in."""
        font = get_font(self._file)
        return {**font.get_sfnt_table("OS/2"), "unitsPerEm": font.get_sfnt_table("head")["unitsPerEm"]}

    def _letter(self, letter: str) -> Extent:
        if letter not in self._own:
            self._own[letter] = self._measured(letter)
        return self._own[letter]

    def _pair(self, one: str, other: str, *, among_letters: bool) -> int:
        """Return how much further apart than by their widths two letters, or signs, stand."""
        before = "n" if among_letters and not (one + other).isalpha() else ""  # which tells two signs where they are
        return self._measured(before + one + other)[0] - self._letter(before + one)[0] - self._letter(other)[0]

    def _measured(self, text: str) -> Extent:
        font: FT2Font = get_font(self._file)
        font.set_size(FONT_SCALE, text_to_path.DPI)  # matplotlib shares the font, and its size, with others
        font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
        return (*font.get_width_height(), font.get_descent())


@cache
def made_with(file: str) -> str:
    """Return what decides how letters of a font are measured, beside this package: the font and what reads it."""
    font = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return f"{font} {matplotlib.__version__} {__freetype_version__} {FONT_SCALE}"


@cache
def letters_of(weight: str) -> Letters:
    """Return the letters of a weight, `normal` or `bold`."""
    return Letters(weight)
