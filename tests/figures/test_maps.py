"""The two maps: each cell says what the data say, missing is never absent, and grey is enough to read them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from builders.drawn_effects import by_gid, collisions, outside, texts_of
from builders.figures import CELLS, CODEBOOK, COVERAGE, ratings
from synthesis.answers.coverage import COLUMNS, Coverage
from synthesis.errors import ChoiceError, NotEstimableError, SynthesisError
from synthesis.figures import (
    component_map,
    coverage_alt_text,
    coverage_map,
    coverage_table,
    ratings_table,
    show_coverage,
)
from synthesis.figures.components import NOT_REPORTED, SIGNS
from synthesis.figures.coverage import MOST_COLUMNS, coverage_cells
from synthesis.figures.parts.style import JOURNAL, PHONE, SMALL


def cells(ax, words):
    """Return row (from the top) and column of the boxes of one kind."""
    rows = len(ax.get_yticks())
    boxes = [patch.get_path().vertices.reshape(-1, 5, 2) for patch in by_gid(ax, words)]
    middles = np.concatenate(boxes)[:, :4].mean(axis=1) if boxes else np.empty((0, 2))
    return sorted((int(rows - 1 - round(y)), round(float(x), 1)) for x, y in middles)


def luminance(colour):
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_each_rating_stands_in_its_row_and_column():
    ax = component_map(ratings(), CODEBOOK)
    # Three gaps of 0.4 columns part the four mechanisms.
    disclosed, sharing, modelling, linkage, training = 0.5, 1.5, 2.9, 4.3, 5.7
    assert cells(ax, SIGNS[2.0].words) == [(0, disclosed), (1, disclosed)]
    assert cells(ax, SIGNS[1.5].words) == [(0, training)]
    assert cells(ax, SIGNS[1.0].words) == [(0, sharing)]
    assert cells(ax, SIGNS[0.5].words) == [(1, modelling)]
    assert cells(ax, SIGNS[0.0].words) == [(0, modelling), (1, linkage), (2, disclosed)]
    assert len(cells(ax, NOT_REPORTED.words)) == 15 - 8


def test_rows_are_labelled_by_trial_and_comparators_as_such():
    labels = [label.get_text() for label in component_map(ratings(), CODEBOOK).get_yticklabels()][::-1]
    assert labels == ["Author one (2020)", "Author two (2020), peer", "Author two (2020), comparison: control"]


def test_corners_mark_exactly_the_cells_on_which_coders_differ():
    ax = component_map(ratings(), CODEBOOK)
    corners = np.concatenate([patch.get_path().vertices.reshape(-1, 4, 2) for patch in by_gid(ax, "corners")])
    assert sorted((2 - int(np.floor(y)), round(x - 0.18, 1)) for x, y in corners[:, 1]) == [(0, 5.7), (1, 2.9)]
    assert "corner: coders differ" in texts_of(ax)


def test_columns_stand_under_their_mechanisms_with_counts_beneath():
    ax = component_map(ratings(), CODEBOOK)
    texts = texts_of(ax)
    assert [text for text in texts if text in ("Trust", "Role-modelling", "Bridging", "Enabling conditions")] == [
        "Trust",
        "Role-modelling",
        "Bridging",
        "Enabling conditions",
    ]
    beneath = [text for text in ax.texts if text.get_transform().transform((0, text.get_position()[1]))[1] < ax.bbox.y0]
    lines = {}
    for text in sorted(beneath, key=lambda t: t.get_position()[0]):
        lines.setdefault(round(text.get_position()[1], 3), []).append(text.get_text())
    assert {line[0]: line[1:] for line in lines.values()} == {
        "present": ["2", "0", "0", "0", "0"],
        "partial": ["0", "1", "1", "0", "1"],
        "absent": ["1", "0", "1", "1", "0"],
        "not reported": ["0", "2", "1", "2", "2"],
        "coders differ": ["0", "0", "1", "0", "1"],
    }


def test_not_reported_is_told_from_absent_by_a_stroke_instead_of_a_glyph():
    assert SIGNS[0.0].glyph == "0"
    assert not SIGNS[0.0].stroke
    assert NOT_REPORTED.stroke
    assert not NOT_REPORTED.glyph
    glyphs = [sign.glyph for sign in SIGNS.values()]
    assert len(set(glyphs)) == len(glyphs)


def test_more_of_a_component_is_darker_in_grey_and_every_glyph_readable():
    shades = [luminance(SIGNS[rating].fill) for rating in (2.0, 1.5, 1.0, 0.5, 0.0)]
    assert np.all(np.diff(shades) > 0)
    for sign in SIGNS.values():
        light, dark = sorted([luminance(sign.fill), luminance(sign.ink)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("arms", [1, 29, 97])
def test_any_number_of_arms_is_legible(arms):
    table = {(f"trial{i}", "peer"): [2, 1, 0, np.nan, 1] for i in range(arms)}
    ax = component_map(ratings(table), CODEBOOK)
    assert len(ax.get_yticklabels()) == arms
    assert collisions(ax) == []
    assert outside(ax) == []
    headings = sum(text == "Modelling" for text in texts_of(ax))
    assert headings == (2 if arms > 29 else 1), "long maps repeat the headings at the foot"


def test_the_table_of_ratings_spells_out_what_is_missing_and_where_coders_differ():
    table = ratings_table(ratings(), CODEBOOK)
    assert table.iloc[0].tolist() == ["Author one (2020)", "2", "1", "0", "not reported", "1.5 *"]
    assert table.iloc[2].tolist()[1:] == ["0", *["not reported"] * 4]


def test_without_a_coded_arm_or_a_measured_outcome_there_is_no_map():
    with pytest.raises(NotEstimableError, match="No arm is coded"):
        component_map(ratings().iloc[:0], CODEBOOK)
    with pytest.raises(NotEstimableError, match="No outcome was measured"):
        coverage_map(Coverage(CELLS.iloc[:0], {}))


def test_axes_too_small_for_the_cells_are_refused():
    with pytest.raises(SynthesisError, match="larger axes"):
        component_map(ratings(), CODEBOOK, ax=Figure(figsize=(3, 2)).subplots())


def test_each_outcome_of_each_trial_has_its_status_and_its_direction():
    ax = coverage_map(COVERAGE)
    assert cells(ax, "pooled") == [(0, 0.5)]
    assert cells(ax, "measured, reported without numbers") == [(0, 1.5), (1, 1.5), (1, 2.5)]
    assert cells(ax, "reported, not poolable") == [(0, 2.5)]
    assert cells(ax, "not measured, or unclear") == [(1, 0.5)]
    glyphs = {
        tuple(text.get_position()): text.get_text()
        for text in ax.texts
        if text.get_text() in "●▲▼=◆?" and text.get_position()[0] > 0.4
    }
    inside = {(x, y): glyph for (x, y), glyph in glyphs.items() if y in (0, 1)}
    assert inside == {(0.5, 1): "●", (1.5, 1): "▲", (2.5, 1): "◆", (1.5, 0): "▼", (2.5, 0): "?"}


def test_the_legend_of_directions_holds_those_that_occur():
    texts = texts_of(coverage_map(Coverage(CELLS[CELLS["trial"].eq("two")], {})))
    assert "in favour of the comparison" in texts
    assert "direction not stated" in texts
    assert "in favour of peer support" not in texts


def test_totals_count_trials_an_outcome_and_outcomes_a_trial():
    ax = coverage_map(COVERAGE)
    beneath = [text for text in ax.texts if text.get_transform().transform((0, text.get_position()[1]))[1] < ax.bbox.y0]
    assert [t.get_text() for t in beneath] == [
        *("trials pooled", "1", "0", "0"),
        *("not poolable", "0", "0", "1"),
        *("without numbers", "0", "2", "1"),
    ]
    right = [
        text.get_text() for text in ax.texts if text.get_ha() == "right" and text.get_window_extent().x0 > ax.bbox.x1
    ]
    assert right == ["pooled", "1", "0", "measured", "3", "2"]


def test_the_coverage_table_has_words_for_every_cell():
    table = coverage_table(COVERAGE)
    assert table.iloc[0].tolist() == [
        "Author one",
        "pooled",
        "without numbers (in favour of the intervention)",
        "not poolable (several results that disagree)",
    ]
    assert table.iloc[1].tolist() == [
        "Author two",
        "",
        "without numbers (in favour of the comparison)",
        "without numbers",
    ]


def test_coverage_without_directions_is_drawn_too():
    ax = coverage_map(Coverage(CELLS.assign(directions=""), {}))
    assert cells(ax, "pooled") == [(0, 0.5)]


def test_an_unknown_status_is_named_with_those_there_are():
    with pytest.raises(ChoiceError, match="without_numbers"):
        coverage_map(Coverage(CELLS.assign(status="lost"), {}))


def test_what_has_no_result_and_what_was_not_entered_have_signs_of_their_own():
    more = CELLS.replace({"status": {"absent": "not_entered", "not_pooled": "no_result"}})
    ax = coverage_map(Coverage(more, {}))
    assert cells(ax, "measured, no result given") == [(0, 2.5)]
    assert cells(ax, "met in a text, not entered (the reason is listed)") == [(1, 0.5)]
    assert "×" in texts_of(ax)
    text = coverage_alt_text(Coverage(more, {}))
    assert "with no result given in 1; a result was met and not entered in 1 more." in text
    assert "in 5 of 6 cells" in text, "what was not entered is not counted as measured"


def many(outcomes, trials=3):
    roles = ["clinical", "process", "service_use"]
    rows = [
        (f"t{t}", f"Author {t}", f"o{i}", f"Outcome {i}", roles[i % 3], "pooled" if (t + i) % 4 else "absent", "")
        for t in range(trials)
        for i in range(outcomes)
    ]
    return Coverage(pd.DataFrame(rows, columns=COLUMNS), {})


def test_a_wide_map_is_parted_by_role_and_loses_no_outcome_and_no_cell():
    whole = coverage_cells(many(60, trials=5))
    parts = whole.panels()
    assert len(parts) == 6
    assert max(len(part.columns) for part in parts) <= MOST_COLUMNS
    assert sorted(label for part in parts for label in part.columns) == sorted(whole.columns)
    assert sum(part.status.ne("absent").sum().sum() for part in parts) == whole.status.ne("absent").sum().sum()
    assert all(part.silent + len(part.rows) == 5 for part in parts)
    assert len(coverage_cells(many(MOST_COLUMNS)).panels()) == 1


def test_shown_maps_fit_a_journal_and_a_phone():
    (first, *_) = show_coverage(many(60, trials=35)).figures
    for figure, most in ((first.figure, JOURNAL), (first.narrow, PHONE)):
        (ax,) = figure.axes
        assert figure.get_figwidth() <= most + 0.01
        assert outside(ax) == []
        assert min(text.get_fontsize() for text in ax.texts) >= SMALL
    assert show_coverage(COVERAGE).narrow is not None
