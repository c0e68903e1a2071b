"""Before and after: the pooled effects that a change to the data moves."""

from __future__ import annotations

from synthesis.answers.difference import Difference, OutcomeChange
from synthesis.errors import NotEstimableError
from synthesis.figures.parts.pooled_rows import PooledRow, draw_pooled_rows, pooled_rows_alt_text, pooled_rows_table
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.wording import count

CAPTION = "Pooled effects in {base} (before) and {head} (after)"
ALT = "{caption}, right in favour of {intervention}. {effects}."
NO_CHANGE = "No pooled effect changed, so there is no before and after to draw."
SIDE = "{outcome}, {side}"


def difference_rows(difference: Difference) -> list[PooledRow]:
    """Return two rows an outcome that moves, or one where only one state can be pooled."""
    return [row for change in difference.changes for row in _pair(change)]


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
    return show(draw_pooled_rows(rows), alt=alt, caption=caption, table=pooled_rows_table(rows))


def _pair(change: OutcomeChange) -> list[PooledRow]:
    sides = (("before", change.before), ("after", change.after))
    return [
        PooledRow(SIDE.format(outcome=change.label, side=name), count(side.pooled.k, "effect"), side.pooled)
        for name, side in sides
        if side.pooled is not None
    ]
