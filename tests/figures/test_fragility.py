"""The four panels of how fragile a pool is: each at its numbers, on the benefit scale, alone and on one sheet."""

import numpy as np
import pytest

from builders.drawn_effects import by_gid, collisions, drawable, outside, texts_of
from synthesis.answers.cumulative import accumulate
from synthesis.answers.influence import examine_influence
from synthesis.answers.small_study import examine_small_studies
from synthesis.figures import (
    baujat_alt_text,
    baujat_plot,
    cumulative_alt_text,
    cumulative_plot,
    funnel_alt_text,
    funnel_plot,
    funnel_table,
    influence_alt_text,
    influence_plot,
    show_baujat,
    show_cumulative,
    show_fragility,
    show_funnel,
    show_influence,
)
from synthesis.figures.influence.data import influence_data


def effects_of(k=14, **options):
    return drawable(k, year=np.arange(2000.0, 2000 + k), **options)


def three(effects):
    return examine_influence(effects), accumulate(effects), examine_small_studies(effects)


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_the_funnel_has_benefit_against_standard_error_large_trials_at_the_top(better):
    effects = effects_of(better=better)
    ax = funnel_plot(examine_small_studies(effects))
    (points,) = by_gid(ax, "effects")
    assert np.asarray(points.get_offsets()) == pytest.approx(effects.frame[["benefit", "sei"]].to_numpy())
    assert ax.get_ylim()[0] > ax.get_ylim()[1] == 0
    assert ax.get_xlim()[0] < effects.frame["benefit"].min()
    assert ax.get_xlim()[1] > effects.frame["benefit"].max()
    assert "favours peer support →" in texts_of(ax)


@pytest.mark.parametrize(("p", "z"), [(0.1, 1.644854), (0.05, 1.959964), (0.01, 2.575829)])
def test_the_contours_are_where_an_effect_is_just_significant_against_no_difference(p, z):
    ax = funnel_plot(examine_small_studies(effects_of()))
    (contour,) = by_gid(ax, f"p {p}")
    corners = contour.get_xy()
    deep = corners[:, 1].max()
    assert np.abs(corners[:, 0]).max() == pytest.approx(z * deep, rel=1e-6)
    assert deep == ax.get_ylim()[0]


def test_what_trim_and_fill_adds_is_drawn_hollow_from_ten_trials_on():
    # Six small trials far to the right of the large ones: more than chance puts there, so some are filled in.
    yi = np.concatenate([0.1 + np.linspace(-0.01, 0.01, 8), [0.7, 0.75, 0.8, 0.9, 1.0, 1.1]])
    sei = np.concatenate([np.full(8, 0.08), np.full(6, 0.4)])
    found = examine_small_studies(effects_of(yi=yi, sei=sei))
    assert found.trim_and_fill.k0 > 0
    (filled,) = by_gid(funnel_plot(found), "filled")
    expected = np.column_stack([found.trim_and_fill.yi, np.sqrt(found.trim_and_fill.vi)])
    assert np.asarray(filled.get_offsets()) == pytest.approx(expected)
    few = examine_small_studies(effects_of(9, yi=yi[5:], sei=sei[5:]))
    assert few.trim_and_fill.k0 > 0
    assert by_gid(funnel_plot(few), "filled") == []


