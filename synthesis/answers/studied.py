"""Who was studied in the trials of the averages, where, beside what, and what is left with core peer workers only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.robustness import Robustness
from synthesis.answers.verdicts import Side, side_in_words
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import COMPARATOR_TYPES, NO_COUNTRY, PEER_STATUS, POPULATION_GROUPS
from synthesis.wording import count, listed, lower_first, percent

STUDIED = "For whom: by the people they took, these {pooled} trials are on {groups}."
GROUP = "{words} in {n}"
OTHER_GROUPS = "others in {n}"
ALL_ONE = "For whom: all {k} trials are on one group: {words}."
MOSTLY_ONE = "For whom: {n} of these {k} trials, with {share} of the weight, are on one group: {words}."
MEASURED = "Measured by {instruments}."
FIRST = "{instrument} ({share} of the weight)"
BY_SHARE = "{instrument} ({share})"
OTHER_INSTRUMENTS = "others ({share})"
WHERE = "{n} of the {pooled} trials took place in one country ({country})."
BESIDE = "The comparison was {kinds}{several}."
SEVERAL = " (some trials have more than one)"
PEERS = (
    "Of the {pooled} trials in these averages {core} clearly had peer workers, whose own experience was known to those "
    "they helped{others}."
)
OTHERS = "; of the others it is {kinds}"
WITH_CORE = "With those {core} alone {parts}."
SAME_SIDE = "the average still favours the same side for {outcomes}"
LEFT_OPEN = "it is left open for {outcomes}"
TURNS = "it favours the other side for {outcomes}"
TOO_FEW = "fewer than three trials are left for {outcomes}"
WITHOUT_HIGH = "Without the trials judged at high risk of bias something else is said by {n} of {averages}: {parts}."
ALL_STAY = "Without the trials judged at high risk of bias {averages} can be made again; none says something else."
FAVOURS = "{side} is favoured for {outcomes}"
# Groups of people named by number; the rest are counted together.
MOST_NAMED = 3
# What says nothing of whom an average rests on: not told, and taken whatever their diagnosis.
NO_GROUP = ["", "mixed_mental_health"]
# From this share of the trials on one country says for whom an average holds.
MOSTLY = 0.5


def stated_countries(countries: pd.Series) -> pd.Series:
    """Return the cells that name a country."""
    return countries[~countries.str.strip().isin(["", NO_COUNTRY])]


def describe_people(evidence: Evidence, pooled: Iterable[str]) -> list[str]:
    """Say who was studied in these trials, where most took place, and what the comparison was.

    Parameters
    ----------
    evidence : Evidence
    pooled : iterable of str
        Trials that enter an average.
    """
    trials = evidence.trials[evidence.trials["trial"].isin(set(pooled))]
    groups = trials.loc[trials["population_group"].ne(""), "population_group"].value_counts()
    said = []
    if len(groups):
        named = [GROUP.format(n=n, words=POPULATION_GROUPS[code].words) for code, n in groups.head(MOST_NAMED).items()]
        rest = len(trials) - int(groups.head(MOST_NAMED).sum())
        named += [OTHER_GROUPS.format(n=rest)] if rest else []
        said.append(STUDIED.format(pooled=len(trials), groups=listed(named)))
    countries = stated_countries(trials["country"]).value_counts()
    if len(countries) and countries.iloc[0] > MOSTLY * len(trials):
        said.append(WHERE.format(n=countries.iloc[0], pooled=len(trials), country=countries.index[0]))
    arms = evidence.arms
    beside = arms[arms["trial"].isin(set(trials["trial"])) & arms["comparator_type"].ne("")]
    kinds = beside.drop_duplicates(["trial", "comparator_type"])["comparator_type"].value_counts()
    if len(kinds):
        counted = [f"{COMPARATOR_TYPES[code]} in {n}" for code, n in kinds.items()]
        said.append(BESIDE.format(kinds=listed(counted), several=SEVERAL if kinds.sum() > len(trials) else ""))
    return [" ".join(said)] if said else []


def describe_most(evidence: Evidence, pooled: PooledEffect) -> str:
    """Say which kind of people stands behind more than half of an average; empty where none does.

    Parameters
    ----------
    evidence : Evidence
    pooled : PooledEffect
    """
    of_trial = evidence.trials.set_index("trial")["population_group"]
    groups = pooled.effects.frame["trial"].map(of_trial).fillna("")
    weights = pd.Series(pooled.weights / pooled.weights.sum(), index=groups.index)
    shares = weights.groupby(groups).sum().drop(NO_GROUP, errors="ignore")
    if shares.empty or shares.max() <= MOSTLY:
        return ""
    most = str(shares.idxmax())
    trials = pooled.effects.frame["trial"]
    counts = {"n": trials[groups.eq(most)].nunique(), "k": trials.nunique()}
    sentence = ALL_ONE if counts["n"] == counts["k"] else MOSTLY_ONE
    return sentence.format(**counts, share=percent(100 * shares.max()), words=POPULATION_GROUPS[most].words)


def describe_instruments(pooled: PooledEffect) -> str:
    """Say by which instruments an average was measured, and how much of it each is."""
    frame = pooled.effects.frame
    shares = pd.Series(100 * pooled.weights / pooled.weights.sum(), index=frame.index)
    shares = shares.groupby(frame["instrument"]).sum().sort_values(ascending=False, kind="stable")
    sentences = [FIRST, *[BY_SHARE] * MOST_NAMED]
    named = [
        sentence.format(instrument=name, share=percent(own))
        for sentence, (name, own) in zip(sentences, shares.head(MOST_NAMED).items(), strict=False)
    ]
    if len(shares) > MOST_NAMED:
        named.append(OTHER_INSTRUMENTS.format(share=percent(shares.iloc[MOST_NAMED:].sum())))
    return MEASURED.format(instruments=listed(named))


def describe_peers(evidence: Evidence, pooled: Iterable[str], robust: Mapping[str, Robustness | None]) -> list[str]:
    """Say in how many trials it is clear that peer workers helped, and what the averages say with those alone.

    Parameters
    ----------
    evidence : Evidence
    pooled : iterable of str
    robust : mapping of str to Robustness
        By label, of outcomes whose average favours a side.
    """
    mine = set(pooled)
    arms = evidence.arms
    own = arms[arms["role"].eq("intervention") & arms["trial"].isin(mine) & arms["peer_status"].ne("")]
    if own.empty:
        return []
    is_core = own["peer_status"].eq("core")
    core = own.loc[is_core, "trial"].nunique()
    others = own.loc[~own["trial"].isin(own.loc[is_core, "trial"])]
    counts = others.drop_duplicates("trial")["peer_status"].value_counts()
    kinds = [f"{PEER_STATUS[code].words} in {n}" for code, n in counts.items()]
    said = PEERS.format(core=core, pooled=len(mine), others=OTHERS.format(kinds=listed(kinds)) if kinds else "")
    parts = _with_core(robust, set(own.loc[is_core, "trial"])) if kinds else []
    return [f"{said} {WITH_CORE.format(core=core, parts='; '.join(parts))}" if parts else said]


def describe_bias(robust: Iterable[Robustness | None]) -> list[str]:
    """Say which averages say something else without the trials judged at high risk; nothing where none is judged so.

    Parameters
    ----------
    robust : iterable of Robustness
        Of every outcome that is averaged.
    """
    found: dict[str, list[str]] = {}
    k = 0
    for own in filter(None, robust):
        row = own.table[own.table["code"].eq("without_high_risk")]
        if row.empty:
            continue
        k += 1
        if not row["same"].iloc[0]:
            effects, side = own.choices.effects, row["side"].iloc[0]
            sentence = LEFT_OPEN if side is Side.OPEN else FAVOURS
            begun = sentence.format(side=side_in_words(side, effects.names), outcomes="{outcomes}")
            found.setdefault(begun, []).append(lower_first(effects.outcome_label))
    if not k:
        return []
    parts = [begun.format(outcomes=listed(labels)) for begun, labels in found.items()]
    changed = sum(map(len, found.values()))
    averages = count(k, "average")
    return [
        WITHOUT_HIGH.format(n=changed, averages=averages, parts="; ".join(parts))
        if parts
        else ALL_STAY.format(averages=averages)
    ]


def _with_core(robust: Mapping[str, Robustness | None], core: set[str]) -> list[str]:
    """Say what the averages that favour a side say with core peer workers only."""
    kinds: dict[str, list[str]] = {sentence: [] for sentence in (SAME_SIDE, LEFT_OPEN, TURNS, TOO_FEW)}
    for label, own in robust.items():
        if own is None:
            continue
        row = own.table[own.table["code"].eq("core_peers")]
        # Where all trials are such, or none is, there is no other choice to look up.
        unchanged = row.empty and set(own.choices.effects.frame["trial"]) <= core
        kinds[SAME_SIDE if unchanged else _kind(row, own.side)].append(lower_first(label))
    return [sentence.format(outcomes=listed(labels)) for sentence, labels in kinds.items() if labels]


def _kind(row: pd.DataFrame, side: Side) -> str:
    if row.empty:
        return TOO_FEW
    found = row["side"].iloc[0]
    return SAME_SIDE if found is side else LEFT_OPEN if found is Side.OPEN else TURNS
