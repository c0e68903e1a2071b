"""The whole answer at once: every outcome's finding, and what they say together on fidelity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthesis.answers.coverage import all_effects
from synthesis.answers.fidelity import FidelityScores, score_fidelity
from synthesis.answers.fidelity_slope import DEFAULT_PERMUTATIONS, DEFAULT_SEED, FidelitySlope, fidelity_slope
from synthesis.answers.pooling import PooledEffect, pool
from synthesis.answers.statements import SMALLEST_POOL, OutcomeFinding, counted, describe_outcome, slope_unit
from synthesis.effects import Effects, compute_effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
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
        slope_names = ("k", "slope", "ci_lb", "ci_ub", "pval_permutation", "detectable_slope", "descriptive")
        rows = []
        for answer in self.answers.values():
            row = answer.pooled.to_dict() | {"trials": answer.finding.trials, "label": answer.finding.outcome_label}
            if answer.slope is not None:
                row |= {f"fidelity_{name}": getattr(answer.slope, name) for name in slope_names}
            rows.append(row)
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return what is said in sentences, and the numbers behind them."""
        return {
            "headline": self.headline(),
            "fidelity": self.fidelity(),
            "limits": self.limits(),
            "findings": [answer.finding.to_dict() for answer in self.answers.values()],
            "numbers": self.to_frame().to_dict("records"),
            "too_few": {name: effects.outcome_label for name, effects in self.too_few.items()},
        }

    def sentences(self) -> dict[str, list[str]]:
        """Return what the report's first page says: headline, fidelity, limits."""
        return {"headline": self.headline(), "fidelity": self.fidelity(), "limits": self.limits()}

    def headline(self) -> list[str]:
        """Say in a few sentences what the trials found."""
        trials = self.evidence.trials
        people, years = trials["n_randomised"].sum(), trials["year"]
        span = f"{years.min():.0f} to {years.max():.0f}"
        who = f"{counted(len(trials), 'randomised trial')} with {people:,.0f} people, {span}."
        if not self.answers:
            return [who, "No outcome has the three trials that a pooled statement needs."]
        return [who, *self._average_effects(), *self._elsewhere()]

    def fidelity(self) -> list[str]:
        """Say whether fidelity explains why trials differ."""
        tested = {name: a.slope for name, a in self.answers.items() if a.slope is not None and not a.slope.descriptive}
        if not tested:
            return ["No outcome has the ten trials a test needs, so this cannot be answered yet.", *self._described()]
        labels = {name: self.answers[name].finding.outcome_label.lower() for name in tested}
        lead = f"Outcomes with the ten trials that a test needs: {_listed(list(labels.values()))}."
        found = [labels[name] for name, slope in tested.items() if slope.detected]
        if found:
            answer = (
                f"An association between fidelity and benefit was detected for {_listed(found)}, of {len(tested)} "
                "looked at. "
                "It is one between trials and cannot show a cause."
            )
        else:
            answer = (
                "No association between fidelity and benefit was detected. To be found four "
                f"times out of five it would have had to be at least {_detectable(list(tested.values()))} between none "
                "and all of the model, depending on the outcome. Smaller links are neither shown nor excluded."
            )
        return [lead, answer, *self._described()]

    def _described(self) -> list[str]:
        """Say how much of the model the reports describe; nothing where nobody coded."""
        coded = self.scores.arms[self.scores.arms["role"].eq("intervention")]
        if coded.empty:
            return []
        share = coded["reported"].sum() / coded["components"].sum()
        return [
            (
                f"The reports describe {share:.0%} of the model's core components; the rest is silence, which counts "
                "as "
                "missing and not as absent."
            )
        ]

    def limits(self) -> list[str]:
        """Say what these data cannot tell, as far as the data themselves show it."""
        said = ["Nobody has rated the certainty of this evidence (GRADE) yet."]
        flow = self.evidence.search_flow
        if flow.loc[flow["data"].eq("database_results"), "n"].eq(0).any():
            said.append("The trials were not found through a systematic search of databases; trials may be missing.")
        brief = self.evidence.outcomes["source"].str.contains("abstract|database|registry", case=False).mean()
        if brief > 0:
            said.append(
                f"{brief:.0%} of the results were read from abstracts, registries or a database, not from a full paper."
            )
        said.append(
            "What is called fidelity is coded from published descriptions: it is that of the described intervention, "
            "not of "
            "what was delivered."
        )
        said.append(
            "Links between fidelity and effects come from comparing trials with one another. Trials differ in many "
            "ways at "
            "once, so such a link can never be more than weak evidence that fidelity is the reason."
        )
        return said

    def _average_effects(self) -> list[str]:
        favours, against, left_open = [], [], []
        for answer in self.answers.values():
            turn = 1 if answer.effects.better == "higher" else -1
            low, high = sorted((turn * answer.pooled.ci_lb, turn * answer.pooled.ci_ub))
            group = favours if low > 0 else against if high < 0 else left_open
            group.append(answer.finding.outcome_label.lower())
        total = counted(len(self.answers), "outcome")
        said = [f"{_capital(total)} can be pooled from at least three trials."]
        if favours:
            said.append(f"On average the effect favours peer support for {_listed(favours)}.")
        if against:
            said.append(f"On average the effect favours the comparison for {_listed(against)}.")
        if left_open:
            said.append(
                f"For {_listed(left_open)} the average is left open: the interval holds both sides, which does not "
                "mean that "
                "there is no effect."
            )
        return said

    def _elsewhere(self) -> list[str]:
        intervals = [answer.pooled for answer in self.answers.values() if answer.pooled.pi_lb == answer.pooled.pi_lb]
        if not intervals:
            return []
        both = sum(pooled.pi_lb < 0 < pooled.pi_ub for pooled in intervals)
        return [
            (
                f"For {both} of {len(intervals)} the prediction interval, where the true effect in one more setting is "
                "expected, holds effects on either side."
            )
        ]

    def __str__(self) -> str:
        return " ".join([*self.headline(), *self.fidelity()])


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
    effects = {name: compute_effects(evidence, name) for name in outcomes} if outcomes else all_effects(evidence)
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
    slope, reason = None, ""
    try:
        slope = fidelity_slope(effects, scores, permutations=permutations, seed=seed, **pool_options)
    except NotEstimableError as error:
        reason = str(error)
    finding = describe_outcome(effects, pooled, slope or reason, as_printed=as_printed)
    return OutcomeAnswer(effects=effects, pooled=pooled, slope=slope, finding=finding)


def _detectable(slopes: list[FidelitySlope]) -> str:
    """Give the range of detectable slopes, each unit apart."""
    by_unit: dict[str, list[float]] = {}
    for slope in slopes:
        by_unit.setdefault(slope_unit(slope), []).append(slope.detectable_slope)
    parts = [
        f"{min(found):.2f} {unit}" if len(found) == 1 else f"{min(found):.2f} to {max(found):.2f} {unit}"
        for unit, found in by_unit.items()
    ]
    return " or ".join(parts)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
