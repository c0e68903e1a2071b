"""The flow diagram is drawn of counts that add up, with every line of every box, and says when it was no search."""

import pytest
from bs4 import BeautifulSoup

from builders.drawn_effects import by_gid, outside, texts_of
from builders.flows import BOTH, changed, searched
from synthesis.answers.coverage import map_coverage
from synthesis.errors import NotEstimableError, SynthesisError
from synthesis.evidence.vocabulary import FLOW_COUNTS
from synthesis.figures import flow_alt_text, flow_diagram, show_flow
from synthesis.figures.flow.data import _ARMS, _NEW, _PREVIOUS, _TOTAL, NOT_SYSTEMATIC, flow_data
from synthesis.figures.flow.draw import draw_flow
from synthesis.figures.parts.style import JOURNAL, PHONE
from synthesis.tables.show import TextView

ELSEWHERE = [row if row[0] not in ("database_results", "register_results") else (*row[:2], 0) for row in BOTH]
NO_DATABASES = [
    ("database_results", "", 0), ("register_results", "", 0), ("records_screened", "", 0),
    ("citations_results", "", 206), ("other_sought_reports", "", 206), ("other_notretrieved_reports", "", 41),
    ("other_assessed", "", 165), ("other_excluded", "No peers", 60), ("other_excluded", "Not randomised", 8),
    ("new_studies", "", 97), ("new_reports", "", 111),
]  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return searched(tmp_path_factory.mktemp("both"))


def numbers_in(items):
    return [item.text for item in items] + [text for item in items for text in numbers_in(item.items)]


def boxes_of(data):
    return {box.heading: box for box in data.boxes}


def test_every_count_of_the_contract_has_a_box():
    planned = [box for stages in _ARMS.values() for stage in stages for box in stage[1:] if box]
    drawn = {code for box in [*planned, _PREVIOUS, _NEW, _TOTAL] for code in box.counts}
    assert set(FLOW_COUNTS) - drawn == {"total_poolable"}, "which is computed and not taken from the file"


@pytest.mark.parametrize("narrow", [False, True])
def test_every_row_of_the_file_is_a_line_with_its_number(both, narrow):
    ax = draw_flow(flow_data(both), narrow=narrow)
    texts = " ".join(texts_of(ax))
    for _, description, n in BOTH:
        assert str(n) in texts
        assert all(word in texts for word in description.split())
    assert outside(ax) == []
    assert ax.get_figure().get_figwidth() == pytest.approx(PHONE if narrow else JOURNAL, abs=0.1)


def test_a_box_heads_its_lines_with_their_sum_and_parts_are_not_added_twice(both):
    data = flow_data(both)
    (databases, other) = data.arms
    found, screened = databases.stages[0], databases.stages[1]
    assert found.box.total == 110, "of these 60 and 40 are parts of the 100"
    assert found.aside.total == 30
    assert screened.box.total == 80
    assert [stage.aside.total for stage in databases.stages[1:]] == [40, 5, 20]
    assert [stage.box.total for stage in other.stages] == [12, 10, 9]


def test_studies_and_reports_stand_in_one_box_and_are_not_added(both):
    box = boxes_of(flow_data(both))["Included"]
    assert [(line.words, line.n) for line in box.lines] == [("Studies", 18), ("Reports", 20)]
    assert box.total != box.total


def test_an_earlier_version_is_drawn_where_there_was_one(both, tmp_path):
    assert {"In an earlier version", "Included in all"} <= set(boxes_of(flow_data(both)))
    first = searched(tmp_path, NO_DATABASES)
    assert not {"In an earlier version", "Included in all"} & set(boxes_of(flow_data(first)))


def test_an_arm_without_anything_is_a_sentence_and_the_search_is_called_what_it_is(tmp_path, both):
    data = flow_data(searched(tmp_path, NO_DATABASES))
    assert [arm.heading for arm in data.arms] == ["Other methods"]
    assert data.notes == (NOT_SYSTEMATIC, "Databases and registers: nothing was found or counted there.")
    assert NOT_SYSTEMATIC in flow_alt_text(searched(tmp_path / "again", NO_DATABASES))
    assert flow_data(both).notes == ()


