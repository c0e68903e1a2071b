"""`synthesis measurement` as people type it: what it prints, what it keeps, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from synthesis.answers.measurement import load_measurement
from synthesis.answers.measurement.results import FILE

QUICK = ("--chains", "2", "--draws", "20")


@pytest.fixture
def run(program, valid):
    def call(*words):
        return program("measurement", *words, "--data", str(valid))

    return call


def test_it_prints_a_row_a_reading_and_shows_progress(run, valid, tmp_path):
    place = tmp_path / "found.json"
    code, out, err = run(*QUICK, "--delta", "0", "--delta", "-1.5", "--output", str(place))
    assert code == 0
    assert "2 of 2 readings of silence" in out
    assert "−1.5" in out
    assert err.splitlines()[-1].startswith("[2/2] delta −1.5: slope ")
    assert list(load_measurement(place).at) == [0.0, -1.5]
    assert not (valid / FILE).exists()


def test_json_is_strict_the_same_as_the_file_and_kept(run, tmp_path):
    place = tmp_path / "found.json"
    words = (*QUICK, "--delta", "0", "--format", "json", "--output", str(place), "--seed", "7")
    code, out, _ = run(*words)
    assert code == 0
    assert json.loads(out, parse_constant=pytest.fail) == json.loads(place.read_text(encoding="utf-8"))
    before = place.read_bytes()
    code, again, err = run(*words)
    assert (code, again, err) == (0, out, "Kept from before: delta 0.\n")
    assert place.read_bytes() == before


def test_other_settings_want_force(run, tmp_path):
    place = ("--output", str(tmp_path / "found.json"), "--delta", "0")
    run(*QUICK, *place)
    code, out, err = run(*QUICK, *place, "--seed", "8")
    assert (code, out) == (1, "")
    assert "seed 20150101, not 8" in err
    assert run(*QUICK, *place, "--seed", "8", "--force")[0] == 0


def test_what_is_no_number_of_draws_is_a_mistake_of_the_command(run):
    assert run("--draws", "1")[0] == 2
    assert run("--delta", "much")[0] == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal")
def test_an_interruption_keeps_what_is_finished(valid, tmp_path):
    place = tmp_path / "found.json"
    words = ["measurement", "--chains", "2", "--draws", "20", "--delta", "0", "--output", str(place)]
    begun = subprocess.run(
        [sys.executable, "-m", "synthesis", *words, "--data", str(valid)], capture_output=True, check=False
    )
    assert begun.returncode == 0
    kept = place.read_bytes()
    # A long one of its own file ends by the signal, at once and without a traceback.
    long = ["measurement", "--draws", "100000", "--delta", "-1", "--output", str(tmp_path / "long.json")]
    process = subprocess.Popen(
        [sys.executable, "-m", "synthesis", *long, "--data", str(valid)], stderr=subprocess.PIPE, text=True
    )
    time.sleep(8)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert place.read_bytes() == kept
    assert [path.name for path in tmp_path.iterdir()] == ["found.json"]
