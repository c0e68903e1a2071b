"""`synthesis calibrate` as people type it: what it prints, what it keeps, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from builders.calibrated import TINY, ratings_of, rows_of
from builders.roots import build_root
from synthesis.answers import calibration
from synthesis.answers.calibration import load_calibration
from synthesis.answers.calibration import run as running
from synthesis.answers.calibration.results import FILE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return build_root(tmp_path_factory.mktemp("calibrated"), rows_of(), ratings=ratings_of())


@pytest.fixture
def run(program, monkeypatch, root):
    def call(*words):
        monkeypatch.setattr(calibration, "QUICK", TINY)
        return program("calibrate", *words, "--data", str(root))

    return call


def test_a_quick_look_prints_tables_shows_progress_and_keeps_nothing(run, root):
    code, out, err = run("--quick", "--outcome", "symptoms")
    assert code == 0
    assert "Coverage of 95% intervals" in out
    assert err.splitlines()[-1].endswith("pool symptoms tau2=0.09")
    assert not (root / FILE).exists()


def test_json_is_strict_and_the_same_as_the_file(run, tmp_path):
    place = tmp_path / "found.json"
    code, out, _ = run("--quick", "--outcome", "symptoms", "--format", "json", "--output", str(place), "--seed", "7")
    found = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    assert found == json.loads(place.read_text(encoding="utf-8"))
    assert (found["settings"]["seed"], found["settings"]["sets"]) == (7, TINY.sets)


def test_the_size_decides_all_sizes_and_the_root_keeps_the_file(run, root):
    try:
        assert run("--sets", "40", "--outcome", "symptoms")[0] == 0
        settings = json.loads((root / FILE).read_text(encoding="utf-8"))["settings"]
        assert [settings[name] for name in ("sets", "permuted", "joint")] == [40, 10, 4]
        code, _, err = run("--sets", "50", "--outcome", "symptoms")
        assert (code, "--force" in err) == (1, True)
    finally:
        (root / FILE).unlink()


def test_ctrl_c_says_what_is_kept(run, monkeypatch, tmp_path):
    def stopping(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "simulate", stopping)
    code, out, err = run("--quick", "--output", str(tmp_path / "kept.json"))
    assert (code, out) == (130, "")
    assert "0 of " in err
    assert "the same command goes on" in err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--quick", "--sets", "100"), 2, "Give --quick or --sets, not both."),
        (("--sets", "3"), 2, "--sets"),
        (("--quick", "--outcome", "nothing"), 2, "outcome 'nothing'"),
        (("--quick", "--outcome", "employment"), 2, "cannot be simulated"),
        (("--seed", "-1"), 2, "--seed"),
    ],
)
def test_a_mistake_ends_in_one_message(run, words, code, says):
    found, out, err = run(*words)
    assert (found, out) == (code, "")
    assert says in err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupted_process_leaves_a_whole_file_and_no_process_behind(root, tmp_path, jobs):
    place = tmp_path / "kept.json"
    # Its own sizes: cells that last long enough to be interrupted.
    command = [sys.executable, "-m", "synthesis", "calibrate", "--sets", "2000", "--jobs", jobs, "--data", str(root)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen([*command, "--output", str(place)], **pipes, cwd=ROOT, start_new_session=True)
    first = running.stderr.readline()
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    out, err = running.communicate(timeout=60)
    assert first.startswith("[1/")
    assert (running.returncode, out) == (130, "")
    assert "Traceback" not in err
    done = len(load_calibration(place).cells)
    assert f"{done} of " in err
    assert 1 <= done < 60
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]
