"""The work of a plan in numbered chunks: fits, arrangements of the reference, draws of trials.

Each is the same whoever does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from synthesis.answers.multiverse.data import Data
from synthesis.answers.multiverse.draws import signs, sources, times_drawn
from synthesis.answers.multiverse.fits import Fits
from synthesis.answers.multiverse.joint_fits import JointFits
from synthesis.answers.multiverse.plan import Plan, fits_of
from synthesis.answers.multiverse.rearranged import ReferenceFits
from synthesis.answers.multiverse.rows import INTERVALS, ROW
from synthesis.errors import InputError

NO_JOINT = "Trials are drawn anew for pools and slopes; the joint model has its own bootstrap. Leave out resamples."
# What is kept of each arrangement of the reference: the middle estimate, the shares of specifications whose interval
# lies above and below 0, and how far the strongest single one is from 0.
MEDIAN, ABOVE, BELOW, STRONGEST = range(4)


class Weights(NamedTuple):
    """What leads to each fit, shape (fits,).

    Attributes
    ----------
    counts : numpy.ndarray
        Combinations of choices of data.
    weights : numpy.ndarray
        The same, the draws of one level of scores together weighing as much as another level does.
    mask : numpy.ndarray of uint8
        Bits of the intervals by which it is read.
    """

    counts: np.ndarray
    weights: np.ndarray
    mask: np.ndarray


@dataclass(frozen=True, eq=False)
class Work:
    """A plan ready to be worked on.

    Attributes
    ----------
    plan : Plan
    data : Data
    """

    plan: Plan
    data: Data

    @cached_property
    def fits(self) -> Fits | JointFits:
        """The fits of the plan."""
        return fits_of(self.plan, self.data)

    @cached_property
    def referred(self) -> ReferenceFits | JointFits:
        """Those that take part in the reference."""
        return self.fits if isinstance(self.fits, JointFits) else ReferenceFits(self.fits)

    @property
    def of_fits(self) -> int:
        """Chunks of fits."""
        return -(-self.fits.total // self.plan.chunk)

    @property
    def of_reference(self) -> int:
        """Chunks of the reference; its first arrangement is that of the data."""
        return -(-(self.plan.permutations + 1) // self.plan.orders) if self.plan.permutations else 0

    @property
    def of_resamples(self) -> int:
        """Chunks of trials drawn anew; the first draw is the data themselves."""
        return -(-(self.plan.resamples + 1) // self.plan.orders) if self.plan.resamples else 0

    @property
    def chunks(self) -> int:
        """Chunks in all."""
        return self.of_fits + self.of_reference + self.of_resamples

    @property
    def fitting(self) -> int:
        """Fits in all, those of the reference and of trials drawn anew among them."""
        return self.fits.total + (self.plan.permutations + self.plan.resamples) * len(self.referred.referred)

    def shape(self, chunk: int) -> tuple[tuple[int, ...], np.dtype]:
        """Return the shape and the type of what a chunk gives."""
        if chunk < self.of_fits:
            first = chunk * self.plan.chunk
            return (min(self.plan.chunk, self.fits.total - first),), ROW
        first, draws, numbers = self._draws(chunk)
        return (min(self.plan.orders, draws + 1 - first), numbers), np.dtype("<f8")

    def _draws(self, chunk: int) -> tuple[int, int, int]:
        """Return the first draw of a chunk, how many draws there are of its kind, and how many numbers each gives."""
        at = chunk - self.of_fits
        if at < self.of_reference:
            return at * self.plan.orders, self.plan.permutations, 4
        return (at - self.of_reference) * self.plan.orders, self.plan.resamples, 2

    def do(self, chunk: int) -> np.ndarray:
        """Do one chunk."""
        (count, *_), _ = self.shape(chunk)
        if chunk < self.of_fits:
            first = chunk * self.plan.chunk
            return self.fits.fit(first, first + count)
        first, _, _ = self._draws(chunk)
        make = self.arrangements if chunk < self.of_fits + self.of_reference else self.drawn_anew
        return make(range(first, first + count))

    def arrangements(self, numbers: Sequence[int]) -> np.ndarray:
        """Return median, shares and the strongest with trials' scores exchanged, or signs turned; number 0 is the data.

        Returns
        -------
        numpy.ndarray, shape (m, 4)
        """
        shape = (len(numbers), len(self.data.comparisons))
        orders, turned = np.broadcast_to(np.arange(shape[1]), shape).copy(), np.ones(shape)
        for row, number in enumerate(numbers):
            if self.plan.target == "pool":
                own = signs(int(self.data.trial.max()) + 1, seed=self.plan.seed, number=number)
                turned[row] = own[self.data.trial]
            else:
                orders[row] = self._exchanged(number)
        made = self.referred.rearranged(orders, turned)
        weights, mask = (part[self.referred.referred] for part in self.weights[1:])
        found = np.full((len(numbers), 4), np.nan)
        for row, (estimate, above, below, fitted, reach) in enumerate(zip(*made, strict=True)):
            kept = np.flatnonzero(fitted & (weights > 0))
            if len(kept):
                own = weights[kept] * count_bits(mask[kept])
                sides = [weights[kept] * count_bits(side[kept] & mask[kept]) for side in (above, below)]
                shares = [float(side.sum() / own.sum()) for side in sides]
                found[row] = weighted_quantile(estimate[kept], own, 0.5), *shares, reach[kept].max()
        return found

    def drawn_anew(self, numbers: Sequence[int]) -> np.ndarray:
        """Return the middle estimate and the main analysis's with whole trials drawn anew; number 0 is the data.

        Returns
        -------
        numpy.ndarray, shape (m, 2)
        """
        if not isinstance(self.referred, ReferenceFits):
            raise InputError(NO_JOINT)
        trials = int(self.data.trial.max()) + 1
        times = [times_drawn(trials, seed=self.plan.seed, number=number)[self.data.trial] for number in numbers]
        estimates = self.referred.drawn_anew(np.array(times))
        referred = self.referred.referred
        weights, mask = (part[referred] for part in self.weights[1:])
        main = np.flatnonzero(referred == self.fits.number(0, 0, self.data.sets_of(0)[:1])[0])
        found = np.full((len(numbers), 2), np.nan)
        for row, estimate in enumerate(estimates):
            kept = np.flatnonzero(~np.isnan(estimate) & (weights > 0))
            if len(kept):
                found[row, 0] = weighted_quantile(estimate[kept], weights[kept] * count_bits(mask[kept]), 0.5)
            found[row, 1] = estimate[main[0]] if len(main) else np.nan
        return found

    @cached_property
    def weights(self) -> Weights:
        """What leads to each fit."""
        total, draws = self.fits.total, Counter(self.data.level_of_score)
        counts, weights, mask = np.zeros(total), np.zeros(total), np.zeros(total, np.uint8)
        for score, level in enumerate(self.data.level_of_score or ("",)):
            sets, times = np.unique(self.data.sets_of(score), return_counts=True)
            for number, estimator in enumerate(self.plan.estimators):
                own = self.fits.number(score, number, sets)
                counts[own] += times
                weights[own] += times / max(draws[level], 1)
                mask[own] = bits_of(self.plan, estimator)
        return Weights(counts, weights, mask)

    @cached_property
    def _groups(self) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
        """Return groups of trials that exchange scores, the comparisons of each trial, and which trials have one score.

        Trials exchange scores with those that have the same scores and lack the same; one whose comparisons differ in a
        score only with trials of as many [winkler2015multi].
        """
        members = [np.flatnonzero(self.data.trial == trial) for trial in range(int(self.data.trial.max()) + 1)]
        scores = self.data.scores
        alike = np.array([_same_in_all(scores[:, own]) for own in members])
        groups: dict[tuple[object, ...], list[int]] = {}
        for trial, own in enumerate(members):
            known = ~np.isnan(scores[:, own[:1]] if alike[trial] else scores[:, own])
            groups.setdefault((1 if alike[trial] else len(own), known.tobytes()), []).append(trial)
        return [np.array(group) for group in groups.values()], members, alike

    def _exchanged(self, number: int) -> np.ndarray:
        """Return whose score each comparison has."""
        groups, members, alike = self._groups
        order = np.arange(len(self.data.comparisons))
        given = sources(groups, len(members), seed=self.plan.seed, number=number)
        for trial, own in enumerate(members):
            order[own] = members[given[trial]][0] if alike[trial] else members[given[trial]]
        return order


def bits_of(plan: Plan, estimator: str) -> int:
    """Return the bits of the intervals by which an estimator's fits are read."""
    own = [interval for name, interval in plan.models if name == estimator]
    return sum(1 << (INTERVALS.index(interval) if interval else 0) for interval in own)


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """Return the smallest value at or below which that share of the weights lies."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][min(np.searchsorted(reached, share * reached[-1]), len(order) - 1)])


def _same_in_all(scores: np.ndarray) -> bool:
    first = scores[:, :1]
    return bool(((scores == first) | (np.isnan(scores) & np.isnan(first))).all())


def count_bits(values: np.ndarray) -> np.ndarray:
    """Return how many bits are set in each byte."""
    return _COUNTS[values]


_COUNTS = np.array([value.bit_count() for value in range(256)], np.int64)
