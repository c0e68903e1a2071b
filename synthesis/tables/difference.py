"""What a change does, laid out for a terminal and for the comment of a pull request."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from synthesis.answers.difference import Difference, OutcomeChange, OutcomeState
from synthesis.answers.difference_statement import (
    CELL,
    EMPTY_CELL,
    PLACE,
    describe_judgements,
    is_below_ten,
    pool_label,
)
from synthesis.answers.verdicts import is_enough
from synthesis.evidence.certainty import GRADE_DOMAINS, judgement_in_words
from synthesis.evidence.changed_rows import CellChange, RowChange
from synthesis.evidence.contract import load_contract
from synthesis.statistics.measures import MEASURES
from synthesis.tables.terminal import text_table
from synthesis.wording import number, with_interval

TOO_FEW = "too few trials"
FEW_FOR_SLOPE = "below ten trials"


def changes_table(difference: Difference) -> pd.DataFrame:
    """Show each outcome that moves, before and after."""
    rows = []
    for change in difference.changes:
        for name, side in (("before", change.before), ("after", change.after)):
            rows.append({"Outcome": change.label if name == "before" else "", "": name} | _numbers(change, side))
    return pd.DataFrame(rows)


def movers_table(difference: Difference) -> pd.DataFrame:
    """Show which trials moved an outcome, and how far each alone moves the pooled effect."""
    rows = []
    for change in difference.changes:
        for trial in change.trials.itertuples():
            shown = {
                name: "" if np.isnan(value) else MEASURES[change.measure].text(value)
                for name, value in (("before", trial.before), ("after", trial.after))
            }
            pooled = change.after.pooled is not None and is_enough(change.after.effects)
            rows.append(
                {
                    "Outcome": change.label,
                    "Trial": trial.label,
                    "What": trial.what,
                    "Effect before": shown["before"],
                    "Effect after": shown["after"],
                    "Moves the pool by": _share(trial.share) if pooled else "",
                    "Moves the slope by": "" if is_below_ten(change.after) else _share(trial.slope_share),
                }
            )
    return pd.DataFrame(rows)


def suggestions_table(difference: Difference) -> pd.DataFrame:
    """Show on which domains of certainty the rules suggest something else, with today's facts."""
    return pd.DataFrame(
        {
            "Outcome": pool_label(own.label, own.pool),
            "Domain": GRADE_DOMAINS[own.domain].words,
            "Suggested before": judgement_in_words(own.before),
            "Suggested now": judgement_in_words(own.after),
            "Facts now": own.reason,
        }
        for own in difference.suggestions
    )


def tables_that_differ(difference: Difference) -> pd.DataFrame:
    """Count the rows that differ, a row a table of the contract."""
    counts = Counter((row.table, row.what) for row in difference.rows)
    titles = {name: table.path.format(trial="...") for name, table in load_contract().items()}
    return pd.DataFrame(
        {"Table": titles[name]} | {what: counts[name, what] for what in ("added", "changed", "removed")}
        for name in dict.fromkeys(row.table for row in difference.rows)
    )


def rows_table(difference: Difference, most: int | None = None) -> pd.DataFrame:
    """Show each row that differs, with its place and its cells; `most` rows, or all."""
    return pd.DataFrame(
        {
            "Place": PLACE.format(file=row.file, row=row.row),
            "What": row.what,
            "Row": ", ".join(row.names),
            "Cells": "; ".join(_cell_text(row, cell) for cell in row.cells),
        }
        for row in difference.rows[:most]
    )


def _cell_text(row: RowChange, cell: CellChange) -> str:
    texts = {"column": cell.column, "before": cell.before or EMPTY_CELL, "after": cell.after or EMPTY_CELL}
    return {"changed": CELL, "added": "{column}: {after}", "removed": "{column}: {before}"}[row.what].format(**texts)


