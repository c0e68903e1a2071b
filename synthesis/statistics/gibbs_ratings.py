r"""Ratings of arms by coders, for a Gibbs sampler: what was done, what is described, what coders make of it.

An arm truly does a component not at all, in part or fully (0, 1, 2); its report describes that or is silent; a coder
reads "silent", 0, 1 or 2. States of a cell are numbered as codes are: 0 silent, then 1 + rating. Every array has a
leading index of chains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from synthesis.statistics.gibbs_effects import EffectsGiven, Pull
from synthesis.statistics.slices import bounded_slice, elliptical_slice

LEVELS, STATES = 3, 4
# In place of a code where a coder did not look, and of a state where nothing settles it.
NONE = -1
SMALLEST = 1e-300
# Correlations this near to a matrix that has no inverse do not occur; logs of discriminations do not go this far.
NEAR_SINGULAR, FARTHEST = 1e-9, 12.0


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
    settled : numpy.ndarray, shape (arms, components), or with chains first
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
        """Return 1 for each state that what is settled leaves open, one index more than `settled`."""
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
    """Draw everything once, in place."""
    pull = None
    if effects is not None:
        pull = effects.pull(state.sd, state.coefficients, state.scores(coded.weights))
    described, silent = _told(state, coded)
    _draw_traits(state, coded, described + silent, pull, rng)
    _draw_items(state, coded, described + silent, pull, rng)
    _draw_ratings(state, coded, described + silent, pull, rng)
    _draw_described(state, described, silent, rng)
    _draw_correlations(state, coded, rng)
    _move_scale_and_place(state, coded, rng)
    _draw_reporting(state, coded, rng)
    _draw_confusion(state, coded, rng)
    if effects is not None:
        state.sd, state.coefficients = effects.draw(state.sd, state.scores(coded.weights), rng)


def graded(theta: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the probabilities of the lowest and of the highest rating [samejima1969].

    :math:`\mathrm{logit} P(z \ge m) = a \theta - k_m`; what is left is the middle's.

    Parameters
    ----------
    theta : numpy.ndarray, shape (...)
        Each cell's trait.
    items : numpy.ndarray, shape (..., 3)
        Its component's log discrimination and thresholds.
    """
    reached = np.exp(items[..., 0]) * theta
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(reached - items[..., 1])), 1 / (1 + np.exp(items[..., 2] - reached))


def _log_graded(theta: np.ndarray, items: np.ndarray, z: np.ndarray) -> np.ndarray:
    lowest, highest = graded(theta, items)
    chosen = np.where(z == 0, lowest, np.where(z == LEVELS - 1, highest, 1 - lowest - highest))
    return np.log(np.maximum(chosen, SMALLEST))


