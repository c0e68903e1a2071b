"""The PRISMA 2020 checklist [page2021]: 27 items in 42 rows, each with the place where the report answers it.

The items are in our own words; their numbers are the statement's. A place is given only where what it needs is there,
and an item that no part of the report answers says that it was not done.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from synthesis.answers.coverage import Coverage
from synthesis.evidence import Evidence
from synthesis.markup import Link, anchor
from synthesis.tables.checklists.facts import ALWAYS, Facts

DONE, IN_PART, NOT_DONE = "done", "in part", "not done"
STATUS_WORDS = {DONE: "done", IN_PART: "in part", NOT_DONE: "not done"}


class Page(NamedTuple):
    """A page that a place is on: its name for readers, and its address from another page; empty for several pages."""

    title: str
    address: str


INDEX = Page("First page", "../index.html")
TRIALS = Page("The trials", "../01_evidence/01_evidence.html")
EXPLAINED = Page("What explains the differences", "../05_hypotheses/05_hypotheses.html")
CERTAIN = Page("Summary of findings", "../07_summary_of_findings/07_summary_of_findings.html")
# An outcome has pages of its own; the first page lists them.
POOLED = Page("Each outcome: the trials pooled", "")
FRAGILE = Page("Each outcome: how fragile the pool is", "")
FOOT = Page("The foot of every page", "")
ALL_PAGES = "../index.html#pages"


class Place(NamedTuple):
    """Where an item is answered: a page, a heading on it, the rule that must hold, and whether only in part.

    `lacks` is what is said where the place stands ready and is empty: the item is then not done, and says why.
    """

    page: Page
    heading: str = ""
    needs: str = ALWAYS
    partly: bool = False
    lacks: str = ""

    @property
    def anchor(self) -> str:
        """The heading's address on its page."""
        return _ANCHORS.get((self.page, self.heading)) or (anchor(self.heading) if self.heading else "")


# Headings of the first page have addresses of their own.
_ANCHORS = {
    (INDEX, "In short"): "in-short",
    (INDEX, "What limits this answer"): "limits",
    (INDEX, "Each outcome, in words"): "outcomes",
}


class Item(NamedTuple):
    """A row of the checklist: its number, its part of a report, what it is about, what it asks, and who answers it."""

    number: str
    section: str
    topic: str
    asks: str
    places: tuple[Place, ...] = ()


