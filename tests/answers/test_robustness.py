"""One line on other choices: what is counted, what is named, and on which side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from builders.given_effects import effects_of
from builders.roots import means
from synthesis.answers.robustness import robustness
from synthesis.answers.sensitivity import Choices, compare_choices
from synthesis.answers.studied import describe_bias
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
    assert str(found) == "Under all 2 other choices it says the same. Over them the average runs from 0.30 to 0.35."
    assert (found.side, found.same) == (Side.PEER, 2)


def test_choices_of_trials_are_named_before_those_of_models_and_the_rest_is_counted():
    rows = [MAIN, ("PM", "tau2 by PM", 12, -0.1, 0.5)]
    rows += [(code, "x", 5, -0.1, 0.4) for code in ("without_high_risk", "judged_not_high", "core_peers")]
    said = str(robustness(choices_of([*rows, ("wald", "interval: wald", 12, 0.1, 0.3)])))
    assert said.startswith("Under 1 of 5 other choices it says the same; the interval includes 'no difference' without")
    judged = "in those trials alone that were judged for risk of bias and not found at high risk"
    assert f"without trials judged at high risk of bias, {judged}" in said
    assert "with core peer workers only and under 1 more. Over them the average runs from 0.15 to 0.20." in said


def test_another_side_is_named_as_another_side():
    said = str(robustness(choices_of([MAIN, ("as_printed", "x", 12, -0.5, -0.2)])))
    assert "it favours the comparison as printed, without the team's decisions" in said
    turned = robustness(choices_of([("main", "x", 9, -0.4, -0.1), ("PM", "x", 9, -0.5, -0.2)], better="lower"))
    assert (turned.side, str(turned)) == (
        Side.PEER,
        "Under all 1 other choice it says the same. Under it the average is −0.35.",
    )


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


def test_averages_are_told_on_the_outcomes_own_scale_whichever_end_is_better():
    effects = effects_of([-0.1, -0.2, -0.3], [0.01] * 3, better="lower", measure="RR")
    rows = [("main", 0.5), ("PM", np.log(0.5)), ("wald", np.log(0.8))]
    table = pd.DataFrame(rows, columns=["code", "estimate"]).assign(choice="x", k=3, ci_lb=-1.0, ci_ub=-0.1, note="")
    said = str(robustness(Choices(table, effects, "REML", "wald", 0.95)))
    assert said.endswith("Over them the average runs from 0.50 to 0.80.")


def test_choices_that_all_give_one_average_say_it_once():
    same = [(code, "x", 12, 0.1, 0.3) for code in ("PM", "wald")]
    assert str(robustness(choices_of([MAIN, *same]))).endswith("Under each of them the average is 0.20.")


def test_other_time_points_are_choices_where_a_trial_has_another_result_there(small):
    trials = [f"ash{2001 + i}sample" for i in range(4)]
    rows = [means(10 + i, 3, 30, 9.5, 3, 30, trial=trial, timepoint_months=24) for i, trial in enumerate(trials)]
    early = means(15, 3, 30, 9.5, 3, 30, trial=trials[0], timepoint_months=6)
    alone, with_early = (small(own) for own in (rows, [*rows, early]))
    codes = set(compare_choices(compute_effects(alone, "recovery"), evidence=alone).table["code"])
    assert not codes & {"closest_6", "closest_12"}
    table = compare_choices(compute_effects(with_early, "recovery"), evidence=with_early).table.set_index("code")
    at_six = compare_choices(compute_effects(with_early, "recovery", timepoint="closest:6")).table.iloc[0]
    assert table.at["closest_6", "estimate"] == pytest.approx(at_six["estimate"]) != table.at["main", "estimate"]
    # Nearest to twelve months stands the result at six again, which is nothing new.
    assert "closest_12" not in table.index
    at_six_first = compute_effects(with_early, "recovery", timepoint="closest:6")
    assert "closest_6" not in set(compare_choices(at_six_first, evidence=with_early).table["code"])


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


def test_what_trials_at_high_risk_change_is_said_once_over_all_outcomes():
    open_, other = ("main", "main analysis", 12, -0.1, 0.4), ("main", "main analysis", 12, -0.4, -0.1)

    def without(main, *ends):
        return robustness(choices_of([main, ("without_high_risk", "x", 8, *ends)]))

    same, favoured, opened = without(MAIN, 0.2, 0.5), without(open_, 0.2, 0.5), without(MAIN, -0.1, 0.5)
    (said,) = describe_bias([same, favoured, None, opened, opened, robustness(choices_of([MAIN]))])
    label = same.choices.effects.outcome_label.lower()
    assert said.startswith("Without the trials judged at high risk of bias something else is said by 3 of 4 averages: ")
    assert f": peer support is favoured for {label}; it is left open for {label} and {label}." in said
    assert "the comparison is favoured" in describe_bias([without(MAIN, -0.5, -0.1)])[0]
    assert describe_bias([same, same])[0].endswith(" 2 averages can be made again; none says something else.")
    (alone,) = describe_bias([without(other, -0.5, -0.1)])
    assert alone.endswith(" 1 average can be made again; none says something else.")
    assert describe_bias([None, robustness(choices_of([MAIN]))]) == []
