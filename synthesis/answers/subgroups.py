"""The pool within kinds of trials, and whether the kinds differ: by people, peers, comparison, length, year, bias."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.regression import meta_regression
from synthesis.answers.sensitivity import NUMBERS, numbers_or_note, of_arms, of_trials
from synthesis.answers.verdicts import FEWEST_TRIALS, TRIALS_PER_COVARIATE
from synthesis.choices import LEVEL, METHOD, CiMethod, PoolMethod, is_of_events, pool_choices
from synthesis.effects import Effects, require_effects
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import COMPARATOR_TYPES, JUDGEMENTS, NOT_JUDGED, PEER_STATUS, POPULATION_GROUPS
from synthesis.results import Result
from synthesis.statistics.measures import MEASURES
from synthesis.statistics.multiplicity import holm
from synthesis.wording import count, listed, number, p_value, share

NOT_STATED, NOT_STATED_WORDS = "", "not stated"
WEEKS_SHORT, WEEKS_LONG = 13, 26
YEARS = (2010, 2018)
LENGTHS = {"short": "up to three months", "middle": "over three to six months", "long": "over six months"}
TIMES = {
    "early": f"before {YEARS[0]}",
    "middle": f"{YEARS[0]} to {YEARS[1] - 1}",
    "late": f"{YEARS[1]} and later",
}

NONE_DIFFER = (
    "No way of grouping the trials shows a difference between its groups (smallest p = {p} of {looked}; {holm} by "
    "Holm). That is not evidence that the groups are alike."
)
DIFFER = (
    "The groups differ by {groupings}. That is a comparison between trials: they differ in more than this, and nobody "
    "was randomised to be in one group or the other."
)
BY = "{label} ({p}, {holm} by Holm over {looked})"
FEW = "With fewer than ten trials no difference between groups is tested; JSON holds the numbers."
ONE_GROUP = "The trials cannot be put in groups: all that state it are of one kind."
NOT_POOLED = "fewer than three trials"
FEW_TRIALS = "test_below_ten_trials"


@dataclass(frozen=True)
class Grouping:
    """A way to group trials.

    Attributes
    ----------
    label : str
    words : mapping of str to str
        Every group by its code, in the order in which they are shown.
    of : callable
        From the effects' frame and the evidence: the code of each effect's group, empty where it is not stated.
    """

    label: str
    words: Mapping[str, str]
    of: Callable[[pd.DataFrame, Evidence], pd.Series]


def _of_weeks(frame: pd.DataFrame, evidence: Evidence) -> pd.Series:
    weeks = of_arms(frame, evidence, "duration_weeks", np.nan).to_numpy(float)
    return pd.Series(_binned(weeks, (WEEKS_SHORT + 0.5, WEEKS_LONG + 0.5), list(LENGTHS)), frame.index)


def _of_years(frame: pd.DataFrame, evidence: Evidence) -> pd.Series:
    years = frame["trial"].map(evidence.trials.set_index("trial")["year"]).to_numpy(float)
    return pd.Series(_binned(years, YEARS, list(TIMES)), frame.index)


def _binned(values: np.ndarray, cuts: tuple[float, float], codes: list[str]) -> np.ndarray:
    places = np.digitize(values, cuts)
    return np.where(np.isnan(values), NOT_STATED, np.array(codes)[np.where(np.isnan(values), 0, places)])


GROUPINGS: dict[str, Grouping] = {
    "people": Grouping(
        "the people",
        {code: known.words for code, known in POPULATION_GROUPS.items()},
        lambda frame, evidence: of_trials(frame, evidence, "population_group"),
    ),
    "peers": Grouping(
        "who the peers are",
        {code: known.words for code, known in PEER_STATUS.items()},
        lambda frame, evidence: of_arms(frame, evidence, "peer_status", NOT_STATED),
    ),
    "comparator": Grouping(
        "what it is compared with", COMPARATOR_TYPES, lambda frame, evidence: frame["comparator_type"].fillna("")
    ),
    "length": Grouping("how long it lasts", LENGTHS, _of_weeks),
    "year": Grouping("the year of the report", TIMES, _of_years),
    "bias": Grouping(
        "the risk of bias",
        {code: known.words for code, known in JUDGEMENTS.items()},
        lambda frame, evidence: frame["rob"].fillna(""),
    ),
}


@dataclass(frozen=True, eq=False)
class Subgroups(Result):
    """One outcome's pool within each group of trials.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a group: grouping, group, label, trials, then k, n, estimate, ci_lb, ci_ub, pi_lb, pi_ub, tau2 and I2 of
        its pool on the analysis scale, and a note where there is none.
    tests : pandas.DataFrame
        One row a grouping: grouping, label, groups, trials, QM, df, df2, pval, pval_holm, and a note where there is no
        test. Effects whose group is not stated are not in it, nor in Holm's correction tests of fewer than ten trials.
    effects : Effects
    method, ci, level

    Examples
    --------
    >>> groups = subgroups(effects, evidence, by=["people"])
    >>> groups.table[["group", "k", "estimate"]].round(2)
                        group   k  estimate
    0   severe_mental_illness  12      0.18
    1  common_mental_disorder   2      0.22
    2     mixed_mental_health   3      0.30
    """

    table: pd.DataFrame
    tests: pd.DataFrame
    effects: Effects
    method: str
    ci: str
    level: float

    @property
    def withheld(self) -> tuple[str, ...]:
        """Codes of what words and pictures keep back: tests of fewer than ten trials."""
        few = self.tests["pval"].notna() & self.tests["trials"].lt(TRIALS_PER_COVARIATE)
        return (FEW_TRIALS,) if few.any() else ()

    @property
    def tested(self) -> pd.DataFrame:
        """The tests that ten trials or more stand behind."""
        return self.tests[self.tests["pval"].notna() & self.tests["trials"].ge(TRIALS_PER_COVARIATE)]

    def to_frame(self) -> pd.DataFrame:
        """Return the groups."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the settings, the groups and the tests, also those that words keep back."""
        about = {"outcome": self.effects.outcome, "measure": self.effects.measure}
        settings = {name: getattr(self, name) for name in ("method", "ci", "level")} | {"withheld": list(self.withheld)}
        return about | settings | {"groups": self.table.to_dict("records"), "tests": self.tests.to_dict("records")}

    def sentences(self) -> list[str]:
        """Say whether the groups differ, and what that is worth."""
        tested = self.tested
        if tested.empty:
            return [FEW if self.withheld else ONE_GROUP]
        looked = count(len(tested), "way")
        own = [
            BY.format(label=row.label, p=p_value(row.pval), holm=number(row.pval_holm, 3), looked=looked)
            for row in tested.itertuples()
            if row.pval_holm <= 1 - self.level
        ]
        if own:
            return [DIFFER.format(groupings=listed(own))]
        least = tested.loc[tested["pval"].idxmin()]
        held = number(least["pval_holm"], 3)
        return [NONE_DIFFER.format(p=number(least["pval"], 3), looked=looked, holm=held)]

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each group with its pool, and the test of each grouping beside its first."""
        rows, measure = self.table, MEASURES[self.effects.measure]
        first = ~rows["grouping"].duplicated()
        tests = self.tested.set_index("grouping")["pval"]
        kept = rows["trials"].ge(FEWEST_TRIALS)
        effect = [
            measure.with_interval(*values) if pooled else NOT_POOLED
            for pooled, values in zip(kept, rows[["estimate", "ci_lb", "ci_ub"]].to_numpy(float), strict=True)
        ]
        shown = {
            "By": np.where(first, rows["grouping"].map({code: own.label for code, own in GROUPINGS.items()}), ""),
            "Group": rows["label"],
            "Trials": rows["trials"],
            f"{measure.code} ({share(self.level)} CI)": effect,
        }
        if len(tests):
            pvals = rows["grouping"].map(tests)
            shown["p between groups"] = [
                number(p, 3) if own and p == p else "" for own, p in zip(first, pvals, strict=True)
            ]
        return pd.DataFrame(shown)

    def __str__(self) -> str:
        return f"{self.effects.outcome_label}: {' '.join(self.sentences())}"


def subgroups(
    effects: Effects,
    evidence: Evidence,
    *,
    by: Sequence[str] | None = None,
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
) -> Subgroups:
    """Pool an outcome within kinds of trials, and test whether the kinds differ.

    Parameters
    ----------
    effects : Effects
    evidence : Evidence
        What the effects were computed from.
    by : sequence of str, optional
        Only these ways to group: people, peers, comparator, length, year, bias.
    method, ci, level
        As `pool` takes them; a method that pools events tests with REML.

    Returns
    -------
    Subgroups

    Raises
    ------
    ChoiceError
        For a way to group that does not exist.

    Notes
    -----
    Each group is pooled by itself, with its own heterogeneity. The test is the omnibus test of a meta-regression on the
    groups with one residual heterogeneity for all of them [borenstein2009introduction], F under Knapp-Hartung. Groups
    of length and year are cut at round numbers, chosen without looking at effects.

    Examples
    --------
    >>> print(subgroups(effects, evidence, by=["people", "comparator"]).sentences()[0])
    No way of grouping the trials shows a difference between its groups (smallest p = 0.681 of 2
    ways; 1.000 by Holm). That is not evidence that the groups are alike.
    """
    require_effects(effects, "subgroups")
    method, ci, level = pool_choices(method, ci, level)
    chosen = list(GROUPINGS) if by is None else list(by)
    for name in chosen:
        if name not in GROUPINGS:
            raise ChoiceError("by", name, list(GROUPINGS))
    options = {"method": method, "ci": ci, "level": level}
    rows, tests = [], []
    for name in chosen:
        grouping, codes = GROUPINGS[name], GROUPINGS[name].of(effects.frame, evidence).fillna(NOT_STATED)
        if codes.eq(NOT_STATED).all():
            continue
        last = NOT_JUDGED if name == "bias" else NOT_STATED_WORDS
        for code, words in {**grouping.words, NOT_STATED: last}.items():
            own = effects.subset(codes.eq(code))
            if len(own.frame):
                about = {"grouping": name, "group": code, "label": words, "trials": own.n_trials}
                rows.append(about | numbers_or_note(own, options))
        tests.append({"grouping": name, "label": grouping.label} | _test(effects, codes, options))
    columns = ["grouping", "group", "label", "trials", *NUMBERS, "note"]
    held = pd.DataFrame(tests, columns="grouping label groups trials QM df df2 pval note".split())
    held["pval_holm"] = np.nan
    known = held["pval"].notna() & held["trials"].ge(TRIALS_PER_COVARIATE)
    held.loc[known, "pval_holm"] = holm(held.loc[known, "pval"].to_numpy(float))
    return Subgroups(pd.DataFrame(rows, columns=columns), held, effects, method, ci, level)


def _test(effects: Effects, codes: pd.Series, options: dict[str, Any]) -> dict[str, Any]:
    """Test whether the groups that are stated differ; nan with a note where there is nothing to test."""
    stated = codes.ne(NOT_STATED)
    own, names = effects.subset(stated), codes[stated]
    groups = list(dict.fromkeys(names))
    nothing = {"groups": len(groups), "trials": own.n_trials, "QM": np.nan, "df": 0, "df2": np.nan, "pval": np.nan}
    if len(groups) < 2:
        return nothing | {"note": "one group"}
    dummies = {f"group {place}": names.eq(code).to_numpy(float) for place, code in enumerate(groups[1:], start=1)}
    joined = replace(own, frame=own.frame.assign(**dummies))
    model = options | ({"method": METHOD, "ci": None} if is_of_events(options["method"]) else {})
    try:
        fit = meta_regression(joined, moderators=list(dummies), **model)
    except NotEstimableError as error:
        return nothing | {"note": str(error)}
    found = {"QM": fit.QM, "df": fit.QM_df, "df2": fit.QM_df2, "pval": fit.QM_pval}
    return nothing | found | {"note": ""}
