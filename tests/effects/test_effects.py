"""From a contributor's CSV files to effects: against metafor, for which trials.R reads the same files, and at edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.references import load_reference
from builders.roots import DEFAULT_TRIAL, build_evidence, events, means, sizes
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.pooling import pool
from synthesis.answers.regression import meta_regression
from synthesis.choices import ICC
from synthesis.effects.effects import CROSS_CHECK_TOLERANCE, compute_effects, effects_listing
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.evidence.readings import AS_PRINTED

CLOSED_FORM = 1e-10
ITERATIVE = 1e-8  # through metafor's own search for tau2
REFERENCE = load_reference("trials")
FEWEST_POOLED = 2
COMPARISON = ["trial", "intervention_arm", "comparator_arm"]


def given(entry):
    """The comparisons, effects and variances that metafor gives, in the order of the comparisons' names."""
    return [list(entry.get(name) or []) for name in ("comparison", "yi", "vi")]


def computed(effects):
    frame = effects.frame.assign(comparison=effects.frame[COMPARISON].agg(" ".join, axis=1)).sort_values("comparison")
    return [frame[name].tolist() for name in ("comparison", "yi", "vi")]


def assert_same_effects(effects, entry):
    (names, yi, vi), (their_names, their_yi, their_vi) = computed(effects), given(entry)
    assert names == their_names
    np.testing.assert_allclose(yi, their_yi, rtol=CLOSED_FORM, atol=CLOSED_FORM)
    np.testing.assert_allclose(vi, their_vi, rtol=CLOSED_FORM)


def assert_same_pool(effects, entry, method):
    expected = (entry.get("pools") or {}).get(method)
    assert (expected is None) == (len(effects.frame) < FEWEST_POOLED), "metafor's script pools from two effects on"
    if expected is None:
        return
    pooled = pool(effects, method=method)
    tolerance = ITERATIVE if method == "REML" else 1e-8
    for name, value in expected.items():
        # I2 is in percent, and tau2 may be zero up to the search.
        np.testing.assert_allclose(
            getattr(pooled, name), value, rtol=tolerance, atol=tolerance * (100 if name == "I2" else 1), err_msg=name
        )


VALID = [
    pytest.param(entry, id="-".join([entry["outcome"], entry["measure"], entry["timepoint"], str(entry["as_printed"])]))
    for entry in REFERENCE["valid"]
]
CASES = [pytest.param(entry, id=entry["case"]) for entry in REFERENCE["cases"]]


@pytest.mark.parametrize("entry", VALID)
def test_the_valid_trials_give_metafors_effects_and_pools(evidence, entry):
    effects = compute_effects(
        evidence,
        entry["outcome"],
        measure=entry["measure"],
        timepoint=entry["timepoint"],
        as_printed=entry["as_printed"],
    )
    assert_same_effects(effects, entry)
    for method in ("REML", "DL"):
        assert_same_pool(effects, entry, method)


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """One data root of every invented case, each with trials of its own."""
    rows = [row | {"trial": named(entry, row)} for entry in REFERENCE["cases"] for row in entry["rows"]]
    designs = {row["trial"]: {"design": row.pop("design")} for row in rows}
    return build_evidence(tmp_path_factory.mktemp("invented"), rows, trials=designs)


def named(entry, row):
    return f"{entry['case']}-{row['trial']}"


@pytest.mark.parametrize("entry", CASES)
def test_invented_rows_give_metafors_effects_and_pools(invented, entry):
    mine = invented.only(named(entry, row) for row in entry["rows"])
    effects = compute_effects(mine, entry["outcome"], measure=entry["measure"], timepoint=entry["timepoint"])
    assert_same_effects(effects, entry | {"comparison": [f"{entry['case']}-{name}" for name in entry["comparison"]]})
    for method in ("REML", "DL"):
        assert_same_pool(effects, entry, method)


READ = [pytest.param(entry, id=entry["case"]) for entry in REFERENCE["read"]]


