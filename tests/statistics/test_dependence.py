"""Clusters and shared arms: printed examples, models of all arms at once, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.references import load_reference
from synthesis.statistics.measures import (
    design_effect,
    md,
    md_covariance,
    odds_ratio,
    or_covariance,
    rd,
    rd_covariance,
    rom,
    rom_covariance,
    rr,
    rr_covariance,
    smd,
    smd_covariance,
    split_shared_arm,
)

CLOSED_FORM = 1e-10
GLM = 1e-7  # R's glm stops short of the optimum
REFERENCE = load_reference("measures")["shared_arm"]

# Gleser and Olkin (2009), Table 19.1: treatment number, treated and control events and people of three studies.
GLESER_EVENTS = [
    [(1, 100, 4000, 40, 1000), (2, 150, 4000, 40, 1000)],
    [(1, 15, 400, 10, 200)],
    [(1, 40, 1000, 150, 2000), (2, 80, 1000, 150, 2000), (3, 50, 1000, 150, 2000)],
]
# The same for standardised mean differences (p. 364): treatment, d, treated and control people; total over all arms.
GLESER_MEANS = [
    [(1, 9.23 / 4.2593, 25, 25, 72), (2, 5.71 / 4.2593, 22, 25, 72)],
    [(1, 8.34 / 2.8831, 38, 40, 78)],
    [(1, 6.91 / 3.1764, 50, 50, 100)],
    [(1, 6.99 / 2.9344, 30, 30, 90), (2, 4.89 / 2.9344, 30, 30, 90)],
]


def generalised_least_squares(yi, V, treatment):
    """Pool correlated effects per treatment, as the chapter does (equations 19.6 to 19.8)."""
    X = (np.asarray(treatment)[:, None] == np.unique(treatment)).astype(float)
    W = np.linalg.inv(V)
    covariance = np.linalg.inv(X.T @ W @ X)
    beta = covariance @ X.T @ W @ yi
    residuals = yi - X @ beta
    return beta, covariance, residuals @ W @ residuals


def block_diagonal(blocks):
    sizes = np.cumsum([0, *map(len, blocks)])
    V = np.zeros((sizes[-1], sizes[-1]))
    for start, stop, block in zip(sizes[:-1], sizes[1:], blocks, strict=True):
        V[start:stop, start:stop] = block
    return V


@pytest.mark.parametrize(
    ("measure", "covariance", "pooled", "first_row", "unit", "Q"),
    [
        # The risk ratio's matrix and Q are metafor's, the chapter gives none.
        (rd, rd_covariance, (0.0200, 0.0043, 0.0211), (24.612, 19.954, 13.323), 1e6, 7.191),
        (odds_ratio, or_covariance, (0.5099, 0.0044, 0.4301), (0.01412, 0.00712, 0.00425), 1, 2.056),
        (rr, rr_covariance, (0.4875, 0.0006, 0.4047), (0.01287, 0.00623, 0.00371), 1, 1.895),
    ],
    ids=["RD", "OR", "RR"],
)
def test_gleser_and_olkin_2009_on_events_is_reproduced(measure, covariance, pooled, first_row, unit, Q):
    rows = np.array([row for study in GLESER_EVENTS for row in study], float)
    # The chapter's effects are control minus treated.
    effects = measure(rows[:, 3], rows[:, 4], rows[:, 1], rows[:, 2])
    blocks, start = [], 0
    for study in GLESER_EVENTS:
        block = np.full((len(study), len(study)), covariance(study[0][3], study[0][4]))
        np.fill_diagonal(block, effects.vi[start : start + len(study)])
        blocks.append(block)
        start += len(study)
    beta, vcov, statistic = generalised_least_squares(effects.yi, block_diagonal(blocks), rows[:, 0])
    np.testing.assert_allclose(beta, pooled, atol=5.001e-5)
    np.testing.assert_allclose(vcov[0] * unit, first_row, atol=5.001e-4 if unit > 1 else 5.001e-6)
    assert statistic == pytest.approx(Q, abs=5.001e-4)


def test_gleser_and_olkin_2009_on_means_is_reproduced():
    rows = [row for study in GLESER_MEANS for row in study]
    blocks = []
    for study in GLESER_MEANS:
        _, d, n1, n2, total = np.array(study).T
        block = smd_covariance(d[:, None], d[None, :], n2, total[0])
        np.fill_diagonal(block, 1 / n1 + 1 / n2 + d**2 / (2 * total))
        blocks.append(block)
    yi, treatment = np.array([row[1] for row in rows]), [row[0] for row in rows]
    beta, vcov, Q = generalised_least_squares(yi, block_diagonal(blocks), treatment)
    np.testing.assert_allclose(beta, [2.374, 1.570], atol=5.001e-4)
    np.testing.assert_allclose(vcov, [[0.02257, 0.01244], [0.01244, 0.03554]], atol=5.001e-6)
    assert pytest.approx(3.945, abs=5.001e-4) == Q


@pytest.mark.parametrize(("code", "covariance"), [("OR", or_covariance), ("RR", rr_covariance), ("RD", rd_covariance)])
def test_covariances_of_events_are_those_of_one_model_of_all_arms(code, covariance):
    counts = REFERENCE["counts"]
    assert covariance(counts["events"], counts["n"]) == pytest.approx(counts[code], rel=GLM)


def test_the_covariance_of_mean_differences_is_metafors():
    means = REFERENCE["means"]
    assert md_covariance(means["sd"], means["n"]) == pytest.approx(means["MD"], rel=CLOSED_FORM)


counts = st.integers(2, 500).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))
arm = st.tuples(st.floats(1, 100), st.floats(0.5, 50), st.integers(2, 500))


@pytest.mark.parametrize(
    ("measure", "covariance"), [(rr, rr_covariance), (odds_ratio, or_covariance), (rd, rd_covariance)]
)
@given(a=counts, b=counts, shared=counts)
def test_comparisons_with_one_comparator_imply_the_comparison_between_them(measure, covariance, a, b, shared):
    against, other, between = measure(*a, *shared), measure(*b, *shared), measure(*a, *b)
    assert against.yi - other.yi == pytest.approx(between.yi, rel=1e-9, abs=1e-9)
    assert against.vi + other.vi - 2 * covariance(*shared) == pytest.approx(between.vi, rel=1e-9, abs=1e-12)


@given(a=arm, b=arm, shared=arm)
def test_comparisons_of_means_with_one_comparator_imply_the_comparison_between_them(a, b, shared):
    m, s, n = shared
    for measure, covariance in ((md, md_covariance(s, n)), (rom, rom_covariance(m, s, n))):
        implied = measure(*a, *shared).vi + measure(*b, *shared).vi - 2 * covariance
        assert implied == pytest.approx(measure(*a, *b).vi, rel=1e-6, abs=1e-9 * covariance)


def test_the_covariance_of_smds_is_that_of_simulated_trials():
    rng = np.random.default_rng(20260301)
    draws, n, effects = 200_000, 40, (0.8, 0.5, 0.0)
    means = rng.normal(effects, 1 / np.sqrt(n), (draws, 3))
    sds = np.sqrt(rng.chisquare(n - 1, (draws, 3)) / (n - 1))
    a, b, c = ((means[:, i], sds[:, i], np.full(draws, n)) for i in range(3))
    simulated = np.cov(smd(*a, *c).yi, smd(*b, *c).yi)[0, 1]
    # The formula is a large-sample one with one SD over all arms; the simulation's own error is 0.5%.
    assert smd_covariance(0.8, 0.5, n, 3 * n) == pytest.approx(simulated, rel=0.02)


def test_an_empty_cell_of_the_shared_arm_leaves_the_covariances_finite():
    for covariance in (rr_covariance, or_covariance, rd_covariance):
        assert np.isfinite(covariance([0, 20], [20, 20])).all()
        assert (covariance([0, 20], [20, 20]) > 0).all()


def test_a_shared_arm_that_cannot_exist_gives_nan():
    for covariance in (rr_covariance, or_covariance, rd_covariance):
        assert np.isnan(covariance([-1, 21, 0, np.nan], [20, 20, 0, 20])).all()
    assert np.isnan(md_covariance([0, -1, 2, np.inf], [20, 20, 1, 20])).all()
    assert np.isnan(rom_covariance([0, np.nan], [1, 1], [20, 20])).all()
    assert np.isnan(smd_covariance([0.5, np.nan, 0.5], 0.5, [1, 20, 20], [60, 60, 20])).all()


def test_the_handbook_example_of_a_cluster_trial_gives_its_design_effect():
    # Cochrane Handbook 23.1.5: 21 clusters of 29.8 people, ICC 0.02: 1.576, so 63 of 295 count as 40.0 of 187.2.
    effect = design_effect((295 + 330) / 21, 0.02)
    assert effect == pytest.approx(1.576, abs=0.001)
    assert 295 / effect == pytest.approx(187.2, abs=0.2)


def test_clusters_of_one_person_change_nothing():
    np.testing.assert_array_equal(design_effect([1, 1, 30], [0.5, 0, 0]), [1, 1, 1])


@pytest.mark.parametrize(
    ("cluster_size", "icc"), [(0.5, 0.1), (20, -0.1), (20, 1.1), (np.nan, 0.1), (20, np.nan), (np.inf, 0.1)]
)
def test_impossible_clusters_give_nan(cluster_size, icc):
    assert np.isnan(design_effect(cluster_size, icc))


@given(total=st.integers(0, 10_000), comparisons=st.integers(1, 10))
def test_the_shares_of_a_divided_arm_add_up_to_the_arm(total, comparisons):
    assert comparisons * split_shared_arm(total, comparisons) == pytest.approx(total, rel=1e-14)


def test_an_arm_cannot_be_divided_among_no_comparisons():
    assert np.isnan(split_shared_arm([10, -1, np.nan], [0, 2, 2])).all()
