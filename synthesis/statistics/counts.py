"""Pools of fourfold tables, not of effects: Mantel-Haenszel and Peto, for events so rare that many cells are zero.

Conventions beside metafor's `rma.mh` and `rma.peto`:

- No half enters a Mantel-Haenszel pool (`add=c(1/2, 0)`), while the trials' own effects, and with them Q, carry one
  where a cell is zero.
- Tables that are silent on the measure (`measures.events`) are no part of anything, as with `drop00=TRUE`. That also
  drops, from Q, a risk ratio where everybody had the event; here it stays and shows 1. No risk difference is dropped.
- RevMan prints another Mantel-Haenszel ratio where there are zero cells: one half is added to each cell of such a table
  in the pool as well. Its risk difference has Greenland and Robins's variance, and the half in the variance of each
  trial with a zero cell. `convention="revman"` gives these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthesis.choices import LEVEL
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.statistics.distributions import chi2_tail, normal_quantile, normal_tail
from synthesis.statistics.measures import MEASURES, Estimates, silent
from synthesis.statistics.measures.events import cells, fourfold, rd_variance

MantelHaenszelMeasure = Literal["RR", "OR", "RD"]
Convention = Literal["exact", "revman"]
NO_CONTRAST = (
    "The Mantel-Haenszel {measure} is zero or infinite: in all {k} tables together {arm} has {what}. "
    "RD can still be pooled, and PETO."
)
NOTHING_TOLD = "No table tells anything of the {measure}: nobody, or everybody, had the event in both arms of each."
IMPOSSIBLE = (
    "Table {place} cannot be: {events1:g} of {n1:g} with the event in one arm, {events2:g} of {n2:g} in the other."
)


@dataclass(frozen=True, eq=False)
class EventsPool:
    """A pool of fourfold tables.

    Attributes
    ----------
    estimate, se, ci_lb, ci_ub, pval : float
        On the analysis scale (log for ratios), with the normal interval.
    Q, Q_df, Q_pval : float
        Heterogeneity of the tables' own effects about the pool, weighed by their inverse variances.
    I2, H2 : float
        From Q, `I2` in percent; nan for one table.
    tau2 : float
        nan for the pools that take it to be zero.
    yi, vi : numpy.ndarray, shape (k,)
        The tables' own effects and variances; nan for a silent table.
    weights : numpy.ndarray, shape (k,)
        Percent; 0 for a silent table.
    k : int
        Tables that are not silent.

    Examples
    --------
    >>> fit = peto([4, 6], [40, 50], [9, 11], [41, 52])
    >>> print(f"log odds ratio {fit.estimate:.2f} ({fit.ci_lb:.2f} to {fit.ci_ub:.2f})")
    log odds ratio -0.75 (-1.53 to 0.03)
    """

    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    pval: float
    Q: float
    Q_df: int
    Q_pval: float
    I2: float
    H2: float
    tau2: float
    yi: NDArray
    vi: NDArray
    weights: NDArray
    k: int


def mantel_haenszel(
    events1: ArrayLike,
    n1: ArrayLike,
    events2: ArrayLike,
    n2: ArrayLike,
    *,
    measure: MantelHaenszelMeasure,
    level: float = LEVEL,
    random: bool = False,
    convention: Convention = "exact",
) -> EventsPool:
    r"""Pool fourfold tables by Mantel and Haenszel.

    Parameters
    ----------
    events1, n1 : array_like, shape (k,)
        People with the event and people analysed, intervention arms; fractions are allowed.
    events2, n2 : array_like, shape (k,)
        The same for the comparator arms.
    measure : {"RR", "OR", "RD"}
    level : float
        Confidence level.
    random : bool
        Random effects by inverse variances, with the tau2 that DerSimonian and Laird's formula makes of Q about the
        Mantel-Haenszel pool.
    convention : {"exact", "revman"}
        Whether no half enters the pool, as in metafor's `rma.mh`, or, into a ratio, one half each cell of a table with
        a zero cell, as in RevMan.

    Returns
    -------
    EventsPool

    Raises
    ------
    NotEstimableError
        Where no table tells anything, or a ratio is zero or infinite in all tables together.
    InputError
        For a table that cannot be.
    ChoiceError
        For a measure or a convention that does not exist.

    Notes
    -----
    With N = n1 + n2 and b, d the people without the event,

    .. math:: \hat{OR} = \frac{\sum a d / N}{\sum b c / N}, \qquad
              \hat{RR} = \frac{\sum a n_2 / N}{\sum c n_1 / N}, \qquad
              \hat{RD} = \frac{\sum (a n_2 - c n_1) / N}{\sum n_1 n_2 / N}

    [mantel1959statistical]. Variances: of the log odds ratio [robins1986estimators], of the log risk ratio
    [greenland1985estimation], of the risk difference [sato1989sparse], as `rma.mh` has them; by the convention of
    RevMan that of the risk difference is from [greenland1985estimation] too [deeks2010statistical].
    Random effects: tau2 = max(0, (Q - df) / C) with C = sum(w) - sum(w^2) / sum(w), w = 1 / v and Q about the
    Mantel-Haenszel pool [deeks2010statistical], as R meta's `metabin(method.tau="DL", Q.Cochrane=TRUE)`.

    Examples
    --------
    >>> fit = mantel_haenszel([4, 6], [40, 50], [9, 11], [41, 52], measure="RR")
    >>> print(f"log risk ratio {fit.estimate:.2f} ({fit.ci_lb:.2f} to {fit.ci_ub:.2f})")
    log risk ratio -0.66 (-1.36 to 0.04)
    """
    _one_of("measure", measure, MantelHaenszelMeasure)
    _one_of("convention", convention, Convention)
    told = _told(measure, events1, n1, events2, n2)
    revman = convention == "revman"
    counted, halved = fourfold(*told.tables), cells(*told.tables)
    estimate, variance, weights = _MANTEL_HAENSZEL[measure](*(halved if revman and measure != "RD" else counted))
    own = MEASURES[measure].compute(*told.tables)
    if revman and measure == "RD":
        variance, own = _greenland_robins_rd(*counted), Estimates(own.yi, rd_variance(*halved))
    if not random:
        return _pooled(estimate, variance, weights, own, told, level)
    Q, df, w = _q(own, estimate), told.k - 1, 1 / own.vi
    tau2 = max(0.0, (Q - df) / (w.sum() - (w**2).sum() / w.sum())) if df else np.nan
    w = 1 / (own.vi + np.nan_to_num(tau2))
    return _pooled(float(w @ own.yi / w.sum()), 1 / w.sum(), w, own, told, level, Q=Q, tau2=tau2)


def peto(events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike, *, level: float = LEVEL) -> EventsPool:
    r"""Pool fourfold tables to Peto's one-step odds ratio.

    Parameters
    ----------
    events1, n1, events2, n2 : array_like, shape (k,)
        As in `mantel_haenszel`.
    level : float
        Confidence level.

    Returns
    -------
    EventsPool
        The log odds ratio.

    Raises
    ------
    NotEstimableError
        Where no table tells anything.
    InputError
        For a table that cannot be.

    Notes
    -----
    .. math:: \hat\theta = \frac{\sum (a - E)}{\sum V}, \qquad v = \frac{1}{\sum V}

    with each table's E and V as in `measures.events.peto` [yusuf1985beta], which is the inverse-variance mean of the
    tables' own estimates; Q is their heterogeneity. As metafor's `rma.peto`.

    Examples
    --------
    >>> fit = peto([4, 6], [40, 50], [9, 11], [41, 52])
    >>> print(f"log odds ratio {fit.estimate:.2f} ({fit.ci_lb:.2f} to {fit.ci_ub:.2f})")
    log odds ratio -0.75 (-1.53 to 0.03)
    """
    told = _told("PETO", events1, n1, events2, n2)
    own = MEASURES["PETO"].compute(*told.tables)
    V = 1 / own.vi
    return _pooled(float(V @ own.yi / V.sum()), 1 / V.sum(), V, own, told, level)


@dataclass(frozen=True, eq=False)
class _Told:
    """The tables that tell something, of those given: events1, n1, events2, n2, each of shape (k,), and which."""

    tables: tuple[NDArray, ...]
    heard: NDArray

    @property
    def k(self) -> int:
        return int(self.heard.sum())

    def spread(self, values: NDArray, silence: float) -> NDArray:
        """Give the tables that were given their values, those that are silent this one."""
        whole = np.full(len(self.heard), silence)
        whole[self.heard] = values
        return whole


def _told(measure: str, *given: ArrayLike) -> _Told:
    tables = tuple(np.atleast_1d(column) for column in np.broadcast_arrays(*(np.asarray(x, float) for x in given)))
    impossible = np.isnan(fourfold(*tables)[0])
    if impossible.any():
        place = int(np.flatnonzero(impossible)[0])
        figures = dict(zip(("events1", "n1", "events2", "n2"), (column[place] for column in tables), strict=True))
        raise InputError(IMPOSSIBLE.format(place=place + 1, **figures))
    heard = silent(measure, *tables) == ""
    if not heard.any():
        raise NotEstimableError(NOTHING_TOLD.format(measure=MEASURES[measure].label.lower()))
    return _Told(tuple(column[heard] for column in tables), heard)


def _pooled(
    estimate: float,
    variance: float,
    weights: NDArray,
    own: Estimates,
    told: _Told,
    level: float,
    *,
    Q: float | None = None,
    tau2: float = np.nan,
) -> EventsPool:
    se, df = float(np.sqrt(variance)), told.k - 1
    half = float(normal_quantile(0.5 + level / 2)) * se
    Q = _q(own, estimate) if Q is None else Q
    return EventsPool(
        estimate=estimate,
        se=se,
        ci_lb=estimate - half,
        ci_ub=estimate + half,
        pval=float(2 * normal_tail(abs(estimate / se))) if se > 0 else np.nan,
        Q=Q if df else 0.0,
        Q_df=df,
        Q_pval=float(chi2_tail(Q, df)) if df else np.nan,
        I2=(100 * max(0.0, (Q - df) / Q) if Q > 0 else 0.0) if df else np.nan,
        H2=Q / df if df else np.nan,
        tau2=tau2,
        yi=told.spread(own.yi, np.nan),
        vi=told.spread(own.vi, np.nan),
        weights=told.spread(100 * weights / weights.sum(), 0.0),
        k=told.k,
    )


def _q(own: Estimates, estimate: float) -> float:
    return float(((own.yi - estimate) ** 2 / own.vi).sum())


def _or(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> tuple[float, float, NDArray]:
    N = a + b + c + d
    P, Q, R, S = (a + d) / N, (b + c) / N, a * d / N, b * c / N
    r, s = _contrast("OR", R, S)
    variance = ((P @ R) / r**2 + (P @ S + Q @ R) / (r * s) + (Q @ S) / s**2) / 2
    return float(np.log(r / s)), float(variance), S


def _rr(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> tuple[float, float, NDArray]:
    n1, n2 = a + b, c + d
    N = n1 + n2
    R, S = a * n2 / N, c * n1 / N
    r, s = _contrast("RR", R, S)
    variance = (n1 * n2 * (a + c) / N**2 - a * c / N).sum() / (r * s)
    # Where everybody had the event the terms are equal, and what rounding leaves of their difference may be below zero.
    return float(np.log(r / s)), max(0.0, float(variance)), S


def _rd(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> tuple[float, float, NDArray]:
    n1, n2 = a + b, c + d
    N, w = n1 + n2, n1 * n2 / (n1 + n2)
    estimate = float(((a * n2 - c * n1) / N).sum() / w.sum())
    P = (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / N**2
    Q = (a * d + b * c) / (2 * N)
    return estimate, float((estimate * P.sum() + Q.sum()) / w.sum() ** 2), w


def _greenland_robins_rd(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> float:
    n1, n2 = a + b, c + d
    J = (a * b * n2**3 + c * d * n1**3) / (n1 * n2 * (n1 + n2) ** 2)
    return float(J.sum() / (n1 * n2 / (n1 + n2)).sum() ** 2)


def _contrast(measure: str, R: NDArray, S: NDArray) -> tuple[float, float]:
    """Return the sums of a ratio's numerator and denominator, neither of which may be zero."""
    r, s = float(R.sum()), float(S.sum())
    if r > 0 and s > 0:
        return r, s
    arm = "the intervention" if r == 0 else "the comparator"
    what = "no event" if measure == "RR" else "no event, or the other arm nothing else"
    raise NotEstimableError(NO_CONTRAST.format(measure=MEASURES[measure].label.lower(), k=len(R), arm=arm, what=what))


def _one_of(what: str, value: str, kind: object) -> None:
    if value not in get_args(kind):
        raise ChoiceError(what, value, list(get_args(kind)))


_MANTEL_HAENSZEL = {"OR": _or, "RR": _rr, "RD": _rd}
