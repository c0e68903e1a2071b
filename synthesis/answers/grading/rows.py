"""The rows of the summary of findings and of the evidence profile: plain objects with text cells, made once.

Pages, documents and files are built on exactly these; none of them words a cell by itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from synthesis.answers.grading.absolute import for_people
from synthesis.answers.grading.grade import NOT_RATED, Grading
from synthesis.answers.grading.judged import Judged
from synthesis.answers.grading.natural import points_in_words
from synthesis.answers.grading.overall import reasons_in_words
from synthesis.answers.grading.people import other_risks, people_cells
from synthesis.answers.grading.publication_bias import missing_results
from synthesis.answers.grading.rules import number_of
from synthesis.answers.grading.sentences import BETTER
from synthesis.answers.grading.target import flip_line, hangs
from synthesis.answers.grading.threshold import size_text
from synthesis.evidence.certainty import GRADE_DOMAINS, GRADE_POOLS, STATUSES, TARGETS, judgement_in_words
from synthesis.evidence.vocabulary import directions_in_words
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, listed, months, number, share

# What kind of row it is; documents set them apart.
KINDS = {
    "pooled": "pooled from three trials or more",
    "too_few": "too few trials to pool",
    "without_numbers": "measured, without numbers that can be pooled",
    "not_reported": "no trial reports it",
}
NAME = "{label} ({better})"
SETTLE = "which direction is better is not settled"
MONTHS, ONE_MONTH = "{first} to {last} months", "{first} months"
PARTICIPANTS = "{people}, {trials}"
EFFECT = "{measure} {effect} ({level} CI {interval})"
TOO_FEW = "Not pooled: {trials} with usable numbers"
NO_NUMBERS = "No usable numbers: {trials} measured it{directions}"
NOT_REPORTED = "No trial reports it"
SUPERIORITY = (
    "One person offered {intervention} does better than one without it in {middle}% of pairs ({low} to {high}%; "
    "probability of superiority)."
)
RARE = "Fewer than {share} of people had it, so the difference comes from pooled risk differences, not from the ratio."
ELSEWHERE = "In one more setting the true effect is expected within {interval}."
ELSEWHERE_AT_LEAST = (
    "In one more setting the true effect is expected within {interval} or a wider range: heterogeneity was estimated "
    "as zero, which so few trials cannot establish."
)
THRESHOLD = "{size}: {kind}. By the estimate alone, {estimate}, what is rated is {target}. {flips}"


@dataclass(frozen=True)
class SummaryRow:
    """A row of the summary of findings; every cell is text, ready to print.

    Attributes
    ----------
    outcome, pool, kind : str
        Codes: key of the outcome, part of the pool (empty: all of it), one of `KINDS`.
    name : str
        Outcome, and which direction is better.
    follow_up, participants : str
    effect : str
        Relative effect, or the standardised difference, with its interval; why there is none.
    without, with_it, difference : str
        Absolute effects.
    certainty, why : str
        As people rated it, and due to what; not rated without a person's row.
    says : str
        The effect in words; empty unless people rated it.
    threshold : str
        From which size it is important, what that makes of the estimate, and where that flips.
    notes : str
        What else a reader needs: other risks, what it is in points, where the next trial is expected.

    Examples
    --------
    >>> row = summarise_findings(evidence, outcomes=["recovery"]).rows()[0]
    >>> row.name, row.participants, row.certainty
    ('Personal recovery (more of it is better)', '3,974 people, 17 randomised trials', 'not rated')
    """

    outcome: str
    pool: str
    kind: str
    name: str
    follow_up: str
    participants: str
    effect: str
    without: str
    with_it: str
    difference: str
    certainty: str
    why: str
    says: str
    threshold: str
    notes: str

    def to_dict(self) -> dict[str, str]:
        """Return the cells by name."""
        return asdict(self)


@dataclass(frozen=True)
class ProfileRow:
    """A row of the evidence profile: one domain of one outcome; every cell is text.

    Attributes
    ----------
    outcome, pool, domain : str
        Codes.
    name, heading : str
        The outcome's and the domain's words.
    suggests, facts : str
        What the rule suggests, and on which facts.
    judgement, reason : str
        What people decided, and why; not rated without their row.
    signed : str
        Who, when and as what.

    Examples
    --------
    >>> row = summarise_findings(evidence, outcomes=["recovery"]).profile("recovery")[0]
    >>> row.heading, row.suggests, row.judgement
    ('What is rated', 'an important effect', 'not rated')
    """

    outcome: str
    pool: str
    domain: str
    name: str
    heading: str
    suggests: str
    facts: str
    judgement: str
    reason: str
    signed: str

    def to_dict(self) -> dict[str, str]:
        """Return the cells by name."""
        return asdict(self)


def kind_of(grading: Grading) -> str:
    """Return which kind of row an outcome makes (code of `KINDS`)."""
    facts = grading.facts
    if facts.is_enough:
        return "pooled"
    if facts.effects.n_trials:
        return "too_few"
    return "without_numbers" if len(facts.effects.left_out) else "not_reported"


def summary_row(grading: Grading) -> SummaryRow:
    """Make the row of one outcome."""
    facts, kind = grading.facts, kind_of(grading)
    without, with_it, difference = people_cells(facts) if kind == "pooled" else ("", "", "")
    part = GRADE_POOLS.get(facts.pool, "")
    better = BETTER.get(facts.effects.better, SETTLE)
    return SummaryRow(
        outcome=facts.outcome,
        pool=facts.pool,
        kind=kind,
        name=NAME.format(label=facts.effects.outcome_label, better=f"{part}; {better}" if part else better),
        follow_up=_follow_up(grading),
        participants=_participants(grading),
        effect=_effect(grading, kind),
        without=without,
        with_it=with_it,
        difference=difference,
        certainty=grading.certainty_in_words,
        why=reasons_in_words(grading.judged),
        says=grading.says(),
        threshold=_threshold(grading),
        notes=" ".join(_notes(grading)) if kind == "pooled" else "",
    )


def profile_rows(grading: Grading) -> tuple[ProfileRow, ...]:
    """Make the rows of one outcome's evidence profile, a domain each."""
    rows = []
    for domain, own in grading.suggestions.items():
        decided = grading.judged.get(domain)
        drafts = [draft for draft in grading.drafts if draft.domain == domain]
        rows.append(
            ProfileRow(
                outcome=grading.outcome,
                pool=grading.facts.pool,
                domain=domain,
                name=_label(grading),
                heading=GRADE_DOMAINS[domain].words,
                suggests=judgement_in_words(own.judgement),
                facts=own.reason,
                judgement=NOT_RATED if decided is None else decided.in_words,
                reason="" if decided is None else decided.reason,
                signed="; ".join(_signature(one) for one in ([decided] if decided else drafts)),
            )
        )
    return tuple(rows)


