"""Reviews drawn from the priors of the measurement model, one number at a time: nothing here is the sampler's.

`calibrate_sampler` ranks what was drawn among draws of the sampler [talts2018]: if the sampler is right, every rank is
as likely as every other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, kstwo

from synthesis.statistics.gibbs_effects import EffectsGiven
from synthesis.statistics.gibbs_ratings import Coded, Priors, start, sweep

DELTAS = (0.0, -1.0, -2.0, -4.0)
BINS = 16


@dataclass(frozen=True)
class Design:
    """A small review: what is asked of whom, and which effects there are."""

    arms: int = 20
    mechanism: tuple[int, ...] = (0, 0, 0, 1, 1, 2)
    coders: int = 2
    two_arm_trials: int = 3
    trials: int = 13
    outcomes: int = 2
    rho: float = 0.6
    centre: float = 0.5
    mu_sd: float = 1.0
    slope_sd: float = 0.5
    half_sd: float = 0.5
    not_looked: float = 0.05
    settled: float = 0.05

    def effects(self) -> tuple[list[int], list[int], list[int], list[float]]:
        """Return trial, outcome, arm and variance of every effect: some trials have two arms, most both outcomes."""
        trial, outcome, arm, variance = [], [], [], []
        for one in range(self.trials):
            own = [2 * one, 2 * one + 1] if one < self.two_arm_trials else [one + self.two_arm_trials]
            for each in own:
                for of in range(self.outcomes):
                    if of == 0 or one % 3:
                        trial.append(one)
                        outcome.append(of)
                        arm.append(each)
                        variance.append(0.01 + 0.01 * ((one + of) % 4))
        return trial, outcome, arm, variance


def draw_review(design: Design, delta: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw parameters from the priors, and a review from them."""
    kinds, n = len(set(design.mechanism)), len(design.mechanism)
    while True:
        corr = np.eye(kinds)
        for i in range(kinds):
            for j in range(i):
                corr[i, j] = corr[j, i] = rng.uniform(-1, 1)
        if np.linalg.eigvalsh(corr).min() > 0:
            break
    discrimination = [math.exp(0.5 * rng.normal()) for _ in range(n)]
    thresholds = [sorted(2 * rng.normal() for _ in range(2)) for _ in range(n)]
    readily = [2 * rng.normal() for _ in range(n)]
    spread = abs(rng.normal())
    confusion = [
        [rng.dirichlet([12.0 if said == state else 1.0 for said in range(4)]) for state in range(4)]
        for _ in range(design.coders)
    ]
    z = np.zeros((design.arms, n), int)
    codes = np.full((design.arms, n, design.coders), -1)
    settled = np.full((design.arms, n), -1)
    theta = np.array([rng.multivariate_normal(np.zeros(kinds), corr) for _ in range(design.arms)])
    for arm in range(design.arms):
        says = spread * rng.normal()
        for c in range(n):
            at_least = [
                1 / (1 + math.exp(-(discrimination[c] * theta[arm, design.mechanism[c]] - k))) for k in thresholds[c]
            ]
            level = rng.random()
            z[arm, c] = sum(level < p for p in at_least)
            odds = math.exp(readily[c] + says + (delta if z[arm, c] == 0 else 0.0))
            state = 1 + z[arm, c] if rng.random() < odds / (1 + odds) else 0
            for coder in range(design.coders):
                if rng.random() >= design.not_looked:
                    codes[arm, c, coder] = rng.choice(4, p=confusion[coder][state])
            if rng.random() < design.settled:
                settled[arm, c] = state
    fidelity = z.sum(axis=1) / (2 * n)
    trial, outcome, of_arm, variance = design.effects()
    averages = [design.mu_sd * rng.normal() for _ in range(design.outcomes)]
    slope = design.slope_sd * rng.normal()
    tau, omega = abs(design.half_sd * rng.normal()), abs(design.half_sd * rng.normal())
    shared = [tau * rng.normal() for _ in range(design.trials)]
    errors = [rng.normal() for _ in range(design.trials)]
    y = [
        averages[o]
        + slope * (fidelity[a] - design.centre)
        + shared[t]
        + omega * rng.normal()
        + math.sqrt(v) * (math.sqrt(design.rho) * errors[t] + math.sqrt(1 - design.rho) * rng.normal())
        for t, o, a, v in zip(trial, outcome, of_arm, variance, strict=True)
    ]
    truth = {"slope": slope, "tau": tau, "omega": omega, "average 1": averages[0], "spread of reports": spread}
    truth |= {"discrimination 1": discrimination[0], "discrimination 6": discrimination[-1]}
    truth |= {"threshold 1, lower": thresholds[0][0], "threshold 1, upper": thresholds[0][1]}
    truth |= {"threshold 6, upper": thresholds[-1][1], "reporting 1": readily[0], "reporting 4": readily[3]}
    truth |= {"trait 1 of arm 1": theta[0, 0], "trait 2 of arm 15": theta[14, 1], "correlation 1-2": corr[0, 1]}
    truth |= {f"confusion {c + 1}, {s}{a}": confusion[c][s][a] for c, s, a in ((0, 0, 0), (0, 1, 1), (1, 2, 3))}
    truth |= {"score of arm 2": fidelity[1], "mean score": fidelity.mean()}
    return {"codes": codes, "settled": settled, "y": np.array(y), "truth": truth}


