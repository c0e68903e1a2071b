"""How many people: risks without and with what is tried, and what a standardised difference means for people.

A relative effect needs a risk without the intervention: that of `baseline_risks.csv`, else the median comparator arm,
which is labelled as what it is. A standardised difference has no risk; what stands in its place is named as defined.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.pooling import PooledEffect
from synthesis.effects import Effects
from synthesis.evidence import Evidence
from synthesis.statistics.distributions import normal_tail

MEDIAN = "median of the comparison arms"
LOWEST, HIGHEST = "lowest of the comparison arms", "highest of the comparison arms"
# Measures that a risk without the intervention turns into a risk with it.
FROM_RISK = ("RR", "OR", "PETO", "HR")


@dataclass(frozen=True)
class Baseline:
    """A risk without the intervention.

    Attributes
    ----------
    risk : float
    label : str
        Whose risk it is.
    months : float
        Time within which; nan where not said.
    from_file : bool
        Whether somebody chose it (`baseline_risks.csv`); else it is what the trials' comparison arms had.
    citation : str
    """

    risk: float
    label: str
    months: float = np.nan
    from_file: bool = False
    citation: str = ""


@dataclass(frozen=True)
class Absolute:
    """People in 1,000 with the outcome: without, with (and its interval), and the difference."""

    baseline: Baseline
    without: float
    with_it: tuple[float, float, float]
    difference: tuple[float, float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class ForPeople:
    """What a standardised difference means for people, in percent, with its interval; positive favours what is tried.

    Attributes
    ----------
    u3 : tuple of float
        Of those offered it, how many do better than the average person without it [cohen1988statistical]; without an
        effect it is 50 by definition.
    superiority : tuple of float
        How often one person offered it does better than one without it.
    """

    u3: tuple[float, float, float]
    superiority: tuple[float, float, float]


def baselines_of(evidence: Evidence, effects: Effects) -> tuple[Baseline, ...]:
    """Return the risks without the intervention, the one to lead with first.

    Parameters
    ----------
    evidence : Evidence
    effects : Effects

    Returns
    -------
    tuple of Baseline
        The rows of `baseline_risks.csv`; without any, the median, lowest and highest of the comparison arms; empty
        where no arm prints counts.
    """
    rows = evidence.baseline_risks
    rows = rows[rows["outcome"].eq(effects.outcome)]
    if len(rows):
        return tuple(
            Baseline(float(row.risk), str(row.label), float(row.months), True, str(row.citation))
            for row in rows.itertuples()
        )
    shares = (effects.frame["events_comparator"] / effects.frame["n_comparator"]).dropna()
    if shares.empty:
        return ()
    middle = Baseline(float(shares.median()), MEDIAN)
    if len(shares) == 1:
        return (middle,)
    return middle, Baseline(float(shares.min()), LOWEST), Baseline(float(shares.max()), HIGHEST)


def risk_with(measure: str, risk: float, effect: float) -> float:
    """Return the risk with the intervention.

    Parameters
    ----------
    measure : str
        RR, OR, PETO, HR (effect on the log scale) or RD.
    risk : float
        Without it.
    effect : float
        On the analysis scale.

    Returns
    -------
    float
        Between 0 and 1; nan for a measure that knows no risks.

    Notes
    -----
    RR: risk times the ratio. OR: through the odds. HR: 1 - (1 - risk) to the power of the ratio, with proportional
    hazards. RD: the sum.
    """
    ratio = float(np.exp(effect))
    if measure == "RR":
        found = risk * ratio
    elif measure in ("OR", "PETO"):
        found = risk * ratio / (1 - risk + risk * ratio)
    elif measure == "HR":
        found = 1 - (1 - risk) ** ratio
    elif measure == "RD":
        found = risk + effect
    else:
        return np.nan
    return float(np.clip(found, 0.0, 1.0))


def absolute(pooled: PooledEffect, baseline: Baseline) -> Absolute | None:
    """Return how many in 1,000 have the outcome without and with what is tried; None for measures without risks."""
    if pooled.measure not in (*FROM_RISK, "RD"):
        return None
    ends = (pooled.estimate, pooled.ci_lb, pooled.ci_ub)
    risks = [1000 * risk_with(pooled.measure, baseline.risk, end) for end in ends]
    without = 1000 * baseline.risk
    return Absolute(baseline, without, _three(risks), _three([risk - without for risk in risks]))


def for_people(pooled: PooledEffect) -> ForPeople | None:
    """Return what an SMD means for people; None for other measures, and where no direction is settled."""
    if pooled.measure != "SMD" or not pooled.effects.is_settled:
        return None
    benefit = pooled.benefit()
    return ForPeople(
        _three([100 * float(normal_tail(-x)) for x in benefit]),
        _three([100 * float(normal_tail(-x / np.sqrt(2))) for x in benefit]),
    )


def is_rare(effects: Effects, share: float) -> bool:
    """Say whether fewer than this share of all people in arms with counts had the event."""
    counts = effects.frame[["events_intervention", "n_intervention", "events_comparator", "n_comparator"]]
    counts = pd.DataFrame(counts).dropna()
    events, people = counts.iloc[:, [0, 2]].to_numpy().sum(), counts.iloc[:, [1, 3]].to_numpy().sum()
    return bool(people) and bool(events / people < share)


def _three(values: list[float]) -> tuple[float, float, float]:
    return (values[0], values[1], values[2])
