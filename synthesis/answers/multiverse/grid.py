"""Which choices are crossed for one target: what the codebook declares, what cannot be combined, and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthesis.effects.counted import POOLS
from synthesis.errors import ChoiceError
from synthesis.evidence.codebook import Codebook
from synthesis.evidence.multiverse import DIMENSIONS, STANDARD, Target

EVENTS = ("MH", "MH-DL", "PETO")
# Prior scale of tau of each Bayesian level.
BAYES = {"bayes": 0.5, "bayes-narrow": 0.25, "bayes-wide": 1.0}
# The interval of what has one of its own: Wald's, or a posterior's.
WALD, OWN = "wald", "own"
OWN_INTERVALS = {**dict.fromkeys(("EE", *EVENTS), WALD), **dict.fromkeys(BAYES, OWN)}
NOT_OF_EFFECTS = "a slope needs a model of effects, and {level} pools events"
NOT_OF_MEASURE = "{level} does not pool {measure}"


@dataclass(frozen=True)
class Grid:
    """The choices of a multiverse and their levels.

    Attributes
    ----------
    target : {"pool", "slope", "joint"}
    levels : dict of str to tuple of str
        By dimension of `DIMENSIONS`, the main analysis's level first. Every dimension of the target is there, where
        nothing is declared with its main level alone.
    reasons : dict of (str, str) to str
        By dimension and level.
    is_declared : bool
        Whether the review declares it; otherwise it is the toolkit's standard one.
    dates : tuple of str
        Days on which it was declared.
    dropped : tuple of (str, str, str)
        Dimension, level and why it takes no part here.
    """

    target: Target
    levels: dict[str, tuple[str, ...]]
    reasons: dict[tuple[str, str], str]
    is_declared: bool
    dates: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str, str], ...] = ()

    @property
    def which(self) -> list[str]:
        """Dimensions of which data are taken."""
        return [name for name in self.levels if DIMENSIONS[name].kind == "which"]

    @property
    def models(self) -> list[tuple[str, str]]:
        """Estimator and interval of every model: an estimator with an interval of its own has no other."""
        if self.target == "joint":
            return [(level, "") for level in self.levels["rho"]]
        return [
            (estimator, interval)
            for estimator in self.levels["estimator"]
            for interval in ([OWN_INTERVALS[estimator]] if estimator in OWN_INTERVALS else self.levels["interval"])
        ]

    @property
    def hash(self) -> str:
        """SHA-256 of dimensions, levels and reasons, in their order."""
        content = [
            (name, level, self.reasons.get((name, level), "")) for name, own in self.levels.items() for level in own
        ]
        return hashlib.sha256(json.dumps([self.target, content], ensure_ascii=False).encode()).hexdigest()

    def to_frame(self) -> pd.DataFrame:
        """Return a row a level: dimension, label, level, words, reason."""
        rows = [
            (name, DIMENSIONS[name].label, level, DIMENSIONS[name].words(level), self.reasons.get((name, level), ""))
            for name, own in self.levels.items()
            for level in own
        ]
        return pd.DataFrame(rows, columns=["dimension", "label", "level", "words", "reason"])


def grid_of(
    codebook: Codebook, target: Target, *, measure: str = "", levels: Mapping[str, Sequence[str]] | None = None
) -> Grid:
    """Return the choices that are crossed for a target.

    Parameters
    ----------
    codebook : Codebook
    target : {"pool", "slope", "joint"}
    measure : str
        Of the outcome, for pools of events.
    levels : mapping of str to sequence of str, optional
        Levels of some dimensions in the place of those declared; the main analysis's belongs to them in any case.

    Raises
    ------
    ChoiceError
        For a dimension or a level that does not exist.
    """
    declared = codebook.multiverse is not None and len(codebook.multiverse) > 0
    rows = codebook.multiverse if declared else None
    found = _declared(rows) if rows is not None else dict(STANDARD)
    for name, own in (levels or {}).items():
        if name not in DIMENSIONS:
            raise ChoiceError("dimension", name, list(DIMENSIONS))
        found[name] = tuple(own)
    reasons = {} if rows is None else {(row.dimension, row.level): row.reason for row in rows.itertuples()}
    kept: dict[str, tuple[str, ...]] = {}
    dropped = []
    for name, dimension in DIMENSIONS.items():
        if target not in dimension.targets:
            continue
        own = list(dict.fromkeys([dimension.main, *found.get(name, ())]))
        for level in own:
            _require_level(name, level)
        why = {level: _impossible(name, level, target, measure) for level in own}
        dropped += [(name, level, said) for level, said in why.items() if said]
        kept[name] = tuple(level for level in own if not why[level])
    days = () if rows is None else tuple(sorted({str(day)[:10] for day in rows["declared"].dropna() if str(day)}))
    return Grid(target, kept, reasons, declared, days, tuple(dropped))


def _declared(rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    return {str(name): tuple(own["level"]) for name, own in rows.groupby("dimension", sort=False)}


def _require_level(name: str, level: str) -> None:
    try:
        DIMENSIONS[name].words(level)
    except KeyError:
        raise ChoiceError(name, level, [DIMENSIONS[name].allowed()]) from None


def _impossible(name: str, level: str, target: Target, measure: str) -> str:
    """Say why a level has no meaning here; empty where it has one."""
    if name != "estimator" or level not in EVENTS:
        return ""
    if target != "pool":
        return NOT_OF_EFFECTS.format(level=level)
    return "" if measure in POOLS[level] else NOT_OF_MEASURE.format(level=level, measure=measure)


def settings_of(chosen: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of `effects.many.frames_under` that a choice of levels means."""
    r, intervals = chosen["adjusted_r"], chosen["intervals"]
    return {
        "timepoint": chosen["timepoint"],
        "instruments": chosen["instrument"],
        "as_printed": chosen["figures"] == "as_printed",
        "icc": float(chosen["icc"]),
        "adjusted_r": None if r == "own" else r if r == "none" else float(r),
        "prefer_adjusted": chosen["estimates"] == "adjusted_first",
        "small_trial_t": None if intervals == "own" else intervals == "t",
        "printed_df": None,
    }


# Which data dimensions decide the numbers; the others leave trials out.
NUMBERS = ("timepoint", "instrument", "figures", "icc", "adjusted_r", "estimates", "intervals")
