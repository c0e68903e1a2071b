"""Results that are not pooled stand by the direction that was reported, each once, the largest first, never counted."""

import re

import pytest

from builders.drawn_effects import by_gid, outside, texts_of
from builders.roots import means, sizes
from synthesis.answers.coverage import map_coverage, unpooled
from synthesis.effects import compute_effects
from synthesis.figures import directions_alt_text, show_directions
from synthesis.figures.directions.data import MOST_ROWS, Group, direction_groups, pages_of
from synthesis.figures.directions.draw import draw_directions
from synthesis.figures.parts.style import JOURNAL, PHONE, SMALL
from synthesis.tables.show import TextView

SAYS = {"favours_intervention": "▲", "no_difference": "=", "favours_comparator": "▼"}


def says(direction, trial, n=30, **cells):
    return {"trial": trial, "reported_direction": direction} | sizes(n, n) | cells


ROWS = [
    means(12, 3, 30, 9, 3, 30, trial="ash2001sample"),
    says("favours_intervention", "birch2002sample", 40),
    says("no_difference", "cedar2003sample", 100),
    says("favours_comparator", "damson2004sample", 10),
    {"trial": "elm2005sample"},
    {"trial": "fir2006sample", "p_value": 0.2} | sizes(20, 20),
]


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    from builders.roots import build_evidence

    return compute_effects(build_evidence(tmp_path_factory.mktemp("root"), ROWS), "recovery")


def test_each_result_has_its_sign_and_the_largest_stands_first(effects):
    (group,) = direction_groups([effects])
    assert [(row.trial[:3], row.sign) for row in group.rows] == [
        ("ced", "="), ("bir", "▲"), ("ash", "●"), ("fir", "?"), ("dam", "▼"), ("elm", "–"),
    ]  # fmt: skip
    words = {row.trial[:3]: row.words for row in group.rows}
    assert words["ced"] == "reported no significant difference"
    assert words["bir"] == "reported in favour of peer support"
    assert words["elm"] == "no result given"
    assert words["fir"] == "direction not stated; numbers not usable"
    assert words["ash"].startswith("SMD 0.99 [")


def test_a_turned_scale_turns_what_was_reported(small):
    rows = [says("favours_intervention", "ash2001sample", instrument="Distress Scale")]
    (group,) = direction_groups([compute_effects(small(rows), "recovery")])
    assert [row.sign for row in group.rows] == ["▲"], "whom a report favours does not hang on its scale's direction"


def test_where_enough_trials_are_pooled_only_the_others_stand_here(small):
    pooled = [means(12, 3, 30, 9, 3, 30, trial=f"oak{2001 + i}sample") for i in range(3)]
    (group,) = direction_groups([compute_effects(small([*pooled, *ROWS[1:2]]), "recovery")])
    assert [row.trial for row in group.rows] == ["birch2002sample"]
    assert isinstance(show_directions([compute_effects(small(pooled), "recovery")]), TextView)


def test_another_result_of_a_pooled_comparison_is_no_further_evidence(small):
    rows = [means(12, 3, 30, 9, 3, 30), means(11, 3, 30, 9, 3, 30, timepoint_months=3)]
    (group,) = direction_groups([compute_effects(small(rows), "recovery")])
    assert [row.sign for row in group.rows] == ["●"]


@pytest.mark.parametrize("narrow", [False, True])
def test_every_result_is_drawn_with_its_sign_and_its_words(effects, narrow):
    groups = direction_groups([effects])
    ax = draw_directions(groups, narrow=narrow)
    texts = " ".join(texts_of(ax))
    for row in groups[0].rows:
        assert row.label in texts
        assert all(word in texts for word in row.words.split())
        assert [sign.get_text() for sign in by_gid(ax, f"sign {row.code}")] == [row.sign]
    assert outside(ax) == []
    assert min(text.get_fontsize() for text in ax.texts) >= SMALL
    assert ax.get_figure().get_figwidth() == pytest.approx(PHONE if narrow else JOURNAL, abs=0.11)


def test_nothing_counts_directions(effects):
    shown = show_directions([effects]).figures[0]
    said = " ".join([shown.alt, shown.caption, *shown.table["Reported"]])
    assert not re.search(r"\d+ (of \d+ )?(trials?|results?) (favour|found|report)", said)
    assert "not votes" in shown.caption
    assert "significant difference in" in shown.alt


def test_words_and_table_hold_every_result(effects):
    shown = show_directions([effects]).figures[0]
    assert shown.alt == directions_alt_text([effects])
    for row in direction_groups([effects])[0].rows:
        assert f"{row.words} in {row.label}" in shown.alt
    assert list(shown.table["People"]) == ["200", "80", "60", "40", "20", "–"]


@pytest.mark.parametrize("n", [1, 39, 40, 41, 97])
def test_a_page_has_at_most_forty_rows_and_none_is_lost(effects, n):
    row = direction_groups([effects])[0].rows[0]
    pages = pages_of([Group("One", (row,) * 38), Group("Two", (row,) * n)])
    rows = [sum(len(group.rows) for group in page) for page in pages]
    assert sum(rows) == 38 + n
    assert max(rows) <= MOST_ROWS
    continued = [group.continued for page in pages for group in page if group.heading == "Two"]
    assert continued == [False] + [True] * (len(continued) - 1)


def test_outcomes_without_a_pool_are_those_with_too_few_trials(small):
    pooled = [means(12, 3, 30, 9, 3, 30, trial=f"oak{2001 + i}sample") for i in range(3)]
    symptoms = [says("no_difference", "oak2001sample", outcome="symptoms")]
    found = unpooled(map_coverage(small([*pooled, *symptoms])))
    assert [effects.outcome for effects in found] == ["symptoms"]
