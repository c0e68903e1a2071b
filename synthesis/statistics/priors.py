"""Prior densities of a standard deviation between trials."""

from __future__ import annotations

import numpy as np

from synthesis.choices import chosen
from synthesis.errors import InputError

HALF_NORMAL, HALF_CAUCHY = "half-normal", "half-cauchy"
PRIORS = (HALF_NORMAL, HALF_CAUCHY)


def known_prior(given: object, what: str = "tau_prior") -> tuple[str, float]:
    """Return a prior as its name and its scale.

    Parameters
    ----------
    given : tuple of str and float
        The name, in any case, and the scale: of half-normal the standard deviation of the whole normal, of half-Cauchy
        the median.
    what : str
        The argument's name, for the message.

    Raises
    ------
    ChoiceError, InputError
        For a name that does not exist, and for a scale that is no finite number above 0.
    """
    if not (isinstance(given, (tuple, list)) and len(given) == 2):
        raise InputError(f'{what} is a name and a scale, such as ("half-normal", 0.5), not {given!r}.')
    return chosen(what, given[0], PRIORS), positive(given[1], f"the scale of {what}")


def log_prior(prior: tuple[str, float], sd: np.ndarray) -> np.ndarray:
    """Return the log density of a half-normal or half-Cauchy prior [rover2021weakly]."""
    name, scale = prior
    z = sd / scale
    if name == HALF_NORMAL:
        return 0.5 * np.log(2 / np.pi) - np.log(scale) - z**2 / 2
    return np.log(2 / np.pi) - np.log(scale) - np.log1p(z**2)


def positive(value: object, what: str) -> float:
    """Return a finite number above 0; refuse anything else."""
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (is_number and 0 < float(value) < np.inf):  # type: ignore[arg-type]
        raise InputError(f"{what} is {value!r}; it must be a finite number above 0.")
    return float(value)  # type: ignore[arg-type]
