"""All outcomes in one model: correlated and hierarchical effects, and whole trials permuted in it."""

from __future__ import annotations

import numpy as np

from benchmarks.fits import SEARCHED
from benchmarks.peers import absent, ask_metafor, why_no_clubsandwich, why_no_metafor
from benchmarks.permutations import same_pval, same_statistic
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import time_calls
from benchmarks.trials import SEED, Outcomes, simulate_outcomes
from synthesis.statistics.multilevel import RHO, CheFit, che
from synthesis.statistics.studentised import cluster_permutation_test, null_model


def run(
    *,
    sizes: tuple[int, ...] = (60, 200),
    permutations: int = 10_000,
    metafor_iterations: int = 200,
    repeats: int = 5,
    full: bool = False,
) -> list[Section]:
    """Time the model and the permutation of whole trials.

    Parameters
    ----------
    sizes : tuple of int
        Effects; the first is permuted too.
    permutations, repeats : int
    metafor_iterations : int
        Permutations that metafor is timed with, because it takes minutes for all; its time is scaled up, and says so.
    full : bool
        Time metafor with as many permutations as we do instead.
    """
    drawn = [simulate_outcomes(k, rho=RHO) for k in sizes]
    iterations = permutations if full else metafor_iterations
    return [*(_model(one, repeats) for one in drawn), _permutations(drawn[0], permutations, iterations, repeats)]


def _given(data: Outcomes) -> dict:
    return {"yi": data.yi, "vi": data.vi, "trial": data.trial, "beside": data.beside, "x": data.fidelity, "rho": RHO}


def _model(data: Outcomes, repeats: int) -> Section:
    ours, fit = time_calls(lambda: che(data.yi, data.vi, data.trial, data.moderators, test=[]), repeats=repeats)
    entries, checks = [Entry("synthesis", "che", ours)], []
    what = "rma.mv, clubSandwich's coef_test"
    if why_no_clubsandwich():
        entries.append(absent(what, why_no_clubsandwich()))
    else:
        answer = ask_metafor("che", repeats=repeats, **_given(data))
        entries.append(Entry("metafor", what, answer.timing))
        checks = _checks(fit, answer.found, float(data.vi.mean()))
    title = f"All outcomes in one model: CR2 and Satterthwaite, {fit.k} effects of {fit.clusters} trials"
    return Section(title, tuple(entries), tuple(checks))


def _checks(fit: CheFit, found: dict[str, float], typical: float) -> list[Check]:
    variances = max(abs(fit.tau2 - found["tau2"]), abs(fit.omega2 - found["omega2"]))
    return [
        Check("slope, metafor, in standard errors", abs(fit.beta[-1] - found["slope"]) / fit.se[-1], SEARCHED),
        Check("its CR2 standard error, clubSandwich, relative", abs(fit.se[-1] / found["se"] - 1), SEARCHED),
        Check("its degrees of freedom, clubSandwich, relative", abs(fit.df[-1] / found["df"] - 1), SEARCHED),
        Check("tau2 and omega2, metafor, in mean sampling variances", variances / typical, SEARCHED),
    ]


def _permutations(data: Outcomes, permutations: int, iterations: int, repeats: int) -> Section:
    given = (data.yi, data.vi, data.trial, data.fidelity, data.beside)
    ours, test = time_calls(
        lambda: cluster_permutation_test(*given, permutations=permutations, seed=SEED), repeats=repeats
    )
    model = null_model(data.yi, data.vi, data.trial, np.column_stack([np.ones(len(data.yi)), data.beside]))
    statistic = float(model.statistics(data.fidelity[:, None])[1][0])
    note = f"p = {test.pval:.4f}; {permutations / ours.median:,.0f} a second"
    entries, checks = [Entry("synthesis", "cluster_permutation_test", ours, note=note)], []
    what = "rma.mv and robust again for each"
    if why_no_metafor():
        entries.append(absent(what))
    else:
        answer = ask_metafor("cluster_permutations", repeats=1, iterations=iterations, seed=SEED, **_given(data))
        note = f"p = {answer.found['pval']:.4f}; {iterations / answer.timing.median:,.0f} a second"
        scale = permutations / iterations
        if scale != 1:
            note += f"; timed with {iterations:,} permutations, shown times {scale:g}"
        entries.append(Entry("metafor", what, answer.timing, scale, note))
        checks = [
            same_statistic("metafor", statistic, answer.found["statistic"]),
            same_pval("metafor", (test.pval, permutations), (answer.found["pval"], iterations)),
        ]
    trials = len(np.unique(data.trial))
    title = f"{permutations:,} permutations of whole trials, {len(data.yi)} effects of {trials} trials"
    return Section(title, tuple(entries), tuple(checks))
