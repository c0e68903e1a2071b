"""All subsets of effects pooled: those of metafor's gosh, compiled or not, whole or sampled."""

import sys

import numpy as np
import pytest

from builders.references import load_reference
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.statistics import kernels
from synthesis.statistics.subsets import _by_size, _pooled, gosh

REFERENCE = load_reference("gosh")["sets"]
CASES = [pytest.param(own, fit, id=f"{name}-{fit['method']}") for name, own in REFERENCE.items() for fit in own["fits"]]
ENGINES = ["numpy", "compiled"]
# metafor's own search stops where tau2 moves by less than 1e-5; below it lies what its mean of thousands of fits keeps.
SEARCHED = {"REML": 2e-5, "DL": 1e-9, "EE": 1e-9}


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    if request.param == "compiled":
        pytest.importorskip("numba", reason="the extra `multiverse` is not installed")
        kernels.load_compiled()
        yield request.param
        return
    monkeypatch.setattr(kernels, "WORTH_LOADING", np.inf)
    loaded = sys.modules.pop(kernels.LANES, None)
    yield request.param
    if loaded:
        sys.modules[kernels.LANES] = loaded


def pooled(own, method):
    """Return every subset's members, estimate and I2."""
    y, v = np.array(own["yi"], float), np.array(own["vi"], float)
    masks = np.arange(2 ** len(y), dtype=np.uint64)
    held = (masks[:, None] >> np.arange(len(y), dtype=np.uint64)) & np.uint64(1) > 0
    enough = held.sum(axis=1) >= 2
    return held[enough], *_pooled(y, v, masks[enough], held[enough], method)[:2]


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
        np.quantile(estimate, [0.025, 0.5, 0.975]), abs=width
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


def test_an_effect_that_lies_apart_has_little_in_common():
    own = REFERENCE["apart"]
    found = gosh(own["yi"], own["vi"])
    common = [found.overlap(effect) for effect in range(found.k)]
    assert int(np.argmin(common)) == 9
    assert common[9] < 0.5 < min(common[:9])


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
        ({"yi": np.zeros(63), "vi": np.ones(63)}, NotEstimableError, "62 is the most"),
        ({"method": "PM"}, ChoiceError, "REML, ML, DL, EE"),
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
