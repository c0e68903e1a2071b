"""What a checklist asks of the evidence, each a code with its rule: an item is located only where its rule holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from synthesis.answers.coverage import MEASURED, Coverage
from synthesis.answers.review import is_coded
from synthesis.answers.verdicts import is_enough
from synthesis.evidence import Evidence
from synthesis.evidence.flow import breaks_of_flow

ALWAYS = "always"


@dataclass(frozen=True, eq=False)
class Facts:
    """The evidence, as far as checklists ask for it.

    Attributes
    ----------
    evidence : Evidence
    coverage : Coverage
    """

    evidence: Evidence
    coverage: Coverage

    @cached_property
    def held(self) -> frozenset[str]:
        """Codes of the rules that hold."""
        return frozenset(code for code, rule in RULES.items() if rule(self.evidence, self.coverage))


def _has_flow(evidence: Evidence, _: Coverage) -> bool:
    return not evidence.search_flow.empty and not breaks_of_flow(evidence.search_flow)


def _excluded(evidence: Evidence, _: Coverage) -> bool:
    rows = evidence.search_flow
    return bool(rows.loc[rows["data"].isin(["dbr_excluded", "other_excluded"]), "n"].sum() > 0)


def _pooled(_: Evidence, coverage: Coverage) -> bool:
    return any(is_enough(effects) for effects in coverage.effects.values())


def _measured(_: Evidence, coverage: Coverage) -> bool:
    return bool(coverage.table["status"].isin(MEASURED).any())


def _signed(evidence: Evidence, column: str) -> bool:
    return bool(evidence.reviewers[column].fillna("").str.strip().ne("").any())


RULES: Mapping[str, Callable[[Evidence, Coverage], bool]] = {
    ALWAYS: lambda evidence, coverage: True,
    "question": lambda evidence, coverage: bool(evidence.codebook.review.question),
    "flow": _has_flow,
    "excluded": _excluded,
    "searches": lambda evidence, coverage: not evidence.searches.empty,
    "strategies": lambda evidence, coverage: bool(evidence.searches["strategy"].ne("").any()),
    "measured": _measured,
    "pooled": _pooled,
    "signed": lambda evidence, coverage: not evidence.reviewers.empty,
    "nobody_signed": lambda evidence, coverage: evidence.reviewers.empty,
    "funding": lambda evidence, coverage: _signed(evidence, "funding"),
    "interests": lambda evidence, coverage: _signed(evidence, "interests"),
    "all_interests": lambda evidence, coverage: (
        not evidence.reviewers.empty and bool(evidence.reviewers["interests"].fillna("").str.strip().ne("").all())
    ),
    "rated": lambda evidence, coverage: not evidence.grade.empty,
    "judged": lambda evidence, coverage: not evidence.risk_of_bias.empty,
    "coded": lambda evidence, coverage: is_coded(evidence),
    "declared": lambda evidence, coverage: is_coded(evidence) and not evidence.codebook.hypotheses.empty,
}
