"""Indirectness: facts only. Whether people, comparison and outcome are those of the question is for people to say."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from synthesis.answers.grading.facts import PoolFacts
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.answers.studied import stated_countries
from synthesis.evidence.vocabulary import COMPARATOR_TYPES, PEER_STATUS, POPULATION_GROUPS
from synthesis.wording import count, listed, months, percent

NOTHING = "Nothing is pooled."
BY_WEIGHT = "{what} by weight: {shares}."
NO_COUNTRIES = "countries not stated"
PLACES = "{countries}; follow-up {follow_up}; {instruments}."
FOLLOW_UP, ONE_FOLLOW_UP = "{first} to {last} months", "{first} months"
NOT_SAID = "not said"
CODES = {
    "comparator_type": ("Comparisons", COMPARATOR_TYPES),
    "population_group": ("People", {code: known.words for code, known in POPULATION_GROUPS.items()}),
    "peer_status": ("Peers", {code: known.words for code, known in PEER_STATUS.items()}),
}


def suggest_indirectness(facts: PoolFacts) -> Suggestion:
    """Gather who was studied, against what and for how long; nothing is suggested."""
    if facts.pooled is None:
        return Suggestion("indirectness", "look", "for_people", NOTHING)
    frame = people_studied(facts)
    shares = {column: _shares(frame, column) for column in CODES}
    said = [
        BY_WEIGHT.format(what=what, shares=_listed(shares[column], words))
        for column, (what, words) in CODES.items()
        if any(shares[column])
    ]
    countries = stated_countries(frame["country"]).str.strip().nunique()
    first, last = frame["timepoint_months"].min(), frame["timepoint_months"].max()
    span = FOLLOW_UP if first < last else ONE_FOLLOW_UP
    instruments = frame["instrument"].nunique()
    said.append(
        PLACES.format(
            countries=count(countries, "country", "countries") if countries else NO_COUNTRIES,
            follow_up=span.format(first=months(first), last=months(last)),
            instruments=count(instruments, "instrument"),
        )
    )
    numbers = {"countries": countries, "months_first": first, "months_last": last, "instruments": instruments}
    return Suggestion("indirectness", "look", "for_people", " ".join(said), {**numbers, **shares})


def people_studied(facts: PoolFacts) -> pd.DataFrame:
    """Return the pooled effects with their weight, and with country, group of people and status of the peers."""
    frame = facts.frame
    trials = facts.evidence.trials.drop_duplicates("trial").set_index("trial")
    arms = facts.evidence.arms.drop_duplicates(["trial", "arm"]).set_index(["trial", "arm"])["peer_status"]
    places = pd.MultiIndex.from_frame(frame[["trial", "intervention_arm"]])
    own = {name: frame["trial"].map(trials[name]).fillna("") for name in ("country", "population_group")}
    return frame.assign(**own, peer_status=arms.reindex(places).fillna("").to_numpy())


def _shares(frame: pd.DataFrame, column: str) -> dict[str, float]:
    """Return the weight in percent by code, heaviest first; the empty code where nothing is said."""
    weight = frame.groupby(column)["weight"].sum().sort_values(ascending=False, kind="stable")
    return {str(code): float(value) for code, value in weight.items()}


def _listed(shares: Mapping[str, float], words: Mapping[str, str]) -> str:
    return listed([f"{words.get(code, NOT_SAID)} {percent(value)}" for code, value in shares.items()])
