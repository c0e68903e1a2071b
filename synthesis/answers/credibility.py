"""How far a suggested link between a characteristic of trials and their effects can be believed: an ICEMAN record.

The questions are those of the Instrument to assess the Credibility of Effect Modification Analyses for meta-analyses
[schandelmaier2020]. It is for links that are suggested at all (p below 0.1); the absence of one is not its business.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from synthesis.answers.joint import FIDELITY, Joint
from synthesis.wording import count, p_value

# The instrument is for links that are suggested: p below this.
SUGGESTED = 0.1
# What comes from comparing trials with one another is never more than this.
CAP = "low"
QUESTIONS = {
    "within": "Compared within trials rather than between them?",
    "similar": "Similar from trial to trial, where compared within?",
    "trials": "Many trials, where compared between?",
    "direction": "Direction declared before it was looked at?",
    "chance": "Chance an unlikely explanation?",
    "few": "Few characteristics looked at, or their number allowed for?",
    "random": "Random effects?",
    "cut": "No arbitrary cut points of a continuous characteristic?",
}
BETWEEN = "no: completely between trials, which differ in many ways at once"
NOT_WITHIN = "does not apply"
ALLOWED = "{p} by Holm over {tests}"
MANY = "no: one of {tests} of this review, not corrected"
NOT_DECLARED = "no: declared after slopes had been seen, without a direction"
OPPOSITE = "no: the direction written down is the opposite one"
DECLARED = "partly: a direction was written down, after slopes had been seen"
RANDOM = "yes, for trials and for the outcomes of a trial"
AS_IT_IS = "yes: taken as it is"
TWO_GROUPS = "no: two groups made of several levels"
NONE = "Nothing is suggested (no p below 0.1), so there is no link whose credibility could be judged."


@dataclass(frozen=True)
class Credibility:
    """A record of one suggested link.

    Attributes
    ----------
    name, label : str
    answers : dict of str
        By code of `QUESTIONS`.
    at_most : str
        The most that the credibility can be.
    """

    name: str
    label: str
    answers: dict[str, str]
    at_most: str = CAP


def credibility(found: Joint, *, pval_holm: float, tests: int, declared: bool) -> Credibility:
    """Answer the instrument's questions for a link in the joint model.

    Parameters
    ----------
    found : Joint
    pval_holm : float
        Corrected for the number of tests.
    tests : int
        Characteristics that were corrected together; of fidelity all tests there are.
    declared : bool
        Whether a direction was written down: that of fidelity, positive.
    """
    corrected = p_value(pval_holm)
    is_binary = set(found.frame["x"].unique()) <= {0.0, 1.0} and found.moderator != FIDELITY
    answers = {
        "within": BETWEEN,
        "similar": NOT_WITHIN,
        "trials": count(found.trials, "trial"),
        "direction": (DECLARED if found.slope > 0 else OPPOSITE) if declared else NOT_DECLARED,
        "chance": f"permutation of whole trials {p_value(found.pval_permutation)}",
        "few": MANY.format(tests=count(tests, "test"))
        if declared
        else ALLOWED.format(p=corrected, tests=count(tests, "characteristic")),
        "random": RANDOM,
        "cut": TWO_GROUPS if is_binary else AS_IT_IS,
    }
    return Credibility(found.moderator, found.label, answers)


def credibility_table(records: list[Credibility]) -> pd.DataFrame:
    """Show the questions with a column for each link; empty where nothing is suggested.

    Examples
    --------
    >>> from synthesis.tables import credibility_table
    >>> found = run_hypotheses(evidence.reporting("recovery"), brief=True, permutations=99)
    >>> credibility_table(found.credibility()).columns.tolist()
    ['Question', 'year of the main report (per ten years)']
    """
    if not records:
        return pd.DataFrame()
    table = pd.DataFrame({"Question": list(QUESTIONS.values())})
    for own in records:
        table[own.label] = [own.answers[code] for code in QUESTIONS]
    table.loc[len(table)] = ["Credibility at most", *(own.at_most for own in records)]
    return table
