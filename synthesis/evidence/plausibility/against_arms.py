"""An effect, its precision and its test, held against the figures of the two arms in the same row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import Printed, interval_se
from synthesis.evidence.plausibility.recompute import p_of_statistic, z_of_p
from synthesis.statistics.measures import MEASURES, smd_from_or

# Two tests of the same people, one of them adjusted or of change, correlate above a half: they differ by less than two
# standard errors.
TEST_APART = 2.0
# Counts leave less room: Pearson, continuity-corrected, exact and likelihood-ratio tests of one table.
COUNTS_APART = 0.5
# An adjusted estimate may move by one standard error of the unadjusted one.
ESTIMATE_APART = 1.5
# Unadjusted, only the form (d or g, which SD) and rounding remain, about a twentieth and 0.03.
FORM = (0.10, 0.03)
# Adjustment makes an estimate more precise; less precise by a fifth it rests on other people or other SDs.
LESS_PRECISE, MORE_PRECISE = 1.2, 0.5
# Counts read as an SMD against the g of the means, in standard errors of the counts.
COUNTS_FROM_MEANS = 2.0


def doubt_against_arms(printed: Printed) -> list[Finding]:
    """Doubt effects by the arms' figures beside them."""
    return [
        *_size(printed),
        *_precision(printed),
        *_test(printed),
        *_counts_and_means(printed),
    ]


