"""`sof.json`: the summary of findings for machines, described by `sof.schema.json` in `synthesis/schemas/results`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from synthesis.answers.grading.absolute import absolute, for_people
from synthesis.answers.grading.grade import Grading
from synthesis.answers.grading.judged import Judged
from synthesis.answers.grading.natural import in_points
from synthesis.answers.grading.publication_bias import missing_results
from synthesis.answers.grading.rows import kind_of, summary_row
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.answers.grading.target import flips_of
from synthesis.evidence.certainty import CERTAINTIES, CONCERN_DOMAINS, CONCERNS, GRADE_DOMAINS
from synthesis.evidence.contract import SCHEMAS

SOF_VERSION = "1.0"
SCHEMA_NAME = "sof.schema.json"


def sof_schema() -> str:
    """Return the JSON Schema of `sof.json` as text.

    Examples
    --------
    >>> import json
    >>> json.loads(sof_schema())["title"]
    'Summary of findings'
    """
    return (SCHEMAS / "results" / SCHEMA_NAME).read_text(encoding="utf-8")


def sof_outcome(grading: Grading) -> dict[str, Any]:
    """Return the object of one outcome: every number unrounded, every cell, certainty in FHIR's codes."""
    facts = grading.facts
    domain = facts.evidence.codebook.outcome(facts.outcome)
    times = facts.effects.frame["timepoint_months"]
    threshold = facts.threshold
    return {
        "outcome": facts.outcome,
        "pool": facts.pool,
        "label": facts.effects.outcome_label,
        "role": str(domain["role"]),
        "better": facts.effects.better,
        "kind": kind_of(grading),
        "measure": facts.effects.measure,
        "trials": facts.effects.n_trials,
        "participants": facts.effects.participants()[0],
        "effects_of_unknown_size": facts.effects.participants()[1],
        "follow_up_months": None if times.empty else {"first": times.min(), "last": times.max()},
        "effect": _effect(grading),
        "absolute": _absolute(grading),
        "threshold": None if threshold is None else asdict(threshold) | {"on_scale": _on_scale(grading)},
        "missing_results": asdict(missing_results(facts)),
        "certainty": _certainty(grading),
        "target": _decided(grading, "target"),
        "sentence": grading.says() or None,
        "cells": summary_row(grading).to_dict(),
    }


def _effect(grading: Grading) -> dict[str, Any] | None:
    pooled = grading.facts.pooled
    if pooled is None:
        return None
    names = "k estimate se ci_lb ci_ub pval pi_lb pi_ub tau2 I2".split()
    return {name: getattr(pooled, name) for name in names} | {"withheld": list(pooled.withheld)}


def _on_scale(grading: Grading) -> dict[str, Any] | None:
    scaled = grading.facts.scaled
    if scaled is None:
        return None
    return asdict(scaled) | {
        "target": grading.suggestions["target"].judgement,
        "target_at": [asdict(flip) for flip in flips_of(grading.facts)],
    }


def _absolute(grading: Grading) -> dict[str, Any] | None:
    facts = grading.facts
    if facts.pooled is None or not facts.is_enough:
        return None
    people = for_people(facts.pooled)
    if people is not None:
        points = in_points(facts)
        return {"kind": "definition", **asdict(people), "points": None if points is None else asdict(points)}
    source = facts.of_risks or facts.pooled
    risks = [found for baseline in facts.baselines if (found := absolute(source, baseline)) is not None]
    return {"kind": "risk", "per": 1000, "risks": [found.to_dict() for found in risks]} if risks else None


def _certainty(grading: Grading) -> dict[str, Any]:
    overall = grading.judged.get("overall")
    added = grading.arithmetic
    return {
        "rating": None if overall is None else CERTAINTIES[overall.judgement].fhir,
        **_signature(overall),
        "arithmetic": CERTAINTIES[added].fhir if added else None,
        "subcomponents": [
            _subcomponent(domain, grading.suggestions[domain], grading.judged.get(domain)) for domain in CONCERN_DOMAINS
        ],
    }


def _subcomponent(domain: str, suggestion: Suggestion, judged: Judged | None) -> dict[str, Any]:
    suggested = CONCERNS[suggestion.judgement].fhir if suggestion.judgement in CONCERNS else None
    return {
        "type": GRADE_DOMAINS[domain].fhir,
        "rating": None if judged is None else CONCERNS[judged.judgement].fhir,
        "levels": None if judged is None else judged.levels,
        **_signature(judged),
        "suggestion": {
            "rule": suggestion.judgement,
            "rating": suggested,
            "consider_more": suggestion.consider_more,
            "note": suggestion.reason,
            "facts": dict(suggestion.facts),
        },
    }


def _decided(grading: Grading, domain: str) -> dict[str, Any]:
    own = grading.judged.get(domain)
    return {"rating": None if own is None else own.judgement, **_signature(own)}


def _signature(judged: Judged | None) -> dict[str, Any]:
    if judged is None:
        return {"rater": None, "note": None, "date": None, "status": None, "stale": None}
    return {
        "rater": judged.decided_by,
        "note": judged.reason,
        "date": judged.date,
        "status": judged.status,
        "stale": list(judged.stale),
    }
