"""How far the pooled effect depends on one trial, one choice, one kind of trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.pooling import PooledEffect, pool
from synthesis.answers.readings import READINGS, is_same, other_readings
from synthesis.choices import LEVEL, METHOD, CiMethod, PoolMethod, is_of_events, pool_choices
from synthesis.effects import Effects, compute_effects, require_effects
from synthesis.effects.assumptions import has
from synthesis.effects.counted import POOLS, TABLE, with_tables
from synthesis.effects.kept import content_of_effects
from synthesis.effects.routes import ROUTES
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import INACTIVE_COMPARATORS, JUDGEMENTS
from synthesis.kept import kept
from synthesis.results import Result
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, share

NO_TRIAL = "no trial left"
NUMBERS = "k n estimate ci_lb ci_ub pi_lb pi_ub tau2 I2".split()
INDIRECT_ROUTES = tuple(code for code, route in ROUTES.items() if route.indirect)
NOT_HIGH = [code for code in JUDGEMENTS if code != "high"]


@dataclass(frozen=True, eq=False)
class Pools(Result):
    """The pool of one outcome, made again several times.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a pool, with its k, n, estimate, ci_lb, ci_ub, pi_lb, pi_ub, tau2 and I2, on the analysis scale.
    effects : Effects
        Of the main analysis.
    method, ci, level
        Of the main analysis, as `pool` was given them.
    """

    table: pd.DataFrame
    effects: Effects
    method: str
    ci: str
    level: float

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the settings and the table's rows."""
        settings = {name: getattr(self, name) for name in ("method", "ci", "level")}
        about = {"outcome": self.effects.outcome, "measure": self.effects.measure}
        return about | settings | {"rows": self.table.to_dict("records")}

    def _shown(self, heading: str, column: str) -> pd.DataFrame:
        rows, measure = self.table, MEASURES[self.effects.measure]
        effect = [measure.with_interval(*values) for values in rows[["estimate", "ci_lb", "ci_ub"]].to_numpy(float)]
        return pd.DataFrame({heading: rows[column], "k": rows["k"], f"{measure.code} ({share(self.level)} CI)": effect})


class LeaveOneOut(Pools):
    """The pool without each trial in turn: a row a trial, `trial` and `label`; no rows below two trials.

    A row has a `note` where it has no numbers: without that trial nothing can be estimated.

    Examples
    --------
    >>> without = leave_one_out(effects)
    >>> without.table[["label", "estimate"]].round(2).head(2)
                       label  estimate
    0   Barbic et al. (2009)      0.20
    1  Chinman et al. (2015)      0.22
    """

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: who is left out, and the pool without them."""
        return self._shown("Left out", "label")

    def __str__(self) -> str:
        return f"{self.effects.outcome_label} pooled without each of {count(len(self.table), 'trial')} in turn"


class Choices(Pools):
    """The pool under the choices a reader would ask about, one at a time.

    The main analysis comes first. Each row has its `code`, the `choice` in words, and a `note` where it has no numbers.

    Examples
    --------
    >>> choices = compare_choices(effects, evidence=evidence)
    >>> print(choices)
    Personal recovery pooled under 16 choices
    >>> choices.table[["code", "k", "estimate"]].round(2).head(2)
       code   k  estimate
    0  main  17      0.21
    1   r_0  17      0.22
    """

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each choice and its pool."""
        shown = self._shown("Choice", "choice")
        return shown.assign(Note=self.table["note"]) if self.table["note"].any() else shown

    def __str__(self) -> str:
        return f"{self.effects.outcome_label} pooled under {count(len(self.table), 'choice')}"


def leave_one_out(
    effects: Effects, *, method: PoolMethod = METHOD, ci: CiMethod | None = None, level: float = LEVEL
) -> LeaveOneOut:
    """Pool again without each trial in turn.

    Parameters
    ----------
    effects : Effects
    method, ci, level
        As `pool` takes them.

    Returns
    -------
    LeaveOneOut

    Examples
    --------
    >>> print(leave_one_out(compute_effects(load_evidence(), "hope")))
    Hope pooled without each of 7 trials in turn
    """
    require_effects(effects, "leave_one_out")
    method, ci, level = pool_choices(method, ci, level)
    effects = with_tables(effects, method) if is_of_events(method) else effects
    frame, options = effects.frame, {"method": method, "ci": ci, "level": level}
    rows = []
    for trial in dict.fromkeys(frame["trial"]) if effects.n_trials > 1 else []:
        kept = frame["trial"].ne(trial)
        row = {"trial": trial, "label": frame.loc[~kept, "label"].iloc[0]}
        rows.append(row | numbers_or_note(effects.subset(kept), options))
    return LeaveOneOut(pd.DataFrame(rows, columns=["trial", "label", *NUMBERS, "note"]), effects, method, ci, level)


