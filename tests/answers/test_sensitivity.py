"""Leave-one-out against metafor; the choices a reader would ask about, each from the pool it names."""

from __future__ import annotations

import numpy as np
import pytest

from builders.given_effects import effects_of
from builders.references import TESTS, load_reference
from builders.roots import means, sizes
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.pooling import pool
from synthesis.answers.readings import compare_readings, other_readings
from synthesis.answers.sensitivity import CHOICES, NUMBERS, compare_choices, leave_one_out
from synthesis.effects import compute_effects

ITERATIVE = 1e-8  # through metafor's own search for tau2
REFERENCE = load_reference("leave_one_out")
CASES = [
    pytest.param(case, id=f"{case['dataset']}-{case['method']}-{case['test']}") for case in REFERENCE["leave_one_out"]
]


@pytest.mark.parametrize("case", CASES)
def test_pools_without_each_trial_equal_metafors(case):
    data = REFERENCE["datasets"][case["dataset"]]
    measure = data["measure"] if data["measure"] != "ZCOR" else "SMD"
    effects = effects_of(data["yi"], data["vi"], measure=measure)
    table = leave_one_out(effects, method=case["method"], ci=TESTS[case["test"]]).to_frame()
    assert table["trial"].tolist() == effects.frame["trial"].tolist()
    scale = float(np.sqrt(np.mean(data["vi"])))
    for ours, theirs in (("estimate", "beta"), ("ci_lb", "ci_lb"), ("ci_ub", "ci_ub"), ("tau2", "tau2")):
        np.testing.assert_allclose(table[ours], case[theirs], rtol=ITERATIVE, atol=ITERATIVE * scale, err_msg=ours)
    assert (table["k"] == len(effects.frame) - 1).all()


def test_a_trial_with_two_comparisons_is_left_out_whole(evidence):
    table = leave_one_out(compute_effects(evidence, "recovery")).to_frame()
    assert table["trial"].is_unique
    assert table.set_index("trial")["k"].to_dict()["cedar2016sample"] == 4
    assert table.set_index("trial").at["cedar2016sample", "label"] == "Cedar (2016)"


def test_leaving_out_one_of_two_trials_leaves_one_and_one_of_one_leaves_nothing():
    two = leave_one_out(effects_of([0.1, 0.5], [0.04, 0.02])).to_frame()
    assert two["estimate"].tolist() == [0.5, 0.1]
    assert two["pi_lb"].isna().all()
    one = leave_one_out(effects_of([0.1], [0.04])).to_frame()
    assert one.empty
    assert list(one) == ["trial", "label", *NUMBERS, "note"]


def choices(evidence, outcome, *, timepoint="longest", **options):
    effects = compute_effects(evidence, outcome, timepoint=timepoint)
    printed = compute_effects(evidence, outcome, timepoint=timepoint, as_printed=True)
    return compare_choices(effects, as_printed=printed, **options).to_frame()


def by_choice(table):
    return table.set_index("choice")


def assert_row(table, choice, pooled):
    row = by_choice(table).loc[choice]
    for name in NUMBERS:
        np.testing.assert_allclose(row[name], getattr(pooled, name), rtol=1e-9, err_msg=name)


def test_each_choice_is_the_pool_it_names(evidence):
    table = choices(evidence, "hope")
    effects = compute_effects(evidence, "hope")
    assert table.at[0, "choice"] == "main analysis"
    assert_row(table, "main analysis", pool(effects))
    printed = compute_effects(evidence, "hope", as_printed=True)
    assert_row(table, "as printed, without the review team's decisions", pool(printed))
    for method in ("DL", "PM"):
        assert_row(table, CHOICES[method], pool(effects, method=method))
    assert_row(table, CHOICES["EE"], pool(effects, method="EE", ci="wald"))
    for ci in ("knapp-hartung", "wald"):
        assert_row(table, CHOICES[ci], pool(effects, ci=ci))
    high = effects.frame["rob"].ne("high")
    assert_row(table, "without trials judged at high risk of bias", pool(effects.subset(high)))
    assert by_choice(table).at["without trials judged at high risk of bias", "k"] == 2


def test_the_defaults_stand_beside_another_main_analysis(evidence):
    table = by_choice(choices(evidence, "recovery", method="DL", ci="wald"))
    assert CHOICES["REML"] in table.index
    assert CHOICES["knapp-hartung-floor"] in table.index
    assert CHOICES["DL"] not in table.index
    assert CHOICES["wald"] not in table.index


def test_cluster_trials_are_left_out_whether_or_not_their_variance_was_inflated(small):
    rows = [
        means(10, 3, 30, 9, 3, 30),
        means(10, 3, 40, 9, 3, 30, trial="birch2002sample"),
        sizes(60, 60, effect_measure="SMD", estimate=0.5, standard_error=0.3, adjusted="yes", trial="cedar2003sample"),
        means(10, 3, 60, 9, 3, 60, cluster_size=10, trial="damson2004sample"),
    ]
    design = {trial: {"design": "cluster"} for trial in ("cedar2003sample", "damson2004sample")}
    evidence = small(rows, trials=design)
    effects = compute_effects(evidence, "recovery")
    kept = effects.frame["trial"].isin(["ash2001sample", "birch2002sample"])
    assert_row(choices(evidence, "recovery"), "without cluster trials", pool(effects.subset(kept)))


def test_a_comparator_of_unknown_kind_counts_neither_as_active_nor_as_inactive(small):
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}sample") for i in range(3)]
    kinds = dict(zip((row["trial"] for row in rows), ("active", "waitlist", ""), strict=True))
    arms = {trial: {"control": {"comparator_type": kind}} for trial, kind in kinds.items()}
    table = by_choice(choices(small(rows, arms=arms), "recovery"))
    assert table.at["active comparators", "k"] == 1
    assert table.at["inactive comparators (usual care, waiting list, attention)", "k"] == 1


