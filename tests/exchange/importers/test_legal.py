"""What the contract does not allow together goes to the notes of an imported row, by the contract's own rules."""

import pytest

from synthesis.evidence.findings import MAX_REPEATS
from synthesis.evidence.rules import RULES
from synthesis.exchange.importers.legal import Draft, make_legal
from synthesis.exchange.notes import Notes

RATIO = {"effect_measure": "RR", "estimate": "0.8", "ci_lower": "0.6", "ci_upper": "1.1"}
MEANS = {"mean_intervention": "10", "sd_intervention": "4", "n_intervention": "30"}


def moved(row, notes=None):
    """Return the columns that were moved from a row, in order, and check that each is said in its notes."""
    before = dict(row)
    draft = Draft(trial="ash2001sample", row=dict(row), line=7)
    make_legal([draft], notes or Notes())
    gone = [remark.partition(" ")[0] for remark in draft.remarks]
    assert draft.remarks == [f"{column} printed as {before[column]}" for column in gone]
    kept = {column: cell for column, cell in draft.row.items() if cell}
    assert kept == {column: cell for column, cell in before.items() if cell and column not in gone}
    return gone


@pytest.mark.parametrize("row", [RATIO, MEANS, RATIO | MEANS | {"standard_error": "0.1"}, {"notes": "nothing else"}])
def test_a_legal_row_stays_as_it_is(row):
    assert moved(row) == []


@pytest.mark.parametrize(
    ("row", "gone"),
    [
        (MEANS | {"sd_intervention": "0"}, ["sd_intervention"]),
        (MEANS | {"n_intervention": "1"}, ["sd_intervention"]),
        ({"events_comparator": "31", "n_comparator": "30"}, ["events_comparator"]),
        (RATIO | {"standard_error": "-0.1"}, ["standard_error"]),
        ({"standard_error": "0.1"}, ["standard_error"]),
        ({"estimate": "0.4", "standard_error": "0.1"}, ["estimate", "standard_error"]),
        (RATIO | {"ci_upper": ""}, ["ci_lower"]),
        (RATIO | {"ci_lower": "0"}, ["ci_lower", "ci_upper"]),
        (RATIO | {"ci_lower": "1.2", "ci_upper": "0.9"}, ["ci_lower", "ci_upper"]),
        (RATIO | {"estimate": "1.2"}, ["ci_lower", "ci_upper"]),
        (RATIO | {"estimate": "0"}, ["estimate", "ci_lower", "ci_upper"]),
        ({"effect_measure": "RD", "estimate": "-12", "standard_error": "2"}, ["estimate", "standard_error"]),
    ],
    ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else None,
)
def test_what_is_not_legal_is_moved_with_what_rests_on_it(row, gone):
    assert moved(row) == gone


def test_the_report_says_the_rule_that_was_broken():
    notes = Notes()
    moved(MEANS | {"n_intervention": "1"}, notes)
    (note,) = notes.notes
    assert (note.kind, note.rule, note.trial, note.row) == ("undecided", "not_legal", "ash2001sample", 7)
    assert (note.column, note.value) == ("sd_intervention", "4")
    assert note.message == f"{RULES['n_below_two'].says} Moved to notes."


def test_every_one_of_many_rows_is_made_legal_and_they_are_told_in_their_order():
    notes = Notes()
    drafts = [Draft(trial="t", row=dict(RATIO, estimate="0"), line=line) for line in range(MAX_REPEATS + 50)]
    make_legal(drafts, notes)
    assert all("estimate" not in draft.row and "ci_lower" not in draft.row for draft in drafts)
    assert [note.row for note in notes.notes] == [draft.line for draft in drafts for _ in range(3)]