def _content(
    effects: Effects, as_printed: Effects | None, evidence: Evidence | None, method: str, ci: str | None, level: float
) -> list[Any]:
    require_effects(effects, "compare_choices")
    own = None if evidence is None else content_of_effects(evidence, effects.outcome)
    return [effects, as_printed, own, pool_choices(method, ci, level)]


@kept(_content)
def compare_choices(
    effects: Effects,
    *,
    as_printed: Effects | None = None,
    evidence: Evidence | None = None,
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
) -> Choices:
    """Pool under the choices a reader would ask about, one at a time.

    Parameters
    ----------
    effects : Effects
        Of the main analysis.
    as_printed : Effects, optional
        The same outcome's effects without the review team's decisions (`compute_effects(..., as_printed=True)`), for a
        row of their own.
    evidence : Evidence, optional
        What the effects were computed from, for rows at other time points, under other readings of models' figures
        (`other_readings`), and by what the trials are like: core peer workers, people, integrity.
    method, ci, level
        Of the main analysis, as `pool` takes them.

    Returns
    -------
    Choices
        The main analysis; as printed; at the time points closest to six and to twelve months; other readings of figures
        that come from models, where they move an effect; other estimators of tau2; other intervals; the events pooled,
        where effects come from counts; without effects that needed an approximation or an assumption; without trials at
        high risk of bias; active comparators and inactive ones apart; where the evidence is given, core peer workers
        only, without trials around birth, people with severe mental illness only, and without trials of concern.

    Examples
    --------
    >>> choices = compare_choices(effects, evidence=evidence)
    >>> choices.table[["code", "k", "estimate"]].round(2).head(3)
        code   k  estimate
    0   main  17      0.21
    1    r_0  17      0.22
    2  r_0.5  17      0.21
    """
    require_effects(effects, "compare_choices")
    method, ci, level = pool_choices(method, ci, level)
    options = {"method": method, "ci": ci, "level": level}
    rows = [_choice("main", effects, options)]
    if as_printed is not None:
        rows.append(_choice("as_printed", as_printed, options))
    if evidence is not None:
        rows += [_choice(code, other, options) for code, other in _other_times(evidence, effects).items()]
        rows += [_choice(code, other, options) for code, other in other_readings(evidence, effects).items()]
    rows += [_choice(code, effects, options | own) for code, own in _models(method, ci).items()]
    rows += [_choice(code, effects, own) for code, own in _pools_of_events(effects, method, level).items()]
    subsets = {code: keep(effects.frame) for code, keep in SUBSETS.items()}
    if evidence is not None:
        subsets |= {code: keep(effects.frame, evidence) for code, keep in OF_TRIALS.items()}
    for code, keep in subsets.items():
        kept = pd.Series(np.asarray(keep), effects.frame.index, dtype=bool)
        if not kept.all() and (kept.any() or code not in ("active_comparators", *OF_TRIALS)):
            rows.append(_choice(code, effects.subset(kept), options))
    table = pd.DataFrame(rows, columns=["code", "choice", *NUMBERS, "note"])
    return Choices(table, effects, method, ci, level)


CHOICES = {
    "main": "main analysis",
    "as_printed": "as printed, without the review team's decisions",
    "closest_6": "each trial at its time point closest to six months",
    "closest_12": "each trial at its time point closest to twelve months",
    **{code: reading.says for code, reading in READINGS.items()},
    "REML": "heterogeneity by restricted maximum likelihood (REML)",
    "DL": "heterogeneity by DerSimonian and Laird (DL)",
    "PM": "heterogeneity by Paule and Mandel (PM)",
    "EE": "one true effect for all trials (EE), normal interval",
    "MH": "events pooled by Mantel-Haenszel, fixed",
    "MH-DL": "events pooled by Mantel-Haenszel, random effects",
    "MH-REVMAN": "events pooled by Mantel-Haenszel as RevMan does, fixed",
    "MH-DL-REVMAN": "events pooled by Mantel-Haenszel as RevMan does, random effects",
    "PETO": "events pooled to Peto's odds ratio",
    "knapp-hartung-floor": "interval by Knapp and Hartung, never narrower than the normal one",
    "knapp-hartung": "interval by Knapp and Hartung",
    "wald": "interval by the normal distribution (Wald)",
    "without_residual_sd": "without effects standardised by a residual SD",
    "direct_routes": "only effects from arm figures or a printed estimate",
    "without_changes": "without changes from baseline",
    "without_clusters": "without cluster trials",
    "without_high_risk": "without trials judged at high risk of bias",
    "judged_not_high": "only trials judged for risk of bias, none high",
    "inactive_comparators": "inactive comparators (usual care, waiting list, attention)",
    "active_comparators": "active comparators",
    "core_peers": "only core peer workers: their own experience of mental ill-health known to those they help",
    "without_perinatal": "without trials around birth",
    "severe_mental_illness": "only trials of people with severe mental illness",
    "without_concern": "without trials of concern or retracted",
}
# How the other convention for zero cells pools the same events.
OTHER_CONVENTION = {"MH": "MH-REVMAN", "MH-DL": "MH-DL-REVMAN"}
SUBSETS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "without_residual_sd": lambda frame: ~has(frame["assumptions"], "residual_sd"),
    "direct_routes": lambda frame: ~has(frame["routes"], *INDIRECT_ROUTES),
    "without_changes": lambda frame: frame["change"].ne("yes"),
    "without_clusters": lambda frame: frame["design"].ne("cluster"),
    "without_high_risk": lambda frame: frame["rob"].ne("high"),
    "judged_not_high": lambda frame: frame["rob"].isin(NOT_HIGH),
    "inactive_comparators": lambda frame: frame["comparator_type"].isin(INACTIVE_COMPARATORS),
    "active_comparators": lambda frame: frame["comparator_type"].eq("active"),
}


