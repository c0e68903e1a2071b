"""What a simulation takes from the evidence: sizes, scores and silences of the trials, and one fingerprint of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
import pandas as pd

from synthesis.answers.coverage import all_effects
from synthesis.answers.fidelity import MAXIMUM, FidelityScores, score_column, score_fidelity
from synthesis.answers.joint import MEASURE, design_of, gather_effects
from synthesis.answers.silence import Silence, silence_of
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE
from synthesis.answers.withheld import FEWEST_TO_PREDICT
from synthesis.choices import LEVEL, RHO, Score
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.statistics.models import fit_model
from synthesis.statistics.multilevel import che
from synthesis.statistics.power import detectable_slope
from synthesis.statistics.simulated import sizes_behind

SCORES: tuple[Score, ...] = ("described", "calibrated")
TESTED, ALL = "joint_tested", "joint_all"
JOINTS = {TESTED: "outcomes with ten trials", ALL: "all outcomes"}
# Digits of what is hashed: the last ones of a number differ from machine to machine.
DIGITS = 6


@dataclass(frozen=True, eq=False)
class OutcomeDesign:
    """The trials of one outcome, one effect each.

    Attributes
    ----------
    name, label : str
    yi, vi : numpy.ndarray, shape (k,)
        Benefit and its variance.
    sizes : numpy.ndarray, shape (2, k)
        Arm sizes at which the effects have their variances (`statistics.simulated.sizes_behind`).
    x : dict of numpy.ndarray
        Each score; nan where it is not known.
    silence : Silence or None
        What is rated and what is not, of every trial that is coded; None where some are not.
    ratings : list of numpy.ndarray
        What reports that describe a component say of it in intervention arms, a component each.
    """

    name: str
    label: str
    yi: np.ndarray
    vi: np.ndarray
    sizes: np.ndarray
    x: Mapping[str, np.ndarray]
    silence: Silence | None
    ratings: list[np.ndarray]

    @property
    def k(self) -> int:
        """Trials."""
        return len(self.yi)

    @cached_property
    def mean(self) -> float:
        """The pooled benefit, to the two digits that pages print."""
        return round(float(fit_model(self.yi, self.vi, np.ones((self.k, 1))).beta[0]), 2)

    def scored(self, score: str) -> np.ndarray:
        """Say which trials have the score."""
        return np.isfinite(self.x[score])

    def carries_slope(self, score: str) -> bool:
        """Say whether ten trials are scored, and not all alike."""
        known = self.scored(score)
        return bool(known.sum() >= TRIALS_PER_COVARIATE and np.ptp(self.x[score][known]) > 0)

    def detectable(self, score: str) -> float:
        """Return the slope that pages call detectable with 80% power, to the two digits that are printed."""
        known = self.scored(score)
        X = np.column_stack([np.ones(known.sum()), self.x[score][known]])
        fit = fit_model(self.yi[known], self.vi[known], X)
        return round(detectable_slope(float(np.sqrt(fit.cov_wald[1, 1])), fit.df, level=LEVEL, floor=True), 2)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything a simulation of this outcome rests on."""
        arrays = [self.yi, self.vi, self.sizes, *self.x.values(), *self.ratings]
        return _digest(arrays if self.silence is None else [*arrays, self.silence.described, self.silence.silent])


