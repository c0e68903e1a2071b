"""The page to explore on is made by a process of its own, and is the one that would be made in this one."""

from __future__ import annotations

import sys
import time

import pytest

from synthesis.evidence import load_evidence
from synthesis.explorer import explorer_html
from synthesis.reports.run.beside import PageBeside
from synthesis.reports.run.kernels import open_kernels

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


def trials_of(evidence):
    """Return a page that says which trials there are."""
    return " ".join(evidence.trials["trial"])


def fails(evidence):
    """Fail, in whatever process."""
    raise RuntimeError("no page")


@pytest.fixture
def here(valid, monkeypatch):
    """Return the evidence as a command in its folder would load it."""
    monkeypatch.chdir(valid.parent)
    return load_evidence("data", references="references.bib")


@pytest.fixture
def kernels(here):
    with open_kernels([], "forked") as opened:
        yield opened


def test_another_process_makes_the_same_page(here, kernels, monkeypatch):
    beside = PageBeside(explorer_html, here)
    beside.start(kernels)
    monkeypatch.setattr(beside, "_make", lambda evidence: pytest.fail("it was made here"))
    assert beside.text() == explorer_html(here)


def test_what_has_no_name_or_was_not_started_is_made_here(here, kernels):
    def named_within(evidence):
        return trials_of(evidence)

    unnamed = PageBeside(named_within, here)
    unnamed.start(kernels)
    assert kernels.beside == []
    assert unnamed.text() == PageBeside(trials_of, here).text() == trials_of(here)


def test_what_fails_there_is_told_here(here, kernels):
    beside = PageBeside(fails, here)
    beside.start(kernels)
    assert len(kernels.beside) == 1
    with pytest.raises(RuntimeError, match="no page"):
        beside.text()


def test_a_process_that_was_killed_is_replaced_by_this_one(here, kernels):
    beside = PageBeside(trials_of, here)
    beside.start(kernels)
    kernels.beside[0].kill()
    assert beside.text() == trials_of(here)


def test_it_ends_with_the_kernels(here):
    with open_kernels([], "forked") as opened:
        beside = PageBeside(explorer_html, here)
        beside.start(opened)
        (process,) = opened.beside
    for _ in range(500):
        if process.poll() == 0:
            break
        time.sleep(0.01)
    assert process.poll() == 0
