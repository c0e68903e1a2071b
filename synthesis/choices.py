"""Every option of the analysis: what it may be, what it is by default, and how a typed value is understood.

Signatures and the command line read the same names. Nothing heavy is imported here, so that `--help` answers at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from synthesis.errors import ChoiceError

Method = Literal["REML", "PM", "DL", "ML", "HE", "EE"]
CiMethod = Literal["knapp-hartung-floor", "knapp-hartung", "wald"]
MeasureCode = Literal["MD", "SMD", "ROM", "RR", "OR", "RD", "HR", "IRR"]
# Measures whose analysis scale is the log of what people read.
RATIOS = ("OR", "RR", "HR", "IRR", "ROM")
Score = Literal[
    "fidelity",
    "trust",
    "role_modelling",
    "bridging",
    "enabling",
    "fidelity_minimum",
    "fidelity_product",
    "difference",
]

METHOD: Method = "REML"
CI: CiMethod = "knapp-hartung-floor"
LEVEL = 0.95
TIMEPOINT = "longest"
# Stands in where a cluster trial's report gives no intracluster correlation. Printed beside every effect that uses it.
ICC = 0.05
SCORE: Score = "fidelity"
PERMUTATIONS = 10_000
SEED = 20150101


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
    """Return the settings of a model as they are spelt here.

    Raises
    ------
    ChoiceError
        For one that does not exist.
    """
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        raise ChoiceError("level", level, ["a number between 0 and 1, such as 0.95"])
    return chosen("method", method, get_args(Method)), chosen("ci", ci, get_args(CiMethod)), float(level)  # type: ignore[return-value]


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
