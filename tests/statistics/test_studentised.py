"""Whole trials exchanged, or their residuals' signs flipped, under a studentised statistic: against clubSandwich's CR0,
dense algebra, arrangements listed by brute force, and type I errors of dependent effects.
"""

from __future__ import annotations

from itertools import permutations as orders
from itertools import product

import numpy as np
import pytest

from builders.references import load_reference
from synthesis.errors import InputError, NotEstimableError
from synthesis.statistics.arrangements import Rows
from synthesis.statistics.multilevel import che
from synthesis.statistics.permutation import permutation_test
from synthesis.statistics.studentised import cluster_permutation_test, left_beside, null_model, wild_bootstrap_test

REFERENCE = load_reference("joint")
CASES = [
    pytest.param(case, id="-".join([case["moderator"], *case["beside"], f"{case['rho']:g}"]))
    for case in REFERENCE["studentised"]
]
SIZES = [1, 2, 2, 1, 3, 1]


def of_reference(case):
    """Return the effects and the null model of a case of the reference, and its moderator beside the covariates."""
    effects = {name: np.array(values) for name, values in REFERENCE["effects"].items()}
    trials = case["trials"]
    cluster = np.array([trials.index(name) for name in effects["trial"]])
    # Outcomes of one or two trials share an intercept.
    known = effects["outcome"].tolist()
    seen = {name: len(set(effects["trial"][effects["outcome"] == name])) for name in known}
    own = np.array([name if seen[name] >= 3 else "" for name in known])
    covariates = [effects[name] for name in case["beside"]]
    Z = np.column_stack([*[(own == name).astype(float) for name in dict.fromkeys(own)], *covariates])
    model = null_model(effects["benefit"], effects["vi"], cluster, Z, rho=case["rho"])
    first = [np.flatnonzero(cluster == number)[0] for number in range(len(trials))]
    means = [effects[case["moderator"]][cluster == number].mean() for number in range(len(trials))]
    over = np.column_stack([np.ones(len(trials)), *[values[first] for values in covariates]])
    line = np.linalg.lstsq(over, means, rcond=None)[0]
    left = effects[case["moderator"]] - np.column_stack([np.ones(len(cluster)), *covariates]) @ line
    return model, effects[case["moderator"]], left, cluster, first


@pytest.mark.parametrize("case", CASES)
def test_the_statistic_is_rma_mvs_slope_over_clubsandwichs_cr0(case):
    model, x, left, cluster, first = of_reference(case)
    np.testing.assert_allclose([model.tau2, model.omega2], case["sigma2"], atol=1e-7)
    np.testing.assert_allclose(np.ravel(model.statistics(left[:, None])), [case["slope"], case["t"]], rtol=1e-6)
    assert case["one_each"]
    arranged = np.column_stack([left[first][order][cluster] for order in case["orders"]])
    np.testing.assert_allclose(np.transpose(model.statistics(arranged)), case["arranged"], rtol=1e-6, atol=1e-7)
    residuals = model.annihilator @ model.y
    turned = np.column_stack([residuals * np.array(signs)[cluster] for signs in case["signs"]])
    np.testing.assert_allclose(
        np.transpose(model.statistics(x[:, None], turned)), case["flipped"], rtol=1e-5, atol=1e-7
    )


def trials(sizes, seed=7):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    yi = rng.normal(0, 0.3, len(sizes))[cluster] + rng.normal(0, 0.2, len(cluster))
    return yi, rng.uniform(0.02, 0.1, len(cluster)), cluster


def dense(yi, vi, cluster, X, tau2, omega2, rho):
    """Return the last coefficient of generalised least squares and its t by CR0, with one whole covariance matrix."""
    same = cluster[:, None] == cluster
    S = np.where(same, rho * np.sqrt(np.outer(vi, vi)) + tau2, 0.0)
    S[np.diag_indices(len(yi))] = vi + tau2 + omega2
    W = np.linalg.inv(S)
    bread = np.linalg.inv(X.T @ W @ X)
    beta = bread @ X.T @ W @ yi
    scores = (X.T @ W) * (yi - X @ beta)
    by_cluster = np.column_stack([scores[:, cluster == own].sum(axis=1) for own in np.unique(cluster)])
    return beta[-1], beta[-1] / np.sqrt((bread @ by_cluster @ by_cluster.T @ bread)[-1, -1])