def _label(grading: Grading) -> str:
    label, part = grading.facts.effects.outcome_label, GRADE_POOLS.get(grading.facts.pool, "")
    return f"{label}, {part}" if part else label


def _signature(judged: Judged) -> str:
    words = "" if judged.decides else f": {judgement_in_words(judged.judgement)}"
    return f"{judged.decided_by}, {judged.date}, {STATUSES[judged.status]}{words}"


def _follow_up(grading: Grading) -> str:
    times = grading.facts.effects.frame["timepoint_months"]
    if times.empty:
        return ""
    first, last = times.min(), times.max()
    return (MONTHS if first < last else ONE_MONTH).format(first=months(first), last=months(last))


def _participants(grading: Grading) -> str:
    facts = grading.facts
    if facts.pooled is None:
        return ""
    trials = count(facts.effects.n_trials, "randomised trial")
    return PARTICIPANTS.format(people=facts.pooled.people(), trials=trials)


def _effect(grading: Grading, kind: str) -> str:
    facts = grading.facts
    if kind == "pooled" and facts.pooled is not None:
        pooled, measure = facts.pooled, MEASURES[facts.pooled.measure]
        digits = 3 if facts.scaled is not None and hangs(facts) and not measure.ratio else 2
        return EFFECT.format(
            measure=pooled.measure,
            effect=measure.text(pooled.estimate, digits),
            level=share(pooled.level),
            interval=measure.interval(pooled.ci_lb, pooled.ci_ub, digits),
        )
    if kind == "too_few":
        return TOO_FEW.format(trials=count(facts.effects.n_trials, "trial"))
    if kind == "not_reported":
        return NOT_REPORTED
    found, words = missing_results(facts), directions_in_words(facts.effects.names)
    given = {code: n for code, n in found.directions.items() if code}
    ways = [f"{n} {words[code].verb_of_one if n == 1 else words[code].verb}" for code, n in given.items()]
    directions = f" ({listed(ways)})" if ways else ""
    return NO_NUMBERS.format(trials=count(found.unusable + found.excluded, "trial"), directions=directions)


def _threshold(grading: Grading) -> str:
    facts = grading.facts
    if facts.threshold is None or facts.scaled is None:
        return facts.missing if facts.is_enough else ""
    target = TARGETS[grading.suggestions["target"].judgement]
    kind, flips = facts.threshold.kind_in_words, flip_line(facts)
    estimate = size_text(facts.scaled.estimate, facts.threshold.scale, near=hangs(facts))
    size = facts.threshold.in_words
    return THRESHOLD.format(size=size, kind=kind, estimate=estimate, target=target, flips=flips).strip()


def _notes(grading: Grading) -> list[str]:
    facts, said = grading.facts, []
    pooled = facts.pooled
    if pooled is None:
        return said
    people = for_people(pooled)
    if people is not None:
        middle, low, high = (number(value, 0) for value in people.superiority)
        names = pooled.effects.names
        said.append(SUPERIORITY.format(intervention=names.intervention, middle=middle, low=low, high=high))
    else:
        said += filter(None, [other_risks(facts)])
    if facts.differences is not None:
        said.append(RARE.format(share=share(number_of("rare"))))
    said += filter(None, [points_in_words(facts)])
    if not np.isnan(pooled.prediction[0]):
        printed = MEASURES[pooled.measure].interval(*pooled.prediction)
        said.append((ELSEWHERE_AT_LEAST if pooled.tau2 == 0 else ELSEWHERE).format(interval=printed))
    return said
