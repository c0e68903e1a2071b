"""The texts of a forest plot: table, header, which side favours whom, and the footer that says how it was pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox, blended_transform_factory

from synthesis.answers.pooling import PooledEffect
from synthesis.figures.forest.data import CHANGE, MARKS, ForestData
from synthesis.figures.forest.layout import Layout
from synthesis.figures.parts.inches import across, from_edge, write
from synthesis.figures.parts.risk_of_bias import SIGNS, draw_sign, signs_used
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.style import FONT, HEADING, INK, LINE, MUTED, POINTS, SMALL, TEXT, text_width, wrap
from synthesis.wording import bracketed, listed, number, p_value, percent, share

HETEROGENEITY = "Heterogeneity: τ² = {tau2} {tau2_interval}, I² = {I2} {I2_interval}, {test}"
HETEROGENEITY_LOG = "Heterogeneity: τ² = {tau2} {tau2_interval} (log scale), I² = {I2} {I2_interval}, {test}"
HETEROGENEITY_EE = "Heterogeneity, which the model takes to be zero: I² = {I2}, {test}"
HETEROGENEITY_ALONE = "Heterogeneity: τ² = {tau2}, I² = {I2}, {test}"
HETEROGENEITY_ALONE_LOG = "Heterogeneity: τ² = {tau2} (log scale), I² = {I2}, {test}"
TEST = "Q = {Q} on {df} degrees of freedom, {p}."
MODEL = "{model}; {level} confidence interval by {interval}."
MODEL_PREDICTING = (
    "{model}; {level} confidence interval by {interval}; {level} prediction interval from t with {df} degrees of "
    "freedom."
)
TOO_FEW = "Fewer than three trials cannot show how far trials differ, so they are not pooled."
SQUARES = "Squares: area in proportion to weight"
CHANGES = f"{CHANGE} change from baseline"
CLIPPED = "arrow: the interval runs on beyond the axis"
NOT_ESTIMABLE = "Not estimable, and counted nowhere (nobody, or everybody, in both arms had the event): {trials}."
MOST_NAMED = 12
AS_PRINTED = "Numbers as printed: the review team's decisions are not applied."
NOT_JUDGED = "Risk of bias: nobody has judged these trials."
MEASURES_ARE = "Measures: {named}."
NOT_NAMED = "What measured the outcome in each trial stands in the table on the outcome's page."
IN_THE_TABLE = "The arms' results stand in the table on the outcome's page."
CI_WORDS = {
    "knapp-hartung-floor": "Knapp-Hartung, never narrower than Wald",
    "knapp-hartung": "Knapp-Hartung",
    "wald": "Wald",
}
TIMEPOINTS = {"longest": "longest usable follow-up", "all": "mean of all time points"}
CLOSEST = "time point closest to {months} months"
JUDGED = "Risk of bias, overall:"
SCALE, SCALE_LOG = "{measure}, {level} CI", "{measure}, {level} CI, logarithmic axis"
NO_SIDE = "which direction is better is not settled"
AXIS = 0.66  # inches from the axis down to the footer: tick labels, sides, scale
FOOTER_LINE = 0.15
STRIP, TITLE_PAD = 0.17, 4.0  # inches above the plot for the time point; points from there to the outcome
SIDES_APART = 0.15  # inches between the two texts beneath the axis
BAND = "#F1F5F8"


def footer_lines(
    data: ForestData,
    width: float,
    *,
    sizes_only: bool = False,
    instruments: Sequence[str] = (),
    unnamed: bool = False,
) -> list[str]:
    """Say how trials differ, what was pooled how, what the marks and numbers mean; wrapped to a width in inches."""
    pooled = data.pooled
    texts = [_heterogeneity(data), _model(pooled)] if data.enough else [TOO_FEW] if pooled.k > 1 else []
    used = {code for marks in data.rows["marks"] for code in marks}
    signs = [SQUARES] if pooled.k > 1 else []
    signs += [f"{mark.sign} {mark.says}" for code, mark in MARKS.items() if code in used]
    signs += [CHANGES] if data.changes and not sizes_only else []
    signs += [CLIPPED] if data.clipped else []
    texts += [f"{'; '.join(signs)}."] if signs else []
    named = [f"{number} {name}" for number, name in enumerate(instruments, 1)]
    texts += [MEASURES_ARE.format(named="; ".join(named))] if named else []
    texts += [NOT_NAMED] if unnamed else []
    texts += [IN_THE_TABLE] if sizes_only and data.results != "n" else []
    texts += [_not_estimable(data.silent)] if data.silent else []
    texts += [AS_PRINTED] if pooled.effects.as_printed else []
    texts += [NOT_JUDGED] if data.rows["rob"].eq("").all() else []
    return [line for text in texts for line in wrap(text, width, size=SMALL).split("\n")]


def foot_height(lines: list[str], judgements: Sequence[str], width: float) -> float:
    """Return the inches needed beneath the axis; no judgements, no legend."""
    legend = _legend(judgements, width)
    return AXIS + FOOTER_LINE * (len(lines) + (1.4 * (legend[-1][2] + 1) if legend else 0))


def draw_table(ax: Axes, layout: Layout, space: Bbox, effects: list[Text], judgements: list[str]) -> None:
    """Set the texts around the plot; those of the effects (`effects`) exist already and are moved to their column."""
    rows, header = across(ax), from_edge(ax, 1)
    _draw_bands(ax, layout, space)
    _draw_labels(ax, layout, space)
    sizes = layout.sizes
    write(ax, space.x0, 0.06, "Trial", header, va="bottom", weight="bold", size=sizes.text)
    first_right = len(layout.left)
    for i, (column, x) in enumerate(layout.places(space.width)):
        look = {"ha": column.align, "va": "center_baseline", "size": column.size}
        write(
            ax, space.x0 + x, 0.06, column.header, header, **look | {"va": "bottom", "size": column.head}, weight="bold"
        )
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
    """Say above the plot which outcome at which time it shows; the outcome as the title of the axes, if it has none.

    So a title that somebody sets before or after takes the outcome's place. matplotlib sets every title above axes that
    belong to these, and the time stands in such a strip: no title comes to lie on it, whatever its size.
    """
    strip = ax.inset_axes(
        (0, 0, 1, STRIP), transform=blended_transform_factory(ax.transAxes, from_edge(ax, 1)), gid="time point"
    )
    strip.axis("off")
    look = {"ha": "center", "va": "bottom", "fontsize": SMALL, "color": MUTED, "parse_math": False}
    strip.annotate(
        _when(timepoint), (0.5, 0), xycoords="axes fraction", xytext=(0, 4.5), textcoords="offset points", **look
    )
    if not ax.get_title():
        ax.set_title(outcome_label, fontsize=HEADING, fontweight="bold", pad=TITLE_PAD, parse_math=False)


def _when(timepoint: str) -> str:
    return TIMEPOINTS.get(timepoint) or CLOSEST.format(months=timepoint.removeprefix("closest:"))


def draw_title(ax: Axes, space: Bbox, outcome_label: str, timepoint: str, top: float, size: float) -> None:
    """Say in one line above the whole table which outcome at which time it shows, so many inches above the rows."""
    header = from_edge(ax, 1)
    write(ax, space.x0, top, outcome_label, header, size=size, weight="bold", va="top")
    x = space.x0 + text_width(outcome_label, size=size, bold=True) + 0.1
    write(ax, x, top - 0.015, _when(timepoint), header, size=SMALL, color=MUTED, va="top")


def draw_sides(ax: Axes, scale: EffectScale, level: float) -> None:
    """Say beneath the axis which side favours whom, and what the axis measures; on a narrow axis in smaller print."""
    look = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top", "annotation_clip": False}
    if not scale.intervention_side:
        ax.annotate(NO_SIDE, (0.5, 0), xytext=(0, -18), ha="center", fontsize=SMALL, color=MUTED, gid="no side", **look)
    intervention, comparator = scale.names.short
    names = {"left": comparator, "right": comparator} | {scale.intervention_side: intervention}
    needed = sum(text_width(text, bold=True) for text in _sides(names, " ").values()) + SIDES_APART
    width = ax.get_position().width * ax.get_figure(root=True).get_figwidth()
    narrow, names_side = width < needed, bool(scale.intervention_side)
    broken = _sides(names, "\n")
    # Where even two lines a side are too wide, both run outwards from the middle: beside the plot there is nothing.
    spilling = narrow and sum(text_width(text, size=SMALL, bold=True) for text in broken.values()) + SIDES_APART > width
    for side, text in (broken if narrow and not spilling else _sides(names, " ")).items() if names_side else ():
        weight = "bold" if side == scale.intervention_side else "normal"
        own = {"xytext": (0, -16 if narrow else -18), "ha": side, "fontsize": SMALL if narrow else TEXT}
        place = (1 if side == "right" else 0, 0)
        if spilling:
            own |= {"xytext": (4 if side == "right" else -4, -20), "ha": {"left": "right", "right": "left"}[side]}
            place = (0.5, 0)
        ax.annotate(text, place, gid=f"favours {side}", fontweight=weight, **look, **own)
    text = (SCALE_LOG if scale.ratio else SCALE).format(measure=scale.label, level=share(level))
    below = (0, -34 if narrow else -31)
    ax.annotate(text, (0.5, 0), xytext=below, ha="center", color=MUTED, fontsize=SMALL if narrow else TEXT, **look)


def _sides(names: Mapping[str, str], gap: str) -> dict[str, str]:
    return {"left": f"← favours{gap}{names['left']}", "right": f"favours{gap}{names['right']} →"}


def draw_footer(ax: Axes, space: Bbox, lines: list[str], judgements: Sequence[str]) -> None:
    """Set the footer's lines beneath the axis, and the legend of the risk-of-bias signs where any was used."""
    foot = from_edge(ax, 0)
    for i, line in enumerate(lines):
        write(ax, space.x0, -AXIS - FOOTER_LINE * i, line, foot, va="top", size=SMALL, color=MUTED)
    for code, across_, line in _legend(judgements, space.width):
        x, y = space.x0 + across_, -AXIS - FOOTER_LINE * (len(lines) + 0.75 + 1.4 * line)
        if code is None:
            write(ax, x, y, JUDGED, foot, va="center_baseline", size=SMALL)
            continue
        draw_sign(ax, code, x, y, foot)
        write(ax, x + 0.13, y, SIGNS[code].words, foot, va="center_baseline", size=SMALL)