@pytest.mark.parametrize("stated", ["in review.csv", "as options"])
@pytest.mark.parametrize("entry", READ)
def test_figures_of_models_are_read_as_the_root_or_the_options_say(tmp_path, entry, stated):
    said = {"adjusted_r": entry["readings"]["r"], "small_trial_t": entry["readings"]["t"]}
    said |= {"printed_df": entry["readings"]["df"]}
    rows = [dict(row) for row in entry["rows"]]
    designs = {row["trial"]: {"design": row.pop("design")} for row in rows}
    words = {True: "yes", False: "no", None: ""}
    review = {name: words.get(value, value) for name, value in said.items()} if stated == "in review.csv" else {}
    options = {} if review else said
    evidence = build_evidence(tmp_path, rows, trials=designs, review=review)
    effects = compute_effects(
        evidence,
        entry["outcome"],
        measure=entry["measure"],
        timepoint=entry["timepoint"],
        prefer_adjusted=entry["readings"]["adjusted"],
        **options,
    )
    assert effects.readings == (*said.values(), entry["readings"]["adjusted"])
    assert_same_effects(effects, entry)
    assert_same_pool(effects, entry, "DL")


def test_without_a_reading_figures_of_models_stand_as_printed(small):
    changed = [
        row for entry in REFERENCE["read"] for row in entry["rows"] if entry["case"] in ("residual_sd", "changes")
    ]
    rows = [{k: v for k, v in row.items() if k != "design"} | {"trial": f"ash{i}"} for i, row in enumerate(changed)]
    plain, unread = small(rows), small(rows, review={"adjusted_r": 0.6, "small_trial_t": "yes", "printed_df": "yes"})
    off = {"adjusted_r": "none", "small_trial_t": False, "printed_df": False}
    assert compute_effects(plain, "recovery").readings == AS_PRINTED
    assert computed(compute_effects(plain, "recovery")) == computed(compute_effects(unread, "recovery", **off))
    assert computed(compute_effects(plain, "recovery")) != computed(compute_effects(unread, "recovery"))


def test_metafor_was_asked_about_every_measure_and_time():
    asked = {
        (entry["measure"], entry["timepoint"].split(":")[0]) for entry in [*REFERENCE["valid"], *REFERENCE["cases"]]
    }
    assert {measure for measure, _ in asked} == {"SMD", "RR", "OR", "RD", "HR", "MD", "ROM"}
    assert {time for _, time in asked} == {"longest", "closest", "all"}


def test_an_outcome_nobody_measured_has_no_effects_and_says_so(small):
    evidence = small([means(10, 3, 30, 9, 3, 30)])
    effects = compute_effects(evidence, "symptoms")
    assert effects.frame.empty
    assert effects.left_out.empty
    with pytest.raises(NotEstimableError, match="No trial measured it"):
        pool(effects)


def test_trials_nobody_judged_for_bias_are_not_judged(small):
    effects = compute_effects(small([means(10, 3, 30, 9, 3, 30)]), "recovery")
    assert effects.frame["rob"].tolist() == [""]


def test_an_intracluster_correlation_that_cannot_be_is_refused(small):
    evidence = small([means(10, 3, 30, 9, 3, 30, cluster_size=10)], trials={DEFAULT_TRIAL: {"design": "cluster"}})
    for icc in (-0.1, 1.5, float("nan")):
        with pytest.raises(ChoiceError, match="0 to 1"):
            compute_effects(evidence, "recovery", icc=icc)
    assert compute_effects(evidence, "recovery", icc=0.0).frame.at[0, "design_effect"] == 1.0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("adjusted_r", value) for value in (-0.1, 1.0, float("nan"), "0.6", True)),
        *((name, value) for name in ("small_trial_t", "printed_df", "prefer_adjusted") for value in ("yes", 1)),
    ],
)
def test_a_reading_that_does_not_exist_is_refused(small, option, value):
    with pytest.raises(ChoiceError, match=option):
        compute_effects(small([means(10, 3, 30, 9, 3, 30)]), "recovery", **{option: value})


def test_what_an_smd_was_multiplied_by_and_the_correlation_assumed_stand_beside_it(small):
    rows = [
        sizes(30, 34, test_statistic="t", statistic_value=2.4, adjusted="yes"),
        means(3, 5, 30, 1, 6, 31, change="yes", trial="birch2002sample"),
        means(3, 5, 30, 1, 6, 31, trial="cedar2003sample"),
    ]
    frame = compute_effects(small(rows), "recovery", adjusted_r=0.6).frame
    assert frame["assumptions"].tolist() == [
        ("residual_sd", "residual_sd_brought"),
        ("sd_of_changes", "sd_of_changes_brought"),
        (),
    ]
    np.testing.assert_allclose(frame["sd_ratio"], [0.8, np.sqrt(0.8), 1])
    np.testing.assert_array_equal(frame["adjusted_r"], [0.6, 0.6, np.nan])
    assert "multiplied by 0.80 to rest on the SD between people (r = 0.6" in frame.at[0, "note"]
    assert "multiplied by 0.89" in frame.at[1, "note"]
    left = compute_effects(small(rows), "recovery").frame
    assert left["assumptions"].tolist() == [("residual_sd",), ("sd_of_changes",), ()]
    np.testing.assert_allclose(frame["yi"], left["yi"] * frame["sd_ratio"])
    np.testing.assert_allclose(frame["vi"], left["vi"] * frame["sd_ratio"] ** 2)
    assert left["adjusted_r"].isna().all()


