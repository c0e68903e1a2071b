r"""Effects of all outcomes given the arms' scores, for a Gibbs sampler: its half of the joint measurement model.

Effect i of trial j on outcome o is :math:`a_o + \beta (F_i - c) + u_j + w_i + e_i`, as in `bayes_clusters`; c is a
constant, because a mean of scores that are themselves drawn would tie all of them together. Every array may have a
leading index of chains.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.statistics.slices import elliptical_slice


@dataclass(eq=False)
class Pull:
    r"""What the effects say about the scores of the arms while all else is held; it is kept as scores change.

    With the slope b, a change of an arm's score by d changes the log-likelihood by
    :math:`b d g - b^2 d^2 h / 2`.

    Attributes
    ----------
    slope : numpy.ndarray, shape (chains,)
    g : numpy.ndarray, shape (chains, trials, slots)
    h : numpy.ndarray, shape (chains, trials, slots, slots)
        Also between arms of one trial: a change of one moves g of the others.
    slots : list of tuple
        For each place in a trial, the trials that have an arm there and these arms.
    """

    slope: np.ndarray
    g: np.ndarray
    h: np.ndarray
    slots: list[tuple[np.ndarray, np.ndarray]]

    def gain(self, slot: int, moved: np.ndarray) -> np.ndarray:
        """Return the change in log-likelihood by changes of scores in one slot, shape (chains, arms there, ...)."""
        own = self.slots[slot][0]
        more = (slice(None), slice(None), *[None] * (moved.ndim - 2))
        change = self.slope[(slice(None), *[None] * (moved.ndim - 1))] * moved
        return change * self.g[:, own, slot][more] - 0.5 * change**2 * self.h[:, own, slot, slot][more]

    def move(self, slot: int, moved: np.ndarray) -> None:
        """Take note of changes of scores in one slot, shape (chains, arms there)."""
        own = self.slots[slot][0]
        self.g[:, own] -= (self.slope[:, None] * moved)[..., None] * self.h[:, own, slot]

    def laid(self, moved: np.ndarray) -> np.ndarray:
        """Lay changes of all arms' scores, shape (chains, arms), out by trial and slot, times the slope."""
        change = np.zeros_like(self.g)
        for slot, (own, arms) in enumerate(self.slots):
            change[:, own, slot] = self.slope[:, None] * moved[:, arms]
        return change

    def gain_of_all(self, change: np.ndarray) -> np.ndarray:
        """Return the change in log-likelihood by what is `laid` out, shape (chains,)."""
        return (change * (self.g - 0.5 * (self.h @ change[..., None])[..., 0])).sum(axis=(1, 2))

    def move_all(self, change: np.ndarray) -> None:
        """Take note of what is `laid` out."""
        self.g -= (self.h @ change[..., None])[..., 0]


