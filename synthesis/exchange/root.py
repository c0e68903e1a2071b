"""A data root under construction: trials with their tables, the codebook, the bibliography, and how it is written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

from synthesis.evidence.contract import load_contract
from synthesis.exchange.bibtex import Stub, bibtex
from synthesis.exchange.notes import COLUMNS, Notes
from synthesis.exchange.spreadsheet import write_csv

Row = dict[str, str]
_WRITERS = 4
REPORT = "import/import_report.csv"


@dataclass
class Trial:
    """One trial's tables, row by row; a column that a row lacks is empty.

    `labels` finds an arm by role and label, `uses` counts how often a name was wanted.
    """

    trial: Row = field(default_factory=dict)
    arms: dict[str, Row] = field(default_factory=dict)
    outcomes: list[Row] = field(default_factory=list)
    risk_of_bias: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)


@dataclass
class DataRoot:
    """Everything an import makes, before it is written."""

    trials: dict[str, Trial] = field(default_factory=dict)
    outcomes: dict[str, Row] = field(default_factory=dict)
    instruments: dict[tuple[str, str], Row] = field(default_factory=dict)
    stubs: dict[str, Stub] = field(default_factory=dict)

    def write(self, folder: Path, notes: Notes, about: Mapping[str, Any]) -> None:
        """Write the data root with its bibliography and the import report below a folder."""
        (folder / "codebook").mkdir()
        (folder / "trials").mkdir()
        _write(folder / "codebook", "codebook_outcomes", list(self.outcomes.values()))
        _write(folder / "codebook", "codebook_instruments", list(self.instruments.values()))
        _write(folder / "codebook", "codebook_components", [])
        with ThreadPoolExecutor(_WRITERS) as pool:  # tens of thousands of small files: the time goes to the system
            for _ in pool.map(lambda item: _write_trial(folder / "trials" / item[0], item[1]), self.trials.items()):
                pass
        (folder / "references.bib").write_text(bibtex(self.stubs), encoding="utf-8")
        (folder / "import").mkdir()
        write_csv(folder / REPORT, COLUMNS, notes.rows())
        manifest = json.dumps(about, indent=2, ensure_ascii=False)
        (folder / "import" / "manifest.json").write_text(manifest + "\n", encoding="utf-8")


def _write_trial(place: Path, trial: Trial) -> None:
    place.mkdir()
    _write(place, "trial", [trial.trial])
    _write(place, "arms", list(trial.arms.values()))
    _write(place, "outcomes", trial.outcomes)
    _write(place, "components", [])
    _write(place, "risk_of_bias", trial.risk_of_bias)
    if trial.decisions:
        _write(place, "decisions", trial.decisions)


def _write(folder: Path, name: str, rows: list[Row]) -> None:
    """Write a table; its cells were made legal before, so none of them is a formula."""
    table = load_contract()[name]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(list(map(row.get, table.columns, repeat(""))) for row in rows)
    (folder / table.filename).write_bytes(text.getvalue().encode("utf-8"))


def cite(root: DataRoot) -> None:
    """Give every citation that the tables hold an entry, a stub where the file says nothing of it."""
    cells = [trial.trial.get("other_reports", "") for trial in root.trials.values()]
    cells += [instrument.get("citation", "") for instrument in root.instruments.values()]
    for key in dict.fromkeys(name.strip() for cell in cells for name in cell.split(";")):
        if key:
            root.stubs.setdefault(key, Stub(key, "", f"Reference not in the imported file: {key}", ""))
