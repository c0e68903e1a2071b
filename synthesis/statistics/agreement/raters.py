"""One table of ratings -> every coefficient with its interval, for what was rated and for what was reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from synthesis.choices import LEVEL, SEED
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.results import Result
from synthesis.statistics.agreement.coefficients import rating_coefficients, reporting_coefficients
from synthesis.statistics.agreement.estimates import Coefficient, assess


@dataclass(frozen=True, eq=False)
class CoderAgreement(Result):
    """Agreement among coders who rated the same units.

    Attributes
    ----------
    n : int
        Units with ratings from at least two coders; percent, kappa ... krippendorff_alpha describe these and no others.
    n_coders : int
        Coders with a rating among them.
    n_clusters : int
        Independent groups of units (trials) among them; the intervals count these.
    n_units : int
        Units that at least two coders looked at, whether or not they found anything to rate; the reporting coefficients
        describe these.
    n_both_reported, n_split_reported, n_neither_reported : int
        Of `n_units`: all, some, none of the unit's coders gave a rating.
    coefficients : mapping of str to Coefficient
        percent, kappa, weighted_kappa, gwet_ac1, gwet_ac2, krippendorff_alpha, reporting_percent, reporting_kappa,
        reporting_gwet_ac1.
    level : float
        Confidence level of every interval.
    """

    n: int
    n_coders: int
    n_clusters: int
    n_units: int
    n_both_reported: int
    n_split_reported: int
    n_neither_reported: int
    coefficients: Mapping[str, Coefficient] = field(repr=False)
    level: float = LEVEL

    @property
    def notes(self) -> str:
        """Why numbers are missing or special, each reason once with the coefficients it concerns."""
        reasons: dict[str, list[str]] = {}
        for name, coefficient in self.coefficients.items():
            if coefficient.reason:
                reasons.setdefault(coefficient.reason, []).append(name)
        return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())

    def to_dict(self) -> dict[str, Any]:
        """Return one flat record: counts, then each coefficient with `_ci_lb` and `_ci_ub`, then `notes`."""
        counts = ("n", "n_coders", "n_clusters", "n_units", "n_both_reported", "n_split_reported", "n_neither_reported")
        record: dict[str, Any] = {name: getattr(self, name) for name in counts}
        for name, coefficient in self.coefficients.items():
            record[name] = coefficient.estimate
            record[f"{name}_ci_lb"] = coefficient.ci_lb
            record[f"{name}_ci_ub"] = coefficient.ci_ub
        return record | {"notes": self.notes}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient: estimate, se, interval, how it was made, and the reason if any."""
        rows = [{"coefficient": name, **vars(coefficient)} for name, coefficient in self.coefficients.items()]
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        if not self.n:
            return f"No unit has ratings from two coders ({self.n_units} looked at by two)."
        units = "unit" if self.n == 1 else "units"
        shown = {name: self.coefficients[name] for name in ("percent", "gwet_ac2", "krippendorff_alpha")}
        return f"{self.n_coders} coders, {self.n} {units} rated by two or more: " + ", ".join(
            f"{name} {c.estimate:.3g} [{c.ci_lb:.3g}, {c.ci_ub:.3g}]" for name, c in shown.items()
        )


