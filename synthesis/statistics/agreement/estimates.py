"""Tallies of units -> each coefficient with its interval, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthesis.statistics.agreement.coefficients import CERTAIN, Formula, Tallies, tally
from synthesis.statistics.agreement.intervals import (
    Interval,
    by_cluster,
    linearised_variance,
    percentile_interval,
    resample,
    score_interval,
    total,
    unanimous_interval,
)

IntervalKind = Literal["score", "bootstrap", "exact", "none"]


@dataclass(frozen=True)
class Coefficient:
    """One coefficient of agreement.

    Attributes
    ----------
    estimate, ci_lb, ci_ub : float
        In percent for the percentages, else on the coefficient's scale (1 is perfect, 0 is chance); nan if undefined.
    se : float
        Linearised standard error; nan where it says nothing (perfect agreement, a single trial).
    interval : {"score", "bootstrap", "exact", "none"}
        How the interval was made; "exact" where all units agree (or none does).
    reason : str
        Why something is missing or special; empty otherwise.
    """

    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    interval: IntervalKind
    reason: str = ""


def assess(
    values: NDArray,
    categories: Sequence[float],
    groups: NDArray,
    formulas: Mapping[str, Formula],
    *,
    level: float,
    bootstrap: int,
    seed: int,
) -> tuple[int, dict[str, Coefficient]]:
    """Give the number of clusters and every coefficient of a table.

    Parameters
    ----------
    values : ndarray, shape (units, coders)
        Each unit with two values or more, the rest nan.
    categories : sequence of float
        The ordered values.
    groups : ndarray, shape (units,)
        Label of the cluster of each unit.
    formulas : mapping of str to Formula
        The coefficients wanted.
    level, bootstrap, seed
        As for `rater_agreement`.
    """
    if not len(values):
        verb = "rated" if "percent" in formulas else "looked at"
        return 0, dict.fromkeys(formulas, _missing(f"no unit was {verb} by two coders"))
    clusters, labels = pd.factorize(groups)
    parts = by_cluster(tally(values, categories), clusters)
    resamples = resample(parts, replicates=bootstrap, seed=seed) if bootstrap else None
    coefficients = {
        name: _estimate(formula, parts, resamples, level=level, percent=name.endswith("percent"))
        for name, formula in formulas.items()
    }
    if len(values) == 1:
        lone = _missing("chance agreement cannot be estimated from a single unit")
        coefficients |= {name: lone for name in formulas if not name.endswith("percent")}
    return len(labels), coefficients


def _missing(reason: str) -> Coefficient:
    return Coefficient(np.nan, np.nan, np.nan, np.nan, "none", reason)


def _estimate(
    formula: Formula, parts: Tallies, resamples: Tallies | None, *, level: float, percent: bool
) -> Coefficient:
    """Estimate one coefficient with the interval that its data allow."""
    whole, clusters = total(parts), parts.shares.shape[0]
    corrected = formula.statistic(whole)
    value, observed = float(corrected.value), float(corrected.observed)
    scale, lowest = (100, 0) if percent else (1, -1)
    if np.isnan(value):
        return _missing("undefined, because all ratings fall in one category and chance alone explains agreement")

    variance = linearised_variance(formula.statistic, parts) if clusters > 1 else 0.0
    se = float(np.sqrt(variance)) if variance > CERTAIN**2 else np.nan
    interval: Interval = (np.nan, np.nan)
    kind: IntervalKind = "none"
    reason = ""
    if min(observed, 1 - observed) < CERTAIN:
        interval = unanimous_interval(formula.unweighted(whole), clusters=clusters, level=level, lowest=lowest)
        kind, se, reason = "exact", np.nan, f"{'all' if observed > 0.5 else 'no'} units agree; exact binomial bound"
    elif np.isnan(se):
        cause = "a single trial" if clusters == 1 else "every resample of these units gives the same value"
        reason = f"no interval: {cause}"
    elif resamples is not None:
        kind, interval = "bootstrap", percentile_interval(formula.statistic, resamples, level=level)
    elif value > lowest:
        kind = "score"
        interval = score_interval(value, variance, clusters=clusters, level=level, lowest=lowest)
    else:
        reason = f"no interval: the coefficient is not above {lowest}, the end of the interval's scale"
    return Coefficient(scale * value, scale * se, scale * interval[0], scale * interval[1], kind, reason)
