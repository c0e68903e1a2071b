"""The kernels: at the highest mode of the likelihood, each data set by itself, compiled or not.

The likelihood is written out here from its definition; metafor's numbers are met in test_models and test_permutation.
"""

import ast
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest

from builders.engines import ENGINES, using
from builders.references import load_reference
from synthesis.effects import compute_effects
from synthesis.errors import InputError
from synthesis.evidence import load_evidence
from synthesis.statistics import kernels
from synthesis.statistics.engine import pymare_tau2
from synthesis.statistics.kernels import heterogeneity
from synthesis.statistics.lines import fit_lines, fit_means

A_HAIR = 1e-6  # log units
GRID = np.concatenate([[0.0], np.geomspace(1e-4, 1e3, 400)])
METHODS = ["REML", "ML", "PM", "DL", "HE"]
# What numpy and the compiled loops may differ by, in units of tau2 plus the mean variance.
BETWEEN_ENGINES = 1e-12


def log_likelihood(y, v, X, tau2, *, restricted):
    """Return the log-likelihood of one data set at each of many values of tau2, up to a constant."""
    variance = v + np.asarray(tau2)[:, None]
    w = 1 / variance
    cross = np.einsum("gk,kp,kq->gpq", w, X, X)
    beta = np.linalg.solve(cross, ((w * y) @ X)[:, :, None])[:, :, 0]
    residual = y - beta @ X.T
    value = -0.5 * (np.log(variance).sum(axis=1) + (w * residual**2).sum(axis=1))
    return value - 0.5 * np.linalg.slogdet(cross)[1] if restricted else value


def wild(k, p, draws, seed):
    """Return data sets whose variances span decades and whose heterogeneity may be nothing or huge."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(k), rng.random((k, p - 1))])
    v = np.exp(rng.normal(-3, 1.5, (k, draws)))
    return rng.normal(0, np.sqrt(v + rng.choice([0, 0.05, 0.5], draws))), v, X


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])
@pytest.mark.parametrize(("k", "p"), [(4, 1), (5, 2), (8, 1), (8, 2), (9, 3), (25, 2)])
def test_no_other_heterogeneity_is_more_likely_than_the_one_found(k, p, restricted, engine):
    y, v, X = wild(k, p, 400, seed=10 * k + p)
    with using(engine):
        found = heterogeneity(y, v, X, method="REML" if restricted else "ML")
    for column in range(400):
        scale = found[column] + v[:, column].mean()
        step = 1e-5 * scale
        beside = [found[column], found[column] + step, max(found[column] - step, 0.0)]
        heights = log_likelihood(y[:, column], v[:, column], X, [*beside, *GRID], restricted=restricted)
        reached, up, down = heights[:3]
        assert heights[3:].max() <= reached + A_HAIR
        if found[column] > 0:  # the slope there is nothing, to the seventh digit of the estimate and better
            assert abs(up - down) <= 1e-2 * abs(up - 2 * reached + down) + 1e-12


@pytest.mark.parametrize("engine", ENGINES)
def test_of_two_modes_the_higher_is_taken(engine):
    data = load_reference("pooling")["datasets"]["bimodal_likelihood"]
    y, v, X = np.array(data["yi"], float), np.array(data["vi"], float), np.ones((len(data["yi"]), 1))
    values = log_likelihood(y, v, X, GRID, restricted=False)
    padded = np.concatenate([[-np.inf], values, [-np.inf]])
    modes = (padded[1:-1] > padded[:-2]) & (padded[1:-1] > padded[2:])
    assert modes.sum() == 2, "the data are what their name says"
    with using(engine):
        found = heterogeneity(y[:, None], v[:, None], X, method="ML")[0]
    assert log_likelihood(y, v, X, [found], restricted=False)[0] >= values.max() - 1e-12


@pytest.mark.parametrize("engine", ENGINES)
def test_of_real_trials_no_subset_stops_at_a_lower_mode(engine):
    """Six of the shipped trials on depression at a time: three subsets have two modes apart from 0."""
    frame = compute_effects(load_evidence("data", references="references.bib"), "depression").frame
    members = np.array(list(combinations(range(len(frame)), 6))).T
    y, v = (frame[name].to_numpy(float)[members] for name in ("yi", "vi"))
    with using(engine):
        found = heterogeneity(y, v, np.ones((6, 1)), method="REML")

    def likelihood(tau2):
        w = 1 / (v + tau2)
        mean = (w * y).sum(axis=0) / w.sum(axis=0)
        return 0.5 * (np.log(w).sum(axis=0) - np.log(w.sum(axis=0)) - (w * (y - mean) ** 2).sum(axis=0))

    reached = likelihood(found)
    assert (
        max((likelihood(place) - reached).max() for place in np.concatenate([[0.0], np.geomspace(1e-6, 3, 500)])) < 1e-9
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("X", [np.arange(1.0, 9.0)[:, None], np.column_stack([np.arange(1.0, 9.0), np.ones(8)])])
def test_a_design_without_an_intercept_first_is_refused(X, engine):
    y, v, _ = wild(8, 1, 5, seed=2)
    with using(engine), pytest.raises(InputError, match="a column of ones"):
        heterogeneity(y, v, X, method="REML")


def test_arrays_that_may_not_be_written_are_not_compiled_for_once_more():
    """Each further type of an argument costs a fresh machine many seconds, and each process its loading."""
    program = """
