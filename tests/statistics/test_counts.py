"""Pools of events equal metafor's rma.mh and rma.peto, RevMan's formulas, and refuse what cannot be told."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from builders.references import load_reference
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.statistics import mantel_haenszel, peto
from synthesis.statistics.measures import MEASURES

CLOSED_FORM = 1e-10
SETS = load_reference("counts")["sets"]
ARMS = ("events1", "n1", "events2", "n2")
NUMBERS = ("estimate", "se", "pval", "ci_lb", "ci_ub")
CASES = [(name, measure) for name in SETS for measure in ("RR", "OR", "RD")]
METHODS = {
    "MH": {},
    "MH-DL": {"random": True},
    "MH-REVMAN": {"convention": "revman"},
    "MH-DL-REVMAN": {"convention": "revman", "random": True},
}

rare_arm = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, min(n, 4)), st.just(n)))
tables = st.lists(st.tuples(rare_arm, rare_arm), min_size=1, max_size=8).map(
    lambda rows: np.array([[*one, *other] for one, other in rows], float).T
)


def tables_of(name):
    arms = SETS[name]["tables"]
    return [np.atleast_1d(arms[column]) for column in ARMS]


def assert_equal(found, expected, names):
    for name in names:
        value = np.nan if expected[name] is None else expected[name]
        np.testing.assert_allclose(getattr(found, name), value, rtol=CLOSED_FORM, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("name", "measure"), CASES)
def test_the_pool_equals_the_reference(name, measure, method):
    found = mantel_haenszel(*tables_of(name), measure=measure, **METHODS[method])
    expected = SETS[name]["pools"][measure][method]
    extra = {"MH": ("Q", "Q_df", "Q_pval", "k", "weights"), "MH-REVMAN": ()}.get(method, ("Q", "tau2"))
    assert_equal(found, expected, [*NUMBERS, *extra])


@pytest.mark.parametrize(("name", "measure"), CASES)
def test_a_user_of_metafor_meets_the_numbers_of_rma_mh_as_it_stands(name, measure):
    expected = SETS[name]["pools"][measure]["rma_mh"]
    found = mantel_haenszel(*tables_of(name), measure=measure)
    assert_equal(found, {**expected, "Q": expected["QE"]}, NUMBERS)
    if expected["k_yi"] == found.k and not has_zero_cells(name):
        assert pytest.approx(expected["QE"], rel=CLOSED_FORM, abs=1e-12) == found.Q


def has_zero_cells(name):
    a, n1, c, n2 = tables_of(name)
    return ((a == 0) | (c == 0) | (a == n1) | (c == n2)).any()


@pytest.mark.parametrize("name", SETS)
def test_petos_odds_ratio_equals_rma_peto(name):
    expected = SETS[name]["pools"]["OR"]["PETO"]
    found = peto(*tables_of(name))
    assert_equal(found, expected, [*NUMBERS, "Q", "Q_df", "Q_pval", "k", "weights"])


def test_the_references_have_tables_that_tell_nothing_and_tables_with_zero_cells():
    assert sum(has_zero_cells(name) for name in SETS) >= 4
    assert SETS["edges"]["pools"]["RR"]["MH"]["k"] == SETS["edges"]["pools"]["OR"]["MH"]["k"] + 1 == 6
    assert SETS["edges"]["pools"]["RD"]["MH"]["k"] == 7
    differ = [SETS["nielweise"]["pools"]["RR"][method]["estimate"] for method in ("MH", "MH-REVMAN")]
    assert abs(differ[0] - differ[1]) > 0.01


@given(tables)
def test_petos_pool_is_the_inverse_variance_mean_of_its_tables(drawn):
    own = MEASURES["PETO"].compute(*drawn)
    told = np.isfinite(own.yi)
    assume(told.any())
    w = 1 / own.vi[told]
    assert peto(*drawn).estimate == pytest.approx(w @ own.yi[told] / w.sum(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("measure", ["RR", "OR"])
@given(drawn=tables, people=st.integers(1, 500))
def test_a_table_without_events_changes_no_ratio(measure, drawn, people):
    with_silent = np.column_stack([drawn, [0, people, 0, people]])
    try:
        alone = mantel_haenszel(*drawn, measure=measure)
    except NotEstimableError:
        with pytest.raises(NotEstimableError):
            mantel_haenszel(*with_silent, measure=measure)
        return
    beside = mantel_haenszel(*with_silent, measure=measure)
    assert (beside.estimate, beside.se, beside.Q, beside.k) == (alone.estimate, alone.se, alone.Q, alone.k)
    assert np.isnan(beside.yi[-1])
    assert beside.weights[-1] == 0


def test_a_table_without_events_makes_a_risk_difference_surer():
    alone = mantel_haenszel([3, 1], [40, 50], [5, 0], [40, 50], measure="RD")
    beside = mantel_haenszel([3, 1, 0], [40, 50, 60], [5, 0, 0], [40, 50, 60], measure="RD")
    assert abs(beside.estimate) < abs(alone.estimate)
    assert beside.k == 3


@given(drawn=tables)
def test_a_shared_arm_may_be_a_fraction_and_half_of_every_count_doubles_the_variance(drawn):
    try:
        whole = mantel_haenszel(*drawn, measure="OR")
    except NotEstimableError:
        return
    half = mantel_haenszel(*(drawn / 2), measure="OR")
    assert half.estimate == pytest.approx(whole.estimate, rel=1e-9, abs=1e-12)
    assert half.se**2 == pytest.approx(2 * whole.se**2, rel=1e-9)


def test_a_risk_ratio_of_everybody_pulls_the_pool_towards_one_and_an_odds_ratio_ignores_it():
    few, more = ([12, 9], [20, 30], [6, 10], [20, 30]), ([12, 9, 50], [20, 30, 50], [6, 10, 50], [20, 30, 50])
    assert abs(mantel_haenszel(*more, measure="RR").estimate) < abs(mantel_haenszel(*few, measure="RR").estimate)
    assert mantel_haenszel(*more, measure="OR").estimate == mantel_haenszel(*few, measure="OR").estimate
    assert peto(*more).estimate == peto(*few).estimate


@pytest.mark.parametrize("pool", [peto, lambda *t: mantel_haenszel(*t, measure="RR")])
def test_tables_without_any_event_are_no_pool(pool):
    with pytest.raises(NotEstimableError, match="No table tells anything"):
        pool([0, 0], [60, 75], [0, 0], [30, 40])


@pytest.mark.parametrize(
    ("tables", "arm"), [(([0, 0], [20, 20], [3, 1], [20, 20]), "intervention"), (([2], [20], [0], [20]), "comparator")]
)
def test_a_ratio_without_events_on_one_side_is_refused_by_that_side(tables, arm):
    for measure in ("RR", "OR"):
        with pytest.raises(NotEstimableError, match=f"the {arm} has no event"):
            mantel_haenszel(*tables, measure=measure)
    assert np.isfinite(mantel_haenszel(*tables, measure="RD").estimate)
    assert np.isfinite(peto(*tables).estimate)
    assert np.isfinite(mantel_haenszel(*tables, measure="RR", convention="revman").estimate)


@pytest.mark.parametrize("events1", [-1, 21, np.nan, np.inf])
def test_a_table_that_cannot_be_is_refused_by_its_place(events1):
    for pool in (peto, lambda *t: mantel_haenszel(*t, measure="RD")):
        with pytest.raises(InputError, match="Table 2 cannot be"):
            pool([1, events1], [20, 20], [1, 1], [20, 20])


def test_a_measure_or_convention_that_is_not_pooled_is_refused():
    with pytest.raises(ChoiceError, match="RR, OR, RD"):
        mantel_haenszel([1], [20], [1], [20], measure="SMD")
    with pytest.raises(ChoiceError, match="exact, revman"):
        mantel_haenszel([1], [20], [1], [20], measure="RR", convention="stata")


def test_printed_pools_of_a_review_without_zero_cells_are_met_to_the_last_digit():
    # Fleiss (1993), seven trials of aspirin, as RevMan prints them (and R meta ships them): OR 0.897 (0.841 to 0.957),
    # Q 9.946 on 6 degrees of freedom.
    events1, n1 = [49, 44, 102, 32, 85, 246, 1570], [615, 758, 832, 317, 810, 2267, 8587]
    events2, n2 = [67, 64, 126, 38, 52, 219, 1720], [624, 771, 850, 309, 406, 2257, 8600]
    found = mantel_haenszel(events1, n1, events2, n2, measure="OR")
    printed = [0.89686556, 0.8405144, 0.95699471]
    np.testing.assert_allclose(np.exp([found.estimate, found.ci_lb, found.ci_ub]), printed, rtol=6e-9)
    assert pytest.approx(9.94605598, abs=5e-9) == found.Q
    weights = [3.17649, 3.10168911, 5.67538044, 1.79548462, 3.21762436, 10.15349122, 72.87984024]
    np.testing.assert_allclose(found.weights, weights, atol=6e-9)
