"""No sentence is a flag: what is counted, marked or left out depends on codes, never on words made for readers."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "synthesis"
# Rooms that read what other people typed, where the text itself is the data.
READS_TEXT = ("evidence/checks/", "evidence/plausibility/", "evidence/bibliography/", "exchange/")
SENTENCES = {"note", "reason", "decided", "says", "hint", "message", "headline", "words"}
# The share of results read second-hand is told by `source` until the outcomes have a column for it.
KNOWN = {("answers/overview.py", "source")}
FILES = [
    path for path in sorted(PACKAGE.rglob("*.py")) if not path.relative_to(PACKAGE).as_posix().startswith(READS_TEXT)
]


def name_of(node):
    """The column or attribute that an expression ends in, without `.str`."""
    if isinstance(node, ast.Attribute) and node.attr == "str":
        return name_of(node.value)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value
    return node.attr if isinstance(node, ast.Attribute) else ""


def searches(source):
    """Yield the column or attribute of every search in a text: `.str.contains`, `"..." in row.note`, `.startswith`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method, value = node.func.attr, node.func.value
            is_accessor = isinstance(value, ast.Attribute) and value.attr == "str"
            if (is_accessor and method in ("contains", "startswith", "endswith", "match", "fullmatch")) or (
                method in ("startswith", "endswith", "split", "find") and name_of(value) in SENTENCES
            ):
                yield name_of(value)
        elif isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            yield from (name_of(value) for value in node.comparators if name_of(value) in SENTENCES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_sentence_is_searched_to_decide_something(path):
    place = path.relative_to(PACKAGE).as_posix()
    found = {name for name in searches(path.read_text(encoding="utf-8")) if (place, name) not in KNOWN}
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        'frame["note"].str.contains(RESIDUAL_SD, regex=False)',
        "x = [RESIDUAL_SD in row.note for row in rows]",
        'row.decided.split("; ")',
        'frame["reason"].str.startswith("cluster")',
        'if row["note"].startswith("kept"): pass',
    ],
)
def test_a_search_of_a_sentence_is_seen(source):
    assert list(searches(source))
