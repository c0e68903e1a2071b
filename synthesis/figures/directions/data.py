"""What an effect-direction plot says, made once: a row a result, its size, its reported direction [campbell2020swim].

Directions are never counted: how many reported what says nothing of an effect, and less of the trials that were small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.answers.verdicts import is_enough
from synthesis.effects import Effects
from synthesis.effects.left_out import KINDS
from synthesis.evidence.vocabulary import directions_in_words
from synthesis.figures.parts.scale import EffectScale
from synthesis.wording import MISSING, count, months, upper_first, whole

NUMBER, UNSTATED, NOTHING = "number", "unstated", "nothing_given"
SIGNS = {NUMBER: "●", UNSTATED: "?", NOTHING: MISSING}
WORDS = {UNSTATED: "direction not stated", NOTHING: "no result given"}
REPORTED = "reported {direction}"
WITH_KIND = "{direction}; {kind}"
EFFECT = "{measure} {effect} {interval}"
MEASURED = "{instrument}, {months} months"
# Another result of the same comparison was used in the place of these: they are no further evidence.
_REPLACED = "not_selected"
MOST_ROWS = 40


class Row(NamedTuple):
    """A result: who, measured with what and when, how many people, its code, its sign, its words, its risk of bias."""

    trial: str
    label: str
    measured: str
    people: float
    code: str
    sign: str
    words: str
    rob: str


@dataclass(frozen=True)
class Group:
    """The results of one outcome, the largest first; `continued` where the first of them stand on a page before."""

    heading: str
    rows: tuple[Row, ...]
    continued: bool = False


def direction_groups(outcomes: Sequence[Effects]) -> list[Group]:
    """Collect the results of outcomes: those that are not pooled and, where too few are for a pool, all of them.

    Parameters
    ----------
    outcomes : sequence of Effects

    Returns
    -------
    list of Group
        Those with any row.
    """
    groups = (Group(upper_first(effects.outcome_label), _rows(effects)) for effects in outcomes)
    return [group for group in groups if group.rows]


def pages_of(groups: Sequence[Group]) -> list[list[Group]]:
    """Part groups into pages of at most forty rows; one that does not fit goes on, and says so."""
    pages: list[list[Group]] = [[]]
    room = MOST_ROWS
    for group in groups:
        start = 0
        # An outcome stands together where it can, and no heading stands with a row or two at the foot of a page.
        if room < len(group.rows) and (room < 5 or len(group.rows) <= MOST_ROWS):
            pages.append([])
            room = MOST_ROWS
        while start < len(group.rows):
            if room == 0:
                pages.append([])
                room = MOST_ROWS
            taken = group.rows[start : start + room]
            pages[-1].append(Group(group.heading, taken, continued=start > 0))
            start, room = start + len(taken), room - len(taken)
    return [page for page in pages if page]


def _rows(effects: Effects) -> tuple[Row, ...]:
    left = effects.left_out[effects.left_out["kind"].ne(_REPLACED)]
    rows = [_unusable(row, effects) for row in left.to_dict("records")]
    if not is_enough(effects):
        rows += [_usable(row, effects) for row in effects.frame.to_dict("records")]
    return tuple(sorted(rows, key=lambda row: (np.isnan(row.people), -row.people if row.people == row.people else 0)))


def _usable(row: Mapping[str, Any], effects: Effects) -> Row:
    scale = EffectScale(effects.measure, effects.better, effects.names)
    digits = scale.digits(scale.natural(np.array([row["yi"]])))
    half = 1.959964 * row["sei"]
    words = EFFECT.format(
        measure=effects.measure,
        effect=scale.text(row["yi"], digits),
        interval=scale.interval(row["yi"] - half, row["yi"] + half, digits),
    )
    return _row(row, NUMBER, SIGNS[NUMBER], words)


def _unusable(row: Mapping[str, Any], effects: Effects) -> Row:
    known = directions_in_words(effects.names)
    code = row["reported_direction"] or (NOTHING if row["cause"] == "nothing_given" else UNSTATED)
    if code in known:
        sign = known[code].sign
        words = known[code].noun if code == "no_difference" else REPORTED.format(direction=known[code].noun)
    else:
        sign, words = SIGNS[code], WORDS[code]
    # Without numbers is what this picture is about; another kind of reason is said beside the direction.
    if row["kind"] != "without_numbers":
        words = WITH_KIND.format(direction=words, kind=KINDS[row["kind"]].label)
    return _row(row, code, sign, words)


def _row(row: Mapping[str, Any], code: str, sign: str, words: str) -> Row:
    when = months(row["timepoint_months"])
    instrument = row["instrument"] or MISSING
    measured = MEASURED.format(instrument=instrument, months=when) if when else instrument
    people = float(row["n_intervention"]) + float(row["n_comparator"])
    return Row(row["trial"], row["label"], measured, people, code, sign, words, row["rob"])


def people_in_words(people: float) -> str:
    """Print the number of people; a dash where it is not reported."""
    return whole(people) or MISSING


def directions_frame(groups: Sequence[Group]) -> pd.DataFrame:
    """Return the rows of groups, ready to show."""
    return pd.DataFrame(
        [
            {
                "Trial": row.label,
                "Outcome": group.heading,
                "Measured with": row.measured,
                "People": people_in_words(row.people),
                "Reported": row.words,
            }
            for group in groups
            for row in group.rows
        ]
    )


def counted(groups: Sequence[Group]) -> str:
    """Say how many results of how many outcomes there are; never how many of a direction."""
    rows = sum(len(group.rows) for group in groups)
    return f"{count(rows, 'result')} on {count(len(groups), 'outcome')}"