def _log_done(theta: np.ndarray, items: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Return the log probability of what coders say of cells, the true rating summed out."""
    lowest, highest = graded(theta, items)
    middle = np.maximum(1 - lowest - highest, 0.0)
    return np.log(np.maximum(lowest * told[..., 0] + middle * told[..., 1] + highest * told[..., 2], SMALLEST))


def _told(state: State, coded: Coded) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities that a cell is described, or not, and that coders say what they say.

    For each true rating, shape (chains, arms, components, 3): coders err as [dawid1979] has it.
    """
    logit = (state.reporting[:, None, :] + state.verbosity[:, :, None])[..., None] + (
        coded.delta[:, None, None, None] * (np.arange(LEVELS) == 0)
    )
    said = 1 / (1 + np.exp(-logit))
    read = np.broadcast_to(coded.allowed, (*coded.shape, STATES)).copy()
    for coder, place in enumerate(coded.looked):
        of_code = state.confusion[:, coder].transpose(0, 2, 1)
        read[place] *= of_code[place[0], coded.codes[(*place, coder)]]
    return said * read[..., 1:], (1 - said) * read[..., :1]


def _likely(state: State, coded: Coded, told: np.ndarray) -> np.ndarray:
    """Return the probabilities of the true ratings up to a factor a cell, the effects left aside."""
    lowest, highest = graded(state.theta[:, :, coded.mechanism], state.items[:, None])
    return np.stack([lowest, np.maximum(1 - lowest - highest, 0.0), highest], axis=-1) * told


def _pick(likely: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Draw a rating with these probabilities (up to a factor) by a number between 0 and 1."""
    first, second = likely[..., 0], likely[..., 0] + likely[..., 1]
    height = drawn * (second + likely[..., 2])
    return (height >= first).astype(int) + (height >= second)


def _draw_traits(state: State, coded: Coded, told: np.ndarray, pull: Pull | None, rng: np.random.Generator) -> None:
    """Draw the traits of every arm together with its true ratings.

    By the ratings' half of the model: traits by an elliptical slice with the true ratings summed out, then these. An
    arm with effects takes the step with the probability that the ratio of their likelihoods gives [hastings1970].
    """

    def logs(theta: np.ndarray, chain: np.ndarray, arm: np.ndarray) -> np.ndarray:
        return _log_done(theta[:, coded.mechanism], state.items[chain], told[chain, arm]).sum(axis=1)

    lower = np.linalg.cholesky(state.correlation)
    direction = rng.standard_normal(state.theta.shape) @ lower.transpose(0, 2, 1)
    theta, z = state.theta, state.z
    state.theta = elliptical_slice(theta, direction, logs, rng)
    state.z = _pick(_likely(state, coded, told), rng.random(coded.shape))
    if pull is None:
        return
    moved = (state.z - z) @ coded.weights
    for slot, (_, arms) in enumerate(pull.slots):
        stays = np.log1p(-rng.random((len(z), len(arms)))) >= pull.gain(slot, moved[:, arms])
        pull.move(slot, np.where(stays, 0.0, moved[:, arms]))
        state.theta[:, arms] = np.where(stays[..., None], theta[:, arms], state.theta[:, arms])
        state.z[:, arms] = np.where(stays[..., None], z[:, arms], state.z[:, arms])


def _draw_items(state: State, coded: Coded, told: np.ndarray, pull: Pull | None, rng: np.random.Generator) -> None:
    """Draw every component's discrimination and thresholds together with the true ratings of it, as `_draw_traits`."""
    theta = state.theta.transpose(0, 2, 1)[:, coded.mechanism]
    of_component = told.transpose(0, 2, 1, 3)

    def logs(items: np.ndarray, chain: np.ndarray, component: np.ndarray) -> np.ndarray:
        found = _log_done(theta[chain, component], items[:, None], of_component[chain, component]).sum(axis=1)
        return np.where(items[:, 1] < items[:, 2], found, -np.inf)

    direction = rng.standard_normal(state.items.shape) * _item_sd(coded.priors)
    items, z = state.items, state.z
    state.items = elliptical_slice(items, direction, logs, rng)
    state.z = _pick(_likely(state, coded, told), rng.random(coded.shape))
    if pull is None:
        return
    for component, weight in enumerate(coded.weights):
        change = pull.laid(weight * (state.z - z)[..., component])
        stays = np.log1p(-rng.random(len(z))) >= pull.gain_of_all(change)
        pull.move_all(np.where(stays[:, None, None], 0.0, change))
        state.items[stays, component] = items[stays, component]
        state.z[stays, :, component] = z[stays, :, component]


def _draw_ratings(state: State, coded: Coded, told: np.ndarray, pull: Pull | None, rng: np.random.Generator) -> None:
    """Draw the true ratings by their three probabilities, the effects' likelihood in them.

    An arm's components move one after the other, and so do the arms of one trial; all trials move at once.
    """
    likely, drawn = _likely(state, coded, told), rng.random(coded.shape)
    z = _pick(likely, drawn)
    steps = np.arange(LEVELS)
    for slot, (_, arms) in enumerate(pull.slots if pull is not None else ()):
        for component, weight in enumerate(coded.weights):
            before = state.z[:, arms, component]
            logs = pull.gain(slot, weight * (steps - before[..., None]))
            chance = likely[:, arms, component] * np.exp(logs - logs.max(axis=-1, keepdims=True))
            z[:, arms, component] = _pick(chance, drawn[:, arms, component])
            pull.move(slot, weight * (z[:, arms, component] - before))
    state.z = z


def _draw_described(state: State, described: np.ndarray, silent: np.ndarray, rng: np.random.Generator) -> None:
    """Draw whether components are described, given the true ratings."""
    yes, no = (np.take_along_axis(part, state.z[..., None], axis=3)[..., 0] for part in (described, silent))
    state.described = rng.random(yes.shape) * (yes + no) < yes


def _draw_correlations(state: State, coded: Coded, rng: np.random.Generator) -> None:
    """Draw each correlation of the traits by a slice; all matrices that can be are equally likely beforehand.

    Once with the traits held, once with what the traits are made of held, so that they go along [yu2011center].
    """
    arms = state.theta.shape[1]
    crossed = state.theta.transpose(0, 2, 1) @ state.theta

    def of_traits(matrix: np.ndarray) -> np.ndarray:
        inside = (np.linalg.inv(matrix) * crossed).sum(axis=(1, 2))
        return -0.5 * (arms * np.linalg.slogdet(matrix)[1] + inside)

    _turn(state, of_traits, rng)
    made_of = np.linalg.solve(np.linalg.cholesky(state.correlation), state.theta.transpose(0, 2, 1))

    def of_ratings(matrix: np.ndarray) -> np.ndarray:
        theta = (np.linalg.cholesky(matrix) @ made_of).transpose(0, 2, 1)
        return _log_graded(theta[:, :, coded.mechanism], state.items[:, None], state.z).sum(axis=(1, 2))

    _turn(state, of_ratings, rng)
    state.theta = (np.linalg.cholesky(state.correlation) @ made_of).transpose(0, 2, 1)


def _turn(state: State, density: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> None:
    """Draw one correlation after the other by a log density of matrices."""
    for first, second in combinations(range(state.theta.shape[2]), 2):

        def logs(value: np.ndarray, i: int = first, j: int = second) -> np.ndarray:
            matrix = state.correlation.copy()
            matrix[:, i, j] = matrix[:, j, i] = value
            inside = np.linalg.eigvalsh(matrix)[:, 0] > NEAR_SINGULAR
            matrix[~inside] = np.eye(matrix.shape[1])
            return np.where(inside, density(matrix), -np.inf)

        value = bounded_slice(state.correlation[:, first, second], -1.0, 1.0, logs, rng)
        state.correlation[:, first, second] = state.correlation[:, second, first] = value


def _move_scale_and_place(state: State, coded: Coded, rng: np.random.Generator) -> None:
    """Move a mechanism's traits and its components together where no rating's probability changes [liu2000generalised].

    Traits smaller and discriminations larger by one factor; traits and thresholds up by one amount.
    """
    priors, arms = coded.priors, state.theta.shape[1]
    inverse = np.linalg.inv(state.correlation)
    for one in range(state.theta.shape[2]):
        own = coded.mechanism == one
        level = state.items[:, own, 0].mean(axis=1)
        crossed = state.theta[:, :, one, None] * state.theta
        square = inverse[:, one, one] * crossed[:, :, one].sum(axis=1)
        rest = (inverse[:, one] * crossed.sum(axis=1)).sum(axis=1) - square

        def logs(
            value: np.ndarray, now: np.ndarray = level, a: np.ndarray = square, b: np.ndarray = rest, n: int = own.sum()
        ) -> np.ndarray:
            factor = np.exp(now - value)
            within = -0.5 * factor**2 * a - factor * b + arms * np.log(factor)
            return within - 0.5 * n * (value / priors.discrimination_sd) ** 2

        moved = bounded_slice(level, -FARTHEST, FARTHEST, logs, rng) - level
        state.items[:, own, 0] += moved[:, None]
        state.theta[:, :, one] *= np.exp(-moved)[:, None]

        a = np.exp(state.items[:, own, 0])
        precision = 2 * (a**2).sum(axis=1) / priors.threshold_sd**2 + arms * inverse[:, one, one]
        mean = -(a[..., None] * state.items[:, own, 1:]).sum(axis=(1, 2)) / priors.threshold_sd**2
        mean -= (inverse[:, one] * state.theta.sum(axis=1)).sum(axis=1)
        shift = mean / precision + rng.standard_normal(len(a)) / np.sqrt(precision)
        state.theta[:, :, one] += shift[:, None]
        state.items[:, own, 1:] += (shift[:, None] * a)[..., None]


def _draw_reporting(state: State, coded: Coded, rng: np.random.Generator) -> None:
    """Draw how readily components are described, how much reports say, and how much they differ in that.

    A constant that is added to all components and taken off all reports changes no likelihood: it is drawn too. How
    much reports differ is drawn once with what they say held, once as a factor of it [yu2011center].
    """
    priors, (chains, arms, components) = coded.priors, coded.shape
    absent = coded.delta[:, None, None] * (state.z == 0)
    sign = np.where(state.described, -1.0, 1.0)

    def of_component(new: np.ndarray, chain: np.ndarray, component: np.ndarray) -> np.ndarray:
        logit = new + state.verbosity[chain] + absent[chain, :, component]
        return -np.logaddexp(0, sign[chain, :, component] * logit).sum(axis=1)

    def of_report(new: np.ndarray, chain: np.ndarray, arm: np.ndarray) -> np.ndarray:
        return -np.logaddexp(0, sign[chain, arm] * (new + state.reporting[chain] + absent[chain, arm])).sum(axis=1)

    own = rng.standard_normal((chains, components, 1)) * priors.reporting_sd
    state.reporting = elliptical_slice(state.reporting[..., None], own, of_component, rng)[..., 0]
    own = rng.standard_normal((chains, arms, 1)) * state.spread[:, None, None]
    state.verbosity = elliptical_slice(state.verbosity[..., None], own, of_report, rng)[..., 0]

    precision = components / priors.reporting_sd**2 + arms / state.spread**2
    mean = state.verbosity.sum(axis=1) / state.spread**2 - state.reporting.sum(axis=1) / priors.reporting_sd**2
    shift = mean / precision + rng.standard_normal(chains) / np.sqrt(precision)
    state.reporting += shift[:, None]
    state.verbosity -= shift[:, None]

    squares = (state.verbosity**2).sum(axis=1)

    def held(new: np.ndarray, chain: np.ndarray) -> np.ndarray:
        return -arms * np.log(np.abs(new[:, 0])) - 0.5 * squares[chain] / new[:, 0] ** 2

    def along(new: np.ndarray, chain: np.ndarray) -> np.ndarray:
        logit = (state.reporting[:, None] + absent)[chain] + (new * made_of[chain])[..., None]
        return -np.logaddexp(0, sign[chain] * logit).sum(axis=(1, 2))

    own = rng.standard_normal((2, chains, 1)) * priors.arm_sd
    spread = elliptical_slice(state.spread[:, None], own[0], held, rng)
    made_of = state.verbosity / spread
    spread = elliptical_slice(spread, own[1], along, rng)
    state.verbosity, state.spread = made_of * spread, spread[:, 0]


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