def test_the_funnels_table_and_words_hold_the_same_effects():
    found = examine_small_studies(effects_of())
    table = funnel_table(found)
    order = found.effects.frame.sort_values("sei", kind="stable")
    assert table["Trial"].tolist() == order["label"].tolist()
    assert table["Benefit"].tolist() == [f"{b:.2f}".replace("-", "−") for b in order["benefit"]]
    text = funnel_alt_text(found)
    significant = (found.effects.frame["yi"] / found.effects.frame["sei"]).gt(1.96).sum()
    assert f"{significant} of them lie beyond the contour of p .05 in favour of peer support" in text
    assert show_funnel(found).alt == text


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_the_influence_panel_shows_each_diagnostic_and_the_pool_without_at_their_places(better):
    found = examine_influence(effects_of(better=better))
    data, ax = influence_data(found), influence_plot(found)
    for at, column in enumerate(data.columns):
        drawn = np.vstack([np.asarray(marks.get_offsets()) for marks in _marks(ax, column.heading)])
        drawn = drawn[np.argsort(drawn[:, 1])]
        assert drawn[:, 0] == pytest.approx(column.place(column.values, at))
    turn = 1 if better == "higher" else -1
    assert data.columns[0].values == pytest.approx(turn * found.fit.rstudent)
    assert data.rows["without"].to_numpy() == pytest.approx(turn * found.to_frame()["estimate_del"].to_numpy())


def _marks(ax, heading):
    return [artist for gid in (f"{heading} marks", f"{heading} marks past") for artist in by_gid(ax, gid)]


def test_an_outlier_is_marked_by_shape_and_its_name_and_said():
    yi = np.full(14, 0.2) + np.linspace(-0.01, 0.01, 14)
    yi[3] = 1.6
    found = examine_influence(effects_of(yi=yi, sei=0.2))
    ax = influence_plot(found)
    (past,) = by_gid(ax, "Residual marks past")
    assert np.asarray(past.get_offsets())[:, 1].tolist() == [3]
    name = next(text for text in ax.texts if text.get_text() == "Author 3 (1993)")
    assert name.get_weight() == "bold"
    assert "Author 3 et al. (1993)" in influence_alt_text(found)


def test_each_mark_is_judged_by_its_own_line_and_each_pool_by_its_conclusion():
    found = examine_influence(effects_of(10, yi=[0.3] * 9 + [0.32], sei=[0.3] * 9 + [0.02]))
    ax, frame = influence_plot(found), found.to_frame()
    assert np.asarray(by_gid(ax, "Leverage marks past")[0].get_offsets())[:, 1].tolist() == [9]
    for heading, name in (("Cook", "cook_d"), ("Leverage", "hat"), ("DFBETAS", "dfbetas")):
        past = [i for i, names in enumerate(frame["past"]) if name in names]
        assert np.asarray(by_gid(ax, f"{heading} marks past")[0].get_offsets())[:, 1].tolist() == past
    near = effects_of(5, yi=[0.1, 0.05, 0.02, 0.03, 0.5], sei=0.02**0.5)
    ax = influence_plot(examine_influence(near, method="EE", ci="wald"))
    assert np.asarray(by_gid(ax, "pools without past")[0].get_offsets())[:, 1].tolist() == [4]


def test_pools_of_two_trials_are_not_drawn():
    influence, grown, small = three(effects_of(3))
    assert by_gid(influence_plot(influence), "pools without") == []
    assert "Pool without" not in texts_of(influence_plot(influence))
    assert len(by_gid(cumulative_plot(grown), "pools")[0].get_offsets()) == 1
    two = effects_of(3, trial=["a", "a", "b"])
    influence, grown, small = three(two)
    assert by_gid(cumulative_plot(grown), "pools") == []
    assert by_gid(funnel_plot(small), "pooled line") == []
    assert "the pool at" not in show_fragility(influence, grown, small).alt


def test_baujats_plot_stands_at_both_contributions_and_names_the_furthest():
    found = examine_influence(effects_of())
    ax = baujat_plot(found)
    (points,) = by_gid(ax, "effects")
    assert np.asarray(points.get_offsets()) == pytest.approx(np.column_stack([found.fit.baujat_x, found.fit.baujat_y]))
    furthest = found.to_frame().loc[int(np.argmax(found.fit.baujat_x + found.fit.baujat_y / found.fit.baujat_y.max()))]
    assert furthest["label"] in baujat_alt_text(found)