def test_a_cross_check_is_brought_to_the_same_sd(small):
    # t of the means is 2.236; that of a model whose covariate correlates by .6 is a quarter larger.
    row = means(12, 4, 40, 10, 4, 40, test_statistic="t", statistic_value=2.795, adjusted="yes")
    check = compute_effects(small([row]), "recovery", adjusted_r=0.6).cross_checks.iloc[0]
    assert check["check_yi"] == pytest.approx(check["yi"], rel=1e-4)
    apart = compute_effects(small([row]), "recovery").cross_checks.iloc[0]
    assert check["difference_in_se"] < apart["difference_in_se"]


def test_the_assumed_intracluster_correlation_is_shown_beside_the_effect(small):
    rows = [
        means(10, 3, 30, 9, 3, 30, cluster_size=11),
        means(10, 3, 30, 9, 3, 30, cluster_size=11, timepoint_months=6),
    ]
    rows[1]["icc"] = 0.02
    evidence = small(rows, trials={DEFAULT_TRIAL: {"design": "cluster"}})
    assumed = compute_effects(evidence, "recovery").frame.iloc[0]
    reported = compute_effects(evidence, "recovery", timepoint="closest:6").frame.iloc[0]
    assert assumed["design_effect"] == pytest.approx(1 + 10 * ICC)
    assert f"correlation {ICC:g} assumed" in assumed["note"]
    assert reported["design_effect"] == pytest.approx(1.2)
    assert "correlation 0.02 reported" in reported["note"]


def test_adjustment_for_covariates_is_not_a_model_of_the_clusters(small):
    printed = {"effect_measure": "SMD", "estimate": 0.3, "standard_error": 0.2, "cluster_size": 11, "icc": 0.1}
    said = {"adjusted": "yes"}, {"adjusted": "yes", "clusters_modelled": "no"}, {"clusters_modelled": "yes"}
    variances = [
        compute_effects(
            small([sizes(30, 30, **printed, **row)], trials={DEFAULT_TRIAL: {"design": "cluster"}}), "recovery"
        ).frame.at[0, "vi"]
        for row in said
    ]
    np.testing.assert_allclose(variances, [0.08, 0.08, 0.04])


CROSSOVER = {DEFAULT_TRIAL: {"design": "crossover"}}
PAIRED = {"effect_measure": "SMD", "estimate": 0.3, "standard_error": 0.1}


def test_the_first_period_of_a_crossover_trial_is_read_as_a_parallel_trial(small):
    row = means(10, 3, 30, 9, 3, 30)
    of_two_groups = compute_effects(small([row]), "recovery").frame
    first = compute_effects(small([row | {"period": "first"}], trials=CROSSOVER), "recovery").frame
    assert (first.at[0, "yi"], first.at[0, "vi"]) == (of_two_groups.at[0, "yi"], of_two_groups.at[0, "vi"])
    assert first.at[0, "assumptions"] == ("first_period",)


def test_a_paired_estimate_keeps_its_own_uncertainty_and_nothing_is_made_of_the_arms(small):
    row = means(10, 3, 30, 9, 3, 30) | {"period": "paired"}
    refused = compute_effects(small([row], trials=CROSSOVER), "recovery")
    assert len(refused.frame) == 0
    effects = compute_effects(small([sizes(30, 30) | PAIRED | {"period": "paired"}], trials=CROSSOVER), "recovery")
    assert (effects.frame.at[0, "yi"], effects.frame.at[0, "vi"]) == (0.3, pytest.approx(0.01))
    assert "paired" in effects.frame.at[0, "assumptions"]


