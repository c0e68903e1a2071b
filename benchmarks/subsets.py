"""All subsets of the trials pooled: the graphic display of study heterogeneity."""

from __future__ import annotations

from benchmarks.peers import absent, ask_metafor, why_no_metafor
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import time_calls
from benchmarks.trials import simulate_trials
from synthesis.statistics.kernels import load_compiled
from synthesis.statistics.subsets import gosh


def run(*, k: int = 12, repeats: int = 3, full: bool = False) -> list[Section]:
    """Time all subsets of k trials, and of twenty; `full` makes no difference."""
    compiled = load_compiled()
    trials = simulate_trials(k)
    ours, found = time_calls(lambda: gosh(trials.yi, trials.vi), repeats=repeats)
    who = "gosh, compiled" if compiled else "gosh, without numba"
    entries, checks = [Entry("synthesis", who, ours)], []
    if why_no_metafor():
        entries.append(absent("gosh"))
    else:
        answer = ask_metafor("gosh", repeats=1, yi=trials.yi, vi=trials.vi)
        entries.append(Entry("metafor", "gosh", answer.timing))
        width = float(found.estimate_edges[1] - found.estimate_edges[0])
        apart = abs(float(found.quantile(0.5)) - answer.found["median"])
        checks.append(Check("median of the estimates, in bins of ours", apart / width, 1.5))
    sections = [Section(f"Every subset of {k} trials pooled, REML", tuple(entries), tuple(checks))]
    if compiled:
        many = simulate_trials(20)
        took, _ = time_calls(lambda: gosh(many.yi, many.vi), repeats=repeats)
        title = "Every subset of 20 trials pooled, REML: 1,048,555"
        sections.append(Section(title, (Entry("synthesis", who, took),), ()))
    return sections
