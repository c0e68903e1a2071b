"""Publication bias and missing results: facts only, at most one level, and that for people.

Beside small trials against large ones (ten trials and more) stands what ROB-ME asks [page2023robme]: of every trial
whether it is pooled, measured the outcome without usable numbers, or is not known to have measured it. No suggestion
hangs on a test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.answers.grading.facts import PoolFacts
from synthesis.answers.grading.rules import number_of
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.answers.small_study import funnel_test
from synthesis.choices import is_of_events
from synthesis.evidence.certainty import MISSING_EVIDENCE
from synthesis.evidence.vocabulary import directions_in_words
from synthesis.wording import bare_p, count, listed

POOLED = "{pooled} of {trials} are pooled."
UNUSABLE = "{unusable} measured it without numbers that can be pooled{directions}."
EXCLUDED = "{excluded} left out by decision."
NOT_ENTERED = "Results of {not_entered} were met and not entered."
NOTHING_KNOWN = "Of {unknown} no result on it is known{registered}."
REGISTERED = ", {registered} of them with a registration in which it could be looked up"
FUNNEL = "Small against large trials (Egger's test): p {p}."
NO_FUNNEL = "Fewer than {fewest} trials: no funnel plot or test is looked at."
JUDGED = "ROB-ME, by {who} on {date}: {judgement}."
NO_JUDGEMENT = "Nobody has judged missing results (ROB-ME) yet."
OVERALL = "overall"


@dataclass(frozen=True)
class MissingResults:
    """Every trial of the evidence by what is known of its result on one outcome; the parts add up to `trials`.

    Attributes
    ----------
    trials, pooled, unusable, excluded, not_entered, unknown : int
    registered : int
        Of those of which nothing is known, with a registration.
    directions : dict of str to int
        What the unusable ones report, by code; "" where they give no direction.
    """

    trials: int
    pooled: int
    unusable: int
    excluded: int
    not_entered: int
    unknown: int
    registered: int
    directions: dict[str, int]


def missing_results(facts: PoolFacts) -> MissingResults:
    """Count every trial of the evidence once, by what is known of its result on the outcome."""
    evidence, left = facts.evidence, facts.effects.left_out
    everyone = list(evidence.trials["trial"])
    pooled = set(facts.frame["trial"])
    others = left[~left["trial"].isin(pooled)]
    excluded = set(others.loc[others["kind"].eq("excluded"), "trial"])
    unusable = others[~others["trial"].isin(excluded) & ~others["kind"].eq("not_selected")]
    unusable = unusable.sort_values("timepoint_months", ascending=False, kind="stable").drop_duplicates("trial")
    met = evidence.left_out
    known = pooled | excluded | set(unusable["trial"])
    not_entered = set(met.loc[met["outcome"].eq(facts.outcome), "trial"]) & set(everyone) - known
    unknown = [trial for trial in everyone if trial not in known | not_entered]
    registration = dict(zip(evidence.trials["trial"], evidence.trials["registration"], strict=True))
    return MissingResults(
        trials=len(everyone),
        pooled=len(pooled),
        unusable=len(unusable),
        excluded=len(excluded),
        not_entered=len(not_entered),
        unknown=len(unknown),
        registered=sum(bool(registration[trial]) for trial in unknown),
        directions={str(code): int(n) for code, n in unusable["reported_direction"].value_counts().items()},
    )


def suggest_publication_bias(facts: PoolFacts) -> Suggestion:
    """Gather what is missing; nothing is suggested."""
    found = missing_results(facts)
    said = [POOLED.format(pooled=found.pooled, trials=count(found.trials, "trial"))]
    if found.unusable:
        said.append(UNUSABLE.format(unusable=count(found.unusable, "trial"), directions=_directions(facts, found)))
    if found.excluded:
        said.append(EXCLUDED.format(excluded=count(found.excluded, "trial")))
    if found.not_entered:
        said.append(NOT_ENTERED.format(not_entered=count(found.not_entered, "trial")))
    if found.unknown:
        registered = REGISTERED.format(registered=found.registered) if found.registered else ""
        said.append(NOTHING_KNOWN.format(unknown=count(found.unknown, "trial"), registered=registered))
    p = _egger(facts)
    fewest = int(number_of("fewest_funnel"))
    said += [] if facts.pooled is None else [NO_FUNNEL.format(fewest=fewest) if np.isnan(p) else _funnel(p)]
    said.append(_judged(facts))
    return Suggestion("publication_bias", "look", "for_people", " ".join(said), {**vars(found), "egger_p": p})


def _funnel(p: float) -> str:
    return FUNNEL.format(p=bare_p(p))


def _egger(facts: PoolFacts) -> float:
    """Return the p value of small against large trials; nan below ten trials, and for pools of events."""
    pooled = facts.pooled
    if pooled is None or is_of_events(pooled.method) or facts.effects.n_trials < number_of("fewest_funnel"):
        return np.nan
    found = funnel_test(facts.effects, method=pooled.method, ci=pooled.ci, level=pooled.level)  # type: ignore[arg-type]
    return np.nan if found is None else found.pval


def _directions(facts: PoolFacts, found: MissingResults) -> str:
    words = directions_in_words(facts.effects.names)
    said = [
        f"{n} {(words[code].verb_of_one if n == 1 else words[code].verb) if code else 'without a direction'}"
        for code, n in found.directions.items()
    ]
    return f" ({listed(said)})" if said else ""


def _judged(facts: PoolFacts) -> str:
    rows = facts.evidence.rob_me
    rows = rows[rows["outcome"].eq(facts.outcome) & rows["judgement"].ne("")]
    rows = rows.assign(first=rows["question"].ne(OVERALL)).sort_values("first", kind="stable")
    if rows.empty:
        return NO_JUDGEMENT
    row = rows.iloc[0]
    return JUDGED.format(who=row["who"], date=row["date"], judgement=MISSING_EVIDENCE[row["judgement"]])