@pytest.mark.parametrize(
    "row",
    [
        {"test_statistic": "t", "statistic_value": 2.1},
        {"p_value": 0.04, "reported_direction": "favours_intervention"},
        {"effect_measure": "MD", "estimate": 2.0, "standard_error": 0.8},
    ],
    ids=["t", "p", "MD"],
)
def test_what_a_paired_row_would_need_two_groups_for_is_refused(small, row):
    effects = compute_effects(small([sizes(30, 30) | row | {"period": "paired"}], trials=CROSSOVER), "recovery")
    assert len(effects.frame) == 0
    assert effects.left_out["cause"].tolist() == ["paired_without_estimate"]


def test_a_crossover_trial_whose_period_is_not_named_is_refused_with_that_reason(small):
    effects = compute_effects(small([means(10, 3, 30, 9, 3, 30)], trials=CROSSOVER), "recovery")
    assert len(effects.frame) == 0
    assert effects.left_out["cause"].tolist() == ["crossover_without_period"]
    assert "first period" in effects.left_out.at[0, "reason"]


def test_a_cluster_trial_whose_cluster_size_nobody_prints_is_left_out_with_that_reason(small):
    rows = [
        means(10, 3, 30, 9, 3, 30),
        sizes(30, 30, trial="birch2002sample", effect_measure="MD", estimate=1, standard_error=0.7, adjusted="yes"),
        sizes(
            30,
            30,
            trial="cedar2003sample",
            effect_measure="SMD",
            estimate=0.3,
            standard_error=0.2,
            clusters_modelled="yes",
        ),
    ]
    evidence = small(rows, trials={row.get("trial", DEFAULT_TRIAL): {"design": "cluster"} for row in rows})
    effects = compute_effects(evidence, "recovery")
    assert effects.frame["trial"].tolist() == ["cedar2003sample"]
    assert "clusters_modelled" in effects.frame.at[0, "assumptions"]
    assert effects.left_out["cause"].tolist() == ["cluster_size_unknown", "cluster_size_unknown"]
    assert effects.left_out["kind"].tolist() == ["not_convertible", "not_convertible"]
    assert effects.left_out["reason"].str.contains("cluster size is not reported").all()


def test_turned_scales_point_the_outcomes_way_and_say_so(evidence):
    hope = compute_effects(evidence, "hope").frame.set_index("trial")
    assert hope["aligned"].to_dict() == {"alder2011sample": True, "damson2018sample": False, "elder2020sample": False}
    assert hope.at["alder2011sample", "yi"] > 0  # less hopelessness with peers is more hope


def test_benefit_is_positive_in_favour_of_peers_whatever_is_better(evidence):
    symptoms = compute_effects(evidence, "symptoms").frame
    assert symptoms["yi"].lt(0).all()
    assert (symptoms["benefit"] == -symptoms["yi"]).all()
    recovery = compute_effects(evidence, "recovery").frame
    assert (recovery["benefit"] == recovery["yi"]).all()
    readmission = compute_effects(evidence, "readmission").frame
    assert (readmission["benefit"] == -readmission["yi"]).all()


def test_swapping_the_arms_turns_the_effect_and_keeps_its_variance(small):
    there, back = (means(10, 3, 30, 9, 4, 34), means(9, 4, 34, 10, 3, 30))
    one, other = (compute_effects(small([row]), "recovery").frame.iloc[0] for row in (there, back))
    assert (one["yi"], one["vi"]) == pytest.approx((-other["yi"], other["vi"]))


def test_numbers_randomised_stand_in_for_numbers_analysed_and_that_is_said(small):
    row = {name: cell for name, cell in means(10, 3, 30, 9, 3, 30).items() if name != "n_comparator"}
    arms = {DEFAULT_TRIAL: {"peer": {"n_randomised": 99}, "control": {"n_randomised": 30}}}
    frame = compute_effects(small([row], arms=arms), "recovery").frame
    whole = compute_effects(small([means(10, 3, 30, 9, 3, 30)]), "recovery").frame
    assert frame.at[0, "yi"] == whole.at[0, "yi"]
    assert frame.at[0, "n_intervention"] == 30
    assert "numbers randomised stand in" in frame.at[0, "note"]
    assert whole.at[0, "note"] == ""


def test_the_first_sufficient_set_of_the_contract_gives_the_effect_and_the_next_checks_it(small):
    row = means(10, 3, 30, 9, 3, 30, effect_measure="SMD", estimate=0.33, ci_lower=-0.18, ci_upper=0.84, p_value=0.2)
    effects = compute_effects(small([row]), "recovery")
    assert effects.frame["routes"].tolist() == [("means",)]
    check = effects.cross_checks.iloc[0]
    assert (check["route"], check["check_route"], check["check_yi"]) == ("means", "estimate", 0.33)
    assert check["agrees"]


