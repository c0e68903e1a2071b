"""Effect measures: pure functions of what trials print, one line of `MEASURES` each.

Sign and scale are the contract's: intervention minus comparator, ratios on the log scale. To add a measure, write its
formula, a test against a number from outside, and its line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthesis.choices import MeasureCode
from synthesis.statistics.measures.conversions import (
    by_sd_between,
    change_sd_ratio,
    residual_sd_ratio,
    sd_from_se,
    se_from_ci,
    smd_from_f,
    smd_from_md,
    smd_from_md_and_sd,
    smd_from_or,
    smd_from_p,
    smd_from_t,
    t_from_p,
)
from synthesis.statistics.measures.dependence import (
    design_effect,
    md_covariance,
    or_covariance,
    rd_covariance,
    rom_covariance,
    rr_covariance,
    smd_covariance,
    split_shared_arm,
)
from synthesis.statistics.measures.estimates import Estimates
from synthesis.statistics.measures.events import odds_ratio, peto, rd, rr, silent, where_halved
from synthesis.statistics.measures.means import hedges_correction, md, pooled_sd, rom, smd, with_large_sample_variance
from synthesis.wording import number

Inputs = Literal["means", "events", "estimate"]


@dataclass(frozen=True)
class Measure:
    """An effect measure and how it is made and read.

    Attributes
    ----------
    code : MeasureCode
        As metafor and the contract name it.
    label : str
        Its name in a table's heading.
    inputs : {"means", "events", "estimate"}
        What it is computed from; "estimate" is for measures that only ever come printed.
    ratio : bool
        Whether the analysis scale is the log of what people read.
    compute : callable or None
        Arm figures to `Estimates`: (m1, sd1, n1, m2, sd2, n2) for means, (events1, n1, events2, n2) for events.
    """

    code: MeasureCode
    label: str
    inputs: Inputs
    ratio: bool
    compute: Callable[..., Estimates] | None

    @property
    def null(self) -> float:
        """No difference, on the scale people read; on the analysis scale it is always 0."""
        return 1.0 if self.ratio else 0.0

    def natural(self, values: ArrayLike) -> NDArray | float:
        """Bring effects or limits, never standard errors, from the analysis scale to the one people read."""
        values = np.asarray(values, dtype=float)
        return np.exp(values) if self.ratio else values[()]

    def text(self, value: float, digits: int = 2) -> str:
        """Print a value of the analysis scale as people read it.

        Parameters
        ----------
        value : float
            On the analysis scale.
        digits : int
            Decimals of a difference; a ratio keeps two significant digits, and is never printed as nought.
        """
        natural = float(self.natural(value))
        if not self.ratio or np.isnan(natural):
            return number(natural, digits)
        if natural < 0.001:
            return "<0.001"
        return number(natural, 3 if natural < 0.095 else 2 if natural < 9.95 else 1 if natural < 99.5 else 0)

    def interval(self, lower: float, upper: float, digits: int = 2) -> str:
        """Print an interval of the analysis scale for a sentence or a table: "0.12 to 0.30"."""
        return f"{self.text(lower, digits)} to {self.text(upper, digits)}"

    def bracketed(self, lower: float, upper: float, digits: int = 2) -> str:
        """Print an interval of the analysis scale where room is scarce: "[0.12, 0.30]"."""
        return f"[{self.text(lower, digits)}, {self.text(upper, digits)}]"

    def with_interval(self, value: float, lower: float, upper: float) -> str:
        """Print an effect with its interval: "0.21 (0.12 to 0.30)"; nothing where there is none."""
        return "" if np.isnan(value) else f"{self.text(value)} ({self.interval(lower, upper)})"


MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in (
        Measure("MD", "Mean difference", "means", ratio=False, compute=md),
        Measure("SMD", "Standardised mean difference (Hedges' g)", "means", ratio=False, compute=smd),
        Measure("ROM", "Ratio of means", "means", ratio=True, compute=rom),
        Measure("RR", "Risk ratio", "events", ratio=True, compute=rr),
        Measure("OR", "Odds ratio", "events", ratio=True, compute=odds_ratio),
        Measure("PETO", "Odds ratio (Peto)", "events", ratio=True, compute=peto),
        Measure("RD", "Risk difference", "events", ratio=False, compute=rd),
        Measure("HR", "Hazard ratio", "estimate", ratio=True, compute=None),
        Measure("IRR", "Incidence rate ratio", "estimate", ratio=True, compute=None),
    )
}

MEASURE_LABELS = {code: measure.label for code, measure in MEASURES.items()}

__all__ = [
    "MEASURES",
    "MEASURE_LABELS",
    "Estimates",
    "Measure",
    "MeasureCode",
    "by_sd_between",
    "change_sd_ratio",
    "design_effect",
    "hedges_correction",
    "md",
    "md_covariance",
    "odds_ratio",
    "or_covariance",
    "peto",
    "pooled_sd",
    "rd",
    "rd_covariance",
    "residual_sd_ratio",
    "rom",
    "rom_covariance",
    "rr",
    "rr_covariance",
    "sd_from_se",
    "se_from_ci",
    "silent",
    "smd",
    "smd_covariance",
    "smd_from_f",
    "smd_from_md",
    "smd_from_md_and_sd",
    "smd_from_or",
    "smd_from_p",
    "smd_from_t",
    "split_shared_arm",
    "t_from_p",
    "where_halved",
    "with_large_sample_variance",
]
