"""Findings are as grave as their rule, say what their row says, and stop repeating themselves."""

import pandas as pd
import pytest

from synthesis.errors import Finding
from synthesis.evidence.contract import load_contract
from synthesis.evidence.findings import MAX_REPEATS, FileFaults, filled, finding, report
from synthesis.evidence.rules import CONTRACT, DOUBTS, RATINGS, RULES


def rows(count, file="data/trials/alder2011sample/outcomes.csv", **cells):
    columns = {"file": file, "row": range(2, count + 2), "estimate": "0.4"} | cells
    return pd.DataFrame(columns, index=range(7, count + 7))


def reported(frame, **given):
    given = {"column": "estimate", "message": "Said.", "hint": "Mend it."} | given
    return report("effect_without_measure", frame, table="outcomes", **given)


def test_one_registry_holds_the_rules_of_all():
    assert set(RULES) == set(CONTRACT) | set(DOUBTS) | set(RATINGS)
    assert len(RULES) == len(CONTRACT) + len(DOUBTS) + len(RATINGS)
    assert all(rule.says.endswith(".") for rule in RULES.values())


def test_a_doubt_is_a_warning_and_rests_on_columns_of_the_evidence():
    assert {rule.severity for rule in DOUBTS.values()} == {"warning"}
    named = {column for rule in DOUBTS.values() for column in rule.columns}
    assert named <= {column for table in load_contract().values() for column in table.columns}


@pytest.mark.parametrize("rule", ["stray_file", "bib_incomplete", "grim"])
def test_a_finding_is_as_grave_as_its_rule(rule):
    assert finding(rule, "a.csv", "Wrong.", "Mend it.").severity == RULES[rule].severity


def test_a_finding_of_no_rule_cannot_be_made():
    with pytest.raises(KeyError):
        FileFaults("a.csv").add("no_such_rule", "Wrong.", "Mend it.")


def test_the_gaps_of_a_sentence_are_filled_from_the_row():
    frame = rows(2, instrument=["A" * 80, "Scale"], shown=[0.123456, 2.0])
    said = [f.message for f in reported(frame, message="{instrument:short} gives {shown:.3g}.")]
    assert said == [f"{'A' * 59}… gives 0.123.", "Scale gives 2."]


def test_what_a_cell_says_is_no_gap():
    frame = rows(1, estimate="{file.__class__} {row}")
    said = pd.Series("{row} of {nothing}", frame.index)
    (found,) = reported(frame, message="{estimate} is no number.", hint=said)
    assert found.message == "{file.__class__} {row} is no number."
    assert found.hint == "{row} of {nothing}"
    assert found.value == "{file.__class__} {row}"


def test_words_and_columns_given_one_a_row_stand_by_their_row():
    frame = rows(3, p_value="0.2")
    columns = pd.Series(["estimate", "p_value", "estimate"], frame.index)
    hints = pd.Series(["first", "second", "third"], frame.index)
    found = reported(frame, column=columns, hint=hints)
    assert [(f.row, f.column, f.value, f.hint) for f in found] == [
        (2, "estimate", "0.4", "first"),
        (3, "p_value", "0.2", "second"),
        (4, "estimate", "0.4", "third"),
    ]


def test_a_file_that_repeats_one_fault_gets_a_closing_remark():
    frame = pd.concat([rows(MAX_REPEATS + 3), rows(2, file="b.csv")], ignore_index=True)
    found = reported(frame)
    assert len(found) == MAX_REPEATS + 2 + 1
    assert found[-1].message == "3 more rows break the same rule."
    assert found[-1].row is None


def test_no_description_of_the_contract_would_pass_for_a_sentence_with_gaps():
    texts = [field.description for table in load_contract().values() for field in table.fields]
    assert filled(texts, rows(len(texts))) == texts


def test_findings_about_a_whole_file_come_before_its_rows():
    made = [Finding("error", "a.csv", row, "n", None, "", "", "required") for row in (10, 9, None)]
    assert [f.row for f in sorted(made, key=lambda f: f.place)] == [None, 9, 10]
