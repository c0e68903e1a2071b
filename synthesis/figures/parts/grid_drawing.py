"""Draw a grid: cells by kind, slanted headings, groups, counts and legend."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Bbox, Transform

from synthesis.errors import SynthesisError
from synthesis.figures.parts.grid import (
    GROUP_BAND,
    GROUP_GAP,
    GROUP_SIZE,
    HEADING_SIZE,
    LABEL_PAD,
    LEGEND_LINE,
    SWATCH,
    TOTAL_GAP,
    CellSign,
    Grid,
    total_width,
)
from synthesis.figures.parts.inches import UNCLIPPED, across, axes_of_inches, from_edge, place, space_of, write
from synthesis.figures.parts.style import FAINT, INK, LINE, MUTED, POINTS, SMALL, house_style, shorten, shorten_label


@house_style
def draw_grid(grid: Grid, *, ax: Axes | None = None) -> Axes:
    """Draw a grid.

    Parameters
    ----------
    grid : Grid
    ax : matplotlib.axes.Axes, optional
        Where to draw, labels, headings and counts included; by default a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
        The cells: columns at `grid.places`, the first row at the top (y = rows - 1), the last at 0.

    Raises
    ------
    SynthesisError
        Where there is no cell, or axes leave no room for them.
    """
    if not grid.signs.size:
        raise SynthesisError("There are no rows or no columns, so there is no map to draw.")
    span = grid.span
    if ax is None:
        width = max(grid.label_width + span * grid.fitting_cell_width + grid.right_width, grid.legend_width)
        ax = axes_of_inches(width, grid.heading_height + len(grid.rows) * grid.cell_height + grid.foot_height)
    space = space_of(ax)
    inner = Bbox.from_extents(
        space.x0 + grid.label_width,
        space.y0 + grid.foot_height,
        space.x1 - grid.right_width,
        space.y1 - grid.heading_height,
    )
    if inner.width < 0.1 * span or inner.height < 0.1 * len(grid.rows):
        raise SynthesisError(
            f"The axes leave {max(inner.width, 0):.1f} x {max(inner.height, 0):.1f} inches for {len(grid.rows)} x "
            f"{len(grid.columns)} cells, too little to read them. Give larger axes, or none."
        )
    place(ax, inner.x0, inner.y0, inner.x1, inner.y1)
    ax.set(xlim=(0, span), ylim=(-0.5, len(grid.rows) - 0.5), xticks=[])
    ax.spines[:].set_visible(False)
    _draw_cells(ax, grid)
    _draw_row_labels(ax, grid, space, inner)
    _draw_column_totals(ax, grid, inner)
    _draw_headings(ax, grid, inner, edge=1, start=0.0)
    if grid.repeats_headings:
        _draw_headings(ax, grid, inner, edge=0, start=-TOTAL_GAP - grid.total_height * len(grid.column_totals))
    _draw_legend(ax, grid, space)
    return ax


def _draw_cells(ax: Axes, grid: Grid) -> None:
    """Draw one path for each kind of cell, then glyphs and corners.

    The limits are set, so the paths are added as mere artists: as patches, each corner would be asked for new limits.
    """
    kinds = list(dict.fromkeys(grid.signs.ravel()))
    height = len(grid.rows) - 1
    for kind in kinds:
        at = np.argwhere(grid.signs == kind)
        middles = np.column_stack([grid.places[at[:, 1]], height - at[:, 0]])
        boxes = Path.make_compound_path(*[_box(x, y) for x, y in middles])
        ax.add_artist(
            PathPatch(boxes, facecolor=kind.fill, edgecolor=kind.edge, linewidth=0.5, zorder=1, gid=kind.words)
        )
        if kind.stroke:
            strokes = Path.make_compound_path(*[Path([(x - 0.22, y - 0.25), (x + 0.22, y + 0.25)]) for x, y in middles])
            ax.add_artist(PathPatch(strokes, facecolor="none", edgecolor=LINE, linewidth=0.7, zorder=2))
        for x, y in middles if kind.glyph else ():
            ax.text(
                x,
                y,
                kind.glyph,
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                color=kind.ink,
                zorder=3,
                clip_path=UNCLIPPED,
            )
    if grid.marked is not None:
        _draw_corners(ax, grid)


def _box(x: float, y: float) -> Path:
    corners = [(x - 0.46, y - 0.44), (x + 0.46, y - 0.44), (x + 0.46, y + 0.44), (x - 0.46, y + 0.44)]
    return Path([*corners, corners[0]], closed=True)


def _draw_corners(ax: Axes, grid: Grid) -> None:
    """Mark cells by a corner in the ink of their sign, dark on light and light on dark."""
    corners: dict[str, list[Path]] = {}
    for row, column in np.argwhere(grid.marked):
        x, y = grid.places[column], len(grid.rows) - 1 - row
        points = [(x + 0.46, y + 0.44), (x + 0.18, y + 0.44), (x + 0.46, y - 0.06)]
        corners.setdefault(grid.signs[row, column].ink, []).append(Path([*points, points[0]], closed=True))
    for ink, paths in corners.items():
        path = Path.make_compound_path(*paths)
        ax.add_artist(PathPatch(path, facecolor=ink, linewidth=0, zorder=4, gid="corners"))


def _draw_row_labels(ax: Axes, grid: Grid, space: Bbox, inner: Bbox) -> None:
    """Set the labels and counts of the rows, and a faint line every five."""
    k, rows, head = len(grid.rows), across(ax), from_edge(ax, 1)
    labels = [shorten_label(label, grid.label_limit, size=grid.size) for label in grid.rows]
    ax.set_yticks(np.arange(k), labels=labels[::-1], parse_math=False)
    ax.tick_params(axis="y", length=0, pad=LABEL_PAD, labelsize=grid.size)
    for y in range(k - 6, -1, -5):
        look = {"color": FAINT, "linewidth": 0.6, "clip_on": False, "zorder": 0}
        ax.add_artist(Line2D([space.x0, inner.x1], [y + 0.5] * 2, transform=rows, **look))
    x = inner.x1
    for total in grid.row_totals:
        heading, counts = total
        x += TOTAL_GAP + total_width(total, grid.size)
        write(ax, x, 0.05, heading, head, ha="right", va="bottom", color=MUTED, size=SMALL)
        for y, count in zip(range(k - 1, -1, -1), counts, strict=True):
            write(ax, x, y, str(count), rows, ha="right", va="center_baseline", color=MUTED, size=grid.size)


def _draw_column_totals(ax: Axes, grid: Grid, inner: Bbox) -> None:
    """Set the counts beneath the columns."""
    foot = from_edge(ax, 0)
    for i, (heading, counts) in enumerate(grid.column_totals):
        y = -TOTAL_GAP - grid.total_height * (i + 0.5)
        look = {"ha": "right", "va": "center_baseline", "color": MUTED, "size": grid.size}
        write(ax, inner.x0 - LABEL_PAD / POINTS, y, heading, foot, **look)
        for x, count in zip(_inches(grid, inner), counts, strict=True):
            turned = {"rotation": 90, "va": "center"} if grid.turned_totals else {"va": "center_baseline"}
            write(ax, x, y, str(count), foot, ha="center", size=SMALL, **turned)


def _draw_headings(ax: Axes, grid: Grid, inner: Bbox, edge: int, start: float) -> None:
    """Set the columns' headings outwards from the top (edge 1) or foot (edge 0), beginning so many inches from it."""
    out, transform = (1 if edge else -1), from_edge(ax, edge)
    band = _draw_groups(ax, grid, inner, edge, start) if len(grid.groups) else 0.0
    look = {"ha": "left", "va": "center", "rotation": out * grid.slant, "rotation_mode": "anchor", "linespacing": 1.0}
    for x, heading in zip(_inches(grid, inner), grid.headings, strict=True):
        write(ax, x, start + out * (band + 0.06), heading, transform, size=HEADING_SIZE, **look)


