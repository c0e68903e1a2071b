"""The bubble plot shows trials, line, band and the bounds of what is not known, on a scale where up is good."""

import numpy as np
import pandas as pd
import pytest

from builders.drawn_effects import by_gid, collisions, drawable, outside, texts_of
from builders.figures import scored, slope_of
from synthesis.answers.regression import meta_regression
from synthesis.errors import ChoiceError
from synthesis.figures import bubble_plot, bubble_table
from synthesis.figures.bubble.data import bubble_data
from synthesis.figures.bubble.draw import _names, draw_bubble
from synthesis.figures.parts.style import JOURNAL, PHONE, SMALL
from synthesis.wording import number


def test_bubbles_stand_at_score_and_benefit_with_areas_by_weight():
    slope = slope_of(scored(8, better="lower"))
    (bubbles,) = by_gid(bubble_plot(slope), "bubbles")
    frame = slope.regression.effects.frame
    assert np.asarray(bubbles.get_offsets()) == pytest.approx(np.column_stack([frame["fidelity"], -frame["yi"]]))
    weights = slope.regression.fit.weights
    assert bubbles.get_sizes() / bubbles.get_sizes().max() == pytest.approx(weights / weights.max())


def test_thin_lines_reach_from_bound_to_bound_at_the_trials_height():
    slope = slope_of(scored(6))
    (bounds,) = by_gid(bubble_plot(slope), "bounds")
    frame = slope.regression.effects.frame
    drawn = np.array([[s[0, 0], s[1, 0], s[0, 1], s[1, 1]] for s in bounds.get_segments()])
    assert drawn == pytest.approx(frame[["fidelity_lower", "fidelity_upper", "benefit", "benefit"]].to_numpy())


def test_at_score_nought_line_and_band_are_the_intercept_and_its_interval():
    slope = slope_of(scored(7))
    ax = bubble_plot(slope)
    intercept, row = (slope.regression.coefficients.iloc[i] for i in (0, 1))
    (line,) = by_gid(ax, "regression line")
    assert (line.get_xdata()[0], line.get_ydata()[0]) == pytest.approx((0, intercept.estimate))
    assert (line.get_xdata()[-1], line.get_ydata()[-1]) == pytest.approx((1, intercept.estimate + row.estimate))
    band = by_gid(ax, "band")[0].get_paths()[0].vertices
    at_nought = band[np.isclose(band[:, 0], 0)][:, 1]
    assert [at_nought.min(), at_nought.max()] == pytest.approx([intercept.ci_lb, intercept.ci_ub])


def test_the_line_ends_where_the_trials_do():
    ax = bubble_plot(slope_of(drawable(6, fidelity=[0.3, 0.4, 0.5, 0.6, 0.7, 0.72])))
    assert by_gid(ax, "regression line")[0].get_xdata()[[0, -1]] == pytest.approx([0.3, 0.72])
    low, high = ax.get_xlim()
    assert low < 0
    assert high > 1
    assert high - low < 1.2, "the axis is the whole scale of the score"


@pytest.mark.parametrize(("better", "upper_is_larger"), [("lower", False), ("higher", True)])
def test_ratio_labels_are_natural_and_up_favours_peer_support(better, upper_is_larger):
    ax = bubble_plot(slope_of(scored(8, measure="RR", better=better, sei=0.3)))
    labels = [float(label.get_text()) for label in ax.get_yticklabels()]
    turn = 1 if upper_is_larger else -1
    order = np.argsort(ax.get_yticks())
    assert np.all(np.diff(np.array(labels)[order]) * turn > 0)
    assert ax.get_yticks() == pytest.approx(turn * np.log(labels), abs=0.01)
    assert ax.get_ylim()[0] < ax.get_ylim()[1]
    top = next(text for text in ax.texts if text.get_text() == "favours peer support →")
    assert top.xy[1] == 1


def test_notes_hold_the_slope_its_test_and_what_it_could_have_found():
    slope = slope_of(scored(12))
    notes = " ".join(texts_of(bubble_plot(slope)))
    interval = f"[{slope.ci_lb:.2f}, {slope.ci_ub:.2f}]".replace("-", "−")
    assert (
        f"{slope.slope:.2f}".replace("-", "−")
        + f", 95% CI {interval}, k = 12; permutation p = {slope.pval_permutation:.3f}"
        in notes
    )
    assert "(99 random arrangements)" in notes
    assert "had to be 0.77 or more to be found with 80% power" in notes
    assert "all absent 0.20 [−0.05, 0.45]; all present not defined" in notes
    assert "Not shown: 2 effects without a score" in notes
    assert "Thin lines: a trial's score if all unreported components were absent, or present." in notes


