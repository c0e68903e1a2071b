"""What was printed for one result, recomputed from itself: statistic, p value, interval, standard error, estimate.

As statcheck does [nuijten2016prevalence], every printed number stands for all that round to it: two figures disagree
only when no numbers behind their digits agree.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from synthesis.errors import Finding
from synthesis.evidence.plausibility.printed import Printed, interval_se
from synthesis.evidence.plausibility.text import p_bounds_in
from synthesis.statistics.distributions import chi2_tail, f_tail, normal_quantile, normal_tail, t_tail

Z975 = normal_quantile(0.975)
# On the scale of z, beyond rounding: t against z, a model's degrees of freedom, an interval by another method.
SLACK = 0.15
# A profile, bootstrap or back-transformed interval is lopsided; by half as much again it is not.
LOPSIDED = 1.5
# A standard error and an interval by t instead of z differ by up to a tenth from 20 people on.
SE_SLACK = 0.15


def doubt_recomputation(printed: Printed) -> list[Finding]:
    """Doubt what a row prints of one result."""
    f = printed.rows
    low, high = p_of_statistic(f)
    p_low, p_high = f["p"] - f["h_p"], f["p"] + f["h_p"]
    apart = (p_low > high + 1e-4) | (p_high < low - 1e-4)
    one_tailed = apart & (p_low <= high / 2 + 1e-4) & (p_high >= low / 2 - 1e-4)
    return [
        *_p_against_statistic(printed, apart & ~one_tailed, low, high),
        *_one_tailed(printed, one_tailed, low, high),
        *_p_bound_in_notes(printed, low, high),
        *_p_against_interval(printed),
        *_lopsided(printed),
        *_se_against_interval(printed),
    ]


def z_of_p(p: ArrayLike) -> np.ndarray:
    """Return the size of z whose two-sided p this is."""
    return 0.0 - normal_quantile(np.asarray(p, dtype=float) / 2)  # 0, not -0, at p = 1


def p_of_z(z: ArrayLike) -> np.ndarray:
    """Return the two-sided p of z."""
    return 2 * normal_tail(z)


def p_of_statistic(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and largest two-sided p that the printed digits of a row's statistic allow.

    F is read as F(1, df), the contract's; t without degrees of freedom takes those of the arm sizes, else z.
    """
    size = rows["stat"].abs().to_numpy(float)
    half = rows["h_stat"].to_numpy(float)
    kind = rows["test_statistic"].to_numpy(str)
    df = rows["df"].fillna(rows["n1"] + rows["n2"] - 2).to_numpy(float)
    df_chi2 = rows["df"].fillna(1.0).where(lambda df: df > 0).to_numpy(float)

    def two_sided(value: np.ndarray) -> np.ndarray:
        value = np.maximum(value, 0)
        student = np.where(np.isnan(df), p_of_z(value), 2 * t_tail(value, df))
        fisher = np.where(np.isnan(df), chi2_tail(value, 1), f_tail(value, 1, df))
        choices = [student, fisher, chi2_tail(value, df_chi2), p_of_z(value)]
        return np.select([kind == name for name in ("t", "F", "chi2", "z")], choices, np.nan)

    return two_sided(size + half), two_sided(size - half)


def _p_against_statistic(printed: Printed, broken: pd.Series, low: np.ndarray, high: np.ndarray) -> list[Finding]:
    return printed.doubt(
        "p_against_statistic",
        broken,
        column="p_value",
        message="{test_statistic} {stat:g} gives p {span}; p {p:g} is printed.",
        span=_spans(low, high),
        hint="Check the statistic, its degrees of freedom and p in the report; they may belong to two tests.",
    )


def _one_tailed(printed: Printed, broken: pd.Series, low: np.ndarray, high: np.ndarray) -> list[Finding]:
    findings = printed.doubt(
        "one_tailed_p",
        broken,
        column="p_value",
        message="{test_statistic} {stat:g} gives a two-sided p {span}; the printed {p:g} is half of it.",
        span=_spans(low, high),
        hint="Enter the two-sided p; twice the printed one.",
    )
    f = printed.rows
    said = printed.cells["notes"].str.contains(r"one[- ](?:tailed|sided)", case=False) & f["p"].notna() & ~broken
    return findings + printed.doubt(
        "one_tailed_p",
        said & np.isnan(high),
        column="p_value",
        message="The notes speak of a one-tailed test beside p {p:g}.",
        hint="p_value is two-sided: enter twice the one-tailed p.",
    )


