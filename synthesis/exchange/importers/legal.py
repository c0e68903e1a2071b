"""Rows of outcomes made legal: what the contract does not allow together is moved to the notes, never lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from synthesis.evidence.contract import RATIOS
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import Row

KEY = ("outcome", "instrument", "timepoint_months", "intervention_arm", "comparator_arm")


@dataclass
class Draft:
    """An outcome row on its way: its trial, its cells, where it stands in the source, and what could tell it apart."""

    trial: str
    row: Row
    line: int
    better: str = "higher"
    qualifiers: Sequence[str] = ()
    remarks: list[str] = field(default_factory=list)


def make_legal(draft: Draft, notes: Notes) -> None:
    """Move what breaks a rule of the contract from the cells of a row to its notes."""
    row = draft.row
    for arm in ("intervention", "comparator"):
        n, sd, events = (_value(row, f"{name}_{arm}") for name in ("n", "sd", "events"))
        if sd is not None and (sd <= 0 or n == 1):
            _move(draft, [f"sd_{arm}"], "A standard deviation is positive and of two people at least.", notes)
        if events is not None and n is not None and events > n:
            _move(draft, [f"events_{arm}"], "More events than people.", notes)
    se, lower, estimate, upper = (_value(row, name) for name in ("standard_error", "ci_lower", "estimate", "ci_upper"))
    ratio = row.get("effect_measure") in RATIOS
    if se is not None and (se <= 0 or estimate is None):
        _move(draft, ["standard_error"], "A standard error is positive and has an estimate.", notes)
    if estimate is not None and (not row.get("effect_measure") or _impossible(row, estimate)):
        _move(draft, ["estimate", "standard_error"], "The estimate is not possible for its measure.", notes)
        estimate = None
    if lower is None and upper is None:
        return
    whole = lower is not None and upper is not None and estimate is not None
    if not whole or not lower <= estimate <= upper or (ratio and lower <= 0) or _impossible(row, lower, upper):
        _move(draft, ["ci_lower", "ci_upper"], "The interval does not fit its estimate.", notes)


def make_distinct(drafts: Sequence[Draft], notes: Notes) -> None:
    """Tell rows apart that are about the same outcome, scale, time and arms, by what else the source says of them."""
    taken: set[tuple[str, ...]] = set()
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(_key(draft), []).append(draft)
    for key, group in groups.items():
        if len(group) == 1 and key not in taken:
            taken.add(key)
            continue
        sets = list(zip(*(draft.qualifiers for draft in group), strict=True)) if len(group) > 1 else []
        telling = next((names for names in sets if all(names) and len(set(names)) == len(names)), None)
        for place, draft in enumerate(group):
            name = draft.row["instrument"]
            if telling:
                draft.row["instrument"] = f"{name} ({telling[place]})"
            number = draft.line
            while _key(draft) in taken:
                draft.row["instrument"] = f"{name} (row {number})"
                number += 1_000_000
            taken.add(_key(draft))
            if draft.row["instrument"] != name:
                message = f"Several rows stand for one result; this one is told apart as {draft.row['instrument']}."
                notes.add("decided", "same_result", message, trial=draft.trial, row=draft.line, value=name)


def close_notes(draft: Draft, prefix: str = "") -> None:
    """Write the remarks into the row's notes."""
    draft.row["notes"] = "; ".join(filter(None, [draft.row.get("notes", ""), prefix, *draft.remarks]))


def _key(draft: Draft) -> tuple[str, ...]:
    return (draft.trial, *(draft.row[name] for name in KEY))


def _value(row: Row, column: str) -> float | None:
    return float(row[column]) if row.get(column) else None


def _impossible(row: Row, *values: float) -> bool:
    measure = row.get("effect_measure")
    return any((measure in RATIOS and value <= 0) or (measure == "RD" and abs(value) > 1) for value in values)


def _move(draft: Draft, columns: list[str], why: str, notes: Notes) -> None:
    for column in columns:
        if value := draft.row.pop(column, ""):
            draft.remarks.append(f"{column} printed as {value}")
            message = f"{why} Moved to notes."
            notes.add("undecided", "not_legal", message, trial=draft.trial, row=draft.line, column=column, value=value)
