"""What stands beside the main analysis, or why it does not."""

from __future__ import annotations

import pytest

from synthesis.answers.bayes import bayes_answer
from synthesis.answers.beside_main import beside_main
from synthesis.answers.direction_only import with_directions
from synthesis.answers.fidelity import score_fidelity
from synthesis.effects import compute_effects


def test_both_analyses_are_those_of_their_own_functions(evidence):
    effects, scores = compute_effects(evidence, "recovery"), score_fidelity(evidence)
    found = beside_main(effects, scores, evidence, score="calibrated", level=0.9)
    options = {"score": "calibrated", "level": 0.9}
    assert found.directions.table.equals(with_directions(effects, scores, evidence, **options).table)
    assert found.bayes.to_frame().equals(bayes_answer(effects, scores, **options).to_frame())
    assert found.notes == {}
    assert found.to_dict()["bayes"]["score"] == found.to_dict()["directions"]["score"] == "calibrated"


@pytest.mark.parametrize(("measure", "missing"), [("RR", {"directions"}), ("MD", {"directions", "bayes"})])
def test_what_a_measure_does_not_allow_is_said_and_nothing_fails(evidence, measure, missing):
    outcome = "readmission" if measure == "RR" else "recovery"
    effects = compute_effects(evidence, outcome, measure=measure)
    found = beside_main(effects, score_fidelity(evidence), evidence)
    assert set(found.notes) == missing
    assert found.on_directions() == found.notes["directions"]
    assert "standardised mean differences" in found.on_directions()
    assert found.directions_shown().empty
    assert found.bayes_shown().empty == ("bayes" in missing)
    assert found.to_dict()["directions"] is None
