"""Rows of outcomes as the rules about them ask: what is given, what is left empty, what a cell's number is."""

from __future__ import annotations

from functools import reduce
from operator import and_

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.report import Words, report
from synthesis.evidence.contract import load_contract
from synthesis.evidence.reading import typed

ARMS = ("intervention", "comparator")


class OutcomeRows:
    """The outcomes of a data root; a cell of a missing or misspelt column is neither given nor empty.

    Parameters
    ----------
    tidy : DataFrame
        The table as read, blanks at the ends of cells gone.
    """

    def __init__(self, tidy: pd.DataFrame):
        self.frame = tidy
        self._typed = typed(tidy, "outcomes")
        self._empty = {name: tidy[name].eq("") for name in load_contract()["outcomes"].columns}
        self._given = {name: tidy[name].notna() & ~empty for name, empty in self._empty.items()}

    def given(self, *columns: str) -> pd.Series:
        """Say which rows have something in each of the columns."""
        return reduce(and_, (self._given[name] for name in columns))

    def empty(self, *columns: str) -> pd.Series:
        """Say which rows have nothing in any of the columns."""
        return reduce(and_, (self._empty[name] for name in columns))

    def number(self, column: str) -> pd.Series:
        """Return a column's numbers; NaN where there is none."""
        return self._typed[column]

    def text(self, column: str) -> pd.Series:
        """Return a column's text; empty where there is none."""
        return self._typed[column]

    def report(self, rule: str, broken: pd.Series, column: str | None, message: Words, hint: Words) -> list[Finding]:
        """Return a finding for each row that breaks a rule."""
        rows = self.frame[broken] if broken.any() else self.frame.iloc[:0]
        return report(rule, rows, "outcomes", column, message, hint)
