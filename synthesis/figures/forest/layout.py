"""Where the columns of a forest plot stand: measured before anything is drawn, so that no text runs into another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from synthesis.answers.verdicts import FEWEST_TRIALS
from synthesis.errors import SynthesisError
from synthesis.figures.forest.data import MARKS, ForestData
from synthesis.figures.parts.style import SMALL, TEXT, shorten, text_width
from synthesis.wording import MISSING, percent, share

STACKED_TO = 30  # rows; beyond it the instrument stands beside the trial instead of beneath, and rows are closer
GAP = 0.18
LABEL_LIMIT, DETAIL_LIMIT = 2.9, 2.6
# Inches: from the last trial to the first summary row, between these, and beneath the last.
ABOVE_SUMMARY, SUMMARY_HEIGHT, BELOW_SUMMARY = 0.28, 0.36, 0.26
SMALLEST_PLOT = 1.2
SMALLEST_ROW = {True: 0.25, False: 0.15}  # stacked or not
EDGE = 1e-6

# First and second line of the rows beneath the trials.
POOLED, PREDICTION, NOT_POOLED = "Pooled effect", "Prediction interval", "No pooled effect"
NEW_TRIAL = "where the effect in a new trial is expected"
NO_NEW_TRIALS = "none: one true effect has no new trials"
TOO_FEW = "fewer than {fewest} trials; {counts}"


@dataclass(frozen=True)
class Column:
    """One column of the table: the rows' texts from the top down, then those of the summary rows."""

    header: str
    texts: list[str]
    align: str = "right"
    summary: tuple[str, ...] = ()
    size: float = TEXT

    @property
    def width(self) -> float:
        """Width in inches of the widest text."""
        widths = [text_width(text, size=self.size) for text in self.texts]
        headers = [text_width(line, bold=True) for line in self.header.split("\n")]
        return max([*widths, *headers, *(text_width(text, bold=True) for text in self.summary)])


@dataclass(frozen=True)
class Layout:
    """The table around the plot.

    Attributes
    ----------
    labels, details : list of str
        First and second line of each row.
    summaries : list of (str, str)
        First and second line of the rows beneath the trials: pooled effect and prediction interval, or why none.
    left, right : list of Column
        Columns between the labels and the plot, and right of the plot. The last on the right holds the risk-of-bias
        signs where any trial was judged.
    signs : bool
        Whether it does.
    stacked : bool
        Details beneath the labels; otherwise they are the first column of `left`.
    row_height : float
        In inches.
    """

    labels: list[str]
    details: list[str]
    summaries: list[tuple[str, str]]
    left: list[Column]
    right: list[Column]
    signs: bool
    stacked: bool
    row_height: float

    @property
    def label_width(self) -> float:
        """Width in inches of the labels."""
        lines = [(text, TEXT, False) for text in self.labels]
        lines += [(text, SMALL, False) for text in self.details if self.stacked]
        for first, second in self.summaries:
            lines += [(first, TEXT, True), (second, SMALL, False)]
        return max(text_width(text, size=size, bold=bold) for text, size, bold in lines)

    @property
    def left_width(self) -> float:
        """Width in inches of everything left of the plot."""
        return self.label_width + sum(GAP + column.width for column in self.left) + GAP

    @property
    def right_width(self) -> float:
        """Width in inches of everything right of the plot."""
        return sum(GAP + column.width for column in self.right)

    def places(self, width: float) -> Iterator[tuple[Column, float]]:
        """Yield each column with the place of its left, right or middle, as it is aligned, in inches from the left.

        Parameters
        ----------
        width : float
            Of table and plot together, in inches.
        """
        edge = self.label_width + GAP
        for i, column in enumerate([*self.left, *self.right]):
            if i == len(self.left):
                edge = width - self.right_width + GAP
            yield column, edge + {"left": 0.0, "center": column.width / 2, "right": column.width}[column.align]
            edge += column.width + GAP

    @property
    def summary_height(self) -> float:
        """Height in inches of what stands beneath the trials."""
        return ABOVE_SUMMARY + SUMMARY_HEIGHT * (len(self.summaries) - 1) + BELOW_SUMMARY

    @property
    def rows_height(self) -> float:
        """Height in inches of all rows."""
        return len(self.labels) * self.row_height + self.summary_height

    def summary_places(self) -> list[float]:
        """Return where the summary rows stand on the y axis, on which the last trial is at 0 and rows are 1 apart."""
        return [-0.5 - (ABOVE_SUMMARY + i * SUMMARY_HEIGHT) / self.row_height for i in range(len(self.summaries))]

    @property
    def bottom(self) -> float:
        """Lower limit of the y axis."""
        return -0.5 - self.summary_height / self.row_height

    def fitted(self, width: float, height: float, around: float) -> Layout:
        """Return the layout with rows as high as axes of these inches allow, with so many of them above and below.

        Raises
        ------
        SynthesisError
            Where the texts would run into each other.
        """
        row_height = (height - around - self.summary_height) / len(self.labels)
        needed_width = self.left_width + SMALLEST_PLOT + self.right_width
        needed_height = SMALLEST_ROW[self.stacked] * len(self.labels) + self.summary_height + around
        if width < needed_width - EDGE or height < needed_height - EDGE:
            raise SynthesisError(
                f"The axes are {width:.1f} x {height:.1f} inches; table and plot need at least {needed_width:.1f} x "
                f"{needed_height:.1f}. Give larger axes, or none."
            )
        return replace(self, row_height=row_height)


