"""The browser says what every other page says, by the same rules, and the commands it prints give the same numbers."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from functools import cache
from typing import get_args

import numpy as np
import pytest

from builders.browsers import call
from builders.rated import review, threshold
from builders.roots import events, means
from synthesis import cli
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.fidelity_statement import describe_slope
from synthesis.answers.grading.threshold import threshold_of
from synthesis.answers.pooling import pool
from synthesis.answers.statements import describe_outcome, describe_pool, reservations
from synthesis.choices import CiMethod, Method
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.explorer import explorer_data, subset_effects
from synthesis.statistics.measures import MEASURES
from synthesis.wording import interval, listed, lower_first, number, share

CHOSEN = 200
ANSWER = """
    {
      const [data, all] = given;
      return all.map((one) => {
        const choices = explorer.soundChoices(data, { ...explorer.plannedChoices(data, one.outcome), ...one });
        const answer = explorer.answerTo(data, choices);
        const { said, pooled, status, planned, changes, reproduce, threshold } = answer;
        const { says, found } = answer.slope;
        return {
          said, pooled, status, planned, changes, reproduce, threshold, found,
          slope: says, again: answer.reproduceSlope,
        };
      });
    }
"""


@pytest.fixture(scope="module")
def data(shipped):
    return explorer_data(shipped, places={})


@pytest.fixture(scope="module")
def chosen(data):
    """Choices at random, as a reader might make them, and every outcome as it is."""
    rng = np.random.default_rng(7)
    plain = {"method": "REML", "ci": "knapp-hartung-floor", "score": "calibrated", "subsets": {}, "without": []}
    found = [{"outcome": one["outcome"], **plain} for one in data["outcomes"]]
    enough = [one for one in data["outcomes"] if one["trials"] > 5]
    for _ in range(CHOSEN):
        possible = data["outcomes"] if rng.random() < 0.3 else enough
        one = possible[rng.integers(len(possible))]
        trials = list(dict.fromkeys(effect["trial"] for effect in one["effects"]))
        subsets = {
            subset["name"]: subset["options"][rng.integers(len(subset["options"]))]["code"]
            for subset in data["subsets"]
            if rng.random() < 0.35
        }
        found.append(
            {
                "outcome": one["outcome"],
                "method": str(rng.choice(get_args(Method))),
                "ci": str(rng.choice(get_args(CiMethod))),
                "score": str(rng.choice(["calibrated", "described"])),
                "subsets": {name: code for name, code in subsets.items() if code},
                "without": [trial for trial in trials if rng.random() < 0.15],
            }
        )
    return found


@pytest.fixture(scope="module")
def answers(engine, data, chosen):
    return call(engine, ANSWER, [data, chosen])


@pytest.fixture(scope="module")
def chosen_effects(shipped):
    """The effects that choices leave of an outcome's; hundreds of choices are about the same few outcomes."""
    effects_of = cache(lambda outcome: compute_effects(shipped, outcome))
    return lambda one: subset_effects(shipped, effects_of(one["outcome"]), **one["subsets"], without=one["without"])


def test_averages_are_said_in_the_words_of_every_other_page(chosen_effects, chosen, answers):
    pooled_ones = 0
    for one, found in zip(chosen, answers, strict=True):
        effects = chosen_effects(one)
        if effects.frame.empty:
            assert found["pooled"] is None
            continue
        pooled = pool(effects, method=one["method"], ci=one["ci"])
        assert found["said"]["headline"] == describe_pool(pooled), one
        assert found["pooled"]["withheld"] == list(pooled.withheld)
        assert (found["pooled"]["n"], found["pooled"]["n_unknown"]) == (pooled.n, pooled.n_unknown)
        finding = describe_outcome(pooled)
        assert found["said"]["expectation"] == finding.expectation, one
        if finding.verdict:
            pooled_ones += 1
            assert finding.verdict in found["status"]
            assert found["said"]["heterogeneity"] in reservations(pooled)
    assert pooled_ones > 40


