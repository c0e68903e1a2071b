"""The commands joint, hypotheses, components and silence: what they print, where, and how they end."""

from __future__ import annotations

import json

import pytest

from builders.declared_rows import OVERREACH, row
from builders.planted_slopes import planted
from builders.roots import means

BOTH = ("recovery", "symptoms")
FEW = ["--permutations", "49"]


@pytest.fixture(scope="module")
def rich(small):
    """Twenty-four trials with two outcomes and declared hypotheses."""
    rows = [
        row(),
        row("A1", score="calibrated", amends="H1"),
        row("R", test="rivals", family="rivals", role="secondary"),
    ]
    bias = {name: ("low", "high")[i % 2] for i, name in enumerate(planted(24)["ratings"])}
    return small(**planted(24, slope=0.4, silent=0.3, outcomes=BOTH, noise=0.1), hypotheses=rows, bias=bias)


@pytest.fixture(scope="module")
def poor(small):
    """Nine trials."""
    return small(**planted(9, slope=1.0, silent=0.3, outcomes=BOTH), hypotheses=[row()])


@pytest.fixture
def run(program):
    """Run the program on the evidence of a root."""

    def call(evidence, *words: str) -> tuple[int, str, str]:
        place = ["--data", str(evidence.root), "--references", str(evidence.references)]
        return program(*words, *place)

    return call


def strict_json(text):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