def plan(data: ForestData) -> Layout:
    """Lay out the table of a forest plot."""
    rows, level = data.rows, share(data.pooled.level)
    heads = data.scale.names.heads
    stacked = len(rows) <= STACKED_TO
    details = [_detail(row) for row in rows.to_dict("records")]
    left = [
        Column(f"{heads[0]}\n{data.results}", list(rows["intervention"])),
        Column(f"{heads[1]}\n{data.results}", list(rows["comparator"])),
    ]
    if not stacked:
        left.insert(0, Column("Measured with", details, align="left", size=SMALL))
    summary = (data.effect, data.prediction) if data.enough else ()
    right = [Column(f"{data.pooled.measure}\n[{level} CI]", list(rows["effect"]), summary=summary)]
    if data.enough:
        right.append(Column("Weight", [percent(weight, 1) for weight in rows["weight"]], summary=("100%",)))
    signs = bool(rows["rob"].ne("").any())
    if signs:
        right.append(Column("Risk\nof bias", [""] * len(rows), align="center"))
    return Layout(
        labels=[_label(row) for row in rows.to_dict("records")],
        details=details,
        summaries=_summaries(data),
        left=left,
        right=right,
        signs=signs,
        stacked=stacked,
        row_height=0.32 if stacked else 0.2,
    )


def _label(row: Mapping[str, Any]) -> str:
    signs = "".join(MARKS[code].sign for code in row["marks"])
    return f"{shorten(row['label'], LABEL_LIMIT)} {signs}".rstrip()


def _detail(row: Mapping[str, Any]) -> str:
    """Say which arms (where a trial has several comparisons), which instrument and when; the first two are cut."""
    before = f"{shorten(row['arms'], DETAIL_LIMIT / 2, size=SMALL)}; " if row["arms"] else ""
    after = f", {row['months']} months" if row["months"] != MISSING else ""
    room = DETAIL_LIMIT - text_width(f"{before}{after}", size=SMALL)
    return f"{before}{shorten(row['instrument'], room, size=SMALL)}{after}"


def _summaries(data: ForestData) -> list[tuple[str, str]]:
    if not data.enough:
        return [(NOT_POOLED, TOO_FEW.format(fewest=FEWEST_TRIALS, counts=data.counts))]
    expected = NO_NEW_TRIALS if data.pooled.one_true_effect else NEW_TRIAL
    return [(POOLED, data.counts), (PREDICTION, expected)]
