"""Hypotheses of a slope on fidelity: of one outcome, or of all at once, with everything a verdict asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.bayes import SUBSTANTIAL
from synthesis.answers.ceiling import Ceiling, ceiling
from synthesis.answers.fidelity import FidelityScores
from synthesis.answers.fidelity_slope import FidelitySlope, fidelity_slope
from synthesis.answers.fidelity_statement import slope_unit
from synthesis.answers.hypotheses.declared import Hypothesis
from synthesis.answers.hypotheses.tested import CONDITIONS, Tested
from synthesis.answers.joint import FIDELITY, Joint, fit_joint, known_in
from synthesis.answers.joint_rivals import JointRivals
from synthesis.answers.pooling import pool
from synthesis.answers.silence import SilenceLadder
from synthesis.answers.verdicts import Side, Verdict, favours
from synthesis.answers.withheld import WITHHELD
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.statistics.bayes import bayes_pool
from synthesis.wording import count, interval, listed, lower_first, number, p_value, share

NOT_TESTABLE = "{label}, {outcome}: not testable yet ({why})."
FEW = "{trials} with usable numbers and a score, and a test of one characteristic needs ten"
FOUND = (
    "from the least to the most faithful trial the benefit changes by {change} {unit} ({level} CI {interval}; "
    "{trials}; permutation {p}{holm})"
)
NOT_DETECTED = (
    "{label}, {outcome}: not detected, which is not evidence that there is nothing: {found}.{because}{limits}"
)
BECAUSE = " Not met: {conditions}."
UNREAD = " What these trials do not let be read, and a verdict needs: {conditions}."
OVER_SILENCE = " Over the readings of silence that were tried the intervals run from {interval}."
POWER = (
    " To be found four times out of five the change would have to be about {detectable} ({detectable_low} to "
    "{detectable_high} over the heterogeneity these trials allow)."
)
DECIDED = (
    "{label}, {outcome}: {verdict}: {found}, the same way under every reading tried in which silence means the same in "
    "all reports, and in the model of all outcomes beside each of the {rivals} that could be read. It is an "
    "association between trials and cannot show that fidelity is the cause."
)
BARELY = (
    "The data speak {times} times more for {side} (a slope's prior: normal, SD 0.5 per whole score), too little to "
    "conclude either."
)
SLOPE_OR_NONE = ("no slope than for one of the prior's size", "a slope of the prior's size than for none")
FOR = "The data speak {times} times more for a slope of the prior's size than for none (Bayes factor)."
AGAINST = "The data speak {times} times more for no slope than for one of the prior's size (Bayes factor)."
EXPLORATORY = (
    " It was not declared before slopes were seen: a question for the next trials, whatever it shows, and no answer."
)
KEPT_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class SlopeFound:
    """What was found before families are corrected.

    Attributes
    ----------
    hypothesis : Hypothesis
    outcome, outcome_label : str
    slope : FidelitySlope or Joint or None
        None where there is none; `why` says it then.
    make_ladder : callable
        Fits the ladder of silence, which takes time and is not asked for by every verdict.
    ceiling : Ceiling or None
    why : str
        Why it cannot be tested; empty where it can.
    bf10 : float
        Bayes factor of a slope against none under the default priors; nan where it was not asked for.
    """

    hypothesis: Hypothesis
    outcome: str
    outcome_label: str
    slope: FidelitySlope | Joint | None
    make_ladder: Callable[[], SilenceLadder | None] = lambda: None
    ceiling: Ceiling | None = None
    why: str = ""
    bf10: float = np.nan

    @cached_property
    def ladder(self) -> SilenceLadder | None:
        """The slope under every reading of silence; None where there is no ladder."""
        return self.make_ladder()

    @property
    def pval(self) -> float:
        """The p that Holm counts: 1 for what cannot be tested."""
        return 1.0 if self.why or self.slope is None else self.slope.pval_permutation


def find_slope(
    hypothesis: Hypothesis,
    outcome: str,
    effects: Effects,
    scores: FidelityScores,
    make_ladder: Callable[[], SilenceLadder | None],
    **options: Any,
) -> SlopeFound:
    """Fit the slope of one outcome, with its ceiling."""
    about = (hypothesis, outcome, effects.outcome_label)
    try:
        slope = fidelity_slope(effects, scores, score=hypothesis.tested_score, **options)
    except NotEstimableError as error:
        return SlopeFound(*about, None, why=lower_first(str(error)).rstrip("."))
    if slope.descriptive:
        return SlopeFound(*about, slope, why=FEW.format(trials=count(slope.regression.effects.n_trials, "trial")))
    data = slope.regression.effects.frame
    weighed = bayes_pool(data["benefit"], data["vi"], slope.regression.design[:, 1])
    return SlopeFound(*about, slope, make_ladder, ceiling(pool(effects)), bf10=weighed.bf10)


def find_joint(
    hypothesis: Hypothesis, gathered: pd.DataFrame, make_ladder: Callable[[], SilenceLadder | None], **options: Any
) -> SlopeFound:
    """Fit the slope of all outcomes at once, or of those that the hypothesis names."""
    about = (hypothesis, "", "the outcomes it names, at once" if hypothesis.outcomes else "all outcomes at once")
    try:
        frame = known_in(gathered, [FIDELITY], hypothesis.tested_score)
        slope = fit_joint(frame, FIDELITY, score=hypothesis.tested_score, **options)
    except NotEstimableError as error:
        return SlopeFound(*about, None, why=lower_first(str(error)).rstrip("."))
    why = ""
    if "slope_below_ten_trials" in slope.withheld:
        why = FEW.format(trials=count(slope.trials, "trial"))
    elif not slope.is_testable:
        why = listed([WITHHELD[code] for code in slope.withheld])
    return SlopeFound(*about, slope, make_ladder, why=why)


def judge_slope(
    found: SlopeFound,
    rivals: Callable[[], JointRivals | None],
    pval_holm: float,
    alpha: float,
    *,
    brief: bool = False,
) -> Tested:
    """Give the verdict once the family's p values are known.

    Parameters
    ----------
    found : SlopeFound
    rivals : callable
        Fits the rivals, which are asked for only where test and interval speak.
    pval_holm, alpha : float
    brief : bool
        Leave out what only the sentence needs: the range over the readings of silence.
    """
    hypothesis, slope = found.hypothesis, found.slope
    names = {"label": hypothesis.label, "outcome": lower_first(found.outcome_label)}
    about = (hypothesis.hypothesis, found.outcome, found.outcome_label)
    if slope is None or found.why:
        sentence = NOT_TESTABLE.format(**names, why=found.why)
        held = () if slope is None else slope.withheld
        numbers = {} if slope is None else _numbers(slope)
        return Tested(*about, Verdict.NOT_TESTABLE, sentence, pval_holm=1.0, withheld=held, **numbers)
    lower, upper = _ends(slope)
    side = favours(lower, upper)
    declared = -1.0 if hypothesis.expected_direction == "negative" else 1.0
    conditions: dict[str, bool | None] = {
        "sign": bool(np.sign(slope.slope) == declared),
        "test": bool(pval_holm <= alpha),
        "interval": side is not Side.OPEN,
        "silence": None,
        "rivals": None,
    }
    speaks = bool(conditions["test"] and conditions["interval"])
    if speaks:
        kept = rivals()
        conditions["silence"] = None if found.ladder is None else _same_side(found.ladder, side)
        conditions["rivals"] = None if kept is None else _kept(kept)
        beside = 0 if kept is None else len(_readable(kept))
    # What could not be read was not met: a verdict asks for all of it.
    decided = speaks and conditions["silence"] is True and conditions["rivals"] is True
    verdict = Verdict.NOT_DETECTED
    if decided:
        verdict = Verdict.SUPPORTED if conditions["sign"] else Verdict.CONTRADICTED
    said = _found(slope, pval_holm)
    if verdict is Verdict.NOT_DETECTED:
        unmet = [CONDITIONS[name] for name in ("test", "interval", "silence", "rivals") if conditions[name] is False]
        # Where neither test nor interval speaks the rest need not be read out.
        partly = conditions["test"] or conditions["interval"]
        because = BECAUSE.format(conditions=listed(unmet)) if partly and unmet else ""
        unread = [CONDITIONS[name] for name in ("silence", "rivals") if speaks and conditions[name] is None]
        because += UNREAD.format(conditions=listed(unread)) if unread else ""
        sentence = NOT_DETECTED.format(**names, found=said, because=because, limits="" if brief else _limits(found))
    else:
        sentence = DECIDED.format(**names, verdict=verdict.words, found=said, rivals=count(beside, "rival"))
        sentence += EXPLORATORY if hypothesis.role == "exploratory" else ""
    return Tested(
        *about,
        verdict,
        sentence,
        pval=slope.pval_permutation,
        pval_holm=pval_holm,
        conditions=conditions,
        details={} if brief else _details(found),
        withheld=slope.withheld,
        **_numbers(slope),
    )


def unit_of(slope: FidelitySlope | Joint) -> str:
    """Name the unit of a change: that of the measure, on the log scale for ratios."""
    return slope.measure if isinstance(slope, Joint) else slope_unit(slope)


def _ends(slope: FidelitySlope | Joint) -> tuple[float, float]:
    return slope.wider if isinstance(slope, Joint) else (slope.ci_lb, slope.ci_ub)


def _numbers(slope: FidelitySlope | Joint) -> dict[str, Any]:
    lower, upper = _ends(slope)
    trials = slope.trials if isinstance(slope, Joint) else slope.regression.effects.n_trials
    own = {"change": slope.span * slope.slope, "ci_lb": slope.span * lower, "ci_ub": slope.span * upper}
    return own | {"k": slope.k, "trials": trials}


def _found(slope: FidelitySlope | Joint, pval_holm: float) -> str:
    numbers = _numbers(slope)
    corrected = f"; by Holm {p_value(pval_holm)}" if pval_holm != slope.pval_permutation else ""
    return FOUND.format(
        change=number(numbers["change"], signed=True),
        unit=unit_of(slope),
        level=share(slope.level),
        interval=interval(numbers["ci_lb"], numbers["ci_ub"]),
        trials=count(numbers["trials"], "trial"),
        p=p_value(slope.pval_permutation),
        holm=corrected,
    )


def _limits(found: SlopeFound) -> str:
    slope = found.slope
    said = "" if found.ladder is None else OVER_SILENCE.format(interval=interval(*found.ladder.range))
    if not isinstance(slope, FidelitySlope):
        return said
    said += POWER.format(
        detectable=number(slope.span * slope.detectable_slope),
        detectable_low=number(slope.span * slope.detectable_slope_lb),
        detectable_high=number(slope.span * slope.detectable_slope_ub),
    )
    said = f"{said} {_weighed(found.bf10)}"
    # What an amendment shares with the first plan is said there.
    return said if found.ceiling is None or found.hypothesis.is_amendment else f"{said} {found.ceiling}"


def _weighed(bf10: float) -> str:
    if 1 / SUBSTANTIAL < bf10 < SUBSTANTIAL:
        times = number(max(bf10, 1 / bf10), 1)
        return BARELY.format(times=times, side=SLOPE_OR_NONE[bf10 > 1])
    return (FOR if bf10 > 1 else AGAINST).format(times=number(max(bf10, 1 / bf10), 1))


def _same_side(ladder: SilenceLadder, side: Side) -> bool:
    """Say whether the interval names the same side under every reading in which silence means the same everywhere."""
    return {own for sides in ladder.sides.values() for own in sides} == {side}


def _readable(rivals: JointRivals) -> list[Joint]:
    """Return the models of fidelity beside a rival with the twenty trials that two characteristics need; no p asked."""
    return [own for own in rivals.beside.values() if "slope_below_ten_trials" not in own.withheld]


def _kept(rivals: JointRivals) -> bool | None:
    """Say whether fidelity keeps its sign and half its size beside each rival, on the same trials; None beside none."""
    readable = _readable(rivals)
    kept = all(own.slope * np.sign(own.alone) >= KEPT_SHARE * abs(own.alone) for own in readable)
    return kept if readable else None


def _details(found: SlopeFound) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if isinstance(found.slope, FidelitySlope):
        names = ("detectable_slope", "detectable_slope_lb", "detectable_slope_ub")
        details |= {name: getattr(found.slope, name) for name in names} | {"bf10": found.bf10}
    if found.ladder is not None:
        details |= {"silence_robust": found.ladder.is_robust, "silence_range": list(found.ladder.range)}
    if found.ceiling is not None:
        details |= {"two_tau": found.ceiling.two_tau, "two_tau_ub": found.ceiling.two_tau_ub}
    return details
