"""Certainty as tables: the summary of findings, the evidence profile, the way to a decision, what the rules stand on.

Every cell is that of the row objects of `answers.grading`; nothing is worded here a second time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from textwrap import fill, indent
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from synthesis.answers.grading.decision import CriterionRow
from synthesis.answers.grading.grade import NOT_RATED, Grading, is_rated
from synthesis.answers.grading.rows import ProfileRow, SummaryRow, profile_rows
from synthesis.answers.grading.rules import NUMBERS, PAPERS
from synthesis.answers.grading.summary import SummaryOfFindings
from synthesis.evidence import Evidence
from synthesis.evidence.certainty import GRADE_DOMAINS, SCALES, THRESHOLD_KINDS, judgement_in_words
from synthesis.evidence.contract import load_contract
from synthesis.markup import Sign
from synthesis.wording import MISSING, number

SUMMARY_HEADS = {
    "name": "Outcome and follow-up",
    "participants": "Participants",
    "effect": "Effect",
    "without": "Without {intervention}",
    "with_it": "With {intervention}",
    "difference": "Difference",
    "certainty": "Certainty",
    "says": "In words",
}
PROFILE_HEADS = {
    "heading": "Domain",
    "suggests": "The rule suggests",
    "facts": "On these facts",
    "judgement": "People judged",
    "reason": "Why",
    "signed": "Who and when",
}
THRESHOLD_HEADS = {"name": "Outcome", "threshold": "From which size it is important, and what that makes of it"}
NOTE_HEADS = {"name": "Outcome", "notes": "What else to know"}
OTHER_HEADS = {"name": "Outcome", "participants": "Participants", "effect": "What is known", "certainty": "Certainty"}
DECISION_HEADS = {
    "question": "Criterion",
    "judgement": "The panel's judgement",
    "evidence": "Evidence",
    "prefilled": "Filled in",
    "considerations": "Considerations",
    "signed": "Who and when",
}
FOLLOWED = "{name}, {follow_up}"
PROFILE = "Evidence profile: {name}"
NONE_RATED = "{caption} (nobody has rated it)"
# Where nobody has rated any outcome a sentence says so once, and no cell repeats it.
UNRATED = Sign(MISSING, NOT_RATED)
CONVENTION = "a convention of this toolkit"
READ = {
    "quotation": "{citation}, from a quotation",
    "authors": "{citation}, from its authors' answers to questions",
    "paper": "{citation}",
}
WHOSE, NOT_SAID = {"individual": "a change in one person", "group": "a difference between groups"}, "not said"
WIDTH = 100


def summary_table(found: SummaryOfFindings) -> pd.DataFrame:
    """Show the outcomes with a pooled statement, in the layout of the BMJ's summary of findings.

    Examples
    --------
    >>> from synthesis.tables import summary_table
    >>> summary_table(summarise_findings(evidence, outcomes=["recovery"])).iloc[0].to_dict()
    {'Outcome and follow-up': 'Personal recovery (more of it is better), 2 to 18 months',
    'Participants': '3,974 people, 17 randomised trials', 'Effect': 'SMD 0.209 (95% CI 0.124 to
    0.295)', 'Without peer support': '50 of 100 by definition', 'With peer support': '58 of 100 (55
    to 62)', 'Difference': '8 more of 100 do better (5 more to 12 more)', 'Certainty': Sign(shown='–',
    says='not rated')}
    """
    intervention = found.evidence.codebook.review.names.intervention
    heads = {name: head.format(intervention=intervention) for name, head in SUMMARY_HEADS.items()}
    return _table(_once([_shown(row) for row in found.rows("pooled")], found), heads, may_lack=("says",))


def unpooled_table(found: SummaryOfFindings) -> pd.DataFrame:
    """Show the outcomes that were declared and have too few trials, no usable numbers, or no report at all.

    Examples
    --------
    >>> from synthesis.tables import unpooled_table
    >>> unpooled_table(summarise_findings(evidence, outcomes=["resilience"])).iloc[0].to_dict()
    {'Outcome': 'Resilience (more of it is better)', 'Participants': '', 'What is known': 'No
    usable numbers: 1 trial measured it (1 reported no significant difference)', 'Certainty':
    Sign(shown='–', says='not rated')}
    """
    rows = [row.to_dict() for row in found.rows("too_few", "without_numbers", "not_reported")]
    return _table(_once(rows, found), OTHER_HEADS)


def thresholds_table(found: SummaryOfFindings) -> pd.DataFrame:
    """Show each pooled outcome's threshold, the target it makes, and where that flips.

    Examples
    --------
    >>> from synthesis.tables import thresholds_table
    >>> thresholds_table(summarise_findings(evidence, outcomes=["recovery"])).columns.tolist()
    ['Outcome', 'From which size it is important, and what that makes of it']
    """
    return _table([row.to_dict() for row in found.rows("pooled")], THRESHOLD_HEADS)


def sof_notes_table(found: SummaryOfFindings) -> pd.DataFrame:
    """Show what a reader of the summary needs besides: other risks, points of a scale, one more setting.

    Examples
    --------
    >>> from synthesis.tables import sof_notes_table
    >>> sof_notes_table(summarise_findings(evidence, outcomes=["recovery"])).columns.tolist()
    ['Outcome', 'What else to know']
    """
    return _table([row.to_dict() for row in found.rows("pooled")], NOTE_HEADS)


def profile_tables(found: SummaryOfFindings) -> dict[str, pd.DataFrame]:
    """Return the evidence profile of each pooled outcome by its caption.

    The caption says that nobody has rated the outcome where others are rated: where none is, `found.who()` says it.

    Examples
    --------
    >>> from synthesis.tables import profile_tables
    >>> tables = profile_tables(summarise_findings(evidence, outcomes=["recovery"]))
    >>> list(tables)
    ['Evidence profile: Personal recovery']
    """
    tables = {}
    for grading in found.pooled.values():
        rows = profile_rows(grading)
        caption = PROFILE.format(name=rows[0].name)
        alone = is_rated(found.evidence) and not _has_ratings(rows)
        tables[NONE_RATED.format(caption=caption) if alone else caption] = profile_table(rows)
    return tables


def profile_table(rows: Sequence[ProfileRow]) -> pd.DataFrame:
    """Show one outcome's evidence profile, a domain a row; without a column of judgements where there is none."""
    cells = [row.to_dict() for row in rows]
    if not _has_ratings(rows):
        cells = [row | {"judgement": ""} for row in cells]
    return _table(cells, PROFILE_HEADS, may_lack=("judgement", "reason", "signed"))


