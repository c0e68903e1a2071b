r"""Ratings of arms by coders, for a Gibbs sampler: what was done, what is described, what coders make of it.

An arm truly does a component not at all, in part or fully (0, 1, 2); its report describes that or is silent; a coder
reads "silent", 0, 1 or 2. States of a cell are numbered as codes are: 0 silent, then 1 + rating. Every array has a
leading index of chains.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from synthesis.statistics.gibbs_effects import EffectsGiven
from synthesis.statistics.slices import bounded_slice, elliptical_slice

LEVELS, STATES = 3, 4
# In place of a code where a coder did not look, and of a state where nothing settles it.
NONE = -1
SMALLEST = 1e-300


@dataclass(frozen=True)
class Priors:
    """Priors of the measurement model.

    Attributes
    ----------
    discrimination_sd : float
        Of the log of a component's discrimination.
    threshold_sd : float
        Of the two thresholds of a component: two normal numbers in order.
    reporting_sd, arm_sd : float
        Of the log odds that a component is described, and of the half-normal spread of reports about it.
    right, wrong : float
        Of the Dirichlet prior of each row of a coder's confusion matrix: on its diagonal and beside it.
    """

    discrimination_sd: float = 0.5
    threshold_sd: float = 2.0
    reporting_sd: float = 2.0
    arm_sd: float = 1.0
    right: float = 12.0
    wrong: float = 1.0

    @property
    def confusion(self) -> np.ndarray:
        """The Dirichlet's parameters, shape (4, 4)."""
        return np.where(np.eye(STATES, dtype=bool), self.right, self.wrong)


@dataclass(frozen=True, eq=False)
class Coded:
    """What coders say.

    Attributes
    ----------
    codes : numpy.ndarray, shape (chains, arms, components, coders)
        0 silent, 1 + rating, or -1 where a coder did not look.
    settled : numpy.ndarray, shape (arms, components)
        The state that a consensus gives, of the same numbers; -1 where there is none.
    mechanism : numpy.ndarray, shape (components,)
        Whole numbers from 0.
    weights : numpy.ndarray, shape (components,)
        What a rating of 1 adds to the arm's score.
    delta : numpy.ndarray, shape (chains,)
        Change in the log odds of being described where the true rating is 0.
    priors : Priors
    """

    codes: np.ndarray
    settled: np.ndarray
    mechanism: np.ndarray
    weights: np.ndarray
    delta: np.ndarray
    priors: Priors

    @property
    def shape(self) -> tuple[int, int, int]:
        """Chains, arms and components."""
        return self.codes.shape[:3]

    @cached_property
    def allowed(self) -> np.ndarray:
        """Return 1 for each state that what is settled leaves open, shape (arms, components, states)."""
        return ((self.settled[..., None] == np.arange(STATES)) | (self.settled[..., None] == NONE)).astype(float)

    @cached_property
    def looked(self) -> list[np.ndarray]:
        """Return for each coder where the codes' chains, arms and components are."""
        return [np.nonzero(self.codes[..., coder] != NONE) for coder in range(self.codes.shape[3])]


@dataclass(eq=False)
class State:
    """Where the chains are.

    Attributes
    ----------
    z : numpy.ndarray, shape (chains, arms, components)
        True ratings.
    described : numpy.ndarray of bool, shape (chains, arms, components)
    theta : numpy.ndarray, shape (chains, arms, mechanisms)
    correlation : numpy.ndarray, shape (chains, mechanisms, mechanisms)
    items : numpy.ndarray, shape (chains, components, 3)
        Log discrimination and the two thresholds.
    reporting : numpy.ndarray, shape (chains, components)
    verbosity : numpy.ndarray, shape (chains, arms)
    spread : numpy.ndarray, shape (chains,)
        Of the verbosity of reports; only its size counts.
    confusion : numpy.ndarray, shape (chains, coders, states, codes)
    sd : numpy.ndarray, shape (chains, 2)
        tau and omega; only their sizes count.
    coefficients : numpy.ndarray, shape (chains, p)
        Averages of the outcomes and, last, the slope.
    """

    z: np.ndarray
    described: np.ndarray
    theta: np.ndarray
    correlation: np.ndarray
    items: np.ndarray
    reporting: np.ndarray
    verbosity: np.ndarray
    spread: np.ndarray
    confusion: np.ndarray
    sd: np.ndarray
    coefficients: np.ndarray

    def scores(self, weights: np.ndarray) -> np.ndarray:
        """Return the arms' scores, shape (chains, arms)."""
        return self.z @ weights


