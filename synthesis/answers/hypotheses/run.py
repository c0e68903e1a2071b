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
from synthesis.answers.hypotheses.declared import Hypothesis, declared_hypotheses, why_not_run
from synthesis.answers.hypotheses.others import compare_gate, find_equivalence, judge_gate, list_pairs
from synthesis.answers.hypotheses.slopes import SlopeFound, find_joint, find_slope, judge_slope, unit_of
from synthesis.answers.hypotheses.tested import Tested
from synthesis.answers.joint import MEASURE, SMALLNESS, Joint, fit_joint, gather_effects, known_in
from synthesis.answers.joint_rivals import JointRivals, rivals_in
from synthesis.answers.joint_statement import describe_joint
from synthesis.answers.next_trial import next_trial
from synthesis.answers.review import is_coded
from synthesis.answers.rivals import RIVALS
from synthesis.answers.silence import PLANS, SilenceLadder, joint_silence_ladder, silence_ladder
from synthesis.answers.specificity import PERMUTATIONS as MOST_EXCHANGED
from synthesis.answers.specificity import Specificity, specificity
from synthesis.answers.verdicts import Verdict
from synthesis.choices import LEVEL, PERMUTATIONS, SEED
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.statistics.multiplicity import holm
from synthesis.wording import bare_p, count, interval, listed, lower_first, number, p_value, share, with_interval

