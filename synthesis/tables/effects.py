"""Tables of one outcome's effects: pooled, left out, checked twice, pooled otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.pooling import PooledEffect, as_predicted
from synthesis.answers.sensitivity import Choices, LeaveOneOut
from synthesis.answers.verdicts import FEWEST_TRIALS, is_enough
from synthesis.answers.withheld import FEWEST_TO_PREDICT
from synthesis.effects import Effects
from synthesis.effects.left_out import KINDS
from synthesis.effects.routes import ROUTES
from synthesis.evidence.sheets import neutral
from synthesis.evidence.vocabulary import JUDGEMENTS, NOT_JUDGED, READ_FROM
from synthesis.statistics.measures import MEASURES, Measure
from synthesis.tables.arms import RESULTS, arm_figures, results_shown
from synthesis.wording import MISSING, cited, count, months, number, percent, share, whole

# People analysed in the arms of group 1 and group 2.
SIZES = ("Intervention n", "Comparison n")
# The foot of the trials' table.
POOLED = "Pooled: {counts}"
PREDICTION = "Prediction interval ({level}) for a new trial"
CHANGE = "change {result}"
COUNTS = "{effects}, {people}"
SIZES_UNKNOWN = "{counts} (arm sizes of {unknown} unknown)"


def trials_table(pooled: PooledEffect, *, sort_by: str | None = None) -> pd.DataFrame:
    """Show the pooled trials, each with its effect and all that stands behind it, and what they come to.

    Parameters
    ----------
    pooled : PooledEffect
    sort_by : str, optional
        A column of `pooled.trials()`, smallest first; the order of the effects by default.

    Returns
    -------
    pandas.DataFrame
        All columns text. One row an effect: instrument, month, effect with its interval at the pool's level, weight,
        figures of the arms as far as they are printed, where the effect comes from, whether its instrument was turned,
        risk of bias, assumptions, decisions, source. From three trials on the pooled effect and the prediction interval
        follow. The same table stands beneath the forest plot.

    Raises
    ------
    ChoiceError
        For a column that does not exist.

    Examples
    --------
    >>> trials_table(pooled)[["Trial", "SMD", "95% CI"]].head(2)
                       Trial    SMD         95% CI
    0   Barbic et al. (2009)   0.91   0.19 to 1.63
    1  Chinman et al. (2015)  −0.07  −0.51 to 0.36
    """
    trials, measure, level = pooled.trials(sort_by=sort_by), MEASURES[pooled.measure], share(pooled.level)
    effect, interval = pooled.measure, f"{level} CI"
    table = pd.DataFrame(
        {
            "Trial": told_apart(trials),
            "Instrument": trials["instrument"],
            "Month": trials["timepoint_months"].map(months),
            effect: trials["yi"].map(measure.text),
            interval: [measure.interval(*ends) for ends in trials[["ci_lb", "ci_ub"]].to_numpy(float)],
            "Weight": [percent(weight, 1) for weight in trials["weight"]],
            SIZES[0]: trials["n_intervention"].map(whole),
            SIZES[1]: trials["n_comparator"].map(whole),
            **_arm_results(trials, pooled),
            "From": trials["routes"].map(lambda codes: "; ".join(ROUTES[code].says for code in codes)),
            "Turned": np.where(trials["aligned"], "yes", ""),
            "Risk of bias": [JUDGEMENTS[code].words if code else NOT_JUDGED for code in trials["rob"]],
            "Assumptions": trials["note"],
            "Decisions": trials["decided"],
            **read_from(trials),
            "Source": [cited(*place) for place in zip(trials["doi"], trials["source"], strict=True)],
        }
    ).reset_index(drop=True)
    if not is_enough(pooled.effects):
        return table
    known = not np.isnan(pooled.prediction[0])
    prediction = pooled.as_predicted(measure.interval(*pooled.prediction)) if known else MISSING
    foot = [
        {
            "Trial": POOLED.format(counts=pooled_counts(pooled)),
            effect: measure.text(pooled.estimate),
            interval: measure.interval(pooled.ci_lb, pooled.ci_ub),
            "Weight": "100%",
        },
        {"Trial": PREDICTION.format(level=level), interval: prediction},
    ]
    return pd.concat([table, pd.DataFrame(foot, columns=table.columns)], ignore_index=True).fillna("")


def read_from(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Return a column with what the figures were read from; no column where no row says it."""
    if not rows["read_from"].any():
        return {}
    return {"Read from": [READ_FROM[code].words if code else "" for code in rows["read_from"]]}


def _arm_results(trials: pd.DataFrame, pooled: PooledEffect) -> dict[str, list[str]]:
    """Return a column an arm with the results it rests on; no column where no arm has any."""
    rows = trials.to_dict("records")
    arms = {side: [arm_figures(row, side, pooled.measure) for row in rows] for side in ("intervention", "comparator")}
    words = " or ".join(RESULTS[kind] for kind in results_shown([*arms["intervention"], *arms["comparator"]]))
    if not words:
        return {}
    intervention, comparator = pooled.effects.names.heads
    heads = {"intervention": f"{intervention}, {words}", "comparator": f"{comparator}, {words}"}
    return {
        heads[side]: [CHANGE.format(result=arm.result) if arm.change else arm.result for arm in own]
        for side, own in arms.items()
    }


def pooled_counts(pooled: PooledEffect) -> str:
    """Say how many effects, trials and people were pooled."""
    trials = count(pooled.effects.n_trials, "trial")
    counts = trials if pooled.effects.n_trials == pooled.k else f"{count(pooled.k, 'effect')} of {trials}"
    if pooled.n > 0:
        counts = COUNTS.format(effects=counts, people=count(pooled.n, "person", "people"))
    return SIZES_UNKNOWN.format(counts=counts, unknown=pooled.n_unknown) if pooled.n_unknown else counts