def start(coded: Coded, effects: EffectsGiven | None, rng: np.random.Generator) -> State:
    """Draw places to start from: the priors, with true ratings near what coders say."""
    priors, (chains, arms, components) = coded.priors, coded.shape
    mechanisms = int(coded.mechanism.max()) + 1
    items = rng.standard_normal((chains, components, 3)) * _item_sd(priors)
    items[..., 1:].sort(axis=-1)
    first = coded.codes.max(axis=3)
    guessed = rng.integers(0, LEVELS, coded.shape)
    guessed = np.where(first > 0, first - 1, guessed)
    described = first > 0
    known = coded.settled != NONE
    guessed = np.where(known & (coded.settled > 0), coded.settled - 1, guessed)
    described = np.where(known, coded.settled > 0, described)
    p = 0 if effects is None else len(effects.scales)
    scales = np.ones(p) if effects is None else effects.scales
    return State(
        z=guessed,
        described=described,
        theta=rng.standard_normal((chains, arms, mechanisms)),
        correlation=np.broadcast_to(np.eye(mechanisms), (chains, mechanisms, mechanisms)).copy(),
        items=items,
        reporting=rng.standard_normal((chains, components)) * priors.reporting_sd,
        verbosity=rng.standard_normal((chains, arms)) * priors.arm_sd,
        spread=rng.standard_normal(chains) * priors.arm_sd,
        confusion=_dirichlet(np.broadcast_to(priors.confusion, (chains, coded.codes.shape[3], STATES, STATES)), rng),
        sd=rng.standard_normal((chains, 2)) * (1.0 if effects is None else [effects.tau_sd, effects.omega_sd]),
        coefficients=rng.standard_normal((chains, p)) * scales,
    )


def sweep(state: State, coded: Coded, effects: EffectsGiven | None, rng: np.random.Generator) -> None:
    """Draw everything once from its full conditional, in place."""
    _draw_ratings(state, coded, effects, rng)
    _draw_traits(state, coded, rng)
    _draw_correlations(state, rng)
    _draw_items(state, coded, rng)
    _draw_reporting(state, coded, rng)
    _draw_confusion(state, coded, rng)
    if effects is not None:
        state.sd, state.coefficients = effects.draw(state.sd, state.scores(coded.weights), rng)


