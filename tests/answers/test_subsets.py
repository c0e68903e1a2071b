"""All subsets of an outcome's trials in words, as a table and as a picture."""

import numpy as np
import pytest

from builders.references import load_reference
from synthesis import pool_subsets
from synthesis.effects import effects_from
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.figures import show_subsets

APART = load_reference("gosh")["sets"]["apart"]
NAMES = [f"trial{i}" for i in range(1, 11)]


def effects(yi=APART["yi"], vi=APART["vi"], **about):
    return effects_from(yi, vi, **({"measure": "SMD", "better": "higher", "trial": NAMES[: len(yi)]} | about))


def test_it_says_how_many_where_and_what_moves_them():
    found = pool_subsets(effects())
    said = found.sentences()
    assert said[0] == "All 1,013 subsets of at least two of the 10 effects were pooled by themselves (REML)."
    assert "lean towards" in said[1]
    assert "trial10 moves the middle most" in said[2] or "trial10 splits them" in said[2]
    assert "no interval" in said[3]
    assert found.shown()["Trial"].iloc[0] == "trial10"


def test_two_heaps_are_called_split():
    apart = effects([0.0, 0.01, -0.01, 0.0, 0.02, 3.0], [0.01] * 6)
    assert "trial6 splits them" in " ".join(pool_subsets(apart).sentences())


@pytest.mark.parametrize(
    ("yi", "says"),
    [
        ([0.2, 0.3, 0.25, 0.4, 0.35], "all lean towards"),
        # Of equal weights: the four pairs with the first are below 0, nothing else is; 22 of 26.
        ([-0.5, 0.3, 0.25, 0.4, 0.35], "85% lean towards"),
    ],
)
def test_shares_are_not_rounded_to_all(yi, says):
    assert says in " ".join(pool_subsets(effects(yi, [0.02] * 5)).sentences())


def test_a_side_is_that_of_the_outcome():
    lower = pool_subsets(effects([-0.2, -0.3, -0.25, -0.4, -0.35], [0.02] * 5, better="lower"))
    higher = pool_subsets(effects([-0.2, -0.3, -0.25, -0.4, -0.35], [0.02] * 5))
    named = [found.sentences()[1].rpartition("towards ")[2] for found in (lower, higher)]
    assert named[0] != named[1]
    assert "towards" not in pool_subsets(effects([0.2] * 5, [0.02] * 5, better="unsettled")).sentences()[1]


def test_too_few_subsets_show_nothing():
    found = pool_subsets(effects([0.1, 0.2, 0.3], [0.1] * 3))
    assert found.sentences()[-1].startswith("So few effects")
    assert show_subsets(found) is None
    with pytest.raises(NotEstimableError, match="from three on"):
        pool_subsets(effects([0.1, 0.2], [0.1] * 2))
    with pytest.raises(ChoiceError):
        pool_subsets(effects(), method="MH")


def test_a_sample_says_so():
    found = pool_subsets(effects(), most=200, seed=5)
    assert found.sentences()[0].startswith("200 subsets of at least two of the 10 effects, drawn at random")


def test_the_picture_and_the_dictionary_have_the_same_numbers():
    found = pool_subsets(effects())
    own = found.to_dict()
    assert own["subsets"] == sum(own["by_estimate"]) == 1_013
    shown = show_subsets(found)
    assert f"With trial10 the middle is {own['rows'][9]['with']:.2f}" in shown.alt.replace("−", "-")
    assert list(shown.table["Trial"]) == list(found.shown()["Trial"])
    panels = shown.figure.axes
    assert len(panels) == 2
    image = panels[0].images[0].get_array()
    assert np.count_nonzero(image) == np.count_nonzero(found.fit.coarser()[1])
