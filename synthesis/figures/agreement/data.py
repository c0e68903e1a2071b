"""What the agreement figure shows, made once: its rows, its two questions and the coefficients that answer them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.evidence.vocabulary import MECHANISMS
from synthesis.figures.parts.style import BLUE, NAVY, PAPER, RUST
from synthesis.tables.agreement import OVERALL

NO_MECHANISM = "Not in the codebook"


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


@dataclass(frozen=True, eq=False)
class Row:
    """One row of the figure: a mechanism's heading (no `entry`), a component, or the whole."""

    label: str
    entry: pd.Series | None = None
    whole: bool = False


@dataclass(frozen=True, eq=False)
class AgreementData:
    """The content of the agreement figure.

    Attributes
    ----------
    agreement : AgreementTable
    rows : list of Row
        From the top: components under their mechanisms, and the whole at the foot.
    """

    agreement: AgreementTable
    rows: list[Row]


def agreement_data(agreement: AgreementTable) -> AgreementData:
    """Collect what the agreement figure shows."""
    rows: list[Row] = []
    group = None
    for _, entry in agreement.components.iterrows():
        name = entry["component"]
        mechanism = agreement.mechanisms.get(name, "")
        if mechanism != group:
            rows.append(Row(MECHANISMS[mechanism].label if mechanism else NO_MECHANISM))
            group = mechanism
        rows.append(Row(agreement.labels.get(name, name), entry))
    return AgreementData(agreement, [*rows, Row(OVERALL, pd.Series(agreement.overall), whole=True)])
