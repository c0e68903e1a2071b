"""The picture of all subsets: estimate against I2, and the estimates with and without the trial that splits them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from synthesis.answers.subsets import Subsets
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.panel import Margins, open_panel, set_ticks
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import (
    INK,
    JOURNAL,
    LINE,
    NAVY,
    PAPER,
    PHONE,
    RUST,
    SKY,
    SMALL,
    house_style,
    new_figure,
)
from synthesis.statistics.measures import MEASURES
from synthesis.wording import lower_first, percent

WIDTH, HEIGHT, TALL = JOURNAL, 3.5, 3.0
# From this share of the bins on all are as dark as can be.
FULL = 0.98
MARGINS = Margins(left=0.5, foot=0.5)
SHADES = LinearSegmentedColormap.from_list("subsets", [PAPER, SKY, NAVY])
HEADING, SPLIT = "All subsets", "With and without {trial}"
NOTE = "Darker: more subsets. White: none."
NOTE_SPLIT = "Filled: with it. Line: without it. Dotted: no difference."
ALT = (
    "{n} subsets of {k} effects on {outcome}: estimates from {low} to {high} in 19 of 20, I2 up to {most}. With "
    "{trial} the middle is {with_it}, without it {without}; the two have {overlap} in common."
)
CAPTION = "{outcome}: every subset of the trials pooled by itself"


def show_subsets(found: Subsets) -> ShownFigure | None:
    """Show the subsets with alternative text and a table of the trials; nothing where there are too few.

    Examples
    --------
    >>> from synthesis.figures import show_subsets
    >>> show_subsets(pool_subsets(compute_effects(evidence, "hope"))).caption
    'Hope: every subset of the trials pooled by itself'
    """
    if found.is_too_few:
        return None
    fit, measure = found.fit, MEASURES[found.effects.measure]
    first = int(found.order[0])
    low, high = (measure.text(float(one)) for one in fit.quantile(np.array([0.025, 0.975])))
    reached = np.flatnonzero(fit.counts.sum(axis=0))
    with_it, without = (measure.text(one) for one in found.middles(first))
    label = found.effects.outcome_label
    alt = ALT.format(
        n=f"{fit.subsets:,}",
        k=fit.k,
        outcome=lower_first(label),
        low=low,
        high=high,
        most=percent(float(fit.I2_edges[reached.max() + 1])),
        trial=found.effects.frame["label"].iloc[first],
        with_it=with_it,
        without=without,
        overlap=percent(100 * fit.in_common(first)),
    )
    pictures = {"figure": Drawn(draw_subsets, found), "narrow": Drawn(draw_subsets, found, narrow=True)}
    return show(**pictures, alt=alt, caption=CAPTION.format(outcome=label), table=found.shown())


@house_style
def draw_subsets(found: Subsets, *, narrow: bool = False) -> Figure:
    """Draw both panels on one figure: side by side, or one above the other for a phone."""
    if narrow:
        figure = new_figure(PHONE, 2 * TALL)
        for place, draw in ((0.5, _draw_all), (0.0, _draw_split)):
            draw(figure.add_axes((0.02, place + 0.01, 0.96, 0.48)), found)
        return figure
    figure = new_figure(WIDTH, HEIGHT)
    edge, gap = 0.1, 0.25
    half = (WIDTH - 2 * edge - gap) / 2
    spaces = [(edge + i * (half + gap)) / WIDTH for i in range(2)]
    first, second = (figure.add_axes((left, edge / HEIGHT, half / WIDTH, 1 - 2 * edge / HEIGHT)) for left in spaces)
    _draw_all(first, found)
    _draw_split(second, found)
    return figure


def _reach(found: Subsets) -> tuple[float, float]:
    """Return from where to where there are subsets, 0 included."""
    edges, rows = found.fit.estimate_edges, np.flatnonzero(found.fit.by_estimate)
    low, high = float(edges[rows.min()]), float(edges[rows.max() + 1])
    return min(low, 0.0) - 0.02 * (high - low), max(high, 0.0) + 0.02 * (high - low)


def _axis(ax: Axes, found: Subsets, scale: EffectScale) -> None:
    low, high = _reach(found)
    ax.set_xlim(low, high)
    places, labels = scale.ticks(low, high)
    set_ticks(ax.xaxis, (low, high))
    ax.set_xticks(places, labels, fontsize=SMALL)
    ax.set_xlabel(found.effects.measure, fontsize=SMALL, labelpad=1)


def _draw_all(ax: Axes, found: Subsets) -> None:
    fit = found.fit
    ax, _ = open_panel(ax, (WIDTH / 2, HEIGHT), MARGINS, HEADING, NOTE)
    scale = EffectScale(found.effects.measure, found.effects.better, found.effects.names)
    # Most subsets of like trials have no heterogeneity at all: their heap would leave all others pale.
    _, counts, _ = fit.coarser()
    beyond = counts[:, 1:]
    darkest = np.quantile(beyond[beyond > 0], FULL) if (beyond > 0).any() else counts.max()
    ax.imshow(
        np.sqrt(counts.T / darkest),
        vmin=0.0,
        vmax=1.0,
        cmap=SHADES,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(fit.estimate_edges[0], fit.estimate_edges[-1], 0, 100),
    )
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=":")
    reached = np.flatnonzero(fit.counts.sum(axis=0)).max() + 1
    top = max(10.0, min(100.0, float(fit.I2_edges[reached]) * 1.05))
    ax.set_ylim(-0.02 * top, top)
    ax.set_ylabel("I2 (%)", fontsize=SMALL, labelpad=1)
    _axis(ax, found, scale)


def _draw_split(ax: Axes, found: Subsets) -> None:
    fit, first = found.fit, int(found.order[0])
    trial = found.effects.frame["label"].iloc[first]
    ax, _ = open_panel(ax, (WIDTH / 2, HEIGHT), MARGINS, SPLIT.format(trial=trial), NOTE_SPLIT)
    scale = EffectScale(found.effects.measure, found.effects.better, found.effects.names)
    edges, counts, with_effect = fit.coarser()
    held = with_effect[first].astype(float)
    other = counts.sum(axis=1) - held
    ax.stairs(held / held.sum(), edges, fill=True, color=SKY)
    ax.stairs(other / other.sum(), edges, color=RUST, linewidth=1.2)
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=":")
    ax.set_yticks([])
    ax.spines["left"].set_color(LINE)
    ax.set_ylabel("share of the subsets", fontsize=SMALL, labelpad=1)
    _axis(ax, found, scale)
