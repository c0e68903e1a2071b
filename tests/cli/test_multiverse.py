"""`synthesis multiverse` as people type it: planned, run, looked at, and refused in one sentence."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from synthesis import cli

ROOT = Path(__file__).parents[2]
# Few combinations: what these tests are about is what is typed and said.
ONLY = [
    f"--only={name}"
    for name in (
        "instrument=first",
        "icc=0.05",
        "adjusted_r=own",
        "estimates=means_first",
        "peers=all",
        "people=all",
        "design=all",
        "routes=all",
        "integrity=all",
        "timepoint=longest",
    )
]


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words, data=ROOT / "data", references=ROOT / "references.bib"):
        place = ["--data", str(data), "--references", str(references)] if words[0] in ("plan", "show") else []
        monkeypatch.setattr(sys, "argv", ["synthesis", "multiverse", *map(str, words), *place])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return ended.value.code or 0, out, err

    return call


@pytest.fixture
def planned(run, tmp_path):
    folder = tmp_path / "run"
    assert run("plan", "depression", *ONLY, "--permutations", 20, "--output", folder)[0] == 0
    return folder


def test_a_plan_says_what_is_crossed_and_writes_only_where_it_is_told(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("plan", "depression", *ONLY)
    assert (code, err) == (0, "")
    assert "Without trials judged at high risk of bias" in out
    assert "different fits" in out
    assert list(tmp_path.iterdir()) == []
    code, out, _ = run("plan", "depression", *ONLY, "--format", "json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert 0 < found["duplicates"] < found["specifications"]
    assert found["is_declared"] is True


def test_from_plan_to_answer(run, planned):
    code, out, _ = run("status", planned)
    assert code == 0
    assert "0 of 2 chunks are done" in out
    assert f"synthesis multiverse resume {planned}" in out
    code, out, err = run("run", planned)
    assert code == 0
    assert "lean towards peer support" in out
    assert err.strip().splitlines()[-1].startswith("[2/2]")
    assert run("status", planned)[1].startswith("Depression: 2 of 2 chunks are done")
    code, out, err = run("resume", planned, "--format", "json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert (code, err) == (0, "")
    assert found["curve"]["specifications"] == 88
    assert found["reference"]["permutations"] == 20
    assert run("show", planned)[1] == run("run", planned)[1]


def test_one_combination_is_fitted_again(run, planned):
    code, out, _ = run("show", planned, "--at", 0)
    assert code == 0
    assert "Restricted maximum likelihood (REML)" in out
    assert "−0.26" in out
    assert json.loads(run("show", planned, "--at", 0, "--format", "json")[1])["k"] == 15


def test_shards_say_when_their_part_is_done(run, planned):
    code, out, err = run("run", planned, "--shard", "1/2")
    assert (code, out) == (0, "")
    assert "Shard 1/2 is done; 1 of 2 chunks are with the others." in err
    assert "lean towards" in run("run", planned, "--shard", "0/2")[1]


def test_when_the_time_is_up_it_says_how_to_go_on(run, planned):
    code, out, err = run("run", planned, "--until", "0s")
    assert (code, out) == (0, "")
    assert f"2 of 2 chunks are still to do. Go on with: synthesis multiverse resume {planned}" in err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["plan"], 2, "Which OUTCOME?"),
        (["plan", "hope", "--target", "joint"], 2, "give no OUTCOME"),
        (["plan", "hop"], 2, "outcome 'hop' does not exist"),
        (["plan", "hope", "--only", "icc"], 2, "should be CHOICE=LEVEL"),
        (["plan", "hope", "--only", "icc=9"], 2, "icc '9' does not exist"),
        (["plan", "hope", "--only", "colour=red"], 2, "dimension 'colour' does not exist"),
        (["run", "nowhere"], 1, "nowhere holds no plan of a multiverse: plan.json is missing"),
        (["status", "nowhere"], 1, "holds no plan"),
        (["run", "nowhere", "--until", "soon"], 2, "write 90s, 10min or 2h"),
        (["run", "nowhere", "--shard", "4/4"], 1, "first of four"),
        (["run", "nowhere", "--shard", "0/4", "--dask", "tcp://x:1"], 2, "not both"),
    ],
)
def test_mistakes_are_told_in_one_sentence(run, words, code, says, tmp_path, monkeypatch):
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    found, out, err = run(*words)
    assert (found, out) == (code, "")
    assert says in err


def test_resume_needs_something_begun(run, planned):
    code, _, err = run("resume", planned)
    assert code == 1
    assert f"has no chunk yet: synthesis multiverse run {planned}" in err


def test_a_combination_of_other_evidence_is_not_fitted(run, planned, valid):
    code, _, err = run("show", planned, "--at", 0, data=valid, references=valid.parent / "references.bib")
    assert code == 1
    assert "no longer that of the plan" in err


def test_what_is_unfinished_is_not_shown(run, planned):
    code, out, err = run("show", planned)
    assert (code, out) == (1, "")
    assert "2 of 2 chunks are still to do" in err


def test_nothing_is_planned_into_a_folder_of_others(run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    code, _, err = run("plan", "depression", *ONLY, "--output", tmp_path)
    assert code == 1
    assert "holds other things" in err


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("10min", 600), ("1.5h", 5400), ("2 H", 7200)])
def test_times_are_read(text, seconds):
    from synthesis.cli.multiverse import _Duration

    assert _Duration().convert(text, None, None) == seconds
