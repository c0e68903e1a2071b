"""What an import or an export gives back."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthesis.exchange.notes import COLUMNS, Notes
from synthesis.exchange.root import REPORT, DataRoot
from synthesis.results import Result


@dataclass(frozen=True, eq=False)
class Import(Result):
    """An import that was written.

    Attributes
    ----------
    path : Path
        The data root.
    trials, results, outcomes, decisions : int
        What it holds.
    notes : Notes
        The import report.
    """

    path: Path
    trials: int
    results: int
    outcomes: int
    decisions: int
    notes: Notes

    @classmethod
    def of(cls, path: Path, root: DataRoot, notes: Notes) -> Import:
        """Count what a data root holds."""
        trials = root.trials.values()
        results = sum(len(trial.outcomes) for trial in trials)
        decisions = sum(len(trial.decisions) for trial in trials)
        return cls(path, len(root.trials), results, len(root.outcomes), decisions, notes)

    def to_frame(self) -> pd.DataFrame:
        """Return the import report."""
        return pd.DataFrame(self.notes.rows(), columns=list(COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "path": str(self.path),
            "trials": self.trials,
            "results": self.results,
            "outcomes": self.outcomes,
            "decisions": self.decisions,
            "notes": len(self.notes.notes),
        }

    def __str__(self) -> str:
        head = (
            f"{self.trials} trials with {self.results} results in {self.outcomes} outcome domains, "
            f"{self.decisions} decisions, written to {self.path}."
        )
        report = f"What was repaired, decided or left open stands in {self.path / REPORT}:"
        return f"{head}\n{report}\n\n{self.notes.summary()}"


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the cyclic garbage collector; a fifth of the time of a large import goes to it otherwise."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
