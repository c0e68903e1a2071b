"""The whole answer at once: every outcome's finding, and what they say together on fidelity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.coverage import all_effects
from synthesis.effects import Effects, compute_effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.fidelity import FidelityScores, score_fidelity
from synthesis.findings import SMALLEST_POOL, OutcomeFinding, counted, describe_outcome
from synthesis.moderation import DEFAULT_PERMUTATIONS, DEFAULT_SEED, FidelitySlope, fidelity_slope
from synthesis.pooling import PooledEffect, pool
from synthesis.results import Result


@dataclass(frozen=True, eq=False)
class OutcomeAnswer:
    """One outcome's effects, pool and fidelity slope, where they exist, and the finding in words."""

    effects: Effects
    pooled: PooledEffect | None
    slope: FidelitySlope | None
    finding: OutcomeFinding


@dataclass(frozen=True, eq=False)
class Overview(Result):
    """Every outcome's answer.

    Attributes
    ----------
    answers : dict of OutcomeAnswer
        Outcomes with at least three trials to pool, in the codebook's order.
    too_few : dict of Effects
        Outcomes that were measured and have fewer.
    evidence : Evidence
    scores : FidelityScores
    """

    answers: dict[str, OutcomeAnswer]
    too_few: dict[str, Effects]
    evidence: Evidence
    scores: FidelityScores

    def to_frame(self) -> pd.DataFrame:
        """Return one row an outcome: the pool's numbers and the slope's."""
        rows = []
        for name, answer in self.answers.items():
            row: dict[str, Any] = {
                "outcome": name,
                "label": answer.finding.outcome_label,
                "trials": answer.finding.trials,
            }
            row |= {key: value for key, value in answer.pooled.to_dict().items() if key not in ("trials", "outcome")}
            if answer.slope is not None:
                row |= {
                    f"fidelity_{key}": getattr(answer.slope, key)
                    for key in ("k", "slope", "ci_lb", "ci_ub", "pval_permutation", "descriptive")
                }
            rows.append(row)
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the headline, every finding in words and the numbers behind them."""
        return {
            "headline": self.headline(),
            "findings": [answer.finding.to_dict() for answer in self.answers.values()],
            "numbers": self.to_frame().to_dict("records"),
            "too_few": {name: effects.outcome_label for name, effects in self.too_few.items()},
        }

    def headline(self) -> list[str]:
        """Say in a few sentences what all of it amounts to."""
        return [_trials_sentence(self.evidence), _effects_sentence(self), _fidelity_sentence(self), CERTAINTY]

    def __str__(self) -> str:
        return " ".join(self.headline())


CERTAINTY = (
    "How sure: nobody has rated the certainty of this evidence (GRADE) yet. Most numbers were read from abstracts, registries and "
    "another review's open database rather than from full papers, the components were coded from published descriptions with the "
    "help of a machine, and links between fidelity and effects come from comparing trials with one another, which caps what they "
    "can show."
)


def summarise(
    evidence: Evidence,
    *,
    outcomes: list[str] | None = None,
    permutations: int = DEFAULT_PERMUTATIONS,
    seed: int = DEFAULT_SEED,
    **pool_options: Any,
) -> Overview:
    """Answer every outcome with at least three trials to pool.

    Parameters
    ----------
    evidence : Evidence
    outcomes : list of str, optional
        Only these.
    permutations, seed
        As `fidelity_slope` takes them.
    **pool_options
        As `pool` takes them: method, ci, level.
    """
    scores = score_fidelity(evidence)
    effects = all_effects(evidence)
    if outcomes:
        effects = {name: effects.get(name) or compute_effects(evidence, name) for name in outcomes}
    enough = {name: found for name, found in effects.items() if found.frame["trial"].nunique() >= SMALLEST_POOL}
    answers = {
        name: answer_outcome(evidence, found, scores, permutations=permutations, seed=seed, **pool_options)
        for name, found in enough.items()
    }
    too_few = {name: found for name, found in effects.items() if name not in enough}
    return Overview(answers=answers, too_few=too_few, evidence=evidence, scores=scores)


def answer_outcome(
    evidence: Evidence,
    effects: Effects,
    scores: FidelityScores,
    *,
    permutations: int = DEFAULT_PERMUTATIONS,
    seed: int = DEFAULT_SEED,
    **pool_options: Any,
) -> OutcomeAnswer:
    """Pool one outcome, regress it on fidelity and say both in words."""
    printed = compute_effects(
        evidence, effects.outcome, measure=effects.measure, timepoint=effects.timepoint, as_printed=True
    )
    pooled = pool(effects, **pool_options) if len(effects.frame) else None
    as_printed = pool(printed, **pool_options) if len(printed.frame) else None
    try:
        slope = fidelity_slope(effects, scores, permutations=permutations, seed=seed, **pool_options)
        reason = ""
    except NotEstimableError as error:
        slope, reason = None, str(error)
    finding = describe_outcome(effects, pooled, slope or reason, as_printed=as_printed)
    return OutcomeAnswer(effects=effects, pooled=pooled, slope=slope, finding=finding)


def _trials_sentence(evidence: Evidence) -> str:
    people = evidence.trials["n_randomised"].sum()
    years = evidence.trials["year"]
    return f"{counted(len(evidence.trials), 'randomised trial')} with {people:,.0f} people, {years.min():.0f} to {years.max():.0f}."


def _effects_sentence(overview: Overview) -> str:
    favours, open_, against = [], [], []
    for answer in overview.answers.values():
        turn = 1 if answer.effects.better == "higher" else -1
        low, high = sorted((turn * answer.pooled.ci_lb, turn * answer.pooled.ci_ub))
        (favours if low > 0 else against if high < 0 else open_).append(answer.finding.outcome_label.lower())
    total = counted(len(overview.answers), "outcome")
    parts = [f"Of {total} that at least three trials let us pool,"]
    parts.append(
        f"the average effect favours peer support in {len(favours)} ({', '.join(favours)})"
        if favours
        else "none favours peer support on average"
    )
    if against:
        parts.append(f"and the comparison in {len(against)} ({', '.join(against)})")
    if open_:
        parts.append(f"and is left open in {len(open_)} ({', '.join(open_)})")
    return " ".join(parts) + ". Left open means that the interval holds both sides, not that there is no effect."


def _fidelity_sentence(overview: Overview) -> str:
    slopes = {name: a.slope for name, a in overview.answers.items() if a.slope is not None and not a.slope.descriptive}
    if not slopes:
        return "Does fidelity explain why trials differ? No outcome has the ten trials a test needs, so this cannot be answered yet."
    found = [
        overview.answers[name].finding.outcome_label.lower() for name, s in slopes.items() if s.ci_lb > 0 or s.ci_ub < 0
    ]
    smallest = min(slope.detectable_slope for slope in slopes.values())
    share = overview.scores.arms.loc[overview.scores.arms["role"].eq("intervention"), ["reported", "components"]].sum()
    lead = (
        "Does fidelity to the change model explain why trials differ? "
        f"{counted(len(slopes), 'outcome')} {'has' if len(slopes) == 1 else 'have'} the ten trials a test needs. "
    )
    if found:
        answer = (
            f"An association was detected for {', '.join(found)}; it is one between trials and cannot show a cause."
        )
    else:
        answer = (
            "No association was detected, but none can be ruled out either: with these trials only slopes of "
            f"{smallest:.2f} or more from none to all of the model would have been found four times out of five."
        )
    return f"{lead}{answer} Reports describe only {100 * share['reported'] / share['components']:.0f}% of the model's core components."


def overview_table(overview: Overview) -> pd.DataFrame:
    """Show every answered outcome in a row: trials, people, effect, intervals, fidelity slope."""
    rows = []
    for answer in overview.answers.values():
        finding, slope = answer.finding, answer.slope
        rows.append(
            {
                "Outcome": finding.outcome_label,
                "Better": answer.effects.better,
                "Trials": str(finding.trials),
                "People": f"{finding.n:,.0f}",
                "Measure": finding.measure,
                "Effect": finding.effect,
                "95% CI"
                if np.isclose(answer.pooled.level, 0.95)
                else f"{answer.pooled.level:.0%} CI": finding.interval,
                "Prediction interval": finding.prediction,
                "I2": f"{answer.pooled.I2:.0f}%",
                "Fidelity slope": ""
                if slope is None
                else f"{slope.slope:+.2f} ({slope.ci_lb:.2f} to {slope.ci_ub:.2f})",
                "Trials enough to test": "" if slope is None else ("no" if slope.descriptive else "yes"),
            }
        )
    return pd.DataFrame(rows)


def too_few_table(overview: Overview) -> pd.DataFrame:
    """Show the outcomes that were measured and cannot be pooled: how many trials, and what they said."""
    ways = {
        "favours_intervention": "favours peer support",
        "no_difference": "no difference",
        "favours_comparator": "favours comparison",
    }
    rows = []
    for effects in overview.too_few.values():
        pooled = set(effects.frame["trial"])
        others = effects.left_out[~effects.left_out["trial"].isin(pooled)].drop_duplicates("trial")
        directions = others["reported_direction"].map(ways).fillna("not stated").value_counts()
        rows.append(
            {
                "Outcome": effects.outcome_label,
                "Trials that measured it": str(len(pooled) + len(others)),
                "With usable numbers": str(len(pooled)),
                "Direction of the others, as reported": ", ".join(f"{n} {way}" for way, n in directions.items()),
            }
        )
    return pd.DataFrame(rows)
