"""The ladder of silence: every rung against the slope it stands for, its extremes against brute force, its words."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from builders.planted_slopes import CORE, planted
from builders.roots import means
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.joint import FIDELITY, fit_joint, gather_effects, known_in
from synthesis.answers.silence import RUNGS, joint_silence_ladder, silence_ladder, silence_of
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.results import to_json
from synthesis.statistics.models import fit_model
from synthesis.wording import number

GRID = (0.0, 0.3, 0.7, 1.0)  # of the eleven steps that are searched
SILENT = ("sharing", "example", "linkage")


def silenced(k=12, *, slope=0.0, seed=3, **options):
    """Trials in which only three components are ever left out of a report, one or two of them each."""
    parts = planted(k, slope=slope, seed=seed, **options)
    rng = np.random.default_rng(seed)
    for rated in parts["ratings"].values():
        for component in rng.choice(SILENT, size=rng.integers(1, 3), replace=False):
            rated["peer"][str(component)] = None
    return parts


@pytest.fixture(scope="module")
def evidence(small):
    return small(**silenced())


@pytest.fixture(scope="module")
def ladder(evidence):
    return silence_ladder(compute_effects(evidence, "recovery"), score_fidelity(evidence))


def rung(ladder, name, pi=None):
    rows = ladder.table[ladder.table["rung"].eq(name)]
    return (rows if pi is None else rows[np.isclose(rows["pi"], pi)]).iloc[0]


@pytest.mark.parametrize("score", ["described", "calibrated"])
def test_the_first_two_rungs_are_the_slopes_on_those_scores(evidence, ladder, score):
    slope = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence), score=score, permutations=5)
    own = rung(ladder, score)
    for name in ("slope", "ci_lb", "ci_ub"):
        assert own[name] == pytest.approx(getattr(slope, name), abs=1e-9), name
    assert (own["least"], own["most"], own["k"]) == pytest.approx((slope.score_least, slope.score_most, slope.k))
    assert own["t"] == pytest.approx(slope.slope / slope.se)


def test_all_absent_and_all_present_are_the_slopes_on_the_bounds(evidence, ladder):
    slope = fidelity_slope(compute_effects(evidence, "recovery"), score_fidelity(evidence), permutations=5)
    for extreme, pi in zip(slope.extremes, (0.0, 1.0), strict=True):
        own = rung(ladder, "same", pi)
        assert (own["slope"], own["ci_lb"], own["ci_ub"]) == pytest.approx(
            (extreme.slope, extreme.ci_lb, extreme.ci_ub), abs=1e-9
        )
        assert own["most"] - own["least"] == pytest.approx(extreme.span)


def score_by_hand(evidence, meaning):
    """Mean of three mechanisms' means of two components each, silence as it is meant."""
    ratings = evidence.components.set_index(["trial", "component"])["rating"]
    trials = compute_effects(evidence, "recovery").frame["trial"]

    def share(trial, component):
        rating = ratings.get((trial, component), np.nan)
        return meaning[component] if np.isnan(rating) else rating / 2

    return np.array([np.mean([share(trial, component) for component in CORE]) for trial in trials])


def t_by_hand(effects, x):
    frame = effects.frame
    X = np.column_stack([np.ones_like(x), x])
    fit = fit_model(frame["benefit"].to_numpy(), frame["vi"].to_numpy(), X, method="REML", ci="knapp-hartung-floor")
    return fit.statistic[1]


