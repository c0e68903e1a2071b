"""Trials whose people are drawn and whose tables are printed from them, honest or with one fault planted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import stats

from builders.printed_rows import row, write_root
from synthesis.evidence.plausibility import find_doubts

SEED = 20260131
TRIALS = 300


def draw(rng: np.random.Generator) -> dict:
    """Draw the whole-number scores of two arms on a scale of 0 to 30 and print what a table of results prints."""
    n1, n2 = rng.integers(20, 160), rng.integers(20, 160)
    effect = rng.normal(0.2, 0.25)
    centre, sd = rng.uniform(10, 20), rng.uniform(4, 6)
    one = np.clip(np.round(rng.normal(centre + 5 * effect, sd * rng.uniform(0.9, 1.1), n1)), 0, 30)
    two = np.clip(np.round(rng.normal(centre, sd, n2)), 0, 30)
    test = stats.ttest_ind(one, two, equal_var=True)
    interval = test.confidence_interval()
    return {
        "n1": n1,
        "m1": f"{one.mean():.2f}",
        "s1": f"{one.std(ddof=1):.2f}",
        "n2": n2,
        "m2": f"{two.mean():.2f}",
        "s2": f"{two.std(ddof=1):.2f}",
        "measure": "MD",
        "est": f"{one.mean() - two.mean():.2f}",
        "lo": f"{interval.low:.2f}",
        "hi": f"{interval.high:.2f}",
        "test": "t",
        "stat": f"{test.statistic:.2f}",
        "df": n1 + n2 - 2,
        "p": f"{test.pvalue:.3f}",
        "adjusted": "no",
    }


def _errors_as_sds(cells: dict) -> dict:
    arms = {f"s{i}": f"{float(cells[f's{i}']) / cells[f'n{i}'] ** 0.5:.2f}" for i in (1, 2)}
    return {name: cells[name] for name in ("n1", "m1", "n2", "m2")} | arms


def _turned(cells: dict) -> dict:
    turned = {name: f"{-float(cells[other]):.2f}" for name, other in (("est", "est"), ("lo", "hi"), ("hi", "lo"))}
    return {name: value for name, value in cells.items() if name not in ("test", "stat", "df")} | turned


def _sum_over_ten(cells: dict) -> dict:
    return {name: cells[name] for name in ("n1", "s1", "n2", "s2")} | {
        f"m{i}": f"{float(cells[f'm{i}']) * 3:.2f}" for i in (1, 2)
    }


def _lost_minus(cells: dict) -> dict:
    return {name: cells[name] for name in ("measure", "est", "hi")} | {"lo": f"{abs(float(cells['lo'])):.2f}"}


def _other_interval(cells: dict) -> dict:
    return cells | {"lo": f"{float(cells['est']) - 0.4:.2f}", "hi": f"{float(cells['est']) + 0.4:.2f}"}


def _variance(cells: dict) -> dict:
    error = (1 / cells["n1"] + 1 / cells["n2"]) ** 0.5
    effect = float(cells["stat"]) * error
    # The variance of a standardised difference [borenstein2009introduction].
    variance = error**2 + effect**2 / (2 * (cells["n1"] + cells["n2"]))
    return {"n1": cells["n1"], "n2": cells["n2"], "measure": "SMD", "est": f"{effect:.2f}", "se": f"{variance:.3f}"}


def _interval_a_tenth(cells: dict) -> dict:
    est, half = float(cells["est"]), (float(cells["hi"]) - float(cells["lo"])) / 20
    bounds = {"lo": f"{est - half:.2f}", "hi": f"{est + half:.2f}"}
    return {name: cells[name] for name in ("n1", "n2", "measure", "est")} | bounds


def _other_direction(cells: dict) -> dict:
    says = "favours_comparator" if float(cells["stat"]) > 0 else "favours_intervention"
    return {name: cells[name] for name in ("n1", "n2", "test", "stat", "df", "p")} | {"says": says}


def _one_arm_twice(cells: dict) -> dict:
    return {name: cells[name] for name in ("n1", "m1", "s1", "n2")} | {"m2": cells["m1"], "s2": cells["s1"]}


FAULTS: dict[str, tuple[Callable[[dict], dict], Callable[[dict], bool]]] = {
    "none": (lambda cells: cells, lambda cells: True),
    "standard errors typed as SDs": (_errors_as_sds, lambda cells: True),
    "sign of the estimate turned": (_turned, lambda cells: abs(float(cells["stat"])) > 1),
    "means of another scale": (_sum_over_ten, lambda cells: float(cells["m2"]) > 11),
    "one-tailed p": (
        lambda cells: cells | {"p": f"{float(cells['p']) / 2:.3f}"},
        lambda cells: float(cells["p"]) > 0.02,
    ),
    "interval of another estimate": (_other_interval, lambda cells: True),
    "minus of a lower bound lost": (_lost_minus, lambda cells: float(cells["lo"]) < -0.5 < 0.6 < float(cells["est"])),
    "variance typed as standard error": (_variance, lambda cells: True),
    "interval a tenth as wide, no SDs": (_interval_a_tenth, lambda cells: True),
    "sign of t against the direction": (_other_direction, lambda cells: abs(float(cells["stat"])) > 1),
    "degrees of freedom of a hundred more people": (
        lambda cells: (
            {name: cells[name] for name in ("n1", "n2", "test", "stat", "p", "adjusted")} | {"df": cells["df"] + 100}
        ),
        lambda cells: True,
    ),
    "one arm's figures in both": (_one_arm_twice, lambda cells: True),
    "mean off by 0.01 (up to 99 people)": (
        lambda cells: (
            {name: cells[name] for name in ("n1", "s1", "n2", "m2", "s2")} | {"m1": f"{float(cells['m1']) + 0.01:.2f}"}
        ),
        lambda cells: cells["n1"] < 100,
    ),
}


def doubted_share(folder: Path, fault: str) -> tuple[int, int, dict[str, int]]:
    """Return how many trials had the fault planted, how many of them are doubted, and by which rules."""
    rng = np.random.default_rng(SEED)
    plant, suits = FAULTS[fault]
    honest = [draw(rng) for _ in range(TRIALS)]
    planted = {f"trial{i:03d}" for i, cells in enumerate(honest) if suits(cells) and i >= TRIALS // 2}
    # Half of the trials stay honest, so that a fault stands among trials that are right.
    rows = {
        f"trial{i:03d}": [row("Sum", **(plant(cells) if f"trial{i:03d}" in planted else cells))]
        for i, cells in enumerate(honest)
    }
    found = [f for f in find_doubts(write_root(folder, rows)) if f.file.split("/")[-2] in planted]
    by_rule: dict[str, int] = {}
    for finding in found:
        by_rule[finding.rule] = by_rule.get(finding.rule, 0) + 1
    return len(planted), len({f.file for f in found}), by_rule
