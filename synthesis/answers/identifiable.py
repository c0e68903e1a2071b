"""What the trials of one outcome could tell about single components, before any slope is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores
from synthesis.answers.specificity import component_matrix
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.results import Result
from synthesis.wording import count

# Two columns of ratings are one where they are as good as exact multiples of each other.
ALIASED = 1 - 1e-9
SAID = "{outcome}: {trials} with coded arms can tell apart at most {rank} of {components}."
SAME = "Not to be told apart: {sets}."
CONSTANT = "The same in every trial that describes it: {names}."
SILENT = "Described by no trial: {names}."


@dataclass(frozen=True, eq=False)
class ComponentIdentity(Result):
    """Which components the trials of one outcome could tell apart.

    Attributes
    ----------
    outcome, outcome_label : str
    trials : int
        With coded intervention arms; of a trial with several the first that is coded.
    rank : int
        Of the calibrated ratings beside an average: how many components could have slopes of their own.
    components : pandas.DataFrame
        One row a component: component, label, mechanism, predicted (whether the model predicts this outcome), described
        (trials that rate it), absent, partial, present (trials with that rating; means of coders between count to the
        nearest), constant (one rating in all that rate it), differ (trials off the commonest rating).
    aliased : list of list of str
        Labels of components with the same pattern over trials.
    """

    outcome: str
    outcome_label: str
    trials: int
    rank: int
    components: pd.DataFrame
    aliased: list[list[str]]

    def to_frame(self) -> pd.DataFrame:
        """Return the components."""
        return self.components.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return everything."""
        own = {name: getattr(self, name) for name in ("outcome", "trials", "rank", "aliased")}
        return own | {"components": self.components.to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows."""
        rows = self.components
        return pd.DataFrame(
            {
                "Component": rows["label"],
                "Predicted here": np.where(rows["predicted"], "yes", ""),
                "Described by": rows["described"],
                "Absent": rows["absent"],
                "Partial": rows["partial"],
                "Present": rows["present"],
                "Trials that differ": rows["differ"],
            }
        )

    def __str__(self) -> str:
        rows = self.components
        said = [
            SAID.format(
                outcome=self.outcome_label,
                trials=count(self.trials, "trial"),
                rank=self.rank,
                components=count(len(rows), "component"),
            )
        ]
        silent = rows.loc[rows["described"].eq(0), "label"].tolist()
        constant = rows.loc[rows["described"].gt(0) & rows["constant"], "label"].tolist()
        if silent:
            said.append(SILENT.format(names="; ".join(silent)))
        if constant:
            said.append(CONSTANT.format(names="; ".join(constant)))
        if self.aliased:
            said.append(SAME.format(sets="; ".join(" = ".join(own) for own in self.aliased)))
        return " ".join(said)


def identify_components(effects: Effects, scores: FidelityScores, components: pd.DataFrame) -> ComponentIdentity:
    """Say which components the trials of one outcome could tell apart.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    components : pandas.DataFrame
        The codebook's.

    Returns
    -------
    ComponentIdentity

    Raises
    ------
    NotEstimableError
        Where no arm of these trials is coded.

    Examples
    --------
    >>> print(identify_components(effects, scores, evidence.codebook.components))
    Personal recovery: 17 trials with coded arms can tell apart at most 16 of 17 components.
    """
    described = component_matrix(effects.frame, scores, calibrated=False)
    coded = described.notna().any(axis=1).to_numpy()
    if not coded.any():
        raise NotEstimableError(f"No intervention arm of the trials of {effects.outcome_label} is coded.")
    first = coded.copy()
    first[coded] = ~effects.frame.loc[coded, "trial"].duplicated().to_numpy()
    described = described[first]
    filled = component_matrix(effects.frame, scores)[first]
    names = components["component"].tolist()
    given = described.reindex(columns=names)
    nearest = (2 * given).round()
    commonest = nearest.mode().iloc[0] if len(nearest) else pd.Series(dtype=float)
    meant = components["predicts"].fillna("").map(lambda cell: {name.strip() for name in cell.split(";")})
    table = components[["component", "label", "mechanism"]].assign(
        predicted=[effects.outcome in cell for cell in meant],
        described=given.notna().sum().to_numpy(),
        **{name: nearest.eq(value).sum().to_numpy() for name, value in (("absent", 0), ("partial", 1), ("present", 2))},
        constant=given.nunique().le(1).to_numpy(),
        differ=[int((nearest[name].notna() & nearest[name].ne(commonest[name])).sum()) for name in names],
    )
    values = filled.reindex(columns=names).dropna(axis=1)
    centred = values - values.mean()
    rank = int(np.linalg.matrix_rank(centred.to_numpy(float), tol=1e-9)) if len(centred) else 0
    labels = components.set_index("component")["label"]
    return ComponentIdentity(
        outcome=effects.outcome,
        outcome_label=effects.outcome_label,
        trials=int(first.sum()),
        rank=rank,
        components=table.reset_index(drop=True),
        aliased=[[labels[name] for name in own] for own in _aliased(centred)],
    )


def _aliased(centred: pd.DataFrame) -> list[list[str]]:
    """Return sets of components whose patterns over trials are multiples of each other."""
    sizes = np.sqrt((centred**2).sum())
    varying = [name for name in centred if sizes[name] > 1e-9]
    unit = centred[varying] / sizes[varying]
    alike = np.abs(unit.T.to_numpy() @ unit.to_numpy()) >= ALIASED
    seen: set[str] = set()
    found = []
    for number, name in enumerate(varying):
        own = [other for other, same in zip(varying, alike[number], strict=True) if same]
        if len(own) > 1 and name not in seen:
            seen |= set(own)
            found.append(own)
    return found
