"""The arrangements of a permutation test: whole clusters exchange their moderators, all ways listed or some drawn.

A cluster whose effects share one value exchanges it with every other such cluster; one whose effects differ exchanges
its whole row, and only with clusters of as many effects [winkler2015multi].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import factorial, prod

import numpy as np


@dataclass(frozen=True, eq=False)
class Arrangements:
    """Which cluster's moderator each cluster gets.

    Attributes
    ----------
    sources : numpy.ndarray, shape (d, m)
        A row an arrangement; where all are listed, clusters of equal moderators are represented by the first of them.
    exact : bool
        Whether these are all distinct arrangements, each once.
    """

    sources: np.ndarray
    exact: bool


@dataclass(frozen=True, eq=False)
class Rows:
    """The effects of m clusters and the moderator's values in them.

    Attributes
    ----------
    members : list of numpy.ndarray
        The effects of each cluster.
    x : numpy.ndarray, shape (k,)
    """

    members: list[np.ndarray]
    x: np.ndarray

    def kinds(self) -> list[np.ndarray]:
        """Return the groups of clusters that exchange their moderators among themselves."""
        groups: dict[int, list[int]] = {}
        for number, rows in enumerate(self.members):
            groups.setdefault(0 if np.ptp(self.x[rows]) == 0 else len(rows), []).append(number)
        return [np.array(group) for _, group in sorted(groups.items())]

    def arranged(self, sources: np.ndarray) -> np.ndarray:
        """Return the moderator in each arrangement, shape (k, d)."""
        x = np.empty((len(self.x), len(sources)))
        first = np.array([rows[0] for rows in self.members])
        for number, rows in enumerate(self.members):
            given = sources[:, number]
            if np.ptp(self.x[rows]) == 0:
                x[rows] = self.x[first[given]]
            else:
                x[rows] = self.x[np.array([self.members[source] for source in given]).T]
        return x


def arrange(rows: Rows, *, most: int, seed: int) -> Arrangements:
    """List all distinct arrangements where there are no more than `most`; otherwise draw as many."""
    kinds = rows.kinds()
    codes = [_codes([rows.x[rows.members[number]] for number in kind]) for kind in kinds]
    if prod(_distinct(own) for own in codes) <= most:
        return Arrangements(_listed(kinds, codes, len(rows.members)), exact=True)
    rng = np.random.default_rng(seed)
    sources = np.tile(np.arange(len(rows.members)), (most, 1))
    for kind in kinds:
        sources[:, kind] = rng.permuted(sources[:, kind], axis=1)
    return Arrangements(sources, exact=False)


def _codes(values: list[np.ndarray]) -> np.ndarray:
    """Number the distinct rows of a moderator, in the order of their first values."""
    distinct = sorted({tuple(np.unique(row)) if np.ptp(row) == 0 else tuple(row) for row in values})
    return np.array([distinct.index(tuple(np.unique(row)) if np.ptp(row) == 0 else tuple(row)) for row in values])


def _distinct(codes: np.ndarray) -> int:
    return factorial(len(codes)) // prod(factorial(int(count)) for count in np.unique(codes, return_counts=True)[1])


def _listed(kinds: list[np.ndarray], codes: list[np.ndarray], m: int) -> np.ndarray:
    """List every distinct arrangement of all kinds, as sources."""
    parts = []
    for kind, own in zip(kinds, codes, strict=True):
        first = np.array([kind[np.flatnonzero(own == code)[0]] for code in range(own.max() + 1)])
        parts.append(first[np.array(list(_orders_of_multiset(np.bincount(own))))])
    sources = np.empty((prod(len(part) for part in parts), m), int)
    for number, choice in enumerate(product(*map(range, map(len, parts)))):
        for kind, part, row in zip(kinds, parts, choice, strict=True):
            sources[number, kind] = part[row]
    return sources


def _orders_of_multiset(counts: np.ndarray) -> Iterator[list[int]]:
    """Yield each distinct order of a multiset once, in lexicographic order (Knuth's algorithm L)."""
    order = [code for code, count in enumerate(counts) for _ in range(count)]
    n = len(order)
    while True:
        yield order.copy()
        j = n - 2
        while j >= 0 and order[j] >= order[j + 1]:
            j -= 1
        if j < 0:
            return
        last = n - 1
        while order[j] >= order[last]:
            last -= 1
        order[j], order[last] = order[last], order[j]
        order[j + 1 :] = order[j + 1 :][::-1]