def graded(theta: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the probabilities of the lowest and of the highest rating [samejima1969].

    :math:`\mathrm{logit} P(z \ge m) = a \theta - k_m`; what is left is the middle's.

    Parameters
    ----------
    theta : numpy.ndarray, shape (chains, arms, components)
        Each component's trait.
    items : numpy.ndarray, shape (chains, components, 3)
    """
    reached = np.exp(items[:, None, :, 0]) * theta
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(reached - items[:, None, :, 1])), 1 / (1 + np.exp(items[:, None, :, 2] - reached))


def _log_graded(theta: np.ndarray, items: np.ndarray, z: np.ndarray) -> np.ndarray:
    lowest, highest = graded(theta, items)
    chosen = np.where(z == 0, lowest, np.where(z == LEVELS - 1, highest, 1 - lowest - highest))
    return np.log(np.maximum(chosen, SMALLEST))


def _draw_ratings(state: State, coded: Coded, effects: EffectsGiven | None, rng: np.random.Generator) -> None:
    """Draw what was done, whether it is described summed out, then whether it is described.

    P(z) is the graded response times the sum over both of "described" of its probability and of the coders' codes
    [dawid1979], times the likelihood of the effects, through the score. An arm's components move one after the other,
    and so do the arms of one trial; all trials move at once.
    """
    lowest, highest = graded(state.theta[:, :, coded.mechanism], state.items)
    done = np.stack([lowest, np.maximum(1 - lowest - highest, 0.0), highest], axis=-1)
    logit = (state.reporting[:, None, :] + state.verbosity[:, :, None])[..., None] + (
        coded.delta[:, None, None, None] * (np.arange(LEVELS) == 0)
    )
    said = 1 / (1 + np.exp(-logit))
    read = _read(state, coded)
    described, silent = said * read[..., 1:], (1 - said) * read[..., :1]
    likely = done * (described + silent)
    drawn = rng.random(coded.shape)
    if effects is None:
        state.z = _pick(likely, drawn)
    else:
        state.z = _pick_with_effects(likely, drawn, state, coded, effects)
    of_state = [np.take_along_axis(part, state.z[..., None], axis=3)[..., 0] for part in (described, silent)]
    state.described = rng.random(coded.shape) * (of_state[0] + of_state[1]) < of_state[0]


def _read(state: State, coded: Coded) -> np.ndarray:
    """Return the probability of the coders' codes in each state, shape (chains, arms, components, states)."""
    read = np.broadcast_to(coded.allowed, (*coded.shape, STATES)).copy()
    for coder, place in enumerate(coded.looked):
        of_code = state.confusion[:, coder].transpose(0, 2, 1)
        read[place] *= of_code[place[0], coded.codes[(*place, coder)]]
    return read


def _pick(likely: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Draw a rating with these probabilities (up to a factor) by a number between 0 and 1."""
    first, second = likely[..., 0], likely[..., 0] + likely[..., 1]
    height = drawn * (second + likely[..., 2])
    return (height >= first).astype(int) + (height >= second)


def _pick_with_effects(
    likely: np.ndarray, drawn: np.ndarray, state: State, coded: Coded, effects: EffectsGiven
) -> np.ndarray:
    z = _pick(likely, drawn)
    slope = state.coefficients[:, -1, None]
    tied = effects.arms_of.T
    inside = tied[tied >= 0]
    z[:, inside] = state.z[:, inside]
    g, h = effects.pull(state.sd, state.coefficients, z @ coded.weights)
    steps = np.arange(LEVELS)
    for component, weight in enumerate(coded.weights):
        for slot, arms in enumerate(tied):
            own = np.flatnonzero(arms >= 0)
            arm = arms[own]
            before = z[:, arm, component]
            moved = weight * (steps - before[..., None])
            change = slope[..., None] * moved
            logs = change * g[:, own, slot, None] - 0.5 * change**2 * h[:, own, slot, slot, None]
            chance = likely[:, arm, component] * np.exp(logs - logs.max(axis=-1, keepdims=True))
            after = _pick(chance, drawn[:, arm, component])
            z[:, arm, component] = after
            g[:, own] -= (slope * weight * (after - before))[..., None] * h[:, own, slot]
    return z


def _draw_traits(state: State, coded: Coded, rng: np.random.Generator) -> None:
    """Draw the traits of every arm by an elliptical slice: their prior is normal."""
    direction = (np.linalg.cholesky(state.correlation)[:, None] @ rng.standard_normal(state.theta.shape)[..., None])[
        ..., 0
    ]

    def logs(theta: np.ndarray) -> np.ndarray:
        return _log_graded(theta[:, :, coded.mechanism], state.items, state.z).sum(axis=2)

    state.theta = elliptical_slice(state.theta, direction, logs, rng)


def _draw_correlations(state: State, rng: np.random.Generator) -> None:
    """Draw each correlation of the traits by a slice; all matrices that can be are equally likely beforehand."""
    arms = state.theta.shape[1]
    crossed = state.theta.transpose(0, 2, 1) @ state.theta
    for first, second in combinations(range(state.theta.shape[2]), 2):

        def logs(value: np.ndarray, i: int = first, j: int = second) -> np.ndarray:
            matrix = state.correlation.copy()
            matrix[:, i, j] = matrix[:, j, i] = value
            smallest = np.linalg.eigvalsh(matrix)[:, 0]
            matrix[smallest <= 0] = np.eye(matrix.shape[1])
            _, size = np.linalg.slogdet(matrix)
            inside = (np.linalg.inv(matrix) * crossed).sum(axis=(1, 2))
            return np.where(smallest > 0, -0.5 * (arms * size + inside), -np.inf)

        value = bounded_slice(state.correlation[:, first, second], -1.0, 1.0, logs, rng)
        state.correlation[:, first, second] = state.correlation[:, second, first] = value


def _draw_items(state: State, coded: Coded, rng: np.random.Generator) -> None:
    """Draw every component's discrimination and thresholds by an elliptical slice, thresholds in order."""
    theta = state.theta[:, :, coded.mechanism]

    def logs(items: np.ndarray) -> np.ndarray:
        found = _log_graded(theta, items, state.z).sum(axis=1)
        return np.where(items[..., 1] < items[..., 2], found, -np.inf)

    direction = rng.standard_normal(state.items.shape) * _item_sd(coded.priors)
    state.items = elliptical_slice(state.items, direction, logs, rng)


def _draw_reporting(state: State, coded: Coded, rng: np.random.Generator) -> None:
    """Draw how readily components are described, how much reports say, and how much they differ in that.

    A constant that is added to all components and taken off all reports changes no likelihood: it is drawn too.
    """
    priors, (chains, arms, components) = coded.priors, coded.shape
    absent = coded.delta[:, None, None] * (state.z == 0)
    sign = np.where(state.described, -1.0, 1.0)

    def logs(reporting: np.ndarray, verbosity: np.ndarray) -> np.ndarray:
        return -np.logaddexp(0, sign * (reporting[:, None, :] + verbosity[:, :, None] + absent))

    at, own = state.reporting[..., None], rng.standard_normal((chains, components, 1)) * priors.reporting_sd
    state.reporting = elliptical_slice(at, own, lambda new: logs(new[..., 0], state.verbosity).sum(axis=1), rng)[..., 0]
    at = state.verbosity[..., None]
    own = rng.standard_normal((chains, arms, 1)) * state.spread[:, None, None]
    state.verbosity = elliptical_slice(at, own, lambda new: logs(state.reporting, new[..., 0]).sum(axis=2), rng)[..., 0]

    precision = components / priors.reporting_sd**2 + arms / state.spread**2
    mean = state.verbosity.sum(axis=1) / state.spread**2 - state.reporting.sum(axis=1) / priors.reporting_sd**2
    shift = mean / precision + rng.standard_normal(chains) / np.sqrt(precision)
    state.reporting += shift[:, None]
    state.verbosity -= shift[:, None]

    squares = (state.verbosity**2).sum(axis=1)

    def of_spread(spread: np.ndarray) -> np.ndarray:
        return -arms * np.log(np.abs(spread[:, 0])) - 0.5 * squares / spread[:, 0] ** 2

    own = rng.standard_normal((chains, 1)) * priors.arm_sd
    state.spread = elliptical_slice(state.spread[:, None], own, of_spread, rng)[:, 0]


def _draw_confusion(state: State, coded: Coded, rng: np.random.Generator) -> None:
    """Draw each coder's confusion matrix: Dirichlet rows, by how often each code was given in each state."""
    chains, coders = len(state.z), coded.codes.shape[3]
    truth = np.where(state.described, 1 + state.z, 0)
    counts = np.empty((chains, coders, STATES, STATES))
    for coder, place in enumerate(coded.looked):
        cell = (place[0] * STATES + truth[place]) * STATES + coded.codes[(*place, coder)]
        counts[:, coder] = np.bincount(cell, minlength=chains * STATES**2).reshape(chains, STATES, STATES)
    state.confusion = _dirichlet(counts + coded.priors.confusion, rng)


def _dirichlet(parameters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.standard_gamma(parameters)
    return drawn / drawn.sum(axis=-1, keepdims=True)


def _item_sd(priors: Priors) -> np.ndarray:
    return np.array([priors.discrimination_sd, priors.threshold_sd, priors.threshold_sd])
