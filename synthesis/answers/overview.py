"""The whole answer at once: every outcome's finding, and what they say together on fidelity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthesis.answers.coverage import all_effects
from synthesis.answers.fidelity import FidelityScores, score_fidelity
from synthesis.answers.fidelity_slope import FidelitySlope, fidelity_slope
from synthesis.answers.fidelity_statement import describe_both, slope_unit
from synthesis.answers.grading.grade import is_rated
from synthesis.answers.harms import describe_harms
from synthesis.answers.hypotheses import HypothesesTested, declared_hypotheses, is_exploratory, run_hypotheses
from synthesis.answers.plain import Average, plain_answer
from synthesis.answers.pooling import PooledEffect, pool
from synthesis.answers.review import describe_search, is_coded
from synthesis.answers.robustness import Robustness, robustness
from synthesis.answers.sensitivity import compare_choices
from synthesis.answers.statements import OutcomeFinding, describe_outcome
from synthesis.answers.studied import (
    describe_bias,
    describe_instruments,
    describe_most,
    describe_peers,
    describe_people,
)
from synthesis.answers.verdicts import Side, favours, is_enough
from synthesis.choices import (
    ICC,
    LEVEL,
    METHOD,
    PERMUTATIONS,
    SCORE,
    SEED,
    CiMethod,
    PoolMethod,
    is_of_events,
    pool_choices,
)
from synthesis.effects import Effects, compute_effects
from synthesis.effects.counted import with_tables
from synthesis.effects.kept import content_about
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.kept import kept
from synthesis.results import Result
from synthesis.wording import count, listed, lower_first, number, percent, upper_first, years

# --- What the trials found -------------------------------------------------------------------------------------------
WHO = "{trials} with {people}, {years}."
NOTHING_TO_POOL = "No outcome has the three trials that a pooled statement needs."
POOLED = "{outcomes} can be pooled from at least three trials."
BY_SIDE = {
    Side.PEER: "On average the effect favours {intervention} for {outcomes}.",
    Side.OTHER: "On average the effect favours {comparator} for {outcomes}.",
    Side.OPEN: (
        "For {outcomes} the average is left open: the interval holds both sides, which does not mean that there is no "
        "effect."
    ),
    Side.UNSETTLED: "For {outcomes} it is not settled which direction is better, so no side is named.",
}
FRAGILE = (
    "Of these, {outcomes} would say otherwise under some other choice that can be defended; each outcome below says "
    "under which. The averages are not corrected for their number."
)
ELSEWHERE = (
    "For {both} of {k} the prediction interval, where the true effect in one more setting is expected, holds effects "
    "on either side{at_most}."
)
AT_MOST = "; for {others} it does at the largest heterogeneity that the trials allow"

# --- Whether fidelity explains it ------------------------------------------------------------------------------------
NO_SLOPE = "Whether fidelity explains the differences was not asked: {method} pools events and takes no moderators."
CANNOT_ANSWER = "No outcome has the ten trials a test needs, so this cannot be answered yet."
TESTED = "Outcomes with the ten trials that a test needs: {outcomes}."
DETECTED = (
    "An association between fidelity and benefit was detected for {outcomes}, of {tested} looked at. It is one between "
    "trials and cannot show a cause."
)
NOT_DETECTED = (
    "No association between fidelity and benefit was detected. To be found four times out of five, the benefit would "
    "have had to change by at least {detectable} from the least to the most faithful trial, depending on the outcome. "
    "Smaller links are neither shown nor ruled out."
)
DECLARED = "{n} were written down on {when}"
SEEN = ": {note}."
AMENDED = (
    " {n} followed on {when}, listed with the reason of each; the first plan's verdict stands beside the amended one."
)
NO_PROTOCOL = " No registered protocol is on file here."
SCORES = (
    "Scores run from 0 to 1. That of the first plan, as described, is the mean of the components that a trial's "
    "reports describe; the amended, calibrated one gives a component that a trial's reports do not mention the mean "
    "rating of like arms whose reports do."
)
NOT_DECLARED = "Nobody had declared to look at {outcomes}, so what is found there is exploratory."
DESCRIBED = (
    "The reports describe {share} of the model's core components; the rest is silence, which counts as missing and not "
    "as absent."
)

# --- What these trials cannot tell -----------------------------------------------------------------------------------
NOT_RATED = "Nobody has rated the certainty of this evidence (GRADE) yet."
NOBODY_SIGNED = "Nobody has signed this report: no one who rates or decides is named, with role and interests."
RATED = "How certain the evidence is was rated by people (GRADE); the summary of findings says for which outcomes."
AS_DESCRIBED = (
    "What is called fidelity is coded from published descriptions: it is that of the described intervention, not of "
    "what was delivered."
)
BETWEEN_TRIALS = (
    "Links between fidelity and effects come from comparing trials with one another. Trials differ in many ways at "
    "once, so such a link can never be more than weak evidence that fidelity is the reason."
)


@dataclass(frozen=True, eq=False)
class OutcomeAnswer:
    """One outcome's effects, pool and fidelity slope, where they exist, and the finding in words.

    Attributes
    ----------
    effects, as_printed : Effects
        As decided, and as printed.
    pooled : PooledEffect or None
    slope, calibrated : FidelitySlope or None
        On the score of the first plan, and on the calibrated one.
    finding : OutcomeFinding
    robust : Robustness or None
        How far the average hangs on choices.
    """

    effects: Effects
    as_printed: Effects
    pooled: PooledEffect | None
    slope: FidelitySlope | None
    calibrated: FidelitySlope | None
    finding: OutcomeFinding
    robust: Robustness | None = None


@dataclass(frozen=True, eq=False)
class Overview(Result):
    """Every outcome's answer.

    Attributes
    ----------
    answers : dict of OutcomeAnswer
        Outcomes with at least three trials to pool, in the codebook's order.
    too_few : dict of Effects
        Outcomes that were measured and have fewer, or whose events give no pool.
    evidence : Evidence
    scores : FidelityScores
    hypotheses : HypothesesTested or None
        The primary ones and the rivals, where the review declared any.

    Examples
    --------
    >>> overview = summarise(evidence, outcomes=["recovery", "hope"], permutations=99)
    >>> overview.to_frame()[["outcome", "k", "estimate"]].round(2)
        outcome   k  estimate
    0  recovery  17      0.21
    1      hope   7      0.22
    """

    answers: dict[str, OutcomeAnswer]
    too_few: dict[str, Effects]
    evidence: Evidence
    scores: FidelityScores
    hypotheses: HypothesesTested | None = None

    @property
    def effects(self) -> dict[str, Effects]:
        """The effects of every outcome, answered or not."""
        return {name: answer.effects for name, answer in self.answers.items()} | dict(self.too_few)

    @property
    def pooled_trials(self) -> int:
        """Trials that enter at least one of the averages."""
        return len(self._pooled())

    def _pooled(self) -> set[str]:
        return {trial for answer in self.answers.values() for trial in answer.effects.frame["trial"]}

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
        return self.sentences() | {
            "findings": [answer.finding.to_dict() for answer in self.answers.values()],
            "numbers": self.to_frame().to_dict("records"),
            "too_few": {name: effects.outcome_label for name, effects in self.too_few.items()},
        }

    def sentences(self) -> dict[str, list[str]]:
        """Return what the report's first page says: the answer in plain words, headline, fidelity, limits."""
        return {
            "plain": self.plain(),
            "headline": self.headline(),
            "fidelity": self.fidelity(),
            "limits": self.limits(),
        }

    def plain(self) -> list[str]:
        """Say it all in plain words, a paragraph each."""
        averages = [
            Average(answer.finding.outcome_label, answer.pooled, answer.robust) for answer in self.answers.values()
        ]
        primary = [] if self.hypotheses is None else self.hypotheses.primary
        trials = self.evidence.trials
        return plain_answer(
            averages,
            self.evidence.codebook.review.names,
            trials=len(trials),
            people=trials["n_randomised"].sum(),
            pooled=self.pooled_trials,
            analysed=self._analysed(),
            verdicts=[part.verdict for own in primary for part in self.hypotheses.of(own.hypothesis)],
        )

    def _analysed(self) -> tuple[int, bool]:
        """Count the people behind the averages, each arm once at its largest; and say whether every size is known."""
        frames = [answer.effects.frame for answer in self.answers.values()]
        if not frames:
            return 0, True
        sides = ("intervention", "comparator")
        sizes = [
            frame[["trial", f"{side}_arm", f"n_{side}"]].set_axis(["trial", "arm", "n"], axis=1)
            for frame in frames
            for side in sides
        ]
        largest = pd.concat(sizes).groupby(["trial", "arm"])["n"].max()
        return int(largest.sum()), bool(largest.notna().all())

    def headline(self) -> list[str]:
        """Say in a few sentences what the trials found."""
        trials = self.evidence.trials
        who = WHO.format(
            trials=count(len(trials), "randomised trial"),
            people=count(trials["n_randomised"].sum(), "person", "people"),
            years=years(trials["year"].min(), trials["year"].max()),
        )
        return [who, *self._average_effects(), *self._elsewhere()] if self.answers else [who, NOTHING_TO_POOL]

    def fidelity(self) -> list[str]:
        """Say whether fidelity explains why trials differ; nothing where no arm is coded, which the lead says."""
        tested = {name: a.slope for name, a in self.answers.items() if a.slope is not None and not a.slope.descriptive}
        if not is_coded(self.evidence):
            return []
        if not tested:
            return [CANNOT_ANSWER, *self._described()]
        labels = {name: self.answers[name].finding.outcome_label.lower() for name in tested}
        if self.hypotheses is not None and self.hypotheses.primary:
            said = [*self.hypotheses.answer(), *self._exploratory(labels)]
            both = {own.tested_score for own in self.hypotheses.primary} >= {"described", "calibrated"}
            return [*said, *([SCORES] if both else []), *self._declared(), *self._described()]
        found = [labels[name] for name, slope in tested.items() if slope.detected]
        answer = (
            DETECTED.format(outcomes=listed(found), tested=len(tested))
            if found
            else NOT_DETECTED.format(detectable=_detectable(list(tested.values())))
        )
        return [TESTED.format(outcomes=listed(list(labels.values()))), answer, *self._described()]

    def limits(self) -> list[str]:
        """Say what these data cannot tell, as far as the data themselves show it."""
        coded = [AS_DESCRIBED, *filter(None, [self.evidence.codebook.review.coding]), BETWEEN_TRIALS]
        coded = coded if is_coded(self.evidence) else []
        harms = [" ".join(describe_harms(self.evidence)[:2])]
        rated = RATED if is_rated(self.evidence) else NOT_RATED
        pooled = self._pooled()
        people = describe_people(self.evidence, pooled)
        peers = describe_peers(self.evidence, pooled, self._robust())
        signed = [] if len(self.evidence.reviewers) else [NOBODY_SIGNED]
        bias = describe_bias([answer.robust for answer in self.answers.values()])
        return [rated, *signed, *describe_search(self.evidence), *people, *peers, *bias, *harms, *coded]

    def _robust(self) -> dict[str, Robustness | None]:
        """Return how the averages that favour a side hang on choices, by label."""
        return {
            answer.finding.outcome_label: answer.robust
            for answer in self.answers.values()
            if favours(*answer.pooled.benefit()[1:]) in (Side.PEER, Side.OTHER)
        }

    def _declared(self) -> list[str]:
        """Say when the hypotheses were written down, what had been seen by then, and what was amended."""
        rows = [own for own in declared_hypotheses(self.evidence.codebook) if own.role != "exploratory"]
        first, later = ([own for own in rows if own.is_amendment is amended] for amended in (False, True))
        if not first:
            return []
        days = {name: listed(sorted({own.declared for own in part})) for name, part in (("a", first), ("b", later))}
        said = DECLARED.format(n=upper_first(count(len(first), "hypothesis", "hypotheses")), when=days["a"])
        notes = {own.note.partition(". ")[0].rstrip(".") for own in first}
        said += SEEN.format(note=lower_first(notes.pop())) if len(notes) == 1 and notes != {""} else "."
        said += AMENDED.format(n=count(len(later), "amendment"), when=days["b"]) if later else ""
        return [said + NO_PROTOCOL]

    def _exploratory(self, labels: dict[str, str]) -> list[str]:
        """Name the outcomes that have the trials for a test and that nobody had declared to test."""
        others = [label for name, label in labels.items() if is_exploratory(self.evidence.codebook, name)]
        return [NOT_DECLARED.format(outcomes=listed(others))] if others else []

    def _described(self) -> list[str]:
        """Say how much of the model the reports describe; nothing where nobody coded."""
        coded = self.scores.arms[self.scores.arms["role"].eq("intervention")]
        if coded.empty:
            return []
        return [DESCRIBED.format(share=percent(100 * coded["reported"].sum() / coded["components"].sum()))]

    def _average_effects(self) -> list[str]:
        sides: dict[Side, list[str]] = {side: [] for side in BY_SIDE}
        for answer in self.answers.values():
            sides[favours(*answer.pooled.benefit()[1:])].append(answer.finding.outcome_label.lower())
        names = self.evidence.codebook.review.names._asdict()
        said = {side: BY_SIDE[side].format(outcomes=listed(own), **names) for side, own in sides.items() if own}
        fragile = [
            answer.finding.outcome_label.lower()
            for answer in self.answers.values()
            if favours(*answer.pooled.benefit()[1:]) in (Side.PEER, Side.OTHER) and answer.robust is not None
            if not answer.robust.table["same"].all()
        ]
        first = [said.pop(side) for side in (Side.PEER, Side.OTHER) if side in said]
        first += [FRAGILE.format(outcomes=listed(fragile))] if fragile else []
        said = [*first, *said.values()]
        return [POOLED.format(outcomes=upper_first(count(len(self.answers), "outcome"))), *said]

    def _elsewhere(self) -> list[str]:
        # Whether both sides are held does not depend on which of them is good.
        predicted = [answer.pooled.prediction for answer in self.answers.values()]
        known = [ends for ends in predicted if ends[0] == ends[0]]
        both = sum(favours(*ends) is Side.OPEN for ends in known)
        widest = [
            answer.pooled.prediction_at_most
            for answer in self.answers.values()
            if favours(*answer.pooled.prediction) not in (Side.OPEN, Side.UNSETTLED)
        ]
        others = sum(favours(*ends) is Side.OPEN for ends in widest)
        rest = len(known) - both
        named = f"the other {rest}" if others == rest else f"{others} of the other {rest}"
        at_most = AT_MOST.format(others=named) if others else ""
        return [ELSEWHERE.format(both=both, k=len(known), at_most=at_most)] if known else []

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each outcome with its pool and whom it favours."""
        findings = [answer.finding for answer in self.answers.values()]
        return pd.DataFrame(
            {
                "Outcome": [finding.outcome_label for finding in findings],
                "Trials": [finding.trials for finding in findings],
                "Measure": [finding.measure for finding in findings],
                "Effect (CI)": [f"{finding.effect} ({finding.interval})" for finding in findings],
                "The average": [finding.verdict for finding in findings],
            }
        )

    def __str__(self) -> str:
        return " ".join([*self.headline(), *self.fidelity()])


def summarise(
    evidence: Evidence,
    *,
    outcomes: Sequence[str] | None = None,
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    icc: float = ICC,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Overview:
    """Answer every outcome with at least three trials to pool.

    Parameters
    ----------
    evidence : Evidence
    outcomes : sequence of str, optional
        Only these, by key or label.
    method, ci, level
        As `pool` takes them.
    icc
        As `compute_effects` takes it.
    permutations, seed
        As `fidelity_slope` takes them.

    Returns
    -------
    Overview

    Examples
    --------
    >>> overview = summarise(evidence, outcomes=["recovery", "hope"], permutations=99)
    >>> print(overview.plain()[0])
    97 trials with 22,345 people were found. 20 of them gave numbers for the averages here, from
    4,410 people.
    """
    method, ci, level = pool_choices(method, ci, level)
    scores = score_fidelity(evidence)
    outcomes = [outcomes] if isinstance(outcomes, str) else outcomes
    found = [compute_effects(evidence, name, icc=icc) for name in outcomes] if outcomes else None
    effects = all_effects(evidence, icc=icc) if found is None else {own.outcome: own for own in found}
    if is_of_events(method):
        effects = {name: with_tables(own, method) for name, own in effects.items()}
    model = {"method": method, "ci": ci, "level": level}
    settings = model | {"permutations": permutations, "seed": seed}
    answers = {
        name: answer_outcome(own, scores, as_printed=printed_effects(evidence, own), evidence=evidence, **settings)
        for name, own in effects.items()
        if is_enough(own) and _is_estimable(own, model)
    }
    too_few = {name: own for name, own in effects.items() if name not in answers}
    hypotheses = None
    if is_coded(evidence) and len(evidence.codebook.hypotheses) and not is_of_events(method) and outcomes is None:
        hypotheses = run_hypotheses(
            evidence, effects=effects, scores=scores, brief=True, permutations=permutations, seed=seed
        )
    return Overview(answers=answers, too_few=too_few, evidence=evidence, scores=scores, hypotheses=hypotheses)


def _is_estimable(effects: Effects, model: dict[str, Any]) -> bool:
    """Say whether the pool exists: a Mantel-Haenszel ratio does not where all trials have no event on the same side."""
    try:
        return not is_of_events(model["method"]) or bool(pool(effects, **model).k)
    except NotEstimableError:
        return False


def printed_effects(evidence: Evidence, effects: Effects) -> Effects:
    """Return an outcome's effects as printed; the ones at hand where no decision addresses the outcome."""
    if not evidence.decisions["outcome"].eq(effects.outcome).any():
        return effects
    return compute_effects(evidence, effects.outcome, **effects.settings | {"as_printed": True})


