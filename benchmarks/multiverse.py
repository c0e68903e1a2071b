"""Every combination of choices: fits side by side, a whole multiverse, its reference, and how it grows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import absent, ask_metafor, pymare_results, why_no_metafor
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import time_calls
from benchmarks.trials import simulate_trials
from synthesis.answers.multiverse.grid import BAYES
from synthesis.answers.multiverse.space import Space, multiverse
from synthesis.evidence import load_evidence
from synthesis.statistics.kernels import load_compiled
from synthesis.statistics.lines import fit_lines, fit_means

ROOT = Path(__file__).parents[1]
SETS, BESIDE, ASKED = 100_000, 500, 40
OUTCOME, ARRANGEMENTS = "recovery", 1000
# metafor's Fisher scoring stops when tau2 moves by less than 1e-5.
SEARCHED = 2e-3


def run(*, repeats: int = 3, full: bool = False) -> list[Section]:
    """Time pools and slopes in their thousands, and the multiverse of recovery; `full` asks metafor for more of it."""
    load_compiled()
    asked = 10 * ASKED if full else ASKED
    evidence = load_evidence(ROOT / "data", references=ROOT / "references.bib")
    space = multiverse(evidence, OUTCOME, target="slope", permutations=ARRANGEMENTS)
    return [
        _side_by_side(16, None, repeats, asked),
        _side_by_side(30, True, repeats, asked),
        _whole(evidence, space, repeats, asked),
        _reference(space, repeats),
        _growth(evidence, repeats),
    ]


def _side_by_side(k: int, moderated: bool | None, repeats: int, asked: int) -> Section:
    """Time as many data sets at once as stand side by side, and each alone in R."""
    trials, rng = simulate_trials(k), np.random.default_rng(3)
    yi = trials.yi[:, None] + rng.normal(0, 0.2, (k, SETS))
    vi = trials.vi[:, None] * rng.uniform(0.8, 1.25, (k, SETS))
    xi = rng.random((k, SETS)) if moderated else None
    fit = (lambda: fit_lines(yi, vi, xi)) if xi is not None else (lambda: fit_means(yi, vi))
    ours, found = time_calls(fit, repeats=repeats)
    shared = None if xi is None else trials.fidelity
    few = slice(0, BESIDE)
    theirs, _ = time_calls(lambda: pymare_results(yi[:, few], vi[:, few], shared).get_fe_stats(), repeats=repeats)
    what = f"{BESIDE} side by side" + ("" if xi is None else ", one moderator for all")
    entries = [Entry("synthesis", "all at once", ours), Entry("PyMARE", what, theirs, scale=SETS / BESIDE)]
    checks = []
    if why_no_metafor():
        entries.append(absent("rma"))
    else:
        own = {"yi": yi[:, :asked].T, "vi": vi[:, :asked].T, "x": None if xi is None else xi[:, :asked].T}
        answer = ask_metafor("specifications", repeats=1, **own, method=["REML"] * asked, test=["knha"] * asked)
        entries.append(Entry("metafor", f"rma, {asked} of them", answer.timing, scale=SETS / asked))
        apart = np.abs(np.array(answer.found) - found.estimate[:asked]) / np.sqrt(found.variance[:asked])
        checks.append(Check("coefficients, metafor, in standard errors", float(apart.max()), SEARCHED))
    what = "pools of {k} trials" if xi is None else "slopes of {k} trials, each with its own moderator"
    return Section(f"{SETS:,} {what.format(k=k)}, REML", tuple(entries), tuple(checks))


def _whole(evidence: Any, space: Space, repeats: int, asked: int) -> Section:
    """Time a multiverse from the evidence to its curve, beside one model a combination, as R's packages do it."""

    def ours() -> int:
        planned = multiverse(evidence, OUTCOME, target="slope", permutations=0)
        return planned.run().curve().specifications

    took, count = time_calls(ours, repeats=repeats)
    entries, checks = [Entry("synthesis", f"plan, run, curve: {space.fits:,} fits", took)], []
    if why_no_metafor():
        entries.append(absent("rma"))
    else:
        chosen = _comparable(space, asked)
        arrays = [_arrays(space, index) for index in chosen]
        widest = max(len(own["yi"]) for own in arrays)
        padded = {name: [_padded(own[name], widest) for own in arrays] for name in ("yi", "vi", "x")}
        levels = [space.specification(index) for index in chosen]
        tests = ["z" if own["interval"] == "wald" else "knha" for own in levels]
        methods = [own["estimator"] for own in levels]
        answer = ask_metafor("specifications", repeats=1, **padded, method=methods, test=tests)
        what = f"rma a combination, as specr and metaMultiverse do: {asked} of them"
        entries.append(Entry("metafor", what, answer.timing, scale=count / asked))
        rows = [space.row(index) for index in chosen]
        apart = [
            abs(their - float(row["estimate"])) / float(row["se"])
            for their, row in zip(answer.found, rows, strict=True)
        ]
        checks.append(Check("slopes, metafor, in standard errors", max(apart), SEARCHED))
    return Section(f"Every combination of choices for the slope on {OUTCOME}: {count:,}", tuple(entries), tuple(checks))


def _comparable(space: Space, asked: int) -> list[int]:
    """Return numbers of combinations that R can fit: with an answer, and no posterior."""
    rng, found = np.random.default_rng(5), []
    while len(found) < asked:
        index = int(rng.integers(len(space)))
        if space.specification(index)["estimator"] not in BAYES and space.row(index)["status"] == 0:
            found.append(index)
    return found


def _arrays(space: Space, index: int) -> dict[str, np.ndarray]:
    data, (_, scores, models) = space.work.data, space.shape
    score = index // models % scores
    own = int(data.sets_of(score)[index // (models * scores)])
    at = np.flatnonzero(data.members[own])
    return {"yi": data.y[data.frame[own], at], "vi": data.v[data.frame[own], at], "x": data.scores[score, at]}


def _padded(values: np.ndarray, size: int) -> list[float | None]:
    return [*map(float, values), *[None] * (size - len(values))]


def _reference(space: Space, repeats: int) -> Section:
    """Time the reference of the whole curve by one thread and by two."""
    entries = []
    for threads in (1, 2):
        took, _ = time_calls(lambda own=threads: space.run(workers=own).reference(), repeats=repeats)
        entries.append(Entry("synthesis", f"{threads} thread{'s' * (threads > 1)}", took))
    title = f"{ARRANGEMENTS:,} arrangements of that curve, {len(space):,} combinations each"
    notes = ("No other program has such a reference at all; the lines are ours, on one thread and on two.",)
    return Section(title, tuple(entries), notes=notes)


def _growth(evidence: Any, repeats: int) -> Section:
    """Time ten times as many draws: what is fitted grows with them."""
    entries = []
    for draws in (100, 1000):
        levels = {"score": [f"drawn:{draws}"], "estimator": ["DL"], "interval": []}
        planned = multiverse(evidence, OUTCOME, target="slope", permutations=0, levels=levels)
        took, _ = time_calls(lambda own=planned: own.run(workers=1).rows, repeats=repeats)
        what = f"{len(planned):,} combinations, {planned.fits:,} fits, for ten million fits"
        entries.append(Entry("synthesis", what, took, scale=1e7 / planned.fits))
    return Section("Growth with the number of fits", tuple(entries))
