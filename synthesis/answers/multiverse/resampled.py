"""How much a curve hangs on which trials there are: whole trials drawn anew, with replacement, for all of it at once.

The bootstrap [efron1993introduction], a trial with everything it brings to any combination as its unit: what
combinations share they go on sharing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.results import Result

# What is kept of each draw: the middle estimate, and that of the main analysis.
MEDIAN, MAIN = range(2)


@dataclass(frozen=True, eq=False)
class Resampled(Result):
    """The middle estimate and the main analysis's, with percentile intervals over trials drawn anew.

    Attributes
    ----------
    median, main : float
        Of the data, as benefit.
    median_lb, median_ub, main_lb, main_ub : float
    level : float
    resamples, seed : int
    main_unanswered : int
        Draws in which the main analysis has no answer: too few different results, or one score in all.
    medians, mains : numpy.ndarray
        Of the draws.
    """

    median: float
    median_lb: float
    median_ub: float
    main: float
    main_lb: float
    main_ub: float
    level: float
    resamples: int
    seed: int
    main_unanswered: int
    medians: np.ndarray
    mains: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return a row a draw."""
        return pd.DataFrame({"median": self.medians, "main": self.mains})

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers."""
        names = "median median_lb median_ub main main_lb main_ub level resamples seed main_unanswered".split()
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        middle = f"{self.median:.3g} ({self.median_lb:.3g} to {self.median_ub:.3g})"
        return f"{middle}, trials drawn anew {self.resamples:,} times"


def resampled_of(found: np.ndarray, seed: int, level: float) -> Resampled:
    """Read the intervals off the draws; the first row is the data's own.

    Parameters
    ----------
    found : numpy.ndarray, shape (resamples + 1, 2)
    seed : int
    level : float
    """
    own, draws = found[0], found[1:]
    (median_lb, median_ub), (main_lb, main_ub) = (_ends(draws[:, which], level) for which in (MEDIAN, MAIN))
    return Resampled(
        median=float(own[MEDIAN]),
        median_lb=median_lb,
        median_ub=median_ub,
        main=float(own[MAIN]),
        main_lb=main_lb,
        main_ub=main_ub,
        level=level,
        resamples=len(draws),
        seed=seed,
        main_unanswered=int(np.isnan(draws[:, MAIN]).sum()),
        medians=draws[:, MEDIAN],
        mains=draws[:, MAIN],
    )


def _ends(values: np.ndarray, level: float) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
