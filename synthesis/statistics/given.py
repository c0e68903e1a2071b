"""The arrays that a user hands over: effects with their variances, and moderators; what cannot be is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from synthesis.errors import InputError

UNEQUAL = "yi has {k} numbers and {name} has {n}; each effect needs one of its own."
NO_NUMBER = "{name} number {place} is {value:g}; it must be {rule}. Leave that effect out first."
NOT_ARRAY = "{name} must be numbers, one an effect; {kind} is given."
WRONG_ROWS = "X has {n} rows and there are {k} effects; each effect needs a row of its own."
NO_MODERATOR = "A moderator of effect {place} is missing; leave that effect out first."


def column(name: str, values: ArrayLike, k: int | None = None, *, positive: bool = False) -> np.ndarray:
    """Return one finite number an effect.

    Parameters
    ----------
    name : str
        What a message calls the column.
    values : array_like, shape (k,)
    k : int, optional
        How many effects there are.
    positive : bool
        Whether each must be above 0.

    Raises
    ------
    InputError
        Naming the first number that cannot be.
    """
    try:
        numbers = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        raise InputError(NOT_ARRAY.format(name=name, kind=type(values).__name__)) from None
    if numbers.ndim != 1:
        raise InputError(NOT_ARRAY.format(name=name, kind=f"an array of {numbers.ndim} dimensions"))
    if k is not None and len(numbers) != k:
        raise InputError(UNEQUAL.format(name=name, k=k, n=len(numbers)))
    possible = np.isfinite(numbers) & ((numbers > 0) | (not positive))
    if not possible.all():
        place = int(np.flatnonzero(~possible)[0])
        rule = "a finite number above 0" if positive else "a finite number"
        raise InputError(NO_NUMBER.format(name=name, place=place + 1, value=numbers[place], rule=rule))
    return numbers


def effects_of(yi: ArrayLike, vi: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return effects and variances, each of shape (k,), finite, the variances above 0."""
    y = column("yi", yi)
    return y, column("vi", vi, len(y), positive=True)


def design_of(X: ArrayLike | None, k: int) -> np.ndarray:
    """Return the design matrix (k, 1 + m): an intercept before the moderators `X`."""
    if X is None:
        return np.ones((k, 1))
    moderators = np.asarray(X, dtype=float)
    if moderators.ndim not in (1, 2) or len(moderators) != k:
        raise InputError(WRONG_ROWS.format(n=len(np.atleast_1d(moderators)), k=k))
    moderators = moderators.reshape(k, -1)
    missing = ~np.isfinite(moderators).all(axis=1)
    if missing.any():
        raise InputError(NO_MODERATOR.format(place=int(np.flatnonzero(missing)[0]) + 1))
    return np.column_stack([np.ones(k), moderators])
