"""Name points beside them without letting the names cover each other or the points."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from synthesis.figures.parts.style import INK, LINE, PAPER, POINTS, SMALL, text_width

LINE_HEIGHT = 1.25 * SMALL
# Tried in this order, so that of equally free places the first is taken.
_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_DISTANCES = (2.0, 9.0, 18.0, 30.0, 45.0, 60.0)
MOST_COVERED = 0.2  # share of a name under another above which it is left out: the table has it
LINE_ROOM = np.array([0.0, 1.2])
NEAR = 9.0  # points; a name that need not be there stands no further away
CLOSE = 5.0  # points; a name further away is tied to its mark by a line
_LEADER = {"arrowstyle": "-", "color": LINE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}


class Box(NamedTuple):
    """A box in printer's points. Plain numbers: a figure asks a hundred thousand times how far two boxes overlap."""

    left: float
    bottom: float
    right: float
    top: float


def place_labels(
    ax: Axes,
    x: np.ndarray,
    y: np.ndarray,
    radius: np.ndarray,
    names: Sequence[str],
    lines: np.ndarray,
    *,
    needed: np.ndarray | None = None,
) -> None:
    """Name some of a plot's points.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With its limits and its place in the figure settled.
    x, y : numpy.ndarray, shape (k,)
        All points, on the axes' scale.
    radius : numpy.ndarray, shape (k,)
        Of the points' marks, in printer's points.
    names : sequence of str, length k
        Empty where a point stays without its name.
    lines : numpy.ndarray, shape (n, 3)
        Level lines to keep clear of: their ends and their y, on the axes' scale.
    needed : numpy.ndarray of bool, shape (k,), optional
        Names that choose their place first; the others stand only close to their mark where they cover nothing. By
        default all are.
    """
    needed = np.ones(len(names), dtype=bool) if needed is None else needed
    scale = ax.get_figure(root=True).dpi / POINTS
    centres = ax.transData.transform(np.column_stack([x, y])) / scale
    frame = ax.get_window_extent()
    inside = Box(frame.x0 / scale, frame.y0 / scale, frame.x1 / scale, frame.y1 / scale)
    marks = np.column_stack([centres - radius[:, None], centres + radius[:, None]])
    ends = [ax.transData.transform(lines[:, [i, 2]]) / scale for i in (0, 1)]
    threads = np.column_stack([ends[0] - LINE_ROOM, ends[1] + LINE_ROOM])
    fixed, threaded = [Box(*row) for row in marks.tolist()], [Box(*row) for row in threads.tolist()]
    taken: list[Box] = []
    # Crowded points choose first: a lonely one finds a place anyway.
    crowding = np.exp(-np.linalg.norm(centres[:, None] - centres[None], axis=2) / 40).sum(axis=1)
    for i in sorted((i for i, name in enumerate(names) if name), key=lambda i: (not needed[i], -crowding[i])):
        obstacles = [*fixed[:i], *fixed[i + 1 :], *threaded, *taken]
        box, distance = _best_box(*centres[i].tolist(), float(radius[i]), names[i], obstacles, inside)
        if sum(_overlap(box, other) for other in taken) > MOST_COVERED * _area(box):
            continue
        fits = distance <= NEAR and _overlap(box, inside) == _area(box) and not any(_overlap(box, o) for o in obstacles)
        if not (needed[i] or fits):
            continue
        taken.append(box)
        middle = np.array([(box.left + box.right) / 2, (box.bottom + box.top) / 2])
        ax.annotate(
            names[i],
            (x[i], y[i]),
            xytext=tuple(middle - centres[i]),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=SMALL,
            color=INK,
            parse_math=False,
            zorder=6,
            bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.7, "pad": 0.3},
            arrowprops=_LEADER if distance > CLOSE else None,
        )


def _best_box(x: float, y: float, radius: float, name: str, obstacles: list[Box], inside: Box) -> tuple[Box, float]:
    """Return the box of a name that covers least, and how far from its mark it stands."""
    half_width, half_height = text_width(name, size=SMALL) * POINTS / 2 + 1, LINE_HEIGHT / 2
    best, best_cost, best_distance = Box(0.0, 0.0, 0.0, 0.0), float("inf"), 0.0
    for distance in _DISTANCES:
        for right, up in _DIRECTIONS:
            away = (radius + distance) / sqrt(right * right + up * up)
            mid_x, mid_y = x + right * (away + half_width), y + up * (away + half_height)
            box = Box(mid_x - half_width, mid_y - half_height, mid_x + half_width, mid_y + half_height)
            covered = sum(_overlap(box, other) for other in obstacles)
            cost = covered + 10 * (_area(box) - _overlap(box, inside)) + distance
            if cost < best_cost:
                best, best_cost, best_distance = box, cost, distance
    return best, best_distance


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.top - box.bottom)


def _overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share, in points squared."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.top, other.top) - max(one.bottom, other.bottom)
    return width * height if width > 0 and height > 0 else 0.0