@dataclass(frozen=True, eq=False)
class EffectsGiven:
    """Effects in clusters on the scores of arms.

    Attributes
    ----------
    y : numpy.ndarray, shape (chains, k)
    v : numpy.ndarray, shape (k,)
    cluster, outcome, arm : numpy.ndarray, shape (k,)
        Whole numbers from 0.
    centre, rho : float
    scales : numpy.ndarray, shape (p,)
        Prior standard deviations of the outcomes' averages and, last, of the slope.
    tau_sd, omega_sd : float
        Of the half-normal priors.
    """

    y: np.ndarray
    v: np.ndarray
    cluster: np.ndarray
    outcome: np.ndarray
    arm: np.ndarray
    centre: float
    rho: float
    scales: np.ndarray
    tau_sd: float
    omega_sd: float

    @cached_property
    def arms_of(self) -> np.ndarray:
        """Return the arms of each trial, padded with -1, shape (trials, slots)."""
        pairs = sorted({(int(t), int(a)) for t, a in zip(self.cluster, self.arm, strict=True)})
        own: list[list[int]] = [[] for _ in range(int(self.cluster.max()) + 1)]
        for trial, one in pairs:
            own[trial].append(one)
        slots = max(len(arms) for arms in own)
        return np.array([arms + [-1] * (slots - len(arms)) for arms in own])

    @cached_property
    def _in_trial(self) -> np.ndarray:
        """Return 1 where an effect is a trial's, shape (k, trials)."""
        return (self.cluster[:, None] == np.arange(self.cluster.max() + 1)).astype(float)

    @cached_property
    def _in_slot(self) -> np.ndarray:
        """Return 1 where an effect is an arm's, by trial and slot, shape (k, trials * slots)."""
        return (self.arm[:, None] == self.arms_of.ravel()).astype(float)

    @cached_property
    def _averages(self) -> np.ndarray:
        """Return the indicators of the outcomes, shape (k, outcomes)."""
        return (self.outcome[:, None] == np.arange(self.outcome.max() + 1)).astype(float)

    @cached_property
    def _roots(self) -> np.ndarray:
        return np.sqrt(self.rho * self.v)

    def columns(self, scores: np.ndarray) -> np.ndarray:
        """Return the averages' indicators, the centred scores and the effects, shape (chains, k, p + 1)."""
        x = scores[:, self.arm] - self.centre
        fixed = np.broadcast_to(self._averages, (len(x), *self._averages.shape))
        return np.concatenate([fixed, x[..., None], self.y[..., None]], axis=2)

    def _parts(self, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return weights (chains, k) and, by trial, the inverse (chains, trials, 2, 2) and its determinant's log.

        A trial's covariance is D + tau2 1 1' + rho s s' with D = (1 - rho) v + omega2 and s the roots of v: by
        Woodbury's identity its inverse takes that of I + U'D^-1 U with U = [tau 1, sqrt(rho) s].
        """
        tau, omega = np.abs(sd[:, 0]), sd[:, 1]
        w = 1 / ((1 - self.rho) * self.v + omega[:, None] ** 2)
        first, both, second = ((w * load) @ self._in_trial for load in (1.0, self._roots, self._roots**2))
        first, both, second = 1 + tau[:, None] ** 2 * first, tau[:, None] * both, 1 + second
        determinant = first * second - both**2
        small = np.stack([second, -both, -both, first], axis=-1) / determinant[..., None]
        return w, small.reshape(*determinant.shape, 2, 2), np.log(determinant).sum(axis=1)

    def _given(self, sd: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the log-likelihood without the coefficients, and these coefficients' precision and moment."""
        w, small, size = self._parts(sd)
        weighted = w[..., None] * columns
        loads = np.stack(
            [
                np.abs(sd[:, 0])[:, None, None] * (self._in_trial.T @ weighted),
                self._in_trial.T @ (self._roots[:, None] * weighted),
            ],
            axis=2,
        )
        held = small @ loads
        flat = (len(columns), -1, columns.shape[2])
        cross = columns.transpose(0, 2, 1) @ weighted - loads.reshape(flat).transpose(0, 2, 1) @ held.reshape(flat)
        precision, moment = cross[:, :-1, :-1] + np.diag(self.scales**-2), cross[:, :-1, -1]
        best = np.linalg.solve(precision, moment[..., None])[..., 0]
        square = cross[:, -1, -1] - (moment * best).sum(axis=1)
        logs = size - np.log(w).sum(axis=1) + np.linalg.slogdet(precision)[1]
        return -0.5 * (logs + square), precision, moment

    def log_likelihood(self, sd: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Return the data's log marginal likelihood up to a constant, averages and slope integrated, shape (chains,).

        Parameters
        ----------
        sd : numpy.ndarray, shape (chains, 2)
            tau and omega; only their sizes count.
        scores : numpy.ndarray, shape (chains, arms)
        """
        return self._given(sd, self.columns(scores))[0]

    def draw(self, sd: np.ndarray, scores: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw tau and omega, then averages and slope given them; shapes (chains, 2) and (chains, p).

        The two half-normal priors are those of the sizes of normal numbers, so that an elliptical slice moves them.
        """
        columns = self.columns(scores)
        direction = rng.standard_normal(sd.shape) * [self.tau_sd, self.omega_sd]
        sd = elliptical_slice(sd, direction, lambda at, chain: self._given(at, columns[chain])[0], rng)
        _, precision, moment = self._given(sd, columns)
        lower = np.linalg.cholesky(precision)
        noise = rng.standard_normal(moment.shape)[..., None]
        half = np.linalg.solve(lower, moment[..., None]) + noise
        return sd, np.linalg.solve(lower.transpose(0, 2, 1), half)[..., 0]

    def pull(self, sd: np.ndarray, coefficients: np.ndarray, scores: np.ndarray) -> Pull:
        """Return what the effects say about each arm's score."""
        w, small, _ = self._parts(sd)
        columns = self.columns(scores)
        weighted = w * (columns[..., -1] - (columns[..., :-1] @ coefficients[..., None])[..., 0])
        trials, slots = self.arms_of.shape
        tau = np.abs(sd[:, 0])[:, None]

        def by_arm(values: np.ndarray) -> np.ndarray:
            return (values @ self._in_slot).reshape(-1, trials, slots)

        own = by_arm(w)
        loads = np.stack([tau[..., None] * own, by_arm(w * self._roots)], axis=2)
        residual = np.stack([tau * (weighted @ self._in_trial), (weighted * self._roots) @ self._in_trial], axis=2)
        g = by_arm(weighted) - (loads * (small @ residual[..., None])).sum(axis=2)
        h = -loads.transpose(0, 1, 3, 2) @ small @ loads
        h[..., range(slots), range(slots)] += own
        return Pull(coefficients[:, -1], g, h, [(np.flatnonzero(own >= 0), own[own >= 0]) for own in self.arms_of.T])
