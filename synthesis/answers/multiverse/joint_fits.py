"""The fits of a multiverse of joint models: one model of dependent effects a data set, score and correlation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from synthesis.answers.joint import fit_slope
from synthesis.answers.multiverse.data import Data
from synthesis.answers.multiverse.rearranged import Rearranged
from synthesis.answers.multiverse.rows import FAILED, FEW_TRIALS, FITTED, ROW, SAME_SCORES, TOO_FEW
from synthesis.answers.verdicts import FEWEST_SCORED, TRIALS_PER_COVARIATE
from synthesis.errors import NotEstimableError
from synthesis.statistics.distributions import t_quantile


@dataclass(frozen=True, eq=False)
class JointFits:
    """All fits of a multiverse of joint models.

    Attributes
    ----------
    data : Data
    rhos : tuple of float
    level : float
    """

    data: Data
    rhos: tuple[float, ...]
    level: float

    @cached_property
    def _places(self) -> list[tuple[int, int, int]]:
        """Score, first data set of its kind and their number, by score."""
        kinds = [np.flatnonzero(self.data.kind == kind) for kind in self.data.score_kind]
        return [(score, int(own[0]), len(own)) for score, own in enumerate(kinds)]

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum([0, *(count * len(self.rhos) for _, _, count in self._places)])

    @property
    def total(self) -> int:
        """Fits in all."""
        return int(self._starts[-1])

    def number(self, score: int, estimator: int, sets: np.ndarray) -> np.ndarray:
        """Return the number of the fit of a score, a correlation and data sets of the score's kind."""
        _, first, count = self._places[score]
        return self._starts[score] + estimator * count + sets - first

    def fit(self, first: int, last: int) -> np.ndarray:
        """Make the fits numbered from `first` to before `last`; a row of `ROW` each."""
        unchanged = np.arange(len(self.data.comparisons))
        rows = np.zeros(last - first, ROW)
        for number in range(first, last):
            rows[number - first] = self._one(number, unchanged)
        return rows

    @property
    def referred(self) -> np.ndarray:
        """Numbers of the fits that take part in the reference: all."""
        return np.arange(self.total)

    def rearranged(self, orders: np.ndarray, signs: np.ndarray) -> Rearranged:
        """Make every fit with scores exchanged: a row of `orders` says whose score each comparison has."""
        rows = np.array([[self._one(number, order) for number in range(self.total)] for order in orders], ROW)
        sides = (rows["above"], rows["below"], rows["status"] == FITTED)
        return Rearranged(rows["estimate"], *sides, np.full(rows.shape, np.nan))

    def _one(self, number: int, order: np.ndarray) -> np.void:
        row = np.zeros(1, ROW)[0]
        score = int(np.searchsorted(self._starts, number, side="right")) - 1
        _, first, count = self._places[score]
        rho, at = divmod(number - int(self._starts[score]), count)
        members = np.flatnonzero(self.data.members[first + at])
        frame = self.data.comparisons.iloc[members].reset_index(drop=True)
        reading = self.data.frame[first + at]
        frame = frame.assign(
            benefit=self.data.y[reading, members],
            vi=self.data.v[reading, members],
            x=self.data.scores[score, order[members]],
        )
        row["k"], row["trials"] = len(frame), frame["trial"].nunique()
        if row["trials"] < FEWEST_SCORED:
            row["status"] = TOO_FEW
        elif frame["x"].nunique() < 2:
            row["status"] = SAME_SCORES
        else:
            self._fill(row, frame, self.rhos[rho])
        return row

    def _fill(self, row: np.void, frame: pd.DataFrame, rho: float) -> None:
        """Fit one model; what goes wrong with it is its own and stops no other."""
        try:
            with np.errstate(all="ignore"):
                _, fit = fit_slope(frame, (), rho, self.level)
        except (NotEstimableError, ArithmeticError, np.linalg.LinAlgError):
            row["status"] = FAILED
            return
        slope, se = float(fit.beta[-1]), float(max(fit.se[-1], fit.se_model[-1]))
        half = float(t_quantile(0.5 + self.level / 2, fit.df[-1])) * se
        row["estimate"], row["se"], row["factor"], row["tau2"] = slope, se, 1.0, fit.tau2
        row["above"], row["below"] = slope - half > 0, slope + half < 0
        few = row["trials"] < TRIALS_PER_COVARIATE
        row["status"] = FAILED if not np.isfinite([slope, se]).all() else FEW_TRIALS if few else FITTED
