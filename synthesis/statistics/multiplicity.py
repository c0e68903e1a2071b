"""Several tests read together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def holm(pvals: ArrayLike) -> np.ndarray:
    """Return Holm's adjusted p values, which keep the level over all tests however they hang together.

    Parameters
    ----------
    pvals : array_like, shape (m,)
        nan for a test that was not done: it counts nowhere and stays nan. A declared test that could not be done
        counts with p = 1.

    Returns
    -------
    numpy.ndarray, shape (m,)
        max over j <= i of (m - j + 1) p_(j), at most 1 [holm1979simple]; as R's `p.adjust`.
    """
    p = np.asarray(pvals, float)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = (len(order) - np.arange(len(order))) * p[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
