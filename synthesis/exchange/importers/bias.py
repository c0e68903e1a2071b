"""Columns with judgements of bias: which tool and domain they mean, and what their codes say."""

from __future__ import annotations

import re
from collections.abc import Mapping

from synthesis.evidence.vocabulary import JUDGEMENTS
from synthesis.exchange.cells import clean
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import Row, Trial
from synthesis.exchange.source import Source

_ROB2 = ("randomisation", "deviations", "missing_data", "measurement", "selective_reporting")
_OF_BIAS = r"(?:risk_of_bias|rob|bias)"
# What a column's name may end with beside what it judges: rob_d1_judgement, D1_RoB.
_TAIL = re.compile(r"_(?:judge?ments?|rating|rated|risk_of_bias|risk|bias|rob(?:_?[12])?)$")
_NO_JUDGEMENT = re.compile(
    r"(?:^|_)(?:support|comments?|reasons?|rationale|notes?|text|quotes?|weeks?|months?|days?|years?|n)(?:_|$)"
)
_OF_TOOL = re.compile(rf"{_OF_BIAS}(?:_?(?P<edition>[12])(?:_0)?)?(?:_(?P<rest>.+))?")
_IN_SERIES = re.compile(rf"(?P<stem>{_OF_BIAS})_?(?P<n>[1-9])")
_DOMAIN = re.compile(r"(?:domain|dom|d)_?(?P<n>[1-9])(?P<part>[a-z]?)(?:_(?P<words>.+))?")
_NUMBER = re.compile(r"(?P<n>[1-9])(?P<part>)(?:_(?P<words>.+))?")
_OVERALL = re.compile(rf"(?:overall|total|summary)_{_OF_BIAS}(?:_?(?P<edition>[12]))?(?:_(?:judge?ment|rating))?")
_ALL = frozenset(("overall", "total", "summary"))
# Short names of domains behind the name of their tool: rob2_randomization, rob1_sequence.
_SHORT = {
    "rob2": (
        ("randomisation", re.compile("randomi")),
        ("deviations", re.compile("deviat|adher")),
        ("missing_data", re.compile("missing|attrition")),
        ("measurement", re.compile("measure")),
        ("selective_reporting", re.compile("select|report")),
    ),
    "rob1": (
        ("random_sequence_generation", re.compile("random|sequence")),
        ("allocation_concealment", re.compile("alloc|conceal")),
        ("blinding_participants_personnel", re.compile("blind.*(?:partic|person|ppts)")),
        ("blinding_outcome_assessment", re.compile("blind.*(?:assess|outcome)")),
        ("incomplete_outcome_data", re.compile("incomplete|attrition")),
        ("selective_reporting", re.compile("select|report")),
        ("other_bias", re.compile("^other")),
    ),
}
# Databases of Metapsy from before RoB 2: 1 is low risk, 0 is high or unclear.
_OLD_FOUR = {
    "sg": "random_sequence_generation",
    "ac": "allocation_concealment",
    "ba": "blinding_outcome_assessment",
    "itt": "incomplete_outcome_data",
}
_CODES = {"1": "low", "0": "high"}
_SPEAKS = re.compile(r"(?:^|_)(?:rob(?:ins)?(?:_?[0-9])?|bias)(?:_|$|d[0-9])|rob[0-9]")
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
    """Find the columns that hold judgements, by place: tool and domain.

    Columns of codes (0, 1, "sr") are none: what a code means differs between databases. The four of the older Metapsy
    databases (sg, ac, ba, itt) are the exception. A name that both editions of the tool know, as overall, is of the
    edition that the other columns are of.
    """
    meant = _meanings(source)
    tools = {tool for tool, _ in meant.values() if tool}
    found: dict[int, tuple[str, str]] = {}
    # Columns that name their tool go before those that leave it to the others.
    for place in sorted(meant, key=lambda place: (not meant[place][0], meant[place][1] == "only", place)):
        tool, domain = meant[place]
        tool = tool or _edition(domain, tools, source, place)
        whole = (tool, "overall" if domain == "only" else domain)
        if tool and whole not in found.values():
            found[place] = whole
    return dict(sorted(found.items()))


def bias_columns_not_read(source: Source, known: Mapping[int, tuple[str, str]], notes: Notes) -> None:
    """Note the columns that speak of bias and hold no judgements that could be read; their cells stand in notes."""
    meant = _meanings(source)
    for place, name in enumerate(source.header):
        if place in known:
            if name in _OLD_FOUR and {_bare(cells[place]) for cells in source.rows} & set(_CODES):
                message = "1 is read as low risk and 0 as high, as databases of Metapsy code it; 0 may mean unclear."
                notes.add("decided", "bias_column", message, column=source.printed[place])
        elif place in meant:
            message = "The column holds judgements whose domain is told twice, or whose tool is not told; not read."
            notes.add("undecided", "bias_column", message, column=source.printed[place])
        elif any(clean(cells[place]) for cells in source.rows) and (
            _SPEAKS.search(name)
            or name in _OLD_FOUR
            or (
                (name == "overall" or _DOMAIN.fullmatch(name))
                and _is_judgement(source, place)
                and not _NO_JUDGEMENT.search(name)
            )
        ):
            message = "The column speaks of bias; its cells are no judgements that could be read, so it is not read."
            notes.add("undecided", "bias_column", message, column=source.printed[place])


