"""The page of what changed: versions newest first, each with its sentences, its tables and its picture."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup
from markupsafe import Markup

from synthesis.answers.difference import Difference
from synthesis.errors import NotEstimableError
from synthesis.evidence.versions import NOTES
from synthesis.markup import table_html
from synthesis.reports.changes.feed import anchor_of, title_of
from synthesis.reports.changes.history import Changes, Step
from synthesis.reports.page.accessible import mend_pictures, mend_tables
from synthesis.reports.page.layout import templates
from synthesis.reports.page.outline import Entry
from synthesis.reports.page.sanitise import sanitise
from synthesis.reports.record.fingerprint import command_line, surroundings
from synthesis.tables.difference import (
    changes_table,
    movers_table,
    rows_table,
    suggestions_table,
    tables_that_differ,
)
from synthesis.wording import count

TITLE = "What changed"
# So many rows of the data stand on the page; the file of numbers has all.
MOST_ROWS = 150
HEADS = {
    "k": "Effects",
    "Effect": "Average",
    "CI": "Interval of the average",
    "Prediction interval": "Range expected in a new setting",
}
# As a table of trials says what became of one.
WHAT = {"added": "new", "removed": "no longer in it", "changed": "other numbers", "recoded": "coded another way"}
ROWS = "Changed data: {rows}"
MORE_ROWS = "{more} stand in the file of numbers."


def changes_page(changes: Changes, *, site: str = "", feed: str = "", numbers: str = "", folder: Any = ".") -> str:
    """Return the HTML of the page.

    Parameters
    ----------
    changes : Changes
    site : str, optional
        Address of the page above, to link to.
    feed, numbers : str, optional
        Names of the feed and of the file of numbers beside the page.
    folder : path
        Where git is asked for the code's state.
    """
    template = templates().get_template("changes.html.j2")
    versions = [_version(step) for step in changes.steps]
    return template.render(
        title=TITLE,
        site=changes.review.title,
        above=site,
        notes=[NOTES[code] for code in changes.history.notes],
        versions=versions,
        contents=[Entry(own["anchor"], own["title"]) for own in versions] if len(versions) > 1 else [],
        feed=feed,
        numbers=numbers,
        record=surroundings(folder) | {"command": command_line()},
    )


def _version(step: Step) -> dict[str, Any]:
    return {
        "anchor": anchor_of(step),
        "title": title_of(step),
        "day": day_of(step.version.date) if step.version.date else "",
        "commit": step.version.commit[:12],
        "summary": step.summary,
        "sentences": step.sentences if step.difference is not None else [],
        "blocks": Markup(_blocks(step)) if step.difference is not None else "",
    }


def day_of(moment: str) -> str:
    """Return "5 March 2026" for an ISO moment, in the time zone it was written in."""
    when = datetime.fromisoformat(moment)
    return f"{when.day} {when:%B %Y}"


def _blocks(step: Step) -> str:
    """Return the picture and the tables of a difference, safe and accessible."""
    from synthesis.figures import show_difference

    found, parts = step.difference, []
    with suppress(NotEstimableError):  # where nothing can be drawn the sentences say so
        parts.append(show_difference(found).to_html())
    name = title_of(step)
    parts += [_folded(caption, table_html(table, f"{caption}: {name}")) for caption, table in _tables(found)]
    parts.append(_rows(found, name))
    soup = sanitise("".join(parts))
    mend_pictures(soup)
    mend_tables(soup)
    _rename(soup, anchor_of(step))
    return str(soup)


def _tables(found: Difference) -> list[tuple[str, pd.DataFrame]]:
    tables = []
    if found.changes:
        movers = movers_table(found)
        movers["What"] = movers["What"].map(WHAT)
        tables += [("Outcomes that moved", _named(changes_table(found))), ("Which trials did it", movers)]
    if found.suggestions:
        tables.append(("What the GRADE rules suggest otherwise", suggestions_table(found)))
    return tables


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Name each row of the table before and after, which a terminal leaves to the row above."""
    outcome = table["Outcome"].replace("", None).ffill()
    joined = outcome + ", " + table[""]
    return table.drop(columns=[""]).assign(Outcome=joined).rename(columns=HEADS)


def _rows(found: Difference, name: str) -> str:
    if not found.rows:
        return ""
    more = len(found.rows) - MOST_ROWS
    tail = f"<p>{MORE_ROWS.format(more=count(more, 'more row'))}</p>" if more > 0 else ""
    tables = table_html(tables_that_differ(found), f"Rows that differ, by table: {name}")
    tables += table_html(rows_table(found, MOST_ROWS), f"Each row that differs: {name}")
    return _folded(ROWS.format(rows=count(len(found.rows), "row")), f"{tables}{tail}")


def _folded(summary: str, html: str) -> str:
    return f"<details><summary>{summary}</summary>{html}</details>"


def _rename(soup: BeautifulSoup, anchor: str) -> None:
    """Give captions addresses that no other version of the page has."""
    for caption in soup.find_all("caption"):
        caption["id"] = f"{anchor}-{caption['id']}"
        caption.find_parent(role="region")["aria-labelledby"] = caption["id"]
    for number, region in enumerate(soup.select(".picture-region"), start=1):
        region["aria-label"] = f"{region['aria-label']} ({anchor}, {number})"