def _legend(judgements: Sequence[str], width: float) -> list[tuple[str | None, float, int]]:
    """Return the legend's entries, its title (None) first, with their places across and their lines."""
    if not judgements:
        return []
    entries: list[tuple[str | None, float, int]] = [(None, 0.0, 0)]
    x, line = text_width(JUDGED, size=SMALL) + 0.18, 0
    for code in signs_used(list(judgements)):
        own = 0.13 + text_width(SIGNS[code].words, size=SMALL)
        if x + own > width:
            x, line = 0.07, line + 1
        entries.append((code, x, line))
        x += own + 0.28
    return entries


def _draw_labels(ax: Axes, layout: Layout, space: Bbox) -> None:
    """Move the labels, which are the ticks', to the far left, and set the second lines and the summary rows."""
    rows = across(ax)
    text, small = layout.sizes.text, layout.sizes.small
    ax.tick_params(axis="y", length=0, pad=layout.left_width * POINTS, labelfontfamily=FONT, labelsize=text)
    for label in ax.get_yticklabels():
        label.set(ha="left", va="bottom" if layout.stacked else "center_baseline")
    for y, detail in _downwards(layout.details) if layout.stacked else ():
        write(ax, space.x0, y, detail, rows, va="top", size=small, color=MUTED)
    for (first, second), y in zip(layout.summaries, layout.summary_places(), strict=True):
        write(ax, space.x0, y, first, rows, va="bottom", weight="bold", size=text)
        write(ax, space.x0, y, second, rows, va="top", size=small, color=MUTED)


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


