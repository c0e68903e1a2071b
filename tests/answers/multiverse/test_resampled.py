"""Trials drawn anew: the same numbers as from the rows laid out by hand, chunk by chunk, with and without numba."""

from __future__ import annotations

import gc
import warnings

import numpy as np
import pytest

from builders.engines import ENGINES, using
from synthesis.answers.multiverse.draws import times_drawn
from synthesis.answers.multiverse.space import multiverse
from synthesis.answers.multiverse.statement import describe_multiverse
from synthesis.errors import InputError

FEW = {
    name: [] for name in "instrument figures icc adjusted_r estimates intervals comparators people integrity".split()
}
FEW |= {"design": [], "routes": [], "timepoint": ["closest:12"], "risk_of_bias": ["without_high"]}
FEW |= {"estimator": ["DL", "EE"], "interval": []}


@pytest.fixture(scope="module")
def pools(shipped):
    return multiverse(shipped, "recovery", levels=FEW | {"peers": ["core"]}, permutations=20, resamples=60)


@pytest.fixture(scope="module")
def slopes(shipped):
    levels = FEW | {"peers": [], "score": ["trust", "absent", "drawn:5"]}
    return multiverse(shipped, "recovery", target="slope", levels=levels, permutations=0, resamples=60)


def test_trials_are_drawn_by_number():
    drawn = [times_drawn(30, seed=7, number=number) for number in range(400)]
    assert (drawn[0] == 1).all()
    assert {own.sum() for own in drawn} == {30}
    assert np.array_equal(times_drawn(30, seed=7, number=17), drawn[17])
    assert not np.array_equal(times_drawn(30, seed=8, number=17), drawn[17])
    # Each trial is missing from a draw with (1 - 1/30)^30 = .362; 399 draws of 30 leave an error of about .005.
    assert np.mean([(own == 0).mean() for own in drawn[1:]]) == pytest.approx((29 / 30) ** 30, abs=0.02)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["pools", "slopes"])
def test_a_draw_is_what_pymare_finds_on_its_rows(name, engine, request):
    """Whole trials, each as often as it was drawn; nothing where too few different ones are left."""
    with warnings.catch_warnings():  # PyMARE leaves a file open when it is loaded
        warnings.simplefilter("ignore", ResourceWarning)
        from pymare import Dataset
        from pymare.estimators import DerSimonianLaird, WeightedLeastSquares

        gc.collect()
    space = request.getfixturevalue(name)
    data, fits = space.work.data, space.work.fits
    compared = 0
    for draw in range(1, 13):
        times = times_drawn(int(data.trial.max()) + 1, seed=space.plan.seed, number=draw)[data.trial]
        with using(engine):
            (found,) = space.work.referred.drawn_anew(times[None])
        for number, estimate in list(zip(space.work.referred.referred, found, strict=True))[draw % 2 :: 2]:
            estimator, yi, vi, xi = _laid_out(fits, int(number), times)
            if estimator not in ("DL", "EE"):
                continue
            few = len(set(zip(yi, vi, xi, strict=True))) <= 2 or (name == "slopes" and np.ptp(xi) == 0)
            if few:
                assert np.isnan(estimate)
                continue
            model = DerSimonianLaird() if estimator == "DL" else WeightedLeastSquares(tau2=0.0)
            design = {"X": xi[:, None]} if name == "slopes" else {}
            fitted = model.fit_dataset(Dataset(yi, vi, **design)).summary()
            assert estimate == pytest.approx(fits.turn * float(fitted.fe_params[-1, 0]), rel=1e-8, abs=1e-10)
            compared += 1
    assert compared > 20


def _laid_out(fits, number, times):
    """Lay out a fit's rows, each as often as it was drawn."""
    block = next(own for own in fits.blocks if own.base <= number < own.base + own.columns * len(fits.estimators))
    estimator, at = divmod(number - block.base, block.columns)
    score, which = divmod(at, len(block.sets))
    drawn = np.repeat(block.members[which], times[block.members[which]])
    frame = fits.data.frame[block.sets[which]]
    x = fits.data.scores[block.scores[score], drawn] if fits.target == "slope" else np.zeros(len(drawn))
    return fits.estimators[estimator], fits.data.y[frame, drawn], fits.data.v[frame, drawn], x


@pytest.mark.parametrize("name", ["pools", "slopes"])
def test_draws_come_out_alike_with_numba_and_without_and_in_any_parts(name, request):
    work = request.getfixturevalue(name).work
    with using("numpy"):
        plain = work.drawn_anew(range(12))
    with using("compiled"):
        together = work.drawn_anew(range(12))
        apart = np.concatenate([work.drawn_anew([number]) for number in range(12)])
    assert together.tobytes() == apart.tobytes()
    np.testing.assert_allclose(plain, together, rtol=1e-8, atol=1e-10)


def test_the_first_draw_is_the_data_and_the_rest_give_the_interval(pools):
    run = pools.run()
    found = run.resampled()
    assert found.resamples == len(found.medians) == 60
    assert found.median == pytest.approx(run.curve().median, abs=1e-6)
    assert found.main == pytest.approx(run.curve().main["estimate"], abs=1e-6)
    assert found.main_lb == np.quantile(found.mains, 0.025)
    assert found.median_ub == np.quantile(found.medians, 0.975)
    assert found.main_lb < found.main < found.main_ub
    assert run.reference().permutations == 20
    said = " ".join(describe_multiverse(run))
    assert "With whole trials drawn anew from these (with replacement, for all combinations alike, 60 times)" in said
    assert run.to_dict()["resampled"]["resamples"] == 60


def test_what_has_no_answer_in_a_draw_is_counted_and_said(slopes):
    work = slopes.work
    run = slopes.run()
    found = run.resampled()
    assert found.main_unanswered == int(np.isnan(found.mains).sum())
    assert run.reference() is None
    assert slopes.run(resamples=0).resampled() is None
    assert work.of_resamples == -(-61 // slopes.plan.orders)


def test_draws_are_kept_and_taken_up_again(pools, tmp_path):
    """A run that stops on the way ends with the numbers of one that does not."""
    whole = pools.run()
    first = pools.run(tmp_path / "run", until=0.0)
    assert first.missing
    again = pools.run(tmp_path / "run")
    assert again.digest() == whole.digest()
    assert again.resampled().to_dict() == whole.resampled().to_dict()


def test_a_joint_model_is_not_drawn_anew_in_silence(shipped):
    with pytest.raises(InputError, match="the joint model has its own bootstrap"):
        multiverse(shipped, target="joint", levels={"timepoint": []}, resamples=5)
