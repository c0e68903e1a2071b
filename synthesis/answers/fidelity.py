"""From coders' ratings to model fidelity: a score over what was reported, with bounds for what was not.

A component nobody reports is missing, never absent: every score stands between the score it would have if all missing
ratings were 0 and if all were 2. What is coded from a report's description is the fidelity *of the described
intervention*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.choices import FORMER_SCORES, chosen
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import CORE_MECHANISMS, MECHANISMS
from synthesis.kept import kept, remembered
from synthesis.results import Result
from synthesis.wording import count, interval, number, percent

MAXIMUM = 2.0  # rating 2: present


class ScoreWords(NamedTuple):
    """A fidelity score that `FidelityScores.contrasts` offers as a moderator.

    Attributes
    ----------
    label : str
        In a row of a table.
    axis : str
        As the title of a figure's axis.
    described : bool
        Whether it is a share of what the reports describe, and not made from several such shares.
    lowest : float
        Its smallest possible value; the largest is 1.
    column : str
        Of `FidelityScores.arms` and `contrasts`; empty where it is called as the score is.
    """

    label: str
    axis: str
    described: bool = False
    lowest: float = 0.0
    column: str = ""


SCORES = {
    "described": ScoreWords(
        "all three mechanisms, as described",
        "Model fidelity of the described intervention",
        described=True,
        column="fidelity",
    ),
    "calibrated": ScoreWords(
        "all three mechanisms, calibrated for what reports leave out",
        "Model fidelity, calibrated for what reports leave out",
    ),
    "trust": ScoreWords("trust", MECHANISMS["trust"].axis, described=True),
    "role_modelling": ScoreWords("role-modelling", MECHANISMS["role_modelling"].axis, described=True),
    "bridging": ScoreWords("bridging", MECHANISMS["bridging"].axis, described=True),
    "enabling": ScoreWords("enabling conditions (not part of the score)", MECHANISMS["enabling"].axis, described=True),
    "fidelity_minimum": ScoreWords("gate: lowest of the three mechanisms", "Lowest of the three mechanisms' scores"),
    "fidelity_product": ScoreWords("gate: product of the three mechanisms", "Product of the three mechanisms' scores"),
    "difference": ScoreWords(
        "difference to the comparison arm", "Model fidelity, intervention minus comparator arm", lowest=-1.0
    ),
}


def score_column(score: str) -> str:
    """Return the column that holds a score."""
    return SCORES[score].column or score


def chosen_score(score: str) -> str:
    """Return the score that a typed value means: a key, a label, or how the score was called before.

    Raises
    ------
    ChoiceError
        For a score that does not exist.
    """
    return chosen("score", FORMER_SCORES.get(score, score), {name: words.label for name, words in SCORES.items()})


# The scores by the columns that hold them.
SCORE_COLUMNS = {score_column(name): words for name, words in SCORES.items()}


_COMPARISON = ["trial", "intervention_arm", "comparator_arm"]


@dataclass(frozen=True, eq=False)
class FidelityScores(Result):
    """Fidelity of every coded arm.

    Attributes
    ----------
    arms : pandas.DataFrame
        One row a coded arm: trial, arm, label, role, `fidelity` in [0, 1] with `fidelity_lower` and `fidelity_upper`;
        the same three for each mechanism (`trust`, `trust_lower`, ...) and for the enabling conditions, which are not
        part of `fidelity`; `calibrated`, with the bounds of `fidelity`; `fidelity_minimum` and `fidelity_product` over
        the three mechanisms (the gate of hypothesis H1'); `reported` and `components` (core components rated, and asked
        for); `basis` (planned, delivered, both).
    ratings : pandas.DataFrame
        One row an arm and component: `rating` (nan = not reported), `coders`, `disagree`, `consensus`.

    Examples
    --------
    >>> print(scores)
    101 intervention arms coded; 52% of their core components are described in the reports
    >>> scores.arms.columns.tolist()[:5]
    ['trial', 'arm', 'label', 'fidelity', 'fidelity_lower']
    """

    arms: pd.DataFrame
    ratings: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the arms' scores."""
        return self.arms.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the arms' scores and the ratings they rest on."""
        return {"arms": self.arms.to_dict("records"), "ratings": self.ratings.to_dict("records")}

    def contrasts(self, comparisons: pd.DataFrame) -> pd.DataFrame:
        """Score comparisons of two arms.

        Parameters
        ----------
        comparisons : pandas.DataFrame
            With the columns trial, intervention_arm and comparator_arm.

        Returns
        -------
        pandas.DataFrame
            One row a distinct comparison: the intervention arm's scores, and where the comparator arm is coded
            `comparator_fidelity` and `difference`, with its bounds `difference_lower` and `difference_upper` and its
            values were all missing ratings of both arms 0 (`difference_absent`) or 2 (`difference_present`).
        """
        rows = comparisons[_COMPARISON].drop_duplicates()
        asked = repr(rows.to_numpy().tolist())
        return remembered(self.arms, asked, lambda: self._contrasts(rows)).copy(deep=False)

    def _contrasts(self, rows: pd.DataFrame) -> pd.DataFrame:
        own = self.arms.rename(columns={"arm": "intervention_arm"}).drop(columns=["label", "role"])
        other = self.arms[["trial", "arm", "fidelity", "fidelity_lower", "fidelity_upper"]].set_axis(
            ["trial", "comparator_arm", "comparator_fidelity", "_lower", "_upper"], axis=1
        )
        rows = rows.merge(own, on=["trial", "intervention_arm"], how="left").merge(
            other, on=["trial", "comparator_arm"], how="left"
        )
        rows["difference"] = rows["fidelity"] - rows["comparator_fidelity"]
        rows["difference_lower"] = rows["fidelity_lower"] - rows["_upper"]
        rows["difference_upper"] = rows["fidelity_upper"] - rows["_lower"]
        rows["difference_absent"] = rows["fidelity_lower"] - rows["_lower"]
        rows["difference_present"] = rows["fidelity_upper"] - rows["_upper"]
        return rows.drop(columns=["_lower", "_upper"]).reset_index(drop=True)

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each arm's score with its bounds, and how much of the model is described."""
        arms = self.arms
        bounds = [interval(*ends) for ends in arms[["fidelity_lower", "fidelity_upper"]].to_numpy(float)]
        described = [f"{reported} of {n}" for reported, n in zip(arms["reported"], arms["components"], strict=True)]
        return pd.DataFrame(
            {
                "Trial": arms["label"],
                "Arm": arms["arm"],
                "Fidelity": arms["fidelity"].map(number),
                "Bounds": bounds,
                "Components described": described,
            }
        )

    def __str__(self) -> str:
        interventions = self.arms[self.arms["role"].eq("intervention")]
        rated, asked = interventions["reported"].sum(), interventions["components"].sum()
        described = percent(100 * rated / asked if asked else np.nan)
        arms = count(len(interventions), "intervention arm")
        return f"{arms} coded; {described} of their core components are described in the reports"


