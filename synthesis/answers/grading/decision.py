"""From evidence to decision: the criteria of the framework, prefilled only where something was computed.

Desirable and undesirable effects and certainty come from the summary of findings; everything else is the panel's, and a
recommendation is only ever theirs [moberg2018grade].
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from synthesis.answers.grading.rows import summary_row
from synthesis.answers.grading.summary import SummaryOfFindings
from synthesis.answers.harms import describe_harms
from synthesis.answers.verdicts import Side, favours
from synthesis.evidence.certainty import CRITERIA, RECOMMENDATION
from synthesis.wording import lower_first

NOT_JUDGED = "not judged"
NOT_COMPUTED = "Nothing is computed for this criterion."
FAVOURS = "The interval lies on the side of {side} for {n} of {outcomes} pooled outcomes: {effects}."
NONE_ON_SIDE = (
    "For none of {outcomes} pooled outcomes does the interval lie on the side of {side}: "
    "that is no evidence on harms that were not measured."
)
HARMS = "What the trials' texts say of harms: {said}"
CERTAINTY = "Certainty by outcome: {certainties}{others}."
OTHERS = "; {others} not rated"
NOBODY = "Nobody has rated the certainty of any outcome."
RECOMMENDATION_HEAD = "Recommendation (the panel's own words)"


@dataclass(frozen=True)
class CriterionRow:
    """A criterion on the way to a decision; every cell is text.

    Attributes
    ----------
    criterion, question : str
        Code, and what is asked.
    judgement : str
        The panel's; not judged without its row.
    evidence : str
        The panel's; else what was computed.
    prefilled : str
        "computed" where the evidence was filled in here, else "".
    considerations, signed : str
    """

    criterion: str
    question: str
    judgement: str
    evidence: str
    prefilled: str
    considerations: str
    signed: str

    def to_dict(self) -> dict[str, str]:
        """Return the cells by name."""
        return asdict(self)


def decision_rows(found: SummaryOfFindings) -> tuple[CriterionRow, ...]:
    """Return every criterion with the panel's row, or what was computed for it; a recommendation only if on file.

    Parameters
    ----------
    found : SummaryOfFindings

    Returns
    -------
    tuple of CriterionRow
        In the framework's order; several judgements of one criterion are rows of their own.

    Examples
    --------
    >>> rows = decision_rows(summarise_findings(evidence, outcomes=["recovery"]))
    >>> rows[0].to_dict()
    {'criterion': 'priority', 'question': 'Is the problem a priority?', 'judgement': 'not judged',
    'evidence': 'Nothing is computed for this criterion.', 'prefilled': '', 'considerations': '',
    'signed': ''}
    """
    table = found.evidence.evidence_to_decision
    computed = {
        "desirable": _effects(found, Side.PEER),
        "undesirable": f"{_effects(found, Side.OTHER)} {_harms(found)}",
        "certainty": _certainty(found),
    }
    rows = []
    for criterion, question in {**CRITERIA, RECOMMENDATION: RECOMMENDATION_HEAD}.items():
        own = table[table["criterion"].eq(criterion)]
        made = computed.get(criterion, "")
        for row in own.itertuples():
            evidence = row.evidence or made or NOT_COMPUTED
            mark = "computed" if made and not row.evidence else ""
            signed = f"{row.who}, {row.date}"
            rows.append(CriterionRow(criterion, question, row.judgement, evidence, mark, row.considerations, signed))
        if own.empty and criterion != RECOMMENDATION:
            mark = "computed" if made else ""
            rows.append(CriterionRow(criterion, question, NOT_JUDGED, made or NOT_COMPUTED, mark, "", ""))
    return tuple(rows)


def _effects(found: SummaryOfFindings, side: Side) -> str:
    """List the pooled outcomes whose interval lies on a side, each with its effect."""
    names = found.evidence.codebook.review.names
    who = names.intervention if side is Side.PEER else names.comparator
    own = [
        grading
        for grading in found.pooled.values()
        if grading.facts.pooled is not None and favours(*grading.facts.pooled.benefit()[1:]) is side
    ]
    outcomes = len(found.pooled)
    if not own:
        return NONE_ON_SIDE.format(outcomes=outcomes, side=who)
    effects = "; ".join(f"{lower_first(g.facts.effects.outcome_label)}, {summary_row(g).effect}" for g in own)
    return FAVOURS.format(side=who, n=len(own), outcomes=outcomes, effects=effects)


def _harms(found: SummaryOfFindings) -> str:
    return HARMS.format(said=" ".join(describe_harms(found.evidence)[:2]))


def _certainty(found: SummaryOfFindings) -> str:
    rated = {name: own for name, own in found.pooled.items() if own.certainty}
    if not rated:
        return NOBODY
    said = "; ".join(
        f"{lower_first(own.facts.effects.outcome_label)}, {own.certainty_in_words}" for own in rated.values()
    )
    others = len(found.pooled) - len(rated)
    return CERTAINTY.format(certainties=said, others=OTHERS.format(others=others) if others else "")
