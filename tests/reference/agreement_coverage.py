"""Write agreement_coverage.json: how often each interval for a coefficient of agreement holds the true value.

Two coders, three ordered ratings, populations from near-perfect to poor agreement and with even or lopsided prevalence;
disagreements are mostly by one category, as they are in the shipped codes. Of 1000 samples per design, those in which
the coefficient is undefined are left out; one without an interval counts as not covered. Takes three minutes:

    python tests/reference/agreement_coverage.py

Methods: `score`, the package's own (exact where all units agree); `linearised`, estimate +- t se as irrCAC prints it;
`percentile`, the bootstrap over units. Each entry holds the share covered and the mean width.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from synthesis.statistics.agreement import rater_agreement
from synthesis.statistics.agreement.coefficients import rating_coefficients, tally
from synthesis.statistics.agreement.intervals import percentile_interval, resample, total

NAMES = ("kappa", "weighted_kappa", "gwet_ac1", "gwet_ac2", "krippendorff_alpha")
CELLS = np.array([(i, j) for i in range(3) for j in range(3)], dtype=float)
SAMPLES, RESAMPLES, ALL = 1000, 500, 1e9


def population(prevalence, disagreement):
    """Shares of the nine cells of the coders' cross-table."""
    spread = np.array([[0, 0.4, 0.02], [0.4, 0, 0.5], [0.02, 0.5, 0]]) * np.sqrt(np.outer(prevalence, prevalence))
    return (np.diag(prevalence) * (1 - disagreement) + disagreement * spread / spread.sum()).ravel()


def true_values(cells):
    """Coefficients of the population itself."""
    whole = total(tally(CELLS, (0, 1, 2)).each(lambda part: ALL * cells.reshape(-1, *[1] * (part.ndim - 1)) * part))
    return {name: float(formula.statistic(whole).value) for name, formula in rating_coefficients(3).items()}


def intervals_of(sample, seed):
    """Yield (name, method, lower, upper) for one sample."""
    found = rater_agreement(sample).coefficients
    quantile = student.ppf(0.975, len(sample) - 1)
    resamples = resample(tally(sample, (0, 1, 2)), replicates=RESAMPLES, seed=seed)
    for name in NAMES:
        entry = found[name]
        if np.isnan(entry.estimate):
            continue
        half = 0 if np.isnan(entry.se) else quantile * entry.se
        yield name, "score", entry.ci_lb, entry.ci_ub
        yield name, "linearised", entry.estimate - half, min(1, entry.estimate + half)
        yield name, "percentile", *percentile_interval(rating_coefficients(3)[name].statistic, resamples, level=0.95)


def coverage(prevalence, disagreement, n, rng):
    """Coverage and mean width per coefficient and method in one design."""
    cells = population(np.array(prevalence), disagreement)
    true = true_values(cells)
    held = {}
    for seed in range(SAMPLES):
        sample = CELLS[rng.choice(9, size=n, p=cells)]
        for name, method, lower, upper in intervals_of(sample, seed):
            held.setdefault((name, method), []).append((lower - 1e-9 <= true[name] <= upper + 1e-9, upper - lower))
    means = {key: np.nanmean(np.array(values, dtype=float), axis=0).round(3).tolist() for key, values in held.items()}
    return {
        "prevalence": prevalence,
        "disagreement": disagreement,
        "n": n,
        "coefficients": {
            name: {"true": round(true[name], 3)}
            | {method: means[name, method] for coefficient, method in means if coefficient == name}
            for name in NAMES
        },
    }


generator = np.random.default_rng(20150101)
designs = [
    coverage(prevalence, disagreement, n, generator)
    for prevalence in ([0.2, 0.45, 0.35], [0.02, 0.3, 0.68])
    for disagreement in (0.05, 0.2, 0.5)
    for n in (10, 20, 40, 80)
]
lines = ",\n".join(json.dumps(design) for design in designs)
Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
