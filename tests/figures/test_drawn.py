"""A figure is drawn when it is first needed; one drawn before is shown again only where nothing of it changed."""

from __future__ import annotations

import matplotlib
import pytest
from matplotlib.figure import Figure

from synthesis.answers.pooling import pool
from synthesis.effects import compute_effects
from synthesis.figures import show, show_forest
from synthesis.figures.parts.drawn import Drawn
from synthesis.kept import results_kept

DRAWN = []


def draw(words, *, size=3.0):
    """Draw some words, and say so."""
    DRAWN.append(words)
    figure = Figure(figsize=(size, 2.0))
    figure.add_subplot().set_title(words)
    return figure


@pytest.fixture(autouse=True)
def nothing_drawn():
    DRAWN.clear()


def test_nothing_is_drawn_before_it_is_needed():
    shown = show(Drawn(draw, "hope"), alt="Hope.", narrow=Drawn(draw, "hope", size=2.0))
    assert DRAWN == []
    html = shown.to_html()
    assert DRAWN == ["hope", "hope"]
    assert 'width="360" height="240"' in html
    assert shown.to_html() == html
    assert DRAWN == ["hope", "hope"]


def test_what_was_drawn_of_the_same_is_shown_again():
    with results_kept():
        first = Drawn(draw, "hope").picture()
        assert Drawn(draw, "hope").picture() == first
        assert DRAWN == ["hope"]
    assert Drawn(draw, "hope").picture() == first
    assert DRAWN == ["hope", "hope"]


@pytest.mark.parametrize("other", [Drawn(draw, "recovery"), Drawn(draw, "hope", size=4.0)])
def test_another_content_or_look_is_drawn(other):
    with results_kept():
        first = Drawn(draw, "hope").picture()
        assert other.picture() != first


def test_other_settings_of_the_user_are_drawn():
    with results_kept():
        first = Drawn(draw, "hope").picture()
        with matplotlib.rc_context({"axes.titlesize": 30}):
            assert Drawn(draw, "hope").picture() != first


def test_a_figure_that_was_altered_is_shown_as_it_is():
    with results_kept():
        first = Drawn(draw, "hope").picture()
        again = show(Drawn(draw, "hope"), alt="Hope.")
        again.figure.axes[0].set_title("despair")
        assert "despair" in again.svg()
        assert "despair" not in first.svg
        assert "despair" not in Drawn(draw, "hope").picture().svg


def test_what_has_no_fingerprint_is_drawn():
    with results_kept():
        assert Drawn(draw, object).picture().svg.startswith("<?xml")
        assert Drawn(draw, object).picture().svg.startswith("<?xml")
    assert len(DRAWN) == 2


def test_a_forest_plot_follows_its_effects(evidence):
    effects = compute_effects(evidence, "hope")
    with results_kept():
        first = show_forest(pool(effects)).svg()
        assert show_forest(pool(effects)).svg() == first
        fewer = effects.subset(effects.frame["trial"].ne(effects.frame["trial"].iloc[0]))
        assert show_forest(pool(fewer)).svg() != first
    assert show_forest(pool(effects)).svg() == first
