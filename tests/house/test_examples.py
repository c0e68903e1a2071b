"""Every public name has its place on the pages of docs/api and an example there that prints what it says."""

from __future__ import annotations

import doctest
import re

import pytest

from docs.examples import API, beginning, examples, mend, public_names, run

NAMES, EXAMPLES = public_names(), examples()
BEHIND = "if this is what it should print now, type: .venv/bin/python -m docs.examples"


@pytest.fixture(scope="module")
def known():
    """The names that are known after the page's first lines."""
    with beginning() as names:
        yield names


def placed():
    """Return every name that a page of docs/api describes, in full."""
    room, found = "", []
    for page in sorted(API.glob("*.rst")):
        for kind, name in re.findall(r"^\.\. (\w+):: ([\w.]+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
            if kind == "currentmodule":
                room = name
            elif kind in {"autofunction", "autoclass", "data"}:
                found.append(f"{room}.{name}")
    return found


def test_every_public_name_has_one_place_on_the_pages_and_nothing_else_has():
    found = placed()
    assert len(found) == len(set(found))
    assert set(found) == set(public_names())


def test_every_public_name_has_an_example():
    lines = [line for page in API.glob("*.rst") for line in page.read_text(encoding="utf-8").splitlines()]
    for name in public_names():
        own = name.rpartition(".")[2]
        shown = (
            EXAMPLES[name].examples if name in EXAMPLES else [line for line in lines if ">>>" in line and own in line]
        )
        assert shown, name


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_prints_what_it_says_and_is_of_its_name(name, known):
    test = EXAMPLES[name]
    got = run(test, known)
    assert [(example.source, printed) for example, printed in got] == [], BEHIND
    if name in NAMES:
        assert is_of(NAMES[name], name.rpartition(".")[2], test)


def is_of(thing, own, test):
    """Say whether examples call a function, make an object of a class, or raise an error."""
    called = any(re.search(rf"\b{own}\b", example.source + (example.exc_msg or "")) for example in test.examples)
    return called or (isinstance(thing, type) and any(isinstance(value, thing) for value in test.globs.values()))


def test_an_output_that_has_changed_is_written_anew_where_it_stands(tmp_path):
    page = tmp_path / "page.rst"
    page.write_text("Text.\n\n   >>> 1 + 1\n   3\n   >>> print('a b ' * 40)\n   old\n\nMore.\n", encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(page.read_text(encoding="utf-8"), {}, "page", str(page), 0)
    mend(test, run(test, {}))
    text = page.read_text(encoding="utf-8")
    assert "   >>> 1 + 1\n   2\n" in text
    assert text.startswith("Text.\n")
    assert text.endswith("\n\nMore.\n")
    again = doctest.DocTestParser().get_doctest(text, {}, "page", str(page), 0)
    assert run(again, {}) == []
