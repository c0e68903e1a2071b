"""The bubble plot: whether the benefit rises with a trial's fidelity, and how sure that fidelity is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.regression import MetaRegression
from synthesis.figures.bubble.data import BubbleData, bubble_data
from synthesis.figures.bubble.texts import bubble_notes
from synthesis.figures.parts.inches import MARGIN, axes_of_inches, from_edge, place, space_of, write
from synthesis.figures.parts.labels import place_labels
from synthesis.figures.parts.marks import square_areas
from synthesis.figures.parts.style import (
    HEADING,
    INK,
    JOURNAL,
    LINE,
    MUTED,
    NAVY,
    PALE,
    PHONE,
    SKY,
    SMALL,
    TEXT,
    house_style,
    wrap,
)

HEIGHT = 4.0
LEFT, TOP, RIGHT = 0.95, 0.34, 0.1  # inches around the plot: y axis, heading, edge
TICKS, AXIS_LINE = 0.38, 0.17  # of the x axis: ticks, and each line of its text, for two at least
NOTE_LINE, HEADING_LINE = 0.15, 0.18
LARGEST_BUBBLE = 330.0  # points squared
ALL_NAMED_TO = 20  # trials; beyond it those far from the line are named, and others where there is room
FAR = 1.96  # standard deviations from the line
MOST_NAMED = 8
MOST_PULLING = 3


def bubble_plot(
    result: FidelitySlope | MetaRegression, moderator: str | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the benefit of each trial against a moderator, with the regression line and its band.

    A fidelity slope of fewer than ten trials has no line: there is nothing to read from it.

    Parameters
    ----------
    result : FidelitySlope or MetaRegression
        From `fidelity_slope` or `meta_regression`.
    moderator : str, optional
        A moderator of the model; by default the slope's score, or the regression's first. Others stand at their means.
    ax : matplotlib.axes.Axes, optional
        Where to draw, texts and notes included; by default a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
        x is the moderator, y the benefit on the analysis scale, labelled on the natural one; up favours what is tried.
        The bubbles are at the scores over reported components, thin lines reach to their bounds.

    Raises
    ------
    ChoiceError
        For a moderator that is not in the model.

    Examples
    --------
    >>> axes = bubble_plot(slope)
    >>> axes.figure.savefig("bubble.png")
    """
    return draw_bubble(bubble_data(result, moderator), ax=ax)


@house_style
def draw_bubble(data: BubbleData, *, ax: Axes | None = None, narrow: bool = False) -> Axes:
    """Draw a bubble plot from its data; as `bubble_plot`, or for a phone."""
    if ax is None:
        width, height = (PHONE - 2 * MARGIN, PHONE) if narrow else (JOURNAL - 2 * MARGIN, HEIGHT)
        notes = _wrapped(bubble_notes(data), width)
        below = _axis_height(_axis_lines(data, width)) + NOTE_LINE * len(notes)
        ax = axes_of_inches(width, TOP + height + below + (HEADING_LINE if narrow else 0.0))
    space = space_of(ax)
    notes, axis_lines = _wrapped(bubble_notes(data), space.width), _axis_lines(data, space.width)
    axis = _axis_height(axis_lines)
    place(
        ax,
        space.x0 + LEFT,
        space.y0 + axis + NOTE_LINE * len(notes),
        space.x1 - RIGHT,
        space.y1 - TOP - (HEADING_LINE if narrow else 0.0),
    )
    radius = _draw_trials(ax, data)
    if not data.is_descriptive:
        _draw_line(ax, data)
    _draw_axes(ax, data, axis_lines)
    if narrow:
        heading = wrap(data.heading, space.width, size=HEADING, bold=True)
        write(ax, space.x0, 0.1, heading, from_edge(ax, 1), va="bottom", size=HEADING, weight="bold")
    else:
        ax.set_title(data.heading, fontsize=HEADING, fontweight="bold", pad=8, parse_math=False)
    trials = data.trials
    x, middle, *_ = data.line(points=41)
    slanted = np.column_stack([x[:-1], x[1:], (middle[:-1] + middle[1:]) / 2])[: None if not data.is_descriptive else 0]
    lines = np.vstack([data.bounds.to_numpy(float), slanted, [*ax.get_xlim(), 0.0]])
    names, needed = _names(trials)
    needed = needed & (not narrow)  # on a phone only what has room
    x, y = trials["x"].to_numpy(float), trials["benefit"].to_numpy(float)
    place_labels(ax, x, y, radius, names, lines, needed=needed)
    for i, line in enumerate(notes):
        write(ax, space.x0, -axis - NOTE_LINE * i, line, from_edge(ax, 0), va="top", size=SMALL, color=MUTED)
    return ax


