"""The forms for a phone: as narrow as one, in print that can be read, and with everything the wide form shows."""

from collections import Counter

import numpy as np
import pytest

from builders.calibrated import TINY, ratings_of, rows_of
from builders.drawn_effects import collisions, drawable, outside
from builders.planted_slopes import planted
from builders.roots import build_evidence, means
from synthesis.answers.agreement import coder_agreement
from synthesis.answers.calibration import calibrate
from synthesis.answers.cumulative import accumulate
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.influence import examine_influence
from synthesis.answers.pooling import pool
from synthesis.answers.silence import silence_ladder
from synthesis.answers.small_study import examine_small_studies
from synthesis.answers.subgroups import subgroups
from synthesis.effects import compute_effects
from synthesis.figures import (
    show_agreement,
    show_calibration,
    show_change_model,
    show_components,
    show_fragility,
    show_silence,
    show_subgroups,
)
from synthesis.figures.parts.style import PHONE, SMALL


def fragility(k):
    effects = drawable(k, year=np.arange(2000.0, 2000 + k))
    return show_fragility(examine_influence(effects), accumulate(effects), examine_small_studies(effects))


def kinds_of_trials(small):
    """Show twelve trials of two groups of people and of three years."""
    trials = [f"ash{2001 + i}sample" for i in range(12)]
    rows = [means(10 + i / 4, 4, 40, 10, 4, 40, trial=trial) for i, trial in enumerate(trials)]
    groups = ["severe_mental_illness"] * 6 + ["perinatal"] * 6
    own = {t: {"population_group": g, "year": 2008 + i} for i, (t, g) in enumerate(zip(trials, groups, strict=True))}
    evidence = small(rows, trials=own)
    effects = compute_effects(evidence, "recovery")
    return show_subgroups(subgroups(effects, evidence), pool(effects))


@pytest.fixture(scope="module")
def shown(evidence, small, tmp_path_factory):
    slope = small(**planted(12, slope=1.0, silent=0.3))
    calibrated = build_evidence(tmp_path_factory.mktemp("calibrated"), rows_of(), ratings=ratings_of())
    return {
        "agreement": show_agreement(coder_agreement(evidence)),
        "calibration": show_calibration(calibrate(calibrated, sizes=TINY, seed=5, outcomes=["recovery"])),
        "change model": show_change_model(small([means(10, 3, 30, 9, 3, 30)])),
        "components": show_components(score_fidelity(evidence), evidence),
        "fragility": fragility(14),
        "fragility of three": fragility(3),
        "kinds of trials": kinds_of_trials(small),
        "silence": show_silence(silence_ladder(compute_effects(slope, "recovery"), score_fidelity(slope))),
    }


FIGURES = (
    "agreement", "calibration", "change model", "components", "fragility", "fragility of three", "kinds of trials",
    "silence",
)  # fmt: skip


def texts_of(figure):
    """Return the texts of all axes, without those that matplotlib holds empty or unseen."""
    texts = [text for ax in figure.axes for text in [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels()]]
    return [text for text in texts if text.get_text() and text.get_visible()]


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_as_wide_as_a_phone_and_every_text_can_be_read(shown, name):
    figure = shown[name].narrow
    assert figure.get_figwidth() == pytest.approx(PHONE, abs=0.01)
    assert min(text.get_fontsize() for text in texts_of(figure)) >= SMALL
    assert outside(figure.axes[0]) == []
    assert collisions(figure.axes[0]) == []


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in ("change model", "components")])
def test_it_has_every_mark_of_the_wide_form(shown, name):
    def marks(figure):
        artists = [artist for ax in figure.axes for artist in ax.get_children()]
        sizes = Counter()
        for artist in artists:
            if artist.get_gid() and artist.get_gid() not in ("null line", "pooled line"):
                sizes[artist.get_gid()] += len(artist.get_offsets()) if hasattr(artist, "get_offsets") else 1
        return sizes

    assert marks(shown[name].narrow) == marks(shown[name].figure)
    assert sum(marks(shown[name].narrow).values()) > 3 or name == "silence"


def test_the_ladder_has_an_interval_for_every_reading_and_no_line_through_its_words(shown):
    wide, narrow = (figure.axes[0] for figure in (shown["silence"].figure, shown["silence"].narrow))
    ends = [[tuple(line.get_xdata()) for line in ax.lines if line.get_gid() != "null line"] for ax in (wide, narrow)]
    assert ends[0] == ends[1]
    words = [text.get_window_extent() for text in narrow.texts]
    for line in narrow.lines:
        box = line.get_window_extent()
        assert not any(box.overlaps(text) and box.y1 - text.y0 > 1 and text.y1 - box.y0 > 1 for text in words)


def test_the_map_has_every_cell_and_names_the_groups_in_its_legend(shown):
    wide, narrow = (figure.axes[0] for figure in (shown["components"].figure, shown["components"].narrow))

    def boxes(ax):
        return sorted(
            len(patch.get_path().vertices) for patch in ax.patches if patch.get_gid() not in (None, "corners")
        )

    assert boxes(wide) == boxes(narrow)
    said = [text.get_text() for text in narrow.texts]
    assert {"Trust", "Role-modelling", "Bridging", "Enabling conditions", "A", "B", "C", "D"} <= set(said)


def test_the_change_model_says_the_same_words(shown):
    def words(figure):
        return Counter(" ".join(text.get_text() for text in figure.axes[0].texts).replace(":", "").split())

    assert words(shown["change model"].narrow) == words(shown["change model"].figure)
