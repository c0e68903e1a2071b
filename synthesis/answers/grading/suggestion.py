"""What a rule suggests on one domain: a code, the facts it stood on, and the sentence that says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from synthesis.evidence.certainty import CONCERNS, GRADE_DOMAINS, judgement_in_words


@dataclass(frozen=True)
class Suggestion:
    """A suggestion; it never decides.

    Attributes
    ----------
    domain : str
        Code of `GRADE_DOMAINS`.
    judgement : str
        One of the domain's judgements; `look` where it is for people alone; `cannot_suggest` where something is
        missing.
    code : str
        Why, as a code.
    reason : str
        The facts in a sentence or a few.
    facts : mapping
        The numbers, unrounded.
    consider_more : bool
        Whether people should consider more levels than are suggested.
    """

    domain: str
    judgement: str
    code: str
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    consider_more: bool = False

    @property
    def levels(self) -> int | None:
        """Levels that the judgement rates down; None where no level is suggested."""
        return CONCERNS[self.judgement].levels if self.judgement in CONCERNS else None

    def to_dict(self) -> dict[str, Any]:
        """Return the suggestion as plain values."""
        return asdict(self) | {"levels": self.levels}

    def __str__(self) -> str:
        return f"{GRADE_DOMAINS[self.domain].words}: {judgement_in_words(self.judgement)}. {self.reason}"
