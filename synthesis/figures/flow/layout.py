"""Where the boxes of a flow diagram stand: measured first, so that any number of lines finds its room.

Coordinates are inches from the upper left corner, y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from synthesis.figures.flow.data import NOT_COUNTED, Arm, Box, FlowData
from synthesis.figures.parts.style import JOURNAL, PHONE, text_width, wrap
from synthesis.wording import number

HEADING, PRINT = 8.5, 7.5  # points
LINE, HEADING_LINE, PAD = 0.135, 0.17, 0.07
GAP, COLUMN_GAP = 0.2, 0.22  # between boxes, down and across
RAIL, RAIL_GAP = 0.2, 0.08  # the phases at the left edge
INDENT = 0.35  # of what leaves, on a phone
TITLE = 0.24
COUNT_GAP = 0.12
PART_INDENT = 0.12


class Text(NamedTuple):
    """A text of a box: its lines, its count, its place below the box's upper edge, and whether it is the heading."""

    words: str
    n: str
    y: float
    heading: bool = False
    indent: float = 0.0


@dataclass(frozen=True)
class Placed:
    """A box where it stands."""

    box: Box
    x: float
    y: float
    width: float
    texts: tuple[Text, ...]
    height: float
    aside: bool = False

    @property
    def middle(self) -> float:
        """Its middle from the left."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


class Arrow(NamedTuple):
    """An arrow along corners."""

    corners: tuple[tuple[float, float], ...]


class Phase(NamedTuple):
    """A phase named at the left edge."""

    words: str
    top: float
    bottom: float


class Title(NamedTuple):
    """The heading of an arm."""

    words: str
    x: float
    y: float
    width: float


@dataclass
class FlowLayout:
    """The places of everything; grows downwards as boxes are set."""

    width: float
    boxes: list[Placed] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    titles: list[Title] = field(default_factory=list)
    notes: list[tuple[str, float]] = field(default_factory=list)
    height: float = 0.0

    def put(self, box: Box, x: float, y: float, width: float, *, aside: bool = False) -> Placed:
        """Set a box and return it."""
        texts, height = _texts(box, width)
        placed = Placed(box, x, y, width, texts, height, aside)
        self.boxes.append(placed)
        self.height = max(self.height, placed.bottom)
        return placed


def _texts(box: Box, width: float) -> tuple[tuple[Text, ...], float]:
    """Break a box's texts to its width; returns them and the box's height."""
    one = len(box.lines) == 1
    total = "" if np.isnan(box.total) and not one else _count(box.lines[0].n if one else box.total)
    room = width - 2 * PAD - (text_width(total, size=HEADING, bold=True) + COUNT_GAP if total else 0)
    heading = wrap(box.heading, room, size=HEADING, bold=True)
    y = PAD
    texts = [Text(heading, total, y, heading=True)]
    y += HEADING_LINE * len(heading.split("\n"))
    for line in box.lines:
        n = "" if one else _count(line.n)
        indent = PART_INDENT if line.part else 0.0
        room = width - 2 * PAD - indent - (text_width(n, size=PRINT) + COUNT_GAP if n else 0)
        words = wrap(line.words, room, size=PRINT)
        texts.append(Text(words, n, y, indent=indent))
        y += LINE * len(words.split("\n")) + 0.025
    return tuple(texts), y + PAD - 0.02


def _count(n: float) -> str:
    return NOT_COUNTED if np.isnan(n) else number(n, 0)


def wide_layout(data: FlowData) -> FlowLayout:
    """Lay a flow diagram out for a journal's width: arms side by side, what leaves to the right of each step."""
    layout = FlowLayout(JOURNAL)
    y = _put_notes(layout, data)
    left = RAIL + RAIL_GAP
    if data.previous is not None:
        y = layout.put(data.previous, left, y, JOURNAL - left).bottom + GAP
    unit = (JOURNAL - left - COLUMN_GAP * (2 * len(data.arms) - 1)) / (2 * max(len(data.arms), 1))
    starts = [left + i * 2 * (unit + COLUMN_GAP) for i in range(len(data.arms))]
    for arm, x in zip(data.arms, starts, strict=True):
        layout.titles.append(Title(arm.heading, x, y, 2 * unit + COLUMN_GAP))
    last: list[Placed | None] = [None] * len(data.arms)
    y += (TITLE + 0.08) if data.arms else 0
    for phase, rows in _by_phase(data.arms):
        top = y
        for row in rows:
            placed = []
            for i, stage in row:
                main = layout.put(stage.box, starts[i], y, unit) if stage.box else None
                aside = None
                if stage.aside:
                    aside = layout.put(stage.aside, starts[i] + unit + COLUMN_GAP, y, unit, aside=True)
                if main is not None:
                    _point_down(layout, last[i], main)
                    last[i] = main
                    if aside is not None:
                        across = min(main.y + 0.16, main.bottom)
                        layout.arrows.append(Arrow(((main.x + main.width, across), (aside.x, across))))
                placed += [box for box in (main, aside) if box is not None]
            y = max((box.bottom for box in placed), default=y) + GAP
        layout.phases.append(Phase(phase, top, y - GAP))
    _put_included(layout, data, y, left, [box for box in last if box is not None])
    return layout


