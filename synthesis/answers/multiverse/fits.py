"""The fits of a multiverse, numbered: every distinct data set, by every score and estimator, each once.

Fits of as many effects stand side by side in a block, so that one call of the kernels makes thousands of them. A fit
has the same numbers, bit for bit, whatever stands beside it: chunks may be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from types import ModuleType
from typing import NamedTuple

import numpy as np

from synthesis.answers.multiverse.data import Data
from synthesis.answers.multiverse.grid import BAYES, EVENTS, OWN
from synthesis.answers.verdicts import FEWEST_SCORED, FEWEST_TRIALS, TRIALS_PER_COVARIATE
from synthesis.errors import NotEstimableError
from synthesis.statistics.bayes_many import bayes_columns
from synthesis.statistics.counts import mantel_haenszel, peto
from synthesis.statistics.distributions import normal_quantile, t_quantile
from synthesis.statistics.kernels import MOST_STEPS, NEAR, PROBES, SETTLED, compiled
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
# Trials that can be fitted, and trials of which an answer is made.
FEWEST = {"pool": FEWEST_TRIALS, "slope": FEWEST_SCORED}
ENOUGH = {"pool": FEWEST_TRIALS, "slope": TRIALS_PER_COVARIATE}


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
class Ready:
    """Columns of a block laid out for fitting.

    Attributes
    ----------
    rows : numpy.ndarray
        `ROW`, with k, trials and status.
    fine : numpy.ndarray
        Those that can be fitted.
    yi, vi : numpy.ndarray, shape (k, fits)
    xi : numpy.ndarray, shape (k, fits), or None
    """

    rows: np.ndarray
    fine: np.ndarray
    yi: np.ndarray
    vi: np.ndarray
    xi: np.ndarray | None


class Columns(NamedTuple):
    """Data sets by scores, with enough trials for an answer: where each fit's number begins and what it is made of.

    Attributes
    ----------
    first, step : numpy.ndarray, shape (d,)
        Number of the first estimator's fit, and how much further the next one's is.
    size, frame, score : numpy.ndarray, shape (d,)
        Effects, reading and row of scores.
    members : numpy.ndarray
        Comparisons of all, one after the other.
    begin, df : numpy.ndarray, shape (d,)
        Where its own stand there; degrees of freedom.
    """

    first: np.ndarray
    step: np.ndarray
    size: np.ndarray
    frame: np.ndarray
    score: np.ndarray
    members: np.ndarray
    begin: np.ndarray
    df: np.ndarray


class Rearranged(NamedTuple):
    """Fits of the reference, an arrangement a row, shape (m, fits).

    Attributes
    ----------
    estimate : numpy.ndarray
        As benefit.
    above, below : numpy.ndarray of uint8
        Bits of the intervals that lie above and below 0.
    fitted : numpy.ndarray of bool
    """

    estimate: np.ndarray
    above: np.ndarray
    below: np.ndarray
    fitted: np.ndarray


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

    @cached_property
    def referred(self) -> np.ndarray:
        """Numbers of the fits that take part in the reference, those of the first estimator first."""
        return np.concatenate([number * self._columns.step + self._columns.first for number in self._of_effects])

    def rearranged(self, orders: np.ndarray, signs: np.ndarray) -> Rearranged:
        """Make the fits of the reference with scores exchanged, or signs turned, in several ways.

        Parameters
        ----------
        orders : numpy.ndarray of int, shape (m, n)
            Whose score each comparison has.
        signs : numpy.ndarray, shape (m, n)
            What each effect is multiplied by.

        Returns
        -------
        Rearranged
            Of shape (m, fits), in the order of `referred`.
        """
        loops = compiled(len(orders) * len(self.referred))
        make = self._block_by_block if loops is None else partial(self._at_once, loops)
        made = [make(self.estimators[own], orders, signs) for own in self._of_effects]
        estimate, variance, factor = (np.concatenate(parts, axis=1) for parts in zip(*made, strict=True))
        se = np.sqrt(variance)
        sides = beside_zero(estimate, se, factor, np.tile(self._columns.df, len(made)), self.level)
        above, below = sides if self.turn > 0 else sides[::-1]
        fitted = np.isfinite(estimate) & np.isfinite(se)
        return Rearranged((self.turn * estimate).astype("<f4"), above, below, fitted)

    @cached_property
    def _of_effects(self) -> list[int]:
        return [number for number, own in enumerate(self.estimators) if own not in (*EVENTS, *BAYES)]

    @cached_property
    def _columns(self) -> Columns:
        """Every data set with enough trials by every score, smaller ones first."""
        parts = []
        for block in sorted(self.blocks, key=lambda block: block.k):
            score, at = np.divmod(np.arange(block.columns), len(block.sets))
            kept = np.flatnonzero(self.trials[block.sets[at]] >= ENOUGH[self.target])
            if len(kept) and block.k:
                sets = block.sets[at[kept]]
                parts.append(
                    (
                        block.base + kept,
                        np.full(len(kept), block.columns),
                        np.full(len(kept), block.k),
                        self.data.frame[sets],
                        block.scores[score[kept]],
                        block.members[at[kept]].ravel(),
                    )
                )
        if not parts:
            return Columns(*(np.zeros(0, int) for _ in range(8)))
        first, step, size, frame, score, members = (np.concatenate(own) for own in zip(*parts, strict=True))
        begin = np.concatenate([[0], np.cumsum(size)[:-1]])
        return Columns(first, step, size, frame, score, members, begin, size - (2 if self.target == "slope" else 1))

    def _at_once(self, loops: ModuleType, estimator: str, orders: np.ndarray, signs: np.ndarray) -> np.ndarray:
        """Return estimates, variances and factors by the compiled kernels, shape (3, m, d)."""
        own, data, p = self._columns, self.data, 2 if self.target == "slope" else 1
        scores = data.scores if p == 2 else np.zeros((1, len(data.comparisons)))
        sets = (own.frame, own.begin, own.size, own.members, own.score)
        limits = np.array(PROBES), np.array(NEAR), SETTLED, MOST_STEPS
        made = np.empty((4, len(orders), len(own.size)))
        for number, (order, sign) in enumerate(zip(orders, signs, strict=True)):
            how = (p, loops.CODES[estimator], *limits)
            made[:, number] = loops.solve_sets(data.y, data.v, scores, *sets, order, sign, *how)
        found = made[1:]
        number, column = np.nonzero(np.isnan(made[0]) & ~np.isnan(made[1]))
        self._lay_out(found, number, column, estimator, orders, signs)
        return found

    def _block_by_block(self, estimator: str, orders: np.ndarray, signs: np.ndarray) -> np.ndarray:
        """Return the same without them."""
        found = np.full((3, len(orders), len(self._columns.size)), np.nan)
        number, column = (part.ravel() for part in np.indices(found.shape[1:]))
        self._lay_out(found, number, column, estimator, orders, signs)
        return found

    def _lay_out(
        self,
        found: np.ndarray,
        number: np.ndarray,
        column: np.ndarray,
        estimator: str,
        orders: np.ndarray,
        signs: np.ndarray,
    ) -> None:
        """Fill in the numbers of some columns of some arrangements; nan where all scores are the same."""
        own, data = self._columns, self.data
        for k in np.unique(own.size[column]):
            here = np.flatnonzero(own.size[column] == k)
            at, row = column[here], number[here, None]
            members, frame = own.members[own.begin[at][:, None] + np.arange(k)], own.frame[at][:, None]
            yi = np.ascontiguousarray((data.y[frame, members] * signs[row, members]).T)
            vi = np.ascontiguousarray(data.v[frame, members].T)
            same = np.zeros(len(here), bool)
            if self.target == "pool":
                fits = fit_means(yi, vi, method=estimator)  # type: ignore[arg-type]
            else:
                xi = np.ascontiguousarray(data.scores[own.score[at][:, None], orders[row, members]].T)
                same = np.ptp(xi, axis=0) == 0
                xi[:, same] = np.arange(k)[:, None]
                fits = fit_lines(yi, vi, xi, method=estimator)  # type: ignore[arg-type]
            found[:, number[here], at] = np.where(same, np.nan, fits.estimate), fits.variance, fits.factor

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
        return self._fitted(self._ready(block, low, high), estimator)

    def _ready(self, block: Block, low: int, high: int) -> Ready:
        """Lay out columns of a block, and say which can be fitted."""
        rows = np.zeros(high - low, ROW)
        score, at = np.divmod(np.arange(low, high), len(block.sets))
        sets = block.sets[at]
        rows["k"], rows["trials"] = block.k, self.trials[sets]
        rows["status"] = np.where(rows["trials"] < FEWEST[self.target], TOO_FEW, FITTED)
        x = None
        if self.target == "slope" and block.k:
            x = self.data.scores[block.scores[score][:, None], block.members[at]]
            rows["status"][(rows["status"] == FITTED) & (np.ptp(x, axis=1) == 0)] = SAME_SCORES
        fine = np.flatnonzero(rows["status"] == FITTED)
        members, frame = block.members[at[fine]], self.data.frame[sets[fine]]
        yi, vi = self.data.y[frame[:, None], members].T, self.data.v[frame[:, None], members].T
        xi = None if x is None else np.ascontiguousarray(x[fine].T)
        return Ready(rows, fine, np.ascontiguousarray(yi), np.ascontiguousarray(vi), xi)

    def _fitted(self, ready: Ready, estimator: str) -> np.ndarray:
        rows, fine = ready.rows.copy(), ready.fine
        if not len(fine):
            return rows
        found = _columns(ready.yi, ready.vi, ready.xi, estimator, self.level)
        for name in ("estimate", "se", "factor", "tau2"):
            rows[name][fine] = found[name]
        turned = ("above", "below") if self.turn > 0 else ("below", "above")
        rows["above"][fine], rows["below"][fine] = found[turned[0]], found[turned[1]]
        rows["estimate"] *= np.float32(self.turn)
        rows["status"][fine[~np.isfinite(found["estimate"]) | ~np.isfinite(found["se"])]] = FAILED
        few = (rows["status"] == FITTED) & (rows["trials"] < ENOUGH[self.target])
        rows["status"][few] = FEW_TRIALS
        return rows

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
    se = np.sqrt(fits.variance)
    above, below = beside_zero(fits.estimate, se, fits.factor, np.full(len(se), fits.df), level)
    numbers = {"estimate": fits.estimate, "se": se, "factor": fits.factor, "tau2": fits.tau2}
    return numbers | {"above": above, "below": below}


def beside_zero(
    estimate: np.ndarray, se: np.ndarray, factor: np.ndarray, df: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Say which intervals lie above and below 0: a bit each of `INTERVALS`.

    Parameters
    ----------
    estimate, se, factor : numpy.ndarray, shape (d,) or (m, d)
        With the model's standard error and the factor of Knapp and Hartung.
    df : numpy.ndarray of int, shape (d,)
    level : float
    """
    share = 0.5 + level / 2
    sizes, which = np.unique(df, return_inverse=True)
    t = np.array([t_quantile(share, one) if one > 0 else np.inf for one in sizes])[which]
    halves = (t * se * np.sqrt(np.maximum(factor, 1.0)), t * se * np.sqrt(factor), normal_quantile(share) * se)
    above, below = np.zeros(estimate.shape, np.uint8), np.zeros(estimate.shape, np.uint8)
    for number, half in enumerate(halves):
        above |= (estimate > half).astype(np.uint8) << number
        below |= (estimate < -half).astype(np.uint8) << number
    return above, below
