"""Checklists locate what is there and say "not done" of what is not; every place exists on its page."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from builders.flows import BOTH, changed, flow_rows, searched
from builders.roots import build_evidence, means
from synthesis.answers.coverage import map_coverage
from synthesis.errors import DataError
from synthesis.evidence import load_evidence
from synthesis.evidence.new_review import new_review
from synthesis.markup import anchor
from synthesis.tables import prisma_checklist, prisma_s_checklist, prisma_s_table, prisma_table, show_table
from synthesis.tables.checklists.facts import RULES
from synthesis.tables.checklists.prisma import CERTAIN, EXPLAINED, FOOT, FRAGILE, INDEX, ITEMS, POOLED, TRIALS

ROOT = Path(__file__).parents[2]
NOTEBOOK = {
    TRIALS: "01_evidence",
    POOLED: "02_pooled_effect",
    EXPLAINED: "05_hypotheses",
    FRAGILE: "06_fragility",
    CERTAIN: "07_summary_of_findings",
}
PLACES = [(item.number, place) for item in ITEMS for place in item.places]
SEARCH = {"source": "MEDLINE", "kind": "database", "platform": "Ovid", "date": "2026-01-05", "strategy": "peer*"} | {
    "limits": "none", "filter": "none", "reused_from": "none", "n": 100,
}  # fmt: skip


def answered(evidence):
    return prisma_checklist(evidence, map_coverage(evidence)).set_index("item")


def headings_of(notebook):
    cells = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    lines = [line for cell in cells if cell["cell_type"] == "markdown" for line in "".join(cell["source"]).splitlines()]
    return [line.removeprefix("## ") for line in lines if line.startswith("## ")]


def test_the_statement_has_27_items_in_42_rows_each_once():
    numbers = [item.number for item in ITEMS]
    assert len(numbers) == len(set(numbers)) == 42
    assert {int(number.rstrip("abcdef")) for number in numbers} == set(range(1, 28))
    several = {n: sum(number.rstrip("abcdef") == str(n) for number in numbers) for n in (10, 13, 16, 20, 23, 24)}
    assert several == {10: 2, 13: 6, 16: 2, 20: 4, 23: 4, 24: 3}


def test_the_search_checklist_has_16_items(evidence):
    assert list(prisma_s_checklist(evidence)["item"]) == list(range(1, 17))


@pytest.mark.parametrize(("number", "place"), PLACES, ids=[f"{number} {place.heading}" for number, place in PLACES])
def test_every_place_is_a_heading_of_its_page(number, place):
    assert place.needs in RULES
    if place.page is FOOT or not place.heading:
        return
    if place.page is INDEX:
        template = (ROOT / "synthesis/reports/templates/index.html.j2").read_text(encoding="utf-8")
        assert f'id="{place.anchor}"' in template, number
        return
    assert place.heading in headings_of(NOTEBOOK[place.page]), number
    assert place.anchor == anchor(place.heading)
    assert not place.page.address or f"{NOTEBOOK[place.page]}.html" in place.page.address


def test_an_empty_root_has_almost_nothing_done(tmp_path):
    evidence = load_evidence(new_review(tmp_path / "root").folder)
    status = answered(evidence)["status"]
    assert status[["1", "6", "7", "11", "13e", "16a", "18", "20b", "22", "24a"]].eq("not done").all()
    assert prisma_s_checklist(evidence)["status"].eq("not done").all()


def test_a_flow_is_located_only_where_it_adds_up(tmp_path):
    assert answered(searched(tmp_path / "fair"))["status"]["16a"] == "done"
    assert answered(searched(tmp_path / "wrong", changed("records_screened", 95)))["status"]["16a"] == "not done"


def test_pools_and_judgements_are_located_only_where_there_are_any(tmp_path):
    three = [means(10 + i, 3, 30, 9, 3, 30, trial=f"oak{2001 + i}sample") for i in range(3)]
    pooled = answered(build_evidence(tmp_path / "three", three))["status"]
    assert pooled[["12", "13d", "19", "20b", "20d"]].eq("done").all()
    assert pooled[["11", "18"]].eq("not done").all()
    two = build_evidence(tmp_path / "two", three[:2], bias={"oak2001sample": "high"})
    assert answered(two)["status"][["12", "20b", "20d"]].eq("not done").all()
    assert answered(two)["status"][["18"]].eq("done").all()


PERSON = {"reviewer": "A. Reader", "role": "rates"}


@pytest.mark.parametrize(
    ("people", "support", "interests"),
    [
        ([], ("not done", "nobody has signed yet"), ("not done", "nobody has signed yet")),
        ([PERSON], ("not done", "no funding entered"), ("not done", "no interests entered")),
        ([PERSON | {"funding": "a grant", "interests": "none"}], ("in part", ""), ("done", "")),
        (
            [PERSON | {"interests": "none"}, PERSON | {"reviewer": "B"}],
            ("not done", "no funding entered"),
            ("in part", ""),
        ),
    ],
    ids=["nobody", "nothing entered", "all entered", "one of two"],
)
def test_support_and_interests_are_those_of_who_signed(tmp_path, people, support, interests):
    evidence = build_evidence(tmp_path, [means(10, 3, 30, 9, 3, 30)], lists={"reviewers": people})
    rows = answered(evidence)
    assert tuple(rows.loc["25", ["status", "lacks"]]) == support
    assert tuple(rows.loc["26", ["status", "lacks"]]) == interests
    assert rows.loc["25":"26", "heading"].eq("Who has rated").all()
    table = prisma_table(evidence, map_coverage(evidence)).set_index("Item")
    assert table.loc["25", "Answer"] == ": ".join(filter(None, support))
    assert table.loc["26", "Where"].address.endswith("07_summary_of_findings.html#who-has-rated")


def search(folder, *rows, flow=()):
    lists = {"searches": rows, "search_flow": flow_rows(flow)}
    found = prisma_s_checklist(build_evidence(folder, [means(10, 3, 30, 9, 3, 30)], lists=lists)).set_index("item")
    return {item: (row.status, row.recorded) for item, row in found.iterrows()}


def test_searches_answer_their_items(tmp_path):
    rows = [SEARCH, SEARCH | {"source": "Embase"}, SEARCH | {"date": "2026-06-01", "n": 20}]
    rows += [{"source": "ISRCTN", "kind": "registry"}]
    found = search(tmp_path, *rows, flow=BOTH)
    assert found[1] == ("done", "MEDLINE (Ovid) and Embase (Ovid)")
    assert found[2] == ("done", "MEDLINE and Embase (Ovid)")
    assert found[3] == ("done", "ISRCTN")
    assert found[4] == ("not done", "")
    assert found[8] == ("in part", "3 of 4 searches")
    assert found[12] == ("done", "MEDLINE: 2026-01-05 and 2026-06-01")
    assert found[14] == ("not done", "")
    assert found[15] == ("in part", "220 records found; 80 screened")
    assert found[16] == ("in part", "30 duplicates removed")


def test_one_complete_search_is_done_and_nothing_was_updated(tmp_path):
    found = search(tmp_path, SEARCH)
    assert [found[item][0] for item in (1, 8, 9, 10, 11, 13, 15)] == ["done"] * 7
    assert [found[item][0] for item in (2, 12, 16)] == ["not done"] * 3


@pytest.mark.parametrize(("column", "value"), [("kind", "guess"), ("date", "5 January"), ("n", "-1")])
def test_a_search_that_breaks_the_contract_is_refused_where_it_stands(tmp_path, column, value):
    with pytest.raises(DataError, match=rf"searches\.csv.*row 2.*{column}"):
        search(tmp_path, SEARCH | {column: value})


def test_the_shown_checklist_links_to_its_places_and_keeps_what_is_typed_as_text(evidence):
    coverage = map_coverage(evidence)
    page = BeautifulSoup(show_table(prisma_table(evidence, coverage), "Checklist")._repr_html_(), "html.parser")
    rows = prisma_checklist(evidence, coverage)
    links = [link["href"] for link in page.find_all("a")]
    located = rows[rows["page"].ne("") & rows["page"].ne(FOOT.title)]
    assert len(links) == len(located)
    assert all(link.startswith("../") for link in links)
    assert len(page.find_all("tr")) == 43
    assert len(prisma_s_table(evidence)) == 16
