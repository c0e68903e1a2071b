"""Permutation by whole trials: arrangements listed by brute force, and type I where trials give several effects."""

from __future__ import annotations

from itertools import permutations as orders

import numpy as np
import pytest

from synthesis.errors import InputError
from synthesis.statistics.arrangements import Rows, arrange
from synthesis.statistics.models import fit_model
from synthesis.statistics.permutation import permutation_test

SIZES = [1, 2, 2, 1, 3, 1]


def trials(sizes, seed=7):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    yi = rng.normal(0, 0.3, len(sizes))[cluster] + rng.normal(0, 0.2, len(cluster))
    return yi, rng.uniform(0.02, 0.1, len(cluster)), cluster


def statistic(yi, vi, x):
    fit = fit_model(yi, vi, np.column_stack([np.ones_like(x), x]), method="REML", ci="knapp-hartung-floor")
    return abs(fit.beta[1] / fit.se[1])


def brute_force(yi, vi, arranged, x):
    """The share of arrangements at least as extreme, each fitted alone by the model that pools and regresses."""
    distinct = {tuple(one) for one in arranged}
    observed = statistic(yi, vi, x)
    return np.mean([statistic(yi, vi, np.array(one)) >= observed * (1 - 1e-5) for one in distinct]), len(distinct)


@pytest.mark.parametrize("values", [[0.1, 0.5, 0.9, 0.3, 0.7, 0.2], [0, 1, 0, 1, 1, 0]], ids=["distinct", "groups"])
def test_whole_trials_are_exchanged(values):
    yi, vi, cluster = trials(SIZES)
    x = np.array(values, float)[cluster]
    arranged = [np.array(values, float)[list(order)][cluster] for order in orders(range(len(SIZES)))]
    p, distinct = brute_force(yi, vi, arranged, x)
    found = permutation_test(yi, vi, x, cluster=cluster)
    assert (found.exact, found.permutations) == (True, distinct)
    assert found.pval == pytest.approx(p, abs=1e-12)


def test_trials_whose_arms_differ_are_exchanged_among_trials_of_as_many_effects():
    sizes = [1, 2, 2, 1, 2, 1]
    yi, vi, cluster = trials(sizes)
    rows = [[0.1], [0.4, 0.6], [0.2, 0.9], [0.8], [0.5, 0.5], [0.3]]
    alike, differ = [0, 3, 4, 5], [1, 2]
    arranged = []
    for one in orders(alike):
        for two in orders(differ):
            given = list(rows)
            for place, source in zip(alike, one, strict=True):
                given[place] = [rows[source][0]] * sizes[place]
            for place, source in zip(differ, two, strict=True):
                given[place] = rows[source]
            arranged.append(np.concatenate(given))
    p, distinct = brute_force(yi, vi, arranged, np.concatenate(rows))
    found = permutation_test(yi, vi, np.concatenate(rows), cluster=cluster)
    assert (found.exact, found.permutations) == (True, distinct) == (True, 48)
    assert found.pval == pytest.approx(p, abs=1e-12)


def test_trials_of_one_effect_are_permuted_as_effects_are():
    yi, vi, _ = trials([1] * 7)
    x = np.array([1, 4, 2, 2, 8, 5, 7.0])
    assert permutation_test(yi, vi, x, cluster=list("abcdefg")) == permutation_test(yi, vi, x)


def test_a_group_of_many_trials_is_listed_when_it_has_few_arrangements():
    rows = Rows([np.array([i]) for i in range(20)], np.array([1.0] * 3 + [0.0] * 17))
    found = arrange(rows, most=2000, seed=0)
    assert (found.exact, len(found.sources)) == (True, 1140)
    assert len({tuple(one) for one in rows.arranged(found.sources).T}) == 1140
    assert not arrange(rows, most=1139, seed=0).exact


def test_drawn_arrangements_keep_a_trial_s_effects_together():
    cluster = np.repeat(np.arange(12), 2)
    x = np.repeat(np.arange(12.0), 2)
    rows = Rows([np.flatnonzero(cluster == c) for c in range(12)], x)
    drawn = rows.arranged(arrange(rows, most=300, seed=1).sources)
    assert np.all(drawn[::2] == drawn[1::2])
    assert np.all(np.sort(drawn, axis=0) == np.sort(x)[:, None])


def test_type_i_error_is_kept_by_whole_trials_and_not_by_effects_alone():
    """Method rule 9: with several effects a trial free permutation rejects far too often (Winkler 2015)."""
    sizes = [1, 4] * 8
    rng = np.random.default_rng(5)
    rejected = {"trials": 0, "effects": 0}
    runs = 200
    for run in range(runs):
        cluster = np.repeat(np.arange(len(sizes)), sizes)
        yi = rng.normal(0, 0.3, len(sizes))[cluster] + rng.normal(0, 0.15, len(cluster))
        vi, x = np.full(len(cluster), 0.15**2), rng.normal(size=len(sizes))[cluster]
        for unit, names in (("trials", cluster), ("effects", None)):
            found = permutation_test(yi, vi, x, cluster=names, method="DL", permutations=199, seed=run)
            rejected[unit] += found.pval <= 0.05
    error = np.sqrt(0.05 * 0.95 / runs)
    assert abs(rejected["trials"] / runs - 0.05) < 3 * error
    assert rejected["effects"] / runs > 0.05 + 5 * error


def test_every_effect_needs_a_trial():
    with pytest.raises(InputError, match="names 2 trials for 3 effects"):
        permutation_test([0.1, 0.2, 0.3], [0.1] * 3, [1, 2, 3], cluster=["a", "b"])