TIMES = {"closest_6": "closest:6", "closest_12": "closest:12"}
# By what the trials are like, which the effects do not hold.
OF_TRIALS: dict[str, Callable[[pd.DataFrame, Evidence], Any]] = {
    "core_peers": lambda frame, evidence: of_arms(frame, evidence, "peer_status", "").eq("core"),
    "without_perinatal": lambda frame, evidence: of_trials(frame, evidence, "population_group").ne("perinatal"),
    "severe_mental_illness": lambda frame, evidence: of_trials(frame, evidence, "population_group").eq(
        "severe_mental_illness"
    ),
    "without_concern": lambda frame, evidence: ~of_trials(frame, evidence, "integrity").isin(["concern", "retracted"]),
}


def _other_times(evidence: Evidence, effects: Effects) -> dict[str, Effects]:
    """Compute effects again at the time points that panels ask for, where that takes another result of any trial."""
    found: dict[str, Effects] = {}
    for code, timepoint in TIMES.items():
        if effects.timepoint != timepoint:
            other = compute_effects(evidence, effects.outcome, **effects.settings | {"timepoint": timepoint})
            if not any(is_same(other, known) for known in (effects, *found.values())):
                found[code] = other
    return found


def of_trials(frame: pd.DataFrame, evidence: Evidence, column: str) -> pd.Series:
    """Return what a column of the trials says of each effect; empty where it says nothing."""
    return frame["trial"].map(evidence.trials.set_index("trial")[column]).fillna("")


def of_arms(frame: pd.DataFrame, evidence: Evidence, column: str, unknown: str | float) -> pd.Series:
    """Return what a column of the arms says of each effect's intervention arm."""
    arms = evidence.arms.set_index(["trial", "arm"])[column]
    found = arms.reindex(pd.MultiIndex.from_frame(frame[["trial", "intervention_arm"]])).fillna(unknown)
    return found.set_axis(frame.index)


def _models(method: str, ci: str) -> dict[str, dict[str, str]]:
    """Return the other models by code; the equal-effects one has no spread for a Knapp-Hartung factor to estimate."""
    if is_of_events(method):
        return {code: {"method": code, "ci": None} for code in ("REML", "DL", "PM")} | {
            "EE": {"method": "EE", "ci": "wald"}
        }
    methods = {"REML": {}, "DL": {}, "PM": {}, "EE": {"ci": "wald"}}
    others = {code: {"method": code} | own for code, own in methods.items() if code != method}
    return others | {code: {"ci": code} for code in ("knapp-hartung-floor", "knapp-hartung", "wald") if code != ci}


def _pools_of_events(effects: Effects, method: str, level: float) -> dict[str, dict[str, Any]]:
    """Return the other pools of events by code, where any effect comes from counts."""
    if not effects.frame[TABLE].notna().all(axis=1).any():
        return {}
    other = [OTHER_CONVENTION[method]] if method in OTHER_CONVENTION else []
    fitting = (code for code in ("MH", "MH-DL", "PETO", *other) if effects.measure in POOLS[code] and code != method)
    return {code: {"method": code, "ci": None, "level": level} for code in fitting}


def _choice(code: str, effects: Effects, options: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "choice": CHOICES[code]} | numbers_or_note(effects, options)


def numbers_or_note(effects: Effects, options: dict[str, Any]) -> dict[str, Any]:
    """Return a pool's numbers, or why there is none."""
    try:
        pooled: PooledEffect = pool(effects, **options)
    except NotEstimableError as error:
        nothing = dict.fromkeys(NUMBERS, np.nan) | {"k": 0}
        return nothing | {"note": NO_TRIAL if effects.frame.empty else str(error)}
    return {name: getattr(pooled, name) for name in NUMBERS} | {"note": ""}