def _own_effect(f: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the effect the arms give on the scale of the row's measure, and its standard error."""
    names = {"MD": "d", "SMD": "g", "RR": "lrr", "OR": "lor", "RD": "rd"}
    is_kind = [f["effect_measure"].eq(code).to_numpy() for code in names]
    values, errors = ([f[f"{what}{name}"].to_numpy(float) for name in names.values()] for what in ("", "se_"))
    return np.select(is_kind, values, np.nan), np.select(is_kind, errors, np.nan)


def _size(printed: Printed) -> list[Finding]:
    f = printed.rows
    own, se = _own_effect(f)
    value = f["value"].to_numpy(float)
    rounding = np.where(f["ratio"], f["h_est"] / f["est"], f["h_est"]) + np.where(
        f["effect_measure"].eq("MD"), f["h_m1"] + f["h_m2"], (f["h_m1"] + f["h_m2"]).fillna(0) / f["sd"].fillna(1)
    )
    gap = np.abs(value - own) - np.nan_to_num(rounding)
    form = np.maximum(FORM[0] * np.abs(own), np.where(f["effect_measure"].eq("MD"), 0.03 * f["sd"].fillna(0), FORM[1]))
    free = f["adjusted"].ne("no").to_numpy()
    broken = np.where(free, gap > ESTIMATE_APART * se, gap > form)
    # Opposite signs are the finding of another rule.
    same_side = ~((value * own < 0) & (np.abs(value) > 0.05))
    return printed.doubt(
        "estimate_against_arms",
        broken & same_side,
        column="estimate",
        message="The arms' figures give {effect_measure} {own:.3g}; {est:g} is printed.",
        own=np.where(f["ratio"], np.exp(own), own),
        hint="Check whether the estimate is adjusted (say so in adjusted), of other people, or of another time.",
    )


def _precision(printed: Printed) -> list[Finding]:
    f = printed.rows
    own, se = _own_effect(f)
    z_p = z_of_p(f["p"])
    by_p = np.where(z_p > 1, np.abs(f["value"].to_numpy(float)) / z_p, np.nan)
    printed_se = f["se"].fillna(interval_se(f)).fillna(pd.Series(by_p, f.index)).to_numpy(float)
    ratio = printed_se / se
    rounding = (f["h_est"] / f["est"].abs()).fillna(0) + (f["h_p"] / f["p"]).where(f["se"].isna() & f["lo"].isna(), 0)
    clustered = f["design"].eq("cluster").to_numpy()
    broken = ((ratio > LESS_PRECISE + rounding) & ~clustered) | (ratio < MORE_PRECISE)
    return printed.doubt(
        "precision_against_arms",
        broken & np.isfinite(own),
        column="estimate",
        message="The estimate's standard error is {printed_se:.3g}, that of the arms' figures {own_se:.3g} "
        "({n1:g} and {n2:g} people).",
        printed_se=printed_se,
        own_se=se,
        hint="Check how many people the SDs or counts rest on, and whether the SDs are SDs.",
    )


def _test(printed: Printed) -> list[Finding]:
    f = printed.rows
    t, z = f["t"].to_numpy(float), _z_of_counts(f)
    low, high = p_of_statistic(f)
    middle = (low + high) / 2
    # A printed statistic speaks before a printed p, and with its sign where it has one.
    size = z_of_p(np.where(np.isfinite(middle), middle, f["p"]))
    signed = f["test_statistic"].isin(["t", "z"]).to_numpy() & f["stat"].notna().to_numpy()
    test = np.where(signed, np.sign(f["stat"].fillna(0)) * size, size)
    by_means = np.where(signed, np.abs(test - t), np.abs(size - np.abs(t)))
    by_counts = np.where((size > np.abs(z).max(axis=0)), size - np.abs(z).max(axis=0), np.abs(z).min(axis=0) - size)
    # Derived estimates say nothing new of the arms; an adjusted test of counts is free to differ.
    tight = f["adjusted"].ne("yes").to_numpy()
    broken = (by_means > TEST_APART) | ((by_counts > COUNTS_APART) & tight & ~np.isfinite(t))
    return printed.doubt(
        "test_against_arms",
        broken,
        column=np.where(f["stat"].notna(), "statistic_value", "p_value"),
        message=np.where(
            f["stat"].notna(),
            "The arms' figures give {kind} {own:.2f}, {test_statistic} {stat:g} is printed.",
            "The arms' figures give {kind} {own:.2f}, p {p:g} is printed.",
        ),
        kind=np.where(np.isfinite(t), "t", "z"),
        own=np.where(np.isfinite(t), t, z[0]),
        hint="Check whether the test is of change since baseline or of another model, and how many people it rests on.",
    )


def _z_of_counts(f: pd.DataFrame) -> np.ndarray:
    """Return z of the two-by-two table by Pearson and with the continuity correction, shape (2, k).

    Where the numbers analysed are missing those randomised stand in, and where these are missing equal arms.
    """
    half = (f["randomised"] / 2).to_numpy(float)
    n1, n2 = (
        f[f"n{side}"].fillna(f[f"randomised_{side}"]).fillna(pd.Series(half, f.index)).to_numpy(float)
        for side in ("1", "2")
    )
    a, c = f["e1"].to_numpy(float), f["e2"].to_numpy(float)
    overall = (a + c) / (n1 + n2)
    se = np.sqrt(overall * (1 - overall) * (1 / n1 + 1 / n2))
    gap = np.abs(a / n1 - c / n2)
    corrected = np.maximum(gap - (1 / n1 + 1 / n2) / 2, 0)
    return np.array([gap / se, corrected / se])


def _counts_and_means(printed: Printed) -> list[Finding]:
    """Doubt a row whose counts, read as an SMD by [hasselblad1995meta], are far from its means."""
    f = printed.rows
    # One half in every cell, so that no table is without its say.
    odds = MEASURES["OR"].compute(f["e1"] + 0.5, f["n1"] + 1, f["e2"] + 0.5, f["n2"] + 1)
    smd = smd_from_or(odds.yi, odds.vi)
    apart = np.abs(np.abs(smd.yi) - f["g"].abs()) / np.sqrt(smd.vi)
    return printed.doubt(
        "counts_against_means",
        (apart > COUNTS_FROM_MEANS) & f["g"].notna(),
        column="events_intervention",
        message="Counts of {e1:g} of {n1:g} and {e2:g} of {n2:g} do not go with means that give g {g:.2f}.",
        hint="Check that counts and means are of the same outcome and trial; counts may stand a line too high or low.",
    )
