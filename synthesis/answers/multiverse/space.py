"""The multiverse of one answer: every combination of declared choices, planned before any is fitted.

Not one path through the data but all that somebody could defend [steegen2016increasing, voracek2019].
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, score_fidelity
from synthesis.answers.joint import MEASURE
from synthesis.answers.multiverse.chunks import NO_JOINT, Work, count_bits
from synthesis.answers.multiverse.data import gather
from synthesis.answers.multiverse.grid import Grid, grid_of
from synthesis.answers.multiverse.parts import InFolder, InMemory, Parts
from synthesis.answers.multiverse.plan import Plan, packed, write_plan
from synthesis.answers.multiverse.run import Run
from synthesis.answers.multiverse.universe import Universe, universe_of
from synthesis.answers.multiverse.work import Progress, do_elsewhere, do_missing
from synthesis.choices import LEVEL, SEED, option
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.multiverse import DIMENSIONS, TARGETS, Target
from synthesis.results import Result

PERMUTATIONS = 1000
# Fits in a chunk, and fits in a chunk of the reference: seconds of work.
CHUNK, REFERENCE_FITS = 1 << 17, 1 << 20
JOINT_CHUNK = 8
UNSETTLED = "Nobody has settled which direction of {outcome} is good for people, so no answer has a side."
ALL_OUTCOMES = "All outcomes"
LESS, MORE = "less benefit with more fidelity", "more benefit with more fidelity"


@dataclass(frozen=True, eq=False)
class Space(Result):
    """A planned multiverse.

    Attributes
    ----------
    work : Work
        The plan with its data sets.
    grid : Grid
    evidence : Evidence
    scores : FidelityScores

    Examples
    --------
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> len(space), space.fits
    (202752, 800)
    >>> space.specification(0)["timepoint"]
    'longest'
    """

    work: Work
    grid: Grid
    evidence: Evidence
    scores: FidelityScores

    @property
    def plan(self) -> Plan:
        """What is fitted."""
        return self.work.plan

    @property
    def dimensions(self) -> dict[str, tuple[str, ...]]:
        """Levels of every choice, the main analysis's first."""
        return dict(self.grid.levels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Combinations of choices of data, scores with every draw, and models."""
        data = self.work.data
        return data.sets.shape[1], max(1, len(data.scores)), len(self.plan.models)

    def __len__(self) -> int:
        combinations, scores, models = self.shape
        return combinations * scores * models

    @property
    def fits(self) -> int:
        """Distinct data sets by score and estimator: what is fitted."""
        return self.work.fits.total

    @property
    def duplicates(self) -> int:
        """Specifications whose numbers another has too."""
        counts, _, mask = self.work.weights
        return len(self) - int(count_bits(mask)[counts > 0].sum())

    def specification(self, index: int) -> dict[str, str]:
        """Return the levels of a specification by its number; 0 is the main analysis.

        Raises
        ------
        InputError
            Beyond the last.
        """
        if not isinstance(index, (int, np.integer)) or not 0 <= index < len(self):
            raise InputError(f"index is {index!r}; the specifications are numbered from 0 to {len(self) - 1}.")
        combinations, scores, models = self.shape
        combination, score, model = (int(part) for part in np.unravel_index(index, (combinations, scores, models)))
        sizes = [len(self.grid.levels[name]) for name in self.grid.which]
        at = np.unravel_index(combination, sizes)
        found = {name: self.grid.levels[name][int(i)] for name, i in zip(self.grid.which, at, strict=True)}
        levels = self.work.data.level_of_score
        if levels:
            found["score"] = levels[score]
            found["draw"] = str(score - levels.index(levels[score])) if levels[score].startswith("drawn:") else ""
        estimator, interval = self.plan.models[model]
        if self.plan.target == "joint":
            return found | {"rho": estimator}
        return found | {"estimator": estimator, "interval": interval}

    def at(self, index: int) -> Universe:
        """Fit one specification again, from the evidence and by the functions that everybody calls."""
        scores = max(1, len(self.work.data.scores))
        score = index // len(self.plan.models) % scores
        given = self.work.data.scores[score] if len(self.work.data.scores) else None
        known = self.work.data.comparisons
        return universe_of(self.plan, self.specification(index), self.evidence, known, given)

    def row(self, index: int) -> np.void:
        """Return the fit that a specification leads to, as a run makes it."""
        _, scores, models = self.shape
        self.specification(index)
        estimator = self.plan.estimators.index(self.plan.models[index % models][0])
        score = index // models % scores
        own = self.work.data.sets_of(score)[[index // (models * scores)]]
        number = int(self.work.fits.number(score, estimator, own)[0])
        return self.work.fits.fit(number, number + 1)[0]

    def run(
        self,
        folder: Path | str | None = None,
        *,
        permutations: int | None = None,
        resamples: int | None = None,
        workers: int | None = None,
        executor: Executor | None = None,
        until: float | None = None,
        progress: Progress = lambda line: None,
    ) -> Run:
        """Fit every specification, and the reference of the curve.

        Parameters
        ----------
        folder : path, optional
            Where chunks are kept; what is there of the same plan is not done again. In memory by default.
        permutations : int, optional
            Arrangements of the reference, in the place of the plan's.
        resamples : int, optional
            Draws of whole trials, in the place of the plan's.
        workers : int, optional
            Threads; as many as there are processors by default.
        executor : concurrent.futures.Executor, optional
            Does the chunks instead; its workers must see the folder.
        until : float, optional
            Seconds after which no chunk is begun.
        progress : callable
            Receives a line when a chunk is done.

        Returns
        -------
        Run
        """
        work = self.work
        if permutations is not None or resamples is not None:
            orders = self.plan.permutations if permutations is None else permutations
            draws = self.plan.resamples if resamples is None else resamples
            work = Work(_with_draws(self.plan, orders, draws, self.fits), self.work.data)
        parts: Parts = InMemory()
        if folder is not None:
            write_plan(Path(folder), work.plan, work.data)
            parts = InFolder(Path(folder), work)
        if executor is None:
            do_missing(work, parts, workers=workers, until=until, progress=progress)
        elif folder is None:
            raise InputError("An executor's workers need a folder that they all see; give one.")
        else:
            do_elsewhere(folder, executor, until=until, progress=progress)
        return Run(work, parts)

    def to_frame(self) -> pd.DataFrame:
        """Return the levels of every choice, with their reasons."""
        return self.grid.to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Return what is planned."""
        plan = self.plan
        names = "target outcome measure level permutations resamples seed is_declared grid evidence".split()
        counts = {"specifications": len(self), "fits": self.fits, "duplicates": self.duplicates}
        about = {name: getattr(plan, name) for name in names} | {"plan": plan.name, "dropped": plan.dropped}
        return about | counts | {"dimensions": plan.dimensions}

    def __str__(self) -> str:
        return f"{self.plan.outcome_label}: {len(self):,} specifications, {self.fits:,} fits"


def multiverse(
    evidence: Evidence,
    outcome: str = "",
    *,
    target: Target = "pool",
    levels: Mapping[str, Sequence[str]] | None = None,
    scores: FidelityScores | None = None,
    permutations: int = PERMUTATIONS,
    resamples: int = 0,
    level: float = LEVEL,
    seed: int = SEED,
    progress: Progress = lambda line: None,
) -> Space:
    """Plan every combination of declared choices for one answer.

    Parameters
    ----------
    evidence : Evidence
    outcome : str
        By key or label; none for a joint model.
    target : {"pool", "slope", "joint"}
        The average effect, its slope on fidelity, or the slope over all outcomes.
    levels : mapping of str to sequence of str, optional
        Levels of some choices in the place of those of `codebook/multiverse.csv`; the main analysis's belongs to them
        in any case. Without that file the toolkit's standard choices are crossed.
    scores : FidelityScores, optional
        Where they are at hand.
    permutations : int
        Arrangements of the reference; 0 for none.
    resamples : int
        Draws of whole trials, for intervals of the curve's middle and of the main analysis; pools and slopes only.
    level : float
        Of the intervals.
    seed : int
        Of arrangements and draws.
    progress : callable

    Returns
    -------
    Space

    Raises
    ------
    ChoiceError
        For a target, outcome, choice or level that does not exist.
    InputError
        For a joint model of trials drawn anew.
    NotEstimableError
        Where no combination leaves an effect, or nobody has settled which direction is good.

    Examples
    --------
    >>> space = multiverse(load_evidence(), "recovery", levels={"timepoint": ["closest:12"]})
    >>> len(space) > space.fits
    True
    """
    if target not in TARGETS:
        raise ChoiceError("target", target, list(TARGETS))
    level, seed = option("level", level), option("seed", seed)
    if permutations:
        permutations = option("permutations", permutations)
    if resamples:
        resamples = option("resamples", resamples)
    scores = scores if scores is not None else score_fidelity(evidence)
    outcomes, about = _outcomes(evidence, outcome, target)
    grid = grid_of(evidence.codebook, target, measure=about["measure"], levels=levels)
    data = gather(evidence, outcomes, grid, scores, seed=seed, progress=progress)
    dimensions = [
        {
            "dimension": name,
            "label": DIMENSIONS[name].label,
            "kind": DIMENSIONS[name].kind,
            "levels": [
                {"level": own, "words": DIMENSIONS[name].words(own), "reason": grid.reasons.get((name, own), "")}
                for own in found
            ],
        }
        for name, found in grid.levels.items()
    ]
    plan = Plan(
        target=target,
        **about,
        dimensions=dimensions,
        dropped=[list(one) for one in grid.dropped],
        is_declared=grid.is_declared,
        dates=list(grid.dates),
        grid=grid.hash,
        models=[list(model) for model in grid.models],
        level=level,
        permutations=permutations,
        resamples=resamples,
        seed=seed,
        chunk=JOINT_CHUNK if target == "joint" else CHUNK,
        orders=1,
        evidence=_fingerprint(evidence),
        versions=_versions(),
        tables=packed(data)[1],
    )
    work = Work(plan, data)
    return Space(Work(_with_draws(plan, permutations, resamples, work.fits.total), data), grid, evidence, scores)


def space_of(evidence: Evidence, work: Work) -> Space | None:
    """Return the space of a plan that was read from a folder; None where the evidence is no longer that of the plan."""
    plan = work.plan
    if _fingerprint(evidence) != plan.evidence:
        return None
    levels = {name: list(own) for name, own in plan.levels.items()}
    grid = grid_of(evidence.codebook, plan.target, measure=plan.measure, levels=levels)  # type: ignore[arg-type]
    return Space(work, grid, evidence, score_fidelity(evidence))


def _with_draws(plan: Plan, permutations: int, resamples: int, fits: int) -> Plan:
    """Return a plan with so many arrangements and draws of trials, cut into chunks of a few seconds."""
    if resamples and plan.target == "joint":
        raise InputError(NO_JOINT)
    orders = 1 if plan.target == "joint" else max(1, REFERENCE_FITS // max(fits, 1))
    return replace(plan, permutations=permutations, resamples=resamples, orders=orders)


def _outcomes(evidence: Evidence, outcome: str, target: Target) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the outcomes that take part with their measures, and what the plan says of them."""
    names = evidence.codebook.review.names
    if target == "joint":
        measured = set(evidence.outcomes["outcome"])
        rows = evidence.codebook.outcomes
        settled = rows["better"].isin(["higher", "lower"])
        used = rows[rows["outcome"].isin(measured) & rows["measure"].eq(MEASURE) & settled]
        about = {"outcome": ", ".join(used["outcome"]), "outcome_label": ALL_OUTCOMES, "measure": MEASURE}
        return dict.fromkeys(used["outcome"], MEASURE), about | {"sides": [MORE, LESS], "turn": 1.0}
    row = evidence.codebook.outcome(outcome)
    key, measure = str(row["outcome"]), str(row["measure"])
    effects = compute_effects(evidence, key)
    if not effects.is_settled:
        raise NotEstimableError(UNSETTLED.format(outcome=effects.outcome_label))
    about = {"outcome": key, "outcome_label": str(row["label"]), "measure": measure}
    sides = [MORE, LESS] if target == "slope" else list(names)
    return {key: measure}, about | {"sides": sides, "turn": effects.turn if target == "pool" else 1.0}


def _fingerprint(evidence: Evidence) -> str:
    content = "\n".join(f"{path} {digest}" for path, digest in sorted(evidence.files.items()))
    return hashlib.sha256(content.encode()).hexdigest()


def _versions() -> dict[str, str]:
    found = {}
    for name in ("numpy", "scipy", "pandas", "numba"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