def dense_statistic(yi, vi, cluster, beside, rho=0.6):
    """Return the statistic of one x (and other effects) at the variances of the model without it."""
    Z = np.column_stack([np.ones(len(yi)), *beside])
    model = null_model(yi, vi, cluster, Z, rho=rho)
    given = {"tau2": model.tau2, "omega2": model.omega2, "rho": rho}
    return lambda x, y=yi: abs(dense(y, vi, cluster, np.column_stack([Z, x]), **given)[1])


def share_as_extreme(observed, found):
    return np.mean([one >= observed * (1 - 1e-6) for one in found])


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_many_columns_are_dense_regressions_one_by_one(rho):
    yi, vi, cluster = trials([2, 3, 1, 4, 2, 2, 3])
    rng = np.random.default_rng(1)
    Z = np.column_stack([np.ones(len(yi)), rng.normal(size=len(yi))])
    model = null_model(yi, vi, cluster, Z, rho=rho)
    many = rng.normal(size=(len(yi), 5))
    other = rng.normal(size=(len(yi), 5))
    fixed = (model.tau2, model.omega2, rho)
    wanted = [dense(yi, vi, cluster, np.column_stack([Z, x]), *fixed) for x in many.T]
    np.testing.assert_allclose(np.transpose(model.statistics(many)), wanted, rtol=1e-9)
    wanted = [dense(y, vi, cluster, np.column_stack([Z, many[:, 0]]), *fixed) for y in other.T]
    np.testing.assert_allclose(np.transpose(model.statistics(many[:, :1], other)), wanted, rtol=1e-9)


def test_the_null_model_has_the_variances_of_the_model_without_the_coefficient():
    yi, vi, cluster = trials([2, 3, 1, 4, 2, 2, 3])
    z = np.arange(7.0)[cluster]
    model = null_model(yi, vi, cluster, np.column_stack([np.ones(len(yi)), z]))
    fit = che(yi, vi, cluster, z)
    assert (model.tau2, model.omega2) == pytest.approx((fit.tau2, fit.omega2))


@pytest.mark.parametrize("values", [[0.1, 0.5, 0.9, 0.3, 0.7, 0.2], [0, 1, 0, 1, 1, 0]], ids=["distinct", "groups"])
def test_listed_arrangements_are_all_there_are(values):
    yi, vi, cluster = trials(SIZES)
    outcome = np.array([0, 0, 1, 0, 1, 0, 0, 1, 1, 0.0])
    statistic = dense_statistic(yi, vi, cluster, [outcome])
    values = np.array(values, float)
    distinct = {tuple(values[list(order)]) for order in orders(range(len(SIZES)))}
    p = share_as_extreme(statistic(values[cluster]), [statistic(np.array(one)[cluster]) for one in distinct])
    found = cluster_permutation_test(yi, vi, [f"trial {c}" for c in cluster], values[cluster], outcome)
    assert (found.exact, found.permutations, found.standard_error) == (True, len(distinct), 0.0)
    assert found.pval == pytest.approx(p, abs=1e-12)


def test_what_is_left_beside_a_covariate_of_trials_is_exchanged():
    yi, vi, cluster = trials(SIZES)
    x, z = np.array([0.1, 0.5, 0.9, 0.3, 0.7, 0.2]), np.array([3, 1, 5, 1, 2, 4.0])
    statistic = dense_statistic(yi, vi, cluster, [z[cluster]])
    # A line through the trials, however many effects each has.
    left = x - np.polyval(np.polyfit(z, x, 1), z)
    found = cluster_permutation_test(yi, vi, cluster, x[cluster], z[cluster])
    assert (found.exact, found.permutations) == (True, 720)
    shuffled = [statistic(left[list(order)][cluster]) for order in orders(range(len(SIZES)))]
    assert found.pval == pytest.approx(share_as_extreme(statistic(left[cluster]), shuffled), abs=1e-12)
    # The covariate is in every model, so what x shares with it changes nothing observed, only what is exchanged.
    assert statistic(left[cluster]) == pytest.approx(statistic(x[cluster]))
    whole = [statistic(x[list(order)][cluster]) for order in orders(range(len(SIZES)))]
    assert not np.allclose(np.sort(whole), np.sort(shuffled))


