"""Which side of a plot favours the experimental group, told by its labels, in whatever way they are written."""

from __future__ import annotations

import re

from synthesis.exchange.importers.keys import fold

_FAVOURS = re.compile(r"\b(?:in )?favou?r(?:s|ing|ed|able)?(?: (?:of|to|for))?\b|\b(?:is|are|does|do|with)? ?better\b")
_AGAINST = re.compile(r"\b(?:is|are|does|do|with)? ?worse\b")
# Without a word of favour, these say where the numbers lie and not whom they favour: "Less pain with drug".
_AMOUNTS = re.compile(
    r"\b(?:less|more|fewer|lower|higher|decreas\w*|increas\w*|reduc\w*|longer|shorter|greater|smaller|improv\w*)\b"
)
_EXPERIMENTAL = ("experimental", "intervention", "treatment", "active", "treated")
_CONTROL = (
    "control", "comparator", "comparison", "placebo", "usual care", "standard care", "no treatment", "no intervention",
    "tau", "standard", "sham", "waiting list", "waitlist", "untreated",
)  # fmt: skip


def better_by_labels(left: str, right: str, experimental: str, control: str) -> str:
    """Return `lower` where the left side favours the experimental group, `higher` where the right does, else empty.

    Parameters
    ----------
    left, right : str
        Labels of the plot's sides: "Favours drug", "Favors drug", "Drug better", or only "Drug".
    experimental, control : str
        What the two groups are called; empty where that is not said.
    """
    sides = [_whose(text, fold(experimental), fold(control)) for text in (left, right)]
    if sides in (["experimental", "control"], ["experimental", ""], ["", "control"]):
        return "lower"
    return "higher" if sides in (["control", "experimental"], ["control", ""], ["", "experimental"]) else ""


def _whose(label: str, experimental: str, control: str) -> str:
    """Return which group a label favours, empty where it cannot be told."""
    text = fold(label)
    against = bool(_AGAINST.search(text))
    if not against and not _FAVOURS.search(text) and _AMOUNTS.search(text):
        return ""
    name = " ".join(_AGAINST.sub(" ", _FAVOURS.sub(" ", text)).split())
    group = _named(name, experimental, control)
    return {"experimental": "control", "control": "experimental"}.get(group, "") if against else group


def _named(name: str, experimental: str, control: str) -> str:
    if not name:
        return ""
    likeness = [_likeness(name, own) if experimental != control else 0.0 for own in (experimental, control)]
    if likeness[0] != likeness[1]:
        return "experimental" if likeness[0] > likeness[1] else "control"
    generic = [any(re.search(rf"\b{word}\b", name) for word in words) for words in (_EXPERIMENTAL, _CONTROL)]
    # "No treatment" and "no intervention" hold the word for the other group.
    if generic[1]:
        return "control"
    return "experimental" if generic[0] else ""


def _likeness(name: str, own: str) -> float:
    """Return how much of the words of the shorter of two names the longer one has, from 0 to 1; 2 for the same."""
    if not own:
        return 0.0
    if name == own:
        return 2.0
    words, others = set(name.split()), set(own.split())
    return len(words & others) / min(len(words), len(others))
