"""The forest plot for a phone: what stands in columns elsewhere stands above each trial's interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from synthesis.figures.forest.data import MARKS, ForestData
from synthesis.figures.forest.forestplot_rows import draw_rows
from synthesis.figures.forest.layout import summaries_of
from synthesis.figures.forest.texts import BAND, draw_footer, draw_sides, draw_title, foot_height, footer_lines
from synthesis.figures.parts.inches import across, axes_of_inches, place, space_of, write
from synthesis.figures.parts.marks import (
    draw_arrows,
    draw_diamond,
    draw_points,
    draw_prediction_interval,
    square_areas,
)
from synthesis.figures.parts.risk_of_bias import draw_sign
from synthesis.figures.parts.style import (
    HEADING,
    INK,
    LINE,
    MUTED,
    NAVY,
    PHONE,
    house_style,
    shorten,
    shorten_label,
    text_width,
)
from synthesis.wording import MISSING, percent

MARGIN, EDGE = 0.05, 0.06
SIZE, SMALLER = 8.5, 7.5
ROW = 0.62
# Inches above the interval: the trial with its effect, and what was measured with how many people.
FIRST, SECOND = 0.4, 0.24
BELOW = 0.1
TITLE = 0.28
LARGEST_SQUARE = 90.0
PEOPLE, WEIGHT = "{intervention} v {comparator} people", "weight {weight}"


@house_style
def draw_narrow_forest(data: ForestData) -> Axes:
    """Draw a forest plot for a phone from its data; the trials stand at y = k - 1 (top) to 0."""
    judgements = list(data.rows["rob"])
    judgements = judgements if any(judgements) else []
    summaries = summaries_of(data)
    footer = footer_lines(data, PHONE - 2 * MARGIN, sizes_only=True)
    foot = foot_height(footer, judgements, PHONE - 2 * MARGIN)
    rows = len(data.rows) + len(summaries)
    ax = axes_of_inches(PHONE - 2 * MARGIN, TITLE + ROW * rows + BELOW + foot, margin=MARGIN)
    space = space_of(ax)
    place(ax, space.x0 + EDGE, space.y0 + foot, space.x1 - EDGE, space.y1 - TITLE)
    _draw_plot(ax, data, len(summaries))
    _draw_texts(ax, data, space, judged=bool(judgements))
    _draw_summary_texts(ax, data, space, summaries)
    _draw_grounds(ax, space, len(data.rows))
    draw_title(ax, space, data.pooled.effects.outcome_label, data.pooled.effects.timepoint, TITLE - 0.02, HEADING)
    draw_sides(ax, data.scale, data.pooled.level)
    draw_footer(ax, space, footer, judgements)
    return ax


def _draw_plot(ax: Axes, data: ForestData, summaries: int) -> None:
    """Draw all that has a place on the x axis; the interval lies in the lower part of its row."""
    scale, rows = data.scale, data.rows
    limits, (places, labels) = tuple(scale.natural(data.limits)), scale.ticks(*data.limits)
    natural = scale.natural(rows[["yi", "lower", "upper"]].to_numpy(float).T)
    frame = pd.DataFrame(dict(zip(("estimate", "lower", "upper"), natural, strict=True)))
    frame["area"] = square_areas(rows["weight"].to_numpy(float), LARGEST_SQUARE)
    frame["label"], frame["text"] = "", ""
    for text in draw_rows(ax, frame, limits=limits, ticks=scale.natural(places), tick_labels=labels, log=scale.ratio):
        text.remove()
    ax.tick_params(axis="x", labelsize=SIZE - 0.5)
    ax.set_yticks([])
    top, bottom = len(rows) - 1 + 0.5 + (0.5 - BELOW / ROW), -summaries - BELOW / ROW
    ax.set_ylim(bottom, top)
    heights = np.arange(len(rows) - 1, -1 - summaries, -1)
    ax.vlines([scale.null] * len(heights), *_reach(heights), color=INK, linewidth=0.9, zorder=0.5, gid="null line")
    draw_points(ax, natural[0], row_height=ROW)
    draw_arrows(ax, zip(natural[1], natural[2], np.arange(len(rows))[::-1], strict=True), limits)
    if not len(data.summaries):
        return
    estimate, ends = float(scale.natural(data.pooled.estimate)), scale.natural(data.summaries)
    look = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (1, 2.5)), "zorder": 0.4, "gid": "pooled line"}
    ax.vlines([estimate] * len(rows), *_reach(heights[: len(rows)]), **look)
    draw_diamond(ax, estimate, *ends[0], -1, row_height=ROW)
    for own, y in zip(ends[1:], (-2, -3), strict=False):
        draw_prediction_interval(ax, *own, y, row_height=ROW)
    draw_arrows(ax, np.column_stack([ends, -1 - np.arange(len(ends))]), limits, color=NAVY)


def _reach(heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of a line through each row's interval that stops below its texts."""
    return heights - BELOW / ROW, heights + 0.15 / ROW


