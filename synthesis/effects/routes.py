"""The routes from what a report printed to one effect: means, events, an estimate, a test statistic, a p value.

Each route is a function of the rows of one outcome that returns `yi` and `vi` on the instrument's own scale
(intervention minus comparator), nan where a row does not carry what the route needs. `PREFERENCE` is the contract's
order; the first route that answers gives the effect, the next one that answers is its cross-check.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from synthesis.statistics.measures import (
    MEASURES,
    Estimates,
    se_from_ci,
    smd_from_f,
    smd_from_md,
    smd_from_md_and_sd,
    smd_from_or,
    smd_from_p,
    smd_from_t,
)

PREFERENCE = ("means", "events", "estimate", "statistic", "p value")

Rows = pd.DataFrame
Route = Callable[[Rows, str], tuple[Estimates, pd.Series]]


def from_means(rows: Rows, measure: str) -> tuple[Estimates, pd.Series]:
    """Arm means and SDs, for the measures made of them."""
    if MEASURES[measure].inputs != "means":
        return _nothing(rows), _notes(rows)
    columns = [
        rows[f"{name}_{arm}"].to_numpy(float) for arm in ("intervention", "comparator") for name in ("mean", "sd", "n")
    ]
    found = MEASURES[measure].compute(*columns)
    change = rows["change"].eq("yes")
    note = {"SMD": "standardised by the SD of changes from baseline", "ROM": "ratio of changes from baseline"}.get(
        measure
    )
    return found, _notes(rows, {note: change} if note else {})


def from_events(rows: Rows, measure: str) -> tuple[Estimates, pd.Series]:
    """Events of each arm; for an SMD through the odds ratio [hasselblad1995meta]."""
    inputs = MEASURES[measure].inputs
    if inputs != "events" and measure != "SMD":
        return _nothing(rows), _notes(rows)
    columns = [
        rows[f"{name}_{arm}"].to_numpy(float) for arm in ("intervention", "comparator") for name in ("events", "n")
    ]
    a, n1, c, n2 = columns
    with np.errstate(invalid="ignore"):
        zero = (a == 0) | (c == 0) | (a == n1) | (c == n2)
    notes = {"one half added to each cell, because a cell is zero": pd.Series(zero, rows.index)}
    if inputs == "events":
        return MEASURES[measure].compute(*columns), _notes(rows, notes)
    odds = MEASURES["OR"].compute(*columns)
    notes["odds ratio turned into an SMD"] = pd.Series(True, rows.index)
    return smd_from_or(odds.yi, odds.vi), _notes(rows, notes)


def from_estimate(rows: Rows, measure: str) -> tuple[Estimates, pd.Series]:
    """A printed estimate with its standard error, interval, test statistic or exact p value."""
    kind = rows["effect_measure"].to_numpy(str)
    value, se, notes = _printed_estimate(rows)
    yi, vi = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    same = kind == measure
    yi[same], vi[same] = value[same], se[same] ** 2
    if measure == "SMD":
        adjusted = rows["adjusted"].eq("yes").to_numpy()
        odds, difference = kind == "OR", kind == "MD"
        found = smd_from_or(value, se**2)
        yi[odds], vi[odds] = found.yi[odds], found.vi[odds]
        sd, df = _pooled_sd(rows)
        with_sd = difference & np.isfinite(sd)
        found = smd_from_md_and_sd(value, se, sd, df)
        yi[with_sd], vi[with_sd] = found.yi[with_sd], found.vi[with_sd]
        through_t = difference & ~np.isfinite(sd)
        found = smd_from_md(value, se, *_tested_sizes(rows))
        yi[through_t], vi[through_t] = found.yi[through_t], found.vi[through_t]
        notes["odds ratio turned into an SMD"] = odds
        notes["mean difference standardised by the row's own SDs"] = with_sd
        notes["mean difference standardised by the SD its standard error implies"] = through_t & ~adjusted
        notes[RESIDUAL_SD] = through_t & adjusted
    return Estimates(yi=yi, vi=vi), _notes(rows, notes)


# An adjusted model's standard error implies the residual SD, smaller than the SD between people: the SMD is too large.
RESIDUAL_SD = (
    "standardised by the residual SD of an adjusted model, which makes the SMD too large rather than too small"
)


def from_statistic(rows: Rows, measure: str) -> tuple[Estimates, pd.Series]:
    """A t, z, F(1) or chi-square(1) statistic with arm sizes; the sign of t and z from them, else as for a p value."""
    if measure != "SMD":
        return _nothing(rows), _notes(rows)
    kind, value = rows["test_statistic"].to_numpy(str), rows["statistic_value"].to_numpy(float)
    sizes = _tested_sizes(rows)
    signed = np.isin(kind, ["t", "z"])
    reported = _reported_sign(rows)
    sign = np.where(signed, np.where(np.isfinite(reported), reported, np.sign(value)), _sign(rows))
    t = np.where(signed, np.abs(value) * sign, np.nan)
    found = smd_from_t(t, *sizes)
    df = rows["degrees_of_freedom"].to_numpy(float)
    # F is read as F(1, df2) and its df column as df2; a chi-square on more than one degree of freedom has no direction.
    squared = (kind == "F") | ((kind == "chi2") & (np.isnan(df) | (df == 1)))
    other = smd_from_f(value, *sizes, sign)
    yi, vi = np.where(squared, other.yi, found.yi), np.where(squared, other.vi, found.vi)
    adjusted = rows["adjusted"].eq("yes").to_numpy()
    notes = {RESIDUAL_SD: adjusted, "z read as t": kind == "z", "chi-square read as t squared": kind == "chi2"}
    return Estimates(yi=yi, vi=vi), _notes(rows, notes)


def from_p(rows: Rows, measure: str) -> tuple[Estimates, pd.Series]:
    """An exact two-sided p value with arm sizes and a direction."""
    if measure != "SMD":
        return _nothing(rows), _notes(rows)
    found = smd_from_p(rows["p_value"].to_numpy(float), *_tested_sizes(rows), _sign(rows))
    return found, _notes(rows, {RESIDUAL_SD: rows["adjusted"].eq("yes").to_numpy()})


ROUTES: dict[str, Route] = {
    "means": from_means,
    "events": from_events,
    "estimate": from_estimate,
    "statistic": from_statistic,
    "p value": from_p,
}


def row_effects(rows: Rows, measure: str) -> pd.DataFrame:
    """Compute every row's effect by the first route that answers, and its cross-check by the next.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of the outcomes table with `instrument_better` and `design_effect` (1 but for cluster trials) joined.
    measure : str
        Code of `MEASURES`.

    Returns
    -------
    pandas.DataFrame
        Index of `rows`; yi, vi on the instrument's own scale, route, note, check_route, check_yi, check_vi.
    """
    found = pd.DataFrame({"yi": np.nan, "vi": np.nan, "route": "", "note": ""}, index=rows.index)
    found = found.assign(check_route="", check_yi=np.nan, check_vi=np.nan)
    for name in PREFERENCE:
        estimates, notes = ROUTES[name](rows, measure)
        usable = np.isfinite(estimates.yi) & np.isfinite(estimates.vi) & (np.nan_to_num(estimates.vi) > 0)
        first = usable & found["route"].eq("").to_numpy()
        second = usable & ~first & found["check_route"].eq("").to_numpy()
        found.loc[first, ["yi", "vi"]] = np.column_stack([estimates.yi, estimates.vi])[first]
        found.loc[first, "route"] = name
        found.loc[first, "note"] = notes[first]
        found.loc[second, ["check_yi", "check_vi"]] = np.column_stack([estimates.yi, estimates.vi])[second]
        found.loc[second, "check_route"] = name
    return found


def _printed_estimate(rows: Rows) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """The printed estimate on the analysis scale with its standard error, however that was printed."""
    ratio = np.isin(rows["effect_measure"].to_numpy(str), [code for code, m in MEASURES.items() if m.ratio])
    raw = rows["estimate"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(ratio, np.log(raw), raw)
    se = rows["standard_error"].to_numpy(float)
    lower, upper = rows["ci_lower"].to_numpy(float), rows["ci_upper"].to_numpy(float)
    interval = np.where(ratio, se_from_ci(lower, upper, ratio=True), se_from_ci(lower, upper, ratio=False))
    statistic = np.where(
        np.isin(rows["test_statistic"].to_numpy(str), ["t", "z"]),
        np.abs(rows["statistic_value"].to_numpy(float)),
        np.nan,
    )
    total = rows["n_intervention"].to_numpy(float) + rows["n_comparator"].to_numpy(float)
    p = rows["p_value"].to_numpy(float)
    known = np.isfinite(total) & ~ratio & (np.nan_to_num(total) > 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(known, stats.t.isf(p / 2, np.where(known, total - 2, 1)), stats.norm.isf(p / 2))
        by_statistic, by_p = np.abs(value) / statistic, np.abs(value) / t
    notes: dict[str, np.ndarray] = {}
    for source, label in (
        (interval, ""),
        (by_statistic, "standard error from the test statistic"),
        (by_p, "standard error from the p value"),
    ):
        missing = ~np.isfinite(se) & np.isfinite(source) & (np.nan_to_num(source) > 0)
        se = np.where(missing, source, se)
        if label:
            notes[label] = missing
    return value, se, notes


def _pooled_sd(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    sd1, sd2 = rows["sd_intervention"].to_numpy(float), rows["sd_comparator"].to_numpy(float)
    n1, n2 = rows["n_intervention"].to_numpy(float), rows["n_comparator"].to_numpy(float)
    df = n1 + n2 - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df), df


def _tested_sizes(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Arm sizes behind a test; of an adjusted model of a cluster trial the effective ones [handbook2024, 23.1.4]."""
    factor = np.where(rows["adjusted"].eq("yes"), rows["design_effect"].fillna(1.0), 1.0)
    return rows["n_intervention"].to_numpy(float) / factor, rows["n_comparator"].to_numpy(float) / factor


