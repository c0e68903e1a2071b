"""What the influence panel and Baujat's plot show, made once: rows, columns, usual lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from synthesis.answers.benefit import turn_of
from synthesis.answers.influence import OUTLYING, Influence
from synthesis.answers.verdicts import is_enough
from synthesis.figures.parts.scale import EffectScale
from synthesis.statistics.deletion import LINES
from synthesis.statistics.distributions import chi2_quantile
from synthesis.tables.effects import told_apart

COLUMN = 0.8  # of a column's width that its numbers use


@dataclass(frozen=True, eq=False)
class Column:
    """One column of the panel: what stands above it, its values, which are past its lines, the lines, and its ends."""

    heading: str
    values: np.ndarray
    past: np.ndarray
    lines: tuple[float, ...]
    low: float
    high: float

    def place(self, values: np.ndarray | float, at: float) -> np.ndarray | float:
        """Return where values stand in a panel whose columns are one unit wide."""
        return at + COLUMN * (values - self.low) / (self.high - self.low)


@dataclass(frozen=True, eq=False)
class InfluenceData:
    """The content of the influence panel and of Baujat's plot.

    Attributes
    ----------
    found : Influence
    scale : EffectScale
    rows : pandas.DataFrame
        Of `Influence.to_frame`, with labels that tell comparisons apart, and the benefit without each trial: without,
        lower, upper.
    columns : tuple of Column
        Residual, Cook's distance, leverage, DFBETAS.
    pool : Column
        The pool without each trial.
    whole : float
        The pool's benefit; nan where too few trials are there to pool in pictures.
    """

    found: Influence
    scale: EffectScale
    rows: pd.DataFrame
    columns: tuple[Column, ...]
    pool: Column
    whole: float

    @property
    def turn(self) -> float:
        """What turns an effect to benefit; 1 where the direction is not settled."""
        return turn_of(self.found.effects)


def influence_data(found: Influence) -> InfluenceData:
    """Collect what the influence panel and Baujat's plot show."""
    effects = found.effects
    turn = turn_of(effects)
    rows = found.to_frame().assign(label=told_apart(effects.frame).to_numpy())
    ends = np.sort(turn * rows[["ci_lb_del", "ci_ub_del"]].to_numpy(float), axis=1)
    rows = rows.assign(without=turn * rows["estimate_del"], lower=ends[:, 0], upper=ends[:, 1])
    k = len(rows)
    whole = turn * float(found.fit.fit.beta[0]) if is_enough(effects) else np.nan
    if found.withheld:
        rows[["without", "lower", "upper"]] = np.nan
    past = dict(zip(LINES, found.fit.past.T, strict=True))
    signed = [turn * rows[name].to_numpy(float) for name in ("rstudent", "dfbetas")]
    columns = (
        _column("Residual", signed[0], found.outlying, (-OUTLYING, OUTLYING)),
        _column("Cook", rows["cook_d"].to_numpy(float), past["cook_d"], (float(chi2_quantile(0.5, 1)),)),
        _column("Leverage", rows["hat"].to_numpy(float), past["hat"], (3 / k,)),
        _column("DFBETAS", signed[1], past["dfbetas"], (-1.0, 1.0)),
    )
    seen = rows[["lower", "upper"]].to_numpy(float).ravel()
    pool = _column("Pool without", rows["without"].to_numpy(float), rows["turns"].to_numpy(bool), (), seen)
    scale = EffectScale(effects.measure, effects.better, effects.names)
    return InfluenceData(found, scale, rows, columns, pool, whole)


def _column(
    heading: str, values: np.ndarray, past: np.ndarray, lines: tuple[float, ...], also: ArrayLike = ()
) -> Column:
    """Make a column wide enough for its values, its lines, nothing, and what else it shows."""
    seen = np.concatenate([values, lines, [0.0], np.asarray(also, float)])
    seen = seen[np.isfinite(seen)]
    margin = 0.06 * np.ptp(seen) or 1.0
    return Column(heading, values, past, lines, float(seen.min() - margin), float(seen.max() + margin))
