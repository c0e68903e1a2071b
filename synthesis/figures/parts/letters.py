"""How wide and high a text is in the font of figures, from its letters.

To measure a text, matplotlib shapes the whole of it, at each place where it is measured: a tenth of the time of a
report. A text is as wide as its letters, each beside the next, and as high as its highest; so letters and pairs are
measured once. Texts with letters that may be shaped otherwise together are measured whole.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.textpath import text_to_path

FONT = "DejaVu Sans"  # ships with matplotlib, so a figure is laid out alike everywhere; its digits share one width
FONT_SCALE = text_to_path.FONT_SCALE  # the size at which matplotlib measures for pictures of lines
# ASCII, Latin-1, and the signs that figures print.
LETTERS = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) | frozenset("–—‘’“”†‡…−←→↔≈≤≥∞√τχΔ■●▲▼◆")
COMMON = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;()%–-"
# The font joins these to one sign; a soft hyphen is none.
JOINED = re.compile("f[fil]|\xad")

Extent = tuple[int, int, int]


class Letters:
    """The letters of one weight, in sixty-fourths of a point at `FONT_SCALE`."""

    def __init__(self, weight: str):
        self._file = findfont(FontProperties(family=[FONT], weight=weight))
        self._own: dict[str, Extent] = {}
        self._pairs: dict[str, int] = {}
        self._known: dict[str, Extent] = {}

    def extent(self, text: str) -> Extent:
        """Return width, height and depth below the baseline of a line of text."""
        if text not in self._known:
            apart = text and LETTERS.issuperset(text) and not JOINED.search(text)
            self._known[text] = self._of_letters(text) if apart else self._measured(text)
        return self._known[text]

    def learn(self, letters: str = COMMON) -> None:
        """Measure these letters and their pairs now: who forks does it once for all forks."""
        for one in letters:
            for other in letters:
                self._pair(one + other)

    def _of_letters(self, text: str) -> Extent:
        own = [self._letter(letter) for letter in text]
        width = sum([extent[0] for extent in own]) + sum(map(self._pair, map("".join, pairwise(text))))
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

    def _pair(self, pair: str) -> int:
        """Return how much further apart than by their widths two letters stand."""
        if pair not in self._pairs:
            self._pairs[pair] = self._measured(pair)[0] - self._letter(pair[0])[0] - self._letter(pair[1])[0]
        return self._pairs[pair]

    def _measured(self, text: str) -> Extent:
        font: FT2Font = get_font(self._file)
        font.set_size(FONT_SCALE, text_to_path.DPI)  # matplotlib shares the font, and its size, with others
        font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
        return (*font.get_width_height(), font.get_descent())


@cache
def letters_of(weight: str) -> Letters:
    """Return the letters of a weight, `normal` or `bold`."""
    return Letters(weight)
