"""The agreement figure with its alternative text, its caption and its table, all from the same data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.figures.agreement.data import AgreementData, agreement_data
from synthesis.figures.agreement.draw import draw_agreement, draw_narrow_agreement
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.tables.agreement import agreement_table
from synthesis.wording import UNDEFINED, count, interval, listed, lower_first, number, percent

ALT = (
    "Agreement of {coders} on {components}. "
    "Over all of them they agree on {agree} of {ratings} ({AC2}; {alpha}), "
    "and on whether the report says anything in {agree_on_reporting} of {cells} ({AC1})."
)
LOWEST = "Lowest on the ratings: {component} ({AC2})."
NO_ALPHA = "Alpha is not defined for {components}."
COEFFICIENT, WITHOUT_INTERVAL = "{name} {value}, interval {interval}", "{name} {value}"
CAPTION = "How far the coders agree, component by component"


def show_agreement(agreement: AgreementTable) -> ShownFigure:
    """Show how far the coders agree, from `coder_agreement`.

    Examples
    --------
    >>> from synthesis.figures import show_agreement
    >>> show_agreement(coder_agreement(evidence)).caption
    'How far the coders agree, component by component'
    """
    data = agreement_data(agreement)
    return show(
        Drawn(draw_agreement, data),
        alt=_alt_text(data),
        caption=CAPTION,
        table=agreement_table(agreement),
        narrow=Drawn(draw_narrow_agreement, data),
    )


def agreement_alt_text(agreement: AgreementTable) -> str:
    """Say what the agreement figure shows: agreement over all components and where it is lowest.

    Parameters
    ----------
    agreement : AgreementTable

    Examples
    --------
    >>> from synthesis.figures import agreement_alt_text
    >>> print(agreement_alt_text(coder_agreement(evidence)))
    Agreement of 2 coders on 17 components. Over all of them they agree on 90% of 905 ratings (AC2
    0.93, interval 0.91 to 0.94; alpha 0.87, interval 0.83 to 0.90), and on whether the report says
    anything in 95% of 2,159 cells (AC1 0.90, interval 0.87 to 0.92). Lowest on the ratings:
    experience-based coping and self-care coaching (AC2 0.87, interval 0.78 to 0.92).
    """
    return _alt_text(agreement_data(agreement))


def _alt_text(data: AgreementData) -> str:
    *components, whole = [row for row in data.rows if row.entry is not None]
    text = ALT.format(
        coders=count(len(data.agreement.coders), "coder"),
        components=count(len(components), "component"),
        agree=percent(whole.entry["percent"]),
        ratings=count(whole.entry["n"], "rating"),
        AC2=_coefficient(whole.entry, "gwet_ac2", "AC2"),
        alpha=_coefficient(whole.entry, "krippendorff_alpha", "alpha"),
        agree_on_reporting=percent(whole.entry["reporting_percent"]),
        cells=count(whole.entry["n_units"], "cell"),
        AC1=_coefficient(whole.entry, "reporting_gwet_ac1", "AC1"),
    )
    defined = [row for row in components if np.isfinite(row.entry["gwet_ac2"])]
    if defined:
        lowest = min(defined, key=lambda row: row.entry["gwet_ac2"])
        AC2 = _coefficient(lowest.entry, "gwet_ac2", "AC2")
        text = f"{text} {LOWEST.format(component=lower_first(lowest.label), AC2=AC2)}"
    undefined = [lower_first(row.label) for row in components if np.isnan(row.entry["krippendorff_alpha"])]
    return f"{text} {NO_ALPHA.format(components=listed(undefined))}" if undefined else text


def _coefficient(entry: pd.Series, column: str, name: str) -> str:
    value, lower, upper = (float(entry[f"{column}{end}"]) for end in ("", "_ci_lb", "_ci_ub"))
    if np.isnan(value):
        return WITHOUT_INTERVAL.format(name=name, value=UNDEFINED)
    words = WITHOUT_INTERVAL if np.isnan(lower) else COEFFICIENT
    return words.format(name=name, value=number(value), interval=interval(lower, upper))
