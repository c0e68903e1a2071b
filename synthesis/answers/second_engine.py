"""A pool fitted a second time, by PyMARE: what two programs that share no code agree on is not a slip of either."""

from __future__ import annotations

import numpy as np

from synthesis.answers.pooling import PooledEffect, pool
from synthesis.choices import is_of_events
from synthesis.errors import EnginesDisagreeError
from synthesis.statistics.kernels import log_likelihood
from synthesis.statistics.measures import MEASURES
from synthesis.wording import number

# How far apart two engines may be, in units of the standard error and of the typical variance: PyMARE's own search is
# right to about half of it.
AGREED = 1e-7
AGREES = "PyMARE, which shares no code with this package, gives the same estimate, standard error and τ²."
LESS_LIKELY = (
    "PyMARE stops at another τ² ({theirs}, not {ours}), where the likelihood has a second, lower peak: its estimate is "
    "{estimate}. The one above stands at the highest."
)
APART = (
    "Two programs disagree on the pool of {outcome} by {method}: this package has an estimate of {estimate:.9g} with "
    "τ² {tau2:.9g} on the scale of the analysis, PyMARE {other:.9g} with τ² {other_tau2:.9g}. One of them is wrong, so "
    "nothing is reported; please open an issue with the data."
)


def confirm_by_pymare(pooled: PooledEffect) -> str:
    """Fit a pool again by PyMARE and say that it agrees.

    Parameters
    ----------
    pooled : PooledEffect

    Returns
    -------
    str
        Empty for what PyMARE does not fit: one effect, pools of events, and Paule-Mandel, whose tau2 it lacks.

    Raises
    ------
    EnginesDisagreeError
        Where estimate, standard error or tau2 differ by more than 1e-7 of the standard error, or of tau2 plus the mean
        sampling variance, and PyMARE's tau2 is at least as likely.

    Examples
    --------
    >>> print(confirm_by_pymare(pooled))
    PyMARE, which shares no code with this package, gives the same estimate, standard error and τ².
    """
    if pooled.k < 2 or is_of_events(pooled.method) or pooled.method == "PM":
        return ""
    other = pool(pooled.effects, method=pooled.method, ci=pooled.ci, level=pooled.level, engine="pymare")
    yi, vi = (pooled.effects.frame[name].to_numpy(float)[:, None] for name in ("yi", "vi"))
    scale = {"estimate": pooled.se, "se": pooled.se, "tau2": pooled.tau2 + float(vi.mean())}
    if all(abs(getattr(pooled, name) - getattr(other, name)) <= AGREED * unit for name, unit in scale.items()):
        return AGREES
    if pooled.method in ("REML", "ML"):
        both = np.array([pooled.tau2, other.tau2])
        ours, theirs = log_likelihood(
            np.repeat(yi, 2, axis=1), np.repeat(vi, 2, axis=1), np.ones_like(yi), both, method=pooled.method
        )
        if ours > theirs + AGREED:
            both = {"theirs": number(other.tau2, 4), "ours": number(pooled.tau2, 4)}
            return LESS_LIKELY.format(**both, estimate=MEASURES[pooled.measure].text(other.estimate))
    numbers = {"estimate": pooled.estimate, "tau2": pooled.tau2, "other": other.estimate, "other_tau2": other.tau2}
    raise EnginesDisagreeError(APART.format(outcome=pooled.effects.outcome_label, method=pooled.method, **numbers))
