"""What the tests share: the invented trials that obey the contract, roots made for one edge, the BCG trials."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from builders.given_effects import effects_of
from builders.references import load_reference
from builders.roots import Row, build_evidence
from synthesis import cli
from synthesis.effects import Effects
from synthesis.evidence import Evidence, load_evidence
from synthesis.evidence.evidence import keep_evidence

# No deadline: a busy machine is no fault. In CI the same examples every time, so that a push is judged by its change.
settings.register_profile("steady", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("steady")

# What a test computes is computed, whoever ran a command before.
os.environ["SYNTHESIS_CACHE"] = "off"

VALID = Path(__file__).parent / "trials" / "valid"

# `make test` gives a file to one worker, which makes what its tests share, once. The files that take longest, longest
# first: they come first, so that both workers end together. One that is not there, or not in place, costs only time.
LONGEST = (
    "house/test_guides.py",
    "reports/test_browser.py",
    "reports/test_run.py",
    "house/test_examples.py",
    "answers/multiverse/test_work.py",
    "house/test_benchmarks.py",
    "cli/test_environment.py",
    "answers/multiverse/test_cluster.py",
    "house/test_notebooks.py",
    "reports/test_warm.py",
    "explorer/test_page.py",
    "explorer/test_words.py",
    "house/test_site.py",
    "cli/test_cli.py",
    "evidence/checks/test_checks.py",
    "reports/test_plan.py",
    "reports/test_publishing.py",
    "statistics/test_measurement.py",
    "reports/test_unchanged.py",
    "test_kept.py",
    "answers/multiverse/test_space.py",
    "explorer/test_same_as_python.py",
    "statistics/test_kernels.py",
    "house/test_readme.py",
    "exchange/importers/test_hostile.py",
    "statistics/test_engine.py",
    "answers/test_hypotheses.py",
    "answers/test_overview.py",
    "answers/test_joint.py",
    "cli/test_explain.py",
    "reports/test_changes.py",
)

# Nine thousand tests are collected and kept to the end: looking for rings of dead objects among them, as Python does
# every 700 new ones, took a tenth of the time.
gc.disable()
SELDOM = 20_000


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Look for dead objects from now on, seldom, and among new ones only."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the files that take longest to the front."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def valid_kept(valid: Path) -> None:
    """Load the valid trials once for all commands that are asked about them, while no file of theirs changes."""
    keep_evidence(valid, references=valid.parent / "references.bib")


@pytest.fixture
def program(monkeypatch, capsys, valid_kept) -> Callable[..., tuple[int, str, str]]:
    """Run `synthesis` in this process with some words; returns its exit code and what it printed. Never a traceback."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["synthesis", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return ended.value.code or 0, out, err

    return call


@pytest.fixture(scope="session")
def valid() -> Path:
    """The data root of five invented trials that break no rule; its references.bib lies beside it."""
    return VALID / "data"


@pytest.fixture(scope="session")
def evidence(valid: Path) -> Evidence:
    return load_evidence(valid, references=valid.parent / "references.bib")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Evidence]:
    """Build the evidence of a few rows written for one test (`roots.build_evidence`); the same rows only once."""
    made: dict[str, Evidence] = {}

    def build(rows: Sequence[Row], **parts: Any) -> Evidence:
        key = repr((rows, parts))
        if key not in made:
            made[key] = build_evidence(tmp_path_factory.mktemp("root"), rows, **parts)
        return made[key]

    return build


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20250301)


@pytest.fixture(scope="session")
def bcg() -> Effects:
    """The thirteen BCG trials, log risk ratios by metafor's escalc, with latitude as a moderator."""
    data = load_reference("pooling")["datasets"]["bcg"]
    latitude = load_reference("regression")["datasets"]["bcg"]["mods"]["ablat"]
    return effects_of(data["yi"], data["vi"], measure="RR", better="lower", ablat=latitude)
