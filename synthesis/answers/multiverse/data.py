"""The data sets of a multiverse as arrays: effects under every reading, who takes part, and scores of fidelity.

Combinations of choices that leave the same numbers of the same trials are one data set, known before any is fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, score_column
from synthesis.answers.multiverse.draws import drawn_scores
from synthesis.answers.multiverse.grid import EVENTS, NUMBERS, Grid, settings_of
from synthesis.answers.sensitivity import OF_TRIALS, SUBSETS
from synthesis.effects.counted import TABLE
from synthesis.effects.kept import content_of_effects
from synthesis.effects.many import frames_under
from synthesis.errors import InputError, NotEstimableError
from synthesis.evidence import Evidence
from synthesis.kept import kept

COMPARISON = ["outcome", "trial", "intervention_arm", "comparator_arm"]
# What a level leaves out, by the code that the comparison of single choices has for it.
KEEPS = {
    ("comparators", "inactive"): "inactive_comparators",
    ("comparators", "active"): "active_comparators",
    ("peers", "core"): "core_peers",
    ("people", "without_perinatal"): "without_perinatal",
    ("people", "severe_mental_illness"): "severe_mental_illness",
    ("risk_of_bias", "without_high"): "without_high_risk",
    ("risk_of_bias", "judged_not_high"): "judged_not_high",
    ("design", "without_clusters"): "without_clusters",
    ("routes", "direct"): "direct_routes",
    ("routes", "without_residual_sd"): "without_residual_sd",
    ("routes", "without_changes"): "without_changes",
    ("integrity", "without_concern"): "without_concern",
}
# Scores that are a bound of the score as described: silence counted one way.
BOUNDS = {"absent": "fidelity_lower", "present": "fidelity_upper"}
MOST_COMBINATIONS = 4_000_000
TOO_MANY = (
    "These choices of data can be combined in {n:,} ways; {most:,} are as many as are planned at once. Cross fewer: "
    "--only DIMENSION=LEVEL, or codebook/multiverse.csv."
)
NOTHING = "No combination of these choices leaves an effect on {outcome}."


@dataclass(frozen=True, eq=False)
class Data:
    """What is fitted, as arrays.

    Attributes
    ----------
    comparisons : pandas.DataFrame
        outcome, trial, intervention_arm, comparator_arm of each of n comparisons that any choice has an effect of.
    trial : numpy.ndarray, shape (n,)
        Number of its trial.
    y, v : numpy.ndarray, shape (f, n)
        Effects and variances under each distinct reading; nan where there is none. On the analysis scale for a pool,
        as benefit for a slope.
    counts : numpy.ndarray, shape (f, n, 4)
        Fourfold tables; f is 0 where no level pools events.
    frame : numpy.ndarray, shape (m,)
        The reading of each distinct data set.
    members : numpy.ndarray of bool, shape (m, n)
        Who takes part in it.
    kind : numpy.ndarray, shape (m,)
        Which comparisons have a score in it: a row of `sets`.
    sets : numpy.ndarray of int, shape (kinds, combinations)
        The data set of every combination of choices of data.
    scores : numpy.ndarray, shape (s, n)
        One row a score or draw; none for a pool.
    score_kind : numpy.ndarray, shape (s,)
    level_of_score : tuple of str
        The level of each row of `scores`.
    """

    comparisons: pd.DataFrame
    trial: np.ndarray
    y: np.ndarray
    v: np.ndarray
    counts: np.ndarray
    frame: np.ndarray
    members: np.ndarray
    kind: np.ndarray
    sets: np.ndarray
    scores: np.ndarray
    score_kind: np.ndarray
    level_of_score: tuple[str, ...]

    def sets_of(self, score: int) -> np.ndarray:
        """Return the data set of every combination of choices of data, for a row of `scores`."""
        return self.sets[self.kind_of(score)]

    def kind_of(self, score: int) -> int:
        """Return which comparisons have a score in a row of `scores`; 0 where there are no scores."""
        return int(self.score_kind[score]) if len(self.scores) else 0

    @property
    def trials(self) -> np.ndarray:
        """Trials in each data set, shape (m,)."""
        of_trial = self.trial[:, None] == np.arange(self.trial.max() + 1)
        return (self.members.astype(np.int32) @ of_trial.astype(np.int32) > 0).sum(axis=1)


def gather(
    evidence: Evidence,
    outcomes: Mapping[str, str],
    grid: Grid,
    scores: FidelityScores,
    *,
    seed: int,
    progress: Callable[[str], None] = lambda line: None,
) -> Data:
    """Compute the effects under every reading and find the distinct data sets.

    Parameters
    ----------
    evidence : Evidence
    outcomes : mapping of str to str
        Outcomes and their measures.
    grid : Grid
    scores : FidelityScores
    seed : int
        Of drawn scores.
    progress : callable
        Receives a line for each outcome.

    Raises
    ------
    InputError
        Where more combinations are declared than can be planned.
    NotEstimableError
        Where no combination leaves an effect.
    """
    combinations = int(np.prod([len(grid.levels[name]) for name in grid.which]))
    if combinations > MOST_COMBINATIONS:
        raise InputError(TOO_MANY.format(n=combinations, most=MOST_COMBINATIONS))
    levels = {name: grid.levels[name] for name in grid.which}
    column = "yi" if grid.target == "pool" else "benefit"
    parts = []
    for outcome, measure in outcomes.items():
        progress(outcome)
        parts.append(_outcome(evidence, outcome, measure, levels))
    comparisons = pd.concat([part.comparisons for part in parts], ignore_index=True)
    if comparisons.empty:
        raise NotEstimableError(NOTHING.format(outcome=", ".join(outcomes)))
    # A reading of all outcomes is one of each; those that differ in none are one.
    together = np.stack([part.reading for part in parts], axis=1)
    distinct, reading = np.unique(together, axis=0, return_inverse=True)
    y, v = (np.hstack([getattr(part, name)[distinct[:, i]] for i, part in enumerate(parts)]) for name in (column, "v"))
    members = np.concatenate([part.members[distinct[:, i]] for i, part in enumerate(parts)], axis=2)
    members &= np.isfinite(y)[:, None]  # a scale whose direction nobody has settled has no benefit
    pools_events = any(level in EVENTS for level in grid.levels.get("estimator", ()))
    counts = parts[0].counts[distinct[:, 0]] if pools_events else np.empty((0, len(comparisons), 4))
    rows, levels = _scores(scores, comparisons, grid, seed)
    known, score_kind = np.unique(~np.isnan(rows), axis=0, return_inverse=True)
    if not len(rows):
        known, score_kind = np.ones((1, len(comparisons)), bool), np.zeros(0, int)
    flat = members.reshape(-1, members.shape[2])
    frame = np.repeat(np.arange(len(y)), members.shape[1])
    found = [_distinct(y, v, counts, frame, flat & own) for own in known]
    starts = np.cumsum([0, *(len(first) for first, _ in found)])
    place = (reading[:, None] * members.shape[1] + np.arange(members.shape[1])).ravel()
    return Data(
        comparisons=comparisons,
        trial=pd.factorize(comparisons["trial"])[0],
        y=y,
        v=v,
        counts=counts,
        frame=np.concatenate([frame[first] for first, _ in found]),
        members=np.concatenate([(flat & own)[first] for (first, _), own in zip(found, known, strict=True)]),
        kind=np.repeat(np.arange(len(known)), [len(first) for first, _ in found]),
        sets=np.stack([start + which[place] for start, (_, which) in zip(starts, found, strict=False)]).astype(
            np.int32
        ),
        scores=rows,
        score_kind=score_kind.ravel(),
        level_of_score=tuple(levels),
    )


@dataclass(frozen=True, eq=False)
class _Part:
    """One outcome: its comparisons, distinct readings, and who takes part in each under every choice of trials.

    `members` has the shape (readings, choices of trials, comparisons).
    """

    comparisons: pd.DataFrame
    reading: np.ndarray
    yi: np.ndarray
    benefit: np.ndarray
    v: np.ndarray
    counts: np.ndarray
    members: np.ndarray


def _content(evidence: Evidence, outcome: str, measure: str, levels: Mapping[str, Sequence[str]]) -> list[Any]:
    return content_of_effects(evidence, outcome, measure=measure, levels=sorted(levels.items()))


@kept(_content)
def _outcome(evidence: Evidence, outcome: str, measure: str, levels: Mapping[str, Sequence[str]]) -> _Part:
    settings = [
        settings_of(dict(zip(NUMBERS, own, strict=True))) for own in product(*(levels[name] for name in NUMBERS))
    ]
    subsets = [name for name in levels if name not in NUMBERS]
    frames: dict[int, pd.DataFrame] = {}
    of = []
    for frame in frames_under(evidence, outcome, measure, settings):
        frames.setdefault(id(frame), frame)
        of.append(id(frame))
    number = {key: i for i, key in enumerate(frames)}
    keyed = [frame.assign(outcome=outcome)[COMPARISON] for frame in frames.values()]
    comparisons = pd.concat(keyed, ignore_index=True).drop_duplicates().sort_values(COMPARISON, ignore_index=True)
    index = {key: i for i, key in enumerate(comparisons.itertuples(index=False, name=None))}
    n = len(comparisons)
    yi, benefit, v = (np.full((len(frames), n), np.nan) for _ in range(3))
    counts = np.full((len(frames), n, 4), np.nan)
    every = []
    for i, (frame, keys) in enumerate(zip(frames.values(), keyed, strict=True)):
        at = np.array([index[key] for key in keys.itertuples(index=False, name=None)], int)
        for array, name in ((yi, "yi"), (benefit, "benefit"), (v, "vi")):
            array[i, at] = frame[name].to_numpy(float)
        counts[i, at] = frame[TABLE].to_numpy(float)
        members = np.zeros((1, n), bool)
        members[0, at] = np.isfinite(yi[i, at]) & (v[i, at] > 0)
        for name in subsets:
            stays = np.zeros((len(levels[name]), n), bool)
            for row, level in zip(stays, levels[name], strict=True):
                row[at] = keep(frame, evidence, name, level)
            members = (members[:, None] & stays).reshape(len(members) * len(stays), n)
        every.append(members)
    reading = np.array([number[key] for key in of])
    return _Part(comparisons, reading, yi, benefit, v, counts, np.stack(every))


def keep(frame: pd.DataFrame, evidence: Evidence, dimension: str, level: str) -> np.ndarray:
    """Say which effects a level keeps."""
    code = KEEPS.get((dimension, level))
    if code is None:
        return np.ones(len(frame), bool)
    found = SUBSETS[code](frame) if code in SUBSETS else OF_TRIALS[code](frame, evidence)
    return np.asarray(found, bool)


def _distinct(
    y: np.ndarray, v: np.ndarray, counts: np.ndarray, frame: np.ndarray, members: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first of each distinct data set, and which one each is."""
    # First by who takes part under which reading, of which there are few; then by the numbers themselves.
    numbered = frame.astype(np.int32)[:, None].view(np.uint8)
    first, which = _unique_rows(np.hstack([numbered, np.packbits(members, 1)]))
    own, at = members[first], frame[first]
    parts = [np.where(own, y[at], np.nan), np.where(own, v[at], np.nan)]
    if len(counts):
        parts.append(np.where(own[..., None], counts[at], np.nan).reshape(len(first), -1))
    finer, of_finer = _unique_rows(np.hstack(parts).view(np.uint8))
    return first[finer], of_finer[which]


def _unique_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first place of each distinct row of bytes, in the order of these places, and which row each is."""
    rows = np.ascontiguousarray(rows)
    whole = rows.view(np.dtype((np.void, rows.shape[1]))).ravel()
    _, first, which = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[which.ravel()]


def _scores(scores: FidelityScores, comparisons: pd.DataFrame, grid: Grid, seed: int) -> tuple[np.ndarray, list[str]]:
    """Return a row of scores a level, or a draw, over the comparisons."""
    if "score" not in grid.levels:
        return np.empty((0, len(comparisons))), []
    keys = ["trial", "intervention_arm", "comparator_arm"]
    known = comparisons[keys].merge(scores.contrasts(comparisons[keys]), on=keys, how="left")
    rows, levels = [], []
    for level in grid.levels["score"]:
        if level.startswith("drawn:"):
            own = drawn_scores(scores, comparisons, draws=int(level.partition(":")[2]), seed=seed)
        else:
            own = known[BOUNDS.get(level) or score_column(level)].to_numpy(float)[None]
        rows.append(own)
        levels += [level] * len(own)
    return np.vstack(rows), levels
