"""The PRISMA-S checklist of searches [rethlefsen2021prismas]: 16 items, each answered from searches.csv or not done."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from synthesis.evidence import Evidence
from synthesis.tables.checklists.prisma import DONE, IN_PART, NOT_DONE, STATUS_WORDS
from synthesis.wording import count, listed, number

RECORDED = "{given} of {searches}"
NAMED_WITH = "{source} ({platform})"
RECORDS = "{n} records found; {screened} screened"
RECORDS_FOUND = "{n} records found"
REMOVED = "{n} duplicates removed"
UPDATED = "{source}: {dates}"


class Answer(NamedTuple):
    """What is recorded of an item: code of `STATUS_WORDS`, and the record in words."""

    status: str
    recorded: str = ""


class Item(NamedTuple):
    """An item: its number, what it is about, what it asks, and the rule that answers it."""

    number: int
    topic: str
    asks: str
    answer: Callable[[Evidence], Answer]


def _of_kind(kind: str) -> Callable[[Evidence], Answer]:
    """Answer by the sources of one kind."""

    def answer(evidence: Evidence) -> Answer:
        rows = evidence.searches
        names = list(dict.fromkeys(rows.loc[rows["kind"].eq(kind), "source"]))
        return Answer(DONE, listed(names)) if names else Answer(NOT_DONE)

    return answer


def _filled(column: str) -> Callable[[Evidence], Answer]:
    """Answer by how many searches fill a column."""

    def answer(evidence: Evidence) -> Answer:
        given = int(evidence.searches[column].ne("").sum())
        if not given:
            return Answer(NOT_DONE)
        searches = len(evidence.searches)
        status = DONE if given == searches else IN_PART
        return Answer(status, RECORDED.format(given=number(given, 0), searches=count(searches, "search", "searches")))

    return answer


def _databases(evidence: Evidence) -> Answer:
    rows = evidence.searches[evidence.searches["kind"].eq("database")].drop_duplicates(["source", "platform"])
    if rows.empty:
        return Answer(NOT_DONE)
    names = [
        NAMED_WITH.format(source=row["source"], platform=row["platform"]) if row["platform"] else row["source"]
        for row in rows.to_dict("records")
    ]
    return Answer(DONE if rows["platform"].ne("").all() else IN_PART, listed(names))


def _together(evidence: Evidence) -> Answer:
    rows = evidence.searches[evidence.searches["platform"].ne("") & evidence.searches["kind"].eq("database")]
    sources = rows.groupby(["platform", "date"], sort=False)["source"].agg(lambda names: list(dict.fromkeys(names)))
    shared = [
        NAMED_WITH.format(source=listed(names), platform=place[0]) for place, names in sources.items() if names[1:]
    ]
    return Answer(DONE, "; ".join(shared)) if shared else Answer(NOT_DONE)


def _updates(evidence: Evidence) -> Answer:
    rows = evidence.searches[evidence.searches["date"].ne("")]
    dates = rows.groupby("source", sort=False)["date"].agg(lambda days: sorted(set(days)))
    again = [UPDATED.format(source=source, dates=listed(days)) for source, days in dates.items() if len(days) > 1]
    return Answer(DONE, "; ".join(again)) if again else Answer(NOT_DONE)


def _records(evidence: Evidence) -> Answer:
    found = evidence.searches["n"].dropna()
    if found.empty:
        return Answer(NOT_DONE)
    flow = evidence.search_flow
    screened = flow.loc[flow["data"].eq("records_screened"), "n"]
    status = DONE if len(found) == len(evidence.searches) else IN_PART
    sentence = RECORDS if len(screened) else RECORDS_FOUND
    return Answer(status, sentence.format(n=number(found.sum(), 0), screened=number(screened.sum(), 0)))


def _duplicates(evidence: Evidence) -> Answer:
    flow = evidence.search_flow
    removed = flow.loc[flow["data"].eq("duplicates"), "n"].sum()
    # How they were found has no column, so that a number alone answers the item in part.
    return Answer(IN_PART, REMOVED.format(n=number(removed, 0))) if removed > 0 else Answer(NOT_DONE)


def _nowhere(_: Evidence) -> Answer:
    return Answer(NOT_DONE)


ITEMS = (
    Item(1, "Databases", "each database with its platform", _databases),
    Item(2, "Searched together", "databases searched at once on one platform", _together),
    Item(3, "Registries", "each study registry", _of_kind("registry")),
    Item(4, "Browsing", "websites, contents lists and other places looked through", _of_kind("website")),
    Item(5, "Citations", "references cited and citing", _of_kind("citation")),
    Item(6, "Contacts", "people asked for studies or data", _of_kind("contact")),
    Item(7, "Other methods", "any other way", _of_kind("other")),
    Item(8, "Strategies", "every search in full, as it was run", _filled("strategy")),
    Item(9, "Limits", "limits with reasons, or that there were none", _filled("limits")),
    Item(10, "Filters", "published filters used, or that there were none", _filled("filter")),
    Item(11, "Earlier searches", "searches reused from other reviews", _filled("reused_from")),
    Item(12, "Updates", "how and when searches were run again", _updates),
    Item(13, "Dates", "the last day each source was searched", _filled("date")),
    Item(14, "Second look", "whether another librarian or searcher checked the search", _nowhere),
    Item(15, "Records", "records found, source by source", _records),
    Item(16, "Duplicates", "how duplicates were found and removed", _duplicates),
)


def prisma_s_checklist(evidence: Evidence) -> pd.DataFrame:
    """Answer the PRISMA-S checklist from searches.csv and the flow.

    Parameters
    ----------
    evidence : Evidence
        Without searches every item is not done.

    Returns
    -------
    pandas.DataFrame
        One row an item, ready for `to_csv`: item, topic, asks, status (done, in part, not done), recorded.

    Examples
    --------
    >>> from synthesis.tables import prisma_s_checklist
    >>> table = prisma_s_checklist(evidence)
    >>> table.columns.tolist(), len(table)
    (['item', 'topic', 'asks', 'status', 'recorded'], 16)
    """
    answers = [(item, item.answer(evidence)) for item in ITEMS]
    return pd.DataFrame(
        [
            {
                "item": item.number,
                "topic": item.topic,
                "asks": item.asks,
                "status": said.status,
                "recorded": said.recorded,
            }
            for item, said in answers
        ]
    )


def prisma_s_table(evidence: Evidence) -> pd.DataFrame:
    """Show the PRISMA-S checklist.

    Parameters
    ----------
    evidence : Evidence

    Examples
    --------
    >>> from synthesis.tables import prisma_s_table
    >>> prisma_s_table(evidence).columns.tolist()
    ['Item', 'Topic', 'Answer', 'Recorded', 'Asks for']
    """
    rows = prisma_s_checklist(evidence)
    return pd.DataFrame(
        {
            "Item": rows["item"].map(str),
            "Topic": rows["topic"],
            "Answer": rows["status"].map(STATUS_WORDS),
            "Recorded": rows["recorded"],
            "Asks for": rows["asks"],
        }
    )
