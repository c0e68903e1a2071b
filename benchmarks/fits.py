"""One fit: the meta-regression on fidelity, by REML with Knapp-Hartung."""

from __future__ import annotations

from benchmarks.peers import absent, ask_metafor, pymare_results, why_no_metafor
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import time_calls
from benchmarks.trials import simulate_trials
from synthesis.statistics.models import fit_model

# metafor's Fisher scoring stops when tau2 moves by less than 1e-5, PyMARE's search at 1e-6 of its bracket.
SEARCHED = 1e-3


def run(*, k: int = 30, repeats: int = 15, full: bool = False) -> list[Section]:
    """Time one fit of k trials; `full` makes no difference."""
    trials = simulate_trials(k)
    X = trials.design
    ours, fit = time_calls(
        lambda: fit_model(trials.yi, trials.vi, X, method="REML", ci="knapp-hartung"), repeats=repeats
    )
    theirs, stats = time_calls(
        lambda: pymare_results(trials.yi, trials.vi, trials.fidelity).get_fe_stats(), repeats=repeats
    )
    entries = [
        Entry("synthesis", "fit_model", ours),
        Entry("PyMARE", "fit_dataset, get_fe_stats", theirs),
    ]
    checks = _checks("PyMARE", fit.beta[1], fit.se[1], float(stats["est"][1, 0]), float(stats["se"][1, 0]))
    if why_no_metafor():
        entries.append(absent("rma"))
    else:
        answer = ask_metafor("fit", repeats=repeats, yi=trials.yi, vi=trials.vi, x=trials.fidelity)
        entries.append(Entry("metafor", "rma", answer.timing))
        checks += _checks("metafor", fit.beta[1], fit.se[1], answer.found["estimate"], answer.found["se"])
    title = f"One fit: meta-regression on fidelity, REML, Knapp-Hartung, k = {k}"
    return [Section(title, tuple(entries), tuple(checks))]


def _checks(who: str, slope: float, se: float, their_slope: float, their_se: float) -> list[Check]:
    return [
        Check(f"slope, {who}, in standard errors", float(abs(slope - their_slope) / se), SEARCHED),
        Check(f"its standard error, {who}, relative", float(abs(se / their_se - 1)), SEARCHED),
    ]