COMMANDS = {
    "joint": ["joint", *FEW],
    "hypotheses": ["hypotheses", *FEW],
    "components": ["components", "recovery"],
    "silence": ["silence", "recovery"],
    "silence of all": ["silence"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_tables_for_people_stand_on_stdout_and_say_no_more_than_was_found(run, rich, name):
    code, out, err = run(rich, *COMMANDS[name])
    assert (code, err) == (0, "")
    assert not OVERREACH.search(out), OVERREACH.search(out)
    assert out.endswith("\n")
    assert not out.endswith("\n\n")
    says = {
        "joint": ["All outcomes on fidelity", "CR2 by trial, 95% intervals", "least to the most faithful trial"],
        "hypotheses": ["Fingerprint", "H1 Dose H1", "primary, amends H1", "Whether fidelity to the change model"],
        "components": ["Described by", "can tell apart at most"],
        "silence": [
            "Personal recovery: fidelity and benefit (SMD)",
            "every silence counts as 0.5",
            "No bound on the slope",
        ],
        "silence of all": ["All outcomes: fidelity and benefit (SMD)", "No bound on the slope"],
    }[name]
    assert [words for words in says if words not in out] == []


@pytest.mark.parametrize("name", ["joint", "hypotheses", "silence", "silence of all"])
def test_with_fewer_than_ten_trials_terminals_show_no_slope_and_json_says_what_is_withheld(run, poor, name):
    code, out, _ = run(poor, *COMMANDS[name])
    assert code == 0
    assert "p =" not in out
    assert "p <" not in out
    assert "SMD (" not in out
    found = strict_json(run(poor, *COMMANDS[name], "--format", "json")[1])
    held = found["hypotheses"][0]["tested"][0] if name == "hypotheses" else found
    assert "slope_below_ten_trials" in held["withheld"]
    number = {"joint": "slope", "hypotheses": "change"}.get(name)
    kept = held[number] if number else held["rungs"][0]["slope"]
    assert isinstance(kept, float)


def test_json_of_the_joint_model_has_its_numbers_and_settings(run, rich):
    found = strict_json(
        run(rich, "joint", *FEW, "--rho", "0.4", "--level", "0.9", "--seed", "7", "--format", "json")[1]
    )
    assert [found[name] for name in ("moderator", "score", "rho", "level", "seed", "permutations", "k", "trials")] == [
        "fidelity", "described", 0.4, 0.9, 7, 49, 48, 24,
    ]  # fmt: skip
    assert found["ci_lb"] < found["slope"] < found["ci_ub"]
    assert found["withheld"] == []
    assert {own["rho"] for own in found["grid"]} == {0.4, 0.6, 0.8}


def test_beside_may_be_given_several_times_and_outcomes_too(run, rich):
    words = ["joint", *FEW, "--beside", "year", "--beside", "high_risk_of_bias", "--format", "json"]
    found = strict_json(run(rich, *words)[1])
    assert found["beside"] == ["year", "high_risk_of_bias"]
    assert "slope_below_ten_trials" in found["withheld"]  # three characteristics need thirty
    one = strict_json(run(rich, "joint", *FEW, "--outcome", "recovery", "--format", "json")[1])
    assert [own["outcome"] for own in one["outcomes"]] == ["recovery"]
    two = strict_json(run(rich, "joint", *FEW, "--outcome", "recovery", "--outcome", "symptoms", "--format", "json")[1])
    assert two["k"] == 2 * one["k"]
    said = run(rich, "joint", *FEW, "--moderator", "year", "--beside", "fidelity")[1]
    assert "with fidelity in the model, later trials (per ten years) found" in said


def test_a_level_is_printed_as_it_is(run, rich):
    assert "97.5% intervals" in run(rich, "joint", *FEW, "--level", "0.975")[1]
    assert "(97.5% CI)" in run(rich, "silence", "recovery", "--level", "0.975")[1]


def test_the_score_reaches_the_joint_model(run, rich):
    plain, calibrated = (
        strict_json(run(rich, "joint", *FEW, "--score", score, "--format", "json")[1])
        for score in ("described", "calibrated")
    )
    assert (plain["score"], calibrated["score"]) == ("described", "calibrated")
    assert plain["slope"] != calibrated["slope"]


def test_json_of_hypotheses_binds_what_was_declared_to_what_was_found(run, rich):
    found = strict_json(run(rich, "hypotheses", *FEW, "--seed", "3", "--format", "json")[1])
    assert (found["seed"], found["permutations"]) == (3, 49)
    first = found["hypotheses"][0]
    assert (first["hypothesis"], first["predictors"], len(first["fingerprint"])) == ("H1", ["fidelity"], 12)
    assert {"verdict", "sentence", "pval", "pval_holm", "change", "conditions", "withheld"} <= set(first["tested"][0])
    assert set(found["rivals"]) == {"described", "calibrated"}


def test_seeds_are_reproducible(run, poor):
    command = ["joint", *FEW, "--outcome", "recovery", "--format", "json"]
    one, two, other = (run(poor, *command, "--seed", seed)[1] for seed in ("1", "1", "2"))
    assert one == two != other
    for command in (["silence", "recovery"], ["hypotheses", *FEW]):
        one, two = (run(poor, *command, "--seed", "1", "--format", "json")[1] for _ in range(2))
        assert one == two


def test_how_rows_are_read_reaches_the_ladder_of_all_outcomes(run, small):
    parts = planted(12, outcomes=BOTH)
    cells = {"cluster_size": 20}
    trials = {name: {"design": "cluster"} for name in parts["ratings"]}
    evidence = small([own | cells for own in parts["rows"]], ratings=parts["ratings"], trials=trials)
    none, some = (
        strict_json(run(evidence, "silence", "--icc", icc, "--format", "json")[1])["rungs"][0] for icc in ("0", "0.2")
    )
    assert some["ci_ub"] - some["ci_lb"] > none["ci_ub"] - none["ci_lb"]


def test_json_of_components_and_silence_is_strict(run, rich):
    found = strict_json(run(rich, "components", "recovery", "--format", "json")[1])
    assert (found["outcome"], found["trials"], len(found["components"])) == ("recovery", 24, 7)
    ladder = strict_json(run(rich, "silence", "recovery", "--format", "json")[1])
    assert (len(ladder["rungs"]), ladder["withheld"]) == (16, [])
    assert ladder["rungs"][-1]["slope"] is None
    assert set(ladder["meanings"]) == {"lowest_t", "highest_t"}


USAGE = {
    "a moderator that does not exist": (["joint", "--moderator", "yeer"], "year"),
    "a rival beside that does not exist": (["joint", "--beside", "yeer"], "year"),
    "a moderator beside itself": (["joint", "--moderator", "year", "--beside", "year"], "is the moderator itself"),
    "an outcome that does not exist": (["joint", "--outcome", "recovry"], "recovery"),
    "a score that does not exist": (["joint", "--score", "zeal"], "calibrated"),
    "a correlation of one": (["joint", "--rho", "1"], "0<=x<1"),
    "a correlation that is no number": (["joint", "--rho", "nan"], "0"),
    "a level outside 0 to 1": (["joint", "--level", "95"], "0<x<1"),
    "a level that is no number": (["joint", "--level", "nan"], "between 0 and 1"),
    "no permutation": (["hypotheses", "--permutations", "0"], "1<=x"),
    "a negative seed": (["hypotheses", "--seed", "-1"], "x>=0"),
    "components of no outcome": (["components"], "OUTCOME"),
    "components of an unknown outcome": (["components", "recovry"], "recovery"),
    "silence of an unknown outcome": (["silence", "recovry"], "recovery"),
    "a method for all outcomes": (["silence", "--method", "PM"], "go with one OUTCOME"),
    "an interval for all outcomes": (["silence", "--ci", "wald"], "go with one OUTCOME"),
    "a pool of events": (["silence", "recovery", "--method", "MH"], "takes no moderators"),
}


@pytest.mark.parametrize("mistake", USAGE)
def test_a_mistake_in_the_command_ends_with_two_and_one_message(run, poor, mistake):
    words, named = USAGE[mistake]
    code, out, err = run(poor, *words)
    assert (code, out) == (2, "")
    assert named in err
    assert err.count("Error") == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["joint", "--moderator", "setting"], "nobody has sorted them"),
        (["joint", "--moderator", "weeks"], "0 trials with a standardised effect"),
        (["joint"], "Error"),
        (["silence"], "Error"),
        (["silence", "recovery"], "0 of 3 effects are of coded arms"),
        (["components", "recovery"], "No intervention arm"),
    ],
    ids=["setting", "weeks", "joint", "silence", "silence-recovery", "components"],
)
def test_a_problem_in_the_data_ends_with_one_and_says_where(run, small, words, named):
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}") for i in range(3)]
    code, out, err = run(small(rows), *words)
    assert (code, out) == (1, "")
    assert named in err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["joint", "hypotheses", "components", "silence"])
def test_the_help_shows_an_example_that_names_the_command(run, poor, command):
    code, out, _ = run(poor, command, "--help")
    assert code == 0
    assert f"synthesis {command}" in out.split("Example:")[1]


def test_a_root_without_hypotheses_says_so(run, small):
    code, out, _ = run(small(**planted(12)), "hypotheses", *FEW)
    assert code == 0
    assert "No primary hypothesis" in out
