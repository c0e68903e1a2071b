"""A table of signs: cells told apart by shade and by glyph, with slanted headings, groups of columns, and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from math import cos, radians, sin

import numpy as np

from synthesis.figures.parts.style import INK, LINE, PAPER, TEXT, shorten, shorten_label, text_width, wrap

LABEL_LIMIT = 3.0
HEADING_LIMIT = 1.75  # inches along the slant, two lines at most
HEADING_SIZE = 8.0
GROUP_SIZE = 7.5
SLANT = 55.0  # degrees
GROUP_BAND, GROUP_GAP = 0.22, 0.4  # inches; columns
LEGEND_LINE, SWATCH = 0.2, 0.26
TOTAL_HEIGHT, TURNED_HEIGHT, TOTAL_GAP = 0.18, 0.26, 0.12
LABEL_PAD = 5  # points
REPEAT_FROM = 30  # rows from which the headings stand at the foot as well


@dataclass(frozen=True)
class CellSign:
    """How a kind of cell looks: its shade, its glyph or a slanting stroke, and its words in the legend."""

    words: str
    fill: str = PAPER
    glyph: str = ""
    ink: str = INK
    edge: str = LINE
    stroke: bool = False


@dataclass(frozen=True, eq=False)
class Grid:
    """The content of a grid.

    Attributes
    ----------
    signs : numpy.ndarray of CellSign, shape (rows, columns)
    rows, columns : sequence of str
        Labels, from the top and from the left.
    legend : sequence of CellSign
    groups : sequence of str
        The group of each column, in blocks; empty for none.
    column_totals : sequence of (str, sequence)
        Counts beneath the columns, each row with its heading.
    row_totals : sequence of (str, sequence)
        Counts beside the rows, each column with its heading.
    marked : numpy.ndarray of bool, shape (rows, columns), optional
        Cells with a dark corner.
    mark_words : str
        What the corner means.
    cell_width, cell_height : float
        In inches, in a figure of the grid's own.
    heading_lines : int
        Lines of the columns' headings, one or two.
    label_limit, size : float
        Inches that a row's label may take, and the size of labels and counts.
    slant : float
        Degrees of the columns' headings.
    legend_below : bool
        Whether the legend stands beneath everything, where the labels leave no room for it.
    turned_totals : bool
        Whether the counts beneath the columns are turned, where columns are narrower than their digits.
    whole_width : float, optional
        Inches that a figure of the grid's own has at most; its cells become narrower.
    """

    signs: np.ndarray
    rows: Sequence[str]
    columns: Sequence[str]
    legend: Sequence[CellSign]
    groups: Sequence[str] = ()
    column_totals: Sequence[tuple[str, Sequence[object]]] = ()
    row_totals: Sequence[tuple[str, Sequence[object]]] = ()
    marked: np.ndarray | None = None
    mark_words: str = ""
    cell_width: float = 0.37
    cell_height: float = 0.2
    heading_lines: int = 2
    label_limit: float = LABEL_LIMIT
    size: float = TEXT
    slant: float = SLANT
    legend_below: bool = False
    turned_totals: bool = False
    whole_width: float | None = None

    @cached_property
    def places(self) -> np.ndarray:
        """The middle of each column, in columns from the left edge, with a gap between groups."""
        groups = list(self.groups) or [""] * len(self.columns)
        gaps = np.cumsum([0, *(GROUP_GAP * (a != b) for a, b in pairwise(groups))])
        return np.arange(len(self.columns)) + 0.5 + gaps

    @property
    def span(self) -> float:
        """Width of all columns with their gaps, in columns."""
        return float(self.places[-1]) + 0.5

    @property
    def repeats_headings(self) -> bool:
        """Whether the headings stand at the foot as well, because the top is out of sight."""
        return len(self.rows) >= REPEAT_FROM

    @cached_property
    def fitting_cell_width(self) -> float:
        """Inches of a cell, at least as wide as the names of the groups need."""
        blocks = [(name, len(list(block))) for name, block in groupby(self.groups)]
        needed = [(group_width(name) + 0.08) / (columns + GROUP_GAP) for name, columns in blocks]
        width = max([self.cell_width, *needed])
        if self.whole_width is None:
            return width
        return min(width, (self.whole_width - self.label_width - self.right_width) / self.span)

    @cached_property
    def headings(self) -> list[str]:
        """Column labels in one or two lines."""
        if self.heading_lines == 1:
            return [shorten(label, 2 * HEADING_LIMIT, size=HEADING_SIZE) for label in self.columns]
        wrapped = [
            wrap(shorten(label, 2 * HEADING_LIMIT - 0.3, size=HEADING_SIZE), HEADING_LIMIT, size=HEADING_SIZE).split(
                "\n"
            )
            for label in self.columns
        ]
        return ["\n".join([lines[0], " ".join(lines[1:])]).strip() for lines in wrapped]

    @cached_property
    def label_width(self) -> float:
        """Inches for the row labels, the headings of the counts and the legend."""
        labels = [
            text_width(shorten_label(label, self.label_limit, size=self.size), size=self.size) for label in self.rows
        ]
        totals = [text_width(heading, size=self.size) for heading, _ in self.column_totals]
        return max([*labels, *totals, 0.0 if self.legend_below else self.legend_width]) + 0.1

    @cached_property
    def legend_width(self) -> float:
        """Inches of the legend's widest entry."""
        words = [*(sign.words for sign in self.legend), self.mark_words]
        return max(SWATCH + 0.1 + text_width(text) for text in words)

    @cached_property
    def slanted_height(self) -> float:
        """Inches for the slanted headings and the groups."""
        slanted = max(text_width(heading, size=HEADING_SIZE) for heading in self.headings) * sin(radians(self.slant))
        return slanted + 0.25 + (GROUP_BAND if len(self.groups) else 0.0)

    @cached_property
    def heading_height(self) -> float:
        """Inches above the cells, for headings and legend."""
        return max(self.slanted_height, 0.0 if self.legend_below else self.legend_height)

    @property
    def legend_height(self) -> float:
        """Inches of the legend, a line an entry."""
        return (len(self.legend) + (self.marked is not None)) * LEGEND_LINE + 0.1

    @property
    def total_height(self) -> float:
        """Inches of a row of counts beneath the columns."""
        return TURNED_HEIGHT if self.turned_totals else TOTAL_HEIGHT

    @cached_property
    def foot_height(self) -> float:
        """Inches for the counts beneath the cells, and for the headings where they are repeated."""
        repeated = self.slanted_height if self.repeats_headings else 0.0
        legend = self.legend_height if self.legend_below else 0.0
        return TOTAL_GAP + self.total_height * len(self.column_totals) + repeated + legend

    @cached_property
    def right_width(self) -> float:
        """Inches for the counts beside the cells, or the overhang of the last heading."""
        totals = sum(TOTAL_GAP + total_width(total, self.size) for total in self.row_totals)
        last = max(text_width(heading, size=HEADING_SIZE) for heading in self.headings[-3:])
        overhang = last * cos(radians(self.slant)) - 0.2
        return max(totals, overhang) + 0.05


def group_width(name: str) -> float:
    """Return the inches that the name of a group needs."""
    return text_width(name, size=GROUP_SIZE, bold=True)


def total_width(total: tuple[str, Sequence[object]], size: float = TEXT) -> float:
    """Return the inches that a column of counts needs."""
    heading, counts = total
    return max(text_width(text, size=size) for text in [*heading.split("\n"), *map(str, counts)])
