"""How a finding is made: one fault of one file, or one for each of the rows that break a rule.

What is said is a whole sentence with gaps named after the row's columns: `"{events:short} events in {n} people."`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING, Any, NamedTuple

from synthesis.errors import Finding
from synthesis.evidence.contract import load_contract
from synthesis.evidence.rules import RULES

if TYPE_CHECKING:
    import pandas as pd

MAX_REPEATS = 1_000  # a file that repeats one fault more often than this gets a closing remark instead


class Fault(NamedTuple):
    """What is wrong with one value, wherever it stands, and how to mend it."""

    rule: str
    message: str
    hint: str


def finding(
    rule: str,
    file: str,
    message: str,
    hint: str,
    *,
    row: int | None = None,
    column: str | None = None,
    value: object = None,
) -> Finding:
    """Return one finding, as grave as its rule is.

    Parameters
    ----------
    rule : str
        Name in `RULES`.
    file : str
        The file as a user would type it.
    message, hint : str
        What is wrong and how to mend it.
    row : int, optional
        The row a spreadsheet shows; without it the whole file is meant.
    column, value : str, optional
        The column and its cell; a value that is no text (a cell that is not there) is none.
    """
    return Finding(
        severity=RULES[rule].severity,
        file=file,
        row=None if row is None else int(row),
        column=column,
        value=value if isinstance(value, str) else None,
        message=message,
        hint=hint,
        rule=rule,
    )


@dataclass
class FileFaults:
    """What is wrong with one file, in the order in which it was found."""

    file: str
    found: list[Finding] = field(default_factory=list)

    def add(
        self,
        rule: str,
        message: str,
        hint: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Add a fault of the file, of one of its rows or of one of its columns; see `finding`."""
        self.found.append(finding(rule, self.file, message, hint, row=row, column=column, value=value))


def report(
    rule: str,
    rows: pd.DataFrame,
    *,
    table: str,
    column: str | pd.Series,
    message: str | pd.Series,
    hint: str | pd.Series,
) -> list[Finding]:
    """Return a finding for each of the rows given.

    Parameters
    ----------
    rule : str
        Name in `RULES`.
    rows : DataFrame
        The rows that break the rule, their cells as text.
    table : str
        Name of the table, which says where the row number stands.
    column : str or Series
        Column at fault, one for all rows or one a row; its cell is the finding's value.
    message, hint : str or Series
        What is wrong and how to mend it: one sentence whose gaps the row's columns fill, or a Series beside the rows
        that is said as it stands.

    Returns
    -------
    list of Finding
        At most `MAX_REPEATS` a file; a closing remark stands for the others.
    """
    if rows.empty:
        return []
    place = rows.groupby("file", sort=False).cumcount()
    shown = rows[place < MAX_REPEATS]
    columns = [column] * len(shown) if isinstance(column, str) else list(column[shown.index])
    said = zip(*(_beside(words, shown) for words in (message, hint)), strict=True)
    cells = {name: dict(zip(shown.index, shown[name], strict=True)) for name in set(columns)}
    places = zip(shown["file"], shown[load_contract()[table].row_column], strict=True)
    findings = [
        finding(rule, file, *words, row=row, column=name, value=cells[name][index])
        for index, (file, row), name, words in zip(shown.index, places, columns, said, strict=True)
    ]
    for file, count in rows[place >= MAX_REPEATS].groupby("file", sort=False).size().items():
        more = f"{count} more rows break the same rule."
        column_of_all = column if isinstance(column, str) else None
        findings.append(finding(rule, file, more, "Settle the rows above first.", column=column_of_all))
    return findings


def filled(sentences: Sequence[str], rows: pd.DataFrame) -> list[str]:
    """Fill the gaps of sentences, one a row, from the row's columns; a gap such as `{value:short}` is cut to length."""
    gaps = {name for text in set(sentences) for _, name, _, _ in _FORMATTER.parse(text) if name}
    if not gaps:
        return list(map(str, sentences))
    columns = list(gaps)
    lines = zip(*(rows[name] for name in columns), strict=True)
    return [
        _FORMATTER.vformat(text, (), dict(zip(columns, line, strict=True)))
        for text, line in zip(sentences, lines, strict=True)
    ]


def short(text: str, limit: int = 60) -> str:
    """Return a value short enough for a message."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


class _Sentence(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return short(value) if format_spec == "short" else super().format_field(value, format_spec)


_FORMATTER = _Sentence()


def _beside(words: str | pd.Series, rows: pd.DataFrame) -> list[str]:
    if isinstance(words, str):
        return filled([words] * len(rows), rows)
    return list(words[rows.index])
