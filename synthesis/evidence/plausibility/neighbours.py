"""Rows beside other rows: figures the same, counts that are another's, an effect far outside its neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import Printed
from synthesis.statistics.measures import hedges_correction, smd_from_or, with_large_sample_variance

# Standardised differences of trained people against others reach two; beyond, the figures are more often wrong.
LARGEST = 2.0
# The robust distance from the other trials' median, with the row's own standard error in it.
FAR, OTHERS = 3.5, 5
# Together the figures must have this many digits, or two rows share them by chance.
DIGITS = 9
# Half a unit of the third decimal: an SMD and its standard error printed so finely meet another's by chance in one pair
# of a hundred thousand.
EXACT, CELL, WIDTH = 5e-4, 2e-3, 1_000_000


def doubt_neighbours(printed: Printed) -> list[Finding]:
    """Doubt rows by the rows beside them."""
    return [*_same_numbers(printed), *_counts_of_other_trial(printed), *_extreme(printed)]


def _same_numbers(printed: Printed) -> list[Finding]:
    findings = []
    for columns, digits in ((("m1", "s1", "m2", "s2"), DIGITS), (("e1", "n1", "e2", "n2"), 6), (("est", "se"), 6)):
        long = [_LONG[name] for name in columns]
        texts = printed.cells[printed.rows["table"].eq("outcomes") & printed.cells[long].ne("").all(axis=1)]
        fine = sum((texts[name].str.count(r"\d") for name in long), start=pd.Series(0, texts.index)) >= digits
        rows = printed.rows.loc[texts.index[fine]].dropna(subset=list(columns))
        again = rows.duplicated(list(columns))
        if not again.any():
            continue
        first = rows[~again].set_index(list(columns))
        where = first["trial"] + " row " + first["row"].astype(str)
        same = where.reindex(pd.MultiIndex.from_frame(printed.rows[list(columns)])).to_numpy(object)
        findings += printed.doubt(
            "same_numbers",
            printed.rows.index.isin(rows.index[again]),
            column=long[0],
            message="All figures of this row also stand in {where}.",
            where=same,
            hint="Check that the row's figures were not copied from the other.",
        )
    return findings


def _counts_of_other_trial(printed: Printed) -> list[Finding]:
    """Doubt counts that give, to the last printed digit, the SMD and standard error another trial prints.

    Columns that slipped by some lines do so. Counts become an SMD through the log odds ratio [hasselblad1995meta].
    """
    f = printed.rows
    finely = f["effect_measure"].eq("SMD") & (f["h_est"] <= EXACT) & (f["h_se"] <= EXACT) & f["m1"].isna()
    if not finely.any() or f["lor"].isna().all():
        return []
    standardised = smd_from_or(f["lor"], f["se_lor"] ** 2)
    J = hedges_correction(f["n1"] + f["n2"] - 2)
    by_counts = {"trial": f["trial"], "smd": J * np.abs(standardised.yi), "error": J * np.sqrt(standardised.vi)}
    counts = pd.DataFrame(by_counts)[f["lor"].notna()]
    effects = pd.DataFrame({"trial": f["trial"], "smd": f["est"].abs(), "error": f["se"], "row": f["row"]})[finely]
    pairs = _pairs(counts, effects)
    given = pairs.reindex(f.index)
    return printed.doubt(
        "counts_of_other_trial",
        f.index.isin(pairs.index),
        column="events_intervention",
        message="{e1:g} of {n1:g} and {e2:g} of {n2:g} give an SMD of {smd:.3f} with standard error {error:.3f}, "
        "exactly what {other} row {other_row:.0f} prints.",
        smd=given["smd"],
        error=given["error"],
        other=given["trial_other"],
        other_row=given["row"],
        hint="Check whose counts these are; columns of the source may have slipped by some lines.",
    )


def _pairs(counts: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Join counts to the effects of other trials that they give; near ones meet in one of nine cells of a grid."""
    counts = counts.reset_index()
    here = [(counts[name] / CELL).round() for name in ("smd", "error")]
    counts = counts.assign(cell=here[0] * WIDTH + here[1])
    there = [(effects[name] / CELL).round() for name in ("smd", "error")]
    beside = [(there[0] + i) * WIDTH + there[1] + j for i in (-1, 0, 1) for j in (-1, 0, 1)]
    pairs = counts.merge(pd.concat([effects.assign(cell=cell) for cell in beside]), on="cell", suffixes=("", "_other"))
    near = (pairs["smd"] - pairs["smd_other"]).abs().lt(2 * EXACT)
    near &= (pairs["error"] - pairs["error_other"]).abs().lt(2 * EXACT) & pairs["trial"].ne(pairs["trial_other"])
    return pairs[near].drop_duplicates("index").set_index("index")


def _extreme(printed: Printed) -> list[Finding]:
    f = printed.rows
    stated = f["value"].where(f["effect_measure"].eq("SMD"))
    smd = stated.fillna(f["g"])
    se = np.sqrt(with_large_sample_variance(smd, f["n1"], f["n2"]).vi).fillna(f["se"])
    benefit = smd * f["better"]
    median, spread, others = _of_other_trials(benefit.where(f["table"].eq("outcomes")), f)
    far = (benefit - median).abs() / np.sqrt(se**2 + spread**2)
    compared = (others >= OTHERS) & benefit.notna()  # of a scale of no settled direction nothing is known to compare
    broken = (smd.abs() > LARGEST) | ((far > FAR) & compared)
    return printed.doubt(
        "extreme_effect",
        broken,
        column=np.where(stated.notna(), "estimate", "mean_intervention"),
        message=np.where(
            compared,
            "A standardised difference of {smd:.2f}; the other trials' median is {usual:.2f}.",
            "A standardised difference of {smd:.2f}.",
        ),
        smd=smd,
        usual=median * f["better"],
        hint="Check means, SDs and which is which; a standard error typed as SD makes effects this large.",
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
    "est": "estimate",
    "se": "standard_error",
}
