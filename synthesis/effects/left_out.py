"""Why a row of an outcome is not in the pool: the kind of reason, and the reason in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthesis.statistics.measures import MEASURES

DIRECTIONS = {
    "favours_intervention": "in favour of peer support",
    "favours_comparator": "in favour of the comparison",
    "no_difference": "no difference found",
}
TURNED = {"favours_intervention": "favours_comparator", "favours_comparator": "favours_intervention"}


def explain(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Say for each row that was not pooled what kind of reason and which; a turned effect has a turned direction."""
    turned = rows["reported_direction"].replace(TURNED)
    rows = rows.assign(reported_direction=rows["reported_direction"].mask(rows["flipped"], turned))
    kinds, reasons = [], []
    for row in rows.itertuples():
        kind, reason = _reason(row, measure)
        kinds.append(kind)
        reasons.append(reason)
    return rows.assign(kind=pd.Series(kinds, rows.index, dtype=str), reason=pd.Series(reasons, rows.index, dtype=str))


def _reason(row: object, measure: str) -> tuple[str, str]:
    if row.excluded:
        return "excluded", row.excluded
    if np.isfinite(row.yi):
        return "not_selected", "another time point or instrument of the same comparison was pooled"
    if row.route == "cluster size unknown":
        return (
            "not_convertible",
            "cluster trial whose cluster size is not reported, so its variance cannot be corrected",
        )
    direction = DIRECTIONS.get(row.reported_direction, "")
    said = f" ({direction})" if direction else ""
    if np.isfinite(row.estimate) and row.effect_measure and row.effect_measure != measure:
        printed = row.effect_measure
        return (
            "not_convertible",
            f"printed as {printed}, which cannot be turned into {measure} from what is printed{said}",
        )
    means = np.isfinite(row.mean_intervention) or np.isfinite(row.mean_comparator)
    counts = np.isfinite(row.events_intervention) or np.isfinite(row.events_comparator)
    inputs = MEASURES[measure].inputs
    if (means and inputs != "means") or (counts and inputs != "events" and measure != "SMD"):
        printed = "means" if means else "counts"
        return "not_convertible", f"printed as {printed}, which cannot be turned into {measure}{said}"
    if np.isfinite(row.p_value) or np.isfinite(row.statistic_value):
        return "not_convertible", f"a test result{_lack_of_test(row, measure)}{said}"
    if means or counts or np.isfinite(row.estimate):
        return "not_convertible", f"numbers without their uncertainty{said}"
    return (
        "without_numbers",
        f"measured, reported without numbers: {direction}" if direction else "measured, no result given",
    )


def _lack_of_test(row: object, measure: str) -> str:
    """Say what keeps a test result from becoming an effect."""
    if measure != "SMD":
        return f", which cannot be turned into {measure}"
    if not (np.isfinite(row.n_intervention) and np.isfinite(row.n_comparator)):
        return " without the sizes of the arms"
    if row.test_statistic == "chi2" and row.degrees_of_freedom > 1:
        return " on more than one degree of freedom, which has no direction"
    if row.p_value == 0:
        return " rounded to a p value of 0"
    return " without its direction"
