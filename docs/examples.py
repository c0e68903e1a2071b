"""Run the examples of every public name, and bring what they print up to date: `.venv/bin/python -m docs.examples`.

The examples stand in the docstrings and, for names without one, on the pages of docs/api. What they print rests on the
trials in the tree: a change to those changes it, and this module writes it anew.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import inspect
import os
import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthesis.evidence.evidence import keep_evidence
from synthesis.kept import results_kept

ROOT = Path(__file__).resolve().parents[1]
API = ROOT / "docs" / "api"
ROOMS = (
    "synthesis",
    *(f"synthesis.{room}" for room in "evidence effects tables figures reports statistics explorer".split()),
)
# A long line is wrapped and a long output ends in three dots, on the page as in the test.
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
WIDTH, MOST_LINES = 95, 9


def public_names() -> dict[str, Any]:
    """Return every public object once, by the shortest of its names; one kept from before is an alias only."""
    found: dict[int, tuple[str, Any]] = {}
    for room in ROOMS:
        module = importlib.import_module(room)
        for name in module.__all__:
            thing = getattr(module, name)
            if getattr(thing, "__name__", name) == name:
                found.setdefault(id(thing), (f"{room}.{name}", thing))
    return dict(found.values())


def examples() -> dict[str, doctest.DocTest]:
    """Return what is to be run, by the name of the object or of the page."""
    parser, found = doctest.DocTestParser(), {}
    for name, thing in public_names().items():
        if inspect.isroutine(thing) or inspect.isclass(thing):
            file = inspect.getsourcefile(inspect.unwrap(thing))
            found[name] = parser.get_doctest(thing.__doc__ or "", {}, name, file, 0)
    for page in sorted(API.glob("*.rst")):
        test = parser.get_doctest(page.read_text(encoding="utf-8"), {}, f"docs/api/{page.name}", str(page), 0)
        if test.examples:
            found[test.name] = test
    return found


@contextlib.contextmanager
def beginning() -> Iterator[dict[str, Any]]:
    """Stand in a folder as the page asks for; yield the names that are known after its first lines."""
    (code,) = re.findall(r"code-block:: python\n\n((?: {3}.*\n|\n)+)", (API / "index.rst").read_text(encoding="utf-8"))
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("data", "notebooks"):
            shutil.copytree(ROOT / name, Path(folder, name))
        shutil.copy(ROOT / "references.bib", folder)
        os.chdir(folder)
        try:
            names: dict[str, Any] = {}
            keep_evidence("data")
            with results_kept():  # many examples ask for the same
                exec(textwrap.dedent(code), names)
                yield names
        finally:
            os.chdir(before)


class Listening(doctest.DocTestRunner):
    """Collect what examples print that do not print what they say."""

    def __init__(self) -> None:
        super().__init__(verbose=False, optionflags=FLAGS)
        self.got: list[tuple[doctest.Example, str]] = []

    def report_failure(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        """Keep an output that is another."""
        self.got.append((example, got))

    def report_unexpected_exception(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, exc_info: Any
    ) -> None:
        """Keep an error that nobody foresaw."""
        kind, error, _ = exc_info
        self.got.append(
            (example, f"Traceback (most recent call last):\n    ...\n{kind.__module__}.{kind.__qualname__}: {error}\n")
        )


def run(test: doctest.DocTest, names: dict[str, Any]) -> list[tuple[doctest.Example, str]]:
    """Run one object's examples after the first lines; return those that print something else, with what they print."""
    test.globs = dict(names)
    listening = Listening()
    listening.run(test, clear_globs=False)
    return listening.got


def told(printed: str) -> list[str]:
    """Lay an output out for a docstring: wrapped where it is prose, cut where it is a table, with three dots."""
    lines = printed.rstrip("\n").split("\n")
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 2], "..."]
    shown: list[str] = []
    for line in map(str.rstrip, lines):
        if len(line) <= WIDTH:
            shown.append(line or "<BLANKLINE>")
        elif " " not in line:
            shown.append(line[: WIDTH - 3] + "...")
        elif "  " in line.strip() or shown[:1] == ["Traceback (most recent call last):"]:
            shown.append(line[: WIDTH - 4].rsplit(" ", 1)[0].rstrip() + " ...")
        else:
            rows = textwrap.wrap(line, WIDTH, break_on_hyphens=False)
            shown += rows if len(rows) <= 4 else [*rows[:3], rows[3].rsplit(" ", 1)[0] + " ..."]
    return shown


def start_of(test: doctest.DocTest) -> tuple[int, str]:
    """Return the line of its file on which a docstring, or a page, begins, and its indentation."""
    if test.filename.endswith(".rst"):
        return 0, ""
    own = test.name.rpartition(".")[2]
    for node in ast.parse(Path(test.filename).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == own:
            return node.body[0].lineno - 1, " " * node.body[0].col_offset
    raise LookupError(f"{test.name} is not at the top of {test.filename}")


def mend(test: doctest.DocTest, got: list[tuple[doctest.Example, str]]) -> None:
    """Write into the file what its examples print now."""
    path, (start, indent) = Path(test.filename), start_of(test)
    lines = path.read_text(encoding="utf-8").split("\n")
    for example, printed in sorted(got, key=lambda pair: -pair[0].lineno):
        first = start + example.lineno + example.source.count("\n")
        margin = indent or " " * example.indent
        lines[first : first + example.want.count("\n")] = [f"{margin}{line}" for line in told(printed)]
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    with beginning() as known:
        for written in examples().values():
            changed = run(written, known)
            if changed:
                mend(written, changed)
                sys.stderr.write(f"{written.name}: brought up to date\n")