def rater_agreement(
    ratings: ArrayLike,
    *,
    categories: Sequence[float] = (0, 1, 2),
    looked: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    bootstrap: int = 0,
    seed: int = SEED,
) -> CoderAgreement:
    """How far coders agree on one table of ratings.

    Parameters
    ----------
    ratings : array_like, shape (units, coders)
        One of `categories`; nan where the coder found nothing in the report (or did not look, see `looked`).
    categories : sequence of float
        The ordered scale, including values nobody used.
    looked : array_like of bool, shape (units, coders), optional
        Which coder looked at which unit; by default everyone at everything. A nan of one who looked is a finding
        ("not reported"), of one who did not look it is nothing.
    clusters : array_like, shape (units,), optional
        Label of the trial a unit belongs to; units of a trial may depend on each other. By default each unit by itself.
    level : float
        Confidence level of the intervals.
    bootstrap : int
        Resamples of clusters for percentile intervals; 0, the default, for score intervals.
    seed : int
        Of the bootstrap.

    Returns
    -------
    CoderAgreement

    Raises
    ------
    ChoiceError
        If a rating is not one of `categories`.
    NotEstimableError
        If `level` is not between 0 and 1, fewer than two categories are given, or the shapes do not fit.

    Notes
    -----
    Kappa is Cohen's for two coders and Conger's generalisation for more (Conger 1980; `conger.kappa` of irrCAC); it
    reduces to Cohen's, which Fleiss's (1971) does not. Weighted kappa has quadratic weights, AC2 Gwet's ordinal
    weights, alpha Krippendorff's ordinal metric.

    Every coefficient uses the same n units, those with two ratings or more, so a reader can recompute all of them from
    one cross-table. irrCAC lets units with a single rating inform the chance term; here a lone rating means that the
    others found nothing to rate, and that disagreement is what the reporting coefficients measure.

    Intervals: see `intervals` beside this file. Undefined numbers are nan and `notes` says why: kappa and alpha when
    all ratings fall in one category (AC1 and AC2 are then 1), every corrected coefficient with a single unit.

    References
    ----------
    cohen1960coefficient, cohen1968weighted, fleiss1971measuring, conger1980integration, gwet2008,
    gwet2014handbook, krippendorff2011computing, fleiss1969large, franco2019comparative in references.bib.
    """
    values = _as_table(ratings, categories, level)
    seen = np.ones(values.shape, dtype=bool) if looked is None else np.asarray(looked, dtype=bool) | ~np.isnan(values)
    groups = np.arange(len(values)) if clusters is None else pd.factorize(np.asarray(clusters))[0]
    if seen.shape != values.shape or groups.shape != values.shape[:1]:
        raise NotEstimableError("`looked` must have the shape of `ratings`, and `clusters` one label per unit.")
    interval = {"level": level, "bootstrap": bootstrap, "seed": seed}

    given = (~np.isnan(values)).sum(axis=1)
    rated, reported = given >= 2, seen.sum(axis=1) >= 2
    found = np.where(seen, ~np.isnan(values), np.nan).astype(float)
    n_clusters, on_ratings = assess(
        values[rated], categories, groups[rated], rating_coefficients(len(categories)), **interval
    )
    _, on_reporting = assess(found[reported], (0, 1), groups[reported], reporting_coefficients(), **interval)

    share = np.nanmean(found[reported], axis=1) if reported.any() else np.empty(0)
    return CoderAgreement(
        n=int(rated.sum()),
        n_coders=int((~np.isnan(values[rated])).any(axis=0).sum()),
        n_clusters=n_clusters,
        n_units=int(reported.sum()),
        n_both_reported=int((share == 1).sum()),
        n_split_reported=int(((share > 0) & (share < 1)).sum()),
        n_neither_reported=int((share == 0).sum()),
        coefficients=on_ratings | on_reporting,
        level=level,
    )


def _as_table(ratings: ArrayLike, categories: Sequence[float], level: float) -> NDArray:
    """Check shape, level and categories, and return the ratings as floats."""
    values = np.asarray(ratings, dtype=float)
    if values.ndim != 2:
        raise NotEstimableError(f"Ratings must be a table of units by coders; these have {values.ndim} dimension(s).")
    if not 0 < level < 1:
        raise NotEstimableError(f"A confidence level lies between 0 and 1; {level!r} does not.")
    if len(categories) < 2 or list(categories) != sorted(set(categories)):
        raise NotEstimableError(f"Agreement needs two or more different categories in order, not {tuple(categories)}.")
    strange = values[~np.isnan(values) & ~np.isin(values, categories)]
    if strange.size:
        raise ChoiceError("rating", float(strange[0]), [f"{category:g}" for category in categories])
    return values
