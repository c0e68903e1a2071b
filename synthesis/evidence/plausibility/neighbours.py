"""Rows beside other rows: figures the same, counts that are another's, an effect far outside its neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import ARM, Printed
from synthesis.statistics.measures import hedges_correction, smd_from_or, with_large_sample_variance

# Standardised differences of trained people against others reach two; beyond, the figures are more often wrong.
LARGEST = 2.0
# A review may be of drugs or surgery, where two is met; beyond three nearly all of one arm lie above the other.
LARGEST_OF_ANY = 3.0
# The robust distance from the other trials' median, with the row's own standard error in it.
FAR, OTHERS = 3.5, 5
# Together the figures must have this many digits, or two rows share them by chance.
DIGITS = 9
# Half a unit of the third decimal: an SMD and its standard error printed so finely meet another's by chance in one pair
# of a hundred thousand.
EXACT, CELL, WIDTH = 5e-4, 2e-3, 1_000_000


# Two arms share their figures by chance less often than this.
CHANCE = 1e-3
_DIVIDED = (
    "A standardised difference of {smd:.2f}: the mean difference {est:g} is divided by the SD that its precision "
    "implies, {sd_implied:.3g}."
)
_ARMS_ALIKE = {
    "intervention": "The arms {intervention_arm} and {other_arm} have the same mean {m1:g}, SD {s1:g} and number of "
    "people.",
    "comparator": "The arms {comparator_arm} and {other_arm} have the same mean {m2:g}, SD {s2:g} and number of "
    "people.",
}
_TWICE = (
    "All figures of this row also stand in {other_trial} row {other_row:g}, of the same outcome and time: pooled "
    "together, the same people count twice."
)


def doubt_neighbours(printed: Printed) -> list[Finding]:
    """Doubt rows by the rows beside them."""
    return [*_same_numbers(printed), *_arms_repeated(printed), *_counts_of_other_trial(printed), *_extreme(printed)]


def _same_numbers(printed: Printed) -> list[Finding]:
    """Doubt rows whose figures all stand in an earlier row; in a review, in an earlier row of the same analysis."""
    findings, f = [], printed.rows
    for columns, digits in ((("m1", "s1", "m2", "s2"), DIGITS), (("e1", "n1", "e2", "n2"), 6), (("est", "se"), 6)):
        long = [_LONG[name] for name in columns]
        texts = printed.cells[printed.rows["table"].eq("outcomes") & printed.cells[long].ne("").all(axis=1)]
        fine = sum((texts[name].str.count(r"\d") for name in long), start=pd.Series(0, texts.index)) >= digits
        rows = printed.rows.loc[texts.index[fine]].dropna(subset=list(columns))
        if "e1" in columns:
            # Two arms in which nobody, or everybody, had the event are alike in many trials.
            nobody, everybody = (
                rows["e1"].eq(0) & rows["e2"].eq(0),
                rows["e1"].eq(rows["n1"]) & rows["e2"].eq(rows["n2"]),
            )
            rows = rows[~(nobody | everybody)]
        # A review holds one result in several analyses.
        key = [rows[name] for name in columns] + [rows["outcome"].where(rows["analysis"], "")]
        grouped = rows.groupby(key, sort=False)
        again = grouped.cumcount().gt(0)
        if not again.any():
            continue
        first = {
            name: grouped[name].transform("first").reindex(f.index)
            for name in ("trial", "row", "outcome", "instrument", "months")
        }
        alike = {name: f[name].eq(values) for name, values in first.items()}
        # Remission on one scale may be entered as a count of remission and as a difference of the scale's outcome.
        twofold = alike["trial"] & alike["instrument"] & alike["months"] & ~alike["outcome"]
        twice = alike["trial"] & alike["outcome"] & alike["months"]
        findings += printed.doubt(
            "same_numbers",
            f.index.isin(rows.index[again]) & ~twofold,
            column=long[0],
            message=np.where(twice, _TWICE, "All figures of this row also stand in {other_trial} row {other_row:g}."),
            other_trial=first["trial"],
            other_row=first["row"].astype(float),
            hint="Check that the row's figures were not copied from the other, and that nobody is pooled twice.",
        )
    return findings


def _arms_repeated(printed: Printed) -> list[Finding]:
    """Doubt two arms of a trial with the same mean and SD where chance does not make them so.

    Rounded to a unit of 2h, two means of one distribution are the same in about 2h in 3.5 standard errors of the
    difference, and so are two SDs: the density of a normal difference at zero, one over the root of 4 pi and its SD.
    """
    f = printed.rows
    kept = f["table"].eq("outcomes") & (f["s1"] > 0) & (f["s2"] > 0)
    same = kept & f["m1"].eq(f["m2"]) & f["s1"].eq(f["s2"])
    findings = printed.doubt(
        "arms_repeated",
        same & (_chance(f, "1") < CHANCE),
        column="mean_intervention",
        message="Both arms have the mean {m1:g} and the SD {s1:g} ({n1:g} and {n2:g} people).",
        hint="Read both arms again in the report's table; one may have been copied into the other.",
    )
    place = ["trial", "outcome", "instrument", "months", "period", "change"]
    sides = [
        f.loc[kept, [*place, f"{arm}_arm", f"m{side}", f"s{side}", f"n{side}"]]
        .set_axis([*place, "arm", "mean", "sd", "n"], axis=1)
        .assign(chance=_chance(f, side)[kept], role=arm)
        for side, arm in ARM.items()
    ]
    # Of another arm than the row's own two, in the column of the same role: a row copied and half changed.
    for side, arms in zip(ARM.items(), sides, strict=True):
        figures = [*place, "mean", "sd", "n"]
        first = arms.groupby(figures, sort=False)["arm"].transform("first")
        copied = (first.notna() & first.ne(arms["arm"]) & (arms["chance"] < CHANCE)).reindex(f.index, fill_value=False)
        name = side[1]
        findings += printed.doubt(
            "arms_repeated",
            copied & ~f["analysis"] & ~same,
            column=f"mean_{name}",
            message=_ARMS_ALIKE[name],
            other_arm=first.reindex(f.index),
            hint="Read both arms again in the report's table; one may have been copied into the other.",
        )
    return findings


def _chance(f: pd.DataFrame, side: str) -> pd.Series:
    """Return about how often two arms of one distribution would print the same mean and SD by chance."""
    sd, n = f[f"s{side}"], np.fmin(f["n1"], f["n2"])
    root = np.sqrt(4 * np.pi)
    mean_same = (2 * f[f"h_m{side}"] / (root * sd / np.sqrt(n))).clip(upper=1)
    return mean_same * (2 * f[f"h_s{side}"] / (root * sd / np.sqrt(2 * n))).clip(upper=1)


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
    # A mean difference alone is pooled after division by the SD its standard error implies.
    alone = f["md_alone"] & f["measure"].eq("SMD")
    divided = (hedges_correction(f["n1"] + f["n2"] - 2) * f["value"] / f["sd_implied"]).where(alone)
    smd = stated.fillna(f["g"]).fillna(divided)
    se = np.sqrt(with_large_sample_variance(smd, f["n1"], f["n2"]).vi).fillna(f["se"])
    benefit = smd * f["better"]
    median, spread, others = _of_other_trials(benefit.where(f["table"].eq("outcomes")), f)
    far = (benefit - median).abs() / np.sqrt(se**2 + spread**2)
    compared = (others >= OTHERS) & benefit.notna()  # of a scale of no settled direction nothing is known to compare
    largest = np.where(f["analysis"], LARGEST_OF_ANY, LARGEST)
    broken = (smd.abs() > largest) | ((far > FAR) & compared)
    # A review turns one trial's figures into several effects: said of the first.
    broken &= ~(f["analysis"] & f["trial"].where(broken).duplicated())
    return printed.doubt(
        "extreme_effect",
        broken,
        column=np.where(stated.notna() | divided.notna(), "estimate", "mean_intervention"),
        message=np.where(
            divided.notna() & stated.isna() & f["g"].isna(),
            _DIVIDED,
            np.where(
                compared,
                "A standardised difference of {smd:.2f}; the other trials' median is {usual:.2f}.",
                "A standardised difference of {smd:.2f}.",
            ),
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
