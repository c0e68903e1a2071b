"""Effects from the mean, standard deviation and size of two arms.

Arm 1 is the intervention. All arguments are broadcast against each other. An arm that cannot exist (standard deviation
not positive, fewer than two people, anything missing or infinite) gives nan; saying so to a user is the callers' work.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from synthesis.statistics.measures.estimates import Estimates


def md(m1: ArrayLike, sd1: ArrayLike, n1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n2: ArrayLike) -> Estimates:
    r"""Mean difference, in the instrument's own units.

    Parameters
    ----------
    m1, sd1, n1 : array_like, shape (k,)
        Mean, standard deviation and number analysed, intervention arm.
    m2, sd2, n2 : array_like, shape (k,)
        The same for the comparator arm.

    Returns
    -------
    Estimates
        `yi` in the instrument's units and `vi` in their square, each of shape (k,).

    Notes
    -----
    .. math:: y = m_1 - m_2, \qquad v = \frac{s_1^2}{n_1} + \frac{s_2^2}{n_2}

    The arms' variances are not pooled, as in metafor [viechtbauer2010conducting].
    """
    m1, sd1, n1, m2, sd2, n2 = _possible_arms(m1, sd1, n1, m2, sd2, n2)
    return Estimates(yi=m1 - m2, vi=sd1**2 / n1 + sd2**2 / n2)


def smd(m1: ArrayLike, sd1: ArrayLike, n1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n2: ArrayLike) -> Estimates:
    r"""Standardised mean difference with small-sample correction (Hedges' g).

    Parameters
    ----------
    m1, sd1, n1 : array_like, shape (k,)
        Mean, standard deviation and number analysed, intervention arm.
    m2, sd2, n2 : array_like, shape (k,)
        The same for the comparator arm.

    Returns
    -------
    Estimates
        `yi` in pooled standard deviations and `vi` in their square, each of shape (k,).

    Notes
    -----
    .. math:: g = J \frac{m_1 - m_2}{s_p}, \qquad
              v = \frac{1}{n_1} + \frac{1}{n_2} + \frac{g^2}{2(n_1 + n_2)}

    J in its exact form [hedges1981distribution], the large-sample variance [hedges1985statistical]: metafor's
    defaults.
    """
    m1, sd1, n1, m2, sd2, n2 = _possible_arms(m1, sd1, n1, m2, sd2, n2)
    df = n1 + n2 - 2
    return with_large_sample_variance(hedges_correction(df) * (m1 - m2) / pooled_sd(sd1, n1, sd2, n2), n1, n2)


def rom(m1: ArrayLike, sd1: ArrayLike, n1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n2: ArrayLike) -> Estimates:
    r"""Log ratio of means (log response ratio), for scales with a true zero.

    Parameters
    ----------
    m1, sd1, n1 : array_like, shape (k,)
        Mean, standard deviation and number analysed, intervention arm.
    m2, sd2, n2 : array_like, shape (k,)
        The same for the comparator arm.

    Returns
    -------
    Estimates
        Log ratio and its variance, each of shape (k,); nan where a mean is zero or the means differ in sign.

    Notes
    -----
    .. math:: y = \ln \frac{m_1}{m_2}, \qquad v = \frac{s_1^2}{n_1 m_1^2} + \frac{s_2^2}{n_2 m_2^2}

    [hedges1999response], without bias correction, as metafor 3.8.
    """
    m1, sd1, n1, m2, sd2, n2 = _possible_arms(m1, sd1, n1, m2, sd2, n2)
    same_sign = np.sign(m1) * np.sign(m2) > 0
    m1, m2 = np.where(same_sign, m1, np.nan), np.where(same_sign, m2, np.nan)
    # As a difference of logs: the quotient of two extreme means can overflow.
    yi = np.log(np.abs(m1)) - np.log(np.abs(m2))
    return Estimates(yi=yi, vi=(sd1 / m1) ** 2 / n1 + (sd2 / m2) ** 2 / n2)


def pooled_sd(sd1: ArrayLike, n1: ArrayLike, sd2: ArrayLike, n2: ArrayLike) -> NDArray:
    r"""Standard deviation of two arms taken together, within arms.

    Parameters
    ----------
    sd1, n1 : array_like, shape (k,)
        Standard deviation and number analysed, intervention arm.
    sd2, n2 : array_like, shape (k,)
        The same for the comparator arm.

    Returns
    -------
    numpy.ndarray, shape (k,)
        :math:`s_p = \sqrt{\bigl((n_1 - 1) s_1^2 + (n_2 - 1) s_2^2\bigr) / (n_1 + n_2 - 2)}`
        [borenstein2009introduction], with n1 + n2 - 2 degrees of freedom.
    """
    sd1, n1, sd2, n2 = (np.asarray(column, dtype=float) for column in (sd1, n1, sd2, n2))
    return np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))


def hedges_correction(df: ArrayLike) -> NDArray:
    r"""Factor that makes a standardised mean difference unbiased under normality.

    Parameters
    ----------
    df : array_like
        Degrees of freedom of the standard deviation; nan is returned where they are not above 1.

    Returns
    -------
    numpy.ndarray
        :math:`J = \Gamma(\nu/2) / \bigl(\sqrt{\nu/2}\,\Gamma((\nu - 1)/2)\bigr)` [hedges1981distribution].
    """
    df = np.asarray(df, dtype=float)
    df = np.where(df > 1, df, np.nan)
    return np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)


def with_large_sample_variance(g: NDArray, n1: NDArray, n2: NDArray) -> Estimates:
    """Pair a standardised mean difference with its large-sample variance [hedges1985statistical]."""
    return Estimates(yi=g, vi=1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2)))


def _possible_arms(*columns: ArrayLike) -> tuple[NDArray, ...]:
    """Broadcast the six columns and blank every row of which an arm cannot exist."""
    m1, sd1, n1, m2, sd2, n2 = np.broadcast_arrays(*(np.asarray(column, dtype=float) for column in columns))
    possible = (sd1 > 0) & (sd2 > 0) & (n1 >= 2) & (n2 >= 2)
    for column in (m1, sd1, n1, m2, sd2, n2):
        possible = possible & np.isfinite(column)
    return tuple(np.where(possible, column, np.nan) for column in (m1, sd1, n1, m2, sd2, n2))