def _p_bound_in_notes(printed: Printed, low: np.ndarray, high: np.ndarray) -> list[Finding]:
    """Doubt "p < 0.05" in the notes of a row whose own statistic gives more."""
    bound = p_bounds_in(printed.cells["notes"]).to_numpy(float)
    above = (low >= bound) & printed.rows["p"].isna().to_numpy()
    half = above & (low / 2 < bound)
    broken = {"one_tailed_p": half, "p_against_statistic": above & ~half}
    return [
        finding
        for rule, rows in broken.items()
        for finding in printed.doubt(
            rule,
            rows,
            column="statistic_value",
            message="{test_statistic} {stat:g} gives a two-sided p {span}; the notes print p < {bound:g}.",
            span=_spans(low, high),
            bound=bound,
            hint="Check the test and its degrees of freedom; the printed p may be one-tailed.",
        )
    ]


def _spans(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Write each range of p: one number where both ends read the same."""
    ends = [(f"{a:.2g}", f"{b:.2g}") for a, b in zip(low, high, strict=True)]
    return np.array([a if a == b else f"{a} to {b}" for a, b in ends], dtype=object)


def _p_against_interval(printed: Printed) -> list[Finding]:
    f = printed.rows
    least, most = _z_of_interval(f)
    strong, weak = (
        z_of_p((f["p"] - f["h_p"]).clip(lower=1e-12)),
        z_of_p((f["p"] + f["h_p"]).clip(upper=1)),
    )
    apart = np.maximum(weak - most, least - strong)
    middle = p_of_z((least + most) / 2)
    return printed.doubt(
        "p_against_interval",
        apart > SLACK,
        column="p_value",
        message="{est:g} ({lo:g} to {hi:g}) gives p about {middle:.2g}; p {p:g} is printed.",
        middle=middle,
        hint="Check estimate, interval and p in the report; they may come from two models.",
    )


def _z_of_interval(f: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and largest z that the printed digits of estimate and interval allow."""

    def on_scale(value: pd.Series) -> np.ndarray:
        return np.where(f["ratio"], np.log(value), value)

    def width(sign: int) -> np.ndarray:
        return on_scale(f["hi"] + sign * f["h_hi"]) - on_scale(f["lo"] - sign * f["h_lo"])

    one, other = on_scale(f["est"] - f["h_est"]), on_scale(f["est"] + f["h_est"])
    small, large = np.minimum(np.abs(one), np.abs(other)), np.maximum(np.abs(one), np.abs(other))
    small = np.where(one * other <= 0, 0.0, small)
    return small * 2 * Z975 / width(1), large * 2 * Z975 / np.maximum(width(-1), 1e-12)


def _lopsided(printed: Printed) -> list[Finding]:
    f = printed.rows
    lo, est, hi = (np.where(f["ratio"], np.log(f[name]), f[name]) for name in ("lo", "est", "hi"))
    scale = np.where(f["ratio"], f[["lo", "est"]].min(axis=1), 1.0)
    slack = 2 * f[["h_lo", "h_est", "h_hi"]].max(axis=1) / scale
    below, above = est - lo, hi - est
    longer, shorter = np.maximum(below, above), np.minimum(below, above)
    broken = (longer - slack > LOPSIDED * (shorter + slack)) & (shorter > 0)
    return printed.doubt(
        "interval_lopsided",
        broken,
        column="ci_lower",
        message="{est:g} lies {below:.2g} above the lower and {above:.2g} below the upper bound "
        "({lo:g} to {hi:g}){scale}.",
        below=below,
        above=above,
        scale=np.where(f["ratio"], " on the log scale", ""),
        hint="Check the signs and digits of all three; a bound may be mistyped, or the interval another result's.",
    )


def _se_against_interval(printed: Printed) -> list[Finding]:
    f = printed.rows
    implied = interval_se(f)
    off = np.abs(np.log(f["se"] / implied))
    width = 2 * Z975 * implied
    rounding = f["h_se"] / f["se"] + (f["h_lo"] + f["h_hi"]) / np.where(f["ratio"], f["lo"], 1) / width
    return printed.doubt(
        "se_against_interval",
        off > SE_SLACK + rounding,
        column="standard_error",
        message="The interval {lo:g} to {hi:g} implies a standard error of {implied:.3g}, not {se:g}.",
        implied=implied,
        hint="Check whether the standard error is of another figure, or the interval not 95%.",
    )
