"""From which size an effect counts as important: the file's row, and the pooled effect on that row's scale.

Resolved once and handed down, so that target, imprecision and inconsistency are asked against the same number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.answers.grading.absolute import FROM_RISK, Baseline, risk_with
from synthesis.answers.grading.rules import number_of
from synthesis.effects import Effects
from synthesis.evidence import Evidence
from synthesis.evidence.certainty import SCALES, THRESHOLD_KINDS
from synthesis.wording import number

# On which scale a measure's threshold stands.
SCALE_OF = {"SMD": "smd", "MD": "points", "RD": "per_1000", **dict.fromkeys(FROM_RISK, "per_1000")}

NONE_SET = "Nobody has set from which size this outcome matters to people (codebook/thresholds.csv)."
NO_SCALE = "A threshold cannot be set against this measure ({measure})."
NO_RISK = "The threshold is one of people in 1,000, and no risk without the intervention is known (baseline_risks.csv)."
NO_SPREAD = "The threshold is in points of {instrument}, and no trial prints its standard deviation."
SCORINGS = (
    "The threshold is in points of {instrument}, which the trials score in several ways (standard deviations {low} to "
    "{high}), so it cannot be set against the pool."
)


@dataclass(frozen=True)
class Threshold:
    """The size from which an effect counts as important, without its sign.

    Attributes
    ----------
    size : float
        On `scale`; 0 where any difference counts.
    scale : {"smd", "per_1000", "points"}
    kind : str
        Code of `THRESHOLD_KINDS`.
    reason, citation, decided_by, date : str
    moderate, large : float
        nan where not set.
    points : float
        As the file has it, where it is in points and the pool in standard deviations; else nan.
    instrument : str
    """

    size: float
    scale: str
    kind: str
    reason: str = ""
    citation: str = ""
    decided_by: str = ""
    date: str = ""
    moderate: float = np.nan
    large: float = np.nan
    points: float = np.nan
    instrument: str = ""

    @property
    def in_words(self) -> str:
        """The size with its scale: "0.20 standard deviations"."""
        return f"{size_text(self.size, self.scale)} {SCALES[self.scale]}"

    @property
    def kind_in_words(self) -> str:
        """What kind of threshold it is."""
        return THRESHOLD_KINDS[self.kind]


@dataclass(frozen=True)
class OnScale:
    """A pooled effect on a threshold's scale: estimate, lower, upper."""

    estimate: float
    lower: float
    upper: float


def threshold_of(evidence: Evidence, effects: Effects) -> tuple[Threshold | None, str]:
    """Return the threshold of an outcome on the scale its pool can be set against, and why there is none.

    Parameters
    ----------
    evidence : Evidence
    effects : Effects

    Returns
    -------
    Threshold or None
    str
        Empty where there is one.
    """
    scale = SCALE_OF.get(effects.measure)
    if scale is None:
        return None, NO_SCALE.format(measure=effects.measure)
    table = evidence.codebook.thresholds
    rows = [] if table is None else table[table["outcome"].eq(effects.outcome)].to_dict("records")
    own = next((row for row in rows if row["scale"] == scale), None)
    if own is not None:
        return _read(own, scale), ""
    points = next((row for row in rows if row["scale"] == "points"), None)
    if scale != "smd" or points is None:
        return None, NONE_SET
    return _from_points(points, effects)


def scale_spread(effects: Effects, instrument: str) -> tuple[float, float, float]:
    """Return the median, least and largest SD of a scale in the comparison arms of a pool; nan where none is printed.

    Scales of figures standardised by something else than the SD between people, and changes, are left out.
    """
    frame = effects.frame
    own = frame[frame["instrument"].eq(instrument) & frame["change"].ne("yes")]["sd_comparator"].dropna()
    return (np.nan,) * 3 if own.empty else (float(own.median()), float(own.min()), float(own.max()))


def is_one_scoring(least: float, largest: float) -> bool:
    """Say whether SDs of a scale are near enough for one way of scoring."""
    return bool(largest <= number_of("one_scoring") * least)


def on_scale(measure: str, scale: str, values: tuple[float, float, float], baseline: Baseline | None) -> OnScale | None:
    """Bring an effect and its interval to a threshold's scale.

    Parameters
    ----------
    measure : str
    scale : str
    values : tuple of float
        Estimate, lower and upper limit on the analysis scale.
    baseline : Baseline or None
        The risk without the intervention, which ratios need.

    Returns
    -------
    OnScale or None
        None where the measure needs a risk and none is known.
    """
    if scale != "per_1000":
        return OnScale(*values)
    if measure == "RD":
        return OnScale(*(1000 * value for value in values))
    if baseline is None or measure not in FROM_RISK:
        return None
    return OnScale(*(1000 * (risk_with(measure, baseline.risk, value) - baseline.risk) for value in values))


def size_text(size: float, scale: str, *, near: bool = False) -> str:
    """Print a size on a threshold's scale; with one decimal more where a verdict hangs on it."""
    return number(size, {"smd": 2, "points": 2, "per_1000": 0}[scale] + near)


def is_near(estimate: float, threshold: Threshold) -> bool:
    """Say whether an estimate lies so near to its threshold that two decimals would hide on which side."""
    gap = abs(abs(estimate) - threshold.size)
    limit = number_of("near") if threshold.scale == "smd" else number_of("near_share") * threshold.size
    return bool(gap <= limit)


def _read(row: dict, scale: str) -> Threshold:
    text = {name: str(row[name]) for name in ("kind", "reason", "citation", "decided_by", "date", "instrument")}
    return Threshold(size=row["small"], scale=scale, moderate=row["moderate"], large=row["large"], **text)


def _from_points(row: dict, effects: Effects) -> tuple[Threshold | None, str]:
    middle, least, largest = scale_spread(effects, row["instrument"])
    if np.isnan(middle):
        return None, NO_SPREAD.format(instrument=row["instrument"])
    if not is_one_scoring(least, largest):
        return None, SCORINGS.format(instrument=row["instrument"], low=number(least), high=number(largest))
    text = {name: str(row[name]) for name in ("kind", "reason", "citation", "decided_by", "date", "instrument")}
    sizes = {name: row[name] / middle for name in ("moderate", "large")}
    return Threshold(size=row["small"] / middle, scale="smd", points=row["small"], **sizes, **text), ""
