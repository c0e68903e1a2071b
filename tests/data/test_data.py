"""The shipped evidence obeys the contract and can be worked with from one end to the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthesis.answers.coverage import all_effects, map_coverage
from synthesis.evidence import load_evidence
from synthesis.evidence.checks import check

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped():
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


@pytest.fixture(scope="module")
def shipped_effects(shipped):
    return all_effects(shipped)


def test_the_shipped_data_break_no_rule():
    errors = [str(f) for f in check(ROOT / "data", references=ROOT / "references.bib") if f.severity == "error"]
    assert errors == []


def test_every_row_is_either_pooled_or_explained(shipped, shipped_effects):
    for name, effects in shipped_effects.items():
        rows = shipped.outcomes[shipped.outcomes["outcome"].eq(name)]
        assert len(effects.frame) + len(effects.left_out) == len(rows)
        assert effects.left_out["reason"].str.len().gt(0).all()


def test_effects_have_plausible_sizes_and_positive_variances(shipped_effects):
    measured = [effects for effects in shipped_effects.values() if len(effects.frame)]
    standardised = [effects for effects in measured if effects.measure == "SMD"]
    assert len(measured) > 20
    assert len(standardised) > 10
    assert all((effects.frame["vi"] > 0).all() for effects in measured)
    assert max(effects.frame["yi"].abs().max() for effects in standardised) < 2.5


@pytest.mark.parametrize(
    ("trial", "outcome", "favours_peers"),
    [
        ("barbic2009randomized", "recovery", True),  # 168.8 v 149.1 on the Recovery Assessment Scale
        ("davidson2004partnership", "symptoms", False),  # means against the partner arms, as decided
        ("dennis2003effect", "depression_caseness", True),  # 3 of 20 v 11 of 21 depressed at eight weeks
        ("johnson2018peersupported", "readmission", True),  # 64 of 218 v 83 of 216 readmitted
    ],
)
def test_the_sign_of_known_results_is_right(shipped_effects, trial, outcome, favours_peers):
    frame = shipped_effects[outcome].frame.set_index("trial")
    assert (frame.at[trial, "benefit"] > 0) == favours_peers


def test_no_trial_that_measured_an_outcome_is_missing_from_the_coverage(shipped, shipped_effects):
    table = map_coverage(shipped, shipped_effects).table
    measured = set(zip(shipped.outcomes["trial"], shipped.outcomes["outcome"], strict=True))
    shown = {
        kind: set(zip(rows["trial"], rows["outcome"], strict=True))
        for kind, rows in table.groupby(
            table["status"].where(table["status"].isin(["absent", "not_entered"]), "measured")
        )
    }
    assert shown["measured"] == measured
    met = set(zip(shipped.left_out["trial"], shipped.left_out["outcome"], strict=True))
    assert shown["not_entered"] == {place for place in met - measured if place[1] != "other"}


def test_the_salzer_standard_errors_are_read_as_such_only_by_decision(shipped):
    from synthesis.effects import compute_effects

    sizes = {}
    for as_printed in (True, False):
        frame = compute_effects(shipped, "recovery", as_printed=as_printed).frame.set_index("trial")
        sizes[as_printed] = frame.at["salzer2016cil", "yi"]
    np.testing.assert_allclose([sizes[True], sizes[False]], [0.94, 0.13], atol=0.01)
