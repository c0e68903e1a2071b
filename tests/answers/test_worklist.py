"""What would help most: against pools fitted one by one with the row added or left out, and where each is entered."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from builders.given_effects import effects_of
from builders.roots import build_root, means, sizes
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.pooling import pool
from synthesis.answers.worklist import VALUES, find_work
from synthesis.cli import commands
from synthesis.effects import compute_effects
from synthesis.results import to_json

TRIALS = [f"ash{2001 + i}sample" for i in range(12)]
SHIFTS = [1.0, 1.4, 0.4, 1.2, 0.9, 1.3]


def pooled_rows(**cells):
    """Six trials whose average favours what is tried, if barely."""
    return [
        means(10 + shift * 0.8, 3, 40, 10, 3, 40, trial=trial, read_from="review_data", **cells)
        for shift, trial in zip(SHIFTS, TRIALS, strict=False)
    ]


def silent_row(trial, *, n=60, **cells):
    return sizes(n, n, trial=trial, reported_direction="no_difference", read_from="abstract", **cells)


@pytest.fixture(scope="module")
def world(small):
    rows = [*pooled_rows(), silent_row("oak2020sample"), silent_row("elm2021sample", n=10)]
    return small(rows, bias={TRIALS[0]: "low"})


@pytest.fixture(scope="module")
def work(world):
    return find_work(world)


def by(work, kind):
    return work.table[work.table["kind"].eq(kind)].set_index("trial")


def test_one_more_result_does_what_pools_with_it_say(world, work):
    effects = compute_effects(world, "recovery")
    now = pool(effects)
    frame = effects.frame
    y, v = frame["benefit"].to_numpy(), frame["vi"].to_numpy()
    new = np.median(v * (frame["n_intervention"] + frame["n_comparator"])) / 120
    spread = np.sqrt(now.tau2 + now.se**2 + new)
    middle = (np.arange(VALUES) + 0.5) / VALUES
    widths, changes, moves = [], [], []
    for p in middle:
        value = now.estimate + stats.t.ppf(p, len(y) - 1) * spread
        more = pool(effects_of(np.append(y, value), np.append(v, new)))
        widths.append(more.ci_ub - more.ci_lb)
        changes.append((more.ci_lb > 0) != (now.ci_lb > 0))
        moves.append(abs(more.estimate - now.estimate) / now.se)
    own = by(work, "numbers").loc["oak2020sample"]
    assert 0 < np.mean(changes) < 1
    assert own["chance"] == pytest.approx(np.mean(changes))
    assert own["narrower"] == pytest.approx(1 - np.median(widths) / (now.ci_ub - now.ci_lb), abs=1e-7)
    assert own["moves"] == pytest.approx(np.mean(moves), abs=1e-6)
    assert own["file"].endswith("data/trials/oak2020sample/outcomes.csv")
    from_notebooks = replace(work, table=work.table.assign(file="../" + work.table["file"].str.lstrip("/")))
    assert not any("../" in sentence for sentence in from_notebooks.sentences())
    assert "../" not in from_notebooks.shown().to_csv()
    assert (own["row"], own["n"]) == (2, 120)


def test_the_larger_trial_narrows_more_and_stands_first(work):
    own = by(work, "numbers")
    assert own.loc["oak2020sample", "narrower"] > own.loc["elm2021sample", "narrower"]
    assert list(own.index) == ["oak2020sample", "elm2021sample"]


@pytest.mark.parametrize("kind", ["paper", "judgement"])
def test_what_is_unread_or_unjudged_hangs_as_the_pool_without_it_says(world, work, kind):
    effects = compute_effects(world, "recovery")
    now, own = pool(effects), by(work, kind)
    assert set(own.index) == set(TRIALS[: len(SHIFTS)]) - ({TRIALS[0]} if kind == "judgement" else set())
    for trial in own.index:
        without = pool(effects.subset(effects.frame["trial"].ne(trial)))
        assert own.loc[trial, "moves"] == pytest.approx(abs(without.estimate - now.estimate) / now.se, abs=1e-6)
        assert own.loc[trial, "flips"] == ((without.ci_lb > 0) != (now.ci_lb > 0))
    where = {"paper": "outcomes.csv", "judgement": "risk_of_bias.csv"}[kind]
    assert all(file.endswith(where) for file in own["file"])


def test_what_was_read_in_the_paper_or_nobody_judges_asks_for_nothing(small):
    rows = [row | {"read_from": "paper"} for row in pooled_rows()]
    assert find_work(small(rows)).table.empty
    assert find_work(small(rows)).sentences() == ["Nothing is left to read, judge or find out that these data know of."]


def test_a_third_trial_is_named_as_one(small):
    rows = [*pooled_rows()[:2], silent_row("oak2020sample")]
    (own,) = by(find_work(small(rows)), "numbers").itertuples()
    assert own.third
    assert np.isnan(own.chance)
    (said,) = find_work(small(rows)).sentences()
    assert "it would be the third trial, and personal recovery could be averaged" in said


def test_silence_moves_the_slope_as_far_as_its_bounds_do(small):
    names = ["sharing", "listening", "example", "role", "linkage", "network"]
    rows = [means(10 + 0.3 * (i % 5), 3, 40, 10, 3, 40, trial=trial) for i, trial in enumerate(TRIALS)]
    drawn = np.random.default_rng(4).integers(0, 3, (12, 6)).tolist()
    ratings = {t: {"peer": dict(zip(names, own, strict=True))} for t, own in zip(TRIALS, drawn, strict=True)}
    ratings[TRIALS[3]]["peer"] |= {"sharing": None, "network": None}
    evidence = small(rows, ratings=ratings)
    (own,) = by(find_work(evidence), "silence").itertuples()
    assert (own.Index, own.silent, own.components) == (TRIALS[3], 2, 6)
    assert own.file.endswith("components.csv")
    effects, scores = compute_effects(evidence, "recovery"), score_fidelity(evidence)
    now = fidelity_slope(effects, scores, score="calibrated", permutations=1)
    slopes = []
    for rating in (0, 2):
        known = {trial: {"peer": dict(arm["peer"])} for trial, arm in ratings.items()}
        known[TRIALS[3]]["peer"] |= {"sharing": rating, "network": rating}
        end = small(rows, ratings=known)
        slopes.append(fidelity_slope(compute_effects(end, "recovery"), score_fidelity(end), permutations=1).slope)
    assert own.moves == pytest.approx(max(abs(np.array(slopes) - now.slope)) / now.se, abs=1e-6)


def test_one_trial_stands_once_a_kind_and_names_its_other_outcomes(small):
    rows = [*pooled_rows(), silent_row("oak2020sample")]
    rows += [
        means(20 + 0.3 * i, 5, 40, 21, 5, 40, trial=trial, outcome="symptoms", instrument="Symptom Scale")
        for i, trial in enumerate(TRIALS[:6])
    ]
    rows += [silent_row("oak2020sample", outcome="symptoms", instrument="Symptom Scale")]
    own = by(find_work(small(rows)), "numbers")
    assert list(own.index) == ["oak2020sample"]
    assert {own.iloc[0]["outcome_label"], *own.iloc[0]["also"]} == {"Personal recovery", "Symptoms"}


def test_its_json_is_strict(work):
    found = json.loads(to_json(work.to_dict()), parse_constant=pytest.fail)
    assert len(found["rows"]) == len(work.table)
    assert set(found["kinds"]) >= {row["kind"] for row in found["rows"]}


def test_the_command_says_the_first_rows_and_json_all(tmp_path):
    root = build_root(tmp_path, [*pooled_rows(), silent_row("oak2020sample")])
    place = ["--data", str(root), "--references", str(tmp_path / "references.bib")]
    shown = CliRunner().invoke(commands, ["worklist", "--most", "1", *place])
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("Enter it in") == 1
    told = CliRunner().invoke(commands, ["worklist", "--format", "json", *place])
    assert len(json.loads(told.output)["rows"]) == 7
    wrong = CliRunner().invoke(commands, ["worklist", "--outcome", "recovry", *place])
    assert wrong.exit_code != 0
    assert "Did you mean" in str(wrong.exception)