def narrow_layout(data: FlowData) -> FlowLayout:
    """Lay a flow diagram out for a phone: one column, what leaves indented beneath its step."""
    layout = FlowLayout(PHONE)
    y = _put_notes(layout, data)
    if data.previous is not None:
        y = layout.put(data.previous, 0, y, PHONE).bottom + GAP
    ends = []
    for arm in data.arms:
        layout.titles.append(Title(arm.heading, 0, y, PHONE))
        y, before = y + TITLE + 0.08, None
        for stage in arm.stages:
            main = layout.put(stage.box, 0, y, PHONE) if stage.box else None
            if main is not None:
                _point_down(layout, before, main, x=INDENT / 2)
                before, y = main, main.bottom + GAP
            if stage.aside:
                y -= GAP / 2
                aside = layout.put(stage.aside, INDENT, y, PHONE - INDENT, aside=True)
                if main is not None:
                    turn = aside.y + 0.16
                    layout.arrows.append(Arrow(((INDENT / 2, main.bottom), (INDENT / 2, turn), (INDENT, turn))))
                y = aside.bottom + GAP
        ends += [before] if before is not None else []
    _put_included(layout, data, y, 0, ends[-1:])
    return layout


def _by_phase(arms: tuple[Arm, ...]) -> list[tuple[str, list[list[tuple[int, object]]]]]:
    """Group the stages of all arms into phases, and within one into rows of stages side by side."""
    phases = list(dict.fromkeys(stage.phase for arm in arms for stage in arm.stages if stage.box or stage.aside))
    grouped = []
    for phase in phases:
        own = [[stage for stage in arm.stages if stage.phase == phase and (stage.box or stage.aside)] for arm in arms]
        # Arms end side by side: the one with fewer stages begins lower.
        deepest = max(map(len, own))
        rows = [
            [(i, stages[row - deepest + len(stages)]) for i, stages in enumerate(own) if row >= deepest - len(stages)]
            for row in range(deepest)
        ]
        grouped.append((phase, rows))
    return grouped


def _put_notes(layout: FlowLayout, data: FlowData) -> float:
    """Set what must be said of the search; returns where the boxes begin."""
    y = 0.0
    for note in data.notes:
        words = wrap(note, layout.width, size=HEADING, bold=True)
        layout.notes.append((words, y))
        y += HEADING_LINE * len(words.split("\n")) + 0.03
    return y + (0.08 if data.notes else 0)


def _put_included(layout: FlowLayout, data: FlowData, y: float, left: float, ends: list[Placed]) -> None:
    """Set what was included and used beneath the arms' last boxes; side by side where there is room."""
    top, before = y, ends
    half = (layout.width - left - COLUMN_GAP) / 2
    for box in data.included:
        if box is data.pooled and left and before:
            first = before[-1]
            beside = layout.put(box, first.x + half + COLUMN_GAP, first.y, half)
            across = first.y + 0.16
            layout.arrows.append(Arrow(((first.x + first.width, across), (beside.x, across))))
            y = max(y, beside.bottom + GAP)
            continue
        width = half if left and data.pooled is not None and box is data.included[-2] else layout.width - left
        main = layout.put(box, left, y, width)
        for end in before:
            x = (end.middle if end.middle < main.x + main.width else main.middle) if left else INDENT / 2
            layout.arrows.append(Arrow(((x, end.bottom), (x, main.y))))
        before, y = [main], main.bottom + GAP
    if left and data.included:
        layout.phases.append(Phase("Included", top, y - GAP))


def _point_down(layout: FlowLayout, before: Placed | None, box: Placed, *, x: float | None = None) -> None:
    if before is not None:
        at = box.middle if x is None else x
        layout.arrows.append(Arrow(((at, before.bottom), (at, box.y))))
