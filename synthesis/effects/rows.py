"""From the rows of one outcome to one effect a row: decisions, sizes, the route, clusters, direction, shared arms.

Everything a row needed to be assumed stands in its `assumptions`, as codes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.effects.assumptions import ASSUMPTIONS, coded, has, joined
from synthesis.effects.columns import Columns, objects
from synthesis.effects.decisions import apply_decisions
from synthesis.effects.routes import row_effects
from synthesis.effects.selection import times_used
from synthesis.evidence import Evidence
from synthesis.evidence.readings import Readings
from synthesis.evidence.vocabulary import BENEFIT_SIGN, UNSETTLED
from synthesis.statistics.measures import MEASURES, design_effect, silent, split_shared_arm

SIDES = ("intervention", "comparator")
# The fourfold table as it is pooled; see `_with_counted_tables`.
COUNTED = tuple(f"counted_{name}_{side}" for side in SIDES for name in ("events", "n"))
# Codes of SMDs that were brought to the SD between people.
BROUGHT = tuple(assumption.brought for assumption in ASSUMPTIONS.values() if assumption.brought)
# Routes whose results a model of the clusters may stand behind.
_BY_TEST = ("statistic", "p_value")
_BY_MODEL = ("estimate", *_BY_TEST)


def prepare_rows(evidence: Evidence, outcome: str, *, as_printed: bool = False) -> pd.DataFrame:
    """Return the outcome's rows as decided, joined with what the effects need of arms, trials and the codebook."""
    rows = evidence.outcomes[evidence.outcomes["outcome"].eq(outcome)].copy()
    # What is looked up is looked up among these trials: a root may hold thousands of others.
    mine = rows["trial"].unique()
    arms, known = _of(evidence.arms, mine), _of(evidence.trials, mine)
    of_arm = list(zip(arms["trial"], arms["arm"], strict=True))
    randomised = dict(zip(of_arm, arms["n_randomised"], strict=True))
    comparator = dict(zip(of_arm, arms["comparator_type"], strict=True))
    pairs = {side: list(zip(rows["trial"], rows[f"{side}_arm"], strict=True)) for side in SIDES}
    for side in SIDES:
        rows[f"randomised_{side}"] = np.array([randomised.get(pair, np.nan) for pair in pairs[side]], dtype=float)
    rows["comparator_type"] = _texts([comparator.get(pair, "") for pair in pairs["comparator"]], rows)
    wanted = evidence.decisions["outcome"].eq(outcome) & (not as_printed)
    rows = apply_decisions(rows, evidence.decisions[wanted])

    trials = rows["trial"].tolist()
    design = dict(zip(known["trial"], known["design"], strict=True))
    instruments = evidence.codebook.instruments
    instruments = instruments[instruments["outcome"].eq(outcome)]
    scales = zip(instruments["instrument"], instruments["outcome"], strict=True)
    better = dict(zip(scales, instruments["better"], strict=True))
    measured = zip(rows["instrument"], rows["outcome"], strict=True)
    bias, sizes = evidence.overall_risk_of_bias(mine, outcome), _cluster_sizes(_of(evidence.outcomes, mine))
    return rows.assign(
        cluster_size_elsewhere=np.array([sizes.get(trial, np.nan) for trial in trials], dtype=float),
        design=_texts([design[trial] for trial in trials], rows),
        instrument_better=_texts([better[pair] for pair in measured], rows),
        label=_texts([evidence.labels[trial] for trial in trials], rows),
        doi=_texts([evidence.doi(trial) for trial in trials], rows),
        rob=_texts([bias.get(trial, "") for trial in trials], rows),
        shared=False,
    )


def _of(table: pd.DataFrame, trials: np.ndarray) -> pd.DataFrame:
    return table[table["trial"].isin(trials)]


def _cluster_sizes(outcomes: pd.DataFrame) -> dict[str, float]:
    """Return each trial's median cluster size over all its results that print one."""
    printed = outcomes[outcomes["cluster_size"].notna()]
    return printed.groupby("trial")["cluster_size"].median().to_dict() if len(printed) else {}


def _texts(values: list[str], rows: pd.DataFrame) -> pd.Series:
    return pd.Series(values, rows.index, dtype="str")


