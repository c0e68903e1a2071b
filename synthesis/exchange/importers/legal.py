"""Rows of outcomes made legal: what the contract does not allow together is moved to the notes, never lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.cells import check_cells
from synthesis.evidence.checks.results import ARMS, OutcomeRows, check_estimates, check_figures
from synthesis.evidence.contract import load_contract
from synthesis.evidence.rules import RULES
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import Row

INTERVAL = ("ci_lower", "ci_upper")
FIGURES = frozenset(
    [*(f"{name}_{arm}" for name in ("sd", "events") for arm in ARMS), "estimate", "standard_error", *INTERVAL]
)
KEY = ("outcome", "instrument", "timepoint_months", "intervention_arm", "comparator_arm")


class Moved(NamedTuple):
    """A cell that was moved to the notes: its column, what it held, and what the broken rule says."""

    column: str
    value: str
    why: str


@dataclass
class Draft:
    """An outcome row on its way: its trial, its cells, where it stands in the source, and what could tell it apart."""

    trial: str
    row: Row
    line: int
    better: str = "higher"
    qualifiers: Sequence[str] = ()
    remarks: list[str] = field(default_factory=list)


def make_legal(drafts: Sequence[Draft], notes: Notes) -> None:
    """Move what breaks a rule of the contract from the cells of the rows to their notes."""
    moved: dict[int, list[Moved]] = {}
    broken = list(range(len(drafts)))
    while broken:  # a cell that was moved may leave another without what it needs
        found = [(broken[place], finding) for place, finding in _faults([drafts[n] for n in broken])]
        broken = []
        for number, finding in found:
            for column in _columns_at_fault(finding):
                if value := drafts[number].row.pop(column, ""):
                    moved.setdefault(number, []).append(Moved(column, value, RULES[finding.rule].says))
                    broken.append(number)
        broken = sorted(set(broken))
    for number, cells in sorted(moved.items()):
        draft = drafts[number]
        for column, value, why in cells:
            draft.remarks.append(f"{column} printed as {value}")
            message = f"{why} Moved to notes."
            notes.add("undecided", "not_legal", message, trial=draft.trial, row=draft.line, column=column, value=value)


def _faults(drafts: Sequence[Draft]) -> list[tuple[int, Finding]]:
    """Return what the contract's rules of a result find in the figures of these rows, each by its row's place."""
    contract = load_contract()["outcomes"]
    frame = pd.DataFrame([draft.row for draft in drafts], columns=list(contract.columns), dtype="str").fillna("")
    # A file each: findings that repeat within a file are cut short, and here each of them counts.
    frame = frame.assign(file=[str(place) for place in range(len(drafts))], row=0)
    figures = replace(contract, fields=tuple(field for field in contract.fields if field.name in FIGURES))
    rows = OutcomeRows(frame)
    found = [*check_cells(frame, figures), *check_figures(rows), *check_estimates(rows)]
    return [(int(finding.file), finding) for finding in found]


def _columns_at_fault(finding: Finding) -> tuple[str, ...]:
    """Return the cells that go with a fault: an SD of one person, an estimate's error, an interval's other bound."""
    column = str(finding.column)
    if finding.rule == "n_below_two":
        return (column.replace("n_", "sd_"),)
    if finding.rule == "estimate_outside_interval" or column in INTERVAL:
        return INTERVAL
    return ("estimate", "standard_error") if column in ("estimate", "effect_measure") else (column,)


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
