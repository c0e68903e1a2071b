"""Effects computed before, to be handed out again for the same rows and the same choices. Off, unless switched on.

A report computes the effects of an outcome for its plan, its pools, its comparisons and several of its pages. What is
kept is found by the content of every cell that `compute_effects` may read, so no change to the evidence, wherever it
was made, is ever answered with old effects. Making that key takes a tenth of the time of computing.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec

import pandas as pd

if TYPE_CHECKING:
    from synthesis.evidence import Evidence

TABLES = ("trials", "arms", "outcomes", "risk_of_bias", "decisions")
VOCABULARY = ("outcomes", "instruments")

P = ParamSpec("P")
_kept: list[dict[str, Any]] = []  # empty: off; otherwise the last one is in use


def keep_effects() -> None:
    """Keep every effect that is computed from now on in this process and those forked from it."""
    _kept.append({})


def effects_so_far() -> bytes:
    """Return what this process keeps by now, for another process of the same code to take over."""
    return pickle.dumps(_kept[-1] if _kept else {}, protocol=5)


def take_over(pickled: bytes) -> None:
    """Keep from now on, beside what this process kept, what another one had: its `effects_so_far`."""
    if not _kept:
        keep_effects()
    _kept[-1].update(pickle.loads(pickled))


@contextmanager
def effects_kept() -> Iterator[None]:
    """Keep effects within a block."""
    keep_effects()
    try:
        yield
    finally:
        _kept.pop()


def kept(compute: Callable[P, Any]) -> Callable[P, Any]:
    """Let a function of evidence and an outcome keep what it computes, where keeping is switched on."""
    options = signature(compute)

    @wraps(compute)
    def found(*args: P.args, **kwargs: P.kwargs) -> Any:
        if not _kept:
            return compute(*args, **kwargs)
        given = options.bind(*args, **kwargs)
        given.apply_defaults()
        key = _key(**given.arguments)
        if key not in _kept[-1]:
            _kept[-1][key] = compute(*args, **kwargs)
        return _handed_out(_kept[-1][key])

    return found


def _key(evidence: Evidence, outcome: str, **choices: Any) -> str:
    """Return the fingerprint of the choices and of every cell about the trials that measured the outcome."""
    trials = set(evidence.outcomes.loc[evidence.outcomes["outcome"].eq(outcome), "trial"])
    tables = [getattr(evidence, name) for name in TABLES]
    content = [
        outcome,
        sorted(choices.items()),
        tuple(evidence.codebook.review.names),
        tuple(evidence.codebook.review.readings),
        [(trial, evidence.labels.get(trial), evidence.doi(trial)) for trial in sorted(trials)],
        *(_cells(table[table["trial"].isin(trials)]) for table in tables),
        *(_cells(getattr(evidence.codebook, name)) for name in VOCABULARY),
    ]
    return hashlib.sha256(pickle.dumps(content, protocol=5)).hexdigest()


def _cells(table: pd.DataFrame) -> list[tuple[str, str, list[Any]]]:
    return [(name, str(table[name].dtype), table[name].tolist()) for name in table.columns]


def _handed_out(effects: Any) -> Any:
    """Return effects whose tables can be changed without a trace in those kept: pandas copies what is written to."""
    tables = {field.name: getattr(effects, field.name) for field in fields(effects)}
    copies = {name: table.copy(deep=False) for name, table in tables.items() if isinstance(table, pd.DataFrame)}
    return replace(effects, **copies)
