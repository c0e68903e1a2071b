"""What the measurement model takes from the evidence: ratings of intervention arms, effects, and one fingerprint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import MAXIMUM, score_column
from synthesis.answers.joint import design_of, gather_effects
from synthesis.answers.verdicts import FEWEST_TRIALS
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import CORE_MECHANISMS

ROLE, CONSENSUS = "intervention", "consensus"
KEYS = ["trial", "arm"]
# Digits of what is hashed: the last ones of a number differ from machine to machine.
DIGITS = 6
NOTHING = (
    "The measurement model needs {least} trials with a standardised effect and a coded intervention arm; here {n}."
)


@dataclass(frozen=True, eq=False)
class Given:
    """Arrays of the measurement model.

    Attributes
    ----------
    arms : pandas.DataFrame
        Coded intervention arms in the order of the arrays: trial, arm, label, tied (whether effects rest on it),
        reported (share of the components that somebody found described).
    components, mechanisms, coders : list of str
    ratings : numpy.ndarray, shape (arms, components, coders)
        nan where a coder found the report silent.
    asked : numpy.ndarray of bool, shape (arms, components, coders)
    settled : numpy.ndarray, shape (arms, components)
        What a consensus came to: 0 silent, 1 + rating; -1 where there is none.
    weights : numpy.ndarray, shape (components,)
        What a rating of 1 adds to the score: the mean over mechanisms of the mean of their components, from 0 to 1.
    effects : pandas.DataFrame
        trial, outcome, benefit, vi, row (of the arm), own (whose average it is about).
    centre : float
        The effects' mean calibrated score, at which the averages are meant.
    """

    arms: pd.DataFrame
    components: list[str]
    mechanisms: list[str]
    coders: list[str]
    ratings: np.ndarray
    asked: np.ndarray
    settled: np.ndarray
    weights: np.ndarray
    effects: pd.DataFrame
    centre: float

    @property
    def trials(self) -> int:
        """Trials with effects."""
        return int(self.effects["trial"].nunique())

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything the model rests on: effects, ratings, components."""
        told = [
            [[*row, *_digits(values)] for row, values in zip(self._named, self._numbers, strict=True)],
            self.arms[KEYS].to_numpy().tolist(),
            [self.components, self.mechanisms, self.coders, _digits(self.weights), _digits([self.centre])],
            [_digits(array) for array in (self.ratings, self.asked, self.settled)],
        ]
        return sha256(json.dumps(told).encode("utf-8")).hexdigest()

    @property
    def _named(self) -> list[list[str]]:
        return self.effects[["trial", "outcome", "own"]].astype(str).to_numpy().tolist()

    @property
    def _numbers(self) -> np.ndarray:
        return self.effects[["benefit", "vi", "row"]].to_numpy(float)

    def arrays(self) -> dict[str, np.ndarray | float]:
        """Return the keywords of `measure`."""
        return {
            "ratings": self.ratings,
            "mechanism": np.array(self.mechanisms),
            "asked": self.asked,
            "settled": self.settled,
            "weights": self.weights,
            "yi": self.effects["benefit"].to_numpy(float),
            "vi": self.effects["vi"].to_numpy(float),
            "cluster": self.effects["trial"].to_numpy(str),
            "arm": self.effects["row"].to_numpy(int),
            "outcome": self.effects["own"].to_numpy(),
            "centre": self.centre,
        }


def given_of(evidence: Evidence, *, effects: Mapping[str, Effects] | None = None) -> Given:
    """Take from the evidence what the measurement model needs.

    Parameters
    ----------
    evidence : Evidence
    effects : mapping of str to Effects, optional
        As `all_effects` gives them, where they are at hand.

    Raises
    ------
    NotEstimableError
        Where fewer than three trials have an effect and a coded arm.

    Notes
    -----
    Intervention arms only, with effects or without: comparison arms are of another kind, and so is silence about them.
    """
    book = evidence.codebook.components
    book = book[book["mechanism"].isin(CORE_MECHANISMS)]
    components, mechanisms = book["component"].tolist(), book["mechanism"].tolist()
    roles = evidence.arms.loc[evidence.arms["role"].eq(ROLE), KEYS]
    rows = evidence.components[evidence.components["component"].isin(components)].merge(roles, on=KEYS)
    arms = rows[KEYS].drop_duplicates().reset_index(drop=True)
    found = gather_effects(evidence, effects=effects).merge(
        arms.assign(row=np.arange(len(arms))).rename(columns={"arm": "intervention_arm"}),
        on=["trial", "intervention_arm"],
    )
    found = found[found[score_column("calibrated")].notna()].reset_index(drop=True)
    if found["trial"].nunique() < FEWEST_TRIALS:
        raise NotEstimableError(NOTHING.format(least=FEWEST_TRIALS, n=found["trial"].nunique()))
    coders = sorted(set(rows["coder"]) - {CONSENSUS})
    ratings, asked = _laid(rows, arms, components, coders)
    ruled, is_ruled = _laid(rows, arms, components, [CONSENSUS])
    settled = np.where(is_ruled, np.where(np.isnan(ruled), 0, ruled + 1), -1).astype(int)[..., 0]
    described = (np.isfinite(ratings).any(axis=2) & (settled < 0)) | (settled > 0)
    kinds = pd.Series(mechanisms)
    return Given(
        arms=arms.assign(
            label=arms["trial"].map(evidence.labels),
            tied=np.isin(np.arange(len(arms)), found["row"]),
            reported=described.mean(axis=1),
        ),
        components=components,
        mechanisms=mechanisms,
        coders=coders,
        ratings=ratings,
        asked=asked,
        settled=settled,
        weights=(1 / (MAXIMUM * kinds.nunique() * kinds.map(kinds.value_counts()))).to_numpy(float),
        effects=found[["trial", "outcome", "benefit", "vi", "row"]].assign(
            own=np.unique(design_of(found), axis=0, return_inverse=True)[1].ravel()
        ),
        centre=float(found[score_column("calibrated")].mean()),
    )


def _laid(
    rows: pd.DataFrame, arms: pd.DataFrame, components: list[str], coders: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Lay ratings out by arm, component and coder; and where there is a row."""
    own = rows[rows["coder"].isin(coders)]
    place = (
        pd.MultiIndex.from_frame(arms[KEYS]).get_indexer(pd.MultiIndex.from_frame(own[KEYS])),
        pd.Index(components).get_indexer(own["component"]),
        pd.Index(coders).get_indexer(own["coder"]),
    )
    ratings = np.full((len(arms), len(components), max(len(coders), 1)), np.nan)
    asked = np.zeros(ratings.shape, bool)
    ratings[place], asked[place] = own["rating"].to_numpy(float), True
    return ratings, asked


def _digits(values: object) -> list[str]:
    return [f"{value:.{DIGITS}g}" for value in np.ravel(np.asarray(values, float)) + 0.0]
