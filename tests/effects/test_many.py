"""Many settings at once give the effects that each gives alone."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from synthesis.effects import compute_effects
from synthesis.effects.many import frames_under, least_preferred_first
from synthesis.evidence import load_evidence

ROOT = Path(__file__).parents[2]
SETTINGS = [
    {
        "timepoint": timepoint,
        "instruments": instruments,
        "as_printed": as_printed,
        "icc": icc,
        "adjusted_r": r,
        "small_trial_t": t,
        "printed_df": None,
        "prefer_adjusted": adjusted,
    }
    for timepoint, instruments, as_printed, icc, r, t, adjusted in product(
        ("longest", "closest:6", "all"),
        ("first", "last"),
        (False, True),
        (0.05, 0.3),
        (None, 0.7, "none"),
        (None, True),
        (False, True),
    )
]
# Shared arms, clusters, changes, adjusted models, events: what a setting can reach.
OUTCOMES = {"recovery": "SMD", "depression": "SMD", "quality_of_life": "SMD", "readmission": "RR"}


@pytest.fixture(scope="module")
def shipped():
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


@pytest.mark.parametrize(("outcome", "measure"), OUTCOMES.items())
def test_each_frame_is_that_of_its_settings_alone(shipped, outcome, measure):
    frames = list(frames_under(shipped, outcome, measure, SETTINGS))
    assert len(frames) == len(SETTINGS)
    # Every reading at least once, and together with others that only shared work could mix up.
    for number in {*range(0, len(SETTINGS), 11), *range(12), len(SETTINGS) - 1}:
        own = dict(SETTINGS[number])
        root = least_preferred_first(shipped) if own.pop("instruments") == "last" else shipped
        alone, frame = compute_effects(root, outcome, measure=measure, **own).frame, frames[number]
        assert list(frame["trial"]) == list(alone["trial"])
        for name in ("yi", "vi", "benefit"):
            assert np.array_equal(frame[name], alone[name], equal_nan=True), (number, name)
        for name in ("assumptions", "routes", "instrument", "timepoint_months", "rob", "change"):
            assert list(frame[name]) == list(alone[name]), (number, name)


def test_settings_that_change_nothing_share_one_frame(shipped):
    frames = list(frames_under(shipped, "readmission", "RR", SETTINGS))
    assert len({id(frame) for frame in frames}) < 10


def test_the_least_preferred_instrument_comes_first(shipped):
    found = least_preferred_first(shipped).codebook.instruments["instrument"]
    assert list(found) == list(shipped.codebook.instruments["instrument"])[::-1]
