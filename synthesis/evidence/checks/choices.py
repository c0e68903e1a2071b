"""Choices declared for the multiverse: each level against those that its dimension has."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.checks.cells import like
from synthesis.evidence.findings import report
from synthesis.evidence.multiverse import DIMENSIONS


def check_choices(rows: pd.DataFrame) -> list[Finding]:
    """Check that every level of `codebook/multiverse.csv` exists."""
    given = rows[rows["dimension"].isin(DIMENSIONS) & rows["level"].notna() & rows["level"].ne("")]
    unknown = [not _is_level(*pair) for pair in zip(given["dimension"], given["level"], strict=True)]
    foreign = given[pd.Series(unknown, given.index, dtype=bool)]
    hints = [_hint(*pair) for pair in zip(foreign["dimension"], foreign["level"], strict=True)]
    return report(
        "unknown_level",
        foreign,
        table="codebook_multiverse",
        column="level",
        message="{level:short} is no level of {dimension}.",
        hint=pd.Series(hints, foreign.index, dtype=object),
    )


def _is_level(dimension: str, level: str) -> bool:
    try:
        DIMENSIONS[dimension].words(level)
    except KeyError:
        return False
    return True


def _hint(dimension: str, level: str) -> str:
    own = DIMENSIONS[dimension]
    return like(level, list(own.levels)) or f"Write one of {own.allowed()}."
