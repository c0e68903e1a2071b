"""Place axes and texts in inches, so that a figure is laid out from measured texts and not from guessed fractions."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import (
    Bbox,
    IdentityTransform,
    ScaledTranslation,
    Transform,
    TransformedPath,
    blended_transform_factory,
)

from synthesis.figures.parts.style import TEXT, new_figure

MARGIN = 0.10

# Given to texts that are not clipped: axes would make a path for each, which takes longer than the text itself.
UNCLIPPED = TransformedPath(Path.unit_rectangle(), IdentityTransform())


def axes_of_inches(width: float, height: float, *, margin: float = MARGIN) -> Axes:
    """Return axes of this size in a figure of their own with a margin around them."""
    whole_width, whole_height = width + 2 * margin, height + 2 * margin
    figure = new_figure(whole_width, whole_height)
    return figure.add_axes((margin / whole_width, margin / whole_height, width / whole_width, height / whole_height))


def space_of(ax: Axes) -> Bbox:
    """Return the space that axes were given, in inches from the lower left corner of the figure."""
    return ax.get_position(original=True).transformed(_inches_of_fractions(ax))


def place(ax: Axes, left: float, bottom: float, right: float, top: float) -> None:
    """Set axes into these inches of their figure."""
    ax.set_position(Bbox.from_extents(left, bottom, right, top).transformed(_inches_of_fractions(ax).inverted()))


def across(ax: Axes) -> Transform:
    """Return the transform of points whose x is in inches of the figure and whose y is on the axes' own scale."""
    return blended_transform_factory(ax.get_figure(root=True).dpi_scale_trans, ax.transData)


def from_edge(ax: Axes, edge: float) -> Transform:
    """Return the transform of points in inches: x of the figure, y above an edge of the axes (0 foot, 1 top)."""
    inches = ax.get_figure(root=True).dpi_scale_trans
    return blended_transform_factory(inches, inches + ScaledTranslation(0, edge, ax.transAxes))


def above(ax: Axes, edge: float) -> Transform:
    """Return the transform of points whose x is on the axes' own scale; y in inches above an edge (0 foot, 1 top)."""
    inches = ax.get_figure(root=True).dpi_scale_trans
    return blended_transform_factory(ax.transData, inches + ScaledTranslation(0, edge, ax.transAxes))


def write(ax: Axes, x: float, y: float, text: str, transform: Transform, **look: Any) -> Text:
    """Set a text as it stands (a "$" is a dollar), also outside the axes."""
    look = {"size": TEXT, "clip_on": False, "clip_path": UNCLIPPED} | look
    return ax.text(x, y, text, transform=transform, parse_math=False, **look)


def _inches_of_fractions(ax: Axes) -> Transform:
    return ax.figure.transSubfigure - ax.get_figure(root=True).dpi_scale_trans
