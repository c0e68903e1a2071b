"""What a review pools and what it does not: nobody twice, no total it withholds, and its printed pool beside ours."""

from __future__ import annotations

import math

import pytest

from builders.packages import counts, files, setting, write
from synthesis import compute_effects, load_evidence, pool
from synthesis.answers.statements import describe_pool
from synthesis.exchange.importers import import_revman
from synthesis.exchange.importers.revman.times import months_in

THREE = (("Alder 2001", 10, 100, 20, 100), ("Birch 2003", 12, 80, 21, 82), ("Cedar 2005", 15, 90, 36, 92))
# The same three by metafor 3.8-1: a <- c(10, 12, 15); n1 <- c(100, 80, 90); c <- c(20, 21, 36); n2 <- c(100, 82, 92);
# rma(ai = a, n1i = n1, ci = c, n2i = n2, measure = "RR", method = "FE"), exp of estimate and interval; and the same
# of n1 - a and n2 - c.
BY_METAFOR, SWAPPED_BY_METAFOR = (0.4884, 0.3433, 0.6949), (1.1754, 1.0805, 1.2787)


def imported(folder, rows, settings=(), **options):
    made = import_revman(write(folder / "package", files(rows, settings)), folder / "root", **options)
    return made, load_evidence(made.path, references=made.path / "references.bib")


def domains(evidence):
    rows = evidence.outcomes.groupby("outcome", sort=False)["trial"].apply(list)
    return {name: sorted(trials) for name, trials in rows.items()}


def messages(made, rule):
    return [note.message for note in made.notes.notes if note.rule == rule]


def in_subgroups(names=("6 months", "12 months"), **cells):
    return [
        counts(study, a + 5 * i, n1, c + 5 * i, n2, Subgroup=name, **cells)
        for i, name in enumerate(names)
        for study, a, n1, c, n2 in THREE
    ]


@pytest.mark.parametrize("overall", ["false", ""])
def test_people_who_stand_in_several_subgroups_are_not_pooled_together(tmp_path, overall):
    settings = [setting(Overall_estimates=overall)] if overall else []
    made, evidence = imported(tmp_path, in_subgroups(), settings)
    assert [len(set(trials)) == len(trials) == 3 for trials in domains(evidence).values()] == [True, True]
    assert evidence.outcomes["timepoint_months"].tolist() == [6, 12] * 3
    (note,) = [note for note in made.notes.notes if note.rule == "subgroups_apart"]
    assert note.kind == ("decided" if overall else "undecided")


def test_subgroups_that_the_review_adds_up_are_pooled(tmp_path):
    _, evidence = imported(tmp_path, in_subgroups(("men", "women")), [setting()])
    assert [len(trials) for trials in domains(evidence).values()] == [6]


@pytest.mark.parametrize(("weight", "parts"), [(100 / 3, 2), (100 / 6, 1)])
def test_printed_weights_tell_whether_there_is_a_total(tmp_path, weight, parts):
    _, evidence = imported(tmp_path, in_subgroups(Weight=f"{weight:.6f}"))
    assert len(domains(evidence)) == parts


def test_a_total_that_the_review_withholds_is_named_wherever_it_is_pooled(tmp_path):
    _, evidence = imported(tmp_path, [counts(*row) for row in THREE], [setting(Overall_estimates="false")])
    assert "no total in the review" in describe_pool(pool(compute_effects(evidence, "1_1_result")))


def test_rows_for_subgroups_only_stay_out_of_the_total(tmp_path):
    rows = [
        counts("Alder 2001", 40, 100, 10, 50, Subgroup="low dose", Applicability="SUBGROUP_ONLY"),
        counts("Alder 2001", 30, 100, 10, 50, Subgroup="high dose", Applicability="SUBGROUP_ONLY"),
        counts("Alder 2001", 70, 200, 10, 50, Applicability="OVERALL_ONLY"),
        counts("Birch 2003", 30, 90, 11, 88, Subgroup="low dose", Applicability="SUBGROUP_AND_OVERALL"),
    ]
    made, evidence = imported(tmp_path, rows, [setting()])
    assert domains(evidence)["1_1_result"] == ["alder2001", "birch2003"]
    total = evidence.outcomes[evidence.outcomes["outcome"].eq("1_1_result")]
    assert sorted(total["events_intervention"]) == [30, 70]
    assert len(messages(made, "subgroup_only")) == 2


