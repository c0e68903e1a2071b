"""Fidelity: scores, bounds, several coders, differences between arms, the crosswalk. Numbers are worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.roots import COMPONENTS, DEFAULT_TRIAL, means
from synthesis.answers.fidelity import SCORES, crosswalk, resolve_ratings, score_column, score_fidelity
from synthesis.effects import compute_effects

MECHANISM = dict(COMPONENTS)
PLAIN = means(10, 3, 30, 9, 3, 30)


def arm_of(scores, trial, arm):
    return scores.arms.set_index(["trial", "arm"]).loc[(trial, arm)]


def scored(small, **rated):
    """Score one peer arm whose components are rated as given; what is not named has no row."""
    return arm_of(score_fidelity(small([PLAIN], ratings={DEFAULT_TRIAL: {"peer": rated}})), DEFAULT_TRIAL, "peer")


@pytest.fixture(scope="module")
def scores(evidence):
    return score_fidelity(evidence)


def test_a_score_is_the_mean_of_the_mechanisms_and_its_bounds_fill_what_is_not_reported(scores):
    # Consensus of the alder trial: trust 2, 2; role-modelling 1, 2; bridging -, 1; enabling 1, 2.
    arm = arm_of(scores, "alder2011sample", "peer")
    assert arm[["trust", "role_modelling", "bridging", "enabling"]].tolist() == [1.0, 0.75, 0.5, 0.75]
    assert arm["fidelity"] == pytest.approx((1 + 0.75 + 0.5) / 3)
    assert arm["fidelity_lower"] == pytest.approx((1 + 0.75 + 0.25) / 3)
    assert arm["fidelity_upper"] == pytest.approx((1 + 0.75 + 0.75) / 3)
    assert (arm["bridging_lower"], arm["bridging_upper"]) == (0.25, 0.75)
    assert (arm["fidelity_minimum"], arm["fidelity_product"]) == (0.5, 0.375)
    assert (arm["reported"], arm["components"], arm["basis"], arm["role"]) == (5, 6, "both", "intervention")


def test_without_consensus_the_mean_of_those_who_gave_a_rating_counts(scores):
    # The damson trial: trust -, 2; role-modelling 1, 0; bridging (2 and 1), 2.
    arm = arm_of(scores, "damson2018sample", "peer")
    assert arm["fidelity"] == pytest.approx((1 + 0.25 + (0.75 + 1) / 2) / 3)
    assert arm["fidelity_lower"] == pytest.approx((0.5 + 0.25 + 0.875) / 3)
    assert arm["fidelity_upper"] == pytest.approx((1 + 0.25 + 0.875) / 3)


def test_enabling_conditions_are_not_part_of_the_score(small):
    without = scored(small, sharing=2, example=1, linkage=0)
    with_them = scored(small, sharing=2, example=1, linkage=0, supervision=2)
    assert with_them["enabling"] == 1.0
    for name in ("fidelity", "fidelity_lower", "fidelity_upper", "reported", "components"):
        assert with_them[name] == without[name]


def test_every_mechanism_weighs_the_same_however_many_components_it_reports(small):
    arm = scored(small, sharing=2, listening=2, example=0, linkage=0, network=0)
    assert arm["fidelity"] == pytest.approx(1 / 3)


def test_silence_is_missing_and_never_absent(small):
    silent = scored(small, sharing=2, listening=None)
    assert silent["trust"] == 1.0
    assert (silent["trust_lower"], silent["trust_upper"]) == (0.5, 1.0)
    assert silent["fidelity"] == 1.0  # the mechanisms nobody reports are left out of the score
    assert silent["fidelity_lower"] == pytest.approx(0.5 / 3)
    assert silent["fidelity_upper"] == 1.0
    absent = scored(small, sharing=2, listening=0)
    assert absent["trust"] == absent["trust_lower"] == absent["trust_upper"] == 0.5


def test_an_arm_of_which_nothing_is_reported_has_no_score_and_the_widest_bounds(small):
    arm = scored(small, sharing=None)
    assert np.isnan(arm["fidelity"])
    assert (arm["fidelity_lower"], arm["fidelity_upper"]) == (0.0, 1.0)
    assert np.isnan(arm["fidelity_minimum"])
    assert np.isnan(arm["fidelity_product"])
    assert arm["reported"] == 0


def test_the_gate_needs_every_mechanism_reported(small):
    assert np.isnan(scored(small, sharing=2, example=2)["fidelity_minimum"])
    assert np.isnan(scored(small, sharing=2, example=2)["fidelity_product"])
    shut = scored(small, sharing=0, example=2, linkage=2)
    assert (shut["fidelity_minimum"], shut["fidelity_product"]) == (0.0, 0.0)
    assert shut["fidelity"] == pytest.approx(2 / 3)


ratings = st.dictionaries(st.sampled_from(list(MECHANISM)), st.sampled_from([0.0, 1.0, 2.0, None]), min_size=1)


@settings(max_examples=20, deadline=None)
@given(ratings)
def test_every_score_stands_between_its_bounds_and_filling_a_gap_stays_within_them(evidence_of, rated):
    arm = evidence_of(rated)
    for name in ("fidelity", "trust", "role_modelling", "bridging", "enabling"):
        if not np.isnan(arm[name]):
            assert 0 <= arm[f"{name}_lower"] <= arm[name] + 1e-12
            assert arm[name] <= arm[f"{name}_upper"] + 1e-12 <= 1 + 2e-12
    filled = evidence_of({name: 1.0 if rated.get(name) is None else rated[name] for name in MECHANISM})
    assert arm["fidelity_lower"] - 1e-12 <= filled["fidelity"] <= arm["fidelity_upper"] + 1e-12
    assert filled["fidelity_lower"] == filled["fidelity"] == filled["fidelity_upper"]


@pytest.fixture(scope="module")
def evidence_of(small):
    """Score one arm from a dictionary of ratings, without files."""
    whole = small([PLAIN], ratings={DEFAULT_TRIAL: {"peer": dict.fromkeys(MECHANISM, 1)}})

    def score(rated):
        rows = [{"component": name, "rating": np.nan if r is None else r} for name, r in rated.items()]
        given = whole.components.iloc[0].to_dict()
        components = pd.DataFrame([given | row for row in rows]).astype({"rating": float})
        return arm_of(score_fidelity(replace(whole, components=components)), DEFAULT_TRIAL, "peer")

    return score


def codes(*rows):
    return pd.DataFrame(
        [{"trial": "t", "arm": "peer", "component": c, "coder": coder, "rating": r} for c, coder, r in rows]
    ).astype({"rating": float})


def test_a_consensus_rules_even_where_it_says_that_nothing_is_reported():
    resolved = resolve_ratings(codes(("a", "x", 2), ("a", "y", 1), ("a", "consensus", None), ("b", "consensus", 1)))
    resolved = resolved.set_index("component")
    assert np.isnan(resolved.at["a", "rating"])
    assert resolved.at["b", "rating"] == 1
    assert resolved["consensus"].all()
    assert resolved["coders"].tolist() == [2, 0]


def test_coders_disagree_on_a_rating_or_on_whether_there_is_one():
    resolved = resolve_ratings(
        codes(
            *(("same", "x", 1), ("same", "y", 1)),
            *(("other", "x", 1), ("other", "y", 2)),
            *(("silent", "x", None), ("silent", "y", None)),
            *(("half", "x", None), ("half", "y", 2)),
            ("single", "x", 0),
        )
    ).set_index("component")
    assert resolved["disagree"].to_dict() == {
        "same": False,
        "other": True,
        "silent": False,
        "half": True,
        "single": False,
    }
    assert resolved["rating"].dropna().to_dict() == {"same": 1.0, "other": 1.5, "half": 2.0, "single": 0.0}
    assert resolved["coders"].to_dict() == {"same": 2, "other": 2, "silent": 0, "half": 1, "single": 1}


def test_the_difference_to_a_coded_comparison_arm_has_bounds_of_both(scores, evidence):
    contrasts = scores.contrasts(compute_effects(evidence, "recovery").frame).set_index("trial")
    row = contrasts.loc["damson2018sample"]
    # Comparator: trust (0 and 1), -; role-modelling 0, -; bridging (1 and 2), -.
    own, other = (1 + 0.25 + 0.875) / 3, (0.25 + 0 + 0.75) / 3
    lower, upper = (0.125 + 0 + 0.375) / 3, (0.625 + 0.5 + 0.875) / 3
    assert row["comparator_fidelity"] == pytest.approx(other)
    assert row["difference"] == pytest.approx(own - other)
    assert row["difference_lower"] == pytest.approx((0.5 + 0.25 + 0.875) / 3 - upper)
    assert row["difference_upper"] == pytest.approx(own - lower)
    # All unreported components absent in both arms, or present in both: inside the bounds.
    assert row["difference_absent"] == pytest.approx((0.5 + 0.25 + 0.875) / 3 - lower)
    assert row["difference_present"] == pytest.approx(own - upper)
    assert np.isnan(contrasts.at["birch2014sample", "difference"])


def test_each_comparison_is_scored_once_by_its_own_intervention_arm(scores, evidence):
    frame = compute_effects(evidence, "recovery").frame
    contrasts = scores.contrasts(pd.concat([frame, frame]))
    assert len(contrasts) == len(frame)
    cedar = contrasts[contrasts["trial"].eq("cedar2016sample")].set_index("intervention_arm")
    for arm in ("peer", "peer2"):
        assert cedar.at[arm, "fidelity"] == arm_of(scores, "cedar2016sample", arm)["fidelity"]


def test_scores_exist_by_name_even_where_nobody_coded_anything(small):
    scores = score_fidelity(small([PLAIN]))
    assert scores.arms.empty
    contrasts = scores.contrasts(pd.DataFrame([[DEFAULT_TRIAL, "peer", "control"]], columns=CONTRAST))
    assert contrasts[[score_column(name) for name in SCORES]].isna().all(axis=None)
    assert "0 intervention arms" in str(scores)


CONTRAST = ["trial", "intervention_arm", "comparator_arm"]


def test_every_offered_score_is_a_column_of_the_contrasts(scores, evidence):
    assert {score_column(name) for name in SCORES} <= set(scores.contrasts(compute_effects(evidence, "recovery").frame))


def test_the_ratings_show_every_component_of_every_coded_arm(scores, evidence):
    coded = evidence.components[["trial", "arm"]].drop_duplicates()
    assert len(scores.ratings) == len(coded) * len(evidence.codebook.components)
    assert scores.ratings["rating"].isna().any()
    frame = scores.to_frame()
    frame["fidelity"] = 0.0
    assert scores.arms["fidelity"].ne(0).all()


def test_the_crosswalk_names_what_has_no_counterpart_on_either_side(evidence):
    table = crosswalk(evidence).set_index("component")
    assert table.at["service_linkage", "key_function_label"] == "Links to care"
    assert table.at["valued_role", "key_function_label"] == ""
    assert not table.at["supervision", "core"]
    functions = evidence.codebook.key_functions.iloc[[0]].assign(key_function="daily_help", label="Help in daily life")
    codebook = replace(evidence.codebook, key_functions=pd.concat([evidence.codebook.key_functions, functions]))
    unserved = crosswalk(replace(evidence, codebook=codebook)).iloc[-1]
    assert (unserved["component"], unserved["key_function_label"]) == ("", "Help in daily life")


def test_a_calibrated_score_puts_the_mean_of_described_arms_of_its_role_where_a_report_is_silent(small):
    """By hand: trust is sharing and listening, role-modelling example and role, bridging linkage and network."""
    trials = ["ash2001sample", "ash2002sample", "ash2003sample"]
    ratings = {
        "ash2001sample": {
            "peer": {"sharing": 2, "listening": 2, "example": 2, "linkage": 0},
            "control": {"sharing": 0},
        },
        "ash2002sample": {"peer": {"sharing": 1, "role": 1, "linkage": 1, "network": 2}, "control": {"linkage": 1}},
        "ash2003sample": {"peer": {"sharing": 0}},
    }
    evidence = small([means(10, 3, 30, 9, 3, 30, trial=trial) for trial in trials], ratings=ratings)
    arms = score_fidelity(evidence).arms.set_index(["trial", "arm"])
    # Means over arms that describe: sharing 1, listening 2, example 2, role 1, linkage 0.5, network 2.
    expected = {
        ("ash2001sample", "peer"): np.mean([(2 + 2) / 4, (2 + 1) / 4, (0 + 2) / 4]),
        ("ash2002sample", "peer"): np.mean([(1 + 2) / 4, (2 + 1) / 4, (1 + 2) / 4]),
        ("ash2003sample", "peer"): np.mean([(0 + 2) / 4, (2 + 1) / 4, (0.5 + 2) / 4]),
        # Comparators by their own kind: nobody describes listening, example, role or network there.
        ("ash2001sample", "control"): np.mean([0, 1 / 2]),
        ("ash2002sample", "control"): np.mean([0, 1 / 2]),
    }
    for arm, score in expected.items():
        assert arms.at[arm, "calibrated"] == pytest.approx(score), arm
        assert arms.at[arm, "calibrated_lower"] == arms.at[arm, "fidelity_lower"]


def test_where_everything_is_described_calibration_changes_nothing(scores):
    full = scores.arms[scores.arms["reported"].eq(scores.arms["components"])]
    assert full["calibrated"].tolist() == pytest.approx(full["fidelity"].tolist())
    assert scores.arms["calibrated"].notna().all()
