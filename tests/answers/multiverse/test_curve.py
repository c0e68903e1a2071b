"""What all combinations say together, against each counted by itself; and what chance makes of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from builders.engines import ENGINES, using
from synthesis.answers.multiverse.chunks import Work
from synthesis.answers.multiverse.draws import ORDERS, SIGNS, generator
from synthesis.answers.multiverse.grid import BAYES, EVENTS
from synthesis.answers.multiverse.reference import reference_of
from synthesis.answers.multiverse.rows import FITTED, INTERVALS, STATUSES
from synthesis.answers.multiverse.space import multiverse
from synthesis.answers.multiverse.statement import describe_multiverse, part
from synthesis.statistics.distributions import normal_quantile, t_quantile
from synthesis.statistics.lines import fit_lines, fit_means
from synthesis.wording import number

SPACES = ["pools", "slopes", "events"]


@pytest.fixture(params=ENGINES)
def engine(request):
    with using(request.param):
        yield request.param


def every(space):
    """Return a frame with a row a combination: its levels, its fit and its weight."""
    rows = []
    for index in range(len(space)):
        levels, row = space.specification(index), space.row(index)
        bit = 1 << (INTERVALS.index(levels["interval"]) if "interval" in levels else 0)
        draws = 3 if levels.get("score", "").startswith("drawn") else 1
        sides = {"above": bool(row["above"] & bit), "below": bool(row["below"] & bit)}
        own = {"estimate": float(row["estimate"]), "status": int(row["status"]), "weight": 1 / draws}
        rows.append(levels | own | sides)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", SPACES)
def test_the_curve_is_that_of_all_combinations_counted_one_by_one(name, request):
    space = request.getfixturevalue(name)
    curve, rows = space.run(permutations=0).curve(), every(space)
    answered = rows[rows["status"].eq(FITTED)].sort_values("estimate", kind="stable")
    weight = answered["weight"].to_numpy()
    assert (curve.specifications, curve.answered) == (len(rows), len(answered))
    assert curve.analyses == len(space) - space.duplicates
    assert sum(curve.unanswered.values()) == len(rows) - len(answered)
    for code, n in rows["status"].value_counts().items():
        assert code == FITTED or curve.unanswered[STATUSES[code]] == n
    reached = np.cumsum(weight) / weight.sum()
    for share, value in curve.quantiles.items():
        assert value == answered["estimate"].to_numpy()[np.searchsorted(reached, share - 1e-12)]
    assert curve.positive == pytest.approx(weight[answered["estimate"] > 0].sum() / weight.sum())
    for side in ("above", "below"):
        assert getattr(curve, side) == pytest.approx(weight[answered[side]].sum() / weight.sum())
    assert (curve.least, curve.most) == (answered["estimate"].min(), answered["estimate"].max())
    assert curve.main["estimate"] == pytest.approx(rows["estimate"][0], nan_ok=True)
    assert curve.points["estimate"].is_monotonic_increasing


@pytest.mark.parametrize("name", SPACES)
def test_each_level_is_counted_as_it_is_by_hand(name, request):
    space = request.getfixturevalue(name)
    run, rows = space.run(permutations=0), every(space)
    answered = rows[rows["status"].eq(FITTED)]
    total = np.average(answered["estimate"], weights=answered["weight"])
    whole = (answered["weight"] * (answered["estimate"] - total) ** 2).sum()
    explained = dict.fromkeys(space.dimensions, 0.0)
    for level in run.curve().levels.itertuples():
        own = answered[answered[level.dimension].eq(level.level)]
        assert level.specifications == rows[level.dimension].eq(level.level).sum()
        assert level.answered == len(own)
        if len(own):
            average = np.average(own["estimate"], weights=own["weight"])
            assert level.average == pytest.approx(average, rel=1e-9)
            for side in ("above", "below"):
                assert getattr(level, side) == pytest.approx(np.average(own[side], weights=own["weight"]))
            explained[level.dimension] += own["weight"].sum() * (average - total) ** 2
    for dimension, value in explained.items():
        assert run.curve().explained[dimension] * whole == pytest.approx(value, abs=1e-9)
    table = run.decompose()
    assert table["explained"].is_monotonic_decreasing
    assert set(table["dimension"]) <= {name for name, own in space.dimensions.items() if len(own) > 1}


@pytest.mark.parametrize("name", SPACES)
def test_levels_share_every_part_of_the_curve_among_them(name, request):
    curve = request.getfixturevalue(name).run(permutations=0).curve()
    for dimension, own in curve.levels.groupby("dimension"):
        if dimension != "interval":  # some estimators have one of their own
            assert curve.parts[own.index].sum(axis=0) == pytest.approx(curve.parts[:2].sum(axis=0))


def arranged(space, number):
    """Refit every combination of the reference with its scores exchanged or its signs turned; count them one by one."""
    data, plan, trials = space.work.data, space.plan, int(space.work.data.trial.max()) + 1
    order, sign = np.arange(len(data.comparisons)), np.ones(len(data.comparisons))
    if plan.target == "pool" and number:
        sign = generator(plan.seed, SIGNS, number).choice([-1.0, 1.0], trials)[data.trial]
    elif number:
        # Every trial of these outcomes is one comparison; those with the same scores exchange them.
        assert trials == len(data.comparisons)
        known = [tuple(row) for row in ~np.isnan(data.scores).T]
        rng = generator(plan.seed, ORDERS, number)
        given = np.arange(trials)
        for pattern in dict.fromkeys(known[int(np.flatnonzero(data.trial == t)[0])] for t in range(trials)):
            group = [t for t in range(trials) if known[int(np.flatnonzero(data.trial == t)[0])] == pattern]
            given[group] = rng.permutation(group)
        order = np.array([int(np.flatnonzero(data.trial == given[t])[0]) for t in data.trial])
    rows = []
    combinations, scores, _ = space.shape
    for combination in range(combinations):
        for score in range(scores):
            own = int(data.sets_of(score)[combination])
            at = np.flatnonzero(data.members[own])
            needed = 10 if plan.target == "slope" else 3
            if len(set(data.trial[at])) < needed:
                continue
            y, v = (data.y[data.frame[own], at] * sign[at])[:, None], data.v[data.frame[own], at][:, None]
            weight = 1 / max(1, data.level_of_score.count(data.level_of_score[score])) if data.level_of_score else 1.0
            for estimator, interval in plan.models:
                if estimator in (*EVENTS, *BAYES):
                    continue
                if plan.target == "slope":
                    x = data.scores[score, order[at]]
                    if np.ptp(x) == 0:
                        continue
                    fit = fit_lines(y, v, x[:, None], method=estimator)
                else:
                    fit = fit_means(y, v, method=estimator)
                reach = normal_quantile(0.975) if interval == "wald" else t_quantile(0.975, fit.df)
                main = abs(float(fit.statistic("knapp-hartung-floor")[0])) / t_quantile(0.975, fit.df)
                t = float(fit.statistic(interval)[0]) * plan.turn
                rows.append((float(np.float32(plan.turn * fit.estimate[0])), t > reach, t < -reach, weight, main))
    frame = pd.DataFrame(rows, columns=["estimate", "above", "below", "weight", "main"]).sort_values(
        "estimate", kind="stable"
    )
    weight = frame["weight"].to_numpy()
    middle = frame["estimate"].to_numpy()[np.searchsorted(np.cumsum(weight), 0.5 * weight.sum() - 1e-9)]
    return [middle, *(weight[frame[side]].sum() / weight.sum() for side in ("above", "below")), frame["main"].max()]


@pytest.mark.parametrize("name", ["pools", "slopes"])
def test_each_arrangement_is_every_combination_fitted_again(name, request, engine):
    space = request.getfixturevalue(name)
    numbers = [0, 1, 17, 40]
    found = Work(space.plan, space.work.data).arrangements(numbers)
    expected = np.array([arranged(space, number) for number in numbers])
    assert found == pytest.approx(expected, abs=2e-6)


def test_an_arrangement_changes_something_and_keeps_trials_whole(slopes):
    work = slopes.work
    orders = np.array([work._exchanged(number) for number in range(30)])
    assert np.array_equal(orders[0], np.arange(orders.shape[1]))
    assert len({order.tobytes() for order in orders}) > 25
    assert all(sorted(order) == sorted(orders[0]) for order in orders)


def test_chance_alone_is_rarely_called_more(shipped):
    """With effects that know nothing of the trials' scores, p is about evenly spread."""
    levels = {"timepoint": [], "score": ["calibrated"], "estimator": ["DL"], "interval": ["wald"]}
    levels |= {name: [] for name in ("instrument", "figures", "icc", "adjusted_r", "estimates", "comparators", "peers")}
    levels |= {name: [] for name in ("people", "risk_of_bias", "design", "routes", "integrity")}
    space = multiverse(shipped, "recovery", target="slope", levels=levels, permutations=99)
    rng, found = np.random.default_rng(11), []
    for _ in range(200):
        data = space.work.data
        y = rng.normal(0, np.sqrt(data.v + 0.03))
        work = Work(space.plan, replace(data, y=y))
        found.append(reference_of(work.arrangements(range(100)), 1))
    for name in ("median", "share", "strongest"):
        pvals = [getattr(own, f"pval_{name}") for own in found]
        assert np.mean(np.array(pvals) <= 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    medians = np.array([own.pval_median for own in found])
    assert abs(np.mean(medians <= 0.5) - 0.5) < 3 * np.sqrt(0.25 / 200)


def test_a_strong_effect_is_beyond_chance(shipped):
    found = multiverse(shipped, "recovery", levels={"icc": []}, permutations=199).run().reference()
    assert found.pval_median == pytest.approx(1 / 200)
    assert found.pval_median_se == pytest.approx(np.sqrt(1 / 200 * (199 / 200) / 199))
    assert found.permutations == 199
    assert found.pval_median <= found.pval_strongest <= 0.05
    assert found.strongest > 1


@pytest.mark.parametrize(
    ("share", "says"),
    [
        (0.0, "none"),
        (1e-9, "under 1%"),
        (0.004, "under 1%"),
        (0.006, "1%"),
        (0.5, "50%"),
        (0.994, "99%"),
        (0.996, "over 99%"),
        (1 - 1e-9, "over 99%"),
        (1.0, "all"),
    ],
)
def test_all_and_none_are_said_only_where_they_are(share, says):
    assert part(share) == says


class TestWords:
    def test_a_pool(self, pools):
        said = " ".join(describe_multiverse(pools.run()))
        assert "All of those with an answer lean towards peer support." in said
        assert "in favour of the comparison in none" in said
        assert "signs of each trial's effects turned at random, in all combinations alike, 40 times" in said
        assert "Pools of events and posteriors take no part in that comparison." in said
        assert "is no probability" in said
        reference = pools.run().reference()
        assert f"(Monte-Carlo error {number(reference.pval_median_se, 3)})" in said
        assert "Whoever picks the strongest of all combinations picks from many: chance alone" in said
        assert "2026-11-30" in said

    def test_averages_over_other_combinations_are_said_to_be_that(self, shipped):
        said = describe_multiverse(multiverse(shipped, "depression", permutations=0).run())
        lead = next(number for number, own in enumerate(said) if own.startswith("What moves the estimate most"))
        assert "choice of people" in said[lead]
        assert "do not have an answer equally often" in said[lead + 1]

    def test_a_slope(self, slopes):
        said = " ".join(describe_multiverse(slopes.run()))
        assert "From a score of 0 to a score of 1" in said
        assert "trials' scores exchanged at random" in said
        assert "Pools of events" not in said
        assert "not the same thing from score to score" in said

    def test_without_an_answer(self, shipped):
        run = multiverse(shipped, "hope", target="slope", permutations=5).run()
        said = describe_multiverse(run)
        assert said[-1].startswith("No combination has an answer:")
        assert "fewer than ten trials" in said[-1]
        assert run.decompose().empty

    def test_the_standard_choices_are_said_to_be_that(self, evidence):
        said = " ".join(describe_multiverse(multiverse(evidence, "hope", permutations=0).run()))
        assert "declares no choices of its own" in said
