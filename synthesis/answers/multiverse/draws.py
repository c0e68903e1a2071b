"""Numbers by counter: draw number 17 is the same in any order, any part and on any machine [salmon2011parallel].

What reports leave unsaid is drawn from what arms of the same role that describe the component do; orders of trials and
signs of trials make the reference that a whole curve is held against, trials drawn anew say how much it hangs on them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import MAXIMUM, FidelityScores
from synthesis.evidence.vocabulary import CORE_MECHANISMS

# What is drawn: the first of a counter's two keys is the seed, the second one of these.
UNSAID, ORDERS, SIGNS, ANEW = 1, 2, 3, 4


def generator(seed: int, what: int, number: int) -> np.random.Generator:
    """Return the generator of one draw."""
    return np.random.Generator(np.random.Philox(key=[seed, what], counter=[0, 0, 0, number]))


def drawn_scores(fidelity: FidelityScores, comparisons: pd.DataFrame, *, draws: int, seed: int) -> np.ndarray:
    """Score the comparisons' intervention arms with what is unsaid drawn.

    Parameters
    ----------
    fidelity : FidelityScores
    comparisons : pandas.DataFrame
        With trial and intervention_arm.
    draws, seed : int

    Returns
    -------
    numpy.ndarray, shape (draws, n)
        nan for an arm that nobody coded.

    Notes
    -----
    A hot deck: a missing rating is one of those that arms of the same role got on the same component, each as likely.
    Components that no such arm describes are left out, as from the calibrated score, whose expectation this is.
    """
    grid = fidelity.ratings[fidelity.ratings["mechanism"].isin(CORE_MECHANISMS)]
    described = grid.groupby(["role", "component"], sort=False)["rating"].transform("count")
    grid = grid[described > 0].reset_index(drop=True)
    pools = {key: own.dropna().to_numpy(float) for key, own in grid.groupby(["role", "component"])["rating"]}
    missing = np.flatnonzero(grid["rating"].isna())
    own = [pools[pair] for pair in zip(grid["role"].iloc[missing], grid["component"].iloc[missing], strict=True)]
    sizes = np.array([len(pool) for pool in own], int)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int)
    values = np.concatenate([*own, np.empty(0)])
    ratings = np.tile(grid["rating"].to_numpy(float), (draws, 1))
    for number in range(draws):
        u = generator(seed, UNSAID, number).random(len(missing))
        ratings[number, missing] = values[starts + (u * sizes).astype(int)]
    parts = grid.groupby(["trial", "arm", "mechanism"], sort=False).ngroup().to_numpy()
    keys = grid[["trial", "arm"]].assign(part=parts).drop_duplicates("part").sort_values("part")
    sums = np.zeros((draws, len(keys)))
    for number in range(draws):
        sums[number] = np.bincount(parts, ratings[number] / MAXIMUM, minlength=len(keys))
    by_mechanism = sums / np.bincount(parts, minlength=len(keys))
    arms = list(zip(keys["trial"], keys["arm"], strict=True))
    found = {arm: by_mechanism[:, [i for i, own in enumerate(arms) if own == arm]].mean(axis=1) for arm in set(arms)}
    nothing = np.full(draws, np.nan)
    wanted = zip(comparisons["trial"], comparisons["intervention_arm"], strict=True)
    return np.stack([found.get(arm, nothing) for arm in wanted], axis=1)


def signs(trials: int, *, seed: int, number: int) -> np.ndarray:
    """Return a sign for each trial, 1 or -1; all 1 for number 0."""
    if number == 0:
        return np.ones(trials)
    return generator(seed, SIGNS, number).choice([-1.0, 1.0], trials)


def sources(groups: list[np.ndarray], n: int, *, seed: int, number: int) -> np.ndarray:
    """Return whose scores each of n trials gets: trials of one group exchange theirs; number 0 exchanges nothing."""
    found = np.arange(n)
    if number == 0:
        return found
    rng = generator(seed, ORDERS, number)
    for group in groups:
        found[group] = rng.permutation(group)
    return found


def times_drawn(trials: int, *, seed: int, number: int) -> np.ndarray:
    """Return how often each of n trials is there when n are drawn with replacement; once each for number 0."""
    if number == 0:
        return np.ones(trials, int)
    return np.bincount(generator(seed, ANEW, number).integers(0, trials, trials), minlength=trials)
