"""All subsets of effects pooled: those of metafor's gosh, compiled or not, whole or sampled."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import ks_2samp

from builders.engines import ENGINES, using
from builders.references import load_reference
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.statistics import kernels
from synthesis.statistics.kernels import heterogeneity
from synthesis.statistics.subsets import _by_size, _pooled, gosh

REFERENCE = load_reference("gosh")["sets"]
CASES = [pytest.param(own, fit, id=f"{name}-{fit['method']}") for name, own in REFERENCE.items() for fit in own["fits"]]
# metafor's own search stops where tau2 moves by less than 1e-5; below it lies what its mean of thousands of fits keeps.
SEARCHED = {"REML": 2e-5, "DL": 1e-9, "EE": 1e-9}


@pytest.fixture(params=ENGINES)
def engine(request):
    with using(request.param):
        yield request.param


def pooled(own, method):
    """Return every subset's members, estimate and I2."""
    y, v = np.array(own["yi"], float), np.array(own["vi"], float)
    held = np.array(list(product([False, True], repeat=len(y))))
    held = held[held.sum(axis=1) >= 2]
    return held, *_pooled(y, v, held, method)[:2]


@pytest.mark.parametrize(("own", "fit"), CASES)
def test_every_subset_has_the_pool_that_metafor_gives_it(own, fit, engine):
    held, estimate, i2 = pooled(own, fit["method"])
    close = {"abs": SEARCHED[fit["method"]]}
    assert len(estimate) == fit["subsets"]
    assert fit["failed"] == 0
    shares = [0.025, 0.25, 0.5, 0.75, 0.975]
    assert np.quantile(estimate, shares, method="inverted_cdf") == pytest.approx(fit["quantiles"], **close)
    quarters = np.quantile(i2, [0.25, 0.5, 0.75], method="inverted_cdf")
    assert quarters == pytest.approx(fit["i2"], abs=100 * close["abs"])
    assert int((estimate > 0).sum()) == fit["above"]
    assert estimate.mean() == pytest.approx(fit["mean"], **close)
    assert [estimate[own_rows].mean() for own_rows in held.T] == pytest.approx(fit["with"], **close)


@pytest.mark.parametrize(("own", "fit"), CASES)
def test_what_is_counted_is_what_was_pooled(own, fit, engine):
    found = gosh(own["yi"], own["vi"], method=fit["method"])
    held, estimate, i2 = pooled(own, fit["method"])
    assert (found.subsets, found.whole, found.above) == (fit["subsets"], True, fit["above"])
    width = np.diff(found.estimate_edges)[0]
    assert found.quantile(np.array([0.025, 0.5, 0.975])) == pytest.approx(
        np.quantile(estimate, [0.025, 0.5, 0.975], method="inverted_cdf"), abs=width
    )
    assert found.counts.sum() == found.by_estimate.sum() == len(estimate)
    assert found.with_effect.sum(axis=1).tolist() == held.sum(axis=0).tolist()
    middle = (found.I2_edges[:-1] + found.I2_edges[1:]) / 2
    assert (found.counts.sum(axis=0) * middle).sum() / len(i2) == pytest.approx(i2.mean(), abs=0.5)


def test_compiled_and_not_they_are_the_same_to_twelve_digits():
    pytest.importorskip("numba")
    kernels.load_compiled()
    own = REFERENCE["apart"]
    y, v = np.array(own["yi"], float), np.array(own["vi"], float)
    for method in ("REML", "ML", "DL"):
        held, estimate, i2 = pooled(own, method)
        plain = _by_size(y, v, held, method)
        assert np.abs(estimate - plain[0]).max() < 1e-12
        assert np.abs(i2 - plain[1]).max() < 1e-9


