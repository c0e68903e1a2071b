"""Hypotheses that are no single slope: the gate, the negative control, and effects that should go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from synthesis.answers.fidelity import SCORES, FidelityScores, score_column
from synthesis.answers.fidelity_slope import FidelitySlope, fidelity_slope
from synthesis.answers.hypotheses.declared import Hypothesis
from synthesis.answers.hypotheses.tested import Tested
from synthesis.answers.joint import MEASURE
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE, Verdict
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.statistics.distributions import t_quantile
from synthesis.statistics.information import ml_aicc
from synthesis.wording import count, interval, listed, lower_first, number, p_value

# A model is better by this much of AICc, or it is not said to be [burnham2002model].
CLEARLY_BETTER = 2.0
MARGIN = 0.20
EQUIVALENCE_LEVEL = 0.90

NOT_TESTABLE = "{label}, {outcome}: not testable yet ({why})."
FEW_FOR_GATE = "{trials} with all three mechanisms described, and the comparison needs ten"
UNSETTLED = "which direction of it is better is not settled"
SAME_SCORES = "the scores are the same in every trial that has them all"
GATE = (
    "{label}, {outcome}: {verdict}: on the same {trials} the {gate} has an AICc (fit less what a model costs) "
    "{difference} than the sum of the mechanisms, and its slope a permutation {p}{holm}.{tail}"
)
GATE_NOT_DETECTED = " That is not evidence that there is no gate."
GATE_DECIDED = " It is an association between trials and cannot show that one mechanism needs the other."
FEW_FOR_EQUIVALENCE = "{trials}, and an equivalence needs ten"
OTHER_MEASURE = "the margin is {margin} SMD, and this outcome is pooled as {measure}"
EQUIVALENCE = (
    "{label}, {outcome}: {verdict}: the 90% interval of the change from the least to the most faithful trial, "
    "{interval}, {lies} within {margin} SMD of zero{tail}."
)
NEITHER = ", so neither an association nor its absence is shown"
PAIRS = "{label}: not testable yet: {pairs}; a model needs ten trials that report both."
ENOUGH_PAIRS = (
    "{label}: not tested: {pairs}; some pairs have the ten trials that a model needs, and no model of pairs is built "
    "in yet."
)
NO_PAIRS = "no trial reports both"


def compare_gate(
    hypothesis: Hypothesis, outcome: str, effects: Effects, scores: FidelityScores, **options: Any
) -> tuple[Tested, float]:
    """Compare each gate score with the sum on the trials in which both are known.

    Returns
    -------
    Tested
        With a verdict that still lacks its family's correction (`judge_gate` gives it).
    float
        What goes into that correction: the p of the gate score with the lower AICc, times the number of gate scores,
        since the better one is taken [dunn1961].
    """
    about = (hypothesis.hypothesis, outcome, effects.outcome_label)
    names = {"label": hypothesis.label, "outcome": lower_first(effects.outcome_label)}
    joined = effects.with_moderators(scores.contrasts(effects.frame)) if len(effects.frame) else effects
    gates = [name for name in hypothesis.predictors if name in SCORES]
    columns = [score_column(name) for name in (*gates, hypothesis.tested_score)]
    known = joined.subset(joined.frame[columns].notna().all(axis=1)) if len(effects.frame) else effects
    trials = known.n_trials
    why = ""
    if not effects.is_settled:
        why = UNSETTLED
    elif trials < TRIALS_PER_COVARIATE:
        why = FEW_FOR_GATE.format(trials=count(trials, "trial"))
    elif any(known.frame[column].nunique() < 2 for column in columns):
        why = SAME_SCORES
    if why:
        sentence = NOT_TESTABLE.format(**names, why=why)
        return Tested(*about, Verdict.NOT_TESTABLE, sentence, k=len(known.frame), trials=trials, pval_holm=1.0), 1.0
    yi, vi = known.frame["benefit"].to_numpy(float), known.frame["vi"].to_numpy(float)

    def aicc(name: str) -> float:
        x = known.frame[score_column(name)].to_numpy(float)
        return ml_aicc(yi, vi, np.column_stack([np.ones_like(x), x]))

    best = min(gates, key=aicc)
    better = aicc(hypothesis.tested_score) - aicc(best)
    slope = fidelity_slope(known, scores, score=best, **options)
    details = {
        "gate": best,
        "aicc_difference": better,
        "slope": slope.slope,
        "pval_permutation": slope.pval_permutation,
    }
    tested = Tested(
        *about,
        Verdict.NOT_DETECTED,
        "",
        pval=slope.pval_permutation,
        k=slope.k,
        trials=trials,
        change=slope.span * slope.slope,
        ci_lb=slope.span * slope.ci_lb,
        ci_ub=slope.span * slope.ci_ub,
        details=details,
        withheld=slope.withheld,
    )
    return tested, min(1.0, len(gates) * slope.pval_permutation)


def judge_gate(tested: Tested, hypothesis: Hypothesis, pval_holm: float, alpha: float) -> Tested:
    """Give the gate's verdict once the family's p values are known."""
    if tested.verdict is Verdict.NOT_TESTABLE:
        return tested
    better = tested.details["aicc_difference"]
    conditions = {
        "better": bool(better >= CLEARLY_BETTER),
        "test": bool(pval_holm <= alpha),
        "sign": bool(np.sign(tested.details["slope"]) == (-1 if hypothesis.expected_direction == "negative" else 1)),
    }
    met = conditions["better"] and conditions["test"]
    verdict = Verdict.NOT_DETECTED
    if met:
        verdict = Verdict.SUPPORTED if conditions["sign"] else Verdict.CONTRADICTED
    sentence = GATE.format(
        label=hypothesis.label,
        outcome=lower_first(tested.outcome_label),
        verdict=verdict.words,
        trials=count(tested.trials, "trial"),
        gate=SCORES[tested.details["gate"]].label.removeprefix("gate: "),
        difference=f"{number(abs(better), 1)} {'lower' if better > 0 else 'higher'}",
        p=p_value(tested.pval),
        holm=f" ({p_value(pval_holm)} by Holm, each gate score counted)" if pval_holm != tested.pval else "",
        tail=GATE_NOT_DETECTED if verdict is Verdict.NOT_DETECTED else GATE_DECIDED,
    )
    return replace(tested, verdict=verdict, sentence=sentence, conditions=conditions, pval_holm=pval_holm)


def find_equivalence(
    hypothesis: Hypothesis, outcome: str, effects: Effects, scores: FidelityScores, **options: Any
) -> Tested:
    """Test whether the change from the least to the most faithful trial is small enough to be none."""
    about = (hypothesis.hypothesis, outcome, effects.outcome_label)
    names = {"label": hypothesis.label, "outcome": lower_first(effects.outcome_label)}
    try:
        slope = fidelity_slope(effects, scores, score=hypothesis.tested_score, **options)
    except NotEstimableError as error:
        why = lower_first(str(error)).rstrip(".")
        return Tested(*about, Verdict.NOT_TESTABLE, NOT_TESTABLE.format(**names, why=why), pval_holm=1.0)
    sizes = {"k": slope.k, "trials": slope.regression.effects.n_trials, "withheld": slope.withheld}
    why = ""
    if slope.measure != MEASURE:
        why = OTHER_MEASURE.format(margin=number(MARGIN), measure=slope.measure)
    elif slope.descriptive:
        why = FEW_FOR_EQUIVALENCE.format(trials=count(sizes["trials"], "trial"))
    if why:
        return Tested(*about, Verdict.NOT_TESTABLE, NOT_TESTABLE.format(**names, why=why), pval_holm=1.0, **sizes)
    low, high = equivalence_interval(slope)
    within = low > -MARGIN and high < MARGIN
    away = low > 0 or high < 0
    verdict = Verdict.SUPPORTED if within else Verdict.CONTRADICTED if away else Verdict.NOT_DETECTED
    sentence = EQUIVALENCE.format(
        **names,
        verdict=verdict.words,
        interval=interval(low, high),
        lies="lies" if within else "does not lie",
        margin=number(MARGIN),
        tail=NEITHER if verdict is Verdict.NOT_DETECTED else "",
    )
    ends = ("slope", "ci_lb", "ci_ub")
    change = dict(zip(("change", "ci_lb", "ci_ub"), (slope.span * getattr(slope, end) for end in ends), strict=True))
    details = {"margin": MARGIN, "level": EQUIVALENCE_LEVEL, "lower": low, "upper": high}
    return Tested(*about, verdict, sentence, **change, **sizes, details=details)


def equivalence_interval(slope: FidelitySlope) -> tuple[float, float]:
    """Return the 90% interval of the change: two one-sided tests at .05 [schuirmann1987comparison]."""
    half = t_quantile(0.5 + EQUIVALENCE_LEVEL / 2, slope.regression.fit.df) * slope.se
    return slope.span * (slope.slope - half), slope.span * (slope.slope + half)


def list_pairs(hypothesis: Hypothesis, effects: Mapping[str, Effects]) -> Tested:
    """List how many trials report both outcomes of each pair; below ten no model of them could be fitted."""
    pairs = []
    for process in hypothesis.predictors:
        for clinical in hypothesis.outcomes:
            if process in effects and clinical in effects:
                both = set(effects[process].frame["trial"]) & set(effects[clinical].frame["trial"])
                labels = [lower_first(effects[name].outcome_label) for name in (process, clinical)]
                pairs.append({"process": process, "clinical": clinical, "trials": len(both), "labels": labels})
    known = sorted((pair for pair in pairs if pair["trials"]), key=lambda pair: -pair["trials"])
    said = listed([f"{' and '.join(pair['labels'])} in {pair['trials']}" for pair in known]) if known else NO_PAIRS
    most = max((pair["trials"] for pair in known), default=0)
    sentence = ENOUGH_PAIRS if most >= TRIALS_PER_COVARIATE else PAIRS
    return Tested(
        hypothesis.hypothesis,
        "",
        "",
        Verdict.NOT_TESTABLE,
        sentence.format(label=hypothesis.label, pairs=f"both reported: {said}" if known else said),
        pval_holm=1.0,
        trials=most,
        details={"pairs": [{key: pair[key] for key in ("process", "clinical", "trials")} for pair in pairs]},
    )