def test_slopes_are_said_or_refused_in_the_words_of_every_other_page(chosen_effects, shipped, chosen, answers):
    scores, kinds = score_fidelity(shipped), set()
    for one, found in zip(chosen, answers, strict=True):
        effects = chosen_effects(one)
        try:
            slope = fidelity_slope(
                effects, scores, score=one["score"], method=one["method"], ci=one["ci"], permutations=1
            )
        except NotEstimableError as error:
            kinds.add("refused")
            slope, reason = None, str(error)
        if slope is None:
            assert (found["slope"], found["found"]) == (reason, None), one
            continue
        assert found["found"]["slope"] == pytest.approx(slope.slope, abs=1e-6)
        if slope.descriptive:
            kinds.add("descriptive")
            assert found["slope"] == describe_slope(slope)
            assert found["found"]["withheld"] == ["slope_below_ten_trials"]
        else:
            kinds.add("said")
            assert found["slope"].removesuffix(".").lower() in describe_slope(slope).lower()
    assert kinds == {"refused", "descriptive", "said"}


def with_scores(data, scores):
    """Return the data of hope alone, its effects with other scores."""
    (hope,) = (one for one in data["outcomes"] if one["outcome"] == "hope")
    effects = [
        effect | {"scores": {"calibrated": [score] * 3, "described": [None] * 3}}
        for effect, score in zip(hope["effects"], scores, strict=True)
    ]
    return data | {"outcomes": [hope | {"effects": effects}], "first": "hope"}


def test_one_score_in_every_trial_carries_no_line(engine, data):
    found = call(engine, ANSWER, [with_scores(data, [0.5] * 7), [{"outcome": "hope"}]])[0]
    assert found["found"] is None
    assert found["slope"] == "calibrated has the same value in every trial, so nothing can be regressed on it."


def test_too_few_scores_are_counted(engine, data):
    found = call(engine, ANSWER, [with_scores(data, [0.5, 0.6, *[None] * 5]), [{"outcome": "hope"}]])[0]
    assert found["slope"].startswith("Hope has 2 of 7 effects with a score on calibrated; a slope")


def run_command(words, monkeypatch):
    monkeypatch.setattr("sys.argv", words)
    printed = io.StringIO()
    with redirect_stdout(printed), pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    return printed.getvalue()


def test_the_lines_of_python_give_the_same_numbers(chosen_effects, chosen, answers, monkeypatch, shipped):
    monkeypatch.chdir(shipped.root.parent)
    tried = 0
    for one, found in zip(chosen, answers, strict=True):
        if found["pooled"] is None or not found["reproduce"].startswith("from") or tried >= 6:
            continue
        tried += 1
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(found["reproduce"], {})
        pooled = pool(chosen_effects(one), method=one["method"], ci=one["ci"])
        assert printed.getvalue().strip() == str(pooled)
        assert pooled.estimate == pytest.approx(found["pooled"]["estimate"], abs=1e-7)
    assert tried == 6


def test_the_command_gives_the_same_numbers(engine, data, monkeypatch, shipped):
    monkeypatch.chdir(shipped.root.parent)
    choices = [
        {"outcome": "hope"},
        {"outcome": "hope", "method": "DL", "ci": "wald", "score": "described"},
    ]
    for found in call(engine, ANSWER, [data, choices]):
        printed = run_command([*found["reproduce"].split(), "--format", "json"], monkeypatch)
        wanted = found["pooled"]["estimate"]
        assert f'"estimate": {wanted:.6f}'[:-1] in printed
        printed = run_command([*found["again"].split(), "--format", "json", "--permutations", "5"], monkeypatch)
        assert f'"slope": {found["found"]["slope"]:.6f}'[:-1] in printed
    assert found["reproduce"] == "synthesis pool hope --method DL --ci wald"
    assert found["again"] == "synthesis fidelity hope --score described --method DL --ci wald"


def test_the_lines_on_fidelity_give_the_same_slope(engine, data, monkeypatch, shipped):
    monkeypatch.chdir(shipped.root.parent)
    one = {
        "outcome": "recovery",
        "subsets": {"comparator": "inactive"},
        "without": ["kaplan2011internet"],
        "ci": "wald",
    }
    found = call(engine, ANSWER, [data, [one]])[0]
    lines = found["again"].replace('score="calibrated"', 'score="calibrated", permutations=5')
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(lines, {})
    span = found["found"]["most"] - found["found"]["least"]
    assert printed.getvalue().startswith(
        f"benefit on fidelity, least to most faithful trial: {number(span * found['found']['slope'], signed=True)}"
    )