@pytest.mark.parametrize(
    ("second", "who"), [((10, 100, 20, 100), "both groups"), ((11, 90, 20, 100), "the control group")]
)
def test_the_same_people_in_two_rows_of_a_total_are_named(tmp_path, second, who):
    made, _ = imported(tmp_path, [counts(*THREE[0]), counts("Alder 2001", *second), counts(*THREE[1])], [setting()])
    assert [who in message for message in messages(made, "same_people")] == [True]


def test_other_people_of_one_study_are_not_called_the_same(tmp_path):
    made, _ = imported(tmp_path, in_subgroups(("men", "women")), [setting()])
    assert messages(made, "same_people") == []


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "PETO"])
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize(
    "figures",
    [
        (("A 2001", 6, 1200, 6, 1180), ("B 2002", 4, 2100, 4, 2080)),
        (("A 2001", 2, 38, 0, 39), ("B 2002", 4, 30, 0, 10)),
        (("A 2001", 40, 100, 25, 100), ("B 2002", 12, 30, 9, 31)),
    ],
)
def test_the_measure_is_told_by_estimate_and_interval(tmp_path, measure, swap, figures):
    made, evidence = imported(tmp_path, [counts(*row, measure=measure, swap=swap) for row in figures])
    assert evidence.codebook.outcomes["measure"].tolist() == [measure]
    assert bool(messages(made, "peto")) is (measure == "PETO")
    assert bool(messages(made, "swapped_events")) is swap
    assert [note.kind for note in made.notes.notes if note.rule == "measure"] == ["decided"]


def test_what_two_measures_give_alike_is_told_by_neither(tmp_path):
    row = {"Mean": "1.0", "CI start": "", "CI end": ""}
    made, evidence = imported(tmp_path, [counts("A 2001", 10, 100, 10, 100) | row])
    assert [note.kind for note in made.notes.notes if note.rule == "measure"] == ["undecided"]
    assert "measure not told" in evidence.codebook.outcomes["label"].iloc[0]


def test_a_generic_effect_beside_counts_is_not_read_as_theirs(tmp_path):
    row = counts("A 2001", 0, 101, 0, 104) | {"GIV Mean": 0.0296, "GIV SE": 0.0791}
    row |= {"Mean": "1.030042", "CI start": "0.882117", "CI end": "1.202774"}
    _, evidence = imported(tmp_path, [row])
    assert evidence.outcomes["estimate"].tolist() == [pytest.approx(math.exp(0.0296), abs=1e-14)]
    assert evidence.outcomes["standard_error"].tolist() == [0.0791]


@pytest.mark.parametrize("by_settings", [True, False])
def test_events_exchanged_in_the_review_are_exchanged_here(tmp_path, by_settings):
    labels = {"Graph_label_(left)": "Favours placebo", "Graph_label_(right)": "Favours drug"}
    settings = [setting(Swap_event_and_non_event="true", **labels)]
    settings[0]["Swap event and non-event"] = "true"
    rows = [counts(*row, swap=True) for row in THREE]
    _, evidence = imported(tmp_path, rows, settings if by_settings else (), better="higher")
    pooled = pool(compute_effects(evidence, "1_1_result"), method="EE", ci="wald")
    found = [math.exp(x) for x in (pooled.estimate, pooled.ci_lb, pooled.ci_ub)]
    assert found == pytest.approx(SWAPPED_BY_METAFOR, abs=5e-5)
    assert "favours the intervention" in describe_pool(pooled)
    assert compute_effects(evidence, "1_1_result").cross_checks["agrees"].all()
    assert "10 of 100 printed with the event" in evidence.outcomes["notes"].iloc[0]


def test_a_direction_that_nothing_tells_names_no_side_until_it_is_stated(tmp_path):
    rows = [counts(*row) for row in THREE]
    _, evidence = imported(tmp_path, rows)
    assert "No side is named" in describe_pool(pool(compute_effects(evidence, "1_1_result")))
    (tmp_path / "again").mkdir()
    _, evidence = imported(tmp_path / "again", rows, better="1.1 Result=lower")
    assert "favours the intervention" in describe_pool(pool(compute_effects(evidence, "1_1_result"), ci="wald"))


