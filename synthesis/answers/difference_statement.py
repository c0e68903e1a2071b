"""What changed between two states of the data, in whole sentences: for a page, a feed and who reads neither."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from synthesis.answers.difference import Difference, OutcomeChange, OutcomeState
from synthesis.answers.grading.judged import STALE
from synthesis.answers.judgements_moved import CertaintyMoved, RatingMoved, SuggestionMoved, VerdictMoved
from synthesis.answers.verdicts import is_enough
from synthesis.evidence.certainty import GRADE_DOMAINS, GRADE_POOLS, judgement_in_words
from synthesis.evidence.changed_rows import RowChange
from synthesis.statistics.measures import MEASURES
from synthesis.wording import count, listed, number

NOTHING = "Nothing moved: no effect, no rating and no verdict is another than before."
DATA_ALIKE = "The data are the same, row by row."
ROWS_ONLY = "{rows} of the data {differ}, in cells that no effect rests on."
ADDED = "New trials: {trials}."
REMOVED = "Trials taken out: {trials}."
FLIPPED = "{label}: the conclusion changed. It {flip}."
MOVED = "{label}: the average moved from {before} to {after}, {measure}. By trial: {trials}."
STAYED = "{label}: the average stays at {after}, {measure}, to two decimals. By trial: {trials}."
FIRST = "{label}: there are enough trials for an average now: {after}, {measure}. By trial: {trials}."
LOST = "{label}: too few trials are left for an average ({k}); it was {before}, {measure}. By trial: {trials}."
TOO_FEW = "{label}: still too few trials for an average ({k}, before {k_before}). By trial: {trials}."
RECODED = "{label}: the average is the same; the slope on fidelity moved from {was} to {now}. By trial: {trials}."
RECODED_FEW = (
    "{label}: the average is the same. Trials are coded another way; below ten nothing more is said of a slope. By "
    "trial: {trials}."
)
BEHIND = {
    "added": "{trial} is new",
    "removed": "{trial} is no longer in it",
    "changed": "{trial} has other numbers",
    "recoded": "{trial} is coded another way",
}
SHARE = " ({share})"
CELLS = ", {file} row {row}: {cells}"
CELL = "{column} was {before}, is now {after}"
EMPTY_CELL = "empty"
NOT_RATED = "not rated"
CERTAINTY = "{label}: the certainty of the evidence is rated {after} by {decided_by}, {date}; it was {before}. {reason}"
NO_LONGER = "{label}: the certainty of the evidence is no longer rated; it was {before}."
WENT_STALE = "{label}: {ratings} of earlier data now, because {why}. {asks} ({place})."
STILL_STALE = "{label}: {ratings} still of earlier data ({place}). {asks}."
RENEWED = "{label}: {ratings} of today's data again ({place})."
RATINGS = {"went_stale": WENT_STALE, "still_stale": STILL_STALE, "renewed": RENEWED}
STILL_ONE = ("1 rating of certainty is", "It wants confirming")
STILL_MANY = ("{n} ratings of certainty are", "They want confirming")
ONE_RATING = ("the rating of {domains} is", "It wants confirming")
MANY_RATINGS = ("the ratings of {domains} are", "They want confirming")
RATED = "{domain} ({judgement})"
DRAFT = "{domain} (a draft: {judgement})"
SUGGESTED = (
    "The GRADE rules suggest something else on {domains} of {outcomes}. Rules never decide: no rating moved by that."
)
VERDICT = "Hypothesis {hypothesis}{on}: {after}; it was {before}. ({label})"
DECLARED = "Declared since: {hypotheses}."
WITHDRAWN = "No longer declared: {hypotheses}."
IN_LIST = "{hypothesis}{on}, {verdict}"
ON = " on {outcome}"
PLACE = "{file} row {row}"
ROWS = "{file} rows {rows}"
UNMOVED = "The effects of {outcomes} are the same."
SUMMARY = "{what}."
IN_SHORT = {
    "flips": ("conclusion", "conclusions", "changed"),
    "verdicts": ("verdict on a declared hypothesis", "verdicts on declared hypotheses", "changed"),
    "added": ("trial", "trials", "came in"),
    "removed": ("trial", "trials", "went out"),
    "stale": ("rating of certainty", "ratings of certainty", "went stale"),
    "moved": ("outcome", "outcomes", "moved"),
    "recoded": ("outcome", "outcomes", "coded another way"),
}
# So many cells say in a sentence what became of a trial; the rows of all stand in a table.
MOST_CELLS = 3


def summarise_difference(difference: Difference) -> str:
    """Say in a sentence how much of what moved: what a list of versions and the entry of a feed begin with."""
    numbers = {
        "flips": len(difference.flips),
        "verdicts": len([own for own in difference.verdicts or () if own.before and own.after]),
        "added": len(difference.added),
        "removed": len(difference.removed),
        "stale": len(difference.went_stale),
        "moved": len([own for own in difference.changes if not _is_recoded(own)]),
        "recoded": len([own for own in difference.changes if _is_recoded(own)]),
    }
    said = [f"{count(n, *IN_SHORT[name][:2])} {IN_SHORT[name][2]}" for name, n in numbers.items() if n]
    return SUMMARY.format(what=listed(said)) if said else NOTHING


def describe_difference(difference: Difference) -> list[str]:
    """Say what changed: conclusions first, then what moved them, ratings and verdicts, then what stayed.

    Parameters
    ----------
    difference : Difference

    Returns
    -------
    list of str
        Never empty.
    """
    verdicts = difference.verdicts or ()
    found = [
        *(FLIPPED.format(label=change.label, flip=flip) for change in difference.changes for flip in change.flips),
        *(_verdict(own) for own in verdicts if own.before and own.after),
        *_trials(difference),
        *(_moved(change, difference.rows) for change in difference.changes),
        *_judged(difference),
        *_declared(DECLARED, [own for own in verdicts if own.before is None]),
        *_declared(WITHDRAWN, [own for own in verdicts if own.after is None]),
    ]
    moved = [own for own in difference.ratings if own.what != "still_stale"]
    if not (difference.changes or verdicts or difference.certainty or difference.suggestions or moved):
        return [NOTHING, _rows_alone(difference), *found]
    if difference.unchanged and difference.changes:
        found.append(UNMOVED.format(outcomes=count(difference.unchanged, "other outcome")))
    return found


def describe_judgements(difference: Difference) -> list[str]:
    """Say what became of ratings of certainty and of verdicts on hypotheses; empty where nothing did."""
    verdicts = [_verdict(own) for own in difference.verdicts or () if own.before and own.after]
    return [*verdicts, *_judged(difference)]


def _judged(difference: Difference) -> list[str]:
    return [
        *map(_certainty, difference.certainty),
        *_ratings(difference.ratings),
        *_suggested(difference.suggestions),
    ]


def _rows_alone(difference: Difference) -> str:
    n = len(difference.rows)
    return ROWS_ONLY.format(rows=count(n, "row"), differ="differs" if n == 1 else "differ") if n else DATA_ALIKE


def _trials(difference: Difference) -> Iterator[str]:
    for sentence, labels in ((ADDED, difference.added), (REMOVED, difference.removed)):
        if labels:
            yield sentence.format(trials=listed(labels))


def _moved(change: OutcomeChange, rows: Sequence[RowChange]) -> str:
    before, after = (_average(change, side) for side in (change.before, change.after))
    alone = _is_recoded(change)
    below = is_below_ten(change.after) or is_below_ten(change.before)
    trials = "; ".join(
        _behind(row, rows, change.outcome, _share_of(row, alone=alone, below=below, enough=bool(after)))
        for row in change.trials.itertuples()
    )
    sentence = _sentence(before, after) if not alone else RECODED_FEW if below else RECODED
    return sentence.format(
        label=change.label,
        measure=change.measure,
        before=before,
        after=after,
        k_before=_trials_of(change.before),
        k=_trials_of(change.after),
        was=_slope(change.before),
        now=_slope(change.after),
        trials=trials,
    )


def _is_recoded(change: OutcomeChange) -> bool:
    """Say whether only codes are others, so that the average is the same."""
    return set(change.trials["what"]) <= {"recoded"}


def is_below_ten(state: OutcomeState) -> bool:
    """Say whether there are too few trials for words and tables to give a slope on fidelity."""
    return state.slope is None or state.slope.descriptive


def _share_of(row: tuple, *, alone: bool, below: bool, enough: bool) -> float:
    if alone:
        return np.nan if below else row.slope_share
    return row.share if enough else np.nan


def _sentence(before: str, after: str) -> str:
    if before and after:
        return STAYED if before == after else MOVED
    return LOST if before else FIRST if after else TOO_FEW


def _behind(row: tuple, rows: Sequence[RowChange], outcome: str, share: float) -> str:
    said = "" if np.isnan(share) else SHARE.format(share=number(share, 3, signed=True))
    return f"{BEHIND[row.what].format(trial=row.label)}{said}{_why(row, rows, outcome)}"


def _why(row: tuple, rows: Sequence[RowChange], outcome: str) -> str:
    """Name the cells that made a trial another, where they are few."""
    if row.what in ("added", "removed"):
        return ""
    tables = ("components",) if row.what == "recoded" else ("outcomes", "decisions", "arms", "trial")
    own = [one for one in rows if one.trial == row.trial and one.table in tables and _is_of(one, outcome)]
    few = len(own) == 1 and own[0].what == "changed" and len(own[0].cells) <= MOST_CELLS
    return _cells(own[0]) if few else ""


def _is_of(row: RowChange, outcome: str) -> bool:
    return row.table not in ("outcomes", "decisions") or outcome in row.names


def _cells(row: RowChange) -> str:
    cells = (
        CELL.format(column=cell.column, before=cell.before or EMPTY_CELL, after=cell.after or EMPTY_CELL)
        for cell in row.cells
    )
    return CELLS.format(file=row.file, row=row.row, cells="; ".join(cells))


def _average(change: OutcomeChange, state: OutcomeState) -> str:
    """Print an average; empty where there are too few trials for one in words."""
    if state.pooled is None or not is_enough(state.effects):
        return ""
    measure = MEASURES[change.measure]
    ends = measure.interval(state.pooled.ci_lb, state.pooled.ci_ub)
    return f"{measure.text(state.pooled.estimate)} ({ends}; {_trials_of(state)})"


def _trials_of(state: OutcomeState) -> str:
    return count(0 if state.effects is None else state.effects.n_trials, "trial")


def _slope(state: OutcomeState) -> str:
    return "none" if pd.isna(state.slope_estimate) else number(state.slope_estimate, signed=True)


def pool_label(label: str, pool: str) -> str:
    """Return an outcome's label, with the part of its trials that was rated."""
    return f"{label}, {GRADE_POOLS[pool]}" if pool in GRADE_POOLS else label


