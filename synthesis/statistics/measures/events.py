"""Effects from the number of people with an event and the size of two arms.

Arm 1 is the intervention. Zero cells are treated as metafor does by default (`add=1/2, to="only0", drop00=FALSE`):
where any of a table's four cells is zero, one half is added to all four of them, so each arm grows by one person; this
holds for the risk difference too, and tables without any event, or with nothing but events, are kept. Counts may be
fractions (a shared arm that was divided). An arm that cannot exist (events below zero or above n, nobody in it,
anything missing or infinite) gives nan.
"""

from __future__ import annotations

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

    [borenstein2009introduction]; zero cells as in metafor [viechtbauer2010conducting].
    """
    a, b, c, d = cells(events1, n1, events2, n2)
    n1, n2 = a + b, c + d
    # 1/a - 1/n1 written so that it cannot come out below zero by rounding.
    return Estimates(yi=np.log(a / n1) - np.log(c / n2), vi=b / (a * n1) + d / (c * n2))


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

    [borenstein2009introduction]; zero cells as in metafor [viechtbauer2010conducting].
    """
    a, b, c, d = cells(events1, n1, events2, n2)
    return Estimates(yi=np.log(a / b) - np.log(c / d), vi=1 / a + 1 / b + 1 / c + 1 / d)


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

    [borenstein2009introduction]; zero cells as in metafor [viechtbauer2010conducting], or a table without events
    would have no variance.
    """
    a, b, c, d = cells(events1, n1, events2, n2)
    n1, n2 = a + b, c + d
    return Estimates(yi=a / n1 - c / n2, vi=a * b / n1**3 + c * d / n2**3)


def cells(
    events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Lay out the fourfold tables a, b (intervention) and c, d (comparator), one half added where a cell is zero."""
    a, n1, c, n2 = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (events1, n1, events2, n2)))
    possible = (a >= 0) & (c >= 0) & (a <= n1) & (c <= n2) & (n1 > 0) & (n2 > 0) & np.isfinite(n1) & np.isfinite(n2)
    a, n1, c, n2 = (np.where(possible, x, np.nan) for x in (a, n1, c, n2))
    b, d = n1 - a, n2 - c
    half = np.where((a == 0) | (b == 0) | (c == 0) | (d == 0), 0.5, 0.0)
    return a + half, b + half, c + half, d + half
