"""Intervals for coefficients of agreement that stay honest with few units and near-perfect agreement.

The usual interval, estimate +- t se with the linearised variance of Gwet (2014), has no width when all units agree and
little when all but one do: at a true kappa of 0.92 and ten units it holds the truth in 4 samples of 10. The percentile
bootstrap fails in the same way. Here the linearised variance gives an effective sample size, and Wilson's score
interval is taken at that size on the coefficient's range, as is done for proportions from complex surveys
(franco2019comparative); perfect agreement gets the exact binomial bound. In tests/reference/agreement_coverage.json
these nominal 95% intervals cover 93 to 98% from 20 units on and 88% at worst with ten; the usual ones 59 and 38%.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthesis.statistics.agreement.coefficients import Corrected, Statistic, Tallies
from synthesis.statistics.distributions import t_quantile

STEP = 1e-30  # complex step: no subtraction, hence no loss, so the derivative is exact at any tiny step

Interval = tuple[float, float]


def total(parts: Tallies) -> Tallies:
    """Sum tallies over their leading axis."""
    return parts.each(lambda part: part.sum(axis=0))


def by_cluster(parts: Tallies, clusters: NDArray) -> Tallies:
    """Sum tallies of units within clusters numbered 0, 1, 2, ..., none of them empty."""
    order = np.argsort(clusters, kind="stable")
    starts = np.searchsorted(clusters[order], np.arange(clusters.max() + 1))
    return parts.each(lambda part: np.add.reduceat(part[order], starts, axis=0))


def linearised_variance(statistic: Statistic, parts: Tallies) -> float:
    """Estimate a coefficient's sampling variance from the influence of each unit or cluster (Gwet 2014).

    With one part per unit this is the variance of Fleiss, Cohen and Everitt (1969) for kappa and of Gwet for AC1 and
    AC2, times n / (n - 1); with one part per trial, units of a trial may depend on one another in any way.

    Parameters
    ----------
    statistic : callable
        A coefficient of `coefficients`.
    parts : Tallies
        One leading axis of independent clusters, at least two.
    """
    clusters = parts.shares.shape[0]
    whole = total(parts)
    along = Tallies(*(sums + 1j * STEP * (part - sums / clusters) for sums, part in zip(whole, parts, strict=True)))
    influence = statistic(along).value.imag / STEP
    return float(clusters / (clusters - 1) * (influence**2).sum())


def score_interval(estimate: float, variance: float, *, clusters: int, level: float, lowest: float) -> Interval:
    """Wilson's interval on [lowest, 1] at the sample size which would give this variance, with clusters - 1 df."""
    quantile = t_quantile((1 + level) / 2, clusters - 1)
    width = 1 - lowest
    share = (estimate - lowest) / width
    effective = share * (1 - share) / (variance / width**2)
    shrink = 1 + quantile**2 / effective
    centre = (share + quantile**2 / (2 * effective)) / shrink
    half = quantile / shrink * np.sqrt(share * (1 - share) / effective + quantile**2 / (4 * effective**2))
    return float(lowest + width * (centre - half)), float(lowest + width * min(centre + half, 1))


def unanimous_interval(unweighted: Corrected, *, clusters: int, level: float, lowest: float) -> Interval:
    """Interval where units do not differ: all agree, or none does.

    The exact binomial (Clopper-Pearson) bound of observed agreement, clusters counting as single trials, carried
    through the chance correction. Weighted coefficients take the bound of their unweighted counterpart: disagreements
    not yet seen count as severe as those that chance would bring.
    """
    bound = ((1 - level) / 2) ** (1 / clusters)
    chance = float(unweighted.chance)
    if unweighted.observed > 0.5:
        return max(lowest, (bound - chance) / (1 - chance)), 1.0
    return lowest, (1 - bound - chance) / (1 - chance)


def resample(parts: Tallies, *, replicates: int, seed: int) -> Tallies:
    """Draw clusters with replacement and return the totals of each draw."""
    clusters = parts.shares.shape[0]
    drawn = np.random.default_rng(seed).multinomial(clusters, np.full(clusters, 1 / clusters), size=replicates)
    return parts.each(lambda part: np.tensordot(drawn.astype(float), part, axes=1))


def percentile_interval(statistic: Statistic, resamples: Tallies, *, level: float) -> Interval:
    """Percentiles over resamples; those in which the coefficient is undefined are left out."""
    lower, upper = np.nanquantile(statistic(resamples).value, [(1 - level) / 2, (1 + level) / 2])
    return float(lower), float(upper)