def test_a_cross_check_that_fails_is_reported_and_does_not_change_the_effect(small):
    row = means(10, 3, 30, 9, 3, 30, effect_measure="SMD", estimate=-0.33, standard_error=0.26)
    effects = compute_effects(small([row]), "recovery")
    assert effects.frame.at[0, "yi"] > 0
    check = effects.cross_checks.iloc[0]
    assert not check["agrees"]
    assert check["difference_in_se"] > CROSS_CHECK_TOLERANCE


REASONS = {
    "printed as OR, which cannot be turned into RR": {
        "outcome": "readmission",
        "effect_measure": "OR",
        "estimate": 0.8,
        "ci_lower": 0.5,
        "ci_upper": 1.3,
    },
    "printed as means, which cannot be turned into RR": means(1, 2, 30, 1, 2, 30, outcome="employment"),
    "printed as counts, which cannot be turned into MD": events(
        3, 30, 4, 30, outcome="bed_days", instrument="bed days"
    ),
    "a test result, which cannot be turned into MD": sizes(
        30, 30, outcome="bed_days", p_value=0.2, reported_direction="favours_intervention", trial="birch2002sample"
    ),
    "a test result without the sizes of the arms": {"p_value": 0.2, "reported_direction": "favours_intervention"},
    "a test result without its direction (reported no significant difference)": sizes(
        30, 30, p_value=0.2, reported_direction="no_difference", timepoint_months=1
    ),
    "a test result without its direction": sizes(30, 30, test_statistic="F", statistic_value=2, timepoint_months=2),
    "a test result on more than one degree of freedom": sizes(
        30,
        30,
        test_statistic="chi2",
        statistic_value=6,
        degrees_of_freedom=2,
        reported_direction="favours_intervention",
        timepoint_months=3,
    ),
    "a test result rounded to a p value of 0": sizes(
        30, 30, p_value=0, reported_direction="favours_intervention", timepoint_months=4
    ),
    "numbers without their uncertainty (in favour of peer support)": {
        "mean_intervention": 10,
        "mean_comparator": 9,
        "reported_direction": "favours_intervention",
        "timepoint_months": 5,
    },
    "measured, reported without numbers: in favour of the comparison": {
        "reported_direction": "favours_comparator",
        "timepoint_months": 6,
    },
    "measured, no result given": {"timepoint_months": 7},
}


@pytest.fixture(scope="module")
def unusable(small):
    return small(list(REASONS.values()))


@pytest.mark.parametrize("reason", REASONS)
def test_every_row_that_is_left_out_says_what_it_lacks(unusable, reason):
    row = REASONS[reason]
    left = compute_effects(unusable, row.get("outcome", "recovery")).left_out
    mine = left[left["timepoint_months"].eq(row.get("timepoint_months", 12)) & left["reason"].str.startswith(reason)]
    assert len(mine) == 1
    assert mine.iloc[0]["kind"] == ("without_numbers" if reason.startswith("measured") else "not_convertible")


def test_every_row_of_an_outcome_is_an_effect_or_left_out_once(evidence):
    for outcome in evidence.codebook.outcomes["outcome"]:
        effects = compute_effects(evidence, outcome)
        listed = [*effects.frame[["file", "row"]].itertuples(index=False, name=None)]
        listed += effects.left_out[["file", "row"]].itertuples(index=False, name=None)
        rows = evidence.outcomes[evidence.outcomes["outcome"].eq(outcome)]
        assert sorted(listed) == sorted(rows[["file", "row"]].itertuples(index=False, name=None))


def test_an_arm_too_small_to_be_divided_keeps_its_effect_with_a_larger_variance(small):
    rows = [means(10, 3, 30, 9, 3, 3), means(11, 3, 30, 9, 3, 3, intervention_arm="peer2")]
    shared = compute_effects(small(rows), "recovery").frame
    alone = compute_effects(small(rows[:1]), "recovery").frame
    assert shared.at[0, "yi"] == alone.at[0, "yi"]
    assert shared.at[0, "vi"] == pytest.approx(alone.at[0, "vi"] * (1 / 30 + 2 / 3) / (1 / 30 + 1 / 3))


