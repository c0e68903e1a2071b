"""Which side of a plot favours the experimental group, told by its labels, in whatever way they are written."""

from __future__ import annotations

import re

from synthesis.exchange.importers.keys import fold

_FAVOURS = re.compile(
    r"\b(?:in )?(?P<core>favou?r)(?:s|ing|ed|able)?(?: (?:of|to|for))?\b"
    r"|\b(?:is|are|does|do|with)? ?(?P<core2>better)\b"
    r"|\b(?P<core3>benefits?|beneficial|superior)(?: (?:of|to|for|from|with))?\b"
)
_AGAINST = re.compile(
    r"\b(?:is|are|does|do|with)? ?(?P<core>worse|poorer|inferior|detrimental|against)(?: (?:to|for|with|on))?\b"
    r"|\b(?P<core2>(?:dis|un)favou?r\w*|harm(?:s|ed|ful|ing)?)(?: (?:of|to|for|from|with|by|on))?\b"
)
# "No treatment better" names a group, "drug no better" takes the word back.
_TAKEN_BACK = re.compile(
    r"\b(?:no|not|non|never|less|least|nor|without|doesnt|dont)(?: (?:in|be|a|any|more|much|cause|causing))? "
    r"(?:favou?r|better|benefi|superior|worse|poorer|inferior|detrimental|against|disfavou?r|unfavou?r|harm)"
)
# Without a word of favour, these say where the numbers lie and not whom they favour: "Less pain with drug".
_AMOUNTS = re.compile(
    r"\b(?:less|more|fewer|lower|higher|decreas\w*|increas\w*|reduc\w*|longer|shorter|greater|smaller|improv\w*)\b"
)
_EXPERIMENTAL = ("experimental", "intervention", "treatment", "active", "treated")
_CONTROL = (
    "control", "comparator", "comparison", "placebo", "usual care", "standard care", "no treatment", "no intervention",
    "tau", "standard", "sham", "waiting list", "waitlist", "untreated",
)  # fmt: skip
# What a bare label may hold beside the name of a group: "Drug 10 mg group"; anything else may count something.
_BESIDE = frozenset("the a an group groups arm arms alone only mg g ml and plus or care therapy".split())


def better_by_labels(left: str, right: str, experimental: str, control: str) -> str:
    """Return `lower` where the left side favours the experimental group, `higher` where the right does, else empty.

    Parameters
    ----------
    left, right : str
        Labels of the plot's sides: "Favours drug", "Favors drug", "Drug better", "Against drug", or only "Drug". A
        label that counts something, "Deaths on drug", tells nothing.
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
    named = {*experimental.split(), *control.split()}
    against, favours = _says(_AGAINST, text, named), _says(_FAVOURS, text, named)
    if (against and favours) or _TAKEN_BACK.search(text):
        return ""
    if against:
        name = _AGAINST.sub(" ", text)
    elif favours:
        name = _FAVOURS.sub(" ", text)
    elif _AMOUNTS.search(text) or not _is_bare_name(text, named):
        return ""
    else:
        name = text
    group = _named(" ".join(name.split()), experimental, control)
    return {"experimental": "control", "control": "experimental"}.get(group, "") if against else group


def _says(pattern: re.Pattern[str], text: str, named: set[str]) -> bool:
    """Say whether a text holds such a word that is none of a group's name: "harm reduction" is no harm."""
    found = ({word for word in match.groupdict().values() if word} for match in pattern.finditer(text))
    return any(not words <= named for words in found)


def _is_bare_name(text: str, named: set[str]) -> bool:
    """Say whether a label without a word of favour names a group and nothing else: "Deaths on drug" counts deaths."""
    for name in sorted((*_EXPERIMENTAL, *_CONTROL), key=len, reverse=True):
        text = re.sub(rf"\b{name}\b", " ", text)
    return all(word in named or word in _BESIDE or word.isdecimal() for word in text.split())


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
