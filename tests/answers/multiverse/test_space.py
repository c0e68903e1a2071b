"""A planned multiverse: every combination numbered, distinct fits known, each universe that of the plain functions."""

from dataclasses import replace

import numpy as np
import pytest

from builders.engines import ENGINES, using
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.multiverse.chunks import Work
from synthesis.answers.multiverse.draws import drawn_scores
from synthesis.answers.multiverse.grid import grid_of
from synthesis.answers.multiverse.rows import FAILED, FEW_TRIALS, FITTED, INTERVALS, SAME_SCORES, TOO_FEW
from synthesis.answers.multiverse.space import multiverse, space_of
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.evidence.multiverse import DIMENSIONS

NUMBERED = (FITTED, FEW_TRIALS)


def matches(space, index):
    """Say whether the row of a specification has the numbers of `pool`, `meta_regression` or `bayes_pool`."""
    row, levels = space.row(index), space.specification(index)
    if row["status"] not in NUMBERED:
        return _has_no_answer(space, index, row["status"])
    found, turn = space.at(index), space.plan.turn
    low, high = sorted((turn * found.ci_lb, turn * found.ci_ub))
    bit = 1 << INTERVALS.index(levels["interval"])
    return (
        np.isclose(row["estimate"], turn * found.estimate, rtol=1e-6, atol=1e-7)
        and (row["k"], row["trials"]) == (found.k, found.trials)
        and bool(row["above"] & bit) == (low > 0)
        and bool(row["below"] & bit) == (high < 0)
        and (np.isnan(found.tau2) or np.isclose(row["tau2"], found.tau2, rtol=1e-5, atol=1e-7))
    )


def _has_no_answer(space, index, status):
    """Say whether what a row has instead of an answer is so."""
    if status == SAME_SCORES:
        with pytest.raises(NotEstimableError):
            space.at(index)
        return space.plan.target == "slope"
    if status == TOO_FEW:
        try:
            return space.at(index).trials < 3
        except NotEstimableError:
            return True
    with pytest.raises(NotEstimableError):
        space.at(index)
    return status == FAILED


