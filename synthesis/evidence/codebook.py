"""The vocabulary of a data root: components of the change model, outcome domains, instruments, hypotheses.

A command that needs the vocabulary and no trial reads its tables alone, as text and without pandas.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis.choices import chosen
from synthesis.errors import DataError
from synthesis.evidence.contract import load_contract
from synthesis.evidence.findings import FileFaults
from synthesis.evidence.headers import match_columns
from synthesis.evidence.readings import AS_PRINTED, Readings
from synthesis.evidence.sheets import MAX_BYTES, Sheet, read_sheet
from synthesis.evidence.vocabulary import NEUTRAL, Names

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Review:
    """What a review calls itself and what it is about.

    Attributes
    ----------
    title, question : str
        Heading of the first page, and what is asked in a few sentences; the question may be empty.
    names : Names
        What is tried, and what it is compared with.
    model, model_citation : str
        The change model, as it stands in a sentence, and the key of its source; empty where there is none.
    readings : Readings
        How it reads figures that reports took from models.
    coding : str
        How the components were coded, in a sentence or two; may be empty.
    """

    title: str = "What the trials say"
    question: str = ""
    names: Names = NEUTRAL
    model: str = ""
    model_citation: str = ""
    readings: Readings = AS_PRINTED
    coding: str = ""

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> Review:
        """Return the review of the typed rows of `codebook/review.csv`; neutral words where there is none."""
        if not rows:
            return cls()
        row = rows[0]
        names = Names(row["intervention_label"], row["comparator_label"])
        words = (row["title"], row["question"], names, row["model"], row["model_citation"])
        return cls(*words, Readings.of(row), row.get("coding") or "")

    def to_dict(self) -> dict[str, Any]:
        """Return the review's words and readings as plain values."""
        own = {"title": self.title, "question": self.question, "model": self.model}
        cited = {"model_citation": self.model_citation, "coding": self.coding}
        return own | self.names._asdict() | cited | self.readings._asdict()


@dataclass(frozen=True, eq=False)
class Codebook:
    """The codebook's tables, in the order of their files, which is the order of preference.

    Attributes
    ----------
    components, outcomes, instruments, hypotheses, key_functions : pandas.DataFrame
        As the contract names their columns; hypotheses and key_functions are empty where a data root has none.
    review : Review
    thresholds, important_differences : pandas.DataFrame or None
        From which size effects count as important, and what studies found; None where nothing was read.
    multiverse : pandas.DataFrame or None
        Which levels of which choices are crossed; None or empty where a data root declares none.
    """

    components: pd.DataFrame
    outcomes: pd.DataFrame
    instruments: pd.DataFrame
    hypotheses: pd.DataFrame
    key_functions: pd.DataFrame
    review: Review = Review()
    thresholds: pd.DataFrame | None = None
    important_differences: pd.DataFrame | None = None
    multiverse: pd.DataFrame | None = None

    def outcome(self, name: str) -> pd.Series:
        """Return the codebook's row of an outcome domain, named by its key or its label in any case.

        Raises
        ------
        ChoiceError
            Naming the outcomes that exist.
        """
        labels = dict(zip(self.outcomes["outcome"], self.outcomes["label"], strict=True))
        return self.outcomes[self.outcomes["outcome"].eq(chosen("outcome", name, labels))].iloc[0]

    def outcome_key(self, name: str) -> str:
        """Return the key of an outcome domain that is named by its key or label."""
        return str(self.outcome(name)["outcome"])

    def outcome_label(self, name: str) -> str:
        """Return the label of an outcome domain."""
        return str(self.outcome(name)["label"])


def read_codebook_table(data: Path | str, name: str) -> list[dict[str, str]]:
    """Read one table of the codebook.

    Parameters
    ----------
    data : path
        The data root.
    name : str
        Name of the table, such as ``codebook_components``.

    Returns
    -------
    list of dict of str to str
        Its rows; an optional table that is not there has none.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    table = load_contract()[name]
    path = Path(data) / table.path
    if table.optional and not os.path.lexists(path):
        return []
    sheet = Sheet(FileFaults(path.as_posix()))
    if path.is_symlink() or path.parent.is_symlink():
        sheet.faults.add("symlink", "This is a symbolic link; links are not followed.", "Put the file itself here.")
    elif not path.is_file():
        sheet.faults.add("missing_file", "The file is missing.", "A data root holds a codebook; give it with --data.")
    elif path.stat().st_size > MAX_BYTES:
        sheet.faults.add("oversize_file", "The file is too long.", "Check that this is the file you meant.")
    else:
        sheet = read_sheet(path.read_bytes(), sheet.file, table.columns)
    positions = match_columns(table, sheet) if sheet.has_header else {}
    if sheet.findings:
        raise DataError(sheet.findings)
    return [
        {column: cells[place] if (place := positions.get(column)) is not None else "" for column in table.columns}
        for cells in sheet.cells
    ]
