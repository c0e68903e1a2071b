"""Certainty as people type it: what the rules suggest, rows to paste, and ratings of earlier data in a check."""

import csv
import io
import json

import pytest

from builders.rated import four_trials, review


@pytest.fixture
def run(program, tmp_path):
    """Run the program in this process on four trials, written anew with what is given."""

    def call(*words, place="own", **parts):
        if not (tmp_path / place).exists():
            review(tmp_path / place, parts.pop("rows", four_trials()), **parts)
        return program(*words, "--data", str(tmp_path / place / "data"))

    return call


def judged(text, judgement="not_serious"):
    """Return drafted rows as a person fills them in."""
    words = {"target": "important_effect", "overall": "low"}
    person = {"reason": "A reason that says enough.", "decided_by": "A. Reader", "date": "2026-01-02"}
    return [
        row
        | {"judgement": words.get(row["domain"], judgement), "levels": "" if row["domain"] in words else 0}
        | person
        | {"status": "agreed"}
        for row in csv.DictReader(io.StringIO(text))
    ]


def test_the_table_says_what_is_suggested_and_that_nobody_has_judged(run):
    code, out, err = run("grade", "recovery")
    assert (code, err) == (0, "")
    assert out.startswith("Personal recovery: 4 trials, certainty not rated")
    assert out.count("people judged:     not rated") == 7
    assert "holds the threshold" in out or "does not hold the threshold" in out


def test_json_holds_the_suggestions_unrounded_and_no_certainty(run):
    code, out, err = run("grade", "recovery", "--format", "json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert (code, err, found["certainty"], found["says"]) == (0, "", None, "")
    assert [own["domain"] for own in found["suggestions"]][-1] == "overall"
    assert found["on_scale"]["estimate"] != round(found["on_scale"]["estimate"], 6)
    assert found["seen"]["target"].startswith("k=4 SMD ")


def test_drafted_rows_are_csv_of_the_file_with_nothing_decided(run):
    code, out, _ = run("grade", "recovery", "--draft")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, len(rows), {row["judgement"] for row in rows}) == (0, 7, {""})
    assert json.loads(run("grade", "recovery", "--draft", "--format", "json")[1]) == rows


def test_ratings_of_earlier_data_are_found_by_check_and_only_they(run):
    drafted = judged(run("grade", "recovery", "--draft")[1])
    code, out, _ = run("check", "--format", "json", place="same", grade=drafted)
    assert (code, [one["rule"] for one in json.loads(out)]) == (0, [])
    first, *others = four_trials()
    code, out, _ = run(
        "check", "--format", "json", place="moved", rows=[{**first, "sd_intervention": 12}, *others], grade=drafted
    )
    found = json.loads(out)
    assert (code, {one["rule"] for one in found}, len(found)) == (0, {"rating_stale"}, 7)
    assert all(one["file"].endswith("judgements/grade.csv") and one["column"] == "seen" for one in found)
    assert "synthesis grade recovery --draft" in found[0]["hint"]
    assert "rated on earlier data" in run("grade", "recovery", place="moved")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["grade"], "OUTCOME"),
        (["grade", "recovry"], "recovery"),
        (["grade", "recovery", "--pool", "everyone"], "usual_care"),
    ],
)
def test_a_mistake_is_told_in_one_message(run, words, says):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert says in err
