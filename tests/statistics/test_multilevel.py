"""Correlated and hierarchical effects against metafor's rma.mv and clubSandwich: variances, CR2, Satterthwaite, HTZ.

R's optimiser stops at about 1e-7 of the variances; what is beyond that is its own.
"""

import numpy as np
import pytest

from builders.references import load_reference
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.multilevel import che

REFERENCE = load_reference("clubsandwich")
CASES = [
    pytest.param(case, id="-".join([case["dataset"], *case["moderators"], f"{case['rho']:g}"]))
    for case in REFERENCE["che"]
]


def fitted(case, **options):
    data = REFERENCE["datasets"][case["dataset"]]
    X = np.column_stack([data["mods"][name] for name in case["moderators"]]) if case["moderators"] else None
    return che(data["yi"], data["vi"], data["cluster"], X, rho=case["rho"], **options)


@pytest.mark.parametrize("case", CASES)
def test_variances_and_coefficients_equal_rma_mv(case):
    fit = fitted(case)
    found = [fit.tau2, fit.omega2][: len(case["sigma2"])]
    np.testing.assert_allclose(found, case["sigma2"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(fit.beta, case["beta"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(fit.se_model, case["se_model"], rtol=1e-6)
    assert (fit.k, fit.clusters) == (case["k"], case["clusters"])


@pytest.mark.parametrize("case", CASES)
def test_cluster_robust_inference_equals_clubsandwich(case):
    fit = fitted(case)
    np.testing.assert_allclose(fit.se, case["se_cr2"], rtol=1e-6)
    np.testing.assert_allclose(fit.df, case["df_satterthwaite"], rtol=1e-6)
    np.testing.assert_allclose(fit.pval, case["pval"], rtol=1e-5)
    np.testing.assert_allclose(fit.ci_lb, case["ci_lb"], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(fit.ci_ub, case["ci_ub"], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("case", [p for p in CASES if p.values[0]["moderators"]])
def test_the_joint_test_equals_clubsandwichs_htz(case):
    found, wanted = fitted(case).htz, case["htz"]
    np.testing.assert_allclose([found.F, found.df_denom], [wanted["Fstat"], wanted["df_denom"]], rtol=1e-5)
    np.testing.assert_allclose(found.pval, wanted["p_val"], rtol=1e-5)
    assert found.df_num == wanted["df_num"]


def test_columns_to_test_can_be_chosen_and_without_any_there_is_no_test():
    case = next(case for case in REFERENCE["che"] if len(case["moderators"]) == 2)
    one = fitted(case, test=[1]).htz
    assert one.df_num == 1
    assert pytest.approx((fitted(case).beta[2] / fitted(case).se[2]) ** 2) == one.F
    assert fitted(case, test=[]).htz is None
    assert fitted(REFERENCE["che"][0]).htz is None


def test_the_weights_make_the_estimate_and_a_strong_correlation_makes_some_negative():
    case = next(case for case in REFERENCE["che"] if not case["moderators"] and case["rho"] == 0.8)
    fit, data = fitted(case), REFERENCE["datasets"][case["dataset"]]
    np.testing.assert_allclose(fit.weights @ np.array(data["yi"]), fit.beta)
    assert fit.weights.sum() == pytest.approx(1)
    # Two effects of one trial, one ten times as precise: at rho .9 the other only corrects the first.
    y, v = [0.1, 0.3, 0.2, 0.4, 0.3], [0.01, 0.1, 0.02, 0.03, 0.05]
    negative = che(y, v, ["a", "a", "b", "c", "d"], rho=0.9).weights < 0
    assert negative.tolist() == [[False, True, False, False, False]]
    assert not (che(y, v, ["a", "a", "b", "c", "d"], rho=0.2).weights < 0).any()


def test_neither_the_order_of_effects_nor_the_names_of_clusters_matter():
    case = next(case for case in REFERENCE["che"] if len(case["moderators"]) == 2)
    data = REFERENCE["datasets"][case["dataset"]]
    X = np.column_stack([data["mods"][name] for name in case["moderators"]])
    order = np.random.default_rng(3).permutation(len(X))
    names = np.array([f"trial {number}" for number in data["cluster"]])
    y, v = np.array(data["yi"]), np.array(data["vi"])
    one, other = fitted(case), che(y[order], v[order], names[order], X[order], rho=case["rho"])
    for name in ("beta", "se", "df"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-7)
    np.testing.assert_allclose(other.weights, one.weights[:, order], atol=1e-9)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vi": [0.1, 0.0, 0.1, 0.1]}, "not above 0"),
        ({"yi": [0.1, np.nan, 0.1, 0.1]}, "leave that effect out"),
        ({"cluster": ["a", "b", "c"]}, "of one length"),
        ({"rho": 1.0}, "from 0 to below 1"),
        ({"level": 95}, "between 0 and 1"),
        ({"X": [1, 2, 3, 4], "test": [1]}, "columns of X from 0 to 0"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(change, says):
    given = {"yi": [0.1, 0.2, 0.3, 0.1], "vi": [0.1] * 4, "cluster": ["a", "b", "c", "d"]} | change
    with pytest.raises(InputError, match=says):
        che(**given)


def test_too_few_clusters_and_collinear_columns_are_named():
    y, v = [0.1, 0.2, 0.3, 0.1], [0.1] * 4
    with pytest.raises(NotEstimableError, match="2 clusters cannot carry 2 coefficients"):
        che(y, v, ["a", "a", "b", "b"], [1, 2, 3, 4])
    with pytest.raises(NotEstimableError, match="collinear"):
        che(y, v, list("abcd"), np.column_stack([[1, 2, 3, 4], [2, 4, 6, 8]]))
