"""From a contributor's CSV files to effects: against metafor, for which trials.R reads the same files, and at edges."""

from __future__ import annotations

import numpy as np
import pytest

from references import load_reference
from small_roots import build_evidence, means
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.pooling import pool

CLOSED_FORM = 1e-10
ITERATIVE = 1e-5  # REML: PyMARE's search for tau2
REFERENCE = load_reference("trials")
COMPARISON = ["trial", "intervention_arm", "comparator_arm"]


def given(entry):
    """The comparisons, effects and variances that metafor gives, in the order of the comparisons' names."""
    return [list(entry.get(name) or []) for name in ("comparison", "yi", "vi")]


def computed(effects):
    frame = effects.frame.assign(comparison=effects.frame[COMPARISON].agg(" ".join, axis=1)).sort_values("comparison")
    return [frame[name].tolist() for name in ("comparison", "yi", "vi")]


def assert_same_effects(effects, entry):
    (names, yi, vi), (their_names, their_yi, their_vi) = computed(effects), given(entry)
    assert names == their_names
    np.testing.assert_allclose(yi, their_yi, rtol=CLOSED_FORM, atol=CLOSED_FORM)
    np.testing.assert_allclose(vi, their_vi, rtol=CLOSED_FORM)


def assert_same_pool(effects, entry, method):
    expected = (entry.get("pools") or {}).get(method)
    if expected is None:
        return
    pooled = pool(effects, method=method)
    tolerance = ITERATIVE if method == "REML" else 1e-8
    for name, value in expected.items():
        # I2 is in percent, and tau2 may be zero up to the search.
        np.testing.assert_allclose(
            getattr(pooled, name), value, rtol=tolerance, atol=tolerance * (100 if name == "I2" else 1), err_msg=name
        )


VALID = [
    pytest.param(entry, id="-".join([entry["outcome"], entry["measure"], entry["timepoint"], str(entry["as_printed"])]))
    for entry in REFERENCE["valid"]
]
CASES = [pytest.param(entry, id=entry["case"]) for entry in REFERENCE["cases"]]


@pytest.mark.parametrize("entry", VALID)
def test_the_valid_trials_give_metafors_effects_and_pools(evidence, entry):
    effects = compute_effects(
        evidence,
        entry["outcome"],
        measure=entry["measure"],
        timepoint=entry["timepoint"],
        as_printed=entry["as_printed"],
    )
    assert_same_effects(effects, entry)
    for method in ("REML", "DL"):
        assert_same_pool(effects, entry, method)


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """One data root of every invented case, each with trials of its own."""
    rows = [row | {"trial": named(entry, row)} for entry in REFERENCE["cases"] for row in entry["rows"]]
    designs = {row["trial"]: {"design": row.pop("design")} for row in rows}
    return build_evidence(tmp_path_factory.mktemp("invented"), rows, trials=designs)


def named(entry, row):
    return f"{entry['case']}-{row['trial']}"


@pytest.mark.parametrize("entry", CASES)
def test_invented_rows_give_metafors_effects_and_pools(invented, entry):
    mine = invented.only(named(entry, row) for row in entry["rows"])
    effects = compute_effects(mine, entry["outcome"], measure=entry["measure"], timepoint=entry["timepoint"])
    assert_same_effects(effects, entry | {"comparison": [f"{entry['case']}-{name}" for name in entry["comparison"]]})
    for method in ("REML", "DL"):
        assert_same_pool(effects, entry, method)


def test_metafor_was_asked_about_every_measure_and_time():
    asked = {
        (entry["measure"], entry["timepoint"].split(":")[0]) for entry in [*REFERENCE["valid"], *REFERENCE["cases"]]
    }
    assert {measure for measure, _ in asked} == {"SMD", "RR", "OR", "RD", "HR", "MD", "ROM"}
    assert {time for _, time in asked} == {"longest", "closest", "all"}


def test_an_outcome_nobody_measured_has_no_effects_and_says_so(small):
    evidence = small([means(10, 3, 30, 9, 3, 30)])
    effects = compute_effects(evidence, "symptoms")
    assert effects.frame.empty
    assert effects.left_out.empty
    with pytest.raises(NotEstimableError, match="No trial measured it"):
        pool(effects)


def test_trials_nobody_judged_for_bias_are_not_judged(small):
    effects = compute_effects(small([means(10, 3, 30, 9, 3, 30)]), "recovery")
    assert effects.frame["rob"].tolist() == [""]
