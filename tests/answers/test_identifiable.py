"""What an outcome's trials could tell about single components: rank, patterns alike, constants, silence."""

from __future__ import annotations

import numpy as np
import pytest

from builders.planted_slopes import planted
from builders.roots import COMPONENTS, means
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.identifiable import identify_components
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.results import to_json

NAMES = [name for name, _ in COMPONENTS]
# One row a trial, in the codebook's order: sharing, listening, example, role, linkage, network, supervision.
TABLE = [
    [0, 2, 2, 0, 2, 1, None],
    [1, 1, 2, 2, 2, 0, None],
    [2, 0, 2, 0, None, 2, None],
    [0, 2, 2, 1, 2, 0, None],
    [2, 0, 2, 1, None, 1, None],
]


def identified(small, table, **parts):
    names = [f"ash200{i}sample" for i in range(len(table))]
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=name) for i, name in enumerate(names)]
    ratings = {name: {"peer": dict(zip(NAMES, row, strict=True))} for name, row in zip(names, table, strict=True)}
    evidence = small(rows, ratings=ratings, **parts)
    return identify_components(
        compute_effects(evidence, "recovery"), score_fidelity(evidence), evidence.codebook.components
    )


@pytest.fixture(scope="module")
def found(small):
    return identified(small, TABLE, predicts={"role": "symptoms"})


def test_patterns_that_are_multiples_of_each_other_are_named_together(found):
    # listening is 2 less sharing in every trial; nobody could say which of them goes with benefit.
    assert found.aliased == [["Sharing", "Listening"]]
    assert "Not to be told apart: Sharing = Listening." in str(found)


def test_the_rank_counts_the_slopes_that_could_be_had(found):
    # sharing (or listening), role and network vary; example and linkage do not, supervision is never described.
    assert found.rank == 3
    assert "5 trials with coded arms can tell apart at most 3 of 7 components" in str(found)


def test_counts_are_those_of_the_reports(found):
    rows = found.components.set_index("component")
    assert rows.loc["sharing", ["described", "absent", "partial", "present", "differ"]].tolist() == [5, 2, 1, 2, 3]
    assert rows.loc["linkage", ["described", "present", "differ"]].tolist() == [3, 3, 0]
    assert rows["predicted"].to_dict() == {name: name != "role" for name in NAMES}


def test_what_is_constant_and_what_is_silent_is_named(found):
    said = str(found)
    assert "The same in every trial that describes it: Example; Linkage." in said
    assert "Described by no trial: Supervision." in said
    assert "nan" not in said


def test_a_mean_of_coders_beside_the_rating_it_counts_to_is_no_constant(small):
    parts = planted(4)
    names = list(parts["ratings"])
    rated = [
        {"trial": name, "arm": "peer", "component": "sharing", "coder": coder, "rating": rating, "basis": "planned"}
        for i, name in enumerate(names)
        for coder, rating in (("coder-1", 2), ("coder-2", 1 if i == 0 else 2))
    ]
    evidence = small(parts["rows"], components=rated)
    found = identify_components(
        compute_effects(evidence, "recovery"), score_fidelity(evidence), evidence.codebook.components
    )
    assert found.rank == 1
    assert "The same in every trial" not in str(found)


def test_many_trials_tell_all_components_apart(small):
    evidence = small(**planted(20, seed=9))
    found = identify_components(
        compute_effects(evidence, "recovery"), score_fidelity(evidence), evidence.codebook.components
    )
    assert (found.rank, found.aliased, found.trials) == (7, [], 20)


def test_no_more_slopes_than_trials_less_one(small):
    found = identified(small, [list(row) for row in np.random.default_rng(1).integers(0, 3, (4, 7)).tolist()])
    assert found.rank <= 3


def test_of_a_trial_with_two_arms_the_first_that_is_coded_counts(small):
    arms = {"ash2001sample": {"group": {"role": "intervention"}}}
    rows = [
        means(10, 3, 30, 9, 3, 30),
        means(11, 3, 30, 9, 3, 30, intervention_arm="group"),
        means(12, 3, 30, 9, 3, 30, trial="elm2002sample"),
    ]
    ratings = {"ash2001sample": {"group": {"sharing": 2}}, "elm2002sample": {"peer": {"sharing": 0}}}
    evidence = small(rows, arms=arms, ratings=ratings)
    found = identify_components(
        compute_effects(evidence, "recovery"), score_fidelity(evidence), evidence.codebook.components
    )
    assert (found.trials, found.rank) == (2, 1)


def test_where_nobody_coded_there_is_nothing_to_tell(small):
    evidence = small([means(10, 3, 30, 9, 3, 30)])
    with pytest.raises(NotEstimableError, match="No intervention arm"):
        identify_components(
            compute_effects(evidence, "recovery"), score_fidelity(evidence), evidence.codebook.components
        )


def test_json_has_the_table(found):
    text = to_json(found.to_dict())
    assert '"rank": 3' in text
    assert len(found.to_dict()["components"]) == len(found.shown()) == 7
