"""How `make site` turns the pages of this folder and the docstrings of the package into site/."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from numpydoc import xref
from pygments.lexers.special import TextLexer

ROOT = Path(__file__).resolve().parents[1]
KEY = re.compile(r"(?<![\w/#`<])[a-z]+[0-9]{4}[a-z0-9]*(?![\w`>])")
WORKS = set(re.findall(r"^### (\w+)$", (ROOT / "docs" / "methods.md").read_text(encoding="utf-8"), re.MULTILINE))
UNPRINTABLE = re.compile(r"<function [^=]*? at 0x[0-9a-f]+>|\(Step\(.*\)\)")
sys.path.insert(0, str(ROOT))

import synthesis  # noqa: E402

project = "Peer work synthesis"
author = "The peer work synthesis contributors"
release = version = synthesis.__version__
language = "en-GB"

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
nitpicky = True
# Anchors as GitHub makes them, so that a link works in both places.
myst_heading_anchors = 4
# Single backticks in a docstring are code, as in Markdown.
default_role = "code"

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
# A signature shows names and defaults; what they are stands below it, in words.
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {
    name: f"synthesis.{name}" for name in synthesis.__all__ if inspect.isclass(getattr(synthesis, name))
}

xref.DEFAULT_LINKS.clear()  # they lead to manuals of others, which would have to be fetched to be resolved

html_theme = "furo"
html_math_renderer = "mathml"
html_title = "Peer work synthesis"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"


def plain_signature(
    _app: Any, what: str, _name: str, obj: Any, _options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Leave out how a frozen result is constructed, which nobody does, and defaults that say nothing in print."""
    if what == "class" and is_dataclass(obj):
        return "", ""
    return (UNPRINTABLE.sub("...", signature), returns) if signature else None


def mathml(self: Any, node: nodes.Element) -> None:
    """Write a formula as MathML, which browsers draw themselves: MathJax would have to be fetched."""
    block = isinstance(node, nodes.math_block)
    formula = latex2mathml.tex2mathml(node.astext(), as_block=block)
    self.body.append(f'<div class="math">{formula}</div>' if block else formula)
    raise nodes.SkipNode


def lead_to_sources(_app: Any, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Lead the keys that a docstring cites in brackets to the works themselves."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            lines[number] = KEY.sub(
                lambda key: f"`{key[0]} <../methods.html#{key[0]}>`__" if key[0] in WORKS else key[0], line
            )


def lead_to_pages(_app: Any, _name: str, source: list[str]) -> None:
    """Lead links to a file of the repository that is a page of the site to that page."""
    for file, page in {"../CONTRIBUTING.md": "contributing.md", "../CHANGELOG.md": "changelog.md"}.items():
        source[0] = source[0].replace(f"]({file}", f"]({page}").replace(f"](../{file}", f"](../{page}")


def setup(app: Any) -> dict[str, Any]:
    """Register the hooks above."""
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", lead_to_pages)
    app.connect("autodoc-process-docstring", lead_to_sources)
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    app.connect("autodoc-process-signature", plain_signature)
    return {"parallel_read_safe": True}
