"""Alternative texts hold the figures' real numbers, in a few plain sentences."""

import numpy as np
import pytest

from builders.drawn_effects import drawable
from builders.figures import CODEBOOK, COVERAGE, ratings, scored, slope_of
from synthesis.answers.pooling import pool
from synthesis.answers.regression import meta_regression
from synthesis.figures import bubble_alt_text, component_alt_text, coverage_alt_text, forest_alt_text


def shown(value):
    return f"{value:.2f}".replace("-", "−")


def sentences(text):
    """Count the sentences; the points of "et al." and of numbers end none."""
    return text.replace("et al. ", "").count(". ") + 1


@pytest.mark.parametrize(
    ("measure", "better", "side"),
    [
        ("SMD", "higher", "values above 0, on the right, favour peer support"),
        ("SMD", "lower", "values below 0, on the left, favour peer support"),
        ("RR", "lower", "values below 1, on the left, favour peer support"),
        ("OR", "higher", "values above 1, on the right, favour peer support"),
    ],
)
def test_forest_text_says_size_range_side_and_intervals(measure, better, side):
    effects = drawable(9, measure=measure, better=better)
    pooled = pool(effects)
    text = forest_alt_text(pooled)
    natural = np.exp if measure in ("RR", "OR") else float
    people = effects.frame["n_intervention"].sum() + effects.frame["n_comparator"].sum()
    assert text.startswith(f"Forest plot of 9 trials, {people:,.0f} people, on sample outcome, ")
    assert side in text
    ends = [effects.frame.loc[effects.frame["yi"].idxmin()], effects.frame.loc[effects.frame["yi"].idxmax()]]
    assert (
        f"run from {shown(natural(ends[0].yi))} in {ends[0].label} to {shown(natural(ends[1].yi))} in {ends[1].label}."
        in text
    )
    interval = f"{shown(natural(pooled.ci_lb))} to {shown(natural(pooled.ci_ub))}"
    assert f"Pooled effect {shown(natural(pooled.estimate))}, 95% confidence interval {interval};" in text
    assert (
        f"prediction interval for a new trial {shown(natural(pooled.pi_lb))} to {shown(natural(pooled.pi_ub))}" in text
    )
    assert f"I squared {pooled.I2:.0f}%" in text
    assert sentences(text) <= 4


@pytest.mark.parametrize(
    ("better", "yi", "words"),
    [
        ("higher", [0.5, 0.6, 0.55, 0.5], "lies wholly on the side of peer support"),
        ("lower", [0.5, 0.6, 0.55, 0.5], "lies wholly on the side of the comparison"),
        ("lower", [-0.5, -0.6, -0.55, -0.5], "lies wholly on the side of peer support"),
        ("higher", [-0.2, 0.2, -0.1, 0.1], "includes no difference"),
    ],
)
def test_forest_text_says_on_which_side_the_interval_lies(better, yi, words):
    assert words in forest_alt_text(pool(drawable(4, better=better, yi=yi, sei=0.1)))


@pytest.mark.parametrize(("k", "words"), [(1, "The trial's effect is"), (2, "The effects run from")])
def test_forest_text_below_three_trials_pools_nothing(k, words):
    text = forest_alt_text(pool(drawable(k)))
    assert words in text
    assert text.endswith("With fewer than three trials none is pooled.")
    assert "Pooled effect" not in text


def test_bubble_text_says_slope_interval_test_range_and_bounds():
    slope = slope_of(scored(12))
    text = bubble_alt_text(slope)
    assert "12 effects on sample outcome against model fidelity of the described intervention" in text
    assert "runs from 0.00 to 1.00; up favours peer support" in text
    interval = f"95% confidence interval {shown(slope.ci_lb)} to {shown(slope.ci_ub)}"
    assert f"least to the most faithful trial by {shown(slope.slope)}, {interval}" in text
    assert f"permutation p = {slope.pval_permutation:.3f}" in text
    assert "0.30 wide in the median trial" in text
    assert sentences(text) <= 4


def test_a_slope_whose_interval_holds_nought_holds_both_directions():
    flat = bubble_alt_text(slope_of(scored(12, yi=[0.1, -0.1] * 6)))
    steep = bubble_alt_text(slope_of(scored(12, yi=np.linspace(0, 2, 12), sei=0.1)))
    assert "which holds a rise and a fall" in flat
    assert "holds a rise" not in steep
    assert "The line rises" in steep


def test_a_descriptive_slope_is_called_so():
    text = bubble_alt_text(slope_of(scored(6), descriptive=True))
    assert "No line: with fewer than ten trials it would be descriptive only." in text
    assert "slope" not in text


def test_bubble_text_of_a_plain_regression_has_the_models_own_p_value():
    regression = meta_regression(drawable(8, dose=np.arange(8.0)), moderators=["dose"])
    text = bubble_alt_text(regression)
    assert f"p = {regression.coefficients['pval'].iloc[1]:.3f}" in text
    assert "permutation" not in text


def test_component_text_counts_cells_and_names_extremes():
    text = component_alt_text(ratings(), CODEBOOK)
    assert text == (
        "Map of 3 arms of 2 trials by 5 components of the change model. Of 15 cells 47% are not reported, 13% are "
        "present, 20% are absent and 20% are partial. Most often at least partly present: disclosed experience (2 of 3 "
        "arms); least often: linkage (0). Coders differ in 2 cells."
    )


def test_coverage_text_counts_what_was_measured_and_pooled():
    assert coverage_alt_text(COVERAGE) == (
        "Map of 2 trials by 3 outcomes. Trials measured an outcome in 5 of 6 cells: with numbers that could be pooled "
        "in 1, with numbers that could not in 1, without numbers in 3. Hope has most trials to pool (1); 2 outcomes "
        "have none."
    )
