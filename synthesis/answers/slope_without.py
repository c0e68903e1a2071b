"""The fidelity slope without each trial in turn: how far one trial carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.fidelity_statement import slope_unit
from synthesis.answers.regression import meta_regression
from synthesis.errors import NotEstimableError
from synthesis.results import Result
from synthesis.wording import number, percent, share, with_interval

COLUMNS = "trial label score leverage k slope ci_lb ci_ub note".split()

RUNS = (
    "Without each trial in turn, the benefit changes from the least to the most faithful trial by {least} to {most} "
    "{unit}."
)
MOST = (
    "{label}, with a score of {score}, has the most leverage on the slope, {leverage} of all; without it the change "
    "over the same scores is {change} {unit} ({level} CI)."
)
ALONE = "{label}, with a score of {score}, alone makes the slope: without it {why}"


@dataclass(frozen=True, eq=False)
class SlopesWithout(Result):
    """A fidelity slope without each trial in turn.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a trial: `score`, the mean over its effects; `leverage`, its share of the leverages of all; `k` effects
        without it, `slope` per whole unit of the score with its interval, and a `note` where there is none.
    whole : FidelitySlope
        With every trial.

    Examples
    --------
    >>> without = slopes_without_each(slope)
    >>> without.table[["label", "leverage", "slope"]].round(2).head(2)
                       label  leverage  slope
    0   Barbic et al. (2009)      0.01   0.24
    1  Chinman et al. (2015)      0.01   0.21
    """

    table: pd.DataFrame
    whole: FidelitySlope

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the settings and the rows."""
        own = {name: getattr(self.whole, name) for name in ("outcome", "measure", "score", "method", "ci", "level")}
        return own | {"slope": self.whole.slope, "span": self.whole.span, "rows": self.table.to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows, the most leverage first: changes over the scores of the whole."""
        rows = self.table.sort_values("leverage", ascending=False, kind="stable")
        changes = rows[["slope", "ci_lb", "ci_ub"]].to_numpy(float) * self.whole.span
        return pd.DataFrame(
            {
                "Left out": rows["label"],
                "Score": rows["score"].map(number),
                "Leverage": rows["leverage"].map(lambda value: percent(100 * value)),
                "k": rows["k"],
                f"Change ({share(self.whole.level)} CI)": [
                    "" if np.isnan(own[0]) else with_interval(*own, signed=True) for own in changes
                ],
                "Note": rows["note"],
            }
        )

    def __str__(self) -> str:
        """Say how far the slope hangs on one trial; nothing below ten trials, whose slope no words state."""
        known = self.table["slope"].dropna() * self.whole.span
        if self.whole.descriptive or known.empty:
            return ""
        unit, first = slope_unit(self.whole), self.table.loc[self.table["leverage"].idxmax()]
        runs = RUNS.format(least=number(known.min(), signed=True), most=number(known.max(), signed=True), unit=unit)
        who = {"label": first["label"], "score": number(first["score"])}
        if np.isnan(first["slope"]):
            return f"{runs} {ALONE.format(**who, why=first['note'])}"
        change = with_interval(*(self.whole.span * first[name] for name in ("slope", "ci_lb", "ci_ub")), signed=True)
        level = share(self.whole.level)
        most = MOST.format(**who, leverage=percent(100 * first["leverage"]), change=change, unit=unit, level=level)
        return f"{runs} {most}"


def slopes_without_each(slope: FidelitySlope) -> SlopesWithout:
    r"""Fit a fidelity slope again without each trial in turn.

    Parameters
    ----------
    slope : FidelitySlope

    Returns
    -------
    SlopesWithout
        A trial with several effects leaves with all of them.

    Notes
    -----
    Leverage is the diagonal of :math:`X(X'WX)^{-1}X'W` at the heterogeneity of the whole model
    [viechtbauer2010outlier], summed over the trial's effects.

    Examples
    --------
    >>> print(slopes_without_each(slope))
    Without each trial in turn, the benefit changes from the least to the most faithful trial by ...
    """
    model = slope.regression
    frame, X = model.effects.frame, model.design
    column = str(model.coefficients["term"].iloc[1])
    w = 1 / (frame["vi"].to_numpy(float) + model.tau2)
    hat = np.einsum("ij,jk,ik,i->i", X, np.linalg.inv(X.T @ (w[:, None] * X)), X, w) / X.shape[1]
    options = {"method": slope.method, "ci": slope.ci, "level": slope.level}
    rows = []
    for trial in dict.fromkeys(frame["trial"]):
        own = frame["trial"].eq(trial)
        row = {
            "trial": trial,
            "label": frame.loc[own, "label"].iloc[0],
            "score": float(frame.loc[own, column].mean()),
            "leverage": float(hat[own.to_numpy()].sum()),
            "k": int((~own).sum()),
        }
        try:
            term = meta_regression(model.effects.subset(~own), moderators=[column], **options).coefficients.iloc[1]
        except NotEstimableError as error:
            rows.append(row | dict.fromkeys(("slope", "ci_lb", "ci_ub"), np.nan) | {"note": str(error)})
            continue
        slopes = {"slope": term["estimate"], "ci_lb": term["ci_lb"], "ci_ub": term["ci_ub"]}
        rows.append(row | {name: float(value) for name, value in slopes.items()} | {"note": ""})
    return SlopesWithout(pd.DataFrame(rows, columns=COLUMNS), slope)
