"""The picture of all outcomes, for a page and for a phone: the same rows, marks and texts in either."""

import numpy as np
import pytest
from matplotlib.transforms import Bbox

from builders.drawn_effects import by_gid, drawable
from synthesis.answers.pooling import pool
from synthesis.figures.parts.pooled_rows import PooledRow, draw_pooled_rows
from synthesis.figures.parts.style import PHONE, SMALL

ROWS = [
    PooledRow("Personal recovery", "6 trials", pool(drawable(6))),
    PooledRow("Symptoms", "4 trials", pool(drawable(4, better="lower"))),
    PooledRow("Readmission", "5 trials", pool(drawable(5, measure="RR", better="lower"))),
]


def texts_in(figure):
    return [text for ax in figure.axes for text in ax.texts]


@pytest.mark.parametrize("narrow", [False, True])
def test_every_row_has_its_label_its_effect_and_its_diamond(narrow):
    figure = draw_pooled_rows(ROWS, narrow=narrow)
    said = [text.get_text() for text in texts_in(figure)]
    for row in ROWS:
        assert {row.label, row.note, row.text()} <= set(said)
    diamonds = [by_gid(ax, "diamond") for ax in figure.axes]
    assert [len(own) for own in diamonds] == [2, 1]
    tips = [diamond.get_xy()[[0, 2], 0] for own in diamonds for diamond in own]
    assert np.array(tips) == pytest.approx(np.array([row.numbers("ci") for row in ROWS]))


def test_on_a_phone_texts_stand_above_the_marks_within_the_width():
    figure = draw_pooled_rows(ROWS, narrow=True)
    assert figure.get_figwidth() == pytest.approx(PHONE)
    renderer = figure.canvas.get_renderer()
    whole = Bbox.from_bounds(0, 0, figure.bbox.width, figure.bbox.height)
    for text in texts_in(figure) + [ax.xaxis.label for ax in figure.axes]:
        box = text.get_window_extent(renderer)
        assert whole.x0 <= box.x0, text.get_text()
        assert box.x1 <= whole.x1, text.get_text()
        assert text.get_fontsize() >= SMALL
    for ax in figure.axes:
        lines = [line.get_window_extent(renderer) for line in by_gid(ax, "null line")]
        labels = [text.get_window_extent(renderer) for text in ax.texts if text.get_text() in {r.label for r in ROWS}]
        assert len(lines) == len(labels)
        assert not any(line.y1 > label.y0 and line.y0 < label.y1 for line in lines for label in labels)
