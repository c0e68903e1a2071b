"""What rows refer to: arms, outcomes, instruments, components, key functions, trials.

A reference into a file that could not be read whole is not judged; its own faults come first.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.cells import like
from synthesis.evidence.contract import Field, Table, load_contract
from synthesis.evidence.findings import report, short
from synthesis.evidence.reading import RawEvidence

Frames = Mapping[str, pd.DataFrame]

PROPOSE = "Use one of the codebook's, or propose a new one there."
RULE_OF_TARGET = {
    "arms": "unknown_arm",
    "codebook_outcomes": "unknown_outcome",
    "codebook_components": "unknown_component",
    "codebook_key_functions": "unknown_key_function",
}


def check_keys(raw: RawEvidence, frames: Frames) -> list[Finding]:
    """Check every reference from one table to another.

    Parameters
    ----------
    raw : RawEvidence
        Which files were read whole.
    frames : mapping of str to DataFrame
        The tables, blanks at the ends of cells gone.
    """
    findings = []
    for table in load_contract().values():
        for key in table.foreign_keys:
            if key.table in RULE_OF_TARGET:
                findings += _check_column(raw, frames, table, key.fields[0], (key.table, key.to_fields[0]))
        for field in table.fields:
            if field.list_of:
                findings += _check_column(raw, frames, table, field.name, field.list_of)
    return findings + _check_instruments(raw, frames) + _check_roles(raw, frames)


def items_of(cell: str, field: Field) -> list[str]:
    """Return the values a cell holds: one, or several where its column is a list."""
    if not field.delimiter:
        return [cell] if cell else []
    return [item.strip() for item in cell.split(field.delimiter) if item.strip()]


def _check_column(
    raw: RawEvidence, frames: Frames, table: Table, column: str, target: tuple[str, str]
) -> list[Finding]:
    field = table.field(column)
    rows = frames[table.name]
    if rows.empty:
        return []
    rows = rows[rows[column].notna() & rows[column].ne("")]
    if load_contract()[target[0]].scope == "trial":
        return _check_arms(raw, frames, table, column, rows)
    if not raw.is_whole(target[0]):
        return []
    known = list(frames[target[0]][target[1]].dropna())
    listed = set(known)
    unknown = {
        cell: missing
        for cell in rows[column].unique()
        if (missing := [item for item in items_of(cell, field) if item not in listed])
    }
    if not unknown:
        return []
    path = load_contract()[target[0]].path
    broken = rows[rows[column].isin(list(unknown))]
    missing = broken[column].map(unknown)
    return report(
        RULE_OF_TARGET[target[0]],
        broken,
        table=table.name,
        column=column,
        message=missing.map(lambda items: f"{_listed(items)} is not in {path}."),
        hint=missing.map(lambda items: _unknown_hint(items[0], known, field)),
    )


def _listed(items: list[str], limit: int = 10) -> str:
    return ", ".join([*(short(item) for item in items[:limit]), *(["…"] if len(items) > limit else [])])


def _unknown_hint(item: str, known: list[str], field: Field) -> str:
    parts = [part.strip() for part in item.split(",")]
    if field.delimiter and len(parts) > 1 and set(parts) <= set(known):
        return "Separate values with semicolons."
    return like(item, known) or PROPOSE


def _check_arms(raw: RawEvidence, frames: Frames, table: Table, column: str, rows: pd.DataFrame) -> list[Finding]:
    """Check arms, which are those of the row's own trial."""
    whole = {trial for trial in raw.trials if raw.is_whole("arms", trial)}
    known = set(zip(frames["arms"]["trial"], frames["arms"]["arm"], strict=True))
    named = zip(rows["trial"], rows[column], strict=True)
    missing = [trial in whole and (trial, arm) not in known for trial, arm in named]
    if not any(missing):
        return []
    arms = frames["arms"].groupby("trial", sort=False)["arm"].agg(list).to_dict()
    return report(
        "unknown_arm",
        rows[missing],
        table=table.name,
        column=column,
        message=f"{{{column}:short}} is not an arm of the trial.",
        hint=rows.loc[missing, "trial"].map(lambda trial: f"arms.csv has {_listed(arms.get(trial, []))}."),
    )


def _check_instruments(raw: RawEvidence, frames: Frames) -> list[Finding]:
    """Check that an instrument is in the codebook, and there for the outcome of its row."""
    if not raw.is_whole("codebook_instruments") or not raw.is_whole("codebook_outcomes"):
        return []
    codebook = frames["codebook_instruments"]
    outcomes_of = codebook.groupby("instrument", sort=False)["outcome"].agg(list).to_dict()
    rows = frames["outcomes"]
    rows = rows[rows["instrument"].notna() & rows["instrument"].ne("")]
    rows = rows[rows["outcome"].isin(frames["codebook_outcomes"]["outcome"])]
    unknown = ~rows["instrument"].isin(list(outcomes_of))
    pairs = pd.MultiIndex.from_frame(rows[["instrument", "outcome"]])
    elsewhere = ~unknown & ~pairs.isin(pd.MultiIndex.from_frame(codebook[["instrument", "outcome"]]))
    findings = report(
        "unknown_instrument",
        rows[unknown],
        table="outcomes",
        column="instrument",
        message="{instrument:short} is not in codebook/instruments.csv.",
        hint=rows.loc[unknown, "instrument"].map(lambda name: like(name, outcomes_of) or PROPOSE),
    )
    measured = rows.loc[elsewhere, "instrument"].map(lambda name: _listed(outcomes_of[name]))
    return findings + report(
        "instrument_of_other_outcome",
        rows[elsewhere].assign(measured=measured),
        table="outcomes",
        column="instrument",
        message="{instrument:short} measures {measured}, not {outcome}.",
        hint="Change the outcome, or add a row for this outcome to codebook/instruments.csv.",
    )


def _check_roles(raw: RawEvidence, frames: Frames) -> list[Finding]:
    """Check that a comparison is of an intervention arm with a comparator arm."""
    arms = frames["arms"].drop_duplicates(["trial", "arm"]).set_index(["trial", "arm"])["role"]
    rows = frames["outcomes"]
    same = rows["intervention_arm"].eq(rows["comparator_arm"]) & rows["intervention_arm"].ne("")
    findings = report(
        "same_arm",
        rows[same],
        table="outcomes",
        column="comparator_arm",
        message="{comparator_arm:short} is compared with itself.",
        hint="Name the arm it is compared with.",
    )
    other = {"intervention": "comparator", "comparator": "intervention"}
    for key in load_contract()["outcomes"].foreign_keys:
        if "role" not in key.where:
            continue
        column, wanted = key.fields[0], key.where["role"]
        roles = arms.reindex(pd.MultiIndex.from_frame(rows[["trial", column]]))
        wrong = pd.Series(roles.eq(other[wanted]).to_numpy(bool), index=rows.index) & ~same
        findings += report(
            "wrong_role",
            rows[wrong],
            table="outcomes",
            column=column,
            message=f"{{{column}:short}} has role {other[wanted]}.",
            hint=f"Name an arm with role {wanted}; figures of group {1 if wanted == 'intervention' else 2} are its.",
        )
    return findings
