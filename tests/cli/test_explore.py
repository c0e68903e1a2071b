"""`synthesis explore` as people type it: a path is printed, mistakes end with one message."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def run(program, valid):
    def call(*words):
        return program("explore", *words, "--data", str(valid))

    return call


def test_the_page_is_written_and_its_path_printed(run, tmp_path):
    place = tmp_path / "reports" / "explorer.html"
    code, out, err = run("hope", "--output", str(place))
    assert (code, out, err) == (0, f"{place}\n", "")
    assert '"first":"hope"' in place.read_text(encoding="utf-8")
    assert run("--output", str(place), "--level", "0.9")[0] == 0
    assert '"level":0.9' in place.read_text(encoding="utf-8")


def test_json_is_strict_and_writes_nothing(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("--format", "json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    assert {"outcomes", "subsets", "rules", "words", "settings", "first"} <= set(found)
    assert list(tmp_path.iterdir()) == []


def test_a_strangers_file_is_kept_unless_it_is_forced(run, tmp_path):
    place = tmp_path / "explorer.html"
    place.write_text("my notes", encoding="utf-8")
    code, out, err = run("--output", str(place))
    assert (code, out) == (1, "")
    assert "was not made by `synthesis explore`" in err
    assert place.read_text(encoding="utf-8") == "my notes"
    assert run("--output", str(place), "--force")[0] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["hop"], "outcome 'hop' does not exist"),
        (["--level", "2"], "not in the range"),
        (["--to", "x"], "No such option"),
    ],
)
def test_a_usage_mistake_exits_two(run, words, says):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert says in err
