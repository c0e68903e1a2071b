"""Tables over all outcomes."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.overview import Overview
from synthesis.wording import slope

DIRECTIONS = {
    "favours_intervention": "favour peer support",
    "no_difference": "no difference",
    "favours_comparator": "favour the comparison",
}


def overview_table(overview: Overview) -> pd.DataFrame:
    """Show every answered outcome in a row: trials, people, effect, intervals, fidelity slope."""
    rows = []
    for answer in overview.answers.values():
        finding, pooled, found = answer.finding, answer.pooled, answer.slope
        rows.append(
            {
                "Outcome": finding.outcome_label,
                "Better": answer.effects.better,
                "Trials": str(finding.trials),
                "People": f"{finding.n:,.0f}",
                "Measure": finding.measure,
                "Effect": finding.effect,
                f"{pooled.level:.0%} CI": finding.interval,
                "Prediction interval": finding.prediction,
                "I2": f"{pooled.I2:.0f}%",
                "Fidelity slope (CI)": "" if found is None else slope(found.slope, found.ci_lb, found.ci_ub),
                "Enough trials to test": "" if found is None else ("no" if found.descriptive else "yes"),
            }
        )
    return pd.DataFrame(rows)


def too_few_table(overview: Overview) -> pd.DataFrame:
    """Show the outcomes that were measured and cannot be pooled: how many trials, and what the others said."""
    rows = []
    for effects in overview.too_few.values():
        pooled = set(effects.frame["trial"])
        others = effects.left_out[~effects.left_out["trial"].isin(pooled)].drop_duplicates("trial")
        directions = others["reported_direction"].map(DIRECTIONS).fillna("not stated").value_counts()
        rows.append(
            {
                "Outcome": effects.outcome_label,
                "Trials that measured it": str(len(pooled) + len(others)),
                "With usable numbers": str(len(pooled)),
                "What the others report": ", ".join(f"{n} {way}" for way, n in directions.items()),
            }
        )
    return pd.DataFrame(rows)
