"""Pooled effects as rows, for a page and for a phone: right is better in every row, numbers keep their own sign."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import Polygon
from matplotlib.transforms import Bbox

from builders.drawn_effects import by_gid, drawable
from builders.given_effects import effects_of
from synthesis.answers.pooling import pool
from synthesis.figures.parts.pooled_rows import (
    SIGNS,
    PooledRow,
    draw_pooled_rows,
    pooled_rows_alt_text,
    pooled_rows_table,
)
from synthesis.figures.parts.style import PHONE, SMALL

YI = [0.1, 0.2, 0.3, 0.25, 0.15]

ROWS = [
    PooledRow("Personal recovery", "6 trials", pool(drawable(6))),
    PooledRow("Symptoms", "4 trials", pool(drawable(4, better="lower"))),
    PooledRow("Readmission", "5 trials", pool(drawable(5, measure="RR", better="lower"))),
]


def row(label, better, *, sign=1.0, measure="SMD"):
    return PooledRow(
        label, "5 trials", pool(effects_of(sign * np.array(YI), [0.01] * 5, better=better, measure=measure))
    )


@pytest.fixture(scope="module")
def rows():
    return [row("Hope", "higher"), row("Stress", "lower", sign=-1.0)]


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_two_outcomes_that_both_got_better_stand_on_the_same_side_with_their_own_signs(rows):
    figure = draw_pooled_rows(rows)
    (ax,) = figure.axes
    middles = [np.mean(patch.get_xy()[:, 0]) for patch in ax.patches if isinstance(patch, Polygon)]
    assert all(middle > 0 for middle in middles)
    shown = texts(figure)
    assert any(text.startswith("0.20 [") for text in shown)
    assert any(text.startswith("−0.20 [−") for text in shown)
    assert {"5 trials; higher is better", "5 trials; lower is better"} <= set(shown)
    assert SIGNS in shown


def test_the_axis_counts_the_distance_from_no_difference(rows):
    (ax,) = draw_pooled_rows(rows).axes
    for place, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True):
        assert float(label.get_text()) == pytest.approx(abs(place))
    assert ax.get_xlabel().endswith("either way")


def test_table_and_words_have_the_numbers_of_the_outcomes_own_pages(rows):
    table = pooled_rows_table(rows)
    assert table["Better"].tolist() == ["higher", "lower"]
    assert table["Effect"].tolist() == ["0.20", "−0.20"]
    pooled = rows[1].pooled
    assert table.at[1, "Confidence interval"] == f"{pooled.ci_lb:.2f} to {pooled.ci_ub:.2f}".replace("-", "−")
    said = pooled_rows_alt_text(rows)
    assert "Stress SMD −0.20" in said
    assert "lower is better" in said


def test_without_turned_rows_no_sign_needs_a_word():
    assert SIGNS not in texts(draw_pooled_rows([row("Hope", "higher")]))
    assert SIGNS not in texts(draw_pooled_rows([row("Falls", "lower", sign=-1.0, measure="RR")]))


def test_no_prediction_interval_is_an_empty_cell():
    few = PooledRow("Hope", "3 trials", pool(effects_of(YI[:3], [0.01] * 3)))
    assert pooled_rows_table([few])["Prediction interval"].tolist() == [""]


def texts_in(figure):
    return [text for ax in figure.axes for text in ax.texts]


@pytest.mark.parametrize("narrow", [False, True])
def test_every_row_has_its_label_its_effect_and_its_diamond(narrow):
    figure = draw_pooled_rows(ROWS, narrow=narrow)
    said = [text.get_text() for text in texts_in(figure)]
    for row in ROWS:
        assert {row.label, row.told, row.text()} <= set(said)
    diamonds = [by_gid(ax, "diamond") for ax in figure.axes]
    assert [len(own) for own in diamonds] == [2, 1]
    tips = [diamond.get_xy()[[0, 2], 0] for own in diamonds for diamond in own]
    assert np.array(tips) == pytest.approx(np.array([row.places("ci") for row in ROWS]))


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
