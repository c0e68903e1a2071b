"""Which rows of an analysis belong in one pool: as the review totals them, and nobody twice.

A review gives no total where the subgroups of an analysis are times, outcomes or comparisons of the same people; rows
marked for subgroups only stand in the total in another form. Both are outcome domains of their own here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from synthesis.exchange.importers.revman.rows import DataRows
from synthesis.exchange.notes import Notes
from synthesis.wording import count

_SUBGROUP_ONLY = "SUBGROUP_ONLY"
_HUNDRED = 0.5  # printed weights are rounded: a sum this near to 100 is 100
HINT = "Pool them together only if nobody stands in several: change `outcome` of their rows in outcomes.csv."


@dataclass(frozen=True)
class Part:
    """Rows of one analysis that make one outcome domain.

    Attributes
    ----------
    members : ndarray of int
        Their places.
    subgroup : str
        The subgroup they are of; empty for those of the total.
    withheld : bool
        Whether the review gives no total of them, although they are several.
    """

    members: np.ndarray
    subgroup: str
    withheld: bool


def parts_of(rows: DataRows, places: list[int], overall: str, label: str, notes: Notes) -> list[Part]:
    """Return the rows of an analysis in the parts that may be pooled.

    Parameters
    ----------
    rows : DataRows
    places : list of int
        The analysis's rows.
    overall : str
        What the settings say of a total: `true`, `false`, or empty where there are none.
    label : str
        The analysis, for notes.
    notes : Notes
    """
    line = rows.lines[places[0]]
    only = [place for place in places if rows.texts["applicability"][place].upper() == _SUBGROUP_ONLY]
    rest = [place for place in places if place not in set(only)]
    subgroups = list(dict.fromkeys(rows.texts["subgroup"][place] for place in rest))
    total, why = _has_total(rows, rest, overall)
    parts = []
    if len(subgroups) > 1 and not total:
        kind = "decided" if why else "undecided"
        why = why or "studies stand in several of them, and nothing says whether the review adds them up"
        message = f"{label}: its {len(subgroups)} subgroups are outcomes of their own, as {why}."
        notes.add(kind, "subgroups_apart", message, row=line, hint=HINT)
        for name in subgroups:
            members = [place for place in rest if rows.texts["subgroup"][place] == name]
            members += [place for place in only if rows.texts["subgroup"][place] == name]
            parts.append(Part(np.array(sorted(members)), name or "no subgroup", withheld=False))
        only = [place for place in only if rows.texts["subgroup"][place] not in subgroups]
    elif rest:
        withheld = overall == "false" and len(rest) > 1
        if withheld:
            message = (
                f"{label}: the review gives no total of its {len(rest)} rows; its name says so wherever it is pooled."
            )
            notes.add("decided", "total_withheld", message, row=line)
        parts.append(Part(np.array(rest), "", withheld))
    for name in dict.fromkeys(rows.texts["subgroup"][place] for place in only):
        members = [place for place in only if rows.texts["subgroup"][place] == name]
        of = f"{count(len(members), 'row')} of {name or 'no subgroup'}"
        message = f"{label}: {of} for subgroups only, kept out of the total."
        notes.add("decided", "subgroup_only", message, row=rows.lines[members[0]], column="Applicability")
        parts.append(Part(np.array(members), f"{name or 'rows'} (for subgroups only)", withheld=False))
    for part in parts:
        _note_twice(rows, part, label, notes)
    return parts


def _has_total(rows: DataRows, places: list[int], overall: str) -> tuple[bool, str]:
    """Say whether the review adds the rows up, and by what that is told when it does not; empty where nothing tells."""
    if overall:
        return overall != "false", "the review gives no total of them"
    by_subgroup: dict[str, float] = {}
    weights = np.nan_to_num(rows.values["weight"][places])
    for place, weight in zip(places, weights, strict=True):
        name = rows.texts["subgroup"][place]
        by_subgroup[name] = by_subgroup.get(name, 0.0) + float(weight)
    if len(by_subgroup) > 1 and weights.sum() > 0:
        if abs(weights.sum() - 100) <= _HUNDRED:
            return True, ""
        if all(abs(weight - 100) <= _HUNDRED or weight == 0 for weight in by_subgroup.values()):
            return False, "their printed weights add up to 100% in each, so the review gives no total"
    studies = {(rows.texts["subgroup"][place], rows.texts["study"][place]) for place in places}
    repeated = max(Counter(study for _, study in studies).values(), default=0) > 1
    return not repeated, ""


def _note_twice(rows: DataRows, part: Part, label: str, notes: Notes) -> None:
    """Note a study whose rows in one part print the same people: both groups alike, or the same control again."""
    sides = dict.fromkeys((1, 2), ("mean", "sd", "events", "n"))
    seen: dict[tuple[str, ...], int] = {}
    for place in part.members:
        study = rows.texts["study"][place]
        figures = {side: [rows.digits[f"{name}{side}"][place] for name in names] for side, names in sides.items()}
        known = [any(text and float(text) != 0 for text in figures[side]) for side in sides]
        for who, key in (
            ("both groups", ("both", study, *figures[1], *figures[2], rows.digits["printed"][place])),
            ("the control group", ("control", study, *figures[2])),
        ):
            if not all(known) or not study:
                continue
            if key in seen:
                message = (
                    f"{label}: {study} prints the same figures of {who} as in row {seen[key]}; if they are the same "
                    "people, they count twice."
                )
                hint = "Exclude one of them, or name one arm for both, so that it is divided."
                notes.add("differs", "same_people", message, row=rows.lines[place], value=study, hint=hint)
                break
            seen[key] = rows.lines[place]