def told_apart(frame: pd.DataFrame) -> pd.Series:
    """Return the trials' labels, with the arms compared where a trial has several comparisons."""
    arms = frame["label"] + ": " + frame["intervention_arm"] + " v " + frame["comparator_arm"]
    return frame["label"].mask(frame["trial"].duplicated(keep=False), arms)


def listing_text(listing: pd.DataFrame) -> str:
    """Return an effects listing as CSV that no spreadsheet runs; the codes of a cell are joined by ";".

    Examples
    --------
    >>> from synthesis.tables import listing_text
    >>> listing = effects_listing(evidence, "hope")
    >>> print(listing_text(listing).splitlines()[0])
    outcome,measure,trial,label,yi,vi,sei,benefit,instrument,timepoint_months,intervention_arm,c...
    """
    codes = {name: listing[name].map(";".join) for name in ("routes", "assumptions", "decisions")}
    shown = listing.assign(**codes)
    text = {
        name: shown[name].map(lambda cell: neutral(cell) if isinstance(cell, str) else cell)
        for name in shown.select_dtypes(["object", "string"])
    }
    return shown.assign(**text).to_csv(index=False)


def left_out_table(effects: Effects) -> pd.DataFrame:
    """Show every row of the outcome that is not in the pool, and why.

    Examples
    --------
    >>> from synthesis.tables import left_out_table
    >>> table = left_out_table(effects)
    >>> table.columns.tolist(), len(table)
    (['Trial', 'Instrument', 'Month', 'Why', 'Reason', 'Place'], 18)
    """
    rows = effects.left_out
    return pd.DataFrame(
        {
            "Trial": rows["label"],
            "Instrument": rows["instrument"],
            "Month": rows["timepoint_months"].map(months),
            "Why": [KINDS[kind].label for kind in rows["kind"]],
            "Reason": rows["reason"],
            "Place": rows["file"] + " row " + rows["row"].astype(str),
        }
    )


def cross_checks_table(effects: Effects) -> pd.DataFrame:
    """Show rows with two routes to one effect, the ones that disagree first.

    Examples
    --------
    >>> from synthesis.tables import cross_checks_table
    >>> cross_checks_table(effects).columns.tolist()
    ['Trial', 'Instrument', 'Month', 'Used', 'SMD', 'Checked against', 'Its SMD', 'Apart (standard
    errors)', 'Agree']
    """
    rows = effects.cross_checks.sort_values("difference_in_se", ascending=False, kind="stable")
    measure = MEASURES[effects.measure]
    return pd.DataFrame(
        {
            "Trial": rows["label"],
            "Instrument": rows["instrument"],
            "Month": rows["timepoint_months"].map(months),
            "Used": [ROUTES[code].says for code in rows["route"]],
            effects.measure: [measure.text(y) for y in rows["yi"]],
            "Checked against": [ROUTES[code].says for code in rows["check_route"]],
            f"Its {effects.measure}": [measure.text(y) for y in rows["check_yi"]],
            "Apart (standard errors)": rows["difference_in_se"].map(number),
            "Agree": np.where(rows["agrees"], "yes", "further apart"),
        }
    )


def choices_table(found: Choices | LeaveOneOut) -> pd.DataFrame:
    """Show the pool under other choices, or without each trial, with natural-scale numbers.

    Examples
    --------
    >>> from synthesis.tables import choices_table
    >>> print(text_table(choices_table(leave_one_out(effects)).head(2)))
    Left out                k   SMD  95% CI        Prediction interval   tau2   I2
    ------------------------------------------------------------------------------
    Barbic et al. (2009)   16  0.20  0.12 to 0.28  0.04 to 0.36         0.004  21%
    Chinman et al. (2015)  16  0.22  0.13 to 0.30  0.06 to 0.37         0.004  20%
    """
    rows, measure = found.table, MEASURES[found.effects.measure]
    heading, column = ("Choice", "choice") if isinstance(found, Choices) else ("Left out", "label")
    known = rows["estimate"].notna() & rows["k"].ge(FEWEST_TRIALS)
    rows = rows.assign(
        note=rows["note"].where(known | rows["estimate"].isna(), "fewer than three trials: not shown"),
        **{name: rows[name].where(known) for name in ("estimate", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2", "I2")},
    )
    table = pd.DataFrame(
        {
            heading: rows[column],
            "k": rows["k"],
            found.effects.measure: [
                measure.text(y) if ok else "" for y, ok in zip(rows["estimate"], known, strict=True)
            ],
            f"{share(found.level)} CI": _intervals(rows, "ci", measure),
            "Prediction interval": [
                as_predicted(shown, tau2) if shown and k >= FEWEST_TO_PREDICT else ""
                for shown, tau2, k in zip(_intervals(rows, "pi", measure), rows["tau2"], rows["k"], strict=True)
            ],
            "tau2": rows["tau2"].map(lambda value: number(value, 3)).replace(MISSING, ""),
            "I2": ["" if np.isnan(value) else percent(value) for value in rows["I2"]],
        }
    )
    return table if known.all() else table.assign(Note=rows["note"])


def _intervals(rows: pd.DataFrame, name: str, measure: Measure) -> list[str]:
    pairs = zip(rows[f"{name}_lb"], rows[f"{name}_ub"], strict=True)
    return ["" if np.isnan(low) else measure.interval(low, high) for low, high in pairs]
