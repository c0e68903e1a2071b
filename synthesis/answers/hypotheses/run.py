"""Every declared hypothesis run by the rule it was declared with, the first plan beside its amendments."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.coverage import all_effects
from synthesis.answers.credibility import SUGGESTED, Credibility, credibility
from synthesis.answers.fidelity import FidelityScores, score_fidelity
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.hypotheses.declared import Hypothesis, declared_hypotheses
from synthesis.answers.hypotheses.others import compare_gate, find_equivalence, judge_gate, list_pairs
from synthesis.answers.hypotheses.slopes import SlopeFound, find_joint, find_slope, judge_slope
from synthesis.answers.hypotheses.tested import Tested
from synthesis.answers.joint import SMALLNESS, Joint, fit_joint, gather_effects, known_in
from synthesis.answers.joint_rivals import JointRivals, rivals_in
from synthesis.answers.joint_statement import describe_joint
from synthesis.answers.next_trial import next_trial
from synthesis.answers.review import is_coded
from synthesis.answers.silence import SilenceLadder, joint_silence_ladder, silence_ladder
from synthesis.answers.specificity import Specificity, specificity
from synthesis.answers.verdicts import Verdict
from synthesis.choices import LEVEL, PERMUTATIONS, SCORE, SEED
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.statistics.multiplicity import holm
from synthesis.wording import interval, listed, lower_first, number, p_value, share

# The tests that can be run.
KINDS = ["slope", "joint", "gate", "equivalence", "sequence", "specificity", "rivals"]
# Codes of `answers.withheld` that keep a slope out of tables.
SCORED = "On {score}: {said}"
IN_WORDS = {
    "described": "the score of the first plan, what reports describe",
    "calibrated": "the calibrated score, the amendment",
}
NO_JOINT = "There are too few trials with standardised effects for a model of all outcomes at once."
KEEP_BACK = {"slope_below_ten_trials", "df_below_four"}
NOT_RUN = "{label}: not run: its test is '{test}', which is none of {known}."
NOT_MEASURED = "no trial measured it"
NOTHING = "No hypotheses were declared for this review (codebook/hypotheses.csv)."
SPECIFIC = "{label}: {verdict}. {said}"
RIVALS_FOUND = "{label}: {verdict}: {found}."
BOTH_SAME = (
    "Whether fidelity to the change model explains why trials differ: {verdict}, on the score of the first plan and on "
    "the amended one{numbers}"
)
BOTH_DIFFER = (
    "Whether fidelity to the change model explains why trials differ depends on the score: {first} on that of the "
    "first plan, {amended} on the amended one{numbers}"
)
ONE = "Whether fidelity to the change model explains why trials differ: {verdict}{numbers}"
NUMBERS = " ({outcome}, least to most faithful trial: {changes} {unit})."
NO_EVIDENCE = " That is not evidence that there is nothing."


@dataclass(frozen=True, eq=False)
class HypothesesTested(Result):
    """All declared hypotheses with their verdicts.

    Attributes
    ----------
    hypotheses : list of Hypothesis
    tested : list of Tested
        One or several a hypothesis: an outcome each.
    rivals : dict of JointRivals
        By score.
    slopes : dict
        (hypothesis, outcome) to what was found behind a verdict, `SlopeFound`.
    ladders : dict of SilenceLadder
        By outcome, the empty name being all of them at once.
    specificity : Specificity or None
    smallness : Joint or None
        Egger's test over all outcomes; None where there is none, or it was not asked for.
    level : float
    permutations, seed : int
    """

    hypotheses: list[Hypothesis]
    tested: list[Tested]
    rivals: dict[str, JointRivals]
    slopes: dict[tuple[str, str], SlopeFound]
    ladders: dict[str, SilenceLadder]
    specificity: Specificity | None
    smallness: Joint | None
    level: float
    permutations: int
    seed: int

    def of(self, hypothesis: str) -> list[Tested]:
        """Return what was found on one hypothesis."""
        return [own for own in self.tested if own.hypothesis == hypothesis]

    @property
    def primary(self) -> list[Hypothesis]:
        """The primary hypotheses whose test can be run: that of the first plan, then what amends it."""
        found = [own for own in self.hypotheses if own.role == "primary" and own.test in KINDS]
        return sorted(found, key=lambda own: own.is_amendment)

    def answer(self) -> list[str]:
        """Say the verdict in all, what explains more, and what evidence would change it: to be read aloud."""
        if not self.primary:
            return [NOTHING]
        verdicts = [self.of(own.hypothesis)[0].verdict for own in self.primary if self.of(own.hypothesis)]
        numbers = self._primary_numbers()
        if len(verdicts) == 1:
            said = ONE.format(verdict=verdicts[0].words, numbers=numbers)
        elif len(set(verdicts)) == 1:
            said = BOTH_SAME.format(verdict=verdicts[0].words, numbers=numbers)
        else:
            said = BOTH_DIFFER.format(first=verdicts[0].words, amended=verdicts[1].words, numbers=numbers)
        return [said, *self._strongest(), *self._next()]

    def sentences(self) -> list[str]:
        """Say every verdict."""
        return [own.sentence for own in self.tested]

    def credibility(self) -> list[Credibility]:
        """Return a record of each link that is suggested over all outcomes: rivals, and fidelity on each score."""
        records = []
        for score, rivals in self.rivals.items():
            fidelity = rivals.fidelity
            if fidelity.is_testable and fidelity.pval_permutation < SUGGESTED:
                found = credibility(fidelity, pval_holm=fidelity.pval_permutation, tests=1, declared=True)
                records.append(replace(found, label=IN_WORDS.get(score, found.label)))
        rivals = self.rivals.get(SCORE) or next(iter(self.rivals.values()), None)
        held = {} if rivals is None else rivals.pval_holm
        for name, corrected in held.items():
            if rivals.alone[name].pval_permutation < SUGGESTED:
                records.append(credibility(rivals.alone[name], pval_holm=corrected, tests=len(held), declared=False))
        return records

    def small_trials(self) -> list[str]:
        """Say whether small trials differ from large ones over all outcomes."""
        return [NO_JOINT] if self.smallness is None else describe_joint(self.smallness)

    def all_outcomes(self) -> list[str]:
        """Say what fidelity has to do with benefit over all outcomes, on each score."""
        said = []
        for score, rivals in self.rivals.items():
            first, *rest = describe_joint(rivals.fidelity)
            rest += rivals.stands_out_beside()
            said.append(" ".join([SCORED.format(score=IN_WORDS.get(score, score), said=lower_first(first)), *rest]))
        return said or [NO_JOINT]

    def _primary_numbers(self) -> str:
        """Give the primary outcome's change on each score; a full stop where it could not be tested."""
        tested = [own for plan in self.primary for own in self.of(plan.hypothesis)[:1]]
        if any(own.verdict is Verdict.NOT_TESTABLE for own in tested):
            return "."
        slope = self.slopes[tested[0].hypothesis, tested[0].outcome].slope
        said = NUMBERS.format(
            outcome=lower_first(tested[0].outcome_label),
            changes=listed([_with_ends(own) for own in tested]),
            unit="SMD" if slope is None else slope.measure,
        )
        return said + (NO_EVIDENCE if all(own.verdict is Verdict.NOT_DETECTED for own in tested) else "")

    def _strongest(self) -> list[str]:
        rivals = self.rivals.get(SCORE) or next(iter(self.rivals.values()), None)
        return [] if rivals is None else rivals.sentences()

    def _next(self) -> list[str]:
        for own in reversed(self.primary):
            for (name, _), found in self.slopes.items():
                if name == own.hypothesis and isinstance(found.slope, FidelitySlope) and not found.why:
                    return [str(next_trial(found.slope))]
        return []

    def to_frame(self) -> pd.DataFrame:
        """Return one row a hypothesis and outcome."""
        by_name = {own.hypothesis: own for own in self.hypotheses}
        rows = []
        for own in self.tested:
            declared = by_name[own.hypothesis]
            row = {name: getattr(declared, name) for name in ("hypothesis", "family", "role", "label", "score", "test")}
            row |= {name: getattr(declared, name) for name in ("declared", "amends", "fingerprint")}
            names = "outcome verdict pval pval_holm k trials change ci_lb ci_ub sentence".split()
            rows.append(row | {name: getattr(own, name) for name in names})
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdicts with everything they rest on."""
        hypotheses = []
        for own in self.hypotheses:
            declared = {name: getattr(own, name) for name in own.__dataclass_fields__}
            declared |= {"predictors": list(own.predictors), "outcomes": list(own.outcomes)}
            hypotheses.append(declared | {"tested": [found.to_dict() for found in self.of(own.hypothesis)]})
        return {
            "answer": self.answer(),
            "level": self.level,
            "permutations": self.permutations,
            "seed": self.seed,
            "hypotheses": hypotheses,
            "rivals": {score: own.to_dict() for score, own in self.rivals.items()},
            "small_trials": None if self.smallness is None else self.smallness.to_dict(),
        }

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each hypothesis and outcome with its verdict."""
        by_name = {own.hypothesis: own for own in self.hypotheses}
        rows = [(by_name[own.hypothesis], own) for own in self.tested]
        held = [bool(KEEP_BACK & set(own.withheld)) for _, own in rows]
        return pd.DataFrame(
            {
                "Hypothesis": [f"{declared.hypothesis} {declared.label}" for declared, _ in rows],
                "Role": [
                    f"{declared.role}, amends {declared.amends}" if declared.amends else declared.role
                    for declared, _ in rows
                ],
                "Outcome": [own.outcome_label or "all" for _, own in rows],
                "Verdict": [own.verdict.words for _, own in rows],
                "Trials": [str(own.trials) if own.trials else "" for _, own in rows],
                f"Least to most faithful trial ({share(self.level)} CI)": [
                    "" if kept_back or np.isnan(own.change) else _with_ends(own)
                    for kept_back, (_, own) in zip(held, rows, strict=True)
                ],
                "p (Holm)": [
                    "" if kept_back or np.isnan(own.pval) else _p(own)
                    for kept_back, (_, own) in zip(held, rows, strict=True)
                ],
                "Fingerprint": [declared.fingerprint for declared, _ in rows],
            }
        )

    def __str__(self) -> str:
        return " ".join(self.answer())


