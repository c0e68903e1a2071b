"""What a notebook shows: real table headers, captions, everything escaped; nothing empty pretends to be a table."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from builders.pages import Page
from synthesis.answers.overview import summarise
from synthesis.tables.show import FindingsView, show_findings, show_list, show_table, show_text, table_html

HOSTILE = '<script>alert("x")</script> & "quoted"'


@pytest.fixture
def frame():
    return pd.DataFrame({"Trial": ["A", HOSTILE], "n": ["1,000", "12"], "note": ["", "two words"], "x": [1.5, np.nan]})


def test_a_table_has_a_caption_column_heads_and_row_heads(frame):
    page = Page(table_html(frame, "Pooled trials"))
    assert [a["scope"] for a in page.attributes("th")] == ["col"] * 4 + ["row"] * 2
    assert len(page.all("caption")) == 1
    assert "Pooled trials" in page.texts
    assert len(page.all("td")) == 6


def test_every_cell_header_and_caption_is_text_whatever_it_holds(frame):
    html = table_html(frame.rename(columns={"note": HOSTILE}), HOSTILE)
    page = Page(html)
    assert not page.all("script")
    assert page.texts.count(HOSTILE) == 3
    assert page.attributes("div")[0]["aria-label"] == HOSTILE


def test_columns_of_numbers_stand_to_the_right_and_missing_ones_are_empty(frame):
    page = Page(table_html(frame, "Caption"))
    numeric = [a.get("class") for a in page.attributes("th")[:4]]
    assert numeric == [None, "number", None, "number"]
    assert "nan" not in page.texts


def test_a_wide_table_scrolls_by_itself_and_can_be_reached_by_keyboard(frame):
    region = Page(table_html(frame, "Caption")).attributes("div")[0]
    assert (region["role"], region["tabindex"], region["aria-label"]) == ("region", "0", "Caption")


def test_an_empty_table_is_a_sentence():
    html = table_html(pd.DataFrame({"a": []}), "Doubts & decisions")
    assert "<table" not in html
    assert "Doubts &amp; decisions: none." in html
    assert "<details" not in show_table(pd.DataFrame(), "Doubts")._repr_html_()


def test_a_folded_table_opens_from_a_line_that_counts_its_rows(frame):
    html = show_table(frame, HOSTILE, folded=True)._repr_html_()
    page = Page(html)
    assert page.tags[:2] == ["details", "summary"]
    assert "(2 rows)" in "".join(page.texts)
    assert "(1 row)" in show_table(frame.iloc[:1], "One", folded=True)._repr_html_()
    assert "<script" not in html


def test_a_table_without_a_browser_is_text(frame):
    text = repr(show_table(frame, "Pooled trials"))
    assert text.startswith("Pooled trials\n")
    assert "1,000" in text


def test_sentences_are_paragraphs_or_a_list_and_empty_ones_are_left_out():
    assert Page(show_text("One.", "", HOSTILE)._repr_html_()).texts == ["One.", HOSTILE]
    listed = Page(show_list(["One.", "", "Two."])._repr_html_())
    assert listed.tags == ["ul", "li", "li"]
    assert repr(show_list(["One.", "Two."])) == "- One.\n- Two."
    assert repr(show_text("One.", "Two.")) == "One.\nTwo."


def test_each_finding_is_a_section_with_how_sure_and_why(evidence):
    overview = summarise(evidence, outcomes=["recovery", "hope"], permutations=20)
    page = Page(show_findings(overview)._repr_html_())
    assert len(page.all("section")) == 2
    assert [text for text in page.texts if text in ("Personal recovery", "Hope")] == ["Personal recovery", "Hope"]
    assert page.texts.count("How sure, and why") == 2
    assert page.texts.count("Fidelity.") == 2
    bare = replace(overview.answers["hope"].finding, fidelity="")
    assert "Fidelity" not in FindingsView((bare,))._repr_html_()
    plain = repr(show_findings(overview))
    assert re.search(r"^Personal recovery: 5 trials", plain)
    assert "nan" not in plain
