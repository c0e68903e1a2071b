"""The pool within each kind of trials, one way of grouping below the other, beside the pool of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.subgroups import GROUPINGS, NOT_POOLED, Subgroups
from synthesis.answers.verdicts import FEWEST_TRIALS
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.inches import across, from_edge, write
from synthesis.figures.parts.marks import draw_arrows, draw_diamond, draw_null_line, draw_pooled_line
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import (
    HEADING,
    LINE,
    MUTED,
    PHONE,
    SMALL,
    TEXT,
    house_style,
    new_figure,
    shorten,
    text_width,
    wrap,
)
from synthesis.tables.show import TextView, show_text
from synthesis.wording import count, lower_first, p_value, share, upper_first

ROW, HEAD, FOOT, EDGE, PLOT, NOTE = 0.27, 0.42, 0.62, 0.12, 3.4, 0.2
# On a phone a diamond stands below its words, so many rows deep.
NARROW_TEXT, NOTE_LINE, BELOW = 7.5, 0.15, 1.0
ALL = "All trials"
INDENT = 0.15
CAPTION = "{outcome}: the average within kinds of trials"
ALT = "{outcome}, {measure}, the average of all trials {all}. {groups}."
NOTES = "Diamond: average of three trials or more and its interval. Dotted: all trials. Groups are not randomised."
BETWEEN = "between groups {p}"
NOTHING = "There is no picture: no group holds the three trials that a pooled statement needs."


@dataclass(frozen=True)
class Line:
    """A line of the picture: a heading, or a group with its average where it has one.

    Attributes
    ----------
    label, text : str
    numbers : tuple of float or None
        Estimate and interval on the analysis scale.
    heading : bool
    """

    label: str
    text: str
    numbers: tuple[float, float, float] | None = None
    heading: bool = False


def subgroup_lines(found: Subgroups, pooled: PooledEffect) -> list[Line]:
    """Return the lines of the picture, all trials first."""
    scale = _scale(pooled)
    main = (pooled.estimate, pooled.ci_lb, pooled.ci_ub)
    lines = [Line(f"{ALL} ({pooled.effects.n_trials})", _text(scale, main), main)]
    tests = found.tested.set_index("grouping")["pval"]
    for name, rows in found.table.groupby("grouping", sort=False):
        label = upper_first(GROUPINGS[name].label)
        lines.append(Line(label, BETWEEN.format(p=p_value(tests[name])) if name in tests else "", None, True))
        for row in rows.itertuples():
            numbers = (row.estimate, row.ci_lb, row.ci_ub)
            enough = row.trials >= FEWEST_TRIALS and bool(np.isfinite(numbers).all())
            text = _text(scale, numbers) if enough else NOT_POOLED
            lines.append(Line(f"{row.label} ({row.trials})", text, numbers if enough else None))
    return lines


def show_subgroups(found: Subgroups, pooled: PooledEffect) -> ShownFigure | TextView:
    """Show the pool within each kind of trials; a sentence where no group has three.

    Examples
    --------
    >>> from synthesis.figures import show_subgroups
    >>> show_subgroups(subgroups(effects, evidence), pooled).caption
    'Personal recovery: the average within kinds of trials'
    """
    lines = subgroup_lines(found, pooled)
    if not any(line.numbers for line in lines[1:]):
        return show_text(NOTHING)
    caption = CAPTION.format(outcome=found.effects.outcome_label)
    return show(
        Drawn(draw_subgroups, lines, pooled),
        alt=_alt(lines, pooled),
        caption=caption,
        table=found.shown(),
        narrow=Drawn(draw_subgroups, lines, pooled, narrow=True),
    )


@house_style
def draw_subgroups(lines: Sequence[Line], pooled: PooledEffect, *, narrow: bool = False) -> Figure:
    """Draw the lines (`subgroup_lines`), on the outcome's own scale as its forest plot; on a phone below their words.

    A row is one unit of the y axis high, and so is what stands below it on a phone.
    """
    scale = _scale(pooled)
    size, left, right, plot = TEXT, EDGE, EDGE, PHONE - 2 * EDGE
    if narrow:
        size = NARROW_TEXT
    else:
        left += max(text_width(line.label) for line in lines) + INDENT + EDGE
        right += max(text_width(line.text) for line in lines) + EDGE
        plot = PLOT
    tall = np.array([1 + BELOW * bool(line.numbers and narrow) for line in lines])
    starts = np.cumsum(tall) - tall
    width, body = left + plot + right, ROW * tall.sum()
    notes = wrap(NOTES, width - 2 * EDGE, size=SMALL)
    foot = FOOT + NOTE_LINE * notes.count("\n")
    height = HEAD + body + foot + NOTE
    figure = new_figure(width, height)
    ax = figure.add_axes((left / width, (foot + NOTE) / height, plot / width, body / height))
    drawn = np.array([line.numbers for line in lines if line.numbers])
    low, high = scale.limits(drawn[:, 0], drawn[:, 1], drawn[:, 2])
    ax.set_xlim(low, high)
    ax.set_ylim(tall.sum(), 0)
    if not narrow:
        _draw_upright(ax, pooled, tall.sum(), 0)
    clipped = []
    for i, (line, y) in enumerate(zip(lines, starts + 0.5, strict=True)):
        indent = 0.0 if line.heading or not i else INDENT
        room = width - 2 * EDGE - indent - text_width(line.text, size=size) - 0.1
        weight = "bold" if line.heading or not i else "normal"
        label = shorten(line.label, room, size=size) if narrow else line.label
        write(ax, EDGE + indent, y, label, across(ax), va="center", weight=weight, size=size)
        colour = {} if line.numbers else {"color": MUTED}
        write(ax, width - EDGE, y, line.text, across(ax), va="center", ha="right", size=size, **colour)
        if line.numbers:
            estimate, lower, upper = line.numbers
            mark = y + 0.5 + BELOW / 2 if narrow else y
            draw_diamond(ax, estimate, max(lower, low), min(upper, high), mark, row_height=ROW)
            clipped.append((lower, upper, mark))
            if narrow:  # lines through all rows would strike their words out
                _draw_upright(ax, pooled, mark + BELOW / 2, mark - BELOW / 2)
    draw_arrows(ax, clipped, (low, high))
    _finish(ax, scale, pooled, width, notes)
    return figure


def _draw_upright(ax: Axes, pooled: PooledEffect, bottom: float, top: float) -> None:
    """Draw the lines of no difference and of the pool."""
    draw_null_line(ax, 0.0, bottom, top)
    draw_pooled_line(ax, pooled.estimate, bottom, top)


def _finish(ax: Axes, scale: EffectScale, pooled: PooledEffect, width: float, notes: str) -> None:
    ax.set_xticks(*scale.ticks(*ax.get_xlim()))
    ax.set_yticks([])
    ax.spines[["left", "right", "top"]].set_visible(False)
    ax.axhline(0.0, color=LINE, linewidth=0.8)
    inside = ax.get_position()
    names, side = scale.names.short, scale.intervention_side
    favoured = names if side == "left" else names[::-1]
    for x, ha, arrow in (
        (inside.x0, "left", "\N{LEFTWARDS ARROW} favours {}"),
        (inside.x1, "right", "favours {} \N{RIGHTWARDS ARROW}"),
    ):
        if side:
            text = arrow.format(favoured[ha == "right"])
            weight = "bold" if side == ha else "normal"
            write(ax, x * width, -0.34, text, from_edge(ax, 0), va="center", ha=ha, size=SMALL, weight=weight)
    for i, note in enumerate(notes.split("\n")):
        write(ax, EDGE, -FOOT - NOTE_LINE * i, note, from_edge(ax, 0), size=SMALL, color=MUTED)
    write(ax, EDGE, 0.14, "Kind of trials (how many)", from_edge(ax, 1), size=HEADING, weight="bold")
    head = f"{scale.measure} [{share(pooled.level)} CI]"
    write(ax, width - EDGE, 0.14, head, from_edge(ax, 1), size=HEADING, weight="bold", ha="right")


def _scale(pooled: PooledEffect) -> EffectScale:
    return EffectScale(pooled.measure, pooled.effects.better, pooled.effects.names)


def _text(scale: EffectScale, numbers: tuple[float, float, float]) -> str:
    return f"{scale.text(numbers[0])} {scale.interval(*numbers[1:])}"


def _alt(lines: Sequence[Line], pooled: PooledEffect) -> str:
    """Say every line of the picture in words."""
    groups: list[str] = []
    for line in lines[1:]:
        if line.heading:
            groups.append(f"By {lower_first(line.label)}{f' ({line.text})' if line.text else ''}: ")
        else:
            start = "" if groups[-1].endswith(": ") else "; "
            groups[-1] += f"{start}{line.label} {line.text}"
    scale = _scale(pooled)
    trials, ends = count(pooled.effects.n_trials, "trial"), scale.words(pooled.ci_lb, pooled.ci_ub)
    return ALT.format(
        outcome=pooled.effects.outcome_label,
        measure=lower_first(scale.label),
        all=f"{scale.text(pooled.estimate)} ({ends}), {trials}",
        groups=". ".join(groups),
    )
