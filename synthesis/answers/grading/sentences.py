"""The sentence that says an effect with its certainty: box 1 of Core GRADE 6 [guyatt2025core6], and only with a rating.

Certainty and target are people's, on file; the direction is the estimate's and is one of the outcome, not of good or
bad, so that the better direction stands beside it. Nowhere else does this toolkit say probably or may.
"""

from __future__ import annotations

from synthesis.evidence.vocabulary import UNSETTLED
from synthesis.wording import lower_first, upper_first

# By target and certainty: {it} what is tried, {x} the outcome, {verb} and {noun} of the direction.
SENTENCES: dict[str, dict[str, str]] = {
    "non_null_effect": {
        "high": "{it} {verb_s} {x}",
        "moderate": "{it} probably {verb_s} {x}",
        "low": "{it} may {verb} {x}",
    },
    "important_effect": {
        "high": "{it} results in an important {noun} in {x}",
        "moderate": "{it} probably results in an important {noun} in {x}",
        "low": "{it} may result in an important {noun} in {x}",
    },
    "little_to_no_effect": {
        "high": "{it} has little to no important effect on {x}",
        "moderate": "{it} probably has little to no important effect on {x}",
        "low": "{it} may have little to no important effect on {x}",
    },
}
VERY_UNCERTAIN = "We are very uncertain about the effect of {it} on {x}"
BETTER = {"higher": "more of it is better", "lower": "less of it is better"}
UP = {"verb": "increase", "verb_s": "increases", "noun": "increase"}
DOWN = {"verb": "reduce", "verb_s": "reduces", "noun": "reduction"}


def effect_sentence(certainty: str, target: str, estimate: float, *, intervention: str, label: str, better: str) -> str:
    """Say an effect with its certainty.

    Parameters
    ----------
    certainty : str
        Code of `CERTAINTIES`, as people rated it; empty where nobody has.
    target : str
        Code of `TARGETS`, as people decided it; empty where nobody has.
    estimate : float
        Its sign says whether there is more or less of the outcome.
    intervention, label : str
        What is tried, and the outcome.
    better : str
        Direction of the outcome that is good for people.

    Returns
    -------
    str
        Empty without a rating, without a target, and where the direction is not settled.
    """
    x = lower_first(label)
    if certainty == "very_low":
        return f"{VERY_UNCERTAIN.format(it=intervention, x=x)}."
    sentence = SENTENCES.get(target, {}).get(certainty, "")
    if not sentence or better == UNSETTLED:
        return ""
    way = UP if estimate > 0 else DOWN
    said = sentence.format(it=upper_first(intervention), x=x, **way)
    return f"{said}." if target == "little_to_no_effect" else f"{said} ({BETTER[better]})."
