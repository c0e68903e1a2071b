"""The fingerprint of what was rated: of the effects and threshold, and of what each domain stands on beside them.

A number in a trial that moves an effect makes every rating of its outcome stale and no other; a judgement of bias only
those of risk of bias and the whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from synthesis.answers.grading.facts import PoolFacts
from synthesis.answers.grading.indirectness import people_studied
from synthesis.statistics.measures import MEASURES

SHORT = 12
_SHA = re.compile(rf"\bsha=([0-9a-f]{{{SHORT}}})$")
SEEN = "k={k} {measure} {effect} [{lower},{upper}] thr={threshold} sha={sha}"
NOT_POOLED = "k={k} {measure} not pooled thr={threshold} sha={sha}"
# What each domain stands on beside the effects.
BESIDE = {
    "risk_of_bias": ("bias",),
    "indirectness": ("people",),
    "publication_bias": ("unreported",),
    "overall": ("bias", "people", "unreported"),
}


def seen(facts: PoolFacts, domain: str) -> str:
    """Return what a rating of a domain was made of: a line for people, with a fingerprint at its end.

    Parameters
    ----------
    facts : PoolFacts
    domain : str
        Code of `GRADE_DOMAINS`.
    """
    threshold = "none" if facts.threshold is None else f"{facts.threshold.size:.6g}"
    text = {"measure": facts.effects.measure, "threshold": threshold, "sha": fingerprint(facts, domain)}
    pooled = facts.pooled
    if pooled is None:
        return NOT_POOLED.format(k=0, **text)
    natural = [float(MEASURES[pooled.measure].natural(x)) for x in (pooled.estimate, pooled.ci_lb, pooled.ci_ub)]
    effect, lower, upper = (f"{value:.3f}" for value in natural)
    return SEEN.format(k=pooled.k, effect=effect, lower=lower, upper=upper, **text)


def fingerprint(facts: PoolFacts, domain: str) -> str:
    """Return the first digits of the SHA-256 of everything that a rating of a domain stands on."""
    parts = {"effects": _effects(facts)} | {name: _PARTS[name](facts) for name in BESIDE.get(domain, ())}
    told = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(told.encode("ascii")).hexdigest()[:SHORT]


def sha_of(text: str) -> str:
    """Return the fingerprint at the end of a line made by `seen`; empty where there is none."""
    found = _SHA.search(text)
    return found[1] if found else ""


def _digits(value: float) -> str:
    # Six digits: the same on every machine, and far finer than any report prints.
    return f"{value:.6g}"


def _effects(facts: PoolFacts) -> dict[str, Any]:
    columns = ["trial", "intervention_arm", "comparator_arm", "yi", "vi", "n_intervention", "n_comparator"]
    rows = [
        [str(cell) if isinstance(cell, str) else _digits(float(cell)) for cell in row]
        for row in facts.effects.frame[columns].itertuples(index=False)
    ]
    threshold = facts.threshold
    own = None if threshold is None else [threshold.scale, _digits(threshold.size)]
    on_risk = threshold is not None and threshold.scale == "per_1000" and facts.baselines
    risk = _digits(facts.baselines[0].risk) if on_risk else ""
    return {"measure": facts.effects.measure, "rows": sorted(rows), "threshold": own, "risk": risk}


def _bias(facts: PoolFacts) -> list[list[str]]:
    return sorted(map(list, set(zip(facts.effects.frame["trial"], facts.effects.frame["rob"], strict=True))))


def _people(facts: PoolFacts) -> list[list[str]]:
    columns = ["trial", "comparator_type", "population_group", "peer_status", "country", "instrument"]
    frame = people_studied(facts)
    cells = frame[columns].astype(str).assign(months=frame["timepoint_months"].map(_digits))
    return sorted([list(row) for row in cells.itertuples(index=False)])


def _unreported(facts: PoolFacts) -> list[list[str]]:
    left = facts.effects.left_out[["trial", "kind", "reported_direction"]].astype(str)
    judged = facts.evidence.rob_me
    judged = judged.loc[judged["outcome"].eq(facts.outcome), ["question", "answer", "judgement"]].astype(str)
    return sorted([list(row) for table in (left, judged) for row in table.itertuples(index=False)])


_PARTS = {"bias": _bias, "people": _people, "unreported": _unreported}
