"""Rows of outcomes as the rules about them ask: what is given, what is left empty, what a cell's number is."""

from __future__ import annotations

import pandas as pd

from synthesis.checks.report import Words, report
from synthesis.errors import Finding
from synthesis.reading import typed

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

    def given(self, *columns: str) -> pd.Series:
        """Say which rows have something in each of the columns."""
        return (self.frame[list(columns)].notna() & self.frame[list(columns)].ne("")).all(axis=1)

    def any_given(self, *columns: str) -> pd.Series:
        """Say which rows have something in at least one of the columns."""
        return (self.frame[list(columns)].notna() & self.frame[list(columns)].ne("")).any(axis=1)

    def empty(self, *columns: str) -> pd.Series:
        """Say which rows have nothing in any of the columns."""
        return self.frame[list(columns)].eq("").all(axis=1)

    def number(self, column: str) -> pd.Series:
        """Return a column's numbers; NaN where there is none."""
        return self._typed[column]

    def text(self, column: str) -> pd.Series:
        """Return a column's text; empty where there is none."""
        return self._typed[column]

    def report(self, rule: str, broken: pd.Series, column: str | None, message: Words, hint: Words) -> list[Finding]:
        """Return a finding for each row that breaks a rule."""
        return report(rule, self.frame[broken], "outcomes", column, message, hint)
