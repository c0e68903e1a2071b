"""All fits of a plan made again: with scores exchanged, with signs turned, or of trials drawn anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from types import ModuleType
from typing import NamedTuple

import numpy as np

from synthesis.answers.multiverse.fits import Fits, solve_sets
from synthesis.answers.multiverse.grid import BAYES, EVENTS
from synthesis.answers.multiverse.rows import ENOUGH, beside_zero, reaches
from synthesis.statistics.kernels import compiled
from synthesis.statistics.lines import fit_lines, fit_means


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
    reach : numpy.ndarray
        How many halves of its interval an estimate is away from 0; nan of a joint model.
    """

    estimate: np.ndarray
    above: np.ndarray
    below: np.ndarray
    fitted: np.ndarray
    reach: np.ndarray


@dataclass(frozen=True, eq=False)
class ReferenceFits:
    """The fits of pools or slopes that take part in the reference: not those of events, nor posteriors.

    Attributes
    ----------
    fits : Fits
    """

    fits: Fits

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
        estimate, variance, factor = self._made(orders, signs, np.ones_like(orders))
        se = np.sqrt(variance)
        about = estimate, se, factor, np.tile(self._columns.df, len(self._of_effects)), self.fits.level
        sides = beside_zero(*about)
        above, below = sides if self.fits.turn > 0 else sides[::-1]
        fitted = np.isfinite(estimate) & np.isfinite(se)
        return Rearranged((self.fits.turn * estimate).astype("<f4"), above, below, fitted, reaches(*about))

    def drawn_anew(self, times: np.ndarray) -> np.ndarray:
        """Make them of trials drawn anew.

        Parameters
        ----------
        times : numpy.ndarray of int, shape (m, n)
            How often each comparison is there.

        Returns
        -------
        numpy.ndarray, shape (m, fits)
            Estimates as benefit, in the order of `referred`; nan where fewer different effects are left than
            coefficients and one, or one score in all.
        """
        orders = np.broadcast_to(np.arange(times.shape[1]), times.shape)
        return self.fits.turn * self._made(orders, np.ones(times.shape), times)[0]

    def _made(self, orders: np.ndarray, signs: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return estimates, variances and factors in the order of `referred`, shape (3, m, fits)."""
        loops = compiled(len(orders) * len(self.referred))
        make = self._slowly if loops is None else partial(self._at_once, loops)
        made = [make(self.fits.estimators[own], orders, signs, times) for own in self._of_effects]
        return np.concatenate(made, axis=2)

    @cached_property
    def _of_effects(self) -> list[int]:
        return [number for number, own in enumerate(self.fits.estimators) if own not in (*EVENTS, *BAYES)]

    @cached_property
    def _columns(self) -> Columns:
        """Every data set with enough trials by every score, smaller ones first."""
        parts = []
        for block in sorted(self.fits.blocks, key=lambda block: block.k):
            score, at = np.divmod(np.arange(block.columns), len(block.sets))
            kept = np.flatnonzero(self.fits.trials[block.sets[at]] >= ENOUGH[self.fits.target])
            if len(kept) and block.k:
                sets = block.sets[at[kept]]
                parts.append(
                    (
                        block.base + kept,
                        np.full(len(kept), block.columns),
                        np.full(len(kept), block.k),
                        self.fits.data.frame[sets],
                        block.scores[score[kept]],
                        block.members[at[kept]].ravel(),
                    )
                )
        if not parts:
            return Columns(*(np.zeros(0, int) for _ in range(8)))
        first, step, size, frame, score, members = (np.concatenate(own) for own in zip(*parts, strict=True))
        begin = np.concatenate([[0], np.cumsum(size)[:-1]])
        df = size - (2 if self.fits.target == "slope" else 1)
        return Columns(first, step, size, frame, score, members, begin, df)

    def _at_once(
        self, loops: ModuleType, estimator: str, orders: np.ndarray, signs: np.ndarray, times: np.ndarray
    ) -> np.ndarray:
        """Return the numbers of one estimator by the compiled kernels, shape (3, m, d)."""
        own, moderated = self._columns, self.fits.target == "slope"
        sets = (own.frame, own.begin, own.size, own.members, own.score)
        made = np.empty((4, len(orders), len(own.size)))
        for number, how in enumerate(zip(orders, signs, times, strict=True)):
            made[:, number] = solve_sets(loops, self.fits.data, estimator, (*sets, *how), moderated=moderated)
        return made[1:]

    def _slowly(self, estimator: str, orders: np.ndarray, signs: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return the same without them: data sets of as many effects are laid out side by side."""
        own, data = self._columns, self.fits.data
        found = np.full((3, len(orders), len(own.size)), np.nan)
        number, column = (part.ravel() for part in np.indices(found.shape[1:]))
        for k in np.unique(own.size):
            here = np.flatnonzero(own.size[column] == k)
            members = own.members[own.begin[column[here]][:, None] + np.arange(k)]
            often = times[number[here][:, None], members]
            enough = (often > 0).sum(axis=1) > (2 if self.fits.target == "slope" else 1)
            for total in np.unique(often.sum(axis=1)[enough]):
                chosen = np.flatnonzero(enough & (often.sum(axis=1) == total))
                drawn = np.repeat(members[chosen].ravel(), often[chosen].ravel()).reshape(-1, total)
                row, at = number[here[chosen]], column[here[chosen]]
                frame = own.frame[at][:, None]
                yi = np.ascontiguousarray((data.y[frame, drawn] * signs[row[:, None], drawn]).T)
                vi = np.ascontiguousarray(data.v[frame, drawn].T)
                same = np.zeros(len(chosen), bool)
                if self.fits.target == "pool":
                    fits = fit_means(yi, vi, method=estimator)  # type: ignore[arg-type]
                else:
                    given = orders[row[:, None], drawn]
                    xi = np.ascontiguousarray(data.scores[own.score[at][:, None], given].T)
                    same = np.ptp(xi, axis=0) == 0
                    xi[:, same] = np.arange(total)[:, None]
                    fits = fit_lines(yi, vi, xi, method=estimator)  # type: ignore[arg-type]
                found[:, row, at] = np.where(same, np.nan, fits.estimate), fits.variance, fits.factor
        return found
