"""The texts of a forest plot: table, header, which side favours whom, and the footer that says how it was pooled."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from synthesis.answers.pooling import PooledEffect
from synthesis.figures.forest.data import MARKS, forest_scale, has_headline, is_clipped
from synthesis.figures.forest.layout import Layout
from synthesis.figures.parts.inches import across, from_edge, write
from synthesis.figures.parts.risk_of_bias import SIGNS, draw_sign, signs_used
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.style import FONT, HEADING, INK, LINE, MUTED, POINTS, SMALL, TEXT, text_width, wrap
from synthesis.wording import bracketed, number, p_value, share

CI_WORDS = {
    "knapp-hartung-floor": "Knapp-Hartung, never narrower than Wald",
    "knapp-hartung": "Knapp-Hartung",
    "wald": "Wald",
}
AXIS = 0.66  # inches from the axis down to the footer: tick labels, sides, scale
FOOTER_LINE = 0.15
SIDES_APART = 0.15  # inches between the two texts beneath the axis
BAND = "#F1F5F8"


def footer_lines(pooled: PooledEffect, rows: pd.DataFrame, width: float) -> list[str]:
    """Say how trials differ, what was pooled how, and what the marks mean; wrapped to a width in inches."""
    texts = [_heterogeneity(pooled), _model(pooled)] if has_headline(pooled) else []
    if pooled.k > 1 and not has_headline(pooled):
        texts.append("Fewer than three trials cannot show how far trials differ, so they are not pooled.")
    marks = [f"{mark} {words}" for mark, words in MARKS.items() if rows["marks"].str.contains(mark, regex=False).any()]
    if (rows["intervention"] + rows["comparator"]).str.contains("Δ", regex=False).any():
        marks.append("Δ change from baseline")
    if is_clipped(pooled, rows):
        marks.append("arrow: the interval runs on beyond the axis")
    squares = ["Squares: area in proportion to weight"] if pooled.k > 1 else []
    if squares + marks:
        texts.append("; ".join(squares + marks) + ".")
    if pooled.effects.as_printed:
        texts.append("Numbers as printed: the review team's decisions are not applied.")
    if rows["rob"].eq("").all():
        texts.append("Risk of bias: nobody has judged these trials.")
    return [line for text in texts for line in wrap(text, width, size=SMALL).split("\n")]


def foot_height(lines: list[str], layout: Layout) -> float:
    """Return the inches needed beneath the axis."""
    return AXIS + FOOTER_LINE * (len(lines) + 1.4 * layout.signs)


def draw_table(ax: Axes, layout: Layout, space: Bbox, effects: list[Text], judgements: list[str]) -> None:
    """Set the texts around the plot; those of the effects (`effects`) exist already and are moved to their column."""
    rows, header = across(ax), from_edge(ax, 1)
    _draw_bands(ax, layout, space)
    _draw_labels(ax, layout, space)
    write(ax, space.x0, 0.06, "Trial", header, va="bottom", weight="bold")
    first_right = len(layout.left)
    for i, (column, x) in enumerate(layout.places(space.width)):
        look = {"ha": column.align, "va": "center_baseline", "size": column.size}
        write(ax, space.x0 + x, 0.06, column.header, header, **look | {"va": "bottom", "size": TEXT}, weight="bold")
        for y, text in _downwards(column.texts):
            if i == first_right:
                effects[len(column.texts) - 1 - y].set(x=space.x0 + x, transform=rows, **look)
            elif text:
                write(ax, space.x0 + x, y, text, rows, **look)
        for y, text in zip(layout.summary_places(), column.summary, strict=False):
            write(ax, space.x0 + x, y, text, rows, **look, weight="bold")
    if layout.signs:
        for y, judgement in _downwards(judgements):
            draw_sign(ax, judgement, space.x0 + x, y, rows)


def draw_heading(ax: Axes, outcome_label: str, timepoint: str) -> None:
    """Say above the plot which outcome at which time it shows."""
    rule = {"longest": "longest follow-up", "all": "mean of all time points"}
    when = rule.get(timepoint) or f"time point closest to {timepoint.removeprefix('closest:')} months"
    look = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "center", "va": "bottom"}
    look |= {"annotation_clip": False, "parse_math": False}
    ax.annotate(outcome_label, (0.5, 1), xytext=(0, 16), fontsize=HEADING, fontweight="bold", **look)
    ax.annotate(when, (0.5, 1), xytext=(0, 4.5), fontsize=SMALL, color=MUTED, **look)


def draw_sides(ax: Axes, scale: EffectScale, level: float) -> None:
    """Say beneath the axis which side favours whom, and what the axis measures; on a narrow axis in smaller print."""
    names = {"left": "comparison", "right": "comparison"} | {scale.peer_support_side: "peer support"}
    texts = {"left": f"← favours {names['left']}", "right": f"favours {names['right']} →"}
    needed = sum(text_width(text, bold=True) for text in texts.values()) + SIDES_APART
    narrow = ax.get_position().width * ax.get_figure(root=True).get_figwidth() < needed
    look = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top", "annotation_clip": False}
    for side, text in texts.items():
        shown, size = (text.replace("favours ", "favours\n"), SMALL) if narrow else (text, TEXT)
        weight = "bold" if names[side] == "peer support" else "normal"
        look_here = look | {"xytext": (0, -16 if narrow else -18), "ha": side, "fontsize": size, "fontweight": weight}
        ax.annotate(shown, (1 if side == "right" else 0, 0), gid=f"favours {side}", **look_here)
    text = f"{scale.label}, {share(level)} CI{', logarithmic axis' if scale.ratio else ''}"
    below = (0, -34 if narrow else -31)
    ax.annotate(text, (0.5, 0), xytext=below, ha="center", color=MUTED, fontsize=SMALL if narrow else TEXT, **look)


def draw_footer(ax: Axes, space: Bbox, lines: list[str], judgements: list[str]) -> None:
    """Set the footer's lines beneath the axis, and the legend of the risk-of-bias signs where any was used."""
    foot = from_edge(ax, 0)
    for i, line in enumerate(lines):
        write(ax, space.x0, -AXIS - FOOTER_LINE * i, line, foot, va="top", size=SMALL, color=MUTED)
    y, x = -AXIS - FOOTER_LINE * (len(lines) + 0.75), space.x0
    if judgements:
        write(ax, x, y, "Risk of bias, overall:", foot, va="center_baseline", size=SMALL)
        x += text_width("Risk of bias, overall:", size=SMALL) + 0.18
    for judgement in signs_used(judgements):
        draw_sign(ax, judgement, x, y, foot)
        write(ax, x + 0.13, y, SIGNS[judgement].words, foot, va="center_baseline", size=SMALL)
        x += 0.13 + text_width(SIGNS[judgement].words, size=SMALL) + 0.28


