"""The forest plot: every trial's effect beside its figures, the pooled effect, and what a new trial may show."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text

from synthesis.answers.pooling import PooledEffect
from synthesis.figures.forest.data import ForestData, forest_data
from synthesis.figures.forest.forestplot_rows import draw_rows
from synthesis.figures.forest.layout import SMALLEST_PLOT, Layout, plan
from synthesis.figures.forest.texts import (
    draw_footer,
    draw_heading,
    draw_sides,
    draw_table,
    draw_title,
    foot_height,
    footer_lines,
)
from synthesis.figures.parts.inches import MARGIN, axes_of_inches, place, space_of
from synthesis.figures.parts.marks import (
    draw_arrows,
    draw_diamond,
    draw_null_line,
    draw_points,
    draw_pooled_line,
    draw_prediction_interval,
    square_areas,
)
from synthesis.figures.parts.style import NAVY, house_style, text_width

PLOT_WIDTH = 3.4
HEADER = 0.44
FITTED_MARGIN = 0.05
TITLE, HEAD_LINE = 0.24, 0.125  # of a fitted figure: its title, and a line of its columns' heads
LABEL_GAP = 0.05  # inches between two numbers of the axis
LARGEST_SQUARE = 120.0  # points squared, where rows are high enough


def forest_plot(
    pooled: PooledEffect, *, ax: Axes | None = None, sort_by: str | None = None, width: float | None = None
) -> Axes:
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
    width : float, optional
        Inches of a figure of its own: 6.9 for two columns of a journal, in print of seven points and more. By default
        as wide as its texts need.

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

    Examples
    --------
    >>> axes = forest_plot(pooled, sort_by="yi")
    >>> axes.figure.savefig("forest.png")
    """
    return draw_forest(forest_data(pooled, sort_by=sort_by), ax=ax, width=width)


@house_style
def draw_forest(data: ForestData, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw a forest plot from its data; as `forest_plot`."""
    layout = plan(data, width=None if width is None else width - 2 * FITTED_MARGIN)
    judgements = list(data.rows["rob"]) if layout.signs else []
    said = {name: getattr(layout, name) for name in ("sizes_only", "instruments", "unnamed")}
    if ax is None:
        needed = layout.left_width + layout.right_width
        margin = MARGIN if width is None else FITTED_MARGIN
        whole = needed + PLOT_WIDTH if width is None else max(width - 2 * margin, needed + SMALLEST_PLOT)
        foot = foot_height(footer_lines(data, whole, **said), judgements, whole)
        ax = axes_of_inches(whole, _head_height(layout) + layout.rows_height + foot, margin=margin)
    space, header = space_of(ax), _head_height(layout)
    footer = footer_lines(data, space.width, **said)
    foot = foot_height(footer, judgements, space.width)
    layout = layout.fitted(space.width, space.height, header + foot)
    place(ax, space.x0 + layout.left_width, space.y0 + foot, space.x1 - layout.right_width, space.y1 - header)
    effects = _draw_plot(ax, data, layout)
    ax.tick_params(axis="x", labelsize=layout.sizes.text)
    draw_table(ax, layout, space, effects, list(data.rows["rob"]))
    outcome = data.pooled.effects
    if layout.is_fitted:
        draw_title(ax, space, outcome.outcome_label, outcome.timepoint, header, layout.sizes.heading)
    else:
        draw_heading(ax, outcome.outcome_label, outcome.timepoint)
    draw_sides(ax, data.scale, data.pooled.level)
    draw_footer(ax, space, footer, judgements)
    return ax


def _head_height(layout: Layout) -> float:
    """Return the inches above the rows: the heading, or the lines of the columns' heads where they are more."""
    if not layout.is_fitted:
        return HEADER
    lines = max(column.header.count("\n") + 1 for column in [*layout.left, *layout.right])
    return TITLE + 0.06 + HEAD_LINE * lines


def _draw_plot(ax: Axes, data: ForestData, layout: Layout) -> list[Text]:
    """Draw everything that has a place on the x axis; returns the texts of the effects, which the table moves."""
    scale, rows, top = data.scale, data.rows, len(data.rows) - 0.5
    limits, (places, tick_labels) = tuple(scale.natural(data.limits)), scale.ticks(*data.limits)
    kept = _standing_apart(ax, places, tick_labels, data.limits, layout.sizes.text)
    places, tick_labels = places[kept], [tick_labels[i] for i in kept]
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


def _standing_apart(
    ax: Axes, places: np.ndarray, labels: list[str], limits: tuple[float, float], size: float
) -> list[int]:
    """Return which ticks of a narrow axis to keep so that no label touches the next; that of no difference stays."""
    inches = ax.get_position().width * ax.get_figure(root=True).get_figwidth() / (limits[1] - limits[0])
    halves = np.array([text_width(label, size=size) / 2 for label in labels])
    null, kept = int(np.argmin(np.abs(places))), list(range(len(labels)))
    for every in range(1, len(labels) + 1):
        kept = [i for i in range(len(labels)) if (i - null) % every == 0]
        gaps = np.diff(places[kept]) * inches - halves[kept[:-1]] - halves[kept[1:]]
        if (gaps >= LABEL_GAP).all():
            break
    return kept


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