def test_an_average_of_arm_figures_and_estimates_still_rests_on_them(small):
    rows = [
        means(10, 3, 30, 9, 3, 30),
        sizes(30, 30, effect_measure="SMD", estimate=0.2, standard_error=0.3, timepoint_months=6),
        means(10, 3, 30, 9, 3, 30, trial="birch2002sample"),
        sizes(30, 30, test_statistic="t", statistic_value=1.2, trial="birch2002sample", timepoint_months=6),
    ]
    evidence = small(rows)
    effects = compute_effects(evidence, "recovery", timepoint="all")
    assert effects.frame["routes"].tolist() == [("means", "estimate"), ("means", "statistic")]
    table = choices(evidence, "recovery", timepoint="all")
    kept = effects.frame["trial"].eq("ash2001sample")
    assert_row(table, "only effects from arm figures or a printed estimate", pool(effects.subset(kept)))


def test_effects_standardised_by_a_residual_sd_are_left_out_together(evidence):
    table = by_choice(choices(evidence, "recovery"))
    assert table.at["without effects standardised by a residual SD", "k"] == 5


MODELS = [
    sizes(30, 34, test_statistic="t", statistic_value=2.4, degrees_of_freedom=61, adjusted="yes"),
    sizes(20, 22, effect_measure="MD", estimate=3, ci_lower=-0.5, ci_upper=6.5, trial="birch2002sample"),
    means(
        10,
        3,
        30,
        9,
        3,
        30,
        effect_measure="MD",
        estimate=0.7,
        standard_error=0.6,
        adjusted="yes",
        trial="elm2005sample",
    ),
    means(10, 3, 40, 9, 3, 30, trial="cedar2003sample"),
]
READ = {"adjusted_r": 0.6, "small_trial_t": "yes", "printed_df": "yes"}


def test_each_other_reading_is_the_pool_of_effects_so_read(small):
    evidence = small(MODELS, review=READ)
    effects = compute_effects(evidence, "recovery")
    table = compare_choices(effects, evidence=evidence).to_frame().set_index("code")
    expected = {
        "main": {},
        "r_0": {"adjusted_r": 0.0},
        "r_0.5": {"adjusted_r": 0.5},
        "r_0.7": {"adjusted_r": 0.7},
        "small_trial_z": {"small_trial_t": False},
        "df_of_sizes": {"printed_df": False},
        "adjusted_first": {"prefer_adjusted": True},
    }
    assert list(table.index[:7]) == list(expected)
    for code, options in expected.items():
        pooled = pool(compute_effects(evidence, "recovery", **options))
        for name in NUMBERS:
            np.testing.assert_allclose(table.at[code, name], getattr(pooled, name), rtol=1e-9, err_msg=f"{code} {name}")
    assert table["estimate"][:7].is_unique


def test_a_root_without_readings_sees_the_grid_and_the_switches_the_other_way(small):
    evidence = small(MODELS)
    others = other_readings(evidence, compute_effects(evidence, "recovery"))
    # Without changes r = 0 leaves every effect where it is; there is no printed p value for the degrees of freedom.
    assert list(others) == ["r_0.5", "r_0.6", "r_0.7", "small_trial_t", "printed_df", "adjusted_first"]


def test_a_reading_that_moves_no_effect_is_not_listed(small):
    evidence = small([means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}sample") for i in range(3)], review=READ)
    assert other_readings(evidence, compute_effects(evidence, "recovery")) == {}


def test_other_readings_keep_how_the_rows_were_read_otherwise(small):
    evidence = small(MODELS, review=READ)
    effects = compute_effects(evidence, "recovery", measure="SMD", timepoint="all", icc=0.1, prefer_adjusted=True)
    for other in other_readings(evidence, effects).values():
        assert (other.timepoint, other.icc) == ("all", 0.1)
        assert sum(a != b for a, b in zip(other.readings, effects.readings, strict=True)) == 1


def test_slopes_are_shown_under_each_reading(small):
    trials = [row.get("trial", "ash2001sample") for row in MODELS]
    rated = [{"sharing": i % 3, "example": 1, "linkage": i // 2} for i in range(4)]
    ratings = {trial: {"peer": given} for trial, given in zip(trials, rated, strict=True)}
    evidence = small(MODELS, review=READ, ratings=ratings)
    effects, scores = compute_effects(evidence, "recovery"), score_fidelity(evidence)
    table = compare_readings(effects, scores, evidence, permutations=20).to_frame().set_index("moderator")
    assert table.index[0] == "main"
    for code, options in (("main", {}), ("r_0.7", {"adjusted_r": 0.7}), ("small_trial_z", {"small_trial_t": False})):
        slope = fidelity_slope(compute_effects(evidence, "recovery", **options), scores, permutations=20)
        assert table.at[code, "slope"] == pytest.approx(slope.slope, rel=1e-9)
    assert table["slope"].nunique() == len(table)


def test_a_choice_that_changes_nothing_is_not_listed_and_one_that_leaves_no_trial_says_so(small):
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}sample") for i in range(3)]
    table = by_choice(choices(small(rows), "recovery"))
    assert "without cluster trials" not in table.index
    assert "active comparators" not in table.index
    assert table.at["only trials judged for risk of bias, none high", "note"] == "no trial left"
    assert np.isnan(table.at["only trials judged for risk of bias, none high", "estimate"])


def test_an_outcome_nobody_measured_has_choices_without_numbers(small):
    table = choices(small([means(10, 3, 30, 9, 3, 30)]), "symptoms")
    assert table["note"].eq("no trial left").all()
    assert table["k"].eq(0).all()
