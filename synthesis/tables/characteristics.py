"""What the trials say of people, place, delivery and dose, summed up: a row a question, with how many say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from synthesis.answers.fidelity import MAXIMUM, resolve_ratings
from synthesis.answers.studied import stated_countries
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import (
    COMPARATOR_TYPES,
    DESIGNS,
    MECHANISMS,
    MODALITIES,
    PEER_ROLES,
    PEER_STATUS,
    POPULATION_GROUPS,
    VETERANS,
    Definition,
)
from synthesis.wording import count, number

# Countries named one by one; the rest are counted together.
MOST_NAMED = 6
COUNTED = "{words} {n}"
OTHER_COUNTRIES = "{others} {n}"
MIDDLE = "median {median} {unit} ({lowest} to {highest})"
ONE_VALUE = "{median} {unit}"
OWN_WORDS = "each in its own words, in the table of the trials"
PRESENT, IN_PART, ABSENT = "described", "described in part", "said to be lacking"
COUNTS_ARE = (
    "Numbers are trials. A trial with several arms may count under several words, and counts with the largest figure "
    "of its arms. What a trial does not report is not known, which is not the same as not done."
)
CONDITIONS_ARE = (
    "What the workers need is as coders rated the reports; whether they were paid has no column of its own."
)


class Characteristic(NamedTuple):
    """What the trials say on one question.

    Attributes
    ----------
    what : str
        The question, as the heading of the row.
    reported, trials : int
        Trials that say something on it, and all trials.
    says : str
        What they say: the codes with their numbers of trials, or median and range.
    """

    what: str
    reported: int
    trials: int
    says: str


def characteristics(evidence: Evidence) -> list[Characteristic]:
    """Sum up what the trials report on who took part, where, how and how much; what no trial reports has no row.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    list of Characteristic

    Examples
    --------
    >>> from synthesis.tables.characteristics import characteristics
    >>> [row for row in characteristics(evidence) if row.what == "Planned weeks"]
    [Characteristic(what='Planned weeks', reported=59, trials=97, says='median 12 weeks (3 to 104)')]
    """
    return [row for row in _all(evidence) if row.reported]


def characteristics_table(evidence: Evidence) -> pd.DataFrame:
    """Show what the trials report on who took part, where, how and how much, and how many say nothing.

    Examples
    --------
    >>> from synthesis.tables import characteristics_table
    >>> characteristics_table(evidence).columns.tolist()
    ['What', 'Reported by', 'What they say', 'Not reported']
    """
    rows = characteristics(evidence)
    return pd.DataFrame(
        {
            "What": [row.what for row in rows],
            "Reported by": [f"{row.reported} of {row.trials}" for row in rows],
            "What they say": [row.says for row in rows],
            "Not reported": [number(row.trials - row.reported, 0) for row in rows],
        }
    )


def describe_characteristics(evidence: Evidence) -> list[str]:
    """Say how the table is to be read, a sentence or two each.

    Examples
    --------
    >>> from synthesis.tables import describe_characteristics
    >>> print(describe_characteristics(evidence)[0])
    Numbers are trials. A trial with several arms may count under several words, and counts with the
    largest figure of its arms. What a trial does not report is not known, which is not the same as
    not done.
    """
    return [COUNTS_ARE, *([CONDITIONS_ARE] if any(_conditions(evidence)) else [])]


def _all(evidence: Evidence) -> Iterator[Characteristic]:
    trials, arms = evidence.trials, evidence.arms
    offered, beside = arms[arms["role"].eq("intervention")], arms[arms["role"].eq("comparator")]
    n = len(trials)
    yield _countries(trials, n)
    yield Characteristic("Setting", int(trials["setting"].ne("").sum()), n, OWN_WORDS)
    yield _codes("People", trials, "population_group", POPULATION_GROUPS, n)
    yield _codes("Veterans", trials, "veterans", VETERANS, n)
    yield _codes("Design", trials, "design", DESIGNS, n)
    yield _numbers("People randomised", trials, "n_randomised", "people", n)
    yield _numbers("Followed for", trials, "followup_months", "months", n)
    tried, _ = evidence.codebook.review.names.heads
    yield _codes(tried, offered, "peer_role", PEER_ROLES, n)
    yield _codes("Who gives it", offered, "peer_status", PEER_STATUS, n)
    yield _codes("Given", offered, "modality", MODALITIES, n)
    yield _numbers("Planned weeks", offered, "duration_weeks", "weeks", n)
    yield _numbers("Planned contacts", offered, "contacts", "contacts", n)
    yield from _conditions(evidence)
    yield _codes("Compared with", beside, "comparator_type", COMPARATOR_TYPES, n)


def _countries(trials: pd.DataFrame, n: int) -> Characteristic:
    counts = stated_countries(trials["country"]).value_counts()
    named, rest = counts.head(MOST_NAMED), counts.iloc[MOST_NAMED:]
    said = [COUNTED.format(words=country, n=times) for country, times in named.items()]
    if len(rest):
        others = count(len(rest), "other country", "other countries")
        said.append(OTHER_COUNTRIES.format(others=others, n=rest.sum()))
    return Characteristic("Country", int(counts.sum()), n, "; ".join(said))


def _codes(what: str, rows: pd.DataFrame, column: str, words: Mapping[str, Definition | str], n: int) -> Characteristic:
    """Count trials under each code, a trial once under each that any of its rows has."""
    said = rows[rows[column].ne("")].drop_duplicates(["trial", column])
    counts = said[column].value_counts()
    texts = [COUNTED.format(words=_in_words(words[code]), n=times) for code, times in counts.items()]
    return Characteristic(what, said["trial"].nunique(), n, "; ".join(texts))


def _in_words(meaning: Definition | str) -> str:
    return meaning if isinstance(meaning, str) else meaning.words


def _numbers(what: str, rows: pd.DataFrame, column: str, unit: str, n: int) -> Characteristic:
    values = rows.groupby("trial")[column].max().dropna()
    middle = {"median": values.median(), "lowest": values.min(), "highest": values.max()}
    shown = {name: f"{value:,.4g}" for name, value in middle.items()}
    text = (MIDDLE if values.nunique() > 1 else ONE_VALUE).format(unit=unit, **shown)
    return Characteristic(what, len(values), n, text)


def _conditions(evidence: Evidence) -> Iterable[Characteristic]:
    """Yield what coders found on each thing that the workers need, of a trial that of its arm with most of it."""
    ratings = resolve_ratings(evidence.components)
    offered = evidence.arms.loc[evidence.arms["role"].eq("intervention"), ["trial", "arm"]]
    rated = ratings.merge(offered, on=["trial", "arm"]).groupby(["component", "trial"])["rating"].max().dropna()
    known = evidence.codebook.components
    needed = [name for name, mechanism in MECHANISMS.items() if not mechanism.core]
    for own in known[known["mechanism"].isin(needed)].itertuples():
        values = rated[rated.index.get_level_values("component") == own.component]
        if values.empty:
            continue
        kinds = {
            PRESENT: values.eq(MAXIMUM).sum(),
            IN_PART: (values.gt(0) & values.lt(MAXIMUM)).sum(),
            ABSENT: values.eq(0).sum(),
        }
        said = [COUNTED.format(words=words, n=times) for words, times in kinds.items() if times]
        yield Characteristic(own.label, len(values), len(evidence.trials), "; ".join(said))
