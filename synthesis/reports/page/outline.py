"""Headings of a page: one title, no skipped level, an address each, and the contents list made from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from synthesis.markup import anchor

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass
class Entry:
    """A line of the contents list with those below it."""

    anchor: str
    text: str
    children: list[Entry] = field(default_factory=list)


def drop_title(soup: BeautifulSoup) -> None:
    """Remove the first h1 from a fragment: the layout prints the title."""
    title = soup.find("h1")
    if title is not None:
        title.decompose()


def order_headings(soup: BeautifulSoup, above: int = 1) -> list[Entry]:
    """Number the headings without gaps below the page's title and give each an id.

    Parameters
    ----------
    soup : BeautifulSoup
        The fragment below the title; changed in place.
    above : int
        Level of the heading the fragment stands under.

    Returns
    -------
    list of Entry
        Headings of the first two levels, for the contents list.
    """
    entries: list[Entry] = []
    tags = [tag for tag in soup.descendants if isinstance(tag, Tag)]
    taken = {tag["id"] for tag in tags if tag.name not in HEADINGS and "id" in tag.attrs}
    level = above
    for heading in (tag for tag in tags if tag.name in HEADINGS):
        if not heading.get_text(strip=True):
            heading.decompose()
            continue
        level = max(above + 1, min(int(heading.name[1]), level + 1, 6))
        heading.name = f"h{level}"
        heading["id"] = _anchor(heading, taken)
        _enter(entries, level - above, Entry(heading["id"], heading.get_text(" ", strip=True)))
    return entries


def _enter(entries: list[Entry], depth: int, entry: Entry) -> None:
    if depth == 1:
        entries.append(entry)
    elif depth == 2 and entries:
        entries[-1].children.append(entry)


def _anchor(heading: Tag, taken: set[str]) -> str:
    base = anchor(heading.get_text(" ", strip=True))
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name