def test_what_leads_to_another_root_is_quoted(engine, data):
    elsewhere = data | {"places": {"data": "my data/it's here", "references": "all.bib"}}
    command, lines = call(
        engine, ANSWER, [elsewhere, [{"outcome": "hope"}, {"outcome": "hope", "without": ["merza2023online"]}]]
    )
    assert command["reproduce"] == ("synthesis pool hope --data 'my data/it'\"'\"'s here' --references all.bib")
    assert 'load_evidence("my data/it\'s here", references="all.bib")' in lines["reproduce"] or not lines["changes"]


def test_the_prespecified_choices_are_called_so_and_others_exploratory(engine, data):
    choices = [{"outcome": "hope"}, {"outcome": "hope", "method": "PM"}, {"outcome": "hope", "threshold": 0.2}]
    planned, other, threshold = call(engine, ANSWER, [data, choices])
    assert planned["status"].startswith("Main analysis: Hope, 7 trials, SMD")
    assert other["status"].startswith("Exploratory: Hope, 7 trials, SMD")
    assert (planned["changes"], other["changes"]) == ([], ["τ² by PM"])
    assert planned["said"]["headline"] == next(
        one["prespecified"]["says"] for one in data["outcomes"] if one["outcome"] == "hope"
    )
    assert threshold["planned"], "a threshold changes no number"


def test_choices_that_nobody_offers_are_put_right(engine, data):
    wild = {
        "outcome": "nowhere",
        "method": "toString",
        "ci": 3,
        "score": None,
        "subsets": {"people": "x"},
        "threshold": -1,
    }
    sound = call(engine, "explorer.soundChoices(given[0], given[1])", [data, wild | {"without": ["nobody2000none"]}])
    assert sound == call(engine, "explorer.plannedChoices(given)", data)


# --- The threshold ----------------------------------------------------------------------------------------------------
VERDICT = """
    { const { data, outcome, ends, threshold } = given;
      const [ci_lb, estimate, ci_ub] = ends;
      return explorer.thresholdVerdict(data, outcome, { ci_lb, estimate, ci_ub, withheld: [] }, threshold); }
"""


@pytest.mark.parametrize(
    ("turn", "ends", "says"),
    [
        (
            1,
            (0.3, 0.4, 0.5),
            "The whole interval (0.30 to 0.50) lies beyond the threshold, in favour of peer support.",
        ),
        (
            -1,
            (0.3, 0.4, 0.5),
            "The whole interval (0.30 to 0.50) lies beyond the threshold, in favour of the comparison.",
        ),
        (1, (-0.1, 0.0, 0.1), "The whole interval (−0.10 to 0.10) lies within the threshold"),
        (
            1,
            (0.05, 0.2, 0.35),
            "holds differences within the threshold, and some beyond it in favour of peer support.",
        ),
        (-1, (0.05, 0.2, 0.35), "and some beyond it in favour of the comparison."),
        (1, (-0.4, 0.0, 0.4), "holds differences beyond the threshold on either side."),
        (1, (0.202, 0.3, 0.4), "The whole interval (0.202 to 0.400) lies beyond"),
        (1, (0.198, 0.3, 0.4), "The interval (0.198 to 0.400) holds differences within"),
    ],
)
def test_an_interval_is_judged_against_the_threshold(engine, data, turn, ends, says):
    outcome = {"measure": {"code": "SMD", "ratio": False}, "turn": turn}
    found = call(engine, VERDICT, {"data": data, "outcome": outcome, "ends": ends, "threshold": 0.2})
    assert says in found
    beyond = abs(ends[1]) > 0.2
    assert ("difference beyond the threshold" in found) is beyond
    assert ("a difference smaller than the threshold" in found) is not beyond


def test_a_ratio_is_judged_on_the_scale_people_read(engine, data):
    slider = {"most": 2.0, "step": 0.01, "preset": None, "source": ""}
    outcome = {"measure": {"code": "RR", "ratio": True}, "turn": -1, "threshold": slider}
    ends = np.log([0.5, 0.6, 0.75]).tolist()
    given = {"data": data, "outcome": outcome, "ends": ends, "threshold": 1.25}
    assert "The whole interval (0.50 to 0.75) lies beyond the threshold, in favour of peer support" in call(
        engine, VERDICT, given
    )
    text = "explorer.thresholdText(given.data, given.outcome, given.threshold)"
    assert call(engine, text, given) == "RR of 0.80"


