"""Ratings of certainty, thresholds and who signed: each word against its domain and level, each judgement against who.

Whether a rating is of today's data is asked elsewhere (`answers.grading`): that needs the effects.
"""

from __future__ import annotations

import re

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.certainty import (
    CERTAINTIES,
    CONCERN_DOMAINS,
    CONCERNS,
    DECIDING,
    SHORTEST_DEPARTURE,
    UNSUGGESTED,
    judgements_of,
)
from synthesis.evidence.checks.keys import Frames
from synthesis.evidence.findings import report
from synthesis.evidence.reading import typed

_SIGNED = ("reason", "decided_by", "date", "status")
_PLACE = ["outcome", "pool", "domain"]


def check_certainty(frames: Frames) -> list[Finding]:
    """Check ratings, thresholds and signatures.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The tables, blanks at the ends of cells gone.
    """
    return [
        *_check_ratings(frames["grade"].fillna("")),
        *_check_thresholds(frames["codebook_thresholds"]),
        *_check_names(frames),
    ]


def _check_ratings(rows: pd.DataFrame) -> list[Finding]:
    if rows.empty:
        return []
    return [
        *_check_words(rows),
        *_check_signed(rows),
        *_check_levels(rows),
        *_check_deciding(rows),
        *_check_departures(rows),
        *_check_significance(rows),
    ]


def _check_words(rows: pd.DataFrame) -> list[Finding]:
    known = rows["domain"].map(judgements_of)
    given = rows["judgement"].ne("")
    allowed = [judgement in words for judgement, words in zip(rows["judgement"], known, strict=True)]
    foreign = rows[given & ~pd.Series(allowed, rows.index, dtype=bool)]
    return report(
        "judgement_of_other_domain",
        foreign,
        table="grade",
        column="judgement",
        message="{judgement:short} is not a judgement of {domain:short}.",
        hint=known[foreign.index].map(lambda words: f"Write one of {', '.join(words)}."),
    )


def _check_signed(rows: pd.DataFrame) -> list[Finding]:
    given, found = rows["judgement"].ne(""), []
    for column in _SIGNED:
        found += report(
            "rating_unsigned",
            rows[given & rows[column].eq("")],
            table="grade",
            column=column,
            message=f"The judgement {{judgement}} stands without {column}.",
            hint="A judgement says why, who, when, and whether it is a draft, agreed, or the panel's; or empty it.",
        )
    return found + report(
        "rating_open",
        rows[~given],
        table="grade",
        column="judgement",
        message="Nobody has judged {domain} of {outcome} in this row.",
        hint="Judge it, sign it, or delete the row; it counts as not rated.",
    )


def _check_levels(rows: pd.DataFrame) -> list[Finding]:
    domain, judged = rows["domain"].isin(CONCERN_DOMAINS), rows["judgement"].isin(CONCERNS)
    meant = rows["judgement"].map({code: f"{concern.levels}" for code, concern in CONCERNS.items()}).fillna("")
    written = typed(rows, "grade")["levels"].map(lambda levels: "" if levels != levels else f"{levels:.0f}")
    found = report(
        "levels_unlike_judgement",
        rows.assign(meant=meant)[domain & judged & written.ne(meant)],
        table="grade",
        column="levels",
        message="{judgement} is written with the levels {levels:short}.",
        hint="It rates down by {meant} levels; write that, or correct the word.",
    )
    return found + report(
        "levels_unlike_judgement",
        rows[~domain & rows["levels"].ne("")],
        table="grade",
        column="levels",
        message="{domain} has the levels {levels:short}.",
        hint="Empty the cell; only the five domains rate down.",
    )


def _check_deciding(rows: pd.DataFrame) -> list[Finding]:
    deciding = rows[rows["judgement"].ne("") & rows["status"].isin(DECIDING)]
    again = deciding[deciding.duplicated(_PLACE)]
    return report(
        "two_ratings_decide",
        again,
        table="grade",
        column="status",
        message="Another row already decides {domain} of {outcome}.",
        hint="Only one row is agreed or the panel's; the others are drafts, or go.",
    )


