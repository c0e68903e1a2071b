"""Columns with judgements of bias: which tool and domain they mean, and what their codes say."""

from __future__ import annotations

import re
from collections.abc import Mapping

from synthesis.evidence.vocabulary import JUDGEMENTS
from synthesis.exchange.cells import clean
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import Row, Trial
from synthesis.exchange.source import Source

_ROB2 = {"1": "randomisation", "2": "deviations", "3": "missing_data", "4": "measurement", "5": "selective_reporting"}
# rob_d1, RoB_domain1, rob2_1, D3, domain_4_measurement, risk_of_bias_5 ...
_NUMBERED = re.compile(
    r"(?:(?:rob_?2?|risk_of_bias|bias|rob2)_?)?(?:(?:domain|dom|d)_?)?(?P<n>[1-5])(?:_(?:rob2?|bias|judge?ment))?(?:_.*)?"
)
_SAYS_BIAS = re.compile(r"rob|bias|domain|dom_?[1-5]|d[1-5]")
_OVERALL = re.compile(
    r"(?:overall|total|summary)_(?:rob2?|risk_of_bias|bias)(?:_judge?ment)?"
    r"|(?:rob_?2?|risk_of_bias|bias)_(?:overall|total|summary)(?:_.*)?"
)
_SIGNS = {
    "+": "low", "−": "high", "-": "high", "?": "unclear", "!": "some", "l": "low", "h": "high", "s": "some",
    "sc": "some", "u": "unclear", "moderate": "some", "moderate risk": "some",
    "green": "low", "yellow": "some", "red": "high",
}  # fmt: skip
_NOT_JUDGED = ("not applicable", "not judged", "not assessed", "none")
_WORDS = (
    ("rob2", "randomisation", ("arising from the randomi", "randomization process", "randomisation process")),
    ("rob2", "deviations", ("deviations from", "deviation from")),
    ("rob2", "missing_data", ("missing outcome data", "missing data")),
    ("rob2", "measurement", ("measurement of the outcome", "outcome measurement")),
    ("rob2", "selective_reporting", ("selection of the reported", "selection of reported")),
    ("rob2", "overall", ("overall bias", "overall risk of bias")),
    ("rob1", "random_sequence_generation", ("random sequence", "sequence generation")),
    ("rob1", "allocation_concealment", ("allocation concealment",)),
    ("rob1", "blinding_outcome_assessment", ("blinding of outcome", "blinding of outcome assess")),
    ("rob1", "blinding_participants_personnel", ("blinding of participants", "blinding of ppts")),
    ("rob1", "incomplete_outcome_data", ("incomplete outcome",)),
    ("rob1", "selective_reporting", ("selective reporting",)),
    ("rob1", "other_bias", ("other bias",)),
)


def bias_columns(source: Source) -> dict[int, tuple[str, str]]:
    """Find the columns that hold judgements in words, by place: tool and domain.

    Columns of codes (0, 1, "sr") are none: what a code means differs between databases.
    """
    found: dict[int, tuple[str, str]] = {}
    for place, name in enumerate(source.header):
        meant = _by_words(name.replace("_", " ")) or _by_number(name)
        if name == "rob" and ("rob2", "overall") not in found.values():
            meant = ("rob2", "overall") if any(tool == "rob2" for tool, _ in found.values()) else None
        if meant and meant not in found.values() and _is_judgement([cells[place] for cells in source.rows]):
            found[place] = meant
    return found


def bias_columns_not_read(source: Source, known: Mapping[int, tuple[str, str]], notes: Notes) -> None:
    """Note the columns that speak of bias and hold no judgements that could be read; their cells stand in notes."""
    for place, name in enumerate(source.header):
        speaks = re.search(r"(?:^|_)(?:rob2?|bias)(?:_|$|[0-9])", name)
        if place not in known and speaks and any(clean(cells[place]) for cells in source.rows):
            message = "The column speaks of bias; its cells are no judgements in words, so they are not read."
            notes.add("undecided", "bias_column", message, column=source.printed[place])


def _by_number(name: str) -> tuple[str, str] | None:
    """Return the domain of RoB 2 that a column's number means, or overall; None where the name speaks of no bias."""
    if _OVERALL.fullmatch(name):
        return "rob2", "overall"
    found = _NUMBERED.fullmatch(name)
    return ("rob2", _ROB2[found["n"]]) if found and _SAYS_BIAS.match(name) else None


def _by_words(name: str) -> tuple[str, str] | None:
    if name.endswith("support") or name.startswith("domain support"):
        return None
    return next(((tool, domain) for tool, domain, words in _WORDS if any(word in name for word in words)), None)


def _is_judgement(cells: list[str]) -> bool:
    words = {clean(cell).casefold() for cell in cells if clean(cell)}
    return bool(words) and sum(_judgement(word, "rob1") != "" for word in words) >= len(words) / 2


def _judgement(text: str, tool: str) -> str:
    word = text.casefold().strip(" .()'\"")
    middle = "some_concerns" if tool == "rob2" else "unclear"
    if word in _SIGNS:
        judgement = {"some": middle}.get(_SIGNS[word], _SIGNS[word])
        return "" if (judgement, tool) == ("unclear", "rob2") else judgement
    for start, judgement in (("low", "low"), ("high", "high"), ("some", middle), ("unclear", "unclear")):
        if word.startswith(start):
            return "" if (judgement, tool) == ("unclear", "rob2") else judgement
    return ""


def add_judgements(
    trial: Trial, key: str, source: Source, columns: dict[int, tuple[str, str]], members: list[int], notes: Notes
) -> None:
    """Enter a trial's judgements; where its rows differ, the gravest, which the notes say."""
    for place, (tool, domain) in columns.items():
        judged: dict[str, int] = {}
        for member in members:
            text = clean(source.rows[member][place])
            if text.casefold() in _NOT_JUDGED:
                continue
            line, name = source.lines[member], source.printed[place]
            judgement = _judgement(text, tool)
            if text and not judgement:
                message = f"{text[:60]!r} is no judgement of {tool}; not entered."
                notes.add("undecided", "judgement", message, trial=key, row=line, column=name, value=text)
            elif judgement:
                judged.setdefault(judgement, line)
        if not judged:
            continue
        worst = max(judged, key=lambda word: JUDGEMENTS[word].severity)
        if len(judged) > 1:
            message = f"Rows of the trial differ ({', '.join(sorted(judged))}); the gravest is entered: {worst}."
            notes.add("decided", "judgement", message, trial=key, row=judged[worst], column=source.printed[place])
        trial.risk_of_bias.append(_row(tool, domain, worst, f"{source.file} row {judged[worst]}"))


def _row(tool: str, domain: str, judgement: str, where: str) -> Row:
    assessor = "authors of the imported file"
    return {"tool": tool, "domain": domain, "judgement": judgement, "assessor": assessor, "source": where}
