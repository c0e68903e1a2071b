"""Where the columns of a forest plot stand: measured before anything is drawn, so that no text runs into another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from synthesis.answers.verdicts import FEWEST_TRIALS
from synthesis.errors import SynthesisError
from synthesis.figures.forest.data import MARKS, ForestData
from synthesis.figures.parts.style import HEADING, SMALL, TEXT, shorten, shorten_label, text_width, wrap
from synthesis.wording import MISSING, percent, share

STACKED_TO = 30  # rows; beyond it the instrument stands beside the trial instead of beneath, and rows are closer
GAP = 0.18
LABEL_LIMIT, DETAIL_LIMIT = 2.9, 2.6
# Inches: from the last trial to the first summary row, between these, and beneath the last.
ABOVE_SUMMARY, SUMMARY_HEIGHT, BELOW_SUMMARY = 0.28, 0.36, 0.26
SMALLEST_PLOT = 1.2
SMALLEST_ROW = {True: 0.25, False: 0.15}  # stacked or not
EDGE = 1e-6
# A name that is cut says little ("Recovery Asses…" of three scales): beneath the figure they are whole, by numbers.
NUMBERED, MOST_LISTED = "measure {number}", 16


class Sizes(NamedTuple):
    """How large texts are, in points, and how far apart columns stand and how wide labels may be, in inches."""

    text: float
    small: float
    heading: float
    gap: float
    label: float
    detail: float


USUAL = Sizes(TEXT, SMALL, HEADING, GAP, LABEL_LIMIT, DETAIL_LIMIT)
# For a journal's two columns: no text below seven points.
FITTED = Sizes(SMALL, SMALL, 8.5, 0.09, 1.5, 1.5)
# Inches of the plot that a fitted figure keeps: with the arms' figures, and without them.
FITTED_PLOT = 1.24
_FITTED_HEAD = 0.62

# First and second line of the rows beneath the trials.
POOLED, PREDICTION, NOT_POOLED = "Pooled effect", "Prediction interval", "No pooled effect"
NEW_TRIAL = "where the effect in a new trial is expected"
AT_LEAST = "at least so wide: heterogeneity was estimated as zero"
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
    head: float = TEXT

    @property
    def width(self) -> float:
        """Width in inches of the widest text."""
        widths = [text_width(text, size=self.size) for text in self.texts]
        headers = [text_width(line, size=self.head, bold=True) for line in self.header.split("\n")]
        summaries = (text_width(text, size=self.size, bold=True) for text in self.summary)
        return max([*widths, *headers, *summaries])


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
    sizes : Sizes
    sizes_only : bool
        Whether the arms show how many people they had and no more, for want of room.
    instruments : tuple of str
        What measured the outcome, where rows name it by its number here for want of room; otherwise empty.
    unnamed : bool
        Whether there are too many of them to be listed, so that no row names its own.
    """

    labels: list[str]
    details: list[str]
    summaries: list[tuple[str, str]]
    left: list[Column]
    right: list[Column]
    signs: bool
    stacked: bool
    row_height: float
    sizes: Sizes = USUAL
    sizes_only: bool = False
    instruments: tuple[str, ...] = ()
    unnamed: bool = False

    @property
    def is_fitted(self) -> bool:
        """Whether the table had to fit a width."""
        return self.sizes is FITTED

    @property
    def label_width(self) -> float:
        """Width in inches of the labels."""
        text, small = self.sizes.text, self.sizes.small
        lines = [(label, text, False) for label in self.labels]
        lines += [(detail, small, False) for detail in self.details if self.stacked]
        for first, second in self.summaries:
            # In a fitted table the second line runs on under the arms, which have nothing there.
            lines += [(first, text, True)] + ([(second, small, False)] if not self.is_fitted else [])
        return max(text_width(text, size=size, bold=bold) for text, size, bold in lines)

    @property
    def left_width(self) -> float:
        """Width in inches of everything left of the plot."""
        return self.label_width + sum(self.sizes.gap + column.width for column in self.left) + self.plot_gap

    @property
    def plot_gap(self) -> float:
        """Inches before the plot; in a fitted table with room for an arrow's head."""
        return self.sizes.gap + (0.06 if self.is_fitted else 0.0)

    @property
    def right_width(self) -> float:
        """Width in inches of everything right of the plot."""
        return sum(self.sizes.gap + column.width for column in self.right)

    def places(self, width: float) -> Iterator[tuple[Column, float]]:
        """Yield each column with the place of its left, right or middle, as it is aligned, in inches from the left.

        Parameters
        ----------
        width : float
            Of table and plot together, in inches.
        """
        gap = self.sizes.gap
        edge = self.label_width + gap
        for i, column in enumerate([*self.left, *self.right]):
            if i == len(self.left):
                edge = width - self.right_width + gap
            yield column, edge + {"left": 0.0, "center": column.width / 2, "right": column.width}[column.align]
            edge += column.width + gap

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


