"""Whether components go with benefit where the model predicts it, and what the coding could tell at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import MAXIMUM, FidelityScores, calibrated_ratings, score_fidelity
from synthesis.answers.joint import design_of, gather_effects
from synthesis.answers.verdicts import FEWEST_TRIALS, TRIALS_PER_COVARIATE
from synthesis.choices import RHO, SEED
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.statistics.arrangements import Rows, arrange
from synthesis.statistics.permutation import PermutationTest, compared
from synthesis.statistics.studentised import NullModel, null_model
from synthesis.wording import bare_p, count, listed, number, p_value

# Each refits every component on every outcome; a p near .05 has a Monte-Carlo error of .005.
PERMUTATIONS = 2_000
BLOCK = 100
SAID = (
    "Mean standardised slope of the {predicted} that the model predicts less that of the {others}: {contrast}, {p} "
    "by exchanging trials' whole rows of components ({trials}). Single components: {single}."
)
FEW = (
    "{trials} with components rated and standardised effects, {predicted} that the model predicts and {others}: a "
    "contrast needs ten trials and cells of both kinds."
)
NONE_STANDS_OUT = "none stands out (smallest {p} over all of them)"
STAND_OUT = "{components} ({p} over all of them)"


@dataclass(frozen=True, eq=False)
class Specificity(Result):
    """One contrast: predicted cells of component and outcome against the others.

    Attributes
    ----------
    contrast : float
        Mean standardised slope of the predicted cells less that of the others.
    predicted, others : int
        Cells of each kind that could be fitted.
    test : PermutationTest
        Of the contrast, two-sided.
    components : pandas.DataFrame
        One row a component: component, label, predicted and others (mean standardised slope in its cells), t (its
        slope over all outcomes), pval_max (max-T over components).
    cells : pandas.DataFrame
        One row a cell: component, outcome, predicted, trials, z.
    k, trials, seed : int
    """

    contrast: float
    predicted: int
    others: int
    test: PermutationTest
    components: pd.DataFrame
    cells: pd.DataFrame
    k: int
    trials: int
    seed: int

    @property
    def is_testable(self) -> bool:
        """Whether ten trials and both kinds of cells are there."""
        return self.trials >= TRIALS_PER_COVARIATE and bool(self.predicted and self.others)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Codes of what words and tables keep back (`answers.withheld`)."""
        return ("slope_below_ten_trials",) if self.trials < TRIALS_PER_COVARIATE else ()

    def to_frame(self) -> pd.DataFrame:
        """Return the components."""
        return self.components.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the contrast with its test, components and cells."""
        own = {name: getattr(self, name) for name in ("contrast", "predicted", "others", "k", "trials", "seed")}
        test = {"pval_permutation": self.test.pval, "permutations": self.test.permutations, "exact": self.test.exact}
        return (
            own
            | test
            | {"withheld": list(self.withheld)}
            | {
                "components": self.components.to_dict("records"),
                "cells": self.cells.to_dict("records"),
            }
        )

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each component with its cells and its p over all components."""
        rows = self.components
        return pd.DataFrame(
            {
                "Component": rows["label"],
                "Predicted outcomes, mean z": [number(value, signed=True) for value in rows["predicted"]],
                "Other outcomes, mean z": [number(value, signed=True) for value in rows["others"]],
                "All outcomes, t": [number(value, signed=True) for value in rows["t"]],
                "p over all components": [bare_p(p) for p in rows["pval_max"]],
            }
        )

    def __str__(self) -> str:
        cells = {"predicted": count(self.predicted, "cell"), "others": count(self.others, "other")}
        if not self.is_testable:
            return FEW.format(trials=count(self.trials, "trial"), **cells)
        rows = self.components.dropna(subset=["pval_max"]).sort_values("pval_max", kind="stable")
        smallest = p_value(rows["pval_max"].iloc[0]) if len(rows) else ""
        out = rows[rows["pval_max"].le(0.05)]
        single = STAND_OUT if len(out) else NONE_STANDS_OUT
        return SAID.format(
            **cells,
            contrast=number(self.contrast, signed=True),
            p=p_value(self.test.pval),
            trials=count(self.trials, "trial"),
            single=single.format(components=listed(out["label"].tolist()), p=smallest),
        )


