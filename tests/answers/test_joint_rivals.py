"""Rivals of fidelity over all outcomes: each row is its own joint model, Holm as R has it, detected by two rules."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from builders.references import load_reference
from builders.roots import means
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.joint import joint
from synthesis.answers.joint_rivals import JointRivals, compare_rivals_jointly
from synthesis.answers.rivals import RIVALS, SETTING_IN_WORDS
from synthesis.answers.verdicts import Association
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.results import to_json
from synthesis.statistics.multiplicity import holm
from synthesis.statistics.permutation import PermutationTest

QUICK = {"permutations": 99}
NAMES = [f"ash{2001 + i}sample" for i in range(22)]
FAMILIES = load_reference("joint")["holm"]
TESTED = ["year", "severe_mental_illness", "weeks", "contacts", "group", "active_comparator", "high_risk_of_bias"]


@pytest.fixture(scope="module")
def evidence(small):
    """22 trials, half of them with symptoms too: 21 are coded, 11 give a length, 9 are judged for bias."""
    rows = [means(10 + (i * 7) % 11 / 8, 3, 40 + i, 10, 3, 40, trial=name) for i, name in enumerate(NAMES)]
    rows += [
        means(10, 3, 40, 10 + (i * 5) % 7 / 6, 3, 40, outcome="symptoms", trial=name)
        for i, name in enumerate(NAMES[::2])
    ]
    arms = {
        name: {
            "peer": {"modality": "group" if i % 3 else "one_to_one"} | ({"duration_weeks": 8 + 4 * i} if i % 2 else {})
        }
        for i, name in enumerate(NAMES)
    }
    return small(
        rows,
        arms=arms,
        ratings={
            name: {
                "peer": {"sharing": (i * 5) % 3, "example": 2 if i % 4 else 0, "linkage": i % 2}
                | ({"listening": 2} if i % 5 < 2 else {})
            }
            | ({"control": {"sharing": 0}} if i % 6 == 0 else {})
            for i, name in enumerate(NAMES[:-1])
        },
        bias={name: "high" if i % 2 else "low" for i, name in enumerate(NAMES[:9])},
        trials={name: {"population_group": "severe_mental_illness"} for name in NAMES},
    )


@pytest.fixture(scope="module")
def compared(evidence):
    return compare_rivals_jointly(evidence, **QUICK)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: f"{len(family['p'])}")
def test_holm_is_rs(family):
    np.testing.assert_allclose(holm(family["p"]), family["adjusted"], rtol=0, atol=1e-15)


def test_a_test_that_was_not_done_counts_nowhere_in_holm():
    p = FAMILIES[0]["p"]
    with_gaps = np.insert(np.array(p, float), [0, 3, len(p)], np.nan)
    adjusted = holm(with_gaps)
    assert np.isnan(adjusted[np.isnan(with_gaps)]).all()
    np.testing.assert_allclose(adjusted[np.isfinite(with_gaps)], FAMILIES[0]["adjusted"], atol=1e-15)
    assert np.isnan(holm([np.nan])).all()
    assert holm([]).shape == (0,)


def test_each_rival_has_the_model_it_has_alone(compared, evidence):
    table = compared.table.set_index("moderator")
    assert list(table.index) == list(RIVALS)
    for name in ("year", "weeks", "group", "high_risk_of_bias"):
        own = joint(evidence, moderator=name, **QUICK)
        row = table.loc[name]
        numbers = ["k", "trials", "slope", "df", "pval_permutation"]
        assert row[numbers].tolist() == [getattr(own, number) for number in numbers]
        assert (row["ci_lb"], row["ci_ub"]) == own.wider
        assert (row["association"], row["withheld"]) == (own.association, list(own.withheld))
        assert row["note"] == ""
    assert table.loc[["year", "weeks", "high_risk_of_bias"], "trials"].tolist() == [22, 11, 9]


def test_fidelity_alone_and_beside_a_rival_are_read_on_the_same_trials(compared, evidence):
    table = compared.table.set_index("moderator")
    scores = score_fidelity(evidence)
    for name in ("year", "weeks", "group"):
        two = joint(evidence, beside=[name], **QUICK)
        row = table.loc[name]
        assert compared.beside[name].frame["trial"].tolist() == two.frame["trial"].tolist()
        assert (row["fidelity_alone"], row["fidelity_beside"]) == (two.alone, two.slope)
        assert (row["fidelity_alone_lb"], row["fidelity_alone_ub"]) == (two.alone_lb, two.alone_ub)
        assert (row["fidelity_beside_lb"], row["fidelity_beside_ub"]) == two.wider
        assert row["fidelity_beside_withheld"] == list(two.withheld)
    # Half of the trials give a length; one trial is not coded.
    assert compared.beside["weeks"].trials == 10
    assert compared.beside["year"].trials == compared.fidelity.trials == 21
    assert table.at["year", "fidelity_alone"] == pytest.approx(compared.fidelity.slope)
    assert table.at["weeks", "fidelity_alone"] != pytest.approx(compared.fidelity.slope, abs=1e-3)
    assert table.at["year", "fidelity_beside_withheld"] == []
    assert table.at["weeks", "fidelity_beside_withheld"][0] == "slope_below_ten_trials"
    assert scores.arms["trial"].nunique() == 21


def test_the_score_asked_for_stands_alone_and_beside_every_rival(evidence):
    found = compare_rivals_jointly(evidence, score="calibrated", **QUICK)
    assert found.fidelity.slope == joint(evidence, score="calibrated", **QUICK).slope
    for name in ("year", "weeks"):
        two = joint(evidence, score="calibrated", beside=[name], **QUICK)
        assert (found.beside[name].slope, found.beside[name].alone) == (two.slope, two.alone)
        assert two.slope != pytest.approx(joint(evidence, score="described", beside=[name], **QUICK).slope, abs=1e-3)


def test_holm_counts_every_rival_and_one_that_cannot_be_tested_with_p_of_1(compared):
    table = compared.table.set_index("moderator")
    testable = [name for name in compared.alone if compared.alone[name].is_testable]
    assert set(testable) == {"year", "weeks", "group", "reporting_completeness"}
    p = [table.at[name, "pval_permutation"] if name in testable else 1.0 for name in RIVALS]
    held = dict(zip(RIVALS, holm(p).tolist(), strict=True))
    assert table.loc[testable, "pval_holm"].tolist() == [held[name] for name in testable]
    assert table["pval_holm"].notna().sum() == 4
    few = table.loc["high_risk_of_bias"]
    assert np.isfinite([few["slope"], few["pval_permutation"]]).all()
    assert (few["withheld"], few["association"]) == (["slope_below_ten_trials"], Association.DESCRIPTIVE)


def test_rivals_without_a_model_say_why(compared):
    notes = compared.table.set_index("moderator")["note"]
    assert notes["setting"] == SETTING_IN_WORDS
    assert "0 trials" in notes["contacts"]
    assert "same value in every trial" in notes["severe_mental_illness"]
    shown = compared.shown().set_index("Explained by")
    assert shown.at[RIVALS["high_risk_of_bias"], "Note"] == "fewer than ten trials: not shown"
    assert shown.at[RIVALS["high_risk_of_bias"], "Permutation p"] == ""
    assert shown.at[RIVALS["setting"], "Note"] == SETTING_IN_WORDS
    assert shown.at[RIVALS["year"], "Holm"] != ""


def rivals_of(compared, pvals, *, clear=True, few=()):
    """Return a comparison whose rivals have these permutation p values, and an interval with or without zero."""
    base = compared.alone["year"]
    slope = 10 * max(base.se, base.se_model) if clear else 0.0
    alone = {
        name: replace(base, moderator=name, slope=slope, permutation=PermutationTest(p, 9999, False, 0.001))
        for name, p in zip(TESTED, pvals, strict=False)
    }
    alone |= {name: replace(alone[name], trials=9) for name in few}
    return JointRivals(fidelity=compared.fidelity, alone=alone, beside={}, notes={}, level=0.95)


def test_looks_at_fidelity_beside_a_rival_are_counted_and_those_without_zero_named(compared):
    two = compared.beside["year"]
    wide = 3 * max(two.se, two.se_model)
    clear = replace(two, slope=-10 * wide, trials=22, df=10.0)
    open_ = replace(two, slope=0.0, trials=22, df=10.0)
    few = replace(clear, trials=19)
    found = replace(compared, beside={"year": clear, "weeks": open_, "group": few})
    (said,) = found.stands_out_beside()
    assert said.startswith("Of 2 looks at fidelity beside a rival, which nobody had declared,")
    assert "year of the main report, −" in said
    assert "group" not in said
    assert "length" not in said
    assert replace(compared, beside={"weeks": open_}).stands_out_beside() == []


def test_a_rival_is_detected_by_its_interval_and_by_holm(compared):
    family = FAMILIES[0]
    found = rivals_of(compared, family["p"])
    everyone = dict(
        zip(RIVALS, holm([dict(zip(TESTED, family["p"], strict=True)).get(n, 1.0) for n in RIVALS]), strict=True)
    )
    assert found.pval_holm == pytest.approx({name: everyone[name] for name in found.alone})
    assert found.detected == sorted((name for name in found.alone if everyone[name] <= 0.05), key=everyone.get)
    assert len(RIVALS) == 9
    assert rivals_of(compared, [0.001, 0.007, 0.2]).detected == ["year"]  # .007 is .056 by Holm over nine
    assert rivals_of(compared, [0.005, 0.006, 0.001]).detected == ["weeks", "year", "severe_mental_illness"]
    assert rivals_of(compared, [0.001, 0.001], clear=False).detected == []
    assert rivals_of(compared, [0.005]).detected == ["year"]
    # One that cannot be tested counts in Holm and is not detected.
    some = rivals_of(compared, [0.001, 0.001, 0.004], few=["year", "severe_mental_illness"])
    assert (some.detected, some.pval_holm) == (["weeks"], {"weeks": pytest.approx(0.036)})


def test_detected_rivals_are_named(compared):
    assert str(rivals_of(compared, [0.001, 0.6])).endswith(f"detected: {RIVALS['year']}")
    assert str(rivals_of(compared, [0.6])) == "1 rival of fidelity over all outcomes; detected: none"


def test_the_result_is_strict_json(compared):
    kept = json.loads(to_json(compared))
    assert kept["fidelity"]["slope"] == compared.fidelity.slope
    rows = {row["moderator"]: row for row in kept["rows"]}
    assert list(rows) == list(RIVALS)
    assert rows["year"]["withheld"] == []
    assert rows["setting"]["slope"] is None
    assert kept["detected"] == compared.detected


def test_a_score_that_does_not_exist_or_nothing_coded_is_refused(evidence, small):
    with pytest.raises(ChoiceError, match="score 'best'"):
        compare_rivals_jointly(evidence, score="best")
    with pytest.raises(NotEstimableError, match="0 trials with a standardised effect and a known fidelity"):
        compare_rivals_jointly(small([means(10, 3, 40, 9, 3, 40)]))
