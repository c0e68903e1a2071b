"""A direction that nobody has settled: nothing is turned, and no sentence, picture or command names a side."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from builders.given_effects import effects_of
from builders.roots import INSTRUMENTS, OUTCOMES, build_evidence, build_root, events, means, sizes
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import is_estimable
from synthesis.answers.overview import summarise
from synthesis.answers.pooling import pool
from synthesis.answers.regression import meta_regression
from synthesis.answers.statements import describe_outcome
from synthesis.answers.verdicts import Side, favours
from synthesis.cli import main
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.evidence.checks import check
from synthesis.figures.forest.draw import forest_plot
from synthesis.figures.forest.show import forest_alt_text
from synthesis.figures.overview import overview_alt_text, overview_plot

# What names a side, in words or in a picture.
A_SIDE = re.compile(
    r"favour|in favour|leans|on the side of|would do better|turned to benefit|better than|harm(?!s)", re.IGNORECASE
)
HIGHER = ("Recovery Scale", "Recovery Questionnaire")  # the scales of recovery on which higher is better
CLEAR = [(0.5, 0.01), (0.6, 0.01), (0.55, 0.01), (0.5, 0.01)]


def codebook(*names, without=()):
    """Return outcomes and instruments of the codebook, unsettled those named, without some instruments."""
    known = {
        "outcomes": OUTCOMES,
        "instruments": [row for row in INSTRUMENTS if row["instrument"] not in without],
    }
    return {
        table: [
            row | ({"better": "unsettled"} if row.get("instrument", row["outcome"]) in names else {}) for row in rows
        ]
        for table, rows in known.items()
    }


def trials(instrument="Recovery Scale", outcome="recovery", n=4):
    return [
        means(30 + i, 8, 40, 25, 8, 42, outcome=outcome, instrument=instrument, trial=f"ash200{i}sample")
        for i in range(1, n + 1)
    ]


def texts_of(figure):
    return " ".join(text.get_text() for text in figure.findobj(plt.Text))


def test_an_interval_of_no_benefit_names_nobody():
    assert favours(np.nan, np.nan) is Side.UNSETTLED


@pytest.mark.parametrize("measure", ["SMD", "MD", "RR", "OR", "RD"])
@pytest.mark.parametrize("sign", [1, -1])
def test_no_sentence_and_no_picture_names_a_side(measure, sign):
    yi, vi = zip(*CLEAR, strict=True)
    pooled = pool(effects_of([0.3 * sign * y for y in yi], vi, better="unsettled", measure=measure))
    found = describe_outcome(pooled)
    said = [
        found.headline,
        found.meaning,
        found.expectation,
        found.verdict,
        *found.reservations,
        forest_alt_text(pooled),
    ]
    said.append(texts_of(forest_plot(pooled).figure))
    assert [text for text in said if A_SIDE.search(text)] == []
    assert "better is not settled" in found.headline
    assert "--better" in found.headline
    assert "settled" in texts_of(forest_plot(pooled).figure)


def test_the_numbers_are_those_of_the_rows_as_printed():
    yi, vi = zip(*CLEAR, strict=True)
    as_settled, left = (pool(effects_of(yi, vi, better=better)) for better in ("lower", "unsettled"))
    assert (left.estimate, left.ci_lb, left.pi_ub) == (as_settled.estimate, as_settled.ci_lb, as_settled.pi_ub)
    assert np.isnan(left.benefit()).all()
    assert left.effects.frame["benefit"].isna().all()


def test_nothing_is_turned_on_an_outcome_of_no_direction(tmp_path):
    evidence = build_evidence(tmp_path, trials("Distress Scale"), **codebook("recovery", without=HIGHER))
    effects = compute_effects(evidence, "recovery")
    assert (effects.frame["yi"] > 0).all()
    assert not effects.frame["aligned"].any()
    assert not effects.is_settled


def test_one_scale_of_no_direction_silences_the_pool_it_is_in(tmp_path):
    rows = [*trials("Recovery Scale", n=3), *trials("Distress Scale", n=4)[3:]]
    evidence = build_evidence(tmp_path, rows, **codebook("Distress Scale"))
    effects = compute_effects(evidence, "recovery")
    assert effects.better == "unsettled"
    assert not A_SIDE.search(describe_outcome(pool(effects)).headline)
    assert "Distress Scale" in describe_outcome(pool(effects)).headline
    assert [bool(note) for note in effects.frame["note"]] == [False, False, False, True]


def test_a_scale_of_no_direction_that_is_not_pooled_silences_nothing(tmp_path):
    rows = [*trials("Recovery Scale"), trials("Distress Scale")[0] | {"timepoint_months": 1}]
    evidence = build_evidence(tmp_path, rows, **codebook("Distress Scale"))
    assert compute_effects(evidence, "recovery").better == "higher"


@pytest.mark.parametrize("kind", [{"p_value": 0.01}, {"test_statistic": "F", "statistic_value": 9}])
def test_whom_a_test_favours_says_nothing_on_a_scale_of_no_direction(tmp_path, kind):
    row = (
        sizes(40, 40, outcome="recovery", instrument="Recovery Scale", reported_direction="favours_intervention") | kind
    )
    evidence = build_evidence(tmp_path, [row], **codebook("Recovery Scale"))
    effects = compute_effects(evidence, "recovery")
    assert effects.frame.empty
    assert effects.left_out["cause"].tolist() == ["test_on_unsettled_scale"]


def test_no_regression_and_no_slope_of_a_benefit_that_is_not_known():
    yi, vi = zip(*CLEAR, strict=True)
    effects = effects_of(yi, vi, better="unsettled", x=[1, 2, 3, 4])
    with pytest.raises(NotEstimableError, match="better is not settled"):
        meta_regression(effects, moderators="x")


def test_a_report_plans_no_page_on_fidelity_for_it(tmp_path):
    ratings = {f"ash200{i}sample": {"peer": {"sharing": i % 3, "example": 1, "linkage": 2}} for i in range(1, 5)}
    evidence = build_evidence(tmp_path, trials(), ratings=ratings)
    effects, scores = compute_effects(evidence, "recovery"), score_fidelity(evidence)
    assert is_estimable(effects, scores)
    assert not is_estimable(replace(effects, better="unsettled"), scores)


def test_the_overview_says_that_no_side_is_named_and_draws_none(tmp_path):
    counts = [events(10 + i, 50, 20, 50, trial=f"ash200{i}sample") for i in range(1, 5)]
    evidence = build_evidence(
        tmp_path,
        [*trials(), *counts],
        **codebook("readmission", without=["community stay"]),
    )
    overview = summarise(evidence, permutations=20)
    said = [sentence for sentence in overview.headline() if "readmission" in sentence]
    assert said == ["For readmission it is not settled which direction is better, so no side is named."]
    assert "Not settled: Readmission" in overview_alt_text(overview)
    assert texts_of(overview_plot(overview)).count("favours peer support") == 1  # of the recovery panel


def test_the_commands_name_no_side(tmp_path, monkeypatch, capsys):
    root = build_root(tmp_path, trials(), **codebook("recovery", without=["Distress Scale"]))

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["synthesis", *words, "--data", str(root)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    code, said, _ = run("pool", "recovery")
    assert (code, bool(A_SIDE.search(said))) == (0, False)
    _, listed, _ = run("effects", "--outcome", "recovery", "--format", "json")
    assert [row["benefit"] for row in json.loads(listed)] == [None] * 4
    code, _, said = run("fidelity", "recovery")
    assert code == 1
    assert "Traceback" not in said


def test_scales_that_point_both_ways_need_an_outcome_with_a_direction(tmp_path):
    root = build_root(tmp_path, trials(), **codebook("recovery"))
    found = [finding for finding in check(root, references=tmp_path / "references.bib") if finding.severity == "error"]
    assert [finding.rule for finding in found] == ["scales_point_both_ways"]