_ANSWER = Place(POOLED, "The answer", "pooled")
_CHOICES = Place(POOLED, "Other choices", "pooled")
_SURE = "How sure, and why"
_FLOW, _MATRIX = "How the trials were found", "What was measured, and what can be used"
_WHO, NOBODY_SIGNED = "Who has rated", "nobody has signed yet"
NOT_YET = "{answer}: {lacks}"
_LIMITS, _WORDS = "What limits this answer", "Each outcome, in words"
ITEMS = (
    Item("1", "Title", "Title", "calls itself a systematic review"),
    Item("2", "Abstract", "Abstract", "a structured abstract", (Place(INDEX, "In short", "pooled", partly=True),)),
    Item("3", "Introduction", "Rationale", "why the review was made, given what is known"),
    Item("4", "Introduction", "Objectives", "the question asked", (Place(INDEX, needs="question"),)),
    Item(
        "5",
        "Methods",
        "Eligibility",
        "which studies were let in, and how they were grouped",
        (Place(TRIALS, _FLOW, "excluded", partly=True),),
    ),
    Item(
        "6",
        "Methods",
        "Sources",
        "everything that was searched, with dates",
        (Place(TRIALS, "How the search was reported", "searches"),),
    ),
    Item(
        "7",
        "Methods",
        "Search strategy",
        "each search in full, with limits and filters",
        (Place(TRIALS, "How the search was reported", "strategies"),),
    ),
    Item("8", "Methods", "Selection", "how many people screened, and how they agreed"),
    Item("9", "Methods", "Collection", "how many people took the data, and how they were checked"),
    Item(
        "10a",
        "Methods",
        "Outcomes sought",
        "which outcomes, and which results where there were several",
        (Place(TRIALS, _MATRIX, "measured", partly=True),),
    ),
    Item(
        "10b",
        "Methods",
        "Other data sought",
        "which facts on people, interventions and funding",
        (Place(TRIALS, "The trials", partly=True),),
    ),
    Item(
        "11",
        "Methods",
        "Bias in studies: tool",
        "the tool, and how many people judged",
        (Place(POOLED, _SURE, "judged", partly=True),),
    ),
    Item("12", "Methods", "Effect measures", "the measure for each outcome", (_ANSWER,)),
    Item(
        "13a",
        "Methods",
        "Synthesis: which studies",
        "which studies entered which pool",
        (Place(TRIALS, _MATRIX, "measured"),),
    ),
    Item("13b", "Methods", "Synthesis: preparation", "conversions and what was missing", (_ANSWER,)),
    Item("13c", "Methods", "Synthesis: display", "how results are tabulated and drawn", (_ANSWER,)),
    Item("13d", "Methods", "Synthesis: model", "the model, how heterogeneity was found, the software", (_ANSWER,)),
    Item(
        "13e",
        "Methods",
        "Synthesis: heterogeneity",
        "how differences among results were explored",
        (Place(EXPLAINED, "Every hypothesis", "declared"),),
    ),
    Item("13f", "Methods", "Synthesis: sensitivity", "which other choices were tried", (_CHOICES,)),
    Item(
        "14",
        "Methods",
        "Reporting bias: method",
        "how missing results were judged",
        (Place(FRAGILE, "Small trials against large ones", "pooled", partly=True),),
    ),
    Item(
        "15",
        "Methods",
        "Certainty: method",
        "how certainty in each result was judged",
        (Place(CERTAIN, "What the rules stand on", "pooled"),),
    ),
    Item("16a", "Results", "Studies found", "the flow from records to studies", (Place(TRIALS, _FLOW, "flow"),)),
    Item(
        "16b",
        "Results",
        "Excluded studies",
        "studies that seemed to fit and were excluded, with reasons",
        (Place(TRIALS, _FLOW, "excluded", partly=True),),
    ),
    Item("17", "Results", "Study characteristics", "each study, cited", (Place(TRIALS, "The trials"),)),
    Item("18", "Results", "Bias in studies", "the judgements of each study", (Place(POOLED, _SURE, "judged"),)),
    Item("19", "Results", "Single results", "each study's figures, effect and precision", (_ANSWER,)),
    Item(
        "20a",
        "Results",
        "Syntheses: studies",
        "what stands behind each pool, with its bias",
        (Place(POOLED, _SURE, "pooled", partly=True),),
    ),
    Item("20b", "Results", "Syntheses: results", "each pool with precision and heterogeneity", (_ANSWER,)),
    Item(
        "20c",
        "Results",
        "Syntheses: heterogeneity",
        "what was found on causes of differences",
        (Place(EXPLAINED, "The answer", "declared"),),
    ),
    Item("20d", "Results", "Syntheses: sensitivity", "what other choices gave", (_CHOICES,)),
    Item(
        "21",
        "Results",
        "Reporting bias",
        "what is missing from each pool",
        (Place(TRIALS, _MATRIX, "measured", partly=True),),
    ),
    Item(
        "22",
        "Results",
        "Certainty",
        "certainty in each result",
        (Place(CERTAIN, "Evidence profile", "pooled", partly=True), Place(CERTAIN, _WHO, "rated")),
    ),
    Item(
        "23a",
        "Discussion",
        "Interpretation",
        "what it means beside other evidence",
        (Place(INDEX, _WORDS, "pooled", partly=True),),
    ),
    Item("23b", "Discussion", "Limits of the evidence", "what the studies cannot show", (Place(INDEX, _LIMITS),)),
    Item(
        "23c",
        "Discussion",
        "Limits of the review",
        "what the review did not do",
        (Place(TRIALS, "How this report answers PRISMA 2020", partly=True),),
    ),
    Item("23d", "Discussion", "Implications", "for practice, policy and research"),
    Item("24a", "Other", "Registration", "where the review is registered"),
    Item("24b", "Other", "Protocol", "where its protocol can be read"),
    Item(
        "24c",
        "Other",
        "Amendments",
        "what was changed against the plan",
        (Place(EXPLAINED, "What was declared, and when", "declared", partly=True),),
    ),
    Item(
        "25",
        "Other",
        "Support",
        "who paid, and their part in it",
        (
            Place(CERTAIN, _WHO, "funding", partly=True),
            Place(CERTAIN, _WHO, "signed", lacks="no funding entered"),
            Place(CERTAIN, _WHO, "nobody_signed", lacks=NOBODY_SIGNED),
        ),
    ),
    Item(
        "26",
        "Other",
        "Interests",
        "what the authors have at stake",
        (
            Place(CERTAIN, _WHO, "all_interests"),
            Place(CERTAIN, _WHO, "interests", partly=True),
            Place(CERTAIN, _WHO, "signed", lacks="no interests entered"),
            Place(CERTAIN, _WHO, "nobody_signed", lacks=NOBODY_SIGNED),
        ),
    ),
    Item("27", "Other", "Availability", "data, code and other material", (Place(FOOT),)),
)


