"""Tables and pictures for everyone: header scopes, captions, descriptions, scrolling by keyboard, cards on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup, NavigableString, Tag

from synthesis.reports.page.outline import HEADINGS

# A picture wider than this many pixels scrolls by itself on a narrow screen: shrunk, nobody could read it.
WIDE = 600
# A table wider than this many letters becomes a card a row on a narrow screen, where a phone would show half of it.
PHONE_LETTERS, LONGEST_WORDS = 40, 24
# A table of more letters than this, however its cells are broken between words, is a card a row on paper (A4) too.
PAPER_LETTERS, LONGEST_WORD, BETWEEN_COLUMNS = 118, 16, 2
# So is one of more rows than this whose rows hold more letters than a line does beside the blanks between columns.
FEW_ROWS, LINE = 30, 90

# Addresses, paths and lists of codes have no blanks: they may be broken after their signs, so no column is as wide.
UNBROKEN = re.compile(r"\S{21,}")
PIECES = re.compile(r"[^/;,_?&=.:-]{1,20}[/;,_?&=.:-]*|[/;,_?&=.:-]+")
NUMBER = re.compile(r"[<>≤≥=~]?\s*[+−–-]?\s*\d[\d,. ]*\s*%?")
INTERVAL = re.compile(rf"({NUMBER.pattern}\s*)?[\[(]?{NUMBER.pattern}(,| to |; ?|–){NUMBER.pattern}[\])]?")
CELLS = ("td", "th")
LONGEST_NUMBER = 60  # a longer text is none, and would cost these expressions their time
NO_DESCRIPTION = "A picture that its author has not described"


def mend_pictures(soup: BeautifulSoup) -> None:
    """Say of a picture without a description that it has none, and let wide ones scroll by themselves, in place.

    One that has a narrow form of its own does not scroll: a narrow screen shows that.
    """
    for number, picture in enumerate(soup.find_all("img"), start=1):
        if picture.get("alt") is None:
            picture["alt"] = NO_DESCRIPTION
        width = picture.get("width", "")
        if width.isdigit() and int(width) > WIDE and picture.parent.name != "picture":
            label = f"Picture {number}, may scroll sideways"
            region = {"class": "picture-region", "role": "region", "tabindex": "0", "aria-label": label}
            picture.wrap(soup.new_tag("div", attrs=region))


def mend_tables(soup: BeautifulSoup) -> None:
    """Give every table header scopes, a caption and a container that scrolls by itself, in place."""
    for number, table in enumerate(soup.find_all("table"), start=1):
        for name in ("border", "width"):
            table.attrs.pop(name, None)
        head, body = _rows(table)
        _set_scopes(head, body)
        if not any(_spans(cell) for row in body for cell in row):
            _align_numbers(head, body)
            _stack(table, head, body)
        _let_long_words_break(soup, table)
        caption = _caption(soup, table, number)
        caption["id"] = f"table-{number}"
        region = table.parent
        if region.get("role") != "region":
            region = table.wrap(soup.new_tag("div"))
        region.attrs = {
            "class": ["table-region"],
            "role": "region",
            "tabindex": "0",
            "aria-labelledby": caption["id"],
        }


def _rows(table: Tag) -> tuple[list[list[Tag]], list[list[Tag]]]:
    """Return the cells of each row in the head of a table, and of each other one."""
    head, body = [], []
    for row in table.find_all("tr"):
        cells = [cell for cell in row.children if cell.name in CELLS]
        (head if row.parent.name == "thead" else body).append(cells)
    return head, body


def _set_scopes(head: list[list[Tag]], body: list[list[Tag]]) -> None:
    heads_columns = head or [row for row in body[:1] if all(cell.name == "th" for cell in row)]
    for row in (*head, *body):
        for cell in row:
            if cell.name != "th":
                continue
            if not cell.get_text(strip=True) and not cell.find("img"):
                # The empty corner of a table with row labels heads nothing.
                cell.name = "td"
                cell.attrs.pop("scope", None)
            elif not cell.get("scope"):
                kind, span = ("col", "colspan") if any(row is own for own in heads_columns) else ("row", "rowspan")
                cell["scope"] = kind if cell.get(span, "1") == "1" else f"{kind}group"


def _align_numbers(head: list[list[Tag]], body: list[list[Tag]]) -> None:
    """Set columns of numbers flush right, with their headers, and keep each interval on one line."""
    rows = [row for row in body if any(cell.name == "td" for cell in row)]
    for column in range(max(map(len, rows), default=0)):
        cells = [row[column] for row in rows if column < len(row)]
        texts = [text for cell in cells if (text := cell.get_text(strip=True)) not in ("", "–", "—")]
        if max(map(len, texts), default=LONGEST_NUMBER + 1) > LONGEST_NUMBER:
            continue
        if all(NUMBER.fullmatch(text) for text in texts):
            _mark((*cells, *_headers(head, column)), "number")
        elif all(INTERVAL.fullmatch(text) for text in texts):
            _mark(cells, "interval")


def _stack(table: Tag, head: list[list[Tag]], body: list[list[Tag]]) -> None:
    """Write beside each cell of a wide table what heads it, for screens and paper too narrow for its columns."""
    rows = [*head, *body]
    if len(head) != 1 or any(map(_spans, head[0])) or len({len(row) for row in rows}) != 1:
        return
    texts = [[cell.get_text(" ", strip=True) for cell in row] for row in rows]
    letters = sum(min(max(map(len, column)), LONGEST_WORDS) for column in zip(*texts, strict=True))
    if letters <= PHONE_LETTERS:
        return
    _mark([table], "stacks")
    words = (
        max((len(word) for text in column for word in text.split()), default=0) for column in zip(*texts, strict=True)
    )
    needed = sum(min(word, LONGEST_WORD) + BETWEEN_COLUMNS for word in words)
    # A long table of texts would stand in narrow columns, its rows many lines high beside blanks.
    mean = sum(len(text) for row in texts[1:] for text in row) / max(len(body), 1)
    if needed > PAPER_LETTERS or (len(body) > FEW_ROWS and mean > LINE):
        _mark([table], "stacks-on-paper")
    for row in rows[1:]:
        for cell, named in zip(row, texts[0], strict=True):
            if cell.name == "td" and named:
                cell["data-label"] = named


def _spans(cell: Tag) -> bool:
    return bool(cell.get("colspan") or cell.get("rowspan"))


def _let_long_words_break(soup: BeautifulSoup, table: Tag) -> None:
    texts = [text for text in table.descendants if isinstance(text, NavigableString) and UNBROKEN.search(text)]
    for text in texts:
        words = re.split(r"(\s+)", text)
        pieces = [piece for word in words for piece in _with_breaks(soup, word)]
        text.replace_with(*pieces)


def _with_breaks(soup: BeautifulSoup, word: str) -> list[str | Tag]:
    pieces = PIECES.findall(word) if UNBROKEN.fullmatch(word) else [word]
    return [part for piece in pieces for part in (soup.new_tag("wbr"), piece)][1:]


def _mark(cells: Iterable[Tag], name: str) -> None:
    for cell in cells:
        given = cell.get_attribute_list("class", [])
        cell["class"] = given if name in given else [*given, name]


def _headers(head: list[list[Tag]], column: int) -> list[Tag]:
    plain = [row for row in head if all(cell.get("colspan", "1") == "1" for cell in row)]
    return [row[column] for row in plain if column < len(row) and row[column].name == "th"]


def _caption(soup: BeautifulSoup, table: Tag, number: int) -> Tag:
    caption = table.find("caption")
    if caption is not None:
        return caption
    heading = table.find_previous(HEADINGS)
    topic = heading.get_text(" ", strip=True) if heading else "results"
    caption = soup.new_tag("caption")
    caption.string = f"Table {number}: {topic}"
    table.insert(0, caption)
    return caption
