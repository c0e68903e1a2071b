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

from synthesis.figures.parts.drawn import Drawn, Picture
from synthesis.figures.parts.style import JOURNAL
from synthesis.figures.parts.svg import svg_of
from synthesis.markup import Item, list_html, table_html

PIXELS_PER_INCH = 200
_UNDATED = {"png": {"Software": None}, "pdf": {"CreationDate": None}}
CSS_PIXELS_PER_INCH = 96
# A figure made for a journal's column has print of seven points; on a screen it is shown a quarter larger, as long as
# there is room.
CSS_PIXELS_PER_JOURNAL_INCH = 120
MARGINS = 0.2  # inches that a figure made for a journal's width may have around it
# Below this width of the window the narrow picture is shown, where there is one; the style sheet has it too.
PHONE = "screen and (max-width: 40rem)"


@dataclass(frozen=True, eq=False)
class ShownFigure:
    """A picture with its alternative text, its caption and its table; in a notebook it shows itself.

    Attributes
    ----------
    drawn : Drawn
        The picture, drawn when it is first needed.
    alt : str
        What the picture shows, with its numbers, for who does not see it.
    caption : str
    table : pandas.DataFrame or None
        The numbers of the picture, ready to show.
    drawn_narrow : Drawn or None
        The same content for a phone.
    outline : tuple of Item
        The numbers of the picture as a nested list, where a table cannot hold their order.
    kind : str
        A class that tells other rooms what it is a picture of.

    Examples
    --------
    >>> from synthesis.figures import show_forest
    >>> shown = show_forest(pooled)
    >>> print(shown.caption)
    Personal recovery: 17 trials, 3,974 people
    >>> len(shown.table)
    19
    >>> shown.save("forest.svg")
    PosixPath('forest.svg')
    """

    drawn: Drawn = field(repr=False)
    alt: str
    caption: str = ""
    table: pd.DataFrame | None = field(default=None, repr=False)
    drawn_narrow: Drawn | None = field(default=None, repr=False)
    outline: tuple[Item, ...] = field(default=(), repr=False)
    kind: str = ""

    @property
    def figure(self) -> Figure:
        """The picture as matplotlib has it, to be altered before it is shown."""
        return self.drawn.figure

    @property
    def narrow(self) -> Figure | None:
        """The same content for a phone; None where there is none."""
        return None if self.drawn_narrow is None else self.drawn_narrow.figure

    def svg(self) -> str:
        """Return the picture as SVG, the same bytes whenever the numbers are the same."""
        return self.drawn.picture().svg

    def save(self, path: Path | str, *, narrow: bool = False) -> Path:
        """Write the picture, or the one for phones, to a file of the kind its ending names (svg, png or pdf).

        Returns
        -------
        pathlib.Path
            Of the file.
        """
        path = Path(path)
        kind = path.suffix.removeprefix(".").lower()
        figure = self.narrow if narrow and self.narrow is not None else self.figure
        if kind == "svg":
            path.write_text(svg_of(figure), encoding="utf-8")
        else:
            figure.savefig(path, dpi=PIXELS_PER_INCH, metadata=_UNDATED.get(kind))
        return path

    def to_html(self) -> str:
        """Return a `figure` element, then the table in a `details` element; everything that is text is escaped."""
        caption = f"<figcaption>{escape(self.caption)}</figcaption>" if self.caption else ""
        classes = f"picture {self.kind}".strip()
        html = f'<figure class="{classes}">{self._picture()}{caption}</figure>'
        numbers = list_html(self.outline) if self.outline else ""
        if self.table is not None:
            numbers += table_html(self.table, self.caption or self.alt)
        return f"{html}<details><summary>The numbers in this figure</summary>{numbers}</details>" if numbers else html

    def _picture(self) -> str:
        """Return the image; with a narrow one, a `picture` that lets the browser choose by the window's width."""
        picture = self.drawn.picture()
        fits_journal = self.drawn_narrow is not None and picture.width <= JOURNAL + MARGINS
        per_inch = CSS_PIXELS_PER_JOURNAL_INCH if fits_journal else CSS_PIXELS_PER_INCH
        look = 'style="max-width:100%;height:auto"'
        source, size = _inlined(picture, per_inch)
        image = f'<img alt="{escape(self.alt, quote=True)}" {size} {look} src="{source}">'
        if self.drawn_narrow is None:
            return image
        source, size = _inlined(self.drawn_narrow.picture(), CSS_PIXELS_PER_INCH)
        return f'<picture><source media="{PHONE}" {size} srcset="{source}">{image}</picture>'

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": self.to_text()}

    def to_text(self) -> str:
        """Return the caption and what the picture shows in words."""
        return f"{self.caption}\n{self.alt}".strip()


@dataclass(frozen=True, eq=False)
class ShownFigures:
    """Several shown figures, one after another; in a notebook they show themselves.

    Examples
    --------
    >>> from synthesis.figures import show_risk_of_bias
    >>> shown = show_risk_of_bias(pooled, evidence)
    >>> [figure.kind for figure in shown.figures]
    ['risk-of-bias', 'risk-of-bias']
    """

    figures: tuple[ShownFigure, ...]

    def to_html(self) -> str:
        """Return the figures, each with its numbers."""
        return "".join(figure.to_html() for figure in self.figures)

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": "\n\n".join(figure.to_text() for figure in self.figures)}


def _inlined(picture: Picture, per_inch: int) -> tuple[str, str]:
    """Return a picture as the address of an image, and its size in the pixels of a page."""
    inside = base64.b64encode(picture.svg.encode("utf-8")).decode("ascii")
    width, height = (round(side * per_inch) for side in (picture.width, picture.height))
    return f"data:image/svg+xml;base64,{inside}", f'width="{width}" height="{height}"'


def show(
    figure: Figure | Axes | Drawn,
    *,
    alt: str,
    caption: str = "",
    table: pd.DataFrame | None = None,
    narrow: Figure | Axes | Drawn | None = None,
    outline: tuple[Item, ...] = (),
    kind: str = "",
) -> ShownFigure:
    """Make a figure ready to show.

    Parameters
    ----------
    figure : matplotlib.figure.Figure, matplotlib.axes.Axes or Drawn
        Axes stand for the whole figure they are part of; what is `Drawn` is drawn when it is first needed.
    alt : str
        From the figure's own `..._alt_text`.
    caption : str
    table : pandas.DataFrame, optional
        From the figure's own `..._table`.
    narrow : matplotlib.figure.Figure, matplotlib.axes.Axes or Drawn, optional
        The same content for a phone.
    outline : tuple of Item
        The numbers as a nested list.
    kind : str
        A class that tells other rooms what it is a picture of; of `markup`.

    Returns
    -------
    ShownFigure

    Raises
    ------
    ValueError
        For an empty alternative text.

    Examples
    --------
    >>> from synthesis.figures import show
    >>> shown = show(forest_plot(pooled), alt="Seventeen trials and their average.", caption="Personal recovery")
    >>> shown.alt
    'Seventeen trials and their average.'
    """
    if not alt.strip():
        raise ValueError("A figure needs an alternative text: say what it shows, with its numbers.")
    return ShownFigure(_drawn(figure), alt, caption, table, None if narrow is None else _drawn(narrow), outline, kind)


def _drawn(figure: Figure | Axes | Drawn) -> Drawn:
    return figure if isinstance(figure, Drawn) else Drawn.already(figure)
