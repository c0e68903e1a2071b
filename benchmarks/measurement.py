"""The measurement model: true ratings behind codes and silences, joint with the effects of all outcomes."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from benchmarks.record import Check, Entry, Section
from benchmarks.timing import time_calls
from benchmarks.trials import SEED, simulate_outcomes
from synthesis.statistics.bayes_clusters import bayes_joint
from synthesis.statistics.measurement import measure

# Two means differ by more than this many Monte-Carlo errors once in 16,000 runs.
MONTE_CARLO_ERRORS = 4.0
COMPONENTS, CODERS = 12, 2
NO_PEER = "PyMC is not installed: nothing here draws this model to compare the time with."
UNUSED_PEER = "PyMC is installed; the model is not written for it here."


def run(
    *, effects: int = 120, draws: int = 500, known_draws: int = 1_000, repeats: int = 3, full: bool = False
) -> list[Section]:
    """Time the chains with half of all ratings silent, and hold the slope to quadrature where all are known.

    Parameters
    ----------
    effects : int
    draws, known_draws : int
        Of each of four chains, to be timed and to be compared.
    repeats : int
    full : bool
        Ten times the draws.
    """
    draws = draws * (10 if full else 1)
    data = simulate_outcomes(effects, rho=0.6)
    rng = np.random.default_rng(SEED)
    trials, arm = np.unique(data.trial, return_inverse=True)
    truth = rng.integers(0, 3, (len(trials), COMPONENTS))
    ratings = np.repeat(truth[..., None], CODERS, axis=2).astype(float)
    silent = np.where(rng.random(truth.shape)[..., None] < 0.5, np.nan, ratings)
    given = {"mechanism": np.arange(COMPONENTS) % 3, "yi": data.yi, "vi": data.vi, "cluster": data.trial, "arm": arm}
    ours, found = time_calls(
        lambda: measure(silent, **given, delta=-1.0, draws=draws, warmup=draws // 2, thin=1, seed=SEED),
        repeats=repeats,
    )
    drawn = found.chains * (draws + draws // 2)
    note = (
        f"{drawn / ours.median:,.0f} draws a second; {found.slope.ess / ours.median:,.0f} effective ones of the slope"
    )
    x = truth.mean(axis=1)[arm] / 2
    known = measure(ratings, **given, settled=truth + 1, centre=x.mean(), draws=known_draws, thin=1, seed=SEED)
    outside = bayes_joint(data.yi, data.vi, data.trial, x)
    error = abs(known.slope.mean - outside.estimate) / known.slope.mc_error
    title = f"Measurement model: 4 chains of {draws + draws // 2:,} draws, {len(trials)} arms, {effects} effects"
    return [
        Section(
            title,
            (Entry("synthesis", "measure", ours, note=note),),
            (Check("slope with all ratings known, quadrature, in Monte-Carlo errors", error, MONTE_CARLO_ERRORS),),
            notes=(UNUSED_PEER if find_spec("pymc") else NO_PEER,),
        )
    ]
