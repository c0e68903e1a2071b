"""Every cell against its column, each distinct value judged once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.choices import choice_fault
from synthesis.evidence.checks.numbers import number_fault
from synthesis.evidence.checks.report import Fault, report
from synthesis.evidence.checks.text import is_formula, strip, text_fault
from synthesis.evidence.contract import Field, Table

Faults = Mapping[str, tuple[Fault, ...]]


def check_cells(raw: pd.DataFrame, table: Table) -> list[Finding]:
    """Check every cell of a table.

    Parameters
    ----------
    raw : DataFrame
        The table as read.
    table : Table
        What its cells must be.

    Returns
    -------
    list of Finding
    """
    findings = []
    for field in table.fields:
        column = raw[field.name]
        distinct = column.dropna().unique()
        if field.required:
            blank = [text for text in distinct if not strip(text)]
            rows = raw[column.isin(blank)] if blank else raw.iloc[:0]
            findings += report("required", rows, table.name, field.name, "The cell is empty.", field.description)
        faults = {text: found for text in distinct if (found := cell_faults(text, field))}
        if faults:
            findings += _report(raw[column.isin(list(faults))], table, field, faults)
    return findings


def tidy(raw: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a table with the blanks at the ends of its cells gone, so that a blank is one finding and not many."""
    stripped = {}
    for field in table.fields:
        column = raw[field.name]
        blank = {text: strip(text) for text in column.dropna().unique() if not field.free_text and strip(text) != text}
        if blank:
            stripped[field.name] = column.replace(blank)
    return raw.assign(**stripped)


def cell_faults(text: str, field: Field) -> tuple[Fault, ...]:
    """Return everything wrong with one cell: as text, and as a value of its column."""
    stripped = strip(text)
    if not text or (not stripped and field.required):
        return ()
    as_text = text_fault(text, field)
    if not stripped or is_formula(text):
        as_value = None
    elif field.is_number:
        as_value = number_fault(stripped, field) or _year_fault(stripped, field)
    else:
        as_value = choice_fault(stripped, field)
    return tuple(fault for fault in (as_text, as_value) if fault)


def _report(rows: pd.DataFrame, table: Table, field: Field, faults: Faults) -> list[Finding]:
    findings = []
    for rule in sorted({fault.rule for found in faults.values() for fault in found}):
        words = {text: fault for text, found in faults.items() for fault in found if fault.rule == rule}
        hit = rows[rows[field.name].isin(list(words))]
        findings += report(
            rule,
            hit,
            table.name,
            field.name,
            lambda row, words=words: words[getattr(row, field.name)].message,
            lambda row, words=words: words[getattr(row, field.name)].hint,
        )
    return findings


def _year_fault(text: str, field: Field) -> Fault | None:
    latest = date.today().year + 1
    if field.name != "year" or float(text) <= latest:
        return None
    return Fault("year_in_future", f"{text} is after {latest}.", field.description)
