"""The permutation test of the fidelity slope: every arrangement fitted anew by REML with Knapp-Hartung."""

from __future__ import annotations

import numpy as np

from benchmarks.fits import SEARCHED
from benchmarks.peers import absent, ask_metafor, pymare_permutations, why_no_metafor
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import time_calls
from benchmarks.trials import SEED, simulate_trials
from synthesis.statistics.permutation import permutation_test, slope_statistics

# Two p values by independent draws of arrangements differ by more than this many standard errors once in 16,000 runs.
MONTE_CARLO_ERRORS = 4.0
MODEL = {"method": "REML", "ci": "knapp-hartung"}


def run(
    *,
    k: int = 30,
    permutations: int = 10_000,
    metafor_iterations: int = 1_000,
    repeats: int = 5,
    full: bool = False,
) -> list[Section]:
    """Time a permutation test of k trials.

    Parameters
    ----------
    k, permutations, repeats : int
    metafor_iterations : int
        Permutations that metafor is timed with, because it takes minutes for all; its time is scaled up, and says so.
    full : bool
        Time metafor once with as many permutations as the others instead.
    """
    trials = simulate_trials(k)
    data = trials.yi, trials.vi, trials.fidelity
    ours, test = time_calls(
        lambda: permutation_test(*data, permutations=permutations, seed=SEED, **MODEL), repeats=repeats
    )
    statistic = float(slope_statistics(trials.yi[:, None], trials.vi[:, None], trials.fidelity, **MODEL)[0])
    pymare_repeats = min(repeats, 3)
    theirs, (their_statistic, their_pval) = time_calls(
        lambda: pymare_permutations(*data, permutations, SEED),
        repeats=pymare_repeats,
        warm_up=lambda: pymare_permutations(*data, 20, SEED),
    )
    entries = [
        Entry("synthesis", "permutation_test", ours, note=f"p = {test.pval:.4f}"),
        Entry("PyMARE", "permutation_test", theirs, note=f"p = {their_pval:.4f}"),
    ]
    checks = [
        same_statistic("PyMARE", statistic, their_statistic),
        same_pval("PyMARE", (test.pval, permutations), (their_pval, permutations)),
    ]
    if why_no_metafor():
        entries.append(absent("permutest"))
    else:
        entry, found = _metafor(*data, permutations, permutations if full else metafor_iterations, 1 if full else 3)
        entries.append(entry)
        checks += [
            same_statistic("metafor", statistic, found["statistic"]),
            same_pval("metafor", (test.pval, permutations), (found["pval"], found["iterations"])),
        ]
    title = f"{permutations:,} permutations of the fidelity slope, REML, Knapp-Hartung, k = {k}"
    return [Section(title, tuple(entries), tuple(checks))]


def _metafor(
    yi: np.ndarray, vi: np.ndarray, fidelity: np.ndarray, permutations: int, iterations: int, repeats: int
) -> tuple[Entry, dict[str, float]]:
    answer = ask_metafor("permutations", repeats=repeats, yi=yi, vi=vi, x=fidelity, iterations=iterations, seed=SEED)
    scale = permutations / iterations
    note = f"p = {answer.found['pval']:.4f}"
    if scale != 1:
        note += f"; timed with {iterations:,} permutations, shown times {scale:g}"
    return Entry("metafor", "permutest", answer.timing, scale, note), answer.found | {"iterations": iterations}


def same_statistic(who: str, ours: float, theirs: float) -> Check:
    """Compare the t statistics of the data as they are."""
    return Check(f"observed t, {who}, relative", abs(ours / theirs - 1), SEARCHED)


def same_pval(who: str, ours: tuple[float, int], theirs: tuple[float, int]) -> Check:
    """Compare two p values, each with the arrangements drawn for it."""
    variances = [p * (1 - p) / m for p, m in (ours, theirs)]
    error = float(np.sqrt(sum(variances)))
    difference = abs(ours[0] - theirs[0])
    return Check(
        f"p value, {who}, in Monte-Carlo standard errors",
        difference / error if error > 0 else (0.0 if difference == 0 else float("inf")),
        MONTE_CARLO_ERRORS,
    )