def test_what_two_heaps_have_in_common_is_the_area_under_both():
    own = REFERENCE["apart"]
    found = gosh(own["yi"], own["vi"])
    held, estimate, _ = pooled(own, "REML")
    for effect in range(found.k):
        apart = ks_2samp(estimate[held[:, effect]], estimate[~held[:, effect]]).statistic
        assert found.in_common(effect) == pytest.approx(1 - apart, abs=0.005)
    common = [found.in_common(effect) for effect in range(found.k)]
    assert int(np.argmin(common)) == 9
    assert common[9] < 0.5 < min(common[:9])


def test_few_subsets_of_like_effects_have_much_in_common():
    found = gosh([0.2, 0.3, 0.25, 0.4, 0.35], [0.02] * 5)
    assert min(found.in_common(effect) for effect in range(5)) > 0.3


@pytest.mark.parametrize("method", ["PM", "HE"])
def test_other_estimators_are_those_of_the_kernels(method):
    own = REFERENCE["apart"]
    y, v = np.array(own["yi"], float), np.array(own["vi"], float)
    held, estimate, _ = pooled(own, method)
    for place in range(0, len(held), 97):
        mine = held[place]
        tau2 = heterogeneity(y[mine][:, None], v[mine][:, None], np.ones((mine.sum(), 1)), method=method)[0]
        assert estimate[place] == pytest.approx(np.average(y[mine], weights=1 / (v[mine] + tau2)), abs=1e-12)


def test_more_effects_than_a_mask_has_bits_are_sampled_too():
    rng = np.random.default_rng(4)
    v = rng.uniform(0.01, 0.1, 120)
    y = rng.normal(0.3, np.sqrt(v + 0.02))
    found = gosh(y, v, most=2_000)
    assert (found.whole, found.subsets, found.k) == (False, 2_000, 120)
    assert found.quantile(0.5) == pytest.approx(np.average(y, weights=1 / (v + 0.02)), abs=0.02)


def test_a_picture_has_fewer_bins_and_the_same_subsets():
    own = REFERENCE["apart"]
    found = gosh(own["yi"], own["vi"])
    edges, counts, with_effect = found.coarser(30)
    assert len(edges) == len(counts) + 1 <= 31
    assert (edges[0], edges[-1]) == (found.estimate_edges[0], found.estimate_edges[-1])
    assert counts.sum() == found.subsets
    assert with_effect.sum(axis=1).tolist() == found.with_effect.sum(axis=1).tolist()


def test_a_sample_stands_for_all_and_comes_again_with_its_seed():
    own = REFERENCE["bcg"]
    whole, drawn = gosh(own["yi"], own["vi"]), gosh(own["yi"], own["vi"], most=4_000, seed=3)
    assert (drawn.whole, drawn.subsets, drawn.seed) == (False, 4_000, 3)
    assert np.array_equal(drawn.counts, gosh(own["yi"], own["vi"], most=4_000, seed=3).counts)
    assert not np.array_equal(drawn.counts, gosh(own["yi"], own["vi"], most=4_000, seed=4).counts)
    assert drawn.quantile(0.5) == pytest.approx(whole.quantile(0.5), abs=0.03)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"yi": [0.1, 0.2], "vi": [0.1, 0.1]}, NotEstimableError, "from three effects on"),
        ({"method": "MH"}, ChoiceError, "pools the events"),
        ({"most": 2}, InputError, "most is 2"),
        ({"bins": 1}, InputError, "bins is 1"),
        ({"seed": -1}, InputError, "seed is -1"),
        ({"vi": [0.1, 0.1, 0.0]}, InputError, "vi number 3"),
    ],
)
def test_what_has_no_subsets_is_refused(change, error, says):
    with pytest.raises(error, match=says):
        gosh(**({"yi": [0.1, 0.2, 0.3], "vi": [0.1, 0.1, 0.1]} | change))


def test_identical_effects_have_one_estimate():
    found = gosh([0.2] * 4, [0.1, 0.2, 0.3, 0.4])
    assert found.quantile(0.5) == pytest.approx(0.2, abs=0.01)
    assert np.count_nonzero(found.counts) == 1