def _heterogeneity(data: ForestData) -> str:
    pooled = data.pooled
    test = TEST.format(Q=number(pooled.Q, 1), df=pooled.Q_df, p=p_value(pooled.Q_pval))
    if pooled.one_true_effect:
        return HETEROGENEITY_EE.format(I2=percent(pooled.I2), test=test)
    if np.isnan(pooled.tau2_ci_lb):
        alone = HETEROGENEITY_ALONE_LOG if data.scale.ratio else HETEROGENEITY_ALONE
        return alone.format(tau2=number(pooled.tau2, 3), I2=percent(pooled.I2), test=test)
    digits = 3 if pooled.tau2_ci_ub < 1 else 2 if pooled.tau2_ci_ub < 10 else 1
    return (HETEROGENEITY_LOG if data.scale.ratio else HETEROGENEITY).format(
        tau2=number(pooled.tau2, digits),
        tau2_interval=bracketed(pooled.tau2_ci_lb, pooled.tau2_ci_ub, digits),
        I2=percent(pooled.I2),
        I2_interval=bracketed(pooled.I2_ci_lb, pooled.I2_ci_ub, 0),
        test=test,
    )


def _not_estimable(silent: tuple[str, ...]) -> str:
    more = [f"{len(silent) - MOST_NAMED} more"] if len(silent) > MOST_NAMED else []
    return NOT_ESTIMABLE.format(trials=listed([*silent[:MOST_NAMED], *more]))


def _model(pooled: PooledEffect) -> str:
    return (MODEL if np.isnan(pooled.prediction[0]) else MODEL_PREDICTING).format(
        model=pooled.model,
        level=share(pooled.level),
        interval=CI_WORDS[pooled.ci],
        df=pooled.k - 1,
    )
