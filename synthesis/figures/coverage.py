"""The trial by outcome map: what was measured, what could be pooled, which way the rest points [page2023robme]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from synthesis.answers.coverage import ABSENT, NOT_POOLED, POOLED, WITHOUT_NUMBERS, Coverage
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.evidence.vocabulary import NEUTRAL, Names, directions_in_words
from synthesis.figures.parts.grid import CellSign, Grid
from synthesis.figures.parts.grid_drawing import draw_grid
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import NAVY, PAPER, SKY
from synthesis.wording import count, number

BLANK = "#F4F6F7"
STATUS_WORDS = {
    POOLED: "pooled",
    NOT_POOLED: "numbers that could not be pooled",
    WITHOUT_NUMBERS: "measured, reported without numbers",
    ABSENT: "not measured, or not reported at all",
}
_SHADES = {POOLED: NAVY, NOT_POOLED: SKY, WITHOUT_NUMBERS: PAPER, ABSENT: BLANK}
ALT = (
    "Map of {trials} by {outcomes}. Trials measured an outcome in {measured} of {cells} cells: with numbers that could "
    "be pooled in {pooled}, with numbers that could not in {not_pooled}, without numbers in {without_numbers}. "
    "{best} has most trials to pool ({most}); {none}."
)
NONE = {True: "1 outcome has none", False: "{outcomes} have none"}
CAPTION = "Which trial measured which outcome, and what of it could be pooled"
MIXED, UNSTATED = ("◆", "several results that disagree"), ("?", "direction not stated")


def coverage_map(coverage: Coverage, *, ax: Axes | None = None) -> Axes:
    """Draw which trial measured which outcome, and what could be used of it.

    Parameters
    ----------
    coverage : Coverage
        From `map_coverage`. Trials and outcomes stand in the order they come in.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a figure as large as it needs to be.

    Returns
    -------
    matplotlib.axes.Axes
        Trials from the top, outcomes from the left.
    """
    return _draw(coverage_cells(coverage), ax=ax)


def _draw(content: CoverageCells, *, ax: Axes | None = None) -> Axes:
    status = content.status.to_numpy(str)
    signs = np.empty(status.shape, dtype=object)
    for place in np.ndindex(*status.shape):
        signs[place] = _sign(status[place], content.directions.iat[place], content.directions_known)
    glyphs = {sign.glyph for sign in signs.ravel()}
    known = content.directions_known
    words = [(glyph, text) for glyph, text in [*known.values(), MIXED, UNSTATED] if glyph in glyphs]
    grid = Grid(
        signs=signs,
        rows=content.rows,
        columns=content.columns,
        legend=[_sign(name, None, known) for name in STATUS_WORDS]
        + [CellSign(text, "none", glyph, edge="none") for glyph, text in words],
        column_totals=[
            ("trials pooled", (status == POOLED).sum(axis=0)),
            ("not poolable", (status == NOT_POOLED).sum(axis=0)),
            ("without numbers", (status == WITHOUT_NUMBERS).sum(axis=0)),
        ],
        row_totals=[
            ("pooled", (status == POOLED).sum(axis=1)),
            ("measured", (status != ABSENT).sum(axis=1)),
        ],
        cell_width=0.29,
        heading_lines=1,
    )
    return draw_grid(grid, ax=ax)


@dataclass(frozen=True, eq=False)
class CoverageCells:
    """Coverage as a table of trials by outcomes.

    Attributes
    ----------
    status, directions : pandas.DataFrame of str
        Trials by outcomes; a missing combination is absent.
    rows, columns : list of str
        Labels of trials and outcomes.
    """

    status: pd.DataFrame
    directions: pd.DataFrame
    rows: list[str]
    columns: list[str]
    names: Names = NEUTRAL

    @property
    def directions_known(self) -> dict[str, tuple[str, str]]:
        """Glyph and words of each direction [campbell2020swim]: what could not be pooled shows which way it points."""
        return {code: (known.sign, known.noun) for code, known in directions_in_words(self.names).items()}


def coverage_cells(coverage: Coverage) -> CoverageCells:
    """Arrange coverage as `coverage_map` draws it.

    Raises
    ------
    ChoiceError
        For a status that does not exist.
    NotEstimableError
        Where nothing was measured.
    """
    table = coverage.table
    unknown = set(table["status"]) - set(STATUS_WORDS)
    if unknown:
        raise ChoiceError("status", min(unknown), list(STATUS_WORDS))
    if table.empty:
        raise NotEstimableError("No outcome was measured, so there is no map to draw.")
    trials, outcomes = table.drop_duplicates("trial"), table.drop_duplicates("outcome")
    wide = table.set_index(["trial", "outcome"])[["status", "directions"]].unstack("outcome")
    shape = {"index": trials["trial"], "columns": outcomes["outcome"]}
    return CoverageCells(
        status=wide["status"].reindex(**shape).fillna(ABSENT),
        directions=wide["directions"].reindex(**shape).fillna(""),
        rows=list(trials["label"]),
        columns=list(outcomes["outcome_label"]),
        names=next((effects.names for effects in coverage.effects.values()), NEUTRAL),
    )


def coverage_table(coverage: Coverage) -> pd.DataFrame:
    """Return the numbers of a coverage map, ready to show: one row a trial, one column an outcome."""
    return _table(coverage_cells(coverage))


def _table(content: CoverageCells) -> pd.DataFrame:
    words = STATUS_WORDS | {ABSENT: "", NOT_POOLED: "not poolable", WITHOUT_NUMBERS: "without numbers"}
    table = content.status.map(words.__getitem__)
    known = content.directions_known
    directions = content.directions.map(lambda cell: f" ({_direction(cell, known)[1]})" if cell else "")
    table = table + directions.where(content.status.isin([NOT_POOLED, WITHOUT_NUMBERS]), "")
    table = table.set_axis(content.columns, axis=1).reset_index(drop=True)
    table.insert(0, "Trial", content.rows)
    return table


def _sign(status: str, directions: str | None, known: Mapping[str, tuple[str, str]]) -> CellSign:
    """Return how a cell looks (in the legend: None); a pooled one needs no direction, the forest plot has it."""
    shade, words = _SHADES[status], STATUS_WORDS[status]
    if status == POOLED:
        return CellSign(words, shade, "●", PAPER)
    if status == ABSENT:
        return CellSign(words, shade, edge=shade)
    return CellSign(words, shade, "" if directions is None else _direction(directions, known)[0])


def _direction(directions: str, known: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Return glyph and words of the directions of a cell's results."""
    found = {part for part in directions.split(";") if part}
    if not found:
        return UNSTATED
    return known[found.pop()] if len(found) == 1 else MIXED


