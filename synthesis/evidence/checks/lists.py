"""Lists of the data root against the trials they speak of, and rows of any table that are about the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.cells import like
from synthesis.evidence.checks.keys import Frames, items_of
from synthesis.evidence.contract import Table, load_contract
from synthesis.evidence.findings import report, short
from synthesis.evidence.reading import RawEvidence, to_number
from synthesis.evidence.vocabulary import FLOW_COUNTS

FOLDER = "Use the name of the trial's folder."


def check_lists(raw: RawEvidence, frames: Frames) -> list[Finding]:
    """Check that trials, rows and columns named in lists are there."""
    findings = []
    for name in ("left_out", "suspicions", "code_reasons"):
        rows = frames[name]
        if rows.empty:
            continue
        unknown = rows["trial"].notna() & rows["trial"].ne("") & ~rows["trial"].isin(list(raw.trials))
        findings += report(
            "unknown_trial",
            rows[unknown],
            table=name,
            column="trial",
            message="There is no trial {trial:short}.",
            hint=rows.loc[unknown, "trial"].map(lambda trial: like(trial, raw.trials) or FOLDER),
        )
    findings += _check_counts(frames["search_flow"])
    if not frames["suspicions"].empty:
        findings += _check_rows(raw, frames) + _check_columns(frames["suspicions"])
    return findings + _check_reasons(raw, frames)


def _check_counts(rows: pd.DataFrame) -> list[Finding]:
    """Check that the counts of the search are those of the PRISMA 2020 flow diagram."""
    if rows.empty:
        return []
    unknown = rows[rows["data"].notna() & rows["data"].ne("") & ~rows["data"].isin(list(FLOW_COUNTS))]
    return report(
        "unknown_count",
        unknown,
        table="search_flow",
        column="data",
        message="{data:short} is no count of the PRISMA 2020 flow diagram.",
        hint=unknown["data"].map(
            lambda name: like(name, list(FLOW_COUNTS)) or f"Its counts are {', '.join(FLOW_COUNTS)}."
        ),
    )


def _check_reasons(raw: RawEvidence, frames: Frames) -> list[Finding]:
    """Find reasons whose code has moved, changed or gone since."""
    rows = frames["code_reasons"]
    if rows.empty:
        return []
    rows = rows[rows[["trial", "table", "row", "column", "value"]].notna().all(axis=1) & rows["trial"].isin(raw.trials)]
    places = {name: _places(frames[name]) for name in rows["table"].unique() if name in frames}
    found, readable = [], []
    for reason in rows.itertuples():
        readable.append(reason.table in frames and raw.is_whole(reason.table, reason.trial))
        found.append(_cell_at(frames[reason.table], places[reason.table], reason) if readable[-1] else "")
    rows = rows.assign(found=[short(cell) if cell else "empty" for cell in found])
    return report(
        "reason_of_another_code",
        rows[pd.Series(readable, rows.index, dtype=bool) & rows["value"].ne(pd.Series(found, rows.index, dtype="str"))],
        table="code_reasons",
        column="value",
        message="The reason is for {value}; {column} in row {row} of {table}.csv of {trial} is {found}.",
        hint="Correct the row or the code, and the reason with it.",
    )


def _places(table: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return where each row of a trial's table stands in the frame, by trial and line; no other table has such rows."""
    if not {"trial", "row"} <= set(table):
        return {}
    return {key: place for place, key in enumerate(zip(table["trial"], table["row"].astype(str), strict=True))}


def _cell_at(table: pd.DataFrame, places: Mapping[tuple[str, str], int], reason: tuple) -> str:
    """Return the cell that a reason is about, empty where it is not there."""
    place = places.get((reason.trial, reason.row.lstrip("0")))
    return "" if place is None or reason.column not in table else table[reason.column].iat[place]


def _check_rows(raw: RawEvidence, frames: Frames) -> list[Finding]:
    field = load_contract()["suspicions"].field("row")
    numbers = frames["outcomes"].groupby("trial", sort=False)["row"].agg(lambda rows: set(map(str, rows))).to_dict()

    def is_missing(row: tuple) -> bool:
        named = {item.lstrip("0") for item in items_of(row.row, field)}
        return raw.is_whole("outcomes", row.trial) and not named <= numbers.get(row.trial, set())

    rows = frames["suspicions"]
    rows = rows[rows["row"].str.fullmatch(field.pattern, na=False) & rows["trial"].isin(list(raw.trials))]
    return report(
        "suspicion_without_row",
        rows[[is_missing(row) for row in rows.itertuples()]] if len(rows) else rows,
        table="suspicions",
        column="row",
        message="outcomes.csv of {trial} has no row {row}.",
        hint="Count rows as a spreadsheet does: the header is row 1.",
    )


def _check_columns(suspicions: pd.DataFrame) -> list[Finding]:
    field = load_contract()["suspicions"].field("column")
    outcomes = set(load_contract()["outcomes"].columns)
    known = outcomes | {name for table in load_contract().values() if table.scope == "trial" for name in table.columns}

    rows = suspicions[suspicions[["row", "column"]].notna().all(axis=1)]
    unknown = {
        row.Index: missing
        for row in rows.itertuples()
        if (missing := [n for n in items_of(row.column, field) if n not in (outcomes if row.row else known)])
    }
    named = pd.Series(unknown, dtype=object)
    return report(
        "suspicion_column",
        rows.loc[list(unknown)].assign(unknown=named.map(", ".join)),
        table="suspicions",
        column="column",
        message="{unknown} is not a column of the trial's tables.",
        hint=named.map(lambda names: like(names[0], sorted(known)) or "Name the columns in doubt."),
    )


def _all_differ(tidy: pd.DataFrame, table: Table) -> bool:
    """Say whether no two rows of a file have the same key, quickly: nearly always, and then nothing is left to ask."""
    columns = [[text if isinstance(text, str) else None for text in tidy[name].tolist()] for name in table.key]
    for place, name in enumerate(table.key):
        if table.field(name).is_number:
            columns[place] = [text if isnan(number := to_number(text)) else f"{number:g}" for text in columns[place]]
    return len(set(zip(tidy["file"], *columns, strict=True))) == len(tidy)


def check_duplicates(tidy: pd.DataFrame, table: Table) -> list[Finding]:
    """Find rows whose key stands in an earlier row of the same file; 6 and 6.0 months are the same time."""
    if not table.key or tidy.empty or _all_differ(tidy, table):
        return []
    known = [name for name in table.key if table.field(name).required]
    rows = tidy[(tidy[known].notna() & tidy[known].ne("")).all(axis=1)]
    keys = rows[["file", *table.key]].copy()
    for name in table.key:
        if table.field(name).is_number:
            numbers = keys[name].map(to_number).astype("float64")
            keys[name] = numbers.map("{:g}".format).where(numbers.notna(), keys[name])
    repeated = keys.duplicated()
    if not repeated.any():
        return []
    first = rows[table.row_column].groupby([keys[name] for name in keys], sort=False, dropna=False).transform("first")
    named = " and ".join(filter(None, [", ".join(table.key[:-1]), table.key[-1]]))
    return report(
        "duplicate_row",
        rows.assign(first_row=first)[repeated],
        table=table.name,
        column=table.key[0],
        message=f"Row {{first_row}} already has the same {named}.",
        hint="Delete one of them, or tell them apart.",
    )