@dataclass(frozen=True, eq=False)
class JointDesign:
    """Effects on several outcomes, several a trial.

    Attributes
    ----------
    name, label : str
    outcomes : tuple of str
    yi, vi, sizes, x
        As of `OutcomeDesign`, of the effects in which both scores are known.
    cluster : numpy.ndarray, shape (k,)
        The trial of each effect, from 0.
    Z : numpy.ndarray, shape (k, p)
        Indicators of outcomes but the first.
    """

    name: str
    label: str
    outcomes: tuple[str, ...]
    yi: np.ndarray
    vi: np.ndarray
    sizes: np.ndarray
    x: Mapping[str, np.ndarray]
    cluster: np.ndarray
    Z: np.ndarray

    @cached_property
    def means(self) -> np.ndarray:
        """The average benefit on each effect's outcome, to two digits, shape (k,)."""
        groups = np.unique(self.Z, axis=0, return_inverse=True)[1].ravel()
        sums = pd.DataFrame({"w": 1 / self.vi, "wy": self.yi / self.vi}).groupby(groups).transform("sum")
        return (sums["wy"] / sums["w"]).round(2).to_numpy()

    def heterogeneity(self, score: str) -> tuple[float, float]:
        """Return tau2 and omega2 as they are estimated beside the score, to three digits."""
        X = np.column_stack([self.Z, self.x[score]])
        fit = che(self.yi, self.vi, self.cluster, X, rho=RHO, test=[])
        return round(fit.tau2, 3), round(fit.omega2, 3)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything a simulation of this model rests on."""
        return _digest([self.yi, self.vi, self.sizes, *self.x.values(), self.cluster, self.Z])


Design = OutcomeDesign | JointDesign


def designs_of(evidence: Evidence, *, effects: Mapping[str, Effects] | None = None) -> dict[str, Design]:
    """Return what can be simulated of a data root, by name: outcomes with five trials or more, then joint models.

    Parameters
    ----------
    evidence : Evidence
    effects : mapping of str to Effects, optional
        As `all_effects` gives them, where they are at hand.

    Returns
    -------
    dict
        Outcomes pooled as standardised mean differences, of a settled direction, one effect a trial; a joint model of
        those with ten scored trials, and one of all.
    """
    own = all_effects(evidence) if effects is None else effects
    scores = score_fidelity(evidence)
    designs: dict[str, Design] = {}
    for name, found in own.items():
        one_each = len(found.frame) == found.n_trials
        if found.measure == MEASURE and found.is_settled and one_each and len(found.frame) >= FEWEST_TO_PREDICT:
            designs[name] = _outcome_design(found, scores)
    tested = [name for name, one in designs.items() if all(one.carries_slope(score) for score in SCORES)]
    for name, outcomes in ((TESTED, tested), (ALL, list(own))):
        found = _joint_design(name, evidence, outcomes, own, scores) if tested else None
        if found is not None:
            designs[name] = found
    return designs


def fingerprints(designs: Mapping[str, Design]) -> dict[str, str]:
    """Return the fingerprint of each design."""
    return {name: design.fingerprint for name, design in designs.items()}


def _outcome_design(effects: Effects, scores: FidelityScores) -> OutcomeDesign:
    frame = effects.with_moderators(scores.contrasts(effects.frame)).frame
    yi, vi = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float)
    silence = silence_of(frame, scores)
    rated = scores.ratings[scores.ratings["role"].eq("intervention")].dropna(subset=["rating"])
    of_component = dict(iter(rated.groupby("component")["rating"]))
    ratings = [
        of_component[name].to_numpy(float) if name in of_component else np.zeros(1) for name in silence.components
    ]
    return OutcomeDesign(
        name=effects.outcome,
        label=effects.outcome_label,
        yi=yi,
        vi=vi,
        sizes=_sizes(frame, yi, vi),
        x={score: frame[score_column(score)].to_numpy(float) for score in SCORES},
        silence=silence if np.isfinite(silence.described).all() else None,
        ratings=[np.sort(own) / MAXIMUM for own in ratings],
    )


def _joint_design(
    name: str, evidence: Evidence, outcomes: list[str], effects: Mapping[str, Effects], scores: FidelityScores
) -> JointDesign | None:
    try:
        gathered = gather_effects(evidence, outcomes=outcomes, effects=effects, scores=scores)
    except NotEstimableError:
        return None
    n = pd.concat(
        [
            own.frame.assign(outcome=own.outcome)[[*_KEYS, "n_intervention", "n_comparator"]]
            for own in (effects[outcome] for outcome in gathered["outcome"].unique())
        ]
    )
    gathered = gathered.assign(row=gathered.groupby(_KEYS).cumcount())
    n = n.assign(row=n.groupby(_KEYS).cumcount())
    frame = gathered.merge(n, on=[*_KEYS, "row"], how="left")
    frame = frame[frame[[score_column(score) for score in SCORES]].notna().all(axis=1)].reset_index(drop=True)
    if frame["trial"].nunique() < TRIALS_PER_COVARIATE:
        return None
    yi, vi = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float)
    return JointDesign(
        name=name,
        label=JOINTS[name],
        outcomes=tuple(frame["outcome"].unique()),
        yi=yi,
        vi=vi,
        sizes=_sizes(frame, yi, vi),
        x={score: frame[score_column(score)].to_numpy(float) for score in SCORES},
        cluster=pd.factorize(frame["trial"])[0],
        Z=design_of(frame),
    )


_KEYS = ["outcome", "trial", "intervention_arm", "comparator_arm"]


def _sizes(frame: pd.DataFrame, yi: np.ndarray, vi: np.ndarray) -> np.ndarray:
    return sizes_behind(yi, vi, *(frame[f"n_{arm}"].to_numpy(float) for arm in ("intervention", "comparator")))


def _digest(arrays: list[np.ndarray]) -> str:
    plain = [[f"{value:.{DIGITS}g}" for value in np.ravel(array) + 0.0] for array in arrays]
    return sha256(json.dumps(plain).encode("ascii")).hexdigest()
