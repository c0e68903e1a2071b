"""What the words of the reports mean, for who decides and does not compute: one list for pages and documents."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from synthesis.answers.review import is_coded
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import PEER_STATUS
from synthesis.wording import upper_first

GLOSSARY = {
    "SMD": (
        "Standardised mean difference (Hedges' g): the difference between the groups in standard deviations, so that "
        "different scales can be averaged. 0 is no difference; about 0.2 is usually called small, 0.5 moderate."
    ),
    "RR": "Risk ratio: how many times as often something happens with it as without. 1 is no difference.",
    "CI": "Interval of the average: the average effects that these trials are compatible with.",
    "prediction interval": "Where the true effect of one more trial like these is expected to lie.",
    "of 100 people": (
        "Cohen's U3: how many of 100 people offered it do better than the average person without it; 50 without any "
        "effect. Worked out from the average, as if scores were spread alike in both groups."
    ),
    "k": "How many effects, one a comparison, an average or a model rests on.",
    "tau": "How much the true effects of trials differ from one another, as a standard deviation; τ² is its square.",
    "I2": "Which share of the differences between trials is more than chance alone would make.",
    "REML, DL, PM, EE": (
        "Ways to estimate tau: restricted maximum likelihood, DerSimonian and Laird, Paule and Mandel; "
        "EE takes all trials to have one true effect."
    ),
    "Knapp-Hartung, Wald": "Ways to make the interval of an average: by t, careful with few trials; by the normal.",
    "Q-profile": "The way the interval of tau is made.",
    "Mantel-Haenszel, Peto": "Ways to pool counts themselves, for rare events.",
    "permutation p": (
        "How often a link as strong would show if the trials' scores were dealt out again at random; small is rare."
    ),
    "Holm": "A p value corrected for asking several questions at once.",
    "Egger": "A test of whether small trials find other effects than large ones.",
    "fidelity": (
        "How much of the change model a trial's arms are described as following: of what is described, not of what was "
        "delivered."
    ),
    "described score": "Fidelity as the mean of the components that the reports describe, 0 to 1.",
    "calibrated score": (
        "Fidelity in which a component that a trial's reports do not mention is given the mean rating of like "
        "arms whose "
        "reports do."
    ),
    "silence": "A component that no report says anything about: neither present nor absent.",
    "rival": "Another characteristic of trials that could explain why they differ: year, people, bias and others.",
    "doubt on record": (
        "A number that looks wrong, with the reason and what was decided; each effect is also shown as printed."
    ),
    "threshold": "From which size on an effect matters to people; a convention where nobody has set one.",
    "GRADE": "A method to rate how certain evidence is: high, moderate, low or very low. People rate, rules suggest.",
    "Core GRADE": "The short form of GRADE that these rules follow.",
    "ROB-ME": "Risk of bias from missing evidence: results that were measured and not reported.",
    "information size": "People that a single trial would need to show the threshold's effect.",
    "SEM": "Standard error of measurement: how far a scale misses a person's true score by chance.",
}
# What only a review with codes of a change model speaks of.
OF_CODES = ("fidelity", "described score", "calibrated score", "silence", "rival", "permutation p", "Holm")
# What a first page explains beside its answer on fidelity.
BESIDE_FIDELITY = (
    "SMD",
    "RR",
    "CI",
    "prediction interval",
    "k",
    "tau",
    "I2",
    "REML, DL, PM, EE",
    "Knapp-Hartung, Wald",
    "Mantel-Haenszel, Peto",
    "permutation p",
    "Holm",
    "silence",
    "rival",
)


def glossary_table(evidence: Evidence, terms: Iterable[str] = GLOSSARY) -> pd.DataFrame:
    """Return terms with their meanings; whole, also what kinds of peers the evidence's codes tell apart.

    Parameters
    ----------
    evidence : Evidence
    terms : iterable of str
        Keys of `GLOSSARY`.
    """
    terms = tuple(terms)
    kept = terms if is_coded(evidence) else [term for term in terms if term not in OF_CODES]
    rows = {upper_first(term): GLOSSARY[term] for term in kept}
    if set(terms) == set(GLOSSARY):
        used = set(evidence.arms["peer_status"]) - {""}
        rows |= {
            upper_first(own.words): f"{upper_first(own.meaning)}." for code, own in PEER_STATUS.items() if code in used
        }
    return pd.DataFrame({"Word": list(rows), "What it means here": list(rows.values())})
