"""A warning is answered by a decision about its row and shown as answered; a strict check stops on open ones."""

import json

import pytest
from click.testing import CliRunner

from builders.printed_rows import contract_errors, printed_means, row, write_root
from synthesis.cli import commands
from synthesis.cli.faults import findings_text
from synthesis.evidence.plausibility import find_doubts
from synthesis.evidence.plausibility.answered import answer
from synthesis.evidence.reading import read_root

DOUBTFUL = printed_means(4.7, 1.1, 65, 5.1, 1.1, 65, "Severity")  # outside the scale, 0 to 4
DECISION = {
    "outcome": "symptoms",
    "instrument": "",
    "timepoint_months": "",
    "decision": "keep",
    "column": "",
    "value": "",
    "reason": "The paper says so.",
    "decided_by": "two reviewers",
    "date": "2026-01-31",
}


def answers(folder, rows, *decisions, **options):
    raw = write_root(folder, {"alder2020sample": list(rows)}, decisions=decisions, **options)
    return {f.rule: f.answered for f in answer(find_doubts(raw), raw)}


def test_a_decision_about_the_row_answers_with_its_reason(tmp_path):
    found = answers(tmp_path, [DOUBTFUL], DECISION)
    assert found == {"mean_outside_scale": "keep: The paper says so. (two reviewers, 2026-01-31)"}


@pytest.mark.parametrize(
    ("change", "answered"),
    [
        ({}, True),
        ({"instrument": "Severity", "timepoint_months": "6.0"}, True),
        ({"timepoint_months": "12"}, False),
        ({"decision": "set", "column": "mean_intervention", "value": "1.7"}, True),
        ({"decision": "set", "column": "n_intervention", "value": "60"}, False),
        ({"decision": "exclude"}, True),
        ({"outcome": "hope"}, False),
    ],
)
def test_only_a_decision_about_this_row_and_what_the_doubt_rests_on_answers_it(tmp_path, change, answered):
    found = answers(tmp_path, [DOUBTFUL, row("Hope", says="no_difference")], {**DECISION, **change})
    assert bool(found["mean_outside_scale"]) is answered


def test_a_decision_of_another_trial_answers_nothing(tmp_path):
    raw = write_root(tmp_path, {"alder2020sample": [DOUBTFUL]}, decisions=[DECISION])
    raw.tables["decisions"]["trial"] = "birch2019sample"
    assert [f.answered for f in answer(find_doubts(raw), raw)] == [""]


def test_the_reason_for_leaving_a_result_out_answers_a_doubt_about_it(tmp_path):
    left_out = [{"trial": "alder2020sample", "figures": "SMD -0.37 (-0.88 to -0.24)", "reason": "lopsided"}]
    found = answers(tmp_path, [row(says="no_difference")], left_out=left_out)
    assert found == {"interval_lopsided": "left out: lopsided"}


def test_a_doubt_about_the_trial_is_answered_in_the_list_of_suspicions(tmp_path):
    facts = {"n_randomised": "163", "notes": "The abstract counts 163 people, the table of the review 178."}
    said = {"trial": "alder2020sample", "row": "", "column": "n_randomised", "what": "163", "why": "178 in a review"}
    for text in ("kept at 163", ""):
        found = answers(
            tmp_path / (text or "open"), [row(says="no_difference")], trial=facts, suspicions=[{**said, "answer": text}]
        )
        assert found == {"people_counted_twice": text}


def test_rows_that_break_the_contract_are_not_doubted_as_well(tmp_path):
    broken = {**DOUBTFUL, "sd_intervention": "-1.1"}
    raw = write_root(tmp_path, {"alder2020sample": [broken, row("Hope", n1=8, n2=9, measure="SMD", est=2.9, se=0.4)]})
    findings = contract_errors(raw)
    assert ("not_positive", 2) in {(f.rule, f.row) for f in findings}
    assert [(f.rule, f.row) for f in find_doubts(raw, findings)] == [("extreme_effect", 3)]


def test_empty_and_damaged_roots_raise_no_doubt(tmp_path):
    raw = write_root(tmp_path / "empty", {})
    assert find_doubts(raw) == []
    assert find_doubts(read_root(tmp_path / "nothing")) == []
    rows = write_root(tmp_path / "other", {"alder2020sample": [DOUBTFUL]})
    (tmp_path / "other" / "data" / "codebook" / "instruments.csv").unlink()
    assert find_doubts(read_root(rows.root)) == []


def test_answered_warnings_are_folded_into_one_line_of_the_table_and_stand_in_the_json(tmp_path):
    raw = write_root(tmp_path, {"alder2020sample": [DOUBTFUL]}, decisions=[DECISION])
    findings = answer(find_doubts(raw), raw)
    text = findings_text(findings, raw.root)
    assert text.endswith("no errors, no warnings. 1 warning answered by decisions; --format json shows them.")
    assert "mean_outside_scale" not in text
    assert json.loads(json.dumps(findings[0].to_dict()))["answered"].startswith("keep: ")


@pytest.mark.parametrize(("decided", "strict"), [(False, 1), (True, 0)])
def test_only_a_strict_check_stops_and_only_on_open_warnings(tmp_path, monkeypatch, decided, strict):
    raw = write_root(tmp_path, {"alder2020sample": [DOUBTFUL]}, decisions=[DECISION] if decided else ())
    doubts = answer(find_doubts(raw), raw)
    monkeypatch.setattr("synthesis.evidence.plausibility.examine", lambda data, references: doubts)
    place = ["check", "--data", str(raw.root)]
    assert CliRunner().invoke(commands, place, standalone_mode=False).return_value == 0
    assert CliRunner().invoke(commands, [*place, "--strict"], standalone_mode=False).return_value == strict
