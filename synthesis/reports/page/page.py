"""The page of one executed notebook: its cells inside the common layout, its provenance at the foot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from synthesis.reports.page.exporter import ReportExporter, body_of
from synthesis.reports.page.layout import templates
from synthesis.reports.record.notebook_format import nbformat

FEWEST_ENTRIES_FOR_CONTENTS = 2
SITE = "The evidence"


class PageMaker:
    """Renders executed notebooks; keeps the exporter, whose making costs more than a page."""

    def __init__(self) -> None:
        self._exporter = ReportExporter()

    def page(self, notebook: Path, manifest: Mapping[str, Any], *, in_report: bool = True) -> str:
        """Return the page of an executed notebook.

        Parameters
        ----------
        notebook : pathlib.Path
            The executed notebook.
        manifest : Mapping
            Its manifest: the page's title, and what is printed in words at the foot.
        in_report : bool
            Whether an index stands beside the page's folder, to link to.
        """
        body = body_of(nbformat.read(notebook, as_version=4), self._exporter)
        template = templates().get_template("page.html.j2")
        return template.render(
            title=manifest["title"],
            site=manifest.get("site") or SITE,
            body=Markup(body.html),
            contents=body.contents if len(body.contents) >= FEWEST_ENTRIES_FOR_CONTENTS else [],
            manifest=manifest,
            in_report=in_report,
        )
