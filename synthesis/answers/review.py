"""What a review asks and what its pages do, in the review's own words or in neutral ones."""

from __future__ import annotations

from synthesis.evidence import Evidence
from synthesis.evidence.flow import Search, how_searched
from synthesis.wording import count, percent

POOLS = "This report holds {trials}; {pooled} of them enter an average here. Each result stands with its uncertainty."
HOLDS = "This report holds {trials}, each result with its uncertainty."
CODES = (
    "It records how much of {model} each trial's arms were described as following, and asks whether that explains why "
    "the trials disagree."
)
NOT_CODED = "No arm is coded against a change model, so nothing is said about fidelity."
MODEL = "The arms are coded against {model}{source}."
A_MODEL = "a change model"
NOT_SEARCHED = "The trials were not found through a systematic search of databases; trials may be missing."
SECOND_HAND = (
    "{share} of the {all} results were read in an abstract, another review, a registry or on a news page, not in the "
    "trial's own paper."
)


def is_coded(evidence: Evidence) -> bool:
    """Say whether any arm has a rating of a component of the change model."""
    return bool(evidence.components["rating"].notna().any())


def describe_review(evidence: Evidence, *, pooled: int | None = None) -> list[str]:
    """Say what is asked and what the report does, a sentence or a few each.

    Parameters
    ----------
    evidence : Evidence
    pooled : int, optional
        Trials that enter at least one of the report's averages.

    Returns
    -------
    list of str

    Examples
    --------
    >>> print(describe_review(evidence)[0])
    Peer workers use their own experience of mental distress to support others. Does their work
    help, with what, and does it help more where the peers are described as following a published
    change model? For people who decide about peer support, offer it, use it or study it.
    """
    review = evidence.codebook.review
    trials = count(len(evidence.trials), "randomised trial")
    does = [HOLDS.format(trials=trials) if pooled is None else POOLS.format(trials=trials, pooled=pooled)]
    does += [CODES.format(model=review.model or A_MODEL)] if is_coded(evidence) else [NOT_CODED]
    return [*filter(None, [review.question]), " ".join(does)]


def describe_search(evidence: Evidence) -> list[str]:
    """Say that no database was searched, and how much was not read in the trials' papers; empty where neither shows.

    Examples
    --------
    >>> print(describe_search(evidence)[0])
    The trials were not found through a systematic search of databases; trials may be missing.
    """
    said = [NOT_SEARCHED] if how_searched(evidence.search_flow) is Search.ELSEWHERE else []
    read_from = evidence.outcomes["read_from"]
    elsewhere = read_from[read_from.ne("")].ne("paper")
    if elsewhere.any():
        said.append(SECOND_HAND.format(share=percent(100 * elsewhere.mean()), all=f"{len(elsewhere):,}"))
    return said


def describe_model(evidence: Evidence) -> str:
    """Say which change model the arms are coded against, with its source.

    Examples
    --------
    >>> print(describe_model(evidence))
    The arms are coded against the change model of Gillard and colleagues (2015): Gillard, S.;
    Gibson, S. L.; Holley, J.; Lucock, M. (2015). Developing a change model for peer worker
    interventions in mental health services: a qualitative research study. Epidemiology and
    Psychiatric Sciences, 24(5), 435–445. https://doi.org/10.1017/S2045796014000407.
    """
    review = evidence.codebook.review
    known = review.model_citation in evidence.bibliography.keys
    source = f": {evidence.bibliography.reference(review.model_citation)}".rstrip(".") if known else ""
    return MODEL.format(model=review.model or A_MODEL, source=source)
