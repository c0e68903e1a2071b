"""Which effects a pool rests on: what changes without each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.benefit import is_turned, printed_benefit, turn_of
from synthesis.answers.sensitivity import LeaveOneOut, leave_one_out
from synthesis.answers.verdicts import FEWEST_TRIALS, favours
from synthesis.choices import LEVEL, METHOD, CiMethod, Method, model_choices
from synthesis.effects import Effects, require_effects
from synthesis.errors import NotEstimableError
from synthesis.results import Result
from synthesis.statistics.deletion import COLUMNS, LINES, InfluenceFit, influence
from synthesis.wording import count, number, share

NUMBERS = [*COLUMNS, "dfbetas", "baujat_x", "baujat_y"]
FEWEST_EFFECTS = 3
# Studentised residuals beyond it, either way, are outliers; of effects that fit, so many are by chance.
OUTLYING, BY_CHANCE = 1.96, 0.05
# The diagnostics that have a usual line, as tables and sentences call them.
LINE_NAMES = {"dffits": "DFFITS", "cook_d": "Cook's distance", "hat": "leverage", "dfbetas": "DFBETAS"}
TOO_FEW = "{outcome} has {effects} to pool; what changes without one of them can be told from three on."


@dataclass(frozen=True, eq=False)
class Influence(Result):
    """What each effect does to the pool of one outcome.

    Attributes
    ----------
    outcome, measure, method, ci, level
        As in the pool.
    fit : InfluenceFit
        The diagnostics, on the analysis scale, and the pool they are about.
    without : LeaveOneOut
        The pool without each trial in turn.
    effects : Effects

    Examples
    --------
    >>> found = examine_influence(effects)
    >>> print(found)
    Personal recovery: of 17 effects 2 outlying, 0 influential
    >>> found.to_frame()[["trial", "cook_d"]].round(2).head(2)
                      trial  cook_d
    0  barbic2009randomized    0.02
    1       chinman2015peer    0.03
    """

    outcome: str
    measure: str
    method: str
    ci: str
    level: float
    fit: InfluenceFit
    without: LeaveOneOut
    effects: Effects

    @property
    def outlying(self) -> np.ndarray:
        """Which effects lie far from what the others predict, of shape (k,)."""
        return np.abs(self.fit.rstudent) > OUTLYING

    @property
    def withheld(self) -> tuple[str, ...]:
        """Why words keep the pool without a trial back (codes of `WITHHELD`)."""
        return ("rest_below_three_trials",) if self.effects.n_trials <= FEWEST_TRIALS else ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row an effect.

        Columns: trial, label, yi, vi, the diagnostics of `InfluenceFit` (`dfbetas` that of the pooled effect, `past`
        the names of those that pass their usual line, `influential` whether one does), and the pool without its trial:
        estimate_del, ci_lb_del, ci_ub_del, and whether that favours another side (`turns`).
        """
        frame = self.effects.frame[["trial", "label", "yi", "vi"]].reset_index(drop=True)
        numbers = {name: getattr(self.fit, name) for name in NUMBERS} | {"dfbetas": self.fit.dfbetas[:, 0]}
        past = [tuple(name for name, is_past in zip(LINES, row, strict=True) if is_past) for row in self.fit.past]
        frame = frame.assign(**numbers, past=past, influential=self.fit.influential)
        rest = self.without.table.set_index("trial")[["estimate", "ci_lb", "ci_ub"]].add_suffix("_del")
        joined = frame.join(rest, on="trial")
        whole = favours(float(self.fit.fit.ci_lb[0]), float(self.fit.fit.ci_ub[0]))
        ends = zip(joined["ci_lb_del"], joined["ci_ub_del"], strict=True)
        return joined.assign(turns=[not np.isnan(low) and favours(low, high) is not whole for low, high in ends])

    def to_dict(self) -> dict[str, Any]:
        """Return the settings and every number, also those that words keep back."""
        settings = {name: getattr(self, name) for name in "outcome measure method ci level".split()}
        pooled = {"k": len(self.effects.frame), "estimate": self.fit.fit.beta[0], "tau2": self.fit.fit.tau2}
        return settings | pooled | {"rows": self.to_frame().to_dict("records"), "withheld": list(self.withheld)}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: the diagnostics that a reader looks at, and the pool without each."""
        frame = self.to_frame()
        without = frame[["estimate_del", "ci_lb_del", "ci_ub_del"]].to_numpy(float)
        printed = [printed_benefit(self.effects, *row) for row in without]
        turn = turn_of(self.effects)
        heading = "Benefit without ({level} CI)" if is_turned(self.effects) else "{measure} without ({level} CI)"
        pools = {} if self.withheld else {heading.format(measure=self.measure, level=share(self.level)): printed}
        return pd.DataFrame(
            {
                "Trial": frame["label"],
                "Studentised residual": (turn * frame["rstudent"]).map(number),
                "Cook's distance": frame["cook_d"].map(number),
                "Leverage": frame["hat"].map(number),
                "DFBETAS": (turn * frame["dfbetas"]).map(number),
                "tau2 without": frame["tau2_del"].map(lambda value: number(value, 4)),
                **pools,
                "Past a usual line": [", ".join(LINE_NAMES[name] for name in names) for names in frame["past"]],
            }
        )

    def __str__(self) -> str:
        of = count(len(self.effects.frame), "effect")
        far, past = int(self.outlying.sum()), int(self.fit.influential.sum())
        return f"{self.effects.outcome_label}: of {of} {far} outlying, {past} influential"


def examine_influence(
    effects: Effects, *, method: Method = METHOD, ci: CiMethod | None = None, level: float = LEVEL
) -> Influence:
    """Say what each effect does to the pool.

    Parameters
    ----------
    effects : Effects
    method, ci, level
        As `pool` takes them; a method that pools events has no such diagnostics.

    Returns
    -------
    Influence
        Studentised residual, Cook's distance, leverage, DFBETAS and the rest of `statistics.influence`
        [viechtbauer2010outlier], Baujat's two contributions [baujat2002graphical], and the pool without each trial.

    Raises
    ------
    NotEstimableError
        Below three effects.
    ChoiceError
        For a method, interval or level that does not exist.

    Examples
    --------
    >>> print(examine_influence(compute_effects(load_evidence(), "hope")))
    Hope: of 7 effects 1 outlying, 1 influential
    """
    require_effects(effects, "examine_influence")
    method, ci, level = model_choices(method, ci, level)
    frame = effects.frame
    if len(frame) < FEWEST_EFFECTS:
        raise NotEstimableError(TOO_FEW.format(outcome=effects.outcome_label, effects=count(len(frame), "effect")))
    return Influence(
        outcome=effects.outcome,
        measure=effects.measure,
        method=method,
        ci=ci,
        level=level,
        fit=influence(frame["yi"], frame["vi"], method=method, ci=ci, level=level),
        without=leave_one_out(effects, method=method, ci=ci, level=level),
        effects=effects,
    )
