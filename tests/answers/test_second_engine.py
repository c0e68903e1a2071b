"""PyMARE as a second engine: it agrees, it is asked for by name, and a disagreement stops a report."""

from dataclasses import replace

import pytest

from builders.references import load_reference
from synthesis import confirm_by_pymare, pool
from synthesis.answers import second_engine
from synthesis.effects import compute_effects, effects_from
from synthesis.errors import ChoiceError, EnginesDisagreeError
from synthesis.evidence import load_evidence

OUTCOMES = ["recovery", "quality_of_life", "symptoms", "depression", "hope", "empowerment", "readmission"]


@pytest.fixture(scope="module")
def evidence():
    return load_evidence("data", references="references.bib")


@pytest.mark.parametrize("method", ["REML", "ML", "DL", "HE", "EE"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_both_engines_agree_on_the_shipped_outcomes(evidence, outcome, method):
    pooled = pool(compute_effects(evidence, outcome), method=method)
    assert confirm_by_pymare(pooled) == second_engine.AGREES


@pytest.mark.parametrize("ci", ["knapp-hartung-floor", "knapp-hartung", "wald"])
def test_a_pool_by_pymare_has_its_numbers_and_its_name(evidence, ci):
    effects = compute_effects(evidence, "hope")
    ours, theirs = pool(effects, ci=ci), pool(effects, ci=ci, engine="PyMARE")
    assert (ours.engine, theirs.engine) == ("kernel", "pymare")
    assert theirs.to_dict()["engine"] == "pymare"
    for name in ("estimate", "se", "ci_lb", "ci_ub", "tau2", "I2", "Q", "pi_lb"):
        assert getattr(theirs, name) == pytest.approx(getattr(ours, name), rel=1e-6), name


def test_what_pymare_does_not_fit_is_not_confirmed(evidence):
    effects = compute_effects(evidence, "hope")
    assert confirm_by_pymare(pool(effects, method="PM")) == ""
    assert confirm_by_pymare(pool(effects.subset(effects.frame["trial"] == effects.frame["trial"].iloc[0]))) == ""
    with pytest.raises(ChoiceError, match=r"'nobody'.*kernel, pymare"):
        pool(effects, engine="nobody")


@pytest.mark.parametrize(("name", "by"), [("estimate", 1e-5), ("se", 1e-5), ("tau2", 1e-4)])
def test_a_number_that_two_programs_do_not_share_stops_the_report(evidence, name, by):
    pooled = pool(compute_effects(evidence, "hope"), method="DL")
    wrong = replace(pooled, **{name: getattr(pooled, name) + by})
    with pytest.raises(EnginesDisagreeError, match="Two programs disagree on the pool of Hope by DL"):
        confirm_by_pymare(wrong)


def test_a_lower_peak_is_not_taken_for_the_answer(evidence, monkeypatch):
    data = load_reference("pooling")["datasets"]["bimodal_likelihood"]
    pooled = pool(effects_from(data["yi"], data["vi"], measure="SMD", better="higher"), method="ML")
    lower = pool(pooled.effects, method="ML")
    elsewhere = pooled.tau2 * 3 + 0.1
    monkeypatch.setattr(second_engine, "pool", lambda *_, **__: replace(lower, tau2=elsewhere, estimate=0.5))
    said = confirm_by_pymare(pooled)
    assert "a second, lower peak" in said
    assert said.endswith("its estimate is 0.50. The one above stands at the highest.")
    # Turned round, ours would be the lower one: that is a disagreement.
    monkeypatch.setattr(second_engine, "pool", lambda *_, **__: lower)
    with pytest.raises(EnginesDisagreeError):
        confirm_by_pymare(replace(pooled, tau2=elsewhere))
