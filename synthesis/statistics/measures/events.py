"""Effects from the number of people with an event and the size of two arms.

Where a cell of a fourfold table is zero, one half is added to all four cells, as metafor does by default (`add=1/2,
to="only0"`), so that each arm grows by one person; but, as Cochrane reviews print it and other than metafor's
`drop00=FALSE`, a table that cannot tell is not made to:

- without events in both arms a ratio is not estimable, and with nothing but events in both an odds ratio is not either
  (metafor's `drop00=TRUE`, which drops the risk ratio of the latter as well). These give nan [handbook2024, 10.4.4].
- A risk ratio of two arms in which everybody had the event is 1, with the half in its variance only.
- No half enters a risk difference; where its variance would be zero, the half enters that alone.
- Peto's odds ratio needs no half.

Counts may be fractions (a shared arm that was divided). An arm that cannot exist (events below zero or above n, nobody
in it, anything missing or infinite) gives nan.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthesis.statistics.measures.estimates import Estimates


def rr(events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike) -> Estimates:
    r"""Log risk ratio.

    Parameters
    ----------
    events1, n1 : array_like, shape (k,)
        People with the event and people analysed, intervention arm.
    events2, n2 : array_like, shape (k,)
        The same for the comparator arm.

    Returns
    -------
    Estimates
        Log risk ratio and its variance, each of shape (k,).

    Notes
    -----
    .. math:: y = \ln \frac{a / n_1}{c / n_2}, \qquad v = \frac1a - \frac1{n_1} + \frac1c - \frac1{n_2}

    [borenstein2009introduction]; zero cells as in metafor [viechtbauer2010conducting], nan without events in both arms
    and 0 where all had the event [deeks2010statistical].
    """
    silence = silent("RR", events1, n1, events2, n2)
    halved = where_halved("RR", events1, n1, events2, n2)
    a, b, c, d = cells(events1, n1, events2, n2)
    n1, n2 = a + b, c + d
    yi = np.where(halved.variance, 0.0, np.log(a / n1) - np.log(c / n2))
    # 1/a - 1/n1 written so that it cannot come out below zero by rounding.
    vi = b / (a * n1) + d / (c * n2)
    return _heard(yi, vi, silence)


def odds_ratio(events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike) -> Estimates:
    r"""Log odds ratio.

    Parameters
    ----------
    events1, n1 : array_like, shape (k,)
        People with the event and people analysed, intervention arm.
    events2, n2 : array_like, shape (k,)
        The same for the comparator arm.

    Returns
    -------
    Estimates
        Log odds ratio and its variance, each of shape (k,).

    Notes
    -----
    .. math:: y = \ln \frac{a d}{b c}, \qquad v = \frac1a + \frac1b + \frac1c + \frac1d

    [borenstein2009introduction]; zero cells as in metafor with `drop00=TRUE` [viechtbauer2010conducting].
    """
    silence = silent("OR", events1, n1, events2, n2)
    a, b, c, d = cells(events1, n1, events2, n2)
    return _heard(np.log(a / b) - np.log(c / d), 1 / a + 1 / b + 1 / c + 1 / d, silence)


def peto(events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike) -> Estimates:
    r"""Peto's log odds ratio: the one-step estimate from observed and expected events.

    Parameters
    ----------
    events1, n1 : array_like, shape (k,)
        People with the event and people analysed, intervention arm.
    events2, n2 : array_like, shape (k,)
        The same for the comparator arm.

    Returns
    -------
    Estimates
        Log odds ratio and its variance, each of shape (k,).

    Notes
    -----
    .. math:: y = \frac{a - E}{V}, \qquad v = \frac1V, \qquad E = \frac{n_1 m}{N}, \qquad
              V = \frac{n_1 n_2 m (N - m)}{N^2 (N - 1)}

    with m = a + c events among N = n1 + n2 people [yusuf1985beta]. No half is added; far from 1, and with arms of very
    unequal size, the estimate is biased [bradburn2007much].
    """
    silence = silent("PETO", events1, n1, events2, n2)
    a, b, c, d = fourfold(events1, n1, events2, n2)
    n1, n2, m, total = a + b, c + d, a + c, a + b + c + d
    with np.errstate(divide="ignore", invalid="ignore"):
        V = n1 * n2 * m * (total - m) / (total**2 * np.where(total > 1, total - 1, np.nan))
        return _heard((a - n1 * m / total) / V, 1 / V, silence)


def rd(events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike) -> Estimates:
    r"""Risk difference.

    Parameters
    ----------
    events1, n1 : array_like, shape (k,)
        People with the event and people analysed, intervention arm.
    events2, n2 : array_like, shape (k,)
        The same for the comparator arm.

    Returns
    -------
    Estimates
        Difference of two proportions and its variance, each of shape (k,).

    Notes
    -----
    .. math:: y = \frac{a}{n_1} - \frac{c}{n_2}, \qquad v = \frac{a b}{n_1^3} + \frac{c d}{n_2^3}

    [borenstein2009introduction]. Where both arms have nobody or only people with the event, the variance would be
    zero; it is then that of the table with one half added to each cell, and the difference stays as counted.
    """
    halved = where_halved("RD", events1, n1, events2, n2).variance
    counted, with_half = fourfold(events1, n1, events2, n2), cells(events1, n1, events2, n2)
    a, b, c, d = counted
    vi = np.where(halved, rd_variance(*with_half), rd_variance(*counted))
    return Estimates(yi=a / (a + b) - c / (c + d), vi=vi)


class Halved(NamedTuple):
    """Which tables have one half added to each cell; shape (k,), bool.

    Attributes
    ----------
    estimate : numpy.ndarray
        In estimate and variance.
    variance : numpy.ndarray
        In the variance alone.
    """

    estimate: NDArray
    variance: NDArray


def where_halved(measure: str, events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike) -> Halved:
    """Say which tables have one half added when a measure of events is computed from them.

    Parameters
    ----------
    measure : {"RR", "OR", "PETO", "RD"}
    events1, n1, events2, n2 : array_like, shape (k,)
    """
    a, b, c, d = fourfold(events1, n1, events2, n2)
    never = np.zeros(np.shape(a), dtype=bool)
    if measure == "PETO":
        return Halved(never, never)
    if measure == "RD":
        return Halved(never, (a * b == 0) & (c * d == 0))
    zero = has_zero_cell(a, b, c, d) & (silent(measure, events1, n1, events2, n2) == "")
    all_had_it = (b == 0) & (d == 0)
    return Halved(zero & ~all_had_it, zero & all_had_it)


def silent(measure: str, events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike) -> NDArray:
    """Say which tables tell nothing of a measure, and why.

    Parameters
    ----------
    measure : {"RR", "OR", "PETO", "RD"}
    events1, n1, events2, n2 : array_like, shape (k,)

    Returns
    -------
    numpy.ndarray of str, shape (k,)
        "no_events" where nobody in either arm had the event, "only_events" where everybody in both had it; empty
        elsewhere. A risk difference is always told, a risk ratio where everybody had the event.
    """
    a, b, c, d = fourfold(events1, n1, events2, n2)
    none, every = (a == 0) & (c == 0), (b == 0) & (d == 0)
    said = {"RD": ("", ""), "RR": ("no_events", "")}.get(measure, ("no_events", "only_events"))
    return np.where(none, said[0], np.where(every, said[1], ""))


def has_zero_cell(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> NDArray:
    """Say which fourfold tables have a cell of zero; shape (k,), bool."""
    return (a == 0) | (b == 0) | (c == 0) | (d == 0)


def fourfold(
    events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Lay out the fourfold tables a, b (intervention) and c, d (comparator); nan where an arm cannot exist."""
    a, n1, c, n2 = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (events1, n1, events2, n2)))
    possible = (a >= 0) & (c >= 0) & (a <= n1) & (c <= n2) & (n1 > 0) & (n2 > 0) & np.isfinite(n1) & np.isfinite(n2)
    a, n1, c, n2 = (np.where(possible, x, np.nan) for x in (a, n1, c, n2))
    return a, n1 - a, c, n2 - c


def cells(
    events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Lay out the fourfold tables as `fourfold` does, one half added to all four cells where one is zero."""
    a, b, c, d = fourfold(events1, n1, events2, n2)
    half = np.where(has_zero_cell(a, b, c, d), 0.5, 0.0)
    return a + half, b + half, c + half, d + half


def rd_variance(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> NDArray:
    """Sampling variance of the risk difference of fourfold tables, shape (k,); 0 without a contrast in both arms."""
    return a * b / (a + b) ** 3 + c * d / (c + d) ** 3


def _heard(yi: NDArray, vi: NDArray, silence: NDArray) -> Estimates:
    """Return the effects of the tables that are not silent; nan for the others."""
    heard = silence == ""
    return Estimates(yi=np.where(heard, yi, np.nan), vi=np.where(heard, vi, np.nan))
