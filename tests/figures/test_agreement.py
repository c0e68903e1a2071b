"""The agreement figure shows each coefficient with its interval, and says which are not defined."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from builders.drawn_effects import by_gid, collisions, outside, texts_of
from builders.figures import CODEBOOK
from synthesis import tables
from synthesis.answers.agreement import agreement_of_frame
from synthesis.errors import SynthesisError
from synthesis.figures import agreement_alt_text, agreement_plot, agreement_table, show_agreement
from synthesis.figures.agreement.data import agreement_data


@pytest.fixture(scope="module")
def agreement():
    """Two coders: some disagreement, one component with a single category, one that nobody rated twice."""
    rng = np.random.default_rng(3)
    rows = []
    for i in range(20):
        first = int(rng.integers(0, 3))
        second = first if rng.random() < 0.8 else (first + 1) % 3
        for component, pair in {
            "disclosed": (first, second),
            "sharing": (2, 2),
            "modelling": (second, first),
            "linkage": (1 if i == 0 else np.nan, np.nan),
            "training": (first, first),
        }.items():
            rows += [(f"trial{i}", "peer", component, f"coder-{c + 1}", rating) for c, rating in enumerate(pair)]
    frame = pd.DataFrame(rows, columns=["trial", "arm", "component", "coder", "rating"])
    known = CODEBOOK.components.set_index("component")
    found = agreement_of_frame(frame, list(known.index))
    return replace(found, labels=known["label"].to_dict(), mechanisms=known["mechanism"].to_dict())


def test_marks_and_lines_stand_at_the_coefficients_and_their_intervals(agreement):
    ax = agreement_plot(agreement)
    rows = agreement_data(agreement).rows
    expected = [
        (row.entry["gwet_ac2"], len(rows) - 1 - i)
        for i, row in enumerate(rows)
        if row.entry is not None and np.isfinite(row.entry["gwet_ac2"])
    ]
    marks = [
        mark
        for mark in by_gid(ax, "gwet_ac2")
        if mark.get_ydata()[0] == pytest.approx(round(mark.get_ydata()[0]), abs=0.3)
    ]
    drawn = sorted((m.get_xdata()[0], round(m.get_ydata()[0])) for m in marks if m.get_transform() == ax.transData)
    assert np.array(drawn) == pytest.approx(np.array(sorted(expected)))
    entry = agreement.components.iloc[0]
    ends = [tuple(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]
    assert (entry["gwet_ac2_ci_lb"], entry["gwet_ac2_ci_ub"]) in ends
    assert (entry["krippendorff_alpha_ci_lb"], entry["krippendorff_alpha_ci_ub"]) in ends


def test_the_second_panel_answers_whether_there_was_anything_to_rate(agreement):
    ax = agreement_plot(agreement)
    second = ax.figure.axes[-1]
    assert second is not ax
    values = [m.get_xdata()[0] for m in by_gid(second, "reporting_gwet_ac1") if m.get_transform() == second.transData]
    assert sorted(values) == pytest.approx(
        sorted([*agreement.components["reporting_gwet_ac1"].dropna(), agreement.overall["reporting_gwet_ac1"]])
    )


def test_undefined_coefficients_are_named_in_their_rows(agreement):
    ax = agreement_plot(agreement)
    rows = [row.label for row in agreement_data(agreement).rows]
    said = {
        rows[len(rows) - 1 - int(text.get_position()[1])]: text.get_text()
        for text in ax.texts
        if "not defined" in text.get_text()
    }
    assert said == {
        "Sharing of personal story in contacts": "Alpha and weighted kappa not defined",
        "Linkage": "AC2, alpha and weighted kappa not defined",
    }


def test_rows_follow_the_codebook_under_their_mechanisms_with_the_whole_last(agreement):
    labels = [row.label for row in agreement_data(agreement).rows]
    assert labels == [
        *("Trust", "Disclosed experience", "Sharing of personal story in contacts", "Role-modelling", "Modelling"),
        *("Bridging", "Linkage", "Enabling conditions", "Training", "All components"),
    ]


def test_percentages_and_counts_stand_beside_the_panels(agreement):
    texts = texts_of(agreement_plot(agreement))
    entry = agreement.components.iloc[0]
    assert texts.count(f"{entry['percent']:.0f}%") >= 1
    assert texts.count("20") >= 4
    assert texts.count("n") == 2


def test_nothing_covers_anything_and_axes_too_narrow_are_refused(agreement):
    ax = agreement_plot(agreement)
    assert collisions(ax) == []
    assert outside(ax) == []
    with pytest.raises(SynthesisError, match="Give wider axes"):
        agreement_plot(agreement, ax=Figure(figsize=(6, 4)).subplots())


def test_intervals_beyond_the_axis_have_arrows(agreement):
    few = agreement.components.assign(
        krippendorff_alpha=0.1, krippendorff_alpha_ci_lb=-0.95, krippendorff_alpha_ci_ub=0.9
    )
    shown = replace(agreement, components=few)
    ax = agreement_plot(shown)
    assert len(by_gid(ax, "clipped left")) == len(few)
    assert all(arrow.get_xdata()[0] == ax.get_xlim()[0] for arrow in by_gid(ax, "clipped left"))


def test_the_table_holds_every_coefficient_with_its_interval_and_why_one_is_missing(agreement):
    table = agreement_table(agreement).set_index("Component")
    entry = agreement.components.iloc[0]
    assert table.loc["Disclosed experience", "AC2"] == (
        f"{entry['gwet_ac2']:.2f} [{entry['gwet_ac2_ci_lb']:.2f}, {entry['gwet_ac2_ci_ub']:.2f}]"
    )
    assert table.loc["Sharing of personal story in contacts", "Alpha"] == "not defined"
    assert "one category" in table.loc["Sharing of personal story in contacts", "Notes"]
    assert table.index[-1] == "All components"


def test_the_alt_text_names_the_whole_the_lowest_and_the_undefined(agreement):
    text = agreement_alt_text(agreement)
    assert text.startswith("Agreement of 2 coders on 5 components.")
    assert f"agree on {agreement.overall['percent']:.0f}% of {agreement.overall['n']} ratings" in text
    assert f"AC2 {agreement.overall['gwet_ac2']:.2f}" in text
    lowest = agreement.components.set_index("component")["gwet_ac2"].idxmin()
    assert {"disclosed": "disclosed experience", "modelling": "modelling"}[lowest] in text
    assert "Alpha is not defined for sharing of personal story in contacts and linkage." in text


def test_the_table_beneath_the_figure_is_the_table_of_agreement(agreement):
    assert show_agreement(agreement).table.equals(tables.agreement_table(agreement))
    assert agreement_table is tables.agreement_table


def test_a_component_that_the_codebook_does_not_have_stands_under_its_key(agreement):
    shown = replace(agreement, labels={}, mechanisms={})
    assert [row.label for row in agreement_data(shown).rows][:2] == ["Not in the codebook", "disclosed"]
    assert agreement_table(shown)["Component"].iloc[0] == "disclosed"