def _coded(evidence: Evidence) -> list[Any]:
    return [evidence.components, evidence.arms, evidence.codebook.components, evidence.labels]


@kept(_coded)
def score_fidelity(evidence: Evidence) -> FidelityScores:
    """Score every coded arm by the contract's section 3.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    FidelityScores
        `fidelity` is the mean over mechanisms of the mean rating / 2 over the mechanism's reported components; a
        mechanism with none is left out (its bounds carry it); nan where nothing is reported. `calibrated` puts in
        place of a missing rating the component's mean over the arms of the same role that describe it, so that a trial
        is not credited with what its report leaves out, nor charged with it: regression calibration
        [carroll2006measurement], which keeps the size of a true slope where reports are silent irrespective of what
        was done. Components that no such arm describes are left out.

    Examples
    --------
    >>> scores = score_fidelity(evidence)
    >>> scores.arms[["trial", "fidelity", "fidelity_lower", "fidelity_upper"]].round(2).head(2)
                            trial  fidelity  fidelity_lower  fidelity_upper
    0  alvarezjimenez2021horyzons      0.72            0.35            0.85
    1      amani2021peerdelivered      0.62            0.44            0.77
    """
    ratings = resolve_ratings(evidence.components)
    components = evidence.codebook.components[["component", "mechanism"]]
    coded = ratings[["trial", "arm"]].drop_duplicates()
    # Every codebook component of every coded arm: a missing row is a missing rating.
    grid = coded.merge(components, how="cross").merge(ratings, on=["trial", "arm", "component"], how="left")
    roles = evidence.arms[["trial", "arm", "role"]]
    grid = grid.merge(roles, on=["trial", "arm"], how="left")
    arms = _score(grid, set(components["mechanism"]))
    for found in (_basis(evidence.components), roles):
        arms = arms.merge(found, on=["trial", "arm"], how="left")
    arms.insert(2, "label", arms["trial"].map(evidence.labels))
    ratings = grid.assign(
        label=grid["trial"].map(evidence.labels),
        coders=grid["coders"].fillna(0).astype(int),
        disagree=grid["disagree"].eq(True),
        consensus=grid["consensus"].eq(True),
    )
    return FidelityScores(arms=arms, ratings=ratings)


def calibrated_ratings(grid: pd.DataFrame) -> pd.Series:
    """Return ratings with a component's mean over described arms of the same role where a report is silent.

    Parameters
    ----------
    grid : pandas.DataFrame
        One row an arm and component: role, component, rating.

    Returns
    -------
    pandas.Series
        nan where no arm of that role describes the component.
    """
    return grid["rating"].fillna(grid.groupby(["role", "component"], sort=False)["rating"].transform("mean"))