@pytest.mark.parametrize("descriptive", [True, False])
def test_below_ten_trials_there_is_no_line_and_no_slope(descriptive):
    ax = bubble_plot(slope_of(scored(5), descriptive=descriptive))
    assert len(by_gid(ax, "regression line")) == len(by_gid(ax, "band")) == (not descriptive)
    notes = " ".join(texts_of(ax))
    assert ("With fewer than ten trials no line is drawn" in notes) == descriptive
    assert ("from the least to the most faithful trial" in notes) == ("permutation p" in notes) == (not descriptive)


def test_a_slope_is_said_between_the_trials_that_were_seen():
    slope = slope_of(drawable(12, fidelity=np.linspace(0.4, 0.9, 12)))
    notes = " ".join(texts_of(bubble_plot(slope)))
    assert f"from the least to the most faithful trial: {number(0.5 * slope.slope)}, 95% CI" in notes


def test_every_trial_is_named_where_they_are_few_and_no_name_covers_another():
    ax = bubble_plot(slope_of(scored(14)))
    names = [text for text in texts_of(ax) if text.startswith("Author")]
    assert sorted(names) == sorted(f"Author {i} ({1990 + i})" for i in range(14))
    assert collisions(ax) == []
    assert outside(ax) == []


def test_in_a_heap_of_trials_no_name_covers_another_and_most_are_there():
    ax = bubble_plot(slope_of(drawable(10, fidelity=[1.0] * 8 + [0.5, 0.6], yi=[0.2] * 8 + [0.1, 0.3])))
    assert collisions(ax) == []
    assert len([text for text in texts_of(ax) if text.startswith("Author")]) >= 8


def test_among_many_trials_those_far_from_the_line_are_named_and_others_where_a_name_covers_nothing():
    k = 30
    yi = np.zeros(k)
    yi[4] = 1.5
    ax = bubble_plot(slope_of(scored(k, yi=yi, sei=0.15)))
    names = [text for text in texts_of(ax) if text.startswith("Author")]
    assert "Author 4 (1994)" in names
    assert 1 < len(names) < k, "as many as there is room for"
    assert collisions(ax) == []


def test_among_many_trials_that_stand_apart_every_one_is_named():
    side = np.arange(25)
    effects = drawable(25, fidelity=side % 5 / 4, yi=side // 5 / 2.0, sei=0.5)
    ax = bubble_plot(slope_of(effects))
    assert sum(text.startswith("Author") for text in texts_of(ax)) >= 20


def test_any_moderator_of_a_regression_can_be_drawn_without_bounds():
    effects = drawable(12, year=np.arange(2000, 2012.0), dose=np.tile([1.0, 2, 3], 4))
    regression = meta_regression(effects, moderators=["dose", "year"])
    ax = bubble_plot(regression, "year")
    assert ax.get_xlabel() == "Year"
    assert by_gid(ax, "bounds")[0].get_segments() == []
    x, middle, *_ = bubble_data(regression, "year").line(2)
    coefficients = regression.coefficients.set_index("term")["estimate"]
    assert middle == pytest.approx(coefficients["intercept"] + 2 * coefficients["dose"] + coefficients["year"] * x)
    with pytest.raises(ChoiceError, match="dose, year"):
        bubble_plot(regression, "setting")


def test_the_table_holds_each_trial_with_its_bounds_the_highest_score_first():
    table = bubble_table(slope_of(scored(5, measure="RR", better="lower")))
    assert table["Model fidelity of the described intervention"].iloc[0] == "1.00"
    assert list(table["Lowest possible"]) == ["0.80", "0.55", "0.30", "0.05", "0.00"]
    assert list(table["Highest possible"]) == ["1.00", "0.85", "0.60", "0.35", "0.10"]
    effects = scored(5, measure="RR", better="lower").frame
    assert table["RR [95% CI]"].iloc[0].startswith(f"{np.exp(effects['yi'].iloc[4]):.2f} [")


@pytest.mark.parametrize("k", [1, 5, 14, 40])
def test_a_bubble_plot_fits_a_journal_and_a_phone(k):
    data = bubble_data(slope_of(scored(max(k, 3)), descriptive=k < 10))
    for ax, width in ((draw_bubble(data), JOURNAL), (draw_bubble(data, narrow=True), PHONE)):
        assert ax.get_figure().get_figwidth() == pytest.approx(width)
        assert collisions(ax) == []
        assert outside(ax) == []
        assert min(text.get_fontsize() for text in ax.texts) >= SMALL


def test_among_many_trials_those_with_the_most_leverage_must_be_named_though_they_lie_on_the_line():
    k = 30
    trials = pd.DataFrame(
        {
            "label": [f"Author {i} ({1990 + i})" for i in range(k)],
            "residual": 0.0,
            "weight": np.where(np.arange(k) == 5, 40.0, 1.0),
            "x": 0.6 + 0.001 * np.arange(k),
        }
    )
    trials.loc[[7, 11, 13], "x"] = [0.1, 1.0, 0.2]
    _, needed = _names(trials)
    assert list(np.flatnonzero(needed)) == [7, 11, 13]
