"""The shipped evidence, and the module in a browser.

The browser closes after each file: while it is open an event loop runs, and tests that start one of their own fail.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.browsers import load_module, open_browser
from synthesis.evidence import load_evidence

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shipped():
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def engine(browser):
    """A page with nothing but the module's functions."""
    page = browser.new_page()
    yield load_module(page)
    page.close()
