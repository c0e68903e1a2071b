"""A pool that allows for selection by p value: a step function of the one-sided p, estimated with the effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from synthesis.choices import LEVEL, chosen
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.distributions import chi2_tail, normal_quantile, normal_tail
from synthesis.statistics.given import effects_of
from synthesis.statistics.models import estimate_tau2

Alternative = Literal["greater", "less"]

STEPS = (0.025,)
# metafor's bound: how many times likelier than with a significant result a trial may be to be seen.
MOST_DELTA = 100.0
# A p value this close to a cut, relatively, is at it; rounding would decide otherwise.
AT_CUT = 1e-9
# A weight this close to its end stands at it.
AT_END = 1e-6
# Where the search may start, in all combinations: the mean moved by so many standard errors, shares of the effects'
# variance, weights. The likelihood often has several peaks; one climb starts from the best place of each variance.
SHIFTS = (-4.0, -2.5, -1.0, 0.0, 1.5)
SHARES = (0.0, 0.1, 0.4, 1.0)
WEIGHTS = (0.02, 0.1, 0.4, 1.0, 4.0)
MOST_FREE = 2  # weights in all combinations; more start at 1
MOST_STEPS = 60
# What is divided by, or has its logarithm taken, is no smaller, so that a step to the end of a range is not a fault.
LEAST = 1e-100
NO_STEP = "steps is {steps!r}; it must be one or more p values that rise between 0 and 1, such as (0.025, 0.5)."
EMPTY = (
    "No effect has a one-sided p value from {low:g} to {high:g}, so nothing tells how likely one is to be seen; leave "
    "out the step at {step:g}."
)
TOO_FEW = "{k} effects cannot carry a mean, a heterogeneity variance and {weights}."


@dataclass(frozen=True, eq=False)
class SelectionFit:
    """A random-effects pool of effects that were seen with a likelihood that depends on their p value.

    Attributes
    ----------
    estimate, se, ci_lb, ci_ub, pval : float
        Mean of all trials, those not seen included, with the normal interval and test.
    tau2, tau2_se : float
        `tau2_se` is nan where tau2 is 0.
    delta, delta_se : numpy.ndarray, shape (s + 1,)
        How likely a trial is to be seen in each interval of p, relative to the first, which is 1.
    LRT, LRT_df, LRT_pval : float
        Likelihood-ratio test of no selection, every delta 1.
    steps : tuple of float
        Where the intervals end; the last ends at 1.
    counts : numpy.ndarray of int, shape (s + 1,)
        Effects in each interval.
    at_end : numpy.ndarray of bool, shape (s + 1,)
        Whether a delta ran to the end of its range, 0 or 100: the data do not settle it.
    alternative : {"greater", "less"}

    Examples
    --------
    >>> fit = selection_model([0.6, 0.4, 0.3, 0.2, 0.1], [0.04, 0.04, 0.04, 0.02, 0.01])
    >>> print(f"{fit.estimate:.2f}, p of the selection {fit.LRT_pval:.2f}")
    0.20, p of the selection 0.75
    """

    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    pval: float
    tau2: float
    tau2_se: float
    delta: np.ndarray
    delta_se: np.ndarray
    LRT: float
    LRT_df: int
    LRT_pval: float
    steps: tuple[float, ...]
    counts: np.ndarray
    at_end: np.ndarray
    alternative: str


def selection_model(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    steps: Sequence[float] = STEPS,
    alternative: Alternative = "greater",
    level: float = LEVEL,
) -> SelectionFit:
    r"""Fit a step-function selection model by maximum likelihood.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    steps : sequence of float
        Cuts of the one-sided p value, rising, between 0 and 1. One cut at .025 is the three-parameter model.
    alternative : {"greater", "less"}
        Which side the small p values are on: `greater` where positive effects are those that are wanted.
    level : float
        Confidence level.

    Returns
    -------
    SelectionFit

    Raises
    ------
    InputError
        For arrays or steps that cannot be.
    NotEstimableError
        Where an interval of p holds no effect (metafor stops too), or the effects are too few.
    ChoiceError
        For an alternative that does not exist.

    Notes
    -----
    .. math::
        f(y_i) = \frac{\delta_{g(p_i)}\, \phi((y_i - \mu) / \sqrt{v_i + \tau^2}) / \sqrt{v_i + \tau^2}}
                      {\sum_j \delta_j P_{ij}(\mu, \tau^2)}, \qquad \delta_1 = 1

    with :math:`P_{ij}` the probability that trial i has a p value in interval j [hedges1992modeling, vevea1995general].
    As metafor's `selmodel(type="stepfun")`, deltas from 0 to 100. Standard errors from the observed information of
    what is not at an end of its range: metafor also differentiates at tau2 = 0, where ours takes tau2 as given.

    Examples
    --------
    >>> found = selection_model([0.6, 0.5, 0.45, 0.1, 0.02, 0.3], [0.04, 0.06, 0.04, 0.03, 0.01, 0.04])
    >>> print(round(found.estimate, 2), found.delta.round(2), found.counts)
    0.06 [1.   0.06] [3 3]
    """
    alternative = chosen("alternative", alternative, ("greater", "less"))
    y, v = effects_of(yi, vi)
    if isinstance(level, bool) or not 0 < level < 1:
        raise InputError(f"level is {level!r}; it must be between 0 and 1, such as 0.95.")
    cuts = _cuts(steps)
    # In units of a typical standard error, so that the search does not depend on those of the effects.
    unit = float(np.sqrt(np.mean(v))) * (1.0 if alternative == "greater" else -1.0)
    data = _Selected(y / unit, v / unit**2, cuts)
    _check_intervals(data, cuts)
    theta = _highest([_climb(data, start) for start in _starts(data)], data)
    se = _standard_errors(data, theta)
    se[:2] *= abs(unit), unit**2
    unselected = _unselected(data)
    LRT = max(0.0, 2 * (data.log_likelihood(theta) - unselected))
    half = float(normal_quantile(0.5 + level / 2)) * se[0]
    estimate = float(unit * theta[0])
    at_end = np.array([False, *((theta[2:] <= AT_END) | (theta[2:] >= MOST_DELTA - AT_END))])
    return SelectionFit(
        estimate=estimate,
        se=float(se[0]),
        ci_lb=estimate - half,
        ci_ub=estimate + half,
        pval=float(2 * normal_tail(abs(estimate / se[0]))),
        tau2=float(unit**2 * theta[1]),
        tau2_se=float(se[1]),
        delta=np.array([1.0, *theta[2:]]),
        delta_se=np.array([np.nan, *se[2:]]),
        LRT=LRT,
        LRT_df=len(cuts),
        LRT_pval=float(chi2_tail(LRT, len(cuts))),
        steps=(*cuts, 1.0),
        counts=data.counts,
        at_end=at_end,
        alternative=alternative,
    )


def _cuts(steps: Sequence[float]) -> tuple[float, ...]:
    try:
        cuts = [float(step) for step in np.atleast_1d(np.asarray(steps, dtype=float))]
    except (TypeError, ValueError):
        raise InputError(NO_STEP.format(steps=steps)) from None
    cuts = cuts[:-1] if cuts[-1:] == [1.0] else cuts
    if not cuts or not (np.diff([0.0, *cuts, 1.0]) > 0).all():
        raise InputError(NO_STEP.format(steps=steps))
    return tuple(cuts)


def _check_intervals(data: _Selected, cuts: tuple[float, ...]) -> None:
    """Refuse an interval of p in which there is no effect, and tables too small for so many numbers."""
    ends = (0.0, *cuts, 1.0)
    for j, n in enumerate(data.counts):
        if n == 0:
            raise NotEstimableError(EMPTY.format(low=ends[j], high=ends[j + 1], step=cuts[min(j, len(cuts) - 1)]))
    if len(data.y) < 2 + len(cuts):
        weights = "a weight of selection" if len(cuts) == 1 else f"{len(cuts)} weights of selection"
        raise NotEstimableError(TOO_FEW.format(k=len(data.y), weights=weights))


class _Selected:
    """The likelihood of theta = (mean, tau2, delta_2, ...): effects wanted to be positive, cut by one-sided p."""

    def __init__(self, y: np.ndarray, v: np.ndarray, cuts: tuple[float, ...]):
        self.y, self.v = y, v
        pvals = np.asarray(normal_tail(y / np.sqrt(v)))
        # A p value at a cut belongs below it, also where the effect was worked out from that very p.
        self.group = np.searchsorted(np.array(cuts), pvals * (1 - AT_CUT))
        self.counts = np.bincount(self.group, minlength=len(cuts) + 1)
        critical = -np.asarray(normal_quantile(np.array(cuts)))
        # The effect at which each p value passes each cut, shape (k, s); beyond the first lie the smallest p values.
        self.cut = critical * np.sqrt(v)[:, None]

    def _parts(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return variances (k,), standardised cuts (k, s), the probability of each interval and its sum by weight."""
        variance = self.v + theta[1]
        z = (self.cut - theta[0]) / np.sqrt(variance)[:, None]
        k = len(self.y)
        beyond = np.hstack([np.zeros((k, 1)), np.asarray(normal_tail(z)), np.ones((k, 1))])
        share = np.diff(beyond, axis=1)
        return variance, z, share, np.maximum(share @ np.array([1.0, *theta[2:]]), LEAST)

    def log_likelihood(self, theta: np.ndarray) -> float:
        variance, _, _, total = self._parts(theta)
        weight = np.log(np.maximum(np.array([1.0, *theta[2:]]), LEAST))
        own = -0.5 * (np.log(2 * np.pi * variance) + (self.y - theta[0]) ** 2 / variance)
        return float((own + weight[self.group] - np.log(total)).sum())

    def score(self, theta: np.ndarray) -> np.ndarray:
        """Return the gradient of the log likelihood."""
        variance, z, share, total = self._parts(theta)
        spread, delta = np.sqrt(variance), np.array([1.0, *theta[2:]])
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        # Each cut shifts probability from the interval above it to the one below: the weights differ by this much.
        jump = -np.diff(delta)
        in_mean = (density @ jump) / spread
        in_tau2 = ((density * z) @ jump) / (2 * variance)
        residual = self.y - theta[0]
        found = np.empty(len(theta))
        found[0] = (residual / variance - in_mean / total).sum()
        found[1] = (-0.5 / variance + 0.5 * residual**2 / variance**2 - in_tau2 / total).sum()
        found[2:] = self.counts[1:] / np.maximum(theta[2:], LEAST) - (share[:, 1:] / total[:, None]).sum(axis=0)
        return found

    def information(self, theta: np.ndarray) -> np.ndarray:
        """Return the observed information, by central differences of the gradient; tau2 may pass below 0 for it."""
        size = np.array([np.sqrt(self.v.min()), self.v.min(), *np.maximum(theta[2:], 1e-4)])
        steps = 1e-5 * size
        columns = [(self.score(theta + h) - self.score(theta - h)) / (2 * h.max()) for h in np.diag(steps)]
        return -0.5 * (np.array(columns) + np.array(columns).T)


