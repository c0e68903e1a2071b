"""Columns with judgements of bias: which tool and domain they mean, and what their codes say."""

from __future__ import annotations

from synthesis.evidence.vocabulary import JUDGEMENTS
from synthesis.exchange.cells import clean
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import Row, Trial
from synthesis.exchange.source import Source

_ROB2 = {"1": "randomisation", "2": "deviations", "3": "missing_data", "4": "measurement", "5": "selective_reporting"}
_NUMBERED = {
    **{f"{head}d{n}": ("rob2", domain) for n, domain in _ROB2.items() for head in ("rob_", "rob", "")},
    **dict.fromkeys(("overall_rob", "rob_overall", "overall_bias_judgement"), ("rob2", "overall")),
}
_WORDS = (
    ("rob2", "randomisation", ("arising from the randomi",)),
    ("rob2", "deviations", ("deviations from intended",)),
    ("rob2", "missing_data", ("missing outcome data",)),
    ("rob2", "measurement", ("measurement of the outcome",)),
    ("rob2", "selective_reporting", ("selection of the reported",)),
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
        meant = _NUMBERED.get(name) or _by_words(name.replace("_", " "))
        if name == "rob" and ("rob2", "overall") not in found.values():
            meant = ("rob2", "overall") if any(tool == "rob2" for tool, _ in found.values()) else None
        if meant and meant not in found.values() and _is_judgement([cells[place] for cells in source.rows]):
            found[place] = meant
    return found


def _by_words(name: str) -> tuple[str, str] | None:
    if name.endswith("support"):
        return None
    return next(((tool, domain) for tool, domain, words in _WORDS if any(word in name for word in words)), None)


def _is_judgement(cells: list[str]) -> bool:
    words = {clean(cell).casefold() for cell in cells if clean(cell)}
    return bool(words) and sum(_judgement(word, "rob1") != "" for word in words) >= len(words) / 2


def _judgement(text: str, tool: str) -> str:
    word = text.casefold()
    middle = "some_concerns" if tool == "rob2" else "unclear"
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
