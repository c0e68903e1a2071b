"""A root's readings of models' figures: where they stand, what an option says instead, what cannot be one."""

from __future__ import annotations

import pytest

from builders.roots import build_root, means
from synthesis.choices import LARGEST_CORRELATION
from synthesis.errors import ChoiceError
from synthesis.evidence import load_evidence
from synthesis.evidence.checks import check
from synthesis.evidence.contract import load_contract
from synthesis.evidence.new_review import new_review
from synthesis.evidence.readings import AS_PRINTED, Readings

STATED = {"adjusted_r": 0.6, "small_trial_t": "yes", "printed_df": "no"}


@pytest.fixture
def root(tmp_path):
    def build(review):
        return build_root(tmp_path, [means(10, 3, 30, 9, 3, 30)], review=review)

    return build


def read(data):
    return load_evidence(data, references=data.parent / "references.bib").codebook.review


def test_they_stand_in_the_reviews_row(root):
    review = read(root(STATED))
    assert review.readings == Readings(adjusted_r=0.6, small_trial_t=True, printed_df=False, prefer_adjusted=False)
    assert review.to_dict()["adjusted_r"] == 0.6


@pytest.mark.parametrize("without", ["cells", "columns", "the file"])
def test_a_root_that_states_none_keeps_figures_as_printed(root, without):
    data = root({})
    path = data / "codebook" / "review.csv"
    if without == "columns":
        lines = [line.rsplit(",", 3)[0] for line in path.read_text(encoding="utf-8").splitlines()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert "printed_df" not in path.read_text(encoding="utf-8")
    elif without == "the file":
        path.unlink()
    assert read(data).readings == AS_PRINTED


def test_a_new_review_begins_with_none(tmp_path):
    folder = new_review(tmp_path / "root").folder
    assert load_evidence(folder).codebook.review.readings == AS_PRINTED
    assert "printed_df" in (folder / "codebook" / "review.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ({"adjusted_r": "1"}, "above_maximum"),
        ({"adjusted_r": "-0.2"}, "below_minimum"),
        ({"adjusted_r": "none"}, "missing_word"),
        ({"small_trial_t": "true"}, "enumeration"),
        ({"printed_df": "0"}, "enumeration"),
    ],
)
def test_what_cannot_be_a_reading_is_found_in_its_cell(root, cell, rule):
    data = root(cell)
    (found,) = check(data, references=data.parent / "references.bib")
    assert (found.rule, found.column, found.row) == (rule, *cell, 2)


def test_the_contract_and_the_option_allow_the_same_correlations():
    field = load_contract()["codebook_review"].field("adjusted_r")
    assert (field.minimum, field.maximum) == (0, LARGEST_CORRELATION)
    assert AS_PRINTED.but(adjusted_r=LARGEST_CORRELATION).adjusted_r == LARGEST_CORRELATION
    with pytest.raises(ChoiceError, match=r"from 0 to 0\.99"):
        AS_PRINTED.but(adjusted_r=1)


def test_an_option_that_is_not_given_leaves_the_roots_own():
    own = Readings(adjusted_r=0.6, small_trial_t=True)
    assert own.but(adjusted_r=None, small_trial_t=None, printed_df=None) == own
    assert own.but(adjusted_r="none", small_trial_t=False) == AS_PRINTED
    assert own.but(adjusted_r=0) == own._replace(adjusted_r=0.0)


@pytest.mark.parametrize("own", [AS_PRINTED, Readings(0.6, True, True, True), Readings(0.0, False, True, False)])
def test_the_options_that_say_a_reading_give_it_in_any_root(own):
    for root in (AS_PRINTED, Readings(0.3, True, False, True)):
        assert root.but(**own.given()) == own
