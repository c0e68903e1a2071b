"""Directions: which way an outcome and its scales are good, and whether anybody has settled it."""

from __future__ import annotations

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.findings import report
from synthesis.evidence.vocabulary import UNSETTLED

_SETTLE = "Set better to higher or lower; until then nothing is turned, and no side is named."


def check_directions(outcomes: pd.DataFrame, instruments: pd.DataFrame) -> list[Finding]:
    """Warn of directions that are not settled; refuse scales that point both ways on an outcome of no direction."""
    of_outcome = dict(zip(outcomes["outcome"], outcomes["better"], strict=True))
    domain = pd.Series([of_outcome.get(name, "") for name in instruments["outcome"]], instruments.index, dtype="str")
    both = instruments[domain.eq(UNSETTLED) & instruments["better"].isin(["higher", "lower"])]
    both = both[both.groupby("outcome")["better"].transform("nunique") > 1]
    unsettled = outcomes["better"].eq(UNSETTLED)
    contradicted = outcomes["outcome"].isin(both["outcome"])
    return [
        *report(
            "scales_point_both_ways",
            outcomes[unsettled & contradicted],
            table="codebook_outcomes",
            column="better",
            message="The direction of {outcome} is unsettled, and its scales point both ways.",
            hint="Set better to higher or lower: the scales that differ are then turned to it.",
        ),
        *report(
            "direction_unsettled",
            outcomes[unsettled & ~contradicted],
            table="codebook_outcomes",
            column="better",
            message="Which direction of {outcome} is better is not settled.",
            hint=_SETTLE,
        ),
        # One doubt an outcome: its scales are asked for once it has a direction itself.
        *report(
            "direction_unsettled",
            instruments[instruments["better"].eq(UNSETTLED) & domain.ne(UNSETTLED)],
            table="codebook_instruments",
            column="better",
            message="Which direction of {instrument} is better is not settled, while that of {outcome} is.",
            hint=_SETTLE,
        ),
    ]
