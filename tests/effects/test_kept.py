"""Kept effects are what computing them again would give, whatever was done to the evidence meanwhile."""

from __future__ import annotations

from dataclasses import fields, replace

import pandas as pd
import pytest

from synthesis.effects import compute_effects
from synthesis.effects import kept as memory
from synthesis.effects.rows import prepare_rows
from synthesis.errors import ChoiceError
from synthesis.evidence import Evidence, load_evidence
from synthesis.evidence.readings import Readings
from synthesis.kept import _stores, fingerprint, results_kept

CHOICES = [
    {},
    {"measure": "SMD"},
    {"measure": "MD"},
    {"timepoint": "all"},
    {"timepoint": "closest:6"},
    {"as_printed": True},
    {"icc": 0.2},
    {"adjusted_r": 0.6},
    {"adjusted_r": "none"},
    {"small_trial_t": True},
    {"printed_df": True},
    {"prefer_adjusted": True},
]


@pytest.fixture
def own(valid) -> Evidence:
    """Return evidence of this test alone, which it may change."""
    return load_evidence(valid, references=valid.parent / "references.bib")


def assert_same(one, other):
    for field in fields(one):
        value, expected = getattr(one, field.name), getattr(other, field.name)
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, expected, check_exact=True)
        else:
            assert value == expected


def changed(table, column, value):
    return lambda evidence: getattr(evidence, table).__setitem__(column, value)


CHANGES = {
    "a number": changed("outcomes", "mean_intervention", 1.5),
    "an arm": changed("arms", "n_randomised", 40.0),
    "a trial's design": changed("trials", "design", "cluster"),
    "a judgement": changed("risk_of_bias", "judgement", "high"),
    "whose decision it is": changed("decisions", "trial", "nobody"),
    "the direction of an outcome": lambda evidence: evidence.codebook.outcomes.__setitem__("better", "lower"),
    "the order of preference": lambda evidence: evidence.codebook.instruments.__setitem__(
        ["outcome", "instrument"], evidence.codebook.instruments[["outcome", "instrument"]].to_numpy()[::-1]
    ),
    "a label": lambda evidence: evidence.labels.update(dict.fromkeys(evidence.labels, "Someone (1999)")),
}


def test_another_reading_in_the_review_is_another_key(own):
    book = own.codebook
    read = replace(own, codebook=replace(book, review=replace(book.review, readings=Readings(adjusted_r=0.6))))
    with results_kept():
        assert compute_effects(own, "recovery").readings.adjusted_r is None
        assert compute_effects(read, "recovery").readings.adjusted_r == 0.6


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_to_the_evidence_in_place_is_seen(own, change):
    with results_kept():
        before = compute_effects(own, "hope")
        change(own)
        after = compute_effects(own, "hope")
        assert len(_stores[-1].results) == 2, "old effects were handed out"
    assert after is not before
    assert_same(after, compute_effects(own, "hope"))


@pytest.mark.parametrize("outcome", ["recovery", "hope", "quality_of_life", "readmission"])
def test_each_choice_has_effects_of_its_own_and_a_part_of_the_evidence_the_same_ones(evidence, outcome):
    choices = CHOICES if outcome != "readmission" else [{}, {"measure": "RR"}, {"as_printed": True}]
    fresh = [compute_effects(evidence, outcome, **choice) for choice in choices]
    with results_kept():
        for _ in range(2):
            for choice, expected in zip(choices, fresh, strict=True):
                assert_same(compute_effects(evidence, outcome, **choice), expected)
                assert_same(compute_effects(evidence.reporting(outcome), outcome, **choice), expected)


def test_the_same_rows_are_computed_once(evidence, monkeypatch):
    with results_kept():
        first = compute_effects(evidence, "hope")
        monkeypatch.setattr("synthesis.effects.effects.prepare_rows", lambda *given, **choices: pytest.fail("again"))
        assert_same(compute_effects(evidence, "hope", timepoint="longest"), first)
        assert_same(compute_effects(evidence.reporting("hope"), "hope"), first)


