"""The codebook as one page to read: what each component, outcome, scale and column means, made from its tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from synthesis.evidence.bibliography.library import Bibliography, load_bibliography
from synthesis.evidence.codebook import read_codebook_table
from synthesis.evidence.contract import Field, Table, load_contract, tables_of
from synthesis.evidence.vocabulary import DOMAINS, MECHANISMS, PEER_STATUS, POPULATION_GROUPS, READ_FROM

_INTRODUCTION = """\
# The codebook

<!-- Made by `synthesis codebook --output docs/codebook.md` from data/codebook and synthesis/schemas. Do not edit. -->

What the words in the tables mean. [How to add a trial](add_a_trial.md) says how they are used.
A new outcome or scale is a new row of `data/codebook/outcomes.csv` or `instruments.csv`, in the pull request that
needs it.
"""
_RATINGS = """\
Each coder rates each component in each arm, from the description of what was planned or delivered, without looking at
results. [Worked examples](add_a_trial.md#6-componentscsv-what-the-peers-did) of every distinction stand beside the
steps.

| rating | the report |
|---|---|
| 2 | says what *present when* asks for |
| 1 | says part of it, or says it only in general |
| 0 | **states** that it was absent, as under *absent when* |
| empty | says nothing of it; `rationale` then holds *not reported*. Silence is never 0 |
"""
JUDGED_CODES = {"population_group": POPULATION_GROUPS, "peer_status": PEER_STATUS, "read_from": READ_FROM}
_SPECIAL = re.compile(r"([\\`*_\[\]|])")


def codebook_page(data: Path | str = "data", *, references: Path | str = "references.bib") -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    data : path
        The data root.
    references : path
        The bibliography, for the citations.

    Raises
    ------
    DataError
        If a table of the codebook cannot be read.
    """
    names = ("components", "outcomes", "instruments", "key_functions", "hypotheses")
    read = {name: read_codebook_table(data, f"codebook_{name}") for name in names}
    bibliography = load_bibliography(references)
    parts = [
        _INTRODUCTION,
        *_components(read["components"], read["key_functions"], bibliography),
        *_outcomes(read["outcomes"], read["instruments"]),
        *_hypotheses(read["hypotheses"], bibliography),
        *_columns(),
        *_judged_codes(),
        *_sources(read.values(), bibliography),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


Rows = Sequence[Mapping[str, str]]


def _components(components: Rows, functions: Rows, bibliography: Bibliography) -> Iterable[str]:
    yield "## Components of the change model\n"
    yield _RATINGS
    labels = {row["key_function"]: row["label"] for row in functions}
    for mechanism in load_contract()["codebook_components"].field("mechanism").enum:
        yield f"### {MECHANISMS[mechanism].label}: {MECHANISMS[mechanism].says}\n"
        for row in components:
            if row["mechanism"] == mechanism:
                yield _component(row, labels, bibliography)
    yield _table(
        ["key function", "what it is"],
        ([_text(row["label"]), _text(row["definition"])] for row in functions),
        "### Key functions of peer support (Peers for Progress)\n",
    )


def _component(row: Mapping[str, str], labels: Mapping[str, str], bibliography: Bibliography) -> str:
    lines = [
        f"#### `{row['component']}`: {_text(row['label'])}\n",
        f"{_sentence(_text(row['definition']))}\n",
        f"- **Present when:** {_text(row['present_when'])}" if row["present_when"] else "",
        f"- **Absent when:** {_text(row['absent_when'])}" if row["absent_when"] else "",
        f"- Should move: {_codes(row['predicts'])}",
        f"- Key function: {_text(labels.get(row['key_function'], row['key_function']))}" if row["key_function"] else "",
        f"- From: {_cited(row['citation'], bibliography)}" if row["citation"] else "",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _outcomes(outcomes: Rows, instruments: Rows) -> Iterable[str]:
    yield "## Outcomes\n"
    yield "*Measure* is the one pooled by default; *better* is the direction that is good for the person.\n"
    yield _table(
        ["outcome", "what it is", "role", "measure", "better", "important difference"],
        (
            [
                f"[`{row['outcome']}`](#{row['outcome']})",
                f"{_text(row['label'])}: {_text(_lower(row['definition']))}"
                if row["definition"]
                else _text(row["label"]),
                *(_text(row[name]) for name in ("role", "measure", "better", "important_difference")),
            ]
            for row in outcomes
        ),
    )
    yield "## Scales and measures\n"
    yield "Within an outcome they stand in order of preference: where a trial reports several, the first is pooled."
    yield "Write the name exactly as it stands here. A scale a report does not name is *(scale not named)*.\n"
    for outcome in outcomes:
        rows = [row for row in instruments if row["outcome"] == outcome["outcome"]]
        yield _table(
            ["instrument", "better", "range"],
            ([_text(row["instrument"]), row["better"], _range(row)] for row in rows),
            f"### {outcome['outcome']}\n",
        )


def _range(row: Mapping[str, str]) -> str:
    low, high = row["minimum"], row["maximum"]
    return f"{low} to {high}" if low and high else f"from {low}" if low else f"to {high}" if high else ""


def _hypotheses(hypotheses: Rows, bibliography: Bibliography) -> Iterable[str]:
    rows = (
        [
            row["hypothesis"],
            _text(row["statement"]),
            _codes(row["outcomes"]),
            row.get("role", ""),
            row.get("declared", ""),
            row.get("amends", ""),
            _cited(row["citation"], bibliography),
        ]
        for row in hypotheses
    )
    yield _table(
        ["", "what should be seen if the model holds", "outcomes", "role", "declared", "amends", "from"],
        rows,
        "## Hypotheses, as they were declared\n",
    )


def _columns() -> Iterable[str]:
    yield "## Columns of a trial's tables\n"
    yield "A **bold** column may not be empty; an empty cell anywhere else means *not reported*.\n"
    for table in tables_of("trial"):
        yield f"### {table.filename}\n\n{_text(table.description)}\n"
        yield _table(["column", "what a cell holds", "allowed"], ([*_column(field, table)] for field in table.fields))


def _judged_codes() -> Iterable[str]:
    yield "## Codes that need a judgement\n"
    yield "What each means. The reason for a code is a row of `code_reasons.csv` in the data root.\n"
    for column, codes in JUDGED_CODES.items():
        rows = ([f"`{code}`", _text(known.words), _text(known.meaning)] for code, known in codes.items())
        yield _table(["code", "in words", "when it is given"], rows, f"### {column}\n")


def _column(field: Field, table: Table) -> Iterable[str]:
    yield f"**`{field.name}`**" if field.required else f"`{field.name}`"
    yield _text(field.description)
    if (table.name, field.name) == ("risk_of_bias", "domain"):
        yield "; ".join(
            f"{tool}: {', '.join(f'`{domain}`' for domain in domains)}" for tool, domains in DOMAINS.items()
        )
    else:
        yield ", ".join(f"`{value}`" for value in field.enum) or _kind(field)


def _kind(field: Field) -> str:
    kind = {"integer": "a whole number", "number": "a number", "date": "a date"}.get(field.type, "text")
    bounds = []
    if field.exclusive_minimum is not None:
        bounds.append(f"above {field.exclusive_minimum:g}")
    if field.minimum is not None:
        bounds.append(f"{field.minimum:g} or more")
    if field.maximum is not None:
        bounds.append(f"at most {field.maximum:g}")
    unit = f" of {field.unit}" if field.unit else ""
    return ", ".join([kind + unit, *bounds])


def _sources(tables: Iterable[Rows], bibliography: Bibliography) -> Iterable[str]:
    keys = {key for rows in tables for row in rows for key in _items(row.get("citation", ""))}
    known = sorted(keys & bibliography.keys)
    if known:
        yield "## Sources\n"
        yield "\n".join(f"- {_text(bibliography.reference(key))}" for key in known)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], heading: str = "") -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    if not lines:
        return ""
    return "\n".join(
        [*([heading] if heading else []), f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines, ""]
    )


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(";") if item.strip()]


def _codes(cell: str) -> str:
    return ", ".join(f"`{item}`" for item in _items(cell))


def _cited(cell: str, bibliography: Bibliography) -> str:
    return "; ".join(_text(bibliography.cite(key)) if key in bibliography.keys else f"`{key}`" for key in _items(cell))


def _text(cell: str) -> str:
    """Return a cell that Markdown and HTML show as it stands."""
    escaped = cell.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", " ".join(escaped.split()))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
