"""A multiverse that has been run: its curve, its reference, what moves it, and any one universe fitted again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.multiverse.chunks import Work
from synthesis.answers.multiverse.curve import Curve, curve_of
from synthesis.answers.multiverse.levels import Answers
from synthesis.answers.multiverse.parts import Parts, digest
from synthesis.answers.multiverse.plan import Plan
from synthesis.answers.multiverse.reference import Reference, reference_of
from synthesis.answers.multiverse.resampled import Resampled, resampled_of
from synthesis.errors import InputError
from synthesis.results import Result

UNFINISHED = "{missing} of {all} chunks are still to do: run or resume the plan first."


@dataclass(frozen=True, eq=False)
class Run(Result):
    """All specifications of a plan, or those that are done.

    Attributes
    ----------
    work : Work
    parts : Parts
        Where the finished chunks are.

    Examples
    --------
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> run = space.run(workers=1)
    >>> print(run)
    Personal recovery: 202,752 specifications, 1,760 different analyses
    >>> run.missing
    []
    """

    work: Work
    parts: Parts

    @property
    def plan(self) -> Plan:
        """What was run."""
        return self.work.plan

    @property
    def missing(self) -> list[int]:
        """Chunks that are still to do."""
        return self.parts.missing(self.work)

    @cached_property
    def rows(self) -> np.ndarray:
        """Every distinct fit, in the order of their numbers.

        Raises
        ------
        InputError
            While chunks are missing.
        """
        self._require_whole()
        return np.concatenate([self.parts.get(self.work, chunk) for chunk in range(self.work.of_fits)])

    def _require_whole(self) -> None:
        if missing := self.missing:
            raise InputError(UNFINISHED.format(missing=len(missing), all=self.work.chunks))

    def curve(self) -> Curve:
        """Return the specification curve."""
        return self._curve

    @cached_property
    def _curve(self) -> Curve:
        return curve_of(Answers(self.work, self.rows))

    def reference(self) -> Reference | None:
        """Return the curve's reference; None where no arrangements were asked for."""
        first = self.work.of_fits
        found = self._drawn(range(first, first + self.work.of_reference))
        return None if found is None else reference_of(found, self.plan.seed)

    def resampled(self) -> Resampled | None:
        """Return the middle of the curve and the main analysis over trials drawn anew; None where none were drawn."""
        found = self._drawn(range(self.work.of_fits + self.work.of_reference, self.work.chunks))
        return None if found is None else resampled_of(found, self.plan.seed, self.plan.level)

    def _drawn(self, chunks: range) -> np.ndarray | None:
        self._require_whole()
        return np.concatenate([self.parts.get(self.work, chunk) for chunk in chunks]) if chunks else None

    def decompose(self) -> pd.DataFrame:
        """Return which choice moves the answer, those that move it most first.

        Returns
        -------
        pandas.DataFrame
            One row a dimension with several levels: dimension, label, explained (share of the variance of all estimates
            between the averages of its levels), lowest and highest (levels), lowest_average and highest_average, and
            above_least, above_most, below_least, below_most: shares of intervals above and below 0 over its levels.
        """
        curve, rows = self.curve(), []
        for name, own in curve.levels[curve.levels["answered"] > 0].groupby("dimension", sort=False):
            if len(own) > 1:
                low, high = own.loc[own["average"].idxmin()], own.loc[own["average"].idxmax()]
                ends = [getattr(own[side], end)() for side in ("above", "below") for end in ("min", "max")]
                about = (name, low["label"], curve.explained[str(name)], low["words"], high["words"])
                rows.append((*about, low["average"], high["average"], *ends))
        columns = (
            "dimension label explained lowest highest lowest_average highest_average "
            "above_least above_most below_least below_most"
        ).split()
        found = pd.DataFrame(rows, columns=columns)
        return found.sort_values("explained", ascending=False, kind="stable", ignore_index=True)

    def digest(self) -> str:
        """Return the SHA-256 of all numbers."""
        self._require_whole()
        return digest(self.work, self.parts)

    def to_frame(self) -> pd.DataFrame:
        """Return the levels of every choice with what their specifications say."""
        return self.curve().to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Return plan, curve, reference, draws of trials and decomposition."""
        plan = self.plan
        about = {
            name: getattr(plan, name)
            for name in "target outcome measure level permutations resamples seed grid".split()
        }
        reference, resampled = self.reference(), self.resampled()
        return about | {
            "plan": plan.name,
            "dimensions": plan.dimensions,
            "dropped": plan.dropped,
            "curve": self.curve().to_dict(),
            "reference": None if reference is None else reference.to_dict(),
            "resampled": None if resampled is None else resampled.to_dict(),
            "decomposition": self.decompose().to_dict("records"),
        }

    def __str__(self) -> str:
        return f"{self.plan.outcome_label}: {self.curve()}"
