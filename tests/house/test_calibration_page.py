"""The page on calibration is made from the committed figures, and those are what the seed gives."""

import re
import sys
from pathlib import Path

import pytest

from synthesis.answers.calibration import SIZES, load_calibration, read_calibration
from synthesis.answers.calibration.cells import simulate
from synthesis.answers.calibration.designs import designs_of
from synthesis.answers.calibration.results import FILE
from synthesis.choices import SEED
from synthesis.evidence import load_evidence

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import calibration_page  # noqa: E402
import make_pages  # noqa: E402

BEHIND = "type: .venv/bin/python docs/make_pages.py"


@pytest.fixture(scope="module")
def found():
    return load_calibration(ROOT / "data" / FILE)


@pytest.fixture(scope="module")
def then():
    return load_calibration(calibration_page.THEN)


def test_page_and_picture_are_those_of_the_committed_figures():
    for place, text in make_pages.calibration().items():
        assert place.read_text(encoding="utf-8") == text, f"{place.name} is behind; {BEHIND}"


def test_the_committed_calibration_is_whole_and_of_the_shipped_size(found):
    assert found.is_complete
    assert (found.sizes, found.seed) == (SIZES, SEED)


def test_what_was_expected_is_found_on_the_evidence_of_then_or_explained(found, then):
    compared = calibration_page.compare(found, then)
    assert len(compared) > 130
    unexplained = [own.row for own in compared if not own.is_within and not own.row["why"]]
    assert unexplained == []
    needless = [own.row for own in compared if own.is_within and own.row["why"]]
    assert needless == [], "these agree; their explanation is not needed"
    assert sum(own.is_within for own in compared) > 0.9 * len(compared)


def test_the_page_says_in_words_what_the_figures_are(found):
    page = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    assert "Wald's own does in" in page
    assert "Not explained" not in page
    assert f"evidence\n  `{found.evidence[:12]}`" in page or f"`{found.evidence[:12]}`" in page
    assert [link for link in re.findall(r"\]\((?!https?:)([^)#]+)", page) if not (ROOT / "docs" / link).exists()] == []


def test_the_seed_gives_the_committed_figures_again():
    """Of cells that take a moment, where the evidence is still the one they were computed on."""
    evidence = load_evidence(ROOT / "data", references=ROOT / "references.bib")
    kept = read_calibration(evidence)
    designs = designs_of(evidence)
    quick = [cell for cell in kept.cells if cell.design == "recovery" and not cell.permuted and cell.kind != "silence"]
    if "Personal recovery" in kept.earlier:
        pytest.skip("the trials on recovery have changed since")
    for cell in quick[:3] + quick[-3:]:
        again = simulate(cell, designs[cell.design], kept.sizes, kept.seed)
        for own, before in zip(again, kept.cells[cell], strict=True):
            assert (own.test, own.quantity) == (before.test, before.quantity)
            # Where the last digit of a machine turns a data set over a threshold.
            assert own.value == pytest.approx(before.value, abs=3 / min(own.sets, before.sets))
