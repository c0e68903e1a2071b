"""The routes from what a report prints to an effect: which one answers, its sign, what it assumes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from builders.roots import means, sizes
from synthesis.effects.columns import Columns
from synthesis.effects.routes import ROUTES, row_effects
from synthesis.evidence.contract import load_contract
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


def effect(row, measure="SMD", **context):
    found = row_effects(Columns.of(rows_of(row, **context)), measure)
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


def test_effects_keep_the_order_of_their_rows():
    found = row_effects(Columns.of(rows_of(FIGURES, {}, sizes(30, 30) | T)), "SMD")
    assert found["route"].tolist() == ["means", "", "statistic"]
