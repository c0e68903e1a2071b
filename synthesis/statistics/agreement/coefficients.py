"""Coefficients of agreement as functions of sums over units.

Every coefficient here is ``(observed - chance) / (1 - chance)``, and both terms are smooth functions of four sums over
units (`Tallies`). Writing them so means that one line gives the estimate, its variance (a derivative along each unit),
any resample (a weighted sum) and sums by trial, for any number of coders and any pattern of missing ratings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CERTAIN = 1e-12  # closer to 1 than this, chance agreement is complete and the ratio is rounding noise


class Tallies(NamedTuple):
    """What the coefficients need to know of units; leading axes are units, trials, resamples, or none (a total).

    Attributes
    ----------
    pairs : ndarray, shape (..., q, q)
        Ordered pairs of ratings by category, as shares of the unit's pairs: each unit with two ratings sums to 1.
    by_coder : ndarray, shape (..., coders, q)
        Ratings by coder and category.
    shares : ndarray, shape (..., q)
        Ratings by category as shares of the unit's ratings.
    coincidences : ndarray, shape (..., q, q)
        Ordered pairs over (ratings of the unit - 1): each unit sums to its number of ratings (Krippendorff 2011).
    """

    pairs: NDArray
    by_coder: NDArray
    shares: NDArray
    coincidences: NDArray

    def each(self, change: Callable[[NDArray], NDArray]) -> Tallies:
        """Return the tallies with every part changed alike."""
        return Tallies(*(change(part) for part in self))


class Corrected(NamedTuple):
    """Observed agreement and the agreement expected by chance, both as shares."""

    observed: NDArray
    chance: NDArray

    @property
    def value(self) -> NDArray:
        """The chance-corrected coefficient; nan where chance agreement is complete."""
        room = np.asarray(1 - self.chance)
        defined = np.abs(room) > CERTAIN
        return np.where(defined, (self.observed - self.chance) / np.where(defined, room, 1), np.nan)


Statistic = Callable[[Tallies], Corrected]


class Formula(NamedTuple):
    """A coefficient, and its counterpart without partial agreement (itself, if it gives none)."""

    statistic: Statistic
    unweighted: Statistic


def tally(ratings: NDArray, categories: Sequence[float]) -> Tallies:
    """Count each unit's ratings.

    Parameters
    ----------
    ratings : ndarray, shape (units, coders)
        One of `categories` each, nan where the coder gave none.
    categories : sequence of float, length q
        In order; categories nobody used count too (AC1 and AC2 depend on q).

    Returns
    -------
    Tallies
        One leading axis of units. A unit with fewer than two ratings has no pairs and no coincidences.
    """
    chosen = (ratings[:, :, None] == np.asarray(categories, dtype=float)).astype(float)
    counts = chosen.sum(axis=1)
    given = counts.sum(axis=1)
    ordered = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(categories))
    paired = np.where(given > 1, given, 2)[:, None, None]  # with fewer than two, `ordered` is zero already
    return Tallies(
        pairs=ordered / (paired * (paired - 1)),
        by_coder=chosen,
        shares=counts / np.maximum(given, 1)[:, None],
        coincidences=ordered / (paired - 1),
    )


def nominal_weights(q: int) -> NDArray:
    """Full agreement or none."""
    return np.eye(q)


def quadratic_weights(q: int) -> NDArray:
    """Partial agreement falling with the squared distance of the categories (Cohen 1968)."""
    step = np.arange(q)
    return 1 - (np.subtract.outer(step, step) / (q - 1)) ** 2


def ordinal_weights(q: int) -> NDArray:
    """Partial agreement falling with the number of pairs of categories between two ratings (Gwet 2014)."""
    span = np.abs(np.subtract.outer(np.arange(q), np.arange(q)))
    return 1 - span * (span + 1) / (q * (q - 1))


def observed_agreement(tallies: Tallies, weights: NDArray) -> NDArray:
    """Mean over units with two ratings of the (weighted) share of agreeing pairs."""
    return (tallies.pairs * weights).sum((-1, -2)) / tallies.pairs.sum((-1, -2))


def percent_agreement(tallies: Tallies) -> Corrected:
    """Share of agreeing pairs, with nothing taken off for chance."""
    observed = observed_agreement(tallies, nominal_weights(tallies.shares.shape[-1]))
    return Corrected(observed, np.zeros_like(observed))


def kappa(tallies: Tallies, weights: NDArray) -> Corrected:
    r"""Cohen's kappa for two coders, Conger's generalisation for more, weighted if the weights are.

    Notes
    -----
    .. math:: p_e = \frac{1}{r(r - 1)} \sum_{g \ne h} \sum_{kl} w_{kl}\, p_{gk}\, p_{hl}

    with :math:`p_{gk}` the share of category k among coder g's own ratings. Coders without a rating are left out.

    References
    ----------
    cohen1960coefficient, cohen1968weighted, conger1980integration, gwet2014handbook in references.bib.
    """
    rated = tallies.by_coder.sum(-1, keepdims=True)
    active = np.abs(rated) > 0
    own = np.where(active, tallies.by_coder / np.where(active, rated, 1), 0)
    together = own.sum(-2)
    everyone = ((together @ weights) * together).sum(-1)
    with_self = ((own @ weights) * own).sum((-1, -2))
    coders = np.maximum(active.sum((-1, -2)), 2)  # with fewer than two there are no pairs, and observed is nan
    return Corrected(observed_agreement(tallies, weights), (everyone - with_self) / (coders * (coders - 1)))


def gwet_ac(tallies: Tallies, weights: NDArray) -> Corrected:
    r"""Gwet's AC1 (nominal weights) or AC2 (any others).

    Notes
    -----
    .. math:: p_e = \frac{\sum_{kl} w_{kl}}{q(q - 1)} \sum_k \pi_k (1 - \pi_k)

    Chance agreement is that of coders who guess on hard units only, so it vanishes when one category prevails, where
    kappa's rises to 1.

    References
    ----------
    gwet2008, gwet2014handbook in references.bib.
    """
    q = tallies.shares.shape[-1]
    prevalence = tallies.shares / tallies.shares.sum(-1, keepdims=True)
    chance = weights.sum() / (q * (q - 1)) * (prevalence * (1 - prevalence)).sum(-1)
    return Corrected(observed_agreement(tallies, weights), chance)


def ordinal_metric(totals: NDArray) -> NDArray:
    """Krippendorff's squared ordinal difference: ratings given between two categories, the ends by half."""
    place = np.cumsum(totals, axis=-1) - totals / 2
    return (place[..., :, None] - place[..., None, :]) ** 2


