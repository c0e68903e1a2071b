"""What a calibration comes to, in sentences."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.calibration.designs import TESTED
from synthesis.answers.calibration.results import Calibration
from synthesis.choices import LEVEL
from synthesis.wording import listed, number, share

# Data sets of a part of a cell that a sentence may rest on.
FEWEST_SETS = 100
EARLIER = (
    "Computed on earlier evidence: the trials, numbers or codes behind {designs} have changed since. "
    "`synthesis calibrate` computes it again."
)
UNFINISHED = "{done} of {planned} simulated worlds are finished; `synthesis calibrate` goes on."
TYPE_ONE = (
    "Where fidelity makes no difference, at most {allowed} of reviews should find a slope. The pages' own interval, "
    "never narrower than Wald's, leaves out zero in {floor}; Wald's own does in {wald}, the permutation of trials "
    "rejects in {permutation}, and the rule that calls a slope detected, which asks for both, in {detected}."
)
POWER = (
    "The slope that pages call detectable with 80% power is found by that rule in {outcomes} of reviews, as true "
    "tau2 goes from {least} to {most}."
)
POWER_OF = "{first} to {last} ({label})"
POOLED = "The {level} interval of a pooled effect holds the true average in {floor} (Wald's in {wald})."
PREDICTED = (
    "The {level} prediction interval holds a new trial's true effect in {all} where trials differ. Where heterogeneity "
    "was estimated as zero it holds it in as little as {zero}: zero cannot be established by so few trials."
)
SLOPES = "The {level} interval of a slope holds the true slope in {floor}."
ATTENUATED = (
    "If reports are silent irrespective of what was done, the score as described shows {described} of a true slope, "
    "the calibrated score {calibrated}. If silence mostly means absence, {described_absent} and {calibrated_absent}."
)
JOINT = (
    "Over the outcomes with ten trials at once, cluster-robust inference finds a slope that is not there in {cr2} of "
    "reviews, the permutation of trials in {permutation}, also where the correlation or the heterogeneity assumed is "
    "wrong; slopes of {slopes} per whole score are detected in {power}."
)
MADE = "Simulated with seed {seed}; Monte-Carlo errors of shares are at most {error}."


def calibration_sentences(found: Calibration | None) -> list[str]:
    """Say how far tests and intervals can be trusted, what is open first; nothing where there is no calibration.

    Examples
    --------
    >>> print(calibration_sentences(read_calibration(evidence))[0])
    Where fidelity makes no difference, at most 5% of reviews should find a slope. The pages' own
    interval, never narrower than Wald's, leaves out zero in 2.1% to 5.7%; Wald's own does in 3.7%
    to 8.6%, the permutation of trials rejects in 4.1% to 5.9%, and the rule that calls a slope
    detected, which asks for both, in 1.8% to 5.1%.
    """
    if found is None or not found.cells:
        return []
    frame = found.to_frame()
    said = [EARLIER.format(designs=listed([_lower(name) for name in found.earlier]))] if found.earlier else []
    if not found.is_complete:
        said.append(UNFINISHED.format(done=len(found.cells), planned=found.planned))
    for sentence in (_slopes, _pools, _silence, _joint):
        said += sentence(frame)
    shares = frame.loc[~frame["quantity"].isin(["estimate", "coverage_tau2_zero"]), "mc_error"]
    return [*said, MADE.format(seed=found.seed, error=number(float(shares.max()), 3))]


def _slopes(frame: pd.DataFrame) -> list[str]:
    own = frame[frame["kind"].eq("slope") & frame["score"].eq("described")]
    permuted = own[own["permuted"] & own["quantity"].eq("rejected")]
    null, found = permuted[permuted["slope"].eq(0)], permuted[permuted["slope"].ne(0) & permuted["test"].eq("detected")]
    if null.empty or found.empty:
        return []
    rates = {test: _range(null, test) for test in ("floor", "wald", "permutation", "detected")}
    held = own[own["quantity"].eq("coverage")]
    return [
        TYPE_ONE.format(allowed=share(round(1 - LEVEL, 6)), **rates),
        _power(found),
        SLOPES.format(level=share(LEVEL), floor=_range(held, "floor")),
    ]


def _power(found: pd.DataFrame) -> str:
    """Say how often each outcome's detectable slope is found, without heterogeneity and with most."""
    ends = [own.sort_values("tau2") for _, own in found.groupby("label", sort=False)]
    parts = [
        POWER_OF.format(
            first=_percent(own["value"].iloc[0]),
            last=_percent(own["value"].iloc[-1]),
            label=_lower(own["label"].iloc[0]),
        )
        for own in ends
    ]
    low, high = found["tau2"].min(), found["tau2"].max()
    return POWER.format(outcomes=listed(parts), least=f"{low:g}", most=f"{high:g}")


def _pools(frame: pd.DataFrame) -> list[str]:
    own = frame[frame["kind"].eq("pool")]
    held = own[own["quantity"].eq("coverage")]
    differ = own[own["tau2"].gt(0) & own["test"].eq("prediction")]
    zero = differ[differ["quantity"].eq("coverage_tau2_zero") & differ["sets"].ge(FEWEST_SETS)]
    if held.empty:
        return []
    pooled = POOLED.format(level=share(LEVEL), floor=_range(held, "floor"), wald=_range(held, "wald"))
    if zero.empty:
        return [pooled]
    return [
        pooled,
        PREDICTED.format(
            level=share(LEVEL),
            all=_range(differ[differ["quantity"].eq("coverage")], "prediction"),
            zero=_percent(zero["value"].min()),
        ),
    ]


def _silence(frame: pd.DataFrame) -> list[str]:
    own = frame[frame["kind"].eq("silence") & frame["quantity"].eq("estimate")]
    ignorable, absent = own[own["truth"].eq("ignorable")], own[own["truth"].eq("mostly_absent")]
    if ignorable.empty or absent.empty:
        return []
    return [
        ATTENUATED.format(
            described=_range(ignorable, "described"),
            calibrated=_range(ignorable, "calibrated"),
            described_absent=_range(absent, "described"),
            calibrated_absent=_range(absent, "calibrated"),
        )
    ]


def _joint(frame: pd.DataFrame) -> list[str]:
    own = frame[frame["design"].eq(TESTED) & frame["score"].eq("described") & frame["quantity"].eq("rejected")]
    null, other = own[own["slope"].eq(0)], own[own["slope"].ne(0) & own["test"].eq("detected")]
    if null.empty or other.empty:
        return []
    return [
        JOINT.format(
            cr2=_range(null, "cr2"),
            permutation=_range(null, "permutation"),
            slopes=listed([number(slope, 1) for slope in other["slope"]]),
            power=listed([_percent(value) for value in other["value"]]),
        )
    ]


def _range(rows: pd.DataFrame, test: str) -> str:
    values = rows.loc[rows["test"].eq(test), "value"]
    digits = max(_digits(values.min()), _digits(values.max()))
    low, high = _percent(values.min(), digits), _percent(values.max(), digits)
    return low if low == high else f"{low} to {high}"


def _percent(value: float, digits: int | None = None) -> str:
    return f"{number(100 * value, _digits(value) if digits is None else digits)}%"


def _digits(value: float) -> int:
    """Return one decimal for a percentage where there is little, or little is missing."""
    return 1 if value < 0.1 or 0.9 < value < 1 else 0


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]
