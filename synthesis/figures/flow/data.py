"""What a flow diagram says, made once: its boxes with any number of lines, and that no database was searched.

The boxes are those of PRISMA 2020 [page2021]; an arm in which nothing was counted is a sentence, not six empty boxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from synthesis.answers.coverage import POOLED, Coverage
from synthesis.answers.verdicts import FEWEST_TRIALS
from synthesis.errors import NotEstimableError, SynthesisError
from synthesis.evidence import Evidence
from synthesis.evidence.flow import Break, Search, breaks_of_flow, how_searched
from synthesis.evidence.vocabulary import FLOW_COUNTS
from synthesis.wording import number, upper_first

NOT_SYSTEMATIC = "Not a systematic search: no database was searched, so trials may be missing."
NOT_COUNTED = "not counted"
EMPTY_ARM = "{arm}: nothing was found or counted there."
NO_FLOW = "There is no flow diagram: no count of the search is entered in search_flow.csv."
DOES_NOT_ADD_UP = "The flow diagram is not drawn, because its counts do not add up: {breaks}."
BREAK_EXACT = "{count} is {n} in row {row} of {file}, and {rest} leaves {expected}"
BREAK_AT_MOST = "{count} is {n} in row {row} of {file}, of {expected} ({rest})"
STUDIES_ENTERED = "trials entered here with their results"
POOLABLE = "trials with at least one result that can be pooled, by the numbers as they are read here"
IN_A_POOL = "of these in at least one pool, that is on an outcome with {fewest} such trials"
FEWER = "trials on outcomes with fewer than {fewest} such trials, which are not pooled: {outcomes}"
OUTCOME = "{outcome}, trials"


class Line(NamedTuple):
    """A line of a box: its words, its count (nan = not entered), and whether it is a part of the line before it."""

    words: str
    n: float
    part: bool = False


@dataclass(frozen=True)
class Box:
    """A box.

    Attributes
    ----------
    heading : str
    lines : tuple of Line
        Any number; each with a count of its own.
    adds : bool
        Whether the lines are parts of one number, which then stands in the heading.
    """

    heading: str
    lines: tuple[Line, ...]
    adds: bool = True

    @property
    def total(self) -> float:
        """The sum of the lines; nan where they are not parts of one number, or one of them is not entered."""
        return float(np.sum([line.n for line in self.lines if not line.part])) if self.adds else np.nan


class Stage(NamedTuple):
    """A step down an arm: a box, and beside it what leaves there."""

    phase: str
    box: Box | None
    aside: Box | None


@dataclass(frozen=True)
class Arm:
    """One way in which studies were found."""

    heading: str
    stages: tuple[Stage, ...]

    @property
    def boxes(self) -> Iterator[Box]:
        """Every box of the arm, from the top."""
        for stage in self.stages:
            yield from filter(None, (stage.box, stage.aside))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted in any of its boxes."""
        return all(line.n == 0 for box in self.boxes for line in box.lines)


class _Planned(NamedTuple):
    """A box as PRISMA has it: its heading, and the counts whose rows are its lines."""

    heading: str
    counts: tuple[str, ...]
    adds: bool = True


FOUND, SCREENED, INCLUDED = "Identification", "Screening", "Included"
_ARMS = {
    "Databases and registers": (
        (
            FOUND,
            _Planned(
                "Records identified",
                ("database_results", "database_specific_results", "register_results", "register_specific_results"),
            ),
            _Planned("Removed before screening", ("duplicates", "excluded_automatic", "excluded_other")),
        ),
        (SCREENED, _Planned("Screened", ("records_screened",)), _Planned("Excluded", ("records_excluded",))),
        (
            SCREENED,
            _Planned("Sought for retrieval", ("dbr_sought_reports",)),
            _Planned("Not retrieved", ("dbr_notretrieved_reports",)),
        ),
        (
            SCREENED,
            _Planned("Assessed for eligibility", ("dbr_assessed",)),
            _Planned("Excluded, with reasons", ("dbr_excluded",)),
        ),
    ),
    "Other methods": (
        (FOUND, _Planned("Identified", ("website_results", "organisation_results", "citations_results")), None),
        (
            SCREENED,
            _Planned("Sought for retrieval", ("other_sought_reports",)),
            _Planned("Not retrieved", ("other_notretrieved_reports",)),
        ),
        (
            SCREENED,
            _Planned("Assessed for eligibility", ("other_assessed",)),
            _Planned("Excluded, with reasons", ("other_excluded",)),
        ),
    ),
}
_PREVIOUS = _Planned("In an earlier version", ("previous_studies", "previous_reports"), adds=False)
_NEW = _Planned("Included", ("new_studies", "new_reports"), adds=False)
_TOTAL = _Planned("Included in all", ("total_studies", "total_reports"), adds=False)
# Their rows are parts of another row of the same box.
_PARTS = ("database_specific_results", "register_specific_results")


