"""From what a report prints instead of arm figures to an effect: test statistics, p values, odds ratios, intervals.

A conversion that an impossible or missing number would have to feed (p outside (0, 1], variance not positive, interval
out of order, no direction) gives nan. Arm sizes are those of the analysis that the statistic comes from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthesis.choices import LEVEL
from synthesis.statistics.distributions import normal_quantile, t_quantile
from synthesis.statistics.measures.estimates import Estimates
from synthesis.statistics.measures.means import hedges_correction, with_large_sample_variance


def smd_from_t(t: ArrayLike, n1: ArrayLike, n2: ArrayLike, df: ArrayLike | None = None) -> Estimates:
    r"""Standardised mean difference from Student's t of two independent arms.

    Parameters
    ----------
    t : array_like, shape (k,)
        Statistic with the sign of intervention minus comparator.
    n1, n2 : array_like, shape (k,)
        Numbers analysed, intervention and comparator.
    df : array_like, shape (k,), optional
        Degrees of freedom of the test, for J; n1 + n2 - 2 by default.

    Returns
    -------
    Estimates
        Hedges' g, equal to `smd` of the arm figures behind t, each of shape (k,).

    Notes
    -----
    .. math:: g = J\,t \sqrt{1/n_1 + 1/n_2}

    [borenstein2009introduction]. A t of an adjusted model rests on the residual SD and gives too large a g; see
    `by_sd_between`.
    """
    t, n1, n2 = _floats(t, n1, n2)
    possible = np.isfinite(t) & (n1 >= 2) & (n2 >= 2) & np.isfinite(n1) & np.isfinite(n2)
    t, n1, n2 = (np.where(possible, x, np.nan) for x in (t, n1, n2))
    J = hedges_correction(n1 + n2 - 2 if df is None else df)
    return with_large_sample_variance(J * t * np.sqrt(1 / n1 + 1 / n2), n1, n2)


def smd_from_f(F: ArrayLike, n1: ArrayLike, n2: ArrayLike, sign: ArrayLike, df: ArrayLike | None = None) -> Estimates:
    r"""Standardised mean difference from an F statistic with one numerator degree of freedom.

    Parameters
    ----------
    F : array_like, shape (k,)
        F(1, n1 + n2 - 2) of the comparison of two arms.
    n1, n2 : array_like, shape (k,)
        Numbers analysed, intervention and comparator.
    sign : array_like, shape (k,)
        Positive where the intervention arm scored higher, negative where lower; 0 and nan are no direction.
    df : array_like, shape (k,), optional
        Denominator degrees of freedom; n1 + n2 - 2 by default.

    Returns
    -------
    Estimates
        Hedges' g through :math:`t = \pm\sqrt{F}` [borenstein2009introduction], each of shape (k,).
    """
    F, sign = _floats(F, sign)
    return smd_from_t(_direction(sign) * np.sqrt(np.where(F >= 0, F, np.nan)), n1, n2, df)


def t_from_p(p: ArrayLike, df: ArrayLike, sign: ArrayLike) -> NDArray:
    """Student's t whose two-sided p value is `p`.

    Parameters
    ----------
    p : array_like, shape (k,)
        Exact two-sided p value in (0, 1]; not a bound such as "p < 0.05", and not the half of a one-sided test.
    df : array_like, shape (k,)
        Degrees of freedom of the test.
    sign : array_like, shape (k,)
        Direction of the statistic; 0 and nan are no direction.

    Returns
    -------
    numpy.ndarray, shape (k,)
        The signed quantile [borenstein2009introduction]; nan for p = 0, which only says that p was rounded away.
    """
    p, df, sign = _floats(p, df, sign)
    possible = (p > 0) & (p <= 1) & (df > 0)
    quantile = t_quantile(np.where(possible, p, np.nan) / 2, np.where(possible, df, np.nan))
    return _direction(sign) * (0.0 - quantile)  # 0, not -0, at p = 1


def smd_from_p(p: ArrayLike, n1: ArrayLike, n2: ArrayLike, sign: ArrayLike, df: ArrayLike | None = None) -> Estimates:
    """Standardised mean difference from the exact two-sided p value of a t test of two independent arms.

    Parameters
    ----------
    p : array_like, shape (k,)
        Two-sided p value in (0, 1].
    n1, n2 : array_like, shape (k,)
        Numbers analysed, intervention and comparator.
    sign : array_like, shape (k,)
        Positive where the intervention arm scored higher, negative where lower; 0 and nan are no direction.
    df : array_like, shape (k,), optional
        Degrees of freedom of the test; n1 + n2 - 2 by default.

    Returns
    -------
    Estimates
        Hedges' g through `t_from_p` and `smd_from_t` [borenstein2009introduction], each of shape (k,).
    """
    p, n1, n2, sign = _floats(p, n1, n2, sign)
    return smd_from_t(t_from_p(p, n1 + n2 - 2 if df is None else df, sign), n1, n2, df)


def smd_from_or(log_or: ArrayLike, v: ArrayLike) -> Estimates:
    r"""Standardised mean difference from an odds ratio, for an outcome that is a cut through a logistic distribution.

    Parameters
    ----------
    log_or, v : array_like, shape (k,)
        Log odds ratio and its variance.

    Returns
    -------
    Estimates
        :math:`d = \ln(OR)\sqrt{3}/\pi,\ v_d = 3 v/\pi^2` [hasselblad1995meta; chinn2000simple], each of shape (k,).
    """
    log_or, v = _floats(log_or, v)
    possible = np.isfinite(log_or) & np.isfinite(v) & (v > 0)
    factor = np.where(possible, np.sqrt(3) / np.pi, np.nan)
    return Estimates(yi=factor * log_or, vi=factor**2 * v)


def smd_from_md(md: ArrayLike, se: ArrayLike, n1: ArrayLike, n2: ArrayLike, df: ArrayLike | None = None) -> Estimates:
    r"""Standardised mean difference from a mean difference and its standard error, whose SD is not printed.

    Parameters
    ----------
    md, se : array_like, shape (k,)
        Mean difference and standard error, in the instrument's units.
    n1, n2 : array_like, shape (k,)
        Numbers analysed, intervention and comparator.
    df : array_like, shape (k,), optional
        Degrees of freedom of the model that the standard error is of; n1 + n2 - 2 by default.

    Returns
    -------
    Estimates
        Hedges' g through :math:`t = md / se`, the SD being the one that the standard error implies
        [handbook2024, 6.5.2.3], each of shape (k,).
    """
    md, se = _floats(md, se)
    return smd_from_t(md / np.where(se > 0, se, np.nan), n1, n2, df)


def smd_from_md_and_sd(md: ArrayLike, se: ArrayLike, sd_pooled: ArrayLike, df: ArrayLike) -> Estimates:
    r"""Standardised mean difference from a (possibly adjusted) mean difference and the SD between people.

    Parameters
    ----------
    md, se : array_like, shape (k,)
        Mean difference and standard error, in the instrument's units.
    sd_pooled : array_like, shape (k,)
        Pooled standard deviation of the arms.
    df : array_like, shape (k,)
        Degrees of freedom of that standard deviation, n1 + n2 - 2.

    Returns
    -------
    Estimates
        Each of shape (k,); equal to `smd` where `se` is that of the raw difference of arms with one SD.

    Notes
    -----
    .. math:: g = J \frac{md}{s_p}, \qquad v = \Bigl(\frac{se}{s_p}\Bigr)^2 + \frac{g^2}{2(\nu + 2)}

    The large-sample variance [hedges1985statistical] with the printed precision in the place of 1/n1 + 1/n2.
    """
    md, se, sd_pooled, df = _floats(md, se, sd_pooled, df)
    possible = np.isfinite(md) & np.isfinite(se) & (se > 0) & np.isfinite(sd_pooled) & (sd_pooled > 0) & np.isfinite(df)
    md, se = np.where(possible, md, np.nan), np.where(possible, se, np.nan)
    scale = np.where(possible, sd_pooled, np.nan)
    g = hedges_correction(df) * md / scale
    return Estimates(yi=g, vi=np.where(np.isnan(g), np.nan, (se / scale) ** 2 + g**2 / (2 * (df + 2))))


def residual_sd_ratio(r: ArrayLike) -> NDArray:
    r"""Share that the residual SD of an adjusted model is of the SD between people.

    Parameters
    ----------
    r : array_like
        Correlation of the outcome with what the model was adjusted for, within arms; multiple where that is several.

    Returns
    -------
    numpy.ndarray
        :math:`\sqrt{1 - r^2}` [hedges2023effect; wwc2022procedures]; nan where r is not in [0, 1).
    """
    return np.sqrt(1 - _correlation(r) ** 2)


def change_sd_ratio(r: ArrayLike) -> NDArray:
    r"""Ratio of the SD of changes from baseline to the SD between people, alike before and after.

    Parameters
    ----------
    r : array_like
        Correlation of the outcome with its baseline, within arms.

    Returns
    -------
    numpy.ndarray
        :math:`\sqrt{2(1 - r)}` [morris2002combining; handbook2024, 6.5.2.8]: above 1 for r below .5; nan where r is not
        in [0, 1).
    """
    return np.sqrt(2 * (1 - _correlation(r)))


def by_sd_between(found: Estimates, ratio: ArrayLike) -> Estimates:
    r"""Bring standardised mean differences that rest on another SD to the SD between people.

    Parameters
    ----------
    found : Estimates
        Standardised by the residual SD of a model, or by an SD of changes, each of shape (k,).
    ratio : array_like, shape (k,)
        That SD as a share of the SD between people: `residual_sd_ratio` or `change_sd_ratio`.

    Returns
    -------
    Estimates
        Each of shape (k,).

    Notes
    -----
    .. math:: g = q\,g', \qquad v = q^2 v' = q^2 \Bigl(\frac{1}{n_1} + \frac{1}{n_2}\Bigr) + \frac{g^2}{2(n_1 + n_2)}

    with g' and v' as they came and q the ratio. Of a model's t this is
    :math:`g = J\,t\sqrt{1/n_1 + 1/n_2}\sqrt{1 - r^2}` [hedges2023effect; wwc2022procedures]: the gain in precision
    that adjustment brought is kept, and r is taken to be known.
    """
    ratio = np.asarray(ratio, dtype=float)
    return Estimates(yi=ratio * found.yi, vi=ratio**2 * found.vi)


def se_from_ci(
    lower: ArrayLike, upper: ArrayLike, level: float = LEVEL, *, ratio: bool = False, df: ArrayLike = np.inf
) -> NDArray:
    r"""Standard error behind a confidence interval that lies evenly about its estimate.

    Parameters
    ----------
    lower, upper : array_like, shape (k,)
        Limits as printed.
    level : float
        Confidence level, above 0 and below 1.
    ratio : bool
        The limits are of a ratio: they are logged, and the standard error is that of the log.
    df : array_like, shape (k,)
        Degrees of freedom of the t that the interval was made with; infinite for z.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`(u - l) / (2 z)` [handbook2024, 6.3.1 and 6.3.2], with t for z where `df` is finite [handbook2024,
        6.5.2.3]; nan where the limits are equal or out of order, or a ratio's not positive.
    """
    lower, upper, df = np.broadcast_arrays(*_floats(lower, upper, df))
    possible = np.isfinite(lower) & np.isfinite(upper) & (lower < upper) & ((lower > 0) | (not ratio))
    lower, upper = np.where(possible, lower, np.nan), np.where(possible, upper, np.nan)
    width = np.log(upper) - np.log(lower) if ratio else upper - lower
    tail, small = (1 - level) / 2, ~np.isposinf(df)
    quantile = np.full(width.shape, normal_quantile(tail))
    quantile[small] = t_quantile(tail, np.where(df > 0, df, np.nan)[small])
    return width / (2 * -quantile)


def sd_from_se(se: ArrayLike, n: ArrayLike) -> NDArray:
    r"""Standard deviation between people from the standard error of an arm's mean.

    Parameters
    ----------
    se, n : array_like, shape (k,)
        Standard error of the mean and number analysed in that arm.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`se \sqrt{n}` [handbook2024, 6.5.2.2].
    """
    se, n = _floats(se, n)
    return np.where(se > 0, se, np.nan) * np.sqrt(np.where(n > 0, n, np.nan))


def _correlation(r: ArrayLike) -> NDArray:
    r = np.asarray(r, dtype=float)
    return np.where((r >= 0) & (r < 1), r, np.nan)


def _floats(*columns: ArrayLike) -> tuple[NDArray, ...]:
    return tuple(np.asarray(column, dtype=float) for column in columns)


def _direction(sign: NDArray) -> NDArray:
    """Give 1 or -1, and nan where the sign is 0 or unknown: without a direction there is no effect to give."""
    return np.where(sign != 0, np.sign(sign), np.nan)
