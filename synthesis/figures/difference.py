"""Before and after: the pooled effects that a change to the data moves."""

from __future__ import annotations

import numpy as np

from synthesis.answers.difference import NUMBERS, Difference, OutcomeChange
from synthesis.answers.verdicts import is_enough
from synthesis.errors import NotEstimableError
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.pooled_rows import PooledRow, draw_pooled_rows, pooled_rows_alt_text, pooled_rows_table
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.wording import count

CAPTION = "Pooled effects in {base} (before) and {head} (after)"
ALT = "{caption}, right in favour of {intervention}. {effects}."
NO_CHANGE = "No pooled effect changed that three trials stand behind, so there is no before and after to draw."
SIDE = "{outcome}, {side}"


def difference_rows(difference: Difference) -> list[PooledRow]:
    """Return two rows an outcome that moves, or one where only one state has trials enough for a pooled statement."""
    return [row for change in difference.changes if _moves(change) for row in _pair(change)]


def show_difference(difference: Difference) -> ShownFigure:
    """Show the pooled effects before and after a change.

    Raises
    ------
    NotEstimableError
        When no pooled effect changed, so that there is nothing to draw.

    Examples
    --------
    >>> from synthesis.figures import show_difference
    >>> after = evidence.reporting("hope")
    >>> before = after.only(set(after.trials["trial"]) - {"rusch2019efficacy"})
    >>> difference = compare_evidence(before, after, permutations=99)
    >>> show_difference(difference).caption
    'Pooled effects in before (before) and after (after)'
    """
    rows = difference_rows(difference)
    if not rows:
        raise NotEstimableError(NO_CHANGE)
    caption = CAPTION.format(base=difference.base, head=difference.head)
    intervention = rows[0].pooled.effects.names.intervention
    alt = ALT.format(caption=caption, intervention=intervention, effects=pooled_rows_alt_text(rows))
    return show(
        Drawn(draw_pooled_rows, rows),
        alt=alt,
        caption=caption,
        table=pooled_rows_table(rows),
        narrow=Drawn(draw_pooled_rows, rows, narrow=True),
    )


def _moves(change: OutcomeChange) -> bool:
    """Say whether a pool is another: where trials are only coded another way it is the same."""
    numbers = [[side.number(name) for name in NUMBERS] for side in (change.before, change.after)]
    return not np.allclose(*numbers, equal_nan=True)


def _pair(change: OutcomeChange) -> list[PooledRow]:
    sides = (("before", change.before), ("after", change.after))
    return [
        PooledRow(SIDE.format(outcome=change.label, side=name), count(side.pooled.k, "effect"), side.pooled)
        for name, side in sides
        if side.pooled is not None and is_enough(side.effects)
    ]
