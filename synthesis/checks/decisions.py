"""Decisions about rows of outcomes: that they hit a row, and say something a row can take."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.checks.cells import cell_faults
from synthesis.checks.choices import like
from synthesis.checks.keys import Frames, items_of
from synthesis.checks.report import report, short
from synthesis.contract import load_contract
from synthesis.errors import Finding
from synthesis.reading import RawEvidence, to_number

_SD_COLUMNS = ("sd_intervention", "sd_comparator")


def check_decisions(raw: RawEvidence, frames: Frames) -> list[Finding]:
    """Check every decision against the outcomes of its trial."""
    decisions = frames["decisions"]
    if decisions.empty:
        return []
    return [*_check_hits(raw, decisions, frames["outcomes"]), *_check_columns(decisions), *_check_values(decisions)]


def _check_hits(raw: RawEvidence, decisions: pd.DataFrame, outcomes: pd.DataFrame) -> list[Finding]:
    by_trial = dict(tuple(outcomes.groupby("trial", sort=False)))
    named = decisions[decisions["outcome"].notna() & decisions["outcome"].ne("")]
    missed = [
        raw.is_whole("outcomes", row.trial) and not _hits(row, by_trial.get(row.trial, outcomes.iloc[:0]))
        for row in named.itertuples()
    ]
    return report(
        "decision_without_row",
        named[np.array(missed, dtype=bool)],
        "decisions",
        "outcome",
        "No row of the trial's outcomes.csv has this outcome, instrument and time.",
        lambda row: _nearest_row(row, by_trial.get(row.trial, outcomes.iloc[:0])),
    )


def _hits(decision: tuple, outcomes: pd.DataFrame) -> bool:
    hit = outcomes["outcome"].eq(decision.outcome)
    if decision.instrument:
        hit &= outcomes["instrument"].eq(decision.instrument)
    if decision.timepoint_months:
        times = outcomes["timepoint_months"].map(to_number).astype("float64")
        hit &= np.isclose(times, to_number(decision.timepoint_months))
    return bool(hit.any())


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
    words = {row.Index: said for row in rows.itertuples() if (said := fault(row))}
    rows = rows.loc[list(words)].assign(fault=list(words.values()))
    return report("decision_column", rows, "decisions", "column", lambda row: row.fault, hint)


def _check_values(decisions: pd.DataFrame) -> list[Finding]:
    fields = {field.name: field for field in load_contract()["outcomes"].fields}
    rows = decisions[decisions[["value", "column", "decision"]].notna().all(axis=1) & decisions["value"].ne("")]
    unused = rows["decision"].ne("set")
    findings = report(
        "decision_value",
        rows[unused],
        "decisions",
        "value",
        lambda row: f"The decision {row.decision} takes no value.",
        "Empty the cell, or decide set.",
    )
    setting = rows[~unused & rows["column"].isin(list(fields))]
    faults = {
        row.Index: found[0] for row in setting.itertuples() if (found := cell_faults(row.value, fields[row.column]))
    }
    broken = setting.loc[list(faults)].assign(
        said=[fault.message for fault in faults.values()], mend=[fault.hint for fault in faults.values()]
    )
    return findings + report(
        "decision_value",
        broken,
        "decisions",
        "value",
        lambda row: f"{row.column} cannot take this value: {row.said}",
        lambda row: row.mend,
    )
