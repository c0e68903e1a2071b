"""Ratings that are not of today's data or rule: what `synthesis check` says of them.

Only outcomes with ratings are computed, so that a check stays quick.
"""

from __future__ import annotations

from synthesis.answers.grading.grade import grade_outcome
from synthesis.answers.grading.judged import STALE
from synthesis.errors import Finding
from synthesis.evidence import Evidence
from synthesis.evidence.findings import finding
from synthesis.wording import listed

MESSAGE = "The rating of {domain} of {outcome} is not of today: {why}."
HINT = "Look again, then confirm or change it: synthesis grade {outcome} --draft prints today's facts."


def stale_ratings(evidence: Evidence) -> list[Finding]:
    """Find every rating, decided or draft, whose data or rule has changed since.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    list of Finding
        Warnings, each at its row of `judgements/grade.csv`.
    """
    rows = evidence.grade
    rated = rows[rows["judgement"].ne("")][["outcome", "pool"]].drop_duplicates()
    found = []
    for outcome, pool in rated.itertuples(index=False):
        grading = grade_outcome(evidence, outcome, pool=pool)
        for own in [*grading.judged.values(), *grading.drafts]:
            if own.stale:
                why = listed([STALE[code] for code in own.stale])
                message = MESSAGE.format(domain=own.domain, outcome=outcome, why=why)
                hint = HINT.format(outcome=outcome)
                found.append(finding("rating_stale", own.file, message, hint, row=own.row, column="seen"))
    return sorted(found, key=lambda one: one.place)
