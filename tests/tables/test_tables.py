"""Results as tables for people: what each cell shows, nothing lost, nothing called nan."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from builders.drawn_effects import drawable
from builders.given_effects import effects_of
from builders.roots import means
from synthesis import figures
from synthesis import tables as tables_of_results
from synthesis.answers.agreement import coder_agreement
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.pooling import pool
from synthesis.answers.rivals import compare_rivals, compare_scores
from synthesis.answers.sensitivity import compare_choices, leave_one_out
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError
from synthesis.results import Result, plain, to_json
from synthesis.tables import (
    agreement_table,
    agreement_text,
    change_model_table,
    choices_table,
    cross_checks_table,
    crosswalk_table,
    decisions_table,
    evidence_table,
    extremes_table,
    flow_table,
    left_out_table,
    not_entered_table,
    pooled_text,
    references_table,
    scores_table,
    slope_text,
    slopes_table,
    suspicions_table,
    text_table,
    trials_table,
)
from synthesis.wording import interval, number, with_interval


@pytest.fixture(scope="module")
def recovery(evidence):
    return compute_effects(evidence, "recovery")


@pytest.fixture(scope="module")
def slope(evidence, recovery):
    return fidelity_slope(recovery, score_fidelity(evidence))


@pytest.fixture(scope="module")
def tables(evidence, recovery, slope):
    scores = score_fidelity(evidence)
    return {
        "trials": trials_table(pool(recovery)),
        "left out": left_out_table(compute_effects(evidence, "hope")),
        "cross checks": cross_checks_table(compute_effects(evidence, "quality_of_life")),
        "choices": choices_table(compare_choices(recovery)),
        "leave one out": choices_table(leave_one_out(recovery)),
        "one trial": choices_table(compare_choices(compute_effects(evidence, "psychosis"))),
        "evidence": evidence_table(evidence),
        "decisions": decisions_table(evidence),
        "suspicions": suspicions_table(evidence),
        "not entered": not_entered_table(evidence),
        "flow": flow_table(evidence),
        "references": references_table(evidence),
        "scores": scores_table(scores),
        "components": change_model_table(evidence),
        "crosswalk": crosswalk_table(evidence),
        "extremes": extremes_table(slope),
        "slopes": slopes_table(compare_scores(recovery, scores)),
        "rivals": slopes_table(compare_rivals(recovery, scores, evidence)),
    }


def test_no_cell_of_any_table_is_nan_or_none(tables):
    for name, table in tables.items():
        assert len(table) > 0, name
        cells = table.map(str)
        assert not cells.isin(["nan", "None", "<NA>", "NaT"]).any(axis=None), name
        assert not cells.apply(lambda column: column.str.contains(r"\bnan\b")).any(axis=None), name


def test_a_trials_row_shows_effect_interval_weight_sizes_and_where_it_comes_from(tables, recovery):
    row = tables["trials"].set_index("Trial").loc["Alder et al. (2011)"]
    effect = recovery.frame.set_index("trial").loc["alder2011sample"]
    half = 1.959964 * effect["sei"]
    assert row["SMD"] == f"{effect['yi']:.2f}"
    assert row["95% CI"] == f"{effect['yi'] - half:.2f} to {effect['yi'] + half:.2f}"
    assert (row["Intervention n"], row["Comparison n"], row["Month"], row["From"]) == (
        "52",
        "50",
        "12",
        "means and SDs",
    )
    weights = tables["trials"]["Weight"].head(len(recovery.frame)).str.rstrip("%").astype(float)
    assert weights.sum() == pytest.approx(100, abs=0.3)


def test_other_choices_say_that_a_range_at_no_heterogeneity_is_the_least():
    effects = effects_of([0.30, 0.31, 0.29, 0.30, 0.95, 0.30], [0.02] * 6)
    table = leave_one_out(effects)
    shown = choices_table(table)["Prediction interval"]
    at_zero = table.table["tau2"].eq(0)
    assert 0 < at_zero.sum() < len(at_zero)
    assert shown.str.startswith("at least ").tolist() == at_zero.tolist()
    alike = compare_choices(effects_of([0.3] * 6, [0.02] * 6))
    by_code = dict(zip(alike.table["code"], choices_table(alike)["Prediction interval"], strict=True))
    assert (by_code["EE"], by_code["wald"][:9]) == ("", "at least ")  # one true effect is assumed, not estimated


@pytest.mark.parametrize(("measure", "natural"), [("SMD", np.asarray), ("RR", np.exp)])
def test_the_foot_of_the_trials_says_what_they_come_to(measure, natural):
    pooled = pool(drawable(5, measure=measure), level=0.9)
    table = trials_table(pooled)
    assert list(table["Trial"][5:]) == [
        f"Pooled: 5 trials, {pooled.n:,} people",
        "Prediction interval (90%) for a new trial",
    ]
    summary, prediction = table.iloc[5], table.iloc[6]
    assert (summary[measure], summary["Weight"]) == (number(natural(pooled.estimate)), "100%")
    assert summary["90% CI"] == interval(natural(pooled.ci_lb), natural(pooled.ci_ub))
    assert (prediction[measure], prediction["90% CI"]) == ("", interval(natural(pooled.pi_lb), natural(pooled.pi_ub)))
    assert all(pd.api.types.is_string_dtype(table[column]) for column in table)


def test_two_trials_have_no_foot_and_an_equal_effects_model_predicts_nothing():
    assert len(trials_table(pool(drawable(2)))) == 2
    assert trials_table(pool(drawable(3), method="EE", ci="wald"))["95% CI"].iloc[4] == "–"


def test_an_arms_result_stands_beside_its_size_and_a_change_is_called_one():
    effects = drawable(4, change=["", "yes", "", ""])
    effects.frame.loc[2, ["mean_intervention", "mean_comparator"]] = np.nan
    table = trials_table(pool(effects))
    assert table["Peer support, mean (SD)"].tolist() == ["52.2 (11.5)", "change 52.2 (11.5)", "", "52.2 (11.5)", "", ""]
    assert table["Comparison, mean (SD)"].iloc[0] == "49.8 (12.5)"
    assert table["Intervention n"].iloc[0] == f"{effects.frame['n_intervention'].iloc[0]:.0f}"
    events = trials_table(pool(drawable(3, measure="RR")))
    assert events["Peer support, events"].iloc[0] == "12"
    assert events["Comparison, events"].iloc[0] == "15"


def test_both_arms_of_a_trial_are_printed_with_the_same_decimals():
    effects = drawable(3, mean_intervention=[11.84, 9.5, -12.0], mean_comparator=[8.68, 8.25, np.nan])
    table = trials_table(pool(effects))
    assert table["Peer support, mean (SD)"].tolist()[:3] == ["11.8 (11.5)", "9.50 (11.50)", "−12.0 (11.5)"]
    assert table["Comparison, mean (SD)"].tolist()[:3] == ["8.7 (12.5)", "8.25 (12.50)", ""]


def test_without_any_result_of_an_arm_there_is_no_column_for_them():
    assert not any(
        "Peer support" in column for column in trials_table(pool(effects_of([0.1, 0.2], [0.1, 0.1], **SHOWN)))
    )


def test_trials_judged_for_bias_have_the_judgement_in_words_and_the_others_say_so():
    table = trials_table(pool(drawable(4)))
    assert table["Risk of bias"].tolist()[:4] == ["low", "some concerns", "high", "not judged"]


def test_trials_can_be_sorted_and_keep_their_intervals():
    pooled = pool(drawable(5))
    table = trials_table(pooled, sort_by="yi")
    frame = pooled.trials().sort_values("yi")
    assert table["Trial"][:5].tolist() == frame["label"].tolist()
    half = 1.959964 * frame["sei"].iloc[0]
    assert table["95% CI"].iloc[0] == interval(frame["yi"].iloc[0] - half, frame["yi"].iloc[0] + half)
    with pytest.raises(ChoiceError, match="timepoint_months"):
        trials_table(pooled, sort_by="size")


def test_two_comparisons_of_a_trial_are_told_apart_by_their_arms(tables):
    assert tables["trials"]["Trial"].is_unique
    assert "Cedar (2016): peer2 v control" in tables["trials"]["Trial"].tolist()


def test_ratios_are_shown_on_their_natural_scale_and_turned_scales_marked(evidence):
    table = trials_table(pool(compute_effects(evidence, "readmission"))).set_index("Trial")
    assert table.at["Alder et al. (2011)", "RR"] == "0.60"
    hope = trials_table(pool(compute_effects(evidence, "hope"))).set_index("Trial")
    assert hope.at["Alder et al. (2011)", "Turned"] == "yes"
    assert hope.at["The DAMSON Group (2018)", "Turned"] == ""
    assert hope.at["The DAMSON Group (2018)", "Decisions"] == "estimate set to 0.12"


def test_what_was_left_out_says_why_and_where(tables):
    table = tables["left out"].set_index("Trial")
    assert table.at["The DAMSON Group (2018)", "Why"] == "excluded by decision"
    assert table.at["The DAMSON Group (2018)", "Reason"].startswith("A decimal point is likely missing")
    assert table.at["van der Birch & Müller (2014)", "Place"].endswith("birch2014sample/outcomes.csv row 5")


def test_cross_checks_that_disagree_come_first(small):
    agree = means(10, 3, 30, 9, 3, 30, effect_measure="SMD", estimate=0.33, standard_error=0.26)
    differ = agree | {"trial": "birch2002sample", "estimate": -0.9}
    table = cross_checks_table(compute_effects(small([agree, differ]), "recovery"))
    assert table["Agree"].tolist() == ["further apart", "yes"]
    assert table["Used"].tolist() == ["means and SDs"] * 2
    assert table["Its SMD"].tolist() == ["−0.90", "0.33"]


def test_a_choice_that_leaves_no_trial_has_no_numbers_and_says_so(small):
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}sample") for i in range(3)]
    table = choices_table(compare_choices(compute_effects(small(rows), "recovery"))).set_index("Choice")
    row = table.loc["only trials judged for risk of bias, none high"]
    assert (row["SMD"], row["95% CI"], row["Prediction interval"]) == ("", "", "")
    assert row["Note"] == "no trial left"
    assert table.at["main analysis", "Note"] == ""


def test_one_trial_has_no_prediction_interval_and_no_heterogeneity(tables):
    row = tables["one trial"].iloc[0]
    assert (row["k"], row["Prediction interval"], row["tau2"], row["I2"]) == (1, "", "", "")


def test_empty_results_make_empty_tables_with_their_headers(small, evidence):
    nothing = small([means(10, 3, 30, 9, 3, 30)])
    effects = compute_effects(nothing, "symptoms")
    for table in (left_out_table(effects), cross_checks_table(effects), decisions_table(nothing)):
        assert table.empty
        assert len(table.columns) > 4
    for table in (suspicions_table(nothing), not_entered_table(nothing), flow_table(nothing)):
        assert table.empty
    assert scores_table(score_fidelity(nothing)).empty
    assert choices_table(leave_one_out(effects_of([0.1], [0.1]))).empty
    assert decisions_table(evidence, "psychosis").empty


def test_the_evidence_table_names_every_trial_and_what_it_compared(tables):
    table = tables["evidence"].set_index("Trial")
    assert table.at["Cedar (2016)", "Peer support"] == "One-to-one peer support; Peer-led groups"
    assert table.at["Cedar (2016)", "Compared with"] == "Waiting list"
    assert table["Risk of bias"].tolist() == ["high", "unclear", "low", "low", "low"]
    assert table.at["Cedar (2016)", "Months followed"] == "9"


def test_a_follow_up_that_nobody_reports_is_an_empty_cell(small):
    rows = [means(10, 3, 30, 9, 3, 30, trial=trial) for trial in ("ash2001sample", "birch2002sample")]
    table = evidence_table(small(rows, trials={"birch2002sample": {"followup_months": 6}}))
    assert table["Months followed"].tolist() == ["", "6"]
    assert table.at[0, "Risk of bias"] == "not judged"


def test_decisions_and_doubts_are_shown_with_their_reasons(tables, evidence):
    assert len(tables["decisions"]) == len(evidence.decisions)
    assert tables["decisions"]["Decision"].str.contains("_").sum() == 0
    assert set(decisions_table(evidence, "hope")["Outcome"]) == {"Hope"}
    assert len(tables["suspicions"]) == 3


def test_scores_are_shown_with_their_bounds(tables):
    row = tables["scores"].set_index(["Trial", "Arm"]).loc[("Alder et al. (2011)", "peer")]
    assert row["Fidelity [bounds]"] == "0.75 [0.67 to 0.83]"
    assert row["Described"] == "5 of 6"
    assert row["Trust [bounds]"] == "1.00 [1.00 to 1.00]"


def test_a_score_of_nothing_reported_shows_only_its_bounds(small):
    evidence = small([means(10, 3, 30, 9, 3, 30)], ratings={"ash2001sample": {"peer": {"sharing": None}}})
    assert scores_table(score_fidelity(evidence)).at[0, "Fidelity [bounds]"] == "not reported [0.00 to 1.00]"


def test_slopes_of_few_trials_are_marked_descriptive_and_the_others_say_what_they_lack(tables):
    table = tables["slopes"].set_index("Explained by")
    assert table.at["trust", "Note"] == "fewer than ten trials: not shown"
    assert "need at least three" in table.at["difference to the comparison arm", "Note"]
    assert table["Least to most faithful trial (CI)"].eq("").all()
    assert "R2" not in table
    assert "Fidelity beside it (CI)" in tables["rivals"]


def test_the_extreme_codings_stand_below_the_slope(tables, slope):
    table = tables["extremes"]
    assert len(table) == 3
    ends = (slope.span * end for end in (slope.slope, slope.ci_lb, slope.ci_ub))
    assert table.at[0, "Least to most faithful trial (CI)"] == with_interval(*ends, signed=True)


def test_tables_go_by_their_old_names_too():
    assert tables_of_results.components_table is change_model_table
    assert (figures.component_table, figures.forest_table) == (figures.ratings_table, trials_table)


def test_the_crosswalk_shows_gaps_on_both_sides(tables):
    table = tables["crosswalk"]
    assert "(no counterpart)" in table["Key function"].tolist()


def test_a_pool_laid_out_for_a_terminal_says_every_number_assumption_and_decision(evidence):
    effects = compute_effects(evidence, "hope")
    pooled = pool(effects)
    text = pooled_text(pooled)
    assert f"{number(pooled.estimate)}   {interval(pooled.ci_lb, pooled.ci_ub)}   k = 3" in text
    assert "REML, knapp-hartung-floor 95% interval, time point: longest" in text
    assert "design effect 1.28 (clusters of 15, intracluster correlation 0.02 reported)" in text
    assert "The DAMSON Group (2018): estimate set to 0.12" in text
    assert "1 excluded by decision, 1 reported without usable numbers" in text
    assert "prediction interval" not in text.split("\n\n")[2]  # three trials predict nothing
    assert f"tau2 {number(pooled.tau2, 4)} ({interval(pooled.tau2_ci_lb, pooled.tau2_ci_ub, 4)})" in text
    assert f"Q {number(pooled.Q)} (df {pooled.Q_df}" in text
    assert "nan" not in text


@pytest.mark.parametrize("method", ["REML", "EE"])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_a_terminal_never_shows_nan_and_no_headline_below_three_trials(method, k):
    text = pooled_text(pool(effects_of([0.1, 0.3, 0.2, 0.4][:k], [0.02] * k, **SHOWN), method=method))
    assert "nan" not in text
    assert ("too few for a pooled statement" in text) == (k < 3)


SHOWN = {"instrument": "Scale", "timepoint_months": 12.0, "aligned": False, "source": ""}


def test_a_slope_laid_out_for_a_terminal_names_its_score_seed_and_power(evidence, recovery, slope):
    text = slope_text(replace(slope, descriptive=False))
    assert "all distinct arrangements" in text
    assert f"smallest slope this design finds with 80% power: {slope.detectable_slope:.2f}" in text
    drawn = fidelity_slope(recovery, score_fidelity(evidence), permutations=9, seed=7)
    assert "seed 7, Monte-Carlo error" in slope_text(replace(drawn, descriptive=False))
    kept_back = slope_text(slope)
    assert "fewer than ten trials the slope is kept back" in kept_back
    assert number(slope.slope, 3) not in kept_back
    gate = slope_text(fidelity_slope(recovery, score_fidelity(evidence), score="fidelity_minimum"))
    assert "Fidelity minimum" in gate
    assert "nan" not in gate


def test_a_terminal_names_components_by_their_keys_and_takes_its_cells_from_the_table(evidence):
    agreement = coder_agreement(evidence)
    table, lines = agreement_table(agreement), agreement_text(agreement).splitlines()
    first, whole = lines[5], lines[4 + len(table)]
    assert first.startswith(f"{agreement.components['component'].iloc[0]} ")
    assert whole.startswith("overall ")
    assert all(table[name].iloc[-1] in whole for name in ("n", "Kappa", "Alpha", "AC1, whether reported"))
    assert table["Component"].tolist() == [*evidence.codebook.components["label"], "All components"]


def test_a_text_table_aligns_numbers_to_the_right_and_names_to_the_left():
    table = pd.DataFrame({"Name": ["a", "long name"], "x": ["1.5", "-10%"], "y": ["", "1,000"], "mixed": ["1", "b"]})
    lines = text_table(table).splitlines()
    assert lines[0] == "Name          x      y  mixed"
    assert lines[2] == "a           1.5         1"
    assert lines[3] == "long name  -10%  1,000  b"
    assert text_table(table.iloc[:0]) == "(none)"


def test_strict_json_has_null_for_what_does_not_exist_and_plain_numbers_for_numpys():
    value = {
        "nan": np.float64("nan"),
        "inf": float("inf"),
        "array": np.array([1.5, np.nan]),
        "int": np.int64(3),
        "flag": np.bool_(True),
        "pair": (1, None),
        "text": "café",
        5: "key",
    }
    assert json.loads(to_json(value)) == {
        "nan": None,
        "inf": None,
        "array": [1.5, None],
        "int": 3,
        "flag": True,
        "pair": [1, None],
        "text": "café",
        "5": "key",
    }
    assert plain(np.float64(0.1)) == 0.1
    assert "café" in to_json(value)


def test_a_result_shows_itself_escaped_in_a_notebook():
    class Shown(Result):
        def to_frame(self):
            return pd.DataFrame({"name": ["<b>&"], "value": [1.23456], "empty": [np.nan]})

        def to_dict(self):
            return {}

        def __str__(self):
            return "a < b & c"

    html = Shown()._repr_html_()
    assert "<caption>a &lt; b &amp; c</caption>" in html
    assert "<b>" not in html
    assert "1.23" in html
    assert "1.2345" not in html
    assert "nan" not in html.lower()
