"""What is rated: one pool of one outcome with its threshold and risk, gathered once and handed to every rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.grading.absolute import Baseline, baselines_of, is_rare
from synthesis.answers.grading.rules import number_of
from synthesis.answers.grading.threshold import NO_RISK, OnScale, Threshold, on_scale, threshold_of
from synthesis.answers.pooling import PooledEffect, pool
from synthesis.answers.sensitivity import OF_TRIALS, SUBSETS
from synthesis.answers.verdicts import is_enough
from synthesis.choices import METHOD, CiMethod, PoolMethod, chosen
from synthesis.effects import Effects, compute_effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.certainty import GRADE_POOLS

# Ratios of events, whose absolute effects rest on risk differences where the events are rare.
OF_EVENTS = ("RR", "OR", "PETO")
TOO_FEW = "Fewer than three trials can be pooled, so no pooled effect is given in words."


@dataclass(frozen=True, eq=False)
class PoolFacts:
    """One pool of one outcome, as it is rated.

    Attributes
    ----------
    evidence : Evidence
    effects : Effects
        Those of the pool.
    pool : str
        Code of `GRADE_POOLS`; empty for the outcome's own pool.
    pooled : PooledEffect or None
        None where nothing can be pooled.
    threshold : Threshold or None
    baselines : tuple of Baseline
        Risks without the intervention, the one to lead with first.
    scaled : OnScale or None
        The pooled effect on the threshold's scale.
    missing : str
        Why the pooled effect is not set against a threshold; empty where it is.
    differences : PooledEffect or None
        The pooled risk differences, where events are so rare that absolute effects rest on them.
    """

    evidence: Evidence
    effects: Effects
    pool: str
    pooled: PooledEffect | None
    threshold: Threshold | None
    baselines: tuple[Baseline, ...]
    scaled: OnScale | None
    missing: str
    differences: PooledEffect | None = None

    @property
    def outcome(self) -> str:
        """Key of the outcome."""
        return self.effects.outcome

    @property
    def is_enough(self) -> bool:
        """Whether there are trials enough for a pooled statement."""
        return self.pooled is not None and is_enough(self.effects)

    @property
    def of_risks(self) -> PooledEffect | None:
        """The pool that absolute effects rest on."""
        return self.pooled if self.differences is None else self.differences

    @property
    def frame(self) -> pd.DataFrame:
        """The effects that were pooled, with their `weight` in percent."""
        if self.pooled is None:
            return self.effects.frame.assign(weight=np.nan)
        return self.pooled.effects.frame.assign(weight=self.pooled.weights)

    def scaled_trials(self) -> list[OnScale]:
        """Return each trial's effect with its interval on the threshold's scale; empty where there is none."""
        if self.pooled is None or self.threshold is None or self.scaled is None:
            return []
        measure, scale = self.pooled.measure, self.threshold.scale
        baseline = self.baselines[0] if self.baselines else None
        rows = np.column_stack([self.frame["yi"].to_numpy(float), self.pooled.trial_intervals()])
        return [found for row in rows if (found := on_scale(measure, scale, tuple(row), baseline)) is not None]

    def to_dict(self) -> dict[str, Any]:
        """Return what is rated, as plain values."""
        scaled = self.scaled
        return {
            "outcome": self.outcome,
            "pool": self.pool,
            "measure": self.effects.measure,
            "k": 0 if self.pooled is None else self.pooled.k,
            "trials": self.effects.n_trials,
            "threshold": None if self.threshold is None else vars(self.threshold),
            "on_scale": None if scaled is None else vars(scaled),
            "missing": self.missing,
        }


def gather_facts(
    evidence: Evidence,
    outcome: str,
    *,
    pool_name: str = "",
    effects: Effects | None = None,
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = 0.95,
) -> PoolFacts:
    """Gather what is rated.

    Parameters
    ----------
    evidence : Evidence
    outcome : str
        By key or label.
    pool_name : str
        Code of `GRADE_POOLS`; empty for the outcome's own pool.
    effects : Effects, optional
        The outcome's effects, where they are at hand.
    method, ci, level
        As `pool` takes them.

    Raises
    ------
    ChoiceError
        For an outcome or pool that does not exist.
    """
    found = compute_effects(evidence, outcome) if effects is None else effects
    code = chosen("pool", pool_name, GRADE_POOLS) if pool_name else ""
    if code:
        found = found.subset(_belongs(found, evidence, code))
    try:
        pooled = pool(found, method=method, ci=ci, level=level)
    except NotEstimableError:
        pooled = None
    threshold, missing = threshold_of(evidence, found)
    baselines = baselines_of(evidence, found)
    if pooled is None or not is_enough(found):
        return PoolFacts(evidence, found, code, pooled, threshold, baselines, None, TOO_FEW)
    differences = _rare_differences(evidence, found, code, level)
    scaled, source = None, differences or pooled
    if threshold is not None:
        values = (source.estimate, source.ci_lb, source.ci_ub)
        scaled = on_scale(source.measure, threshold.scale, values, baselines[0] if baselines else None)
        missing = NO_RISK if scaled is None else ""
    return PoolFacts(evidence, found, code, pooled, threshold, baselines, scaled, missing, differences)


def _rare_differences(evidence: Evidence, effects: Effects, code: str, level: float) -> PooledEffect | None:
    """Pool the risk differences of an outcome whose events are rare; None for others and where that is not possible."""
    if effects.measure not in OF_EVENTS or not is_rare(effects, number_of("rare")):
        return None
    others = compute_effects(evidence, effects.outcome, **effects.settings | {"measure": "RD"})
    others = others.subset(_belongs(others, evidence, code)) if code else others
    return pool(others, level=level) if is_enough(others) else None


def _belongs(effects: Effects, evidence: Evidence, code: str) -> pd.Series:
    """Say which effects belong to a named part of the pool."""
    if code == "usual_care":
        return effects.frame["comparator_type"].eq("usual_care")
    if code in SUBSETS:
        return pd.Series(SUBSETS[code](effects.frame), effects.frame.index)
    keep = OF_TRIALS[code](effects.frame, evidence)
    return pd.Series(keep.to_numpy(), effects.frame.index)
