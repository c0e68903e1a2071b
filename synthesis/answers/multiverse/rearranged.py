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
        loops = compiled(len(orders) * len(self.referred))
        make = self._block_by_block if loops is None else partial(self._at_once, loops)
        made = [make(self.fits.estimators[own], orders, signs) for own in self._of_effects]
        estimate, variance, factor = (np.concatenate(parts, axis=1) for parts in zip(*made, strict=True))
        se = np.sqrt(variance)
        about = estimate, se, factor, np.tile(self._columns.df, len(made)), self.fits.level
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
        loops = compiled(len(times) * len(self.referred))
        make = self._drawn_slowly if loops is None else partial(self._drawn_at_once, loops)
        return self.fits.turn * np.concatenate([make(self.fits.estimators[own], times) for own in self._of_effects], 1)

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

    def _at_once(self, loops: ModuleType, estimator: str, orders: np.ndarray, signs: np.ndarray) -> np.ndarray:
        """Return estimates, variances and factors by the compiled kernels, shape (3, m, d)."""
        own, moderated = self._columns, self.fits.target == "slope"
        sets, once = (own.frame, own.begin, own.size, own.members, own.score), np.ones(orders.shape[1], int)
        made = np.empty((4, len(orders), len(own.size)))
        for number, how in enumerate(zip(orders, signs, strict=True)):
            made[:, number] = solve_sets(loops, self.fits.data, estimator, (*sets, *how, once), moderated=moderated)
        return made[1:]

    def _drawn_at_once(self, loops: ModuleType, estimator: str, times: np.ndarray) -> np.ndarray:
        """Return estimates by the compiled kernels, shape (m, d)."""
        own, n = self._columns, times.shape[1]
        sets = (own.frame, own.begin, own.size, own.members, own.score, np.arange(n), np.ones(n))
        moderated = self.fits.target == "slope"
        made = [solve_sets(loops, self.fits.data, estimator, (*sets, one), moderated=moderated)[1] for one in times]
        return np.array(made).reshape(len(times), len(own.size))

    def _drawn_slowly(self, estimator: str, times: np.ndarray) -> np.ndarray:
        """Return the same without them."""
        own, data = self._columns, self.fits.data
        found = np.full((len(times), len(own.size)), np.nan)
        number, column = (part.ravel() for part in np.indices(found.shape))
        for k in np.unique(own.size):
            here = np.flatnonzero(own.size[column] == k)
            members = own.members[own.begin[column[here]][:, None] + np.arange(k)]
            often = times[number[here][:, None], members]
            enough = (often > 0).sum(axis=1) > (2 if self.fits.target == "slope" else 1)
            for total in np.unique(often.sum(axis=1)[enough]):
                chosen = np.flatnonzero(enough & (often.sum(axis=1) == total))
                drawn = np.repeat(members[chosen].ravel(), often[chosen].ravel()).reshape(-1, total)
                at = column[here[chosen]]
                frame = own.frame[at][:, None]
                yi, vi = (np.ascontiguousarray(part[frame, drawn].T) for part in (data.y, data.v))
                same = np.zeros(len(chosen), bool)
                if self.fits.target == "pool":
                    fits = fit_means(yi, vi, method=estimator)  # type: ignore[arg-type]
                else:
                    xi = np.ascontiguousarray(data.scores[own.score[at][:, None], drawn].T)
                    same = np.ptp(xi, axis=0) == 0
                    xi[:, same] = np.arange(total)[:, None]
                    fits = fit_lines(yi, vi, xi, method=estimator)  # type: ignore[arg-type]
                found[number[here[chosen]], at] = np.where(same, np.nan, fits.estimate)
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
        own, data = self._columns, self.fits.data
        for k in np.unique(own.size[column]):
            here = np.flatnonzero(own.size[column] == k)
            at, row = column[here], number[here, None]
            members, frame = own.members[own.begin[at][:, None] + np.arange(k)], own.frame[at][:, None]
            yi = np.ascontiguousarray((data.y[frame, members] * signs[row, members]).T)
            vi = np.ascontiguousarray(data.v[frame, members].T)
            same = np.zeros(len(here), bool)
            if self.fits.target == "pool":
                fits = fit_means(yi, vi, method=estimator)  # type: ignore[arg-type]
            else:
                xi = np.ascontiguousarray(data.scores[own.score[at][:, None], orders[row, members]].T)
                same = np.ptp(xi, axis=0) == 0
                xi[:, same] = np.arange(k)[:, None]
                fits = fit_lines(yi, vi, xi, method=estimator)  # type: ignore[arg-type]
            found[:, number[here], at] = np.where(same, np.nan, fits.estimate), fits.variance, fits.factor