def _draw_texts(ax: Axes, data: ForestData, space: Bbox, *, judged: bool) -> None:
    rows = across(ax)
    left, right = space.x0 + 0.02, space.x1 - 0.02
    sign = 0.22 if judged else 0.0
    for y, row in zip(range(len(data.rows) - 1, -1, -1), data.rows.to_dict("records"), strict=True):
        first, second = y + FIRST / ROW, y + SECOND / ROW
        room = right - left - text_width(row["effect"], size=SIZE) - 0.1
        marks = "".join(MARKS[code].sign for code in row["marks"])
        name = shorten_label(row["label"], room - text_width(marks, size=SIZE) - 0.05, size=SIZE)
        label = f"{name} {marks}".rstrip()
        write(ax, left, first, label, rows, size=SIZE, weight="bold", va="center_baseline", gid="label")
        write(ax, right, first, row["effect"], rows, size=SIZE, ha="right", va="center_baseline", gid="effect")
        detail = _detail(row, right - left - sign, enough=data.enough)
        write(ax, left, second, detail, rows, size=SMALLER, color=MUTED, va="center_baseline", gid="detail")
        if judged:
            draw_sign(ax, row["rob"], right - 0.07, second - 0.01 / ROW, rows)


def _detail(row: Mapping[str, Any], room: float, *, enough: bool) -> str:
    """Say with what and when, in how many people, with which weight; the instrument is cut where room is short."""
    known = row["intervention_n"] != MISSING and row["comparator_n"] != MISSING
    parts = [f"{row['months']} months"] if row["months"] != MISSING else []
    parts += [row["arms"]] if row["arms"] else []
    if known:
        parts.append(PEOPLE.format(intervention=row["intervention_n"], comparator=row["comparator_n"]))
    parts += [WEIGHT.format(weight=percent(row["weight"], 1))] if enough else []
    after = "".join(f", {part}" for part in parts)
    left = room - text_width(after, size=SMALLER)
    if left < 0.3:
        return shorten(after.removeprefix(", "), room, size=SMALLER)
    return f"{shorten(row['instrument'], left, size=SMALLER)}{after}"


def _draw_summary_texts(ax: Axes, data: ForestData, space: Bbox, summaries: list[tuple[str, str]]) -> None:
    rows = across(ax)
    effects = (data.effect, data.prediction) if data.enough else ("",)
    for y, ((first, second), effect) in enumerate(zip(summaries, effects, strict=True), 1):
        look = {"size": SIZE, "weight": "bold", "va": "center_baseline"}
        write(ax, space.x0 + 0.02, -y + FIRST / ROW, first, rows, **look)
        write(ax, space.x1 - 0.02, -y + FIRST / ROW, effect, rows, ha="right", **look)
        look = {"size": SMALLER, "color": MUTED, "va": "center_baseline"}
        write(ax, space.x0 + 0.02, -y + SECOND / ROW, second, rows, **look)


def _draw_grounds(ax: Axes, space: Bbox, k: int) -> None:
    """Tint every other row and rule off the summary."""
    rows, below = across(ax), BELOW / ROW
    for y in range(k - 1, -1, -2):
        look = {"facecolor": BAND, "linewidth": 0, "transform": rows, "clip_on": False, "zorder": -2}
        ax.add_artist(Rectangle((space.x0, y - below), space.x1 - space.x0, 1, **look))
    for y, colour in ((k - below, INK), (-below, LINE)):
        line = Line2D([space.x0, space.x1], [y, y], color=colour, linewidth=0.8, transform=rows, clip_on=False)
        ax.add_artist(line)