def _axis_lines(data: BubbleData, width: float) -> list[str]:
    """Break the x axis's text to the plot within a width."""
    return [part for line in data.axis_text.split("\n") for part in wrap(line, width - LEFT).split("\n")]


def _axis_height(lines: list[str]) -> float:
    return TICKS + AXIS_LINE * max(len(lines), 2)


def _wrapped(notes: list[str], width: float) -> list[str]:
    return [line for note in notes for line in wrap(note, width, size=SMALL).split("\n")]


def _draw_trials(ax: Axes, data: BubbleData) -> np.ndarray:
    """Draw bubbles by weight over the bounds of their scores; returns the bubbles' radii in points."""
    trials = data.trials
    bounds = ax.hlines(
        data.bounds["benefit"], data.bounds["lower"], data.bounds["upper"], color=LINE, linewidth=0.9, zorder=1
    )
    bounds.set_gid("bounds")
    areas = square_areas(
        trials["weight"].to_numpy(float), LARGEST_BUBBLE if len(trials) <= 20 else 0.6 * LARGEST_BUBBLE
    )
    bubbles = ax.scatter(
        trials["x"], trials["benefit"], s=areas, facecolor=SKY, edgecolor=NAVY, linewidth=0.9, alpha=0.85, zorder=3
    )
    bubbles.set_gid("bubbles")
    return np.sqrt(areas) / 2


def _draw_line(ax: Axes, data: BubbleData) -> None:
    x, middle, lower, upper = data.fitted
    ax.fill_between(x, lower, upper, facecolor=PALE, edgecolor="none", zorder=0, gid="band")
    for edge in (lower, upper):
        ax.add_line(Line2D(x, edge, color=LINE, linewidth=0.8, linestyle=(0, (4, 2)), zorder=2))
    ax.add_line(Line2D(x, middle, color=NAVY, linewidth=1.8, zorder=2.5, gid="regression line"))


def _draw_axes(ax: Axes, data: BubbleData, axis_lines: list[str]) -> None:
    """Set limits, ticks on the natural scale, the null line and what each direction means."""
    scale = data.scale
    left, right = data.limits
    margin = 0.03 * (right - left)
    ax.set_xlim(left - margin, right + margin)
    ticks = MaxNLocator(nbins=6, steps=[1, 2, 5, 10]).tick_values(left, right)
    ax.set_xticks(ticks[(ticks > left - margin) & (ticks < right + margin)])
    low, high = data.benefit_limits
    ax.set_ylim(low, high)
    places, labels = (
        scale.ticks(*sorted((scale.turn * low, scale.turn * high))) if scale.ratio else scale.ticks(low, high)
    )
    ax.set_yticks(scale.turn * places if scale.ratio else places, labels=labels)
    ax.tick_params(labelsize=TEXT)
    ax.axhline(0, color=INK, linewidth=0.9, zorder=0.5, gid="null line")
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_xlabel("\n".join(axis_lines), fontsize=TEXT, linespacing=1.35)
    look = {"xycoords": "axes fraction", "textcoords": "offset points", "rotation": 90, "annotation_clip": False}
    ax.annotate(data.benefit_text, (0, 0.5), xytext=(-58, 0), ha="center", va="center", fontsize=TEXT, **look)
    ax.annotate(
        f"favours {scale.names.short[0]} →",
        (0, 1),
        xytext=(-42, 0),
        ha="center",
        va="top",
        fontsize=SMALL,
        fontweight="bold",
        **look,
    )
    comparator = f"← favours {scale.names.short[1]}"
    ax.annotate(comparator, (0, 0), xytext=(-42, 0), ha="center", va="bottom", fontsize=SMALL, **look)


def _names(trials: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return all names, and which must have a place.

    All where trials are few, else those furthest from the line, and those that pull most at its slope.
    """
    short = list(trials["label"].str.replace(" et al. ", " ", regex=False))
    if len(trials) <= ALL_NAMED_TO:
        return short, np.ones(len(trials), dtype=bool)
    distance = trials["residual"].abs()
    away = trials["x"] - np.average(trials["x"], weights=trials["weight"])
    pulling = (trials["weight"] * away**2).nlargest(MOST_PULLING)
    return short, trials.index.isin([*distance[distance > FAR].nlargest(MOST_NAMED).index, *pulling.index])
