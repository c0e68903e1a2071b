"""The joint model, its rivals and both scores in words: withheld where too little stands behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.declared_rows import OVERREACH
from builders.planted_slopes import planted
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.fidelity_statement import describe_both, describe_slope
from synthesis.answers.joint import joint
from synthesis.answers.joint_rivals import compare_rivals_jointly
from synthesis.answers.joint_statement import describe_joint
from synthesis.answers.verdicts import Association
from synthesis.effects import compute_effects
from synthesis.statistics.permutation import PermutationTest
from synthesis.statistics.sandwich import HTZ
from synthesis.wording import interval, number

BOTH = ("recovery", "symptoms")
FEW = {"permutations": 49}


@pytest.fixture(scope="module")
def rich(small):
    return small(**planted(24, slope=1.0, silent=0.2, outcomes=BOTH, noise=0.1))


@pytest.fixture(scope="module")
def found(rich):
    return joint(rich, **FEW)


def test_the_change_is_said_between_the_trials_seen_with_the_wider_interval(found):
    said = describe_joint(found)
    assert "Over 2 outcomes at once (48 effects of 24 trials" in said[0]
    assert f"({number(found.least)} to {number(found.most)} on the score)" in said[0]
    assert f"changes by {number(found.span * found.slope, signed=True)} SMD" in said[0]
    assert interval(*(found.span * end for end in found.wider)) in said[0]
    assert said[1] == "This is an association between trials; it cannot show a cause."
    assert not OVERREACH.search(" ".join(said))


def test_what_was_not_detected_is_no_evidence_of_nothing(rich):
    year = describe_joint(joint(rich, moderator="year", **FEW))
    assert year[1] == "No association is detected, which is not evidence that there is none."
    assert "later trials (per ten years) found" in year[0]


def test_below_ten_trials_neither_slope_nor_any_p_is_said(small):
    few = joint(small(**planted(8, slope=1.0, outcomes=BOTH)), **FEW)
    assert few.bootstrap is not None  # JSON holds it
    said = " ".join(describe_joint(few))
    assert "cannot be tested: fewer than ten trials" in said
    assert "p =" not in said
    assert "p <" not in said


def test_with_ten_trials_and_few_degrees_of_freedom_the_bootstrap_is_said_and_decides_nothing(found):
    few = replace(found, df=3.0, bootstrap=PermutationTest(0.04, 99, False, 0.02))
    said = " ".join(describe_joint(few))
    assert "fewer than four degrees of freedom" in said
    assert "which decides nothing, gives p = 0.040" in said
    assert "changes by" not in said


@pytest.mark.parametrize(
    ("df", "p", "words"), [(8.0, 0.5, "do not differ"), (8.0, 0.01, "differ in it"), (3.0, 0.01, "cannot be tested")]
)
def test_equal_slopes_are_judged_where_there_are_degrees_of_freedom(rich, df, p, words):
    found = joint(rich, **FEW)
    found.__dict__["equal_slopes"] = HTZ(F=1.0, df_num=1, df_denom=df, pval=p)
    said = " ".join(describe_joint(found))
    assert ("p =" in said.split("HTZ")[1].split(".")[0]) is (df >= 4)
    assert words in said


def test_a_lowered_correlation_is_said(found):
    assert "the largest that gives none" in describe_joint(found, asked=0.9)[-1]
    assert "the largest that gives none" not in " ".join(describe_joint(found, asked=found.rho))


def test_a_rival_is_said_to_outdo_fidelity_only_where_fidelity_is_not_detected(small):
    """Both go with benefit, each on its own: neither is clearer than the other."""
    parts = planted(40, slope=1.5, outcomes=BOTH, seed=2)
    high = {name: ("low", "high")[i % 2] for i, name in enumerate(parts["ratings"])}
    rows = [
        own | {"mean_intervention": own["mean_intervention"] + (5 if own["outcome"] == "recovery" else -5)}
        if high[own["trial"]] == "high"
        else own
        for own in parts["rows"]
    ]
    rivals = compare_rivals_jointly(small(rows, ratings=parts["ratings"], bias=high), permutations=199)
    assert rivals.detected == ["high_risk_of_bias"]
    assert rivals.fidelity.association is Association.DETECTED
    assert rivals.sentences()[0].startswith("What goes with benefit beside fidelity, which does so too")
    weak = replace(rivals, fidelity=replace(rivals.fidelity, permutation=PermutationTest(0.5, 199, False, 0.03)))
    assert weak.sentences()[0].startswith("What goes with benefit more clearly than fidelity")


@pytest.fixture(scope="module")
def slopes(rich):
    effects, scores = compute_effects(rich, "recovery"), score_fidelity(rich)
    return [fidelity_slope(effects, scores, score=score, **FEW) for score in ("calibrated", "described")]


def as_if(slope, low, high, p=0.01):
    middle = (low + high) / 2
    test = PermutationTest(p, 49, False, 0.0)
    return replace(slope, slope=middle, ci_lb=low, ci_ub=high, permutation=test, extremes=())


def test_both_scores_stand_side_by_side(slopes):
    calibrated, described = slopes
    said = describe_both(calibrated, described)
    assert said.startswith(describe_slope(calibrated))
    assert "says the same." in said
    assert number(described.span * described.slope, signed=True) in said
    assert describe_both(None, described) == describe_slope(described)


@pytest.mark.parametrize(
    ("first", "other", "says"),
    [
        ((0.2, 1.0), (0.1, 0.9), "says the same."),
        ((0.2, 1.0), (-0.1, 0.9), "says otherwise (no association is detected)."),
        ((-0.2, 1.0), (0.1, 0.9), "says otherwise (an association is detected)."),
        ((0.2, 1.0), (-1.0, -0.2), "says otherwise (an association the other way is detected)."),
        ((-0.2, 0.3), (-0.3, 0.2), "says the same."),
    ],
)
def test_two_scores_agree_where_they_detect_the_same_way(slopes, first, other, says):
    calibrated, described = (as_if(slope, *ends) for slope, ends in zip(slopes, (first, other), strict=True))
    assert says in describe_both(calibrated, described)


def test_a_slope_that_nobody_declared_is_called_exploratory_where_there_is_a_test(slopes):
    calibrated, described = slopes
    said = describe_both(calibrated, described, exploratory=True)
    assert said == f"Exploratory: nobody had declared to look at this outcome. {describe_both(calibrated, described)}"
    few = replace(described, descriptive=True)
    assert describe_both(calibrated, few, exploratory=True) == describe_both(calibrated, few)


def test_where_either_score_has_fewer_than_ten_trials_no_number_is_said(slopes):
    calibrated, described = slopes
    few = replace(described, descriptive=True)
    assert describe_both(calibrated, few) == describe_slope(few)
    assert "Descriptive only" in describe_both(calibrated, few)
    assert np.isfinite(few.slope)
