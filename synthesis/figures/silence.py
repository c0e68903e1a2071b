"""The ladder of silence: one row a reading of what reports do not say, with what becomes of the slope."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from synthesis.answers.silence import AMENDMENT, FIRST_PLAN, SilenceLadder
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE
from synthesis.errors import NotEstimableError
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.inches import across, from_edge, write
from synthesis.figures.parts.marks import draw_null_line
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import (
    BLUE,
    HEADING,
    LINE,
    MUTED,
    NAVY,
    PALE,
    PAPER,
    PHONE,
    RUST,
    SMALL,
    TEXT,
    house_style,
    new_figure,
    text_width,
    wrap,
)
from synthesis.tables.show import TextView, show_text
from synthesis.wording import interval, number, share

ROW, STEP_ROW = 0.3, 0.2
HEAD, FOOT, NOTE, EDGE, GAP = 0.5, 0.5, 0.2, 0.12, 0.2
PLOT = 3.2
# On a phone a row's words stand above its interval.
NARROW_TEXT, NARROW_LINE, HEADING_LINE = 7.5, 0.16, 0.18
LOOKS = {FIRST_PLAN: ("D", NAVY), AMENDMENT: ("s", RUST)}
PLAIN = ("o", BLUE)
AXIS = "benefit ({measure}), least to most faithful trial"
HEADING_TEXT = "{outcome}: what silence in reports may mean"
CAPTION = "{outcome}: the change in benefit from the least to the most faithful trial under readings of silence"
ALT = "{caption}, right in favour of more fidelity. {rows}."
SAID = "{label}{plan} {change} ({interval})"
NOTES = (
    "Diamond: the score of the first plan. Square: of the amendment, adopted for what it measures, after slopes were "
    "seen. Lines: {level} confidence intervals. Each reading has its own least and most faithful trial."
)
ANYTHING, FEW = "no bound", "fewer than ten trials"
TOO_FEW = "With fewer than ten trials no slope is drawn."


def ladder_rows(ladder: SilenceLadder) -> pd.DataFrame:
    """Return what the picture shows, a row a reading: rung, label, plan, change, lower, upper, text.

    Raises
    ------
    NotEstimableError
        With fewer than ten trials.
    """
    if ladder.is_descriptive:
        raise NotEstimableError(TOO_FEW)
    rows = ladder.table
    # A reading with fewer than ten trials keeps its row, without numbers.
    few = rows["trials"].lt(TRIALS_PER_COVARIATE)
    span = (rows["most"] - rows["least"]).mask(few)
    ends = rows[["slope", "ci_lb", "ci_ub"]].mul(span, axis=0).set_axis(["change", "lower", "upper"], axis=1)
    text = [
        f"{number(change, signed=True)} ({interval(lower, upper)})" if np.isfinite(change) else FEW if own else ""
        for own, (change, lower, upper) in zip(few, ends.to_numpy(float), strict=True)
    ]
    shown = pd.concat([rows[["rung", "label", "plan"]], ends], axis=1).assign(text=text)
    shown.loc[shown["rung"].eq("anything"), "text"] = ANYTHING
    return shown


def show_silence(ladder: SilenceLadder | None) -> ShownFigure | TextView:
    """Show the slope under every reading of silence.

    Parameters
    ----------
    ladder : SilenceLadder or None
        From `silence_ladder` or `joint_silence_ladder`.

    Returns
    -------
    ShownFigure or TextView
        With fewer than ten trials, or no ladder, a sentence instead of a picture.

    Examples
    --------
    >>> from synthesis.figures import show_silence
    >>> show_silence(silence_ladder(effects, scores)).caption
    'Personal recovery: the change in benefit from the least to the most faithful trial under
    readings of silence'
    """
    if ladder is None or ladder.is_descriptive:
        return show_text(TOO_FEW)
    rows = ladder_rows(ladder)
    caption = CAPTION.format(outcome=ladder.outcome_label)
    return show(
        Drawn(draw_silence, rows, ladder),
        alt=silence_alt_text(rows, caption),
        caption=caption,
        table=ladder.shown(),
        narrow=Drawn(draw_silence, rows, ladder, narrow=True),
    )


def silence_alt_text(rows: pd.DataFrame, caption: str) -> str:
    """Say every row of the picture in words."""
    said = [
        SAID.format(
            label=row.label,
            plan=f" ({row.plan})" if row.plan else "",
            change=number(row.change, signed=True),
            interval=interval(row.lower, row.upper),
        )
        if np.isfinite(row.change)
        else f"{row.label}: {row.text or 'every trial scores the same'}"
        for row in rows.itertuples()
    ]
    return ALT.format(caption=caption, rows="; ".join(said))


@house_style
def draw_silence(rows: pd.DataFrame, ladder: SilenceLadder, *, narrow: bool = False) -> Figure:
    """Draw the ladder from its rows (`ladder_rows`); narrow for a phone."""
    heights = np.where(rows["rung"].eq("same"), STEP_ROW, ROW)
    labels = [f"{row.label}  ({row.plan})" if row.plan else row.label for row in rows.itertuples()]
    size, left, right = TEXT, EDGE, EDGE
    plot = PHONE - 2 * EDGE
    above = np.zeros(len(rows))
    if narrow:
        size = NARROW_TEXT
        rooms = [plot - text_width(text, size=size) - EDGE for text in rows["text"]]
        labels = [wrap(label, room, size=size) for label, room in zip(labels, rooms, strict=True)]
        above = NARROW_LINE * np.array([label.count("\n") + 1 for label in labels])
    else:
        left += max(text_width(label) for label in labels) + EDGE
        right += max(text_width(text) for text in rows["text"]) + EDGE
        plot = PLOT
    ends = np.cumsum(heights + above)
    width, depth = left + plot + right, float(ends[-1])
    notes = wrap(NOTES.format(level=share(ladder.level)), width - 2 * EDGE, size=SMALL).split("\n")
    heading = HEADING_TEXT.format(outcome=ladder.outcome_label)
    heading = wrap(heading, width - 2 * EDGE, size=HEADING, bold=True)
    bottom = FOOT + NOTE * len(notes)
    height = HEAD + HEADING_LINE * heading.count("\n") + depth + bottom
    figure = new_figure(width, height)
    ax = figure.add_axes((left / width, bottom / height, plot / width, depth / height))
    _set_axes(ax, rows, depth, AXIS.format(measure=ladder.measure), size)
    for place, tall, row in zip(ends - heights / 2, heights, rows.itertuples(), strict=True):
        _draw_row(ax, row, place)
        if narrow:  # a line through all rows would strike their words out
            draw_null_line(ax, 0.0, place + tall / 2, place - tall / 2)
    if not narrow:
        draw_null_line(ax, 0.0, depth, 0.0)
    inches = across(ax)
    words = ends - heights - above / 2 if narrow else ends - heights / 2
    for place, label, text in zip(words, labels, rows["text"], strict=True):
        write(ax, EDGE, place, label, inches, va="center", size=size)
        write(ax, width - EDGE, place, text, inches, va="center", ha="right", size=size)
    write(ax, EDGE, GAP, heading, from_edge(ax, 1), size=HEADING, weight="bold", va="bottom")
    for number_, line in enumerate(notes):
        write(ax, EDGE, -FOOT - NOTE * number_, line, from_edge(ax, 0), va="top", size=SMALL, color=MUTED)
    return figure


def _set_axes(ax: Axes, rows: pd.DataFrame, depth: float, says: str, size: float) -> None:
    values = np.concatenate([rows["lower"].dropna(), rows["upper"].dropna(), [0.0]])
    margin = 0.05 * np.ptp(values)
    ax.set_xlim(values.min() - margin, values.max() + margin)
    ax.set_ylim(depth, 0)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    ax.tick_params(labelsize=size)
    ax.set_yticks([])
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_xlabel(says, fontsize=size)


def _draw_row(ax: Axes, row: tuple, place: float) -> None:
    if not np.isfinite(row.change):
        if row.rung == "anything":
            ax.axhspan(place - ROW / 3, place + ROW / 3, facecolor=PALE, zorder=0, gid="no bound")
        return
    marker, colour = LOOKS.get(row.plan, PLAIN)
    size = 7 if row.plan else 4.5
    ax.add_line(Line2D([row.lower, row.upper], [place, place], color=colour if row.plan else LINE, linewidth=1.3))
    ax.add_line(
        Line2D([row.change], [place], marker=marker, color=colour, markersize=size, markeredgecolor=PAPER, zorder=3)
    )