def _certainty(own: CertaintyMoved) -> str:
    before = judgement_in_words(own.before) or NOT_RATED
    if not own.after:
        return NO_LONGER.format(label=pool_label(own.label, own.pool), before=before)
    return CERTAINTY.format(
        label=pool_label(own.label, own.pool),
        before=before,
        after=judgement_in_words(own.after),
        decided_by=own.decided_by,
        date=own.date,
        reason=own.reason,
    )


def _ratings(found: Sequence[RatingMoved]) -> Iterator[str]:
    """Say what became of ratings, those of one outcome with one fate and one cause together."""
    alike: dict[tuple, list[RatingMoved]] = {}
    for own in sorted(found, key=lambda own: list(RATINGS).index(own.what)):
        alike.setdefault((own.what, own.outcome, own.pool, own.why), []).append(own)
    for (what, _, _, why), group in alike.items():
        domains = listed(
            [
                (RATED if own.decides else DRAFT).format(
                    domain=GRADE_DOMAINS[own.domain].words.lower(), judgement=judgement_in_words(own.judgement)
                )
                for own in group
            ]
        )
        one, many = (STILL_ONE, STILL_MANY) if what == "still_stale" else (ONE_RATING, MANY_RATINGS)
        ratings, asks = one if len(group) == 1 else many
        yield RATINGS[what].format(
            label=pool_label(group[0].label, group[0].pool),
            ratings=ratings.format(domains=domains, n=len(group)),
            asks=asks,
            why=listed([STALE[code] for code in why]),
            place=_place([own.row for own in group], group[0].file),
        )


