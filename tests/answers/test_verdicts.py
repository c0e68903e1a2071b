"""One rule each for enough to pool, whom it favours and what a slope amounts to; every page asks the same one."""

import pytest

from builders.drawn_effects import by_gid, drawable, texts_of
from synthesis.answers.pooling import pool
from synthesis.answers.statements import describe_outcome, describe_pool
from synthesis.answers.verdicts import Association, Side, association, favours, is_descriptive, is_enough, leans
from synthesis.figures import forest_alt_text, forest_plot, forest_table
from synthesis.tables import pooled_text


def test_three_effects_of_two_trials_are_too_few_in_text_figure_and_alternative_text():
    effects = drawable(3, trial=["one", "one", "two"])
    pooled = pool(effects)
    assert not is_enough(effects)
    ax = forest_plot(pooled)
    assert by_gid(ax, "diamond") == []
    assert any("No pooled effect" in text for text in texts_of(ax))
    assert "Pooled effect" not in forest_alt_text(pooled)
    assert not forest_table(pooled)["Trial"].str.startswith("Pooled").any()
    assert "2 trials with usable numbers, too few" in describe_pool(pooled)
    assert describe_outcome(pooled).effect == ""
    assert "too few for a pooled statement" in pooled_text(pooled)


def test_three_trials_are_enough_in_text_figure_and_alternative_text():
    pooled = pool(drawable(3))
    assert is_enough(pooled.effects)
    assert len(by_gid(forest_plot(pooled), "diamond")) == 1
    assert "Pooled effect" in forest_alt_text(pooled)
    assert describe_outcome(pooled).effect != ""


@pytest.mark.parametrize(
    ("lower", "upper", "side"),
    [(0.1, 0.3, Side.PEER), (-0.3, -0.1, Side.OTHER), (-0.1, 0.1, Side.OPEN), (0.0, 0.2, Side.OPEN)],
)
def test_an_interval_favours_a_side_only_where_it_leaves_out_zero(lower, upper, side):
    assert favours(lower, upper) is side


def test_an_estimate_of_nothing_leans_to_nobody():
    assert [leans(value) for value in (0.2, -0.2, 0.0)] == [Side.PEER, Side.OTHER, Side.OPEN]


@pytest.mark.parametrize(
    ("lower", "pval", "descriptive", "verdict"),
    [
        (0.1, 0.01, False, Association.DETECTED),
        (0.1, 0.2, False, Association.NOT_ESTABLISHED),
        (-0.1, 0.01, False, Association.NOT_DETECTED),
        (0.1, 0.01, True, Association.DESCRIPTIVE),
    ],
)
def test_a_slope_is_detected_only_where_interval_test_and_number_of_trials_allow(lower, pval, descriptive, verdict):
    assert association(lower, 0.9, pval, level=0.95, descriptive=descriptive) is verdict


def test_ten_trials_make_a_test_of_one_characteristic():
    assert [is_descriptive(k) for k in (9, 10)] == [True, False]
