"""What a fidelity slope says in plain words, without ever turning "not detected" into "no effect".

The sentences stand first, whole, with named gaps; what follows fills the gaps and decides which sentence is true. A
slope is per whole unit of the score, which no two trials are apart; it is said between the least and the most faithful
trial seen, and per interquartile range.
"""

from __future__ import annotations

import numpy as np

from synthesis.answers.fidelity import SCORES
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.verdicts import Association
from synthesis.choices import SCORE
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, interval, listed, number, p_value, share, upper_first

SLOPE = (
    "from the least to the most faithful trial ({least} to {most} on the {score}) the benefit changes by {span} "
    "{unit} ({level} CI {interval}; k = {k}), by {iqr} per interquartile range of the score"
)
TEN_NEEDED = (
    "A test of one characteristic needs ten trials; with fewer no slope is put into words, which neither shows nor "
    "rules out that fidelity matters."
)
DESCRIPTIVE = f"Descriptive only: {{trials}}. {TEN_NEEDED}"
DETECTED = (
    "Trials whose reports describe more of the model had a {size} benefit: {slope}, permutation {p}. This is an "
    "association between trials, which other differences between them can produce; it cannot show that fidelity is the "
    "cause."
)
NOT_ESTABLISHED = (
    "Not established: {slope}. The interval leaves out zero, but shuffling fidelity over the trials gives slopes like "
    "this too often to trust it (permutation {p}). {power}"
)
NOT_DETECTED = (
    "No association was detected, which is not evidence that there is none: {slope}, permutation {p}. {power}"
)
POWER = (
    "To be found four times out of five, the true change between those two trials would have had to be about "
    "{detectable} or more{over}."
)
LITTLE = "As estimated the trials differ little here, so there is little that fidelity could explain."
OVER_TAU2 = " ({low} to {high} over the heterogeneity that these trials allow)"
SCENARIOS = "That is on the score as coded; under two other readings of silence it would be {parts}."
SCENARIO = {
    "absent": "{slope} ({interval}) if everything the reports do not say were absent",
    "present": "{slope} ({interval}) if it were all present",
}
# The calibrated score is an amendment; what the first plan's score says stands beside it.
FIRST_PLAN = "The score of the first plan, which averages only what reports describe, says the same. {slope}, {p}."
FIRST_PLAN_DIFFERS = (
    "The score of the first plan, which averages only what reports describe, says otherwise ({verdict}). {slope}, {p}."
)
IN_WORDS = {
    Association.DETECTED: "an association is detected",
    Association.NOT_ESTABLISHED: "an association is not established",
    Association.NOT_DETECTED: "no association is detected",
}
OTHER_WAY = "an association the other way is detected"
EXPLORATORY = "Exploratory: nobody had declared to look at this outcome."
SIGN_DEPENDS = "So even its sign depends on what the reports leave out."


def describe_slope(slope: FidelitySlope) -> str:
    """Say what fidelity explains, without ever turning "not detected" into "no effect".

    Examples
    --------
    >>> print(describe_slope(slope))
    No association was detected, which is not evidence that there is none: from the least to the
    most faithful trial (0.44 to 1.00 on the score) the benefit changes by +0.12 SMD (95% CI −0.26
    to 0.49; k = 17), by +0.03 per interquartile range of the score, permutation p = 0.485. To be
    found four times out of five, the true change between those two trials would have had to ...
    """
    if slope.association is Association.DESCRIPTIVE:
        return DESCRIPTIVE.format(trials=count(slope.regression.effects.n_trials, "trial"))
    said = _change(slope)
    sentence = {
        Association.DETECTED: DETECTED,
        Association.NOT_ESTABLISHED: NOT_ESTABLISHED,
        Association.NOT_DETECTED: NOT_DETECTED,
    }[slope.association]
    tested = sentence.format(
        slope=said,
        size="larger" if slope.slope > 0 else "smaller",
        p=p_value(slope.pval_permutation),
        power=_power(slope),
    )
    little = LITTLE if slope.hardly_differ and slope.association is not Association.DETECTED else ""
    return " ".join(filter(None, [tested, little, _describe_scenarios(slope)]))


