"""The pictures that executed notebooks show, with their descriptions and captions."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

from bs4 import BeautifulSoup

from synthesis.reports.documents.blocks import Picture
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
    found = []
    for cell in read_notebook(notebook)["cells"]:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if "<figure" in html:
                found += BeautifulSoup(html, "html.parser").find_all("figure")
    pictures = []
    for figure in found:
        image, caption = figure.find("img"), figure.find("figcaption")
        if image is not None and str(image.get("src", "")).startswith(SVG):
            svg = b64decode(image["src"].removeprefix(SVG)).decode("utf-8")
            says = caption.get_text(" ", strip=True) if caption is not None else ""
            pictures.append(Picture(f"{slug}-{len(pictures) + 1}", svg, str(image.get("alt", "")), says))
    return pictures