def test_trials_whose_arms_differ_are_exchanged_among_trials_of_as_many_effects():
    sizes = [1, 2, 2, 1, 2, 1]
    yi, vi, cluster = trials(sizes)
    rows = [[0.1], [0.4, 0.6], [0.2, 0.9], [0.8], [0.5, 0.5], [0.3]]
    statistic = dense_statistic(yi, vi, cluster, [])
    arranged = []
    for one, two in product(orders([0, 3, 4, 5]), orders([1, 2])):
        given = list(rows)
        for place, source in zip([0, 3, 4, 5], one, strict=True):
            given[place] = [rows[source][0]] * sizes[place]
        for place, source in zip([1, 2], two, strict=True):
            given[place] = rows[source]
        arranged.append(statistic(np.concatenate(given)))
    found = cluster_permutation_test(yi, vi, cluster, np.concatenate(rows))
    assert (found.exact, found.permutations) == (True, 48)
    assert found.pval == pytest.approx(share_as_extreme(statistic(np.concatenate(rows)), arranged), abs=1e-12)


def test_trials_that_can_exchange_with_none_leave_nothing_to_compare():
    yi, vi, cluster = trials([2, 3, 4, 5])
    found = cluster_permutation_test(yi, vi, cluster, np.random.default_rng(0).normal(size=len(yi)))
    assert (found.pval, found.permutations, found.exact) == (1.0, 1, True)


def test_what_is_one_value_in_a_trial_stays_one_beside_many_covariates():
    """A last digit of rounding would make a trial look as if its arms differed, and keep it apart from the others."""
    rng = np.random.default_rng(4)
    for _ in range(40):
        cluster = np.repeat(np.arange(30), rng.integers(1, 6, 30))
        members = [np.flatnonzero(cluster == own) for own in range(30)]
        design = np.column_stack([np.ones(len(cluster)), rng.normal(size=(30, 12))[cluster]])
        left = left_beside(rng.normal(size=30)[cluster], design, members)
        assert len(Rows(members, left).kinds()) == 1


def test_every_pattern_of_signs_is_listed_where_trials_are_few():
    yi, vi, cluster = trials(SIZES)
    x, outcome = np.array([0.1, 0.5, 0.9, 0.3, 0.7, 0.2])[cluster], np.array([0, 0, 1, 0, 1, 0, 0, 1, 1, 0.0])
    statistic = dense_statistic(yi, vi, cluster, [outcome])
    model = null_model(yi, vi, cluster, np.column_stack([np.ones(len(yi)), outcome]))
    Z = np.column_stack([np.ones(len(yi)), outcome])
    W = np.linalg.inv(covariance(vi, cluster, model.tau2, model.omega2))
    residuals = yi - Z @ np.linalg.solve(Z.T @ W @ Z, Z.T @ W @ yi)
    flipped = [statistic(x, residuals * np.array(signs)[cluster]) for signs in product([1, -1], repeat=len(SIZES))]
    found = wild_bootstrap_test(yi, vi, cluster, x, outcome)
    assert (found.exact, found.permutations) == (True, 64)
    assert found.pval == pytest.approx(share_as_extreme(statistic(x), flipped), abs=1e-12)
    assert found.pval >= 2 / 64  # as they are, and all turned


def covariance(vi, cluster, tau2, omega2, rho=0.6):
    S = np.where(cluster[:, None] == cluster, rho * np.sqrt(np.outer(vi, vi)) + tau2, 0.0)
    S[np.diag_indices(len(vi))] = vi + tau2 + omega2
    return S


def test_many_trials_are_drawn_and_the_same_seed_draws_the_same():
    yi, vi, cluster = trials([1, 2] * 7)
    x = np.random.default_rng(2).normal(size=14)[cluster]
    for test, name, listed in ((cluster_permutation_test, "permutations", 199), (wild_bootstrap_test, "draws", 20_000)):
        one, again, other = (test(yi, vi, cluster, x, seed=seed, **{name: listed}) for seed in (1, 1, 2))
        assert one == again
        assert (one.exact, one.permutations) == (False, listed)
        assert one.standard_error == pytest.approx(np.sqrt(one.pval * (1 - one.pval) / listed))
        assert abs(one.pval - other.pval) < 5 * one.standard_error
    few, cluster = trials([1] * 7)[0], np.arange(7)
    assert not wild_bootstrap_test(few, np.full(7, 0.1), cluster, cluster**2, draws=127).exact
    assert wild_bootstrap_test(few, np.full(7, 0.1), cluster, cluster**2, draws=128).exact