@pytest.mark.parametrize("seed", [3, 8])
def test_the_extremes_are_at_least_as_extreme_as_any_of_a_coarse_grid_of_meanings(small, seed):
    evidence = small(**silenced(seed=seed, noise=0.3))
    effects = compute_effects(evidence, "recovery")
    ladder = silence_ladder(effects, score_fidelity(evidence))
    found = [
        t_by_hand(effects, score_by_hand(evidence, dict(zip(SILENT, values, strict=True))))
        for values in product(GRID, repeat=len(SILENT))
    ]
    assert rung(ladder, "highest_t")["t"] >= max(found) - 1e-6
    assert rung(ladder, "lowest_t")["t"] <= min(found) + 1e-6
    same = ladder.table[ladder.table["rung"].eq("same")]["t"]
    assert rung(ladder, "lowest_t")["t"] <= same.min() + 1e-6
    assert rung(ladder, "highest_t")["t"] >= same.max() - 1e-6
    for name in ("lowest_t", "highest_t"):
        again = t_by_hand(effects, score_by_hand(evidence, ladder.meanings[name]))
        assert rung(ladder, name)["t"] == pytest.approx(again, abs=1e-6)


def test_components_that_are_never_silent_do_not_matter(evidence):
    effects, scores = compute_effects(evidence, "recovery"), score_fidelity(evidence)
    silence = silence_of(effects.frame, scores)
    told = [i for i, name in enumerate(silence.components) if name not in SILENT]
    assert np.all(silence.silent[:, told] == 0)
    assert "supervision" not in silence.components  # enabling conditions are not part of the score


def test_where_silence_may_mean_anything_there_is_no_slope_and_its_t_is_never_exceeded(evidence, ladder, rng):
    effects, scores = compute_effects(evidence, "recovery"), score_fidelity(evidence)
    bound = rung(ladder, "anything")
    assert np.isnan([bound["slope"], bound["ci_lb"], bound["ci_ub"]]).all()
    frame = effects.frame
    w = 1 / frame["vi"]
    assert bound["t"] == pytest.approx(
        np.sqrt(np.sum(w * (frame["benefit"] - np.average(frame["benefit"], weights=w)) ** 2))
    )
    silence = silence_of(frame, scores)
    t = [
        t_by_hand(effects, silence.described + np.sum(silence.silent * rng.random(silence.silent.shape), axis=1))
        for _ in range(200)
    ]
    bound_t = bound["t"] * (1 + 1e-12)
    assert np.abs(t).max() <= bound_t
    # The best a score can do, which is the effects themselves, comes near it and not beyond.
    assert 0.5 * bound["t"] < t_by_hand(effects, frame["benefit"].to_numpy()) <= bound_t


def test_without_a_floor_under_the_standard_error_t_has_no_bound(evidence):
    effects = compute_effects(evidence, "recovery")
    ladder = silence_ladder(effects, score_fidelity(evidence), ci="knapp-hartung")
    assert np.isnan(rung(ladder, "anything")["t"])
    assert "±" not in " ".join(ladder.sentences())
    assert "\N{EN DASH}" not in " ".join([*ladder.sentences(), *ladder.shown()["t"]])


def test_the_readings_agree_or_the_sentence_names_the_one_that_does_not(small):
    clear = silence_ladder(*_both(small(**silenced(14, slope=2.5))))
    assert clear.is_robust
    said = clear.sentences()[0]
    assert "is the same under every reading tried" in said
    assert "more fidelity goes with more benefit" in said
    less = silence_ladder(*_both(small(**silenced(14, slope=-2.5))))
    assert "more fidelity goes with less benefit" in less.sentences()[0]
    weak = silence_ladder(*_both(small(**planted(14, slope=0.9, silent=0.4, seed=5))))
    assert not weak.is_robust
    said = weak.sentences()[0]
    sides = {side for own in weak.sides.values() for side in own}
    assert "depends on the reading of silence" in said
    assert len(sides) > 1
    assert all(words in said for words in ("On what reports describe", "Otherwise"))


def _both(evidence):
    return compute_effects(evidence, "recovery"), score_fidelity(evidence)


def test_what_is_said_never_goes_beyond_what_was_tried(small, ladder):
    for one in (ladder, silence_ladder(*_both(small(**silenced(14, slope=2.5))))):
        said = " ".join([*one.sentences(), *one.shown().astype(str).to_numpy().ravel()])
        for word in ("nan", "excludes", "throughout", "no effect", "none to all", "R2", "proves"):
            assert word not in said
        assert "No bound on the slope exists" in said


