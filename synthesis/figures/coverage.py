"""The trial by outcome map: what was measured, what could be pooled, which way the rest points [page2023robme]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from synthesis.answers.coverage import (
    ABSENT,
    MEASURED,
    NO_RESULT,
    NOT_ENTERED,
    NOT_POOLED,
    POOLED,
    WITHOUT_NUMBERS,
    Coverage,
)
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.evidence.vocabulary import NEUTRAL, ROLES, Names, directions_in_words
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.grid import CellSign, Grid
from synthesis.figures.parts.grid_drawing import draw_grid
from synthesis.figures.parts.show import ShownFigure, ShownFigures, show
from synthesis.figures.parts.style import JOURNAL, NAVY, PALE, PAPER, PHONE, SKY, SMALL
from synthesis.wording import count, lower_first, number

BLANK = "#F4F6F7"
STATUS_WORDS = {
    POOLED: "pooled",
    NOT_POOLED: "reported, not poolable",
    WITHOUT_NUMBERS: "measured, reported without numbers",
    NO_RESULT: "measured, no result given",
    NOT_ENTERED: "met in a text, not entered (the reason is listed)",
    ABSENT: "not measured, or unclear",
}
_SHADES = {POOLED: NAVY, NOT_POOLED: SKY, WITHOUT_NUMBERS: PAPER, NO_RESULT: PAPER, NOT_ENTERED: PALE, ABSENT: BLANK}
ALT = (
    "Map of {trials} by {outcomes}. Trials measured an outcome in {measured} of {cells} cells: with numbers that could "
    "be pooled in {pooled}, with numbers that could not in {not_pooled}, without numbers in {without_numbers}{others}. "
    "{best} has most trials to pool ({most}); {none}."
)
ALT_NO_RESULT = ", with no result given in {n}"
ALT_NOT_ENTERED = "; a result was met and not entered in {n} more"
NONE = {0: "every outcome has some", 1: "1 outcome has none"}
SEVERAL_NONE = "{outcomes} have none"
CAPTION = (
    "Which trial measured which outcome, and what became of its results: the matrix that a judgement of missing "
    "evidence (ROB-ME) starts from, and no judgement"
)
CAPTION_OF = "{panel}: {caption}"
WITHOUT_ANY = "{caption}. {trials} measured none of these and {are} not shown"
# The most outcomes that stand side by side on a phone; more are parted by what they are to the change model.
MOST_COLUMNS = 14
PART = "{role}, part {part}"
MIXED, UNSTATED, CROSS = ("◆", "several results that disagree"), ("?", "direction not stated"), "×"


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

    Examples
    --------
    >>> from synthesis.figures import coverage_map
    >>> axes = coverage_map(map_coverage(evidence.reporting("hope")))
    >>> axes.figure.savefig("coverage.png")
    """
    return _draw(coverage_cells(coverage), ax=ax)


# How the map is fitted to a journal's width and to a phone.
_FITTED = {"label_limit": 1.75, "size": 7.5, "legend_below": True, "whole_width": JOURNAL - 0.2, "heading_lines": 1}
_ON_A_PHONE = _FITTED | {
    "label_limit": 1.25,
    "size": SMALL,
    "slant": 90.0,
    "whole_width": PHONE - 0.2,
    "row_totals": (),
}


