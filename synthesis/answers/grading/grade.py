"""One outcome's certainty: the rules' suggestions with their facts, people's decisions on file, and what follows.

Without a person's row the certainty is not rated and no sentence says an effect with probably or may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthesis.answers.grading.facts import PoolFacts, gather_facts
from synthesis.answers.grading.imprecision import suggest_imprecision
from synthesis.answers.grading.inconsistency import suggest_inconsistency
from synthesis.answers.grading.indirectness import suggest_indirectness
from synthesis.answers.grading.judged import CONFIRM, Judged, read_judged, rows_of
from synthesis.answers.grading.overall import arithmetic, suggest_overall
from synthesis.answers.grading.publication_bias import suggest_publication_bias
from synthesis.answers.grading.risk_of_bias import suggest_risk_of_bias
from synthesis.answers.grading.rules import RULE_VERSION
from synthesis.answers.grading.seen import seen
from synthesis.answers.grading.sentences import effect_sentence
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.answers.grading.target import suggest_target
from synthesis.choices import LEVEL, METHOD, CiMethod, PoolMethod
from synthesis.effects import Effects
from synthesis.evidence import Evidence
from synthesis.evidence.certainty import CERTAINTIES, DECIDING, GRADE_DOMAINS, GRADE_POOLS, judgement_in_words
from synthesis.evidence.contract import load_contract
from synthesis.results import Result
from synthesis.wording import count

NOT_RATED = "not rated"
DRAFT_ON_FILE = "not rated (a draft is on file)"
RULES: Mapping[str, Callable[[PoolFacts], Suggestion]] = {
    "target": suggest_target,
    "risk_of_bias": suggest_risk_of_bias,
    "inconsistency": suggest_inconsistency,
    "indirectness": suggest_indirectness,
    "imprecision": suggest_imprecision,
    "publication_bias": suggest_publication_bias,
}


@dataclass(frozen=True, eq=False)
class Grading(Result):
    """The certainty of the evidence on one outcome.

    Attributes
    ----------
    facts : PoolFacts
        What is rated.
    suggestions : dict of Suggestion
        By domain, target and overall among them; they never decide.
    judged : dict of Judged
        The row that decides each domain, as far as there is one.
    drafts : tuple of Judged
        Rows that do not count yet.

    Examples
    --------
    >>> grading = grade_outcome(evidence, "recovery")
    >>> print(grading)
    Personal recovery: 17 trials, certainty not rated
    >>> list(grading.suggestions)
    ['target', 'risk_of_bias', 'inconsistency', 'indirectness', 'imprecision', 'publication_bias',
    'overall']
    """

    facts: PoolFacts
    suggestions: dict[str, Suggestion]
    judged: dict[str, Judged]
    drafts: tuple[Judged, ...]

    @property
    def outcome(self) -> str:
        """Key of the outcome."""
        return self.facts.outcome

    @property
    def certainty(self) -> str:
        """Code of the certainty that people decided; empty where nobody has."""
        own = self.judged.get("overall")
        return "" if own is None else own.judgement

    @property
    def certainty_in_words(self) -> str:
        """The certainty as a cell gives it; not rated without a deciding row."""
        own = self.judged.get("overall")
        if own is None:
            return DRAFT_ON_FILE if any(draft.domain == "overall" for draft in self.drafts) else NOT_RATED
        words = judgement_in_words(own.judgement)
        return f"{words} ({CONFIRM})" if self.is_stale else words

    @property
    def is_stale(self) -> bool:
        """Whether a deciding row is of other data or another rule than today's."""
        return any(own.stale for own in self.judged.values())

    @property
    def arithmetic(self) -> str:
        """Code of what the decided domains add up to; empty where one is not decided."""
        return arithmetic(self.judged)

    def says(self) -> str:
        """Say the effect with its certainty; empty unless people decided certainty and target of today's data."""
        overall, target = self.judged.get("overall"), self.judged.get("target")
        pooled = self.facts.pooled
        if overall is None or self.is_stale or pooled is None or not self.facts.is_enough:
            return ""
        return effect_sentence(
            overall.judgement,
            "" if target is None else target.judgement,
            pooled.estimate,
            intervention=pooled.effects.names.intervention,
            label=pooled.effects.outcome_label,
            better=pooled.effects.better,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row a domain: the suggestion with its facts, and the row that decides."""
        rows = []
        for domain, own in self.suggestions.items():
            decided = self.judged.get(domain)
            rows.append(
                {
                    "domain": domain,
                    "rule_judgement": own.judgement,
                    "rule_levels": own.levels,
                    "rule_code": own.code,
                    "rule_reason": own.reason,
                    "judgement": "" if decided is None else decided.judgement,
                    "levels": None if decided is None else decided.levels,
                    "reason": "" if decided is None else decided.reason,
                    "decided_by": "" if decided is None else decided.decided_by,
                    "date": "" if decided is None else decided.date,
                    "status": "" if decided is None else decided.status,
                    "stale": () if decided is None else decided.stale,
                }
            )
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return what is rated, what the rules suggest and what people decided, as plain values."""
        return {
            **self.facts.to_dict(),
            "rule_version": RULE_VERSION,
            "certainty": self.certainty or None,
            "arithmetic": self.arithmetic or None,
            "stale": self.is_stale,
            "says": self.says(),
            "suggestions": [own.to_dict() for own in self.suggestions.values()],
            "judged": [own.to_dict() for own in self.judged.values()],
            "drafts": [own.to_dict() for own in self.drafts],
            "seen": {domain: seen(self.facts, domain) for domain in self.suggestions},
        }

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each domain with the rule's word, its facts and people's judgement."""
        rows = [
            {
                "Domain": GRADE_DOMAINS[domain].words,
                "The rule suggests": judgement_in_words(own.judgement),
                "On these facts": own.reason,
                "People judged": self.judged[domain].in_words if domain in self.judged else NOT_RATED,
            }
            for domain, own in self.suggestions.items()
        ]
        return pd.DataFrame(rows)

    def draft_rows(self) -> list[dict[str, str]]:
        """Return rows for the file: the rule's columns filled, everything that a person decides empty."""
        columns = load_contract()["grade"].columns
        return [
            dict.fromkeys(columns, "")
            | {
                "outcome": self.outcome,
                "pool": self.facts.pool,
                "domain": domain,
                "rule_judgement": own.judgement,
                "rule_reason": own.reason,
                "rule_version": RULE_VERSION,
                "seen": seen(self.facts, domain),
            }
            for domain, own in self.suggestions.items()
        ]

    def __str__(self) -> str:
        effects, pool = self.facts.effects, GRADE_POOLS.get(self.facts.pool, "")
        of = f"{effects.outcome_label}{', ' + pool if pool else ''}: {count(effects.n_trials, 'trial')}"
        return f"{of}, certainty {self.certainty_in_words}"


def grade_outcome(
    evidence: Evidence,
    outcome: str,
    *,
    pool: str = "",
    effects: Effects | None = None,
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
) -> Grading:
    """Suggest ratings of certainty with their facts, and read those that people decided.

    Parameters
    ----------
    evidence : Evidence
    outcome : str
        By key or label.
    pool : str
        A part of the pool, as `judgements/grade.csv` names it; empty for the outcome's own.
    effects : Effects, optional
        The outcome's effects, where they are at hand.
    method, ci, level
        As `pool` takes them.

    Returns
    -------
    Grading

    Raises
    ------
    ChoiceError
        For an outcome, pool, method, interval or level that does not exist.

    Examples
    --------
    >>> print(grade_outcome(load_evidence(), "recovery"))
    Personal recovery: 17 trials, certainty not rated
    """
    facts = gather_facts(evidence, outcome, pool_name=pool, effects=effects, method=method, ci=ci, level=level)
    suggestions = {domain: rule(facts) for domain, rule in RULES.items()}
    rows = [
        read_judged(row, seen=seen(facts, row.domain), suggested=_suggested(suggestions, row))
        for row in rows_of(evidence, facts.outcome, facts.pool).itertuples()
    ]
    judged = {own.domain: own for own in rows if own.decides}
    suggestions["overall"] = suggest_overall(judged)
    return Grading(facts, suggestions, judged, tuple(own for own in rows if not own.decides))


def _suggested(suggestions: Mapping[str, Suggestion], row: Any) -> str:
    """Return what the rule suggests; the sum of the domains follows people's rows and makes no rating stale."""
    return suggestions[row.domain].judgement if row.domain in suggestions else str(row.rule_judgement)


def is_rated(evidence: Evidence) -> bool:
    """Say whether people have decided the certainty of any outcome."""
    rows = evidence.grade
    decided = rows["domain"].eq("overall") & rows["judgement"].isin(list(CERTAINTIES))
    return bool((decided & rows["status"].isin(DECIDING)).any())