def _now(state, weights) -> dict[str, np.ndarray]:
    scores = state.scores(weights)
    return {
        "slope": state.coefficients[:, -1],
        "tau": abs(state.sd[:, 0]),
        "omega": abs(state.sd[:, 1]),
        "average 1": state.coefficients[:, 0],
        "spread of reports": abs(state.spread),
        "discrimination 1": np.exp(state.items[:, 0, 0]),
        "discrimination 6": np.exp(state.items[:, -1, 0]),
        "threshold 1, lower": state.items[:, 0, 1],
        "threshold 1, upper": state.items[:, 0, 2],
        "threshold 6, upper": state.items[:, -1, 2],
        "reporting 1": state.reporting[:, 0],
        "reporting 4": state.reporting[:, 3],
        "trait 1 of arm 1": state.theta[:, 0, 0],
        "trait 2 of arm 15": state.theta[:, 14, 1],
        "correlation 1-2": state.correlation[:, 0, 1],
        "confusion 1, 00": state.confusion[:, 0, 0, 0],
        "confusion 1, 11": state.confusion[:, 0, 1, 1],
        "confusion 2, 23": state.confusion[:, 1, 2, 3],
        "score of arm 2": scores[:, 1],
        "mean score": scores.mean(axis=1),
    }


def calibrate_sampler(
    sets: int,
    *,
    seed: int | list[int],
    draws: int = 63,
    thin: int = 20,
    warmup: int = 300,
    design: Design | None = None,
    told=None,
) -> dict[str, np.ndarray]:
    """Return the rank of every true number among `draws` thinned draws, shape (sets,), by what it is.

    The reviews are sampled side by side, each by one chain that starts from the priors. Ties, which scores have, are
    broken at random.
    """
    design, rng = design or Design(), np.random.default_rng(seed)
    delta = np.array([DELTAS[one % len(DELTAS)] for one in range(sets)])
    drawn = [draw_review(design, one, rng) for one in delta]
    n = len(design.mechanism)
    codes = np.stack([one["codes"] for one in drawn])
    settled = np.stack([one["settled"] for one in drawn])
    coded = Coded(
        codes=codes,
        settled=settled,
        mechanism=np.array(design.mechanism),
        weights=np.full(n, 0.5 / n),
        delta=delta,
        priors=Priors(),
    )
    trial, outcome, arm, variance = design.effects()
    effects = EffectsGiven(
        y=np.stack([one["y"] for one in drawn]),
        v=np.array(variance),
        cluster=np.array(trial),
        outcome=np.array(outcome),
        arm=np.array(arm),
        centre=design.centre,
        rho=design.rho,
        scales=np.array([design.mu_sd] * design.outcomes + [design.slope_sd]),
        tau_sd=design.half_sd,
        omega_sd=design.half_sd,
    )
    state = start(coded, effects, rng)
    below = {name: np.zeros(sets) for name in drawn[0]["truth"]}
    truth = {name: np.array([one["truth"][name] for one in drawn]) for name in below}
    ties = {name: np.zeros(sets) for name in below}
    for done in range(1, warmup + draws * thin + 1):
        sweep(state, coded, effects, rng)
        if done > warmup and (done - warmup) % thin == 0:
            for name, now in _now(state, coded.weights).items():
                same = np.isclose(now, truth[name], rtol=0, atol=1e-12)
                ties[name] += same
                below[name] += (now < truth[name]) & ~same
        if told and done % 50 == 0:
            told(done, warmup + draws * thin)
    return {name: (below[name] + rng.integers(0, ties[name].astype(int) + 1)).astype(int) for name in below}


def uniform(ranks: np.ndarray, draws: int, bins: int = BINS) -> dict[str, float]:
    """Test that ranks from 0 to `draws` are uniform: chi-square over bins, and the largest distance of the ECDF."""
    counts = np.bincount(ranks * bins // (draws + 1), minlength=bins)
    expected = len(ranks) / bins
    square = float(((counts - expected) ** 2 / expected).sum())
    # Ranks made continuous by their middles; the test of Kolmogorov is then a little careful.
    u = np.sort((ranks + 0.5) / (draws + 1))
    steps = np.arange(1, len(u) + 1) / len(u)
    distance = float(max((steps - u).max(), (u - steps + 1 / len(u)).max()))
    return {
        "chi2": square,
        "pval": float(chi2.sf(square, bins - 1)),
        "ecdf": distance,
        "ecdf_pval": float(kstwo.sf(distance, len(u))),
        "mean": float(((ranks + 0.5) / (draws + 1)).mean()),
    }
