"""One line on how far an outcome's average hangs on choices: under how many others it says the same, and where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.sensitivity import Choices
from synthesis.answers.verdicts import FEWEST_TRIALS, Side, favours, side_in_words
from synthesis.results import Result
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, listed

HOLDS = "Under all {n} it says the same."
MOST = "Under {same} of {n} it says the same; {otherwise}."
LEFT_OPEN = "the interval includes 'no difference' {where}"
OTHER_SIDE = "it favours {side} {where}"
RUNS = "Over them the average runs from {least} to {most}."
STAYS = "Under each of them the average is {least}."
ALONE = "Under it the average is {least}."
# How a choice stands after "the interval includes 'no difference'"; the others after "under the choice".
WHERE = {
    "as_printed": "as printed, without the team's decisions",
    "without_residual_sd": "without effects that rest on a model's SD",
    "direct_routes": "with effects from arm figures or printed estimates alone",
    "without_changes": "without changes from baseline",
    "without_clusters": "without cluster trials",
    "without_high_risk": "without trials judged at high risk of bias",
    "judged_not_high": "in those trials alone that were judged for risk of bias and not found at high risk",
    "inactive_comparators": "against inactive comparators",
    "active_comparators": "against active comparators",
    "core_peers": "with core peer workers only",
    "without_perinatal": "without trials around birth",
    "severe_mental_illness": "in people with severe mental illness only",
    "without_concern": "without trials of concern",
    "closest_6": "at the time point closest to six months",
    "closest_12": "at the time point closest to twelve months",
}
UNDER = "under the choice '{choice}'"
# Only choices of trials and figures are named first; those of models after them.
MOST_NAMED = 3


@dataclass(frozen=True, eq=False)
class Robustness(Result):
    """How far an outcome's average hangs on choices.

    Attributes
    ----------
    side : Side
        Whom the main analysis favours.
    table : pandas.DataFrame
        The other choices that at least three trials stand behind: code, choice, k, estimate (on the scale of analysis),
        side, same.
    choices : Choices

    Examples
    --------
    >>> found = robustness(compare_choices(effects))
    >>> found.same, len(found.table)
    (9, 10)
    """

    side: Side
    table: pd.DataFrame
    choices: Choices

    @property
    def same(self) -> int:
        """Other choices under which the average says the same."""
        return int(self.table["same"].sum())

    def to_frame(self) -> pd.DataFrame:
        """Return the other choices, each with its side."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return how many say the same, and the rows."""
        about = {"outcome": self.choices.effects.outcome, "side": self.side, "same": self.same, "of": len(self.table)}
        return about | {"rows": self.table.to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows."""
        same = np.where(
            self.table["same"], "the same", self.table["side"].map(lambda side: side.value.replace("_", " "))
        )
        return pd.DataFrame({"Choice": self.table["choice"], "k": self.table["k"], "Says": same})

    def __str__(self) -> str:
        if self.side is Side.UNSETTLED or self.table.empty:
            return ""
        n = count(len(self.table), "other choice")
        unlike = self.table[~self.table["same"]]
        if unlike.empty:
            return f"{HOLDS.format(n=n)} {self._run()}"
        names = self.choices.effects.names
        parts = []
        for side, rows in unlike.groupby("side", sort=False):
            where = [WHERE.get(row.code) or UNDER.format(choice=row.choice) for row in rows.itertuples()]
            named = where[:MOST_NAMED]
            more = len(where) - len(named)
            named += [f"under {more} more"] if more else []
            sentence = LEFT_OPEN if side is Side.OPEN else OTHER_SIDE
            parts.append(sentence.format(side=side_in_words(side, names), where=listed(named)))
        return f"{MOST.format(same=self.same, n=n, otherwise='; '.join(parts))} {self._run()}"

    def _run(self) -> str:
        """Say between which averages the choices lie, on the outcome's own scale."""
        measure = MEASURES[self.choices.effects.measure]
        least, most = (measure.text(end) for end in (self.table["estimate"].min(), self.table["estimate"].max()))
        if least == most:
            return (ALONE if len(self.table) == 1 else STAYS).format(least=least)
        return RUNS.format(least=least, most=most)


def robustness(choices: Choices) -> Robustness:
    """Say under how many of the other choices the average says the same as the main analysis.

    Parameters
    ----------
    choices : Choices
        From `compare_choices`, or any larger grid with the same columns, the main analysis first.

    Returns
    -------
    Robustness
        Choices of fewer than three effects say nothing and are not counted.

    Examples
    --------
    >>> print(robustness(compare_choices(effects)))
    Under 9 of 10 other choices it says the same; the interval includes 'no difference' in those
    trials alone that were judged for risk of bias and not found at high risk. Over them the
    average runs from 0.19 to 0.26.
    """
    turn = choices.effects.turn
    rows = choices.table
    ends = np.sort(turn * rows[["ci_lb", "ci_ub"]].to_numpy(float), axis=1)
    sides = [favours(*own) for own in ends]
    counted = rows["k"].ge(FEWEST_TRIALS) & rows["estimate"].notna() & rows["code"].ne("main")
    table = rows[["code", "choice", "k", "estimate"]].assign(side=sides)[counted.to_numpy()]
    main = sides[0] if len(sides) else Side.UNSETTLED
    order = table["code"].map(lambda code: code not in WHERE)
    table = table.assign(same=table["side"].eq(main)).loc[order.sort_values(kind="stable").index]
    return Robustness(side=main, table=table.reset_index(drop=True), choices=choices)