def test_nothing_is_kept_unless_switched_on_nor_after_the_block(evidence, monkeypatch):
    computed = []

    def counted(*given, **choices):
        computed.append(given)
        return prepare_rows(*given, **choices)

    monkeypatch.setattr("synthesis.effects.effects.prepare_rows", counted)
    compute_effects(evidence, "hope")
    compute_effects(evidence, "hope")
    assert len(computed) == 2
    with results_kept():
        compute_effects(evidence, "hope")
        compute_effects(evidence, "hope")
    assert len(computed) == 3
    monkeypatch.setattr("synthesis.kept.fingerprint", lambda content: pytest.fail("a key was made"))
    compute_effects(evidence, "hope")
    assert len(computed) == 4


def test_who_changes_effects_changes_them_for_nobody_else(evidence):
    with results_kept():
        mine = compute_effects(evidence, "hope")
        mine.frame.loc[:, "yi"] = 0.0
        mine.left_out["reason"] = "mine"
        theirs = compute_effects(evidence, "hope")
    assert theirs.frame["yi"].ne(0).any()
    assert "mine" not in set(theirs.left_out["reason"])


def test_the_key_covers_all_that_is_read(own):
    """Evidence without anything but what the key covers gives the same effects."""
    covered = {*memory.TABLES, "codebook", "labels", "bibliography"}  # of the last, the DOIs
    book = {field.name: None for field in fields(own.codebook) if field.name not in (*memory.VOCABULARY, "review")}
    bare = replace(
        own,
        codebook=replace(own.codebook, **book),
        **{field.name: None for field in fields(own) if field.name not in covered},
    )
    for outcome in own.codebook.outcomes["outcome"]:
        for as_printed in (False, True):
            assert_same(
                compute_effects(bare, outcome, as_printed=as_printed),
                compute_effects(own, outcome, as_printed=as_printed),
            )


def test_an_outcome_named_by_its_label_has_a_key_that_covers_its_cells(own):
    label = own.codebook.outcome_label("hope")
    with results_kept():
        assert_same(compute_effects(own, label), compute_effects(own, "hope"))
        changed("outcomes", "mean_intervention", 1.5)(own)
        assert_same(compute_effects(own, label), compute_effects(own, "hope"))
    assert_same(compute_effects(own, label), compute_effects(own, "hope"))


def test_the_order_of_rows_is_part_of_the_key(own):
    turned = replace(own, outcomes=own.outcomes.iloc[::-1].reset_index(drop=True))
    with results_kept():
        compute_effects(own, "hope")
        after = compute_effects(turned, "hope")
        assert len(_stores[-1].results) == 2, "old effects were handed out"
    assert_same(after, compute_effects(turned, "hope"))


def test_an_outcome_that_does_not_exist_is_refused_as_ever(evidence):
    with results_kept(), pytest.raises(ChoiceError):
        compute_effects(evidence, "hoppe")


ABOUT = {
    "a component": changed("components", "rating", 1.0),
    "a list about all trials": changed("search_flow", "n", 7.0),
    **CHANGES,
}


@pytest.mark.parametrize("change", ABOUT.values(), ids=ABOUT)
def test_what_an_outcome_rests_on_changes_with_any_cell_about_its_trials(own, change):
    before = fingerprint(memory.content_about(own, "hope"))
    assert fingerprint(memory.content_about(own, "hope")) == before
    change(own)
    assert fingerprint(memory.content_about(own, "hope")) != before


def test_what_an_outcome_rests_on_stays_where_other_trials_change(own):
    measured = set(own.outcomes.loc[own.outcomes["outcome"].eq("hope"), "trial"])
    others = own.trials.loc[~own.trials["trial"].isin(measured), "trial"]
    assert len(others)
    before = fingerprint(memory.content_about(own, "hope"))
    own.trials.loc[own.trials["trial"].isin(others), "year"] = 1999.0
    assert fingerprint(memory.content_about(own, "hope")) == before