def _has_ratings(rows: Sequence[ProfileRow]) -> bool:
    """Say whether a person's row is on file for any domain, be it a draft."""
    return any(row.signed or row.judgement != NOT_RATED for row in rows)


def decision_table(rows: Sequence[CriterionRow]) -> pd.DataFrame:
    """Show the criteria on the way to a decision.

    Examples
    --------
    >>> from synthesis.tables import decision_table
    >>> rows = decision_rows(summarise_findings(evidence, outcomes=["recovery"]))
    >>> decision_table(rows).iloc[:2, 0].tolist()
    ['Is the problem a priority?', 'How substantial are the desirable effects?']
    """
    return _table([row.to_dict() for row in rows], DECISION_HEADS, may_lack=("considerations", "signed"))


def rules_table(evidence: Evidence) -> pd.DataFrame:
    """Show every number of the rules with its source, or that it is a convention.

    Examples
    --------
    >>> from synthesis.tables import rules_table
    >>> rules_table(evidence).columns.tolist()
    ['What it decides', 'Number', 'From']
    """
    rows = []
    for own in NUMBERS.values():
        cited = PAPERS.get(own.source) or _cited(evidence, own.source)
        source = READ[own.read].format(citation=cited) if own.source else CONVENTION
        rows.append({"What it decides": own.says, "Number": f"{own.value:g}", "From": source})
    return pd.DataFrame(rows)


