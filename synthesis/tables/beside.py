"""What stands beside the main analysis, laid out for a terminal."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.direction_only import WithDirections, describe_directions
from synthesis.evidence.vocabulary import directions_in_words
from synthesis.tables.terminal import text_table
from synthesis.wording import months, number, share

DIRECTIONS = "{outcome}: benefit ({measure}) with the results that only say a direction"
MODEL = "Maximum likelihood, {level} profile intervals; positive benefit favours {intervention}"


def directions_text(found: WithDirections) -> str:
    """Lay out pool and slope without and with the results that only say a direction."""
    effects = found.effects
    lines = [
        DIRECTIONS.format(outcome=effects.outcome_label, measure=effects.measure),
        MODEL.format(level=share(found.level), intervention=effects.names.intervention),
        "",
        text_table(found.shown()),
        "",
        *([text_table(_added(found)), ""] if len(found.directions.frame) else []),
        describe_directions(found),
    ]
    return "\n".join(lines)


def _added(found: WithDirections) -> pd.DataFrame:
    """Return each result that only says a direction, with the people its standard error follows from."""
    rows, words = found.directions.frame, directions_in_words(found.effects.names)
    return pd.DataFrame(
        {
            "Trial": rows["label"],
            "Only says": rows["reported_direction"].map({code: direction.noun for code, direction in words.items()}),
            "Month": rows["timepoint_months"].map(months),
            "People": rows["n"].map(lambda n: number(n, 0)),
            "SE": rows["sei"].map(number),
        }
    )
