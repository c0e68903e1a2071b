"""The picture of the ladder of silence says what its table says, and nothing below ten trials."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from builders.drawn_effects import by_gid, collisions, outside, texts_of
from builders.planted_slopes import planted
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.silence import joint_silence_ladder, silence_ladder
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.figures import show_silence
from synthesis.figures.parts.show import ShownFigure
from synthesis.figures.silence import draw_silence, ladder_rows, silence_alt_text
from synthesis.tables.show import TextView
from synthesis.wording import interval, number


def ladder_of(small, k=12, **options):
    parts = planted(k, slope=1.0, silent=0.3, **options)
    evidence = small(**parts)
    return silence_ladder(compute_effects(evidence, "recovery"), score_fidelity(evidence))


@pytest.fixture(scope="module")
def ladder(small):
    return ladder_of(small)


@pytest.fixture
def ax(ladder):
    figure = draw_silence(ladder_rows(ladder), ladder)
    yield figure.axes[0]
    plt.close(figure)


def test_every_row_is_drawn_at_its_change_from_end_to_end(ladder, ax):
    rows = ladder_rows(ladder).dropna(subset=["change"])
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() == "None"]
    ends = [tuple(line.get_xdata()) for line in lines if line.get_ydata()[0] == line.get_ydata()[1]]
    assert np.array(ends) == pytest.approx(rows[["lower", "upper"]].to_numpy())
    points = [line.get_xdata()[0] for line in ax.lines if line.get_marker() in ("D", "s", "o")]
    assert points == pytest.approx(rows["change"].tolist())
    span = ladder.table["most"] - ladder.table["least"]
    assert rows["change"].tolist() == pytest.approx((span * ladder.table["slope"]).dropna().tolist())


def test_the_first_plan_and_the_amendment_have_marks_of_their_own(ax):
    marks = [line.get_marker() for line in ax.lines if line.get_marker() in ("D", "s", "o")]
    assert marks[:2] == ["D", "s"]
    assert set(marks[2:]) == {"o"}


def test_where_silence_may_mean_anything_a_band_stands_in_the_place_of_a_number(ladder, ax):
    assert len(by_gid(ax, "no bound")) == 1
    assert "no bound" in texts_of(ax)
    assert ladder_rows(ladder).iloc[-1]["text"] == "no bound"


def test_texts_are_those_of_the_table_and_none_covers_another(ladder, ax):
    texts = texts_of(ax)
    for row in ladder_rows(ladder).dropna(subset=["change"]).itertuples():
        assert f"{number(row.change, signed=True)} ({interval(row.lower, row.upper)})" in texts
    shown = ladder.shown()["Least to most faithful trial (95% CI)"]
    assert ladder_rows(ladder)["text"].iloc[:-1].tolist() == shown.iloc[:-1].tolist()
    assert collisions(ax) == []
    assert outside(ax) == []


def test_the_alternative_text_says_every_row(ladder):
    rows = ladder_rows(ladder)
    said = silence_alt_text(rows, "Caption")
    for row in rows.dropna(subset=["change"]).itertuples():
        change = f"{number(row.change, signed=True)} ({interval(row.lower, row.upper)})"
        assert f"{row.label} ({row.plan}) {change}" in said or f"{row.label} {change}" in said
    assert "silence may mean anything in each report: no bound" in said
    assert "nan" not in said


def test_the_shown_figure_carries_its_table_and_its_words(ladder):
    shown = show_silence(ladder)
    assert isinstance(shown, ShownFigure)
    html = shown._repr_html_()
    for text in ladder.shown()["Least to most faithful trial (95% CI)"].iloc[:-1]:
        assert text in html


@pytest.mark.parametrize("nothing", [True, False])
def test_with_fewer_than_ten_trials_a_sentence_stands_in_the_place_of_a_picture(small, nothing):
    shown = show_silence(None if nothing else ladder_of(small, 9))
    assert isinstance(shown, TextView)
    said = str(shown) + shown._repr_html_()
    assert "fewer than ten trials" in said
    assert not any(letter.isdigit() for letter in said.split("style")[0])
    if not nothing:
        with pytest.raises(NotEstimableError, match="fewer than ten"):
            ladder_rows(ladder_of(small, 9))


def test_a_reading_of_fewer_than_ten_trials_keeps_its_row_without_a_mark(small):
    parts = planted(12, slope=1.0, silent=0.3)
    for rated in list(parts["ratings"].values())[:4]:
        rated["peer"] = dict.fromkeys(rated["peer"])
    evidence = small(**parts)
    ladder = silence_ladder(compute_effects(evidence, "recovery"), score_fidelity(evidence))
    rows = ladder_rows(ladder)
    assert rows.iloc[0]["text"] == "fewer than ten trials"
    assert np.isnan(rows.iloc[0]["change"])
    assert np.isfinite(rows.iloc[1]["change"])
    assert "only what reports describe: fewer than ten trials" in silence_alt_text(rows, "Caption")


def test_the_model_of_all_outcomes_is_drawn_too(small):
    evidence = small(**planted(12, slope=1.0, silent=0.3, outcomes=("recovery", "symptoms")))
    ladder = joint_silence_ladder(evidence)
    figure = draw_silence(ladder_rows(ladder), ladder)
    assert any("all outcomes" in text.lower() for text in texts_of(figure.axes[0]))
    assert outside(figure.axes[0]) == []
    plt.close(figure)
