"""What a change to the data does to the answers.

Per outcome: what moved, which trial did it and how far, and whether a conclusion flips. Beside it: the rows of the
tables that differ, the ratings of certainty that are not of today's data, and hypotheses with another verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, score_fidelity
from synthesis.answers.fidelity_slope import FidelitySlope, fidelity_slope, is_estimable
from synthesis.answers.grading.grade import Grading, grade_outcome
from synthesis.answers.judgements_moved import (
    CertaintyMoved,
    RatingMoved,
    SuggestionMoved,
    VerdictMoved,
    Verdicts,
    certainty_moved,
    find_verdicts,
    rated_pools,
    ratings_moved,
    suggestions_moved,
    verdicts_moved,
)
from synthesis.answers.pooling import PooledEffect, pool
from synthesis.answers.regression import meta_regression
from synthesis.answers.verdicts import FIDELITY, Association, Side, average_verdict, favours, is_enough
from synthesis.choices import LEVEL, METHOD, PERMUTATIONS, SEED, CiMethod, Method, model_choices
from synthesis.effects import Effects, compute_effects
from synthesis.effects.selection import COMPARISON
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.changed_rows import RowChange, changed_rows
from synthesis.results import Result
from synthesis.wording import count

NUMBERS = "k n estimate ci_lb ci_ub pi_lb pi_ub tau2 I2".split()
OF_TRIALS = ("trials/", "references.bib#")
MOVERS = "trial label what before after share slope_share".split()


class EvidenceState:
    """Evidence, with what several comparisons of it share: its scores, gradings and verdicts, each computed once.

    Parameters
    ----------
    evidence : Evidence
    permutations, seed : int
        Of the tests by arrangements of trials.
    """

    def __init__(self, evidence: Evidence, *, permutations: int = PERMUTATIONS, seed: int = SEED):
        self.evidence, self.test = evidence, {"permutations": permutations, "seed": seed}
        self._gradings: dict[tuple[str, str], Grading] = {}

    @cached_property
    def scores(self) -> FidelityScores:
        """The fidelity of every coded arm."""
        return score_fidelity(self.evidence)

    @cached_property
    def measured(self) -> set[str]:
        """The outcomes that a trial measured."""
        return set(self.evidence.outcomes["outcome"])

    @cached_property
    def known(self) -> set[str]:
        """The outcomes of the codebook."""
        return set(self.evidence.codebook.outcomes["outcome"])

    def grading(self, outcome: str, pool: str) -> Grading | None:
        """Return the certainty of an outcome, or of a part of its trials; None where no trial measured it."""
        if outcome not in self.known & self.measured:
            return None
        if (outcome, pool) not in self._gradings:
            self._gradings[outcome, pool] = grade_outcome(self.evidence, outcome, pool=pool)
        return self._gradings[outcome, pool]

    @cached_property
    def verdicts(self) -> Verdicts:
        """What each declared hypothesis comes to."""
        return find_verdicts(self.evidence, **self.test)


@dataclass(frozen=True, eq=False)
class OutcomeState:
    """One outcome in one state of the data: effects, pool and fidelity slope; None where they do not exist."""

    effects: Effects | None
    pooled: PooledEffect | None
    slope: FidelitySlope | None

    def number(self, name: str) -> float:
        """Return a number of the pool; nan where nothing can be pooled, 0 for k and n."""
        if self.pooled is None:
            return 0.0 if name in ("k", "n") else np.nan
        return float(getattr(self.pooled, name))

    @property
    def slope_estimate(self) -> float:
        """The fidelity slope; nan where there is none."""
        return np.nan if self.slope is None else self.slope.slope


@dataclass(frozen=True, eq=False)
class OutcomeChange:
    """What changed on one outcome.

    Attributes
    ----------
    outcome, label, measure, better : str
    before, after : OutcomeState
    trials : pandas.DataFrame
        One row a trial whose effects or scores changed: trial, label, `what` (added, removed, changed; recoded: the
        score alone), its effect before and after, and `share`: how far the pooled estimate moves because of this trial,
        that is, against the new data with this trial as it was before; `slope_share` likewise of the fidelity slope.
    flips : tuple of str
        Conclusions that are not what they were.
    """

    outcome: str
    label: str
    measure: str
    better: str
    before: OutcomeState
    after: OutcomeState
    trials: pd.DataFrame
    flips: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the change as plain values."""
        moved = {name: {"before": self.before.number(name), "after": self.after.number(name)} for name in NUMBERS}
        moved["fidelity_slope"] = {"before": self.before.slope_estimate, "after": self.after.slope_estimate}
        return {
            "outcome": self.outcome,
            "label": self.label,
            "measure": self.measure,
            "moved": moved,
            "trials": self.trials.to_dict("records"),
            "flips": list(self.flips),
        }


