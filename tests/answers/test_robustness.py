"""One line on other choices: what is counted, what is named, and on which side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from builders.given_effects import effects_of
from builders.roots import means
from synthesis.answers.robustness import robustness
from synthesis.answers.sensitivity import Choices, compare_choices
from synthesis.answers.verdicts import Side, favours
from synthesis.effects import compute_effects


def choices_of(rows, *, better="higher"):
    """Choices given by code, k and interval; the first is the main analysis."""
    effects = effects_of([0.1, 0.2, 0.3], [0.01] * 3, better=better)
    table = pd.DataFrame(rows, columns=["code", "choice", "k", "ci_lb", "ci_ub"])
    middle = table[["ci_lb", "ci_ub"]].mean(axis=1)
    nothing = dict.fromkeys(("n", "pi_lb", "pi_ub", "tau2", "I2"), np.nan)
    return Choices(table.assign(estimate=middle, note="", **nothing), effects, "REML", "wald", 0.95)


MAIN = ("main", "main analysis", 12, 0.1, 0.4)


def test_where_everything_says_the_same_one_sentence_says_so():
    found = robustness(choices_of([MAIN, ("PM", "tau2 by PM", 12, 0.1, 0.5), ("without_high_risk", "x", 8, 0.2, 0.5)]))
    assert str(found) == "Under all 2 other choices it says the same."
    assert (found.side, found.same) == (Side.PEER, 2)


def test_choices_of_trials_are_named_before_those_of_models_and_the_rest_is_counted():
    rows = [MAIN, ("PM", "tau2 by PM", 12, -0.1, 0.5)]
    rows += [(code, "x", 5, -0.1, 0.4) for code in ("without_high_risk", "judged_not_high", "core_peers")]
    said = str(robustness(choices_of([*rows, ("wald", "interval: wald", 12, 0.1, 0.3)])))
    assert said.startswith("Under 1 of 5 other choices it says the same; the interval includes 'no difference' without")
    judged = "in those trials alone that were judged for risk of bias and not found at high risk"
    assert f"without trials judged at high risk of bias, {judged}" in said
    assert said.endswith("with core peer workers only and under 1 more.")


def test_another_side_is_named_as_another_side():
    said = str(robustness(choices_of([MAIN, ("as_printed", "x", 12, -0.5, -0.2)])))
    assert "it favours the comparison as printed, without the team's decisions" in said
    turned = robustness(choices_of([("main", "x", 9, -0.4, -0.1), ("PM", "x", 9, -0.5, -0.2)], better="lower"))
    assert (turned.side, str(turned)) == (Side.PEER, "Under all 1 other choice it says the same.")


def test_choices_of_fewer_than_three_effects_are_not_counted():
    found = robustness(choices_of([MAIN, ("judged_not_high", "x", 2, -1.0, 1.0)]))
    assert found.table.empty
    assert str(found) == ""


def test_the_rows_are_those_of_compare_choices(evidence):
    effects = compute_effects(evidence, "recovery")
    choices = compare_choices(effects, evidence=evidence)
    found = robustness(choices)
    rows = choices.table.set_index("code")
    assert set(found.table["code"]) == set(rows.index[rows["k"].ge(3) & rows["estimate"].notna()]) - {"main"}
    for row in found.table.itertuples():
        ends = rows.loc[row.code, ["ci_lb", "ci_ub"]].to_numpy(float)
        assert row.side == favours(*ends)


@pytest.fixture(scope="module")
def mixed(small):
    trials = [f"ash{2001 + i}sample" for i in range(4)]
    rows = [means(10 + i, 3, 30, 9.5, 3, 30, trial=trial) for i, trial in enumerate(trials)]
    about = [
        {"population_group": "perinatal", "integrity": "concern", "integrity_source": "a notice"},
        {"population_group": "severe_mental_illness"},
        {"population_group": "severe_mental_illness", "integrity": "none_known", "integrity_source": "a search"},
        {},
    ]
    statuses = zip(trials, ["core", "core", "lay_peer", ""], strict=True)
    arms = {trial: {"peer": {"peer_status": status}} for trial, status in statuses}
    return small(rows, arms=arms, trials=dict(zip(trials, about, strict=True)))


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("core_peers", [0, 1]),
        ("without_perinatal", [1, 2, 3]),
        ("severe_mental_illness", [1, 2]),
        ("without_concern", [1, 2, 3]),
    ],
)
def test_subsets_by_what_the_trials_are_like_hold_those_trials(mixed, code, kept):
    effects = compute_effects(mixed, "recovery")
    rows = compare_choices(effects, evidence=mixed).table.set_index("code")
    alone = compare_choices(effects.subset(pd.Series(range(4)).isin(kept))).table.iloc[0]
    assert rows.at[code, "k"] == len(kept)
    assert rows.at[code, "estimate"] == pytest.approx(alone["estimate"])
    assert code not in set(compare_choices(effects).table["code"])
