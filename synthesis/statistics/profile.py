"""Profile-likelihood intervals: how far a parameter may move before the likelihood falls too low."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthesis.statistics.distributions import chi2_quantile

# A bracket that doubles so often has run past any effect there is.
MOST_DOUBLINGS = 60


def profile_interval(
    drop: Callable[[float], float], estimate: float, step: float, *, level: float, floor: float = -np.inf
) -> tuple[float, float]:
    r"""Find where twice the fall of the profile log-likelihood reaches the quantile of chi-square on one degree.

    Parameters
    ----------
    drop : callable
        Twice the log-likelihood at its maximum less that with the parameter held at a value, the others at their best.
    estimate : float
        Where it is nought.
    step : float
        A first guess of how far the ends are; positive.
    level : float
        Confidence level.
    floor : float
        Where the parameter ends, as a variance does at 0: the lower end, where the fall is not reached above it.

    Returns
    -------
    tuple of float
        Lower and upper end, those nearest to the estimate; infinite where the likelihood never falls so low.

    Notes
    -----
    The interval is :math:`\{\theta : 2(\ell(\hat\theta) - \ell_p(\theta)) \le \chi^2_{1, level}\}`
    [hardy1996likelihood]. The square root of the fall is nearly linear, so few evaluations find it.
    """
    target = float(np.sqrt(chi2_quantile(level, 1)))

    def beyond(value: float) -> float:
        return float(np.sqrt(max(drop(value), 0.0))) - target

    return _end(beyond, estimate, -step, floor), _end(beyond, estimate, step, floor)


def _end(beyond: Callable[[float], float], estimate: float, step: float, floor: float) -> float:
    from scipy.optimize import brentq

    inner, outer = estimate, estimate
    for _ in range(MOST_DOUBLINGS):
        outer = max(outer + step, floor) if step < 0 else outer + step
        reached = beyond(outer)
        if reached > 0:
            return float(brentq(beyond, inner, outer, xtol=1e-11 * max(1.0, abs(estimate)), rtol=1e-12))
        if outer == floor:
            return floor
        inner, step = outer, 2 * step
    return float(np.copysign(np.inf, step))
