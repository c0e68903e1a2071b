"""What the agreement figure shows: its rows, its two questions and the coefficients that answer them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.evidence.codebook import Codebook
from synthesis.evidence.vocabulary import MECHANISMS
from synthesis.figures.parts.style import BLUE, NAVY, PAPER, RUST
from synthesis.wording import number


@dataclass(frozen=True)
class Coefficient:
    """How one coefficient is drawn: its column and words, shape and colours, and its height in the row."""

    column: str
    words: str
    marker: str
    fill: str
    edge: str
    raised: float


@dataclass(frozen=True)
class Panel:
    """One question on agreement: the columns that count its cells and its agreement, and the coefficients."""

    heading: str
    n: str
    percent: str
    coefficients: tuple[Coefficient, ...]


ON_RATINGS = Panel(
    "On the ratings that coders gave",
    "n",
    "percent",
    (
        Coefficient("gwet_ac2", "AC2", "o", NAVY, NAVY, 0.26),
        Coefficient("krippendorff_alpha", "alpha", "D", PAPER, BLUE, 0.0),
        Coefficient("weighted_kappa", "weighted kappa", "s", PAPER, RUST, -0.26),
    ),
)
ON_REPORTING = Panel(
    "On whether the report says anything",
    "n_units",
    "reporting_percent",
    (
        Coefficient("reporting_gwet_ac1", "AC1", "o", NAVY, NAVY, 0.14),
        Coefficient("reporting_kappa", "kappa", "s", PAPER, RUST, -0.14),
    ),
)
TABLE_COLUMNS = {
    "percent": "Agree",
    "gwet_ac2": "AC2",
    "gwet_ac1": "AC1",
    "krippendorff_alpha": "Alpha",
    "weighted_kappa": "Weighted kappa",
    "kappa": "Kappa",
    "reporting_percent": "Agree on whether reported",
    "reporting_gwet_ac1": "AC1, whether reported",
    "reporting_kappa": "Kappa, whether reported",
}


@dataclass(frozen=True, eq=False)
class Row:
    """One row of the figure: a mechanism's heading (no `entry`), a component, or the whole."""

    label: str
    entry: pd.Series | None = None
    whole: bool = False


def agreement_rows(agreement: AgreementTable, codebook: Codebook) -> list[Row]:
    """Return the rows from the top: components under their mechanisms, and the whole at the foot."""
    known = codebook.components.set_index("component")
    rows: list[Row] = []
    group = None
    for entry in (entry for _, entry in agreement.components.iterrows()):
        in_codebook = entry["component"] in known.index
        mechanism = known.at[entry["component"], "mechanism"] if in_codebook else ""
        if mechanism != group:
            rows.append(Row(MECHANISMS[mechanism].label if mechanism else "Not in the codebook"))
            group = mechanism
        rows.append(Row(known.at[entry["component"], "label"] if in_codebook else entry["component"], entry))
    return [*rows, Row("All components", pd.Series(agreement.overall), whole=True)]


def agreement_table(agreement: AgreementTable, codebook: Codebook) -> pd.DataFrame:
    """Return every coefficient of agreement with its interval, ready to show: one row a component, the whole last.

    Parameters
    ----------
    agreement : AgreementTable
    codebook : Codebook
    """
    records = []
    for row in agreement_rows(agreement, codebook):
        if row.entry is None:
            continue
        record = {
            "Component": row.label,
            "n": number(row.entry["n"], 0),
            "n looked at": number(row.entry["n_units"], 0),
        }
        record |= {heading: _cell(row.entry, column) for column, heading in TABLE_COLUMNS.items()}
        records.append(record | {"Notes": str(row.entry["notes"])})
    return pd.DataFrame(records)


def _cell(entry: pd.Series, column: str) -> str:
    """Print a coefficient with its interval; "not defined" where it is not."""
    value, lower, upper = (float(entry[f"{column}{end}"]) for end in ("", "_ci_lb", "_ci_ub"))
    if pd.isna(value):
        return "not defined"
    digits, unit = (0, "%") if column.endswith("percent") else (2, "")
    shown = f"{number(value, digits)}{unit}"
    return shown if pd.isna(lower) else f"{shown} [{number(lower, digits)}, {number(upper, digits)}]"
