"""Rows of one table that are about the same thing."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.report import report
from synthesis.evidence.contract import Table
from synthesis.evidence.reading import to_number


def check_duplicates(tidy: pd.DataFrame, table: Table) -> list[Finding]:
    """Find rows whose key stands in an earlier row of the same file; 6 and 6.0 months are the same time."""
    if not table.key or tidy.empty:
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
        table.name,
        table.key[0],
        lambda row: f"Row {row.first_row} already has the same {named}.",
        "Delete one of them, or tell them apart.",
    )