def test_an_unknown_arm_size_does_not_distort_how_a_shared_arm_is_divided(small):
    row = {"n_intervention": 50, "effect_measure": "SMD", "estimate": 0.3, "standard_error": 0.2}
    frame = compute_effects(small([row, row | {"intervention_arm": "peer2"}]), "recovery").frame
    assert frame["vi"].tolist() == pytest.approx([0.06, 0.06])  # 0.04 times (1/50 + 2/50) / (1/50 + 1/50)


def test_people_are_counted_once_an_arm(evidence):
    effects = compute_effects(evidence, "readmission")
    # 60 + 60, 30 + 30, and three arms of 50 in the trial with two peer arms.
    assert effects.participants() == (330.0, 0)
    recovery = compute_effects(evidence, "recovery", timepoint="all")
    assert recovery.participants()[0] == 55 + 54 + 28 + 27 + 46 + 45 + 44 + 110 + 108 + 38 + 37


def test_effects_without_arm_sizes_are_counted_apart(small):
    effects = compute_effects(small([{"effect_measure": "SMD", "estimate": 0.3, "standard_error": 0.2}]), "recovery")
    assert effects.participants() == (0.0, 1)


def test_effects_remember_what_they_are(evidence):
    effects = compute_effects(evidence, "readmission", measure="OR", timepoint="closest:6", as_printed=True)
    assert (effects.outcome, effects.outcome_label, effects.better) == ("readmission", "Readmission", "lower")
    assert (effects.measure, effects.timepoint, effects.as_printed) == ("OR", "closest:6", True)
    frame = effects.to_frame()
    frame["yi"] = 0.0
    assert effects.frame["yi"].ne(0).all()


def test_what_does_not_exist_is_named_with_what_does(evidence):
    with pytest.raises(ChoiceError, match="recovery"):
        compute_effects(evidence, "recovry")
    with pytest.raises(ChoiceError, match="SMD"):
        compute_effects(evidence, "recovery", measure="SDM")
    with pytest.raises(ChoiceError, match="closest"):
        compute_effects(evidence, "recovery", timepoint="12")


def test_fidelity_scores_of_arms_join_the_effects_as_moderators(evidence):
    scores = score_fidelity(evidence)
    effects = compute_effects(evidence, "recovery").with_moderators(scores.to_frame())
    regression = meta_regression(effects, moderators=["fidelity"])
    assert regression.k == 6
    arms = scores.arms.set_index(["trial", "arm"])["fidelity"]
    expected = [arms[pair] for pair in effects.frame[["trial", "intervention_arm"]].itertuples(index=False, name=None)]
    assert effects.frame["fidelity"].tolist() == expected


def test_moderators_joined_again_are_replaced_and_the_effects_own_columns_kept(evidence):
    effects = compute_effects(evidence, "recovery")
    trials = effects.frame[["trial"]].drop_duplicates()
    joined = effects.with_moderators(trials.assign(dose=1.0, yi=99.0)).with_moderators(trials.assign(dose=2.0))
    assert joined.frame["dose"].tolist() == [2.0] * 6
    assert joined.frame["yi"].tolist() == effects.frame["yi"].tolist()
    assert "dose" not in effects.frame


def test_the_listing_shows_every_row_of_every_outcome(evidence):
    listing = effects_listing(evidence)
    assert len(listing) == len(evidence.outcomes)
    assert set(listing["outcome"]) == set(evidence.outcomes["outcome"])
    assert listing.loc[listing["status"].eq("pooled"), "yi"].notna().all()
    assert listing.loc[listing["status"].ne("pooled"), "reason"].ne("").all()
    assert effects_listing(evidence, "hope")["measure"].eq("SMD").all()


def test_nothing_measured_is_an_empty_listing_with_its_columns(small):
    listing = effects_listing(small([]))
    assert listing.empty
    assert {"outcome", "trial", "yi", "vi", "status", "reason"} <= set(listing)


@pytest.mark.parametrize("outcome", ["recovery", "readmission"])
def test_the_order_of_the_rows_does_not_matter(evidence, outcome):
    turned = replace(evidence, outcomes=evidence.outcomes[::-1].reset_index(drop=True))
    assert computed(compute_effects(evidence, outcome)) == computed(compute_effects(turned, outcome))


@pytest.mark.parametrize("name", ["recovery", "Recovery", "personal recovery", "Personal recovery"])
def test_an_outcome_may_be_named_by_its_label_and_in_any_case(evidence, name):
    assert compute_effects(evidence, name, measure="smd").outcome == "recovery"
