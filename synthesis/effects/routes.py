"""The routes from what a report printed to one effect: means, events, an estimate, a test statistic, a p value.

Each route is a function of the rows of one outcome that returns `yi` and `vi` on the instrument's own scale
(intervention minus comparator), nan where a row does not carry what the route needs, and what it assumed. `ROUTES` is
in the contract's order of preference; the first route that answers gives the effect, the next one its cross-check.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from synthesis.choices import RATIOS
from synthesis.effects.assumptions import ASSUMPTIONS, coded
from synthesis.effects.columns import Columns, objects
from synthesis.evidence.readings import AS_PRINTED, Readings
from synthesis.evidence.vocabulary import BENEFIT_SIGN
from synthesis.statistics.distributions import normal_quantile, t_quantile
from synthesis.statistics.measures import (
    MEASURES,
    Estimates,
    by_sd_between,
    pooled_sd,
    se_from_ci,
    smd_from_f,
    smd_from_md,
    smd_from_md_and_sd,
    smd_from_or,
    smd_from_p,
    smd_from_t,
    where_halved,
)

# With fewer people in each arm an interval is by t [handbook2024, 6.5.2.3], or with fewer degrees of freedom printed.
SMALL_ARM = 60
SMALL_DF = 2 * SMALL_ARM - 2
FAVOURS = {"favours_intervention": 1.0, "favours_comparator": -1.0}
Assumed = dict[str, np.ndarray]  # code of an assumption -> whether each row needed it, shape (k,)
Answer = tuple[Estimates, Assumed]


class Route(NamedTuple):
    """A way from print to effect.

    Attributes
    ----------
    says : str
        What the effect comes from, in words.
    compute : callable
        The rows of one outcome, a measure and the readings to an `Answer`.
    indirect : bool
        Whether it works an effect out from a test, and not from figures or an estimate.
    """

    says: str
    compute: Callable[[Columns, str, Readings], Answer]
    indirect: bool = False


def from_means(rows: Columns, measure: str, readings: Readings) -> Answer:
    """Arm means and SDs, for the measures made of them."""
    if MEASURES[measure].inputs != "means":
        return _nothing(rows), {}
    columns = [rows[f"{name}_{arm}"] for arm in ("intervention", "comparator") for name in ("mean", "sd", "n")]
    found = MEASURES[measure].compute(*columns)
    assumed = {"SMD": "sd_of_changes", "ROM": "ratio_of_changes"}.get(measure)
    return found, {assumed: rows.says("change", "yes")} if assumed else {}


def from_events(rows: Columns, measure: str, readings: Readings) -> Answer:
    """Events of each arm; for an SMD through the odds ratio [hasselblad1995meta]."""
    inputs = MEASURES[measure].inputs
    if inputs != "events" and measure != "SMD":
        return _nothing(rows), {}
    columns = [rows[f"{name}_{arm}"] for arm in ("intervention", "comparator") for name in ("events", "n")]
    halved = where_halved(measure if inputs == "events" else "OR", *columns)
    assumed = {"half_added": halved.estimate, "half_in_variance": halved.variance}
    if inputs == "events":
        return MEASURES[measure].compute(*columns), assumed
    odds = MEASURES["OR"].compute(*columns)
    return smd_from_or(odds.yi, odds.vi), {**assumed, "odds_ratio_as_smd": np.ones(rows.k, bool)}


def from_estimate(rows: Columns, measure: str, readings: Readings) -> Answer:
    """A printed estimate with its standard error, interval, test statistic or exact p value."""
    kind = rows["effect_measure"]
    value, se, assumed = _printed_estimate(rows, readings)
    yi, vi = np.full(rows.k, np.nan), np.full(rows.k, np.nan)
    same = kind == measure
    yi[same], vi[same] = value[same], se[same] ** 2
    if measure == "SMD":
        adjusted, change = rows.says("adjusted", "yes"), rows.says("change", "yes")
        odds, difference = kind == "OR", kind == "MD"
        found = smd_from_or(value, se**2)
        yi[odds], vi[odds] = found.yi[odds], found.vi[odds]
        sds, ns = ([rows[f"{name}_{arm}"] for arm in ("intervention", "comparator")] for name in ("sd", "n"))
        with np.errstate(invalid="ignore", divide="ignore"):
            sd, df = pooled_sd(sds[0], ns[0], sds[1], ns[1]), ns[0] + ns[1] - 2
        with_sd = difference & np.isfinite(sd)
        found = smd_from_md_and_sd(value, se, sd, df)
        yi[with_sd], vi[with_sd] = found.yi[with_sd], found.vi[with_sd]
        through_t = difference & ~np.isfinite(sd)
        found = smd_from_md(value, se, *_tested_sizes(rows), rows["test_df"])
        yi[through_t], vi[through_t] = found.yi[through_t], found.vi[through_t]
        assumed["odds_ratio_as_smd"] = odds
        assumed["own_sd"] = with_sd
        assumed["implied_sd"] = through_t & ~adjusted
        assumed["sd_of_changes"] = change & (with_sd | (through_t & ~adjusted))
        assumed["residual_sd"] = through_t & adjusted
        assumed["df_printed"] = assumed["df_printed"] | (through_t & rows["test_df_printed"])
    return Estimates(yi=yi, vi=vi), assumed


def from_statistic(rows: Columns, measure: str, readings: Readings) -> Answer:
    """A t, z, F(1) or chi-square(1) statistic with arm sizes; the sign of t and z from them, else as for a p value."""
    if measure != "SMD":
        return _nothing(rows), {}
    kind, value = rows["test_statistic"], rows["statistic_value"]
    sizes, tested_df = _tested_sizes(rows), rows["test_df"]
    signed = rows.among("test_statistic", ("t", "z"))
    reported = _reported_sign(rows)
    sign = np.where(signed, np.where(np.isfinite(reported), reported, np.sign(value)), _sign(rows))
    t = np.where(signed, np.abs(value) * sign, np.nan)
    found = smd_from_t(t, *sizes, tested_df)
    df = rows["degrees_of_freedom"]
    # F is read as F(1, df2) and its df column as df2; a chi-square on more than one degree of freedom has no direction.
    squared = (kind == "F") | ((kind == "chi2") & (np.isnan(df) | (df == 1)))
    other = smd_from_f(value, *sizes, sign, tested_df)
    yi, vi = np.where(squared, other.yi, found.yi), np.where(squared, other.vi, found.vi)
    of_test = {"z_as_t": kind == "z", "chi2_as_t2": kind == "chi2", "df_printed": rows["test_df_printed"]}
    return Estimates(yi=yi, vi=vi), _standardised_by(rows) | of_test


def from_p(rows: Columns, measure: str, readings: Readings) -> Answer:
    """An exact two-sided p value with arm sizes and a direction."""
    if measure != "SMD":
        return _nothing(rows), {}
    found = smd_from_p(rows["p_value"], *_tested_sizes(rows), _sign(rows), rows["test_df"])
    return found, _standardised_by(rows) | {"df_printed": rows["test_df_printed"]}


ROUTES = {
    "means": Route("means and SDs", from_means),
    "events": Route("counts", from_events),
    "estimate": Route("printed estimate", from_estimate),
    "statistic": Route("test statistic", from_statistic, indirect=True),
    "p_value": Route("p value", from_p, indirect=True),
}


def row_effects(rows: Columns, measure: str, readings: Readings = AS_PRINTED) -> dict[str, np.ndarray]:
    """Compute every row's effect by the first route that answers, and its cross-check by the next.

    Parameters
    ----------
    rows : Columns
        Rows of the outcomes table with `instrument_better` and `design_effect` (1 but for cluster trials) joined.
    measure : str
        Code of `MEASURES`.
    readings : Readings
        How figures of models are read.

    Returns
    -------
    dict of numpy.ndarray, shape (k,)
        yi, vi on the instrument's own scale; `route` (code of `ROUTES`, empty where none answers); `assumptions` (tuple
        of codes of `ASSUMPTIONS`); `sd_ratio`, the SD that the effect came standardised by as a share of the SD between
        people that it was brought to, 1 where it was left alone; check_route, check_yi, check_vi.
    """
    yi, vi, check_yi, check_vi = (np.full(rows.k, np.nan) for _ in range(4))
    route, check_route = np.full(rows.k, "", dtype=object), np.full(rows.k, "", dtype=object)
    assumptions, sd_ratio = objects([()] * rows.k), np.ones(rows.k)
    rows = _with_df(rows, readings)
    answer = cache(lambda code: _answered(ROUTES[code], rows, measure, readings))
    turns = [(code, np.ones(rows.k, dtype=bool)) for code in ROUTES]
    if readings.prefer_adjusted:
        turns.insert(0, ("estimate", _adjusted_before_means(rows, measure) & answer("means")[0]))
    for place, (code, asked) in enumerate(turns):
        usable, estimates, assumed, ratio = answer(code)
        first = usable & asked & (route == "")
        second = usable & asked & ~first & (check_route == "")
        yi[first], vi[first], route[first], sd_ratio[first] = (
            estimates.yi[first],
            estimates.vi[first],
            code,
            ratio[first],
        )
        preferred = {"adjusted_preferred": first} if place < len(turns) - len(ROUTES) else {}
        assumptions[first] = coded(assumed | preferred, rows.k)[first]
        check_yi[second], check_vi[second], check_route[second] = estimates.yi[second], estimates.vi[second], code
    return {
        "yi": yi,
        "vi": vi,
        "route": route,
        "assumptions": assumptions,
        "sd_ratio": sd_ratio,
        "check_yi": check_yi,
        "check_vi": check_vi,
        "check_route": check_route,
    }


def _answered(
    way: Route, rows: Columns, measure: str, readings: Readings
) -> tuple[np.ndarray, Estimates, Assumed, np.ndarray]:
    """Return where a route answers, its effects by the SD between people, what they assume, and the SDs' ratio."""
    estimates, assumed = way.compute(rows, measure, readings)
    usable = np.isfinite(estimates.yi) & np.isfinite(estimates.vi) & (np.nan_to_num(estimates.vi) > 0)
    ratio, r = np.ones(rows.k), readings.adjusted_r
    if r is not None:
        for code in [code for code in assumed if ASSUMPTIONS[code].sd_ratio]:
            ratio = np.where(assumed[code], ASSUMPTIONS[code].sd_ratio(r), ratio)
            assumed[ASSUMPTIONS[code].brought] = assumed[code]
        estimates = by_sd_between(estimates, ratio)
    return usable, estimates, assumed, ratio


