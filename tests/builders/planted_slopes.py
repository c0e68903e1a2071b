"""Invented trials whose benefit is made from what their peers do: a slope that is there, or is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from builders.roots import COMPONENTS, Row, means

CORE = [name for name, mechanism in COMPONENTS if mechanism != "enabling"]
# Every arm of a trial has so many people; an SMD then has a standard error of about 0.1.
PEOPLE = 200


def planted(
    k: int,
    *,
    slope: float = 0.0,
    outcomes: Sequence[str] = ("recovery",),
    silent: float = 0.0,
    noise: float = 0.05,
    seed: int = 1,
    people: int = PEOPLE,
    benefit: Callable[[Mapping[str, int], int], float] | None = None,
    levels: Sequence[int] = (0, 1, 2),
) -> dict[str, Any]:
    """Return rows and ratings, as `build_root` takes them, of k trials whose benefit rises with the mean core rating.

    Parameters
    ----------
    k : int
    slope : float
        SMD from a score of 0 to one of 1.
    outcomes : sequence of str
        Of means: recovery, symptoms (lower is better).
    silent : float
        Probability that a report says nothing of a component; the benefit follows what was done all the same.
    noise : float
        Standard deviation of the effects about the line, beside nothing else: the same for the same seed.
    seed, people : int
    benefit : callable, optional
        SMD of a trial from its ratings and number, in the place of the line.
    levels : sequence of int
        Ratings that are drawn.
    """
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    ratings: dict[str, dict[str, dict[str, int | None]]] = {}
    for i in range(k):
        name = f"trial{chr(97 + i // 26)}{chr(97 + i % 26)}{2001 + i % 20}"
        done = {component: int(rng.choice(levels)) for component, _ in COMPONENTS}
        score = np.mean([done[component] for component in CORE]) / 2
        true = slope * score if benefit is None else benefit(done, i)
        said = rng.random(len(COMPONENTS)) >= silent
        ratings[name] = {"peer": {c: done[c] if s else None for c, s in zip(done, said, strict=True)}}
        for outcome in outcomes:
            d = true + rng.normal(0, noise)
            d = -d if outcome == "symptoms" else d
            rows.append(means(50 + 10 * d, 10, people, 50, 10, people, trial=name, outcome=outcome))
    return {"rows": rows, "ratings": ratings}
