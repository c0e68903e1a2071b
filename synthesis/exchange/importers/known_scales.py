"""What the name of a scale or of an event says of its good direction: symptoms are better low, recovery better high.

Only names whose direction nobody disputes. A name that holds words of both kinds, or of neither, says nothing; nor does
one with a word that may turn the rest round: distress tolerance, depression literacy, non-response, relapse-free.
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
    "admission", "readmission", "adverse", "mortality",
)  # fmt: skip
# What may turn a name round, of events and of scales; the reader is asked then.
_TURNING = re.compile(
    r"\b(?:not|no|non|without|free|avoid\w*|prevent\w*|avert\w*|fail\w*|never|absence|absent|lack\w*|loss|lost|less|fewer|"
    r"low|poor|(?:time|days|weeks|months) (?:to|until|of|in)|until|negative)\b"
)
_TURNING_SCALES = re.compile(
    r"\b(?:tolera\w*|resist\w*|litera\w*|knowledge|belief\w*|attitude\w*|control\w*|manag\w*|coping|cope|accept\w*|"
    r"impair\w*|problem\w*|deficit\w*|difficult\w*|barrier\w*|fear\w*|help seeking|seeking|reduc\w*|improv\w*|chang\w*|"
    r"remi\w*|respon\w*|days)\b"
)


def _whole(codes: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(codes, key=len, reverse=True))})(?: ?[0-9]+[a-z]?| i+)?(?= |$)")


def _begun(stems: tuple[str, ...], before: str = "") -> re.Pattern[str]:
    """Find words that begin with a stem; `before` is what may stand before it in the same word."""
    return re.compile(rf"\b{before}(?:{'|'.join(stems)})")


_LOWER, _HIGHER = _whole(_LOWER_CODES), _whole(_HIGHER_CODES)
_LOWER_NAMES, _HIGHER_NAMES = _begun(_LOWER_WORDS), _begun(_HIGHER_WORDS)
_GOOD, _BAD = _begun(_GOOD_EVENTS), _begun(_BAD_EVENTS)
_ANY_EVENT = _begun((*_GOOD_EVENTS, *_BAD_EVENTS), before="(?:non|un)?")


def direction_of_scale(name: str) -> str:
    """Return `higher` or `lower`, the good direction that a scale's name says; empty where it says none."""
    text = fold(name)
    if _TURNING.search(text) or _TURNING_SCALES.search(text):
        return ""
    lower = bool(_LOWER.search(text) or _LOWER_NAMES.search(text))
    higher = bool(_HIGHER.search(text) or _HIGHER_NAMES.search(text))
    return "" if lower == higher else "lower" if lower else "higher"


def direction_of_event(name: str) -> str:
    """Return whether more events of this name are better, `higher` or `lower`; empty where the name does not say."""
    text = fold(name)
    good, bad = bool(_GOOD.search(text)), bool(_BAD.search(text))
    return "" if good == bad or _TURNING.search(text) else "higher" if good else "lower"


def is_event(name: str) -> bool:
    """Say whether a kind of result names events, good or bad or absent, and not a way of calculating an effect."""
    return bool(_ANY_EVENT.search(fold(name)))
