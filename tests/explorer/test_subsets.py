"""Subsets choose by codes, and say which there are when one is misspelt."""

from __future__ import annotations

import pytest

from builders.roots import means
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.evidence.vocabulary import COMPARATOR_TYPES, JUDGEMENTS, PEER_STATUS, POPULATION_GROUPS
from synthesis.explorer import SUBSETS, explorer_data, subset_effects

TRIALS = ("ash2001sample", "birch2002sample", "cedar2003sample", "dogwood2004sample")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    from builders.roots import build_evidence

    rows = [means(10 + i, 4, 40, 9, 4, 41, trial=name) for i, name in enumerate(TRIALS)]
    groups = ("perinatal", "severe_mental_illness", "", "perinatal")
    kinds = ("core", "lay_peer", "core", "")
    against = ("usual_care", "active", "waitlist", "active")
    return build_evidence(
        tmp_path_factory.mktemp("subsets"),
        rows,
        trials={name: {"population_group": group} for name, group in zip(TRIALS, groups, strict=True)},
        arms={
            name: {"peer": {"peer_status": kind}, "control": {"comparator_type": other}}
            for name, kind, other in zip(TRIALS, kinds, against, strict=True)
        },
        bias={TRIALS[0]: "low", TRIALS[1]: "high", TRIALS[2]: "some_concerns"},
    )


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({}, "0123"),
        ({"population": "perinatal"}, "03"),
        ({"population": "not_perinatal"}, "12"),
        ({"population": "not_reported"}, "2"),
        ({"population": "reported"}, "013"),
        ({"eligibility": "core"}, "02"),
        ({"eligibility": "not_core"}, "13"),
        ({"comparator": "inactive"}, "02"),
        ({"comparator": "active"}, "13"),
        ({"comparator": "not_waitlist"}, "013"),
        ({"risk_of_bias": "not_high"}, "023"),
        ({"risk_of_bias": "judged_not_high"}, "02"),
        ({"risk_of_bias": "judged"}, "012"),
        ({"risk_of_bias": "not_judged"}, "3"),
        ({"risk_of_bias": "Not High", "population": "perinatal"}, "03"),
        ({"without": [TRIALS[0], TRIALS[2]]}, "13"),
        ({"without": TRIALS[3]}, "012"),
        ({"eligibility": "core", "without": [TRIALS[0]]}, "2"),
    ],
)
def test_a_choice_keeps_the_trials_it_names(root, chosen, kept):
    found = subset_effects(root, compute_effects(root, "recovery"), **chosen)
    assert list(found.frame["trial"]) == [TRIALS[int(i)] for i in kept]


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"population": "perinatl"}, "population 'perinatl' does not exist. Did you mean 'perinatal'"),
        ({"comparator": "none"}, "comparator 'none' does not exist"),
        ({"without": ["ash2001"]}, "trial 'ash2001' does not exist. Did you mean 'ash2001sample'"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_with_the_nearest(root, chosen, says):
    with pytest.raises(ChoiceError, match=says):
        subset_effects(root, compute_effects(root, "recovery"), **chosen)


def test_what_is_no_effects_is_refused(root):
    with pytest.raises(InputError, match="takes effects"):
        subset_effects(root, root)


def test_every_code_of_the_contract_has_its_choices():
    known = {
        "population": POPULATION_GROUPS,
        "eligibility": PEER_STATUS,
        "comparator": COMPARATOR_TYPES,
        "risk_of_bias": JUDGEMENTS,
    }
    assert set(SUBSETS) == set(known)
    for name, codes in known.items():
        options = SUBSETS[name].options()
        assert {*codes, *(f"not_{code}" for code in codes)} <= set(options)
        assert all(kept for _, kept in options.values())


# --- What the browser is given ---------------------------------------------------------------------------------------
def test_only_choices_that_tell_trials_apart_are_offered(root):
    offered = {one["name"]: [option["code"] for option in one["options"]] for one in explorer_data(root)["subsets"]}
    assert offered["risk_of_bias"] == [
        "", "low", "some_concerns", "high", "not_judged", "judged_not_high", "not_low", "not_some_concerns", "not_high",
        "judged",
    ]  # fmt: skip
    assert "trauma" not in offered["population"]


def test_a_root_that_says_nothing_of_its_trials_offers_no_subset(small):
    rows = [means(10 + i, 4, 40, 9, 4, 41, trial=name) for i, name in enumerate(TRIALS)]
    assert [one["name"] for one in explorer_data(small(rows))["subsets"]] == []


def test_the_page_opens_on_the_primary_outcome_or_the_one_asked_for(root, shipped):
    assert explorer_data(root)["first"] == "recovery"
    assert explorer_data(shipped)["first"] == "recovery"
    assert explorer_data(shipped, "Hope")["first"] == "hope"
    with pytest.raises(ChoiceError, match="outcome"):
        explorer_data(shipped, "hop")
    with pytest.raises(NotEstimableError, match="synthesis effects --outcome satisfaction"):
        explorer_data(shipped, "satisfaction")
    with pytest.raises(ChoiceError, match="level"):
        explorer_data(root, level=95)


def test_places_are_told_as_seen_from_here(root, monkeypatch):
    monkeypatch.chdir(root.root.parent)
    assert explorer_data(root)["places"] == {}
    monkeypatch.chdir(root.root.parent.parent)
    assert explorer_data(root)["places"] == {"data": f"{root.root.parent.name}/data"}
