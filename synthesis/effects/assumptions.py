"""What had to be assumed to get from print to effect: a code each, with its words and what follows from it.

Frames carry tuples of these codes. What is counted, left out or marked is decided by them; `note` is their wording,
made for people and read by nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from synthesis.effects.columns import objects
from synthesis.statistics.measures import change_sd_ratio, residual_sd_ratio

Codes = tuple[str, ...]


class Assumption(NamedTuple):
    """One thing that was assumed.

    Attributes
    ----------
    says : str
        In words; `{gaps}` are filled from the columns of the effect's row.
    indirect : bool
        Whether the effect was worked out from a test or an adjusted estimate, and not from figures of the arms.
    sd_ratio : callable or None
        Of an SMD that rests on another SD than the one between people: a correlation to that SD's share of it.
    brought : str
        The code to say that the SMD was brought to the SD between people.
    """

    says: str
    indirect: bool = False
    sd_ratio: Callable[[float], np.ndarray] | None = None
    brought: str = ""


ASSUMPTIONS = {
    "randomised_stand_in": Assumption("numbers randomised stand in for numbers analysed"),
    "sd_of_changes": Assumption(
        "standardised by the SD of changes from baseline", sd_ratio=change_sd_ratio, brought="sd_of_changes_brought"
    ),
    "sd_of_changes_brought": Assumption(
        "multiplied by {sd_ratio:.2f} to rest on the SD between people (r = {adjusted_r:g} with the baseline, assumed)"
    ),
    "ratio_of_changes": Assumption("ratio of changes from baseline"),
    "half_added": Assumption("one half added to each cell, because a cell is zero"),
    "half_in_variance": Assumption("one half added to each cell for the variance alone, because a cell is zero"),
    "odds_ratio_as_smd": Assumption("odds ratio turned into an SMD"),
    "own_sd": Assumption("mean difference standardised by the row's own SDs"),
    "implied_sd": Assumption("mean difference standardised by the SD its standard error implies", indirect=True),
    # An adjusted model's standard error implies the residual SD, which is smaller than the SD between people.
    "residual_sd": Assumption(
        "standardised by the residual SD of an adjusted model, which makes the SMD too large rather than too small",
        indirect=True,
        sd_ratio=residual_sd_ratio,
        brought="residual_sd_brought",
    ),
    "residual_sd_brought": Assumption(
        "multiplied by {sd_ratio:.2f} to rest on the SD between people (r = {adjusted_r:g} with what was adjusted for, "
        "assumed)"
    ),
    "scale_unsettled": Assumption("which direction of its scale is better is not settled, so it is taken as printed"),
    "z_as_t": Assumption("z read as t"),
    "chi2_as_t2": Assumption("chi-square read as t squared"),
    "interval_by_t": Assumption("standard error from the interval by t, as of a small trial"),
    "df_printed": Assumption("degrees of freedom as printed"),
    "adjusted_preferred": Assumption("the adjusted estimate preferred to the arms' final means"),
    "se_from_statistic": Assumption("standard error from the test statistic"),
    "se_from_p": Assumption("standard error from the p value"),
    "clusters_modelled": Assumption("the printed analysis allowed for the clusters"),
    "first_period": Assumption("first period of a crossover trial"),
    "paired": Assumption("paired estimate of a crossover trial"),
    "icc_reported": Assumption(
        "design effect {design_effect:.2f} (clusters of {cluster_size:g}, intracluster correlation {icc:g} reported)"
    ),
    "icc_assumed": Assumption(
        "design effect {design_effect:.2f} (clusters of {cluster_size:g}, intracluster correlation {icc:g} assumed)"
    ),
    "cluster_size_borrowed": Assumption("cluster size as on the trial's other rows"),
    "arm_divided": Assumption("an arm used by several comparisons is divided among them"),
    "averaged": Assumption("mean of {results:g} results of the comparison, correlation {rho:g} assumed"),
}


# Columns of a row that the sentences' gaps name.
FIGURES = ("design_effect", "cluster_size", "icc", "sd_ratio", "adjusted_r")


def has(codes: Iterable[Codes], *wanted: str) -> np.ndarray:
    """Say for each row's codes whether any of those wanted is among them; shape (k,), bool."""
    return np.array([any(code in own for code in wanted) for own in codes], dtype=bool)


def coded(flags: Mapping[str, np.ndarray], k: int) -> np.ndarray:
    """Return each row's tuple of the codes whose flag is set, in the order of the flags.

    Parameters
    ----------
    flags : mapping of str to numpy.ndarray of bool, shape (k,)
    k : int

    Returns
    -------
    numpy.ndarray of tuple, shape (k,)
    """
    set_ = {code: flag for code, flag in flags.items() if np.any(flag)}
    return objects([tuple(code for code, flag in set_.items() if flag[i]) for i in range(k)])


def joined(first: Iterable[Codes], second: Iterable[Codes]) -> np.ndarray:
    """Return the codes of both, row by row, each once; shape (k,)."""
    return objects([tuple(dict.fromkeys((*a, *b))) for a, b in zip(first, second, strict=True)])


def in_words(rows: pd.DataFrame) -> pd.Series:
    """Say the assumptions of each row, with the row's own figures in the gaps."""
    figures = rows[list(FIGURES)].to_dict("records")
    texts = [
        "; ".join(ASSUMPTIONS[code].says.format_map(own) for code in codes)
        for codes, own in zip(rows["assumptions"], figures, strict=True)
    ]
    return pd.Series(texts, rows.index, dtype="str")