def run_hypotheses(
    evidence: Evidence,
    *,
    effects: Mapping[str, Effects] | None = None,
    scores: FidelityScores | None = None,
    brief: bool = False,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> HypothesesTested:
    """Run every declared hypothesis by the rule it was declared with.

    Parameters
    ----------
    evidence : Evidence
    effects : mapping of str to Effects, optional
        As `all_effects` gives them, where they are at hand.
    scores : FidelityScores, optional
        Where they are at hand.
    brief : bool
        Only the primary hypotheses and the rivals, without what no verdict needs: what a first page says.
    permutations, seed : int
        Of every test by arrangements of trials.

    Returns
    -------
    HypothesesTested

    Notes
    -----
    Holm's correction runs over a family's declared tests, the first plan and its amendments apart; one that cannot be
    tested counts with p = 1.
    """
    hypotheses = declared_hypotheses(evidence.codebook)
    if brief:
        hypotheses = [own for own in hypotheses if own.role == "primary" or own.test == "rivals"]
    effects = effects if effects is not None else all_effects(evidence)
    scores = scores if scores is not None else score_fidelity(evidence)
    run = _Run(evidence, effects, scores, {"permutations": permutations, "seed": seed}, brief=brief)
    found: dict[str, list[Any]] = {own.hypothesis: run.find(own) for own in hypotheses}
    if not brief and is_coded(evidence):
        run.complete(hypotheses)
    corrected = _corrected(hypotheses, found)
    tested, slopes = [], {}
    for own in hypotheses:
        for part, pval in zip(found[own.hypothesis], corrected[own.hypothesis], strict=True):
            if isinstance(part, SlopeFound):
                slopes[own.hypothesis, part.outcome] = part
            tested.append(run.judge(own, part, pval))
    return HypothesesTested(
        hypotheses=hypotheses,
        tested=tested,
        rivals=run.rivals,
        slopes=slopes,
        ladders={name: own for name, own in run.ladders.items() if own is not None},
        specificity=run.specificity,
        smallness=run.smallness,
        level=LEVEL,
        permutations=permutations,
        seed=seed,
    )


class _Run:
    """What the tests share, made once."""

    def __init__(
        self,
        evidence: Evidence,
        effects: Mapping[str, Effects],
        scores: FidelityScores,
        options: dict[str, int],
        *,
        brief: bool,
    ):
        self.evidence, self.effects, self.scores, self.options = evidence, effects, scores, options
        self.alpha, self.brief = 1 - LEVEL, brief
        self.rivals: dict[str, JointRivals] = {}
        self.ladders: dict[str, SilenceLadder | None] = {}
        self.specificity: Specificity | None = None
        self.smallness: Joint | None = None
        self._gathered: pd.DataFrame | None = None

    @property
    def gathered(self) -> pd.DataFrame:
        if self._gathered is None:
            self._gathered = gather_effects(self.evidence, effects=self.effects, scores=self.scores)
        return self._gathered

    def find(self, own: Hypothesis) -> list[Any]:
        """Fit what a hypothesis asks for, an outcome each."""
        kinds = {
            "slope": lambda: [self._slope(own, name) for name in own.outcomes],
            "joint": lambda: [find_joint(own, self.gathered, lambda: self._ladder(""), **self.options)],
            "gate": lambda: [self._of(own, name, compare_gate) for name in own.outcomes],
            "equivalence": lambda: [self._of(own, name, find_equivalence) for name in own.outcomes],
            "sequence": lambda: [list_pairs(own, self.effects)],
            "specificity": lambda: [self._specificity(own)],
            "rivals": lambda: [self._rivals(own)],
        }
        if own.test not in KINDS:
            sentence = NOT_RUN.format(label=own.label, test=own.test, known=listed(KINDS))
            return [Tested(own.hypothesis, "", "", Verdict.NOT_TESTABLE, sentence)]
        return kinds[own.test]()

    def complete(self, hypotheses: list[Hypothesis]) -> None:
        """Fit what a page shows whether a verdict asks for it or not: rivals on each score, silence over all."""
        for score in dict.fromkeys(own.score for own in hypotheses if own.test in ("slope", "joint", "rivals")):
            self.rivals_of(score or SCORE)
        if self.rivals:
            self._ladder("")
            with suppress(NotEstimableError):
                self.smallness = fit_joint(known_in(self.gathered, [SMALLNESS]), SMALLNESS, **self.options)

    def judge(self, own: Hypothesis, part: Any, pval: float) -> Tested:
        """Give the verdict once the family's p values are known."""
        if isinstance(part, SlopeFound):
            return judge_slope(part, lambda: self.rivals_of(own.score), pval, self.alpha, brief=self.brief)
        return judge_gate(part[0], own, pval, self.alpha) if isinstance(part, tuple) else part

    def rivals_of(self, score: str) -> JointRivals | None:
        """Return fidelity and its rivals over all outcomes; None where there is no such model."""
        if score not in self.rivals:
            try:
                known = next(iter(self.rivals.values()), None)
                self.rivals[score] = rivals_in(self.gathered, score=score, known=known, **self.options)
            except NotEstimableError:
                return None
        return self.rivals[score]

    def _slope(self, own: Hypothesis, name: str) -> SlopeFound:
        if name not in self.effects:
            return SlopeFound(own, name, self._label(name), None, why=NOT_MEASURED)
        return find_slope(own, name, self.effects[name], self.scores, lambda: self._ladder(name), **self.options)

    def _of(self, own: Hypothesis, name: str, test: Any) -> Any:
        if name not in self.effects:
            sentence = f"{own.label}, {lower_first(self._label(name))}: not testable yet ({NOT_MEASURED})."
            missing = Tested(own.hypothesis, name, self._label(name), Verdict.NOT_TESTABLE, sentence, pval_holm=1.0)
            return (missing, 1.0) if test is compare_gate else missing
        return test(own, name, self.effects[name], self.scores, **self.options)

    def _label(self, name: str) -> str:
        return str(self.evidence.codebook.outcome(name)["label"])

    def _ladder(self, outcome: str) -> SilenceLadder | None:
        """Return the ladder of an outcome, or of all at once; None where there is none."""
        if outcome not in self.ladders:
            try:
                self.ladders[outcome] = (
                    silence_ladder(self.effects[outcome], self.scores)
                    if outcome
                    else joint_silence_ladder(self.evidence, scores=self.scores, gathered=self.gathered)
                )
            except NotEstimableError:
                self.ladders[outcome] = None
        return self.ladders[outcome]

    def _specificity(self, own: Hypothesis) -> Tested:
        try:
            self.specificity = found = specificity(
                self.evidence, scores=self.scores, gathered=self.gathered, seed=self.options["seed"]
            )
        except NotEstimableError as error:
            sentence = SPECIFIC.format(label=own.label, verdict=Verdict.NOT_TESTABLE.words, said=str(error))
            return Tested(own.hypothesis, "", "", Verdict.NOT_TESTABLE, sentence, pval_holm=1.0)
        verdict = Verdict.NOT_DETECTED
        if not found.is_testable:
            verdict = Verdict.NOT_TESTABLE
        elif found.test.pval <= self.alpha:
            verdict = Verdict.SUPPORTED if found.contrast > 0 else Verdict.CONTRADICTED
        sentence = SPECIFIC.format(label=own.label, verdict=verdict.words, said=str(found))
        return Tested(
            own.hypothesis,
            "",
            "",
            verdict,
            sentence,
            pval=found.test.pval,
            pval_holm=found.test.pval,
            k=found.k,
            trials=found.trials,
            details=found.to_dict(),
        )

    def _rivals(self, own: Hypothesis) -> Tested:
        rivals = self.rivals_of(own.score or SCORE)
        if rivals is None:
            sentence = RIVALS_FOUND.format(
                label=own.label, verdict=Verdict.NOT_TESTABLE.words, found="there is no joint model"
            )
            return Tested(own.hypothesis, "", "", Verdict.NOT_TESTABLE, sentence, pval_holm=1.0)
        held = rivals.pval_holm
        verdict = Verdict.SUPPORTED if rivals.detected else Verdict.NOT_DETECTED if held else Verdict.NOT_TESTABLE
        said = lower_first(" ".join(rivals.sentences())).rstrip(".")
        sentence = RIVALS_FOUND.format(label=own.label, verdict=verdict.words, found=said)
        return Tested(
            own.hypothesis,
            "",
            "",
            verdict,
            sentence,
            pval_holm=min(held.values(), default=np.nan),
            k=rivals.fidelity.k,
            trials=rivals.fidelity.trials,
            details={"detected": rivals.detected, "pval_holm": held},
        )


def _corrected(hypotheses: list[Hypothesis], found: Mapping[str, list[Any]]) -> dict[str, list[float]]:
    """Correct the p values of each family, the first plan and its amendments apart; exploratory ones stay."""
    families: dict[tuple[str, bool], list[tuple[str, int]]] = {}
    raw = {own.hypothesis: [_pval(part) for part in found[own.hypothesis]] for own in hypotheses}
    corrected = {name: list(values) for name, values in raw.items()}
    for own in hypotheses:
        if own.role != "exploratory":
            places = families.setdefault((own.family or own.hypothesis, own.is_amendment), [])
            places += [(own.hypothesis, number) for number in range(len(raw[own.hypothesis]))]
    for places in families.values():
        adjusted = holm([raw[name][number] for name, number in places])
        for (name, number_), value in zip(places, adjusted.tolist(), strict=True):
            corrected[name][number_] = value
    return corrected


def _pval(part: Any) -> float:
    if isinstance(part, SlopeFound):
        return part.pval
    return part[1] if isinstance(part, tuple) else part.pval


def _with_ends(own: Tested) -> str:
    return f"{number(own.change, signed=True)} ({interval(own.ci_lb, own.ci_ub)})"


def _p(own: Tested) -> str:
    plain = p_value(own.pval).removeprefix("p ").removeprefix("= ")
    corrected = p_value(own.pval_holm).removeprefix("p ").removeprefix("= ")
    return plain if plain == corrected or np.isnan(own.pval_holm) else f"{plain} ({corrected})"
