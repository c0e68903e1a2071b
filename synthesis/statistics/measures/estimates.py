"""What every formula of this package returns."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Estimates:
    """Effects on the analysis scale (log for ratios), intervention minus comparator, with their sampling variances.

    Attributes
    ----------
    yi, vi : numpy.ndarray, shape (k,)
        nan in both where the numbers given do not determine an effect.
    """

    yi: NDArray
    vi: NDArray
