"""The scale of an effect measure as a reader sees it: natural values, tick marks, limits, and which side is good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from synthesis.evidence.vocabulary import BENEFIT_SIGN, NEUTRAL, Names
from synthesis.statistics.measures import MEASURES
from synthesis.wording import number, upper_first

# Ratio ticks by the width of the axis (upper / lower limit): the first row that is wide enough is used.
_RATIO_TICKS: tuple[tuple[float, tuple[float, ...]], ...] = (
    (1.6, (0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6)),
    (5, (0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4)),
    (150, tuple(2.0**power for power in range(-7, 8))),
    (20_000, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)),
)


# An axis may become this many times as long, towards either side, before an interval is cut off by an arrow.
_ROOM_LEFT = 1.25


@dataclass(frozen=True)
class EffectScale:
    """How effects of one measure on one outcome are shown.

    Attributes
    ----------
    measure : str
        Code of `MEASURES`.
    better : {"higher", "lower", "unsettled"}
        The direction of the outcome that is good for people.
    names : Names
        What the review calls the two sides.
    """

    measure: str
    better: str
    names: Names = NEUTRAL

    @property
    def ratio(self) -> bool:
        """True where the analysis scale is the logarithm of what a reader sees."""
        return bool(MEASURES[self.measure].ratio)

    @property
    def label(self) -> str:
        """The measure in words, with a capital."""
        return upper_first(MEASURES[self.measure].label)

    @property
    def null(self) -> float:
        """No difference, on the natural scale."""
        return MEASURES[self.measure].null

    @property
    def intervention_side(self) -> str:
        """The side of the null line, `left` or `right`, on which what is tried is favoured; empty if unsettled."""
        return {"higher": "right", "lower": "left"}.get(self.better, "")

    @property
    def turn(self) -> float:
        """What turns `yi` into benefit: -1 where lower is better, nan where that is not settled."""
        return BENEFIT_SIGN[self.better]

    def natural(self, values: np.ndarray | float) -> np.ndarray:
        """Return values of the analysis scale as a reader sees them."""
        return np.asarray(MEASURES[self.measure].natural(np.asarray(values, float)), float)

    def text(self, value: float, digits: int = 2) -> str:
        """Print a value of the analysis scale on the natural one."""
        return MEASURES[self.measure].text(value, digits)

    def interval(self, lower: float, upper: float, digits: int = 2) -> str:
        """Print an interval of the analysis scale on the natural one, in brackets."""
        return MEASURES[self.measure].bracketed(lower, upper, digits)

    def words(self, lower: float, upper: float, digits: int = 2) -> str:
        """Print an interval of the analysis scale for a sentence, where brackets are read aloud badly."""
        return MEASURES[self.measure].interval(lower, upper, digits)

    def of_benefit(self, benefit: float, digits: int = 2) -> str:
        """Print a benefit: a ratio as the outcome has it, a difference positive in favour of what is tried."""
        return self.text(self.turn * benefit if self.ratio else benefit, digits)

    def interval_of_benefit(self, lower: float, upper: float, digits: int = 2) -> str:
        """Print an interval of a benefit in brackets, the lower end of what is printed first."""
        if self.ratio and self.turn < 0:
            lower, upper = upper, lower
        return f"[{self.of_benefit(lower, digits)}, {self.of_benefit(upper, digits)}]"

    def digits(self, values: np.ndarray) -> int:
        """Return the decimals that suit a set of effects: two, but fewer for days or scale points in the tens."""
        if self.ratio:
            return 2
        largest = np.nanmax(np.abs(np.append(np.asarray(values, float), 0.0)))
        return 2 if largest < 20 else 1 if largest < 200 else 0

    def limits(self, estimates: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[float, float]:
        """Return axis limits on the analysis scale that show all estimates and the null line, and clip long intervals.

        The axis may grow beyond the estimates by six tenths of their range or two typical half-intervals, whichever is
        more, so that one imprecise trial does not squeeze the others into a line. Where little more would show an
        interval whole, it is shown whole: an arrow is for what would take room from the others.
        """
        core = np.append(estimates, 0.0)
        reach = max(0.6 * np.ptp(core), 2.0 * float(np.median(upper - lower)) / 2)
        ends = min(lower.min(), core.min()), max(upper.max(), core.max())
        low, high = max(ends[0], core.min() - reach), min(ends[1], core.max() + reach)
        room = (_ROOM_LEFT - 1) * (high - low)
        low = ends[0] if low - ends[0] <= room else low
        high = ends[1] if ends[1] - high <= room else high
        margin = 0.03 * (high - low)
        return float(low - margin), float(high + margin)

    def ticks(self, low: float, high: float) -> tuple[np.ndarray, list[str]]:
        """Return tick positions on the analysis scale between two limits, and their natural labels."""
        if not self.ratio:
            places = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
            places = places[(places >= low) & (places <= high)]
            step = np.diff(places).min() if len(places) > 1 else 1.0
            digits = next(d for d in range(8) if d == 7 or np.isclose(step * 10**d, round(step * 10**d)))
            return places, [number(place, digits) for place in places]
        natural = _ratio_ticks(low, high)
        return np.log(natural), [f"{tick:g}" for tick in natural]


def _ratio_ticks(low: float, high: float) -> np.ndarray:
    """Choose natural ticks for a logarithmic axis; powers of ten where nothing finer fits."""
    width = np.exp(min(high - low, 600.0))
    fitting = next((ticks for widest, ticks in _RATIO_TICKS if width <= widest), None)
    if fitting is None:
        decades = np.arange(np.floor(low / np.log(10)), np.ceil(high / np.log(10)) + 1)
        fitting = 10.0 ** decades[decades % max(1, len(decades) // 6) == 0]
    inside = np.array([tick for tick in fitting if low <= np.log(tick) <= high])
    return inside if len(inside) else np.array([1.0])
