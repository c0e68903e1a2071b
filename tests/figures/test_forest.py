"""The forest plot says what the pool says: order, places, sizes, sides, arrows, and nothing over anything else."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from builders.drawn_effects import by_gid, collisions, drawable, outside, texts_of
from builders.given_effects import effects_of
from synthesis.answers.pooling import pool
from synthesis.errors import ChoiceError, SynthesisError
from synthesis.figures import forest_plot, show_forest
from synthesis.figures.forest.data import forest_data
from synthesis.figures.forest.narrow import draw_narrow_forest
from synthesis.figures.parts.style import JOURNAL, PHONE, SMALL

# metafor's forest plot of the BCG trials (REML, Wald), as its manual prints it: rows 1 and 13, the model, and weights.
BCG_FIRST, BCG_LAST, BCG_MODEL = "0.41 [0.13, 1.26]", "1.01 [0.89, 1.14]", "0.49 [0.34, 0.70]"


def row_labels(ax):
    """Labels from the top."""
    return [label.get_text() for label in ax.get_yticklabels()][::-1]


def squares(ax):
    """Places and areas of the squares, from the top."""
    scatter = max(ax.collections, key=lambda c: len(c.get_offsets()) if hasattr(c, "get_sizes") else 0)
    places, areas = np.asarray(scatter.get_offsets()), scatter.get_sizes()
    order = np.argsort(-places[:, 1])
    return places[order], areas[order]


def whiskers(ax):
    """Ends and y of each interval, from the top."""
    lines = next(c for c in ax.collections if c.get_gid() is None and not hasattr(c, "_sizes"))
    segments = sorted((s for s in lines.get_segments()), key=lambda s: -s[0, 1])
    return np.array([[s[0, 0], s[1, 0], s[0, 1]] for s in segments])


def test_rows_stand_in_the_given_order_from_the_top():
    effects = drawable(5)
    assert row_labels(forest_plot(pool(effects))) == list(effects.frame["label"])


def test_rows_can_be_sorted_by_any_column():
    effects = drawable(6)
    ax = forest_plot(pool(effects), sort_by="yi")
    assert row_labels(ax) == list(effects.frame.sort_values("yi")["label"])
    assert np.all(np.diff(squares(ax)[0][:, 0]) > 0)


def test_sorting_by_an_unknown_column_names_those_there_are():
    with pytest.raises(ChoiceError, match="timepoint_months"):
        forest_plot(pool(drawable(3)), sort_by="size")


def test_bcg_texts_and_diamond_are_those_metafor_prints(bcg):
    effects = bcg.frame.assign(**drawable(13).frame.drop(columns=["yi", "vi", "sei", "benefit", "label", "trial"]))
    ax = forest_plot(pool(bcg.__class__(**vars(bcg) | {"frame": effects}), ci="wald"))
    texts = texts_of(ax)
    assert [text in texts for text in (BCG_FIRST, BCG_LAST, BCG_MODEL)] == [True, True, True]
    (diamond,) = by_gid(ax, "diamond")
    left, top, right, bottom = diamond.get_xy()[:4]
    assert np.round([left[0], top[0], right[0], bottom[0]], 2).tolist() == [0.34, 0.49, 0.70, 0.49]
    assert left[1] == right[1]
    assert top[1] > left[1] > bottom[1]


@pytest.mark.parametrize(("measure", "better"), [("SMD", "higher"), ("RR", "lower"), ("MD", "lower")])
def test_diamond_bar_and_squares_stand_at_the_numbers_of_the_pool(measure, better):
    pooled = pool(drawable(7, measure=measure, better=better))
    ax = forest_plot(pooled)
    natural = np.exp if measure == "RR" else np.asarray
    (diamond,), (bar,) = by_gid(ax, "diamond"), by_gid(ax, "prediction interval")
    assert diamond.get_xy()[[0, 1, 2], 0] == pytest.approx(natural([pooled.ci_lb, pooled.estimate, pooled.ci_ub]))
    assert [bar.get_x(), bar.get_x() + bar.get_width()] == pytest.approx(natural([pooled.pi_lb, pooled.pi_ub]))
    assert bar.get_y() + bar.get_height() < diamond.get_xy()[:, 1].min(), "the bar lies beneath the diamond"
    frame = pooled.effects.frame
    places, _ = squares(ax)
    assert places[:, 0] == pytest.approx(natural(frame["yi"]))
    assert places[:, 1].tolist() == [6, 5, 4, 3, 2, 1, 0]
    half = 1.959964 * frame["sei"]
    assert whiskers(ax)[:, :2] == pytest.approx(
        np.column_stack([natural(frame["yi"] - half), natural(frame["yi"] + half)])
    )


def test_areas_of_the_squares_are_in_proportion_to_the_weights():
    pooled = pool(drawable(9))
    _, areas = squares(forest_plot(pooled))
    assert areas / areas.sum() == pytest.approx(pooled.weights / 100)


def test_a_square_keeps_its_row_when_rows_are_sorted_by_weight():
    pooled = pool(drawable(9))
    places, areas = squares(forest_plot(pooled, sort_by="weight"))
    assert np.all(np.diff(areas) >= 0)
    assert places[:, 0] == pytest.approx(pooled.trials().sort_values("weight")["yi"])


@pytest.mark.parametrize(
    ("measure", "better", "left", "right"),
    [
        ("SMD", "higher", "← favours comparison", "favours peer support →"),
        ("SMD", "lower", "← favours peer support", "favours comparison →"),
        ("RR", "lower", "← favours peer support", "favours comparison →"),
        ("RR", "higher", "← favours comparison", "favours peer support →"),
    ],
)
def test_the_side_that_favours_peer_support_follows_the_outcome(measure, better, left, right):
    ax = forest_plot(pool(drawable(4, measure=measure, better=better)))
    sides = {text.get_gid(): (text.get_text(), text.xy[0], text.get_ha()) for text in ax.texts if text.get_gid()}
    assert sides == {"favours left": (left, 0, "left"), "favours right": (right, 1, "right")}
    assert ax.get_xlim()[0] < ax.get_xlim()[1]


def test_ratios_stand_on_a_logarithmic_axis_with_natural_labels():
    ax = forest_plot(pool(drawable(8, measure="RR", better="lower", sei=0.5)))
    assert ax.get_xscale() == "log"
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert [float(label) for label in labels] == pytest.approx(ax.get_xticks())
    assert "1" in labels
    assert list(by_gid(ax, "null line")[0].get_xdata()) == [1, 1]
    assert ax.get_xticks(minor=True).size == 0


def test_differences_have_their_null_line_at_nought():
    ax = forest_plot(pool(drawable(4)))
    assert ax.get_xscale() == "linear"
    assert list(by_gid(ax, "null line")[0].get_xdata()) == [0, 0]


def test_arrows_mark_clipped_intervals_and_no_others():
    ax = forest_plot(pool(drawable(5, yi=[0.1, 0.2, 0.3, 0.15, 0.25], sei=[0.1, 0.15, 0.1, 5.0, 0.15])))
    low, high = ax.get_xlim()
    for side, at in (("left", low), ("right", high)):
        (arrow,) = by_gid(ax, f"clipped {side}")
        assert (arrow.get_xdata()[0], arrow.get_ydata()[0]) == (at, 1), "the fourth row of five"
    assert any("runs on beyond the axis" in text for text in texts_of(ax))


def test_no_arrow_where_no_interval_is_clipped():
    ax = forest_plot(pool(drawable(6, sei=0.2)))
    assert by_gid(ax, "clipped left") + by_gid(ax, "clipped right") == []
    assert not any("beyond the axis" in text for text in texts_of(ax))


@pytest.mark.parametrize("k", [1, 2])
def test_below_three_effects_there_is_no_diamond_and_the_figure_says_so(k):
    ax = forest_plot(pool(drawable(k)))
    assert by_gid(ax, "diamond") + by_gid(ax, "prediction interval") + by_gid(ax, "pooled line") == []
    assert "No pooled effect" in texts_of(ax)
    assert not any(word in text for text in texts_of(ax) for word in ("Heterogeneity", "Weight", "Prediction"))


def test_three_effects_of_two_trials_are_too_few_as_well():
    pooled = pool(drawable(3, trial=["a", "a", "b"]))
    shown = show_forest(pooled)
    assert by_gid(shown.figure.axes[0], "diamond") == []
    assert shown.alt.endswith("With fewer than three trials none is pooled.")
    assert len(shown.table) == 3
    assert shown.caption.startswith("Sample outcome: 3 effects of 2 trials")


def test_three_effects_are_pooled():
    assert len(by_gid(forest_plot(pool(drawable(3))), "diamond")) == 1


def test_the_equal_effects_model_has_no_prediction_interval():
    ax = forest_plot(pool(drawable(5), method="EE", ci="wald"))
    assert by_gid(ax, "prediction interval") == []
    assert len(by_gid(ax, "diamond")) == 1
    assert any(text.startswith("none: one true effect") for text in texts_of(ax))


@pytest.mark.parametrize("k", [1, 2, 3, 7, 31, 60])
def test_every_number_of_rows_is_drawn_whole_and_nothing_covers_anything(k):
    ax = forest_plot(pool(drawable(k, measure="RR" if k == 7 else "SMD")))
    assert row_labels(ax) == [f"Author {i} et al. ({1990 + i})" for i in range(k)]
    assert len(squares(ax)[0]) == k
    bottom, top = ax.get_ylim()
    assert bottom < -0.5
    assert top == k - 0.5
    assert collisions(ax) == []
    assert outside(ax) == []


def test_equal_labels_keep_their_own_rows_and_say_which_arms_they_compare():
    effects = drawable(4, label=["Same (2020)", "Same (2020)", "Other (2019)", "Same (2020)"])
    frame = effects.frame.assign(
        trial=["same", "same", "other", "third"], intervention_arm=["group", "one_to_one", "peer", "peer"]
    )
    ax = forest_plot(pool(effects.__class__(**vars(effects) | {"frame": frame})))
    places, _ = squares(ax)
    assert row_labels(ax) == ["Same (2020)", "Same (2020)", "Other (2019)", "Same (2020)"]
    assert places == pytest.approx(np.column_stack([frame["yi"], [3, 2, 1, 0]]))
    assert [
        sum(arm in text for text in texts_of(ax)) for arm in ("group v control", "one to one v control", "peer v")
    ] == [1, 1, 0]


def test_long_and_strange_labels_are_shown_as_they_are_and_cut_only_at_the_end():
    long = "Ångström-Österlund, Žižek and Müller-Lüdenscheidt for the PEERS in Recovery Study Group (2021)"
    labels = [long, "$5 & 100%$ \\frac{1}{2} (2019)", "<b>Иванов</b> (2017)", "Ελλάδα (2018)"]
    ax = forest_plot(pool(drawable(4, label=labels)))
    assert row_labels(ax)[1:] == labels[1:]
    assert row_labels(ax)[0].endswith("…")
    assert long.startswith(row_labels(ax)[0].removesuffix("…"))
    assert collisions(ax) == []
    assert outside(ax) == []


def test_arms_show_events_or_means_or_sizes():
    effects = drawable(4)
    effects.frame.loc[1, "change"] = "yes"
    effects.frame.loc[2, ["mean_intervention", "mean_comparator"]] = np.nan
    effects.frame.loc[3, ["mean_intervention", "n_intervention"]] = np.nan
    effects.frame.loc[0, ["n_intervention", "n_comparator"]] = [40, 41]
    rows = forest_data(pool(effects)).rows
    assert rows.loc[0, ["intervention", "comparator"]].tolist() == ["52.2 (11.5), 40", "49.8 (12.5), 41"]
    assert rows.loc[1, "intervention"].startswith("Δ 52.2 (11.5), ")
    assert rows.loc[2, "intervention"] == f"n = {effects.frame.loc[2, 'n_intervention']:.0f}"
    assert rows.loc[3, "intervention"] == "–"
    events = forest_data(pool(drawable(3, measure="RR"))).rows
    assert events["intervention"].str.fullmatch(r"12 / \d+").all()
    assert events["comparator"].str.fullmatch(r"15 / \d+").all()


def test_risk_of_bias_is_a_letter_beside_each_row_and_the_legend_has_those_used():
    ax = forest_plot(pool(drawable(5, rob=["low", "high", "", "unclear", "low"])))
    letters = {
        int(t.get_position()[1]): t.get_text()
        for t in ax.texts
        if t.get_text() in "LSUH–" and t.get_position()[1] in range(5)
    }
    assert letters == {4: "L", 3: "H", 2: "–", 1: "U", 0: "L"}
    words = set(texts_of(ax))
    assert {"low", "high", "unclear", "not judged"} <= words
    assert "some concerns" not in words


def test_signs_of_risk_of_bias_differ_in_shape_or_letter_not_only_in_colour():
    ax = forest_plot(pool(drawable(5, rob=["low", "high", "", "unclear", "some_concerns"])))
    shapes = [
        (line.get_marker(), to_hex(line.get_markerfacecolor())) for line in ax.lines if line.get_marker() in "oDs"
    ]
    assert {marker for marker, _ in shapes} == {"o", "D", "s"}


def test_without_any_judgement_there_is_no_column_and_a_note_instead():
    ax = forest_plot(pool(drawable(4, rob=[""] * 4)))
    assert any("nobody has judged these trials" in text for text in texts_of(ax))
    assert "Risk of bias" not in texts_of(ax)


def test_marks_explain_shared_arms_corrections_and_turned_instruments():
    effects = drawable(4, shared=[True, False, False, False], aligned=[False, False, True, False])
    effects.frame["decisions"] = pd.Series([(), ("read_sd_as_se",), (), ("keep",)], dtype=object)
    ax = forest_plot(pool(effects))
    assert [label.split(") ")[1:] for label in row_labels(ax)] == [["†"], ["‡"], ["§"], []]
    footer = " ".join(texts_of(ax))
    assert all(words in footer for words in ("† an arm", "‡ not read as printed", "§ this instrument runs against"))


def test_footer_holds_heterogeneity_method_and_intervals():
    pooled = pool(drawable(8), method="DL", ci="knapp-hartung", level=0.9)
    footer = " ".join(texts_of(forest_plot(pooled)))
    assert f"τ² = {pooled.tau2:.3f} [{pooled.tau2_ci_lb:.3f}, {pooled.tau2_ci_ub:.3f}]" in footer
    assert f"I² = {pooled.I2:.0f}% [{pooled.I2_ci_lb:.0f}, {pooled.I2_ci_ub:.0f}]" in footer
    assert f"Q = {pooled.Q:.1f} on 7 degrees of freedom" in footer
    assert "τ² by DL; 90% confidence interval by Knapp-Hartung; 90% prediction interval from t with 7" in footer


def test_a_footer_line_hangs_on_the_data_and_not_on_what_a_label_happens_to_say():
    effects = drawable(3, label=["Δ group † (2010)", "‡ (2011)", "C (2012)"], instrument="Δ scale")
    footer = " ".join(texts_of(forest_plot(pool(effects))))
    assert "change from baseline" not in footer
    assert "divided among them" not in footer


def test_effects_as_printed_say_so():
    effects = drawable(3)
    printed = effects.__class__(**vars(effects) | {"as_printed": True})
    assert any("decisions are not applied" in text for text in texts_of(forest_plot(pool(printed))))


def test_given_axes_are_used_and_keep_to_their_space():
    figure = Figure(figsize=(16, 8))
    axes = figure.subplots(1, 2, width_ratios=[5, 1])
    before = axes[0].get_position(original=True).frozen()
    ax = forest_plot(pool(drawable(5)), ax=axes[0])
    assert ax is axes[0]
    after = ax.get_position()
    assert before.x0 < after.x0 < after.x1 < before.x1
    assert before.y0 < after.y0 < after.y1 < before.y1
    assert collisions(ax) == []


def test_axes_too_small_for_the_table_are_refused_with_the_size_needed():
    ax = Figure(figsize=(6, 4)).subplots()
    with pytest.raises(SynthesisError, match=r"table and plot need at least \d+\.\d x \d+\.\d"):
        forest_plot(pool(drawable(5)), ax=ax)


def test_identical_effects_are_drawn_although_their_interval_has_no_width():
    effects = drawable(4, yi=[0.3] * 4, sei=0.2)
    ax = forest_plot(pool(effects, ci="knapp-hartung"))
    assert np.ptp(by_gid(ax, "diamond")[0].get_xy()[:, 0]) == pytest.approx(0)


@pytest.mark.parametrize("k", [1, 2, 3, 17, 60])
@pytest.mark.parametrize("measure", ["SMD", "RR"])
def test_a_forest_fits_two_columns_of_a_journal_in_print_that_can_be_read(k, measure):
    shown = show_forest(pool(drawable(k, measure=measure, rob=["high"] * k)))
    (ax,) = shown.figure.axes
    assert shown.figure.get_figwidth() == pytest.approx(JOURNAL)
    sizes = [text.get_fontsize() for text in [*ax.texts, *ax.get_yticklabels(), *ax.get_xticklabels()]]
    assert min(sizes) >= SMALL
    assert len(squares(ax)[0]) == k
    assert collisions(ax) == []
    assert outside(ax) == []


def test_instruments_that_find_no_room_are_numbered_and_stand_whole_in_the_footer():
    long = ["Recovery Assessment Scale, revised and shortened", "Recovery Questionnaire", "Hope Scale"]
    ax = forest_plot(pool(drawable(4, instrument=[long[0], long[1], long[0], long[2]])), width=JOURNAL)
    texts = texts_of(ax)
    assert not any("…" in text for text in texts)
    assert [sum(f"measure {n}" in text for text in texts) for n in (1, 2, 3, 4)] == [2, 1, 1, 0]
    assert f"Measures: 1 {long[0]}; 2 {long[1]}; 3 {long[2]}." in " ".join(texts)
    assert collisions(ax) == []
    assert outside(ax) == []


def test_instruments_that_find_room_stand_in_their_rows():
    texts = texts_of(forest_plot(pool(drawable(4, instrument="Hope Scale")), width=JOURNAL))
    assert sum("Hope Scale" in text for text in texts) == 4
    assert not any("measure 1" in text or "Measures:" in text for text in texts)


def test_too_many_instruments_to_list_are_left_to_the_table():
    names = [f"A questionnaire on recovery of many words {i}" for i in range(17)]
    texts = texts_of(forest_plot(pool(drawable(17, instrument=names)), width=JOURNAL))
    assert not any("…" in text or "measure 1" in text for text in texts)
    assert any("What measured the outcome in each trial stands in the table" in text for text in texts)


def test_where_the_arms_figures_find_no_room_their_sizes_stay_and_the_footer_says_so():
    effects = drawable(4)
    effects.frame[["mean_intervention", "mean_comparator"]] = 123456.7
    effects.frame[["sd_intervention", "sd_comparator"]] = 98765.4
    ax = forest_plot(pool(effects), width=JOURNAL)
    texts = texts_of(ax)
    assert ax.get_figure().get_figwidth() == pytest.approx(JOURNAL)
    assert f"{effects.frame['n_intervention'].iloc[0]:.0f}" in texts
    assert not any("123456" in text for text in texts)
    assert any("results stand in the table" in text for text in texts)


@pytest.mark.parametrize("k", [1, 2, 3, 17, 60])
@pytest.mark.parametrize(("measure", "better"), [("SMD", "higher"), ("RR", "lower")])
def test_on_a_phone_every_trial_stands_above_its_interval_and_nothing_covers_anything(k, measure, better):
    pooled = pool(drawable(k, measure=measure, better=better, rob=["low", "high"] * (k // 2) + [""] * (k % 2)))
    ax = draw_narrow_forest(forest_data(pooled))
    assert ax.get_figure().get_figwidth() == pytest.approx(PHONE)
    labels = [text.get_text() for text in by_gid(ax, "label")]
    assert labels == list(pooled.effects.frame["label"])
    natural = np.exp if measure == "RR" else np.asarray
    places, _ = squares(ax)
    assert places == pytest.approx(np.column_stack([natural(pooled.effects.frame["yi"]), np.arange(k)[::-1]]))
    assert len(by_gid(ax, "diamond")) == (k >= 3)
    assert len(by_gid(ax, "effect")) == k
    assert min(text.get_fontsize() for text in ax.texts) >= SMALL
    assert collisions(ax) == []
    assert outside(ax) == []


def test_on_a_phone_the_diamond_and_the_bar_stand_at_the_numbers_of_the_pool():
    pooled = pool(drawable(7))
    ax = draw_narrow_forest(forest_data(pooled))
    (diamond,), (bar,) = by_gid(ax, "diamond"), by_gid(ax, "prediction interval")
    assert diamond.get_xy()[[0, 1, 2], 0] == pytest.approx([pooled.ci_lb, pooled.estimate, pooled.ci_ub])
    assert [bar.get_x(), bar.get_x() + bar.get_width()] == pytest.approx([pooled.pi_lb, pooled.pi_ub])


def test_a_cut_label_keeps_its_year():
    long = "van Gestel-Timmermans and Brouwers and others (2012)"
    ax = forest_plot(pool(drawable(3, label=[long, "A (2001)", "No year"])), width=JOURNAL)
    assert row_labels(ax)[0].endswith("… (2012)")
    assert row_labels(ax)[1:] == ["A (2001)", "No year"]
    assert outside(ax) == []


@pytest.mark.parametrize("size", [None, 9, 18])
@pytest.mark.parametrize("when", ["after", "before"])
def test_a_title_of_ones_own_takes_the_place_of_the_outcome_and_covers_nothing(when, size):
    look = {} if size is None else {"fontsize": size}
    ax = Figure(figsize=(15, 6)).add_subplot()
    if when == "before":
        ax.set_title("A title of my own", **look)
    forest_plot(pool(drawable(6)), ax=ax)
    if when == "after":
        ax.set_title("A title of my own", **look)
    ax.figure.draw_without_rendering()
    texts = texts_of(ax)
    assert "A title of my own" in texts
    assert "Sample outcome" not in texts
    (strip,) = [own for own in ax.child_axes if own.get_gid() == "time point"]
    (time,) = strip.texts
    assert time.get_text() == "longest usable follow-up"
    title, below = ax.title.get_window_extent(), time.get_window_extent()
    assert title.y0 >= below.y1 - 1
    assert below.y0 >= ax.get_window_extent().y1
    assert collisions(ax) == []


def test_the_outcome_is_the_title_of_the_axes_above_the_time_point():
    ax = forest_plot(pool(drawable(6)))
    ax.figure.draw_without_rendering()
    assert ax.get_title() == "Sample outcome"
    (strip,) = ax.child_axes
    gap = ax.title.get_window_extent().y0 - strip.texts[0].get_window_extent().y1
    assert 0 <= gap < 10
    assert outside(ax) == []


def test_a_title_on_a_plot_for_a_journal_covers_no_text():
    ax = forest_plot(pool(drawable(6)), width=JOURNAL)
    ax.set_title("My title")
    assert "My title" in texts_of(ax)
    assert collisions(ax) == [], "nor do the numbers of the axis"


@pytest.mark.parametrize(("yi", "least"), [([0.2, 0.21, 0.2, 0.19, 0.2], True), ([0.9, -0.5, 0.2, 0.6, -0.4], False)])
def test_under_a_prediction_interval_at_no_heterogeneity_stands_that_it_is_the_least(yi, least):
    pooled = pool(effects_of(yi, [0.02] * 5))
    assert (pooled.tau2 == 0) == least
    said = " ".join(texts_of(forest_plot(pooled)))
    assert ("at least so wide: heterogeneity was estimated as zero" in said) == least
    assert ("where the effect in a new trial is expected" in said) != least
