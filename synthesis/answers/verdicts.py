"""The rules by which a number becomes a verdict: enough to pool, whom it favours, what a slope amounts to.

Pages, figures, the terminal and `diff` ask here, so that none of them says what another denies.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from synthesis.effects import Effects
from synthesis.evidence.vocabulary import Names

# Below three trials nothing is pooled in words or pictures (method, pooling, rule 1): trials, however many effects.
FEWEST_TRIALS = 3
# A test of one characteristic needs ten trials [handbook2024, 10.11.5.1].
TRIALS_PER_COVARIATE = 10
# A line through two points leaves nothing to judge it by.
FEWEST_SCORED = 3


class Side(StrEnum):
    """Whom an interval favours."""

    PEER = "peer_support"
    OTHER = "comparison"
    OPEN = "left_open"
    UNSETTLED = "direction_unsettled"


# As the verdict in an outcome's heading.
VERDICTS = {
    Side.PEER: "favours {intervention}",
    Side.OTHER: "favours {comparator}",
    Side.OPEN: "left open",
    Side.UNSETTLED: "direction not settled",
}


def side_in_words(side: Side, names: Names) -> str:
    """Return a side as it stands after "favours"; empty where nobody is favoured."""
    return {Side.PEER: names.intervention, Side.OTHER: names.comparator}.get(side, "")


def verdict(side: Side, names: Names) -> str:
    """Say whom an average favours, in a few words."""
    return VERDICTS[side].format(**names._asdict())


def average_verdict(side: Side, names: Names) -> str:
    """Say what an average concludes, as `diff` names it when it flips."""
    return AVERAGE[side].format(**names._asdict())


def is_enough(effects: Effects) -> bool:
    """Say whether enough trials have usable effects for a pooled statement."""
    return effects.n_trials >= FEWEST_TRIALS


def is_descriptive(trials: int) -> bool:
    """Say whether too few trials stand behind a slope to test one characteristic; a trial counts once."""
    return trials < TRIALS_PER_COVARIATE


def favours(lower: float, upper: float) -> Side:
    """Say whom an interval of benefit favours.

    Positive favours what is tried, an interval over zero leaves it open; of an outcome whose direction is not settled
    there is no benefit (nan), so nobody is named.
    """
    if np.isnan(lower) or np.isnan(upper):
        return Side.UNSETTLED
    return Side.PEER if lower > 0 else Side.OTHER if upper < 0 else Side.OPEN


def leans(benefit: float) -> Side:
    """Say on whose side an estimate of benefit lies; exactly nothing leans to nobody."""
    return favours(benefit, benefit)


# An estimate this small a share of its interval's half width is put on no side in words.
HARDLY = 0.1


def hardly_leans(estimate: float, lower: float, upper: float) -> bool:
    """Say whether an estimate lies so near nothing, for its interval, that words put it on no side."""
    return abs(estimate) < HARDLY * abs(upper - lower) / 2


class Association(StrEnum):
    """What a slope on a characteristic of trials amounts to."""

    DESCRIPTIVE = "descriptive"
    DETECTED = "detected"
    NOT_ESTABLISHED = "not_established"
    NOT_DETECTED = "not_detected"


def association(lower: float, upper: float, pval: float, *, level: float, descriptive: bool) -> Association:
    """Judge a slope.

    Parameters
    ----------
    lower, upper : float
        Its interval.
    pval : float
        Of the permutation test.
    level : float
        Confidence level of the interval, which the test is held to as well.
    descriptive : bool
        Whether too few trials stand behind it (`is_descriptive`): it is then no test, whatever its numbers.

    Returns
    -------
    Association
        Detected where the interval leaves out zero and the permutation test agrees; not established where only the
        interval does.
    """
    if descriptive:
        return Association.DESCRIPTIVE
    if not (lower > 0 or upper < 0):
        return Association.NOT_DETECTED
    return Association.DETECTED if pval <= 1 - level else Association.NOT_ESTABLISHED


# Conclusions as `diff` names them when they flip; what was not established was not detected either.
AVERAGE = {
    Side.PEER: "average favours {intervention}",
    Side.OTHER: "average favours {comparator}",
    Side.OPEN: "average left open",
    Side.UNSETTLED: "direction of the outcome not settled",
}
FIDELITY = {
    Association.DESCRIPTIVE: "fewer than ten trials to test fidelity",
    Association.DETECTED: "fidelity association detected",
    Association.NOT_ESTABLISHED: "no fidelity association detected",
    Association.NOT_DETECTED: "no fidelity association detected",
}


class Verdict(StrEnum):
    """What a declared hypothesis comes to."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_DETECTED = "not_detected"
    NOT_TESTABLE = "not_testable"
    RIVAL_DETECTED = "rival_detected"

    @property
    def words(self) -> str:
        """As a sentence gives it."""
        special = {"not_testable": "not testable yet", "rival_detected": "a rival is detected"}
        return special.get(self.value, self.value.replace("_", " "))
