"""What chance would make of the whole curve: trials' scores exchanged, or the signs of their effects turned.

The method of specification curve analysis [simonsohn2020specification]. The same arrangement is given to every
specification at once, so that what they share they go on sharing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.multiverse.chunks import ABOVE, BELOW, MEDIAN, STRONGEST
from synthesis.results import Result
from synthesis.statistics.permutation import TIE

TESTED = ("median", "share", "strongest")


@dataclass(frozen=True, eq=False)
class Reference(Result):
    """The middle, the share of intervals beside 0 and the strongest, against arrangements where nothing is to be found.

    Attributes
    ----------
    median, share : float
        Of the data: the middle estimate; the share of specifications whose interval lies on one side of 0, the side
        with more of them.
    strongest : float
        Of the single specification furthest from 0: how many halves of its interval it is away; nan of a joint model.
    pval_median, pval_share, pval_strongest : float
        How often an arrangement has a middle as far from 0, a share as large, or any specification as far from 0, the
        data's own counted [phipson2010permutation]. The last is corrected for the choice among all specifications
        [westfall1993resampling].
    pval_median_se, pval_share_se, pval_strongest_se : float
        Their Monte-Carlo standard errors.
    permutations, seed : int
    medians, shares, furthest : numpy.ndarray
        Of the arrangements.

    Examples
    --------
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=19)
    >>> reference = space.run(workers=1).reference()
    >>> print(reference)
    p 0.05 (middle), 0.05 (share), 19 arrangements
    """

    median: float
    share: float
    strongest: float
    pval_median: float
    pval_share: float
    pval_strongest: float
    pval_median_se: float
    pval_share_se: float
    pval_strongest_se: float
    permutations: int
    seed: int
    medians: np.ndarray
    shares: np.ndarray
    furthest: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return a row an arrangement."""
        return pd.DataFrame({"median": self.medians, "share": self.shares, "strongest": self.furthest})

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers."""
        tested = [name for which in TESTED for name in (which, f"pval_{which}", f"pval_{which}_se")]
        return {name: getattr(self, name) for name in (*tested, "permutations", "seed")}

    def __str__(self) -> str:
        return f"p {self.pval_median:.3g} (middle), {self.pval_share:.3g} (share), {self.permutations:,} arrangements"


def reference_of(found: np.ndarray, seed: int) -> Reference:
    """Compare the first arrangement, which is that of the data, with the others.

    Parameters
    ----------
    found : numpy.ndarray, shape (permutations + 1, 4)
        Middle estimate, shares above and below 0, and the strongest of each.
    seed : int
    """
    values = {
        "median": found[:, MEDIAN],
        "share": found[:, [ABOVE, BELOW]].max(axis=1),
        "strongest": found[:, STRONGEST],
    }
    usable = ~np.isnan(values["median"])
    m = int(usable[1:].sum())
    numbers: dict[str, float] = {}
    for name, own in values.items():
        extreme = int((np.abs(own[1:][usable[1:]]) >= np.abs(own[0]) * (1 - TIE)).sum())
        p = (extreme + 1) / (m + 1) if not np.isnan(own[0]) else np.nan
        numbers |= {name: float(own[0]), f"pval_{name}": p}
        numbers[f"pval_{name}_se"] = float(np.sqrt(p * (1 - p) / m)) if m else np.nan
    drawn = {"medians": "median", "shares": "share", "furthest": "strongest"}
    arrays = {name: values[own][1:] for name, own in drawn.items()}
    return Reference(**numbers, permutations=m, seed=seed, **arrays)
