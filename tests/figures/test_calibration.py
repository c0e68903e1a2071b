"""The picture of type I errors: a mark a test in every row, all of them in words, and a table with the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.calibrated import TINY, ratings_of, rows_of
from builders.roots import build_evidence
from synthesis.answers.calibration import calibrate
from synthesis.figures.calibration import calibration_data, draw_calibration, show_calibration
from synthesis.tables.calibration import TESTS


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    root = build_evidence(tmp_path_factory.mktemp("calibrated"), rows_of(), ratings=ratings_of())
    return calibrate(root, sizes=TINY, seed=5, outcomes=["recovery"])


def test_every_figure_is_a_mark_at_its_value(found):
    data = calibration_data(found)
    assert data.tests == list(TESTS)
    assert data.rows["tau2"].tolist() == [0, 0.01, 0.04, 0.09]
    axes = draw_calibration(data).axes[0]
    drawn = sorted(float(line.get_xdata()[0]) for line in axes.lines if line.get_gid() in TESTS)
    values = sorted(data.rows[data.tests].to_numpy(float).ravel())
    assert drawn == pytest.approx(values)
    assert axes.get_xlim()[1] >= max(values)
    assert "null line" in {line.get_gid() for line in axes.lines}


def test_words_and_table_hold_what_is_drawn(found):
    shown = show_calibration(found)
    for row in calibration_data(found).rows.to_dict("records"):
        for test, label in TESTS.items():
            assert f"{label} {100 * row[test]:.1f}%" in shown.alt
    assert len(shown.table) == 4
    assert shown.svg() == show_calibration(found).svg()


def test_nothing_is_shown_where_nothing_was_simulated(found):
    pools = {cell: rows for cell, rows in found.cells.items() if cell.kind == "pool"}
    for nothing in (None, replace(found, cells={}), replace(found, cells=pools)):
        assert show_calibration(nothing)._repr_html_() == ""


def test_one_row_is_drawn_too(found):
    first = next(cell for cell in found.cells if cell.kind == "slope")
    assert show_calibration(replace(found, cells={first: found.cells[first]})).alt.count("at tau2") == 1