def test_the_level_is_kept_by_whole_trials_and_not_by_effects():
    """Method rule 9: trials of one and of four dependent effects, no slope, a covariate of trials that has one."""
    sizes, runs, arrangements = [1, 4] * 9, 160, 199
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(11)
    rejected = dict.fromkeys(("trials", "beside a covariate", "signs", "effects"), 0)
    for run in range(runs):
        vi = rng.uniform(0.01, 0.06, len(cluster))
        errors = np.sqrt(vi) * (
            np.sqrt(0.6) * rng.normal(size=len(sizes))[cluster] + np.sqrt(0.4) * rng.normal(size=len(cluster))
        )
        yi = rng.normal(0, 0.2, len(sizes))[cluster] + rng.normal(0, 0.1, len(cluster)) + errors
        z = rng.normal(size=len(sizes))
        x = (0.6 * z + 0.8 * rng.normal(size=len(sizes)))[cluster]
        data = (yi, vi, cluster, x)
        found = {
            "trials": cluster_permutation_test(*data, permutations=arrangements, seed=run),
            "signs": wild_bootstrap_test(*data, draws=arrangements, seed=run),
            "beside a covariate": cluster_permutation_test(
                yi + 0.3 * z[cluster], *data[1:], z[cluster], permutations=arrangements, seed=run
            ),
            "effects": permutation_test(yi, vi, x, method="DL", permutations=arrangements, seed=run),
        }
        for name, test in found.items():
            rejected[name] += test.pval <= 0.05
    error = np.sqrt(0.05 * 0.95 / runs)
    for name in ("trials", "beside a covariate", "signs"):
        assert abs(rejected[name] / runs - 0.05) < 3 * error, (name, rejected)
    assert rejected["effects"] / runs > 0.05 + 5 * error, rejected


GIVEN = {"yi": [0.1, 0.2, 0.3, 0.1], "vi": [0.1] * 4, "cluster": list("abcd"), "x": [1, 2, 4, 3]}


@pytest.mark.parametrize("test", [cluster_permutation_test, wild_bootstrap_test])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"yi": [0.1, 0.2, 0.3]}, "of one length"),
        ({"x": [1, 2, 3]}, "of one length"),
        ({"cluster": list("abc")}, "of one length"),
        ({"Z": [1, 2, 3]}, "Z has 3 rows and x has 4"),
        ({"vi": [0.1, 0.1, np.nan, 0.1]}, "leave that effect out"),
        ({"x": [1, 2, np.nan, 3]}, "leave that effect out"),
        ({"Z": [1, 2, np.nan, 3]}, "leave that effect out"),
        ({"vi": [0.1, 0.1, 0.0, 0.1]}, "not above 0"),
        ({"rho": 1.0}, "from 0 to below 1"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_what_cannot_be_tested_is_refused_in_a_sentence(test, change, says):
    with pytest.raises(InputError, match=says):
        test(**GIVEN | change)


def test_a_number_of_arrangements_that_is_none_is_refused():
    with pytest.raises(InputError, match="permutations is 0; it must be a whole number from 1 on"):
        cluster_permutation_test(**GIVEN, permutations=0)
    with pytest.raises(InputError, match=r"draws is 9\.5"):
        wild_bootstrap_test(**GIVEN, draws=9.5)


@pytest.mark.parametrize("test", [cluster_permutation_test, wild_bootstrap_test])
def test_a_moderator_that_its_covariates_make_up_is_named(test):
    with pytest.raises(NotEstimableError, match="collinear"):
        test(**GIVEN, Z=[2, 4, 8, 6])
    with pytest.raises(NotEstimableError, match="collinear"):
        test(**GIVEN | {"x": [1, 1, 1, 1]})
    with pytest.raises(NotEstimableError, match="2 clusters cannot carry 2 coefficients"):
        test(**GIVEN | {"cluster": list("aabb")})


def test_a_moderator_that_differs_by_rounding_alone_is_the_same_in_every_trial():
    with pytest.raises(NotEstimableError, match="the same in every trial"):
        cluster_permutation_test(**GIVEN | {"x": 1 + 2e-13 * np.array([0, 1, 1, 2])})
