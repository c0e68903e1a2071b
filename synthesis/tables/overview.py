"""Tables over all outcomes."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.fidelity_slope import FidelitySlope
from synthesis.answers.overview import Overview
from synthesis.evidence.vocabulary import directions_in_words
from synthesis.wording import number, percent, share, with_interval


def overview_table(overview: Overview) -> pd.DataFrame:
    """Show every answered outcome in a row: trials, people, effect, intervals, the change with calibrated fidelity.

    Examples
    --------
    >>> from synthesis.tables import overview_table
    >>> overview = summarise(evidence, outcomes=["recovery", "hope"], permutations=99)
    >>> overview_table(overview).iloc[0].to_dict()
    {'Outcome': 'Personal recovery', 'Better': 'higher', 'Trials': '17', 'People': '3,974',
    'Measure': 'SMD', 'Effect': '0.21', '95% CI': '0.12 to 0.29', 'Prediction interval': '0.04 to
    0.37', 'I2': '22%', 'Fidelity, least to most faithful trial (CI)': '+0.05 (−0.31 to 0.41)',
    'Enough trials to test': 'yes'}
    """
    rows = []
    for answer in overview.answers.values():
        finding, pooled, found = answer.finding, answer.pooled, answer.calibrated or answer.slope
        rows.append(
            {
                "Outcome": finding.outcome_label,
                "Better": answer.effects.better,
                "Trials": str(finding.trials),
                "People": number(finding.n, 0),
                "Measure": finding.measure,
                "Effect": finding.effect,
                f"{share(pooled.level)} CI": finding.interval,
                "Prediction interval": finding.prediction,
                "I2": percent(pooled.I2),
                "Fidelity, least to most faithful trial (CI)": _change(found),
                "Enough trials to test": "" if found is None else ("no" if found.descriptive else "yes"),
            }
        )
    table = pd.DataFrame(rows)
    # Where no arm is coded there is no slope, and nobody asks for one.
    return table if any(answer.slope for answer in overview.answers.values()) else table.iloc[:, :-2]


def too_few_table(overview: Overview) -> pd.DataFrame:
    """Show the outcomes that were measured and cannot be pooled: how many trials, and what the others said.

    Examples
    --------
    >>> from synthesis.tables import too_few_table
    >>> overview = summarise(evidence.reporting("hope"), permutations=99)
    >>> too_few_table(overview).columns.tolist()
    ['Outcome', 'Trials that measured it', 'With usable numbers', 'What the others report']
    """
    rows = []
    for effects in overview.too_few.values():
        pooled = set(effects.frame["trial"])
        others = effects.left_out[~effects.left_out["trial"].isin(pooled)].drop_duplicates("trial")
        words = directions_in_words(effects.names)
        said = [words[code].verb if code else "not stated" for code in others["reported_direction"]]
        directions = pd.Series(said, dtype="str").value_counts()
        rows.append(
            {
                "Outcome": effects.outcome_label,
                "Trials that measured it": str(len(pooled) + len(others)),
                "With usable numbers": str(len(pooled)),
                "What the others report": ", ".join(f"{n} {way}" for way, n in directions.items()),
            }
        )
    return pd.DataFrame(rows)


def _change(found: FidelitySlope | None) -> str:
    """Say the change on the calibrated score; nothing below ten trials."""
    if found is None or found.descriptive:
        return ""
    return with_interval(*(found.span * end for end in (found.slope, found.ci_lb, found.ci_ub)), signed=True)
