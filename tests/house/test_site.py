"""The documentation site: built without a warning, its links lead somewhere, and a browser asks nobody for anything."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from builders.browsers import open_browser
from docs.methods import PAGE, cited, methods_page, told
from synthesis.evidence.bibliography.library import load_bibliography

ROOT = Path(__file__).parents[2]
WIDTHS = (1280, 390)
# What `make site` runs, without the folders.
FLAGS = "-W -n --keep-going --quiet -E"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Build the site once, whichever of the workers comes first."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "site"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "site.log").exists():
            command = [sys.executable, "-m", "sphinx", *FLAGS.split(), "-d", shared / "doctrees", "docs", folder]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            (shared / "site.log").write_text(f"{done.returncode}\n{done.stdout}{done.stderr}", encoding="utf-8")
    code, _, said = (shared / "site.log").read_text(encoding="utf-8").partition("\n")
    assert (code, said) == ("0", ""), said
    return folder


class Tags(HTMLParser):
    """The tags of a page with their attributes; a parser of trees takes ten seconds for all pages."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@cache
def tags(page):
    return Tags(page).tags


def links(page):
    """Every address that a page names, with its tag."""
    for tag, given in tags(page):
        address = given.get("href") if tag in {"a", "link"} else given.get("src")
        if address and not address.startswith("data:"):
            yield tag, address


@cache
def anchors(page):
    return {given["id"] for _, given in tags(page) if "id" in given} | {""}


def test_make_builds_it_as_the_test_does():
    assert f"-m sphinx {FLAGS} " in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_guide_and_every_page_of_the_docs_is_a_page_of_it(site):
    sources = [path for kind in ("md", "rst") for path in (ROOT / "docs").rglob(f"*.{kind}")]
    assert len(sources) > 25
    for path in sources:
        assert (site / path.relative_to(ROOT / "docs")).with_suffix(".html").is_file()


def test_every_link_leads_to_a_page_a_file_and_an_anchor_that_exist(site):
    missing, checked = [], 0
    for page in site.rglob("*.html"):
        for _, link in links(page):
            where = urlsplit(link)
            if not where.scheme:
                target = (page.parent / unquote(where.path)).resolve() if where.path else page
                checked += 1
                if not target.is_file():
                    missing.append(f"{page.name}: {link}")
                elif target.suffix == ".html" and unquote(where.fragment) not in anchors(target):
                    missing.append(f"{page.name}: {link} has no such anchor")
    assert missing == []
    assert checked > 1000


def test_links_out_of_it_are_links_to_click_and_nothing_else(site):
    outside = {(tag, link) for page in site.rglob("*.html") for tag, link in links(page) if urlsplit(link).scheme}
    assert {tag for tag, _ in outside} == {"a"}
    assert {urlsplit(link).scheme for _, link in outside} <= {"https", "http", "mailto"}
    print(*sorted(link for _, link in outside), sep="\n")  # pytest -s lists them; none is fetched


def test_every_picture_is_described(site):
    pictures = [(page.name, given) for page in site.rglob("*.html") for tag, given in tags(page) if tag == "img"]
    assert len(pictures) > 10
    assert [(name, given["src"]) for name, given in pictures if not (given.get("alt") or "").strip()] == []


def test_every_public_name_can_be_linked_to(site):
    pages = [page for page in (site / "api").glob("*.html") if page.name != "index.html"]
    found = set().union(*map(anchors, pages))
    assert {"synthesis.pool", "synthesis.PooledEffect", "synthesis.figures.show_forest"} <= found


def test_in_a_browser_nothing_is_asked_for_and_nothing_scrolls_sideways(site):
    complaints, pages = [], sorted(site.rglob("*.html"))
    with open_browser() as browser:
        opened = browser.new_page()
        opened.on("pageerror", lambda error: complaints.append(f"{opened.url}: {error}"))
        opened.on(
            "console", lambda told: complaints.append(f"{opened.url}: {told.text}") if told.type == "error" else None
        )

        def answer(route):
            if route.request.url.startswith(site.as_uri()) or route.request.url.startswith("data:"):
                route.continue_()
            else:
                complaints.append(f"{opened.url} asked for {route.request.url}")
                route.abort()

        opened.route("**/*", answer)
        for page in pages:
            for width in WIDTHS:
                opened.set_viewport_size({"width": width, "height": 900})
                if width == WIDTHS[0]:
                    opened.goto(page.as_uri())
                wide = opened.evaluate("document.documentElement.scrollWidth - innerWidth")
                if wide > 0:
                    complaints.append(f"{page.name} is {wide} pixels too wide at {width}")
    assert complaints == []
    assert len(pages) > 30


def test_the_page_of_methods_is_that_of_the_code_and_the_references():
    assert methods_page() == PAGE.read_text(encoding="utf-8"), "type: .venv/bin/python docs/make_pages.py"


def test_every_module_and_every_source_on_the_page_of_methods_exists():
    text = PAGE.read_text(encoding="utf-8")
    modules = re.findall(r"^- `synthesis\.([\w.]+)`:", text, re.MULTILINE)
    assert len(modules) > 40
    assert [name for name in modules if not (ROOT / "synthesis" / f"{name.replace('.', '/')}.py").is_file()] == []
    keys = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))
    assert keys <= load_bibliography(ROOT / "references.bib").keys
    assert set(re.findall(r"\(#(\w+)\)", text)) <= keys


def test_every_work_that_a_docstring_cites_stands_in_the_references():
    known = load_bibliography(ROOT / "references.bib").keys
    for module in sorted((ROOT / "synthesis").rglob("*.py")):
        brackets = " ".join(re.findall(r"\[([^\]]*)\]", told(module)))
        assert set(re.findall(r"\b[a-z]+(?:19|20)\d\d[a-z0-9]*\b", brackets)) <= known, module


def test_a_trial_is_not_cited_as_a_method():
    bibliography = load_bibliography(ROOT / "references.bib")
    assert cited("sledge2011effectiveness, knapp2003improved and nobody1999nothing", bibliography) == [
        "knapp2003improved"
    ]