def _content(
    effects: Effects, scores: FidelityScores, as_printed: Effects, evidence: Evidence | None, **choices: Any
) -> list[Any]:
    about = None if evidence is None else [content_about(evidence, effects.outcome), is_coded(evidence)]
    return [effects, scores, as_printed, about, list(choices.items())]


@kept(_content)
def answer_outcome(
    effects: Effects,
    scores: FidelityScores,
    *,
    as_printed: Effects,
    evidence: Evidence | None = None,
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> OutcomeAnswer:
    """Pool one outcome, regress it on fidelity and say both in words.

    Parameters
    ----------
    effects, as_printed : Effects
        As decided, and as printed (`printed_effects`).
    scores : FidelityScores
    evidence : Evidence, optional
        For other choices by what the trials are like, and the line on how far the average hangs on choices.
    method, ci, level, permutations, seed
        As in `fidelity_slope`.
    """
    model = {"method": method, "ci": ci, "level": level}
    pooled = pool(effects, **model) if len(effects.frame) else None
    printed = pooled if as_printed is effects else pool(as_printed, **model) if len(as_printed.frame) else None
    found: dict[str, FidelitySlope] = {}
    reason = NO_SLOPE.format(method=method) if is_of_events(method) else ""
    for score in () if reason else (SCORE, "calibrated"):
        try:
            found[score] = fidelity_slope(effects, scores, score=score, permutations=permutations, seed=seed, **model)
        except NotEstimableError as error:
            reason = reason or str(error)
    slope, calibrated = found.get(SCORE), found.get("calibrated")
    reason = reason if evidence is None or is_coded(evidence) else ""
    undeclared = evidence is not None and is_exploratory(evidence.codebook, effects.outcome)
    said = describe_both(calibrated, slope, exploratory=undeclared) if slope is not None else reason
    robust = None
    if pooled is not None and evidence is not None and is_enough(effects):
        robust = robustness(compare_choices(effects, as_printed=as_printed, evidence=evidence, **model))
    most = "" if evidence is None or pooled is None or not is_enough(effects) else describe_most(evidence, pooled)
    finding = describe_outcome(
        pooled or effects,
        slope=said,
        as_printed=printed,
        robust=" ".join(filter(None, ["" if robust is None else str(robust), most])),
        definition="" if evidence is None else _defined(evidence, effects, pooled),
    )
    return OutcomeAnswer(effects, as_printed, pooled, slope, calibrated, finding, robust)


def _defined(evidence: Evidence, effects: Effects, pooled: PooledEffect | None) -> str:
    """Return the codebook's definition, and what measured the outcome in these trials."""
    defined = str(evidence.codebook.outcome(effects.outcome)["definition"])
    if pooled is None or not is_enough(effects):
        return defined
    return f"{defined.rstrip('.')}. {describe_instruments(pooled)}".removeprefix(". ")


def _detectable(slopes: Sequence[FidelitySlope]) -> str:
    """Give the range of detectable changes from the least to the most faithful trial, each unit apart."""
    by_unit: dict[str, list[float]] = {}
    for slope in slopes:
        by_unit.setdefault(slope_unit(slope), []).append(slope.span * slope.detectable_slope)
    ranges = {}
    for unit, found in by_unit.items():
        least, most = number(min(found)), number(max(found))
        ranges[unit] = least if least == most else f"{least} to {most}"
    return " or ".join(f"{shown} {unit}" for unit, shown in ranges.items())
