"""The fits of a multiverse, numbered: every distinct data set, by every score and estimator, each once.

Fits of as many effects stand side by side in a block, so that one call of the kernels makes thousands of them. A fit
has the same numbers, bit for bit, whatever stands beside it: chunks may be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import numpy as np

from synthesis.answers.multiverse.data import Data
from synthesis.answers.multiverse.grid import BAYES, EVENTS, OWN
from synthesis.answers.multiverse.rows import (
    ENOUGH,
    FAILED,
    FEW_TRIALS,
    FEWEST,
    FITTED,
    INTERVALS,
    ROW,
    SAME_SCORES,
    TOO_FEW,
    beside_zero,
)
from synthesis.errors import NotEstimableError
from synthesis.statistics.bayes_many import bayes_columns
from synthesis.statistics.counts import mantel_haenszel, peto
from synthesis.statistics.kernels import COMPILED, compiled, for_loops, limits
from synthesis.statistics.lines import fit_lines, fit_means

# What the compiled kernels know.
COMPILED_HERE = (*COMPILED, "EE")


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
            rows[start : start + high - low] = self._made(block, self.estimators[estimator], low, high)
        return rows

    def _parts(self, first: int, last: int) -> Iterator[tuple[Block, int, int, int]]:
        """Yield which columns of which blocks lie in a range of numbers."""
        for block in self.blocks:
            for estimator in range(len(self.estimators)):
                start = block.base + estimator * block.columns
                low, high = max(first - start, 0), min(last - start, block.columns)
                if low < high:
                    yield block, estimator, low, high

    def _made(self, block: Block, estimator: str, low: int, high: int) -> np.ndarray:
        if estimator in EVENTS:
            return self._of_events(block, low, high, estimator)
        loops = compiled(high - low) if estimator in COMPILED_HERE and block.k else None
        if loops is not None:
            return self._by_loops(loops, block, estimator, low, high)
        rows, score, at = self._begun(block, low, high)
        if self.target == "slope" and block.k:
            x = self.data.scores[block.scores[score][:, None], block.members[at]]
            rows["status"][(rows["status"] == FITTED) & (np.ptp(x, axis=1) == 0)] = SAME_SCORES
        fine = np.flatnonzero(rows["status"] == FITTED)
        if len(fine):
            self._fill(rows, fine, self._again(block, score[fine], at[fine], estimator))
        return rows

    def _by_loops(self, loops: ModuleType, block: Block, estimator: str, low: int, high: int) -> np.ndarray:
        """Make columns of a block by the compiled kernels."""
        rows, score, at = self._begun(block, low, high)
        data, n = self.data, len(self.data.comparisons)
        fine = np.flatnonzero(rows["status"] == FITTED)
        own = (
            data.frame[block.sets[at[fine]]],
            at[fine] * block.k,
            np.full(len(fine), block.k),
            block.members.ravel(),
            block.scores[score[fine]],
            np.arange(n),
            np.ones(n),
            np.ones(n, int),
        )
        found = solve_sets(loops, data, estimator, own, moderated=self.target == "slope")
        tau2, estimate, variance, factor = found
        same = np.isnan(estimate)
        made = np.flatnonzero(~same)
        fits = {"estimate": estimate[made], "se": np.sqrt(variance[made]), "factor": factor[made], "tau2": tau2[made]}
        df = np.full(len(made), block.k - (2 if self.target == "slope" else 1))
        fits["above"], fits["below"] = beside_zero(fits["estimate"], fits["se"], fits["factor"], df, self.level)
        self._fill(rows, fine[made], fits)
        rows["status"][fine[same]] = SAME_SCORES
        return rows

    def _again(self, block: Block, score: np.ndarray, at: np.ndarray, estimator: str) -> dict[str, np.ndarray]:
        """Fit columns without the compiled kernels."""
        yi, vi, xi = self._arrays(block, score, at)
        return _columns(yi, vi, xi, estimator, self.level)

    def _arrays(
        self, block: Block, score: np.ndarray, at: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        members, frame = block.members[at], self.data.frame[block.sets[at]][:, None]
        yi, vi = (np.ascontiguousarray(part[frame, members].T) for part in (self.data.y, self.data.v))
        if self.target == "pool":
            return yi, vi, None
        return yi, vi, np.ascontiguousarray(self.data.scores[block.scores[score][:, None], members].T)

    def _begun(self, block: Block, low: int, high: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return rows with their sizes, and the score and the place in the block of each."""
        rows = np.zeros(high - low, ROW)
        score, at = np.divmod(np.arange(low, high), len(block.sets))
        rows["k"], rows["trials"] = block.k, self.trials[block.sets[at]]
        rows["status"] = np.where(rows["trials"] < FEWEST[self.target], TOO_FEW, FITTED)
        return rows, score, at

    def _fill(self, rows: np.ndarray, place: np.ndarray, found: dict[str, np.ndarray]) -> None:
        """Enter fits into their rows, turned to benefit."""
        rows["estimate"][place] = self.turn * found["estimate"]
        for name in ("se", "factor", "tau2"):
            rows[name][place] = found[name]
        turned = ("above", "below") if self.turn > 0 else ("below", "above")
        rows["above"][place], rows["below"][place] = found[turned[0]], found[turned[1]]
        sound = np.isfinite(found["estimate"]) & np.isfinite(found["se"])
        few = rows["trials"][place] < ENOUGH[self.target]
        rows["status"][place] = np.where(~sound, FAILED, np.where(few, FEW_TRIALS, FITTED))

    def _of_events(self, block: Block, low: int, high: int, method: str) -> np.ndarray:
        data, rows = self.data, np.zeros(high - low, ROW)
        for number, own in enumerate(block.sets[low:high]):
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
            lower, upper = sorted((self.turn * found.ci_lb, self.turn * found.ci_ub))
            rows["estimate"][number], rows["se"][number] = self.turn * found.estimate, found.se
            rows["factor"][number], rows["tau2"][number] = 1.0, found.tau2
            rows["k"][number] = found.k
            bit = 1 << INTERVALS.index("wald")
            rows["above"][number], rows["below"][number] = bit * (lower > 0), bit * (upper < 0)
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
    se = np.sqrt(fits.variance)
    above, below = beside_zero(fits.estimate, se, fits.factor, np.full(len(se), fits.df), level)
    numbers = {"estimate": fits.estimate, "se": se, "factor": fits.factor, "tau2": fits.tau2}
    return numbers | {"above": above, "below": below}


def solve_sets(
    loops: ModuleType, data: Data, estimator: str, sets: tuple[np.ndarray, ...], *, moderated: bool
) -> np.ndarray:
    """Fit data sets by the compiled kernels: tau2, last coefficient, its variance, factor; see `lanes.solve_sets`."""
    scores = data.scores if moderated else np.zeros((1, len(data.comparisons)))
    arrays = for_loops(data.y, data.v, scores)
    return loops.solve_sets(*arrays, sets, 2 if moderated else 1, loops.CODES[estimator], limits())
