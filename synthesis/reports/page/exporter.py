"""The nbconvert exporter of the pages: cells to HTML by our own template, then made safe and readable by everyone."""

from __future__ import annotations

# Before nbconvert, which imports nbformat too.
from synthesis.reports.record.notebook_format import nbformat

# isort: split

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from synthesis.reports.page.accessible import mend_pictures, mend_tables
from synthesis.reports.page.blocks import blocks_of
from synthesis.reports.page.outline import Entry, drop_title, order_headings
from synthesis.reports.page.sanitise import sanitise
from synthesis.reports.record.fingerprint import TEMPLATES

# What a reader is shown when an output comes in several forms.
PREFERRED = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")

TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Body:
    """The inside of a page below its title: its HTML and its headings."""

    html: str
    contents: list[Entry]


class ReportExporter(TemplateExporter):
    """Cells to HTML with the template in `templates/notebook`; no style, script or address from elsewhere."""

    output_mimetype = "text/html"
    file_extension = ".html"

    def __init__(self) -> None:
        super().__init__(
            template_name="notebook",
            extra_template_basedirs=[str(TEMPLATES)],
            extra_template_paths=[],
            default_preprocessors=[],  # none is needed, and each would copy and validate the notebook again
        )

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """Add the filters of our template to nbconvert's."""
        yield from super().default_filters()
        yield "prose", lambda source: _markdown(source, escape_html=False)
        yield "reported_prose", lambda source: _markdown(source, escape_html=True)
        yield "python", _python
        yield "as_text", lambda text: escape(TERMINAL_COLOURS.sub("", text))
        yield "blocks", blocks_of
        yield "preferred", lambda data: next((form for form in PREFERRED if form in data), "")
        yield "picture", _picture


def _markdown(source: str, *, escape_html: bool) -> str:
    """Render Markdown; in what code printed, tags are shown as text, because data may have typed them."""
    renderer = IPythonRenderer(escape=escape_html, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(source)


@cache
def _python(source: str) -> str:
    """Colour code; pages of one notebook share all of it but their parameters."""
    return highlight(source, PythonLexer(), HtmlFormatter(cssclass="python"))


def _picture(output: nbformat.NotebookNode, form: str) -> str:
    """Return an image element; its description stands in the output's metadata, where classic Jupyter puts it."""
    data, described = output["data"][form], output.get("metadata", {})
    if form == "image/svg+xml":
        data = b64encode(data.encode()).decode()
    alt = described.get(form, {}).get("alt", described.get("alt"))
    description = "" if alt is None else f' alt="{escape(alt)}"'
    return f'<img src="data:{form};base64,{data.strip()}"{description}>'


class _Own(nbformat.NotebookNode):
    """A notebook that was read for its page alone: nbconvert copies it twice, to keep it as it was."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Own:
        return self


def body_of(notebook: nbformat.NotebookNode, exporter: ReportExporter) -> Body:
    """Return the inside of the page of an executed notebook."""
    html, _ = exporter.from_notebook_node(_Own(notebook))
    soup = sanitise(html)
    drop_title(soup)
    contents = order_headings(soup)
    mend_pictures(soup)
    mend_tables(soup)
    return Body(str(soup), contents)
