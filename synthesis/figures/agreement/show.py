"""The agreement figure with its alternative text, its caption and its table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.evidence import Evidence
from synthesis.evidence.codebook import Codebook
from synthesis.figures.agreement.data import agreement_rows, agreement_table
from synthesis.figures.agreement.draw import agreement_plot
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.wording import count, listed, lower_first, number


def show_agreement(agreement: AgreementTable, evidence: Evidence) -> ShownFigure:
    """Show the agreement figure."""
    return show(
        agreement_plot(agreement, evidence.codebook),
        alt=agreement_alt_text(agreement, evidence.codebook),
        caption="How far the coders agree, component by component",
        table=agreement_table(agreement, evidence.codebook),
    )


def agreement_alt_text(agreement: AgreementTable, codebook: Codebook) -> str:
    """Say what the agreement figure shows: agreement over all components and where it is lowest.

    Parameters
    ----------
    agreement : AgreementTable
    codebook : Codebook
    """
    rows = [row for row in agreement_rows(agreement, codebook) if row.entry is not None]
    whole = rows[-1].entry
    text = (
        f"Agreement of {count(len(agreement.coders), 'coder')} on {count(len(rows) - 1, 'component')}. "
        f"Over all of them they agree on {_share(whole, 'percent')} of {count(whole['n'], 'rating')} "
        f"({_coefficient(whole, 'gwet_ac2', 'AC2')}; {_coefficient(whole, 'krippendorff_alpha', 'alpha')}), "
        f"and on whether the report says anything in {_share(whole, 'reporting_percent')} of "
        f"{count(whole['n_units'], 'cell')} ({_coefficient(whole, 'reporting_gwet_ac1', 'AC1')})."
    )
    defined = [row for row in rows[:-1] if np.isfinite(row.entry["gwet_ac2"])]
    if defined:
        lowest = min(defined, key=lambda row: row.entry["gwet_ac2"])
        text += (
            f" Lowest on the ratings: {lower_first(lowest.label)} ({_coefficient(lowest.entry, 'gwet_ac2', 'AC2')})."
        )
    undefined = [row.label for row in rows[:-1] if np.isnan(row.entry["krippendorff_alpha"])]
    if undefined:
        text += f" Alpha is not defined for {listed([lower_first(label) for label in undefined])}."
    return text


def _share(entry: pd.Series, column: str) -> str:
    return f"{number(float(entry[column]), 0)}%"


def _coefficient(entry: pd.Series, column: str, words: str) -> str:
    value, lower, upper = (float(entry[f"{column}{end}"]) for end in ("", "_ci_lb", "_ci_ub"))
    if np.isnan(value):
        return f"{words} not defined"
    return f"{words} {number(value)}" + ("" if np.isnan(lower) else f", interval {number(lower)} to {number(upper)}")