def resolve_ratings(components: pd.DataFrame) -> pd.DataFrame:
    """Settle several coders' ratings: a `consensus` row rules; without one, the mean of those who gave a rating.

    Returns
    -------
    pandas.DataFrame
        trial, arm, component, rating, coders (who gave a rating), disagree (coders differ, also on whether the report
        says anything), consensus.
    """
    keys = ["trial", "arm", "component"]
    is_consensus = components["coder"].eq("consensus")
    coders = (
        components[~is_consensus]
        .groupby(keys, sort=False)["rating"]
        .agg(rating="mean", coders="count", asked="size", low="min", high="max")
    )
    # A missing rating beside a given one is a disagreement too: on whether the report says anything.
    split = (coders["low"] < coders["high"]) | ((coders["coders"] > 0) & (coders["coders"] < coders["asked"]))
    settled = components[is_consensus].set_index(keys)["rating"]
    index = coders.index.union(settled.index, sort=False)
    resolved = pd.DataFrame(
        {"rating": coders["rating"].reindex(index), "coders": coders["coders"].reindex(index, fill_value=0)}
    )
    resolved["disagree"] = split.reindex(index, fill_value=False)
    resolved["consensus"] = resolved.index.isin(settled.index)
    resolved.loc[settled.index, "rating"] = settled
    return resolved.rename_axis(keys).reset_index()


def crosswalk(evidence: Evidence) -> pd.DataFrame:
    """Set the model's components against the four key functions of Peers for Progress.

    Returns
    -------
    pandas.DataFrame
        One row a component, in codebook order: component, label, mechanism, `key_function` and its label (empty: no
        counterpart), `core`; then a row for each function that no core component serves (`component` empty).

    Examples
    --------
    >>> crosswalk(evidence).columns.tolist()
    ['component', 'label', 'mechanism', 'key_function', 'key_function_label', 'core']
    """
    components = evidence.codebook.components
    functions = evidence.codebook.key_functions.set_index("key_function")["label"]
    table = components[["component", "label", "mechanism", "key_function"]].copy()
    table["key_function_label"] = table["key_function"].map(functions).fillna("")
    table["core"] = table["mechanism"].isin(CORE_MECHANISMS)
    served = set(table.loc[table["core"], "key_function"])
    unserved = [
        {"component": "", "label": "", "mechanism": "", "key_function": key, "key_function_label": label, "core": False}
        for key, label in functions.items()
        if key not in served
    ]
    return pd.concat([table, pd.DataFrame(unserved, columns=table.columns)], ignore_index=True)


def _score(grid: pd.DataFrame, mechanisms: set[str]) -> pd.DataFrame:
    """Score arms from the full grid of their components; a mechanism that is not in the codebook is nan everywhere."""
    keys = ["trial", "arm"]
    share = grid["rating"] / MAXIMUM
    filled = grid.assign(
        score=share, lower=share.fillna(0.0), upper=share.fillna(1.0), calibrated=calibrated_ratings(grid) / MAXIMUM
    )
    kinds = ["score", "lower", "upper", "calibrated"]
    by = filled.groupby([*keys, "mechanism"], sort=False)[kinds].mean().unstack("mechanism")
    by = by.reindex(columns=pd.MultiIndex.from_product([kinds, MECHANISMS])).astype(float)
    scores = pd.DataFrame(index=by.index)
    core = [name for name in CORE_MECHANISMS if name in mechanisms]
    for column, bound in (("fidelity", "score"), ("fidelity_lower", "lower"), ("fidelity_upper", "upper")):
        scores[column] = by[[(bound, name) for name in core]].mean(axis=1)
    scores["calibrated"] = by[[("calibrated", name) for name in core]].mean(axis=1)
    scores["calibrated_lower"], scores["calibrated_upper"] = scores["fidelity_lower"], scores["fidelity_upper"]
    for name in MECHANISMS:
        scores[name], scores[f"{name}_lower"], scores[f"{name}_upper"] = (
            by["score", name],
            by["lower", name],
            by["upper", name],
        )
    gate = by[[("score", name) for name in core]]
    scores["fidelity_minimum"] = gate.min(axis=1, skipna=False)
    scores["fidelity_product"] = gate.prod(axis=1, skipna=False)
    is_core = grid[grid["mechanism"].isin(CORE_MECHANISMS)]
    scores["reported"] = is_core.groupby(keys, sort=False)["rating"].count()
    scores["components"] = is_core.groupby(keys, sort=False).size()
    return scores.reset_index()


def _basis(components: pd.DataFrame) -> pd.DataFrame:
    """Say whether an arm's given ratings rest on the plan, on what was delivered, or both."""
    given = components[components["rating"].notna() & components["basis"].ne("")]
    kinds = given.groupby(["trial", "arm"], sort=False)["basis"].unique()
    words = kinds.map(lambda found: "both" if len(found) > 1 else found[0])
    return words.rename("basis").reset_index()
