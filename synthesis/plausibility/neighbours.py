"""Rows beside other rows: figures the same, counts that are another's, an effect far outside its neighbours."""

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
# Half a unit of the third decimal: an SMD and its standard error printed so finely meet another's by chance in one pair
# of a hundred thousand.
EXACT, CELL = 5e-4, 2e-3


def doubt_neighbours(printed: Printed) -> list[Finding]:
    """Doubt rows by the rows beside them."""
    return [*_same_numbers(printed), *_counts_of_other_trial(printed), *_extreme(printed)]


def _counts_of_other_trial(printed: Printed) -> list[Finding]:
    """Doubt counts that give, to the last printed digit, the SMD and standard error another trial prints.

    Columns that slipped by some lines do so. Counts become an SMD through the log odds ratio [hasselblad1995meta].
    """
    f = printed.rows
    a, n1, c, n2 = (f[name] for name in ("e1", "n1", "e2", "n2"))
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(1 / a + 1 / (n1 - a) + 1 / c + 1 / (n2 - c))
        to_smd = np.sqrt(3) / np.pi * (1 - 3 / (4 * (n1 + n2 - 2) - 1))
    counts = f.assign(smd=(f["lor"] * to_smd).abs(), smd_se=error * to_smd)[["trial", "smd", "smd_se"]]
    printed_smd = f["effect_measure"].eq("SMD") & (f["h_est"] <= EXACT) & (f["h_se"] <= EXACT) & f["m1"].isna()
    effects = f[printed_smd].assign(smd=f["est"].abs(), smd_se=f["se"])[["trial", "row", "smd", "smd_se"]]
    pairs = _by_cell(counts[np.isfinite(counts["smd_se"])]).merge(_by_cell(effects), on="cell", suffixes=("", "_other"))
    same = (pairs["smd"] - pairs["smd_other"]).abs().lt(2 * EXACT) & (pairs["smd_se"] - pairs["smd_se_other"]).abs().lt(
        2 * EXACT
    )
    pairs = pairs[same & pairs["trial"].ne(pairs["trial_other"])].drop_duplicates("index").set_index("index")
    return printed.doubt(
        "counts_of_other_trial",
        f.index.isin(pairs.index),
        "events_intervention",
        lambda row: (
            f"{row.e1:g} of {row.n1:g} and {row.e2:g} of {row.n2:g} give an SMD of {pairs.at[row.Index, 'smd']:.3f} "
            f"with standard error {pairs.at[row.Index, 'smd_se']:.3f}, exactly what "
            f"{pairs.at[row.Index, 'trial_other']} row {pairs.at[row.Index, 'row']:.0f} prints."
        ),
        "Check whose counts these are; columns of the source may have slipped by some lines.",
    )


def _by_cell(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each effect the grid cell of its value and standard error, and those beside it, so that near ones meet."""
    rows = rows.reset_index()
    if "row" not in rows:  # one side of the join meets the other's cell and its eight neighbours
        return rows.assign(cell=_cell(rows, 0, 0))
    return pd.concat([rows.assign(cell=_cell(rows, i, j)) for i in (-1, 0, 1) for j in (-1, 0, 1)])


def _cell(rows: pd.DataFrame, i: int, j: int) -> pd.Series:
    value, error = (rows["smd"] / CELL).round() + i, (rows["smd_se"] / CELL).round() + j
    return value * 1_000_000 + error


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
