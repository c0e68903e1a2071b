"""Every rule by name, in one registry: those of the contract, and those of plausibility.

A new rule is a line in one of the two lists, and a function in `synthesis.evidence.checks` or
`synthesis.evidence.plausibility` that reports the rows that break it. Whether a rating is of today's data needs the
effects, so `synthesis.answers.grading` reports that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from synthesis.evidence.rules.contract import CONTRACT
from synthesis.evidence.rules.plausibility import DOUBTS
from synthesis.evidence.rules.rule import Rule

__all__ = ["CONTRACT", "DOUBTS", "RATINGS", "RULES", "Rule"]

RATINGS = {"rating_stale": Rule("warning", "A rating of certainty is of today's data and of today's rule.")}
RULES: Mapping[str, Rule] = MappingProxyType(CONTRACT | DOUBTS | RATINGS)
