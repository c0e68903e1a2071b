"""Means and SDs a scale cannot give; GRIM against scrutiny's printed results, GRIMMER against every possible sample."""

from itertools import combinations_with_replacement

import numpy as np
import pytest

from builders.printed_rows import doubted, doubts, printed_means
from synthesis.evidence.plausibility.scale import grim, grimmer

# scrutiny 0.1's README: grim_map(pigs1), https://github.com/lhdjung/scrutiny at commit 0b4c5b1.
PIGS1 = [
    ("7.22", 32, True),
    ("4.74", 25, False),
    ("5.23", 29, False),
    ("2.57", 24, False),
    ("6.77", 27, False),
    ("2.68", 28, True),
    ("7.01", 29, False),
    ("7.38", 26, True),
    ("3.14", 27, False),
    ("6.89", 31, False),
    ("5.00", 25, True),
    ("0.24", 28, False),
]


@pytest.mark.parametrize(("mean", "n", "possible"), PIGS1)
def test_grim_agrees_with_scrutiny(mean, n, possible):
    assert grim(float(mean), 0.005, n) is possible


def test_grim_rejects_the_example_of_brown_and_heathers():
    assert not grim(5.19, 0.005, 28)
    assert grim(5.18, 0.005, 28)
    assert grim(5.21, 0.005, 28)


def test_grim_allows_for_steps_finer_than_one():
    assert not grim(3.23, 0.005, 7)
    assert grim(3.23, 0.005, 7, step=1 / 10)


@pytest.mark.parametrize("n", [3, 5, 8])
def test_grimmer_accepts_exactly_what_some_sample_of_whole_numbers_gives(n):
    """Every sample of n whole numbers from 0 to 9 is tried; the mean stays where the range does not limit the SD."""
    printed = set()
    for sample in combinations_with_replacement(range(10), n):
        printed.add((round(float(np.mean(sample)), 2), round(float(np.std(sample, ddof=1)), 2)))
    assert all(grimmer(mean, 0.005, sd, 0.005, n) for mean, sd in printed)
    central = {mean for mean, _ in printed if 4 <= mean <= 5}
    wrong = [
        (mean, sd)
        for mean in central
        for sd in np.round(np.arange(0.01, 2.0, 0.01), 2)
        if grimmer(mean, 0.005, sd, 0.005, n) and (mean, float(sd)) not in printed
    ]
    # The test asks for parity and a whole sum of squares; a few sums of squares with both still have no sample.
    assert len(wrong) <= 0.02 * len(central) * 199


def test_mean_outside_the_scale_is_doubted_and_one_on_its_edge_is_not(tmp_path):
    found = doubts(tmp_path / "out", [printed_means(4.7, 1.1, 65, 5.1, 1.1, 65, "Severity")])
    assert [(f.rule, f.column) for f in found] == [("mean_outside_scale", "mean_intervention")]
    assert "0 to 4" in found[0].message
    assert doubted(tmp_path / "edge", printed_means("4.0", 0.1, 5, 3.9, 0.2, 5, "Severity")) == []


def test_a_change_may_be_negative_and_not_larger_than_the_scale(tmp_path):
    assert doubted(tmp_path / "fall", printed_means(-0.8, 0.9, 40, -0.3, 0.8, 40, "Severity", change="yes")) == []
    beyond = printed_means(-4.8, 0.9, 40, -4.3, 0.8, 40, "Severity", change="yes")
    assert "mean_outside_scale" in doubted(tmp_path / "beyond", beyond)


def test_grim_is_asked_only_of_whole_scores_printed_finely_enough(tmp_path):
    assert doubted(tmp_path / "impossible", printed_means(20.37, 5.23, 20, 20.40, 6.07, 20, "Sum")) == ["grim"]
    assert doubted(tmp_path / "unknown", printed_means(20.37, 5.23, 20, 20.40, 6.07, 20)) == []
    assert doubted(tmp_path / "coarse", printed_means(20.3, 5.2, 50, 20.4, 6.1, 50, "Sum")) == []
    assert doubted(tmp_path / "items", printed_means(3.23, 0.61, 7, 3.24, 0.6, 7, "Items")) == []
    assert doubted(tmp_path / "model", printed_means(20.37, 5.23, 20, 20.40, 6.07, 20, "Sum", adjusted="yes")) == []


def test_grimmer_is_asked_where_grim_passes(tmp_path):
    # Five whole numbers with sum 17: sums of squares are odd and whole, so the SD is 1.52 or 1.67, not 1.60.
    assert grimmer(3.4, 0.005, 1.52, 0.005, 5)
    assert doubted(tmp_path, printed_means("3.40", "1.60", 5, "3.40", "1.52", 5, "Sum")) == ["grimmer"]
