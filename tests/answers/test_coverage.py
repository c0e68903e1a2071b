"""Trial by outcome: every trial and measured outcome has one status, nothing is dropped silently."""

from __future__ import annotations

from builders.roots import means
from synthesis.answers.coverage import all_effects, coverage_sentence, map_coverage
from synthesis.answers.verdicts import is_enough

ALDER, BIRCH, CEDAR, DAMSON, ELDER = (
    f"{name}sample" for name in ("alder2011", "birch2014", "cedar2016", "damson2018", "elder2020")
)


def statuses(evidence):
    return map_coverage(evidence).table.pivot(index="trial", columns="outcome", values="status")


def test_each_trial_and_measured_outcome_has_one_status(evidence):
    found = statuses(evidence)
    assert found.loc[ALDER].to_dict() == {
        "recovery": "pooled",
        "quality_of_life": "pooled",
        "symptoms": "pooled",
        "psychosis": "absent",
        "hope": "pooled",
        "readmission": "pooled",
    }
    assert found.at[BIRCH, "hope"] == "without_numbers"
    assert found.at[ELDER, "quality_of_life"] == "without_numbers"
    assert found.at[ELDER, "readmission"] == "not_pooled"  # a hazard ratio where risk ratios are pooled
    assert found.at[DAMSON, "symptoms"] == "not_pooled"
    assert found.at[CEDAR, "psychosis"] == "pooled"


def test_the_directions_of_results_without_usable_numbers_are_kept(evidence):
    table = map_coverage(evidence).table.set_index(["trial", "outcome"])
    assert table.at[(BIRCH, "hope"), "directions"] == "no_difference"
    assert table.at[(ELDER, "quality_of_life"), "directions"] == "favours_comparator"
    assert table.at[(ALDER, "recovery"), "directions"] == ""


def test_the_direction_of_a_pooled_trials_other_usable_results_is_not_taken_for_one_without_numbers(small):
    other = means(9, 3, 30, 9, 3, 30, timepoint_months=6, reported_direction="no_difference")
    table = map_coverage(small([means(10, 3, 30, 9, 3, 30), other])).table
    assert table[["status", "directions"]].to_numpy().tolist() == [["pooled", ""]]


def test_a_trial_with_a_result_without_numbers_beside_an_excluded_one_is_not_pooled(small):
    rows = [means(10, 3, 30, 9, 3, 30), {"reported_direction": "favours_intervention", "timepoint_months": 3}]
    decisions = [{"outcome": "recovery", "timepoint_months": 12, "decision": "exclude"}]
    table = map_coverage(small(rows, decisions=decisions)).table
    assert table[["status", "directions"]].to_numpy().tolist() == [["not_pooled", "favours_intervention"]]


def test_outcomes_stand_in_the_codebooks_order_and_only_where_measured(evidence, small):
    assert list(all_effects(evidence)) == list(evidence.codebook.outcomes["outcome"])
    assert list(all_effects(small([means(1, 2, 30, 1, 2, 30)]))) == ["recovery"]


def test_enough_to_pool_counts_trials_and_not_comparisons(evidence):
    enough = [name for name, effects in all_effects(evidence).items() if is_enough(effects)]
    assert enough == ["recovery", "symptoms", "hope", "readmission"]
    recovery = all_effects(evidence)["recovery"]
    assert (recovery.n_trials, len(recovery.frame)) == (5, 6)


def test_nothing_measured_is_an_empty_map(small):
    empty = map_coverage(small([])).table
    assert empty.empty
    assert list(empty) == ["trial", "label", "outcome", "outcome_label", "role", "status", "directions"]


def test_the_sentence_counts_what_the_map_shows(evidence):
    coverage = map_coverage(evidence)
    table, said = coverage.to_frame(), coverage_sentence(coverage)
    pooled = table.loc[table["status"].eq("pooled"), "trial"].nunique()
    assert said.startswith(f"Of {table['trial'].nunique()} trials {pooled} enter at least one pool")
    unusable = table["status"].isin(["not_pooled", "without_numbers"]).sum()
    assert f"{unusable} of {table['status'].ne('absent').sum()} measured results" in said


def test_measured_without_a_result_and_met_without_being_entered_are_told_apart(small):
    rows = [means(10, 3, 30, 9, 3, 30), {"trial": "birch2002sample"}, means(10, 3, 9, 9, 3, 9, trial="elm2003sample")]
    met = [
        {"trial": trial, "outcome": outcome, "reason": "sample"}
        for trial, outcome in (
            ("birch2002sample", "symptoms"),
            ("elm2003sample", "recovery"),
            ("elm2003sample", "other"),
        )
    ]
    coverage = map_coverage(small(rows, lists={"left_out": met}))
    found = coverage.table.pivot(index="trial", columns="outcome", values="status")
    assert found["recovery"].tolist() == ["pooled", "no_result", "pooled"], "what is entered outranks what was only met"
    assert found["symptoms"].tolist() == ["absent", "not_entered", "absent"]
    assert set(found) == {"recovery", "symptoms"}, "what fits no outcome has no column"
    assert "1 of 3 measured results have no usable numbers" in str(coverage)
