"""The forest plot: every trial's effect beside its figures, the pooled effect, and what a new trial may show."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text

from synthesis.answers.pooling import PooledEffect
from synthesis.figures.forest.data import ForestData, forest_data
from synthesis.figures.forest.forestplot_rows import draw_rows
from synthesis.figures.forest.layout import Layout, plan
from synthesis.figures.forest.texts import draw_footer, draw_heading, draw_sides, draw_table, foot_height, footer_lines
from synthesis.figures.parts.inches import axes_of_inches, place, space_of
from synthesis.figures.parts.marks import (
    draw_arrows,
    draw_diamond,
    draw_null_line,
    draw_points,
    draw_pooled_line,
    draw_prediction_interval,
    square_areas,
)
from synthesis.figures.parts.style import NAVY, house_style

PLOT_WIDTH = 3.4
HEADER = 0.44
LARGEST_SQUARE = 120.0  # points squared, where rows are high enough


def forest_plot(pooled: PooledEffect, *, ax: Axes | None = None, sort_by: str | None = None) -> Axes:
    """Draw a forest plot.

    Parameters
    ----------
    pooled : PooledEffect
        From `pool`. Below three trials no pooled effect is drawn, and the figure says so.
    ax : matplotlib.axes.Axes, optional
        Where to draw: the plot shrinks to leave room for its table inside the space these axes had. By default a
        figure of its own, as large as it needs to be.
    sort_by : str, optional
        A column of `pooled.trials()`, smallest at the top; the order of the effects by default.

    Returns
    -------
    matplotlib.axes.Axes
        The plot itself. x is the natural scale (logarithmic for ratios); the trials stand at y = k - 1 (top) to 0.

    Raises
    ------
    ChoiceError
        For a column that does not exist.
    SynthesisError
        For axes too small for the table.
    """
    return draw_forest(forest_data(pooled, sort_by=sort_by), ax=ax)


@house_style
def draw_forest(data: ForestData, *, ax: Axes | None = None) -> Axes:
    """Draw a forest plot from its data; as `forest_plot`."""
    layout, judgements = plan(data), list(data.rows["rob"])
    if ax is None:
        width = layout.left_width + PLOT_WIDTH + layout.right_width
        foot = foot_height(footer_lines(data, width), layout)
        ax = axes_of_inches(width, HEADER + layout.rows_height + foot)
    space = space_of(ax)
    footer = footer_lines(data, space.width)
    foot = foot_height(footer, layout)
    layout = layout.fitted(space.width, space.height, HEADER + foot)
    place(ax, space.x0 + layout.left_width, space.y0 + foot, space.x1 - layout.right_width, space.y1 - HEADER)
    effects = _draw_plot(ax, data, layout)
    draw_table(ax, layout, space, effects, judgements)
    draw_heading(ax, data.pooled.effects.outcome_label, data.pooled.effects.timepoint)
    draw_sides(ax, data.scale, data.pooled.level)
    draw_footer(ax, space, footer, judgements if layout.signs else [])
    return ax


def _draw_plot(ax: Axes, data: ForestData, layout: Layout) -> list[Text]:
    """Draw everything that has a place on the x axis; returns the texts of the effects, which the table moves."""
    scale, rows, top = data.scale, data.rows, len(data.rows) - 0.5
    limits, (places, tick_labels) = tuple(scale.natural(data.limits)), scale.ticks(*data.limits)
    natural = scale.natural(rows[["yi", "lower", "upper"]].to_numpy(float).T)
    frame = pd.DataFrame(dict(zip(("estimate", "lower", "upper"), natural, strict=True)))
    frame["area"] = square_areas(
        rows["weight"].to_numpy(float), LARGEST_SQUARE * min(1.0, layout.row_height / 0.27) ** 2
    )
    frame["label"], frame["text"] = layout.labels, rows["effect"].to_numpy(str)
    effects = draw_rows(ax, frame, limits=limits, ticks=scale.natural(places), tick_labels=tick_labels, log=scale.ratio)
    ax.set_ylim(layout.bottom, top)
    draw_null_line(ax, scale.null, layout.bottom, top)
    draw_points(ax, natural[0], row_height=layout.row_height)
    draw_arrows(ax, zip(natural[1], natural[2], np.arange(len(rows))[::-1], strict=True), limits)
    if len(data.summaries):
        estimate = float(scale.natural(data.pooled.estimate))
        _draw_summaries(ax, estimate, scale.natural(data.summaries), limits, layout)
    return effects


def _draw_summaries(
    ax: Axes, estimate: float, intervals: np.ndarray, limits: tuple[float, float], layout: Layout
) -> None:
    """Draw the confidence interval as a diamond and, where the model has one, the prediction interval as a bar."""
    places = layout.summary_places()[: len(intervals)]
    draw_pooled_line(ax, estimate, places[0], len(layout.labels) - 0.5)
    draw_diamond(ax, estimate, *intervals[0], places[0], row_height=layout.row_height)
    for ends, y in zip(intervals[1:], places[1:], strict=True):
        draw_prediction_interval(ax, *ends, y, row_height=layout.row_height)
    draw_arrows(ax, np.column_stack([intervals, places]), limits, color=NAVY)
