"""Counts of specifications by level of every choice, from the fits they lead to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from synthesis.answers.multiverse.chunks import Work, count_bits
from synthesis.answers.multiverse.rows import FITTED, INTERVALS

# Parts of the sorted curve in which the levels of each choice are counted, for pictures.
BINS = 60
COLUMNS = "dimension label kind level words specifications answered average above below".split()
# What is summed of the specifications of a level: their number and that of those answered; of the latter the weight,
# estimates and their squares, intervals above and below 0.
ALL, ANSWERED, WEIGHT, SUM, SQUARES, OVER, UNDER = range(7)


@dataclass(frozen=True, eq=False)
class Answers:
    """Every fit of a plan, and how many specifications lead to each.

    Attributes
    ----------
    work : Work
    rows : numpy.ndarray
        All fits in the order of their numbers.
    """

    work: Work
    rows: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """Combinations of choices of data that lead to each fit."""
        return self.work.weights.counts

    @property
    def combinations(self) -> np.ndarray:
        """What these weigh: the draws of one level of scores together as much as another level."""
        return self.work.weights.weights

    @cached_property
    def intervals(self) -> np.ndarray:
        """Intervals by which each fit is read."""
        return count_bits(self.work.weights.mask)

    @cached_property
    def fitted(self) -> np.ndarray:
        """Whether a fit is an answer."""
        return (self.rows["status"] == FITTED) & (self.counts > 0)

    @cached_property
    def estimate(self) -> np.ndarray:
        """Estimates as benefit; 0 where there is none."""
        return np.where(self.fitted, self.rows["estimate"].astype(float), 0.0)

    @cached_property
    def weight(self) -> np.ndarray:
        """What the specifications weigh that each fit answers."""
        return np.where(self.fitted, self.combinations * self.intervals, 0.0)

    def sided(self, side: str) -> np.ndarray:
        """Return how many of a fit's intervals lie above or below 0."""
        return np.where(self.fitted, count_bits(self.rows[side] & self.work.weights.mask), 0)

    @cached_property
    def part(self) -> np.ndarray:
        """Which of `BINS` parts of the sorted curve each fit's specifications are in, by their middle."""
        own = np.flatnonzero(self.fitted)
        order = own[np.argsort(self.estimate[own], kind="stable")]
        weight = self.weight[order]
        middle = (np.cumsum(weight) - weight / 2) / max(weight.sum(), 1.0)
        part = np.zeros(len(self.rows), int)
        part[order] = np.minimum((middle * BINS).astype(int), BINS - 1)
        return part


@dataclass(frozen=True, eq=False)
class Levels:
    """What the specifications of each level say.

    Attributes
    ----------
    table : pandas.DataFrame
        `COLUMNS`: specifications, answered ones, the average of their estimates, shares of them whose interval lies
        above and below 0.
    parts : numpy.ndarray, shape (levels, BINS)
        Answered specifications in each part of the sorted curve.
    explained : dict of str to float
        By dimension, the share of the variance of all estimates between the averages of its levels.
    """

    table: pd.DataFrame
    parts: np.ndarray
    explained: dict[str, float]


def levels_of(answers: Answers) -> Levels:
    """Count the specifications of every level."""
    work, plan = answers.work, answers.work.plan
    names = [(name, level) for name, own in plan.levels.items() for level in own]
    place = {pair: number for number, pair in enumerate(names)}
    which = [place[name, level] for name in plan.which for level in plan.levels[name]]
    sums, parts, whole = np.zeros((len(names), 7)), np.zeros((len(names), BINS)), np.zeros(7)
    above, below = answers.sided("above"), answers.sided("below")
    tables = [_leading(work, sets) for sets in work.data.sets]
    draws = Counter(work.data.level_of_score)
    for score, code in enumerate(work.data.level_of_score or ("",)):
        sets, leading = tables[work.data.kind_of(score)]
        weight = 1 / max(draws[code], 1)
        for number, estimator in enumerate(plan.estimators):
            own = work.fits.number(score, number, sets)
            intervals = [interval for name, interval in plan.models if name == estimator]
            times, ok, value = float(len(intervals)), answers.fitted[own], answers.estimate[own]
            columns = [times * ok, times * value, times * value**2, above[own], below[own]]
            counted = np.column_stack([np.full(len(own), times), times * ok])
            found = leading @ np.hstack([counted, weight * np.column_stack(columns)])
            in_part = np.zeros((len(own), BINS))
            in_part[np.flatnonzero(ok), answers.part[own][ok]] = weight * times
            by_part = leading @ in_part
            sums[which] += found[:-1]
            parts[which] += by_part[:-1]
            whole += found[-1]
            how = "rho" if plan.target == "joint" else "estimator"
            for pair in ((("score", code),) if code else ()) + ((how, estimator),):
                sums[place[pair]] += found[-1]
                parts[place[pair]] += by_part[-1]
            for interval in intervals:
                if ("interval", interval) in place:
                    sums[place["interval", interval]] += leading[-1] @ _of_interval(answers, own, interval, weight)
                    parts[place["interval", interval]] += by_part[-1] / times
    return Levels(_table(plan.dimensions, sums), parts, _explained(names, sums, whole))


def _leading(work: Work, sets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the data sets of one kind, and how many combinations of each level of each choice lead to each of them.

    The last row counts those of all levels.
    """
    distinct, which = np.unique(sets, return_inverse=True)
    sizes = [len(work.plan.levels[name]) for name in work.plan.which]
    rows = []
    for at, size in zip(np.unravel_index(np.arange(len(sets)), sizes), sizes, strict=True):
        rows.append(np.bincount(at * len(distinct) + which, minlength=size * len(distinct)).reshape(size, -1))
    return distinct, np.vstack([*rows, np.bincount(which, minlength=len(distinct))]).astype(float)


def _of_interval(answers: Answers, own: np.ndarray, interval: str, weight: float) -> np.ndarray:
    bit, ok, value = 1 << INTERVALS.index(interval), answers.fitted[own], answers.estimate[own]
    sides = [ok & ((answers.rows[side][own] & bit) > 0) for side in ("above", "below")]
    columns = np.column_stack([ok, value, value**2, *sides]).astype(float)
    return np.hstack([np.ones((len(own), 1)), ok[:, None], weight * columns])


def _table(dimensions: list[dict], sums: np.ndarray) -> pd.DataFrame:
    rows = []
    pairs = ((own, level) for own in dimensions for level in own["levels"])
    for (own, level), found in zip(pairs, sums, strict=True):
        weight = found[WEIGHT]
        shares = [found[column] / weight if weight else np.nan for column in (SUM, OVER, UNDER)]
        about = (own["dimension"], own["label"], own["kind"], level["level"], level["words"])
        rows.append((*about, int(found[ALL]), int(found[ANSWERED]), *shares))
    return pd.DataFrame(rows, columns=COLUMNS)


def _explained(names: list[tuple[str, str]], sums: np.ndarray, whole: np.ndarray) -> dict[str, float]:
    """Return the share of the sum of squares that lies between the averages of each dimension's levels."""
    mean = whole[SUM] / whole[WEIGHT] if whole[WEIGHT] else np.nan
    total = whole[SQUARES] - whole[WEIGHT] * mean**2
    found: dict[str, float] = {}
    for (name, _), own in zip(names, sums, strict=True):
        n = own[WEIGHT]
        between = n * (own[SUM] / n - mean) ** 2 if n else 0.0
        found[name] = found.get(name, 0.0) + (between / total if total > 1e-12 * whole[SQUARES] else 0.0)
    return found
