"""The pictures and tables that executed notebooks show, with their descriptions and captions."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup

from synthesis.reports.documents.blocks import Picture, Table
from synthesis.reports.record.parameters import read_notebook

SVG = "data:image/svg+xml;base64,"


def pictures_of(notebook: Path, slug: str) -> list[Picture]:
    """Return the pictures of a page in their order, named by the page and their number.

    Parameters
    ----------
    notebook : pathlib.Path
        Executed.
    slug : str
        The page's name.
    """
    found = [figure for html in _shown(notebook, "<figure") for figure in html.find_all("figure")]
    pictures = []
    for figure in found:
        image, caption = figure.find("img"), figure.find("figcaption")
        if image is not None and str(image.get("src", "")).startswith(SVG):
            svg = b64decode(image["src"].removeprefix(SVG)).decode("utf-8")
            says = caption.get_text(" ", strip=True) if caption is not None else ""
            kinds = frozenset(figure.get_attribute_list("class", []))
            pictures.append(Picture(f"{slug}-{len(pictures) + 1}", svg, str(image.get("alt", "")), says, kinds))
    return pictures


def tables_of(notebook: Path) -> list[Table]:
    """Return the tables of a page in their order, those beneath pictures left out.

    Parameters
    ----------
    notebook : pathlib.Path
        Executed.
    """
    tables = []
    for html in _shown(notebook, "<table"):
        if html.find("figure") is not None:
            continue
        for table in html.find_all("table"):
            rows = [
                [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")
            ]
            caption = table.find("caption")
            says = caption.get_text(" ", strip=True) if caption is not None else ""
            tables.append(Table(says, tuple(rows[0]), tuple(map(tuple, rows[1:]))))
    return tables


def _shown(notebook: Path, holding: str) -> Iterator[BeautifulSoup]:
    """Yield what each output of a notebook shows as HTML that holds a tag; to parse the others would cost time."""
    for cell in read_notebook(notebook)["cells"]:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if holding in html:
                yield BeautifulSoup(html, "html.parser")
