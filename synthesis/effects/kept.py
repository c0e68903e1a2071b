"""What the effects of an outcome depend on: a report computes the same ones for several of its pages.

They are kept (`synthesis.kept`) by the content of every cell that `compute_effects` may read, about the trials that
measured the outcome alone: another trial's cells change no effect of theirs.
"""

from __future__ import annotations

import hashlib
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from synthesis.evidence.evidence import ROOT_TABLES, TRIAL_TABLES
from synthesis.kept import columns_of, remembered

if TYPE_CHECKING:
    from synthesis.evidence import Evidence

TABLES = ("trials", "arms", "outcomes", "risk_of_bias", "decisions")
VOCABULARY = ("outcomes", "instruments")


def content_of_effects(evidence: Evidence, outcome: str, **choices: Any) -> list[Any]:
    """Return the choices and the fingerprints of every cell about the trials that measured the outcome."""
    book = evidence.codebook
    outcome = book.outcome_key(outcome)
    trials = remembered(evidence.outcomes, "trials", lambda: _trials(evidence.outcomes)).get(outcome, frozenset())
    runs = [_about(getattr(evidence, name), trials) for name in TABLES]
    return [
        outcome,
        sorted(choices.items()),
        tuple(book.review.names),
        tuple(book.review.readings),
        [(trial, evidence.labels.get(trial), evidence.doi(trial)) for trial in sorted(trials)],
        runs,
        [getattr(book, name) for name in VOCABULARY],
    ]


def content_about(evidence: Evidence, outcome: str) -> list[Any]:
    """Return the fingerprints of every cell about the trials that measured an outcome, and of all that is about none.

    What is computed of an outcome's own trials may be kept by it, whatever it reads of the evidence.
    """
    outcome = evidence.codebook.outcome_key(outcome)
    trials = remembered(evidence.outcomes, "trials", lambda: _trials(evidence.outcomes)).get(outcome, frozenset())
    return [
        outcome,
        evidence.codebook,
        [(trial, evidence.labels.get(trial), evidence.bibliography.digests.get(trial)) for trial in sorted(trials)],
        [_about(getattr(evidence, name), trials) for name in TRIAL_TABLES],
        [getattr(evidence, name) for name in ROOT_TABLES],
    ]


def _about(table: pd.DataFrame, trials: frozenset[str]) -> list[str]:
    """Return, in the order of the table, the fingerprint of each run of rows about one of the trials."""
    runs = remembered(table, "runs", lambda: _runs(table))
    return [digest for trial, digest in runs if trial in trials]


def _trials(outcomes: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return the trials that measured each outcome."""
    return {name: frozenset(own) for name, own in outcomes.groupby("outcome", sort=False)["trial"]}


def _runs(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return, in the order of the table, each trial with the fingerprint of its rows that follow one another."""
    columns = columns_of(table)
    kinds = repr([(name, kind) for name, kind, _ in columns])
    rows = zip(*(cells for _, _, cells in columns), strict=True)
    trials = iter(table["trial"].tolist())
    return [
        (trial, hashlib.sha256(f"{kinds}{list(own)!r}".encode("utf-8", "surrogatepass")).hexdigest())
        for trial, own in groupby(rows, key=lambda _: next(trials))
    ]
