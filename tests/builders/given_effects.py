"""Effects made of numbers that come from elsewhere: published tables, metafor, simulations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from synthesis.effects import Effects


def effects_of(
    yi: ArrayLike, vi: ArrayLike, *, measure: str = "SMD", better: str = "higher", **columns: ArrayLike
) -> Effects:
    """Make the effects of an outcome from numbers that come from elsewhere, a trial each."""
    k = len(yi)
    frame = pd.DataFrame({"trial": [f"trial{i:03d}" for i in range(k)], "label": [f"Trial {i}" for i in range(k)]})
    frame = frame.assign(intervention_arm="peer", comparator_arm="control", comparator_type="usual_care", rob="")
    frame = frame.assign(yi=np.asarray(yi, float), vi=np.asarray(vi, float), route="means", note="", decided="")
    frame["sei"] = np.sqrt(frame["vi"])
    frame["benefit"] = frame["yi"] * (1.0 if better == "higher" else -1.0)
    for name in ("n_intervention", "n_comparator", "events_intervention", "events_comparator"):
        frame[name] = np.nan
    frame = frame.assign(**columns)
    return Effects(
        outcome="sample",
        outcome_label="Sample outcome",
        measure=measure,
        timepoint="longest",
        better=better,
        as_printed=False,
        frame=frame,
        left_out=pd.DataFrame(columns=[*frame.columns, "kind", "reason", "reported_direction"]),
        cross_checks=pd.DataFrame(),
    )
