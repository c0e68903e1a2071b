"""The choices that a multiverse of analyses may cross: each dimension, its levels in words, and where it applies.

Which of them a review crosses it declares in `codebook/multiverse.csv`, with a reason for each level. The first level
here is that of the main analysis, which belongs to every multiverse whether a row declares it or not. Readable without
pandas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

Target = Literal["pool", "slope", "joint"]
TARGETS: tuple[Target, ...] = ("pool", "slope", "joint")
SLOPES: tuple[Target, ...] = ("slope", "joint")


class Dimension(NamedTuple):
    """A choice.

    Attributes
    ----------
    label : str
        In a row of a table.
    kind : {"which", "how"}
        Which data are taken, or how they are analysed.
    levels : mapping of str to str
        Code and words, the main analysis's first.
    numbers : str
        Words of a level that is a number, with {x} in its place; empty where none may be.
    most : float
        The largest such number.
    targets : tuple of str
    """

    label: str
    kind: Literal["which", "how"]
    levels: Mapping[str, str]
    numbers: str = ""
    most: float = 0.0
    targets: tuple[Target, ...] = TARGETS

    @property
    def main(self) -> str:
        """The level of the main analysis."""
        return next(iter(self.levels))

    def words(self, level: str) -> str:
        """Return a level in words.

        Raises
        ------
        KeyError
            For one that does not exist.
        """
        if level in self.levels:
            return self.levels[level]
        drawn = _DRAWN.fullmatch(level) if "drawn:100" in self.levels else None
        if drawn and 1 <= int(drawn[1]) <= MOST_DRAWS:
            return DRAWN.format(n=f"{int(drawn[1]):,}")
        after = _MONTHS.fullmatch(level) if "closest:12" in self.levels else None
        if after:
            return CLOSEST.format(months=f"{float(after[1]):g}")
        if self.numbers and _NUMBER.fullmatch(level) and float(level) <= self.most:
            return self.numbers.format(x=f"{float(level):g}")
        raise KeyError(level)

    def allowed(self) -> str:
        """Say which levels there are."""
        own = ", ".join(self.levels)
        return f"{own}, or a number from 0 to {self.most:g}" if self.numbers else own


_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_MONTHS = re.compile(r"closest:([0-9]+(?:\.[0-9]+)?)")
_DRAWN = re.compile(r"drawn:([0-9]{1,6})")
MOST_DRAWS = 100_000
CLOSEST = "results nearest to {months} months"
DRAWN = "{n} draws of what reports leave unsaid"
_ALL = "every trial"
DIMENSIONS: dict[str, Dimension] = {
    "timepoint": Dimension(
        "Time point",
        "which",
        {
            "longest": "longest follow-up",
            "closest:6": CLOSEST.format(months=6),
            "closest:12": CLOSEST.format(months=12),
            "all": "all times and instruments averaged",
        },
    ),
    "instrument": Dimension(
        "Instrument",
        "which",
        {"first": "the instrument the codebook prefers", "last": "the instrument it prefers least"},
    ),
    "figures": Dimension(
        "Figures",
        "which",
        {"decided": "as the review team decided", "as_printed": "as printed"},
    ),
    "icc": Dimension(
        "Intracluster correlation",
        "which",
        {"0.05": "0.05 where a cluster trial reports none"},
        "{x} where a cluster trial reports none",
        1.0,
    ),
    "adjusted_r": Dimension(
        "r of adjusted effects",
        "which",
        {
            "own": "adjusted effects as this review reads them",
            "none": "adjusted effects left as they are",
        },
        "adjusted effects read with r = {x}",
        0.99,
    ),
    "estimates": Dimension(
        "Adjusted estimates",
        "which",
        {"means_first": "the arms' final means preferred", "adjusted_first": "adjusted estimates preferred"},
    ),
    "intervals": Dimension(
        "Small trials' intervals",
        "which",
        {
            "own": "small trials' intervals as this review reads them",
            "t": "small trials' intervals read by t",
            "z": "small trials' intervals read by z",
        },
    ),
    "comparators": Dimension(
        "Comparison",
        "which",
        {"all": "every comparison", "inactive": "inactive comparisons only", "active": "active comparisons only"},
    ),
    "peers": Dimension(
        "Peer workers",
        "which",
        {"all": "every kind of peer worker", "core": "core peer workers only"},
    ),
    "people": Dimension(
        "People",
        "which",
        {
            "all": "people of every kind",
            "without_perinatal": "without trials around birth",
            "severe_mental_illness": "people with severe mental illness only",
        },
    ),
    "risk_of_bias": Dimension(
        "Risk of bias",
        "which",
        {
            "all": "whatever the risk of bias",
            "without_high": "without trials judged at high risk of bias",
            "judged_not_high": "only trials judged for risk of bias, none high",
        },
    ),
    "design": Dimension("Design", "which", {"all": "every design", "without_clusters": "without cluster trials"}),
    "routes": Dimension(
        "Where effects come from",
        "which",
        {
            "all": "effects from any figures",
            "direct": "only effects from arm figures or a printed estimate",
            "without_residual_sd": "without effects standardised by a residual SD",
            "without_changes": "without changes from baseline",
        },
    ),
    "integrity": Dimension(
        "Integrity", "which", {"all": _ALL, "without_concern": "without trials of concern or retracted"}
    ),
    "score": Dimension(
        "Score of fidelity",
        "how",
        {
            "described": "fidelity as described",
            "calibrated": "fidelity calibrated for what reports leave out",
            "trust": "trust only",
            "role_modelling": "role-modelling only",
            "bridging": "bridging only",
            "fidelity_minimum": "the lowest of the three mechanisms",
            "fidelity_product": "the product of the three mechanisms",
            "difference": "difference to the comparison arm",
            "absent": "silence counted as absent",
            "present": "silence counted as present",
            "drawn:100": DRAWN.format(n=100),
        },
        targets=SLOPES,
    ),
    "estimator": Dimension(
        "Model",
        "how",
        {
            "REML": "restricted maximum likelihood (REML)",
            "PM": "Paule and Mandel (PM)",
            "DL": "DerSimonian and Laird (DL)",
            "ML": "maximum likelihood (ML)",
            "HE": "Hedges (HE)",
            "EE": "one true effect for all trials (EE)",
            "MH": "events by Mantel-Haenszel, fixed",
            "MH-DL": "events by Mantel-Haenszel, random effects",
            "PETO": "events by Peto, fixed",
            "bayes": "Bayes, half-normal prior of 0.5 on tau",
            "bayes-narrow": "Bayes, half-normal prior of 0.25 on tau",
            "bayes-wide": "Bayes, half-normal prior of 1 on tau",
        },
        targets=("pool", "slope"),
    ),
    "interval": Dimension(
        "Interval",
        "how",
        {
            "knapp-hartung-floor": "Knapp and Hartung, never narrower than the normal one",
            "knapp-hartung": "Knapp and Hartung",
            "wald": "normal (Wald)",
        },
        targets=("pool", "slope"),
    ),
    "rho": Dimension(
        "Correlation within a trial",
        "how",
        {"0.6": "errors of a trial's outcomes correlated 0.6"},
        "errors of a trial's outcomes correlated {x}",
        0.99,
        targets=("joint",),
    ),
}
# What a multiverse crosses where a review declares none of its own.
STANDARD: dict[str, tuple[str, ...]] = {
    "timepoint": ("longest", "closest:12"),
    "figures": ("decided", "as_printed"),
    "comparators": ("all", "inactive"),
    "risk_of_bias": ("all", "without_high"),
    "design": ("all", "without_clusters"),
    "routes": ("all", "direct"),
    "score": ("described", "calibrated"),
    "estimator": ("REML", "PM", "DL", "EE"),
    "interval": ("knapp-hartung-floor", "knapp-hartung", "wald"),
    "rho": ("0.6", "0.4", "0.8"),
}
