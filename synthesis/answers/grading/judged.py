"""What people decided, from the file: the row that decides each domain, drafts, and whether it is stale."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from synthesis.answers.grading.rules import RULE_VERSION
from synthesis.answers.grading.seen import sha_of
from synthesis.evidence import Evidence
from synthesis.evidence.certainty import CONCERNS, DECIDING, judgement_in_words

# Why a rating is not one of today's data and rule.
STALE = {
    "other_data": "what was rated has changed since",
    "other_rule": "the rule has another version since",
    "other_suggestion": "the rule suggests something else since",
}
CONFIRM = "rated on earlier data: please confirm"


@dataclass(frozen=True)
class Judged:
    """A person's row.

    Attributes
    ----------
    domain, judgement, reason, decided_by, date, status : str
    levels : int or None
        Levels rated down; None for target and overall.
    stale : tuple of str
        Codes of `STALE`; empty for a rating of today's data, or where the row does not say what was seen.
    file : str
    row : int
        Its place.
    """

    domain: str
    judgement: str
    reason: str
    decided_by: str
    date: str
    status: str
    levels: int | None
    stale: tuple[str, ...] = ()
    file: str = ""
    row: int = 0

    @property
    def decides(self) -> bool:
        """Whether the row counts: agreed, or the panel's."""
        return self.status in DECIDING

    @property
    def in_words(self) -> str:
        """The judgement in words, and that it wants confirming where it is stale."""
        words = judgement_in_words(self.judgement)
        return f"{words} ({CONFIRM})" if self.stale else words

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


def rows_of(evidence: Evidence, outcome: str, pool: str) -> pd.DataFrame:
    """Return the file's rows of one pool of one outcome that hold a judgement."""
    rows = evidence.grade
    return rows[rows["outcome"].eq(outcome) & rows["pool"].eq(pool) & rows["judgement"].ne("")]


def read_judged(row: Any, *, seen: str, suggested: str) -> Judged:
    """Read a row of the file.

    Parameters
    ----------
    row : named tuple
        As `DataFrame.itertuples` gives it.
    seen : str
        What would be seen today, from `seen`.
    suggested : str
        What the rule suggests today.
    """
    text = {name: str(getattr(row, name)) for name in ("domain", "judgement", "reason", "decided_by", "date", "status")}
    levels = CONCERNS[row.judgement].levels if row.judgement in CONCERNS else None
    stale = stale_codes(row.seen, row.rule_judgement, row.rule_version, seen=seen, suggested=suggested)
    return Judged(**text, levels=levels, stale=stale, file=str(row.file), row=int(row.row))


def stale_codes(was_seen: str, was_suggested: str, version: str, *, seen: str, suggested: str) -> tuple[str, ...]:
    """Say in which ways a rating is not one of today's; what the row does not hold is not asked."""
    found = []
    if was_seen and sha_of(was_seen) != sha_of(seen):
        found.append("other_data")
    if version and version != RULE_VERSION:
        found.append("other_rule")
    if was_suggested and was_suggested != suggested and not found:
        found.append("other_suggestion")
    return tuple(found)