@dataclass(frozen=True)
class FlowData:
    """The content of a flow diagram.

    Attributes
    ----------
    search : Search
        Whether databases were searched.
    previous : Box or None
        What an earlier version of the review included; none where that is nothing.
    arms : tuple of Arm
        Those in which something was counted.
    empty : tuple of str
        Headings of those in which nothing was.
    included : tuple of Box
        From the review's own counts down to what its numbers allow: included, usable.
    pooled : Box or None
        The trials pooled, by outcome; the last of `included`.
    """

    search: Search
    previous: Box | None
    arms: tuple[Arm, ...]
    empty: tuple[str, ...]
    included: tuple[Box, ...]
    pooled: Box | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of how studies were found."""
        said = [NOT_SYSTEMATIC] if self.search is Search.ELSEWHERE else []
        return (*said, *(EMPTY_ARM.format(arm=arm) for arm in self.empty))

    @property
    def boxes(self) -> Iterator[Box]:
        """Every box."""
        yield from filter(None, [self.previous])
        for arm in self.arms:
            yield from arm.boxes
        yield from self.included


def flow_data(evidence: Evidence, coverage: Coverage | None = None) -> FlowData:
    """Collect what a flow diagram says.

    Parameters
    ----------
    evidence : Evidence
        Its `search_flow` has the counts.
    coverage : Coverage, optional
        Its trials by what could be used of them are added beneath those included.

    Raises
    ------
    NotEstimableError
        Where nothing was counted.
    SynthesisError
        Where a count does not follow from the step before; names file and row.
    """
    rows = evidence.search_flow
    if rows.empty:
        raise NotEstimableError(NO_FLOW)
    breaks = breaks_of_flow(rows)
    if breaks:
        raise SynthesisError(DOES_NOT_ADD_UP.format(breaks="; ".join(_in_words(found, rows) for found in breaks)))
    arms = [
        Arm(heading, tuple(Stage(phase, _box(rows, box), _box(rows, aside)) for phase, box, aside in stages))
        for heading, stages in _ARMS.items()
    ]
    counted = [arm for arm in arms if any(True for _ in arm.boxes)]
    previous = _box(rows, _PREVIOUS)
    has_previous = previous is not None and any(line.n > 0 for line in previous.lines)
    ours = [_box(rows, _NEW), _box(rows, _TOTAL) if has_previous else None]
    ours = ours if any(ours) else [_box(rows, _TOTAL)]
    used = [] if coverage is None else _used(evidence, coverage)
    return FlowData(
        search=how_searched(rows),
        previous=previous if has_previous else None,
        arms=tuple(arm for arm in counted if not arm.is_empty),
        empty=tuple(arm.heading for arm in counted if arm.is_empty),
        included=(*filter(None, ours), *used),
        pooled=used[-1] if len(used) > 1 else None,
    )


def _in_words(found: Break, rows: pd.DataFrame) -> str:
    place = rows[rows["data"].eq(found.step.count)].iloc[0]
    return (BREAK_EXACT if found.step.exact else BREAK_AT_MOST).format(
        count=found.step.count,
        n=number(found.n, 0),
        row=place["row"],
        file=place["file"],
        rest=found.rest,
        expected=number(found.expected, 0),
    )


def _box(rows: pd.DataFrame, planned: _Planned | None) -> Box | None:
    """Return a box with a line for each row of its counts; none where no row is there."""
    if planned is None:
        return None
    mine = [row for code in planned.counts for row in rows[rows["data"].eq(code)].to_dict("records")]
    lines = tuple(Line(_words(row), row["n"], row["data"] in _PARTS) for row in mine)
    return Box(planned.heading, lines, planned.adds) if lines else None


def _words(row: dict[str, object]) -> str:
    return upper_first(str(row["description"] or FLOW_COUNTS[str(row["data"])]))


def _used(evidence: Evidence, coverage: Coverage) -> list[Box]:
    """Return what the numbers of the trials entered allow: how many can be pooled, and on which outcomes."""
    pooled = coverage.table[coverage.table["status"].eq(POOLED)]
    trials = pooled.groupby("outcome_label", sort=False)["trial"].nunique().sort_values(ascending=False, kind="stable")
    enough = trials[trials >= FEWEST_TRIALS]
    fewer = FEWER.format(fewest=FEWEST_TRIALS, outcomes=", ".join(trials.index[len(enough) :]))
    averaged = pooled[pooled["outcome_label"].isin(enough.index)]
    entered = Box(
        "Entered and usable",
        (
            Line(upper_first(STUDIES_ENTERED), len(evidence.trials)),
            Line(upper_first(POOLABLE), pooled["trial"].nunique()),
            *(
                [Line(upper_first(IN_A_POOL.format(fewest=FEWEST_TRIALS)), averaged["trial"].nunique())]
                if len(enough)
                else []
            ),
        ),
        adds=False,
    )
    lines = [Line(OUTCOME.format(outcome=label), n) for label, n in enough.items()]
    if len(enough) < len(trials):
        lines.append(
            Line(upper_first(fewer), pooled.loc[~pooled["outcome_label"].isin(enough.index), "trial"].nunique())
        )
    return [entered, *([Box("Pooled, outcome by outcome", tuple(lines), adds=False)] if lines else [])]