def _place(rows: Sequence[int], file: str) -> str:
    first, last = min(rows), max(rows)
    if len(rows) > 1 and last - first + 1 == len(rows):
        return ROWS.format(file=file, rows=f"{first} to {last}")
    return (
        ROWS.format(file=file, rows=listed(list(map(str, rows))))
        if len(rows) > 1
        else PLACE.format(file=file, row=first)
    )


def _suggested(found: Sequence[SuggestionMoved]) -> Iterator[str]:
    if found:
        outcomes = len({(own.outcome, own.pool) for own in found})
        yield SUGGESTED.format(domains=count(len(found), "domain"), outcomes=count(outcomes, "outcome"))


def _verdict(own: VerdictMoved) -> str:
    return VERDICT.format(
        hypothesis=own.hypothesis, label=own.label, on=_on(own), before=own.before.words, after=own.after.words
    )


def _declared(sentence: str, found: Sequence[VerdictMoved]) -> Iterator[str]:
    if found:
        each = [
            IN_LIST.format(hypothesis=own.hypothesis, on=_on(own), verdict=(own.after or own.before).words)
            for own in found
        ]
        yield sentence.format(hypotheses="; ".join(each))


def _on(own: VerdictMoved) -> str:
    return ON.format(outcome=own.outcome_label) if own.outcome_label else ""
