"""Every outcome row of a data root joined with its trial, arms, codebook and effect, its cells as printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from synthesis.effects import effects_listing
from synthesis.evidence import Evidence
from synthesis.evidence.contract import load_contract
from synthesis.evidence.reading import RawEvidence
from synthesis.exchange.carried import KEY, TABLES, WHOLE
from synthesis.exchange.notes import Notes

Cells = Mapping[str, str]

# Columns that other formats have of their own; everything else of the contract is carried beside them.
FIGURES = frozenset(
    f"{name}_{side}" for name in ("n", "mean", "sd", "events") for side in ("intervention", "comparator")
)


@dataclass(frozen=True, eq=False)
class ExportRow:
    """One outcome row with all it belongs to.

    Attributes
    ----------
    key : str
        The trial.
    label : str
        "Sledge et al. (2011)".
    tables : mapping of str to mapping
        Cells by the prefixes of `synthesis.exchange.carried.TABLES`.
    effect : pandas.Series or None
        Its line of `effects_listing`.
    whole : mapping of str to str
        For the first row of a trial, its tables that are no comparisons, as JSON by carried column.
    """

    key: str
    label: str
    tables: Mapping[str, Cells]
    effect: pd.Series | None
    whole: Mapping[str, str]

    def cell(self, prefix: str, column: str) -> str:
        """Return one cell, empty where there is none."""
        return self.tables[prefix].get(column, "")

    def carried(self) -> dict[str, str]:
        """Return what goes into carried columns."""
        found = {KEY: self.key} | self.whole
        for prefix, cells in self.tables.items():
            found |= {f"{prefix}.{column}": cell for column, cell in cells.items() if cell and column not in FIGURES}
        return found


def export_rows(evidence: Evidence, notes: Notes) -> list[ExportRow]:
    """Return the rows of the evidence in the order of their files; what belongs to no row is noted as left out."""
    raw = evidence.raw
    trials = _by(raw, "trial", ("trial",))
    arms = _by(raw, "arms", ("trial", "arm"))
    outcomes = _by(raw, "codebook_outcomes", ("outcome",))
    instruments = _by(raw, "codebook_instruments", ("instrument", "outcome"))
    listing = effects_listing(evidence)
    effects = {(line["trial"], line["row"]): line for _, line in listing.iterrows()}
    whole = _whole(raw)
    rows = []
    for line in raw.tables["outcomes"].to_dict("records"):
        key, outcome = line["trial"], line["outcome"]
        tables = {
            "trial": trials[key,],
            "arm1": arms[key, line["intervention_arm"]],
            "arm2": arms[key, line["comparator_arm"]],
            "outcomes": _cells(line, "outcomes"),
            "outcome": outcomes[outcome,],
            "instrument": instruments[line["instrument"], outcome],
        }
        effect = effects.get((key, line["row"]))
        rows.append(ExportRow(key, evidence.label(key), tables, effect, whole.pop(key, {})))
    _note_rest(raw, rows, notes)
    return rows


def carried_header(rows: list[ExportRow]) -> list[str]:
    """Return the carried columns that hold something, in the order of the contract."""
    held = {name for row in rows for name in row.carried()}
    order = [
        KEY,
        *(f"trial.{table}" for table in WHOLE),
        *(f"{prefix}.{column}" for prefix, table in TABLES.items() for column in load_contract()[table].columns),
    ]
    return [name for name in order if name in held]


def _by(raw: RawEvidence, table: str, key: tuple[str, ...]) -> dict[tuple[str, ...], Cells]:
    lines = raw.tables[table].to_dict("records")
    return {tuple(line[name] for name in key): _cells(line, table) for line in lines}


def _cells(line: Mapping, table: str) -> Cells:
    return {column: line[column] for column in load_contract()[table].columns}


def _whole(raw: RawEvidence) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table in WHOLE:
        for trial, lines in raw.tables[table].groupby("trial", sort=False):
            rows = [
                {name: cell for name, cell in _cells(line, table).items() if cell} for line in lines.to_dict("records")
            ]
            found.setdefault(trial, {})[f"trial.{table}"] = json.dumps(rows, ensure_ascii=False)
    return found


def _note_rest(raw: RawEvidence, rows: list[ExportRow], notes: Notes) -> None:
    """Note what a table of comparisons cannot hold."""
    with_rows = {row.key for row in rows}
    for trial in raw.trials:
        if trial not in with_rows:
            notes.add("left_out", "trial", "The trial has no result, so it has no row here.", trial=trial)
    used = {(row.key, row.cell(arm, "arm")) for row in rows for arm in ("arm1", "arm2")}
    for line in raw.tables["arms"].itertuples():
        if (line.trial, line.arm) not in used and line.trial in with_rows:
            notes.add("left_out", "arm", f"No result is of the arm {line.arm}.", trial=line.trial)
    for table in ("components", "left_out", "suspicions", "search_flow"):
        if n := len(raw.tables[table]):
            message = f"{n} rows of {table} have no place in this format; `synthesis export datapackage` holds them."
            notes.add("left_out", table, message)
