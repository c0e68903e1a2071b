"""Doubts that the review team has answered: by a decision about the row, or by the reason for leaving a result out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.reading import RawEvidence, to_number
from synthesis.evidence.rules import RULES


def answer(findings: Iterable[Finding], raw: RawEvidence) -> list[Finding]:
    """Return the findings, the answered warnings with their answer.

    A warning about a row of outcomes is answered by a decision on that row which names no column or one the warning
    rests on. A doubt about a result that was left out is answered by the reason for leaving it out. One about
    trial.csv or risk_of_bias.csv, which decisions.csv cannot name, is answered in suspicions.csv.
    """
    rows = _Answers(raw)
    return [
        replace(finding, answered=said) if finding.severity == "warning" and (said := rows.to(finding)) else finding
        for finding in findings
    ]


class _Answers:
    """What was decided, by the place it is about."""

    def __init__(self, raw: RawEvidence):
        outcomes, left_out, trials, bias = (
            raw.tables[name] for name in ("outcomes", "left_out", "trial", "risk_of_bias")
        )
        self.rows = dict(zip(_places(outcomes), outcomes.fillna("").itertuples(), strict=True))
        self.reasons = dict(zip(_places(left_out), left_out["reason"].fillna(""), strict=True))
        self.trials = {
            place: trial
            for table in (trials, bias)
            for place, trial in zip(_places(table), table["trial"], strict=True)
        }
        self.decisions = defaultdict(list)
        for decision in raw.tables["decisions"].fillna("").itertuples():
            self.decisions[decision.trial, decision.outcome].append(decision)
        self.suspicions = {
            (row.trial, column.strip()): row.answer
            for row in raw.tables["suspicions"].fillna("").itertuples()
            if not row.row
            for column in row.column.split(";")
        }

    def to(self, finding: Finding) -> str:
        """Return the answer to a warning, empty when there is none."""
        place = finding.file, finding.row
        if place in self.rows:
            return self._decision(self.rows[place], finding)
        if place in self.reasons:
            return f"left out: {self.reasons[place]}" if self.reasons[place] else ""
        return self.suspicions.get((self.trials.get(place), finding.column), "")

    def _decision(self, row: tuple, finding: Finding) -> str:
        rests_on = {*RULES[finding.rule].columns, finding.column}
        for decision in self.decisions[row.trial, row.outcome]:
            about = {column.strip() for column in decision.column.split(";") if column.strip()}
            same = decision.instrument in ("", row.instrument) and _same_time(decision, row)
            if same and (not about or about & rests_on):
                who = ", ".join(filter(None, [decision.decided_by, decision.date]))
                return (
                    f"{decision.decision}: {decision.reason} ({who})"
                    if who
                    else f"{decision.decision}: {decision.reason}"
                )
        return ""


def _same_time(decision: tuple, row: tuple) -> bool:
    return not decision.timepoint_months or bool(
        np.isclose(to_number(decision.timepoint_months), to_number(row.timepoint_months))
    )


def _places(frame: pd.DataFrame) -> list[tuple[str, int]]:
    return list(zip(frame["file"], frame["row"], strict=True))
