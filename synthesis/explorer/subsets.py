"""Parts of an outcome's trials that a reader may look at alone: by people, peers, comparator and risk of bias.

Each choice is a code that stands for a set of a column's codes. The page in the browser and the lines of Python that
reproduce it choose by the same codes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthesis.choices import chosen
from synthesis.effects import Effects, require_effects
from synthesis.errors import ChoiceError
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import (
    COMPARATOR_TYPES,
    INACTIVE_COMPARATORS,
    JUDGEMENTS,
    NOT_JUDGED,
    PEER_STATUS,
    POPULATION_GROUPS,
)

ALL = ""
WITHOUT = "not_"
ONLY_WORDS, WITHOUT_WORDS = "only {words}", "without {words}"


@dataclass(frozen=True)
class Subset:
    """One way of choosing among trials.

    Attributes
    ----------
    label, everything : str
        As the choice is headed, and its first entry, which leaves nothing out.
    words : mapping of str to str
        The column's codes in words; the empty code is what nobody reported or judged.
    missing, given : str
        The choices that stand for the empty code alone, and for all others.
    groups : mapping of str to (str, tuple of str)
        Choices of several codes: words and codes.
    """

    label: str
    everything: str
    words: Mapping[str, str]
    missing: str
    given: str
    groups: Mapping[str, tuple[str, tuple[str, ...]]]

    def options(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Return every choice by its code: its words, and the codes of the column that it keeps."""
        every = frozenset(self.words)
        only = {code or self.missing: (words, {code}) for code, words in self.words.items()} | dict(self.groups)
        without = {f"{WITHOUT}{code}" if code else self.given: (words, {code}) for code, words in self.words.items()}
        return (
            {ALL: (self.everything, every)}
            | {code: (ONLY_WORDS.format(words=words), frozenset(kept)) for code, (words, kept) in only.items()}
            | {code: (WITHOUT_WORDS.format(words=words), every - left) for code, (words, left) in without.items()}
        )


NOT_REPORTED = "not reported"
SUBSETS = {
    "population": Subset(
        "People",
        "all people",
        {code: known.words for code, known in POPULATION_GROUPS.items()} | {"": NOT_REPORTED},
        "not_reported",
        "reported",
        {},
    ),
    "eligibility": Subset(
        "Who the peers are",
        "all kinds of peers",
        {code: known.words for code, known in PEER_STATUS.items()} | {"": NOT_REPORTED},
        "not_reported",
        "reported",
        {},
    ),
    "comparator": Subset(
        "Compared with",
        "all comparators",
        {**COMPARATOR_TYPES, "": NOT_REPORTED},
        "not_reported",
        "reported",
        {"inactive": ("usual care, waiting list or attention", INACTIVE_COMPARATORS)},
    ),
    "risk_of_bias": Subset(
        "Risk of bias",
        "all judgements",
        {code: known.words for code, known in JUDGEMENTS.items()} | {"": NOT_JUDGED},
        "not_judged",
        "judged",
        {"judged_not_high": ("judged, none high", tuple(code for code in JUDGEMENTS if code != "high"))},
    ),
}


def subset_columns(evidence: Evidence, effects: Effects) -> pd.DataFrame:
    """Return what subsets choose by, a column each and a row an effect: codes, empty where nobody said."""
    frame = effects.frame
    arms = evidence.arms.set_index(["trial", "arm"])["peer_status"]
    own = pd.MultiIndex.from_frame(frame[["trial", "intervention_arm"]])
    population = evidence.trials.set_index("trial")["population_group"]
    columns = {
        "population": frame["trial"].map(population).to_numpy(object),
        "eligibility": arms.reindex(own).to_numpy(object),
        "comparator": frame["comparator_type"].to_numpy(object),
        "risk_of_bias": frame["rob"].to_numpy(object),
    }
    return pd.DataFrame(columns, index=frame.index).fillna("")


def subset_effects(
    evidence: Evidence,
    effects: Effects,
    *,
    population: str = ALL,
    eligibility: str = ALL,
    comparator: str = ALL,
    risk_of_bias: str = ALL,
    without: Collection[str] = (),
) -> Effects:
    """Keep only some of an outcome's effects, as the explorer does.

    Parameters
    ----------
    evidence : Evidence
        What the effects were computed from.
    effects : Effects
    population, eligibility, comparator, risk_of_bias : str
        A code of the contract for only those (``"perinatal"``), with ``not_`` before it for all but those
        (``"not_perinatal"``); ``"inactive"`` comparators, ``"judged_not_high"``, ``"reported"`` and
        ``"not_reported"``, ``"judged"`` and ``"not_judged"``. Everything by default.
    without : collection of str
        Trials to leave out, by their keys.

    Returns
    -------
    Effects

    Raises
    ------
    ChoiceError
        For a choice or a trial that does not exist.

    Examples
    --------
    >>> evidence = load_evidence()
    >>> effects = compute_effects(evidence, "recovery")
    >>> print(subset_effects(evidence, effects, comparator="inactive", risk_of_bias="not_high"))
    11 effects of 11 trials on personal recovery (SMD)
    """
    require_effects(effects, "subset_effects")
    given = {
        "population": population,
        "eligibility": eligibility,
        "comparator": comparator,
        "risk_of_bias": risk_of_bias,
    }
    columns, keep = subset_columns(evidence, effects), pd.Series(True, effects.frame.index)
    for name, value in given.items():
        keep &= columns[name].isin(_kept(name, value))
    known = list(dict.fromkeys(effects.frame["trial"]))
    left_out = [without] if isinstance(without, str) else list(without)
    for trial in left_out:
        if trial not in known:
            raise ChoiceError("trial", trial, known)
    return effects.subset(keep & ~effects.frame["trial"].isin(left_out))


def _kept(name: str, value: Any) -> frozenset[str]:
    options = SUBSETS[name].options()
    return options[chosen(name, value, filter(None, options)) if value else ALL][1]