def coverage_alt_text(coverage: Coverage) -> str:
    """Say what a coverage map shows: what was measured, what of it was pooled, and the best covered outcome.

    Parameters
    ----------
    coverage : Coverage
    """
    return _alt_text(coverage_cells(coverage))


def _alt_text(content: CoverageCells) -> str:
    status = content.status.to_numpy(str)
    usable, unusable, bare = (int((status == name).sum()) for name in (POOLED, NOT_POOLED, WITHOUT_NUMBERS))
    by_outcome = (status == POOLED).sum(axis=0)
    best, none = int(np.argmax(by_outcome)), int((by_outcome == 0).sum())
    return ALT.format(
        trials=count(len(content.rows), "trial"),
        outcomes=count(len(content.columns), "outcome"),
        measured=number(usable + unusable + bare, 0),
        cells=number(status.size, 0),
        pooled=usable,
        not_pooled=unusable,
        without_numbers=bare,
        best=content.columns[best],
        most=by_outcome[best],
        none=NONE[none == 1].format(outcomes=count(none, "outcome")),
    )


def show_coverage(coverage: Coverage) -> ShownFigure:
    """Show the coverage map of `synthesis.answers.coverage.map_coverage`."""
    content = coverage_cells(coverage)
    return show(_draw(content), alt=_alt_text(content), caption=CAPTION, table=_table(content))