def test_the_growing_pool_runs_downwards_and_clips_what_runs_on():
    # Three small trials first: their pool's interval is far longer than the later ones.
    grown = accumulate(effects_of(sei=[1.5] * 3 + [0.1] * 11))
    ax = cumulative_plot(grown)
    (pools,) = by_gid(ax, "pools")
    looks = grown.table[grown.table["trials"] >= 3]
    assert np.asarray(pools.get_offsets())[:, 0] == pytest.approx(looks["estimate"].to_numpy())
    assert np.asarray(pools.get_offsets())[:, 1].tolist() == list(range(2, 14))
    assert [f"{2000 + i} (k = {i + 1})" in texts_of(ax) for i in range(14)] == [True] * 14
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    (intervals,) = by_gid(ax, "intervals")
    low, high = ax.get_xlim()
    drawn = np.array([segment[:, 0] for segment in intervals.get_segments()])
    assert drawn == pytest.approx(np.clip(looks[["ci_lb", "ci_ub"]].to_numpy(), low, high))
    clipped = (looks["ci_lb"] < low).sum()
    assert len([line for line in ax.lines if line.get_gid() == "clipped left"]) == clipped >= 1
    assert "Cumulative forest plot of sample outcome" in cumulative_alt_text(grown)


@pytest.mark.parametrize("k", [3, 14, 60])
@pytest.mark.parametrize("options", [{}, {"better": "lower", "measure": "RR"}, {"better": "unsettled"}], ids=str)
def test_no_text_runs_into_another_or_over_the_edge(k, options):
    influence, grown, small = three(effects_of(k, **options))
    for shown in (show_funnel(small), show_influence(influence), show_baujat(influence), show_cumulative(grown)):
        ax = shown.figure.axes[0]
        assert outside(ax) == []
        assert collisions(ax) == []
        assert shown.alt
        assert len(shown.table) >= 1
    sheet = show_fragility(influence, grown, small)
    assert outside(sheet.figure.axes[0]) == []
    assert collisions(sheet.figure.axes[0]) == []
    assert len(sheet.figure.axes) == 4
    assert len(sheet.table) == k


@pytest.mark.parametrize("k", [3, 60])
def test_effects_that_are_all_alike_have_axes_that_can_be_read(k):
    ax = baujat_plot(examine_influence(effects_of(k, yi=[0.2] * k)))
    assert outside(ax) == []
    assert ax.get_ylim()[1] > 0.1


@pytest.mark.parametrize("k", [1, 2])
def test_one_or_two_trials_have_a_funnel_and_no_pool(k):
    effects = effects_of(k)
    funnel, grown = show_funnel(examine_small_studies(effects)), show_cumulative(accumulate(effects))
    assert (len(funnel.table), len(grown.table)) == (k, k)
    assert by_gid(funnel.figure.axes[0], "pooled line") == by_gid(grown.figure.axes[0], "pools") == []
    assert [outside(shown.figure.axes[0]) for shown in (funnel, grown)] == [[], []]


def test_an_unsettled_direction_names_no_side():
    influence, grown, small = three(effects_of(better="unsettled"))
    sheet = show_fragility(influence, grown, small)
    assert not any("favours" in text for text in texts_of(sheet.figure.axes[0]))
    assert "favour" not in sheet.alt


def test_a_ratio_is_headed_as_one_in_the_table():
    table = funnel_table(examine_small_studies(effects_of(measure="RR", better="lower", sei=0.3)))
    assert "Benefit" not in table
    assert table["RR"].tolist() == [f"{r:.2f}" for r in np.exp(effects_of(measure="RR", better="lower").frame["yi"])]


def test_a_ratio_is_labelled_on_its_natural_scale_with_benefit_to_the_right():
    small = examine_small_studies(effects_of(measure="RR", better="lower", sei=0.3))
    ax = funnel_plot(small)
    labels = [float(label.get_text()) for label in ax.get_xticklabels()]
    assert ax.get_xticks() == pytest.approx(-np.log(labels), abs=0.01)
    assert np.all(np.diff(np.array(labels)[np.argsort(ax.get_xticks())]) < 0)