def differences_table(evidence: Evidence) -> pd.DataFrame:
    """Show the minimal important differences that were found in text, each with where.

    Examples
    --------
    >>> from synthesis.tables import differences_table
    >>> differences_table(evidence).columns.tolist()
    ['Scale', 'Difference', 'Of what', 'How, and in whom', 'Source', 'Notes']
    """
    table = evidence.codebook.important_differences
    if table is None or table.empty:
        return pd.DataFrame()
    rows = []
    for row in table.itertuples():
        difference = _difference(row.value, row.lower, row.upper)
        rows.append(
            {
                "Scale": row.instrument,
                "Difference": f"{difference} {SCALES.get(row.unit, row.unit)}",
                "Of what": WHOSE.get(row.level, NOT_SAID),
                "How, and in whom": "; ".join(filter(None, [row.method, row.people])),
                "Source": _cited(evidence, row.citation) or urlsplit(row.source).netloc or row.source,
                "Notes": row.notes,
            }
        )
    return pd.DataFrame(rows)


def _cited(evidence: Evidence, keys: str) -> str:
    """Return author and year of citation keys that are separated by semicolons."""
    bibliography = evidence.bibliography
    named = [key.strip() for key in keys.split(";") if key.strip()]
    return "; ".join(bibliography.cite(key) if key in bibliography.keys else key for key in named)


def grade_text(grading: Grading) -> str:
    """Lay one outcome's certainty out for a terminal.

    Examples
    --------
    >>> from synthesis.tables import grade_text
    >>> print(grade_text(grade_outcome(evidence, "recovery")))
    Personal recovery: 17 trials, certainty not rated
    <BLANKLINE>
    Threshold 0.20 standard deviations: a convention, not a minimal important difference.
    <BLANKLINE>
    What is rated
      the rule suggests: an important effect
      people judged:     not rated
    ...
    """
    threshold = grading.facts.threshold
    lines = [str(grading), ""]
    if threshold is not None:
        lines += [f"Threshold {threshold.in_words}: {THRESHOLD_KINDS[threshold.kind]}.", ""]
    for domain, own in grading.suggestions.items():
        decided = grading.judged.get(domain)
        judged = NOT_RATED if decided is None else f"{decided.in_words} ({decided.decided_by}, {decided.date})"
        lines += [
            GRADE_DOMAINS[domain].words,
            f"  the rule suggests: {judgement_in_words(own.judgement)}",
            f"  people judged:     {judged}",
            *([indent(fill(decided.reason, WIDTH), "    ")] if decided is not None else []),
            indent(fill(own.reason, WIDTH), "    "),
        ]
    return "\n".join([*lines, *(["", grading.says()] if grading.says() else [])])


def draft_csv(rows: Sequence[dict[str, str]]) -> str:
    """Return rows of `judgements/grade.csv` with its header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, load_contract()["grade"].columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _shown(row: SummaryRow) -> dict[str, str]:
    """Return a row's cells as the summary gives them: the outcome with its follow-up, the certainty with its reason."""
    cells = row.to_dict() | {"name": FOLLOWED.format(name=row.name, follow_up=row.follow_up)}
    return cells | {"certainty": f"{row.certainty}: {row.why}"} if row.why else cells


def _once(rows: Sequence[dict[str, Any]], found: SummaryOfFindings) -> list[dict[str, Any]]:
    """Show a dash for each certainty where nobody has rated anything, which a sentence says."""
    if is_rated(found.evidence):
        return list(rows)
    return [row | {"certainty": UNRATED} if row["certainty"] == NOT_RATED else row for row in rows]


def _table(rows: Sequence[dict[str, Any]], heads: dict[str, str], *, may_lack: Sequence[str] = ()) -> pd.DataFrame:
    """Lay cells out under their heads; a column that may be lacking is left out where all its cells are empty."""
    lacking = {name for name in may_lack if not any(row[name] for row in rows)}
    kept = {name: head for name, head in heads.items() if name not in lacking}
    cells = [{head: row[name] for name, head in kept.items()} for row in rows]
    return pd.DataFrame(cells, columns=list(kept.values()))


def _difference(value: float, lower: float, upper: float) -> str:
    ends = "" if lower != lower else f"{number(lower, _digits(lower))} to {number(upper, _digits(upper))}"
    if value != value:
        return ends or MISSING
    middle = number(value, _digits(value))
    return f"{middle} ({ends})" if ends else middle


def _digits(value: float) -> int:
    return next((digits for digits in range(3) if round(value, digits) == value), 3)