def difference_text(difference: Difference) -> str:
    """Lay a difference out for a terminal.

    Examples
    --------
    >>> from synthesis.tables import difference_text
    >>> after = evidence.reporting("hope")
    >>> before = after.only(set(after.trials["trial"]) - {"rusch2019efficacy"})
    >>> difference = compare_evidence(before, after, permutations=99)
    >>> print(difference_text(difference))
    before -> after: 6 outcomes changed, 15 did not; 2 conclusions flipped.
    <BLANKLINE>
    Outcome                    k  Effect          CI             Prediction interval   tau2 ...
    --------------------------------------------------------------------------------------------...
    Personal recovery  before  4  0.29            −0.01 to 0.58                       0.009 ...
                       after   5  0.29            0.07 to 0.52   −0.05 to 0.64        0.009 ...
    Depression         before  0
    ...
    """
    lines = [f"{difference.base} -> {difference.head}: {difference}"]
    if difference.changes:
        lines += ["", text_table(changes_table(difference)), "", text_table(movers_table(difference))]
    if difference.flips:
        lines += ["", "Conclusions that flip:", *(f"  {flip}" for flip in difference.flips)]
    if judged := describe_judgements(difference):
        lines += ["", "Ratings and verdicts:", *(f"  {said}" for said in judged)]
    return "\n".join(lines)


def difference_markdown(difference: Difference) -> str:
    """Write a difference as Markdown; a cell's text can start no markup of its own.

    Examples
    --------
    >>> from synthesis.tables import difference_markdown
    >>> after = evidence.reporting("hope")
    >>> before = after.only(set(after.trials["trial"]) - {"rusch2019efficacy"})
    >>> difference = compare_evidence(before, after, permutations=99)
    >>> print(difference_markdown(difference))
    ### What this change does: before to after
    <BLANKLINE>
    6 outcomes changed, 15 did not; 2 conclusions flipped.
    <BLANKLINE>
    New trials: Rüsch et al. (2019).
    <BLANKLINE>
    **Conclusions that flip**
    ...
    """
    lines = [f"### What this change does: {difference.base} to {difference.head}", "", f"{difference}"]
    for title, labels in (("New trials", difference.added), ("Trials taken out", difference.removed)):
        lines += ["", f"{title}: {', '.join(map(_plain, labels))}."] if labels else []
    if difference.flips:
        lines += ["", "**Conclusions that flip**", "", *(f"- {_plain(flip)}" for flip in difference.flips)]
    if judged := describe_judgements(difference):
        lines += ["", "**Ratings and verdicts**", "", *(f"- {_plain(said)}" for said in judged)]
    if difference.changes:
        lines += ["", "**What moves**", "", *_markdown_table(changes_table(difference))]
        lines += ["", "**Which trials did it**", "", *_markdown_table(movers_table(difference))]
        lines += [
            "",
            "A trial's share is the pooled effect now minus what it would be with this trial as it was before.",
        ]
    return "\n".join(lines) + "\n"


def _numbers(change: OutcomeChange, state: OutcomeState) -> dict[str, str]:
    measure, pooled, found = MEASURES[change.measure], state.pooled, state.slope
    slope = "" if found is None else with_interval(found.slope, found.ci_lb, found.ci_ub, signed=True)
    slope = FEW_FOR_SLOPE if found is not None and found.descriptive else slope
    if pooled is None or not is_enough(state.effects):
        k = "0" if pooled is None else str(pooled.k)
        few = TOO_FEW if pooled is not None else ""
        return {"k": k, "Effect": few, "CI": "", "Prediction interval": "", "tau2": "", "Fidelity slope": slope}
    return {
        "k": str(pooled.k),
        "Effect": measure.text(pooled.estimate),
        "CI": measure.interval(pooled.ci_lb, pooled.ci_ub),
        "Prediction interval": ""
        if np.isnan(pooled.prediction[0])
        else pooled.as_predicted(measure.interval(*pooled.prediction)),
        "tau2": "" if np.isnan(pooled.tau2) else number(pooled.tau2, 3),
        "Fidelity slope": slope,
    }


def _share(value: float) -> str:
    return "" if np.isnan(value) else number(value, 3, signed=True)


def _markdown_table(frame: pd.DataFrame) -> list[str]:
    head = "| " + " | ".join(map(_plain, frame.columns)) + " |"
    rule = "|" + "---|" * len(frame.columns)
    return [
        head,
        rule,
        *("| " + " | ".join(_plain(str(cell)) for cell in row) + " |" for row in frame.itertuples(index=False)),
    ]


def _plain(text: str) -> str:
    """Keep a cell from being read as markup, a mention or the end of the cell."""
    for sign in "\\`*_[]<>|#!@":
        text = text.replace(sign, f"&#{ord(sign)};")
    return " ".join(text.split())
