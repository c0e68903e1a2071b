"""The arms of an imported trial: one role each, named by what they received."""

from __future__ import annotations

import re

from synthesis.exchange.importers.keys import fold, same_name, slug
from synthesis.exchange.root import Row, Trial

_COMPARATORS = (
    ("waitlist", frozenset("wl wlc waitlist".split()), ("waiting list", "wait list", "waitlist", "delayed treatment")),
    ("usual_care", frozenset("cau tau uc eau".split()), ("usual", "standard care", "routine care", "enhanced cau")),
    ("attention", frozenset("att attention".split()), ("attention",)),
    ("active", frozenset("active".split()), ("active control", "active comparator")),
)
_MODALITIES = {
    "individual": "one_to_one", "ind": "one_to_one", "one to one": "one_to_one",
    "group": "group", "grp": "group", "mixed": "mixed", "mix": "mixed",
}  # fmt: skip
_HALVES = re.compile(
    r"[\s,;:–-]*[(\[]?\s*\b(?P<which>high|low)\b(?:\s+(?:support|dose|intensity|users?))?\s*[)\]]?\s*$", re.I
)
_WEEKS = {"week": 1.0, "month": 365.25 / 12 / 7, "year": 365.25 / 7}
_DURATION = re.compile(r"(?P<n>[0-9]+(?:[.,][0-9]+)?)\s*(?P<unit>week|month|mnonth|year)s?", re.I)


def comparator_type(condition: str) -> str:
    """Return the contract's kind of a control condition, empty when its name does not tell."""
    name = fold(condition)
    for kind, codes, words in _COMPARATORS:
        if name in codes or any(word in name for word in words):
            return kind
    return ""


def modality(text: str) -> str:
    """Return how people met, empty when the word is not known."""
    return _MODALITIES.get(fold(text), "")


def weeks_of(text: str) -> float | None:
    """Return a duration in weeks, None unless the text is one number with its unit and nothing else."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        return None
    unit = found["unit"].lower().replace("mn", "m")
    return float(found["n"].replace(",", ".")) * _WEEKS[unit]


def half_of(instrument: str) -> tuple[str, str]:
    """Split an instrument's name into the scale and the part of the arm it stands for: high or low, else empty."""
    found = _HALVES.search(instrument)
    if not found or not instrument[: found.start()].strip():
        return instrument, ""
    return instrument[: found.start()].strip(), found["which"].lower()


def arm_key(trial: Trial, role: str, label: str) -> str:
    """Return the key of an arm, entering it where it is new; the same label in the other role is another arm.

    Labels are the same however they are typed: "CAU", "cau" and "cau " are one arm, under the first label.
    """
    name = same_name(label)
    if (role, name) in trial.labels:
        return trial.labels[role, name]
    base = slug(label) or role
    if base in trial.arms and trial.arms[base]["role"] != role:
        base = f"{base}_{role}"
    key = base
    while key in trial.arms:
        trial.uses[base] = trial.uses.get(base, 1) + 1
        key = f"{base}_{trial.uses[base]}"
    trial.arms[key] = {"arm": key, "role": role, "label": label}
    trial.labels[role, name] = key
    return key


def fill(arm: Row, column: str, value: str) -> bool:
    """Enter a value in an empty cell of an arm; say whether the cell now holds it."""
    if not arm.get(column):
        arm[column] = value
    return arm[column] == value
