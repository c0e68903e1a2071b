"""A straight line, or a mean, through each of thousands of data sets at once: random effects, a data set a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from synthesis.choices import METHOD, CiMethod, Method
from synthesis.statistics.kernels import fitted, heterogeneity

# Numbers (trials times data sets) worked on at once: they stay in the processor's cache, and their matrix products
# stay below the size at which BLAS starts threads, which would cost more than they save.
BLOCK = 60_000
NUMBERS = ("estimate", "variance", "factor", "tau2")


@dataclass(frozen=True, eq=False)
class Fits:
    """One coefficient in each of d data sets.

    Attributes
    ----------
    estimate : numpy.ndarray, shape (d,)
    variance : numpy.ndarray, shape (d,)
        Of the model, without the Knapp-Hartung factor.
    factor : numpy.ndarray, shape (d,)
        That factor: the weighted residual sum of squares over its degrees of freedom.
    tau2 : numpy.ndarray, shape (d,)
    df : int
        Degrees of freedom of Knapp-Hartung's t.
    """

    estimate: np.ndarray
    variance: np.ndarray
    factor: np.ndarray
    tau2: np.ndarray
    df: int

    def standard_error(self, ci: CiMethod) -> np.ndarray:
        """Return the standard error that an interval of this kind uses, shape (d,)."""
        factor = self.factor
        if ci == "wald":
            factor = np.ones_like(factor)
        elif ci == "knapp-hartung-floor":
            factor = np.maximum(factor, 1.0)
        return np.sqrt(factor * self.variance)

    def statistic(self, ci: CiMethod) -> np.ndarray:
        """Return t (or z), shape (d,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.estimate / self.standard_error(ci)

    def reference(self, ci: CiMethod) -> float:
        """Return the degrees of freedom of the statistic's distribution; infinity for the normal."""
        return np.inf if ci == "wald" else float(self.df)


def fit_lines(yi: np.ndarray, vi: np.ndarray, x: np.ndarray, *, method: Method = METHOD) -> Fits:
    """Fit the slope of a random-effects meta-regression to each of d data sets.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    x : numpy.ndarray, shape (k,) or (k, d)
        The moderator they share, or that of each.
    method : str

    Returns
    -------
    Fits
    """
    if yi.shape[1] == 1:  # as below: never one column alone
        return _first(fit_lines(*(np.repeat(part, 2, axis=1) for part in (yi, vi)), _twice(x), method=method))
    made = fitted(yi, vi, x, method=method)
    if made is not None:
        return _compiled(made, len(yi) - 2)
    return _joined([_lines(yi[:, b], vi[:, b], _some(x, b), method) for b in _blocks(yi)])


def fit_means(yi: np.ndarray, vi: np.ndarray, *, method: Method = METHOD) -> Fits:
    """Fit the pooled effect of a random-effects model to each of d data sets, shape (k, d)."""
    if yi.shape[1] == 1:
        return _first(fit_means(*(np.repeat(part, 2, axis=1) for part in (yi, vi)), method=method))
    made = fitted(yi, vi, None, method=method)
    if made is not None:
        return _compiled(made, len(yi) - 1)
    return _joined([_means(yi[:, b], vi[:, b], method) for b in _blocks(yi)])


def _compiled(made: np.ndarray, df: int) -> Fits:
    tau2, estimate, variance, factor = made
    return Fits(estimate, variance, factor, tau2, df)


def _twice(x: np.ndarray) -> np.ndarray:
    return x if x.ndim == 1 else np.repeat(x, 2, axis=1)


def _first(fits: Fits) -> Fits:
    return Fits(*(getattr(fits, name)[:1] for name in NUMBERS), df=fits.df)


def _blocks(yi: np.ndarray) -> Iterator[slice]:
    """Yield ranges of columns, none of one column where there are more: numpy sums a single one in another order."""
    d, width = yi.shape[1], max(2, BLOCK // len(yi))
    start = 0
    while start < d:
        stop = d if d - start - width <= 1 else start + width
        yield slice(start, stop)
        start = stop


def _joined(parts: list[Fits]) -> Fits:
    return Fits(*(np.concatenate([getattr(part, name) for part in parts]) for name in NUMBERS), df=parts[0].df)


def _some(x: np.ndarray, own: np.ndarray) -> np.ndarray:
    return x if x.ndim == 1 else x[:, own]


def _lines(yi: np.ndarray, vi: np.ndarray, x: np.ndarray, method: Method) -> Fits:
    yi, vi = np.ascontiguousarray(yi), np.ascontiguousarray(vi)
    tau2 = heterogeneity(yi, vi, np.stack([np.ones_like(x), x], axis=1), method=method)
    if x.ndim == 1:
        x = x[:, None]
    w = 1 / (vi + tau2)
    total = w.sum(axis=0)
    centred = x - (w * x).sum(axis=0) / total
    spread = (w * centred**2).sum(axis=0)
    slope = (w * centred * yi).sum(axis=0) / spread
    residual = yi - (w * yi).sum(axis=0) / total - slope * centred
    df = len(x) - 2
    return Fits(slope, 1 / spread, (w * residual**2).sum(axis=0) / df, tau2, df)


def _means(yi: np.ndarray, vi: np.ndarray, method: Method) -> Fits:
    yi, vi = np.ascontiguousarray(yi), np.ascontiguousarray(vi)
    tau2 = heterogeneity(yi, vi, np.ones((len(yi), 1)), method=method)
    w = 1 / (vi + tau2)
    total = w.sum(axis=0)
    mean = (w * yi).sum(axis=0) / total
    df = len(yi) - 1
    return Fits(mean, 1 / total, (w * (yi - mean) ** 2).sum(axis=0) / df, tau2, df)