def computed_rows(rows: pd.DataFrame, measure: str, better: str, icc: float, readings: Readings) -> pd.DataFrame:
    """Compute effects of prepared rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `prepare_rows`.
    measure : str
        Code of `MEASURES`.
    better : {"higher", "lower", "unsettled"}
        The outcome's good direction, which every instrument is turned to; while it, or the instrument's own, is
        unsettled, nothing is turned and `benefit` is nan.
    icc : float
        Stands in where a cluster trial reports none.
    readings : Readings
        How figures of models are read.

    Returns
    -------
    pandas.DataFrame
        The rows with yi, vi, sei, benefit, check_yi, `route` (empty, as `yi` is nan, where none answers),
        `assumptions`, `aligned`, `design_effect`, `uncorrectable` (a cluster trial's row whose variance cannot be
        corrected), `silence` (why its counts tell nothing of the measure, as `measures.silent` has it), the columns
        `COUNTED`, and the cluster_size and icc that were used; `sd_ratio` as in `row_effects`, and `adjusted_r`, the
        correlation it rests on, where there is one.
    """
    columns = Columns.of(rows)
    ready = _with_design_effects(_stand_in_sizes(columns), icc)
    found = _silenced(ready.but(**row_effects(ready, measure, readings)), measure)
    found = _inflate_for_clusters(_within_crossover(found, measure))
    stood_in = coded({"randomised_stand_in": found["stood_in"] & np.isfinite(found["yi"])}, found.k)
    of_scale = np.array([BENEFIT_SIGN[code] for code in found["instrument_better"]], dtype=float)
    to_benefit = np.where(np.isnan(of_scale), np.nan, BENEFIT_SIGN[better])
    turn = np.where(of_scale * BENEFIT_SIGN[better] < 0, -1.0, 1.0)  # a product of nan turns nothing
    unsettled = coded({"scale_unsettled": found.says("instrument_better", UNSETTLED)}, found.k)
    signed = turn * np.where(found["flipped"].astype(bool), -1.0, 1.0)
    found = found.but(
        assumptions=joined(joined(found["assumptions"], stood_in), unsettled),
        yi=found["yi"] * signed,
        check_yi=found["check_yi"] * signed,
        aligned=turn < 0,
        sei=np.sqrt(found["vi"]),
        adjusted_r=np.where(has(found["assumptions"], *BROUGHT), readings.adjusted_r or 0.0, np.nan),
        benefit=found["yi"] * signed * to_benefit,
    )
    found = _with_counted_tables(found, signed < 0)
    changed = {name: found[name] for name in found if name not in columns or found[name] is not columns[name]}
    made = pd.DataFrame({name: _series(values, rows.index) for name, values in changed.items()}, index=rows.index)
    kept = rows[[name for name in rows if name not in changed]]
    return pd.concat([kept, made], axis=1)


def _series(values: np.ndarray, index: pd.Index) -> pd.Series:
    is_text = values.dtype == object and (len(values) == 0 or isinstance(values[0], str))
    return pd.Series(values, index, dtype="str" if is_text else None)


def _within_crossover(rows: Columns, measure: str) -> Columns:
    """Leave of a crossover trial's rows those of the first period, and paired estimates [elbourne2002crossover].

    What one period's arms, or a test between them, would give is wrong for people who were in both: a paired row gives
    its own estimate with its own uncertainty, in the measure that is asked for, or nothing.
    """
    crossover = rows.says("design", "crossover") & np.isfinite(rows["yi"])
    if not crossover.any():
        return rows
    first = crossover & rows.says("period", "first")
    own = rows.says("route", "estimate") & rows.says("effect_measure", measure)
    paired = crossover & rows.says("period", "paired") & own
    kept = ~crossover | first | paired
    flags = coded({"first_period": first, "paired": paired}, rows.k)
    return rows.but(
        assumptions=joined(rows["assumptions"], flags),
        yi=np.where(kept, rows["yi"], np.nan),
        vi=np.where(kept, rows["vi"], np.nan),
        route=np.where(kept, rows["route"], ""),
        check_route=np.where(kept & ~paired, rows["check_route"], ""),
    )


def _stand_in_sizes(rows: Columns) -> Columns:
    """Where a row prints no numbers analysed, let the numbers randomised stand in, and say so."""
    sizes, missing = {}, np.zeros(rows.k, dtype=bool)
    for side in SIDES:
        printed, randomised = rows[f"n_{side}"], rows[f"randomised_{side}"]
        absent = np.isnan(printed) & ~np.isnan(randomised)
        sizes[f"n_{side}"] = np.where(absent, randomised, printed)
        missing |= absent
    return rows.but(**sizes, stood_in=missing)


def _with_design_effects(rows: Columns, icc: float) -> Columns:
    """Give every row of a cluster trial its design effect; nan where the clusters' size is unknown."""
    size_given, icc_given = ~np.isnan(rows["cluster_size"]), ~np.isnan(rows["icc"])
    size = np.where(size_given, rows["cluster_size"], rows["cluster_size_elsewhere"])
    used = np.where(icc_given, rows["icc"], icc)
    return rows.but(
        design_effect=np.where(rows.says("design", "cluster"), design_effect(size, used), 1.0),
        size_borrowed=~size_given,
        icc_given=icc_given,
        cluster_size=size,
        icc=used,
    )


