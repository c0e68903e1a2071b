"""Effects in clusters: generalised least squares and the restricted likelihood, all clusters in one array operation.

Clusters are padded to one size. What pads them has no effect, no moderator and a variance of its own, so that it takes
part in nothing; a likelihood differs by a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np

MOST_STEPS = 200
# A step of the search this small, in units of a variance plus the mean sampling variance, is the last.
SETTLED = 1e-11
# From each start the search goes only this far; the best place found is then settled.
ROUGHLY = 1e-3
# Variances of so many models are remembered.
MOST_KNOWN = 512
_known: dict[bytes, tuple[float, float]] = {}
# Where the search starts, as shares of the variance of the effects: between clusters, within them.
STARTS = ((0.25, 0.25), (0.5, 0.0), (0.0, 0.5), (0.0, 0.0))


@dataclass(frozen=True, eq=False)
class Clusters:
    """Effects, moderators and sampling covariances of m clusters, each padded to n effects.

    Attributes
    ----------
    y, real : numpy.ndarray, shape (m, n)
        Effects, and 1 where there is one.
    X : numpy.ndarray, shape (m, n, p)
    V : numpy.ndarray, shape (m, n, n)
    rows : numpy.ndarray, shape (k, 2)
        Cluster and place of each of the k effects, in the order given.
    typical : float
        Mean sampling variance.
    """

    y: np.ndarray
    real: np.ndarray
    X: np.ndarray
    V: np.ndarray
    rows: np.ndarray
    typical: float

    @cached_property
    def are_nested(self) -> bool:
        """Whether any cluster has two effects, without which variances between and within cannot be told apart."""
        return self.y.shape[1] > 1

    def with_design(self, X: np.ndarray) -> Clusters:
        """Return the same effects with another design, shape (k, p)."""
        return Clusters(self.y, self.real, self.spread(X), self.V, self.rows, self.typical)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Lay one value (or row) an effect out by clusters, shape (m, n, ...)."""
        laid = np.zeros((*self.y.shape, *values.shape[1:]))
        laid[self.rows[:, 0], self.rows[:, 1]] = values
        return laid

    def gathered(self, laid: np.ndarray) -> np.ndarray:
        """Return what is laid out by clusters as one value (or row) an effect, in the order given."""
        return laid[self.rows[:, 0], self.rows[:, 1]]


def in_clusters(y: np.ndarray, v: np.ndarray, cluster: np.ndarray, X: np.ndarray, rho: float) -> Clusters:
    """Lay effects out by clusters.

    Parameters
    ----------
    y, v : numpy.ndarray, shape (k,)
    cluster : numpy.ndarray, shape (k,)
        Whole numbers from 0.
    X : numpy.ndarray, shape (k, p)
    rho : float
        Correlation of the sampling errors within a cluster.
    """
    sizes = np.bincount(cluster)
    order = np.argsort(cluster, kind="stable")
    place = np.empty(len(y), int)
    place[order] = np.concatenate([np.arange(size) for size in sizes])
    m, n = len(sizes), int(sizes.max())
    real, spread = np.zeros((m, n)), np.zeros((m, n))
    real[cluster, place], spread[cluster, place] = 1.0, np.sqrt(v)
    V = rho * spread[:, :, None] * spread[:, None, :]
    typical = float(v.mean())
    V[:, range(n), range(n)] = np.where(real > 0, spread**2, typical)
    empty = Clusters(np.zeros((m, n)), real, np.zeros((m, n, 0)), V, np.column_stack([cluster, place]), typical)
    return Clusters(empty.spread(y), real, empty.spread(X), V, empty.rows, typical)


