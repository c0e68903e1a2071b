"""What the panels of a sheet share: a frame inside the space they were given, a heading, an axis of benefit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator

from synthesis.figures.parts.inches import axes_of_inches, from_edge, place, space_of, write
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.style import HEADING, INK, MUTED, SMALL, text_width, wrap
from synthesis.wording import number

HEAD = 0.30
NOTE_LINE = 0.14
TICK_GAP = 0.14
FAVOURS = "favours {side} →"
TURNED = "{measure}, turned to benefit"


class Margins(NamedTuple):
    """Inches around a panel's plot: for row names or an axis, for the axis beneath, at the right edge."""

    left: float
    foot: float
    right: float = 0.08


def open_panel(
    ax: Axes | None, size: tuple[float, float], margins: Margins, heading: str, note: str
) -> tuple[Axes, float]:
    """Return axes within the space that was given, under a heading and above a note, and the space's left edge.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        The space; None for a figure of its own.
    size : tuple of float
        Inches of that figure.
    margins : Margins
    heading, note : str
        The note says how to read the marks; it is wrapped to the panel's width.
    """
    ax = axes_of_inches(*size) if ax is None else ax
    space = space_of(ax)
    lines = wrap(note, space.width, size=SMALL).split("\n")
    foot = margins.foot + NOTE_LINE * len(lines)
    place(ax, space.x0 + margins.left, space.y0 + foot, space.x1 - margins.right, space.y1 - HEAD)
    write(ax, space.x0, HEAD - 0.14, heading, from_edge(ax, 1), size=HEADING, weight="bold")
    for i, line in enumerate(lines):
        write(ax, space.x0, -margins.foot - NOTE_LINE * i, line, from_edge(ax, 0), va="top", size=SMALL, color=MUTED)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=SMALL)
    return ax, float(space.x0)


def benefit_ticks(scale: EffectScale, low: float, high: float, turn: float) -> tuple[np.ndarray, list[str]]:
    """Return places on an axis of benefit, and their labels: of a ratio the natural ones, as the outcome has it."""
    if not scale.ratio:
        return scale.ticks(low, high)
    places, labels = scale.ticks(*sorted((turn * low, turn * high)))
    return turn * places, labels


def set_ticks(axis: Axis, limits: tuple[float, float]) -> None:
    """Set round ticks that lie within an axis: matplotlib keeps one beyond each end, unseen."""
    places = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(*limits)
    places = places[(places >= limits[0]) & (places <= limits[1])]
    digits = next(d for d in range(8) if d == 7 or np.allclose(places, np.round(places, d), atol=1e-12))
    axis.set_ticks(places, labels=[number(place, digits) for place in places])


def sparse(places: np.ndarray, labels: list[str], width: float) -> list[int]:
    """Return which ticks to keep so that their labels stand apart in a width in inches; 0 stays if it is among them."""
    widest = max((text_width(label, size=SMALL) for label in labels), default=0.0) + TICK_GAP
    every = max(1, int(np.ceil(len(labels) * widest / width)))
    zero = int(np.argmin(np.abs(places))) if len(places) else 0
    return [i for i in range(len(labels)) if (i - zero) % every == 0]


def draw_benefit_axis(ax: Axes, scale: EffectScale, limits: tuple[float, float], turn: float) -> None:
    """Set the x axis to benefit, with what it measures and which side it favours."""
    ax.set_xlim(limits)
    places, labels = benefit_ticks(scale, *limits, turn)
    width = ax.get_position().width * ax.get_figure(root=True).get_figwidth()
    kept = sparse(places, labels, width)
    ax.set_xticks(places[kept], labels=[labels[i] for i in kept])
    ax.axvline(0, color=INK, linewidth=0.9, zorder=0.6, gid="null line")
    measure = TURNED.format(measure=scale.measure) if turn < 0 and not scale.ratio else scale.measure
    look = {"textcoords": "offset points", "xycoords": "axes fraction", "va": "top", "fontsize": SMALL}
    if scale.intervention_side:
        text = FAVOURS.format(side=scale.names.short[0])
        ax.annotate(text, (1, 0), xytext=(0, -15), ha="right", fontweight="bold", annotation_clip=False, **look)
    ax.annotate(measure, (1, 0), xytext=(0, -25), ha="right", color=MUTED, annotation_clip=False, **look)
