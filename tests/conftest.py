"""What the tests share: the invented trials that obey the contract, roots made for one edge, the BCG trials."""

from __future__ import annotations

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

# No deadline: a busy machine is no fault. In CI the same examples every time, so that a push is judged by its change.
settings.register_profile("steady", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("steady")

# What a test computes is computed, whoever ran a command before.
os.environ["SYNTHESIS_CACHE"] = "off"

VALID = Path(__file__).parent / "trials" / "valid"


@pytest.fixture
def program(monkeypatch, capsys) -> Callable[..., tuple[int, str, str]]:
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
