"""Name points beside them without letting the names cover each other or the points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from synthesis.figures.parts.style import INK, LINE, PAPER, POINTS, SMALL, text_width

LINE_HEIGHT = 1.25 * SMALL
# Tried in this order, so that of equally free places the first is taken.
_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_DISTANCES = (2.0, 9.0, 18.0, 30.0, 45.0, 60.0)
_TOWARDS = np.tile(np.array(_DIRECTIONS, float), (len(_DISTANCES), 1))
_AWAY, _LENGTH = np.repeat(_DISTANCES, len(_DIRECTIONS)), np.linalg.norm(_TOWARDS, axis=1)
MOST_COVERED = 0.2  # share of a name under another above which it is left out: the table has it
LINE_ROOM = np.array([0.0, 1.2])
NEAR = 9.0  # points; a name that need not be there stands no further away
CLOSE = 5.0  # points; a name further away is tied to its mark by a line
_LEADER = {"arrowstyle": "-", "color": LINE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}


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
    inside = np.array(frame.extents) / scale
    marks = np.column_stack([centres - radius[:, None], centres + radius[:, None]])
    ends = [ax.transData.transform(lines[:, [i, 2]]) / scale for i in (0, 1)]
    threads = np.column_stack([ends[0] - LINE_ROOM, ends[1] + LINE_ROOM])
    taken = np.empty((0, 4))
    # Crowded points choose first: a lonely one finds a place anyway.
    crowding = np.exp(-np.linalg.norm(centres[:, None] - centres[None], axis=2) / 40).sum(axis=1)
    for i in sorted((i for i, name in enumerate(names) if name), key=lambda i: (not needed[i], -crowding[i])):
        obstacles = np.concatenate([marks[:i], marks[i + 1 :], threads, taken])
        box, distance = _best_box(centres[i], float(radius[i]), names[i], obstacles, inside)
        if _overlaps(box[None], taken).sum() > MOST_COVERED * _area(box):
            continue
        within = (box[:2] >= inside[:2]).all() and (box[2:] <= inside[2:]).all()
        if not (needed[i] or (distance <= NEAR and within and not _overlaps(box[None], obstacles).any())):
            continue
        taken = np.vstack([taken, box])
        middle = (box[:2] + box[2:]) / 2
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


def _best_box(
    centre: np.ndarray, radius: float, name: str, obstacles: np.ndarray, inside: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return the box of a name that covers least, and how far from its mark it stands."""
    half = np.array([text_width(name, size=SMALL) * POINTS / 2 + 1, LINE_HEIGHT / 2])
    middle = centre + _TOWARDS * ((radius + _AWAY) / _LENGTH)[:, None] + np.sign(_TOWARDS) * half
    boxes = np.column_stack([middle - half, middle + half])
    covered = _overlaps(boxes, obstacles).sum(axis=1)
    outside = 4 * half.prod() - _overlaps(boxes, inside[None])[:, 0]
    # Rounded, so that the first of equally good places is taken and not the one whose sum ends in a smaller digit.
    best = int(np.argmin((covered + 10 * outside + _AWAY).round(6)))
    return boxes[best], float(_AWAY[best])


def _area(box: np.ndarray) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def _overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the areas that boxes (n, 4) share with others (m, 4), in points squared; shape (n, m)."""
    one, other = boxes[:, None], others[None]
    shared = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    return np.maximum(shared, 0.0).prod(axis=2)