def specificity(
    evidence: Evidence,
    *,
    effects: Mapping[str, Effects] | None = None,
    scores: FidelityScores | None = None,
    gathered: pd.DataFrame | None = None,
    rho: float = RHO,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Specificity:
    """Contrast the cells of component and outcome that the model predicts with the others.

    Parameters
    ----------
    evidence : Evidence
    effects, scores, rho
        As in `joint`.
    gathered : pandas.DataFrame, optional
        What `gather_effects` gives, where it is at hand.
    permutations, seed : int
        Arrangements of trials' whole rows of components.

    Returns
    -------
    Specificity

    Raises
    ------
    NotEstimableError
        Where no component can be fitted on any outcome.

    Notes
    -----
    A cell's standardised slope is that of the component's calibrated rating on that outcome, at the variances of the
    joint model without it; a component's t over all outcomes is studentised by trials. Trials are exchanged with their
    whole rows, which keeps what components have in common and what outcomes have; exchanging predictions would not.
    Single components by the largest `|t|` over all of them in each arrangement [westfall1993resampling].

    Examples
    --------
    >>> print(specificity(evidence, permutations=19))
    Mean standardised slope of the 45 cells that the model predicts less that of the 158 others:
    +0.27, p = 0.200 by exchanging trials' whole rows of components (51 trials). Single components:
    none stands out (smallest p = 0.300 over all of them).
    """
    scores = scores if scores is not None else score_fidelity(evidence)
    if gathered is None:
        gathered = gather_effects(evidence, effects=effects, scores=scores)
    ratings = component_matrix(gathered, scores)
    coded = ratings.notna().any(axis=1).to_numpy()
    frame, ratings = gathered[coded].reset_index(drop=True), ratings[coded].reset_index(drop=True)
    ratings = ratings.loc[:, ratings.notna().all(axis=0) & ratings.nunique().gt(1)]
    if ratings.empty or frame["trial"].nunique() < FEWEST_TRIALS:
        raise NotEstimableError("No component differs between trials with standardised effects.")
    beside = np.column_stack([np.ones(len(frame)), design_of(frame)])
    arrays = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float), pd.factorize(frame["trial"])[0]
    model = null_model(*arrays, beside, rho=rho)
    predicts = evidence.codebook.components.set_index("component")["predicts"].fillna("")
    cells = _cells(frame, ratings, predicts)
    values = ratings.to_numpy(float)
    z, t = _statistics(model, values, list(ratings), cells, frame)
    cells = cells.assign(z=z)
    sums = _shuffled(model, values, list(ratings), cells, frame, permutations, seed)
    observed = _contrast(z[None, :], cells["predicted"].to_numpy(bool))[0]
    test = _tested(observed, sums.contrasts, exact=sums.exact)
    largest = np.fmax.reduce(np.abs(sums.t), axis=1)
    pmax = [_tested(own, largest, exact=sums.exact).pval for own in t]
    labels = evidence.codebook.components.set_index("component")["label"]
    means = cells.groupby(["component", "predicted"], sort=False)["z"].mean().unstack()
    components = pd.DataFrame({"component": list(ratings), "label": labels.reindex(list(ratings)).to_numpy()})
    for name, kind in (("predicted", True), ("others", False)):
        column = means.get(kind, pd.Series(dtype=float))
        components[name] = components["component"].map(column).astype(float)
    return Specificity(
        contrast=float(observed),
        predicted=int(cells["predicted"].sum()),
        others=int((~cells["predicted"]).sum()),
        test=test,
        components=components.assign(t=t, pval_max=pmax),
        cells=cells,
        k=len(frame),
        trials=frame["trial"].nunique(),
        seed=seed,
    )


