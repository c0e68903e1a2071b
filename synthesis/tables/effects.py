"""Tables of one outcome's effects: pooled, left out, checked twice, pooled otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.sensitivity import Choices, LeaveOneOut
from synthesis.effects import Effects
from synthesis.effects.left_out import KINDS
from synthesis.effects.routes import ROUTES
from synthesis.statistics.measures import MEASURES, Measure
from synthesis.wording import MISSING, months, number, percent, share, whole


def trials_table(pooled: PooledEffect) -> pd.DataFrame:
    """Show the pooled trials: effect, interval, weight, sizes, where the effect comes from, assumptions, decisions."""
    frame, measure = pooled.trials(), MEASURES[pooled.measure]
    return pd.DataFrame(
        {
            "Trial": told_apart(frame),
            "Instrument": frame["instrument"],
            "Month": frame["timepoint_months"].map(months),
            pooled.measure: frame["yi"].map(measure.text),
            f"{share(pooled.level)} CI": [measure.interval(*ends) for ends in pooled.trial_intervals()],
            "Weight": [percent(weight, 1) for weight in frame["weight"]],
            "Peer n": frame["n_intervention"].map(whole),
            "Other n": frame["n_comparator"].map(whole),
            "From": frame["routes"].map(lambda codes: "; ".join(ROUTES[code].says for code in codes)),
            "Turned": np.where(frame["aligned"], "yes", ""),
            "Assumptions": frame["note"],
            "Decisions": frame["decided"],
            "Source": frame["source"],
        }
    )


def told_apart(frame: pd.DataFrame) -> pd.Series:
    """Return the trials' labels, with the arms compared where a trial has several comparisons."""
    arms = frame["label"] + ": " + frame["intervention_arm"] + " v " + frame["comparator_arm"]
    return frame["label"].mask(frame["trial"].duplicated(keep=False), arms)


def listing_text(listing: pd.DataFrame) -> str:
    """Return an effects listing as CSV; the codes of a cell are joined by ";"."""
    codes = {name: listing[name].map(";".join) for name in ("routes", "assumptions", "decisions")}
    return listing.assign(**codes).to_csv(index=False)


def left_out_table(effects: Effects) -> pd.DataFrame:
    """Show every row of the outcome that is not in the pool, and why."""
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
    """Show rows with two routes to one effect, the ones that disagree first."""
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
            "Agree": np.where(rows["agrees"], "yes", "NO"),
        }
    )


def choices_table(found: Choices | LeaveOneOut) -> pd.DataFrame:
    """Show the pool under other choices, or without each trial, with natural-scale numbers."""
    rows, measure = found.table, MEASURES[found.effects.measure]
    heading, column = ("Choice", "choice") if isinstance(found, Choices) else ("Left out", "label")
    known = rows["estimate"].notna()
    table = pd.DataFrame(
        {
            heading: rows[column],
            "k": rows["k"],
            found.effects.measure: [
                measure.text(y) if ok else "" for y, ok in zip(rows["estimate"], known, strict=True)
            ],
            f"{share(found.level)} CI": _intervals(rows, "ci", measure),
            "Prediction interval": _intervals(rows, "pi", measure),
            "tau2": rows["tau2"].map(lambda value: number(value, 3)).replace(MISSING, ""),
            "I2": ["" if np.isnan(value) else percent(value) for value in rows["I2"]],
        }
    )
    return table if known.all() else table.assign(Note=rows["note"])


def _intervals(rows: pd.DataFrame, name: str, measure: Measure) -> list[str]:
    pairs = zip(rows[f"{name}_lb"], rows[f"{name}_ub"], strict=True)
    return ["" if np.isnan(low) else measure.interval(low, high) for low, high in pairs]
