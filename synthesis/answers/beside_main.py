"""What stands beside an outcome's main analysis, where it can be had: results that only say a direction, and Bayes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthesis.answers.bayes import BayesAnswer, bayes_answer, describe_bayes
from synthesis.answers.direction_only import WithDirections, describe_directions, with_directions
from synthesis.answers.fidelity import FidelityScores
from synthesis.choices import LEVEL, SCORE, Score
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.results import Result


@dataclass(frozen=True, eq=False)
class BesideMain(Result):
    """Two analyses beside the main one; one that does not exist for this measure says why.

    Attributes
    ----------
    directions : WithDirections or None
    bayes : BayesAnswer or None
    notes : dict of str
        By name, why one does not exist.

    Examples
    --------
    >>> beside = beside_main(effects, scores, evidence)
    >>> print(beside.on_bayes())
    Average benefit (SMD): 0.21 (95% credible interval 0.12 to 0.29; k = 17); standard deviation
    between trials 0.08 (0.00 to 0.21). In a new trial the true benefit lies between −0.03 and 0.43
    with a probability of 95%. The data speak 83 times more for an average effect of the prior's
    size than for no average effect. As the prior's standard deviation goes from 0.05 to 4, here ...
    >>> print(beside.on_directions())
    9 results on personal recovery have no usable number and only say a direction: 2 favour peer
    support and 7 reported no significant difference. 17 results have a number. With them the
    average benefit goes from 0.21 (0.13 to 0.28), k = 17, to 0.21 (0.13 to 0.27), k = 26 (SMD, 95%
    profile intervals, maximum likelihood); with 1.64 in the place of 1.96 to 0.20 (0.12 to ...
    """

    directions: WithDirections | None
    bayes: BayesAnswer | None
    notes: dict[str, str]

    def on_directions(self) -> str:
        """Say what results that only say a direction change, or why they cannot be read here."""
        return self.notes["directions"] if self.directions is None else describe_directions(self.directions)

    def on_bayes(self) -> str:
        """Say what the trials weigh, or why it cannot be said."""
        return self.notes["bayes"] if self.bayes is None else describe_bayes(self.bayes)

    def directions_shown(self) -> pd.DataFrame:
        """Return what a notebook shows of the results that only say a direction; empty where there is nothing."""
        return pd.DataFrame() if self.directions is None else self.directions.shown()

    def bayes_shown(self) -> pd.DataFrame:
        """Return the Bayes factors over their prior's scale; empty where there are none."""
        return pd.DataFrame() if self.bayes is None else self.bayes.shown()

    def to_frame(self) -> pd.DataFrame:
        """Return the rows without and with the results that only say a direction."""
        return pd.DataFrame() if self.directions is None else self.directions.to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Return both analyses, null where one does not exist, with the notes."""
        found = {"directions": self.directions, "bayes": self.bayes}
        return {name: None if own is None else own.to_dict() for name, own in found.items()} | {"notes": self.notes}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows first."""
        return self.directions_shown()

    def __str__(self) -> str:
        return f"{self.on_directions()} {self.on_bayes()}"


def beside_main(
    effects: Effects, scores: FidelityScores, evidence: Evidence, *, score: Score = SCORE, level: float = LEVEL
) -> BesideMain:
    """Fit what stands beside the main analysis of one outcome, as far as its measure allows.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    evidence : Evidence
        What the effects were computed from.
    score, level
        As in `with_directions` and `bayes_answer`.

    Returns
    -------
    BesideMain

    Examples
    --------
    >>> beside = beside_main(effects, scores, evidence)
    >>> print(text_table(beside.directions_shown()))
                                                                    From ...
    --------------------------------------------------------------------------------------------...
    Average benefit                                                 results with numbers ...
    Average benefit                                                 and those that only say a ...
    Average benefit                                                 the same, threshold 1.64 ...
    Change from the least to the most faithful trial with a number  results with numbers ...
    Change from the least to the most faithful trial with a number  and those that only say a ...
    Change from the least to the most faithful trial with a number  the same, threshold 1.64 ...
    """
    notes: dict[str, str] = {}
    directions, bayes = None, None
    try:
        directions = with_directions(effects, scores, evidence, score=score, level=level)
    except NotEstimableError as error:
        notes["directions"] = str(error)
    try:
        bayes = bayes_answer(effects, scores, score=score, level=level)
    except NotEstimableError as error:
        notes["bayes"] = str(error)
    return BesideMain(directions, bayes, notes)