def _meanings(source: Source) -> dict[int, tuple[str, str]]:
    """Return what the names of the columns with judgements mean; the tool is empty where the name does not tell it."""
    bare = [_without_tail(name) for name in source.header]
    numbered = [(found["stem"], found["n"]) for name in bare if (found := _IN_SERIES.fullmatch(name))]
    series = {stem for stem, n in numbered if n in "345"}
    # Beside one another alone, rob1 and rob2 may be two editions, two domains or two raters.
    unclear = {stem for stem, n in numbered if n == "1"} & {stem for stem, n in numbered if n == "2"} - series
    # Six domains and more are of another tool than RoB 2: ROBINS-I, or the older edition.
    ends = [found["n"] for name in bare if (found := _DOMAIN.search(name)) and found.end() == len(name)]
    ends += [n for _, n in numbered]
    of_other = any(n in "6789" for n in ends)
    found: dict[int, tuple[str, str]] = {}
    for place, name in enumerate(source.header):
        if _is_judgement(source, place) and (meant := _meaning(name, series, unclear, of_other=of_other)):
            found[place] = meant
    return found


def _without_tail(name: str) -> str:
    while (shorter := _TAIL.sub("", name)) != name:
        name = shorter
    return name


def _meaning(name: str, series: set[str], unclear: set[str], *, of_other: bool) -> tuple[str, str] | None:
    if _NO_JUDGEMENT.search(name):
        return None
    if name in _OLD_FOUR:
        return "rob1", _OLD_FOUR[name]
    if found := _OVERALL.fullmatch(name):
        return f"rob{found['edition']}" if found["edition"] else "", "overall"
    name = _without_tail(re.sub(r"^rob(2?)_?(?=d(?:om|omain)?_?[1-9])", r"rob\1_", name))
    if found := _IN_SERIES.fullmatch(name):
        if found["stem"] in series:
            return None if of_other else _of_number(found["n"])
        if found["stem"] in unclear:
            return None
        return (f"rob{found['n']}", "overall") if found["n"] in "12" else None
    if found := _OF_TOOL.fullmatch(name):
        tool = f"rob{found['edition']}" if found["edition"] else ""
        return _behind_tool(found["rest"], tool, of_other=of_other) if found["rest"] else ("", "only")
    if name == "overall":
        return "", "overall"
    if found := _DOMAIN.fullmatch(name):
        return _of_domain(found, "", of_other=of_other)
    return _by_words(name.replace("_", " "))


def _behind_tool(rest: str, tool: str, *, of_other: bool) -> tuple[str, str] | None:
    """Return what stands behind the name of a tool: a number, a domain's name or short name, or overall."""
    if set(rest.split("_")) & _ALL:
        return tool, "overall"
    if found := _DOMAIN.fullmatch(rest) or _NUMBER.fullmatch(rest):
        return _of_domain(found, tool, of_other=of_other)
    return _by_words(rest.replace("_", " "), tool) or _by_short_name(rest, tool)


def _of_domain(found: re.Match[str], tool: str, *, of_other: bool) -> tuple[str, str] | None:
    """Return the domain that a number means, or its words; None where the two differ, or the tool counts otherwise."""
    words = found["words"]
    named = (_by_words(words.replace("_", " "), tool) or _by_short_name(words, tool or "rob2")) if words else None
    by_number = None if of_other or found["part"] or tool == "rob1" else _of_number(found["n"])
    if not words:
        return by_number
    return named if named and (named[0] == "rob1" or named == by_number) else None


def _of_number(number: str) -> tuple[str, str] | None:
    return ("rob2", _ROB2[int(number) - 1]) if int(number) <= len(_ROB2) else None


def _by_short_name(words: str, tool: str) -> tuple[str, str] | None:
    """Return the domain of a short name; the newer edition's first where the tool is not told."""
    for edition in (tool,) if tool else ("rob2", "rob1"):
        for domain, pattern in _SHORT[edition]:
            if pattern.search(words):
                return ("" if domain == "selective_reporting" and not tool else edition), domain
    return None


def _by_words(name: str, tool: str = "") -> tuple[str, str] | None:
    """Return the domain whose own wording a name holds, of a tool or of any."""
    for edition, domain, words in _WORDS:
        if (not tool or edition == tool) and any(word in name for word in words):
            return ("" if name == "selective reporting" and not tool else edition), domain
    return None


def _edition(domain: str, tools: set[str], source: Source, place: int) -> str:
    """Return the tool of a column whose name does not tell it: the other columns', else what only one tool says."""
    if "rob2" in tools or len(tools) == 1:
        return "rob2" if "rob2" in tools else "rob1"
    if domain == "only":
        return ""
    words = {_bare(cells[place]).casefold() for cells in source.rows}
    if any(word.startswith("some") or word in ("!", "s", "sc") for word in words):
        return "rob2"
    if any(word.startswith("unclear") or word in ("?", "u") for word in words):
        return "rob1"
    return "rob1" if domain == "selective_reporting" else "" if source.header[place] == "overall" else "rob2"


def _bare(cell: str) -> str:
    return clean(cell).removesuffix(".0")


def _is_judgement(source: Source, place: int) -> bool:
    codes = _CODES if source.header[place] in _OLD_FOUR else {}
    words = {word.casefold() for cells in source.rows if (word := _bare(cells[place]))}
    return bool(words) and sum(word in codes or _judgement(word, "rob1") != "" for word in words) >= len(words) / 2


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
        codes = _CODES if source.header[place] in _OLD_FOUR else {}
        for member in members:
            text = clean(source.rows[member][place])
            if text.casefold() in _NOT_JUDGED:
                continue
            line, name = source.lines[member], source.printed[place]
            judgement = codes.get(_bare(text)) or _judgement(text, tool)
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
