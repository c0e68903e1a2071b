"""The routes from what a report printed to one effect: means, events, an estimate, a test statistic, a p value.

Each route is a function of the rows of one outcome that returns `yi` and `vi` on the instrument's own scale
(intervention minus comparator), nan where a row does not carry what the route needs, and what it assumed. `ROUTES` is
in the contract's order of preference; the first route that answers gives the effect, the next one its cross-check.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from synthesis.effects.assumptions import coded
from synthesis.statistics.distributions import normal_quantile, t_quantile
from synthesis.statistics.measures import (
    MEASURES,
    Estimates,
    pooled_sd,
    se_from_ci,
    smd_from_f,
    smd_from_md,
    smd_from_md_and_sd,
    smd_from_or,
    smd_from_p,
    smd_from_t,
)

Rows = pd.DataFrame
Assumed = dict[str, np.ndarray]  # code of an assumption -> whether each row needed it, shape (k,)
Answer = tuple[Estimates, Assumed]


class Route(NamedTuple):
    """A way from print to effect.

    Attributes
    ----------
    says : str
        What the effect comes from, in words.
    compute : callable
        The rows of one outcome and a measure to an `Answer`.
    indirect : bool
        Whether it works an effect out from a test, and not from figures or an estimate.
    """

    says: str
    compute: Callable[[Rows, str], Answer]
    indirect: bool = False


def from_means(rows: Rows, measure: str) -> Answer:
    """Arm means and SDs, for the measures made of them."""
    if MEASURES[measure].inputs != "means":
        return _nothing(rows), {}
    columns = [
        rows[f"{name}_{arm}"].to_numpy(float) for arm in ("intervention", "comparator") for name in ("mean", "sd", "n")
    ]
    found = MEASURES[measure].compute(*columns)
    assumed = {"SMD": "sd_of_changes", "ROM": "ratio_of_changes"}.get(measure)
    return found, {assumed: rows["change"].eq("yes").to_numpy()} if assumed else {}


def from_events(rows: Rows, measure: str) -> Answer:
    """Events of each arm; for an SMD through the odds ratio [hasselblad1995meta]."""
    inputs = MEASURES[measure].inputs
    if inputs != "events" and measure != "SMD":
        return _nothing(rows), {}
    columns = [
        rows[f"{name}_{arm}"].to_numpy(float) for arm in ("intervention", "comparator") for name in ("events", "n")
    ]
    a, n1, c, n2 = columns
    with np.errstate(invalid="ignore"):
        zero = (a == 0) | (c == 0) | (a == n1) | (c == n2)
    if inputs == "events":
        return MEASURES[measure].compute(*columns), {"half_added": zero}
    odds = MEASURES["OR"].compute(*columns)
    return smd_from_or(odds.yi, odds.vi), {"half_added": zero, "odds_ratio_as_smd": np.ones(len(rows), bool)}


def from_estimate(rows: Rows, measure: str) -> Answer:
    """A printed estimate with its standard error, interval, test statistic or exact p value."""
    kind = rows["effect_measure"].to_numpy(str)
    value, se, assumed = _printed_estimate(rows)
    yi, vi = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    same = kind == measure
    yi[same], vi[same] = value[same], se[same] ** 2
    if measure == "SMD":
        adjusted = rows["adjusted"].eq("yes").to_numpy()
        odds, difference = kind == "OR", kind == "MD"
        found = smd_from_or(value, se**2)
        yi[odds], vi[odds] = found.yi[odds], found.vi[odds]
        sds, ns = (
            [rows[f"{name}_{arm}"].to_numpy(float) for arm in ("intervention", "comparator")] for name in ("sd", "n")
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            sd, df = pooled_sd(sds[0], ns[0], sds[1], ns[1]), ns[0] + ns[1] - 2
        with_sd = difference & np.isfinite(sd)
        found = smd_from_md_and_sd(value, se, sd, df)
        yi[with_sd], vi[with_sd] = found.yi[with_sd], found.vi[with_sd]
        through_t = difference & ~np.isfinite(sd)
        found = smd_from_md(value, se, *_tested_sizes(rows))
        yi[through_t], vi[through_t] = found.yi[through_t], found.vi[through_t]
        assumed["odds_ratio_as_smd"] = odds
        assumed["own_sd"] = with_sd
        assumed["implied_sd"] = through_t & ~adjusted
        assumed["residual_sd"] = through_t & adjusted
    return Estimates(yi=yi, vi=vi), assumed


def from_statistic(rows: Rows, measure: str) -> Answer:
    """A t, z, F(1) or chi-square(1) statistic with arm sizes; the sign of t and z from them, else as for a p value."""
    if measure != "SMD":
        return _nothing(rows), {}
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
    return Estimates(yi=yi, vi=vi), {"residual_sd": adjusted, "z_as_t": kind == "z", "chi2_as_t2": kind == "chi2"}


def from_p(rows: Rows, measure: str) -> Answer:
    """An exact two-sided p value with arm sizes and a direction."""
    if measure != "SMD":
        return _nothing(rows), {}
    found = smd_from_p(rows["p_value"].to_numpy(float), *_tested_sizes(rows), _sign(rows))
    return found, {"residual_sd": rows["adjusted"].eq("yes").to_numpy()}


ROUTES = {
    "means": Route("means and SDs", from_means),
    "events": Route("counts", from_events),
    "estimate": Route("printed estimate", from_estimate),
    "statistic": Route("test statistic", from_statistic, indirect=True),
    "p_value": Route("p value", from_p, indirect=True),
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
        Index of `rows`; yi, vi on the instrument's own scale; `route` (code of `ROUTES`, empty where none answers);
        `needed` (tuple of codes of `ASSUMPTIONS`); check_route, check_yi, check_vi.
    """
    k = len(rows)
    yi, vi, check_yi, check_vi = (np.full(k, np.nan) for _ in range(4))
    route, check_route = np.full(k, "", dtype=object), np.full(k, "", dtype=object)
    needed = np.full(k, None, dtype=object)
    needed[:] = [()] * k
    for code, way in ROUTES.items():
        estimates, assumed = way.compute(rows, measure)
        usable = np.isfinite(estimates.yi) & np.isfinite(estimates.vi) & (np.nan_to_num(estimates.vi) > 0)
        first = usable & (route == "")
        second = usable & ~first & (check_route == "")
        yi[first], vi[first], route[first] = estimates.yi[first], estimates.vi[first], code
        needed[first] = coded(assumed, rows.index).to_numpy()[first]
        check_yi[second], check_vi[second], check_route[second] = estimates.yi[second], estimates.vi[second], code
    found = pd.DataFrame({"yi": yi, "vi": vi, "check_yi": check_yi, "check_vi": check_vi}, index=rows.index)
    found["route"] = pd.Series(route, rows.index, dtype="str")
    found["check_route"] = pd.Series(check_route, rows.index, dtype="str")
    found["needed"] = pd.Series(needed, rows.index, dtype=object)
    return found


def _printed_estimate(rows: Rows) -> tuple[np.ndarray, np.ndarray, Assumed]:
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
        t = np.where(known, -t_quantile(p / 2, np.where(known, total - 2, 1)), -normal_quantile(p / 2))
        by_statistic, by_p = np.abs(value) / statistic, np.abs(value) / t
    assumed: Assumed = {}
    for source, code in ((interval, ""), (by_statistic, "se_from_statistic"), (by_p, "se_from_p")):
        missing = ~np.isfinite(se) & np.isfinite(source) & (np.nan_to_num(source) > 0)
        se = np.where(missing, source, se)
        if code:
            assumed[code] = missing
    return value, se, assumed


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
