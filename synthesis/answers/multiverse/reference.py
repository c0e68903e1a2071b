"""What chance would make of the whole curve: trials' scores exchanged, or the signs of their effects turned.

The method of specification curve analysis [simonsohn2020specification]. The same arrangement is given to every
specification at once, so that what they share they go on sharing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.multiverse.chunks import ABOVE, BELOW, MEDIAN
from synthesis.results import Result
from synthesis.statistics.permutation import TIE


@dataclass(frozen=True, eq=False)
class Reference(Result):
    """The middle estimate and the share of intervals beside 0, against arrangements in which nothing is to be found.

    Attributes
    ----------
    median, share : float
        Of the data: the middle estimate; the share of specifications whose interval lies on one side of 0, the side
        with more of them.
    pval_median, pval_share : float
        How often an arrangement has a middle as far from 0, or a share as large, the data's own counted
        [phipson2010permutation].
    pval_median_se, pval_share_se : float
        Their Monte-Carlo standard errors.
    permutations, seed : int
    medians, shares : numpy.ndarray
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
    pval_median: float
    pval_share: float
    pval_median_se: float
    pval_share_se: float
    permutations: int
    seed: int
    medians: np.ndarray
    shares: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return a row an arrangement."""
        return pd.DataFrame({"median": self.medians, "share": self.shares})

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers."""
        names = "median share pval_median pval_median_se pval_share pval_share_se permutations seed".split()
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return f"p {self.pval_median:.3g} (middle), {self.pval_share:.3g} (share), {self.permutations:,} arrangements"


def reference_of(found: np.ndarray, seed: int) -> Reference:
    """Compare the first arrangement, which is that of the data, with the others.

    Parameters
    ----------
    found : numpy.ndarray, shape (permutations + 1, 3)
        Middle estimate and shares above and below 0 of each.
    seed : int
    """
    medians, shares = found[:, MEDIAN], found[:, [ABOVE, BELOW]].max(axis=1)
    usable = ~np.isnan(medians)
    m = int(usable[1:].sum())
    pvals = []
    for values in (np.abs(medians), shares):
        extreme = int((values[1:][usable[1:]] >= values[0] * (1 - TIE)).sum())
        pvals.append((extreme + 1) / (m + 1) if usable[0] else np.nan)
    errors = [float(np.sqrt(p * (1 - p) / m)) if m else np.nan for p in pvals]
    own = (float(medians[0]), float(shares[0]), pvals[0], pvals[1], errors[0], errors[1])
    return Reference(*own, permutations=m, seed=seed, medians=medians[1:], shares=shares[1:])
