"""Every option of the analysis: what it may be, what it is by default, and how a typed value is understood.

Signatures and the command line read the same names. Nothing heavy is imported here, so that `--help` answers at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any, Literal, get_args

from synthesis.errors import ChoiceError

# Pools of effects by inverse variances; EE takes tau2 to be zero, the others estimate it.
Method = Literal["REML", "PM", "DL", "ML", "HE", "EE"]
# Pools of the events themselves. They need the counts of both arms, and their interval is Wald's.
EventsMethod = Literal["MH", "MH-DL", "MH-REVMAN", "MH-DL-REVMAN", "PETO"]
PoolMethod = Literal["REML", "PM", "DL", "ML", "HE", "EE", "MH", "MH-DL", "MH-REVMAN", "MH-DL-REVMAN", "PETO"]
# Methods that take all trials to have one true effect: no tau2, and no new trials to predict.
ONE_TRUE_EFFECT = ("EE", "MH", "MH-REVMAN", "PETO")
CiMethod = Literal["knapp-hartung-floor", "knapp-hartung", "wald"]
# Who fits a model of effects: this package, or PyMARE as an independent check.
Engine = Literal["kernel", "pymare"]
MeasureCode = Literal["MD", "SMD", "ROM", "RR", "OR", "PETO", "RD", "HR", "IRR"]
# Measures whose analysis scale is the log of what people read.
RATIOS = ("OR", "PETO", "RR", "HR", "IRR", "ROM")
Score = Literal[
    "described",
    "calibrated",
    "trust",
    "role_modelling",
    "bridging",
    "enabling",
    "fidelity_minimum",
    "fidelity_product",
    "difference",
]

# Several effects of a trial: averaged to one a comparison, or all of them in a model of dependent effects.
Dependence = Literal["one", "che"]

METHOD: Method = "REML"
CI: CiMethod = "knapp-hartung-floor"
ENGINE: Engine = "kernel"
LEVEL = 0.95
TIMEPOINT = "longest"
# Stands in where a cluster trial's report gives no intracluster correlation. Printed beside every effect that uses it.
ICC = 0.05
SCORE: Score = "described"
# How a score was called before it had a rival.
FORMER_SCORES = {"fidelity": "described"}
# An adjusted_r that leaves SMDs of adjusted models and of changes as their reports make them.
NO_CORRELATION = "none"
LARGEST_CORRELATION = 0.99
# Correlation assumed between the sampling errors of one trial's outcomes.
RHO = 0.6
DEPENDENCE: Dependence = "one"
PERMUTATIONS = 10_000
MOST_PERMUTATIONS = 1_000_000  # all are held at once; a p value of one in a million is as far as they go
SEED = 20150101
MOST_SUBSETS = 2**20

NO_MODERATORS = "pools the events of the trials' arms and takes no moderators: a slope needs a model of effects"
WALD_ONLY = "does not go with method {method}, whose interval is Wald's"


def chosen(what: str, value: object, allowed: Iterable[str] | Mapping[str, str], *, note: str = "") -> str:
    """Return the choice that a typed value means: a key or its label, in any case, blanks and underscores alike.

    Parameters
    ----------
    what : str
        What is chosen, for the message: "method", "outcome".
    value : object
        What was typed.
    allowed : iterable of str, or mapping of str to str
        The keys; a mapping gives each its label, which may be typed instead.
    note : str
        What else the message of a refusal should say.

    Raises
    ------
    ChoiceError
        Naming the choices there are, and the nearest.
    """
    labels = dict(allowed) if isinstance(allowed, Mapping) else dict.fromkeys(allowed, "")
    if value in labels:
        return str(value)
    wanted = _folded(str(value))
    meant = [key for key, label in labels.items() if wanted and wanted in (_folded(key), _folded(label))]
    if len(meant) != 1:  # a label that two keys share says neither
        raise ChoiceError(what, value, list(labels), note)
    return meant[0]


def model_choices(method: object, ci: object, level: object) -> tuple[Method, CiMethod, float]:
    """Return the settings of a model of effects as they are spelt here.

    Parameters
    ----------
    method, ci, level : object
        As typed; no `ci` (None or an empty text) means the default.

    Raises
    ------
    ChoiceError
        For one that does not exist, and for a method that pools events: it knows no moderators.
    """
    if is_of_events(method):
        raise ChoiceError("method", method, get_args(Method), why=NO_MODERATORS)
    found = chosen("method", method, get_args(Method)), chosen("ci", ci or CI, get_args(CiMethod))
    return (*found, _level(level))  # type: ignore[return-value]


def chosen_engine(engine: object) -> Engine:
    """Return the engine that a typed value means."""
    return chosen("engine", engine, get_args(Engine))  # type: ignore[return-value]


def pool_choices(method: object, ci: object, level: object) -> tuple[PoolMethod, CiMethod, float]:
    """Return the settings of a pool as they are spelt here; as `model_choices`, with the methods that pool events.

    Raises
    ------
    ChoiceError
        For one that does not exist, or an interval that the method does not have.
    """
    method = chosen("method", method, get_args(PoolMethod))
    if not is_of_events(method):
        return model_choices(method, ci, level)
    if ci and chosen("ci", ci, get_args(CiMethod)) != "wald":
        raise ChoiceError("ci", ci, ["wald"], why=WALD_ONLY.format(method=method))
    return method, "wald", _level(level)  # type: ignore[return-value]


def is_of_events(method: object) -> bool:
    """Say whether a method, however it is spelt, pools events and not effects."""
    return _folded(str(method)) in map(_folded, get_args(EventsMethod))


def _level(level: object) -> float:
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        raise ChoiceError("level", level, ["a number between 0 and 1, such as 0.95"])
    return float(level)


def timepoint_months(timepoint: object) -> float | None:
    """Return the months that results should be nearest to, infinity for the longest follow-up, None for all times.

    Raises
    ------
    ChoiceError
        If the text is none of ``longest``, ``closest:MONTHS`` and ``all``.
    """
    if timepoint in ("longest", "all"):
        return inf if timepoint == "longest" else None
    match = _CLOSEST.fullmatch(str(timepoint))
    if not match:
        raise ChoiceError("timepoint", timepoint, ["longest", "closest:MONTHS (such as closest:12)", "all"])
    return float(match[1])


def option(name: str, value: Any) -> Any:
    """Return the value of an option as it is spelt here; that of a name which is no option, as it stands.

    Parameters
    ----------
    name : str
        As the functions of the analysis call it: dependence, method, ci, level, measure, timepoint, icc, adjusted_r,
        small_trial_t, printed_df, prefer_adjusted, score, permutations, seed.
    value : object
        What was given.

    Raises
    ------
    ChoiceError
        If the option has no such value.
    """
    return _READ[name](value) if name in _READ else value


def _measure(value: Any) -> Any:
    return chosen("measure", value, get_args(MeasureCode)) if value else value  # empty: the outcome's own


def _timepoint(value: Any) -> Any:
    timepoint_months(value)
    return value


def _share(name: str, such_as: float, *, below_one: bool = False) -> Callable[[Any], Any]:
    allowed = f"a number from 0 to {'less than ' if below_one else ''}1, such as {such_as}"

    def read(value: Any) -> Any:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (is_number and 0 <= value <= 1) or (below_one and value == 1):
            raise ChoiceError(name, value, [allowed])
        return value

    return read


def _correlation(value: Any) -> Any:
    if value is None or value == NO_CORRELATION:  # None: the root's own reading
        return value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (is_number and 0 <= value <= LARGEST_CORRELATION):
        allowed = [f"a number from 0 to {LARGEST_CORRELATION}, such as 0.6", NO_CORRELATION]
        raise ChoiceError("adjusted_r", value, allowed)
    return float(value)


def _switch(name: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value is not None and not isinstance(value, bool):  # None: the root's own reading
            raise ChoiceError(name, value, ["True", "False"])
        return value

    return read


def _whole(name: str, least: int, most: float = inf) -> Callable[[Any], Any]:
    allowed = f"a whole number, at least {least}" + (f" and at most {most:,}" if most < inf else "")

    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ChoiceError(name, value, [allowed])
        return value

    return read


_CLOSEST = re.compile(r"closest:([0-9]+(?:\.[0-9]+)?)")
_READ: Mapping[str, Callable[[Any], Any]] = {
    "method": lambda value: chosen("method", value, get_args(PoolMethod)),
    "ci": lambda value: chosen("ci", value, get_args(CiMethod)),
    "score": lambda value: chosen("score", FORMER_SCORES.get(value, value), get_args(Score)),
    "dependence": lambda value: chosen("dependence", value, get_args(Dependence)),
    "measure": _measure,
    "timepoint": _timepoint,
    "level": _level,
    "icc": _share("icc", 0.05),
    "rho": _share("rho", 0.6, below_one=True),
    "adjusted_r": _correlation,
    "small_trial_t": _switch("small_trial_t"),
    "printed_df": _switch("printed_df"),
    "prefer_adjusted": _switch("prefer_adjusted"),
    "permutations": _whole("permutations", 1, MOST_PERMUTATIONS),
    "resamples": _whole("resamples", 1, MOST_PERMUTATIONS),
    "seed": _whole("seed", 0),
}


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
