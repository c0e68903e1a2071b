"""A benefit as it is printed: a ratio the way the outcome has it, a difference turned so that positive is good.

Pages that set small trials against large ones, or one year against the next, show benefit everywhere; a reader who saw
the pool of an outcome where lower is better has to be told.
"""

from __future__ import annotations

import numpy as np

from synthesis.effects import Effects
from synthesis.statistics.measures import MEASURES

AVERAGE = "average"
AVERAGE_TURNED = "average benefit (positive favours {intervention})"


def turn_of(effects: Effects) -> float:
    """Return what turns an effect to benefit; 1 where the direction is not settled, and nothing is turned."""
    return effects.turn if effects.is_settled else 1.0


def is_turned(effects: Effects) -> bool:
    """Say whether printed benefits have another sign than the pool: differences where lower is better."""
    return turn_of(effects) < 0 and not MEASURES[effects.measure].ratio


def average_of(effects: Effects) -> str:
    """Name the average as a sentence should: as benefit where it is turned."""
    return AVERAGE_TURNED.format(intervention=effects.names.intervention) if is_turned(effects) else AVERAGE


def printed_benefit(effects: Effects, estimate: float, lower: float, upper: float) -> str:
    """Print an effect of the analysis scale with its interval as benefit: "0.21 (0.12 to 0.30)".

    Parameters
    ----------
    effects : Effects
        Whose measure and direction they have.
    estimate, lower, upper : float
        As the pool has them; nothing is printed where there is no estimate.
    """
    turn = -1.0 if is_turned(effects) else 1.0
    return MEASURES[effects.measure].with_interval(turn * estimate, *np.sort([turn * lower, turn * upper]))
