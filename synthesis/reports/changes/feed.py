"""The feed that a panel follows: an entry a version, with what it changed in words (Atom, RFC 4287).

Identifiers are made from the commits that were released: they are the same wherever the feed is made and served, and
stay when it moves to another address, which tag URIs, being made of an address, would not.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from synthesis import __version__
from synthesis.markup import Item, anchor, list_html
from synthesis.reports.changes.history import Changes, Step

ATOM = "http://www.w3.org/2005/Atom"
TITLE = "What changed: {title}"
SUBTITLE = (
    "An entry for each version: which trial or judgement moved what, which verdict flipped, which ratings went stale."
)
RELEASED = "{version}: {summary}"
UNRELEASED = "Since {version}, not released yet: {summary}"
NEVER_RELEASED = "Not released yet: {summary}"
# XML has no way to write these; texts of contributors may hold them.
NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
AUTHOR = "The contributors to {title}"


def anchor_of(step: Step) -> str:
    """Return the address of a version within the page."""
    return anchor(step.version.name) if step.version.name else "not-released"


def title_of(step: Step) -> str:
    """Return what a version is called in a heading."""
    if not step.is_now:
        return step.version.name
    return f"Since {step.before.name}, not released" if step.before else "The data as they stand, not released"


def feed_of(changes: Changes, *, page: str, feed: str, address: str = "") -> str:
    """Write the feed.

    Parameters
    ----------
    changes : Changes
        Of a data root in a git repository: entries need dates.
    page, feed : str
        Names of the page and of the feed, which stand side by side.
    address : str, optional
        Where both are served, with a slash at the end; links are relative to the feed without it.
    """
    ElementTree.register_namespace("", ATOM)
    title = changes.review.title
    root = ElementTree.Element(_name("feed"), {"{http://www.w3.org/XML/1998/namespace}lang": "en"})
    _add(root, "id", _urn("review", changes.history.root))
    _add(root, "title", TITLE.format(title=title))
    _add(root, "subtitle", SUBTITLE)
    _add(root, "updated", max((_moment(step), step.version.date) for step in changes.steps)[1])
    _add(root, "generator", "synthesis", version=__version__)
    _add(_add(root, "author", ""), "name", AUTHOR.format(title=title))
    _add(root, "link", "", rel="alternate", type="text/html", href=f"{address}{page}")
    if address:
        _add(root, "link", "", rel="self", type="application/atom+xml", href=f"{address}{feed}")
    for step in changes.steps:
        _entry(root, changes, step, f"{address}{page}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False).join(
        ['<?xml version="1.0" encoding="utf-8"?>\n', "\n"]
    )


def _entry(root: ElementTree.Element, changes: Changes, step: Step, page: str) -> None:
    entry = _add(root, "entry", "")
    # What is not released yet has one entry until it is: known by what it follows.
    of = step.version if not step.is_now else step.before
    known = (of.name, of.commit) if of else (changes.history.root,)
    _add(entry, "id", _urn("after" if step.is_now else "version", *known))
    _add(entry, "title", _title(step))
    _add(entry, "updated", step.version.date)
    _add(entry, "link", "", rel="alternate", type="text/html", href=f"{page}#{anchor_of(step)}")
    _add(entry, "summary", step.summary, type="text")
    _add(entry, "content", list_html([Item(said) for said in step.sentences]), type="html")


def _title(step: Step) -> str:
    if not step.is_now:
        return RELEASED.format(version=step.version.name, summary=step.summary)
    if step.before is None:
        return NEVER_RELEASED.format(summary=step.summary)
    return UNRELEASED.format(version=step.before.name, summary=step.summary)


def _moment(step: Step) -> float:
    return datetime.fromisoformat(step.version.date).timestamp()


def _urn(*known: str) -> str:
    return uuid5(NAMESPACE_URL, " ".join(("synthesis", *known))).urn


def _name(tag: str) -> str:
    return f"{{{ATOM}}}{tag}"


def _add(parent: ElementTree.Element, tag: str, text: str, **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, _name(tag), attributes)
    child.text = NO_XML.sub("\N{REPLACEMENT CHARACTER}", text) or None
    return child
