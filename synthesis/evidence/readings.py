"""How a root reads figures that a report took from a model: its own readings, and what an option says instead.

Without a reading of its own a root's figures stand as their source prints them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from synthesis.choices import NO_CORRELATION, option


class Readings(NamedTuple):
    """How figures of models are read (columns of `codebook/review.csv`, but for the last).

    Attributes
    ----------
    adjusted_r : float or None
        Correlation of the outcome with what a model was adjusted for, or with the baseline that changes are from: SMDs
        standardised by a model's residual SD, or by an SD of changes, are brought to the SD between people with it.
        None leaves them as they are.
    small_trial_t : bool
        The standard error behind the interval of a small trial's mean difference is found by t, not by z.
    printed_df : bool
        Degrees of freedom that a report prints are used in the place of n1 + n2 - 2.
    prefer_adjusted : bool
        Where a report's own analysis is adjusted, its estimate comes before the arms' raw final means.
    """

    adjusted_r: float | None = None
    small_trial_t: bool = False
    printed_df: bool = False
    prefer_adjusted: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Readings:
        """Return the readings of the typed row of `codebook/review.csv`; an empty cell is none."""
        r = float(row["adjusted_r"])
        return cls(None if math.isnan(r) else r, row["small_trial_t"] == "yes", row["printed_df"] == "yes")

    def but(self, **given: Any) -> Readings:
        """Return the readings with those that are given; None is the root's own, for `adjusted_r` "none" is none.

        Raises
        ------
        ChoiceError
            For a reading that does not exist.
        """
        said = {name: option(name, value) for name, value in given.items()}
        chosen = {name: None if value == NO_CORRELATION else value for name, value in said.items() if value is not None}
        return self._replace(**chosen)

    def given(self) -> dict[str, Any]:
        """Return the readings as the options of `compute_effects` that say them, whatever the root's own are."""
        r = NO_CORRELATION if self.adjusted_r is None else self.adjusted_r
        return self._asdict() | {"adjusted_r": r}


AS_PRINTED = Readings()