def _draw(content: CoverageCells, *, ax: Axes | None = None, fitted: Mapping[str, Any] = MappingProxyType({})) -> Axes:
    status = content.status.to_numpy(str)
    signs = np.empty(status.shape, dtype=object)
    for place in np.ndindex(*status.shape):
        signs[place] = _sign(status[place], content.directions.iat[place], content.directions_known)
    glyphs = {sign.glyph for sign in signs.ravel()}
    known = content.directions_known
    words = [(glyph, text) for glyph, text in [*known.values(), MIXED, UNSTATED] if glyph in glyphs]
    rare = {NO_RESULT: "no result given", NOT_ENTERED: "not entered"}
    counts = [("pooled", (status == POOLED).sum(axis=1)), ("measured", np.isin(status, MEASURED).sum(axis=1))]
    look = {"cell_width": 0.29, "heading_lines": 1, "row_totals": counts} | fitted
    grid = Grid(
        signs=signs,
        rows=content.rows,
        columns=content.columns,
        legend=[_sign(name, None, known) for name in STATUS_WORDS if name not in rare or (status == name).any()]
        + [CellSign(text, "none", glyph, edge="none") for glyph, text in words],
        column_totals=[
            ("trials pooled", (status == POOLED).sum(axis=0)),
            ("not poolable", (status == NOT_POOLED).sum(axis=0)),
            ("without numbers", (status == WITHOUT_NUMBERS).sum(axis=0)),
            *((words, (status == name).sum(axis=0)) for name, words in rare.items() if (status == name).any()),
        ],
        **look,
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
    roles : list of str
        What each outcome is to the change model, by code of `ROLES`.
    names : Names
    panel : str
        What the outcomes of a part have in common; empty for the whole.
    silent : int
        Trials left out of a part because they measured none of its outcomes.
    """

    status: pd.DataFrame
    directions: pd.DataFrame
    rows: list[str]
    columns: list[str]
    roles: list[str]
    names: Names = NEUTRAL
    panel: str = ""
    silent: int = 0

    def panels(self) -> list[CoverageCells]:
        """Return parts that are narrow enough for a phone: all of it, or the outcomes of each role."""
        if len(self.columns) <= MOST_COLUMNS:
            return [self]
        parts = []
        for role in dict.fromkeys(self.roles):
            own = [i for i, code in enumerate(self.roles) if code == role]
            pieces = -(-len(own) // MOST_COLUMNS)
            for i, columns in enumerate(np.array_split(own, pieces), 1):
                name = ROLES[role] if pieces == 1 else PART.format(role=ROLES[role], part=i)
                parts.append(self._part(columns, name))
        return parts

    def _part(self, columns: Sequence[int], name: str) -> CoverageCells:
        status = self.status.iloc[:, list(columns)]
        shown = status.ne(ABSENT).any(axis=1).to_numpy()
        return replace(
            self,
            status=status[shown],
            directions=self.directions.iloc[:, list(columns)][shown],
            rows=[label for label, kept in zip(self.rows, shown, strict=True) if kept],
            columns=[self.columns[i] for i in columns],
            roles=[self.roles[i] for i in columns],
            panel=name,
            silent=int((~shown).sum()),
        )

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
        roles=list(outcomes["role"]),
        names=next((effects.names for effects in coverage.effects.values()), NEUTRAL),
    )


def coverage_table(coverage: Coverage) -> pd.DataFrame:
    """Return the numbers of a coverage map, ready to show: one row a trial, one column an outcome.

    Examples
    --------
    >>> from synthesis.figures import coverage_table
    >>> coverage_table(map_coverage(evidence)).shape
    (97, 36)
    """
    return _table(coverage_cells(coverage))


def _table(content: CoverageCells) -> pd.DataFrame:
    short = {ABSENT: "", NOT_POOLED: "not poolable", WITHOUT_NUMBERS: "without numbers", NOT_ENTERED: "not entered"}
    words = STATUS_WORDS | short
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
    if status == NO_RESULT:
        return CellSign(words, shade, stroke=True)
    if status == NOT_ENTERED:
        return CellSign(words, shade, CROSS)
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

    Examples
    --------
    >>> from synthesis.figures import coverage_alt_text
    >>> print(coverage_alt_text(map_coverage(evidence)))
    Map of 97 trials by 35 outcomes. Trials measured an outcome in 320 of 3,395 cells: with numbers
    that could be pooled in 140, with numbers that could not in 17, without numbers in 158, with no
    result given in 5; a result was met and not entered in 12 more. Quality of life has most trials
    to pool (24); 8 outcomes have none.
    """
    return _alt_text(coverage_cells(coverage))


def _alt_text(content: CoverageCells) -> str:
    status = content.status.to_numpy(str)
    counts = {name: int((status == name).sum()) for name in STATUS_WORDS}
    usable, unusable, bare = (counts[name] for name in (POOLED, NOT_POOLED, WITHOUT_NUMBERS))
    others = ALT_NO_RESULT.format(n=counts[NO_RESULT]) if counts[NO_RESULT] else ""
    others += ALT_NOT_ENTERED.format(n=counts[NOT_ENTERED]) if counts[NOT_ENTERED] else ""
    by_outcome = (status == POOLED).sum(axis=0)
    best, none = int(np.argmax(by_outcome)), int((by_outcome == 0).sum())
    return ALT.format(
        trials=count(len(content.rows), "trial"),
        outcomes=count(len(content.columns), "outcome"),
        measured=number(sum(counts[name] for name in MEASURED), 0),
        cells=number(status.size, 0),
        pooled=usable,
        not_pooled=unusable,
        without_numbers=bare,
        others=others,
        best=content.columns[best],
        most=by_outcome[best],
        none=NONE.get(none, SEVERAL_NONE).format(outcomes=count(none, "outcome")),
    )


def show_coverage(coverage: Coverage) -> ShownFigure | ShownFigures:
    """Show the coverage map of `synthesis.answers.coverage.map_coverage`.

    Returns
    -------
    ShownFigure or ShownFigures
        One picture; one for each role of outcomes where all together would be too wide to read.

    Examples
    --------
    >>> from synthesis.figures import show_coverage
    >>> show_coverage(map_coverage(evidence.reporting("hope"))).figures[0].caption
    'Use of services: which trial measured which outcome, and what became of its results: the
    matrix that a judgement of missing evidence (ROB-ME) starts from, and no judgement. 12 trials
    measured none of these and are not shown'
    """
    parts = coverage_cells(coverage).panels()
    figures = tuple(
        show(
            Drawn(_draw, part, fitted=_FITTED),
            alt=_alt_text(part),
            caption=_caption(part),
            table=_table(part),
            narrow=Drawn(_draw, part, fitted=_ON_A_PHONE),
        )
        for part in parts
    )
    return figures[0] if len(figures) == 1 else ShownFigures(figures)


def _caption(content: CoverageCells) -> str:
    if not content.panel:
        return CAPTION
    caption = CAPTION_OF.format(panel=content.panel, caption=lower_first(CAPTION))
    if not content.silent:
        return caption
    are = "is" if content.silent == 1 else "are"
    return WITHOUT_ANY.format(caption=caption, trials=count(content.silent, "trial"), are=are)