def _change(slope: FidelitySlope) -> str:
    """Say by how much the benefit changes between the least and the most faithful trial."""
    span = slope.span
    return SLOPE.format(
        least=number(slope.score_least),
        most=number(slope.score_most),
        score=score_in_words(slope.score),
        span=number(span * slope.slope, signed=True),
        unit=slope_unit(slope),
        level=share(slope.level),
        interval=interval(span * slope.ci_lb, span * slope.ci_ub),
        k=slope.k,
        iqr=number(slope.score_iqr * slope.slope, signed=True),
    )


def describe_both(calibrated: FidelitySlope | None, described: FidelitySlope, *, exploratory: bool = False) -> str:
    """Say what fidelity explains on the calibrated score, with the first plan's score beside it.

    Parameters
    ----------
    calibrated : FidelitySlope or None
        None where it does not exist.
    described : FidelitySlope
    exploratory : bool
        Say that nobody had declared to look at this outcome.

    Examples
    --------
    >>> calibrated = fidelity_slope(effects, scores, score="calibrated")
    >>> print(describe_both(calibrated, slope))
    No association was detected, which is not evidence that there is none: from the least to the
    most faithful trial (0.53 to 0.78 on the calibrated score) the benefit changes by +0.05 SMD
    (95% CI −0.31 to 0.41; k = 17), by +0.02 per interquartile range of the score, permutation p =
    0.721. To be found four times out of five, the true change between those two trials would ...
    """
    said = _both(calibrated, described)
    is_tested = described.association is not Association.DESCRIPTIVE
    return f"{EXPLORATORY} {said}" if exploratory and is_tested else said


def _both(calibrated: FidelitySlope | None, described: FidelitySlope) -> str:
    if calibrated is None or Association.DESCRIPTIVE in (calibrated.association, described.association):
        return describe_slope(described)
    same = calibrated.association is described.association
    turned = calibrated.slope * described.slope < 0
    # Two detected slopes of opposite signs are no agreement; two that were not detected say nothing of their signs.
    first = FIRST_PLAN if same and not (turned and described.detected) else FIRST_PLAN_DIFFERS
    return f"{describe_slope(calibrated)} " + first.format(
        slope=upper_first(_change(described)),
        p=p_value(described.pval_permutation),
        verdict=OTHER_WAY if same else IN_WORDS[described.association],
    )


def slope_unit(slope: FidelitySlope) -> str:
    """Name the unit of a slope: that of the measure, on the log scale for ratios."""
    return f"log {slope.measure}" if MEASURES[slope.measure].ratio else slope.measure


def score_in_words(score: str) -> str:
    """Name a score within a sentence."""
    if score in (SCORE, "calibrated"):
        return "score" if score == SCORE else "calibrated score"
    return f"score of {SCORES[score].label}"


def _power(slope: FidelitySlope) -> str:
    ends = slope.span * slope.detectable_slope_lb, slope.span * slope.detectable_slope_ub
    over = OVER_TAU2.format(low=number(ends[0]), high=number(ends[1])) if ends[1] > ends[0] else ""
    return POWER.format(detectable=number(slope.span * slope.detectable_slope), over=over)


def _describe_scenarios(slope: FidelitySlope) -> str:
    known = [extreme for extreme in slope.extremes if np.isfinite(extreme.slope)]
    if not known:
        return ""
    parts = [
        SCENARIO[extreme.coding].format(
            slope=number(extreme.span * extreme.slope, signed=True),
            interval=interval(extreme.span * extreme.ci_lb, extreme.span * extreme.ci_ub),
        )
        for extreme in known
    ]
    said = SCENARIOS.format(parts=listed(parts))
    same = all(np.sign(extreme.slope) == np.sign(slope.slope) for extreme in known)
    return said if same else f"{said} {SIGN_DEPENDS}"
