"""What a bubble plot shows, made once: trials, line, band and axes, for the picture, its words and its table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import SCORE_COLUMNS
from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.regression import MetaRegression
from synthesis.errors import ChoiceError
from synthesis.figures.parts.scale import EffectScale
from synthesis.statistics.distributions import t_quantile
from synthesis.wording import upper_first

SHARE = "score over reported components (share of the model described)"
DESCRIPTIVE = "{outcome} (descriptive: fewer than ten trials)"
# The y axis by whether its measure is a ratio and whether the benefit is turned.
BENEFIT_AXES = {
    (True, True): "{measure} (logarithmic axis, turned)",
    (True, False): "{measure} (logarithmic axis)",
    (False, True): "{measure}, sign turned",
    (False, False): "{measure}",
}


@dataclass(frozen=True, eq=False)
class BubbleData:
    """The content of a bubble plot.

    Attributes
    ----------
    regression : MetaRegression
    slope : FidelitySlope or None
        None where a plain meta-regression is drawn.
    moderator : str
    trials : pandas.DataFrame
        trial, label, benefit, vi, x, lower, upper (bounds of x; nan where the moderator has none), weight, residual (in
        standard deviations: of the benefit from the line, over the root of vi + tau2).
    """

    regression: MetaRegression
    slope: FidelitySlope | None
    moderator: str
    trials: pd.DataFrame

    @property
    def scale(self) -> EffectScale:
        """The scale of the benefit."""
        return EffectScale(self.regression.measure, self.regression.effects.better, self.regression.effects.names)

    @property
    def is_score(self) -> bool:
        """Whether the moderator is a fidelity score, which runs from 0 to 1 (a difference of two from -1 to 1)."""
        return self.moderator in SCORE_COLUMNS

    @property
    def moderator_text(self) -> str:
        """The moderator in words."""
        return SCORE_COLUMNS[self.moderator].axis if self.is_score else upper_first(self.moderator.replace("_", " "))

    @property
    def axis_text(self) -> str:
        """What the x axis shows."""
        described = self.is_score and SCORE_COLUMNS[self.moderator].described
        return f"{self.moderator_text}\n{SHARE}" if described else self.moderator_text

    @property
    def benefit_text(self) -> str:
        """What the y axis shows."""
        return BENEFIT_AXES[self.scale.ratio, self.scale.turn < 0].format(measure=self.scale.label)

    @property
    def is_descriptive(self) -> bool:
        """Whether too few trials stand behind the line for it to be a test."""
        return self.slope is not None and self.slope.descriptive

    @property
    def heading(self) -> str:
        """The outcome, and where the plot is no test."""
        outcome = self.regression.effects.outcome_label
        return DESCRIPTIVE.format(outcome=outcome) if self.is_descriptive else outcome

    @cached_property
    def bounds(self) -> pd.DataFrame:
        """Columns lower, upper and benefit of the trials whose score has bounds."""
        return self.trials.dropna(subset=["lower", "upper"])[["lower", "upper", "benefit"]]

    @cached_property
    def coefficient(self) -> pd.Series:
        """The moderator's coefficient with its interval."""
        coefficients = self.regression.coefficients
        return coefficients[coefficients["term"].eq(self.moderator)].iloc[0]

    @cached_property
    def fitted(self) -> np.ndarray:
        """The line as it is drawn, as `line` returns it."""
        return self.line()

    @cached_property
    def benefit_limits(self) -> tuple[float, float]:
        """Limits of the y axis: trials, line and no difference, and as much of the band as does not dwarf them."""
        _, middle, lower, upper = self.fitted
        shown = np.concatenate([self.trials["benefit"].to_numpy(float), middle, [0.0]])
        room = 0.5 * np.ptp(shown)
        low, high = max(lower.min(), shown.min() - room), min(upper.max(), shown.max() + room)
        low, high = min(low, shown.min()), max(high, shown.max())
        margin = 0.1 * (high - low)
        return float(low - margin), float(high + margin)

    @property
    def is_clipped(self) -> bool:
        """Whether the band runs on beyond the y axis."""
        (_, _, lower, upper), (low, high) = self.fitted, self.benefit_limits
        return bool(lower.min() < low or upper.max() > high)

    @property
    def limits(self) -> tuple[float, float]:
        """Limits of the x axis: the whole range of a score, else the range of what was observed."""
        if self.is_score:
            return SCORE_COLUMNS[self.moderator].lowest, 1.0
        values = self.trials["x"].to_numpy(float)
        return float(values.min()), float(values.max())

    def line(self, points: int = 101) -> np.ndarray:
        """Return x, fitted benefit and the band's ends from the lowest to the highest observed x, shape (4, points).

        Other moderators of the model stand at their means. The band is the confidence interval of the mean benefit: t
        with the model's degrees of freedom on the covariance that the coefficients' intervals rest on.
        """
        fit = self.regression.fit
        column = 1 + list(self.regression.coefficients["term"][1:]).index(self.moderator)
        x = np.linspace(self.trials["x"].min(), self.trials["x"].max(), points)
        design = np.tile(self.regression.design.mean(axis=0), (points, 1))
        design[:, column] = x
        middle = design @ fit.beta
        half = t_quantile(0.5 + self.regression.level / 2, fit.df) * np.sqrt(
            np.einsum("ij,jk,ik->i", design, fit.cov, design)
        )
        return np.array([x, middle, middle - half, middle + half])


def bubble_data(result: FidelitySlope | MetaRegression, moderator: str | None = None) -> BubbleData:
    """Collect what a bubble plot shows.

    Parameters
    ----------
    result : FidelitySlope or MetaRegression
    moderator : str, optional
        A moderator of the regression; by default the slope's score, or the regression's first moderator.

    Raises
    ------
    ChoiceError
        For a moderator that is not in the model.
    """
    slope = result if isinstance(result, FidelitySlope) else None
    regression = result.regression if slope is not None else result
    terms = list(regression.coefficients["term"][1:])
    moderator = moderator or terms[0]
    if moderator not in terms:
        raise ChoiceError("moderator", moderator, terms)
    frame, fit = regression.effects.frame, regression.fit
    missing = np.full(len(frame), np.nan)
    trials = pd.DataFrame(
        {
            "trial": frame["trial"].to_numpy(str),
            "label": frame["label"].to_numpy(str),
            "benefit": frame["benefit"].to_numpy(float),
            "vi": frame["vi"].to_numpy(float),
            "x": frame[moderator].to_numpy(float),
            "lower": frame.get(f"{moderator}_lower", pd.Series(missing)).to_numpy(float),
            "upper": frame.get(f"{moderator}_upper", pd.Series(missing)).to_numpy(float),
            "weight": fit.weights,
        }
    )
    residual = trials["benefit"] - regression.design @ fit.beta
    trials["residual"] = residual / np.sqrt(trials["vi"] + fit.tau2)
    return BubbleData(regression, slope, moderator, trials)