class Weighted:
    """Generalised least squares at given variances.

    Attributes
    ----------
    beta, bread : numpy.ndarray, shapes (p,) and (p, p)
        Coefficients and (X'WX)^-1.
    sigma, W : numpy.ndarray, shape (m, n, n)
    WX : numpy.ndarray, shape (m, n, p)
    residuals : numpy.ndarray, shape (m, n)
    log_likelihood : float
        Restricted, up to a constant of the data; of maximum likelihood where so asked.
    """

    def __init__(self, data: Clusters, tau2: float, omega2: float, *, restricted: bool = True):
        self.data, self.restricted = data, restricted
        real = data.real
        self.sigma = data.V + tau2 * real[:, :, None] * real[:, None, :]
        n = range(real.shape[1])
        self.sigma[:, n, n] += omega2 * real
        self.W = np.linalg.inv(self.sigma)
        self.WX = self.W @ data.X
        cross = np.einsum("mnp,mnq->pq", data.X, self.WX)
        self.bread = np.linalg.inv(cross)
        self.beta = self.bread @ np.einsum("mnp,mn->p", self.WX, data.y)
        self.residuals = data.y - data.X @ self.beta
        self.Wr = np.einsum("mij,mj->mi", self.W, self.residuals)
        logs = np.linalg.slogdet(self.sigma)[1].sum() + (np.linalg.slogdet(cross)[1] if restricted else 0.0)
        self.log_likelihood = float(-0.5 * (logs + np.sum(self.residuals * self.Wr)))

    def contributions(self) -> np.ndarray:
        """Return what each effect contributes to each coefficient, shape (p, k)."""
        return self.data.gathered(self.WX @ self.bread).T

    def average_weights(self) -> np.ndarray:
        """Return what each effect weighs in a generalised mean of all effects, shape (k,)."""
        pulls = self.data.gathered((self.W @ self.data.real[:, :, None])[:, :, 0])
        return pulls / pulls.sum()

    def score_and_information(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the score in tau2 and omega2, shape (2,), and its observed and expected information, (2, 2).

        With P = W - W X (X'WX)^-1 X'W and D the derivative of the variance (ones, or the identity, within a cluster),
        -1/2 [tr(P D) - y'P D P y], y'P D P D' P y less the expected, and 1/2 tr(P D P D'), in sums over clusters;
        without X in the traces for ML.
        """
        real, W, WX, Wr = self.data.real, self.W, self.WX, self.Wr
        W1 = (W @ real[:, :, None])[:, :, 0]
        ones = np.sum(W1 * real, axis=1)  # 1'W1
        diagonal = np.einsum("mii->mi", W) * real
        sums = Wr.sum(axis=1)
        score = np.array([np.sum(sums**2) - ones.sum(), np.sum(Wr**2) - diagonal.sum()])
        squares = np.sum(W * W * real[:, :, None] * real[:, None, :])
        expected = np.array([[np.sum(ones**2), np.sum(W1 * W1)], [0.0, squares]])
        if self.restricted:
            c, d = WX.sum(axis=1), np.einsum("mi,mip->mp", W1, WX)  # 1'WX and 1'W WX
            flat = WX.reshape(-1, WX.shape[2])
            turned = [self.bread @ (c.T @ c), self.bread @ (flat.T @ flat)]
            middle = [(c * ones[:, None]).T @ c, c.T @ d, flat.T @ (W @ WX).reshape(flat.shape)]
            score += [np.trace(one) for one in turned]
            for (a, b), between in zip(((0, 0), (0, 1), (1, 1)), middle, strict=True):
                expected[a, b] += np.sum(turned[a] * turned[b].T) - 2 * np.sum(self.bread * between.T)
        expected[1, 0] = expected[0, 1]
        moved = np.stack([sums[:, None] * real, Wr])  # D P y
        through = np.einsum("amn,mnp->ap", moved, WX)
        weighted = (W[None] @ moved[..., None])[..., 0]
        curved = np.einsum("ami,bmi->ab", moved, weighted) - through @ self.bread @ through.T
        return 0.5 * score, curved - 0.5 * expected, 0.5 * expected


def variances(
    data: Clusters, *, restricted: bool = True, starts: Sequence[tuple[float, float]] = STARTS
) -> tuple[float, float]:
    """Maximise the (restricted) likelihood in tau2 and omega2, neither below 0; the best of several starts.

    What was found is remembered: a slope, its permutation test and its rivals ask for the same model again and again.
    """
    key = _key(data, restricted, starts)
    if key not in _known:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = _maximise(data, restricted, starts)
    return _known[key]


def _key(data: Clusters, restricted: bool, starts: Sequence[tuple[float, float]]) -> bytes:
    """Return a digest of everything that the variances depend on."""
    digest = sha256(repr((restricted, tuple(starts), data.X.shape, data.typical)).encode())
    for array in (data.y, data.real, data.X, data.V):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


def _maximise(data: Clusters, restricted: bool, starts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    spread = float(np.var(data.gathered(data.y)))
    if not data.are_nested:
        starts = list(dict.fromkeys((between, 0.0) for between, _ in starts))
    found = [_climb(data, spread * np.array(start), ROUGHLY, restricted=restricted) for start in starts]
    best = max(found, key=lambda fit: fit[1])[0]
    tau2, omega2 = _climb(data, best, SETTLED, restricted=restricted)[0]
    return float(tau2), float(omega2)


def _climb(data: Clusters, start: np.ndarray, settled: float, *, restricted: bool) -> tuple[np.ndarray, float]:
    """Newton's steps, halved where they do not climb; a variance that would fall below 0 stays there.

    Fisher's scoring steps in where the likelihood curves upwards.
    """
    theta, here = start.copy(), Weighted(data, *start, restricted=restricted)
    for _ in range(MOST_STEPS):
        score, observed, expected = here.score_and_information()
        free = (theta > 0) | (score > 0)
        free[1] &= data.are_nested
        if not free.any():
            break
        curved, surely = (matrix[np.ix_(free, free)] for matrix in (observed, expected))
        concave = np.linalg.eigvalsh(curved)[0] > 0
        step = np.zeros(2)
        step[free] = np.linalg.solve(curved if concave else surely, score[free])
        share = 1.0
        while True:
            new = np.maximum(theta + share * step, 0.0)
            there = Weighted(data, *new, restricted=restricted)
            if there.log_likelihood >= here.log_likelihood - 1e-12 or share < 1e-8:
                break
            share /= 2
        moved = np.abs(new - theta).max()
        theta, here = new, there
        if moved <= settled * (theta.sum() + data.typical):
            break
    return theta, here.log_likelihood
