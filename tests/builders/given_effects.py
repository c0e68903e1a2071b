"""Effects made of numbers that come from elsewhere: published tables, metafor, simulations."""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from synthesis.effects import Effects, effects_from
from synthesis.evidence.vocabulary import Names

NAMES = Names("peer support", "the comparison")


def effects_of(
    yi: ArrayLike, vi: ArrayLike, *, measure: str = "SMD", better: str = "higher", **columns: ArrayLike
) -> Effects:
    """Make the effects of a sample outcome, from means of the arms against usual care unless told otherwise."""
    defaults = {
        "trial": [f"trial{i:03d}" for i in range(len(yi))],
        "label": [f"Trial {i}" for i in range(len(yi))],
        "intervention_arm": "peer",
        "comparator_arm": "control",
        "comparator_type": "usual_care",
        "routes": ("means",),
    }
    effects = effects_from(yi, vi, measure=measure, better=better, outcome="Sample outcome", **defaults | columns)
    return replace(effects, names=NAMES)
