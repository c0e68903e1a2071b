"""What nobody has rated is said once: a dash in the summary, no column in a profile; what people rated is shown."""

import re

import pandas as pd
import pytest

from builders.rated import four_trials, rated, rating, review
from synthesis.answers.grading.grade import NOT_RATED
from synthesis.answers.grading.summary import summarise_findings
from synthesis.markup import Sign, table_html
from synthesis.reports.documents.blocks import Table
from synthesis.tables import profile_tables, summary_table, unpooled_table
from synthesis.tables.certainty import UNRATED


def trials_on_two():
    return [*four_trials(), *four_trials(outcome="symptoms")]


@pytest.fixture(scope="module")
def unrated(tmp_path_factory):
    return summarise_findings(review(tmp_path_factory.mktemp("unrated"), trials_on_two()))


@pytest.fixture(scope="module")
def one_rated(tmp_path_factory):
    grade = rated("low", "important_effect", {"imprecision": -1})
    return summarise_findings(review(tmp_path_factory.mktemp("rated"), trials_on_two(), grade=grade))


def test_nothing_rated_is_a_dash_with_words_and_a_sentence(unrated):
    for table in (summary_table(unrated), unpooled_table(unrated)):
        assert set(table["Certainty"]) == {UNRATED}
        html = table_html(table, "Findings")
        assert re.sub("<[^>]*>", " ", html).count(NOT_RATED) == 0
        assert html.count(f'aria-label="{NOT_RATED}"') == len(table)
        assert {row[table.columns.get_loc("Certainty")] for row in Table.of(table, "Findings").rows} == {"–"}
    assert sum("a dash stands where a certainty will" in said for said in unrated.who()) == 1


def test_a_profile_that_nobody_rated_has_no_column_of_judgements(unrated):
    tables = profile_tables(unrated)
    assert list(tables) == ["Evidence profile: Personal recovery", "Evidence profile: Symptoms"]
    assert {tuple(table.columns) for table in tables.values()} == {("Domain", "The rule suggests", "On these facts")}


def test_what_people_rated_stands_beside_what_they_did_not(one_rated):
    by_name = summary_table(one_rated).set_index("Outcome and follow-up")["Certainty"]
    assert [words.partition(":")[0] for words in by_name] == ["low", NOT_RATED]
    mine, other = profile_tables(one_rated).items()
    assert mine[0] == "Evidence profile: Personal recovery"
    assert other[0] == "Evidence profile: Symptoms (nobody has rated it)"
    assert NOT_RATED not in set(mine[1]["People judged"])
    assert mine[1]["Who and when"].str.startswith("A. Reader").all()
    assert "People judged" not in other[1]


def test_a_profile_rated_in_part_says_of_each_domain_whether(tmp_path):
    found = summarise_findings(review(tmp_path, four_trials(), grade=[rating("imprecision", "serious", -1)]))
    (table,) = profile_tables(found).values()
    judged = table.set_index("Domain")["People judged"]
    assert (judged == NOT_RATED).sum() == len(judged) - 1


def test_a_draft_keeps_the_column_and_its_words(tmp_path):
    drafts = [row | {"status": "draft"} for row in rated("low", "important_effect")]
    found = summarise_findings(review(tmp_path, four_trials(), grade=drafts))
    assert summary_table(found)["Certainty"].tolist() == ["not rated (a draft is on file)"]
    (table,) = profile_tables(found).values()
    assert {"People judged", "Who and when"} <= set(table.columns)


def test_a_sign_is_read_aloud_and_cannot_break_out():
    html = table_html(pd.DataFrame({"a": ["x"], "b": [Sign("–", 'not "rated" <b>')]}), "c")
    assert '<span role="img" aria-label="not &quot;rated&quot; &lt;b&gt;">–</span>' in html
