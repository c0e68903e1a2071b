"""Results without a usable number that say whom they favour, or that no difference was found: an interval each.

Such a report says where its effect lay: within so many standard errors of nought, or beyond them. The standard error
is that of the numbers of people, as of a standardised mean difference near nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.effects.effects import Effects
from synthesis.effects.selection import select_rows, times_used
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.statistics.measures import design_effect

SIDES = ("intervention", "comparator")
# Kinds of reasons under which a result has no usable number.
WITHOUT_NUMBER = ("without_numbers", "not_convertible")
# The threshold of an effect, in its standard errors: where two-sided 5% lies; that of 10% as a sensitivity.
THRESHOLD, SENSITIVITY = 1.96, 1.64
# A time point at which a comparison's results are averaged has no rule for one that has no number.
INSTEAD_OF_ALL = "longest"

ONLY_SMD = (
    "Results that only say a direction are read as standardised mean differences, whose standard error follows from "
    "the numbers of people; that of {measure} does not. Ask for the measure SMD."
)
UNSETTLED = "Which direction of {outcome} is better is not settled, so a result that favours a side has no sign."


class Aside(NamedTuple):
    """Why a result that says a direction is left aside, after a number of results."""

    counted: str


ASIDE = {
    "in_pool": Aside("of comparisons, or with an arm, already in the pool by a number"),
    "crossover": Aside("of crossover trials, whose test was paired"),
    "cluster_size_unknown": Aside("of cluster trials whose cluster size is not reported"),
    "sizes_unknown": Aside("of trials that do not say how many people there were"),
    "not_selected": Aside("at another time point or on another instrument"),
}
COLUMNS = """
    trial label instrument timepoint_months intervention_arm comparator_arm reported_direction
    n_intervention n_comparator n sizes design_effect sei vi shared file row
""".split()


@dataclass(frozen=True, eq=False)
class DirectionOnly:
    """What results without usable numbers say.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a comparison that no pooled effect stands for: `reported_direction`; `n`, the people of the two arms;
        `sizes` (arms: both are reported; trial: only the trial's); `design_effect`; `sei`, the standard error its test
        was made with, sqrt(design effect (1/n1 + 1/n2)), or sqrt(design effect 4/n); `vi`, the variance of what it adds
        to the others, larger than sei squared where comparisons share an arm (`shared`), whose people count once.
    aside : pandas.DataFrame
        The other results that say a direction, each with its `cause`, a code of `ASIDE`.
    """

    frame: pd.DataFrame
    aside: pd.DataFrame

    def bounds(self, threshold: float = THRESHOLD) -> tuple[np.ndarray, np.ndarray]:
        """Return the bounds of each benefit, shape (k,) each: within, above or below so many standard errors."""
        reach = threshold * self.frame["sei"].to_numpy(float)
        says = self.frame["reported_direction"].to_numpy()
        lower = np.where(says == "favours_intervention", reach, np.where(says == "no_difference", -reach, -np.inf))
        upper = np.where(says == "favours_comparator", -reach, np.where(says == "no_difference", reach, np.inf))
        return lower, upper

    def left_aside(self) -> dict[str, int]:
        """Count the results that were left aside, by code of `ASIDE`."""
        counts = self.aside["cause"].value_counts()
        return {code: int(counts[code]) for code in ASIDE if counts.get(code, 0)}


def direction_only(effects: Effects, evidence: Evidence) -> DirectionOnly:
    """Gather the results of an outcome that say a direction and give no usable number.

    Parameters
    ----------
    effects : Effects
        From `compute_effects`: what is pooled, and what was left out.
    evidence : Evidence
        What they were computed from.

    Returns
    -------
    DirectionOnly
        One result a comparison, chosen as the pool's are: time point, then instrument. A comparison that is in the pool
        by a number, or shares an arm with one that is, never enters a second time.

    Raises
    ------
    NotEstimableError
        For another measure than SMD, and for an outcome whose direction is not settled.
    """
    if effects.measure != "SMD":
        raise NotEstimableError(ONLY_SMD.format(measure=effects.measure))
    if not effects.is_settled:
        raise NotEstimableError(UNSETTLED.format(outcome=effects.outcome_label))
    left = effects.left_out
    said = left[left["kind"].isin(WITHOUT_NUMBER) & left["reported_direction"].ne("")]
    rows = said.assign(outcome=effects.outcome, **_sizes(said, evidence))
    cluster = rows["design"].eq("cluster").to_numpy()
    inflation = np.where(cluster, design_effect(rows["cluster_size"], rows["icc"]), 1.0)
    rows["design_effect"] = inflation
    causes = {
        "in_pool": _meets_the_pool(rows, effects.frame),
        "crossover": rows["design"].eq("crossover").to_numpy(),
        "cluster_size_unknown": np.isnan(inflation),
        "sizes_unknown": ~(rows["n"] > 0).to_numpy(),
    }
    cause = np.select(list(causes.values()), list(causes), default="").astype(object)
    usable = rows[cause == ""]
    rule = INSTEAD_OF_ALL if effects.timepoint == "all" else effects.timepoint
    chosen = select_rows(usable, evidence.codebook, rule) if len(usable) else usable
    aside = rows.assign(cause=np.where(cause == "", "not_selected", cause)).drop(index=chosen.index)
    return DirectionOnly(
        _with_variances(chosen)[COLUMNS].reset_index(drop=True),
        aside[["trial", "label", "instrument", "timepoint_months", "reported_direction", "cause", "file", "row"]]
        .astype({"cause": "str"})
        .reset_index(drop=True),
    )


def _sizes(rows: pd.DataFrame, evidence: Evidence) -> dict[str, Any]:
    """Return the people of each comparison: of its arms, else two arms' share of the trial's."""
    n1, n2 = (rows[f"n_{side}"].to_numpy(float) for side in SIDES)
    trials = dict(zip(evidence.trials["trial"], evidence.trials["n_randomised"], strict=True))
    arms = evidence.arms["trial"].value_counts()
    whole = np.array([trials[trial] for trial in rows["trial"]], float)
    share = np.array([min(1.0, 2 / arms.get(trial, 2)) for trial in rows["trial"]], float)
    known = (n1 > 0) & (n2 > 0)
    return {"n": np.where(known, n1 + n2, share * whole), "sizes": np.where(known, "arms", "trial")}


def _meets_the_pool(rows: pd.DataFrame, pooled: pd.DataFrame) -> np.ndarray:
    """Say which comparisons have an arm that a pooled effect of their trial has."""
    used = {(trial, arm) for side in SIDES for trial, arm in zip(pooled["trial"], pooled[f"{side}_arm"], strict=True)}
    return np.array(
        [
            (trial, one) in used or (trial, other) in used
            for trial, one, other in zip(rows["trial"], rows["intervention_arm"], rows["comparator_arm"], strict=True)
        ],
        dtype=bool,
    )


def _with_variances(rows: pd.DataFrame) -> pd.DataFrame:
    """Give results the standard error of their test, and their variance with shared arms divided among them."""
    uses = [times_used(rows, side).to_numpy(float) for side in SIDES]
    sizes = [rows[f"n_{side}"].to_numpy(float) for side in SIDES]
    half = rows["n"].to_numpy(float) / 2
    parts = [np.where(rows["sizes"].eq("arms"), size, half) for size in sizes]
    inflation = rows["design_effect"].to_numpy(float)
    variance = inflation * (1 / parts[0] + 1 / parts[1])
    return rows.assign(
        sei=np.sqrt(variance),
        vi=inflation * (uses[0] / parts[0] + uses[1] / parts[1]),
        shared=(uses[0] > 1) | (uses[1] > 1),
    )
