"""What the name of a scale or of an event says of its good direction: symptoms are better low, recovery better high.

Only names whose direction nobody disputes. A name that holds words of both kinds, or of neither, says nothing.
"""

from __future__ import annotations

import re

from synthesis.exchange.importers.keys import fold

# Abbreviations as they stand in folded text, a version's number allowed behind: BDI-II, PHQ-9, HAM-D 17.
_LOWER_CODES = (
    "bdi", "phq", "hdrs", "hamd", "ham d", "hrsd", "madrs", "madrs s", "ces d", "cesd", "epds", "gds", "qids",
    "ids", "mdi", "gad", "bai", "stai", "hama", "ham a", "hads", "hads d", "hads a", "dass", "pcl", "pcl c",
    "caps", "ies", "ies r", "dssq", "isi", "psqi", "lsas", "spin", "scl", "hscl", "hscl d", "k6", "k10",
    "panss", "sans", "saps", "bprs", "ybocs", "y bocs", "pswq", "pdss", "bhs", "bss", "audit", "dudit", "ede q",
    "bsl", "core om", "oasis",
)  # fmt: skip
_HIGHER_CODES = (
    "gaf", "whoqol", "wemwbs", "swemwbs", "sf 36", "sf36", "sf 12", "sf12", "eq 5d", "eq5d", "swls", "rses",
    "gse", "cd risc", "mspss", "mansa", "who 5",
)  # fmt: skip
_LOWER_WORDS = (
    "depressi", "anxi", "ptsd", "posttraumatic stress", "symptom", "insomnia", "distress", "loneliness",
    "hopeless", "suicid", "ideation", "craving", "worry", "burnout", "stigma", "psychopathology", "disability",
    "psychiatric rating",
)  # fmt: skip
_HIGHER_WORDS = (
    "quality of life", "well being", "wellbeing", "self esteem", "self efficacy", "functioning", "hope scale",
    "recovery assessment", "process of recovery", "recovery scale", "resilience", "empowerment",
    "social support", "satisfaction", "mindfulness",
)  # fmt: skip
_GOOD_EVENTS = (
    "respon", "remission", "remitt", "improve", "recover", "employ", "completer", "abstinen",
)  # fmt: skip
_BAD_EVENTS = (
    "deterior", "dropout", "drop out", "death", "attempt", "relapse", "ideation", "attrition", "suicid",
    "admission", "adverse", "mortality",
)  # fmt: skip


def _whole(codes: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(codes, key=len, reverse=True))})(?: ?[0-9]+[a-z]?| i+)?(?= |$)")


_LOWER, _HIGHER = _whole(_LOWER_CODES), _whole(_HIGHER_CODES)


def direction_of_scale(name: str) -> str:
    """Return `higher` or `lower`, the good direction that a scale's name says; empty where it says none."""
    text = fold(name)
    lower = bool(_LOWER.search(text)) or any(word in text for word in _LOWER_WORDS)
    higher = bool(_HIGHER.search(text)) or any(word in text for word in _HIGHER_WORDS)
    return "" if lower == higher else "lower" if lower else "higher"


def direction_of_event(name: str) -> str:
    """Return whether more events of this name are better, `higher` or `lower`; empty where the name does not say."""
    text = fold(name)
    good, bad = (any(stem in text for stem in stems) for stems in (_GOOD_EVENTS, _BAD_EVENTS))
    return "" if good == bad else "higher" if good else "lower"


def is_event(name: str) -> bool:
    """Say whether a kind of result names events, good or bad, and not a way of calculating an effect."""
    text = fold(name)
    return any(stem in text for stem in (*_GOOD_EVENTS, *_BAD_EVENTS))
