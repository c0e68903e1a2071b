"""How well designs describe the same effects, as metafor has it, and several tests read together, as R has it."""

import numpy as np
import pytest

from builders.references import load_reference
from synthesis.statistics.information import ml_aicc
from synthesis.statistics.multiplicity import holm

REFERENCE = load_reference("information")


NAMES = ["-".join([case["dataset"], *case["moderators"]]) for case in REFERENCE["information"]]


@pytest.mark.parametrize("case", REFERENCE["information"], ids=NAMES)
def test_the_criterion_equals_metafors(case):
    data = REFERENCE["datasets"][case["dataset"]]
    columns = [data["mods"][name] for name in case["moderators"]]
    X = np.column_stack([np.ones(case["k"]), *columns])
    assert ml_aicc(np.array(data["yi"]), np.array(data["vi"]), X) == pytest.approx(case["AICc"], abs=1e-6)


def test_a_column_of_noise_costs_more_than_it_gives(rng):
    yi, vi = rng.normal(0.2, 0.3, 20), np.full(20, 0.05)
    plain = np.ones((20, 1))
    worse = [ml_aicc(yi, vi, np.column_stack([plain, rng.normal(size=20)])) > ml_aicc(yi, vi, plain) for _ in range(40)]
    assert np.mean(worse) > 0.7


def test_holm_equals_p_adjust_on_the_same_values():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == pytest.approx([1.0, 1.0])
    assert holm([]).tolist() == []


def test_what_was_not_done_counts_nowhere_and_what_could_not_be_done_counts():
    assert holm([0.02, np.nan]) == pytest.approx([0.02, np.nan], nan_ok=True)
    assert holm([0.02, 1.0]) == pytest.approx([0.04, 1.0])
