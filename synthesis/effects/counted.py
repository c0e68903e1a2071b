"""The effects that a pool of events can take: those from counts, with what is left out of it and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from synthesis.choices import EventsMethod, MeasureCode
from synthesis.effects.assumptions import coded, has, in_words, joined
from synthesis.effects.columns import objects
from synthesis.effects.effects import Effects
from synthesis.effects.left_out import REASONS
from synthesis.errors import ChoiceError
from synthesis.statistics.measures import silent, where_halved
from synthesis.statistics.measures.events import Halved, fourfold, has_zero_cell

# Measures that each method pools.
POOLS: dict[EventsMethod, tuple[MeasureCode, ...]] = {
    "MH": ("RR", "OR", "RD"),
    "MH-DL": ("RR", "OR", "RD"),
    "MH-REVMAN": ("RR", "OR", "RD"),
    "MH-DL-REVMAN": ("RR", "OR", "RD"),
    "PETO": ("OR", "PETO"),
}
HALVES = ("half_added", "half_in_variance")
TABLE = [f"counted_{name}_{side}" for side in ("intervention", "comparator") for name in ("events", "n")]
OTHER_MEASURE = "is not pooled by {method}, which pools events as {measures} (outcome {outcome!r})"


def with_tables(effects: Effects, method: EventsMethod) -> Effects:
    """Return the effects whose fourfold tables a method can pool; the others join those left out, with the reason.

    Parameters
    ----------
    effects : Effects
    method : {"MH", "MH-DL", "MH-REVMAN", "MH-DL-REVMAN", "PETO"}

    Returns
    -------
    Effects
        The effects themselves where nothing is left out.

    Raises
    ------
    ChoiceError
        Where the method does not pool this measure.
    """
    if effects.measure not in POOLS[method]:
        why = OTHER_MEASURE.format(method=method, measures=" or ".join(POOLS[method]), outcome=effects.outcome)
        raise ChoiceError("measure", effects.measure, POOLS[method], why=why)
    frame = effects.frame
    quiet = silent("PETO" if method == "PETO" else effects.measure, *frame[TABLE].to_numpy(float).T)
    averaged = has(frame["assumptions"], "averaged")
    without = np.where(averaged, "average_not_counts", "estimate_not_counts")
    causes = np.where(frame[TABLE].notna().all(axis=1), quiet, without).astype(object)
    out = causes != ""
    if not out.any():
        return effects
    reasons = [REASONS[cause].says.format(measure=effects.measure) for cause in causes[out]]
    left = frame[out].assign(
        cause=pd.Series(causes[out], frame.index[out], dtype="str"),
        kind=pd.Series([REASONS[cause].kind for cause in causes[out]], frame.index[out], dtype="str"),
        reason=pd.Series(reasons, frame.index[out], dtype="str"),
    )
    columns = list(effects.left_out)
    parts = [part for part in (effects.left_out, left[columns]) if len(part)]
    return replace(effects.subset(pd.Series(~out)), left_out=pd.concat(parts, ignore_index=True))


def tables_of(effects: Effects) -> np.ndarray:
    """Return the fourfold tables that are pooled: events1, n1, events2, n2, shape (4, k); nan for other effects."""
    return effects.frame[TABLE].to_numpy(float).T


def with_own_effects(effects: Effects, method: EventsMethod, yi: np.ndarray, vi: np.ndarray) -> Effects:
    """Return the effects as a pool of events reads each of them, with what it assumed of zero cells.

    Parameters
    ----------
    effects : Effects
        Of `with_tables`.
    method : {"MH", "MH-DL", "MH-REVMAN", "MH-DL-REVMAN", "PETO"}
    yi, vi : numpy.ndarray, shape (k,)
    """
    frame = effects.frame.assign(yi=yi, vi=vi, sei=np.sqrt(vi), benefit=effects.turn * yi)
    halved = halves(method, effects)
    codes = coded({"half_added": halved.estimate, "half_in_variance": halved.variance}, len(frame))
    others = objects([tuple(code for code in own if code not in HALVES) for own in frame["assumptions"]])
    assumptions = joined(others, codes)
    changed = np.array([set(a) != set(b) for a, b in zip(assumptions, frame["assumptions"], strict=True)], dtype=bool)
    frame["assumptions"] = pd.Series(assumptions, frame.index, dtype=object)
    frame["note"] = in_words(frame).where(changed, frame["note"])
    return replace(effects, frame=frame)


def halves(method: EventsMethod, effects: Effects) -> Halved:
    """Say to which trials' own effects a method adds one half in each cell."""
    tables = tables_of(effects)
    if effects.measure == "RD" and method.endswith("REVMAN"):
        return Halved(np.zeros(tables.shape[1], bool), has_zero_cell(*fourfold(*tables)))
    return where_halved("PETO" if method == "PETO" else effects.measure, *tables)
