"""The font that a picture brings along is what fontTools would cut for it, and its letters measure what texts do."""

from __future__ import annotations

import base64
from io import BytesIO

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from synthesis.figures.parts.fonts import _cut, _file, font_of
from synthesis.figures.parts.letters import FONT, FONT_SCALE, LETTERS, letters_of

WEIGHTS = ("normal", "bold")
ROUNDED = 1 / 64  # of a point, at a size of a hundred
TEXTS = ("Barbic et al. (2009)", "−0.05 to 1.35", "Ünal, Åström & Rüsch ¾ ½", "·", "éÉ", "".join(sorted(LETTERS)))


def opened(letters, weight):
    return TTFont(BytesIO(base64.b64decode(font_of(weight, frozenset(letters)))))


def outline(font, code):
    pen, name = DecomposingRecordingPen(font.getGlyphSet()), font.getBestCmap()[code]
    font.getGlyphSet()[name].draw(pen)
    return pen.value, font["hmtx"].metrics[name]


def kerned(font):
    code_of = {name: code for code, name in font.getBestCmap().items()}
    pairs = [pair for table in font["kern"].kernTables for pair in table.kernTable.items()] if "kern" in font else []
    return {(code_of.get(a), code_of.get(b)): value for (a, b), value in pairs if a in code_of and b in code_of}


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("text", [*TEXTS, "Żółć Ω"])
def test_a_font_has_the_outlines_widths_and_pairs_that_fonttools_cuts(text, weight):
    own, other = opened(text, weight), TTFont(BytesIO(_cut(_file(weight), frozenset(text), "woff")))
    assert own.getBestCmap().keys() == other.getBestCmap().keys()
    for code in own.getBestCmap():
        assert outline(own, code) == outline(other, code), chr(code)
    assert kerned(own) == kerned(other)
    for table, name in (("hhea", "ascent"), ("hhea", "descent"), ("OS/2", "sTypoLineGap"), ("head", "unitsPerEm")):
        assert getattr(own[table], name) == getattr(other[table], name)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_checksums_of_a_font_are_right(weight):
    data = base64.b64decode(font_of(weight, frozenset("Åé½ text")))
    with TTFont(BytesIO(data), checkChecksums=2) as font:
        assert len([font[tag] for tag in font.keys()]) > 10  # noqa: SIM118


def measured(text, weight):
    """Return what matplotlib measures."""
    properties = FontProperties(family=[FONT], weight=weight, size=FONT_SCALE)
    return text_to_path.get_text_width_height_descent(text, properties, ismath=False)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("text", [*TEXTS, "Griffiths (2012)", "final flow off", "Żółć Ω", "e\u0301", "ﬁ", "­", " ", ""])
def test_letters_measure_what_matplotlib_measures_of_the_whole_text(text, weight):
    own = [extent / 64 for extent in letters_of(weight).extent(text)]
    assert own == pytest.approx(measured(text, weight), abs=ROUNDED)


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from(sorted(LETTERS)), max_size=30), st.sampled_from(WEIGHTS))
def test_any_text_of_these_letters_measures_the_same(text, weight):
    own = [extent / 64 for extent in letters_of(weight).extent(text)]
    assert own == pytest.approx(measured(text, weight), abs=ROUNDED)