def test_a_threshold_starts_where_gradings_target_is_set_on_the_scale_of_its_slider(data, shipped, tmp_path):
    for one in data["outcomes"]:
        own, _ = threshold_of(shipped, compute_effects(shipped, one["outcome"]))
        preset = None if own is None or one["turn"] is None else own.size
        assert one["threshold"]["preset"] == preset, one["outcome"]
        assert (own is None) or own.reason in one["threshold"]["source"]
    rows = [threshold(0.8), threshold(40, outcome="readmission", scale="per_1000")]
    trials = [means(10 + i, 4, 40, 9, 4, 40, trial=f"oak200{i}sample") for i in range(3)]
    trials += [events(5 + i, 40, 9, 40, trial=f"elm200{i}sample") for i in range(3)]
    slider = {
        one["outcome"]: one["threshold"]
        for one in explorer_data(review(tmp_path, trials, thresholds=rows), places={})["outcomes"]
    }
    assert (slider["recovery"]["preset"], slider["recovery"]["most"]) == (0.8, 2.0), "as much room beyond it as before"
    assert slider["readmission"] == {"most": 2.0, "step": 0.01, "preset": None, "source": ""}, (
        "a ratio is no number of people"
    )


def test_a_threshold_that_was_taken_away_stays_away_and_one_that_is_none_is_put_right(engine, data):
    sound = "given[1].map((threshold) => explorer.soundChoices(given[0], { outcome: 'hope', threshold }).threshold)"
    assert call(engine, sound, [data, [None, 0.1, -1, "x", 99]]) == [None, 0.1, 0.2, 0.2, 1.0]
    assert call(engine, "explorer.soundChoices(given, { outcome: 'hope' }).threshold", data) == 0.2


def test_where_no_direction_is_settled_no_threshold_is_offered(engine, data):
    outcome = {"measure": {"code": "SMD", "ratio": False}, "turn": None}
    given = {"data": data, "outcome": outcome, "ends": (0.1, 0.2, 0.3), "threshold": 0.1}
    assert call(engine, VERDICT, given) == ""


# --- Printing ---------------------------------------------------------------------------------------------------------
def test_numbers_are_printed_as_everywhere(engine):
    rng = np.random.default_rng(3)
    values = [0.125, 0.375, -0.125, 2.5, 0.5, 1.5, -0.004, 0.0, 1234567.891, 0.615, 1.005, 8.345, 1e-9]
    values += rng.normal(0, 3, 400).round(3).tolist() + rng.normal(0, 2000, 100).tolist()
    for digits in (0, 1, 2, 3):
        printed = call(engine, f"given.map(one => explorer.number(one, {digits}))", values)
        assert printed == [number(value, digits) for value in values]
    assert call(engine, "given.map(one => explorer.number(one, 2, true))", values) == [
        number(value, signed=True) for value in values
    ]
    assert call(engine, "explorer.number(NaN)", None) == number(float("nan"))


def test_effects_and_words_are_printed_as_everywhere(engine):
    values = np.linspace(-8, 6, 300).tolist()
    for code in ("RR", "SMD"):
        measure = {"code": code, "ratio": MEASURES[code].ratio}
        printed = call(engine, "given[1].map(one => explorer.effectText(given[0], one))", [measure, values])
        assert printed == [MEASURES[code].text(value) for value in values]
    for words in ([], ["a"], ["a", "b"], ["a", "b", "c"]):
        assert call(engine, "explorer.listed(given)", words) == listed(words)
    for text in ("Risk of bias", "RCT only", "", "a"):
        assert call(engine, "explorer.lowerFirst(given)", text) == lower_first(text)
    assert call(engine, "given.map(explorer.share)", [0.95, 0.9, 0.999]) == [
        share(level) for level in (0.95, 0.9, 0.999)
    ]
    assert call(engine, "explorer.interval(-1, 2.25)", None) == interval(-1, 2.25)
