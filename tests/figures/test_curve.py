"""The specification curve: drawn in the order of its estimates, said in words, tabled by level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthesis.answers.multiverse.space import multiverse
from synthesis.evidence import load_evidence
from synthesis.figures.curve import draw_curve, show_curve, shown_levels
from synthesis.tables import declared_choices_table, levels_table, moves_table, multiverse_text, plan_text

ROOT = Path(__file__).parents[2]
LEVELS = {name: [] for name in "timepoint instrument icc adjusted_r estimates peers people design integrity".split()}
OUTCOMES = [("depression", "pool"), ("recovery", "slope"), ("readmission", "pool")]


@pytest.fixture(scope="module")
def spaces():
    evidence = load_evidence(ROOT / "data", references=ROOT / "references.bib")
    return {own: multiverse(evidence, own[0], target=own[1], levels=LEVELS, permutations=9) for own in OUTCOMES}


@pytest.fixture(scope="module")
def runs(spaces):
    return {own: space.run(workers=1) for own, space in spaces.items()}


@pytest.mark.parametrize("own", OUTCOMES, ids="-".join)
@pytest.mark.parametrize("narrow", [False, True])
def test_every_part_of_the_curve_is_drawn_where_it_is(runs, own, narrow):
    run = runs[own]
    figure, curve, plan = draw_curve(run, narrow=narrow), run.curve(), run.plan
    turn = plan.turn if plan.target == "pool" else 1.0
    first = figure.axes[0]
    drawn = first.patches[0].get_data().values
    assert drawn == pytest.approx(turn * curve.points["estimate"].to_numpy())
    heights = [line.get_ydata()[0] for line in first.lines]
    assert 0 in heights
    assert np.isnan(curve.main["estimate"]) or turn * curve.main["estimate"] in heights
    low, high = first.get_ylim()
    assert low < min(drawn.min(), 0)
    assert high > max(drawn.max(), 0)
    beside = figure.axes[1].patches
    assert beside[0].get_data().values == pytest.approx(curve.points["above"].to_numpy())
    rows = sum(len(levels) for _, levels in shown_levels(run, 4 if narrow else 6))
    assert len(figure.axes[2].images) == rows


@pytest.mark.parametrize("own", OUTCOMES, ids="-".join)
def test_no_word_leaves_the_picture_or_covers_another(runs, own):
    for narrow in (False, True):
        figure = draw_curve(runs[own], narrow=narrow)
        figure.canvas.draw()
        box = figure.bbox
        boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
        boxes += [text.get_window_extent() for ax in figure.axes for text in ax.texts if text.get_text()]
        boxes.append(figure.axes[0].yaxis.label.get_window_extent())
        assert all(box.x0 <= own.x0 and own.x1 <= box.x1 and box.y0 <= own.y0 and own.y1 <= box.y1 for own in boxes)
        for number, one in enumerate(boxes):
            assert not any(one.overlaps(other) for other in boxes[number + 1 :])


def test_the_levels_of_a_choice_share_each_part_among_them(runs):
    for run in runs.values():
        for _, levels in shown_levels(run, 6):
            whole = np.sum([shares for _, shares in levels], axis=0)
            assert set(np.round(whole, 9)) <= {0.0, 1.0}


def test_the_alternative_text_has_the_numbers(runs):
    shown = show_curve(runs["depression", "pool"])
    curve = runs["depression", "pool"].curve()
    assert f"{curve.specifications:,} combinations of choices for depression" in shown.alt
    assert "in favour of peer support" in shown.alt
    assert "the main analysis finds −0.26" in shown.alt
    assert len(shown.table) == len(levels_table(runs["depression", "pool"]))


def test_ratios_are_drawn_on_their_own_scale(runs):
    ticks = [label.get_text() for label in draw_curve(runs["readmission", "pool"]).axes[0].get_yticklabels()]
    assert "1" in ticks or "1.00" in ticks


def test_without_an_answer_there_is_no_picture(spaces):
    evidence = spaces["depression", "pool"].evidence
    run = multiverse(evidence, "hope", target="slope", levels=LEVELS, permutations=0).run(workers=1)
    assert show_curve(run) is None
    assert "No combination has an answer" in multiverse_text(run)


class TestTables:
    def test_each_level_of_what_was_crossed_has_its_row(self, runs):
        run = runs["recovery", "slope"]
        table = levels_table(run)
        crossed = [own for own in run.plan.dimensions if len(own["levels"]) > 1]
        assert list(table["Choice"][table["Choice"].ne("")]) == [own["label"] for own in crossed]
        assert len(table) == sum(len(own["levels"]) for own in crossed)
        assert "More benefit with more fidelity" in table

    def test_choices_that_move_nothing_have_no_row(self, runs):
        for run in runs.values():
            shown = set(moves_table(run)["Choice"])
            explained = run.decompose().set_index("label")["explained"]
            assert shown == set(explained.index[explained >= 0.01])

    def test_every_declared_level_has_its_reason(self, spaces):
        table = declared_choices_table(spaces["depression", "pool"].plan)
        assert table["Reason"].ne("").all()

    def test_a_plan_is_laid_out_with_what_has_no_part(self, spaces):
        said = plan_text(spaces["readmission", "pool"])
        assert "PETO does not pool RR" in said
        assert "combinations with the numbers of another" in said
        assert "Declared in codebook/multiverse.csv; hash" in said
