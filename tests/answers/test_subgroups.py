"""Kinds of trials: each group's pool, the test between them against a model written out, and what is kept back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from builders.roots import build_root, means
from synthesis.answers.pooling import pool
from synthesis.answers.subgroups import GROUPINGS, LENGTHS, TIMES, subgroups
from synthesis.cli import commands
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError
from synthesis.figures.subgroups import show_subgroups, subgroup_lines
from synthesis.results import to_json
from synthesis.statistics.models import fit_model

TRIALS = [f"ash{2001 + i}sample" for i in range(12)]
SHIFTS = [0.2, 0.3, 0.1, 0.25, 0.15, 0.2, 1.4, 1.5, 1.3, 1.6, 1.2, 1.45]
GROUPS = ["severe_mental_illness"] * 6 + ["perinatal"] * 5 + [""]
WEEKS = [8, 13, 13, 14, 26, 26, 27, 52, 60, 8, 8, ""]
YEARS = [2009, 2010, 2017, 2018, 2001, 2020, 2012, 2013, 2014, 2015, 2016, 2019]


@pytest.fixture(scope="module")
def world(small):
    rows = [means(10 + 2 * s, 4, 40, 10, 4, 40, trial=t) for s, t in zip(SHIFTS, TRIALS, strict=True)]
    trials = {
        t: {"population_group": g, "year": y} if g else {"year": y}
        for t, g, y in zip(TRIALS, GROUPS, YEARS, strict=True)
    }
    arms = {t: {"peer": {"duration_weeks": w}} for t, w in zip(TRIALS, WEEKS, strict=True)}
    return small(rows, trials=trials, arms=arms, bias={TRIALS[0]: "high", TRIALS[1]: "low"})


@pytest.fixture(scope="module")
def effects(world):
    return compute_effects(world, "recovery")


@pytest.fixture(scope="module")
def found(world, effects):
    return subgroups(effects, world)


def test_each_group_is_the_pool_of_its_trials(found, effects):
    table = found.table.set_index(["grouping", "group"])
    for code in ("severe_mental_illness", "perinatal", ""):
        own = effects.subset(effects.frame["trial"].map(dict(zip(TRIALS, GROUPS, strict=True))).eq(code))
        pooled = pool(own)
        row = table.loc[("people", code)]
        assert (row["k"], row["trials"]) == (pooled.k, own.n_trials)
        for name in ("estimate", "ci_lb", "ci_ub", "tau2"):
            assert row[name] == pytest.approx(getattr(pooled, name), nan_ok=True)
    assert table.loc[("people", ""), "label"] == "not stated"
    assert table.loc[("bias", ""), "label"] == "not judged"


def test_the_test_between_groups_is_that_of_a_model_of_their_means(found, effects):
    frame = effects.frame.assign(group=effects.frame["trial"].map(dict(zip(TRIALS, GROUPS, strict=True))))
    stated = frame[frame["group"].ne("")]
    X = np.column_stack([np.ones(len(stated)), stated["group"].eq("perinatal")])
    fit = fit_model(stated["benefit"].to_numpy(), stated["vi"].to_numpy(), X, method="REML", ci="knapp-hartung-floor")
    row = found.tests.set_index("grouping").loc["people"]
    assert (row["groups"], row["trials"], row["df"], row["df2"]) == (2, 11, 1, 9)
    # With two groups F is the square of t.
    assert row["QM"] == pytest.approx(fit.statistic[1] ** 2)
    assert row["pval"] == pytest.approx(fit.pval[1])


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("length", WEEKS, ["short"] * 3 + ["middle"] * 3 + ["long"] * 3 + ["short"] * 2 + [""]),
        ("year", YEARS, ["early", "middle", "middle", "late", "early", "late", *["middle"] * 5, "late"]),
    ],
)
def test_lengths_and_years_are_cut_at_round_numbers(world, effects, name, values, expected):
    codes = GROUPINGS[name].of(effects.frame, world)
    assert dict(zip(effects.frame["trial"], codes, strict=True)) == dict(zip(TRIALS, expected, strict=True)), values
    assert set(codes) - {""} <= set(LENGTHS if name == "length" else TIMES)


def test_a_difference_is_named_with_holm_over_what_was_tested(found):
    tested = found.tested.set_index("grouping")
    assert {"people", "year"} <= set(tested.index)
    assert "bias" not in tested.index, "two trials are judged"
    assert tested.loc["people", "pval_holm"] == pytest.approx(tested.loc["people", "pval"] * len(tested))
    (said,) = found.sentences()
    assert said.startswith("The groups differ by the people (p = ")
    assert "nobody was randomised" in said


def test_alike_groups_are_no_evidence_of_likeness(small):
    rows = [means(11, 4, 40, 10, 4, 40, trial=t) for t in TRIALS]
    evidence = small(rows, trials={t: {"population_group": g or "trauma"} for t, g in zip(TRIALS, GROUPS, strict=True)})
    (said,) = subgroups(compute_effects(evidence, "recovery"), evidence, by=["people"]).sentences()
    assert said.endswith("That is not evidence that the groups are alike.")


def test_below_ten_trials_words_say_nothing_and_json_has_the_numbers(small):
    rows = [means(10 + s, 4, 40, 10, 4, 40, trial=t) for s, t in zip(SHIFTS[4:9], TRIALS, strict=False)]
    evidence = small(rows, trials={t: {"population_group": g} for t, g in zip(TRIALS[:5], GROUPS[4:9], strict=True)})
    own = subgroups(compute_effects(evidence, "recovery"), evidence, by=["people"])
    assert own.sentences() == [
        "With fewer than ten trials no difference between groups is tested; JSON holds the numbers."
    ]
    assert "p between groups" not in own.shown()
    found = json.loads(to_json(own.to_dict()), parse_constant=pytest.fail)
    assert found["tests"][0]["pval"] is not None
    assert found["withheld"] == ["test_below_ten_trials"]


def test_groups_of_two_trials_show_no_average(found, effects):
    shown = found.shown()
    few = found.table["trials"].lt(3).to_numpy()
    assert few.any()
    assert set(shown.loc[few, "SMD (95% CI)"]) == {"fewer than three trials"}
    lines = subgroup_lines(found, pool(effects))
    assert sum(line.numbers is not None for line in lines) == 1 + int((~few).sum())


def test_what_is_of_one_kind_only_is_said(small):
    evidence = small([means(11, 4, 40, 10, 4, 40, trial=t) for t in TRIALS[:3]])
    own = subgroups(compute_effects(evidence, "recovery"), evidence, by=["people"])
    assert own.table.empty
    assert own.sentences() == ["The trials cannot be put in groups: all that state it are of one kind."]
    assert "no group holds the three trials" in str(show_subgroups(own, pool(own.effects)))
    with pytest.raises(ChoiceError, match="people"):
        subgroups(own.effects, evidence, by=["peeple"])


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_the_picture_has_every_group_at_its_place_on_the_outcomes_own_scale(small, better):
    sign = 1 if better == "higher" else -1
    cells = {} if better == "higher" else {"outcome": "symptoms", "instrument": "Symptom Scale"}
    rows = [means(10 + sign * 2 * s, 4, 40, 10, 4, 40, trial=t, **cells) for s, t in zip(SHIFTS, TRIALS, strict=True)]
    evidence = small(rows, trials={t: {"population_group": g} for t, g in zip(TRIALS, GROUPS, strict=True)})
    effects = compute_effects(evidence, cells.get("outcome", "recovery"))
    pooled, own = pool(effects), subgroups(effects, evidence, by=["people"])
    shown = show_subgroups(own, pooled)
    (ax,) = shown.figure.axes
    diamonds = [patch.get_xy()[:, 0] for patch in ax.patches if patch.get_gid() == "diamond"]
    estimates = [pooled.estimate, *own.table.loc[own.table["trials"].ge(3), "estimate"]]
    assert [xs[1] for xs in diamonds] == pytest.approx(estimates)
    texts = {text.get_text(): text.get_position()[0] for text in ax.texts}
    (to_peers,) = [
        text for text in texts if "favours peer" in text or "favours the int" in text or "favours interv" in text
    ]
    (to_others,) = [text for text in texts if text != to_peers and "favours" in text]
    assert (texts[to_peers] > texts[to_others]) == (better == "higher")
    for line in subgroup_lines(own, pooled)[1:]:
        assert (line.label in shown.alt) or line.heading
    assert shown.table.equals(own.shown())


def test_the_command_prints_the_table_and_the_sentence(tmp_path):
    rows = [means(11, 4, 40, 10, 4, 40, trial=t) for t in TRIALS[:4]]
    root = build_root(tmp_path, rows, trials={t: {"population_group": "trauma"} for t in TRIALS[:4]})
    place = ["--data", str(root), "--references", str(tmp_path / "references.bib")]
    shown = CliRunner().invoke(commands, ["subgroups", "recovery", "--by", "people", *place])
    assert shown.exit_code == 0, shown.output
    assert "trauma" in shown.output
    told = CliRunner().invoke(commands, ["subgroups", "recovery", "--by", "people", "--format", "json", *place])
    assert [row["group"] for row in json.loads(told.output)["groups"]] == ["trauma"]
