"""A standardised difference in points of one scale: only where the trials score that scale in one way.

One name of a scale often covers several scorings (sums, means of items, translations): points are refused where the
standard deviations of its comparison arms are further apart than a factor of two, or where rows say different scorings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.answers.grading.facts import PoolFacts
from synthesis.answers.grading.threshold import is_one_scoring, scale_spread
from synthesis.wording import interval, number

IN_POINTS = "About {middle} points on the {instrument} ({ends}), whose standard deviation is {sd}."
MIXED = "Not given in points: the trials score the {instrument} in several ways (standard deviations {low} to {high})."
NOT_SAID = (
    "A difference of {value} points is called important there{people}; the text read does not say whether in one "
    "person or between groups."
)
CONTEXT = "A change of {value} points in one person counts as important there{people}; that is no threshold for groups."
GROUPS = "A difference of {value} points counts as important there{people}."
# A scale with a smaller standard deviation gets a decimal more.
COARSE = 2.0


@dataclass(frozen=True)
class InPoints:
    """A pooled SMD in points of a scale.

    Attributes
    ----------
    instrument : str
        The scale with most weight in the pool.
    sd, least, largest : float
        Median, least and largest SD of its comparison arms.
    points : tuple of float
        Estimate and its interval; nan where the scale is scored in several ways.
    """

    instrument: str
    sd: float
    least: float
    largest: float
    points: tuple[float, float, float]

    @property
    def is_refused(self) -> bool:
        """Whether the scale is scored in several ways."""
        return bool(np.isnan(self.points[0]))


def in_points(facts: PoolFacts) -> InPoints | None:
    """Return a pooled SMD in points of the scale with most weight; None where no SD of it is printed."""
    pooled = facts.pooled
    if pooled is None or not facts.is_enough or pooled.measure != "SMD" or not pooled.effects.is_settled:
        return None
    frame = facts.frame
    printed = frame[frame["sd_comparator"].notna() & frame["change"].ne("yes")]
    if printed.empty:
        return None
    instrument = str(printed.groupby("instrument")["weight"].sum().idxmax())
    sd, least, largest = scale_spread(facts.effects, instrument)
    scorings = set(printed.loc[printed["instrument"].eq(instrument), "scoring"]) - {""}
    one = is_one_scoring(least, largest) and len(scorings) < 2
    turn = _turn(facts, instrument)
    ends = [turn * sd * value for value in (pooled.estimate, pooled.ci_lb, pooled.ci_ub)]
    points = (ends[0], *sorted(ends[1:])) if one else (np.nan,) * 3
    return InPoints(instrument, sd, least, largest, points)


def points_in_words(facts: PoolFacts) -> str:
    """Say the effect in points with what is known of important differences, or why not; empty where neither is."""
    found = in_points(facts)
    if found is None:
        return ""
    if found.is_refused:
        return MIXED.format(instrument=found.instrument, low=number(found.least), high=number(found.largest))
    middle, low, high = found.points
    digits = 1 if found.sd >= COARSE else 2
    said = IN_POINTS.format(
        middle=number(middle, digits, signed=True),
        ends=interval(low, high, digits),
        instrument=found.instrument,
        sd=number(found.sd, 1),
    )
    return " ".join([said, *_context(facts, found.instrument)])


def _turn(facts: PoolFacts, instrument: str) -> float:
    """Return what turns the pool back to the scale's own way; -1 where its rows were turned the outcome's way."""
    own = facts.frame[facts.frame["instrument"].eq(instrument)]
    return -1.0 if own["aligned"].all() else 1.0


def _context(facts: PoolFacts, instrument: str) -> list[str]:
    table = facts.evidence.codebook.important_differences
    if table is None:
        return []
    rows = table[table["instrument"].eq(instrument) & table["unit"].eq("points") & table["value"].notna()]
    said = []
    for row in rows.head(1).itertuples():
        sentence = {"group": GROUPS, "individual": CONTEXT}.get(row.level, NOT_SAID)
        people = f" ({row.people})" if row.people else ""
        said.append(sentence.format(value=number(row.value, 0 if row.value == round(row.value) else 1), people=people))
    return said