def _starts(data: _Selected) -> list[np.ndarray]:
    """Return, for each share of the variance, the place from which the climb is shortest."""
    weights = list(product(WEIGHTS, repeat=min(len(data.counts) - 1, MOST_FREE)))
    rest = [1.0] * max(0, len(data.counts) - 1 - MOST_FREE)
    found = []
    for tau2 in np.var(data.y) * np.array(SHARES):
        w = 1 / (data.v + tau2)
        mean, se = w @ data.y / w.sum(), 1 / np.sqrt(w.sum())
        places = (np.array([mean + shift * se, tau2, *c, *rest]) for shift in SHIFTS for c in weights)
        found.append(max(places, key=data.log_likelihood))
    return found


def _bounds(data: _Selected) -> list[tuple[float | None, float]]:
    return [(None, None), (0.0, None), *[(0.0, MOST_DELTA)] * (len(data.counts) - 1)]  # type: ignore[list-item]


def _climb(data: _Selected, start: np.ndarray) -> np.ndarray:
    """Search from a start within the bounds, then settle by Newton's steps on what is inside them."""
    from scipy.optimize import minimize  # takes longer to import than most commands to answer

    found = minimize(
        lambda theta: -data.log_likelihood(theta),
        start,
        jac=lambda theta: -data.score(theta),
        method="L-BFGS-B",
        bounds=_bounds(data),
        options={"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-9},
    ).x
    theta = np.asarray(found, float)
    for _ in range(MOST_STEPS):
        free, gradient = _free(theta, data.score(theta)), data.score(theta)
        information = data.information(theta)[np.ix_(free, free)]
        if not free.any() or np.linalg.eigvalsh(information).min() <= 0:
            break
        step = np.zeros_like(theta)
        step[free] = np.linalg.solve(information, gradient[free])
        new = _inside(theta + step)
        if data.log_likelihood(new) < data.log_likelihood(theta) - 1e-10:
            break
        moved, theta = np.abs(new - theta).max(), new
        if moved < 1e-12 * (1 + np.abs(theta).max()):
            break
    return theta


def _inside(theta: np.ndarray) -> np.ndarray:
    theta = theta.copy()
    theta[1] = max(0.0, theta[1])
    theta[2:] = np.clip(theta[2:], 0.0, MOST_DELTA)
    return theta


def _free(theta: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Say which numbers are inside their range, or at an end that the likelihood pulls them away from."""
    free = np.ones(len(theta), bool)
    free[1] = theta[1] > 0 or gradient[1] > 0
    low, high = theta[2:] <= AT_END, theta[2:] >= MOST_DELTA - AT_END
    free[2:] = ~(low & (gradient[2:] <= 0)) & ~(high & (gradient[2:] >= 0))
    return free


def _highest(found: list[np.ndarray], data: _Selected) -> np.ndarray:
    return max(found, key=data.log_likelihood)


def _standard_errors(data: _Selected, theta: np.ndarray) -> np.ndarray:
    """Return the standard errors of what is inside its range; nan at an end, and where the likelihood is flat."""
    free = _free(theta, data.score(theta))
    se = np.full(len(theta), np.nan)
    information = data.information(theta)[np.ix_(free, free)]
    if np.linalg.eigvalsh(information).min() > 0:
        se[free] = np.sqrt(np.diag(np.linalg.inv(information)))
    return se


def _unselected(data: _Selected) -> float:
    """Return the highest log likelihood without selection."""
    tau2 = estimate_tau2(data.y, data.v, np.ones((len(data.y), 1)), method="ML")
    w = 1 / (data.v + tau2)
    return data.log_likelihood(np.array([w @ data.y / w.sum(), tau2, *np.ones(len(data.counts) - 1)]))
