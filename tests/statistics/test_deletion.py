"""Deletion diagnostics equal metafor's influence and baujat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.references import TESTS, load_reference
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics import influence
from synthesis.statistics.deletion import COLUMNS
from synthesis.statistics.models import fit_model

ITERATIVE = 1e-6  # through a tau2 that each program searches for
REFERENCE = load_reference("small_study")

effect, variance = st.floats(-2, 2), st.floats(0.01, 1)
tables = st.lists(st.tuples(effect, variance), min_size=4, max_size=12).map(lambda rows: np.array(rows).T)


def name_of(case):
    return "-".join([case["dataset"], *case["mods"], case["method"], case["test"]])


@pytest.mark.parametrize("case", REFERENCE["influence"], ids=name_of)
def test_every_diagnostic_equals_metafors(case):
    data = REFERENCE["datasets"][case["dataset"]]
    X = np.array([data["mods"][name] for name in case["mods"]], float).T if case["mods"] else None
    found = influence(data["yi"], data["vi"], X, method=case["method"], ci=TESTS[case["test"]])
    for name in [*COLUMNS, "baujat_x", "baujat_y", "dfbetas"]:
        expected = np.array(case[name.replace("_d", ".d").replace("_r", ".r") if name in COLUMNS else name], float)
        np.testing.assert_allclose(getattr(found, name), expected, rtol=ITERATIVE, atol=1e-7, err_msg=name)
    assert found.influential.tolist() == case["influential"]
    assert list(found.frame) == COLUMNS


def test_the_references_have_influential_effects_heterogeneity_at_zero_and_moderators():
    cases = REFERENCE["influence"]
    assert any(any(case["influential"]) for case in cases)
    assert any(0 in case["tau2.del"] for case in cases)
    assert {np.array(case["dfbetas"]).shape[1] for case in cases} == {1, 2, 3}


@given(tables)
def test_without_an_effect_is_the_model_of_the_others(drawn):
    yi, vi = drawn
    found = influence(yi, vi, method="DL")
    rest = fit_model(yi[1:], vi[1:], np.ones((len(yi) - 1, 1)), method="DL", ci="wald")
    assert (found.tau2_del[0], found.QE_del[0]) == pytest.approx((rest.tau2, rest.QE), rel=1e-9, abs=1e-12)
    assert found.hat.sum() == pytest.approx(1)
    assert found.weight.sum() == pytest.approx(100)
    assert found.cook_d == pytest.approx(((found.fit.beta[0] - _means(yi, vi)) / found.fit.se[0]) ** 2, abs=1e-9)


def _means(yi, vi):
    others = [np.arange(len(yi)) != i for i in range(len(yi))]
    return np.array([fit_model(yi[o], vi[o], np.ones((o.sum(), 1)), method="DL").beta[0] for o in others])


def test_an_effect_that_carries_a_moderator_alone_has_no_numbers_without_it():
    found = influence([0.1, 0.2, 0.4, 0.3], [0.1, 0.1, 0.2, 0.1], [0, 0, 0, 1], method="DL")
    assert np.isnan(found.frame.loc[3, ["rstudent", "cook_d", "tau2_del"]].to_numpy(float)).all()
    assert found.hat[3] == pytest.approx(1)
    assert np.isfinite(found.frame.loc[:2, "rstudent"]).all()


def test_identical_effects_have_no_outlier():
    found = influence([0.2] * 5, [0.1, 0.2, 0.15, 0.3, 0.1], method="DL")
    assert (found.rstudent == 0).all()
    assert not found.influential.any()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (([0.1, np.nan, 0.2], [0.1, 0.1, 0.1]), "yi number 2 is nan"),
        (([0.1, 0.3, 0.2], [0.1, 0.1]), "yi has 3 numbers and vi has 2"),
        (([0.1, 0.3, 0.2], [0.1, 0.1, 0.1], [1, 2]), "X has 2 rows and there are 3 effects"),
        (([0.1, 0.3, 0.2], [0.1, 0.1, 0.1], [1, 2, np.nan]), "moderator of effect 3 is missing"),
    ],
)
def test_arrays_that_cannot_be_are_refused_by_place(given, says):
    with pytest.raises(InputError, match=says):
        influence(*given)


def test_one_effect_is_refused():
    with pytest.raises(NotEstimableError, match="1 effects cannot carry"):
        influence([0.1], [0.1])