def test_without_a_row_for_databases_it_is_no_systematic_search_either(tmp_path):
    rows = [row for row in NO_DATABASES if row[0].startswith(("citations", "other", "new"))]
    assert flow_data(searched(tmp_path, rows)).notes == (NOT_SYSTEMATIC,)


@pytest.mark.parametrize(
    ("name", "n", "place"),
    [("records_screened", 95, 9), ("dbr_assessed", 36, 13), ("other_assessed", 10, 19), ("total_studies", 20, 23)],
)
def test_a_flow_that_does_not_add_up_is_not_drawn_and_says_where(tmp_path, name, n, place):
    evidence = searched(tmp_path, changed(name, n))
    with pytest.raises(SynthesisError, match=rf"{name} is {n} in row {place} of .*search_flow\.csv"):
        flow_diagram(evidence)
    shown = show_flow(evidence)
    assert isinstance(shown, TextView)
    assert f"row {place}" in shown._repr_html_()
    assert "<figure" not in shown._repr_html_()


def test_parts_beyond_their_whole_do_not_add_up(tmp_path):
    with pytest.raises(SynthesisError, match="database_specific_results is 105"):
        flow_data(searched(tmp_path, changed("database_specific_results", 65)))


def test_a_number_not_entered_is_said_and_nothing_is_reckoned_with_it(tmp_path):
    evidence = searched(tmp_path, changed("records_screened", None))
    assert "not counted" in flow_alt_text(evidence)


def test_without_any_count_there_is_no_diagram(small):
    evidence = small([])
    with pytest.raises(NotEstimableError, match=r"search_flow\.csv"):
        flow_diagram(evidence)
    assert isinstance(show_flow(evidence), TextView)


def test_what_is_pooled_is_computed_and_not_taken_from_the_file(both):
    data = flow_data(both, map_coverage(both))
    entered, pooled = data.included[-2:]
    assert [line.n for line in entered.lines] == [3, 3, 3]  # entered, usable, in a pool
    assert [(line.words, line.n) for line in pooled.lines] == [("Personal recovery, trials", 3)]


def test_outcomes_with_too_few_trials_are_named_and_not_called_pooled(tmp_path):
    evidence = searched(tmp_path, trials=2)
    data = flow_data(evidence, map_coverage(evidence))
    (line,) = data.pooled.lines
    assert [line.n for line in data.included[-2].lines] == [2, 2]  # none is in a pool
    assert line.n == 2
    assert "fewer than 3" in line.words
    assert line.words.endswith("Personal recovery")


def test_picture_words_and_list_hold_the_same_numbers(both):
    shown = show_flow(both, map_coverage(both))
    page = BeautifulSoup(shown.to_html(), "html.parser")
    assert [len(page.find_all(tag)) for tag in ("figure", "picture", "source", "img", "table")] == [1, 1, 1, 1, 0]
    listed = [item.get_text() for item in page.find_all("li")]
    assert page.find("li").find("ul"), "the list is nested"
    for box in flow_data(both, map_coverage(both)).boxes:
        for line in box.lines:
            entry = f"{line.words} {line.n:.0f}"
            assert entry in listed
            assert entry in shown.alt


def test_what_leaves_is_told_by_its_place_and_ground_and_arrows_lead_to_it(both):
    ax = flow_diagram(both)
    asides = by_gid(ax, "aside")
    assert len(asides) == 6
    mains = list(by_gid(ax, "box"))
    heads = [tuple(arrow.get_xydata()[-1]) for arrow in by_gid(ax, "arrow")]
    assert sum(any(x == pytest.approx(box.get_x()) for box in asides) for x, _ in heads) == 6
    assert len(mains) == 4 + 3 + 3