def plan(data: ForestData, *, width: float | None = None) -> Layout:
    """Lay out the table of a forest plot.

    Parameters
    ----------
    data : ForestData
    width : float, optional
        Inches that table and plot must fit in: texts become smaller, and where that is not enough the arms show only
        how many people they had; by default as wide as it needs to be.
    """
    if width is None:
        return _planned(data, USUAL)
    layout = _planned(data, FITTED)
    room = width - FITTED_PLOT
    if layout.left_width + layout.right_width <= room:
        return layout
    return _planned(data, FITTED, sizes_only=True)


def _planned(data: ForestData, sizes: Sizes, *, sizes_only: bool = False) -> Layout:
    rows, level = data.rows, share(data.pooled.level)
    heads = data.scale.names.heads
    # The fitted table has no column to spare for the instrument.
    stacked = len(rows) <= STACKED_TO or sizes is FITTED
    details, instruments = [_detail(row, sizes) for row in rows.to_dict("records")], ()
    if sizes is FITTED and any(_needs_more(row, sizes) for row in rows.to_dict("records")):
        instruments = tuple(dict.fromkeys(rows["instrument"]))
        details = [_numbered(row, sizes, instruments) for row in rows.to_dict("records")]
    unnamed = len(instruments) > MOST_LISTED
    look = {"size": sizes.text, "head": sizes.text}
    results = "n" if sizes_only else data.results
    arms = ["intervention_n", "comparator_n"] if sizes_only else ["intervention", "comparator"]
    left = [Column(_head(head, results, sizes), list(rows[arm]), **look) for head, arm in zip(heads, arms, strict=True)]
    if not stacked:
        left.insert(0, Column("Measured with", details, align="left", size=sizes.small))
    summary = (data.effect, data.prediction) if data.enough else ()
    right = [Column(f"{data.pooled.measure}\n[{level} CI]", list(rows["effect"]), summary=summary, **look)]
    if data.enough:
        weights = [percent(weight, 1) for weight in rows["weight"]]
        right.append(Column("Weight", weights, summary=("100%",), **look))
    signs = bool(rows["rob"].ne("").any())
    if signs:
        right.append(Column("Risk\nof bias" if sizes is USUAL else "Bias", [""] * len(rows), align="center", **look))
    return Layout(
        labels=[_label(row, sizes) for row in rows.to_dict("records")],
        details=details,
        summaries=summaries_of(data),
        left=left,
        right=right,
        signs=signs,
        stacked=stacked,
        row_height=(0.32 if sizes is USUAL else 0.29) if stacked else 0.2,
        sizes=sizes,
        sizes_only=sizes_only,
        instruments=() if unnamed else instruments,
        unnamed=unnamed,
    )


def _head(name: str, results: str, sizes: Sizes) -> str:
    """Head a column of an arm; in a fitted table the review's name for it is broken where it is long."""
    return f"{name if sizes is USUAL else wrap(name, _FITTED_HEAD, size=sizes.text, bold=True)}\n{results}"


def _label(row: Mapping[str, Any], sizes: Sizes) -> str:
    signs = "".join(MARKS[code].sign for code in row["marks"])
    if sizes is USUAL:
        return f"{shorten(row['label'], sizes.label)} {signs}".rstrip()
    room = sizes.label - (text_width(f" {signs}", size=sizes.text) if signs else 0)
    return f"{shorten_label(row['label'], room, size=sizes.text)} {signs}".rstrip()


def _detail(row: Mapping[str, Any], sizes: Sizes) -> str:
    """Say which arms (where a trial has several comparisons), which instrument and when; the first two are cut."""
    before = f"{shorten(row['arms'], sizes.detail / 2, size=sizes.small)}; " if row["arms"] else ""
    after = f", {row['months']} months" if row["months"] != MISSING else ""
    room = sizes.detail - text_width(f"{before}{after}", size=sizes.small)
    return f"{before}{shorten(row['instrument'], room, size=sizes.small)}{after}"


def _needs_more(row: Mapping[str, Any], sizes: Sizes) -> bool:
    """Say whether a row's instrument would be cut."""
    return row["instrument"] not in _detail(row, sizes)


def _numbered(row: Mapping[str, Any], sizes: Sizes, instruments: tuple[str, ...]) -> str:
    """Say which arms, when, and by its number which instrument; without it where they are too many to be listed."""
    parts = [f"{row['months']} months"] if row["months"] != MISSING else []
    if len(instruments) <= MOST_LISTED:
        parts.append(NUMBERED.format(number=instruments.index(row["instrument"]) + 1))
    after = ", ".join(parts)
    room = sizes.detail - text_width(f"; {after}", size=sizes.small)
    return "; ".join(filter(None, [shorten(row["arms"], room, size=sizes.small), after]))


def summaries_of(data: ForestData) -> list[tuple[str, str]]:
    """Return first and second line of the rows beneath the trials."""
    if not data.enough:
        return [(NOT_POOLED, TOO_FEW.format(fewest=FEWEST_TRIALS, counts=data.counts))]
    if data.pooled.one_true_effect:
        expected = NO_NEW_TRIALS
    else:
        expected = AT_LEAST if data.pooled.tau2 == 0 and data.prediction != MISSING else NEW_TRIAL
    return [(POOLED, data.counts), (PREDICTION, expected)]
