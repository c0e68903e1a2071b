"""The measurement model: true ratings behind codes and silences, joint with the effects of all outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.peers import absent, ask_jags, why_no_jags
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import time_calls
from benchmarks.trials import SEED, simulate_outcomes
from synthesis.choices import RHO
from synthesis.statistics.bayes_clusters import bayes_joint
from synthesis.statistics.measurement import Measured, measure

# Two means differ by more than this many Monte-Carlo errors once in 16,000 runs.
MONTE_CARLO_ERRORS = 4.0
COMPONENTS, CODERS, DELTA = 12, 2, -1.0


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
    data = simulate_outcomes(effects, rho=RHO)
    rng = np.random.default_rng(SEED)
    trials, arm = np.unique(data.trial, return_inverse=True)
    truth = rng.integers(0, 3, (len(trials), COMPONENTS))
    ratings = np.repeat(truth[..., None], CODERS, axis=2).astype(float)
    silent = np.where(rng.random(truth.shape)[..., None] < 0.5, np.nan, ratings)
    given = {"mechanism": np.arange(COMPONENTS) % 3, "yi": data.yi, "vi": data.vi, "cluster": data.trial, "arm": arm}
    ours, found = time_calls(
        lambda: measure(silent, **given, delta=DELTA, draws=draws, warmup=draws // 2, thin=1, seed=SEED),
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
    checks = [Check("slope with all ratings known, quadrature, in Monte-Carlo errors", error, MONTE_CARLO_ERRORS)]
    peer = absent("jags.samples", why_no_jags(), who="JAGS")
    if not why_no_jags():
        peer, check = _jags(silent, given, found, draws)
        checks.append(check)
    title = f"Measurement model: 4 chains of {draws + draws // 2:,} draws, {len(trials)} arms, {effects} effects"
    return [Section(title, (Entry("synthesis", "measure", ours, note=note), peer), tuple(checks))]


def _jags(silent: np.ndarray, given: dict[str, Any], found: Measured, draws: int) -> tuple[Entry, Check]:
    """Have JAGS draw the same posterior, as often as one of our chains; its time is scaled to all of them."""
    trials = np.unique(given["cluster"], return_inverse=True)[1]
    silences = np.full(silent.shape[:2], -1)
    answer = ask_jags(
        adapt=500,
        warmup=draws // 2,
        draws=draws,
        seed=SEED,
        codes=np.where(np.isnan(silent), 0, silent + 1).astype(int),
        settled=silences,
        mechanism=given["mechanism"],
        weights=np.full(COMPONENTS, 0.5 / COMPONENTS),
        delta=DELTA,
        yi=given["yi"],
        vi=given["vi"],
        cluster=trials,
        outcome=np.zeros(len(trials), int),
        arm=given["arm"],
        centre=0.5,
        rho=RHO,
    )
    own = answer.found
    seconds = answer.timing.median
    note = (
        f"one chain, times {found.chains}; {(draws + draws // 2) / seconds:,.0f} draws a second; "
        f"{own['effective'] / seconds:,.1f} effective ones of the slope"
    )
    apart = abs(own["mean"] - found.slope.mean) / np.hypot(own["mc_error"], found.slope.mc_error)
    return (
        Entry(f"JAGS {own['version']}", "coda.samples", answer.timing, scale=found.chains, note=note),
        Check("slope with half of the ratings silent, JAGS, in Monte-Carlo errors", apart, MONTE_CARLO_ERRORS),
    )
