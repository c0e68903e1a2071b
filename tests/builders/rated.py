"""Reviews with thresholds and ratings of certainty: rows as people write them, and pools as rules meet them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from builders.roots import build_evidence, events, means
from synthesis.answers.grading.facts import PoolFacts, gather_facts
from synthesis.answers.grading.threshold import OnScale
from synthesis.evidence import Evidence

CONCERN_DOMAINS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
READER = {"reviewer": "A. Reader", "role": "rates"}


def threshold(size: float, outcome: str = "recovery", scale: str = "smd", **cells: Any) -> dict[str, Any]:
    """Return a row of thresholds."""
    plain = {"outcome": outcome, "scale": scale, "small": size, "kind": "convention", "reason": "Sample"}
    return plain | cells


def rating(domain: str, judgement: str, levels: int | str = "", **cells: Any) -> dict[str, Any]:
    """Return a decided row of grade.csv."""
    plain = {"outcome": "recovery", "domain": domain, "judgement": judgement, "levels": levels, "status": "agreed"}
    return plain | {"reason": "A reason that says enough.", "decided_by": "A. Reader", "date": "2026-01-02"} | cells


def rated(overall: str, target: str, down: Mapping[str, int] | None = None, **cells: Any) -> list[dict[str, Any]]:
    """Return the rows of one outcome, decided throughout; `down` has the levels of domains that are rated down."""
    words = {0: "not_serious", -1: "serious", -2: "very_serious"}
    levels = {domain: (down or {}).get(domain, 0) for domain in CONCERN_DOMAINS}
    rows = [rating(domain, words[level], level, **cells) for domain, level in levels.items()]
    return [rating("target", target, **cells), *rows, rating("overall", overall, **cells)]


def four_trials(gap: float = 5.0, outcome: str = "recovery", sd: float = 10.0) -> list[dict[str, Any]]:
    """Return four trials of means that differ by about `gap` points, 100 people an arm."""
    names = ("ash2001sample", "birch2002sample", "cedar2003sample", "damson2004sample")
    return [
        means(50 + gap + shift, sd, 100, 50, sd, 100, trial=name, outcome=outcome)
        for name, shift in zip(names, (0.0, 0.5, -0.5, 0.2), strict=True)
    ]


def four_counts(a: int = 20, c: int = 40, n: int = 200) -> list[dict[str, Any]]:
    """Return four trials of readmissions."""
    names = ("ash2001sample", "birch2002sample", "cedar2003sample", "damson2004sample")
    return [events(a + shift, n, c, n, trial=name) for name, shift in zip(names, (0, 1, -1, 2), strict=True)]


def review(
    root: Path, rows: Sequence[Mapping[str, Any]], *, grade: Sequence[Mapping[str, Any]] = (), **parts: Any
) -> Evidence:
    """Write a review with thresholds (0.2 for recovery by default) and ratings, and load it."""
    thresholds = parts.pop("thresholds", [threshold(0.2)])
    lists = {"codebook_thresholds": thresholds, "grade": list(grade), "reviewers": [READER], **parts.pop("lists", {})}
    return build_evidence(root, rows, lists=lists, **parts)


def facts_at(facts: PoolFacts, estimate: float, lower: float, upper: float, size: float = 0.2) -> PoolFacts:
    """Return facts whose pool lies elsewhere on its threshold's scale, as the rules would meet it."""
    pooled = replace(facts.pooled, estimate=estimate, ci_lb=lower, ci_ub=upper)
    return replace(
        facts,
        pooled=pooled,
        scaled=OnScale(estimate, lower, upper),
        threshold=replace(facts.threshold, size=size),
    )


def facts_of(evidence: Evidence, outcome: str = "recovery", **options: Any) -> PoolFacts:
    """Gather the facts of an outcome."""
    return gather_facts(evidence, outcome, **options)