def _draw_groups(ax: Axes, grid: Grid, inner: Bbox, edge: int, start: float) -> float:
    """Bracket the columns of each group and name it; returns the inches used."""
    out, transform = (1 if edge else -1), from_edge(ax, edge)
    unit = inner.width / grid.span
    half = 0.46 * unit
    look = {"ha": "center", "va": "center_baseline", "weight": "bold", "size": GROUP_SIZE}
    for group, block in groupby(zip(_inches(grid, inner), grid.groups, strict=True), key=lambda column: column[1]):
        places = [x for x, _ in block]
        ends, y = [places[0] - half, places[-1] + half], start + out * 0.04
        ax.add_artist(Line2D(ends, [y, y], transform=transform, color=INK, linewidth=1.2, clip_on=False))
        name = shorten(group, (len(places) + GROUP_GAP) * unit, size=GROUP_SIZE)
        write(ax, sum(ends) / 2, start + out * 0.12, name, transform, **look)
    return GROUP_BAND


def _inches(grid: Grid, inner: Bbox) -> np.ndarray:
    """Return the middles of the columns in inches of the figure."""
    return inner.x0 + grid.places * inner.width / grid.span


def _draw_legend(ax: Axes, grid: Grid, space: Bbox) -> None:
    """Explain shades, glyphs and corners in the empty place above the row labels."""
    head = from_edge(ax, 0 if grid.legend_below else 1)
    y = grid.legend_height - 0.1 - grid.foot_height if grid.legend_below else grid.heading_height
    y -= LEGEND_LINE / 2
    entries = [*grid.legend, *([CellSign(grid.mark_words)] if grid.marked is not None else [])]
    for sign in entries:
        _draw_swatch(ax, sign, space.x0, y, head, corner=sign.words == grid.mark_words)
        write(ax, space.x0 + SWATCH + 0.1, y, sign.words, head, va="center_baseline")
        y -= LEGEND_LINE


def _draw_swatch(ax: Axes, sign: CellSign, x: float, y: float, transform: Transform, *, corner: bool) -> None:
    look = {"transform": transform, "clip_on": False}
    ax.add_artist(
        Rectangle((x, y - 0.075), SWATCH, 0.15, facecolor=sign.fill, edgecolor=sign.edge, linewidth=0.6, **look)
    )
    if sign.stroke:
        ax.add_artist(Line2D([x + 0.07, x + 0.19], [y - 0.045, y + 0.045], color=LINE, linewidth=0.8, **look))
    if corner:
        points = [(x + SWATCH, y + 0.075), (x + SWATCH - 0.1, y + 0.075), (x + SWATCH, y - 0.02)]
        ax.add_artist(Polygon(points, closed=True, facecolor=INK, linewidth=0, **look))
    write(ax, x + SWATCH / 2, y, sign.glyph, transform, ha="center", va="center_baseline", size=SMALL, color=sign.ink)