def test_names_lose_their_html_and_keep_their_labels(tmp_path):
    labels = {"Graph_label_(left)": "Favors placebo", "Graph_label_(right)": "Favors drug"}
    rows = [counts(*row, Analysis_name="Response &lt; half&nbsp;") for row in THREE]
    _, evidence = imported(tmp_path, rows, [setting(**labels)])
    assert evidence.codebook.outcomes.loc[0, ["label", "better"]].tolist() == ["1.1 Response < half", "higher"]


@pytest.mark.parametrize(
    ("cells", "kind", "words"),
    [
        ({"Mean": BY_METAFOR[0], "CI_start": BY_METAFOR[1], "CI_end": BY_METAFOR[2]}, "decided", "the same here"),
        ({"Mean": 0.55, "CI_start": 0.36, "CI_end": 0.71}, "differs", "not known"),
        ({"Mean": 0.9}, "differs", "not known"),
    ],
)
def test_the_printed_pool_stands_beside_ours_with_the_reason(tmp_path, cells, kind, words):
    made, _ = imported(tmp_path, [counts(*row) for row in THREE], [setting(**cells)])
    (note,) = [note for note in made.notes.notes if note.rule == "printed_pool"]
    assert note.kind == kind
    assert words in note.message
    assert "0.49 (0.34 to 0.69)" in note.message or kind == "decided"


# Trials of which one weighs by its people and hardly by its precision, so that the methods differ; by metafor 3.8-1:
# a <- c(300, 90, 500); n1 <- c(400, 120, 505); c <- c(60, 92, 470); n2 <- c(410, 121, 510), exp of rma.mh(ai = a,
# n1i = n1, ci = c, n2i = n2, measure = "RR"), of rma(..., method = "FE") and of rma.peto.
UNLIKE = (("Alder 2001", 300, 400, 60, 410), ("Birch 2003", 90, 120, 92, 121), ("Cedar 2005", 500, 505, 470, 510))
PRINTED = {
    ("MH", "Risk Ratio", "RR"): (1.449394, 1.378841, 1.523556),
    ("IV", "Risk Ratio", "RR"): (1.091326, 1.063137, 1.120264),
    ("Peto", "Peto Odds Ratio", "PETO"): (6.892104, 5.470631, 8.682928),
}


@pytest.mark.parametrize("way", PRINTED, ids=lambda way: way[0])
def test_a_pool_of_events_is_met_by_its_own_method(tmp_path, way):
    method, name, measure = way
    mean, lower, upper = PRINTED[way]
    printed = {"Statistical_method": method, "Effect_measure": name, "Mean": mean, "CI_start": lower, "CI_end": upper}
    rows = [counts(*row, measure=measure) for row in UNLIKE]
    made, evidence = imported(tmp_path, rows, [setting(**printed)])
    (note,) = [note for note in made.notes.notes if note.rule == "printed_pool"]
    assert "the same here, from 3 effects" in note.message
    assert evidence.codebook.outcomes["measure"].tolist() == [measure]


@pytest.mark.parametrize(
    ("name", "months"),
    [
        ("Death at 6 months", "6"), ("Relapse: 1 year", "12"), ("Pain (6-month follow-up)", "6"),
        ("BMD at 2 yrs", "24"),
        ("Women aged 40 years: pain at 3 months", "3"), ("Change, 12 weeks", "2.8"),
        ("Preterm birth < 37 weeks", ""), ("birth before 37 weeks", ""), ("Deaths in people aged 75 years", ""),
        ("Infants of 28 weeks' gestation", ""), ("Growth at 36 weeks postmenstrual age", ""),
        ("children 5 years old", ""), ("Mortality at 12+ months", ""), ("Deaths, 6 and 12 months", ""),
        ("Pain at 3 to 6 months", ""), ("Over 65 years", ""), ("Pain", ""),
    ],
)  # fmt: skip
def test_ages_gestations_and_limits_are_no_times(name, months):
    assert months_in(name) == months