def _inflate_for_clusters(rows: Columns) -> Columns:
    """Multiply the variances of cluster trials by the design effect, unless they come from a model of the clusters.

    Only what the row says of its printed analysis counts; adjustment for covariates is another thing. An SMD worked out
    from a test of such a model was read on the effective sample sizes, so it rests on the design effect as well.
    """
    cluster = rows.says("design", "cluster") & np.isfinite(rows["yi"])
    modelled = cluster & rows.says("clusters_modelled", "yes") & rows.among("route", _BY_MODEL)
    through_t = has(rows["assumptions"], "implied_sd", "residual_sd") | rows.among("route", _BY_TEST)
    by_test = modelled & through_t
    corrected = cluster & (~modelled | by_test)
    unknown = corrected & np.isnan(rows["design_effect"])
    known = corrected & ~unknown
    flags = {
        "clusters_modelled": modelled,
        "icc_reported": known & rows["icc_given"],
        "icc_assumed": known & ~rows["icc_given"],
        "cluster_size_borrowed": known & rows["size_borrowed"],
    }
    inflated = known & ~by_test
    return rows.but(
        uncorrectable=unknown,
        assumptions=joined(rows["assumptions"], coded(flags, rows.k)),
        yi=np.where(unknown, np.nan, rows["yi"]),
        vi=np.where(unknown, np.nan, rows["vi"]) * np.where(inflated, rows["design_effect"], 1.0),
        route=np.where(unknown, "", rows["route"]),
        design_effect=np.where(corrected, rows["design_effect"], 1.0),
    )


def _silenced(rows: Columns, measure: str) -> Columns:
    """Take from rows whose counts tell nothing of the measure whatever effect another figure would give them.

    An SMD rests on counts only where no other route answers.
    """
    of_events = MEASURES[measure].inputs == "events"
    if not of_events and measure != "SMD":
        return rows.but(silence=np.full(rows.k, "", dtype=object))
    counts = [rows[f"{name}_{side}"] for side in SIDES for name in ("events", "n")]
    silence = silent(measure if of_events else "OR", *counts).astype(object)
    if not of_events:
        return rows.but(silence=np.where(np.isfinite(rows["yi"]), "", silence))
    mute = silence != ""
    numbers = {name: np.where(mute, np.nan, rows[name]) for name in ("yi", "vi", "check_yi", "check_vi")}
    codes = {name: np.where(mute, "", rows[name]) for name in ("route", "check_route")}
    assumptions = objects([() if quiet else own for quiet, own in zip(mute, rows["assumptions"], strict=True)])
    return rows.but(silence=silence, assumptions=assumptions, **numbers, **codes)


def _with_counted_tables(rows: Columns, turned: np.ndarray) -> Columns:
    """Give effects from counts the fourfold table that a pool of events counts; nan for every other effect.

    Of a cluster trial these are the effective numbers [handbook2024, 23.1.4]; where the effect was turned, the arms
    change sides, which turns each measure of events alike.
    """
    counted = rows.says("route", "events") & np.isfinite(rows["yi"])
    used = {}
    for side, other in zip(SIDES, SIDES[::-1], strict=True):
        for name in ("events", "n"):
            figures = np.where(turned, rows[f"{name}_{other}"], rows[f"{name}_{side}"]) / rows["design_effect"]
            used[f"counted_{name}_{side}"] = np.where(counted, figures, np.nan)
    return rows.but(**used)


def divide_shared_arms(rows: pd.DataFrame, measure: str, better: str, icc: float, readings: Readings) -> pd.DataFrame:
    """Divide an arm that several pooled comparisons use among them, people and events alike [handbook2024, 23.3.4].

    Effects from arm figures are computed again from the divided arms. Where only an estimate or a test result is
    printed, it keeps its value and its variance grows as 1 / n1 + 1 / n2 does. The rows go on showing the arms as they
    were.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `computed_rows`, one a comparison.
    measure, better, icc, readings
        As in `computed_rows`.
    """
    times = {side: times_used(rows, side) for side in SIDES}
    several = (times["intervention"] > 1) | (times["comparator"] > 1)
    if not several.any():
        return rows
    divided = rows.copy()
    for side, uses in times.items():
        for name in ("n", "events"):
            divided[f"{name}_{side}"] = split_shared_arm(divided[f"{name}_{side}"], uses)
    again = computed_rows(divided, measure, better, icc, readings)
    # An arm of a person or two cannot be divided and still have an SD: its effect is treated like a printed one.
    from_arms = several & rows["route"].isin(["means", "events"]) & again["yi"].notna()
    result = rows.copy()
    for name in ("yi", "vi", "benefit", *COUNTED):
        result.loc[from_arms, name] = again.loc[from_arms, name]
    result.loc[several & ~from_arms, "vi"] *= _growth(rows, times)[several & ~from_arms]
    result["sei"] = np.sqrt(result["vi"])
    result.loc[several, "shared"] = True
    divided_codes = coded({"arm_divided": several.to_numpy(bool)}, len(result))
    result["assumptions"] = pd.Series(joined(result["assumptions"], divided_codes), result.index)
    return result


def _growth(rows: pd.DataFrame, times: dict[str, pd.Series]) -> pd.Series:
    """Factor by which 1 / n1 + 1 / n2 grows when arms are divided; an unknown size is taken to be the other arm's."""
    n1, n2 = rows["n_intervention"], rows["n_comparator"]
    n1, n2 = n1.fillna(n2).fillna(1.0), n2.fillna(n1).fillna(1.0)
    return (times["intervention"] / n1 + times["comparator"] / n2) / (1 / n1 + 1 / n2)
