"""What a change to the data does to the answers.

Per outcome: what moved, which trial did it and how far, and whether a conclusion flips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, score_fidelity
from synthesis.answers.fidelity_slope import FidelitySlope, fidelity_slope
from synthesis.answers.pooling import PooledEffect, pool
from synthesis.answers.verdicts import FIDELITY, Side, average_verdict, favours, is_enough
from synthesis.choices import LEVEL, METHOD, PERMUTATIONS, SEED, CiMethod, Method, model_choices
from synthesis.effects import Effects, compute_effects
from synthesis.effects.selection import COMPARISON
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.wording import count

NUMBERS = "k n estimate ci_lb ci_ub pi_lb pi_ub tau2 I2".split()


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
        One row a trial whose effects changed: trial, label, `what` (added, removed, changed), its effect before and
        after, and `share`: how far the pooled estimate moves because of this trial, that is, against the new data with
        this trial as it was before.
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

    Returns
    -------
    Difference

    Examples
    --------
    >>> after = evidence.reporting("hope")
    >>> before = after.only(set(after.trials["trial"]) - {"rusch2019efficacy"})
    >>> difference = compare_evidence(before, after, permutations=99)
    >>> print(difference)
    6 outcomes changed, 15 did not; 3 conclusions flipped.
    """
    method, ci, level = model_choices(method, ci, level)
    options = {"method": method, "ci": ci, "level": level}
    test = {"permutations": permutations, "seed": seed}
    measured = [set(state.outcomes["outcome"]) for state in (base, head)]
    known = dict.fromkeys([*head.codebook.outcomes["outcome"], *base.codebook.outcomes["outcome"]])
    changes, unchanged = [], 0
    scores = [score_fidelity(state) for state in (base, head)]
    for outcome in known:
        if not any(outcome in some for some in measured):
            continue
        change = None if _same_files(base, head, outcome) else _compare(base, head, scores, outcome, options, test)
        unchanged += change is None
        changes += [change] if change is not None else []
    labels = [{trial: state.label(trial) for trial in state.trials["trial"]} for state in (base, head)]
    return Difference(
        base=names[0],
        head=names[1],
        changes=tuple(changes),
        added=tuple(label for trial, label in labels[1].items() if trial not in labels[0]),
        removed=tuple(label for trial, label in labels[0].items() if trial not in labels[1]),
        unchanged=unchanged,
    )


def _same_files(base: Evidence, head: Evidence, outcome: str) -> bool:
    """Say quickly that nothing an outcome rests on has changed."""
    known = [outcome in set(state.codebook.outcomes["outcome"]) for state in (base, head)]
    return all(known) and base.reporting(outcome).files == head.reporting(outcome).files


def _compare(
    base: Evidence,
    head: Evidence,
    scores: list[FidelityScores],
    outcome: str,
    options: dict[str, Any],
    test: dict[str, int],
) -> OutcomeChange | None:
    before, after = (
        _state(state, own, outcome, options, test) for state, own in zip((base, head), scores, strict=True)
    )
    moved = _moved_trials(before, after)
    if not moved and np.isclose(before.slope_estimate, after.slope_estimate, equal_nan=True):
        return None
    domain = (head if outcome in set(head.codebook.outcomes["outcome"]) else base).codebook.outcome(outcome)
    change = OutcomeChange(
        outcome=outcome,
        label=str(domain["label"]),
        measure=str(domain["measure"]),
        better=str(domain["better"]),
        before=before,
        after=after,
        trials=_shares(before, after, moved, options),
        flips=(),
    )
    return replace(change, flips=_flips(change, float(domain["important_difference"])))


def _state(
    evidence: Evidence, scores: FidelityScores, outcome: str, options: dict[str, Any], test: dict[str, int]
) -> OutcomeState:
    if outcome not in set(evidence.codebook.outcomes["outcome"]):
        return OutcomeState(None, None, None)
    effects = compute_effects(evidence, outcome)
    pooled = pool(effects, **options) if len(effects.frame) else None
    try:
        return OutcomeState(effects, pooled, fidelity_slope(effects, scores, **options, **test))
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


def _shares(before: OutcomeState, after: OutcomeState, moved: dict[str, str], options: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for trial, what in moved.items():
        old, new = (_mean_effect(side, trial) for side in (before, after))
        without = _pool_frame(_with_trial_as_before(before, after, trial), after, options)
        share = after.number("estimate") - without if after.pooled is not None else np.nan
        label = _label(after, trial) or _label(before, trial)
        rows.append({"trial": trial, "label": label, "what": what, "before": old, "after": new, "share": share})
    return pd.DataFrame(rows, columns=["trial", "label", "what", "before", "after", "share"])


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


def _flips(change: OutcomeChange, important: float) -> tuple[str, ...]:
    verdicts: list[Callable[[OutcomeState], str]] = [_average, _prediction, _fidelity]
    if np.isfinite(important):
        verdicts.append(lambda state: _importance(state, important))
    pairs = [(verdict(change.before), verdict(change.after)) for verdict in verdicts]
    return tuple(f"was '{was}', is now '{is_now}'" for was, is_now in pairs if was != is_now)


def _average(state: OutcomeState) -> str:
    if state.pooled is None or not is_enough(state.effects):
        return "too few trials to pool"
    return average_verdict(favours(*state.pooled.benefit()[1:]), state.pooled.effects.names)


def _prediction(state: OutcomeState) -> str:
    if state.pooled is None or not is_enough(state.effects) or np.isnan(state.pooled.prediction[0]):
        return "no prediction interval"
    both = favours(*state.pooled.prediction) is Side.OPEN
    return "prediction interval on both sides" if both else "prediction interval on one side"


def _fidelity(state: OutcomeState) -> str:
    return "no fidelity slope" if state.slope is None else FIDELITY[state.slope.association]


def _importance(state: OutcomeState, important: float) -> str:
    if state.pooled is None or not state.pooled.effects.is_settled:
        return "importance unknown"
    is_important = state.pooled.benefit()[0] >= abs(important)
    return f"{'at least' if is_important else 'below'} the important difference"
