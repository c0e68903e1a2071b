"""The fits of a multiverse, numbered: every distinct data set, by every score and estimator, each once.

Fits of as many effects stand side by side in a block, so that one call of the kernels makes thousands of them. A fit
has the same numbers, bit for bit, whatever stands beside it: chunks may be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.answers.multiverse.data import Data
from synthesis.answers.multiverse.grid import BAYES, EVENTS, OWN
from synthesis.answers.verdicts import FEWEST_SCORED, FEWEST_TRIALS, TRIALS_PER_COVARIATE
from synthesis.errors import NotEstimableError
from synthesis.statistics.bayes_many import bayes_columns
from synthesis.statistics.counts import mantel_haenszel, peto
from synthesis.statistics.distributions import normal_quantile, t_quantile
from synthesis.statistics.lines import fit_lines, fit_means

# What became of a fit.
FITTED, TOO_FEW, SAME_SCORES, FAILED, FEW_TRIALS = range(5)
STATUSES = {
    FITTED: "fitted",
    TOO_FEW: "fewer than three trials",
    SAME_SCORES: "one score in every trial",
    FAILED: "could not be fitted",
    FEW_TRIALS: "a slope of fewer than ten trials",
}
ROW = np.dtype(
    [
        ("estimate", "<f4"),
        ("se", "<f4"),
        ("factor", "<f4"),
        ("tau2", "<f4"),
        ("k", "<u2"),
        ("trials", "<u2"),
        ("status", "u1"),
        ("below", "u1"),
        ("above", "u1"),
    ]
)
INTERVALS = ("knapp-hartung-floor", "knapp-hartung", "wald", OWN)
FEWEST = {"pool": FEWEST_TRIALS, "slope": FEWEST_SCORED}


@dataclass(frozen=True, eq=False)
class Block:
    """Fits of as many effects each: `len(scores) * len(sets)` columns, by every estimator.

    Attributes
    ----------
    base : int
        Number of its first fit.
    k : int
        Effects.
    sets : numpy.ndarray, shape (b,)
        Data sets.
    members : numpy.ndarray, shape (b, k)
        Their comparisons.
    scores : numpy.ndarray
        Rows of `Data.scores`; one stand-in for a pool.
    """

    base: int
    k: int
    sets: np.ndarray
    members: np.ndarray
    scores: np.ndarray

    @property
    def columns(self) -> int:
        """Fits by each estimator."""
        return len(self.scores) * len(self.sets)


@dataclass(frozen=True, eq=False)
class Fits:
    """All fits of a multiverse of pools or slopes.

    Attributes
    ----------
    data : Data
    target : {"pool", "slope"}
    estimators : tuple of str
    measure : str
    turn : float
        1 or -1: what turns an estimate into benefit; 1 for slopes, which are of benefit.
    level : float
        Of the intervals.
    """

    data: Data
    target: str
    estimators: tuple[str, ...]
    measure: str
    turn: float
    level: float

    @cached_property
    def blocks(self) -> list[Block]:
        """Every block, the smallest data sets of the first kind first."""
        data, found, base = self.data, [], 0
        sizes = data.members.sum(axis=1)
        for kind in range(int(data.kind.max()) + 1):
            scores = np.flatnonzero(data.score_kind == kind) if self.target == "slope" else np.zeros(1, int)
            for k in np.unique(sizes[data.kind == kind]):
                own = np.flatnonzero((data.kind == kind) & (sizes == k))
                members = np.nonzero(data.members[own])[1].reshape(len(own), k)
                found.append(Block(base, int(k), own, members, scores))
                base += found[-1].columns * len(self.estimators)
        return found

    @cached_property
    def total(self) -> int:
        """Fits in all."""
        return self.blocks[-1].base + self.blocks[-1].columns * len(self.estimators)

    @cached_property
    def trials(self) -> np.ndarray:
        """Trials in each data set."""
        return self.data.trials

    @cached_property
    def _place(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each data set: its block, and where in it."""
        block, at = np.empty(len(self.data.members), int), np.empty(len(self.data.members), int)
        for number, own in enumerate(self.blocks):
            block[own.sets], at[own.sets] = number, np.arange(len(own.sets))
        return block, at

    def number(self, score: int, estimator: int, sets: np.ndarray) -> np.ndarray:
        """Return the number of the fit of a score, an estimator and data sets of the score's kind."""
        block, at = (part[sets] for part in self._place)
        base, columns, width = self._sizes
        place = 0
        if self.target == "slope":
            place = int((self.data.score_kind[:score] == self.data.score_kind[score]).sum())
        return base[block] + estimator * columns[block] + place * width[block] + at

    @cached_property
    def _sizes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = [(block.base, block.columns, len(block.sets)) for block in self.blocks]
        base, columns, width = np.array(rows).T
        return base, columns, width

    def fit(self, first: int, last: int) -> np.ndarray:
        """Make the fits numbered from `first` to before `last`; a row of `ROW` each."""
        rows = np.zeros(last - first, ROW)
        for block, estimator, low, high in self._parts(first, last):
            start = block.base + estimator * block.columns + low - first
            rows[start : start + high - low] = self._made(block, self.estimators[estimator], low, high, None)
        return rows

    def rearranged(self, order: np.ndarray, sign: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Make every fit of an estimator of effects with scores exchanged, or signs turned.

        Parameters
        ----------
        order : numpy.ndarray, shape (n,)
            Whose score each comparison has.
        sign : numpy.ndarray, shape (n,)
            What each effect is multiplied by.

        Yields
        ------
        slice and numpy.ndarray
            Numbers of fits and their rows.
        """
        for block in self.blocks:
            for number, estimator in enumerate(self.estimators):
                if estimator not in (*EVENTS, *BAYES):
                    start = block.base + number * block.columns
                    rows = self._made(block, estimator, 0, block.columns, (order, sign))
                    yield slice(start, start + block.columns), rows

    def _parts(self, first: int, last: int) -> Iterator[tuple[Block, int, int, int]]:
        """Yield which columns of which blocks lie in a range of numbers."""
        for block in self.blocks:
            for estimator in range(len(self.estimators)):
                start = block.base + estimator * block.columns
                low, high = max(first - start, 0), min(last - start, block.columns)
                if low < high:
                    yield block, estimator, low, high

    def _made(
        self, block: Block, estimator: str, low: int, high: int, changed: tuple[np.ndarray, np.ndarray] | None
    ) -> np.ndarray:
        rows = np.zeros(high - low, ROW)
        score, at = np.divmod(np.arange(low, high), len(block.sets))
        sets = block.sets[at]
        rows["k"], rows["trials"] = block.k, self.trials[sets]
        if estimator in EVENTS:
            return self._of_events(rows, sets, estimator)
        rows["status"] = np.where(rows["trials"] < FEWEST[self.target], TOO_FEW, FITTED)
        if self.target == "slope" and block.k:
            x = self._scores(block, score, at, changed)
            rows["status"][(rows["status"] == FITTED) & (np.ptp(x, axis=1) == 0)] = SAME_SCORES
        fine = np.flatnonzero(rows["status"] == FITTED)
        if not len(fine):
            return rows
        members, frame = block.members[at[fine]], self.data.frame[sets[fine]]
        yi, vi = self.data.y[frame[:, None], members].T, self.data.v[frame[:, None], members].T
        if changed is not None:
            yi = yi * changed[1][members].T
        xi = np.ascontiguousarray(x[fine].T) if self.target == "slope" else None
        found = _columns(np.ascontiguousarray(yi), np.ascontiguousarray(vi), xi, estimator, self.level)
        for name in ("estimate", "se", "factor", "tau2"):
            rows[name][fine] = found[name]
        turned = ("above", "below") if self.turn > 0 else ("below", "above")
        rows["above"][fine], rows["below"][fine] = found[turned[0]], found[turned[1]]
        rows["estimate"] *= np.float32(self.turn)
        rows["status"][fine[~np.isfinite(found["estimate"]) | ~np.isfinite(found["se"])]] = FAILED
        if self.target == "slope":
            few = (rows["status"] == FITTED) & (rows["trials"] < TRIALS_PER_COVARIATE)
            rows["status"][few] = FEW_TRIALS
        return rows

    def _scores(
        self, block: Block, score: np.ndarray, at: np.ndarray, changed: tuple[np.ndarray, np.ndarray] | None
    ) -> np.ndarray:
        """Return the scores of each fit's effects, shape (fits, k)."""
        members = block.members[at]
        members = members if changed is None else changed[0][members]
        return self.data.scores[block.scores[score][:, None], members]

    def _of_events(self, rows: np.ndarray, sets: np.ndarray, method: str) -> np.ndarray:
        data = self.data
        for number, own in enumerate(sets):
            tables = data.counts[data.frame[own]][data.members[own]]
            counted = ~np.isnan(tables).any(axis=1)
            trial = data.trial[data.members[own]][counted]
            rows["trials"][number] = len(set(trial))
            if rows["trials"][number] < FEWEST[self.target]:
                rows["status"][number] = TOO_FEW
                continue
            try:
                found = _events(tables[counted].T, method, self.measure, self.level)
            except NotEstimableError:
                rows["status"][number] = FAILED
                continue
            low, high = sorted((self.turn * found.ci_lb, self.turn * found.ci_ub))
            rows["estimate"][number], rows["se"][number] = self.turn * found.estimate, found.se
            rows["factor"][number], rows["tau2"][number] = 1.0, found.tau2
            rows["k"][number] = found.k
            bit = 1 << INTERVALS.index("wald")
            rows["above"][number], rows["below"][number] = bit * (low > 0), bit * (high < 0)
        return rows


def _events(tables: np.ndarray, method: str, measure: str, level: float):
    if method == "PETO":
        return peto(*tables, level=level)
    return mantel_haenszel(*tables, measure=measure, level=level, random=method == "MH-DL")


def _columns(
    yi: np.ndarray, vi: np.ndarray, xi: np.ndarray | None, estimator: str, level: float
) -> dict[str, np.ndarray]:
    """Fit every column; which intervals lie above and below 0 is a bit each of `INTERVALS`."""
    if estimator in BAYES:
        own = bayes_columns(yi, vi, xi, scale=BAYES[estimator])
        bit, tail = 1 << INTERVALS.index(OWN), (1 - level) / 2
        sides = {"above": bit * (own.prob_positive > 1 - tail), "below": bit * (own.prob_positive < tail)}
        return {"estimate": own.estimate, "se": own.sd, "factor": np.ones(len(own.sd)), "tau2": own.tau2} | sides
    fits = fit_means(yi, vi, method=estimator) if xi is None else fit_lines(yi, vi, xi, method=estimator)  # type: ignore[arg-type]
    above, below = np.zeros(len(fits.tau2), int), np.zeros(len(fits.tau2), int)
    for number, interval in enumerate(INTERVALS[:3]):
        wald = interval == "wald"
        reach = normal_quantile(0.5 + level / 2) if wald else t_quantile(0.5 + level / 2, max(fits.df, 1))
        half = reach * fits.standard_error(interval)
        if wald or fits.df > 0:
            above += (fits.estimate > half) << number
            below += (fits.estimate < -half) << number
    numbers = {"estimate": fits.estimate, "se": np.sqrt(fits.variance), "factor": fits.factor, "tau2": fits.tau2}
    return numbers | {"above": above, "below": below}