SCORED = "On {score}: {said}"
IN_WORDS = {
    "described": "the score of the first plan, what reports describe",
    "calibrated": "the calibrated score, the amendment",
}
OVER_ALL = (
    "Over all outcomes at once ({trials}; exploratory, nobody had declared to ask) the benefit changes from the least "
    "to the most faithful trial by {changes}."
)
ALL_CHANGE = "{change} SMD on the {score} score (permutation {p})"
NO_JOINT = "There are too few trials with standardised effects for a model of all outcomes at once."
NO_SMALLNESS = (
    "Small trials cannot be compared with large ones over all outcomes: there are too few trials with standardised "
    "effects, or all are of one size."
)
# Codes of `answers.withheld` that keep a slope out of tables.
KEEP_BACK = {"slope_below_ten_trials", "df_below_four"}
NOT_RUN = "{label}: not run: {why}."
NOT_MEASURED = "no trial measured it"
NOTHING = "No primary hypothesis that can be run was declared for this review (codebook/hypotheses.csv)."
WHETHER = "Whether fidelity to the change model explains why trials differ, by each primary hypothesis: "
SPECIFIC = "{label}: {verdict}. {said}"
NO_CAUSE = "It is an association between trials and cannot show a cause."
BY_HOLM = "Corrected by Holm within its family: {p}."
NOT_FIDELITY = " That fidelity does nothing is not shown by it."
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
MORE_ASKED = " An interval without zero is not all that the rule asks for; what is missing stands with the verdict."


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

    Examples
    --------
    >>> found = run_hypotheses(evidence.reporting("recovery"), brief=True, permutations=99)
    >>> found.to_frame()[["hypothesis", "outcome", "verdict"]].head(2)
      hypothesis   outcome       verdict
    0         H1  recovery  not_detected
    1         A1  recovery  not_detected
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
        found = [own for own in self.hypotheses if own.role == "primary" and not why_not_run(own)]
        return sorted(found, key=lambda own: own.is_amendment)

    def answer(self) -> list[str]:
        """Say the verdict in all, what explains more, and what evidence would change it: to be read aloud."""
        if not self.primary:
            return [NOTHING]
        plans = self.primary
        tested = [part for own in plans for part in self.of(own.hypothesis)]
        verdicts = [own.verdict for own in tested]
        decided = any(verdict in (Verdict.SUPPORTED, Verdict.CONTRADICTED) for verdict in verdicts)
        amended = len(plans) == len(tested) == 2 and plans[1].amends == plans[0].hypothesis
        if len(tested) > 1 and not amended:
            # Several of equal rank: none of them stands for the others.
            said = f"{WHETHER}{listed([_in_short(own, self._declared(own)) for own in tested])}."
        elif not amended:
            said = ONE.format(verdict=verdicts[0].words, numbers=self._primary_numbers(tested))
        elif verdicts[0] is verdicts[1]:
            said = BOTH_SAME.format(verdict=verdicts[0].words, numbers=self._primary_numbers(tested))
        else:
            names = {"first": verdicts[0].words, "amended": verdicts[1].words}
            said = BOTH_DIFFER.format(**names, numbers=self._primary_numbers(tested))
        return [f"{said} {NO_CAUSE}" if decided else said, *self._over_all(), *self._strongest(), *self._next()]

    def _over_all(self) -> list[str]:
        """Say in a sentence what fidelity has to do with benefit over all outcomes: nobody had declared to ask."""
        kept = {name: own.fidelity for name, own in self.rivals.items() if own.fidelity.is_testable}
        if not kept:
            return []
        changes = [
            ALL_CHANGE.format(
                change=with_interval(*(own.span * end for end in (own.slope, *own.wider)), signed=True),
                score=name,
                p=p_value(own.pval_permutation),
            )
            for name, own in sorted(kept.items())
        ]
        first = next(iter(kept.values()))
        return [OVER_ALL.format(changes=listed(changes), trials=count(first.trials, "trial"))]

    def _declared(self, own: Tested) -> Hypothesis:
        return next(declared for declared in self.hypotheses if declared.hypothesis == own.hypothesis)

    def sentences(self) -> list[str]:
        """Say every verdict, by the name of its hypothesis."""
        return [f"{own.hypothesis} {own.sentence}" for own in self.tested]

    def credibility(self) -> list[Credibility]:
        """Return a record of each link that is suggested over all outcomes: rivals, and fidelity on each score."""
        records = []
        for score, rivals in self.rivals.items():
            fidelity = rivals.fidelity
            if fidelity.is_testable and fidelity.pval_permutation < SUGGESTED:
                found = credibility(
                    fidelity, pval_holm=fidelity.pval_permutation, tests=len(self.tested), declared=True
                )
                records.append(replace(found, label=IN_WORDS.get(score, found.label)))
        rivals = self._leading_rivals()
        held = {} if rivals is None else rivals.pval_holm
        for name, corrected in held.items():
            if rivals.alone[name].pval_permutation < SUGGESTED:
                records.append(credibility(rivals.alone[name], pval_holm=corrected, tests=len(RIVALS), declared=False))
        return records

    def on_silence(self) -> list[str]:
        """Say over all outcomes whether the answer depends on what silence means."""
        ladder = self.ladders.get("")
        return [NO_JOINT] if ladder is None else ladder.sentences()

    def small_trials(self) -> list[str]:
        """Say whether small trials differ from large ones over all outcomes."""
        return [NO_SMALLNESS] if self.smallness is None else describe_joint(self.smallness)

    def all_outcomes(self) -> list[str]:
        """Say what fidelity has to do with benefit over all outcomes, on each score."""
        said = []
        for score, rivals in sorted(self.rivals.items()):
            first, *rest = describe_joint(rivals.fidelity)
            rest += rivals.stands_out_beside()
            said.append(" ".join([SCORED.format(score=IN_WORDS.get(score, score), said=lower_first(first)), *rest]))
        return said or [NO_JOINT]

    def _primary_numbers(self, tested: list[Tested]) -> str:
        """Give the primary outcome's change on each score; a full stop where it could not be tested."""
        found = [self.slopes.get((own.hypothesis, own.outcome)) for own in tested]
        slopes = [own.slope for own in found if own is not None]
        if any(own.verdict is Verdict.NOT_TESTABLE for own in tested) or None in (*found, *slopes):
            return "."
        said = NUMBERS.format(
            outcome=lower_first(tested[0].outcome_label),
            changes=listed([_with_ends(own) for own in tested]),
            unit=unit_of(slopes[0]),
        )
        silent = [own for own in tested if own.verdict is Verdict.NOT_DETECTED]
        said += NO_EVIDENCE if len(silent) == len(tested) else ""
        asked = any(own.conditions["test"] and own.conditions["interval"] for own in silent)
        return said + (MORE_ASKED if asked else "")

    def _strongest(self) -> list[str]:
        rivals = self._leading_rivals()
        return [] if rivals is None else rivals.sentences()

    def _leading_rivals(self) -> JointRivals | None:
        """The rivals beside the score that pages lead with."""
        return self.rivals.get("calibrated") or next(iter(self.rivals.values()), None)

    def _next(self) -> list[str]:
        for own in reversed(self.primary):
            for (name, _), found in self.slopes.items():
                usable = isinstance(found.slope, FidelitySlope) and found.slope.measure == MEASURE and not found.why
                if name == own.hypothesis and usable:
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
                    "" if kept_back or np.isnan(own.change) or declared.test == "gate" else _with_ends(own)
                    for kept_back, (declared, own) in zip(held, rows, strict=True)
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

    Examples
    --------
    >>> found = run_hypotheses(evidence.reporting("recovery"), brief=True, permutations=99)
    >>> print(found.answer()[0])
    Whether fidelity to the change model explains why trials differ: not detected, on the score of
    the first plan and on the amended one (personal recovery, least to most faithful trial: +0.12
    (−0.26 to 0.49) and +0.03 (−0.32 to 0.38) SMD). That is not evidence that there is nothing.
    """
    hypotheses = everything = declared_hypotheses(evidence.codebook)
    if brief:
        hypotheses = [own for own in hypotheses if own.role == "primary" or own.test == "rivals"]
        # Holm counts whatever was declared in the same family.
        families = {_family(own) for own in hypotheses if own.role != "exploratory"}
        everything = [own for own in everything if own in hypotheses or _family(own) in families]
    effects = effects if effects is not None else all_effects(evidence)
    scores = scores if scores is not None else score_fidelity(evidence)
    run = _Run(evidence, effects, scores, {"permutations": permutations, "seed": seed}, brief=brief)
    found: dict[str, list[Any]] = {own.hypothesis: run.find(own) for own in everything}
    if is_coded(evidence):
        run.complete(hypotheses)
    corrected = _corrected(everything, found)
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
        """Fit what a hypothesis asks for, an outcome each; those measured where it names none."""
        names = own.outcomes or tuple(self.effects)
        kinds = {
            "slope": lambda: [self._slope(own, name) for name in names],
            "joint": lambda: [self._joint(own)],
            "gate": lambda: [self._of(own, name, compare_gate) for name in names],
            "equivalence": lambda: [self._of(own, name, find_equivalence) for name in names],
            "sequence": lambda: [list_pairs(own, self.effects)],
            "specificity": lambda: [self._specificity(own)],
            "rivals": lambda: [self._rivals(own)],
        }
        why = why_not_run(own)
        if why or not names:
            sentence = NOT_RUN.format(label=own.label, why=why or NOT_MEASURED)
            return [Tested(own.hypothesis, "", "", Verdict.NOT_TESTABLE, sentence, pval_holm=1.0)]
        return kinds[own.test]()

    def complete(self, hypotheses: list[Hypothesis]) -> None:
        """Fit what a page shows whether a verdict asks for it or not: rivals on each score, silence over all."""
        run = [own for own in hypotheses if own.test in ("slope", "joint", "rivals") and not why_not_run(own)]
        for score in dict.fromkeys(own.tested_score for own in run):
            self.rivals_of(score)
        if self.rivals and not self.brief:
            self._ladder("")
            with suppress(NotEstimableError):
                self.smallness = fit_joint(known_in(self.gathered, [SMALLNESS]), SMALLNESS, **self.options)

    def judge(self, own: Hypothesis, part: Any, pval: float) -> Tested:
        """Give the verdict once the family's p values are known."""
        if isinstance(part, SlopeFound):
            return judge_slope(part, lambda: self.rivals_of(own.tested_score), pval, self.alpha, brief=self.brief)
        if isinstance(part, Specificity):
            return self._judge_specificity(own, part, pval)
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
        ladder = lambda: self._ladder_of(own, name)  # noqa: E731
        return find_slope(own, name, self.effects[name], self.scores, ladder, **self.options)

    def _joint(self, own: Hypothesis) -> SlopeFound:
        try:
            gathered = self.gathered
        except NotEstimableError as error:
            return SlopeFound(own, "", "all outcomes at once", None, why=lower_first(str(error)).rstrip("."))
        if not own.outcomes:
            return find_joint(own, gathered, lambda: self._ladder_of(own, ""), **self.options)
        part = gathered[gathered["outcome"].isin(own.outcomes)].reset_index(drop=True)
        ladder = lambda: joint_silence_ladder(self.evidence, scores=self.scores, gathered=part)  # noqa: E731
        return find_joint(own, part, ladder, **self.options)

    def _of(self, own: Hypothesis, name: str, test: Any) -> Any:
        if name not in self.effects:
            sentence = f"{own.label}, {lower_first(self._label(name))}: not testable yet ({NOT_MEASURED})."
            missing = Tested(own.hypothesis, name, self._label(name), Verdict.NOT_TESTABLE, sentence, pval_holm=1.0)
            return (missing, 1.0) if test is compare_gate else missing
        return test(own, name, self.effects[name], self.scores, **self.options)

    def _label(self, name: str) -> str:
        return str(self.evidence.codebook.outcome(name)["label"])

    def _ladder_of(self, own: Hypothesis, outcome: str) -> SilenceLadder | None:
        """Return the ladder of a hypothesis; the readings of silence are of the whole score, not of its parts."""
        return self._ladder(outcome) if own.tested_score in PLANS else None

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

    def _specificity(self, own: Hypothesis) -> Specificity | Tested:
        most = min(self.options["permutations"], MOST_EXCHANGED)
        try:
            self.specificity = specificity(
                self.evidence,
                scores=self.scores,
                gathered=self.gathered,
                permutations=most,
                seed=self.options["seed"],
            )
        except NotEstimableError as error:
            sentence = SPECIFIC.format(label=own.label, verdict=Verdict.NOT_TESTABLE.words, said=str(error))
            return Tested(own.hypothesis, "", "", Verdict.NOT_TESTABLE, sentence, pval_holm=1.0)
        return self.specificity

    def _judge_specificity(self, own: Hypothesis, found: Specificity, pval_holm: float) -> Tested:
        verdict, said = Verdict.NOT_DETECTED, str(found)
        if not found.is_testable:
            verdict = Verdict.NOT_TESTABLE
        elif pval_holm <= self.alpha:
            as_declared = (found.contrast > 0) is (own.expected_direction != "negative")
            verdict, said = Verdict.SUPPORTED if as_declared else Verdict.CONTRADICTED, f"{said} {NO_CAUSE}"
        elif pval_holm != found.test.pval:
            said = f"{said} {BY_HOLM.format(p=p_value(pval_holm))}"
        return Tested(
            own.hypothesis,
            "",
            "",
            verdict,
            SPECIFIC.format(label=own.label, verdict=verdict.words, said=said),
            pval=found.test.pval,
            pval_holm=pval_holm,
            k=found.k,
            trials=found.trials,
            details=found.to_dict(),
            withheld=found.withheld,
        )

    def _rivals(self, own: Hypothesis) -> Tested:
        rivals = self.rivals_of(own.tested_score)
        if rivals is None:
            sentence = RIVALS_FOUND.format(
                label=own.label, verdict=Verdict.NOT_TESTABLE.words, found="there is no joint model"
            )
            return Tested(own.hypothesis, "", "", Verdict.NOT_TESTABLE, sentence, pval_holm=1.0)
        held = rivals.pval_holm
        verdict = Verdict.RIVAL_DETECTED if rivals.detected else Verdict.NOT_DETECTED if held else Verdict.NOT_TESTABLE
        behind = rivals.alone[rivals.detected[0]] if rivals.detected else rivals.fidelity
        said = lower_first(" ".join(rivals.sentences())).rstrip(".")
        sentence = RIVALS_FOUND.format(label=own.label, verdict=verdict.words, found=said)
        sentence += NOT_FIDELITY if rivals.detected else ""
        return Tested(
            own.hypothesis,
            "",
            "",
            verdict,
            sentence,
            pval_holm=min(held.values(), default=np.nan),
            k=behind.k,
            trials=behind.trials,
            details={"detected": rivals.detected, "pval_holm": held},
        )


