"""Tables of one outcome's effects: pooled, left out, checked twice, pooled otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.statements import interval, number
from synthesis.effects import Effects
from synthesis.wording import whole

ROUTES = {
    "means": "means and SDs",
    "events": "counts",
    "estimate": "printed estimate",
    "statistic": "test statistic",
    "p value": "p value",
}
KINDS = {
    "excluded": "excluded by decision",
    "without_numbers": "no numbers",
    "not_convertible": "numbers not usable",
    "not_selected": "another result used",
}


def trials_table(pooled: PooledEffect) -> pd.DataFrame:
    """Show the pooled trials: effect, interval, weight, sizes, where the effect comes from, assumptions, decisions."""
    frame, measure = pooled.trials(), pooled.measure
    half = 1.959963984540054 * frame["sei"]  # a trial's own interval is always the normal 95% one
    arms = frame["label"] + ": " + frame["intervention_arm"] + " v " + frame["comparator_arm"]
    return pd.DataFrame(
        {
            "Trial": frame["label"].mask(frame["trial"].duplicated(keep=False), arms),
            "Instrument": frame["instrument"],
            "Month": frame["timepoint_months"].map("{:g}".format),
            measure: [number(y, measure) for y in frame["yi"]],
            "95% CI": [interval(y - h, y + h, measure) for y, h in zip(frame["yi"], half, strict=True)],
            "Weight": frame["weight"].map("{:.1f}%".format),
            "Peer n": frame["n_intervention"].map(whole),
            "Other n": frame["n_comparator"].map(whole),
            "From": frame["route"].map(lambda route: "; ".join(ROUTES.get(part, part) for part in route.split("; "))),
            "Turned": np.where(frame["aligned"], "yes", ""),
            "Assumptions": frame["note"],
            "Decisions": frame["decided"],
            "Source": frame["source"],
        }
    )


def left_out_table(effects: Effects) -> pd.DataFrame:
    """Show every row of the outcome that is not in the pool, and why."""
    rows = effects.left_out
    return pd.DataFrame(
        {
            "Trial": rows["label"],
            "Instrument": rows["instrument"],
            "Month": rows["timepoint_months"].map("{:g}".format),
            "Why": rows["kind"].map(KINDS),
            "Reason": rows["reason"],
            "Place": rows["file"] + " row " + rows["row"].astype(str),
        }
    )


def cross_checks_table(effects: Effects) -> pd.DataFrame:
    """Show rows with two routes to one effect, the ones that disagree first."""
    rows = effects.cross_checks.sort_values("difference_in_se", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "Trial": rows["label"],
            "Instrument": rows["instrument"],
            "Month": rows["timepoint_months"].map("{:g}".format),
            "Used": rows["route"].map(ROUTES),
            effects.measure: [number(y, effects.measure) for y in rows["yi"]],
            "Checked against": rows["check_route"].map(ROUTES),
            f"Its {effects.measure}": [number(y, effects.measure) for y in rows["check_yi"]],
            "Apart (standard errors)": rows["difference_in_se"].map("{:.2f}".format),
            "Agree": np.where(rows["agrees"], "yes", "NO"),
        }
    )


def choices_table(choices: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Show `compare_choices` or `leave_one_out` with natural-scale numbers."""
    first = "choice" if "choice" in choices else "label"
    known = choices["estimate"].notna()
    table = pd.DataFrame(
        {
            {"choice": "Choice", "label": "Left out"}[first]: choices[first],
            "k": choices["k"],
            measure: [number(y, measure) if ok else "" for y, ok in zip(choices["estimate"], known, strict=True)],
            "CI": _intervals(choices, "ci", measure),
            "Prediction interval": _intervals(choices, "pi", measure),
            "tau2": choices["tau2"].map(lambda x: "" if np.isnan(x) else f"{x:.3f}"),
            "I2": choices["I2"].map(lambda x: "" if np.isnan(x) else f"{x:.0f}%"),
        }
    )
    return table if known.all() else table.assign(Note=choices["note"])


def _intervals(choices: pd.DataFrame, name: str, measure: str) -> list[str]:
    pairs = zip(choices[f"{name}_lb"], choices[f"{name}_ub"], strict=True)
    return ["" if np.isnan(low) else interval(low, high, measure) for low, high in pairs]
