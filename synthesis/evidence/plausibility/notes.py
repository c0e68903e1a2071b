"""Figures and words in the notes of a row, held against its columns."""

from __future__ import annotations

import numpy as np

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import Printed
from synthesis.evidence.plausibility.text import effects_in, percentages_in, significance_in

# Per cent as printed against counts, beyond rounding.
SHARE_APART = 0.02
RATIO_APART = 0.15
# A printed d or ES against the g of the means.
EFFECT_APART = 0.3
# Significant in words: 1.96 standard errors; a model may add some, not double them.
FAR_FROM_SIGNIFICANT = 1.0


def doubt_notes(printed: Printed) -> list[Finding]:
    """Doubt rows whose notes print what the columns contradict or leave out."""
    return [
        *_percentages(printed),
        *_effect_in_notes(printed),
        *_effect_only_in_notes(printed),
        *_significance_in_notes(printed),
    ]


def _percentages(printed: Printed) -> list[Finding]:
    f = printed.rows
    found = percentages_in(printed.cells["notes"])
    shares = found.astype(float) / 100
    halves = {
        name: 0.5 / 10 ** found[name].fillna("").str.replace(r"^[^.]*\.?", "", regex=True).str.len() / 100
        for name in found
    }
    counted = [(f[f"e{side}"] / f[f"n{side}"] - shares[f"p{side}"]).abs() - halves[f"p{side}"] for side in ("1", "2")]
    ratio = np.log(shares["p1"] / shares["p2"])
    odds = np.log(shares["p1"] / (1 - shares["p1"]) / (shares["p2"] / (1 - shares["p2"])))
    slack = halves["p1"] / shares["p1"] + halves["p2"] / shares["p2"]
    expected = ratio.where(f["effect_measure"].eq("RR")).fillna(odds.where(f["effect_measure"].eq("OR")))
    by_counts = (counted[0] > SHARE_APART) | (counted[1] > SHARE_APART)
    by_ratio = (expected - f["value"]).abs() > RATIO_APART + slack
    return printed.doubt(
        "percent_against_counts",
        by_counts | by_ratio,
        column=np.where(by_counts, "events_intervention", "estimate"),
        message=np.where(
            by_counts,
            "The notes print {p1:.1%} and {p2:.1%}; the counts are {e1:g} of {n1:g} and {e2:g} of {n2:g}.",
            "The notes print {p1:.1%} and {p2:.1%}; that is {effect_measure} {expected:.2f}, not {est:g}.",
        ),
        p1=shares["p1"],
        p2=shares["p2"],
        expected=np.exp(expected),
        hint="Check whom the percentages and the counts leave out; missing people may be counted as events or not.",
    )


def _effect_in_notes(printed: Printed) -> list[Finding]:
    f = printed.rows
    said = effects_in(printed.cells["notes"])
    smd = f["g"].fillna(f["value"].where(f["effect_measure"].eq("SMD")))
    gap = (said.abs() - smd.abs()).abs()
    turned = (said * smd < 0) & ((said - smd).abs() > EFFECT_APART) & f["stat"].notna()
    return printed.doubt(
        "effect_against_notes",
        (gap > EFFECT_APART) | turned,
        column="notes",
        message="The notes print a standardised effect of {said:g}; the figures give {smd:.2f}.",
        said=said,
        smd=smd,
        hint="Check what the printed effect standardises, and decide which is used.",
    )


def _effect_only_in_notes(printed: Printed) -> list[Finding]:
    f = printed.rows
    said = effects_in(printed.cells["notes"])
    bare = f[["m1", "e1", "est", "stat", "p"]].isna().all(axis=1)
    return printed.doubt(
        "effect_only_in_notes",
        said.notna() & bare,
        column="notes",
        message="The notes print an effect of {said:g}; the row's columns hold no figure.",
        said=said,
        hint="Enter it, or say in decisions.csv why it is not a contrast of the randomised arms.",
    )


def _significance_in_notes(printed: Printed) -> list[Finding]:
    """Doubt words that call significant what is far from it by the row's own figures."""
    f = printed.rows
    strength = f["t"].fillna(f["z"])
    return printed.doubt(
        "significance_in_notes",
        significance_in(printed.cells["notes"]) & (strength.abs() < FAR_FROM_SIGNIFICANT),
        column="notes",
        message="The notes call a difference significant; the figures of this row are {apart:.1f} standard errors "
        "apart.",
        apart=strength.abs(),
        hint="Check whether the significant result is of another analysis, and decide which is used.",
    )
