"""Effects made of given numbers: what cannot be an effect is refused by name, and what is missing stays missing."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis import compute_effects, effects_from, meta_regression, pool, score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.sensitivity import compare_choices, leave_one_out
from synthesis.errors import ChoiceError, InputError
from synthesis.statistics.permutation import permutation_test

GIVEN = {"yi": [0.1, 0.3, 0.35], "vi": [0.03, 0.03, 0.05]}


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"yi": "0.1"}, InputError, "yi"),
        ({"yi": ["a", "b", "c"]}, InputError, "yi must be numbers"),
        ({"yi": [[0.1], [0.3], [0.35]]}, InputError, "2 dimensions"),
        ({"yi": [0.1, np.inf, 0.35]}, InputError, "yi number 2 is inf"),
        ({"vi": [0.03, 0.03, 0.0]}, InputError, "vi number 3 is 0"),
        ({"vi": [0.03, 0.03]}, InputError, "vi has 2"),
        ({"label": ["A", "B"]}, InputError, "label has 2"),
        ({"label": ["A", None, "C"]}, InputError, "label is missing for effect 2"),
        ({"n_intervention": [20, -1, 20]}, InputError, "not below 0"),
        ({"n_intervention": ["20", "many", "20"]}, InputError, "n_intervention must be numbers"),
        ({"weight": [1, 1, 1]}, InputError, "weight is made"),
        ({"routes": [("means",), ("guessed",), ("means",)]}, ChoiceError, "guessed"),
        ({"rob": ["high", "middling", "low"]}, ChoiceError, "middling"),
        ({"better": "up"}, ChoiceError, "up"),
    ],
)
def test_what_cannot_be_effects_is_refused_by_name(changes, error, words):
    with pytest.raises(error, match=words):
        effects_from(**GIVEN | changes)


def test_sizes_that_are_not_given_are_not_counted_as_nobody():
    assert "unreported number of people" in pool(effects_from(**GIVEN)).people()
    assert pool(effects_from(**GIVEN, n_intervention=[20, 20, np.nan], n_comparator=20)).people().startswith("at least")
    assert pool(effects_from(**GIVEN, n_intervention=20, n_comparator=20)).people() == "120 people"


@pytest.mark.parametrize("answer", [pool, leave_one_out, compare_choices])
def test_what_is_no_effects_is_refused_by_name(answer):
    with pytest.raises(InputError, match=f"{answer.__name__} takes effects, not DataFrame"):
        answer(effects_from(**GIVEN).frame)


def test_a_single_moderator_may_be_named_without_a_list():
    effects = effects_from([0.1, 0.3, 0.35, 0.5], [0.03] * 4, dose=[1, 3, 2, 4])
    bare, listed = (meta_regression(effects, moderators=given) for given in ("dose", ["dose"]))
    assert bare.to_frame().equals(listed.to_frame())


@pytest.mark.parametrize("option", [{"permutations": 0}, {"permutations": 10.5}, {"seed": -1}])
def test_a_number_of_shuffles_or_a_seed_that_is_none_is_refused(option):
    with pytest.raises(InputError, match=f"{next(iter(option))} is"):
        permutation_test([0.1, 0.3, 0.35], [0.03] * 3, [1, 2, 3], **option)


def test_the_same_words_reach_whoever_asks_for_the_slope(evidence):
    with pytest.raises(InputError, match="permutations is 0"):
        fidelity_slope(compute_effects(evidence, "hope"), score_fidelity(evidence), permutations=0)