def _check_departures(rows: pd.DataFrame) -> list[Finding]:
    """Ask for a reason where a person departs from the rule, or is more certain overall than the domains add up to."""
    given = rows["judgement"].ne("")
    suggested = rows["rule_judgement"].ne("") & ~rows["rule_judgement"].isin(list(UNSUGGESTED))
    departs = given & suggested & rows["judgement"].ne(rows["rule_judgement"])
    short = rows["reason"].str.len() <= SHORTEST_DEPARTURE
    found = report(
        "departure_without_reason",
        rows[departs & short],
        table="grade",
        column="reason",
        message="The judgement is {judgement}, the rule suggests {rule_judgement}, and the reason does not say why.",
        hint=f"Say why it departs from the rule, in more than {SHORTEST_DEPARTURE} characters.",
    )
    sums = _sums(rows)
    own = pd.Series([sums.get(place) for place in zip(rows["outcome"], rows["pool"], strict=True)], rows.index)
    level = rows["judgement"].map({code: certainty.level for code, certainty in CERTAINTIES.items()})
    above = rows["domain"].eq("overall") & level.notna() & own.notna() & (level > own.astype(float))
    words = {certainty.level: certainty.words for certainty in CERTAINTIES.values()}
    return found + report(
        "departure_without_reason",
        rows.assign(sum=own.map(words))[above & short & ~departs],
        table="grade",
        column="reason",
        message="Overall it is {judgement}, the domains add up to {sum}, and the reason does not say why.",
        hint=f"Say why it is better than the sum, in more than {SHORTEST_DEPARTURE} characters.",
    )


# Significance is no reason for imprecision; Cochrane counts it among the usual errors of authors.
_SIGNIFICANCE = re.compile(r"\b(?:in|non-?\s?)?significan(?:t|ce)\b|\bp\s*[<>=]", re.IGNORECASE)


def _check_significance(rows: pd.DataFrame) -> list[Finding]:
    said = rows["domain"].eq("imprecision") & rows["judgement"].ne("")
    return report(
        "significance_as_reason",
        rows[said & rows["reason"].str.contains(_SIGNIFICANCE)],
        table="grade",
        column="reason",
        message="The reason for imprecision speaks of significance.",
        hint="Say where the interval lies against the threshold.",
    )


def _sums(rows: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return what the five domains add up to, by outcome and pool, where each of them has been decided."""
    own = rows[rows["status"].isin(DECIDING) & rows["domain"].isin(CONCERN_DOMAINS) & rows["judgement"].isin(CONCERNS)]
    own = own.drop_duplicates(_PLACE)
    levels = own["judgement"].map({code: concern.levels for code, concern in CONCERNS.items()})
    parts = levels.groupby([own["outcome"], own["pool"]]).agg(["sum", "size"])
    return {
        place: max(1, CERTAINTIES["high"].level + int(part["sum"]))
        for place, part in parts.iterrows()
        if part["size"] == len(CONCERN_DOMAINS)
    }


def _check_thresholds(tidy: pd.DataFrame) -> list[Finding]:
    if tidy.empty:
        return []
    rows = tidy.fillna("")
    numbers = typed(rows, "codebook_thresholds")
    below = (numbers["moderate"] <= numbers["small"]) | (numbers["large"] <= numbers["moderate"])
    found = report(
        "threshold_order",
        rows[below | (numbers["large"] <= numbers["small"])],
        table="codebook_thresholds",
        column="small",
        message="small, moderate and large do not rise: {small}, {moderate}, {large}.",
        hint="Enter rising sizes, without signs.",
    )
    points = rows["scale"].eq("points")
    found += report(
        "threshold_scale",
        rows[~points & rows["scale"].ne("") & rows["instrument"].ne("")],
        table="codebook_thresholds",
        column="instrument",
        message="A threshold on the scale {scale} names the instrument {instrument:short}.",
        hint="Empty the cell, or write points as its scale.",
    )
    studied = rows["kind"].isin(["mid_anchor", "mid_distribution"]) & rows["citation"].eq("")
    found += report(
        "threshold_unsupported",
        rows[studied],
        table="codebook_thresholds",
        column="citation",
        message="The threshold is said to be {kind}, and no study is cited.",
        hint="Cite where it was found; or call it a convention.",
    )
    return found + report(
        "threshold_unsupported",
        rows[rows["kind"].eq("panel") & (rows["decided_by"].eq("") | rows["date"].eq(""))],
        table="codebook_thresholds",
        column="decided_by",
        message="The threshold is the panel's, and nothing says who decided it and when.",
        hint="Fill in decided_by and date.",
    )


_SIGNATURES = {
    "grade": "decided_by",
    "rob_me": "who",
    "evidence_to_decision": "who",
    "codebook_thresholds": "decided_by",
    "baseline_risks": "decided_by",
}


def _check_names(frames: Frames) -> list[Finding]:
    """Warn of signatures by people whose role and interests nobody has entered."""
    known = set(frames["reviewers"]["reviewer"].dropna())
    found = []
    for table, column in _SIGNATURES.items():
        rows = frames[table]
        if rows.empty:
            continue
        rows = rows[rows[column].notna() & rows[column].ne("")]
        missing = rows[column].map(
            lambda cell: ", ".join(name.strip() for name in cell.split(";") if name.strip() not in {*known, ""})
        )
        found += report(
            "unknown_reviewer",
            rows.assign(missing=missing)[missing.ne("")],
            table=table,
            column=column,
            message="{missing:short} has no row in reviewers.csv.",
            hint="Enter role and interests there, or write the name as it stands there.",
        )
    return found