def _draw_labels(ax: Axes, layout: Layout, space: Bbox) -> None:
    """Move the labels, which are the ticks', to the far left, and set the second lines and the summary rows."""
    rows = across(ax)
    ax.tick_params(axis="y", length=0, pad=layout.left_width * POINTS, labelfontfamily=FONT, labelsize=TEXT)
    for label in ax.get_yticklabels():
        label.set(ha="left", va="bottom" if layout.stacked else "center_baseline")
    for y, detail in _downwards(layout.details) if layout.stacked else ():
        write(ax, space.x0, y, detail, rows, va="top", size=SMALL, color=MUTED)
    for (first, second), y in zip(layout.summaries, layout.summary_places(), strict=True):
        write(ax, space.x0, y, first, rows, va="bottom", weight="bold")
        write(ax, space.x0, y, second, rows, va="top", size=SMALL, color=MUTED)


def _draw_bands(ax: Axes, layout: Layout, space: Bbox) -> None:
    """Tint every other row and rule off the header and the summary, so that the eye stays on its line."""
    k, rows = len(layout.labels), across(ax)
    left, right = space.x0 - 0.04, space.x1 + 0.04
    for y in range(k - 1, -1, -2):
        band = Rectangle(
            (left, y - 0.5), right - left, 1, facecolor=BAND, linewidth=0, transform=rows, clip_on=False, zorder=-2
        )
        ax.add_artist(band)
    for y, colour in ((k - 0.5, INK), (-0.5, LINE)):
        ax.add_artist(Line2D([left, right], [y, y], color=colour, linewidth=0.8, transform=rows, clip_on=False))


def _downwards(items: list[str]) -> list[tuple[int, str]]:
    """Pair the rows' items, given from the top, with their places on the y axis."""
    return list(zip(range(len(items) - 1, -1, -1), items, strict=True))


def _heterogeneity(pooled: PooledEffect) -> str:
    test = f"Q = {number(pooled.Q, 1)} on {pooled.Q_df} degrees of freedom, {p_value(pooled.Q_pval)}."
    if np.isnan(pooled.tau2_ci_lb):  # the equal-effects model takes tau2 to be zero and has no interval of it
        return f"Heterogeneity, which the model takes to be zero: I² = {number(pooled.I2, 0)}%, {test}"
    log = " (log scale)" if forest_scale(pooled).ratio else ""
    digits = 3 if pooled.tau2_ci_ub < 1 else 2 if pooled.tau2_ci_ub < 10 else 1
    tau2 = f"{number(pooled.tau2, digits)} {bracketed(pooled.tau2_ci_lb, pooled.tau2_ci_ub, digits)}{log}"
    return (
        f"Heterogeneity: τ² = {tau2}, "
        f"I² = {number(pooled.I2, 0)}% {bracketed(pooled.I2_ci_lb, pooled.I2_ci_ub, 0)}, "
        f"{test}"
    )


def _model(pooled: PooledEffect) -> str:
    model = "Equal-effects model" if pooled.method == "EE" else f"Random-effects model, τ² by {pooled.method}"
    text = f"{model}; {share(pooled.level)} confidence interval by {CI_WORDS[pooled.ci]}"
    if not np.isnan(pooled.pi_lb):
        text += f"; {share(pooled.level)} prediction interval from t with {pooled.k - 1} degrees of freedom"
    return f"{text}."