def test_with_fewer_than_ten_trials_no_number_is_shown_and_json_keeps_them(small):
    ladder = silence_ladder(*_both(small(**silenced(9, slope=2.0))))
    assert ladder.is_descriptive
    assert ladder.sentences() == ["With fewer than ten trials no slope is shown; JSON holds them."]
    shown = ladder.shown()
    assert shown["Least to most faithful trial (95% CI)"].eq("").all()
    assert shown["t"].eq("").all()
    found = ladder.to_dict()
    assert found["withheld"] == ["slope_below_ten_trials"]
    assert all(np.isfinite(row["slope"]) for row in found["rungs"] if row["rung"] != "anything")
    assert "NaN" not in to_json(found)


def test_a_reading_of_fewer_than_ten_trials_is_kept_back_though_the_others_have_them(small):
    parts = silenced(12)
    for rated in list(parts["ratings"].values())[:4]:
        rated["peer"] = dict.fromkeys(rated["peer"])  # coded, and nothing described
    ladder = silence_ladder(*_both(small(**parts)))
    described = rung(ladder, "described")
    assert (described["trials"], rung(ladder, "same", 0)["trials"]) == (8, 12)
    assert np.isfinite(described["slope"])
    row = ladder.shown().iloc[0]
    assert (row["Least to most faithful trial (95% CI)"], row["t"]) == ("", "")
    assert "described" not in ladder.sides
    assert ladder.to_dict()["withheld"] == ["slope_below_ten_trials"]
    if not ladder.is_robust:
        assert "no slope of ten trials" in ladder.sentences()[0]


def test_where_no_reading_gives_two_scores_there_is_no_ladder(small):
    same = {name: {"peer": dict.fromkeys(CORE, 2)} for name in planted(4)["ratings"]}
    with pytest.raises(NotEstimableError, match="Under no reading"):
        silence_ladder(*_both(small(planted(4)["rows"], ratings=same)))
    few = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}") for i in range(3)]
    with pytest.raises(NotEstimableError, match="coded arms"):
        silence_ladder(*_both(small(few)))


def test_the_same_seed_gives_the_same_ladder(evidence, ladder):
    again = silence_ladder(*_both(evidence))
    pd.testing.assert_frame_equal(again.table, ladder.table)


@pytest.fixture(scope="module")
def together(small):
    evidence = small(**silenced(12, slope=0.5, outcomes=("recovery", "symptoms")))
    return evidence, joint_silence_ladder(evidence)


def test_over_all_outcomes_the_rungs_are_the_joint_models_slopes(together):
    evidence, ladder = together
    gathered = gather_effects(evidence)
    for score in ("described", "calibrated"):
        own = fit_joint(known_in(gathered, [FIDELITY], score), FIDELITY, score=score, permutations=1)
        row = rung(ladder, score)
        assert (row["slope"], row["ci_lb"], row["ci_ub"]) == pytest.approx((own.slope, *own.wider))
    for bound, pi in (("fidelity_lower", 0.0), ("fidelity_upper", 1.0)):
        scores = score_fidelity(evidence).arms.set_index("trial")[bound]
        frame = gathered.assign(fidelity=gathered["trial"].map(scores))
        assert rung(ladder, "same", pi)["slope"] == pytest.approx(fit_joint(frame, FIDELITY, permutations=1).slope)
    assert np.isnan(rung(ladder, "anything")["t"])
    assert list(dict.fromkeys(ladder.table["rung"])) == list(RUNGS)


def test_the_range_runs_over_all_intervals_between_the_trials_seen(ladder):
    rows = ladder.table.dropna(subset=["slope"])
    span = rows["most"] - rows["least"]
    assert ladder.range == pytest.approx(((span * rows["ci_lb"]).min(), (span * rows["ci_ub"]).max()))
    texts = ladder.shown()["Least to most faithful trial (95% CI)"]
    assert texts.iloc[0].startswith(number(span.iloc[0] * rows["slope"].iloc[0], signed=True))
