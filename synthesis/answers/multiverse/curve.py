"""What all specifications say together: the curve of their estimates, what moves it, and what chance would make of it.

Every combination of choices counts once, whether or not another gives the same numbers: a choice that changes nothing
then changes no share, and the levels of a choice weigh the same. Draws of what reports leave unsaid are one level,
which they share among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.multiverse.chunks import weighted_quantile
from synthesis.answers.multiverse.levels import BINS, Answers, levels_of
from synthesis.answers.multiverse.rows import FITTED, INTERVALS, STATUSES
from synthesis.results import Result

SHARES = (0.025, 0.25, 0.5, 0.75, 0.975)
JSON_NAMES = "specifications analyses answered unanswered least most positive above below main explained".split()


@dataclass(frozen=True, eq=False)
class Curve(Result):
    """The estimates of all specifications, as benefit.

    Attributes
    ----------
    specifications, analyses : int
        Combinations of choices, and how many of them have numbers of their own.
    answered : int
        Combinations with an answer.
    unanswered : dict of str to int
        Combinations without one, by why.
    quantiles : dict of float to float
        Of the estimates.
    least, most : float
        The smallest and the largest estimate.
    positive, above, below : float
        Shares of the answered specifications whose estimate is above 0, whose interval lies above it, and below it.
    main : dict
        estimate, above, below and status of the main analysis.
    points : pandas.DataFrame
        The sorted curve in parts of as many specifications each: part, estimate (the middle of the part), above, below
        (shares of its specifications).
    levels : pandas.DataFrame
        One row a level of a choice: dimension, label, kind, level, words, specifications, answered, average (of the
        estimates), above, below (shares of its answered specifications).
    parts : numpy.ndarray, shape (levels, parts)
        The level's answered specifications in each part of the sorted curve.
    explained : dict of str to float
        By dimension, the share of the variance of the estimates that lies between the averages of its levels.

    Examples
    --------
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> curve = space.run(workers=1).curve()
    >>> print(curve)
    202,752 specifications, 1,760 different analyses
    >>> print(f"middle {curve.median:.2f}; {curve.positive:.0%} of the estimates are above 0")
    middle 0.26; 100% of the estimates are above 0
    """

    specifications: int
    analyses: int
    answered: int
    unanswered: dict[str, int]
    quantiles: dict[float, float]
    least: float
    most: float
    positive: float
    above: float
    below: float
    main: dict[str, Any]
    points: pd.DataFrame
    levels: pd.DataFrame
    parts: np.ndarray
    explained: dict[str, float]

    @property
    def median(self) -> float:
        """The middle estimate."""
        return self.quantiles[0.5]

    def to_frame(self) -> pd.DataFrame:
        """Return the levels."""
        return self.levels.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return counts, shares, levels and the sorted curve."""
        quantiles = {f"{share:g}": value for share, value in self.quantiles.items()}
        tables = {"levels": self.levels.to_dict("records"), "points": self.points.to_dict("records")}
        return {name: getattr(self, name) for name in JSON_NAMES} | {"quantiles": quantiles} | tables

    def __str__(self) -> str:
        return f"{self.specifications:,} specifications, {self.analyses:,} different analyses"


def curve_of(answers: Answers) -> Curve:
    """Count what the specifications of a plan say."""
    rows, plan = answers.rows, answers.work.plan
    every = answers.counts * answers.intervals
    why = {STATUSES[code]: int(every[rows["status"] == code].sum()) for code in STATUSES if code != FITTED}
    own = np.flatnonzero(answers.fitted)
    value, weight = answers.estimate[own], answers.weight[own]
    total = float(weight.sum())
    levels = levels_of(answers)
    return Curve(
        specifications=int(every.sum()),
        analyses=int(answers.intervals[answers.counts > 0].sum()),
        answered=int(every[answers.fitted].sum()),
        unanswered={words: n for words, n in why.items() if n},
        quantiles={share: weighted_quantile(value, weight, share) if total else np.nan for share in SHARES},
        least=float(value.min()) if total else np.nan,
        most=float(value.max()) if total else np.nan,
        positive=float(weight[value > 0].sum()) / total if total else np.nan,
        **{side: _share(answers, side, total) for side in ("above", "below")},
        main=_main(answers, 1 << (INTERVALS.index(plan.models[0][1]) if plan.models[0][1] else 0)),
        points=_points(answers),
        levels=levels.table,
        parts=levels.parts,
        explained=levels.explained,
    )


def _share(answers: Answers, side: str, total: float) -> float:
    return float((answers.combinations * answers.sided(side)).sum()) / total if total else np.nan


def _main(answers: Answers, bit: int) -> dict[str, Any]:
    """Return what the first specification says, which is the main analysis."""
    row = answers.rows[int(answers.work.fits.number(0, 0, answers.work.data.sets_of(0)[:1])[0])]
    sides = {side: bool(row[side] & bit) for side in ("above", "below")}
    estimate = float(row["estimate"]) if row["status"] == FITTED else np.nan
    return {"estimate": estimate, **sides, "status": STATUSES[int(row["status"])]}


def _points(answers: Answers) -> pd.DataFrame:
    above, below = (answers.combinations * answers.sided(side) for side in ("above", "below"))
    rows = []
    for part in range(BINS):
        own = np.flatnonzero(answers.fitted & (answers.part == part))
        if len(own):
            weight = answers.weight[own]
            sides = [float(side[own].sum() / weight.sum()) for side in (above, below)]
            rows.append((part, weighted_quantile(answers.estimate[own], weight, 0.5), *sides))
    return pd.DataFrame(rows, columns=["part", "estimate", "above", "below"])
