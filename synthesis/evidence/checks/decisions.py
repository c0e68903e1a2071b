"""Decisions about rows of outcomes: that they hit a row, and say something a row can take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import isfinite

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.cells import cell_faults, like
from synthesis.evidence.checks.keys import Frames, items_of
from synthesis.evidence.contract import load_contract
from synthesis.evidence.findings import report, short
from synthesis.evidence.reading import RawEvidence, to_number

_ADDRESS = ("outcome", "instrument", "timepoint_months")
_SD_COLUMNS = ("sd_intervention", "sd_comparator")


def check_decisions(raw: RawEvidence, frames: Frames) -> list[Finding]:
    """Check every decision against the outcomes of its trial."""
    decisions = frames["decisions"]
    if decisions.empty:
        return []
    return [*_check_hits(raw, decisions, frames["outcomes"]), *_check_columns(decisions), *_check_values(decisions)]


def _check_hits(raw: RawEvidence, decisions: pd.DataFrame, outcomes: pd.DataFrame) -> list[Finding]:
    ruled = outcomes[outcomes["trial"].isin(decisions["trial"])]
    addresses = {address for row in ruled.itertuples() for address in _addresses(row)}
    named = decisions[decisions[list(_ADDRESS)].notna().all(axis=1) & decisions["outcome"].ne("")]
    missed = [_is_misdirected(raw, row, addresses) for row in named.itertuples()]
    broken = named[pd.Series(missed, index=named.index, dtype=bool)]
    nearest = [_nearest_row(row, ruled[ruled["trial"].eq(row.trial)]) for row in broken.itertuples()]
    return report(
        "decision_without_row",
        broken,
        table="decisions",
        column="outcome",
        message="No row of the trial's outcomes.csv has this outcome, instrument and time.",
        hint=pd.Series(nearest, broken.index, dtype=object),
    )


def _addresses(row: tuple) -> Iterator[tuple]:
    """Every way in which a decision can name a row: with or without its instrument and its time."""
    time = to_number(row.timepoint_months)
    yield from product([row.trial], [row.outcome], [row.instrument, ""], [time, ""])


def _address(decision: tuple) -> tuple:
    time = decision.timepoint_months
    return decision.trial, decision.outcome, decision.instrument, to_number(time) if time else ""


def _is_misdirected(raw: RawEvidence, decision: tuple, addresses: set[tuple]) -> bool:
    """Say whether a decision hits nothing; a time that is no number is a finding of its own."""
    readable = not decision.timepoint_months or isfinite(to_number(decision.timepoint_months))
    return readable and raw.is_whole("outcomes", decision.trial) and _address(decision) not in addresses


def _nearest_row(decision: tuple, outcomes: pd.DataFrame) -> str:
    same = outcomes[outcomes["outcome"].eq(decision.outcome)]
    if same.empty:
        return like(decision.outcome, outcomes["outcome"].dropna()) or "Check the outcome."
    if decision.instrument and not same["instrument"].eq(decision.instrument).any():
        return like(decision.instrument, same["instrument"].dropna()) or "Check the instrument."
    times = ", ".join(dict.fromkeys(same["timepoint_months"].dropna()))
    return f"The rows of this outcome stand at {times} months."


def _check_columns(decisions: pd.DataFrame) -> list[Finding]:
    table = load_contract()["outcomes"]
    field = load_contract()["decisions"].field("column")
    settable = [name for name in table.columns if name not in table.key]
    allowed = {"set": settable, "read_sd_as_se": list(_SD_COLUMNS)}

    def fault(row: tuple) -> str:
        named = items_of(row.column, field)
        known = allowed.get(row.decision, list(table.columns))
        if row.decision == "set" and len(named) != 1:
            return "The decision set needs one column."
        if row.decision == "read_sd_as_se" and len(named) > 1:
            return "The decision read_sd_as_se takes one column, or none for both arms."
        unknown = [name for name in named if name not in known]
        return (
            f"{', '.join(map(short, unknown))} is not a column of outcomes this decision can be about."
            if unknown
            else ""
        )

    def hint(row: tuple) -> str:
        known = allowed.get(row.decision, list(table.columns))
        near = like(row.column, known) if row.column else ""
        return near or f"Name {'one of ' if len(known) > 2 else ''}{', '.join(known)}."

    rows = decisions[decisions["column"].notna() & decisions["decision"].notna()]
    words = {row.Index: (said, hint(row)) for row in rows.itertuples() if (said := fault(row))}
    return _report(rows, "decision_column", "column", words)


def _check_values(decisions: pd.DataFrame) -> list[Finding]:
    fields = {field.name: field for field in load_contract()["outcomes"].fields}
    rows = decisions[decisions[["value", "column", "decision"]].notna().all(axis=1) & decisions["value"].ne("")]
    unused = rows["decision"].ne("set")
    findings = report(
        "decision_value",
        rows[unused],
        table="decisions",
        column="value",
        message="The decision {decision} takes no value.",
        hint="Empty the cell, or decide set.",
    )
    setting = rows[~unused & rows["column"].isin(list(fields))]
    words = {
        row.Index: (f"{row.column} cannot take this value: {found[0].message}", found[0].hint)
        for row in setting.itertuples()
        if (found := cell_faults(row.value, fields[row.column]))
    }
    return findings + _report(setting, "decision_value", "value", words)


def _report(rows: pd.DataFrame, rule: str, column: str, words: Mapping[int, tuple[str, str]]) -> list[Finding]:
    """Return a finding for each row, by its index, that has a message and a hint of its own."""
    broken = rows.loc[list(words)]
    said = pd.DataFrame(list(words.values()), broken.index, columns=["message", "hint"], dtype=object)
    return report(rule, broken, table="decisions", column=column, message=said["message"], hint=said["hint"])