import numpy as np
from synthesis.statistics import kernels, lanes
from synthesis.statistics.subsets import gosh
rng = np.random.default_rng(1)
y, v = rng.normal(size=(9, 4)), rng.uniform(0.1, 1, (9, 4))
x = rng.normal(size=9)
answers = []
for writeable in (True, False):
    for array in (y, v, x):
        array.setflags(write=writeable)
    design = np.column_stack([np.ones(9), x])
    answers.append(kernels.heterogeneity(y, v, design, method="REML"))
    gosh(y[:, 0], v[:, 0])
assert (answers[0] == answers[1]).all()
print({name: len(own.signatures) for name, own in vars(lanes).items() if getattr(own, "signatures", None)})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = ast.literal_eval(done.stdout)
    assert {"solve", "solve_subsets"} <= set(found)
    assert set(found.values()) == {1}


def test_a_numba_that_cannot_be_loaded_is_as_one_that_is_not_installed(monkeypatch):
    def broken(name):
        raise ImportError(name)

    monkeypatch.setattr(kernels, "import_module", broken)
    loaded = sys.modules.pop(kernels.LANES, None)
    try:
        assert kernels.compiled(10**9) is None
        assert kernels.load_compiled() is False
        y, v, X = wild(5, 1, 3, seed=1)
        assert np.isfinite(heterogeneity(y, v, X, method="REML")).all()
    finally:
        if loaded:
            sys.modules[kernels.LANES] = loaded


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("k", "p"), [(5, 1), (9, 2), (12, 3)])
def test_a_data_set_has_the_same_answer_bit_for_bit_whatever_stands_beside_it(k, p, method, engine):
    y, v, X = wild(k, p, 3_000, seed=k)
    with using(engine):
        together = heterogeneity(y, v, X, method=method)
        for width in (1, 2, 7, 64, 100, 1_001):
            apart = [
                heterogeneity(y[:, at : at + width], v[:, at : at + width], X, method=method)
                for at in range(0, width * min(100, 3_000 // width), width)
            ]
            assert np.array_equal(np.concatenate(apart), together[: sum(map(len, apart))]), width
        backwards = heterogeneity(y[:, ::-1], v[:, ::-1], X, method=method)[::-1]
    assert np.array_equal(backwards, together)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("k", "p"), [(4, 1), (30, 1), (5, 2), (16, 2), (100, 2), (6, 3), (30, 3)])
def test_numpy_and_the_compiled_loops_agree(k, p, method):
    y, v, X = wild(k, p, 5_000, seed=k + p)
    with using("compiled"):
        compiled = heterogeneity(y, v, X, method=method)
    with using("numpy"):
        plain = heterogeneity(y, v, X, method=method)
    # Three columns of six trials, one of which may have nearly all the weight, lose a digit on either side.
    allowed = BETWEEN_ENGINES if p < 3 else 5 * BETWEEN_ENGINES
    assert np.max(np.abs(compiled - plain) / (plain + v.mean(axis=0))) < allowed


@pytest.mark.parametrize("method", ["REML", "ML", "PM", "DL", "EE"])
@pytest.mark.parametrize("p", [1, 2])
def test_data_sets_made_of_the_same_effects_are_fitted_as_laid_out(p, method):
    """Of many sizes side by side, with scores exchanged and signs turned, as when each is laid out by itself."""
    pytest.importorskip("numba", reason="the extra `multiverse` is not installed")
    from synthesis.statistics import lanes

    rng, n, d = np.random.default_rng(4), 17, 700
    y, v, scores = rng.normal(0.2, 0.3, (6, n)), rng.uniform(0.01, 0.2, (6, n)), rng.random((5, n))
    scores[4] = 0.5  # the same in all
    size = np.sort(rng.integers(3, n + 1, d))
    own = [np.sort(rng.choice(n, k, replace=False)) for k in size]
    begin, frame, score = np.concatenate([[0], np.cumsum(size)[:-1]]), rng.integers(0, 6, d), rng.integers(0, 5, d)
    order, sign = rng.permutation(n), rng.choice([-1.0, 1.0], n)
    sets = (frame, begin, size, np.concatenate(own), score, order, sign, np.ones(n, int))
    found = lanes.solve_sets(y, v, scores, sets, p, lanes.CODES[method], kernels.limits())
    for number, members in enumerate(own):
        yi, vi = (y[frame[number], members] * sign[members])[:, None], v[frame[number], members][:, None]
        x = scores[score[number], order[members]]
        if p == 2 and np.ptp(x) == 0:
            assert np.isnan(found[1, number])
            assert found[0, number] == 0
            continue
        assert not np.isnan(found[1, number])
        with using("numpy"):
            fit = fit_means(yi, vi, method=method) if p == 1 else fit_lines(yi, vi, x[:, None], method=method)
        tau2, estimate, variance, factor = found[:, number]
        assert tau2 == pytest.approx(fit.tau2[0], abs=1e-9)
        assert estimate == pytest.approx(fit.estimate[0], abs=1e-10)
        assert variance == pytest.approx(fit.variance[0], rel=1e-9)
        assert factor == pytest.approx(fit.factor[0], rel=1e-8, abs=1e-12)
    assert not np.isnan(found[0]).any()


def test_a_design_of_each_data_set_is_its_own():
    y, v, _ = wild(8, 2, 200, seed=3)
    x = np.random.default_rng(5).random((8, 200))
    own = np.stack([np.ones_like(x), x], axis=1)
    for engine in ENGINES:
        with using(engine):
            together = heterogeneity(y, v, own, method="REML")
            alone = [heterogeneity(y[:, [c]], v[:, [c]], own[:, :, c], method="REML")[0] for c in range(200)]
        np.testing.assert_allclose(together, alone, rtol=1e-11, atol=1e-14)


def test_pymare_agrees_where_it_reaches_the_same_mode():
    """PyMARE shares nothing with the kernels; where it stops elsewhere, the likelihood there is no higher."""
    apart = 0
    for k, p in ((4, 1), (9, 1), (16, 2), (30, 2)):
        y, v, X = wild(k, p, 250, seed=7 * k)
        for method in ("REML", "ML", "DL", "HE"):
            found = heterogeneity(y, v, X, method=method)
            for c in range(250):
                theirs = pymare_tau2(y[:, c], v[:, c], X, method)
                if abs(theirs - found[c]) <= 1e-6 * (theirs + v[:, c].mean()):
                    continue
                apart += 1
                assert method in ("REML", "ML")
                both = [found[c], theirs]
                ours, other = log_likelihood(y[:, c], v[:, c], X, both, restricted=method == "REML")
                assert ours >= other - 1e-9
    assert apart < 40