def _family(own: Hypothesis) -> tuple[str, bool]:
    """Return what Holm corrects together: a family, the first plan and its amendments apart."""
    return own.family or own.hypothesis, own.is_amendment


def _corrected(hypotheses: list[Hypothesis], found: Mapping[str, list[Any]]) -> dict[str, list[float]]:
    """Correct the p values of each family, the first plan and its amendments apart; exploratory ones stay."""
    families: dict[tuple[str, bool], list[tuple[str, int]]] = {}
    raw = {own.hypothesis: [_pval(part) for part in found[own.hypothesis]] for own in hypotheses}
    corrected = {name: list(values) for name, values in raw.items()}
    for own in hypotheses:
        if own.role != "exploratory":
            places = families.setdefault(_family(own), [])
            places += [(own.hypothesis, number) for number in range(len(raw[own.hypothesis]))]
    for places in families.values():
        adjusted = holm([raw[name][number] for name, number in places])
        for (name, number_), value in zip(places, adjusted.tolist(), strict=True):
            corrected[name][number_] = value
    return corrected


def _pval(part: Any) -> float:
    """Return the p that a family counts: 1 for what cannot be tested, nan for a test that has none."""
    if isinstance(part, Specificity):
        return part.test.pval if part.is_testable else 1.0
    if isinstance(part, Tested):
        return 1.0 if part.verdict is Verdict.NOT_TESTABLE else part.pval
    return part.pval if isinstance(part, SlopeFound) else part[1]


def _in_short(own: Tested, declared: Hypothesis) -> str:
    where = f" ({lower_first(own.outcome_label)})" if own.outcome_label else ""
    return f"{declared.hypothesis} {declared.label}{where} {own.verdict.words}"


def _with_ends(own: Tested) -> str:
    return f"{number(own.change, signed=True)} ({interval(own.ci_lb, own.ci_ub)})"


def _p(own: Tested) -> str:
    plain = bare_p(own.pval)
    corrected = bare_p(own.pval_holm)
    return plain if plain == corrected or np.isnan(own.pval_holm) else f"{plain} ({corrected})"
