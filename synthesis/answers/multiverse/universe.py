"""One universe of a multiverse, fitted again from the evidence by the functions that everybody calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.joint import Joint, fit_joint, gather_effects, known_in
from synthesis.answers.multiverse.data import COMPARISON, keep
from synthesis.answers.multiverse.grid import BAYES, settings_of
from synthesis.answers.multiverse.plan import Plan
from synthesis.answers.pooling import PooledEffect, pool
from synthesis.answers.regression import MetaRegression, meta_regression
from synthesis.effects import Effects, compute_effects
from synthesis.effects.many import least_preferred_first
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.statistics.bayes import BayesFit, bayes_pool
from synthesis.wording import bracketed, number

SCORE = "score_here"


@dataclass(frozen=True, eq=False)
class Universe(Result):
    """One specification and its answer.

    Attributes
    ----------
    specification : dict of str to str
        The level of every choice.
    answer : PooledEffect, MetaRegression, Joint or BayesFit
        As the function gives it that fits one.
    estimate, se, ci_lb, ci_ub, tau2 : float
        On the analysis scale; of a slope, change in benefit.
    k, trials : int

    Examples
    --------
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> universe = space.at(1)
    >>> print(universe)
    +0.21, CI [0.12, 0.29], k = 17
    """

    specification: dict[str, str]
    answer: PooledEffect | MetaRegression | Joint | BayesFit
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    tau2: float
    k: int
    trials: int

    def to_frame(self) -> pd.DataFrame:
        """Return the levels and the numbers as one row."""
        return pd.DataFrame([self.to_dict()])

    def to_dict(self) -> dict[str, Any]:
        """Return the levels and the numbers."""
        names = "estimate se ci_lb ci_ub tau2 k trials".split()
        return dict(self.specification) | {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return f"{number(self.estimate, signed=True)}, CI {bracketed(self.ci_lb, self.ci_ub)}, k = {self.k}"


def universe_of(
    plan: Plan, chosen: Mapping[str, str], evidence: Evidence, comparisons: pd.DataFrame, scores: np.ndarray | None
) -> Universe:
    """Fit one specification.

    Parameters
    ----------
    plan : Plan
    chosen : mapping of str to str
        The level of every choice.
    evidence : Evidence
    comparisons : pandas.DataFrame
        Those of the plan.
    scores : numpy.ndarray, shape (n,), or None
        What each comparison is scored; None for a pool.

    Raises
    ------
    NotEstimableError
        As the functions raise it that fit one.
    """
    if plan.target == "joint":
        return _of_joint(plan, chosen, evidence, comparisons, scores)
    effects = _effects(evidence, plan.outcome, plan.measure, plan, chosen)
    if scores is None:
        return _of_pool(plan, chosen, effects)
    scored = effects.with_moderators(_moderators(comparisons, scores))
    known = scored.subset(scored.frame[[SCORE, "benefit"]].notna().all(axis=1))
    if chosen["estimator"] in BAYES:
        frame = known.frame
        arrays = (frame[name].to_numpy(float) for name in ("benefit", "vi", SCORE))
        return _of_bayes(plan, chosen, bayes_pool(*arrays, **_prior(chosen), level=plan.level), known.n_trials)
    own = {"method": chosen["estimator"], "ci": chosen["interval"], "level": plan.level}
    fit = meta_regression(known, moderators=[SCORE], **own)  # type: ignore[arg-type]
    slope = fit.coefficients.iloc[1]
    numbers = (float(slope[name]) for name in ("estimate", "se", "ci_lb", "ci_ub"))
    return Universe(dict(chosen), fit, *numbers, tau2=fit.tau2, k=fit.k, trials=known.n_trials)


def _effects(evidence: Evidence, outcome: str, measure: str, plan: Plan, chosen: Mapping[str, str]) -> Effects:
    settings = settings_of(chosen)
    root = least_preferred_first(evidence) if settings.pop("instruments") == "last" else evidence
    effects = compute_effects(root, outcome, measure=measure, **settings)
    kept = np.ones(len(effects.frame), bool)
    for name in plan.which:
        kept &= keep(effects.frame, evidence, name, chosen[name])
    return effects.subset(pd.Series(kept, effects.frame.index, dtype=bool))


def _of_pool(plan: Plan, chosen: Mapping[str, str], effects: Effects) -> Universe:
    if chosen["estimator"] in BAYES:
        arrays = (effects.frame[name].to_numpy(float) for name in ("yi", "vi"))
        return _of_bayes(plan, chosen, bayes_pool(*arrays, **_prior(chosen), level=plan.level), effects.n_trials)
    found = pool(effects, method=chosen["estimator"], ci=chosen["interval"], level=plan.level)  # type: ignore[arg-type]
    numbers = (getattr(found, name) for name in ("estimate", "se", "ci_lb", "ci_ub", "tau2", "k"))
    return Universe(dict(chosen), found, *numbers, trials=found.effects.n_trials)


def _of_bayes(plan: Plan, chosen: Mapping[str, str], fit: BayesFit, trials: int) -> Universe:
    numbers = {"estimate": fit.estimate, "se": fit.sd, "ci_lb": fit.ci_lb, "ci_ub": fit.ci_ub, "tau2": np.nan}
    return Universe(dict(chosen), fit, **numbers, k=fit.k, trials=trials)


def _prior(chosen: Mapping[str, str]) -> dict[str, Any]:
    return {"tau_prior": ("half-normal", BAYES[chosen["estimator"]])}


def _moderators(comparisons: pd.DataFrame, scores: np.ndarray) -> pd.DataFrame:
    keys = COMPARISON[1:]
    return comparisons.assign(**{SCORE: scores})[[*keys, SCORE]].drop_duplicates(keys)


def _of_joint(
    plan: Plan, chosen: Mapping[str, str], evidence: Evidence, comparisons: pd.DataFrame, scores: np.ndarray | None
) -> Universe:
    outcomes = plan.outcome.split(", ")
    effects = {outcome: _effects(evidence, outcome, plan.measure, plan, chosen) for outcome in outcomes}
    frame = gather_effects(evidence, effects=effects)
    assert scores is not None
    found = frame.merge(_moderators(comparisons, scores), on=COMPARISON[1:], how="left")
    given = known_in(found.assign(fidelity=found[SCORE], calibrated=found[SCORE]), ("fidelity",), "calibrated")
    fit = fit_joint(given, "fidelity", score="calibrated", rho=float(chosen["rho"]), level=plan.level, permutations=1)
    numbers = (fit.slope, max(fit.se, fit.se_model), *fit.wider, fit.tau2)
    return Universe(dict(chosen), fit, *numbers, k=fit.k, trials=fit.trials)
