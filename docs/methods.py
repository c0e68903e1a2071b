"""Make the page on the methods and their sources from docs/method.md, docstrings and references.bib.

`python docs/make_pages.py` writes it. Nothing is said twice: a rule's words are those of the table, what a module does
is its own first sentence, and a source belongs to a rule because the rule's code cites it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from synthesis.evidence.bibliography.library import Bibliography, load_bibliography

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "methods.md"
TABLE = ROOT / "docs" / "method.md"
_KEY = re.compile(r"\b[a-z]+[0-9]{4}[a-z0-9]*\b")
_ROW = re.compile(r"^\| (?P<number>\d+) \| (?P<words>[^|]+) \| (?P<code>[^|]+) \|", re.MULTILINE)

_LEAD = """\
# The methods and their sources

<!-- Made by `python docs/make_pages.py` from docs/method.md, the docstrings and references.bib. Do not edit. -->

What each rule of the method does, where it lives in the code, and what that code cites. Which test holds it against
something outside, and where a reader meets it, stands in [the table of rules](method.md). How often the tests and
intervals are right for reviews like this one was [simulated](calibration.md).
"""


def cited(text: str, bibliography: Bibliography) -> list[str]:
    """Return the keys of methods that a text names, in its order; trials are no methods."""
    trials = {path.name for path in (ROOT / "data" / "trials").iterdir()}
    keys = bibliography.keys - trials
    return [key for key in dict.fromkeys(_KEY.findall(text)) if key in keys]


def told(module: Path) -> str:
    """Return all that a module says in words: its docstrings."""
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return "\n".join(ast.get_docstring(node) or "" for node in nodes if isinstance(node, kinds))


def methods_page() -> str:
    """Return the page."""
    bibliography = load_bibliography(ROOT / "references.bib")
    lines, rules = [_LEAD], list(_ROW.finditer(TABLE.read_text(encoding="utf-8")))
    for rule in rules:
        modules = re.findall(r"`(synthesis/[^`]+\.py)`", rule["code"])
        keys = cited("\n".join(told(ROOT / module) for module in modules), bibliography)
        words = rule["words"].strip()
        lines += [f"## Rule {rule['number']}: {words[0].upper()}{words[1:]}\n"]
        lines += [f"- `{module.removesuffix('.py').replace('/', '.')}`: {_first(ROOT / module)}" for module in modules]
        sources = "; ".join(f"[{bibliography.cite(key)}](#{key})" for key in keys)
        lines += [f"\nIts code cites {sources}.\n" if sources else "\nIts code cites no work.\n"]
    lines += ["## References\n", "Every work on method that the code cites, by its key in `references.bib`.\n"]
    everything = "\n".join(told(module) for module in sorted((ROOT / "synthesis").rglob("*.py")))
    for key in sorted(cited(everything, bibliography)):
        lines += [f"### {key}\n", f"{_linked(bibliography.reference(key))}\n"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _first(module: Path) -> str:
    """Return the first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def _linked(text: str) -> str:
    """Make an address a link, and keep what Markdown would read as markup."""
    words = [
        f"<{word}>" if word.startswith("https://") else re.sub(r"([*_<>\[\]])", r"\\\1", word) for word in text.split()
    ]
    return " ".join(words)
