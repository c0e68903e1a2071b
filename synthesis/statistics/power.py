"""What a design could have found: the smallest slope that a test at its standard error detects."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthesis.choices import LEVEL
from synthesis.kept import kept
from synthesis.statistics.distributions import chi2_quantile, normal_tail, t_quantile

POWER = 0.80
_QUANTILES = 20_000


@lru_cache(maxsize=1024)
@kept()
def detectable_slope(se: float, df: float, *, level: float = LEVEL, power: float = POWER, floor: bool = False) -> float:
    """Return the smallest slope a two-sided test at this standard error would find with the given power.

    Parameters
    ----------
    se : float
        Model-based standard error of the slope: it depends on the trials' variances, their spread of fidelity and the
        residual heterogeneity, not on the slope found.
    df : float
        Degrees of freedom of the t test; inf for the normal.
    floor : bool
        The test's standard error is never below `se` (`knapp-hartung-floor`), which costs power.

    Returns
    -------
    float
        The noncentrality at which the noncentral t test has the power, times `se` [hedges2004power].
    """
    from scipy.optimize import brentq  # takes longer to import than most commands to answer

    critical = t_quantile(0.5 + level / 2, df)
    # The noncentral t is a normal over an independent chi: average over the chi's quantiles. scipy's own noncentral t
    # gives nan for few degrees of freedom and large slopes.
    middle = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    scale = np.sqrt(chi2_quantile(middle, df) / df) if np.isfinite(df) else np.ones(1)
    threshold = critical * (np.maximum(scale, 1.0) if floor else scale)

    def excess(noncentrality: float) -> float:
        found = normal_tail(threshold - noncentrality) + normal_tail(threshold + noncentrality)
        return float(found.mean()) - power

    upper = critical
    while excess(upper) < 0:
        upper *= 2
    return float(se * brentq(excess, 0, upper))
