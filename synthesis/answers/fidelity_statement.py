"""What a fidelity slope says in plain words, without ever turning "not detected" into "no effect".

The sentences stand first, whole, with named gaps; what follows fills the gaps and decides which sentence is true.
"""

from __future__ import annotations

import numpy as np

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.verdicts import Association
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, interval, listed, number, p_value, share

SLOPE = "slope {slope} {unit} from none to all of the model ({level} CI {interval}; k = {k})"
DESCRIPTIVE = (
    "Descriptive only: {trials}, fewer than the ten that a test of one characteristic needs; {slope}. This neither "
    "shows nor rules out that fidelity matters."
)
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
    "No association was detected, which is not evidence that there is none: {slope}, permutation {p}. On the score as "
    "coded, slopes from {low} to {high} are compatible with these trials. {power}"
)
POWER = "A true slope would have had to be about {detectable} or more to be found four times out of five."
EXTREMES = "The slope would be {parts}."
EXTREME = {
    "absent": "{slope} ({interval}) if everything the reports do not say were absent",
    "present": "{slope} ({interval}) if it were all present",
}
SIGN_DEPENDS = "So even its sign depends on what the reports leave out."


def describe_slope(slope: FidelitySlope) -> str:
    """Say what fidelity explains, without ever turning "not detected" into "no effect"."""
    said = SLOPE.format(
        slope=number(slope.slope, signed=True),
        unit=slope_unit(slope),
        level=share(slope.level),
        interval=interval(slope.ci_lb, slope.ci_ub),
        k=slope.k,
    )
    if slope.association is Association.DESCRIPTIVE:
        return DESCRIPTIVE.format(trials=count(slope.regression.effects.n_trials, "trial"), slope=said)
    sentence = {
        Association.DETECTED: DETECTED,
        Association.NOT_ESTABLISHED: NOT_ESTABLISHED,
        Association.NOT_DETECTED: NOT_DETECTED,
    }[slope.association]
    tested = sentence.format(
        slope=said,
        size="larger" if slope.slope > 0 else "smaller",
        p=p_value(slope.pval_permutation),
        low=number(slope.ci_lb),
        high=number(slope.ci_ub),
        power=POWER.format(detectable=number(slope.detectable_slope)),
    )
    return f"{tested} {_describe_extremes(slope)}".strip()


def slope_unit(slope: FidelitySlope) -> str:
    """Name the unit of a slope: that of the measure, on the log scale for ratios."""
    return f"log {slope.measure}" if MEASURES[slope.measure].ratio else slope.measure


def _describe_extremes(slope: FidelitySlope) -> str:
    known = [extreme for extreme in slope.extremes if np.isfinite(extreme.slope)]
    if not known:
        return ""
    parts = [
        EXTREME[extreme.coding].format(
            slope=number(extreme.slope, signed=True), interval=interval(extreme.ci_lb, extreme.ci_ub)
        )
        for extreme in known
    ]
    said = EXTREMES.format(parts=listed(parts))
    same = all(np.sign(extreme.slope) == np.sign(slope.slope) for extreme in known)
    return said if same else f"{said} {SIGN_DEPENDS}"
