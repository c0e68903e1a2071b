"""The marks of a forest plot that forestplot does not draw: diamond, prediction interval, arrows, null line."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from synthesis.figures.parts.style import INK, MUTED, NAVY, SKY

# Half heights in inches.
DIAMOND = 0.10
BAR = 0.04
BAR_END = 0.075
POINT = 0.035


def draw_diamond(ax: Axes, estimate: float, lower: float, upper: float, y: float, *, row_height: float) -> Polygon:
    """Draw the pooled effect: its tips are the ends of the interval."""
    half = DIAMOND / row_height
    corners = [(lower, y), (estimate, y + half), (upper, y), (estimate, y - half)]
    diamond = Polygon(corners, closed=True, facecolor=NAVY, edgecolor=NAVY, linewidth=0.8, zorder=3, gid="diamond")
    return ax.add_patch(diamond)


def draw_prediction_interval(ax: Axes, lower: float, upper: float, y: float, *, row_height: float) -> Rectangle:
    """Draw the prediction interval as a flat bar with upright ends, not to be taken for a trial or for the diamond."""
    half, end_half = BAR / row_height, BAR_END / row_height
    bar = Rectangle(
        (lower, y - half),
        upper - lower,
        2 * half,
        facecolor=SKY,
        edgecolor=NAVY,
        linewidth=0.8,
        zorder=3,
        gid="prediction interval",
    )
    ax.add_patch(bar)
    for end in (lower, upper):
        ax.add_line(Line2D([end, end], [y - end_half, y + end_half], color=NAVY, linewidth=1.6, zorder=3))
    return bar


def draw_null_line(ax: Axes, at: float, bottom: float, top: float) -> None:
    """Draw the line of no difference through all rows."""
    ax.add_line(Line2D([at, at], [bottom, top], color=INK, linewidth=0.9, zorder=0.5, gid="null line"))


def draw_pooled_line(ax: Axes, at: float, bottom: float, top: float) -> None:
    """Draw the pooled effect up through the trials, dotted, to compare them with it."""
    line = Line2D([at, at], [bottom, top], color=MUTED, linewidth=0.8, linestyle=(0, (1, 2.5)), zorder=0.4)
    line.set_gid("pooled line")
    ax.add_line(line)


def draw_arrows(
    ax: Axes, intervals: Iterable[tuple[float, float, float]], limits: tuple[float, float], *, color: str = INK
) -> None:
    """Mark the ends of intervals that run beyond the axis by an arrow head at its edge.

    Parameters
    ----------
    intervals : iterable of (lower, upper, y)
        On the scale of the axis.
    limits : tuple of float
        Of the x axis.
    """
    low, high = limits
    for lower, upper, y in intervals:
        for beyond, at, marker, side in ((lower < low, low, "<", "left"), (upper > high, high, ">", "right")):
            if beyond:
                head = Line2D(
                    [at], [y], marker=marker, markersize=5.5, color=color, linestyle="none", clip_on=False, zorder=4
                )
                head.set_gid(f"clipped {side}")
                ax.add_line(head)


def draw_points(ax: Axes, estimates: np.ndarray, *, row_height: float) -> None:
    """Draw a tick at each estimate, seen only where the square is smaller: a trial of little weight keeps its place."""
    places, half = np.arange(len(estimates))[::-1], POINT / row_height
    ax.vlines(estimates, places - half, places + half, color=INK, linewidth=1.1, zorder=0.6)


def square_areas(weights: np.ndarray, largest: float) -> np.ndarray:
    """Return the areas of the squares, proportional to the weights."""
    return largest * weights / weights.max()