def nominal_metric(totals: NDArray) -> NDArray:
    """Squared difference of 1 between any two categories."""
    return np.broadcast_to(1 - np.eye(totals.shape[-1]), (*totals.shape, totals.shape[-1]))


def krippendorff_alpha(tallies: Tallies, metric: Callable[[NDArray], NDArray] = ordinal_metric) -> Corrected:
    r"""Krippendorff's alpha, ordinal unless another metric of the category totals is given.

    Notes
    -----
    .. math:: \alpha = 1 - (N - 1) \frac{\sum_{kl} o_{kl} \delta^2_{kl}}{\sum_{kl} n_k n_l \delta^2_{kl}}

    Both disagreements are divided by the largest difference, which cancels in alpha, so that `observed` and `chance`
    are shares as those of the other coefficients are.

    References
    ----------
    krippendorff2011computing in references.bib.
    """
    totals = tallies.coincidences.sum(-1)
    given = totals.sum(-1)
    delta = metric(totals)
    delta = delta / delta[..., :1, -1:]
    observed = (tallies.coincidences * delta).sum((-1, -2)) / given
    expected = (totals[..., :, None] * totals[..., None, :] * delta).sum((-1, -2)) / (given * (given - 1))
    return Corrected(1 - observed, 1 - expected)


def rating_coefficients(q: int) -> dict[str, Formula]:
    """Return the contract's coefficients, by name, for q ordered categories."""
    cohen, ac1 = partial(kappa, weights=nominal_weights(q)), partial(gwet_ac, weights=nominal_weights(q))
    return {
        "percent": Formula(percent_agreement, percent_agreement),
        "kappa": Formula(cohen, cohen),
        "weighted_kappa": Formula(partial(kappa, weights=quadratic_weights(q)), cohen),
        "gwet_ac1": Formula(ac1, ac1),
        "gwet_ac2": Formula(partial(gwet_ac, weights=ordinal_weights(q)), ac1),
        "krippendorff_alpha": Formula(krippendorff_alpha, partial(krippendorff_alpha, metric=nominal_metric)),
    }


def reporting_coefficients() -> dict[str, Formula]:
    """Return the coefficients for the question that comes first, whether the report says anything."""
    nominal = rating_coefficients(2)
    return {f"reporting_{name}": nominal[name] for name in ("percent", "kappa", "gwet_ac1")}
