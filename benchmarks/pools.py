"""A thousand pools: what a sensitivity analysis or a multiverse repeats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.fits import SEARCHED
from benchmarks.peers import absent, ask_metafor, pymare_results, why_no_metafor
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import time_calls
from benchmarks.trials import SEED, Trials, simulate_trials
from synthesis.answers.pooling import pool
from synthesis.statistics.models import fit_model

MODEL = {"method": "REML", "ci": "knapp-hartung"}


def run(*, k: int = 30, count: int = 1_000, repeats: int = 3, full: bool = False) -> list[Section]:
    """Time one pool and `count` of them with every interval a reader sees, and `count` bare fits.

    Parameters
    ----------
    k, count, repeats : int
        Trials in a pool, pools, repetitions.
    full : bool
        Repeat metafor's thousand as often as ours; otherwise it is timed once.
    """
    sets = [simulate_trials(k, seed=SEED + i) for i in range(count)]
    metafor_repeats = repeats if full else 1
    return [
        _whole(sets[:1], f"One pool with prediction interval and interval of tau2, k = {k}", 5 * repeats, 5 * repeats),
        _whole(
            sets, f"{count:,} pools with prediction interval and interval of tau2, k = {k}", repeats, metafor_repeats
        ),
        _bare(sets, f"{count:,} pools: estimate, interval and tau2 alone, k = {k}", repeats, metafor_repeats),
    ]


def _whole(sets: Sequence[Trials], title: str, repeats: int, metafor_repeats: int) -> Section:
    effects = [trials.effects() for trials in sets]
    short = len(sets) == 1
    ours, pooled = time_calls(
        lambda: [pool(one, **MODEL) for one in effects],
        repeats=repeats,
        warm_up=None if short else lambda: pool(effects[0], **MODEL),
    )
    found = np.array([[p.tau2, p.estimate, p.se] for p in pooled])
    theirs, stats = time_calls(
        lambda: [_pymare_whole(trials) for trials in sets],
        repeats=repeats,
        warm_up=None if short else lambda: _pymare_whole(sets[0]),
    )
    entries = [
        Entry("synthesis", "pool", ours),
        Entry("PyMARE", "get_fe_, get_re_, get_heterogeneity_stats", theirs),
    ]
    answer = _metafor(sets, "rma, predict, confint", metafor_repeats, intervals=True)
    return _section(title, sets, found, entries, np.array(stats), answer)


def _bare(sets: Sequence[Trials], title: str, repeats: int, metafor_repeats: int) -> Section:
    X = np.ones((len(sets[0].yi), 1))
    ours, fits = time_calls(lambda: [fit_model(t.yi, t.vi, X, **MODEL) for t in sets], repeats=repeats)
    found = np.array([[fit.tau2, fit.beta[0], fit.se[0]] for fit in fits])
    one, stats = time_calls(lambda: [_pymare_bare(trials.yi, trials.vi)[:, 0] for trials in sets], repeats=repeats)
    yi, vi = (np.column_stack([getattr(trials, name) for trials in sets]) for name in ("yi", "vi"))
    many, _ = time_calls(lambda: _pymare_bare(yi, vi), repeats=repeats)
    entries = [
        Entry("synthesis", "fit_model, one by one", ours),
        Entry("PyMARE", "get_fe_stats, one by one", one),
        Entry("PyMARE", "get_fe_stats, all at once", many),
    ]
    answer = _metafor(sets, "rma", metafor_repeats, intervals=False)
    return _section(title, sets, found, entries, np.array(stats), answer)


def _pymare_whole(trials: Trials) -> np.ndarray:
    results = pymare_results(trials.yi, trials.vi)
    results.get_re_stats()
    results.get_heterogeneity_stats()
    return _tau2_mean_se(results.tau2, results.get_fe_stats())[:, 0]


def _pymare_bare(yi: np.ndarray, vi: np.ndarray) -> np.ndarray:
    results = pymare_results(yi, vi)
    return _tau2_mean_se(results.tau2, results.get_fe_stats())


def _tau2_mean_se(tau2: np.ndarray, stats: dict[str, np.ndarray]) -> np.ndarray:
    return np.vstack([np.ravel(tau2), stats["est"][0], stats["se"][0]])


def _metafor(sets: Sequence[Trials], what: str, repeats: int, *, intervals: bool) -> tuple[Entry, np.ndarray | None]:
    if why_no_metafor():
        return absent(what), None
    rows = {name: [getattr(trials, name).tolist() for trials in sets] for name in ("yi", "vi")}
    answer = ask_metafor("pools", repeats=repeats, intervals=intervals, **rows)
    found = np.array(answer.found, dtype=float)
    unsettled = int(np.isnan(found[0]).sum())
    note = f"{unsettled} of {len(sets)} did not converge" if unsettled else ""
    return Entry("metafor", what, answer.timing, note=note), found.T


def _section(
    title: str,
    sets: Sequence[Trials],
    found: np.ndarray,
    entries: Sequence[Entry],
    pymare: np.ndarray,
    metafor: tuple[Entry, np.ndarray | None],
) -> Section:
    entry, theirs = metafor
    typical = np.array([trials.vi.mean() for trials in sets])
    checks = _checks("PyMARE", found, pymare, typical)
    if theirs is not None:
        settled = ~np.isnan(theirs[:, 0])
        checks += _checks("metafor", found[settled], theirs[settled], typical[settled])
    return Section(title, (*entries, entry), tuple(checks))


def _checks(who: str, ours: np.ndarray, theirs: np.ndarray, typical: np.ndarray) -> list[Check]:
    difference = np.abs(ours - theirs)
    return [
        Check(f"estimate, {who}, in standard errors", float((difference[:, 1] / ours[:, 2]).max()), SEARCHED),
        Check(f"tau2, {who}, in mean sampling variances", float((difference[:, 0] / typical).max()), SEARCHED),
    ]
