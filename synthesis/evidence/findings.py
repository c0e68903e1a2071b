"""Rows that break a rule, turned into findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.contract import load_contract
from synthesis.evidence.rules.contract import RULES
from synthesis.evidence.sheets import MAX_REPEATS

Words = str | Callable[[tuple], str]


class Fault(NamedTuple):
    """What is wrong with one value, and how to mend it."""

    rule: str
    message: str
    hint: str


def report(rule: str, rows: pd.DataFrame, table: str, column: str | None, message: Words, hint: Words) -> list[Finding]:
    """Return a finding for each of the rows given.

    Parameters
    ----------
    rule : str
        Name in `RULES`.
    rows : DataFrame
        Rows of a raw frame of `table`: those that break the rule.
    table : str
        Name of the table, which says where the row number stands.
    column : str or None
        Column at fault; its cell is the finding's value.
    message, hint : str or function of a row (as a named tuple)
        What is wrong and how to mend it.

    Returns
    -------
    list of Finding
        At most `MAX_REPEATS` a file; a closing remark stands for the others.
    """
    findings: list[Finding] = []
    if rows.empty:
        return findings
    number = load_contract()[table].row_column
    for file, group in rows.groupby("file", sort=False):
        for row in group.iloc[:MAX_REPEATS].itertuples(index=False):
            value = getattr(row, column) if column else None
            findings.append(
                _finding(rule, file, getattr(row, number), column, value, _say(message, row), _say(hint, row))
            )
        if len(group) > MAX_REPEATS:
            more = f"{len(group) - MAX_REPEATS} more rows have the same fault."
            findings.append(_finding(rule, file, None, column, None, more, "Mend the rows above first."))
    return findings


def _finding(
    rule: str, file: str, row: int | None, column: str | None, value: str | None, message: str, hint: str
) -> Finding:
    return Finding(
        severity=RULES[rule].severity,
        file=file,
        row=None if row is None else int(row),
        column=column,
        value=value,
        message=message,
        hint=hint,
        rule=rule,
    )


def _say(words: Words, row: tuple) -> str:
    return words if isinstance(words, str) else words(row)


def short(text: str, limit: int = 60) -> str:
    """Return a value short enough for a message."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