def prisma_checklist(evidence: Evidence, coverage: Coverage) -> pd.DataFrame:
    """Answer the PRISMA 2020 checklist from what the report holds.

    Parameters
    ----------
    evidence : Evidence
    coverage : Coverage
        From `map_coverage`.

    Returns
    -------
    pandas.DataFrame
        One row an item, ready for `to_csv`: item, section, topic, asks, status (done, in part, not done), lacks (why
        the place of an item that is not done is empty), page, heading, address (of the page, from another page of the
        report), anchor.

    Examples
    --------
    >>> from synthesis.tables import prisma_checklist
    >>> table = prisma_checklist(evidence, map_coverage(evidence))
    >>> table.columns.tolist(), len(table)
    (['item', 'section', 'topic', 'asks', 'status', 'lacks', 'page', 'heading', 'address',
    'anchor'], 42)
    """
    held = Facts(evidence, coverage).held
    return pd.DataFrame([_row(item, held) for item in ITEMS])


def _row(item: Item, held: frozenset[str]) -> dict[str, str]:
    place = next((place for place in item.places if place.needs in held), None)
    is_open = place is None or bool(place.lacks)
    status = NOT_DONE if is_open else IN_PART if place.partly else DONE
    known = {"item": item.number, "section": item.section, "topic": item.topic, "asks": item.asks, "status": status}
    if place is None:
        return known | {"lacks": "", "page": "", "heading": "", "address": "", "anchor": ""}
    return known | {
        "lacks": place.lacks,
        "page": place.page.title,
        "heading": place.heading,
        "address": place.page.address,
        "anchor": place.anchor,
    }


def answers_of(rows: pd.DataFrame) -> list[str]:
    """Return the answers of a checklist in words: "not done: nobody has signed yet"."""
    told = zip(rows["status"].map(STATUS_WORDS), rows["lacks"], strict=True)
    return [NOT_YET.format(answer=answer, lacks=lacks) if lacks else answer for answer, lacks in told]


def prisma_table(evidence: Evidence, coverage: Coverage) -> pd.DataFrame:
    """Show the PRISMA 2020 checklist with links to the places.

    Parameters
    ----------
    evidence, coverage
        As in `prisma_checklist`.

    Examples
    --------
    >>> from synthesis.tables import prisma_table
    >>> prisma_table(evidence, map_coverage(evidence)).columns.tolist()
    ['Item', 'Topic', 'Answer', 'Where', 'Asks for']
    """
    rows = prisma_checklist(evidence, coverage)
    return pd.DataFrame(
        {
            "Item": rows["item"],
            "Topic": rows["topic"],
            "Answer": answers_of(rows),
            "Where": [_link(row) for row in rows.to_dict("records")],
            "Asks for": rows["asks"],
        }
    )


def _link(row: dict[str, str]) -> Link:
    words = ": ".join(filter(None, [row["page"], row["heading"]]))
    if not row["page"] or row["page"] == FOOT.title:
        return Link(words)
    return Link(words, f"{row['address']}#{row['anchor']}".rstrip("#") if row["address"] else ALL_PAGES)