def component_matrix(frame: pd.DataFrame, scores: FidelityScores, *, calibrated: bool = True) -> pd.DataFrame:
    """Return each effect's ratings as shares, a column a component, silence filled by calibration where asked."""
    grid = scores.ratings
    rating = calibrated_ratings(grid) if calibrated else grid["rating"]
    wide = grid.assign(share=rating / MAXIMUM).pivot_table(
        index=["trial", "arm"], columns="component", values="share", sort=False, dropna=False
    )
    wanted = pd.MultiIndex.from_frame(frame[["trial", "intervention_arm"]])
    return wide.reindex(wanted).reset_index(drop=True)


def _cells(frame: pd.DataFrame, ratings: pd.DataFrame, predicts: pd.Series) -> pd.DataFrame:
    """List the cells in which a component differs between at least three trials of an outcome."""
    rows = []
    for component in ratings:
        meant = {name.strip() for name in predicts.get(component, "").split(";")}
        for outcome, own in frame.groupby("outcome", sort=False):
            n = own["trial"].nunique()
            if n >= FEWEST_TRIALS and ratings.loc[own.index, component].nunique() > 1:
                rows.append({"component": component, "outcome": outcome, "predicted": outcome in meant, "trials": n})
    return pd.DataFrame(rows, columns=["component", "outcome", "predicted", "trials"])


def _statistics(
    model: NullModel, values: np.ndarray, names: list[str], cells: pd.DataFrame, frame: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Return the standardised slope of each cell, and of each component over all outcomes."""
    columns = _columns(values[:, :, None], names, cells, frame)[:, :, 0]
    return model.standardised(columns), model.statistics(values)[1]


def _columns(values: np.ndarray, names: list[str], cells: pd.DataFrame, frame: pd.DataFrame) -> np.ndarray:
    """Return the moderator of each cell: the component where the outcome is its own, else 0; shape (k, cells, d)."""
    numbers = {name: number for number, name in enumerate(names)}
    picked = cells["component"].map(numbers).to_numpy(int)
    own = frame["outcome"].to_numpy()[:, None] == cells["outcome"].to_numpy()[None, :]
    return values[:, picked, :] * own[:, :, None]


@dataclass(frozen=True, eq=False)
class _Shuffled:
    contrasts: np.ndarray
    t: np.ndarray
    exact: bool


def _tested(observed: float, shuffled: np.ndarray, *, exact: bool) -> PermutationTest:
    """Compare a statistic with that of every arrangement; nan where there is none."""
    if np.isnan(observed):
        return PermutationTest(np.nan, len(shuffled), exact, np.nan)
    return compared(observed, shuffled, exact=exact)


def _shuffled(
    model: NullModel,
    values: np.ndarray,
    names: list[str],
    cells: pd.DataFrame,
    frame: pd.DataFrame,
    permutations: int,
    seed: int,
) -> _Shuffled:
    """Exchange trials' whole rows of components and fit every cell and component anew."""
    distinct, codes = np.unique(values, axis=0, return_inverse=True)
    rows = Rows(model.members, codes.ravel().astype(float))
    found = arrange(rows, most=permutations, seed=seed)
    predicted = cells["predicted"].to_numpy(bool)
    contrasts, t = [], []
    for start in range(0, len(found.sources), BLOCK):
        given = distinct[rows.arranged(found.sources[start : start + BLOCK]).astype(int)]  # (k, d, c)
        moved = np.moveaxis(given, 1, 2)
        columns = _columns(moved, names, cells, frame)
        k, n, d = columns.shape
        z = model.standardised(columns.reshape(k, n * d)).reshape(n, d).T
        contrasts.append(_contrast(z, predicted))
        t.append(model.statistics(moved.reshape(k, -1))[1].reshape(values.shape[1], d).T)
    return _Shuffled(np.concatenate(contrasts), np.vstack(t), found.exact)


def _contrast(z: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the mean of predicted cells less that of the others, where an arrangement leaves a cell with a slope."""
    known = np.isfinite(z)
    sums = np.where(known, z, 0.0)
    with np.errstate(invalid="ignore"):
        means = [sums[:, own].sum(axis=1) / known[:, own].sum(axis=1) for own in (predicted, ~predicted)]
    return means[0] - means[1]
