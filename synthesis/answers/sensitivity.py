"""How far the pooled effect depends on one trial, one choice, one kind of trial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.pooling import PooledEffect, pool
from synthesis.effects import Effects, compute_effects
from synthesis.effects.routes import RESIDUAL_SD
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.statistics.models import CiMethod, Method

NUMBERS = ["k", "n", "estimate", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2", "I2"]


def leave_one_out(effects: Effects, **pool_options: Any) -> pd.DataFrame:
    """Pool again without each trial in turn.

    Parameters
    ----------
    effects : Effects
    **pool_options
        As `pool` takes them.

    Returns
    -------
    pandas.DataFrame
        One row a trial left out: trial, label, and the pooled numbers without it; empty below two trials.
    """
    frame = effects.frame
    rows = []
    for trial in dict.fromkeys(frame["trial"]) if frame["trial"].nunique() > 1 else []:
        kept = frame["trial"].ne(trial)
        label = frame.loc[~kept, "label"].iloc[0]
        rows.append({"trial": trial, "label": label} | _numbers(pool(effects.subset(kept), **pool_options)))
    return pd.DataFrame(rows, columns=["trial", "label", *NUMBERS])


def compare_choices(
    evidence: Evidence,
    outcome: str,
    *,
    measure: str | None = None,
    timepoint: str = "longest",
    method: Method = "REML",
    ci: CiMethod = "knapp-hartung-floor",
    level: float = 0.95,
) -> pd.DataFrame:
    """Pool under the choices a reader would ask about, one at a time.

    Returns
    -------
    pandas.DataFrame
        One row a choice (`choice` says it in words, `note` why a row has no numbers), the main analysis first: as
        printed, other estimators of tau2, other intervals, without effects that needed an approximation or an
        assumption, without trials at high risk of bias, active comparators and inactive ones apart.
    """
    options = {"method": method, "ci": ci, "level": level}
    effects = compute_effects(evidence, outcome, measure=measure, timepoint=timepoint)
    printed = compute_effects(evidence, outcome, measure=measure, timepoint=timepoint, as_printed=True)
    rows = [
        _choice("main analysis", effects, options),
        _choice("as printed, without the review team's decisions", printed, options),
    ]
    for other in ("REML", "DL", "PM", "EE"):
        if other != method:
            # The Knapp-Hartung factor estimates a spread that the equal-effects model does not have.
            own = {"method": other, "ci": "wald"} if other == "EE" else {"method": other}
            name = {"EE": "equal-effects model, Wald interval"}.get(other, f"tau2 by {other}")
            rows.append(_choice(name, effects, options | own))
    rows += [
        _choice(f"interval: {other}", effects, options | {"ci": other})
        for other in ("knapp-hartung-floor", "knapp-hartung", "wald")
        if other != ci
    ]
    for name, keep in SUBSETS.items():
        kept = keep(effects.frame)
        if not kept.all() and (kept.any() or name != ACTIVE):
            rows.append(_choice(name, effects.subset(kept), options))
    return pd.DataFrame(rows, columns=["choice", *NUMBERS, "note"])


ACTIVE = "active comparators"
SUBSETS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "without effects standardised by a residual SD": lambda frame: (
        ~frame["note"].str.contains(RESIDUAL_SD, regex=False)
    ),
    # An effect averaged over several results names all their routes.
    "only effects from arm figures or a printed estimate": lambda frame: (
        ~frame["route"].str.contains("statistic|p value", regex=True)
    ),
    "without changes from baseline": lambda frame: frame["change"].ne("yes"),
    "without cluster trials": lambda frame: frame["design"].ne("cluster"),
    "without trials judged at high risk of bias": lambda frame: frame["rob"].ne("high"),
    "only trials judged for risk of bias, none high": lambda frame: frame["rob"].isin(
        ["low", "some_concerns", "unclear"]
    ),
    "inactive comparators (usual care, waiting list, attention)": lambda frame: frame["comparator_type"].isin(
        ["usual_care", "waitlist", "attention"]
    ),
    ACTIVE: lambda frame: frame["comparator_type"].eq("active"),
}


def _choice(name: str, effects: Effects, options: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"choice": name, "note": ""} | _numbers(pool(effects, **options))
    except NotEstimableError:
        return {"choice": name, "note": "no trial left", "k": 0} | dict.fromkeys(NUMBERS[1:], np.nan)


def _numbers(pooled: PooledEffect) -> dict[str, Any]:
    return {name: getattr(pooled, name) for name in NUMBERS}
