"""Draw an effect-direction plot: a sign and its words a row, in columns at a journal's width, stacked on a phone."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from synthesis.figures.directions.data import Group, Row, people_in_words
from synthesis.figures.parts.inches import axes_of_inches, write
from synthesis.figures.parts.risk_of_bias import SIGNS as BIAS_SIGNS
from synthesis.figures.parts.risk_of_bias import draw_sign, signs_used
from synthesis.figures.parts.style import (
    FAINT,
    INK,
    JOURNAL,
    MUTED,
    PHONE,
    SMALL,
    house_style,
    shorten_label,
    text_width,
    wrap,
)

SIZE, SIGN = 8.0, 9.5
ROW, HEAD, LINE = 0.21, 0.3, 0.14
# Inches from the left: sign, trial, measured with, people (its right edge), what was reported, risk of bias.
COLUMNS = (0.1, 0.28, 2.05, 4.3, 4.42, JOURNAL - 0.12)
NARROW_INDENT, NARROW_PAD = 0.28, 0.09
LEGEND = 0.22
CONTINUED = "{heading}, continued"
HEADS = ("Trial", "Measured with", "People", "Reported", "Bias")
JUDGED = "Risk of bias, overall:"


@house_style
def draw_directions(groups: Sequence[Group], *, narrow: bool = False) -> Axes:
    """Draw a page of an effect-direction plot.

    Parameters
    ----------
    groups : sequence of Group
        Of one page.
    narrow : bool
        For a phone instead of a journal's width.

    Returns
    -------
    matplotlib.axes.Axes
        x and y are inches, y downwards.
    """
    width = PHONE if narrow else JOURNAL
    judgements = [row.rob for group in groups for row in group.rows]
    used = signs_used(judgements) if any(judgements) else []
    places = _legend(used, width)
    height = sum(HEAD + sum(_height(row, narrow=narrow) for row in group.rows) for group in groups)
    height += (0.0 if narrow else LINE + 0.05) + (LEGEND * (places[-1][2] + 1) + 0.05 if places else 0.0)
    ax = axes_of_inches(width, height, margin=0.05)
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    y = 0.0
    if not narrow:
        _draw_heads(ax, judged=bool(used))
        y = LINE + 0.05
    for group in groups:
        heading = CONTINUED.format(heading=group.heading) if group.continued else group.heading
        write(ax, 0, y + HEAD - 0.09, heading, ax.transData, size=SIZE + 0.5, weight="bold", va="center_baseline")
        y += HEAD
        ax.add_artist(Line2D([0, width], [y, y], color=INK, linewidth=0.7))
        for row in group.rows:
            high = _height(row, narrow=narrow)
            (_draw_stacked if narrow else _draw_row)(ax, row, y, judged=bool(used))
            y += high
            ax.add_artist(Line2D([0, width], [y, y], color=FAINT, linewidth=0.6))
    for code, x, line in places:
        _draw_entry(ax, code, x, y + 0.08 + LEGEND * (line + 0.5))
    return ax


def _words(row: Row) -> list[str]:
    return wrap(row.words, COLUMNS[5] - 0.15 - COLUMNS[4], size=SMALL + 0.5).split("\n")


def _measured(row: Row) -> list[str]:
    return wrap(row.measured, COLUMNS[3] - COLUMNS[2] - 0.45, size=SMALL).split("\n")


def _stacked(row: Row) -> list[str]:
    """Return the lines beneath a trial's name on a phone: what was reported, then with what it was measured."""
    room = PHONE - NARROW_INDENT - 0.25
    measured = f"{row.measured}; {people_in_words(row.people)} people" if row.people == row.people else row.measured
    return [*wrap(row.words, room, size=SIZE).split("\n"), *wrap(measured, room, size=SMALL + 0.5).split("\n")]


def _height(row: Row, *, narrow: bool) -> float:
    if narrow:
        return LINE * (1 + len(_stacked(row))) + 2 * NARROW_PAD
    return max(ROW, LINE * max(len(_words(row)), len(_measured(row))) + 0.07)


def _draw_heads(ax: Axes, *, judged: bool) -> None:
    places = (*COLUMNS[1:5], COLUMNS[5])
    for head, x, side in zip(HEADS, places, ("left", "left", "right", "left", "center"), strict=True):
        if judged or head != HEADS[-1]:
            write(ax, x, LINE / 2, head, ax.transData, size=SMALL, ha=side, va="center_baseline", color=MUTED)


def _draw_row(ax: Axes, row: Row, y: float, *, judged: bool) -> None:
    middle = y + _height(row, narrow=False) / 2
    sign, trial, measured, people, reported, bias = COLUMNS
    look = {"va": "center_baseline"}
    write(ax, sign, middle, row.sign, ax.transData, size=SIGN, ha="center", gid=f"sign {row.code}", **look)
    write(
        ax, trial, middle, shorten_label(row.label, measured - trial - 0.08, size=SIZE), ax.transData, size=SIZE, **look
    )
    _draw_lines(ax, _measured(row), measured, middle, size=SMALL, color=MUTED)
    write(ax, people, middle, people_in_words(row.people), ax.transData, size=SMALL + 0.5, ha="right", **look)
    _draw_lines(ax, _words(row), reported, middle, size=SMALL + 0.5)
    if judged:
        draw_sign(ax, row.rob, bias, middle, ax.transData)


def _draw_lines(ax: Axes, lines: list[str], x: float, middle: float, **look: object) -> None:
    for i, line in enumerate(lines):
        at = middle + LINE * (i - (len(lines) - 1) / 2)
        write(ax, x, at, line, ax.transData, va="center_baseline", **look)


def _draw_stacked(ax: Axes, row: Row, y: float, *, judged: bool) -> None:
    look = {"va": "center_baseline"}
    first = y + NARROW_PAD + LINE / 2
    write(ax, 0.1, first, row.sign, ax.transData, size=SIGN, ha="center", gid=f"sign {row.code}", **look)
    label = shorten_label(row.label, PHONE - NARROW_INDENT - 0.3, size=SIZE)
    write(ax, NARROW_INDENT, first, label, ax.transData, size=SIZE, weight="bold", **look)
    said = len(wrap(row.words, PHONE - NARROW_INDENT - 0.25, size=SIZE).split("\n"))
    for i, line in enumerate(_stacked(row)):
        own = {"size": SIZE} if i < said else {"size": SMALL + 0.5, "color": MUTED}
        write(ax, NARROW_INDENT, first + LINE * (i + 1), line, ax.transData, **own, **look)
    if judged:
        draw_sign(ax, row.rob, PHONE - 0.1, first, ax.transData)


def _legend(codes: list[str], width: float) -> list[tuple[str, float, int]]:
    """Return the entries of the risk-of-bias legend with their places across and their lines; the title is one."""
    if not codes:
        return []
    places, x, line = [("title", 0.0, 0)], text_width(JUDGED, size=SMALL) + 0.15, 0
    for code in codes:
        own = 0.2 + text_width(BIAS_SIGNS[code].words, size=SMALL) + 0.2
        if x + own > width:
            x, line = 0.0, line + 1
        places.append((code, x, line))
        x += own
    return places


def _draw_entry(ax: Axes, code: str, x: float, y: float) -> None:
    if code == "title":
        write(ax, x, y, JUDGED, ax.transData, size=SMALL, va="center_baseline")
        return
    draw_sign(ax, code, x + 0.08, y, ax.transData)
    write(ax, x + 0.2, y, BIAS_SIGNS[code].words, ax.transData, size=SMALL, va="center_baseline")