@pytest.mark.parametrize("name", ["pools", "slopes", "events"])
def test_every_combination_has_the_numbers_of_the_plain_functions(name, request):
    space = request.getfixturevalue(name)
    step = max(1, len(space) // 160)
    wrong = [index for index in range(0, len(space), step) if not matches(space, index)]
    assert wrong == []


@pytest.mark.parametrize("target", ["pool", "slope"])
def test_likelihoods_that_may_have_two_modes_are_fitted_too(target, shipped):
    """With the compiled loops, which let such fits wait and look closely, and without: there are thousands."""
    space = multiverse(shipped, "quality_of_life", target=target, permutations=0)
    last = min(space.fits, 60_000)
    found = {}
    for engine in ENGINES:
        with using(engine):
            found[engine] = Work(space.plan, space.work.data).fits.fit(0, last)
    plain, compiled = found["numpy"], found["compiled"]
    assert np.array_equal(plain["status"], compiled["status"])
    assert target == "slope" or not (plain["status"] == SAME_SCORES).any()
    fitted = np.isin(plain["status"], NUMBERED)
    for name in ("estimate", "se", "factor", "tau2"):
        assert compiled[name][fitted] == pytest.approx(plain[name][fitted], rel=1e-5, abs=1e-6)
    assert (compiled["above"] == plain["above"]).mean() > 0.9999


@pytest.mark.parametrize("target", ["pool", "slope"])
def test_so_have_combinations_of_all_declared_choices(target, shipped, rng):
    space = multiverse(shipped, "recovery", target=target, permutations=0)
    wrong = [int(index) for index in rng.integers(0, len(space), 40) if not matches(space, int(index))]
    assert wrong == []


@pytest.mark.parametrize("name", ["pools", "slopes", "events"])
def test_combinations_are_numbered_and_counted(name, request):
    space = request.getfixturevalue(name)
    combinations = np.prod([len(own) for dimension, own in space.dimensions.items() if _is_which(dimension)])
    draws = {"drawn:3": 3}
    scores = sum(draws.get(level, 1) for level in space.dimensions.get("score", ("",)))
    models = [(e, i) for e, i in space.grid.models]
    assert len(space) == combinations * scores * len(models)
    every = [tuple(space.specification(index).items()) for index in range(len(space))]
    assert len(set(every)) == len(space)
    assert all(level == DIMENSIONS[name].main for name, level in every[0] if name != "draw")
    assert space.fits < len(space)
    assert 0 < space.duplicates < len(space)


def _is_which(dimension):
    return DIMENSIONS[dimension].kind == "which"


def test_distinct_data_sets_are_distinct_and_no_more(pools):
    data = pools.work.data
    y, v = (np.where(data.members, part[data.frame], np.nan) for part in (data.y, data.v))
    rows = {(a.tobytes(), b.tobytes()) for a, b in zip(y, v, strict=True)}
    assert len(rows) == len(data.members)
    assert set(data.sets.ravel()) == set(range(len(data.members)))


@pytest.mark.parametrize("index", [-1, 10**12, 1.5, "0"])
def test_a_number_beyond_the_last_is_refused(pools, index):
    with pytest.raises(InputError, match=f"numbered from 0 to {len(pools) - 1}"):
        pools.specification(index)


def test_a_plan_finds_its_evidence_again_and_no_other(pools, shipped, evidence):
    again = space_of(shipped, pools.work)
    assert [again.specification(i) for i in (0, 7)] == [pools.specification(i) for i in (0, 7)]
    assert again.at(7).estimate == pools.at(7).estimate
    assert space_of(evidence, pools.work) is None


class TestGrid:
    def test_the_main_analysis_takes_part_whether_declared_or_not(self, shipped):
        grid = grid_of(shipped.codebook, "pool", measure="SMD", levels={"timepoint": ["all"], "icc": []})
        assert grid.levels["timepoint"] == ("longest", "all")
        assert grid.levels["icc"] == ("0.05",)

    def test_impossible_combinations_are_left_out_and_said(self, shipped):
        pool, slope = (grid_of(shipped.codebook, target, measure="RR") for target in ("pool", "slope"))
        assert [level for _, level, _ in pool.dropped] == ["PETO"]
        assert {level for _, level, _ in slope.dropped} == {"MH", "PETO"}
        intervals = {estimator: [own for name, own in pool.models if name == estimator] for estimator, _ in pool.models}
        assert intervals["EE"] == intervals["MH"] == ["wald"]
        assert intervals["bayes"] == ["own"]
        assert len(intervals["REML"]) == 3
        assert "score" not in pool.levels
        assert "rho" not in slope.levels

    def test_a_changed_reason_changes_the_hash(self, shipped):
        rows = shipped.codebook.multiverse
        other = replace(shipped.codebook, multiverse=rows.assign(reason=rows["reason"].str.upper()))
        assert grid_of(other, "pool").hash != grid_of(shipped.codebook, "pool").hash
        assert grid_of(shipped.codebook, "pool").hash == grid_of(shipped.codebook, "pool").hash

    def test_a_review_that_declares_none_gets_the_standard_ones(self, evidence):
        grid = grid_of(evidence.codebook, "pool", measure="SMD")
        assert not grid.is_declared
        assert len(grid.levels["timepoint"]) == 2

    @pytest.mark.parametrize(
        ("levels", "says"),
        [
            ({"flavour": ["sweet"]}, "dimension 'flavour' does not exist"),
            ({"timepoint": ["soon"]}, "timepoint 'soon' does not exist"),
            ({"icc": ["1.5"]}, "or a number from 0 to 1"),
            ({"score": ["drawn:0"]}, "score 'drawn:0' does not exist"),
        ],
    )
    def test_what_does_not_exist_is_refused(self, shipped, levels, says):
        with pytest.raises(ChoiceError, match=says):
            grid_of(shipped.codebook, "slope", measure="SMD", levels=levels)


class TestRefusals:
    def test_a_target_that_does_not_exist(self, shipped):
        with pytest.raises(ChoiceError, match="target"):
            multiverse(shipped, "hope", target="mean")

    def test_an_outcome_nobody_measured(self, shipped):
        with pytest.raises(NotEstimableError, match="leaves an effect on satisfaction"):
            multiverse(shipped, "satisfaction")

    def test_more_combinations_than_can_be_planned(self, shipped):
        numbers = {"icc": [f"{x / 1000:g}" for x in range(1000)], "adjusted_r": [f"{x / 1000:g}" for x in range(900)]}
        with pytest.raises(InputError, match="Cross fewer"):
            multiverse(shipped, "hope", levels=numbers)


class TestDraws:
    def test_the_average_draw_is_the_calibrated_score(self, shipped):
        scores, draws = score_fidelity(shipped), 4000
        arms = scores.arms.rename(columns={"arm": "intervention_arm"})[["trial", "intervention_arm"]]
        found = drawn_scores(scores, arms, draws=draws, seed=1)
        known = scores.arms["calibrated"].to_numpy(float)
        error = found.std(axis=0) / np.sqrt(draws)
        assert np.array_equal(np.isnan(found[0]), np.isnan(known))
        apart = np.abs(found.mean(axis=0) - known)[~np.isnan(known)]
        assert (apart <= 4.5 * error[~np.isnan(known)] + 1e-9).all()
        assert (found.std(axis=0) > 0).any()

    def test_draw_number_17_is_the_same_in_any_company(self, shipped):
        scores = score_fidelity(shipped)
        arms = scores.arms.rename(columns={"arm": "intervention_arm"})[["trial", "intervention_arm"]]
        many, few = (drawn_scores(scores, arms, draws=n, seed=3) for n in (40, 18))
        assert np.array_equal(many[:18], few, equal_nan=True)
        assert not np.array_equal(drawn_scores(scores, arms, draws=18, seed=4), few, equal_nan=True)
