"""What a change to the data does to what people and rules judge: certainty, ratings of earlier data, verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from synthesis.answers.grading.grade import Grading
from synthesis.answers.grading.judged import Judged
from synthesis.answers.hypotheses import run_hypotheses
from synthesis.answers.verdicts import Verdict
from synthesis.evidence import Evidence

Pair = tuple[Grading | None, Grading | None]
Verdicts = Mapping[tuple[str, str], "HypothesisVerdict"]
# What became of a rating: of today's data no more, of earlier data before already, of today's data again.
RatingMove = Literal["went_stale", "still_stale", "renewed"]


@dataclass(frozen=True)
class RatingMoved:
    """A person's rating of certainty that is not of today's data, or is again.

    Attributes
    ----------
    outcome, label, pool, domain : str
    what : {"went_stale", "still_stale", "renewed"}
    judgement, decided_by, date : str
    decides : bool
        Whether the row counts; a draft does not.
    why : tuple of str
        Codes of `judged.STALE`; empty for one that is of today's data again.
    file : str
    row : int
        Its place.
    """

    outcome: str
    label: str
    pool: str
    domain: str
    what: RatingMove
    judgement: str
    decided_by: str
    date: str
    decides: bool
    why: tuple[str, ...]
    file: str
    row: int


@dataclass(frozen=True)
class CertaintyMoved:
    """The certainty of an outcome that people decided, before and after; an empty code is: not rated."""

    outcome: str
    label: str
    pool: str
    before: str
    after: str
    decided_by: str
    date: str
    reason: str


@dataclass(frozen=True)
class SuggestionMoved:
    """What a GRADE rule suggests on one domain of an outcome, before and after, and today's facts."""

    outcome: str
    label: str
    pool: str
    domain: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class HypothesisVerdict:
    """What a declared hypothesis comes to on one outcome; the outcome is empty where it is about all at once."""

    hypothesis: str
    label: str
    outcome_label: str
    verdict: Verdict


@dataclass(frozen=True)
class VerdictMoved:
    """The verdict of a declared hypothesis before and after; None where it was not declared."""

    hypothesis: str
    label: str
    outcome_label: str
    before: Verdict | None
    after: Verdict | None

    def to_dict(self) -> dict[str, Any]:
        """Return the move as plain values."""
        return asdict(self)


def rated_pools(evidence: Evidence) -> list[tuple[str, str]]:
    """Return each outcome, and each part of its trials, of which somebody rated the certainty."""
    rows = evidence.grade
    rated = rows.loc[rows["judgement"].ne(""), ["outcome", "pool"]].drop_duplicates()
    return list(rated.itertuples(index=False, name=None))


def find_verdicts(evidence: Evidence, *, permutations: int, seed: int) -> Verdicts:
    """Return the verdict of every declared hypothesis, by hypothesis and outcome."""
    found = run_hypotheses(evidence, permutations=permutations, seed=seed)
    labels = {own.hypothesis: own.label for own in found.hypotheses}
    return {
        (own.hypothesis, own.outcome): HypothesisVerdict(
            own.hypothesis, labels[own.hypothesis], own.outcome_label, own.verdict
        )
        for own in found.tested
    }


def ratings_moved(pairs: Iterable[Pair]) -> tuple[RatingMoved, ...]:
    """Return the ratings that went stale, are so still, or are of today's data again.

    Parameters
    ----------
    pairs : iterable of (Grading or None, Grading or None)
        The certainty of an outcome in the old and in the new state.
    """
    found = []
    for before, after in pairs:
        old = {_of(own): own for own in _rows(before)}
        for own in _rows(after):
            was_stale = bool(_of(own) in old and old[_of(own)].stale)
            if own.stale or was_stale:
                what: RatingMove = "renewed" if not own.stale else "still_stale" if was_stale else "went_stale"
                found.append(_moved(after, own, what))
    return tuple(found)


def certainty_moved(pairs: Iterable[Pair]) -> tuple[CertaintyMoved, ...]:
    """Return the outcomes whose certainty people decided anew, or no longer hold decided."""
    found = []
    for before, after in pairs:
        was, now = (side.certainty if side else "" for side in (before, after))
        if was != now:
            grading = after or before
            row = grading.judged.get("overall")
            text = {name: getattr(row, name) if row else "" for name in ("decided_by", "date", "reason")}
            label = grading.facts.effects.outcome_label
            found.append(CertaintyMoved(grading.outcome, label, grading.facts.pool, was, now, **text))
    return tuple(found)


def suggestions_moved(pairs: Iterable[Pair]) -> tuple[SuggestionMoved, ...]:
    """Return the domains on which the rules suggest something else."""
    found = []
    for before, after in pairs:
        if before is None or after is None:
            continue
        label, pool = after.facts.effects.outcome_label, after.facts.pool
        for domain, own in after.suggestions.items():
            was = before.suggestions[domain].judgement
            if was != own.judgement:
                found.append(SuggestionMoved(after.outcome, label, pool, domain, was, own.judgement, own.reason))
    return tuple(found)


def verdicts_moved(before: Verdicts, after: Verdicts) -> tuple[VerdictMoved, ...]:
    """Return the hypotheses whose verdict is another, and those declared or withdrawn."""
    declared = {hypothesis for hypothesis, _ in after}
    found = []
    for key in dict.fromkeys([*after, *before]):
        # One that could not be run stands for all of its outcomes.
        old, new = before.get(key) or before.get((key[0], "")), after.get(key)
        if new is None and key[0] in declared:
            continue
        was, now = (side.verdict if side else None for side in (old, new))
        if was is not now:
            own = new or old
            found.append(VerdictMoved(own.hypothesis, own.label, own.outcome_label, was, now))
    return tuple(found)


def _rows(grading: Grading | None) -> Iterator[Judged]:
    if grading is not None:
        yield from (*grading.judged.values(), *grading.drafts)


def _of(own: Judged) -> tuple[str, str]:
    return own.domain, own.decided_by


def _moved(grading: Grading, own: Judged, what: RatingMove) -> RatingMoved:
    return RatingMoved(
        outcome=grading.outcome,
        label=grading.facts.effects.outcome_label,
        pool=grading.facts.pool,
        domain=own.domain,
        what=what,
        judgement=own.judgement,
        decided_by=own.decided_by,
        date=own.date,
        decides=own.decides,
        why=own.stale,
        file="/".join(Path(own.file).parts[-3:]),  # a revision was read from a folder that is gone
        row=own.row,
    )