def _sign(rows: Rows) -> np.ndarray:
    """Sign on the instrument's own scale: of the reported direction, else of the estimate, else of the arms' means."""
    ratio = np.isin(rows["effect_measure"].to_numpy(str), [code for code, m in MEASURES.items() if m.ratio])
    printed = rows["estimate"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = np.sign(np.where(ratio, np.log(printed), printed))
        difference = np.sign(rows["mean_intervention"].to_numpy(float) - rows["mean_comparator"].to_numpy(float))
    sign = _reported_sign(rows)
    for stand_in in (estimate, difference):
        sign = np.where(np.isfinite(sign), sign, stand_in)
    return sign


def _reported_sign(rows: Rows) -> np.ndarray:
    """Sign on the instrument's own scale of the reported direction; nan where none is reported."""
    favours = rows["reported_direction"].map({"favours_intervention": 1.0, "favours_comparator": -1.0}).to_numpy(float)
    return favours * np.where(rows["instrument_better"].eq("lower"), -1.0, 1.0)


def _nothing(rows: Rows) -> Estimates:
    return Estimates(yi=np.full(len(rows), np.nan), vi=np.full(len(rows), np.nan))


def _notes(rows: Rows, flags: dict[str, np.ndarray | pd.Series] | None = None) -> pd.Series:
    """Join, for each row, the notes whose flag is set."""
    text = pd.Series("", index=rows.index)
    for note, flag in (flags or {}).items():
        text[np.asarray(flag, bool)] += f"{note}; "
    return text.str.removesuffix("; ")
