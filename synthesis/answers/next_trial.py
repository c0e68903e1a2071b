"""The one next trial that would help most: what a slope could be found, had one more trial been done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.results import Result
from synthesis.statistics.power import detectable_slope
from synthesis.wording import lower_first, number

# People of the next trial, half of them in each arm.
PEOPLE = 300
SCORES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LOW, FAITHFUL = 0.2, 1.0
SAID = (
    "One more trial would help this test ({outcome}, {score} score) most {where}. The smallest change from score "
    "{least} to {most}, those seen, that would be found four times out of five is {now} {unit} today; with one such "
    "trial of {people} people it would be {then}, with {other} {otherwise}. That takes differences between trials "
    "as estimated now, and a straight line also beyond the scores seen. A trial that randomises how much of the model "
    "is followed would not rest on comparing trials at all."
)
WHERE = {
    LOW: "where little of the model is followed (a score near {score})",
    FAITHFUL: "where all of the model is followed (a score of {score})",
}
OTHER = {LOW: "one where little is followed (near {score})", FAITHFUL: "one more faithful trial (a score of {score})"}


@dataclass(frozen=True, eq=False)
class NextTrial(Result):
    """The detectable change with one more trial at each score.

    Attributes
    ----------
    people : int
    now : float
        The change from the least to the most faithful trial that is found with 80% power today.
    table : pandas.DataFrame
        score of the next trial, detectable (the same change with it).
    measure : str
    outcome_label, score : str
        What the slope is of, and on.
    least, most : float
        The scores seen.
    """

    people: int
    now: float
    table: pd.DataFrame
    measure: str
    outcome_label: str = ""
    score: str = ""
    least: float = np.nan
    most: float = np.nan

    @property
    def best(self) -> pd.Series:
        """The score at which one more trial helps most."""
        return self.table.loc[self.table["detectable"].idxmin()]

    def to_frame(self) -> pd.DataFrame:
        """Return a row each score."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers."""
        return {
            "people": self.people,
            "now": self.now,
            "measure": self.measure,
            "scores": self.table.to_dict("records"),
        }

    def __str__(self) -> str:
        at = self.table.set_index("score")["detectable"]
        best, other = (LOW, FAITHFUL) if at[LOW] <= at[FAITHFUL] else (FAITHFUL, LOW)
        return SAID.format(
            where=WHERE[best].format(score=f"{best:g}"),
            other=OTHER[other].format(score=f"{other:g}"),
            outcome=lower_first(self.outcome_label),
            score=self.score.replace("_", " "),
            least=number(self.least),
            most=number(self.most),
            people=self.people,
            now=number(self.now),
            then=number(at[best]),
            unit=self.measure,
            otherwise=number(at[other]),
        )


def next_trial(slope: FidelitySlope, *, people: int = PEOPLE) -> NextTrial:
    """Add one trial to a slope's design and say what it could find then.

    Parameters
    ----------
    slope : FidelitySlope
        Of a standardised mean difference.
    people : int
        Of the next trial, in two arms of one size; its sampling variance is 4 / people.

    Returns
    -------
    NextTrial
        At the residual heterogeneity as estimated.

    Examples
    --------
    >>> print(next_trial(slope, people=600))
    One more trial would help this test (personal recovery, described score) most where little of
    the model is followed (a score near 0.2). The smallest change from score 0.44 to 1.00, those
    seen, that would be found four times out of five is 0.48 SMD today; with one such trial of 600
    people it would be 0.27, with one more faithful trial (a score of 1) 0.43. That ...
    """
    fit, X = slope.regression.fit, slope.regression.design
    vi = slope.regression.effects.frame["vi"].to_numpy(float)
    floor, span = slope.ci == "knapp-hartung-floor", slope.span
    df = fit.df + 1 if np.isfinite(fit.df) else fit.df
    in_se = detectable_slope(1.0, df, level=slope.level, floor=floor)
    rows = []
    for score in SCORES:
        design = np.vstack([X, [1.0, score]])
        w = 1 / (np.append(vi, 4 / people) + fit.tau2)
        cov = np.linalg.inv(design.T @ (w[:, None] * design))
        rows.append({"score": score, "detectable": span * in_se * float(np.sqrt(cov[1, 1]))})
    return NextTrial(
        people=people,
        now=span * slope.detectable_slope,
        table=pd.DataFrame(rows),
        measure=slope.measure,
        outcome_label=slope.regression.effects.outcome_label,
        score=slope.score,
        least=slope.score_least,
        most=slope.score_most,
    )