def _adjusted_before_means(rows: Columns, measure: str) -> np.ndarray:
    """Say which rows print an adjusted estimate of what the arms' means would give [handbook2024, 10.5.2, 23.1.3]."""
    kinds = (measure, "MD") if measure == "SMD" else (measure,)
    return rows.says("adjusted", "yes") & rows.among("effect_measure", kinds)


def _standardised_by(rows: Columns) -> Assumed:
    """Say whose SD a test of two arms rests on, where it is not that between people."""
    adjusted = rows.says("adjusted", "yes")
    return {"sd_of_changes": rows.says("change", "yes") & ~adjusted, "residual_sd": adjusted}


def _printed_estimate(rows: Columns, readings: Readings) -> tuple[np.ndarray, np.ndarray, Assumed]:
    """The printed estimate on the analysis scale with its standard error, however that was printed."""
    ratio = rows.among("effect_measure", RATIOS)
    raw = rows["estimate"]
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(ratio, np.log(raw), raw)
    se = rows["standard_error"]
    lower, upper = rows["ci_lower"], rows["ci_upper"]
    df, printed = rows["test_df"], rows["test_df_printed"]
    by_t = _by_t(rows, readings)
    interval = np.where(
        ratio, se_from_ci(lower, upper, ratio=True), se_from_ci(lower, upper, df=np.where(by_t, df, np.inf))
    )
    statistic = np.where(
        rows.among("test_statistic", ("t", "z")),
        np.abs(rows["statistic_value"]),
        np.nan,
    )
    p = rows["p_value"]
    known = np.isfinite(df) & ~ratio & (np.nan_to_num(df) > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(known, -t_quantile(p / 2, np.where(known, df, 1)), -normal_quantile(p / 2))
        by_statistic, by_p = np.abs(value) / statistic, np.abs(value) / t
    used: Assumed = {}
    for code, source in (("interval", interval), ("se_from_statistic", by_statistic), ("se_from_p", by_p)):
        used[code] = ~np.isfinite(se) & np.isfinite(source) & (np.nan_to_num(source) > 0)
        se = np.where(used[code], source, se)
    by_t &= used.pop("interval")
    return value, se, used | {"interval_by_t": by_t, "df_printed": printed & (by_t | (used["se_from_p"] & known))}


def _tested_sizes(rows: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Arm sizes behind a test; of a model of a cluster trial's clusters the effective ones [handbook2024, 23.1.4]."""
    modelled = rows.says("clusters_modelled", "yes") & ~np.isnan(rows["design_effect"])
    factor = np.where(modelled, rows["design_effect"], 1.0)
    return rows["n_intervention"] / factor, rows["n_comparator"] / factor


def _with_df(rows: Columns, readings: Readings) -> Columns:
    """Give rows the degrees of freedom behind a test: those of its sizes or, where it is read so, as printed.

    What stands beside a z or a chi-square are not degrees of freedom of a t; a 1 is the other one of an F. A paired
    test has those of one arm.
    """
    n1, n2 = _tested_sizes(rows)
    df = np.where(rows.says("period", "paired"), n1 - 1, n1 + n2 - 2)
    if not readings.printed_df:
        return rows.but(test_df=df, test_df_printed=np.zeros(rows.k, dtype=bool))
    printed = rows["degrees_of_freedom"]
    used = rows.among("test_statistic", ("", "t", "F")) & (np.nan_to_num(printed) > 1)
    return rows.but(test_df=np.where(used, printed, df), test_df_printed=used & (printed != df))


def _by_t(rows: Columns, readings: Readings) -> np.ndarray:
    """Say which rows print the mean difference of a trial so small that its interval is read by t."""
    if not readings.small_trial_t:
        return np.zeros(rows.k, dtype=bool)
    small = (rows["n_intervention"] < SMALL_ARM) & (rows["n_comparator"] < SMALL_ARM)
    small |= rows["test_df_printed"] & (rows["test_df"] < SMALL_DF)
    return small & rows.says("effect_measure", "MD") & np.isfinite(rows["test_df"])


def _sign(rows: Columns) -> np.ndarray:
    """Sign on the instrument's own scale: of the reported direction, else of the estimate, else of the arms' means."""
    ratio = rows.among("effect_measure", RATIOS)
    printed = rows["estimate"]
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = np.sign(np.where(ratio, np.log(printed), printed))
        difference = np.sign(rows["mean_intervention"] - rows["mean_comparator"])
    sign = _reported_sign(rows)
    for stand_in in (estimate, difference):
        sign = np.where(np.isfinite(sign), sign, stand_in)
    return sign


def _reported_sign(rows: Columns) -> np.ndarray:
    """Sign on the instrument's own scale of the reported direction; nan where either is not known."""
    favours = np.array([FAVOURS.get(code, np.nan) for code in rows["reported_direction"]], dtype=float)
    return favours * np.array([BENEFIT_SIGN[code] for code in rows["instrument_better"]], dtype=float)


def _nothing(rows: Columns) -> Estimates:
    return Estimates(yi=np.full(rows.k, np.nan), vi=np.full(rows.k, np.nan))
