"""Rows beside other rows: all figures the same, or an effect far outside what the other trials show."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.plausibility.printed import Printed

# Standardised differences of trained people against others reach two; beyond, the figures are more often wrong.
LARGEST = 2.0
# The robust distance from the other trials' median, with the row's own standard error in it.
FAR, OTHERS = 3.5, 5
# Together the figures must have this many digits, or two rows share them by chance.
DIGITS = 9


def doubt_neighbours(printed: Printed) -> list[Finding]:
    """Doubt rows by the rows beside them."""
    return [*_same_numbers(printed), *_extreme(printed)]


def _same_numbers(printed: Printed) -> list[Finding]:
    f = printed.rows
    findings = []
    for columns in (("m1", "s1", "m2", "s2"), ("e1", "n1", "e2", "n2"), ("value", "se")):
        given = f[list(columns)].notna().all(axis=1) & f["table"].eq("outcomes")
        cells = {"value": "estimate", "se": "standard_error"}
        texts = printed.cells[[cells.get(name, _LONG.get(name, name)) for name in columns]]
        digits = texts.apply(lambda column: column.str.count(r"\d")).sum(axis=1)
        enough = digits >= (DIGITS if len(columns) == 4 and "m1" in columns else 6)
        rows = f[given & enough]
        group = rows.groupby(list(columns), sort=False).ngroup().reindex(f.index)
        count = group.map(group.value_counts())
        first = f.groupby(group).head(1)
        where = group.map(
            dict(zip(group[first.index], first["trial"] + " row " + first["row"].astype(str), strict=True))
        )
        broken = (count > 1) & ~f.index.isin(first.index)
        findings += printed.doubt(
            "same_numbers",
            broken,
            cells.get(columns[0], _LONG.get(columns[0], columns[0])),
            lambda row, where=where: f"All figures of this row also stand in {where[row.Index]}.",
            "Check that the row's figures were not copied from the other.",
        )
    return findings


def _extreme(printed: Printed) -> list[Finding]:
    f = printed.rows
    smd = f["g"].fillna(f["value"].where(f["effect_measure"].eq("SMD")))
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.sqrt(1 / f["n1"] + 1 / f["n2"] + smd**2 / (2 * (f["n1"] + f["n2"]))).fillna(f["se"])
    benefit = smd * f["better"]
    median, spread, others = _of_other_trials(benefit.where(f["table"].eq("outcomes")), f)
    far = (benefit - median).abs() / np.sqrt(se**2 + spread**2)
    broken = (smd.abs() > LARGEST) | ((far > FAR) & (others >= OTHERS))
    return printed.doubt(
        "extreme_effect",
        broken,
        lambda row: "mean_intervention" if np.isfinite(row.g) else "estimate",
        lambda row: (
            f"A standardised difference of {smd[row.Index]:.2f}"
            + (
                f"; the other trials' median is {median[row.Index] * row.better:.2f}."
                if others[row.Index] >= OTHERS
                else "."
            )
        ),
        "Check means, SDs and which is which; a standard error typed as SD makes effects this large.",
    )


def _of_other_trials(benefit: pd.Series, f: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return median, robust spread and number of the other trials' effects on each row's outcome.

    Each trial counts once, by the median of its rows. A single trial moves the median of five or more little, so it
    is not taken out of its own.
    """
    by_trial = benefit.groupby([f["outcome"], f["trial"]]).median().dropna()
    outcomes = by_trial.groupby(level=0)
    median = outcomes.median()
    spread = (
        1.4826
        * (by_trial - median.reindex(by_trial.index.get_level_values(0)).to_numpy()).abs().groupby(level=0).median()
    )
    return f["outcome"].map(median), f["outcome"].map(spread), f["outcome"].map(outcomes.size()).fillna(0) - 1


_LONG = {
    "m1": "mean_intervention",
    "s1": "sd_intervention",
    "m2": "mean_comparator",
    "s2": "sd_comparator",
    "e1": "events_intervention",
    "n1": "n_intervention",
    "e2": "events_comparator",
    "n2": "n_comparator",
}
