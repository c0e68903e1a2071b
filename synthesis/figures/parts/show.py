"""Show a figure as a notebook and a page need it: picture with alt text, caption, its numbers as a table beneath."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthesis.figures.parts.svg import svg_of
from synthesis.markup import table_html

PIXELS_PER_INCH = 200
_UNDATED = {"png": {"Software": None}, "pdf": {"CreationDate": None}}
CSS_PIXELS_PER_INCH = 96


@dataclass(frozen=True, eq=False)
class ShownFigure:
    """A picture with its alternative text, its caption and its table; in a notebook it shows itself.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        What the picture shows, with its numbers, for who does not see it.
    caption : str
    table : pandas.DataFrame or None
        The numbers of the picture, ready to show.
    """

    figure: Figure = field(repr=False)
    alt: str
    caption: str = ""
    table: pd.DataFrame | None = field(default=None, repr=False)

    def svg(self) -> str:
        """Return the picture as SVG, the same bytes whenever the numbers are the same."""
        return svg_of(self.figure)

    def save(self, path: Path | str) -> Path:
        """Write the picture to a file of the kind its ending names (svg, png or pdf) and return its path."""
        path = Path(path)
        kind = path.suffix.removeprefix(".").lower()
        if kind == "svg":
            path.write_text(self.svg(), encoding="utf-8")
        else:
            self.figure.savefig(path, dpi=PIXELS_PER_INCH, metadata=_UNDATED.get(kind))
        return path

    def to_html(self) -> str:
        """Return a `figure` element, then the table in a `details` element; everything that is text is escaped."""
        picture = base64.b64encode(self.svg().encode("utf-8")).decode("ascii")
        width, height = (round(side * CSS_PIXELS_PER_INCH) for side in self.figure.get_size_inches())
        size = f'width="{width}" height="{height}" style="max-width:100%;height:auto"'
        source = f"data:image/svg+xml;base64,{picture}"
        image = f'<img alt="{escape(self.alt, quote=True)}" {size} src="{source}">'
        caption = f"<figcaption>{escape(self.caption)}</figcaption>" if self.caption else ""
        html = f'<figure class="picture">{image}{caption}</figure>'
        if self.table is None:
            return html
        table = table_html(self.table, self.caption or self.alt)
        return f"{html}<details><summary>The numbers in this figure</summary>{table}</details>"

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": f"{self.caption}\n{self.alt}".strip()}


def show(figure: Figure | Axes, *, alt: str, caption: str = "", table: pd.DataFrame | None = None) -> ShownFigure:
    """Make a figure ready to show.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or matplotlib.axes.Axes
        Axes stand for the whole figure they are part of.
    alt : str
        From the figure's own `..._alt_text`.
    caption : str
    table : pandas.DataFrame, optional
        From the figure's own `..._table`.

    Returns
    -------
    ShownFigure

    Raises
    ------
    ValueError
        For an empty alternative text.
    """
    if not alt.strip():
        raise ValueError("A figure needs an alternative text: say what it shows, with its numbers.")
    whole = figure.get_figure(root=True) if isinstance(figure, Axes) else figure
    return ShownFigure(whole, alt, caption, table)
