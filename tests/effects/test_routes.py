"""The routes from what a report prints to an effect: which one answers, its sign, what it assumes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from builders.roots import means, sizes
from synthesis.effects.columns import Columns
from synthesis.effects.routes import ROUTES, row_effects
from synthesis.evidence.contract import load_contract
from synthesis.evidence.readings import AS_PRINTED, Readings
from synthesis.statistics.measures import MEASURES

PREFERENCE = tuple(ROUTES)
FIELDS = load_contract()["outcomes"].fields


def rows_of(*rows, better="higher", deff=1.0):
    """Lay rows out as `row_effects` takes them: every column, numbers as floats, text as str."""
    table = pd.DataFrame([{"instrument_better": better, "design_effect": deff} | dict(row) for row in rows])
    for field in FIELDS:
        cells = [dict(row).get(field.name, np.nan if field.is_number else "") for row in rows]
        table[field.name] = pd.Series(cells, dtype=float if field.is_number else "str")
    return table


def effect(row, measure="SMD", readings=AS_PRINTED, **context):
    found = row_effects(Columns.of(rows_of(row, **context)), measure, readings)
    return {name: values[0] for name, values in found.items()}


FIGURES = means(10, 3, 30, 9, 3, 30)
COUNTS = sizes(30, 30, events_intervention=6, events_comparator=10)
ESTIMATE = {"effect_measure": "SMD", "estimate": 0.3, "standard_error": 0.2}
T = {"test_statistic": "t", "statistic_value": 1.4}
P = {"p_value": 0.1, "reported_direction": "favours_intervention"}


def test_the_routes_stand_in_the_contracts_order():
    assert PREFERENCE == ("means", "events", "estimate", "statistic", "p_value")


def test_each_route_is_used_where_no_earlier_one_answers_and_checked_by_the_next():
    parts = [FIGURES, COUNTS, ESTIMATE, T, P]
    for i, name in enumerate(PREFERENCE):
        row = {key: cell for part in parts[i:] for key, cell in part.items()} | sizes(30, 30)
        found = effect(row)
        assert found["route"] == name
        assert found["check_route"] == (PREFERENCE[i + 1] if i < 4 else "")
        assert np.isfinite(found["check_yi"]) == (i < 4)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_route_answers_only_for_the_measures_it_can_make(measure):
    made = {
        "means": measure in ("MD", "SMD", "ROM"),
        "events": measure in ("RR", "OR", "PETO", "RD", "SMD"),
        "estimate": measure == "SMD",
        "statistic": measure == "SMD",
        "p_value": measure == "SMD",
    }
    for name, part in zip(PREFERENCE, (FIGURES, COUNTS, ESTIMATE, T, P), strict=True):
        found = effect(part | sizes(30, 30), measure)
        assert (found["route"] == name) is made[name], name


@pytest.mark.parametrize("kind", ["OR", "RR", "HR", "IRR"])
def test_a_printed_ratio_is_logged_and_its_standard_error_is_that_of_the_log(kind):
    found = effect({"effect_measure": kind, "estimate": 0.5, "standard_error": 0.2}, kind)
    assert (found["yi"], found["vi"]) == (pytest.approx(np.log(0.5)), pytest.approx(0.04))
    by_interval = effect({"effect_measure": kind, "estimate": 0.5, "ci_lower": 0.25, "ci_upper": 1.0}, kind)
    assert by_interval["vi"] == pytest.approx((np.log(4) / (2 * 1.959964)) ** 2, rel=1e-6)


def test_of_several_uncertainties_the_standard_error_comes_first_then_the_interval_the_test_the_p_value():
    sources = [
        {"standard_error": 0.5},
        {"ci_lower": 0.0, "ci_upper": 2.0},
        T | {"statistic_value": 4.0},
        {"p_value": 0.2},
    ]
    expected = [0.5, 2 / (2 * 1.959964), 0.25, 1 / stats.t.isf(0.1, 58)]
    for i, se in enumerate(expected):
        row = {"effect_measure": "MD", "estimate": 1.0} | sizes(30, 30)
        for source in sources[i:]:
            row |= source
        assert np.sqrt(effect(row, "MD")["vi"]) == pytest.approx(se, rel=1e-6)


def test_a_standard_error_that_a_p_value_stands_in_for_is_said():
    row = sizes(30, 30, effect_measure="MD", estimate=1.0, p_value=0.2)
    assert effect(row, "MD")["assumptions"] == ("se_from_p",)
    assert effect(row | T, "MD")["assumptions"] == ("se_from_statistic",)
    assert effect(row | {"standard_error": 0.4}, "MD")["assumptions"] == ()


@pytest.mark.parametrize(
    "row",
    [
        {"effect_measure": "MD", "estimate": 0.0, "p_value": 1.0},
        {"effect_measure": "MD", "estimate": 0.0, "p_value": 0.5},
        {"effect_measure": "MD", "estimate": 1.0, "p_value": 0.0},
        {"effect_measure": "MD", "estimate": 1.0},
        {"effect_measure": "RR", "estimate": 0.0, "standard_error": 0.2},
        {"effect_measure": "RR", "estimate": 0.5, "ci_lower": 0.0, "ci_upper": 1.0},
        {"effect_measure": "MD", "estimate": 1.0, "ci_lower": 1.0, "ci_upper": 1.0},
        {"p_value": 0.0, "reported_direction": "favours_intervention"},
        {"p_value": 0.2, "reported_direction": "no_difference"},
        {"p_value": 0.2},
        {"test_statistic": "F", "statistic_value": -4.0, "reported_direction": "favours_intervention"},
        {"test_statistic": "F", "statistic_value": 4.0},
        {
            "test_statistic": "chi2",
            "statistic_value": 4.0,
            "degrees_of_freedom": 2,
            "reported_direction": "favours_intervention",
        },
        {"mean_intervention": 1, "mean_comparator": 2},
        {"mean_intervention": 1, "mean_comparator": 2, "sd_intervention": 1.0},
        {"events_intervention": 31, "events_comparator": 2},
        {"reported_direction": "favours_intervention"},
        {},
    ],
)
def test_what_determines_no_effect_gives_none_and_no_warning(row):
    for measure in ("SMD", row.get("effect_measure", "MD"), "RR"):
        found = effect(sizes(30, 30) | row, measure)
        assert np.isnan(found["yi"]), measure
        assert (found["route"], found["assumptions"], found["check_route"]) == ("", (), "")


@pytest.mark.parametrize("test", [{"p_value": 1.0}, T | {"statistic_value": 0.0}, T | {"test_statistic": "F"}])
def test_a_test_that_gives_no_standard_error_makes_no_mean_difference(test):
    found = effect(sizes(30, 30, effect_measure="MD", estimate=1.0) | test, "MD")
    assert np.isnan(found["yi"])


def test_no_rows_have_no_effects():
    found = row_effects(Columns.of(rows_of(FIGURES).iloc[:0]), "SMD")
    assert {len(values) for values in found.values()} == {0}
    assert {"yi", "vi", "route", "assumptions", "check_route", "check_yi"} <= set(found)


SIGNS = [
    # row, better, sign on the instrument's own scale
    (T, "higher", 1),
    (T | {"statistic_value": -1.4}, "higher", -1),
    (T | {"statistic_value": -1.4}, "lower", -1),
    (T | {"reported_direction": "favours_intervention"}, "lower", -1),
    (T | {"reported_direction": "favours_comparator"}, "higher", -1),
    (T | {"reported_direction": "no_difference", "statistic_value": -0.2}, "higher", -1),
    (P, "higher", 1),
    (P, "lower", -1),
    (P | {"reported_direction": "favours_comparator"}, "lower", 1),
    ({"p_value": 0.1, "mean_intervention": 3, "mean_comparator": 4}, "lower", -1),
    ({"p_value": 0.1, "effect_measure": "RR", "estimate": 0.8}, "higher", -1),
    ({"p_value": 0.1, "effect_measure": "RD", "estimate": 0.1}, "lower", 1),
    ({"test_statistic": "F", "statistic_value": 2.0, "mean_intervention": 3, "mean_comparator": 4}, "higher", -1),
    ({"test_statistic": "chi2", "statistic_value": 2.0, "effect_measure": "RR", "estimate": 1.8}, "higher", 1),
    ({"test_statistic": "F", "statistic_value": 2.0, "reported_direction": "favours_intervention"}, "lower", -1),
]


@pytest.mark.parametrize(("row", "better", "sign"), SIGNS)
def test_the_sign_is_that_of_the_instruments_own_scale(row, better, sign):
    found = effect(sizes(30, 30) | row, better=better)
    assert np.sign(found["yi"]) == sign


def test_a_reported_direction_outranks_the_means_of_a_p_value():
    row = sizes(30, 30, p_value=0.1, mean_intervention=3, mean_comparator=4, reported_direction="favours_intervention")
    assert effect(row)["yi"] > 0


def test_half_a_person_is_added_only_where_a_cell_is_zero_and_that_is_said():
    zero = ("half_added",)
    for a, c, said in ((0, 4, zero), (4, 0, zero), (30, 4, zero), (4, 30, zero), (1, 29, ())):
        row = sizes(30, 30, events_intervention=a, events_comparator=c)
        assert effect(row, "RR")["assumptions"] == said


def test_an_smd_says_what_it_was_made_of():
    assumed = {
        "odds_ratio_as_smd": COUNTS,
        "own_sd": sizes(
            30, 30, sd_intervention=3, sd_comparator=4, effect_measure="MD", estimate=1, standard_error=0.8
        ),
        "implied_sd": sizes(30, 30, effect_measure="MD", estimate=1, standard_error=0.8),
        "residual_sd": sizes(30, 30, effect_measure="MD", estimate=1, standard_error=0.8, adjusted="yes"),
        "sd_of_changes": FIGURES | {"change": "yes"},
        "z_as_t": sizes(30, 30, test_statistic="z", statistic_value=1.2),
        "chi2_as_t2": sizes(
            30, 30, test_statistic="chi2", statistic_value=2.0, reported_direction="favours_intervention"
        ),
    }
    for code, row in assumed.items():
        assert effect(row)["assumptions"] == (code,)
    for row in (FIGURES, sizes(30, 30) | ESTIMATE, sizes(30, 30) | T, sizes(30, 30) | P):
        assert effect(row)["assumptions"] == ()


@pytest.mark.parametrize("row", [T, P, {"effect_measure": "MD", "estimate": 1, "standard_error": 0.8}])
def test_an_smd_through_the_test_of_an_adjusted_model_is_marked(row):
    assert "residual_sd" in effect(sizes(30, 30) | row | {"adjusted": "yes"})["assumptions"]
    assert "residual_sd" not in effect(sizes(30, 30) | row | {"adjusted": "no"})["assumptions"]


def test_the_test_of_a_model_of_the_clusters_is_read_on_effective_sample_sizes():
    row = sizes(60, 60, clusters_modelled="yes") | T
    clustered, small = effect(row, deff=2.0), effect(sizes(30, 30) | T)
    assert (clustered["yi"], clustered["vi"]) == (small["yi"], small["vi"])
    unadjusted = effect(row | {"clusters_modelled": "no", "adjusted": "yes"}, deff=2.0)
    assert unadjusted["yi"] == effect(row)["yi"]


R = Readings(adjusted_r=0.6)
MD = {"effect_measure": "MD", "estimate": 1, "standard_error": 0.8}
SDS = {"sd_intervention": 3, "sd_comparator": 4}


@pytest.mark.parametrize("row", [T, P, MD, {"test_statistic": "F", "statistic_value": 2.0} | P])
def test_only_what_rests_on_a_models_own_sd_is_brought_to_the_sd_between_people(row):
    adjusted = sizes(30, 30) | row | {"adjusted": "yes"}
    printed, read = effect(adjusted), effect(adjusted, readings=R)
    assert read["yi"] == pytest.approx(0.8 * printed["yi"], rel=1e-12)
    assert read["vi"] == pytest.approx(0.64 * printed["vi"], rel=1e-12)
    assert read["sd_ratio"] == pytest.approx(0.8)
    plain = sizes(30, 30) | row
    assert effect(plain, readings=R)["yi"] == effect(plain)["yi"]


@pytest.mark.parametrize("row", [ESTIMATE, MD | SDS, FIGURES, COUNTS, ESTIMATE | {"effect_measure": "OR"}])
def test_a_printed_smd_and_one_over_the_arms_sds_are_left_alone(row):
    adjusted = sizes(30, 30) | row | {"adjusted": "yes"}
    np.testing.assert_equal(effect(adjusted, readings=R), effect(adjusted))


@pytest.mark.parametrize("measure", ["MD", "ROM", "RR"])
def test_r_is_for_smds_alone(measure):
    row = sizes(30, 30) | (COUNTS if measure == "RR" else FIGURES | MD) | {"adjusted": "yes", "change": "yes"}
    assert effect(row, measure, R)["yi"] == effect(row, measure)["yi"]
    assert effect(row, measure, R)["sd_ratio"] == 1


@pytest.mark.parametrize("row", [FIGURES, T, P, MD, MD | SDS])
def test_of_changes_what_rests_on_their_sd_is_brought(row):
    change = sizes(30, 30) | row | {"change": "yes"}
    printed, read = effect(change), effect(change, readings=R)
    assert "sd_of_changes" in printed["assumptions"]
    assert read["yi"] == pytest.approx(np.sqrt(0.8) * printed["yi"], rel=1e-12)
    assert read["vi"] == pytest.approx(0.8 * printed["vi"], rel=1e-12)


def test_a_printed_smd_of_changes_is_left_alone():
    change = sizes(30, 30) | ESTIMATE | {"change": "yes"}
    assert effect(change, readings=R)["yi"] == 0.3


def test_a_model_of_changes_is_a_model():
    row = sizes(30, 30) | T | {"change": "yes", "adjusted": "yes"}
    assert effect(row)["assumptions"] == ("residual_sd",)
    assert effect(row, readings=R)["sd_ratio"] == pytest.approx(0.8)


INTERVAL = {"effect_measure": "MD", "estimate": 1.0, "ci_lower": 0.0, "ci_upper": 2.0}
BY_T = Readings(small_trial_t=True)


@pytest.mark.parametrize(("n1", "n2", "small"), [(15, 15, True), (59, 59, True), (60, 60, False), (59, 60, False)])
def test_below_sixty_people_in_each_arm_the_interval_of_a_mean_difference_is_by_t(n1, n2, small):
    se = np.sqrt(effect(sizes(n1, n2) | INTERVAL, "MD", BY_T)["vi"])
    quantile = stats.t.isf(0.025, n1 + n2 - 2) if small else stats.norm.isf(0.025)
    assert se == pytest.approx(1 / quantile, rel=1e-9)
    assert effect(sizes(n1, n2) | INTERVAL, "MD", BY_T)["assumptions"] == (("interval_by_t",) if small else ())


@pytest.mark.parametrize(
    ("row", "measure"),
    [
        (sizes(15, 15) | INTERVAL | {"standard_error": 0.4}, "MD"),
        (sizes(15, 15) | INTERVAL | {"effect_measure": "SMD"}, "SMD"),
        (sizes(15, 15) | INTERVAL | {"effect_measure": "RD"}, "RD"),
        (sizes(15, 15) | INTERVAL | {"effect_measure": "OR", "ci_lower": 0.4}, "OR"),
        (INTERVAL, "MD"),
    ],
    ids=["SE printed", "SMD", "RD", "ratio", "sizes unknown"],
)
def test_no_other_uncertainty_is_read_by_t(row, measure):
    assert effect(row, measure, BY_T)["vi"] == effect(row, measure)["vi"]


PRINTED = Readings(printed_df=True)


def test_printed_degrees_of_freedom_are_used_for_a_p_value_and_for_j():
    row = sizes(12, 14) | P
    by_sizes, by_printed = (effect(row | {"degrees_of_freedom": df}, readings=PRINTED) for df in (24, 9))
    assert by_sizes["yi"] == effect(row)["yi"]
    assert by_sizes["assumptions"] == ()
    t = stats.t.isf(0.05, 9)
    J = math.gamma(4.5) / (math.sqrt(4.5) * math.gamma(4))
    assert by_printed["yi"] == pytest.approx(J * t * np.sqrt(1 / 12 + 1 / 14), rel=1e-9)
    assert by_printed["assumptions"] == ("df_printed",)
    assert effect(row | {"degrees_of_freedom": 9})["yi"] == effect(row)["yi"]


def test_what_stands_beside_z_or_chi_square_and_a_single_degree_of_f_are_no_degrees_of_t():
    favours = {"reported_direction": "favours_intervention"}
    for kind, df in (("z", 9), ("chi2", 1), ("F", 1)):
        row = sizes(12, 14, test_statistic=kind, statistic_value=2.0, degrees_of_freedom=df) | favours
        assert effect(row, readings=PRINTED)["yi"] == effect(row)["yi"], kind


def test_a_paired_estimate_has_the_degrees_of_freedom_of_the_people_in_both_periods():
    row = sizes(12, 12, effect_measure="MD", estimate=2.0, period="paired")
    by_p, by_interval = row | {"p_value": 0.04}, row | {"ci_lower": 0.5, "ci_upper": 3.5}
    assert np.sqrt(effect(by_p, "MD")["vi"]) == pytest.approx(2 / stats.t.isf(0.02, 11), rel=1e-9)
    assert np.sqrt(effect(by_interval, "MD", BY_T)["vi"]) == pytest.approx(1.5 / stats.t.isf(0.025, 11), rel=1e-9)


def test_few_printed_degrees_of_freedom_make_an_interval_one_by_t():
    row = sizes(200, 200, degrees_of_freedom=9) | INTERVAL
    both = Readings(small_trial_t=True, printed_df=True)
    assert np.sqrt(effect(row, "MD", both)["vi"]) == pytest.approx(1 / stats.t.isf(0.025, 9), rel=1e-9)
    assert effect(row, "MD", both)["assumptions"] == ("interval_by_t", "df_printed")
    assert effect(row, "MD", BY_T)["vi"] == effect(row, "MD")["vi"]


FIRST = Readings(prefer_adjusted=True)


def test_an_adjusted_estimate_may_come_before_the_arms_means_and_is_checked_by_them():
    row = FIGURES | MD | {"adjusted": "yes"}
    means_first, adjusted_first = effect(row), effect(row, readings=FIRST)
    assert (means_first["route"], means_first["check_route"]) == ("means", "estimate")
    assert (adjusted_first["route"], adjusted_first["check_route"]) == ("estimate", "means")
    assert adjusted_first["yi"] == means_first["check_yi"]
    assert adjusted_first["check_yi"] == means_first["yi"]
    assert adjusted_first["assumptions"] == ("own_sd", "adjusted_preferred")


@pytest.mark.parametrize(
    "row",
    [
        FIGURES | MD,
        FIGURES | T | {"adjusted": "yes"},
        FIGURES | P | {"adjusted": "yes"},
        FIGURES | {"effect_measure": "OR", "estimate": 1.5, "standard_error": 0.4, "adjusted": "yes"},
        FIGURES | {"effect_measure": "MD", "estimate": 1.0, "adjusted": "yes"},
        COUNTS | MD | {"adjusted": "yes"},
    ],
    ids=["not adjusted", "t", "p", "of another measure", "no uncertainty", "no means"],
)
def test_nothing_else_comes_before_the_arms_figures(row):
    np.testing.assert_equal(effect(row, readings=FIRST), effect(row))


def test_effects_keep_the_order_of_their_rows():
    found = row_effects(Columns.of(rows_of(FIGURES, {}, sizes(30, 30) | T)), "SMD")
    assert found["route"].tolist() == ["means", "", "statistic"]