@dataclass(frozen=True, eq=False)
class Difference(Result):
    """What changed between two states of the data.

    Attributes
    ----------
    base, head : str
        What the two states are called.
    changes : tuple of OutcomeChange
        Outcomes whose effects changed, in the codebook's order.
    added, removed : tuple of str
        Labels of trials only in the new, only in the old state.
    unchanged : int
        Outcomes whose effects are the same.
    rows : tuple of RowChange
        Rows of the tables that differ, in trials that are in both states and in the tables of no trial.
    ratings : tuple of RatingMoved
        Ratings of certainty that are not of the new data, or are again.
    certainty : tuple of CertaintyMoved
        Outcomes whose certainty people decided anew.
    suggestions : tuple of SuggestionMoved
        Domains of certainty on which the rules suggest something else.
    verdicts : tuple of VerdictMoved or None
        Declared hypotheses that come to something else; None where they were not asked for.

    Examples
    --------
    >>> after = evidence.reporting("hope")
    >>> before = after.only(set(after.trials["trial"]) - {"rusch2019efficacy"})
    >>> difference = compare_evidence(before, after, permutations=99)
    >>> difference.added, len(difference.changes)
    (('Rüsch et al. (2019)',), 6)
    """

    base: str
    head: str
    changes: tuple[OutcomeChange, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    rows: tuple[RowChange, ...] = ()
    ratings: tuple[RatingMoved, ...] = ()
    certainty: tuple[CertaintyMoved, ...] = ()
    suggestions: tuple[SuggestionMoved, ...] = ()
    verdicts: tuple[VerdictMoved, ...] | None = None

    @property
    def went_stale(self) -> tuple[RatingMoved, ...]:
        """The ratings that this change leaves behind."""
        return tuple(own for own in self.ratings if own.what == "went_stale")

    @property
    def flips(self) -> tuple[str, ...]:
        """Every conclusion that flips, with its outcome."""
        return tuple(f"{change.label}: {flip}" for change in self.changes for flip in change.flips)

    def to_frame(self) -> pd.DataFrame:
        """Return one row an outcome and number: before, after."""
        rows = [
            {"outcome": change.outcome, "number": name} | pair
            for change in self.changes
            for name, pair in change.to_dict()["moved"].items()
        ]
        return pd.DataFrame(rows, columns=["outcome", "number", "before", "after"])

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as plain values."""
        return {
            "base": self.base,
            "head": self.head,
            "added": list(self.added),
            "removed": list(self.removed),
            "unchanged_outcomes": self.unchanged,
            "flips": list(self.flips),
            "changes": [change.to_dict() for change in self.changes],
            "rows": [_row_dict(row) for row in self.rows],
            "ratings": [asdict(own) for own in self.ratings],
            "certainty": [asdict(own) for own in self.certainty],
            "suggestions": [asdict(own) for own in self.suggestions],
            "verdicts": None if self.verdicts is None else [own.to_dict() for own in self.verdicts],
        }

    def __str__(self) -> str:
        if not self.changes:
            return "No effect of any outcome changes."
        moved = f"{count(len(self.changes), 'outcome')} changed, {self.unchanged} did not"
        return f"{moved}; {count(len(self.flips), 'conclusion')} flipped."


def compare_evidence(
    base: Evidence,
    head: Evidence,
    *,
    names: tuple[str, str] = ("before", "after"),
    method: Method = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    judgements: bool = False,
    hypotheses: bool = False,
) -> Difference:
    """Compare what two states of the data say.

    Parameters
    ----------
    base, head : Evidence
        The old and the new state.
    names : tuple of str
        What to call them.
    method, ci, level
        As `pool` takes them.
    permutations, seed
        As `fidelity_slope` takes them; its verdict needs the permutation test.
    judgements : bool
        Also compare the certainty of the evidence: what people decided and what the rules suggest.
    hypotheses : bool
        Also run every declared hypothesis on both states: seconds each.

    Returns
    -------
    Difference

    Examples
    --------
    >>> after = evidence.reporting("hope")
    >>> before = after.only(set(after.trials["trial"]) - {"rusch2019efficacy"})
    >>> difference = compare_evidence(before, after, permutations=99)
    >>> print(difference)
    6 outcomes changed, 15 did not; 2 conclusions flipped.
    """
    states = [EvidenceState(state, permutations=permutations, seed=seed) for state in (base, head)]
    model = {"method": method, "ci": ci, "level": level}
    return compare_states(*states, names=names, **model, judgements=judgements, hypotheses=hypotheses)


def compare_states(
    base: EvidenceState,
    head: EvidenceState,
    *,
    names: tuple[str, str] = ("before", "after"),
    method: Method = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    judgements: bool = True,
    hypotheses: bool = True,
) -> Difference:
    """Compare two states of the data, as `compare_evidence`, without computing anew what one of them knows already."""
    method, ci, level = model_choices(method, ci, level)
    options = {"method": method, "ci": ci, "level": level}
    before, after = base.evidence, head.evidence
    known = dict.fromkeys([*after.codebook.outcomes["outcome"], *before.codebook.outcomes["outcome"]])
    changes, unchanged = [], 0
    for outcome in known:
        if outcome not in base.measured | head.measured:
            continue
        change = None if _same_files(base, head, outcome) else _compare(base, head, outcome, options)
        unchanged += change is None
        changes += [change] if change is not None else []
    labels = [{trial: state.label(trial) for trial in state.trials["trial"]} for state in (before, after)]
    found = Difference(
        base=names[0],
        head=names[1],
        changes=tuple(changes),
        added=tuple(label for trial, label in labels[1].items() if trial not in labels[0]),
        removed=tuple(label for trial, label in labels[0].items() if trial not in labels[1]),
        unchanged=unchanged,
        rows=changed_rows(before, after),
        verdicts=() if hypotheses else None,
    )
    if before.files == after.files:
        return found
    if hypotheses:
        found = replace(found, verdicts=verdicts_moved(base.verdicts, head.verdicts))
    if not judgements:
        return found
    pairs = [(base.grading(*asked), head.grading(*asked)) for asked in _to_grade(base, head)]
    return replace(
        found,
        ratings=ratings_moved(pairs),
        certainty=certainty_moved(pairs),
        suggestions=suggestions_moved(pairs),
    )


def _to_grade(base: EvidenceState, head: EvidenceState) -> list[tuple[str, str]]:
    """Return the outcomes, with the parts of their trials, whose certainty may be another."""
    before, after = base.evidence, head.evidence
    changed = {name for name in before.files | after.files if before.files.get(name) != after.files.get(name)}
    # What lies in no trial's folder, thresholds among it, may concern every outcome.
    everywhere = not all(name.startswith(OF_TRIALS) for name in changed)
    outcomes = [name for name in head.known | base.known if everywhere or not _same_files(base, head, name)]
    rated = [rated_pools(state) for state in (before, after)]
    order = {name: place for place, name in enumerate(after.codebook.outcomes["outcome"])}
    asked = {(name, "") for name in outcomes} | {pair for pairs in rated for pair in pairs}
    return sorted(asked, key=lambda pair: (order.get(pair[0], len(order)), pair))


def _row_dict(row: RowChange) -> dict[str, Any]:
    return asdict(row) | {"cells": [cell._asdict() for cell in row.cells]}


def _same_files(base: EvidenceState, head: EvidenceState, outcome: str) -> bool:
    """Say quickly that nothing an outcome rests on has changed."""
    if outcome not in base.known & head.known:
        return False
    return base.evidence.reporting(outcome).files == head.evidence.reporting(outcome).files


def _compare(base: EvidenceState, head: EvidenceState, outcome: str, options: dict[str, Any]) -> OutcomeChange | None:
    before, after = (_state(side, outcome, options) for side in (base, head))
    moved = _moved_trials(before, after)
    if not moved and np.isclose(before.slope_estimate, after.slope_estimate, equal_nan=True):
        return None
    moved |= {trial: "recoded" for trial in _recoded_trials(base, head, after) if trial not in moved}
    domain = (head if outcome in head.known else base).evidence.codebook.outcome(outcome)
    change = OutcomeChange(
        outcome=outcome,
        label=str(domain["label"]),
        measure=str(domain["measure"]),
        better=str(domain["better"]),
        before=before,
        after=after,
        trials=_shares(base, head, before, after, moved, options),
        flips=(),
    )
    return replace(change, flips=_flips(change, float(domain["important_difference"])))


def _state(state: EvidenceState, outcome: str, options: dict[str, Any]) -> OutcomeState:
    if outcome not in state.known:
        return OutcomeState(None, None, None)
    effects = compute_effects(state.evidence, outcome)
    pooled = pool(effects, **options) if len(effects.frame) else None
    try:
        return OutcomeState(effects, pooled, fidelity_slope(effects, state.scores, **options, **state.test))
    except NotEstimableError:
        return OutcomeState(effects, pooled, None)


def _keyed(side: OutcomeState) -> pd.DataFrame:
    frame = side.effects.frame if side.effects is not None else pd.DataFrame(columns=[*COMPARISON, "yi", "vi", "label"])
    return frame.set_index(COMPARISON)[["yi", "vi", "label"]]


def _moved_trials(before: OutcomeState, after: OutcomeState) -> dict[str, str]:
    """Return the trials whose effects differ, and how: added, removed, changed."""
    old, new = _keyed(before), _keyed(after)
    moved: dict[str, str] = {}
    for trial in dict.fromkeys([*old.index.get_level_values(0), *new.index.get_level_values(0)]):
        a, b = (table[table.index.get_level_values(0) == trial] for table in (old, new))
        if a.empty or b.empty:
            moved[trial] = "added" if a.empty else "removed"
        elif not a.index.equals(b.index) or not np.allclose(a[["yi", "vi"]], b[["yi", "vi"]], rtol=1e-9, atol=1e-12):
            moved[trial] = "changed"
    return moved


def _recoded_trials(base: EvidenceState, head: EvidenceState, after: OutcomeState) -> list[str]:
    """Return the trials of a slope whose scores differ."""
    if after.slope is None:
        return []
    frame = after.effects.frame
    old, new = (_scored(state.scores, frame) for state in (base, head))
    same = np.isclose(old.to_numpy(float), new.to_numpy(float), equal_nan=True)
    return list(dict.fromkeys(new.index.get_level_values(0)[~same]))


def _scored(scores: FidelityScores, frame: pd.DataFrame) -> pd.Series:
    return scores.contrasts(frame).set_index(["trial", "intervention_arm", "comparator_arm"])["fidelity"]


def _shares(
    base: EvidenceState,
    head: EvidenceState,
    before: OutcomeState,
    after: OutcomeState,
    moved: dict[str, str],
    options: dict[str, Any],
) -> pd.DataFrame:
    rows = []
    for trial, what in moved.items():
        old, new = (_mean_effect(side, trial) for side in (before, after))
        frame = _with_trial_as_before(before, after, trial)
        without = _pool_frame(frame, after, options)
        share = after.number("estimate") - without if after.pooled is not None else np.nan
        slope = after.slope_estimate - _slope_of(frame, after, _with_scores_as_before(base, head, trial), options)
        label = _label(after, trial) or _label(before, trial)
        rows.append(dict(zip(MOVERS, (trial, label, what, old, new, share, slope), strict=True)))
    return pd.DataFrame(rows, columns=MOVERS)


def _with_scores_as_before(base: EvidenceState, head: EvidenceState, trial: str) -> FidelityScores:
    arms, old = head.scores.arms, base.scores.arms
    return replace(head.scores, arms=pd.concat([arms[arms["trial"].ne(trial)], old[old["trial"].eq(trial)]]))


def _slope_of(frame: pd.DataFrame, like: OutcomeState, scores: FidelityScores, options: dict[str, Any]) -> float:
    """Return the slope of some effects on some scores, without its test; nan where there is none."""
    if like.slope is None or frame.empty:
        return np.nan
    effects = replace(like.effects, frame=frame)
    scored = effects.with_moderators(scores.contrasts(frame))
    if not is_estimable(effects, scores):
        return np.nan
    return float(meta_regression(scored, moderators=["fidelity"], **options).coefficients.iloc[1]["estimate"])


def _with_trial_as_before(before: OutcomeState, after: OutcomeState, trial: str) -> pd.DataFrame:
    """Return the new effects with one trial's rows as they were."""
    kept = after.effects.frame if after.effects is not None else before.effects.frame.iloc[:0]
    kept = kept[kept["trial"].ne(trial)]
    if before.effects is None:
        return kept
    old = before.effects.frame
    old = old[old["trial"].eq(trial)]
    return pd.concat([kept, old], ignore_index=True) if len(old) else kept.reset_index(drop=True)


def _pool_frame(frame: pd.DataFrame, like: OutcomeState, options: dict[str, Any]) -> float:
    if like.effects is None or frame.empty:
        return np.nan
    return float(pool(replace(like.effects, frame=frame), **options).estimate)


def _mean_effect(side: OutcomeState, trial: str) -> float:
    rows = _keyed(side)
    rows = rows[rows.index.get_level_values(0) == trial]
    return float(rows["yi"].mean()) if len(rows) else np.nan


def _label(side: OutcomeState, trial: str) -> str:
    rows = _keyed(side)
    rows = rows[rows.index.get_level_values(0) == trial]
    return str(rows["label"].iloc[0]) if len(rows) else ""


class _Conclusion(NamedTuple):
    """A conclusion: the code by which it is told from another, and its words; without a code nothing is concluded."""

    code: str
    words: str


def _flips(change: OutcomeChange, important: float) -> tuple[str, ...]:
    verdicts: list[Callable[[OutcomeState], _Conclusion]] = [_average, _prediction, _fidelity]
    if np.isfinite(important):
        verdicts.append(lambda state: _importance(state, important))
    pairs = [(verdict(change.before), verdict(change.after)) for verdict in verdicts]
    return tuple(
        f"was '{was.words}', is now '{now.words}'"
        for was, now in pairs
        if was.code and now.code and was.code != now.code
    )


def _average(state: OutcomeState) -> _Conclusion:
    if state.pooled is None or not is_enough(state.effects):
        return _Conclusion("too_few", "too few trials to pool")
    side = favours(*state.pooled.benefit()[1:])
    return _Conclusion(side, average_verdict(side, state.pooled.effects.names))


def _prediction(state: OutcomeState) -> _Conclusion:
    if state.pooled is None or not is_enough(state.effects) or np.isnan(state.pooled.prediction[0]):
        return _Conclusion("", "no prediction interval")
    if favours(*state.pooled.prediction) is Side.OPEN:
        return _Conclusion("both", "prediction interval on both sides")
    return _Conclusion("one", "prediction interval on one side")


def _fidelity(state: OutcomeState) -> _Conclusion:
    # Without a slope, as below ten trials, nothing was tested: gaining or losing it concludes nothing.
    if state.slope is None:
        return _Conclusion(Association.DESCRIPTIVE, "no fidelity slope")
    found = state.slope.association
    # What was not established was not detected either.
    code = Association.NOT_DETECTED if found is Association.NOT_ESTABLISHED else found
    return _Conclusion(code, FIDELITY[found])


def _importance(state: OutcomeState, important: float) -> _Conclusion:
    if state.pooled is None or not state.pooled.effects.is_settled:
        return _Conclusion("", "importance unknown")
    if state.pooled.benefit()[0] >= abs(important):
        return _Conclusion("at_least", "at least the important difference")
    return _Conclusion("below", "below the important difference")
