"""What a report printed of an arm, as table and forest plot show it: mean and SD, events, or its size alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from synthesis.statistics.measures import MEASURES
from synthesis.wording import number, whole

Side = Literal["intervention", "comparator"]
SIDES: tuple[Side, ...] = get_args(Side)
RESULTS = {"means": "mean (SD)", "events": "events"}


class ArmFigures(NamedTuple):
    """The figures of one arm.

    Attributes
    ----------
    kind : {"means", "events", "n", ""}
        Which are shown: those its effect was computed from, else whichever are printed; empty for none.
    result : str
        "52.2 (11.5)" or "12"; empty where there is only a size.
    n : str
        Its size; empty where it is not reported.
    change : bool
        Whether the means are changes from baseline.
    """

    kind: str
    result: str
    n: str
    change: bool = False


def arm_figures(row: Mapping[str, Any], side: Side, measure: str) -> ArmFigures:
    """Return the figures of one arm of an effect.

    Parameters
    ----------
    row : mapping
        A row of `Effects.frame`.
    side : {"intervention", "comparator"}
    measure : str
        Code of the measure that the effect is in.
    """
    n, mean, events = (float(row[f"{name}_{side}"]) for name in ("n", "mean", "events"))
    has = {"means": np.isfinite(mean), "events": np.isfinite(events), "n": np.isfinite(n)}
    first = "events" if "events" in row["routes"] or MEASURES[measure].inputs == "events" else "means"
    kind = next((kind for kind in (first, "means", "events", "n") if has[kind]), "")
    if kind == "events":
        return ArmFigures(kind, number(events, 0), whole(n))
    if kind == "means":
        larger = max(abs(row[f"mean_{arm}"]) for arm in SIDES if np.isfinite(row[f"mean_{arm}"]))
        digits = 2 if larger < 10 else 1  # the same for both arms, which are read side by side
        result = f"{number(mean, digits)} ({number(row[f'sd_{side}'], digits)})"
        return ArmFigures(kind, result, whole(n), row["change"] == "yes")
    return ArmFigures(kind, "", whole(n))


def results_shown(arms: Iterable[ArmFigures]) -> list[str]:
    """Return the kinds of results among the arms' figures, "means" first; none where only sizes are known."""
    kinds = {arm.kind for arm in arms}
    return [kind for kind in RESULTS if kind in kinds]
