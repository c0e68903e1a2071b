"""How far the coders agree, as a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.agreement import AgreementTable
from synthesis.wording import UNDEFINED, bracketed, number, percent, whole

OVERALL = "All components"
PERCENTAGES = ("percent", "reporting_percent")
HEADINGS = {
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


def agreement_table(agreement: AgreementTable) -> pd.DataFrame:
    """Show agreement per component and overall, each coefficient with its interval; the figure's table.

    Parameters
    ----------
    agreement : AgreementTable

    Returns
    -------
    pandas.DataFrame
        All columns text. One row a component, the whole last: n (cells that two or more coders rated) and n looked at,
        agreement on the ratings, agreement on whether the report says anything, and why a coefficient is not defined.

    Examples
    --------
    >>> from synthesis.tables import agreement_table
    >>> print(text_table(agreement_table(coder_agreement(evidence)).head(2)))
    Component                                            n  n looked at  Agree         AC2 ...
    --------------------------------------------------------------------------------------------...
    Disclosed shared lived experience                  117          127  91% [84, 95]  0.93 ...
    Intentional sharing of personal story in contacts   41          127  93% [80, 98]  0.94 ...
    """
    frame = agreement.to_frame()
    named = [agreement.labels.get(name, name) for name in agreement.components["component"]]
    table = pd.DataFrame({"Component": [*named, OVERALL], "n": frame["n"].map(whole)})
    table["n looked at"] = frame["n_units"].map(whole)
    for name, heading in HEADINGS.items():
        ends = frame[[name, f"{name}_ci_lb", f"{name}_ci_ub"]].to_numpy(float)
        table[heading] = [_with_interval(*values, percentage=name in PERCENTAGES) for values in ends]
    return table.assign(Notes=frame["notes"].astype(str))


def _with_interval(value: float, lower: float, upper: float, *, percentage: bool) -> str:
    """Print a percentage or a coefficient with its interval; says where it is not defined."""
    if np.isnan(value):
        return UNDEFINED
    shown = percent(value) if percentage else number(value)
    return shown if np.isnan(lower) else f"{shown} {bracketed(lower, upper, 0 if percentage else 2)}"
