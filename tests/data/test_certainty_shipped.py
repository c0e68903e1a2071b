"""Thresholds and important differences as shipped: conventions are called so, a difference says where it was found."""

from pathlib import Path

import pytest

from synthesis.evidence import load_evidence
from synthesis.evidence.reading import typed

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped():
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


def test_every_outcome_on_scales_has_a_threshold_and_a_convention_is_called_one(shipped):
    outcomes, thresholds = shipped.codebook.outcomes, shipped.codebook.thresholds
    assert set(thresholds["outcome"]) >= set(outcomes.loc[outcomes["measure"].eq("SMD"), "outcome"])
    usual = thresholds[thresholds["small"].eq(0.2) & thresholds["decided_by"].eq("")]
    assert set(usual["kind"]) <= {"convention"}


def test_a_difference_is_cited_or_says_why_not(shipped):
    rows = shipped.codebook.important_differences
    uncited = rows[rows["citation"].eq("")]
    assert uncited["notes"].str.contains("no DOI in the text read").all()
    assert (rows["citation"].ne("") | rows["source"].ne("")).all()


def test_a_scale_of_a_difference_is_one_of_the_codebook_or_the_notes_say_so(shipped):
    known = set(shipped.codebook.instruments["instrument"]) | {"any depression scale"}
    others = shipped.codebook.important_differences
    others = others[~others["instrument"].isin(known)]
    assert others["notes"].str.contains("codebook").all()


def test_a_value_lies_within_its_range(shipped):
    rows = typed(shipped.codebook.important_differences, "codebook_important_differences")
    rows = rows[rows["value"].notna() & rows["lower"].notna()]
    assert (rows["lower"] <= rows["value"]).all()
    assert (rows["value"] <= rows["upper"]).all()
